"""What can go wrong with the database.

    StorageError           the message names the database and the way out
      SchemaTooNew           the database was written by a newer version
      DiskFull               no room left; nothing of the batch was kept
      Busy                   another process held the database for too long
"""


class StorageError(Exception):
    """The database cannot do what was asked; nothing is half written."""


class SchemaTooNew(StorageError):
    """The database has migrations that this version does not know."""


class DiskFull(StorageError):
    """The disk is full; the batch was rolled back and can be tried again when there is room."""


class Busy(StorageError):
    """Another process kept the database locked."""

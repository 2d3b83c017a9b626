"""What can go wrong with the database.

StorageError           the message names the database and the way out
  SchemaTooNew           the database was written by a newer version
  NotOurDatabase         not a database, damaged, or another program's
  DatabaseMissing        no such directory, file or server database; or the file was moved away while open
  Unavailable            the server does not answer or ended the connection: worth another try
  ReadOnly               the database cannot be written
  DiskFull               no room left; nothing of the batch was kept
  Busy                   another process held the database for too long
  TooSlow                the answer took longer than it may
"""


class StorageError(Exception):
    """The database cannot do what was asked; nothing is half written."""


class SchemaTooNew(StorageError):
    """The database has migrations that this version does not know."""


class NotOurDatabase(StorageError):
    """The file is no database, is damaged, or belongs to another program; it was left as it is."""


class DatabaseMissing(StorageError):
    """The directory, the file or the server's database is not there; nothing was created elsewhere."""


class Unavailable(StorageError):
    """The database server cannot be reached, or cut the connection; every try failed."""


class ReadOnly(StorageError):
    """The database, or the directory it is in, cannot be written by this user."""


class DiskFull(StorageError):
    """The disk is full; the batch was rolled back and can be tried again when there is room."""


class Busy(StorageError):
    """Another process kept the database locked."""


class TooSlow(StorageError):
    """What was asked takes longer than an answer may; asking for less may be answered."""

    def __init__(self) -> None:
        super().__init__(
            "this takes too long to answer: ask for a shorter period, fewer brands, or without a query"
        )

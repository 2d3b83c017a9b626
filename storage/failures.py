"""Turns what the two drivers raise into our errors, in one place."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError

from storage.errors import (
    Busy,
    DatabaseMissing,
    DiskFull,
    NotOurDatabase,
    ReadOnly,
    StorageError,
    TooSlow,
    Unavailable,
)

BAD_DATA_STATES = ("22", "54", "23")
"""PostgreSQL's classes for a value that cannot be stored: data exception, limit exceeded, broken constraint."""


def is_bad_value(error: BaseException) -> bool:
    """Whether one value of the rows is to blame, so that the other rows can still be stored."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        return isinstance(error, psycopg.DataError) if state is None else state[:2] in BAD_DATA_STATES
    if isinstance(error, sqlite3.Error):
        return isinstance(error, sqlite3.DataError | sqlite3.IntegrityError | sqlite3.InterfaceError)
    return isinstance(error, OverflowError | UnicodeError | ValueError | TypeError | RecursionError)


def named(error: BaseException | None, name: str) -> Exception:
    """Our error for a driver's error; what we have no name for is a plain StorageError."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if isinstance(error, sqlite3.Error):
        return _sqlite(error, name)
    if isinstance(error, psycopg.Error):
        return _postgresql(error, name)
    return StorageError(f"database {name}: {error}")


def _sqlite(error: sqlite3.Error, name: str) -> StorageError:
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith("SQLITE_FULL"):
        return DiskFull(f"database {name}: the disk is full; free some room, then it goes on by itself")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy(f"database {name}: another process kept it locked; find it, or try again")
    if code == "SQLITE_INTERRUPT":
        return TooSlow()
    if code.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return ReadOnly(
            f"database {name} cannot be written; mend the owner or rights of the file and its directory"
        )
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or "malformed" in str(error):
        return NotOurDatabase(
            f"database {name} is damaged or no SQLite database ({error}); restore a backup or name another file"
        )
    if code.startswith("SQLITE_CANTOPEN"):
        return DatabaseMissing(
            f"database {name} cannot be opened; see that its directory exists and is yours"
        )
    if code.startswith("SQLITE_IOERR"):
        return StorageError(
            f"database {name}: the disk failed ({code.lower()}); nothing was kept, look at the disk"
        )
    return StorageError(f"database {name}: {error}")


def _postgresql(error: psycopg.Error, name: str) -> StorageError:
    state = error.sqlstate or _state_of_refused_connection(str(error))
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    if state in ("53100",):
        return DiskFull(
            f"database {name}: the server's disk is full; free some room, then it goes on by itself"
        )
    if state in ("55P03",):
        return Busy(f"database {name}: another process kept the writers' lock; find it, or try again")
    if state == "57014":
        return TooSlow()
    if state in ("25006",):
        return ReadOnly(f"database {name} is read-only (a standby?); name the primary in [storage] url")
    if state in ("42501",):
        return ReadOnly(f"database {name}: {first}; grant the user the right to create and write tables")
    if state == "3D000":
        return DatabaseMissing(f"database {name} does not exist on the server; create it with createdb")
    if state[:2] == "28":
        return StorageError(f"database {name}: the server refused the user or password")
    if state[:2] in ("08", "57", "53", "40") or (not state and isinstance(error, psycopg.OperationalError)):
        return Unavailable(
            f"database {name}: the server does not answer or ended the connection; is it running?"
        )
    return StorageError(f"database {name}: {first}")


def _state_of_refused_connection(message: str) -> str:
    """libpq tells why a connection was refused in words alone."""
    if "does not exist" in message and "database" in message:
        return "3D000"
    if (
        "authentication failed" in message
        or "no password supplied" in message
        or "no pg_hba.conf entry" in message
    ):
        return "28000"
    return "28000" if "role" in message and "does not exist" in message else ""

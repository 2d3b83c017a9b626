"""One leader per database: APScheduler has no lock between processes, and two schedulers would run every job twice.

On SQLite a lock file beside the database is held by the operating system for as long as the process lives, however it ends; on PostgreSQL a
session's advisory lock.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage.db import Database
from storage.errors import Busy

LOCK = 0x4C697374  # "List", in ASCII


@contextmanager
def lead(db: Database) -> Iterator[Callable[[], bool]]:
    """Be the leader while the block runs; the value tells whether this process still is. Raises Busy naming who leads."""
    with _lead_file(Path(f"{db.path}.lock")) if db.path is not None else _lead_session(db) as still:
        yield still


@contextmanager
def _lead_file(path: Path) -> Iterator[Callable[[], bool]]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 100, 0).decode("ascii", "replace").strip() or "another process"
            raise Busy(
                f"{path}: {holder} already runs the schedule of this database; stop it first"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        yield lambda: True
    finally:
        os.close(descriptor)


@contextmanager
def _lead_session(db: Database) -> Iterator[Callable[[], bool]]:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        if not session.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}).scalar():
            raise Busy("another process already runs the schedule of this database; stop it first")

        def still() -> bool:
            try:
                session.execute(text("SELECT 1"))
            except SQLAlchemyError:
                return False
            return True

        yield still

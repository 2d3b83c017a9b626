"""The database: SQLite in one file, or PostgreSQL; one writer at a time on both.

Writes are serial (BEGIN IMMEDIATE on SQLite, one advisory lock on PostgreSQL), so nothing deadlocks and no two writers race
between looking and inserting. Reads see one snapshot and never wait for a writer. What answers one request may read all of it from one
snapshot (`Database.snapshot`): its figures then fit together, and a question that several of them ask is asked once.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import psycopg
import stamina
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.errors import DatabaseMissing, NotOurDatabase, ReadOnly, StorageError, Unavailable
from storage.failures import named
from storage.snapshot import Snapshot, held, holding

T = TypeVar("T")
P = ParamSpec("P")
Dialect = Literal["sqlite", "postgresql"]

WRITER = 0x6C697374656E  # any number, as long as every process of ours takes the same
LOCK_WAIT_S = 60
_HOLDING_TEXT = (
    "posts",
    "post_versions",
    "payloads",
    "post_search",
    "mentions",
    "authors",
    "author_days",
    "day_packs",
    "refusals",
)


class Database:
    """One open database. Threads may share it; each `read` or `write` takes a connection of its own."""

    def __init__(self, url: URL, engine: Engine, *, writers_wait_s: float) -> None:
        self.url = url
        self.name = (
            url.database
            if url.get_backend_name() == "sqlite"
            else url.set(drivername="postgresql").render_as_string()
        )
        self.dialect: Dialect = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
        self.engine = engine
        self.path = Path(url.database or "").absolute() if self.dialect == "sqlite" else None
        self._wait_s = writers_wait_s
        self._file = _identity(url) if self.dialect == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one snapshot for as long as it is held; it writes nothing. Inside `snapshot` it is that one's."""
        shared = held(self)
        with self._named(), shared.reading(self._reads) if shared else self._reads() as connection:
            yield connection

    @contextmanager
    def snapshot(self, *, limit_s: float | None = None) -> Iterator[None]:
        """All that this thread reads inside sees one snapshot, whichever functions ask; after a `write` it is a new one, with what was written.

        What is read later than `limit_s` seconds from now raises TooSlow; so does a statement that runs then.
        """
        with self._named(), holding(self, Snapshot(limit_s)):
            yield

    def ask(self, question: Callable[Concatenate[Connection, P], T], *given: P.args, **more: P.kwargs) -> T:
        """The answer to a question that takes a connection; inside `snapshot` it is asked once, since the answer cannot change there.

        What is given can be hashed; who asks leaves the answer as it is.
        """
        shared, key = held(self), (question, given, *more.items())
        if shared is not None and key in shared.answers:
            found: T = shared.answers[key]
            return found
        with self.read() as connection:
            found = question(connection, *given, **more)
        if shared is not None:
            shared.answers[key] = found
        return found

    @contextmanager
    def _reads(self) -> Iterator[Connection]:
        options: dict[str, Any] = {}
        if self.dialect == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection with the one write transaction: committed at the end, undone on any error.

        Waits for its turn up to a minute, then raises Busy. On PostgreSQL a lost server raises Unavailable: `do` tries again.
        """
        self._still_there()
        if shared := held(self):
            shared.renew()
        with (
            self._named(),
            self.engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection,
            connection.begin(),
        ):
            if self.dialect == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(self._wait_s * 1000)}")
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITER,))
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            yield connection

    def do(self, work: Callable[[Connection], T]) -> T:
        """Run one unit of work in a write transaction, again from the start when the server went away in the middle.

        A commit whose answer was lost is looked up first, so the work is never done twice.
        """
        if self.dialect == "sqlite":
            with self.write() as connection:
                return work(connection)
        done: list[tuple[str, T]] = []
        for attempt in stamina.retry_context(
            on=Unavailable, attempts=8, timeout=30.0, wait_initial=0.1, wait_max=5.0
        ):
            with attempt:
                if done and self._committed(done[-1][0]):
                    return done[-1][1]
                done.clear()
                with self.write() as connection:
                    transaction = str(connection.scalar(text("SELECT pg_current_xact_id()::text")))
                    result = work(connection)
                    done.append((transaction, result))
        return done[-1][1]

    def _committed(self, transaction: str) -> bool:
        with self.write() as connection:  # under the lock, so the lost transaction is over
            status = connection.scalar(text("SELECT pg_xact_status(CAST(:id AS xid8))"), {"id": transaction})
        return bool(status == "committed")

    def size_bytes(self) -> int:
        """Bytes on disk, the write-ahead log included on SQLite."""
        if self.dialect == "sqlite":
            parts = [Path(f"{self.url.database}{end}") for end in ("", "-wal")]
            return sum(part.stat().st_size for part in parts if part.exists())
        with self.read() as connection:
            return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)

    def compact(self) -> bool:
        """Empty SQLite's write-ahead log into the file; vacuum PostgreSQL's tables of their dead rows.

        False when a reader held SQLite's log for longer than a few seconds: then some of it is left for the next time.
        """
        with self._named():
            if self.dialect == "sqlite":
                return self._empty_log()
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"VACUUM {', '.join(_HOLDING_TEXT)}")
            return True

    def _empty_log(self) -> bool:
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute("PRAGMA busy_timeout = 5000").close()
                (busy, *_rest) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                driver.execute(f"PRAGMA busy_timeout = {round(self._wait_s * 1000)}").close()
            return not busy

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, psycopg.Error, sqlite3.Error) as error:  # the driver's own come from COPY
            raise named(error, self.name or "") from error

    def _still_there(self) -> None:
        if self._file is not None and _identity(self.url) != self._file:
            raise DatabaseMissing(
                f"database {self.name}: the file was moved, deleted or replaced while open; "
                "put it back and start again (nothing was written to the other file)"
            )


def open_database(url: str, *, writers_wait_s: float = LOCK_WAIT_S) -> Database:
    """Open the database, creating the SQLite file (only its owner may read it) and every table as needed.

    `url` is "sqlite:///file.db" (relative), "sqlite:////dir/file.db", or "postgresql://user:password@host/name". Raises
    StorageError with a line that names the database, its password masked, and the way out.
    """
    from storage import search_index  # these know the database, so they come after it
    from storage.migrations import upgrade

    parsed = _parse(url)
    engine = _sqlite(parsed, writers_wait_s) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    db = Database(parsed, engine, writers_wait_s=writers_wait_s)
    try:
        upgrade(db)
        search_index.refresh(db)
    except BaseException:
        db.close()
        raise
    return db


def _parse(url: str) -> URL:
    way_out = 'write "sqlite:///listener.db" or "postgresql://user:password@host/name"'
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StorageError(f"the database address cannot be read; {way_out}") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StorageError(f"database {parsed.render_as_string()}: this kind is not supported; {way_out}")
    if parsed.drivername.startswith("sqlite") and (not parsed.database or parsed.database == ":memory:"):
        raise StorageError(f"an in-memory database would forget everything; {way_out}")
    return parsed


def _identity(url: URL) -> tuple[int, int] | None:
    try:
        found = Path(url.database or "").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create_file(path: Path) -> None:
    """Make the empty file for its owner alone; SQLite gives its log files the same rights."""
    if not path.parent.is_dir():
        raise DatabaseMissing(
            f"database {path}: there is no directory {path.parent}; create it or change [storage] url"
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise NotOurDatabase(f"database {path} is a directory; name a file in [storage] url") from None
    except PermissionError:
        raise ReadOnly(
            f"database {path}: no right to create files in {path.parent}; mend its owner or rights"
        ) from None
    except OSError as error:
        raise StorageError(f"database {path} cannot be created: {error.strerror}") from error


def _sqlite(url: URL, wait_s: float) -> Engine:
    _create_file(Path(url.database or ""))
    engine = create_engine(
        url, hide_parameters=True, pool_size=16, max_overflow=16, connect_args={"timeout": wait_s}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours: the driver's own would start too late
        for pragma in (
            "busy_timeout = " + str(round(wait_s * 1000)),
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "journal_size_limit = 67108864",
            "cache_size = -32768",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=16,
        connect_args={
            "connect_timeout": 10,
            "application_name": "listener",
            "options": "-c timezone=UTC -c jit=off -c default_transaction_isolation=read\\ committed",
        },
    )

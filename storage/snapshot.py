"""One read transaction for all that answers one request, and the time that it may take."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection

from storage.errors import TooSlow

_HELD: ContextVar[tuple[object, "Snapshot"] | None] = ContextVar("held", default=None)
_STEPS = 20_000
"""SQLite looks at the clock after so many of its steps: some tenths of a millisecond."""

Reads = Callable[[], AbstractContextManager[Connection]]


class Snapshot:
    """A read transaction that begins with the first question; `answers` are kept for as long as it lasts. For one thread."""

    def __init__(self, limit_s: float | None) -> None:
        self.answers: dict[Any, Any] = {}
        self._ends = None if limit_s is None else time.monotonic() + limit_s
        self._open = ExitStack()
        self._connection: Connection | None = None
        self._readers = 0

    @contextmanager
    def reading(self, reads: Reads) -> Iterator[Connection]:
        """The transaction, begun by `reads` where there is none. After an error there is another: PostgreSQL answers nothing more in this one."""
        if self._ends is not None and time.monotonic() >= self._ends:
            raise TooSlow
        if self._connection is None:
            self._connection = self._open.enter_context(reads())
            self._open.enter_context(_bounded(self._connection, self._ends))
        self._readers += 1
        try:
            yield self._connection
        except BaseException:
            self._connection = None
            raise
        finally:
            self._readers -= 1
            if self._connection is None:
                self.renew()

    def renew(self) -> None:
        """The next question begins another transaction, and is asked anew; whoever still reads in this one goes on."""
        self._connection = None
        self.answers.clear()
        if not self._readers:
            self._open.close()

    def close(self) -> None:
        """End every transaction that was begun."""
        self._readers = 0
        self.renew()


@contextmanager
def _bounded(connection: Connection, ends: float | None) -> Iterator[None]:
    """Stop what the database does for this transaction when the time has come."""
    if ends is None:
        yield
    elif connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: time.monotonic() >= ends, _STEPS)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
    else:
        left_ms = max(1, round(1000 * (ends - time.monotonic())))
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {left_ms}")
        yield


def held(database: object) -> Snapshot | None:
    """The snapshot that this thread holds of this database, None where it holds none."""
    found = _HELD.get()
    return found[1] if found is not None and found[0] is database else None


@contextmanager
def holding(database: object, snapshot: Snapshot) -> Iterator[None]:
    """Hold a snapshot; inside another one of the same database that one goes on being held."""
    if held(database) is not None:
        yield
        return
    token = _HELD.set((database, snapshot))
    try:
        yield
    finally:
        _HELD.reset(token)
        snapshot.close()

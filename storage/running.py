"""Work that takes long says here how far it has come, for whoever waits for it: people, pages and programs, in this process or another.

    with at_work(db, "rematch", "aurora, borealis", total=12_000, clock=clock) as told:
        for done in ...:
            told(done)

A row is there while the work runs. It is no part of the work: where it cannot be written, the work goes on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from storage.db import Database
from storage.errors import StorageError
from storage.rows import table_of
from storage.tables_running import RunningRow

_rows = table_of(RunningRow)

EVERY = timedelta(seconds=2)
"""Progress is written this often at most."""
SOON = timedelta(seconds=2)
"""Of what may be short nothing is said while it is over by then: `at_work(..., after=SOON)`."""
QUIET, GONE = timedelta(minutes=3), timedelta(minutes=30)
"""Without a sign for so long it is called quiet, and then taken for ended: the process was killed."""
LEAST_DONE, LEAST_TIME = 0.02, timedelta(seconds=10)
"""Before that an end cannot be told honestly."""

Clock = Callable[[], datetime]
Told = Callable[..., None]
"""Called with what is done of the whole so far and, where it has become known, the total."""


@dataclass(frozen=True, slots=True)
class Running:
    """Work under way: `done` of `total` (None: unknown) things since `started_at`; last heard of at `seen_at`."""

    kind: str
    about: str
    done: int
    total: int | None
    started_at: datetime
    seen_at: datetime

    @property
    def share(self) -> float | None:
        """Done of the whole, 0 to 1; None where the whole is not known.

        >>> from datetime import UTC
        >>> then = datetime(2027, 3, 1, tzinfo=UTC)
        >>> Running("label", "", 30, 120, then, then).share
        0.25
        """
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def ends_at(self) -> datetime | None:
        """When it is through if it goes on at the pace it has had; None while too little is done to say.

        >>> from datetime import UTC
        >>> then = datetime(2027, 3, 1, tzinfo=UTC)
        >>> Running("label", "", 30, 120, then, then + timedelta(minutes=1)).ends_at - then
        datetime.timedelta(seconds=240)
        >>> Running("label", "", 1, 120, then, then + timedelta(minutes=1)).ends_at is None
        True
        """
        took = self.seen_at - self.started_at
        if self.share is None or self.share < LEAST_DONE or took < LEAST_TIME:
            return None
        return self.started_at + took / self.share

    def quiet(self, now: datetime) -> bool:
        """Whether nothing was heard of it for long: it may have stopped."""
        return now - self.seen_at > QUIET


def running(db: Database, *, now: datetime) -> list[Running]:
    """What is under way, the oldest first."""
    with db.read() as connection:
        return running_in(connection, now=now)


def running_in(connection: Connection, *, now: datetime | None = None) -> list[Running]:
    """The same, under a snapshot that is there already; without `now` also what is taken for ended."""
    wanted = select(_rows).order_by(_rows.c.started_at, _rows.c.kind)
    if now is not None:
        wanted = wanted.where(_rows.c.seen_at > now - GONE)
    return [Running(**row) for row in connection.execute(wanted).mappings()]


@contextmanager
def at_work(
    db: Database,
    kind: str,
    about: str = "",
    *,
    total: int | None = None,
    clock: Clock,
    after: timedelta = timedelta(0),
) -> Iterator[Told]:
    """Say that this is under way while the block runs; the value is called with what is done, and is cheap to call often.

    Several processes at the same work (the same kind and `about`) share one row, and what they have done is added up. With `after`
    nothing is said of work that is over before that.
    """
    progress = Progress(db, kind, about[:500], total, clock, after)
    try:
        if not after:
            progress.say()
        yield progress
    finally:
        progress.end()


class Progress:
    """What one process says of its work; `at_work` makes and ends it, unless its life is no block."""

    def __init__(
        self, db: Database, kind: str, about: str, total: int | None, clock: Clock, after: timedelta
    ) -> None:
        self.db, self.kind, self.about, self.total, self.clock = db, kind, about, total, clock
        self.done = self.written = 0
        self.said = False
        self.started_at = clock()
        self.next_at = self.started_at + after

    def __call__(self, done: int, total: int | None = None) -> None:
        self.done = done
        self.total = self.total if total is None else total
        if self.clock() >= self.next_at:
            self.say()

    def say(self) -> None:
        """Write it down now."""
        now, more = self.clock(), self.done - self.written
        self.next_at = now + EVERY

        def work(connection: Connection) -> None:
            mine = _rows.c.kind == self.kind, _rows.c.about == self.about
            known = connection.execute(select(_rows.c.seen_at).where(*mine)).scalar()
            if known is None or (not self.said and now - known > QUIET):  # left behind by what was killed
                connection.execute(delete(_rows).where(*mine))
                first = {"kind": self.kind, "about": self.about, "started_at": self.started_at}
                told = {"done": self.done, "total": self.total, "seen_at": now}
                connection.execute(insert(_rows).values(**first, **told))
            else:
                left = None if self.total is None else self.total - self.done
                total = None if left is None else _rows.c.done + more + left
                known_now = {"done": _rows.c.done + more, "total": total, "seen_at": now}
                connection.execute(update(_rows).where(*mine).values(**known_now))

        with suppress(StorageError):
            self.db.do(work)
            self.said, self.written = True, self.done

    def end(self) -> None:
        """It is over."""
        if self.said:
            mine = _rows.c.kind == self.kind, _rows.c.about == self.about
            with suppress(StorageError):
                self.db.do(lambda connection: connection.execute(delete(_rows).where(*mine)))

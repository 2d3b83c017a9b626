"""How collection goes: positions, runs, failures, spending, and which posts are due for another look."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.coverage import Gap, covered_until, gaps
from storage.db import Database
from storage.progress import OWN
from storage.rows import among, table_of, upsert
from storage.stats import due_at
from storage.tables import CursorRow, Post, Run, SourceState, Spending, VolumeRow
from storage.types import Saved

__all__ = [
    "Cursor",
    "Gap",
    "State",
    "covered_until",
    "cursor",
    "cursors",
    "due_for_recheck",
    "due_for_stats",
    "due_for_sweep",
    "gaps",
    "rechecked",
    "record_failure",
    "reset_cursor",
    "run_ended",
    "run_started",
    "runs",
    "spent",
    "state",
    "states",
    "volumes",
]  # fmt: skip

posts, cursor_rows, run_rows = table_of(Post), table_of(CursorRow), table_of(Run)
source_states, spending, volume_rows = table_of(SourceState), table_of(Spending), table_of(VolumeRow)

Failure = tuple[str, str, datetime | None]
"""kind, message, and the earliest time another try makes sense"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a source's stream stands. `value` is None where the stored text is not what a cursor is written as."""

    origin: str
    stream: str
    value: Mapping[str, Any] | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """How a source is doing: the last run, the last one that went well, and what is wrong since."""

    origin: str
    type: str
    last_run_at: datetime | None
    last_ok_at: datetime | None
    next_check_at: datetime | None
    last_error: str | None
    last_error_kind: str | None
    error_count: int
    partial_errors: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a step; `outcome` is "running", "ok", "partial" or the kind of its error."""

    id: int
    step: str
    origin: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    posts: int
    mentions: int
    refused: int
    detail: str


def cursor(db: Database, origin: str, stream: str) -> Mapping[str, Any] | None:
    """Where the stream stands; None when it was never stored."""
    with db.read() as connection:
        where = cursor_rows.c.origin == origin, cursor_rows.c.stream == stream
        value = connection.scalar(select(cursor_rows.c.value).where(*where))
    return None if value is None else _mapping(value)


def _mapping(value: str) -> Mapping[str, Any]:
    """A mangled position comes back as one that no source accepts, so that it is refused by name and not passed over."""
    try:
        found = json.loads(value)
    except ValueError:
        return {"unreadable": value}
    return found if isinstance(found, dict) else {"unreadable": value}


def cursors(db: Database) -> list[Cursor]:
    """Every stored position, by source and stream."""
    with db.read() as connection:
        rows = connection.execute(select(cursor_rows)).all()
    return [
        Cursor(r.origin, r.stream, _mapping(r.value), r.moved_at)
        for r in sorted(rows, key=lambda r: (r.origin, r.stream))
    ]


def reset_cursor(db: Database, origin: str, stream: str | None = None) -> int:
    """Forget where a stream, or every stream of a source, stands: the next pass starts anew. Returns how many were there."""
    gone = delete(cursor_rows).where(cursor_rows.c.origin == origin)
    if stream is not None:
        gone = gone.where(cursor_rows.c.stream == stream)
    return db.do(lambda connection: connection.execute(gone).rowcount)


def state(db: Database, origin: str) -> State | None:
    """How one source is doing; None before its first run."""
    return next((found for found in states(db) if found.origin == origin), None)


def states(db: Database) -> list[State]:
    """How every source is doing, by name."""
    return list(db.ask(_states))


def _states(connection: Connection) -> list[State]:
    rows = connection.execute(select(source_states)).mappings().all()
    return sorted((State(**row) for row in rows), key=lambda found: found.origin)


def run_started(db: Database, step: str, origin: str = "", *, now: datetime) -> int:
    """Note that a step began; the answer is its number for `run_ended`."""
    started = insert(run_rows).values(
        step=step, origin=origin, started_at=now, outcome="running", posts=0, mentions=0, refused=0, detail=""
    )
    return db.do(lambda connection: int(connection.execute(started.returning(run_rows.c.id)).scalar_one()))


def run_ended(
    db: Database,
    run: int,
    origin: str,
    type: str,
    *,
    saved: Saved,
    partial_errors: int = 0,
    error: Failure | None = None,
    now: datetime,
) -> None:
    """Note how a step ended, and with it how its source is doing."""
    outcome = error[0] if error else "partial" if partial_errors else "ok"
    ended = {
        "ended_at": now,
        "outcome": outcome,
        "posts": saved.new_posts + saved.edited_posts,
        "mentions": saved.new_mentions,
        "refused": saved.refused,
        "detail": error[1][:2000] if error else "",
    }

    def work(connection: Connection) -> None:
        connection.execute(update(run_rows).where(run_rows.c.id == run).values(ended))
        if origin:
            _note_state(connection, origin, type, error, now, partial_errors=partial_errors)

    db.do(work)


def record_failure(
    db: Database,
    origin: str,
    kind: str,
    message: str,
    retry_at: datetime | None,
    now: datetime,
    *,
    type: str = "",
) -> None:
    """Note that a source failed outside a run."""
    db.do(lambda connection: _note_state(connection, origin, type, (kind, message, retry_at), now))


def _note_state(
    connection: Connection,
    origin: str,
    type: str,
    error: Failure | None,
    now: datetime,
    *,
    partial_errors: int = 0,
) -> None:
    seen: dict[str, Any] = {"last_run_at": now, "partial_errors": partial_errors}
    if type:
        seen["type"] = type
    if error is None:
        seen |= {
            "last_ok_at": now,
            "next_check_at": None,
            "last_error": None,
            "last_error_kind": None,
            "error_count": 0,
        }
    else:
        seen |= {"last_error_kind": error[0], "last_error": error[1][:2000], "next_check_at": error[2]}
    first = {"origin": origin, "type": type, "error_count": int(error is not None)} | seen
    if error is not None:
        seen["error_count"] = source_states.c.error_count + 1
    statement = upsert(connection, SourceState).values(first)
    connection.execute(statement.on_conflict_do_update(index_elements=("origin",), set_=seen))


def runs(db: Database, *, limit: int = 50, origin: str | None = None) -> list[RunRecord]:
    """The last runs, newest first."""
    wanted = select(run_rows).order_by(run_rows.c.started_at.desc(), run_rows.c.id.desc()).limit(limit)
    if origin is not None:
        wanted = wanted.where(run_rows.c.origin == origin)
    with db.read() as connection:
        return [RunRecord(**row) for row in connection.execute(wanted).mappings()]


def spent(db: Database, origin: str, now: datetime, *, own: bool = False) -> tuple[int, float]:
    """Units a source used today, and US dollars this month, both by UTC days; `own`: for the brands' own accounts alone."""
    today = now.astimezone(UTC).date()
    month = spending.c.day >= today.replace(day=1), spending.c.day <= today
    wanted = select(spending.c.day, spending.c.units, spending.c.microdollars).where(
        spending.c.origin.in_([f"{origin}{OWN}"] if own else [origin, f"{origin}{OWN}"]), *month
    )
    with db.read() as connection:
        rows = connection.execute(wanted).all()
    return sum(row.units for row in rows if row.day == today), sum(
        row.microdollars for row in rows
    ) / 1_000_000


@dataclass(frozen=True, slots=True)
class StatedVolume:
    """A count that a network gave without the posts, for a brand's query in [since, until)."""

    origin: str
    brand_id: str
    query_version: int
    since: datetime
    until: datetime
    count: int


def volumes(db: Database, *, brands: Sequence[str], since: datetime, until: datetime) -> list[StatedVolume]:
    """Counts given without posts whose stretch begins in [since, until), by brand, source and time."""
    with db.read() as connection:
        wanted = select(volume_rows).where(
            among(connection, volume_rows.c.brand_id, brands),
            volume_rows.c.since >= since.astimezone(UTC),
            volume_rows.c.since < until.astimezone(UTC),
        )
        rows = [StatedVolume(**row) for row in connection.execute(wanted).mappings()]
    return sorted(rows, key=lambda row: (row.brand_id, row.origin, row.query_version, row.since))


def due_for_recheck(db: Database, platform: str, *, now: datetime, limit: int) -> list[str]:
    """Ids to look up again: those whose figures are due first, then those not looked at for longest."""
    due = due_for_stats(db, platform, now=now, limit=limit)
    return list(dict.fromkeys(due + due_for_sweep(db, platform, now=now, limit=limit)))[:limit]


def due_for_stats(db: Database, source: str, *, now: datetime, limit: int) -> list[str]:
    """Ids of posts that have turned 1 hour, 24 hours or 7 days old since their figures were read, longest due first."""
    due = posts.c.stats_due_at
    wanted = select(posts.c.source_id).where(due.is_not(None), due <= now, posts.c.source == source)
    with db.read() as connection:
        return list(connection.scalars(wanted.order_by(due, posts.c.id).limit(limit)))


def due_for_sweep(db: Database, source: str, *, now: datetime, limit: int) -> list[str]:
    """Ids of the posts that were looked up least recently."""
    wanted = select(posts.c.source_id).where(posts.c.source == source, posts.c.rechecked_at < now)
    with db.read() as connection:
        return list(connection.scalars(wanted.order_by(posts.c.rechecked_at, posts.c.id).limit(limit)))


def rechecked(db: Database, platform: str, ids: Sequence[str], *, now: datetime) -> None:
    """Note that these were looked up now, whether or not anything was said of them."""
    now = now.astimezone(UTC)

    def work(connection: Connection) -> None:
        here = posts.c.source == platform, among(connection, posts.c.source_id, ids)
        connection.execute(update(posts).where(*here).values(rechecked_at=now))
        waiting = select(posts.c.id, posts.c.published_at).where(*here, posts.c.stats_due_at.is_not(None))
        rows = [{"key": row.id, "due": due_at(row.published_at, now)} for row in connection.execute(waiting)]
        if rows:
            settled = (
                update(posts).where(posts.c.id == bindparam("key")).values(stats_due_at=bindparam("due"))
            )
            connection.execute(settled, rows)

    db.do(work)

"""What moves with a page beside its posts: the cursor, coverage, bought counts, spending and what was refused."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from storage import coverage
from storage.rows import insert_rows, json_text, table_of, upsert
from storage.tables import CursorRow, Refusal, Spending, VolumeRow
from storage.types import Batch, MatchedPost, Refused

volumes, spending = table_of(VolumeRow), table_of(Spending)
_LONGEST = 20_000
OWN = "/own"
"""Behind a source's name, in the ledger alone: what the brands' own accounts cost."""


def record_progress(connection: Connection, batch: Batch, *, now: datetime) -> None:
    """Cursor, coverage, volumes and spending of one page."""
    if batch.cursor is not None:
        _move_cursor(connection, batch, now)
    coverage.record(connection, batch.origin, batch.coverage)
    if batch.volumes:
        _record_volumes(connection, batch)
    spend(connection, batch.origin, batch.spent_units, batch.spent_usd, own=batch.own, now=now)


def _move_cursor(connection: Connection, batch: Batch, now: datetime) -> None:
    value = json.dumps(batch.cursor, allow_nan=False)
    statement = upsert(connection, CursorRow).values(
        origin=batch.origin, stream=batch.stream, value=value, moved_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=("origin", "stream"), set_={"value": value, "moved_at": now}
        )
    )


def _record_volumes(connection: Connection, batch: Batch) -> None:
    statement = upsert(connection, VolumeRow)
    keys = ("origin", "brand_id", "query_version", "since")
    newest = {"until": statement.excluded.until, "count": statement.excluded["count"]}
    rows = {
        (volume.brand_id, volume.query_version, volume.since): {
            "origin": batch.origin,
            "brand_id": volume.brand_id,
            "query_version": volume.query_version,
            "since": volume.since,
            "until": volume.until,
            "count": volume.count,
        }
        for volume in batch.volumes
    }
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=newest), list(rows.values()))


def spend(
    connection: Connection, origin: str, units: int, usd: float, *, own: bool = False, now: datetime
) -> None:
    """Add to what a source used today; `own`: for the brands' own accounts, which is told apart."""
    if not units and not usd:
        return
    statement = upsert(connection, Spending).values(
        origin=f"{origin}{OWN}" if own else origin,
        day=now.date(),
        units=units,
        microdollars=round(usd * 1_000_000),
    )
    more = {name: spending.c[name] + statement.excluded[name] for name in ("units", "microdollars")}
    connection.execute(statement.on_conflict_do_update(index_elements=("origin", "day"), set_=more))


def record_refusals(connection: Connection, origin: str, refused: Sequence[Refused], *, now: datetime) -> int:
    """Keep what could not be made into a post, raw, with the field and the reason; returns how many."""
    rows = [[origin, _plain(item.field), _plain(item.reason), _plain(item.payload), now] for item in refused]
    insert_rows(connection, Refusal, ("origin", "field", "reason", "payload", "at"), rows)
    return len(rows)


def _plain(text: str) -> str:
    return text[:_LONGEST].replace("\x00", "").encode("utf-8", "replace").decode()


def refusal_of(item: MatchedPost, error: Exception) -> Refused:
    """A post that the database could not hold, as a refusal: the field where the engine names it, else "post"."""
    cause = getattr(error, "orig", None) or error
    column = getattr(getattr(cause, "diag", None), "column_name", None)
    reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    dumped = item.post.model_dump(warnings=False) if hasattr(item.post, "model_dump") else repr(item.post)
    return Refused(column or "post", reason[:300], json_text(dumped))

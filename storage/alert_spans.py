"""When something was out of the ordinary: what a baseline leaves out."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, or_, select

from storage.db import Database
from storage.rows import among, table_of
from storage.tables_alerts import AlertRow

Span = tuple[datetime, datetime]


def alert_spans(
    db: Database, brands: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, list[Span]]:
    """For each brand the times within [since, until) in which a spike's alert was open, but for those that a person called false alarms."""
    rows = table_of(AlertRow)
    end = func.coalesce(rows.c.resolved_at, until.astimezone(UTC))
    wanted = select(rows.c.brand_id, rows.c.since, rows.c.resolved_at).where(
        rows.c.rule == "spike",
        rows.c.since < until.astimezone(UTC),
        end > since.astimezone(UTC),
        or_(rows.c.real.is_(None), rows.c.real.is_(True)),
    )
    found: dict[str, list[Span]] = {}
    with db.read() as connection:
        for brand_id, start, over in connection.execute(
            wanted.where(among(connection, rows.c.brand_id, brands)).order_by(rows.c.since)
        ):
            found.setdefault(brand_id, []).append((max(start, since), min(over or until, until)))
    return found

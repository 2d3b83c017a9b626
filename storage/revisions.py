"""What changed in closed days since a figure was read: receipts recompute at their revision and list what was restated since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from storage.db import Database
from storage.rows import among, table_of
from storage.tables import Day, Restatement

restatements, days = table_of(Restatement), table_of(Day)


@dataclass(frozen=True, slots=True)
class Restated:
    """One change to a closed day's figures: `mentions` more or fewer, `labels` that came, went or changed class."""

    revision: int
    brand_id: str
    day: date
    reason: str
    mentions: int
    labels: int
    at: datetime


def revision(db: Database) -> int:
    """The newest restatement's number; 0 before the first."""
    with db.read() as connection:
        return connection.scalar(select(func.max(restatements.c.revision))) or 0


def restated(
    db: Database,
    *,
    after: int = 0,
    brands: Sequence[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 1000,
) -> list[Restated]:
    """What was restated after a revision, for these brands and the days in [since, until), oldest first."""
    wanted = (
        select(restatements)
        .where(restatements.c.revision > after)
        .order_by(restatements.c.revision)
        .limit(limit)
    )
    if since is not None:
        wanted = wanted.where(restatements.c.day >= since)
    if until is not None:
        wanted = wanted.where(restatements.c.day < until)
    with db.read() as connection:
        if brands is not None:
            wanted = wanted.where(among(connection, restatements.c.brand_id, brands))
        return [Restated(**row) for row in connection.execute(wanted).mappings()]


def closed_days(db: Database, *, since: date, until: date) -> list[date]:
    """The days in [since, until) that are closed, in order."""
    with db.read() as connection:
        wanted = select(days.c.day).where(days.c.day >= since, days.c.day < until).order_by(days.c.day)
        return list(connection.scalars(wanted))

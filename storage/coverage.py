"""Which stretches of time a source has collected for a brand's query, so that a hole never looks like silence.

Of two statements about the same instant the better one holds, whatever their order: what was collected once stays collected, and a later pass
that fills a hole closes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select

from storage.db import Database
from storage.rows import insert_rows, table_of
from storage.tables import BrandQueryRow, CoverageRow
from storage.types import Coverage, CoverageState

coverage, brand_queries = table_of(CoverageRow), table_of(BrandQueryRow)
BETTER: tuple[CoverageState, ...] = ("not_collected", "down", "over_budget", "partial", "complete")
"""From the worst to the best."""

BrandVersion = tuple[str, int]
"""brand id and the version of its query"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """[since, until) in one state."""

    since: datetime
    until: datetime
    state: CoverageState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that a source did not collect whole. `newest`: nothing later has been collected, it may just not be time yet."""

    origin: str
    brand_id: str
    query_version: int
    since: datetime
    until: datetime
    state: CoverageState
    reason: str
    newest: bool = False


def overlay(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The best state of every instant, as few stretches as possible, in order; later ones win among equals.

    >>> t = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    >>> [(s.since.day, s.until.day, s.state) for s in overlay([Stretch(t[0], t[3], "down"), Stretch(t[1], t[2], "complete")])]
    [(1, 2, 'down'), (2, 3, 'complete'), (3, 4, 'down')]
    """
    given = [stretch for stretch in stretches if stretch.since < stretch.until]
    edges = sorted({edge for stretch in given for edge in (stretch.since, stretch.until)})
    found: list[Stretch] = []
    for since, until in pairwise(edges):
        over = [stretch for stretch in given if stretch.since <= since and stretch.until >= until]
        if not over:
            continue
        best = max(reversed(over), key=lambda stretch: BETTER.index(stretch.state))
        last = found[-1] if found else None
        if last and last.until == since and (last.state, last.reason) == (best.state, best.reason):
            found[-1] = Stretch(last.since, until, best.state, best.reason)
        else:
            found.append(Stretch(since, until, best.state, best.reason))
    return found


def record(connection: Connection, origin: str, stated: Sequence[Coverage]) -> None:
    """Lay what a page says over what is known, brand by brand."""
    for item in stated:
        for brand_id, version in item.brands:
            _lay(connection, origin, (brand_id, version), item)


def _of(origin: str, brand: BrandVersion) -> tuple[ColumnElement[bool], ...]:
    return coverage.c.origin == origin, coverage.c.brand_id == brand[0], coverage.c.query_version == brand[1]


def _lay(connection: Connection, origin: str, brand: BrandVersion, item: Coverage) -> None:
    since, until = item.since.astimezone(UTC), item.until.astimezone(UTC)
    if since >= until:
        return
    touching = (*_of(origin, brand), coverage.c.until >= since, coverage.c.since <= until)
    columns = coverage.c.since, coverage.c.until, coverage.c.state, coverage.c.reason
    old = [
        Stretch(*row)
        for row in connection.execute(select(*columns).where(*touching).order_by(coverage.c.since))
    ]
    new = overlay([*old, Stretch(since, until, item.state, item.reason)])
    if new == old:
        return
    connection.execute(delete(coverage).where(*touching))
    names = ("origin", "brand_id", "query_version", "since", "until", "state", "reason")
    insert_rows(
        connection, CoverageRow, names, ([origin, *brand, s.since, s.until, s.state, s.reason] for s in new)
    )


_STRETCHES = (
    select(
        *(
            coverage.c[name]
            for name in ("origin", "brand_id", "query_version", "since", "until", "state", "reason")
        )
    )
    .where(coverage.c.until > bindparam("after"), coverage.c.since < bindparam("before"))
    .order_by(coverage.c.since)
)


def gaps(db: Database, since: datetime, until: datetime) -> list[Gap]:
    """Every stretch of [since, until) that some source did not collect whole for the present query of an active brand.

    A pair of source and brand counts from its first statement on under any version: before anything was said of it there is
    nothing to say. What no statement covers is "not_collected".
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    with db.snapshot(), db.read() as connection:
        pairs = db.ask(_collecting)
        known: dict[tuple[str, str, int], list[Stretch]] = {}
        for origin, brand_id, version, *stretch in connection.execute(
            _STRETCHES, {"after": since, "before": until}
        ):
            known.setdefault((origin, brand_id, version), []).append(Stretch(*stretch))
    found = []
    for origin, brand_id, version in pairs:
        stretches = known.get((origin, brand_id, version), [])
        found += _gaps(origin, (brand_id, version), stretches, since, until)
    return found


_PRESENT = (
    select(brand_queries.c.brand_id, func.max(brand_queries.c.version).label("version"))
    .where(brand_queries.c.active.is_(True))
    .group_by(brand_queries.c.brand_id)
    .subquery()
)
_COLLECTING = (
    select(coverage.c.origin, coverage.c.brand_id, _PRESENT.c.version)
    .join(_PRESENT, _PRESENT.c.brand_id == coverage.c.brand_id)
    .distinct()
)


def _collecting(connection: Connection) -> list[tuple[str, str, int]]:
    """Every source and active brand of which anything was ever stated, with the present version of the brand's query, in order."""
    return sorted((row[0], row[1], row[2]) for row in connection.execute(_COLLECTING))


def _gaps(
    origin: str, brand: BrandVersion, known: Sequence[Stretch], since: datetime, until: datetime
) -> list[Gap]:
    found, reached = [], since
    for stretch in [*known, Stretch(until, until, "not_collected")]:  # stored stretches do not overlap
        if stretch.since > reached:
            found.append(Stretch(reached, stretch.since, "not_collected"))
        if stretch.state != "complete" and stretch.since < stretch.until:
            found.append(
                Stretch(max(stretch.since, since), min(stretch.until, until), stretch.state, stretch.reason)
            )
        reached = max(reached, stretch.until)
    last = known[-1].until if known else until
    return [
        Gap(origin, *brand, gap.since, gap.until, gap.state, gap.reason, newest=gap.since >= last)
        for gap in found
    ]


def covered_until(db: Database, origin: str, brands: Sequence[BrandVersion]) -> list[datetime]:
    """The end of the last complete stretch of each brand; brands with none are left out."""
    found = []
    with db.read() as connection:
        for brand in brands:
            wanted = select(func.max(coverage.c.until)).where(
                *_of(origin, brand), coverage.c.state == "complete"
            )
            if (until := connection.scalar(wanted)) is not None:
                found.append(until)
    return found

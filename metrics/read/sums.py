"""The sums that every figure begins with: whole days where it can be, quarter hours at the edges."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
from metrics.periods import Bucket
from metrics.read.question import Question, quarter
from metrics.warnings import joined
from metrics.windows import COUNTED, Counts, Ledger
from storage.counts import Sums, sums
from storage.db import Database
from storage.settings import TIMEZONE, setting
from storage.slices import Picked, TooMany, pick


def ledger_of(
    db: Database,
    brand_ids: Sequence[str],
    windows: Sequence[Bucket],
    asked: Question,
    picked: Picked | None = None,
) -> Ledger:
    """The sums of all brands over all windows: one reading of days, and one for each stretch of quarter hours; of `picked` its own."""
    if picked is not None:
        return _entered(Ledger(ZoneInfo(asked.timezone), in_days=False), picked.sums)
    found = Ledger(ZoneInfo(asked.timezone), stored_in(db, asked.timezone))
    needed = found.needed(windows)
    if needed.days:
        first, after = needed.days
        for row in sums(
            db,
            brands=brand_ids,
            since=first,
            until=after,
            every="day",
            sources=asked.sources,
            langs=asked.langs,
        ):
            found.days.setdefault(row.brand_id, {})[row.start] = counts_of(row)
    for start, end in needed.edges:
        rows = sums(
            db,
            brands=brand_ids,
            since=start,
            until=end,
            every="quarter",
            sources=asked.sources,
            langs=asked.langs,
        )
        _entered(found, rows)
    return found


def _entered(ledger: Ledger, rows: Iterable[Sums]) -> Ledger:
    for row in rows:
        ledger.quarters.setdefault(row.brand_id, {})[row.start] = counts_of(row)  # type: ignore[index]
    return ledger


def picked_of(
    db: Database,
    brand_ids: Sequence[str],
    windows: Sequence[Bucket],
    asked: Question,
) -> Picked | None:
    """The mentions that meet the question's query in these windows; None where it has none.

    Raises MetricError where too many would have to be read.
    """
    if asked.query is None:
        return None
    whole = joined((quarter(window.start), quarter(window.end)) for window in windows)
    stretches = [(since, until) for since, until in whole if since < until]
    try:
        return pick(
            db,
            asked.query,
            brands=brand_ids,
            windows=stretches,
            sources=asked.sources,
            langs=asked.langs,
            most=asked.most_read,
        )
    except TooMany as error:
        raise MetricError(str(error)) from None


def stored_in(db: Database, timezone: str) -> bool:
    """Whether the stored days are days of this zone."""
    with db.read() as connection:
        return setting(connection, TIMEZONE, "UTC") == timezone


def counts_of(row: Sums) -> Counts:
    """The sums of a row, in the order of COUNTED."""
    return tuple(getattr(row, name) for name in COUNTED)

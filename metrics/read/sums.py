"""The sums that every figure begins with: whole days where it can be, quarter hours at the edges."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from metrics.periods import Bucket
from metrics.read.question import Question
from metrics.windows import COUNTED, Counts, Ledger
from storage.counts import sums
from storage.db import Database
from storage.settings import TIMEZONE, setting


def ledger_of(db: Database, brand_ids: Sequence[str], windows: Sequence[Bucket], asked: Question) -> Ledger:
    """The sums of all brands over all windows: one reading of days, and one for each stretch of quarter hours."""
    with db.read() as connection:
        in_days = setting(connection, TIMEZONE, "UTC") == asked.timezone
    found = Ledger(ZoneInfo(asked.timezone), in_days)
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
            found.days.setdefault(row.brand_id, {})[row.start] = _counts(row)
    for start, end in needed.edges:
        for row in sums(
            db,
            brands=brand_ids,
            since=start,
            until=end,
            every="quarter",
            sources=asked.sources,
            langs=asked.langs,
        ):
            found.quarters.setdefault(row.brand_id, {})[row.start] = _counts(row)  # type: ignore[index]
    return found


def _counts(row: object) -> Counts:
    return tuple(getattr(row, name) for name in COUNTED)

"""The sums that every figure begins with: whole days where it can be, quarter hours at the edges."""

from collections.abc import Iterable, Sequence
from functools import partial
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

MOST_APART = 4
"""So many windows are each read by themselves; of more all days are read once."""


def ledger_of(
    db: Database,
    brand_ids: Sequence[str],
    windows: Sequence[Bucket],
    asked: Question,
    picked: Picked | None = None,
) -> Ledger:
    """The sums of all brands over all windows: one reading of days, and one for each stretch of quarter hours; of `picked` its own.

    A few windows of whole days are added up where they are stored, however long they are.
    """
    if picked is not None:
        return _entered(Ledger(ZoneInfo(asked.timezone), in_days=False), picked.sums)
    found = Ledger(ZoneInfo(asked.timezone), stored_in(db, asked.timezone))
    read = partial(sums, db, brands=brand_ids, sources=asked.sources, langs=asked.langs)
    whole = {window: cut.days for window in windows if not (cut := found.cut(window)).edges}
    if len(whole) == len(windows) <= MOST_APART:
        for window, days in whole.items():
            if days is not None:
                rows = read(since=days[0], until=days[1], every="all")
                found.windows[window] = {row.brand_id: counts_of(row) for row in rows}
        return found
    needed = found.needed(windows)
    if needed.days:
        for row in read(since=needed.days[0], until=needed.days[1], every="day"):
            found.days.setdefault(row.brand_id, {})[row.start] = counts_of(row)
    for start, end in needed.edges:
        _entered(found, read(since=start, until=end, every="quarter"))
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
    return db.ask(setting, TIMEZONE, "UTC") == timezone


def counts_of(row: Sums) -> Counts:
    """The sums of a row, in the order of COUNTED."""
    return tuple(getattr(row, name) for name in COUNTED)

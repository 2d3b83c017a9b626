"""Sums of any window put together from stored ones: whole days where it can be, quarter hours at its edges."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import add
from zoneinfo import ZoneInfo

from metrics.inputs import Inputs
from metrics.periods import Bucket, day_start, is_day_start
from metrics.stretches import Stretches
from metrics.warnings import joined

COUNTED = (
    "mentions", "reposts", "negative", "neutral", "positive", "failed",
    "p_negative", "p_neutral", "p_positive", "human_negative", "human_neutral", "human_positive",
)  # fmt: skip
Counts = tuple[int, ...]
"""The sums named in COUNTED, in that order."""
WHOLE = 10_000
"""Probabilities are summed in ten-thousandths; a person's label is a whole one."""
NOTHING: Counts = (0,) * len(COUNTED)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A window cut up: whole days [first, after) of the zone, and the stretches left at its edges."""

    days: tuple[date, date] | None
    edges: tuple[tuple[datetime, datetime], ...]


def pieces(window: Bucket, zone: ZoneInfo) -> Pieces:
    """The longest run of whole days in the window, and what is left before and after it.

    >>> from datetime import UTC
    >>> cut = pieces(Bucket(datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2027, 3, 4, tzinfo=UTC)), ZoneInfo("UTC"))
    >>> [str(day) for day in cut.days], [(a.hour, b.hour) for a, b in cut.edges]
    (['2027-03-02', '2027-03-04'], [(12, 0)])
    """
    first = window.start.astimezone(zone).date()
    if not is_day_start(window.start, zone):
        first += timedelta(days=1)
    after = window.end.astimezone(zone).date()
    if first >= after:
        return Pieces(None, ((window.start, window.end),))
    begin, end = day_start(first, zone), day_start(after, zone)
    edges = ((window.start, begin), (end, window.end))
    return Pieces((first, after), tuple((a, b) for a, b in edges if a < b))


@dataclass
class Ledger:
    """Sums by brand: of whole days, of quarter hours, and of whole `windows`. `in_days` False where stored days are of another zone."""

    zone: ZoneInfo
    in_days: bool
    days: dict[str, dict[date, Counts]] = field(default_factory=dict)
    windows: dict[Bucket, dict[str, Counts]] = field(default_factory=dict)
    quarters: dict[str, dict[datetime, Counts]] = field(default_factory=dict)
    _sorted: dict[str, tuple[list[datetime], list[Counts]]] = field(default_factory=dict)

    def cut(self, window: Bucket) -> Pieces:
        return pieces(window, self.zone) if self.in_days else Pieces(None, ((window.start, window.end),))

    def needed(self, windows: Iterable[Bucket]) -> Pieces:
        """What must be read for these windows: one run of days, and stretches to be read by quarter hour."""
        cuts = [self.cut(window) for window in windows]
        runs = [cut.days for cut in cuts if cut.days]
        hull = (min(a for a, _ in runs), max(b for _, b in runs)) if runs else None
        return Pieces(hull, tuple(joined(edge for cut in cuts for edge in cut.edges)))

    def counts(self, brand_id: str, window: Bucket) -> Counts:
        """The sums of one brand over a window that was read."""
        if window in self.windows:
            return self.windows[window].get(brand_id, NOTHING)
        cut = self.cut(window)
        parts: list[Counts] = []
        if cut.days:
            by_day = self.days.get(brand_id, {})
            length = (cut.days[1] - cut.days[0]).days
            parts += [by_day[d] for n in range(length) if (d := cut.days[0] + timedelta(days=n)) in by_day]
        times, values = self._by_time(brand_id)
        for since, until in cut.edges:
            parts += values[bisect_left(times, since) : bisect_left(times, until)]
        return total(parts)

    def _by_time(self, brand_id: str) -> tuple[list[datetime], list[Counts]]:
        if brand_id not in self._sorted:
            rows = sorted(self.quarters.get(brand_id, {}).items())
            self._sorted[brand_id] = [at for at, _ in rows], [counts for _, counts in rows]
        return self._sorted[brand_id]


def total(parts: Iterable[Counts]) -> Counts:
    """The sums of several stretches together.

    >>> total([(1, 0, 0, 0, 1, 0), (2, 1, 1, 0, 0, 1)])
    (3, 1, 1, 0, 1, 1)
    """
    found = NOTHING
    for part in parts:
        found = tuple(map(add, found, part))
    return found


def counted(
    ledger: Ledger, names: Mapping[str, str], spans: Sequence[Bucket], before: Mapping[Bucket, Stretches]
) -> dict[tuple[str, Bucket], Inputs]:
    """The sums of every brand (`names` by id) and bucket, beside those of all brands and what `before` sets them against."""
    found: dict[tuple[str, Bucket], Inputs] = {}
    for span in spans:
        own = {brand_id: _inputs(ledger.counts(brand_id, span)) for brand_id in names}
        everybody = sum(inputs.mentions for inputs in own.values())
        ranked = sorted(names, key=lambda brand_id: (-own[brand_id].mentions, brand_id))
        for brand_id in names:
            leads = brand_id == ranked[0] and len(ranked) > 1
            runner_up = (names[ranked[1]], own[ranked[1]].mentions) if leads else None
            found[brand_id, span] = replace(own[brand_id], all_mentions=everybody, runner_up=runner_up)
            if span in before and before[span].begun:
                here, there = before[span].here, _inputs(ledger.counts(brand_id, before[span].there))
                so_far = None if here == span else _inputs(ledger.counts(brand_id, here)).mentions
                found[brand_id, span] = replace(found[brand_id, span], before=there, so_far=so_far)
    return found


def _inputs(counts: Counts) -> Inputs:
    mentions, reposts, negative, neutral, positive, failed, *weights = counts
    known = (float(weights[3]), float(weights[4]), float(weights[5]))
    sums = (weights[0] / WHOLE - known[0], weights[1] / WHOLE - known[1], weights[2] / WHOLE - known[2])
    return Inputs(mentions, reposts, negative, neutral, positive, failed, sums, known)

"""A detector over a table of times and counts, row by row, each judged by what came before it."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from metrics.spikes.detector import AMPLE, FLOOR, HIGHER, WORSE, Verdict, step
from metrics.spikes.state import DAY_S, Setup, State, fresh

PACE_ROWS = 12
"""Rows that show how the series is sampled; they score 0."""
REGULAR, NEAR = 0.8, 0.1
"""A series is regular where this share of its first gaps is within a tenth of a multiple of the usual gap."""
QUARTER_S = 900
LOW = 1 / (1 + FLOOR)


class Scored(NamedTuple):
    """`score` 0..1, see `spikes.Verdict`; `alert`: an alert would have gone out at this row."""

    score: float
    alert: bool


class Pace(NamedTuple):
    """How rows become steps. Regular: `step_s`, counted from `first`, and a row that is missing was not looked
    at. Irregular (a log of events): quarter hours, and none is missing."""

    step_s: int
    first: float
    regular: bool

    def slot(self, at: float) -> int:
        if not self.regular:
            return int(at // self.step_s)
        return int((at - self.first) / self.step_s + 0.5) + int(self.first // self.step_s)


def scored(
    rows: Iterable[tuple[float, float]], *, zone: str = "UTC", budget: float = 1.0
) -> Iterator[Scored]:
    """One per row of (seconds since 1970, count), which must come in order of time.

    The first twelve rows only show how the series is sampled. `budget`: false alarms accepted per month.

    >>> calm = [(300.0 * k, 5.0 + k % 2) for k in range(3000)]
    >>> [one.alert for one in scored([*calm, (900_000.0, 90.0)])][-3:]
    [False, False, True]
    """
    held: list[tuple[float, float]] = []
    feed: _Feed | None = None
    for at, value in rows:
        if feed is None:
            held.append((at, value))
            if len(held) > PACE_ROWS:
                feed = _Feed(pace_of([one for one, _ in held]), zone, budget)
                for early in held[:-1]:
                    feed.judge(*early)
        yield Scored(0.0, False) if feed is None else feed.judge(at, value)


def pace_of(times: list[float]) -> Pace:
    """How a series is sampled, from its first times.

    >>> pace_of([0, 300, 600, 900, 1500])
    Pace(step_s=300, first=0, regular=True)
    >>> pace_of([0, 3, 300, 310, 2200, 2230, 9000]).regular
    False
    """
    gaps = [later - one for one, later in pairwise(times)]
    usual = median(gaps)
    near = [gap for gap in gaps if gap > usual / 2 and abs(gap / usual - round(gap / usual)) <= NEAR]
    if len(near) < REGULAR * len(gaps):
        return Pace(QUARTER_S, times[0], False)
    whole = math.floor(usual * (1 + NEAR / 5))
    steps = [s for s in range(60, min(max(whole, 60), DAY_S) + 1) if DAY_S % s == 0]
    return Pace(steps[-1], times[0], True)


class _Feed:
    """Rows into steps: those of one step are added up, and judged as they come."""

    def __init__(self, pace: Pace, zone: str, budget: float) -> None:
        self.pace, self.budget = pace, budget
        self.before = self.after = fresh(1, Setup("volume", pace.step_s, zone))
        self.slot, self.count = -1, 0.0
        self.told = self.peak = -math.inf

    def judge(self, at: float, value: float) -> Scored:
        slot = self.pace.slot(at)
        if slot == self.slot:
            self.count += value
        else:
            self.before = self._up_to(slot)
            self.slot, self.count = slot, value
            self.told = self.peak = -math.inf
        self.after, verdict = step(self.before, slot, self.count, budget=self.budget)
        return self._once(verdict)

    def _up_to(self, slot: int) -> State:
        state = self.after
        if not self.pace.regular and self.slot >= 0:
            for empty in range(max(self.slot + 1, slot - DAY_S // self.pace.step_s), slot):
                state, _ = step(state, empty, 0, budget=self.budget)
        return state

    def _once(self, verdict: Verdict) -> Scored:
        """Within one step the next row tells again only what is much rarer."""
        rare = -math.log10(max(float(verdict.false_alarms[0]), 1e-300))
        score, alert = float(verdict.score[0]), bool(verdict.alert[0])
        if alert and (alert := min(rare, AMPLE) >= self.told + WORSE):
            self.told = min(rare, AMPLE)
        if score > LOW:
            if rare < self.peak + HIGHER:
                return Scored(LOW, alert)
            self.peak = rare
        return Scored(score, alert)

"""Whether a competitor has overtaken a brand for real: more is said of it in a week, by many, and day after day.

Authors alone do not settle it: days differ by more than who happens to post, so of two brands that are as loud as each other one is now and then
ahead by more than its authors explain. The lead has to hold against the differences between the days, too.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.voice.clusters import chance_of_gap, holm
from metrics.voice.tally import Tally

REAL = 0.01
"""Looked at every day over a week each time, so that brands that stay alike seldom seem to change places: docs/alerts.md."""
DAYS = 7


@dataclass(frozen=True, slots=True)
class Ahead:
    """Which of two brands is ahead, None where they are level, and how often chance alone sets them so far apart, 0..1."""

    own: str
    other: str
    brand: str | None
    chance: float

    @property
    def leader(self) -> str | None:
        """The brand that leads by more than chance, None where neither does."""
        return self.brand if self.chance < REAL else None


def chance_of_days(gaps: Sequence[float]) -> float:
    """The two-sided p-value of one brand being ahead of another day after day, where neither is, 0..1.

        P(|t| >= mean / (sd / sqrt(n))),   t with n - 1 degrees of freedom, n days

    `gaps` are the mentions of the one less those of the other, day by day. Fewer than two days, or level on all: 1. The same gap on every day: 0.

    Source: Student's paired t-test.

    >>> round(chance_of_days([12, 9, 15, 8, 11, 14, 10]), 5), round(chance_of_days([60, -5, 4, -3, 6, -2, 1]), 2)
    (2e-05, 0.35)
    """
    from scipy.special import stdtr

    if len(gaps) < 2 or not any(gaps):
        return 1.0
    spread = float(np.std(gaps, ddof=1)) / math.sqrt(len(gaps))
    return 2 * float(stdtr(len(gaps) - 1, -abs(float(np.mean(gaps))) / spread)) if spread else 0.0


def ahead(
    said: Tally, days: Mapping[str, Sequence[float]], own: Sequence[str], others: Sequence[str]
) -> list[Ahead]:
    """How each own brand stands against each other one in a week.

    `said` is the week by author, `days` the mentions of each brand day by day. A chance is the greater of that by authors
    (`metrics.voice.clusters.chance_of_gap`) and that by days (`chance_of_days`), corrected for there being so many pairs. Where the two disagree
    about who is ahead, nobody is.

    >>> week = Tally(("a", "b"), np.array([0] * 210 + [1] * 105), np.arange(315), np.ones(315))
    >>> ahead(week, {"a": [30] * 7, "b": [14, 16] * 3 + [15]}, ["b"], ["a"])[0].leader
    'a'
    >>> ahead(week, {"a": [120] + [15] * 6, "b": [15] * 7}, ["b"], ["a"])[0].leader is None
    True
    """
    pairs = [(one, other) for one in own for other in others]
    chances, leaders = [], []
    for one, other in pairs:
        by_author = said.gaps(one, other)
        by_day = [mine - theirs for mine, theirs in zip(days[one], days[other], strict=True)]
        signs = {float(np.sign(by_author.sum())), float(np.sign(sum(by_day)))}
        leaders.append({1.0: one, -1.0: other}.get(next(iter(signs))) if len(signs) == 1 else None)
        chances.append(max(chance_of_gap(by_author), chance_of_days(by_day)) if leaders[-1] else 1.0)
    return [
        Ahead(*pair, leader, chance)
        for pair, leader, chance in zip(pairs, leaders, holm(chances), strict=True)
    ]

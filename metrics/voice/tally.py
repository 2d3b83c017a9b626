"""Share of voice counted in five ways, so that a leader who leads only by copies is seen as one.

Each way gives every mention a weight; the share of a brand is its part of all weights, and its interval counts authors (`metrics.voice.clusters`).
A post that names two brands is a mention of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from metrics.interval import Interval
from metrics.voice.clusters import (
    Floats,
    Ratio,
    chance_of_gap,
    clustered_interval,
    holm,
    ratio,
    smallest_change,
)
from metrics.voice.copies import Ints, Marks, bursts, families, firsts, groups

Way = Literal["mentions", "people", "distinct", "one_voice", "organic"]
WAYS: tuple[Way, ...] = get_args(Way)
REAL = 0.05


@dataclass(frozen=True)
class Spoken:
    """Every mention of the tracked brands in a window, reposts left out, one place in each array for each, in any order.

    `brand` is a place in `brands`; `author` a number, -1 where unknown; `sketch` the text's four bands, `at` seconds.
    """

    brands: tuple[str, ...]
    brand: Ints
    author: Ints
    sketch: Marks
    at: Ints


@dataclass(frozen=True)
class Tally:
    """What every author said, by one way of counting: weights of mentions, those of no weight left out."""

    brands: tuple[str, ...]
    brand: Ints
    cluster: Ints
    weight: Floats

    def part(self, brand: str) -> Floats:
        """The weight of each author's mentions of a brand."""
        chosen = self.brand == self.brands.index(brand)
        return _sums(self.cluster[chosen], self.weight[chosen], self.size)

    @cached_property
    def size(self) -> int:
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    @cached_property
    def whole(self) -> Floats:
        return _sums(self.cluster, self.weight, self.size)

    @cached_property
    def sums(self) -> Mapping[str, float]:
        """What is said of each brand in all."""
        found = _sums(self.brand, self.weight, len(self.brands))
        return dict(zip(self.brands, found.tolist(), strict=True))

    def ratio(self, brand: str) -> Ratio | None:
        """The brand's part of all that is said."""
        return ratio(self.part(brand), self.whole)

    def gaps(self, brand: str, other: str) -> Floats:
        """What each author says of the brand less what they say of the other."""
        return self.part(brand) - self.part(other)


def _sums(place: Ints, weight: Floats, size: int) -> Floats:
    found: Floats = np.bincount(place, weight, minlength=size).astype(np.float64)
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """A share of voice in percent with its interval, the weight that it is a share of, and the smallest change that would be noticed, in points."""

    value: float
    interval: Interval
    n: int
    smallest: float


@dataclass(frozen=True, slots=True)
class Lead:
    """Who is ahead of whom: `real` where chance alone would put the leader so far ahead of every other in less than 5 %.

    `chance` is that of the rival that it is least sure of, and `rival` that brand, the runner-up where all are alike.
    """

    brand: str
    rival: str
    chance: float

    @property
    def real(self) -> bool:
        return self.chance < REAL


@dataclass(frozen=True)
class Copies:
    """Which mentions repeat what was said: `text` numbers what says the same of a brand, `first` marks the first to say it, `own` the first time that
    each author says it, and `burst` numbers those of `own` that are part of a burst, -1 for none.
    """

    text: Ints
    first: NDArray[np.bool_]
    own: NDArray[np.bool_]
    burst: Ints


def copies(spoken: Spoken) -> Copies:
    """Near-duplicates, repeats and bursts, brand by brand."""
    text = groups(families(spoken.sketch, spoken.author), spoken.brand)
    account = _clusters(spoken.author)
    own = firsts(groups(text, account), spoken.at, account)
    burst = np.full(len(text), -1, np.int64)
    burst[own] = bursts(text[own], spoken.at[own])
    return Copies(text, firsts(text, spoken.at, spoken.author), own, burst)


def tally(spoken: Spoken, way: Way, found: Copies) -> Tally:
    """The mentions weighed in one way.

        mentions    1 for each
        people      1 for each author and brand; authors that are not known are left out
        distinct    1 for each text and brand: near-duplicates (`metrics.voice.copies.families`) count once, for the first who said it
        one_voice   of these first ones, 1 for each author in all, in equal parts for each: 3 texts on one brand and 1 on another give 3/4 and 1/4
        organic     1 for each text of each author and brand, and 1 for each burst (`metrics.voice.copies.bursts`)

    `people` is moved by one person's many accounts, and `one_voice` by that only as far as they have something of their own to say;
    `organic` leaves alone what many pass on in their own time, and `distinct` does not.

    >>> words = np.array([[1, 2, 3, 4]] * 3 + [[5, 6, 7, 8]], np.uint32)
    >>> spoken = Spoken(("a", "b"), np.array([0, 0, 0, 1]), np.array([1, 1, 2, 1]), words, np.array([1, 2, 3, 4]))
    >>> {way: [round(part, 2) for part in tally(spoken, way, copies(spoken)).sums.values()] for way in WAYS}
    {'mentions': [3.0, 1.0], 'people': [2.0, 1.0], 'distinct': [1.0, 1.0], 'one_voice': [0.5, 0.5], 'organic': [2.0, 1.0]}
    """
    known = spoken.author >= 0
    if way == "mentions":
        kept = np.ones(len(known), np.bool_)
    elif way == "people":
        kept = known & firsts(groups(spoken.brand, spoken.author), spoken.at, spoken.author)
    elif way == "distinct":
        kept = found.first
    elif way == "one_voice":
        kept = known & found.first
    else:
        kept = found.own & ((found.burst < 0) | _first_of_burst(found, spoken))
    cluster = _clusters(spoken.author[kept])
    weight = np.ones(len(cluster))
    if way == "one_voice" and len(cluster):
        weight /= np.bincount(cluster)[cluster]
    return Tally(spoken.brands, spoken.brand[kept], cluster, weight)


def _first_of_burst(found: Copies, spoken: Spoken) -> NDArray[np.bool_]:
    marked = np.zeros(len(found.burst), np.bool_)
    part = found.burst >= 0
    marked[part] = firsts(found.burst[part], spoken.at[part], spoken.author[part])
    return marked


def _clusters(author: Ints) -> Ints:
    """A number for each author from 0; an author who is not known is one for each post."""
    unknown = author < 0
    apart = np.where(unknown, -1 - np.cumsum(unknown), author)
    return groups(apart) if len(author) else np.zeros(0, np.int64)


def share(tally: Tally, brand: str) -> Share | None:
    """A brand's share of voice in one way of counting, in percent.

        100 * weight of the brand / weight of all brands

    `interval` holds 95 % of what chance gives for authors drawn with all that they say: `metrics.voice.clusters.clustered_interval`. The shares of
    all brands add up to 100. Nothing said of any brand gives None.

    >>> spoken = Tally(("a", "b"), np.array([0] * 30 + [1] * 90), np.arange(120), np.ones(120))
    >>> found = share(spoken, "a")
    >>> found.value, [round(bound, 1) for bound in found.interval], round(found.smallest, 1)
    (25.0, [18.1, 33.5], 15.7)
    """
    found = tally.ratio(brand)
    if found is None:
        return None
    smallest = min(100.0, smallest_change(100 * max(found.error, _least_error(found))))
    return Share(100 * found.share, clustered_interval(found), round(float(tally.whole.sum())), smallest)


def _least_error(found: Ratio) -> float:
    """The error of a share of 0 or 1, which shows no variance: that of a share one mention away."""
    least = 1 / (found.effective + 2)
    return float(np.sqrt(least * (1 - least) / found.effective))


def lead(tally: Tally) -> Lead | None:
    """The brand that is ahead, and whether its lead is real; None where there are not two brands, or nothing is said.

    It is compared with every other brand over the same authors (`metrics.voice.clusters.chance_of_gap`). "A leads" needs every comparison to
    hold, so no correction is due for there being several: the claim is wrong at most as often as its weakest part. Of brands alike, the
    one listed first.

    Source: R. L. Berger, "Multiparameter Hypothesis Testing and Acceptance Sampling", Technometrics 24 (1982), on claims that need
    every test to hold.

    >>> spoken = Tally(("a", "b"), np.array([0] * 150 + [1] * 100), np.arange(250), np.ones(250))
    >>> lead(spoken).brand, lead(spoken).real
    ('a', True)
    >>> one_account = Tally(("a", "b"), np.array([0] * 150 + [1] * 100), np.array([0] * 60 + list(range(190))), np.ones(250))
    >>> lead(one_account).real
    False
    """
    if len(tally.brands) < 2 or not tally.size:
        return None
    first, *others = sorted(tally.brands, key=lambda brand: -tally.sums[brand])
    compared = {other: chance_of_gap(tally.gaps(first, other)) for other in others}
    rival = max(compared, key=lambda other: round(compared[other], 3))
    return Lead(first, rival, max(compared.values()))


def pairwise(tally: Tally) -> list[Lead]:
    """Every two brands, the one that is ahead first, with p-values corrected for there being so many comparisons (`metrics.voice.clusters.holm`).

    Of all those that are called real, any at all is wrong in at most 5 % of windows. In the order of the brands' sums.

    >>> spoken = Tally(("a", "b", "c"), np.repeat([0, 1, 2], [50, 60, 150]), np.arange(260), np.ones(260))
    >>> [(found.brand, found.rival) for found in pairwise(spoken) if found.real]
    [('c', 'b'), ('c', 'a')]
    """
    ranked = sorted(tally.brands, key=lambda brand: -tally.sums[brand])
    parts = {brand: tally.part(brand) for brand in ranked}
    compared = list(combinations(ranked, 2))
    corrected = holm([chance_of_gap(parts[one] - parts[other]) for one, other in compared])
    return [Lead(*pair, chance) for pair, chance in zip(compared, corrected, strict=True)]


def overtook(before: Tally, now: Tally) -> list[tuple[str, str]]:
    """Which brand was behind which in the period before and is ahead of it now, both by more than chance: (overtaker, overtaken).

    A pair is named where the gap before and the gap now, in opposite directions, each have a p-value below

        min(0.1, sqrt(0.1 / pairs))

    Two streams that stay the same show both with a chance of half the level's square for a pair, so any of all pairs is named
    in at most 5 % of such comparisons.

    Source: own definition; checked by simulation, docs/benchmarks.md.

    >>> def said(a, b):
    ...     return Tally(("a", "b"), np.array([0] * a + [1] * b), np.arange(a + b), np.ones(a + b))
    >>> overtook(said(100, 150), said(150, 100)), overtook(said(120, 130), said(150, 100))
    ([('a', 'b')], [])
    """
    pairs = list(combinations(now.brands, 2))
    level = min(0.1, (0.1 / len(pairs)) ** 0.5) if pairs else 0.0
    found = []
    for one, other in pairs:
        then, here = before.gaps(one, other), now.gaps(one, other)
        if max(chance_of_gap(then), chance_of_gap(here)) < level and then.sum() * here.sum() < 0:
            found.append((one, other) if here.sum() > 0 else (other, one))
    return found

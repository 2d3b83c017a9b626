"""Us or everyone? A change split into what the whole category did, what the platforms did beyond that, and what is the brand's own.

Shift-share analysis with networks in the place of industries, and all other tracked brands in the place of the nation: a brand is never part
of what it is measured by. What a platform does is known only from what is collected there of those other brands, not from its own books.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metrics.interval import Interval, Z

FEW = 10
"""With fewer mentions of the others on a network, before or after, it is taken to have gone as the category went."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is scored on one network in one period: `n` mentions, the sum of their scores and of their squares.

    To count mentions, each scores 1. For a share, those of its label score 1 and others 0; for a balance 1, 0 and -1.
    """

    n: int
    score: float
    squares: float

    def __add__(self, other: "Said") -> "Said":
        return Said(self.n + other.n, self.score + other.score, self.squares + other.squares)

    @property
    def mean(self) -> float | None:
        return self.score / self.n if self.n else None

    @property
    def variance(self) -> float:
        """Of the mean, as if posts were drawn one by one."""
        return max(0.0, self.squares / self.n - (self.score / self.n) ** 2) / self.n if self.n else 0.0


NOBODY = Said(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Network:
    """The brand and all others together on one network, before and after."""

    own_before: Said
    own_after: Said
    others_before: Said
    others_after: Said

    @property
    def known(self) -> bool:
        """Whether the others say enough there to tell what the platform did."""
        return min(self.others_before.n, self.others_after.n) >= FEW


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a change that add up to it."""

    category: float
    platform: float
    own: float

    @property
    def change(self) -> float:
        return self.category + self.platform + self.own


@dataclass(frozen=True, slots=True)
class Split:
    """A change from `before` to `after`, its parts, and the same for each network. `interval` is that of the brand's own part.

    `unknown` are the networks where too little is said of the others to tell the platform's part from the category's.
    """

    before: float
    after: float
    parts: Parts
    networks: Mapping[str, Parts]
    interval: Interval
    unknown: tuple[str, ...] = ()


def split_count(networks: Mapping[str, Network]) -> Split | None:
    """The change in a brand's mentions, split over networks s.

        category = sum b_s (g - 1);   platform = sum b_s (g_s - g);   own = sum a_s - b_s g_s

    b_s and a_s are the brand's mentions before and after; g_s is how many times as many mentions of all others there are on the
    network as before, g on all of them. So the category's part is what the brand would have gained had it gone as the others went
    on the whole, the platform's what more it would have gained had it gone on each network as the others went there, and its own part
    is the rest. They add up to the change. No mention of the others before gives None: nothing is known of the category.

    The interval of the own part takes mentions as drawn one by one (Poisson), by the delta method; posts come in bursts, so it is too narrow.

    Source: E. S. Dunn, "A Statistical and Analytical Technique for Regional Analysis", Papers of the Regional Science Association 6 (1960), with
    the brand left out of what it is compared with.

    By hand: the brand goes from 100 to 180 on x and stays at 50 on reddit, the others from 200 to 300 and from 200 to 180. So g = 480/400
    = 1.2, g_x = 1.5, g_reddit = 0.9. Category 150 * 0.2 = 30; platform 100 * 0.3 - 50 * 0.3 = 15; own (180 - 150) + (50 - 45) = 35.

    >>> def said(n): return Said(n, n, n)
    >>> found = split_count({"x": Network(*map(said, (100, 180, 200, 300))), "reddit": Network(*map(said, (50, 50, 200, 180)))})
    >>> [round(part, 6) for part in (found.parts.category, found.parts.platform, found.parts.own)]
    [30.0, 15.0, 35.0]
    >>> split_count({"x": Network(said(10), said(20), NOBODY, said(5))}) is None
    True
    """
    before, after = (
        _sum(row.others_before for row in networks.values()),
        _sum(row.others_after for row in networks.values()),
    )
    if not before.n:
        return None
    growth, found, spread = after.n / before.n, {}, 0.0
    for name, row in networks.items():
        b, a = row.own_before.n, row.own_after.n
        of = (row.others_before.n, row.others_after.n) if row.known else (before.n, after.n)
        there = of[1] / of[0]
        found[name] = Parts(b * (growth - 1), b * (there - growth), a - b * there)
        spread += a + b * there**2 + b**2 * there * (1 + there) / of[0]
    own_before, own_after = (
        sum(row.own_before.n for row in networks.values()),
        sum(row.own_after.n for row in networks.values()),
    )
    return _split(own_before, own_after, found, spread, networks)


def split_mean(networks: Mapping[str, Network]) -> Split | None:
    """The change in a brand's share or balance, in the score's unit x 100, split over networks s.

        category = D;   platform = sum (w*_s - w_s) x_s + W_s (D_s - D);   own = sum (w'_s - w*_s) x_s + W_s (m'_s - m_s - D_s)

    m_s and m'_s are the brand's mean scores before and after, x_s their mean; w_s and w'_s the parts of its mentions that are on the
    network, W_s their mean; w*_s what they would be had it grown on each network as the others did. D_s is how the others' mean score
    moved on the network, D on all together. So the platform's part holds mentions that moved to networks of another mood because everybody's did, and
    moods that moved on one network alone. The parts add up to the change. None where the brand or the others have no label in one of the periods.

    The interval of the own part takes mentions as drawn one by one, and the brand and the others apart.

    Source: the split into weights and means is E. M. Kitagawa's, "Components of a Difference between Two Rates", JASA 50 (1955); the
    rest as in `split_count`.

    By hand: on one network the brand's negative share goes from 20 % to 50 %, the others' from 10 % to 30 %: 20 points are everybody's, 10 its own.

    >>> def said(n, k): return Said(n, k, k)
    >>> found = split_mean({"x": Network(said(100, 20), said(100, 50), said(100, 10), said(100, 30))})
    >>> [round(part, 6) for part in (found.parts.category, found.parts.platform, found.parts.own)]
    [20.0, 0.0, 10.0]
    """
    rows = networks.values()
    own = _sum(row.own_before for row in rows), _sum(row.own_after for row in rows)
    others = _sum(row.others_before for row in rows), _sum(row.others_after for row in rows)
    if not (own[0].n and own[1].n and others[0].n and others[1].n):
        return None
    moved = others[1].score / others[1].n - others[0].score / others[0].n
    grown = {
        name: row.own_before.n
        * (row.others_after.n / row.others_before.n if row.known else others[1].n / others[0].n)
        for name, row in networks.items()
    }
    found = {}
    for name, row in networks.items():
        w, then, expected = (
            row.own_before.n / own[0].n,
            row.own_after.n / own[1].n,
            grown[name] / sum(grown.values()),
        )
        first, last = _means(row.own_before, row.own_after)
        of_others = _means(row.others_before, row.others_after) if row.known else (0.0, moved)
        there, x, weight = of_others[1] - of_others[0], (first + last) / 2, (w + then) / 2
        found[name] = Parts(
            100 * weight * moved,
            100 * ((expected - w) * x + weight * (there - moved)),
            100 * ((then - expected) * x + weight * (last - first - there)),
        )
    spread = 100**2 * sum(said.variance for said in (*own, *others))
    return _split(100 * (own[0].score / own[0].n), 100 * (own[1].score / own[1].n), found, spread, networks)


def _means(before: Said, after: Said) -> tuple[float, float]:
    """Both means; where nothing was said in one of the periods, the mood there is taken not to have changed."""
    first, last = before.mean, after.mean
    known = first if first is not None else last if last is not None else 0.0
    return (known if first is None else first), (known if last is None else last)


def _sum(said: Iterable[Said]) -> Said:
    return sum(said, NOBODY)


def _split(
    before: float, after: float, found: Mapping[str, Parts], variance: float, networks: Mapping[str, Network]
) -> Split:
    def total(values: Sequence[float]) -> float:
        return math.fsum(values)

    parts = Parts(
        total([part.category for part in found.values()]),
        total([part.platform for part in found.values()]),
        total([part.own for part in found.values()]),
    )
    spread = Z * math.sqrt(variance)
    own_there = (name for name, row in networks.items() if row.own_before.n or row.own_after.n)
    unknown = tuple(name for name in own_there if not networks[name].known)
    return Split(before, after, parts, found, (parts.own - spread, parts.own + spread), unknown)

"""What a brand's mentions set in motion: how many people responded to them, and how those posts felt about the brand."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from metrics.interval import Interval
from metrics.voice.clusters import Ratio, clustered_interval, ratio

AGES = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
"""Ages that part the posts: under an hour, under a day, under a week, older. Only posts of one part are compared with each other."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Mentions of one brand by one account (None: unknown) on one network that are of one age (see `AGES`) and have as many responders.

    `responders` None: nobody tells. `feeling` is P(positive) - P(negative), -1..1, summed over the `labelled` ones. `counted` are the
    responses that the network counts of those whose counts it tells, `seen` the responders collected of these.
    """

    brand_id: str
    source: str
    author: int | None
    age: int
    responders: int | None
    mentions: int = 1
    labelled: int = 0
    feeling: float = 0.0
    counted: int = 0
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact of one brand's mentions, `own`, and of those of all brands, which are `mentions`; of the own ones that anybody
    responded to and that have a label, of which there are `judged`, it is `weight`, and with each one's feeling `feeling`.

    `share` and `favour` are the same over authors: own / all brands, and (weight + feeling) / 2 / weight. `stands_in` are networks
    whose own counts of responses stand in for responders, `left_out` those where nobody tells, with their mentions.
    """

    own: float = 0.0
    all_brands: float = 0.0
    mentions: int = 0
    share: Ratio | None = None
    feeling: float = 0.0
    weight: float = 0.0
    judged: int = 0
    favour: Ratio | None = None
    counted: int = 0
    seen: int = 0
    stands_in: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()


def impact(responders: int, expected: float) -> float:
    """How much a mention set in motion, beside what is usual: 1 is the average mention of its network and age.

        log(1 + responders) / mean of log(1 + responders) over the mentions of the network of the same age

    `responders` are distinct accounts that reposted, quoted or answered it. The logarithm keeps one viral post from being all there is:
    the thousandth responder says less than the first. A young post is compared with posts as young (under an hour, a day, a
    week, older), a post on a quiet network with that network's. So on each network the impacts add up to the number of mentions. Nobody
    responded: 0. Where nobody responded to any of them (`expected` 0), nothing tells them apart and each counts 1.

    Source: own definition; the logarithm, as is usual for counts as uneven as these.

    >>> responders = [0, 1, 7]
    >>> expected = sum(map(math.log1p, responders)) / 3
    >>> [round(impact(number, expected), 2) for number in responders]
    [0.0, 0.75, 2.25]
    >>> impact(0, 0.0)
    1.0
    """
    return math.log1p(responders) / expected if expected else 1.0


def share_of_impact(brand: float, all_brands: float) -> float | None:
    """The brand's part of all that mentions of tracked brands set in motion, in percent, 0..100.

        100 * sum of impact of the brand's mentions / sum over all tracked brands

    Shown beside share of voice: above it, what is said of the brand is passed on and answered more than what is said of the others.
    The shares of all brands add up to 100. No impact at all gives None.

    Source: own definition.

    >>> share_of_impact(3.0, all_brands=12.0)
    25.0
    >>> share_of_impact(0.0, all_brands=0.0) is None
    True
    """
    return 100 * brand / all_brands if all_brands else None


def favour(feeling: float, weight: float) -> float | None:
    """How the posts that people respond to feel about the brand, in points, -100..100.

        100 * sum of impact * (P(positive) - P(negative)) / sum of impact, over labelled mentions

    The model's probabilities as they are, a person's label as certain. A mention without responders weighs nothing here; net_sentiment
    weighs all alike. No labelled mention with impact gives None.

    Source: own definition.

    >>> favour(2.25 * -0.9 + 0.75 * 0.5, weight=3.0)
    -55.0
    >>> favour(0.0, weight=0.0) is None
    True
    """
    return 100 * feeling / weight if weight else None


def share_interval(found: Ratio | None) -> Interval | None:
    """Where chance puts a share, in percent: `metrics.voice.clusters.clustered_interval`, with authors drawn, each with all their mentions.

    >>> share_interval(None) is None
    True
    """
    return None if found is None else clustered_interval(found)


def balance_interval(found: Ratio | None) -> Interval | None:
    """Where chance puts a balance in points -100..100, given as the share (1 + balance) / 2.

    >>> [round(bound, 1) for bound in balance_interval(Ratio(0.25, 0.04, 120))]
    [-63.8, -33.1]
    """
    if found is None:
        return None
    low, high = clustered_interval(found)
    return 2 * low - 100, 2 * high - 100


def impacts(groups: Sequence[Alike], brand_ids: Iterable[str], heard: Iterable[str]) -> dict[str, Impact]:
    """The impact of every brand's mentions. `heard` are the networks of which responders were collected.

    An unknown account's mentions are clusters of their own.
    """
    told = [group for group in groups if group.responders is not None]
    expected = _expected(told)
    sums: dict[str, _Sums] = {brand_id: _Sums() for brand_id in brand_ids}
    all_brands: dict[object, float] = defaultdict(float)
    for group in told:
        each = impact(group.responders or 0, expected[group.source, group.age])
        own = sums[group.brand_id]
        for key, part in _clusters(group):
            own.impact[key] += part * each * group.mentions
            all_brands[key] += part * each * group.mentions
            own.weight[key] += part * each * group.labelled
            own.feeling[key] += part * each * group.feeling
        own.judged += group.labelled if each else 0
    shared = {
        "all_brands": math.fsum(all_brands.values()),
        "mentions": sum(group.mentions for group in told),
        "counted": sum(group.counted for group in groups),
        "seen": sum(group.seen for group in groups),
        "stands_in": tuple(sorted({group.source for group in told} - set(heard))),
        "left_out": _left_out(groups),
    }
    return {brand_id: own.impact_of(all_brands, shared) for brand_id, own in sums.items()}


@dataclass(slots=True)
class _Sums:
    """One brand's sums by cluster (author)."""

    impact: dict[object, float] = field(default_factory=lambda: defaultdict(float))
    weight: dict[object, float] = field(default_factory=lambda: defaultdict(float))
    feeling: dict[object, float] = field(default_factory=lambda: defaultdict(float))
    judged: int = 0

    def impact_of(self, all_brands: Mapping[object, float], shared: Mapping[str, Any]) -> Impact:
        own = np.array([self.impact.get(key, 0.0) for key in all_brands])
        weight = np.fromiter(self.weight.values(), float)
        feeling = np.fromiter(self.feeling.values(), float)
        return Impact(
            own=math.fsum(own),
            share=ratio(own, np.fromiter(all_brands.values(), float)),
            feeling=math.fsum(feeling),
            weight=math.fsum(weight),
            judged=self.judged,
            favour=ratio((weight + feeling) / 2, weight),
            **shared,
        )


def _expected(told: Iterable[Alike]) -> dict[tuple[str, int], float]:
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for group in told:
        found = sums[group.source, group.age]
        found[0] += group.mentions * math.log1p(group.responders or 0)
        found[1] += group.mentions
    return {key: total / number for key, (total, number) in sums.items()}


def _clusters(group: Alike) -> Iterable[tuple[object, float]]:
    """The clusters that a group's mentions belong to, and the part of them that each holds."""
    if group.author is not None:
        return [(group.author, 1.0)]
    return [((id(group), number), 1 / group.mentions) for number in range(group.mentions)]


def _left_out(groups: Iterable[Alike]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = defaultdict(int)
    for group in groups:
        if group.responders is None:
            found[group.source] += group.mentions
    return tuple(sorted(found.items()))

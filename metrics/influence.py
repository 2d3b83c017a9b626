"""Influence of authors in three numbers that are never added up: exposure, response and propagation, with intervals, ranks and a check.

exposure      how many could see what they post: 2 % to 5 % of their followers (metrics.formulas.reach)
response      how many people respond to a post of theirs about the brand
propagation   whether those who respond are themselves listened to (metrics.propagation)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 400
MOST_RANKED = 10_000
"""Of more authors, these many with the highest figures are ranked."""
FEW = 10
"""Fewer authors in both periods tell nothing of how well ranks predict."""
UNEVEN = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.5, 5.0, 10.0, 20.0)
"""What authors may differ by: (standard deviation / mean)^2 of their true means."""
_BURSTS, _WORTH = 1.0, 5.0
"""A guess of `Platform.bursts`, and how many well-measured posts it is worth."""


class Estimate(NamedTuple):
    """A figure and where 95 % of what could as well be lie; no bounds where what was seen cannot tell how far chance goes."""

    value: float
    low: float | None
    high: float | None


class Rank(NamedTuple):
    """A place from 1, and the places that 95 % of what could as well be would give."""

    place: int
    best: int
    worst: int


class Answered(Protocol):
    """What an author's posts got: responders of each post, summed over the posts, and their squares."""

    @property
    def posts(self) -> int: ...
    @property
    def responders(self) -> int: ...
    @property
    def squares(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Platform:
    """How responses are on a platform: their `mean` per post, how much the posts of one author differ beyond chance (`bursts`, the
    (standard deviation / mean)^2 of what they may expect), and how likely each of `UNEVEN` is.
    """

    mean: float
    bursts: float
    uneven: tuple[float, ...]


def platform(authors: Sequence[Answered]) -> Platform | None:
    """The platform's habits, from all its authors of on-brand posts; None where nobody responded to any.

        mean   = responders / posts
        bursts = mean over authors of (variance between one's posts - one's mean) / one's mean^2

    Authors are weighed by how well their posts tell it, (posts - 1) * (mean / (1 + mean))^2, and five more stand for a guess of 1, so that
    neither a single viral post nor few authors decide. How uneven authors are is seldom told well by their counts, so no one value is taken:
    each of some values from 0.05 to 20 is weighed by the marginal likelihood of the counts.

    Source: moments of the negative binomial distribution; that a prior taken for certain gives intervals that are too narrow: C. N.
    Morris, "Parametric Empirical Bayes Inference", JASA 78 (1983).

    >>> from types import SimpleNamespace as Author
    >>> found = platform([Author(posts=2, responders=8, squares=64), Author(posts=2, responders=0, squares=0)])
    >>> found.mean, round(found.bursts, 3), round(sum(found.uneven), 3)
    (2.0, 1.085, 1.0)
    >>> platform([Author(posts=3, responders=0, squares=0)]) is None
    True
    """
    posts, responders = _counts(authors)
    squares = np.array([author.squares for author in authors], dtype=float)
    if not responders.sum():
        return None
    mean = float(responders.sum() / posts.sum())
    several = (posts > 1) & (responders > 0)
    own = responders[several] / posts[several]
    variance = (squares[several] - responders[several] * own) / (posts[several] - 1)
    weight = (posts[several] - 1) * (own / (1 + own)) ** 2
    beyond_chance = float((weight * (variance - own) / own**2).sum())
    bursts = max(0.0, (beyond_chance + _WORTH * _BURSTS) / (float(weight.sum()) + _WORTH))
    counts = _tempered(posts, responders, mean, bursts)
    likely = np.array([_log_likelihood(uneven, mean, *counts) for uneven in UNEVEN])
    weights = np.exp(likely - likely.max())
    return Platform(mean, bursts, tuple((weights / weights.sum()).tolist()))


def _counts(authors: Sequence[Answered]) -> tuple[Floats, Floats]:
    table = np.array([(author.posts, author.responders) for author in authors], dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _tempered(posts: Floats, responders: Floats, mean: float, bursts: float) -> tuple[Floats, Floats]:
    """Posts and responders as so many Poisson counts that tell as much: fewer, the more the posts of an author may differ.

    A post's variance is not its mean m but m + bursts * m^2, with m about the author's mean, one post as usual added.
    """
    spread = 1 + bursts * (responders + mean) / (posts + 1)
    return posts / spread, responders / spread


def _log_likelihood(uneven: float, mean: float, posts: Floats, responders: Floats) -> float:
    """Of gamma-Poisson counts, but for what does not depend on `uneven`."""
    from scipy.special import gammaln

    shape, rate = 1 / uneven, 1 / (uneven * mean)
    each = gammaln(shape + responders) - gammaln(shape) + shape * np.log(rate)
    return float((each - (shape + responders) * np.log(rate + posts)).sum())


def response(authors: Sequence[Answered], of: Platform) -> tuple[Floats, Floats]:
    """Distinct responders per on-brand post of each author, shrunk toward the platform's mean.

        (1 / uneven + responders / spread) / (1 / (uneven * mean) + posts / spread), averaged over what `uneven` may be
        spread = 1 + bursts * (responders + mean) / (posts + 1)

    Of an author with one post little is known, so one lucky post makes no leader: the figure lies between the platform's mean
    and the author's own, nearer to the latter the more posts there are. Returned are shape and rate of each author's posterior,
    a gamma distribution: the value is its mean, shape / rate, and low and high hold 95 % of it (`credible`). An account is one
    responder per post however often it responds; the author and the brand's own account are none.

    Source: the gamma-Poisson (negative binomial) model, its counts divided by `spread` since posts of one author vary more than Poisson
    counts; the mean is Bühlmann's credibility estimate ("Experience Rating and Credibility", ASTIN Bulletin 4, 1967). The posteriors
    of all values of `uneven` are taken together as the gamma distribution of the same mean and variance.

    >>> from types import SimpleNamespace as Author
    >>> usual = Platform(mean=1.0, bursts=1.0, uneven=tuple(float(value == 5.0) for value in UNEVEN))
    >>> shape, rate = response([Author(posts=1, responders=10), Author(posts=20, responders=200)], usual)
    >>> (shape / rate).round(1).tolist()
    [4.9, 9.1]
    """
    posts, responders = _counts(authors)
    uneven, weights = np.array(UNEVEN)[:, None], np.array(of.uneven)
    posts, responders = _tempered(posts, responders, of.mean, of.bursts)
    shape = 1 / uneven + responders
    rate = 1 / (uneven * of.mean) + posts
    mean = weights @ (shape / rate)
    variance = weights @ (shape / rate**2 + (shape / rate) ** 2) - mean**2
    return mean**2 / variance, mean / variance


def credible(shape: Floats, rate: Floats) -> list[Estimate]:
    """The mean of each gamma distribution with its middle 95 %.

    >>> [tuple(round(bound, 2) for bound in found) for found in credible(np.array([4.0]), np.array([2.0]))]
    [(2.0, 0.54, 4.38)]
    """
    from scipy.stats import gamma

    low, high = (gamma.ppf(point, shape, scale=1 / rate) for point in (0.025, 0.975))
    return [Estimate(*map(float, row)) for row in zip(shape / rate, low, high, strict=True)]


def ranks(values: Floats, drawn: Floats) -> list[Rank | None]:
    """Each author's place by `values`, highest first, and the 95 % of places that the draws (rows) give; equal figures share the first of
    their places.

    Beyond the first 10,000 authors nobody is ranked (None), nor do they take part in the others' intervals.

    >>> ranks(np.array([3.0, 1.0, 1.0]), np.array([[3.0, 1.0, 1.0], [2.0, 5.0, 0.5]]))
    [Rank(place=1, best=1, worst=2), Rank(place=2, best=1, worst=2), Rank(place=2, best=2, worst=3)]
    """
    first = np.argsort(-values, kind="stable")[:MOST_RANKED]
    could_be = [_places(row) for row in drawn[:, first]]
    best, worst = np.quantile(could_be, (0.025, 0.975), axis=0, method="inverted_cdf")
    found: list[Rank | None] = [None] * len(values)
    for author, place, low, high in zip(first, _places(values[first]), best, worst, strict=True):
        found[author] = Rank(int(place), int(min(place, low)), int(max(place, high)))
    return found


def _places(values: Floats) -> NDArray[np.intp]:
    return 1 + len(values) - np.searchsorted(np.sort(values), values, side="right")


def spearman(before: Floats, after: Floats, chance: np.random.Generator) -> Estimate | None:
    """How well one order predicts another: Spearman's rank correlation, -1..1, with the middle 95 % had the authors been drawn anew.

    1: the same order, 0: no relation. None for fewer than 10 authors, or where all are equal in one of the two.

    Source: C. Spearman, "The Proof and Measurement of Association between Two Things", American Journal of Psychology 15 (1904), by
    `scipy.stats.spearmanr`; percentile bootstrap over authors.

    >>> order = np.arange(12.0)
    >>> spearman(order, order**3, np.random.default_rng(1)).value
    1.0
    >>> spearman(order, np.zeros(12), np.random.default_rng(1)) is None
    True
    """
    from scipy.stats import rankdata, spearmanr

    if len(before) < FEW or np.ptp(before) == 0 or np.ptp(after) == 0:
        return None
    value = float(spearmanr(before, after).statistic)
    times = max(200, min(1000, 2_000_000 // len(before)))
    drawn = chance.integers(len(before), size=(times, len(before)))
    one, other = (rankdata(side[drawn], axis=1) for side in (before, after))
    one, other = (side - side.mean(axis=1, keepdims=True) for side in (one, other))
    scale = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    low, high = np.quantile(((one * other).sum(axis=1) / np.where(scale, scale, np.inf)), (0.025, 0.975))
    return Estimate(value, min(value, float(low)), max(value, float(high)))

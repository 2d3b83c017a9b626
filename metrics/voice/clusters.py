"""Shares of what many people say, where one person says many things: intervals and tests that count people, not posts.

The posts of one author hang together, so an account with five hundred posts is no proof of five hundred opinions. Authors are taken as
drawn, each with all of their posts (cluster sampling): what is uncertain is which authors a window happened to hear. An author who is not
known is a cluster of one post.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.interval import Interval

Floats = NDArray[np.float64]
LEVEL = 0.95
POWER = 0.8
ROUNDING = 1e-12
"""A variance below this part of p (1 - p) is what adding up fractions leaves of none."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share (0..1), its standard error, and how many independent mentions it is worth (`effective`).

    `effective` is above the number of mentions where most authors name several brands evenly. `even` equally loud authors would leave the
    share as uncertain as all of these do, if each was of one mind in both cases; `uneven` is 1 where all are equally loud, and the
    larger the fewer of them say most.
    """

    share: float
    error: float
    effective: float
    even: float = math.inf
    uneven: float = 1.0


def ratio(part: Floats, whole: Floats) -> Ratio | None:
    """The share sum(part) / sum(whole) over authors, each of whom said `whole` things, `part` of them of the brand.

        p = sum m_a / M;   e_a = (m_a - p w_a) / (M - w_a);   error^2 = (A - 1)/A sum e_a^2
        effective = p (1 - p) / error^2;   even = M^2 / sum w_a^2;   uneven = M sum w_a^3 / (sum w_a^2)^2

    w_a is what author a said in all, M the sum of it, A the number of authors. e_a is how far the share moves when the author is left out:
    the jackknife over authors, which is the linearised variance with each author's own weight taken into account. A share without any
    variance, as one of 0 or 1, is worth `even` mentions, as if every author were of one mind. Nothing said gives None.

    Source: W. G. Cochran, "Sampling Techniques", 1977, sections 6.4 and 9A; K. Rust and J. N. K. Rao, "Variance estimation for complex surveys using
    replication techniques", Statistical Methods in Medical Research 5 (1996); `even` is L. Kish's effective size, "Survey Sampling", 1965.

    >>> everybody_once = ratio(np.array([1.0] * 30 + [0.0] * 70), np.ones(100))
    >>> round(everybody_once.share, 2), round(everybody_once.effective)
    (0.3, 99)
    >>> ten_each = ratio(np.array([10.0] * 30 + [0.0] * 70), np.full(100, 10.0))
    >>> round(ten_each.share, 2), round(ten_each.effective)
    (0.3, 99)
    >>> ratio(np.zeros(0), np.zeros(0)) is None
    True
    """
    heard = whole > 0
    part, whole = part[heard], whole[heard]
    count, said = len(whole), float(whole.sum())
    if not count:
        return None
    share = min(1.0, float(part.sum()) / said)
    if count == 1:
        return Ratio(share, 0.5, 1.0, 1.0)
    squared = whole * whole
    squares = float(squared.sum())
    variance = (count - 1) / count * float((((part - share * whole) / (said - whole)) ** 2).sum())
    return _ratio(share, variance, said, squares, float((squared * whole).sum()))


def _ratio(share: float, variance: float, said: float, squares: float, cubes: float) -> Ratio:
    """The ratio with this variance, from the sums over authors of what they said and of its second and third powers."""
    even, uneven = said * said / squares, said * cubes / (squares * squares)
    spread = share * (1 - share)
    effective = spread / variance if variance > ROUNDING * spread > 0 else even
    return Ratio(share, math.sqrt(variance), effective, even, uneven)


@dataclass(frozen=True, slots=True)
class Loudness:
    """How unevenly authors speak: what those who are known `said` in all of a brand, and the sums over them of its squares and fourth powers.

    `together` is the sum of what each said of it times what the same author said of all brands; 0 where nothing is known of that, and
    nobody is then taken to speak of two.
    """

    said: float = 0.0
    squares: float = 0.0
    fourths: float = 0.0
    together: float = 0.0

    def of(self, mentions: float) -> Loudness:
        """The same with the mentions that have no known author as one author each."""
        nameless = max(0.0, mentions - self.said)
        return Loudness(mentions, self.squares + nameless, self.fourths + nameless, self.whole + nameless)

    @property
    def whole(self) -> float:
        return max(self.together, self.squares)

    def __add__(self, other: Loudness) -> Loudness:
        return Loudness(
            self.said + other.said,
            self.squares + other.squares,
            self.fourths + other.fourths,
            self.whole + other.whole,
        )


def ratio_of_sums(own: Loudness, others: Loudness) -> Ratio | None:
    """What `ratio` says, from sums over authors instead of every author: for figures over millions of posts.

        p = M_own / M;   error^2 = (S_own - 2p T_own + p^2 W) / M^2 / (1 - W / M^2)^2

    M, S: what was said, and the sum of its squares over authors; T: of what each said of the brand times all that they said, and W the sum of
    T over brands. The last factor stands for each author's own weight in `ratio`. The sum of third powers is taken to be as large as those
    of second and fourth ones allow.

    >>> alike = ratio_of_sums(Loudness(300, 3000, 3e5), Loudness(700, 7000, 7e5))
    >>> round(alike.share, 2), round(alike.effective)
    (0.3, 98)
    >>> everybody_of_both = ratio_of_sums(Loudness(300, 900, 2700, 1800), Loudness(300, 900, 2700, 1800))
    >>> everybody_of_both.share, everybody_of_both.error
    (0.5, 0.0)
    >>> ratio_of_sums(Loudness(), Loudness()) is None
    True
    """
    every = own + others
    if every.said <= 0:
        return None
    share, even = own.said / every.said, every.said**2 / every.whole
    if even <= 1:
        return Ratio(share, 0.5, 1.0, 1.0)
    squares = max(0.0, own.squares - 2 * share * own.whole + share**2 * every.whole)
    variance = squares / every.said**2 / (1 - 1 / even) ** 2
    return _ratio(share, variance, every.said, every.whole, math.sqrt(every.whole * every.fourths))


def clustered_interval(found: Ratio, level: float = LEVEL) -> Interval:
    """Where the share lies, in percent: between the two x with

        (p - x)^2 = z^2 / n (x (1 - x) + (k - 1) (1 - 2p) (x - p)),   n = effective,   z the normal quantile

        k = sqrt(uneven max(1, n / even)) for the bound toward 50 %,   k = (1 + sqrt(uneven)) / 2 for the other one

    With k = 1 this is Wilson's interval, and so it is where all said equally much and are of one mind each: the variance then follows the
    share x as x (1 - x) does. Where few authors say most, a larger share mostly means that a loud one was heard, and the variance follows
    it faster, as the third moment says: k = uneven effective / even where each author is of one mind, k = uneven where one counts for as
    many minds as the share's variance shows. Toward 50 % lies what loud authors would add whom the window missed, so that bound takes the
    geometric mean of 1 and the former; the other one goes half as far from 1 as the geometric mean of 1 and the latter. The interval stays
    inside 0..100 and holds the share itself.

    Source: N. Dean and M. Pagano, "Evaluating Confidence Interval Methods for Binomial Proportions in Clustered Surveys", Journal of Survey
    Statistics and Methodology 3 (2015), the modified Wilson interval; N. J. Johnson, "Modified t Tests and Confidence Intervals for
    Asymmetrical Populations", JASA 73 (1978), on variances that follow what is estimated; both means are our own choice, checked by
    simulation (docs/benchmarks.md, "Share of voice").

    >>> [round(bound, 1) for bound in clustered_interval(Ratio(0.25, 0.04, 120))]
    [18.1, 33.4]
    >>> [round(bound, 1) for bound in clustered_interval(Ratio(0.25, 0.04, 120, even=60, uneven=4))]
    [18.4, 35.1]
    """
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    toward = math.sqrt(found.uneven * max(1.0, found.effective / found.even))
    away = (1 + math.sqrt(found.uneven)) / 2
    low, high = (away, toward) if found.share < 0.5 else (toward, away)
    return 100 * _bound(found, low, -z), 100 * _bound(found, high, z)


def _bound(found: Ratio, k: float, z: float) -> float:
    """The solution below the share for z < 0, above it for z > 0."""
    p, each = found.share, z * z / found.effective
    tilt = each * k * (1 - 2 * p)
    off = (tilt + math.copysign(math.sqrt(tilt * tilt + 4 * (1 + each) * each * p * (1 - p)), z)) / (
        2 * (1 + each)
    )
    return min(1.0, p + max(0.0, off)) if z > 0 else max(0.0, p + min(0.0, off))


def chance_of_gap(gaps: Floats) -> float:
    """The two-sided p-value of one brand being ahead of another, where neither is: how often chance alone sets them as far apart, 0..1.

        P(|t| >= |sum d_a| / sqrt(sum d_a^2)),   t with 2 (sum d_a^2)^2 / sum d_a^4 - 1 degrees of freedom

    d_a is what author a said of the one less what the same author said of the other. Where neither brand is ahead each d_a is as likely to have the
    other sign, whatever its size, so authors who say much weigh much on both sides of the fraction: one author alone proves nothing.
    No author with a difference gives 1.

    Source: B. Efron, "Student's t-Test Under Symmetry Conditions", Journal of the American Statistical Association 64 (1969); the degrees
    of freedom are chosen to come near the exact chance of drawn signs for few authors (0.052 and 0.063 for five of one mind, 0.032 and
    0.031 for six).

    >>> round(chance_of_gap(np.array([1.0] * 60 + [-1.0] * 40)), 3)
    0.047
    >>> round(chance_of_gap(np.array([60.0] + [1.0] * 30 + [-1.0] * 70)), 2), chance_of_gap(np.zeros(3))
    (0.79, 1.0)
    """
    squared = gaps * gaps
    return chance_of_gap_of_sums(
        float(gaps.sum()), Loudness(0, float(squared.sum()), float((squared * squared).sum()))
    )


def chance_of_gap_of_sums(gap: float, both: Loudness) -> float:
    """What `chance_of_gap` says, from the gap and sums over the authors of both brands; who speaks of both is taken for two.

    >>> round(chance_of_gap_of_sums(20, Loudness(100, 100, 100)), 3)
    0.047
    """
    from scipy.special import stdtr

    if not both.squares:
        return 1.0
    freedom = 2 * both.squares**2 / both.fourths - 1
    return 2 * float(stdtr(max(1.0, freedom), -abs(gap) / math.sqrt(both.squares)))


def smallest_change(error: float) -> float:
    """The smallest true change between two periods alike that would be noticed four times out of five, in the unit of the error.

        (z(0.975) + z(0.8)) sqrt(2) error = 3.96 error

    `error` is the standard error of the figure in one period; the other is taken to be as long and as loud, and its authors to be others,
    so where the same people speak in both, less will do.

    Source: the usual power calculation for two means (J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988).

    >>> round(smallest_change(1.0), 2)
    3.96
    """
    from scipy.special import ndtri

    return float(ndtri((1 + LEVEL) / 2) + ndtri(POWER)) * math.sqrt(2) * error


def holm(chances: Sequence[float]) -> list[float]:
    """p-values corrected for there being several, in the order given: compared with 0.05, any false claim comes up in 5 % at most.

        the k-th smallest of m becomes (m - k + 1) p, never less than the one before, at most 1

    Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979).

    >>> holm([0.01, 0.04, 0.02])
    [0.03, 0.04, 0.04]
    >>> holm([])
    []
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    found, least = [0.0] * len(chances), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(chances) - rank) * chances[place]))
        found[place] = least
    return found

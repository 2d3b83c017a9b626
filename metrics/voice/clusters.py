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


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share (0..1), how many independent mentions it is worth, and how many squares its variance is known from.

    `error` is the standard error. `effective` is above the number of mentions where most authors name several brands evenly. `as_loud` is
    what it would be worth if who speaks of the smaller side were as loud as everybody is; None where nothing is known of that.
    """

    share: float
    error: float
    effective: float
    freedom: float
    as_loud: float | None = None


def ratio(part: Floats, whole: Floats) -> Ratio | None:
    """The share sum(part) / sum(whole) over authors, each of whom said `whole` things, `part` of them of the brand.

        p = sum m_a / M;   e_a = (m_a - p w_a) / (M - w_a);   error^2 = (A - 1)/A sum e_a^2
        effective = p (1 - p) / error^2;   freedom = min(A - 1, 2 / (K - 3/4 min(K, K')))
        K = sum e_a^4 / (sum e_a^2)^2;   K' the same of m_a / w_a - p

    w_a is what author a said in all, M the sum of it, A the number of authors. e_a is how far the share moves when the author is left out:
    the jackknife over authors, which is the linearised variance with each author's own weight taken into account. Where a few authors say most, the
    variance rests on few squares and is poorly known: hence the degrees of freedom (Satterthwaite's, by fourth moments). Most of what squares
    would differ by if all had said equally much, K', is taken off: so far the share itself tells the variance. A share of 0 or 1 has no
    such variance and is worth M^2 / sum w_a^2 mentions, as if every author were of one mind. Nothing said gives None.

    A small brand has few authors, and its loudest may be those that the window happened to miss, so `as_loud` looks at everybody:

        v' = p (1 - p) sum (w_a + r w_a (w_a - 1)) / (M - w_a)^2 (A - 1)/A;   as_loud = p (1 - p) / (error^2 + l^2 max(0, v' - error^2))

    r is how much more often than chance two things that one author said are both of the brand or both not (the mean over authors, whatever they
    say in all), and l = max(0, |1 - 2p| - 4 error) how lopsided the share is for certain.

    Source: W. G. Cochran, "Sampling Techniques", 1977, sections 6.4 and 9A; K. Rust and J. N. K. Rao, "Variance estimation for complex surveys using
    replication techniques", Statistical Methods in Medical Research 5 (1996). Coverage: docs/benchmarks.md, "Share of voice".

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
    alone = said * said / float((whole * whole).sum())
    if count == 1:
        return Ratio(share, 0.5, 1.0, 1.0)
    squares = ((part - share * whole) / (said - whole)) ** 2
    variance = (count - 1) / count * float(squares.sum())
    if variance <= 0 or not 0 < share < 1:
        even = max(variance, 0.0)
        return Ratio(share, math.sqrt(even), min(alone, said), max(1.0, alone - 1))
    uneven = _unevenness(squares)
    freedom = 2 / (uneven - 0.75 * min(uneven, _unevenness((part / whole - share) ** 2)))
    error, spread = math.sqrt(variance), share * (1 - share)
    lopsided = max(0.0, abs(1 - 2 * share) - 4 * error)
    missed = max(0.0, _variance_as_loud(part, whole, share) - variance)
    return Ratio(
        share,
        error,
        spread / variance,
        max(1.0, min(count - 1.0, freedom)),
        spread / (variance + lopsided**2 * missed),
    )


def _unevenness(squares: Floats) -> float:
    """1 over how many squares make up their sum: 1/n of n alike, 1 where one is all there is."""
    return float((squares * squares).sum() / squares.sum() ** 2)


def _variance_as_loud(part: Floats, whole: Floats, share: float) -> float:
    """The share's variance if authors' loudness had nothing to do with the brand; 0 where nobody says two things."""
    several = whole >= 2
    if not several.any():
        return 0.0
    m, w = part[several], whole[several]
    alike = (m * (m - 1) + (w - m) * (w - m - 1)) / (w * (w - 1))
    by_chance = share**2 + (1 - share) ** 2
    agreement = min(1.0, float((alike.mean() - by_chance) / (1 - by_chance)))
    each = np.maximum(0.0, whole + agreement * whole * (whole - 1)) / (whole.sum() - whole) ** 2
    return share * (1 - share) * float(each.sum()) * (len(whole) - 1) / len(whole)


@dataclass(frozen=True, slots=True)
class Loudness:
    """How unevenly authors speak: what those who are known `said` in all, and the sums over them of its squares and fourth powers."""

    said: float = 0.0
    squares: float = 0.0
    fourths: float = 0.0

    def of(self, mentions: float) -> Loudness:
        """The same with the mentions that have no known author as one author each."""
        nameless = max(0.0, mentions - self.said)
        return Loudness(mentions, self.squares + nameless, self.fourths + nameless)

    def __add__(self, other: Loudness) -> Loudness:
        return Loudness(self.said + other.said, self.squares + other.squares, self.fourths + other.fourths)


def ratio_of_sums(own: Loudness, others: Loudness) -> Ratio | None:
    """What `ratio` says, from sums over authors instead of every author: for figures over millions of posts.

        p = M_own / M;   error^2 = ((1 - p)^2 S_own + p^2 S_others) / M^2 / (1 - S / M^2)^2

    M, S: what was said, and the sum of its squares over authors; the last factor stands for each author's own weight in `ratio`. An author who names
    the brand and another one is taken for two, so the interval is too wide where many name several.

    >>> alike = ratio_of_sums(Loudness(300, 3000, 3e5), Loudness(700, 7000, 7e5))
    >>> round(alike.share, 2), round(alike.effective)
    (0.3, 98)
    >>> ratio_of_sums(Loudness(), Loudness()) is None
    True
    """
    every = own + others
    if every.said <= 0:
        return None
    share, alone = own.said / every.said, every.said**2 / every.squares
    if alone <= 1:
        return Ratio(share, 0.5, 1.0, 1.0)
    if not 0 < share < 1:
        return Ratio(share, 0.0, alone, max(1.0, alone - 1))
    squares = (1 - share) ** 2 * own.squares + share**2 * others.squares
    fourths = (1 - share) ** 4 * own.fourths + share**4 * others.fourths
    variance = squares / every.said**2 / (1 - 1 / alone) ** 2
    return Ratio(
        share, math.sqrt(variance), share * (1 - share) / variance, max(1.0, 2 * squares**2 / fourths)
    )


def clustered_interval(found: Ratio, level: float = LEVEL) -> Interval:
    """Where the share lies, in percent: Wilson's interval for as many independent mentions as the share is worth.

        (p + t^2/2n ± t sqrt(p(1-p)/n + t^2/4n^2)) / (1 + t^2/n),   n = effective,  t the quantile of Student's t for `freedom`

    The bound that lies toward 50 % is that of n = `as_loud`, where this is known. It stays inside 0..100 and holds the share itself.

    Source: N. Dean and M. Pagano, "Evaluating Confidence Interval Methods for Binomial Proportions in Clustered Surveys", Journal of Survey
    Statistics and Methodology 3 (2015), the modified Wilson interval; t as in E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998);
    `as_loud`: own choice, checked by simulation (docs/benchmarks.md, "Share of voice").

    >>> [round(bound, 1) for bound in clustered_interval(Ratio(0.25, 0.04, 120, 1e6))]
    [18.1, 33.4]
    >>> [round(bound, 1) for bound in clustered_interval(Ratio(0.25, 0.04, 120, 3))]
    [14.7, 39.2]
    """
    from scipy.special import stdtrit

    t = float(stdtrit(found.freedom, (1 + level) / 2))
    low, high = _wilson(found.share, found.effective, t)
    if found.as_loud is not None:
        cautious = _wilson(found.share, found.as_loud, t)
        low, high = (low, cautious[1]) if found.share < 0.5 else (cautious[0], high)
    return 100 * low, 100 * high


def _wilson(p: float, n: float, t: float) -> Interval:
    middle = (p + t * t / (2 * n)) / (1 + t * t / n)
    spread = t * math.sqrt(p * (1 - p) / n + t * t / (4 * n * n)) / (1 + t * t / n)
    return max(0.0, min(p, middle - spread)), min(1.0, max(p, middle + spread))


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

"""Intervals of shares: how far chance alone moves a figure that rests on few mentions.

They cover 95 % of what chance gives when each mention (or author) is drawn independently. They cover neither
the labeller's mistakes, nor posts that were not collected, nor one author posting many times.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import mean, stdev, variance

Interval = tuple[float, float]

INDEPENDENT = "95 % of what chance gives for independently drawn mentions (Wilson): too narrow where one author posts many times"
Z = 1.959963984540054
"""The normal distribution's 97.5 % point: two-sided 95 %."""


def share_interval(part: int, whole: int) -> Interval | None:
    """Where a share lies, in percent, by Wilson's score interval; None for a whole of 0.

        (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)

    0 <= part <= whole; the interval stays inside 0..100 and holds the share itself. Unlike the textbook p ±
    1.96 sd it is right for few mentions and for shares near 0 and 100.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22
    (1927); chosen over others by Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion",
    Statistical Science 16 (2001).

    >>> low, high = share_interval(8, 10)
    >>> round(low, 1), round(high, 1)
    (49.0, 94.3)
    >>> share_interval(0, 0) is None
    True
    """
    if whole == 0:
        return None
    p, n = part / whole, float(whole)
    middle = p + Z * Z / (2 * n)
    spread = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    low, high = (middle - spread) / (1 + Z * Z / n), (middle + spread) / (1 + Z * Z / n)
    return 100 * max(0.0, min(low, p)), 100 * min(1.0, max(high, p))


def balance_interval(positive: float, neutral: float, negative: float) -> Interval | None:
    """Where the balance of positive over negative lies, in points -100..100; None for no mention.

        d ± z sqrt(p + q - d^2) / sqrt(n),  with p = (positive + 1) / n, q = (negative + 1) / n, d = p - q, n
        = total + 2

    The adjusted Wald interval of Bonett and Price for the difference of two shares of one sample: one mention
    is added to either side, so that few mentions, or none on one side, do not look certain. It holds the
    balance itself and stays inside
    -100..100.

    Source: D. G. Bonett and R. M. Price, "Adjusted Wald Confidence Interval for a Difference of Binomial
    Proportions Based on Paired Data", Journal of Educational and Behavioral Statistics 37 (2012).

    >>> [round(bound, 1) for bound in balance_interval(positive=80, neutral=100, negative=20)]
    [20.8, 38.6]
    >>> balance_interval(positive=0, neutral=0, negative=0) is None
    True
    """
    total = positive + neutral + negative
    if total == 0:
        return None
    n = total + 2
    p, q = (positive + 1) / n, (negative + 1) / n
    balance = (positive - negative) / total
    spread = Z * math.sqrt(max(0.0, p + q - (p - q) ** 2) / n)
    low, high = min(balance, p - q - spread), max(balance, p - q + spread)
    return 100 * max(-1.0, low), 100 * min(1.0, high)


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Where the mean lies of what these are drawn from, by Student's t; None for fewer than two.

        m ± t(0.975, n - 1) s / sqrt(n)

    Exact for normal values. Interactions have long tails, so few posts say less than the interval does; values that do
    not differ give an interval without width. Of eight draws from a long tail (gamma, shape 1.5) it holds the mean about 91 times in 100.

    Source: Student, "The Probable Error of a Mean", Biometrika 6 (1908).

    >>> [round(bound, 2) for bound in mean_interval([2.0, 4.0, 6.0])]
    [-0.97, 8.97]
    >>> mean_interval([2.0]) is None
    True
    """
    n = len(values)
    if n < 2:
        return None
    m, spread = mean(values), _t(n - 1) * stdev(values) / math.sqrt(n)
    return m - spread, m + spread


def ratio_interval(first: Sequence[float], second: Sequence[float]) -> Interval | None:
    """Where the ratio of two means lies, of values that are never negative.

        (m1 / m2) exp(± t sqrt(v1 + v2)),  with v = s^2 / (n m^2) of each, t of Welch's degrees of freedom

    None where either side has fewer than two values or a mean of 0: there is no logarithm to set bounds around.

    Source: L. V. Hedges, J. Gurevitch and P. S. Curtis, "The Meta-Analysis of Response Ratios in Experimental Ecology",
    Ecology 80 (1999), with Student's t in place of the normal point because posts are few.

    >>> [round(bound, 2) for bound in ratio_interval([20.0, 30.0, 40.0], [10.0, 14.0, 12.0, 12.0])]
    [1.21, 5.18]
    >>> ratio_interval([5.0], [1.0, 2.0]) is None
    True
    """
    sides = []
    for values in (first, second):
        if len(values) < 2 or mean(values) <= 0:
            return None
        sides.append((variance(values) / (len(values) * mean(values) ** 2), len(values) - 1))
    total = sum(v for v, _ in sides)
    ratio = mean(first) / mean(second)
    if total == 0:
        return ratio, ratio
    freedom = total**2 / sum(v**2 / n for v, n in sides)
    factor = math.exp(min(_t(freedom) * math.sqrt(total), 700.0))
    return ratio / factor, min(ratio * factor, 1e300)


def score_interval(answers: Mapping[float, float], lowest: float, highest: float) -> Interval | None:
    """Where the mean of scores on a bounded scale lies, given how many gave each score; None for no answer.

        m' ± z s' / sqrt(n + 2),  of the answers with one more at either end of the scale

    The two answers added keep an interval from having no width where all agree, as Bonett and Price's do for a balance.
    It holds the mean itself and stays on the scale.

    Source: own choice; a test holds its coverage to 95 % in exact sums.

    >>> [round(bound, 2) for bound in score_interval({5: 30, 4: 12, 1: 8}, 1, 5)]
    [3.68, 4.48]
    >>> score_interval({}, 1, 5) is None
    True
    """
    n = math.fsum(answers.values())
    if not n:
        return None
    weights = dict(answers)
    weights[lowest], weights[highest] = weights.get(lowest, 0) + 1, weights.get(highest, 0) + 1
    middle = math.fsum(score * k for score, k in weights.items()) / (n + 2)
    squares = math.fsum((score - middle) ** 2 * k for score, k in weights.items()) / (n + 2)
    spread = Z * math.sqrt(squares / (n + 2))
    m = math.fsum(score * k for score, k in answers.items()) / n
    return max(lowest, min(m, middle - spread)), min(highest, max(m, middle + spread))


def _t(freedom: float) -> float:
    """Student's 97.5 % point."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))

"""Intervals of shares: how far chance alone moves a figure that rests on few mentions.

They cover 95 % of what chance gives when each mention (or author) is drawn independently. They cover neither
the labeller's mistakes, nor posts that were not collected, nor one author posting many times.
"""

import math

Interval = tuple[float, float]

INDEPENDENT = "95 % of what chance gives for independently drawn mentions (Wilson)"
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


def balance_interval(positive: int, neutral: int, negative: int) -> Interval | None:
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

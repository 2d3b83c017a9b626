"""A figure beside another one: how much it differs, and whether that is more than chance.

The intervals hold 95 % of what chance gives when the two figures were drawn apart from each other. Figures of one brand share what is not
known of the model's errors, so theirs is wider than it need be; posts come in bursts, so the one of counts is too narrow.
"""

import math
from dataclasses import dataclass

from metrics.formulas.change import change, difference
from metrics.interval import Interval, balance_interval, share_interval

IN_POINTS = {"%": "points", "points": "points", "stars": "stars"}
"""Figures whose change is a difference, and its unit; the change of any other is in percent of what it was."""
COUNTS = "changes of counts: 95 % as if posts came one by one, while they come in bursts"


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure differs from another, in `unit`, with its interval where both have one."""

    value: float | None
    unit: str
    interval: Interval | None = None


def compare(
    unit: str,
    value: float | None,
    interval: Interval | None,
    other: float | None,
    other_interval: Interval | None,
    *,
    counted: bool = False,
) -> Change:
    """The change from another figure of the same unit to this one. `counted`: both are numbers of posts.

    >>> compare("%", 25.0, (20.0, 31.0), 20.0, (15.0, 26.0)).unit
    'points'
    >>> compare("count", 120, None, 100, None, counted=True).value
    20.0
    >>> compare("count", 120, None, None, None).value is None
    True
    """
    if unit in IN_POINTS:
        found = (
            None
            if value is None or other is None or not interval or not other_interval
            else difference_interval(value, interval, other, other_interval)
        )
        return Change(difference(value, other), IN_POINTS[unit], found)
    moved = change(value, other)
    if moved is None or value is None or other is None:
        return Change(None, "%")
    if counted:
        return Change(moved, "%", count_change_interval(round(value), round(other)))
    both = interval is not None and other_interval is not None
    return Change(moved, "%", ratio_change_interval(value, interval, other, other_interval) if both else None)  # type: ignore[arg-type]


def difference_interval(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """Where the difference of two figures lies, from the interval of each.

        a - b - sqrt((a - l1)^2 + (u2 - b)^2),  a - b + sqrt((u1 - a)^2 + (b - l2)^2)

    with (l1, u1) the interval of a and (l2, u2) that of b: the bounds of the difference from the bounds of its parts, which for two
    shares with Wilson's interval is Newcombe's method. It holds the difference itself.

    Source: R. G. Newcombe, "Interval Estimation for the Difference between Independent Proportions", Statistics in Medicine 17 (1998),
    method 10 (its first example, 56 of 70 against 48 of 80, is below); for any figures G. Y. Zou and A. Donner, "Construction of Confidence
    Limits about Effect Measures", Statistics in Medicine 27 (2008).

    >>> shares = 80.0, share_interval(56, 70), 60.0, share_interval(48, 80)
    >>> [round(bound, 2) for bound in difference_interval(*shares)]
    [5.24, 33.39]
    """
    low = a - b - math.hypot(a - of_a[0], of_b[1] - b)
    high = a - b + math.hypot(of_a[1] - a, b - of_b[0])
    return low, high


def count_change_interval(now: int, before: int) -> Interval | None:
    """Where the change of a count lies, in percent of what it was.

        100 * (p / (1 - p) - 1),  with p in Wilson's interval of now / (now + before)

    Given both together, each post fell into the one or the other stretch like a coin's throw. None from 0, and no upper bound is known
    where Wilson's reaches 1.

    Source: J. Przyborowski and H. Wilenski, "Homogeneity of Results in Testing Samples from Poisson Series", Biometrika 31 (1940), with
    Wilson's interval for the share.

    >>> [round(bound, 1) for bound in count_change_interval(150, 100)]
    [16.5, 93.1]
    >>> count_change_interval(5, 0) is None
    True
    """
    found = share_interval(now, now + before)
    if before == 0 or found is None:
        return None
    low, high = (100 * (bound / (100 - bound) - 1) for bound in found)
    return low, high


def ratio_change_interval(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval | None:
    """Where the change from b to a lies, in percent of b, from the interval of each; None where b may be 0, or a below it.

        (ab -/+ sqrt((ab)^2 - m k (2a - m)(2b - k))) / (k (2b - k)) - 1,  the lower bound with m = l1, k = u2, the upper with m = u1, k = l2

    Source: A. Donner and G. Y. Zou, "Closed-form Confidence Intervals for Functions of the Normal Mean and Standard Deviation", Statistical
    Methods in Medical Research 21 (2012), equation 9.

    >>> [round(bound) for bound in ratio_change_interval(12.0, (10.0, 14.0), 10.0, (9.0, 11.0))]
    [-2, 45]
    >>> ratio_change_interval(12.0, (10.0, 14.0), 10.0, (0.0, 20.0)) is None
    True
    """
    found = []
    for m, k, sign in ((of_a[0], of_b[1], -1), (of_a[1], of_b[0], 1)):
        under, root = k * (2 * b - k), (a * b) ** 2 - m * k * (2 * a - m) * (2 * b - k)
        if of_b[0] <= 0 or of_a[0] < 0 or under <= 0 or root < 0 or not math.isfinite(root):
            return None
        found.append(100 * ((a * b + sign * math.sqrt(root)) / under - 1))
    return found[0], found[1]


def lead_interval(first: float, second: float, everything: float) -> Interval | None:
    """Where one part's lead over another part of the same whole lies, in points: the two are drawn together, so one's gain is the other's loss.

    `metrics.interval.balance_interval`, with all the rest between them; the counts are of independent observations.

    >>> [round(bound, 1) for bound in lead_interval(60, 30, everything=120)]
    [9.8, 39.4]
    """
    return balance_interval(first, max(0.0, everything - first - second), second)

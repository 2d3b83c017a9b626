"""How serious a spike is, by points that anybody can recount (docs/alerts.md, "How serious")."""

from collections.abc import Sequence

from metrics.alerts.alert import Severity, Signal
from metrics.alerts.cause import Cause

RARE = (10.0, 1_000.0)
"""How many times rarer than what is accepted: a point each."""
LARGE = ((3.0, 10.0), (10.0, 50.0))
"""How many times the expected, and at the same time how many mentions above it: a point each."""
FAR = (100_000, 1_000_000)
"""Followers of all who said it, together: a point each."""
NEGATIVE = 2
WARNING, CRITICAL = 2, 5
LEAST_EXPECTED = 0.5
"""Less is taken as this much, so that two mentions where none was to be expected are not endlessly large."""


def points(signals: Sequence[Signal], cause: Cause | None, budget: float) -> dict[str, int]:
    """The points of each kind: "rare", "large" and "reach" 0 to 2, "negative" 0 or 2. Of several signals the best of each kind counts.

    `budget` is how many false alarms a month are accepted. Without a cause nothing is known of the reach, and it has no points.
    """
    times = [budget / one.false_alarms if one.false_alarms > 0 else float("inf") for one in signals]
    sizes = [
        sum(
            one.seen >= ratio * max(one.expected, LEAST_EXPECTED) and one.seen - one.expected >= above
            for ratio, above in LARGE
        )
        for one in signals
    ]
    followers = cause.reach.followers if cause is not None and cause.reach is not None else 0
    return {
        "rare": sum(max(times, default=0.0) >= bound for bound in RARE),
        "large": max(sizes, default=0),
        "negative": NEGATIVE if any(one.kind != "volume" for one in signals) else 0,
        "reach": sum(followers >= bound for bound in FAR),
    }


def severity_of(signals: Sequence[Signal], cause: Cause | None, budget: float) -> Severity:
    """critical from 5 points on, warning from 2, else notice.

    It never falls when a signal gets rarer, larger or negative, when a signal is added, or when more people were reached. What is not negative
    is critical only where it is at least five points rare, large and far-reaching.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2027, 3, 1, tzinfo=UTC)
    >>> burst = Signal("negative", None, 3600, seen=84, expected=6, low=2, high=12, false_alarms=0.02, since=at, until=at)
    >>> severity_of([burst], None, budget=1), severity_of([], None, budget=1)
    ('critical', 'notice')
    """
    total = sum(points(signals, cause, budget).values())
    return "critical" if total >= CRITICAL else "warning" if total >= WARNING else "notice"

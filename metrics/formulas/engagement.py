"""What people did with the posts: public interactions, as last seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from metrics.saying import Said

FORMULAS: Mapping[str, tuple[str, ...]] = {
    "x": ("likes", "shares", "comments", "quotes"),
    "mastodon": ("likes", "shares", "comments", "quotes"),
    "bluesky": ("likes", "shares", "comments", "quotes"),
    "reddit": ("likes", "comments"),
    "hackernews": ("likes", "comments"),
    "youtube": ("likes", "comments"),
}
"""Which figures a network's formula adds up, as of 2026-11; views are never in it. Others: everything but
views.
"""
GENERAL = ("likes", "shares", "comments", "quotes")


@dataclass(frozen=True, slots=True)
class Seen:
    """Interactions of one network's posts, summed over the posts that have any figure; None where the network
    is silent.
    """

    source: str
    likes: int | None = None
    shares: int | None = None
    comments: int | None = None
    quotes: int | None = None


def engagement(seen: Iterable[Seen]) -> int | None:
    """Public interactions with the posts that mention the brand, by each network's own formula.

        sum over networks of likes + shares + comments + quotes, those that the network's formula has

    Figures grow for days, so they hold from the time they were read: the warning says how old they are. Views
    are not interactions. Where no network gives any figure there is no value, which is not 0.

    Source: own choice of formulas, in `FORMULAS`, named and dated because networks redefine their figures.

    >>> engagement([Seen("x", likes=10, shares=2, comments=1, quotes=0), Seen("reddit", likes=5, comments=3)])
    21
    >>> engagement([Seen("feeds")]) is None
    True
    """
    found = by_kind(seen)
    return sum(found.values()) if found else None


def by_kind(seen: Iterable[Seen]) -> dict[str, int]:
    """The same interactions apart: likes, shares, comments and quotes, those that some network tells; they add up to `engagement`.

    >>> by_kind([Seen("x", likes=10, shares=2), Seen("reddit", likes=5, shares=99)])
    {'likes': 15, 'shares': 2}
    """
    found: dict[str, int] = {}
    for network in seen:
        for name in FORMULAS.get(network.source, GENERAL):
            if (figure := getattr(network, name)) is not None:
                found[name] = found.get(name, 0) + figure
    return found


def age(span: timedelta) -> Said:
    """An age in words, rounded down.

    >>> age(timedelta(minutes=5)), age(timedelta(hours=30)), age(timedelta(days=3, hours=5))
    ('5 min', '30 h', '3 d')
    """
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 120:
        return Said("{n} min", n=minutes)
    return Said("{n} h", n=minutes // 60) if minutes < 48 * 60 else Said("{n} d", n=minutes // 1440)

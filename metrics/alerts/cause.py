"""Why an alert: what happened, what drives it and how much of it, whether it is only this brand, who heard of it, and the posts that show it.

The numbers of one post or author are held, never texts and names: what is erased cannot be told any more. Words, hashtags and links are
held where several people used them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypeVar

from metrics.comparison import difference_interval
from metrics.interval import share_interval

DriverKind = Literal["cascade", "link", "author", "hashtag", "source", "language", "term"]
KINDS: Mapping[DriverKind, float] = {
    "cascade": 1.0,
    "link": 1.0,
    "author": 1.0,
    "hashtag": 0.95,
    "source": 0.9,
    "language": 0.9,
    "term": 0.85,
}
"""How much a kind says beside others that explain as much: who posts a link also uses its words, and does so on some network."""
Verdict = Literal["only", "more", "everyone", "unclear"]
Baseline = Literal["same_hours", "week_before", "none"]
FEW = 10
"""Fewer mentions of the others before, and nothing is said of the category."""
ROSE = 1.25
"""The category has risen where it is surely above the usual, and by so much at least: counts waver more than chance alone would have it."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One thing that the excess is made of.

    `count` of the `of` mentions in the window have it, and `usual` of the baseline's had, 0..1, so that `expected` were to be expected (for a
    cascade, reposts are counted everywhere). `share` of the excess is due to it, 0..1, with `low` and `high` for 95 % of what chance gives. `name` is
    the term, hashtag, link, network or language, and "" for an author and a cascade: these are `ref`, the author's number or the mention
    of the passed-on post, None where that is not stored. `also`: terms that come with it. `examples`: mentions that have it.
    """

    kind: DriverKind
    name: str
    count: int
    of: int
    usual: float
    expected: float
    share: float
    low: float
    high: float
    ref: int | None = None
    also: tuple[str, ...] = ()
    examples: tuple[int, ...] = ()

    @property
    def weight(self) -> float:
        """What it says beyond the usual: a network that always has half of all posts has half of any excess."""
        return KINDS[self.kind] * (self.share - self.usual)


@dataclass(frozen=True, slots=True)
class Others:
    """The other tracked brands in the same window: mentions `seen`, `expected` by the same hours of the weeks before, and the ratio of the two."""

    verdict: Verdict
    brands: int
    seen: int
    expected: float
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Since `since`: `mentions` and `reposts` by `authors` known accounts, whose `followers` are added up, each account once.

    Followers of `unmeasured` of the accounts are not told. `one_in`: of so many posts one was read, so accounts and followers are at least these.
    """

    since: datetime
    mentions: int
    reposts: int
    authors: int
    followers: int
    unmeasured: int
    one_in: int = 1


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who says it: of `posts` mentions read, `authors` accounts wrote those whose author is known; the loudest, `loudest`, wrote `loudest_posts`.

    `copies` repeat the words of an earlier one, and `burst` are of texts that ten accounts or more posted within minutes
    (`metrics.voice.copies.bursts`). `languages` are how many are in each, the most frequent first.
    """

    posts: int
    authors: int
    loudest: int | None
    loudest_posts: int
    copies: int
    burst: int
    languages: Mapping[str, int] = field(default_factory=dict)

    @property
    def coordinated(self) -> bool:
        """Whether a quarter or more, and ten at least, came as bursts of one text: that looks like a campaign."""
        return self.burst >= max(10, 0.25 * self.posts)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is behind a finding; parts that do not fit its rule are empty.

    `label` narrows it to mentions of that label. `seen`, `expected`, `low`, `high` are the first signal's, in [since, until).
    One in `one_in` of the mentions was read, and `before` of the baseline. Of the window's mentions `unlabelled` have no label yet, where that
    matters. `evidence` are mentions, the best first.
    """

    label: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    seen: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    one_in: int = 1
    before: int = 0
    unlabelled: int = 0
    baseline: Baseline = "none"
    drivers: tuple[Driver, ...] = ()
    evidence: tuple[int, ...] = ()
    others: Others | None = None
    reach: Reach | None = None
    crowd: Crowd | None = None

    def as_json(self) -> dict[str, Any]:
        """The cause as it is stored: times in ISO 8601.

        >>> Cause.of_json(Cause(drivers=(Driver("link", "a.example", 6, 10, 0.0, 0.0, 0.6, 0.3, 0.8),)).as_json()).drivers[0].share
        0.6
        """
        found: dict[str, Any] = _plain(asdict(self))
        return found

    @staticmethod
    def of_json(stored: Mapping[str, Any]) -> Cause:
        """The other way."""
        told = dict(stored)
        for name in ("since", "until"):
            told[name] = _at(told.get(name))
        lists = (
            {**one, "also": tuple(one["also"]), "examples": tuple(one["examples"])}
            for one in told.get("drivers", ())
        )
        told["drivers"] = tuple(_made(Driver, one) for one in lists)
        told["evidence"] = tuple(told.get("evidence", ()))
        others, reach, crowd = (told.get(name) for name in ("others", "reach", "crowd"))
        told["others"] = _made(Others, others) if others else None
        told["reach"] = _made(Reach, {**reach, "since": _at(reach["since"])}) if reach else None
        told["crowd"] = _made(Crowd, crowd) if crowd else None
        return _made(Cause, told)


Made = TypeVar("Made")


def _made(kind: type[Made], stored: Mapping[str, Any]) -> Made:
    """From what is stored; what another version stored beside it is passed over."""
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in stored.items() if name in known})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (tuple, list)) else value


def _at(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


def explained(
    count: int,
    of: int,
    before: int,
    before_of: int,
    *,
    seen: float,
    expected: float,
    low: float,
    high: float,
) -> tuple[float, float, float] | None:
    """The share of an excess that one thing explains, 0..1, with an interval; None where nothing is in excess or was read.

        share = (x S - p E) / (S - E),   x = count / of,  p = before / before_of

    S mentions were seen and E expected (`low` to `high`, 95 %). x of those read have the thing, p of the baseline's had it. So the
    shares of all networks together come to 1. Shares outside 0..1, where other things fell or rose by chance, are cut.

    The interval sets Wilson's of x and of p together (`metrics.comparison.difference_interval`), and with them by root sum of squares how far
    the share moves when `low` or `high` was to be expected instead. It takes mentions as drawn one by one.

    By hand: 100 seen, 20 expected; the link is in 60 and was in none of 50: 60 / 80. A network with 70 of the 100 that had 25 of 50: (70 - 10) / 80.

    >>> explained(60, 100, 0, 50, seen=100, expected=20, low=12, high=30)[0]
    0.75
    >>> explained(70, 100, 25, 50, seen=100, expected=20, low=12, high=30)[0]
    0.75
    >>> explained(3, 10, 1, 10, seen=20, expected=20, low=12, high=30) is None
    True
    """
    excess = seen - expected
    here, there = share_interval(count, of), share_interval(before, before_of)
    if excess <= 0 or here is None:
        return None
    x, p = count / of, before / before_of if before_of else 0.0
    there = there or (0.0, 0.0)

    def at(usual: float) -> float:
        return (x * seen - p * usual) / (seen - usual)

    share, scale, usual = at(expected), seen / excess, expected / excess
    least, most = difference_interval(
        x * scale,
        (here[0] / 100 * scale, here[1] / 100 * scale),
        p * usual,
        (there[0] / 100 * usual, there[1] / 100 * usual),
    )
    ends = [at(min(max(bound, 0.0), expected + 0.9 * excess)) for bound in (low, high)]
    least = share - math.hypot(share - least, share - min(share, *ends))
    most = share + math.hypot(most - share, max(share, *ends) - share)
    return _within(share), _within(least), _within(most)


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def others_of(brands: int, seen: int, before: int, windows: float, own_ratio: float) -> Others:
    """Whether the category rose with the brand, which has `own_ratio` times its usual.

    `seen` mentions of the other `brands` in the window, and `before` in `windows` such windows of the weeks before.

        ratio = seen / (before / windows),  between windows * q / (1 - q) for both ends q of Wilson's interval of seen / (seen + before)

    "everyone": the others surely rose, by at least a quarter, and by the square root of the brand's own ratio or more; "more": they rose, but by
    less; "only": they did not, or by less than that square root at the most; "unclear": it cannot be told, as where fewer than ten mentions of
    them are known.

    Source of the interval: J. Przyborowski and H. Wilenski, as in `metrics.comparison.count_change_interval`.

    >>> others_of(2, 300, 400, 4, own_ratio=4.0).verdict, others_of(2, 110, 400, 4, own_ratio=4.0).verdict
    ('everyone', 'only')
    >>> others_of(2, 150, 400, 4, own_ratio=9.0).verdict, others_of(2, 3, 4, 4, own_ratio=9.0).verdict
    ('more', 'unclear')
    """
    expected = before / windows if windows else 0.0
    found = share_interval(seen, seen + before)
    if not brands or before < FEW or found is None:
        return Others("unclear", brands, seen, expected)
    low, high = (windows * q / (100 - q) if q < 100 else math.inf for q in found)
    ratio, like_ours = seen / expected, math.sqrt(max(own_ratio, 1.0))
    verdict: Verdict = "only" if high < max(like_ours, ROSE) else "unclear"
    if low > 1 and ratio >= ROSE:
        verdict = "everyone" if ratio >= like_ours else "more"
    return Others(verdict, brands, seen, expected, ratio, low, None if math.isinf(high) else high)

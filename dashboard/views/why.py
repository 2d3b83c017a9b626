"""What changed and why: a brand's change split into everyone's part and its own, and what sets its mentions apart. Read after the page is there."""

from dataclasses import replace
from datetime import datetime, timedelta

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import question, uncompared
from dashboard.views.view import Asked, Brand, View, asked, brands_of
from metrics.drivers import Driver
from metrics.periods import previous
from metrics.read.drivers import apart
from metrics.read.why import Why, why
from storage.counts import first_day
from storage.mentions import Judged

SPLIT = ("mentions", "negative_share")
MOST_BRANDS = 3
MOST_DAYS = timedelta(days=31)
MOST_READ = 1_000
"""So many mentions of each side are read for drivers."""


class Change(View):
    """One brand's change against the period before, in mentions or in points of the counted share.

    `everyone` is what all brands and platforms did, `own` the brand's own part with its interval; `real`: it leaves 0 out. `sentence` says it. None
    where it cannot be split: `missing` says why.
    """

    brand: Brand
    metric: str
    unit: str
    before: float | None
    after: float | None
    everyone: float | None
    own: float | None
    own_low: float | None
    own_high: float | None
    real: bool | None
    sentence: str
    warnings: tuple[str, ...]
    missing: str | None


class Changes(View):
    """The changes of the brands shown, own ones first, three at most."""

    asked: Asked
    before_since: datetime
    changes: tuple[Change, ...]


class Apart(View):
    """What sets mentions of one label (None: all) apart from the period before: drivers, the surest first, and mentions that show them.

    One in `sampled` mentions was read.
    """

    brand: Brand
    label: Judged | None
    mentions: int
    before: int
    sampled: int
    drivers: tuple[Driver, ...]
    evidence: tuple[int, ...]


class Drivers(View):
    """What sets the time from `since` to the end of the period apart, of one brand."""

    asked: Asked
    since: datetime
    apart: tuple[Apart, ...]


def changes(site: Site, filters: Filters, *, now: datetime) -> Changes:
    """Why volume and negative share are others than in the period before. Raises MetricError where a query is asked of too many posts."""
    shown = _first(filters)
    wanted = question(site, filters, now)
    found = {
        (metric, item.brand_id): item
        for metric in SPLIT
        for item in why(site.db, metric, [brand.id for brand in shown], wanted)
    }
    cut = uncompared(filters, first_day(site.db, filters.brand_ids))
    told = [
        _unknown(brand, found[metric, brand.id], cut)
        if cut
        else _change(brand, metric, found[metric, brand.id])
        for brand in shown
        for metric in SPLIT
    ]
    before = previous(filters.since, filters.until, filters.timezone)
    return Changes(asked=asked(filters), before_since=before.start, changes=tuple(told))


def _first(filters: Filters) -> list[Brand]:
    return sorted(brands_of(filters), key=lambda brand: brand.role != "own")[:MOST_BRANDS]


def _change(brand: Brand, metric: str, found: Why) -> Change:
    split = found.split
    unit = "count" if metric == "mentions" else "points"
    low, high = split.interval if split else (None, None)
    real = None if low is None or high is None else not low <= 0 <= high
    return Change(
        brand=brand,
        metric=found.metric,
        unit=unit,
        before=split.before if split else None,
        after=split.after if split else None,
        everyone=split.parts.category + split.parts.platform if split else None,
        own=split.parts.own if split else None,
        own_low=low,
        own_high=high,
        real=real,
        sentence=_sentence(brand.name, metric, found),
        warnings=found.warnings,
        missing=found.missing or None,
    )


def _unknown(brand: Brand, found: Why, cut: str) -> Change:
    """A change that cannot be told: nothing is stored from all of the period before."""
    told = _change(brand, found.metric, replace(found, split=None, missing=cut, warnings=()))
    what = "mentions" if found.metric == "mentions" else "negative share"
    return told.model_copy(
        update={"sentence": f"Whether {brand.name}'s {what} changed cannot be said: {cut}."}
    )


def _sentence(name: str, metric: str, found: Why) -> str:
    """The change in words.

    Figures of mentions are whole, those of shares in points with one decimal.
    """
    what = "mentions" if metric == "mentions" else "negative share"
    if found.split is None:
        return f"Why {name}'s {what} changed cannot be said: {found.missing}."
    split = found.split
    digits, unit = (0, "") if metric == "mentions" else (1, " points")
    moved = split.after - split.before
    if round(abs(moved), digits) == 0:
        return f"{name}'s {what} stayed at {split.after:,.{digits}f}{' %' if unit else ''}."
    went = "rose" if moved > 0 else "fell"
    percent = " %" if unit else ""
    everyone, own = (
        f"{round(part, digits) + 0.0:+,.{digits}f}{unit}"
        for part in (split.parts.category + split.parts.platform, split.parts.own)
    )
    low, high = split.interval
    chance = ", which may be chance" if low <= 0 <= high else ""
    return (
        f"{name}'s {what} {went} from {split.before:,.{digits}f} to {split.after:,.{digits}f}{percent}: "
        f"{everyone} is what everyone did, {own} its own{chance}."
    )


def drivers(site: Site, filters: Filters, *, now: datetime, limit: int = 5) -> Drivers:
    """What the mentions of one brand, the first own one shown, say that those of the period before did not: all of them, and the negative ones.

    Of a long period the last 31 days are looked at.
    """
    since = max(filters.since, filters.until - MOST_DAYS)
    before = previous(since, filters.until, filters.timezone)
    found: list[Apart] = []
    for brand in _first(filters)[:1]:
        wanted = filters.mentions(brands=[brand.id], since=since)
        labels: tuple[Judged | None, ...] = (None, "negative")
        for one in apart(site.db, wanted, before, labels=labels, limit=limit, most=MOST_READ):
            found.append(
                Apart(
                    brand=brand,
                    label=one.label,
                    mentions=one.mentions,
                    before=one.before,
                    sampled=one.sampled,
                    drivers=one.drivers,
                    evidence=one.evidence,
                )
            )
    return Drivers(asked=asked(filters), since=since, apart=tuple(found))

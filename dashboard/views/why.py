"""What changed and why: a brand's change split into everyone's part and its own, and what sets its mentions apart. Read after the page is there."""

from dataclasses import replace
from datetime import datetime, timedelta

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import before, question, uncompared
from dashboard.views.view import Asked, Brand, View, Words, asked, brands_of
from metrics.drivers import Driver
from metrics.read.drivers import apart
from metrics.read.why import Why, why
from metrics.saying import Said
from storage.brands import tracked_since
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
    sentence: Words
    warnings: tuple[Words, ...]
    missing: Words | None


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
    told = []
    for brand in shown:
        cut = _cut(site, filters, brand, now)
        for metric in SPLIT:
            split = found[metric, brand.id]
            told.append(_unknown(brand, split, cut) if cut else _change(brand, metric, split))
    return Changes(asked=asked(filters), before_since=before(filters, now).start, changes=tuple(told))


def _cut(site: Site, filters: Filters, brand: Brand, now: datetime) -> str:
    """Why a brand's change cannot be told: nothing is stored from all of the period before, or the brand was not followed then. "" where it can."""
    if cut := uncompared(filters, first_day(site.db, filters.brand_ids), now):
        return cut
    begun, since = first_day(site.db, [brand.id]), tracked_since(site.db, brand.id)
    new = since is not None and since > before(filters, now).start and begun is not None
    return Said("its first day here is {day}", day=begun) if new and uncompared(filters, begun, now) else ""


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
    unknown = "Whether {brand}'s {what} changed cannot be said: {why}."
    what = Said("mentions" if found.metric == "mentions" else "negative share")
    return told.model_copy(update={"sentence": Said(unknown, brand=brand.name, what=what, why=cut)})


def _sentence(name: str, metric: str, found: Why) -> Said:
    """The change in words.

    Figures of mentions are whole, those of shares in points with one decimal.
    """
    what = "mentions" if metric == "mentions" else "negative share"
    if found.split is None:
        why = "Why {brand}'s {what} changed cannot be said: {why}."
        return Said(why, brand=name, what=Said(what), why=found.missing)
    split = found.split
    digits, form = (0, "{n:+,.0f}") if metric == "mentions" else (1, "{n:+,.1f} points")
    figure = f",.{digits}f"
    moved, percent = split.after - split.before, " %" if digits else ""
    if round(abs(moved), digits) == 0:
        return Said(
            f"{{brand}}'s {what} stayed at {{after:{figure}}}{percent}.", brand=name, after=split.after
        )
    went = f"{{brand}}'s {what} {'rose' if moved > 0 else 'fell'} from {{before:{figure}}} to {{after:{figure}}}{percent}"
    everyone, own = (
        Said(form, n=round(part, digits) + 0.0)
        for part in (split.parts.category + split.parts.platform, split.parts.own)
    )
    low, high = split.interval
    return Said(
        "{moved}: {everyone} is what everyone did, {own} its own{chance}.",
        moved=Said(went, brand=name, before=split.before, after=split.after),
        everyone=everyone,
        own=own,
        chance=Said(", which may be chance") if low <= 0 <= high else "",
    )


def drivers(site: Site, filters: Filters, *, now: datetime, limit: int = 5) -> Drivers:
    """What the mentions of one brand, the first own one shown, say that those of the period before did not: all of them, and the negative ones.

    Of a long period the last 31 days are looked at.
    """
    since = max(filters.since, filters.until - MOST_DAYS)
    baseline = before(replace(filters, since=since), now)
    found: list[Apart] = []
    for brand in _first(filters)[:1]:
        wanted = filters.mentions(brands=[brand.id], since=since)
        labels: tuple[Judged | None, ...] = (None, "negative")
        for one in apart(site.db, wanted, baseline, labels=labels, limit=limit, most=MOST_READ):
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

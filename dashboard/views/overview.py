"""What the first page shows: every brand's headline figures, who leads, open alerts and how whole the collection was.

The charts (`trend`) and "what changed and why" (`dashboard.views.why`) are read apart, after the page is there.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.alerts import AlertLine, open_alerts
from dashboard.views.figures import figures, question
from dashboard.views.lines import Trend, over_time
from dashboard.views.view import Asked, Brand, Point, View, Words, asked, brands_of
from metrics.read import Against, series
from metrics.read.coverage import Covered, coverage
from metrics.types import MetricPoint
from storage.alerts import last_look

REACH = "potential_reach"
HEADLINES = ("mentions", "net_sentiment", "negative_share", "share_of_voice", REACH, "unlabelled")
CHARTED = ("mentions", "net_sentiment")


class Headline(View):
    """One brand's figures over the period, each set against the period before (`comparisons`)."""

    brand: Brand
    mentions: Point
    net_sentiment: Point
    negative_share: Point
    share_of_voice: Point
    potential_reach: Point
    unlabelled: Point


class Ahead(View):
    """Who has the largest share of voice, and the brand after it; `real`: whether the lead is more than chance, None where that cannot be said."""

    brand: Brand
    rival: Brand
    points: float
    real: bool | None


class Overview(View):
    """The first page. `alerts` are the open ones, the most serious first; `looked_at`: when the watcher looked for them last, None for never."""

    asked: Asked
    headlines: tuple[Headline, ...]
    ahead: Ahead | None
    alerts: tuple[AlertLine, ...]
    looked_at: datetime | None
    coverage: tuple[Covered, ...]
    warnings: tuple[Words, ...]


def overview(site: Site, filters: Filters, *, now: datetime) -> Overview:
    """The headline figures over the whole period. Raises MetricError where the query is asked of too many posts, StorageError."""
    asked_for = figures(site, filters, now)
    sides: tuple[Against, ...] = ("previous", "competitors")
    found = series(site.db, HEADLINES, every="all", against=sides, rivals_of=["share_of_voice"], **asked_for)
    headlines = tuple(_headline(brand, found) for brand in brands_of(filters))
    return Overview(
        asked=asked(filters),
        headlines=headlines,
        ahead=_ahead(filters, found),
        alerts=tuple(open_alerts(site, filters, now=now)),
        looked_at=last_look(site.db).at,
        coverage=tuple(coverage(site.db, filters.brand_ids, question(site, filters, now))),
        warnings=tuple(dict.fromkeys(_common(headlines))),
    )


def trend(site: Site, filters: Filters, *, now: datetime) -> Trend:
    """Volume and net sentiment over time."""
    return over_time(site, filters, CHARTED, now=now)


class Reach(View):
    """Every brand's potential reach."""

    asked: Asked
    points: tuple[Point, ...]


def reach(site: Site, filters: Filters, *, now: datetime) -> Reach:
    """Potential reach over any period, without a comparison."""
    points = series(site.db, [REACH], every="all", **figures(site, filters, now))
    return Reach(asked=asked(filters), points=tuple(points))


def _headline(brand: Brand, found: list[MetricPoint]) -> Headline:
    kept: dict[str, MetricPoint] = {}
    for point in found:
        if point.brand_id == brand.id:
            before = tuple(c for c in point.comparisons if c.to == "previous")
            kept[point.metric] = replace(point, comparisons=before)
    return Headline(brand=brand, **kept)


def _ahead(filters: Filters, found: list[MetricPoint]) -> Ahead | None:
    """The leader among the brands shown."""
    brands = {brand.id: brand for brand in brands_of(filters)}
    shares = [point for point in found if point.metric == "share_of_voice" and point.value is not None]
    ranked = sorted(shares, key=lambda point: -(point.value or 0))
    if len(ranked) < 2:
        return None
    first, second = ranked[:2]
    lead = next(c for c in first.comparisons if c.to == "competitor" and c.brand_id == second.brand_id)
    return Ahead(
        brand=brands[first.brand_id],
        rival=brands[second.brand_id],
        points=lead.change or 0.0,
        real=lead.real,
    )


def _common(headlines: tuple[Headline, ...]) -> Iterator[str]:
    """What is to be known of all figures alike."""
    for headline in headlines:
        yield from headline.mentions.warnings

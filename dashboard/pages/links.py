"""Addresses of what stands behind a figure: its posts, and its receipt."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.filters import DEFAULT_PERIOD, Filters
from metrics.drivers import Driver
from metrics.types import MetricPoint

LABEL_OF = {
    f"{label}_share{counted}": label
    for label in ("positive", "neutral", "negative")
    for counted in ("", "_raw")
} | {"unlabelled": "unlabelled"}
"""The label that a figure's posts have, where it counts those of one label alone."""


def period_of(filters: Filters, start: datetime, end: datetime) -> str:
    """The days of [start, end), within those of the filters, as the address has them.

    The period itself where that is all of it, so that "last 30 days" stays that when the address is kept.
    """
    zone = ZoneInfo(filters.timezone)
    first = max(start.astimezone(zone).date(), filters.first_day)
    last = min((end - timedelta(microseconds=1)).astimezone(zone).date(), filters.last_day)
    if (first, last) == (filters.first_day, filters.last_day):
        return filters.period
    return f"{first}..{last}"


def posts(
    filters: Filters, brand: str | None, start: datetime, end: datetime, label: str | None = None
) -> str:
    """The mentions of a brand in a stretch of days, or those of them with a label."""
    period = period_of(filters, start, end)
    kept = None if period == DEFAULT_PERIOD else period
    if brand is None:
        return filters.address("/mentions", period=kept, label=label)
    return filters.address("/mentions", period=kept, brand=brand, label=label)


def posts_of(filters: Filters, point: MetricPoint, label: str | None = None) -> str:
    """The mentions that a figure counts, or those of them with a label."""
    label = label or LABEL_OF.get(point.metric)
    return posts(filters, point.brand_id, point.bucket_start, point.bucket_end, label)


def receipt_of(filters: Filters, point: MetricPoint) -> str:
    """The page that says how a figure came about."""
    period = period_of(filters, point.bucket_start, point.bucket_end)
    kept = None if period == DEFAULT_PERIOD else period
    return filters.address("/receipt", period=kept, brand=point.brand_id, metric=point.metric)


def query_of(driver: Driver) -> str | None:
    """The query that finds the posts of a driver; None where no query does.

    >>> query_of(Driver("term", "lost bag", 4.0, 1.0, 0.01, 2, 3, 0.1)), query_of(Driver("link", "example.org/a", 4.0, 1.0, 0.01, 2, 3, 0.1))
    ('"lost bag"', 'site:example.org')
    """
    plain = driver.name.replace('"', " ")
    if driver.kind == "term":
        return f'"{plain}"'
    if driver.kind == "hashtag":
        return plain
    if driver.kind == "link":
        return f"site:{plain.split('/')[0]}"
    return f"author:{plain.partition(':')[2]}" if driver.kind == "author" else None

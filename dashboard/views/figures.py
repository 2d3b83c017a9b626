"""What the filters and the settings ask of metrics."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.filters import Filters
from dashboard.site import Site
from metrics.periods import Bucket, day_start
from metrics.read.question import Question
from metrics.saying import Said
from metrics.stretches import stretches


def figures(site: Site, filters: Filters, now: datetime) -> dict[str, Any]:
    """The arguments of `metrics.read.series`, but for names and every."""
    return filters.question() | {
        "now": now,
        "closes_after_hours": site.settings.closes_after_hours,
        "service_minutes": site.settings.service_minutes,
        "unnamed": filters.limited,
    }


def question(site: Site, filters: Filters, now: datetime) -> Question:
    """The same over the whole period, as other readings of metrics take it."""
    return Question(
        **filters.question(),
        every="all",
        now=now,
        closes_after=timedelta(hours=site.settings.closes_after_hours),
        service_level=timedelta(minutes=site.settings.service_minutes),
    )


def before(filters: Filters, now: datetime) -> Bucket:
    """What the period is set against: the one before it, or as much of that as has passed of this."""
    return stretches(Bucket(filters.since, filters.until), "previous", filters.timezone, now=now).there


def uncompared(filters: Filters, began: date | None, now: datetime) -> str:
    """Why a change against the period before says nothing: "" where posts are stored from all of it, the first on the day `began`."""
    start = before(filters, now).start
    if began is not None and day_start(began, ZoneInfo(filters.timezone)) <= start:
        return ""
    return "nothing is stored" if began is None else Said("nothing is stored from before {day}", day=began)

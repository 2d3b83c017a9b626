"""What the filters and the settings ask of metrics."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.filters import Filters
from dashboard.site import Site
from metrics.periods import day_start, previous
from metrics.read.question import Question

MOST_READ, OF_CAMPAIGN = 5_000, 20_000
"""A page reads so many mentions of a period for somebody's query at most, which takes half a second; for a configured campaign more."""


def figures(site: Site, filters: Filters, now: datetime) -> dict[str, Any]:
    """The arguments of `metrics.read.series`, but for names and every."""
    return filters.question() | {
        "now": now,
        "closes_after_hours": site.settings.closes_after_hours,
        "service_minutes": site.settings.service_minutes,
        "most_read": _most(filters),
    }


def question(site: Site, filters: Filters, now: datetime) -> Question:
    """The same over the whole period, as other readings of metrics take it."""
    return Question(
        **filters.question(),
        every="all",
        now=now,
        closes_after=timedelta(hours=site.settings.closes_after_hours),
        service_level=timedelta(minutes=site.settings.service_minutes),
        most_read=_most(filters),
    )


def uncompared(filters: Filters, began: date | None) -> str:
    """Why a change against the period before says nothing: "" where posts are stored from all of it, the first on the day `began`."""
    before = previous(filters.since, filters.until, filters.timezone)
    if began is not None and day_start(began, ZoneInfo(filters.timezone)) <= before.start:
        return ""
    return "nothing is stored" if began is None else f"nothing is stored from before {began}"


def _most(filters: Filters) -> int:
    return MOST_READ if filters.q else OF_CAMPAIGN

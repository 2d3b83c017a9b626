"""Figures over time, as a chart takes them: a line for each metric and brand, with intervals."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import figures
from dashboard.views.view import Asked, Brand, View, asked, brands_of, of
from metrics.periods import Every
from metrics.read import series
from metrics.types import MetricPoint

MOST_STEPS = 120
"""A line has at most so many steps of a kind, but for months."""


class Step(View):
    """One bucket of a line, [start, end); `value` None where there is none, [`low`, `high`] its interval."""

    start: datetime
    end: datetime
    value: float | None
    low: float | None
    high: float | None
    n: int


class Line(View):
    """One brand's figure over time."""

    metric: str
    unit: str
    brand: Brand
    steps: tuple[Step, ...]


class Trend(View):
    """Lines by metric and brand; `every` says how long their steps are."""

    asked: Asked
    every: Every
    lines: tuple[Line, ...]


def over_time(site: Site, filters: Filters, metrics: Sequence[str], *, now: datetime) -> Trend:
    """These metrics of every brand that is shown, in steps that suit the period."""
    every = step(filters)
    found = series(site.db, metrics, every=every, **figures(site, filters, now))
    lines = (line(found, metric, brand) for metric in metrics for brand in brands_of(filters))
    return Trend(asked=asked(filters), every=every, lines=tuple(lines))


def line(found: Sequence[MetricPoint], metric: str, brand: Brand) -> Line:
    """The line of one metric and brand."""
    own = of(found, metric, brand.id)
    steps = (
        Step(start=p.bucket_start, end=p.bucket_end, value=p.value, low=p.low, high=p.high, n=p.n)
        for p in own
    )
    return Line(metric=metric, unit=own[0].unit if own else "", brand=brand, steps=tuple(steps))


def step(filters: Filters) -> Every:
    """How finely a period is cut: hours of up to three days, then days, weeks and months."""
    if filters.days <= 3:
        return "hour"
    if filters.days <= MOST_STEPS:
        return "day"
    return "week" if filters.days <= 7 * MOST_STEPS else "month"

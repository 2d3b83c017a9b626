"""Figures from the database: the one place where metrics meet storage.

buckets -> sums of every tracked brand -> what the metrics need beside (READINGS) -> figure -> warnings -> MetricPoint
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
from metrics.inputs import Inputs
from metrics.metric import Metric, Need
from metrics.periods import Bucket, Every, buckets, previous
from metrics.read import errors, interactions, people
from metrics.read.holes import holes_of
from metrics.read.question import Question, Reading
from metrics.read.sums import ledger_of
from metrics.registry import chosen
from metrics.types import MetricPoint
from metrics.warnings import Notes
from metrics.windows import counted
from storage.brands import active_brands
from storage.db import Database
from storage.labels import model_in_use
from storage.types import BrandQuery

MOST_SLOW_BUCKETS = 2_000

READINGS: Mapping[Need, Callable[[Reading], None]] = {
    "errors": errors.add_errors,
    "people": people.add_authors,
    "reach": people.add_reach,
    "engagement": interactions.add_engagement,
}
"""What is read beside the sums, for the metrics that need it: each fills its part of the inputs."""


def series(
    db: Database,
    names: Sequence[str] = (),
    *,
    since: datetime,
    until: datetime,
    every: Every,
    timezone: str,
    now: datetime,
    brands: Sequence[str] = (),
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    closes_after_hours: float = 48,
) -> list[MetricPoint]:
    """The metrics of these names (those of OVERVIEW for none), by metric, brand and time: a point for every brand and bucket of [since, until).

    `brands` are ids or names to show, all for none; shares are always of all tracked brands. `sources` are networks to count and `langs`
    languages, all for None. A bucket counts the quarter hours that begin in it; buckets and `until` may reach beyond `now`. Raises MetricError for a
    metric, brand or period that cannot be, StorageError.
    """
    wanted = chosen(names)
    asked = Question(
        since,
        until,
        every,
        timezone,
        now,
        brands,
        sources or None,
        langs or None,
        timedelta(hours=closes_after_hours),
    )
    tracked = active_brands(db)
    shown = _shown(asked.brands, tracked)
    return _points(db, wanted, shown, tracked, asked)


def overview(
    db: Database,
    *,
    since: datetime,
    until: datetime,
    timezone: str,
    now: datetime,
    brands: Sequence[str] = (),
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    closes_after_hours: float = 48,
) -> list[MetricPoint]:
    """The metrics of OVERVIEW of every brand over the whole period, as `series` gives it for one bucket."""
    return series(
        db,
        since=since,
        until=until,
        every="all",
        timezone=timezone,
        now=now,
        brands=brands,
        sources=sources,
        langs=langs,
        closes_after_hours=closes_after_hours,
    )


def _shown(names: Iterable[str], tracked: Sequence[BrandQuery]) -> list[BrandQuery]:
    """The brands of these ids or names, in the order asked; all for none."""
    by_id = {brand.id: brand for brand in tracked}
    by_name = {brand.name.casefold(): brand for brand in tracked}
    found: dict[str, BrandQuery] = {}
    for name in names:
        brand = by_id.get(name) or by_name.get(name.strip().casefold())
        if brand is None:
            known = [*by_id, *(brand.name for brand in tracked)]
            near = get_close_matches(name[:100], known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"tracked are {', '.join(by_id) or 'none'}"
            raise MetricError(f'no brand is called "{name[:100]}"; {hint}')
        found[brand.id] = brand
    return list(found.values()) or list(tracked)


def _points(
    db: Database,
    wanted: Sequence[Metric],
    shown: Sequence[BrandQuery],
    tracked: Sequence[BrandQuery],
    asked: Question,
) -> list[MetricPoint]:
    spans = buckets(asked.since, asked.until, asked.every, asked.timezone)
    needs = {need for metric in wanted for need in metric.needs}
    if needs & set(READINGS) and len(spans) > MOST_SLOW_BUCKETS:
        raise MetricError(
            "corrected shares, people and interactions are computed "
            f"for {MOST_SLOW_BUCKETS:,} buckets at most: ask for longer ones"
        )
    before = (
        {span: previous(span.start, span.end, asked.timezone) for span in spans}
        if "previous" in needs
        else {}
    )
    ledger = ledger_of(db, [brand.id for brand in tracked], [*spans, *before.values()], asked)
    inputs = counted(ledger, {brand.id: brand.name for brand in tracked}, spans, before)
    reading = Reading(db, asked, [brand.id for brand in tracked], spans, ledger, inputs)
    for need, add in READINGS.items():
        if need in needs:
            add(reading)
    holes = holes_of(db, min(span.start for span in (*spans, *before.values())), asked)
    notes = Notes(
        holes, before, now=asked.now, zone=ZoneInfo(asked.timezone), closes_after=asked.closes_after
    )
    source = ", ".join(asked.sources) if asked.sources else None
    model = model_in_use(db) if "labels" in needs else None
    return [
        _point(metric, brand, span, inputs[brand.id, span], notes, source=source, model=model)
        for metric in wanted
        for brand in shown
        for span in spans
    ]


def _point(
    metric: Metric,
    brand: BrandQuery,
    span: Bucket,
    inputs: Inputs,
    notes: Notes,
    *,
    source: str | None,
    model: str | None,
) -> MetricPoint:
    figure = metric.compute(inputs)
    low, high = figure.interval or (None, None)
    return MetricPoint(
        metric=metric.id,
        brand=brand.name,
        brand_id=brand.id,
        bucket_start=span.start,
        bucket_end=span.end,
        value=figure.value,
        low=low,
        high=high,
        n=figure.n,
        unit=metric.unit,
        version=metric.version,
        warnings=notes.of(metric, brand.id, span, inputs, figure.n),
        source=source,
        missing=figure.missing or None,
        model=model if "labels" in metric.needs else None,
    )

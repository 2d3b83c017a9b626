"""Figures set against the period before, the year before, every other brand and the category."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from metrics.comparison import Change, compare, lead_interval
from metrics.inputs import Figure, Inputs
from metrics.interval import Interval
from metrics.metric import Metric, Need
from metrics.periods import Bucket, day_start
from metrics.read.answer import Answer
from metrics.read.holes import known
from metrics.read.question import Question
from metrics.registry import METRICS
from metrics.saying import Said
from metrics.stretches import BEGINNING, Earlier, Stretches, stretches
from metrics.types import Comparison, MetricPoint
from metrics.voice.clusters import Loudness
from nlp.types import Confusion
from storage.db import Database
from storage.types import BrandQuery

Against = Literal["previous", "year", "competitors", "category"]
ADDED_UP: frozenset[Need] = frozenset({"sums", "labels", "errors", "engagement", "previous"})
"""What can be put together for all brands; one person may speak of several, so people cannot."""
COUNTS_OF_POSTS: frozenset[Need] = frozenset({"sums", "labels"})
WORDS = {"previous": "the period before", "year": "the year before"}


def references(
    db: Database, to: Earlier, spans: Sequence[Bucket], asked: Question
) -> dict[Bucket, Stretches]:
    """What of each bucket is set against which stretch of time."""
    until = known(db, asked) if any(span.end > asked.now for span in spans) else asked.now
    return {
        span: stretches(span, to, asked.timezone, now=asked.now, known=until, every=asked.every)
        for span in spans
    }


def compared(
    point: MetricPoint,
    to: Against,
    tracked: Sequence[BrandQuery],
    there: Answer,
    so_far: Answer,
    pairs: Mapping[Bucket, Stretches],
    begun: date | None,
) -> MetricPoint:
    """The point with one comparison more, or one for each other brand. `there` holds what `pairs` set its bucket against, and `so_far` what is
    known of one that still runs; nothing is stored before `begun`."""
    metric = METRICS[point.metric]
    span = Bucket(point.bucket_start, point.bucket_end)
    if to == "competitors":
        found = list(_others(point, metric, tracked, there, span))
    elif to == "category":
        found = [_category(point, metric, tracked, there, span)]
    else:
        found = [_earlier(point, metric, to, there, so_far, pairs[span], begun)]
    return replace(point, comparisons=(*point.comparisons, *found))


def _earlier(
    point: MetricPoint,
    metric: Metric,
    to: Earlier,
    there: Answer,
    so_far: Answer,
    pair: Stretches,
    begun: date | None,
) -> Comparison:
    if not pair.begun:
        nothing = Figure(None, 0, missing=BEGINNING)
        return _comparison(_change(_figure(point), metric, nothing), nothing, to, pair.there, warnings=())
    own, figure = _figure(point), there.figure(metric, point.brand_id, pair.there)
    warnings, to_what = list(there.holes(metric, point.brand_id, pair.there)), Said(WORDS[to])
    zone = ZoneInfo(there.asked.timezone)
    if begun is None or pair.there.start < day_start(begun, zone):
        stored = Said("nothing is stored")
        since = stored if begun is None else Said("nothing is stored from before {day}", day=begun)
        warnings.append(Said("{known}: {period} is not known whole", known=since, period=to_what))
    if warnings and figure.n == 0:
        missing = Said("nothing was counted in {period}, which was not collected whole", period=to_what)
        figure = Figure(None, 0, missing=missing)
    runs = pair.here.end < point.bucket_end
    if runs and "previous" not in metric.needs:  # a change is of what is known as it is
        own = so_far.figure(metric, point.brand_id, pair.here)
    change = _change(own, metric, figure)
    if warnings and metric.unit == "count":  # more was collected: whether more was said, chance does not tell
        change = replace(change, interval=None)
    found = _comparison(change, figure, to, pair.there, warnings=tuple(warnings))
    return replace(found, so_far=own.value, so_far_end=pair.here.end) if runs else found


def _others(
    point: MetricPoint, metric: Metric, tracked: Sequence[BrandQuery], here: Answer, span: Bucket
) -> Iterator[Comparison]:
    own = here.inputs[point.brand_id, span]
    for brand in tracked:
        if brand.id == point.brand_id:
            continue
        other, figure = here.inputs[brand.id, span], here.figure(metric, brand.id, span)
        change = _change(_figure(point), metric, figure)
        if metric.id == "share_of_voice":
            change = replace(change, interval=_lead(own, other))
        elif metric.id == "share_of_voice_people":
            lead = lead_interval(own.authors or 0, other.authors or 0, own.all_authors or 0)
            change = replace(change, interval=lead)
        warnings = tuple(here.holes(metric, brand.id, span))
        yield replace(
            _comparison(change, figure, "competitor", span, warnings=warnings),
            brand=brand.name,
            brand_id=brand.id,
        )


def _lead(own: Inputs, other: Inputs) -> Interval | None:
    """Of a share of voice: where a few authors say much, their posts are worth fewer that are independent."""
    both = own.loudness + other.loudness if own.loudness and other.loudness else Loudness()
    worth = both.said / both.squares if both.squares else 1.0
    return lead_interval(*(worth * count for count in (own.mentions, other.mentions, own.all_mentions)))


def _category(
    point: MetricPoint, metric: Metric, tracked: Sequence[BrandQuery], here: Answer, span: Bucket
) -> Comparison:
    """Of a count no change is given: the brand is part of it, and share of voice says how large a part."""
    if metric.needs - ADDED_UP or metric.id.startswith("share_of_voice"):
        why = (
            "it is 100 % of itself"
            if metric.id.startswith("share_of_voice")
            else "it cannot be put together for all brands"
        )
        line = "no {figure} of the category: {why}"
        figure = Figure(None, 0, missing=Said(line, figure=Said(metric.title.lower()), why=Said(why)))
    else:
        figure = metric.compute(together([here.inputs[brand.id, span] for brand in tracked]))
    change = _change(_figure(point), metric, figure)
    if metric.unit == "count":
        change = Change(None, "%")
    warnings = tuple(dict.fromkeys(line for brand in tracked for line in here.holes(metric, brand.id, span)))
    return _comparison(change, figure, "category", span, warnings=warnings)


def together(brands: Sequence[Inputs]) -> Inputs:
    """The sums of all brands as if they were one. A post that names two of them counts once for each, as in share of voice."""

    def summed(name: str) -> int:
        return sum(getattr(inputs, name) for inputs in brands)

    def line(name: str) -> tuple[float, float, float]:
        rows = [getattr(inputs, name) for inputs in brands]
        return (sum(r[0] for r in rows), sum(r[1] for r in rows), sum(r[2] for r in rows))

    counted: dict[str, Any] = {
        name: summed(name) for name in ("mentions", "reposts", "negative", "neutral", "positive", "failed")
    }
    befores = [inputs.before for inputs in brands if inputs.before is not None]
    so_far = [inputs.so_far for inputs in brands if inputs.so_far is not None]
    return Inputs(
        **counted,
        sums=line("sums"),
        known=line("known"),
        confusion=brands[0].confusion,
        audit=_audits([inputs.audit for inputs in brands if inputs.audit is not None]),
        audited=tuple(map(round, line("audited"))),  # type: ignore[arg-type]
        all_mentions=summed("mentions"),
        seen=tuple(seen for inputs in brands for seen in inputs.seen),
        seen_posts=summed("seen_posts"),
        before=together(befores) if befores else None,
        so_far=sum(so_far) if so_far else None,
    )


def _audits(tables: Sequence[Confusion]) -> Confusion | None:
    if not tables:
        return None
    rows = [[sum(table[i][j] for table in tables) for j in range(3)] for i in range(3)]
    return tuple(tuple(row) for row in rows)  # type: ignore[return-value]


def _figure(point: MetricPoint) -> Figure:
    known = point.low is not None and point.high is not None
    return Figure(point.value, point.n, (point.low, point.high) if known else None)  # type: ignore[arg-type]


def _change(own: Figure, metric: Metric, other: Figure) -> Change:
    intervals = [figure.interval if metric.error_bar else None for figure in (own, other)]
    counted = metric.unit == "count" and metric.needs <= COUNTS_OF_POSTS
    return compare(metric.unit, own.value, intervals[0], other.value, intervals[1], counted=counted)


def _comparison(
    change: Change,
    figure: Figure,
    to: Literal["previous", "year", "competitor", "category"],
    window: Bucket,
    *,
    warnings: tuple[str, ...],
) -> Comparison:
    low, high = change.interval or (None, None)
    return Comparison(
        to,
        window.start,
        window.end,
        figure.value,
        figure.n,
        change.value,
        change.unit,
        low,
        high,
        warnings=warnings + figure.notes,
        missing=figure.missing or None,
    )

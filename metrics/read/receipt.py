"""Receipts written from the database."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
from metrics.inputs import Inputs
from metrics.metric import Metric
from metrics.periods import Bucket, day_start, is_day_start
from metrics.read import answer_of
from metrics.read.answer import Answer
from metrics.read.compare import references
from metrics.read.question import Question, quarter
from metrics.read.sums import picked_of
from metrics.receipt import (
    MOST_IDS,
    Brand,
    Definition,
    Evidence,
    Filters,
    Gap,
    Model,
    Posts,
    Receipt,
    Tally,
    Value,
    Window,
)
from metrics.saying import Listed, Said
from metrics.stretches import QUARTER, Stretches, known_until
from storage.brands import active_brands
from storage.db import Database
from storage.evidence import evidence
from storage.revisions import closed_days, revision
from storage.types import BrandQuery

OF_ALL_BRANDS = ("share_of_voice", "share_of_impact")
ELSEWHERE = {
    "own": "the own accounts' posts and figures",
    "facts": "imported facts",
    "service": "replies to mentions",
}
TRIES = 3
"""How often a figure is read while posts come in, until the posts behind it are those it was computed from."""


def receipts(
    db: Database,
    metrics: Sequence[Metric],
    brand_ids: Sequence[str],
    asked: Question,
    spans: Sequence[Bucket],
    *,
    most_ids: int = MOST_IDS,
) -> list[Receipt]:
    """One receipt for each metric, brand and bucket; of a bucket that still runs, for what is known of it. Every mention behind them is read,
    for its id and label; no more than ids are kept."""
    against = references(db, "previous", spans, asked)
    found = []
    for span in spans:
        windows: dict[Bucket, list[Metric]] = {}
        for metric in metrics:
            windows.setdefault(_known_part(metric, span, against[span], asked), []).append(metric)
        for brand_id in brand_ids:
            of = {
                receipt.metric.id: receipt
                for window, some in windows.items()
                for receipt in of_one(db, some, brand_id, asked, window, most_ids, against[span])
            }
            found += [of[metric.id] for metric in metrics]
    return found


def _known_part(metric: Metric, span: Bucket, pair: Stretches, asked: Question) -> Bucket:
    """The part of a bucket that still runs behind a figure, so that it is the same when the bucket is over: until the running quarter hour ends,
    or the running day, for what is imported by the day; of a change, what was compared."""
    if not span.start <= asked.now < span.end:
        return span
    if "previous" in metric.needs:
        return pair.here if pair.begun else span
    zone = ZoneInfo(asked.timezone)
    tomorrow = day_start(asked.now.astimezone(zone).date() + timedelta(days=1), zone)
    end = tomorrow if "facts" in metric.needs else known_until(asked.now) + QUARTER
    return Bucket(span.start, min(end, span.end))


def of_one(
    db: Database,
    metrics: Sequence[Metric],
    brand_id: str,
    asked: Question,
    span: Bucket,
    most_ids: int,
    pair: Stretches,
) -> list[Receipt]:
    """The receipts of one brand and bucket as it is, whose change is against what `pair` says."""
    asked = replace(asked, since=span.start, until=span.end, every="all")
    against = {span: Stretches(span, pair.there) if pair.begun else pair}
    for _ in range(TRIES):
        at = revision(db)
        tracked = active_brands(db)
        answer = answer_of(db, metrics, tracked, asked, [span], against)
        if (brand_id, span) not in answer.inputs:
            raise MetricError(f'no brand is called "{brand_id[:100]}" any more')
        posts = _behind(db, brand_id, asked, most_ids)
        if posts["said"].count == answer.inputs[brand_id, span].mentions and at == revision(db):
            break
    return [_receipt(db, metric, brand_id, tracked, answer, span, posts, at) for metric in metrics]


Which = Literal["said", "repost", "all"]


def _behind(db: Database, brand_id: str, asked: Question, most_ids: int) -> dict[Which, Tally]:
    """The brand's mentions, those that are reposts, and all of them."""
    since, until = (quarter(at.astimezone(UTC)) for at in (asked.since, asked.until))
    picked = picked_of(db, [brand_id], [Bucket(since, until)], asked)
    ids = None if picked is None else picked.within(since, until)
    found: dict[Which, Tally] = {"said": Tally(most_ids), "repost": Tally(most_ids), "all": Tally(most_ids)}
    for row in evidence(
        db, brand_id, since=since, until=until, sources=asked.sources, langs=asked.langs, ids=ids
    ):
        post = Evidence(*row)
        found["all"].add(post)
        found["repost" if post.label == "repost" else "said"].add(post)
    return found


def _receipt(
    db: Database,
    metric: Metric,
    brand_id: str,
    tracked: Sequence[BrandQuery],
    answer: Answer,
    span: Bucket,
    posts: Mapping[Which, Tally],
    at: int,
) -> Receipt:
    asked, inputs = answer.asked, answer.inputs[brand_id, span]
    own = next(brand for brand in tracked if brand.id == brand_id)
    whole = metric.id.startswith(OF_ALL_BRANDS)
    counted = [own, *(brand for brand in tracked if whole and brand.id != brand_id)]
    point = answer.point(metric, own, span)
    pair = answer.notes.before.get(span) if "previous" in metric.needs else None
    elsewhere = [Said(what) for need, what in ELSEWHERE.items() if need in metric.needs]
    return Receipt(
        software=f"listener {software()}",
        now=asked.now,
        metric=definition(metric),
        brand=own.name,
        brands=tuple(
            Brand(
                id=brand.id,
                name=brand.name,
                query=brand.query,
                query_version=brand.version,
                mentions=answer.inputs[brand.id, span].mentions,
            )
            for brand in counted
        ),
        window=_window(db, span, asked.timezone),
        compared=_window(db, pair.there, asked.timezone) if pair and pair.begun else None,
        filters=Filters(
            sources=tuple(asked.sources or ()),
            langs=tuple(asked.langs or ()),
            query=asked.query.text if asked.query else None,
            campaign=asked.campaign,
        ),
        figure=Value(
            value=point.value,
            low=point.low,
            high=point.high,
            n=point.n,
            missing=point.missing,
            warnings=point.warnings,
        ),
        model=_model(metric, answer, inputs),
        coverage=tuple(_gaps(answer, [brand.id for brand in counted], span)),
        revision=at,
        closes_after_hours=asked.closes_after / timedelta(hours=1),
        service_minutes=asked.service_level / timedelta(minutes=1),
        posts=None if elsewhere else _posts(metric, brand_id, asked, posts),
        rests_on=Said("{rests_on:all}", rests_on=Listed(elsewhere))
        if elsewhere
        else ("the mentions of all these brands" if whole else "the mentions"),
    )


def _model(metric: Metric, answer: Answer, inputs: Inputs) -> Model | None:
    if not answer.model or "labels" not in metric.needs:
        return None
    return Model(id=answer.model, test_sets=inputs.confusion, audited=inputs.audited, audit=inputs.audit)


def definition(metric: Metric) -> Definition:
    return Definition(
        id=metric.id,
        title=metric.title,
        formula=metric.formula,
        unit=metric.unit,
        version=metric.version,
        source=metric.source,
        interval=metric.interval,
    )


@lru_cache(maxsize=1)
def software() -> str:
    """The version that is installed."""
    try:
        return version("listener")
    except PackageNotFoundError:
        return "not installed"


def days_of(span: Bucket, timezone: str) -> tuple[date, date]:
    """The days that a window touches, [first, after)."""
    zone = ZoneInfo(timezone)
    last = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    return span.start.astimezone(zone).date(), last + timedelta(days=1)


def _window(db: Database, span: Bucket, timezone: str) -> Window:
    first, after = days_of(span, timezone)
    zone = ZoneInfo(timezone)
    return Window(
        since=span.start,
        until=span.end,
        since_local=span.start.astimezone(zone).isoformat(),
        until_local=span.end.astimezone(zone).isoformat(),
        timezone=timezone,
        closed=len(closed_days(db, since=first, until=after)) == (after - first).days,
    )


def _gaps(answer: Answer, brand_ids: Sequence[str], span: Bucket) -> list[Gap]:
    return [
        Gap(
            source=hole.origin,
            brand=hole.brand_id,
            since=max(hole.since, span.start),
            until=min(hole.until, span.end),
            state=hole.state,
        )
        for hole in answer.notes.holes
        if hole.brand_id in brand_ids and hole.since < span.end and hole.until > span.start
    ]


def _posts(metric: Metric, brand_id: str, asked: Question, posts: Mapping[Which, Tally]) -> Posts:
    """Mentions, without reposts unless the figure counts those."""
    tally = posts["repost" if metric.id == "reposts" else "all" if "reach" in metric.needs else "said"]
    return Posts(
        count=tally.count,
        by_label=tally.by_label,
        digest=tally.digest,
        ids=tally.ids,
        find=found_by(brand_id, asked, reposts=metric.id == "reposts" or "reach" in metric.needs),
    )


def found_by(brand_id: str, asked: Question, *, reposts: bool = False) -> str:
    """The line that shows these posts."""
    zone = ZoneInfo(asked.timezone)

    def said(at: datetime) -> str:
        local = at.astimezone(zone)
        return f"{local:%Y-%m-%d}" if is_day_start(at, zone) else local.isoformat(timespec="minutes")

    since, until = (quarter(at.astimezone(UTC)) for at in (asked.since, asked.until))
    words = ["listener", "mentions", "--brand", brand_id, "--since", said(since), "--until", said(until)]
    for source in asked.sources or ():
        words += ["--source", source]
    for lang in asked.langs or ():
        words += ["--lang", lang]
    if asked.query is not None:
        words += ["--query", asked.query.text]
    return shlex.join([*words, *(["--reposts"] if reposts else []), "--limit", "0"])

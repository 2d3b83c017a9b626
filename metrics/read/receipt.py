"""Receipts written from the database, and computed again on it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
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
    Change,
    Definition,
    Evidence,
    Filters,
    Gap,
    Model,
    Posts,
    Receipt,
    Tally,
    Value,
    Verdict,
    Window,
    add_up,
    differences,
)
from metrics.registry import METRICS
from metrics.saying import Listed, Said
from metrics.stretches import QUARTER, Stretches, known_until
from storage.brands import active_brands
from storage.db import Database
from storage.evidence import evidence
from storage.query import parse
from storage.revisions import closed_days, restated, revision
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
                for receipt in _of_one(db, some, brand_id, asked, window, most_ids, against[span])
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


def _of_one(
    db: Database,
    metrics: Sequence[Metric],
    brand_id: str,
    asked: Question,
    span: Bucket,
    most_ids: int,
    pair: Stretches,
) -> list[Receipt]:
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
    model = (
        Model(id=answer.model, test_sets=inputs.confusion, audited=inputs.audited, audit=inputs.audit)
        if answer.model and "labels" in metric.needs
        else None
    )
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
        model=model,
        coverage=tuple(_gaps(answer, [brand.id for brand in counted], span)),
        revision=at,
        closes_after_hours=asked.closes_after / timedelta(hours=1),
        service_minutes=asked.service_level / timedelta(minutes=1),
        posts=None if elsewhere else _posts(metric, brand_id, asked, posts),
        rests_on=Said("{rests_on:all}", rests_on=Listed(elsewhere))
        if elsewhere
        else ("the mentions of all these brands" if whole else "the mentions"),
    )


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


def _days(span: Bucket, timezone: str) -> tuple[date, date]:
    """The days that a window touches, [first, after)."""
    zone = ZoneInfo(timezone)
    last = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    return span.start.astimezone(zone).date(), last + timedelta(days=1)


def _window(db: Database, span: Bucket, timezone: str) -> Window:
    first, after = _days(span, timezone)
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


def checked(db: Database, then: Receipt) -> Verdict:
    """A receipt computed again, with what was restated since. Raises MetricError for a brand that is gone, QueryError for a query that is none."""
    metric = METRICS.get(then.metric.id)
    told = {"metric": then.metric.id, "brand": then.brand, "then": then.figure}
    if metric is None:
        return Verdict(
            **told,
            same=False,
            now=None,
            reasons=(Said("there is no metric {metric} any more", metric=then.metric.id),),
        )
    asked = Question(
        since=then.window.since,
        until=then.window.until,
        every="all",
        timezone=then.window.timezone,
        now=then.now,
        sources=then.filters.sources or None,
        langs=then.filters.langs or None,
        closes_after=timedelta(hours=then.closes_after_hours),
        service_level=timedelta(minutes=then.service_minutes),
        query=parse(then.filters.query) if then.filters.query else None,
        campaign=then.filters.campaign,
    )
    span = Bucket(then.window.since.astimezone(UTC), then.window.until.astimezone(UTC))
    if then.compared is not None:
        before = Bucket(then.compared.since.astimezone(UTC), then.compared.until.astimezone(UTC))
        (now,) = _of_one(db, [metric], then.brands[0].id, asked, span, MOST_IDS, Stretches(span, before))
    else:
        (now,) = receipts(db, [metric], [then.brands[0].id], asked, [span])
    first, after = _days(span, then.window.timezone)
    changes = tuple(
        Change(brand=row.brand_id, **{name: getattr(row, name) for name in _OF_CHANGE})
        for row in restated(
            db, after=then.revision, brands=[brand.id for brand in then.brands], since=first, until=after
        )
    )
    gone, new = _moved(then, now)
    same = then.figure.same(now.figure) and then.metric.version == now.metric.version
    reasons = differences(then, now)
    if changes and then.brands[0].mentions != now.brands[0].mentions and add_up(then, now, changes):
        reasons.append("the restatements account for every mention that came or went")
    if not same and not reasons and not changes:
        reasons.append(_unsaid(metric))
    return Verdict(
        **told, same=same, now=now.figure, reasons=tuple(reasons), restated=changes, gone=gone, new=new
    )


_OF_CHANGE = ("revision", "day", "reason", "mentions", "labels", "at")


def _moved(then: Receipt, now: Receipt) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids that are no longer behind the figure, and those that are new."""
    if not then.posts or not now.posts or then.posts.ids is None or now.posts.ids is None:
        return (), ()
    before, after = set(then.posts.ids), set(now.posts.ids)
    return tuple(sorted(before - after)), tuple(sorted(after - before))


def _unsaid(metric: Metric) -> str:
    if "engagement" in metric.needs:
        return "the posts' figures were read again since: likes and shares grow for days"
    if metric.needs & set(ELSEWHERE):
        return "what it rests on was imported or observed again since: no log is kept of that"
    return "what changed leaves no restatement: the figures of networks or accounts beside the posts were read again"

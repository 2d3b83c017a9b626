"""Receipts computed again on the database."""

from datetime import UTC, timedelta

from metrics.metric import Metric
from metrics.periods import Bucket
from metrics.read.question import Question
from metrics.read.receipt import ELSEWHERE, days_of, of_one, receipts
from metrics.receipt import MOST_IDS, Change, Receipt, Verdict, add_up, differences
from metrics.registry import METRICS
from metrics.saying import Said
from metrics.stretches import Stretches
from storage.db import Database
from storage.query import parse
from storage.revisions import restated


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
        (now,) = of_one(db, [metric], then.brands[0].id, asked, span, MOST_IDS, Stretches(span, before))
    else:
        (now,) = receipts(db, [metric], [then.brands[0].id], asked, [span])
    first, after = days_of(span, then.window.timezone)
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

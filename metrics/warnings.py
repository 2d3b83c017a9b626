"""What a reader must know beside a figure: one line each, no line where there is nothing to say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from metrics import facts
from metrics.formulas.engagement import age
from metrics.formulas.sentiment import COUNTED
from metrics.formulas.share_of_voice import lead_is_real
from metrics.inputs import Inputs
from metrics.metric import Metric, Need
from metrics.periods import Bucket
from metrics.saying import Listed, Said
from metrics.stretches import Stretches
from nlp.types import LABELS

IMPORTED: frozenset[Need] = frozenset({"facts"})
OWN_SIDE: frozenset[Need] = frozenset({"own", "facts"})
FEW = 30
FEW_CHECKED = 10
CHECK = Said("`listener audit BRAND` checks 50 posts and narrows the interval")
MOST_HOLES = 3
READ_DAILY = timedelta(days=1)
"""Own accounts are read several times a day: posts that were not read for longer may have fellows that nobody saw."""
PATIENCE = timedelta(hours=1)
"""How long the newest stretch of a source may be missing before it is worth a word: its next pass may just not be due."""

HOLE = "{source}: {state} {stretch}"
_STATES = {
    "not_collected": "not collected",
    "down": "down",
    "over_budget": "over budget",
    "partial": "partly collected",
}


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch [since, until) that a source did not collect whole; `newest` where nothing later was collected either."""

    origin: str
    brand_id: str
    since: datetime
    until: datetime
    state: str
    newest: bool = False


class Notes:
    """The lines for every figure of one answer. `before` maps a bucket to what it is compared with."""

    def __init__(
        self,
        holes: Sequence[Hole],
        before: Mapping[Bucket, Stretches],
        *,
        now: datetime,
        zone: ZoneInfo,
        closes_after: timedelta,
    ) -> None:
        self.holes, self.before = holes, before
        self.now, self.zone, self.closes_after = now, zone, closes_after
        self._lines: dict[tuple[str | None, Bucket], list[str]] = {}

    def of(self, metric: Metric, brand_id: str, bucket: Bucket, inputs: Inputs, n: int) -> tuple[str, ...]:
        """The lines for one figure."""
        lines = self.not_whole(metric, brand_id, bucket)
        said = warnings_of(metric, inputs, n, bucket, lines, now=self.now, closes_after=self.closes_after)
        pair = self.before.get(bucket) if "previous" in metric.needs else None
        return (so_far(pair, self.zone), *said) if pair and pair.begun and pair.here != bucket else said

    def not_whole(self, metric: Metric, brand_id: str, bucket: Bucket) -> Sequence[str]:
        """What of a figure's time was not collected whole. A share of voice or impact rests on every brand's posts, a change on the
        period before too. What is computed from imports and the own accounts alone rests on no search: a walk through an account's posts
        goes on until it meets what is stored, however long nothing was collected."""
        if metric.needs and metric.needs <= OWN_SIDE:
            return ()
        whose = None if metric.id.startswith(("share_of_voice", "share_of_impact")) else brand_id
        looked = Bucket(self.before[bucket].there.start, bucket.end) if "previous" in metric.needs else bucket
        if (whose, looked) not in self._lines:
            holes = [hole for hole in self.holes if whose in (None, hole.brand_id)]
            self._lines[whose, looked] = list(hole_lines(holes, looked, self.now, self.zone))
        return self._lines[whose, looked]


def warnings_of(
    metric: Metric,
    inputs: Inputs,
    n: int,
    bucket: Bucket,
    holes: Sequence[str],
    *,
    now: datetime,
    closes_after: timedelta,
) -> tuple[str, ...]:
    """The lines for one figure, the weightiest first. `holes` are the `hole_lines` of the brands it is computed from."""
    lines = list(holes)
    lines += _time(bucket, now, closes_after if metric.needs != IMPORTED else timedelta())
    if "labels" in metric.needs and inputs.labelled:
        lines += _errors(inputs) if "errors" in metric.needs else [COUNTED]
    if "labels" in metric.needs:
        lines += _labels(inputs)
    if metric.unit in ("%", "points", "ratio", "stars") and 0 < n < FEW and metric.id != "mentions_change":
        lines.append(Said("rests on {n} only", n=n))
    if metric.id == "share_of_voice" and inputs.runner_up is not None:
        name, second = inputs.runner_up
        if lead_is_real(inputs.mentions, second, inputs.lead_loudness) is False:
            lead = "the lead over {brand} ({first} to {second}) may be chance"
            lines.append(Said(lead, brand=name, first=inputs.mentions, second=second))
    if "engagement" in metric.needs:
        lines += _seen(inputs)
    if "own" in metric.needs and not all(name.startswith("followers") for name in metric.inputs):
        lines += _not_read_since(inputs, min(bucket.end, now))
    if "facts" in metric.needs and inputs.facts is not None:
        lines += facts.notes(inputs.facts, metric.inputs, money=metric.unit == "money")
    if "previous" in metric.needs and inputs.before is not None and inputs.before.mentions == 0:
        lines.append("no mention in the period before to compare with")
    elif "previous" in metric.needs and inputs.before is not None and inputs.before.mentions < FEW:
        lines.append(Said("compared with {n} only in the period before", n=inputs.before.mentions))
    if "reach" in metric.needs:
        lines.append("low and high are what posts usually reach of it, 2 % to 5 %: no error bar")
        if inputs.unmeasured:
            unknown = "followers are not known of {n} of {of} authors"
            lines.append(Said(unknown, n=inputs.unmeasured, of=inputs.reached))
    return tuple(lines)


def so_far(pair: Stretches, zone: ZoneInfo) -> Said:
    """What a period that still runs was set against."""
    line = "the time until {until:%Y-%m-%d %H:%M} is set against {other}"
    other = stretch(pair.there.start, pair.there.end, zone)
    return Said(line, until=pair.here.end.astimezone(zone), other=other)


def _not_read_since(inputs: Inputs, end: datetime) -> Iterator[str]:
    """Own accounts whose posts nobody read again after the period, so that some of it may be missing."""
    for account in inputs.own.accounts if inputs.own else ():
        if account.read_at is not None and account.read_at < end - READ_DAILY:
            line = "{network}: the own posts were last read on {day}"
            yield Said(line, network=account.source, day=account.read_at.date())


def _time(bucket: Bucket, now: datetime, closes_after: timedelta) -> Iterator[str]:
    if bucket.start > now:
        yield "the period has not begun"
    elif bucket.end > now:
        yield "the period is still running"
    elif bucket.end > now - closes_after:
        yield "not closed yet: late posts may still change it"


def _errors(inputs: Inputs) -> Iterator[str]:
    """What the correction for the model's errors rests on."""
    checked = sum(inputs.audited)
    if not checked and inputs.confusion is None:
        yield Said("nobody has measured this model's errors: corrected by a wide guess; {check}", check=CHECK)
    elif not checked:
        line = (
            "not checked for this brand yet: corrected from the model's errors on its own test sets; {check}"
        )
        yield Said(line, check=CHECK)
    elif inputs.confusion is None:
        line = "this model has no test results of its own: the correction rests on {n} checked posts of this brand"
        yield Said(line, n=checked)
    few = [
        Said(f"{{n}} {label}", n=count)
        for label, count in zip(LABELS, inputs.audited, strict=True)
        if count < FEW_CHECKED
    ]
    if checked and few:
        line = "of the checked posts only {few:all}: the model's errors on such posts are roughly known"
        yield Said(line, few=Listed(few))


def _labels(inputs: Inputs) -> Iterator[str]:
    if inputs.unlabelled:
        yield Said("{n} of {of} mentions are not labelled yet", n=inputs.unlabelled, of=inputs.mentions)
    if inputs.failed:
        yield Said("{n} of {of} mentions cannot be labelled", n=inputs.failed, of=inputs.mentions)


def _seen(inputs: Inputs) -> Iterator[str]:
    if inputs.settled is not None:
        read = "figures as read {age} after publication on average, of {n} of {of} mentions"
        yield Said(read, age=age(inputs.settled), n=inputs.seen_posts, of=inputs.mentions)


def hole_lines(holes: Iterable[Hole], bucket: Bucket, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The holes of collection inside a bucket, by source: "x: not collected 2026-11-02 10:00-14:00"."""
    cut: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for hole in holes:
        since, until = max(hole.since, bucket.start), min(hole.until, bucket.end, now)
        if since >= until or (hole.newest and now - hole.since < PATIENCE):
            continue
        cut.setdefault((hole.origin, hole.state), []).append((since, until))
    lines = [
        Said(HOLE, source=origin, state=Said(_STATES.get(state, state)), stretch=stretch(*span, zone))
        for (origin, state), spans in sorted(cut.items())
        for span in joined(spans)
    ]
    yield from lines[:MOST_HOLES]
    if len(lines) > MOST_HOLES:
        yield Said("and {n} more stretches that were not collected whole", n=len(lines) - MOST_HOLES)


def joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The spans in order, those that touch or overlap made one.

    >>> t = [datetime(2027, 3, 1, hour) for hour in range(6)]
    >>> joined([(t[4], t[5]), (t[0], t[2]), (t[1], t[3])]) == [(t[0], t[3]), (t[4], t[5])]
    True
    """
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((since, until))
    return found


def stretch(since: datetime, until: datetime, zone: ZoneInfo) -> Said:
    """A stretch in local time; its end's day only where it is another.

    >>> from datetime import UTC
    >>> stretch(datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 2, 13, tzinfo=UTC), ZoneInfo("Europe/Oslo"))
    '2026-11-02 10:00-14:00'
    """
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.date() == last.date():
        return Said("{first:%Y-%m-%d %H:%M}-{last:%H:%M}", first=first, last=last)
    return Said("{first:%Y-%m-%d %H:%M} - {last:%Y-%m-%d %H:%M}", first=first, last=last)

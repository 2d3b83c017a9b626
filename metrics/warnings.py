"""What a reader must know beside a figure: one line each, no line where there is nothing to say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics import facts
from metrics.engagement import age
from metrics.inputs import Inputs
from metrics.metric import Metric, Need
from metrics.periods import Bucket
from metrics.sentiment import COUNTED
from metrics.share_of_voice import lead_is_real
from nlp.types import LABELS

IMPORTED: frozenset[Need] = frozenset({"facts"})
FEW = 30
FEW_CHECKED = 10
CHECK = "`listener audit BRAND` checks 50 posts and narrows the interval"
MOST_HOLES = 3
LATE = timedelta(days=7)
"""An import that ends so long before the period is worth a word: exports of whole weeks are usual."""
PATIENCE = timedelta(hours=1)
"""How long the newest stretch of a source may be missing before it is worth a word: its next pass may just not be due."""

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
    """The lines for every figure of one answer. `before` maps a bucket to the period that it is compared with."""

    def __init__(
        self,
        holes: Sequence[Hole],
        before: Mapping[Bucket, Bucket],
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
        return warnings_of(metric, inputs, n, bucket, lines, now=self.now, closes_after=self.closes_after)

    def not_whole(self, metric: Metric, brand_id: str, bucket: Bucket) -> Sequence[str]:
        """What of a figure's time was not collected whole. A share of voice or impact rests on every brand's posts, a change on the
        period before too, and what is computed from imports alone on no post."""
        if metric.needs == IMPORTED:
            return ()
        whose = None if metric.id.startswith(("share_of_voice", "share_of_impact")) else brand_id
        looked = Bucket(self.before[bucket].start, bucket.end) if "previous" in metric.needs else bucket
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
        lines.append(f"rests on {n} only")
    if metric.id == "share_of_voice" and inputs.runner_up is not None:
        name, second = inputs.runner_up
        if lead_is_real(inputs.mentions, second, inputs.lead_loudness) is False:
            lines.append(f"the lead over {name} ({inputs.mentions} to {second}) may be chance")
    if "engagement" in metric.needs:
        lines += _seen(inputs)
    if "facts" in metric.needs and inputs.facts is not None:
        lines += facts.notes(inputs.facts, metric.inputs, money=metric.unit == "money")
        lines += _imported_up_to(inputs.facts, metric.inputs, min(bucket.end, now))
    if "previous" in metric.needs and inputs.before is not None and inputs.before.mentions == 0:
        lines.append("no mention in the period before to compare with")
    elif "previous" in metric.needs and inputs.before is not None and inputs.before.mentions < FEW:
        lines.append(f"compared with {inputs.before.mentions} only in the period before")
    if "reach" in metric.needs:
        lines.append("low and high are what posts usually reach of it, 2 % to 5 %: no error bar")
        if inputs.unmeasured:
            lines.append(f"followers are not known of {inputs.unmeasured} of {inputs.reached} authors")
    return tuple(lines)


def _imported_up_to(found: facts.Facts, names: Iterable[str], end: datetime) -> Iterator[str]:
    """That an import stops well before the period does, so that a sum of it is of less time than it seems."""
    by_day: dict[date, list[str]] = {}
    for name in names:
        if name in found.values and name in found.last_day and not facts.FACTS[name].standing:
            by_day.setdefault(found.last_day[name], []).append(name.replace("_", " "))
    for day, late in sorted(by_day.items()):
        if end.date() - day > LATE:
            yield f"{', '.join(late)}: the last day that was imported of this time is {day}"


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
        yield f"nobody has measured this model's errors: corrected by a wide guess; {CHECK}"
    elif not checked:
        yield f"not checked for this brand yet: corrected from the model's errors on its own test sets; {CHECK}"
    elif inputs.confusion is None:
        yield f"this model has no test results of its own: the correction rests on {checked} checked posts of this brand"
    few = [
        f"{count} {label}" for label, count in zip(LABELS, inputs.audited, strict=True) if count < FEW_CHECKED
    ]
    if checked and few:
        yield f"of the checked posts only {' and '.join(few)}: the model's errors on such posts are roughly known"


def _labels(inputs: Inputs) -> Iterator[str]:
    if inputs.unlabelled:
        yield f"{inputs.unlabelled} of {inputs.mentions} mentions are not labelled yet"
    if inputs.failed:
        yield f"{inputs.failed} of {inputs.mentions} mentions cannot be labelled"


def _seen(inputs: Inputs) -> Iterator[str]:
    if inputs.settled is not None:
        read = f"figures as read {age(inputs.settled)} after publication on average"
        yield f"{read}, of {inputs.seen_posts} of {inputs.mentions} mentions"


def hole_lines(holes: Iterable[Hole], bucket: Bucket, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The holes of collection inside a bucket, by source: "x: not collected 2026-11-02 10:00-14:00"."""
    cut: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for hole in holes:
        since, until = max(hole.since, bucket.start), min(hole.until, bucket.end, now)
        if since >= until or (hole.newest and now - hole.since < PATIENCE):
            continue
        cut.setdefault((hole.origin, hole.state), []).append((since, until))
    lines = [
        f"{origin}: {_STATES.get(state, state)} {stretch(*span, zone)}"
        for (origin, state), spans in sorted(cut.items())
        for span in joined(spans)
    ]
    yield from lines[:MOST_HOLES]
    if len(lines) > MOST_HOLES:
        yield f"and {len(lines) - MOST_HOLES} more stretches that were not collected whole"


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


def stretch(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """A stretch in local time; its end's day only where it is another.

    >>> from datetime import UTC
    >>> stretch(datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 2, 13, tzinfo=UTC), ZoneInfo("Europe/Oslo"))
    '2026-11-02 10:00-14:00'
    """
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.date() == last.date():
        return f"{first:%Y-%m-%d %H:%M}-{last:%H:%M}"
    return f"{first:%Y-%m-%d %H:%M} - {last:%Y-%m-%d %H:%M}"

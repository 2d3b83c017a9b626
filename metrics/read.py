"""Figures from the database: the one place where metrics meet storage.

buckets -> sums of every tracked brand -> the model's errors, people, interactions, the period before, as needed
    -> figure -> warnings -> MetricPoint
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from metrics.engagement import GENERAL, Seen
from metrics.errors import MetricError
from metrics.inputs import Inputs
from metrics.periods import Bucket, Every, buckets, previous
from metrics.registry import Metric, chosen
from metrics.types import MetricPoint
from metrics.warnings import Hole, Notes
from metrics.windows import COUNTED, WHOLE, Counts, Ledger, counted
from storage.brands import active_brands
from storage.counts import sums
from storage.db import Database
from storage.labels import model_confusion, model_in_use
from storage.people import Engagement, People, engagement, people
from storage.review import audit_sums
from storage.settings import TIMEZONE, setting
from storage.sources import gaps, states
from storage.types import SENTIMENTS, BrandQuery

MOST_SLOW_BUCKETS = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the database: brands to show, networks to count, time, zone, and when "now" is."""

    since: datetime
    until: datetime
    every: Every
    timezone: str
    now: datetime
    brands: Sequence[str] = ()
    sources: Sequence[str] | None = None
    closes_after: timedelta = timedelta(hours=48)


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
    closes_after_hours: float = 48,
) -> list[MetricPoint]:
    """The metrics of these names (all for none), by metric, brand and time: a point for every brand and bucket of [since, until).

    `brands` are ids or names to show, all for none; shares are always of all tracked brands. `sources` are networks to count,
    all for None. A bucket counts the quarter hours that begin in it; buckets and `until` may reach beyond `now`. Raises MetricError for a
    metric, brand or period that cannot be, StorageError.
    """
    wanted = chosen(names)
    asked = Question(
        since, until, every, timezone, now, brands, sources or None, timedelta(hours=closes_after_hours)
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
    closes_after_hours: float = 48,
) -> list[MetricPoint]:
    """Every metric of every brand over the whole period, as `series` gives it for one bucket."""
    return series(
        db,
        since=since,
        until=until,
        every="all",
        timezone=timezone,
        now=now,
        brands=brands,
        sources=sources,
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
    if needs & {"errors", "people", "reach", "engagement"} and len(spans) > MOST_SLOW_BUCKETS:
        raise MetricError(
            "corrected shares, people and interactions are computed "
            f"for {MOST_SLOW_BUCKETS:,} buckets at most: ask for longer ones"
        )
    before = (
        {span: previous(span.start, span.end, asked.timezone) for span in spans}
        if "previous" in needs
        else {}
    )
    ledger = _ledger(db, [brand.id for brand in tracked], [*spans, *before.values()], asked)
    inputs = counted(ledger, {brand.id: brand.name for brand in tracked}, spans, before)
    reader = _Reader(db, asked, [brand.id for brand in tracked], spans, ledger, inputs)
    for need, add in (
        ("errors", reader.add_errors),
        ("people", reader.add_authors),
        ("reach", reader.add_reach),
        ("engagement", reader.add_engagement),
    ):
        if need in needs:
            add()
    holes = _holes(db, min(span.start for span in (*spans, *before.values())), asked)
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


def _ledger(db: Database, brand_ids: Sequence[str], windows: Sequence[Bucket], asked: Question) -> Ledger:
    """The sums of all brands over all windows: one reading of days, and one for each stretch of quarter hours."""
    with db.read() as connection:
        in_days = setting(connection, TIMEZONE, "UTC") == asked.timezone
    ledger = Ledger(ZoneInfo(asked.timezone), in_days)
    needed = ledger.needed(windows)
    if needed.days:
        first, after = needed.days
        for row in sums(db, brands=brand_ids, since=first, until=after, every="day", sources=asked.sources):
            ledger.days.setdefault(row.brand_id, {})[row.start] = _counts(row)
    for start, end in needed.edges:
        for row in sums(db, brands=brand_ids, since=start, until=end, every="quarter", sources=asked.sources):
            ledger.quarters.setdefault(row.brand_id, {})[row.start] = _counts(row)  # type: ignore[index]
    return ledger


def _counts(row: object) -> Counts:
    return tuple(getattr(row, name) for name in COUNTED)


def _quarter(at: datetime) -> datetime:
    """The first quarter hour that begins at or after this instant: sums count a quarter where it begins."""
    return at + (datetime.fromtimestamp(0, UTC) - at) % timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What every reading below needs; each adds its part to the inputs of every brand and bucket."""

    db: Database
    asked: Question
    brand_ids: Sequence[str]
    spans: Sequence[Bucket]
    ledger: Ledger
    inputs: dict[tuple[str, Bucket], Inputs]

    def add_errors(self) -> None:
        """What is known of the errors of the model in use: of its test sets, and of each brand's audits."""
        model = model_in_use(self.db)
        if model is None:
            return
        confusion = model_confusion(self.db, model)
        for brand_id in self.brand_ids:
            rows = audit_sums(self.db, brand_id, model)
            lines = [rows.get(label, (0, 0, 0, 0)) for label in SENTIMENTS]
            table = tuple(tuple(weight / WHOLE for weight in line[1:]) for line in lines)
            audited = tuple(line[0] for line in lines)
            for span in self.spans:
                self._add(brand_id, span, confusion=confusion, audit=table if rows else None, audited=audited)

    def add_authors(self) -> None:
        for span, found in self._people(reposts=False):
            authors = {row.brand_id: row.authors for row in found}
            for brand_id in self.brand_ids:
                own, everybody = authors.get(brand_id, 0), sum(authors.values())
                self._add(brand_id, span, authors=own, all_authors=everybody)

    def add_reach(self) -> None:
        for span, found in self._people(reposts=True):
            for row in found:
                self._add(
                    row.brand_id,
                    span,
                    reached=row.authors,
                    unmeasured=row.unmeasured,
                    followers=row.potential_reach,
                )

    def add_engagement(self) -> None:
        now = self.asked.now
        for span in self.spans:
            by_brand: dict[str, list[Engagement]] = {}
            for row in engagement(
                self.db,
                brands=self.brand_ids,
                since=_quarter(span.start),
                until=_quarter(span.end),
                sources=self.asked.sources,
            ):
                if row.measured:
                    by_brand.setdefault(row.brand_id, []).append(row)
            for brand_id, rows in by_brand.items():
                measured = sum(row.measured for row in rows)
                age_s = sum((row.mean_age_s or 0.0) * row.measured for row in rows) / measured
                self._add(
                    brand_id,
                    span,
                    seen=tuple(map(_seen, rows)),
                    seen_posts=measured,
                    newest_age=min(now - row.seen_to for row in rows if row.seen_to),
                    oldest_age=max(now - row.seen_from for row in rows if row.seen_from),
                    settled=timedelta(seconds=max(0.0, age_s)),
                )

    def _add(self, brand_id: str, span: Bucket, **values: Any) -> None:
        self.inputs[brand_id, span] = replace(self.inputs[brand_id, span], **values)

    def _people(self, *, reposts: bool) -> Iterator[tuple[Bucket, Sequence[People]]]:
        """The accounts of each bucket; many single days are read at once."""
        wanted: dict[str, Any] = {"brands": self.brand_ids, "sources": self.asked.sources, "reposts": reposts}
        whole = {
            span: cut.days for span in self.spans if (cut := self.ledger.cut(span)).days and not cut.edges
        }
        single = {
            days[0]: span for span, days in whole.items() if days and days[1] - days[0] == timedelta(days=1)
        }
        if len(single) > 1:
            found: dict[Bucket, list[People]] = {span: [] for span in single.values()}
            until = max(single) + timedelta(days=1)
            for row in people(self.db, since=min(single), until=until, every="day", **wanted):
                if isinstance(row.start, date) and row.start in single:
                    found[single[row.start]].append(row)
            yield from found.items()
        for span in self.spans:
            if len(single) <= 1 or span not in single.values():
                since, end = whole.get(span) or (_quarter(span.start), _quarter(span.end))
                yield span, people(self.db, since=since, until=end, **wanted)


def _seen(row: Engagement) -> Seen:
    """Figures that no post of the network has are not 0 but unknown."""
    known = {name: getattr(row, name) for name in GENERAL if getattr(row, f"{name}_posts")}
    return Seen(row.source, **known)


def _holes(db: Database, since: datetime, asked: Question) -> list[Hole]:
    """Stretches from `since` on that some source did not collect whole, of the networks asked for."""
    types = {state.origin: state.type for state in states(db)}
    return [
        Hole(gap.origin, gap.brand_id, gap.since, gap.until, gap.state, gap.newest)
        for gap in gaps(db, since, max(since, min(asked.until, asked.now)))
        if asked.sources is None or types.get(gap.origin, gap.origin) in asked.sources
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
        model=model if "labels" in metric.needs else None,
    )

"""Figures from the database: the one place where metrics meet storage.

buckets -> sums of every tracked brand -> what the metrics need beside (READINGS) -> figure -> warnings -> MetricPoint
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
from metrics.metric import Metric, Need
from metrics.periods import Bucket, Every, buckets
from metrics.read import (
    errors,
    facts,
    impact,
    influencers,
    interactions,
    opinions,
    own,
    people,
    service,
    voices,
)
from metrics.read.alone import alone
from metrics.read.answer import Answer, of_a_query
from metrics.read.compare import Against as Against
from metrics.read.compare import compared, references
from metrics.read.holes import holes_of
from metrics.read.question import Question, Reading
from metrics.read.sums import ledger_of, picked_of
from metrics.registry import chosen
from metrics.stretches import Stretches
from metrics.types import MetricPoint
from metrics.warnings import Notes
from metrics.windows import counted
from storage.brands import active_brands
from storage.counts import first_day
from storage.db import Database
from storage.labels import model_in_use
from storage.query import Query
from storage.slices import MOST_CANDIDATES
from storage.types import BrandQuery

MOST_SLOW_BUCKETS = 2_000

READINGS: Mapping[Need, Callable[[Reading], None]] = {
    "errors": errors.add_errors,
    "people": people.add_people,
    "reach": people.add_people,
    "engagement": interactions.add_engagement,
    "impact": impact.add_impact,
    "facts": facts.add_facts,
    "own": own.add_own,
    "service": service.add_service,
    "ratings": opinions.add_ratings,
    "replies": opinions.add_replies,
    "voices": voices.add_voices,
}
"""What is read beside the sums, for the metrics that need it: each fills its part of the inputs."""
ACCOUNTS: frozenset[Need] = frozenset({"people", "reach"})
LONG = timedelta(days=1)
"""Of a longer period that still runs, who spoke is read once: those of its last minutes are few among them."""


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
    service_minutes: float = 60,
    query: Query | None = None,
    campaign: str | None = None,
    against: Sequence[Against] = (),
    rivals_of: Sequence[str] | None = None,
    most_read: int = MOST_CANDIDATES,
    unnamed: bool = False,
    by_influencer: bool = False,
) -> list[MetricPoint]:
    """The metrics of these names (those of OVERVIEW for none), by metric, brand and time: a point for every brand and bucket of [since, until).

    `brands` are ids or names to show, all for none; shares are always of all tracked brands. `sources` are networks to count and `langs`
    languages, all for None; `query` keeps to the mentions that meet it, reading them, at most `most_read`; and `campaign`, which it is then,
    to the facts that were imported for it. Each point is set `against` these; against competitors those of `rivals_of`, where given, alone. A
    bucket counts the quarter hours that begin in it; buckets and `until` may reach beyond `now`. `unnamed`: nothing beside a figure names a brand
    that is not shown. `by_influencer`: the figures of imported facts (all that can be, for no names) for every influencer in turn, set against
    nothing. Raises MetricError for a metric, brand or period that cannot be, StorageError.
    """
    wanted = influencers.chosen(names) if by_influencer else chosen(names)
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
        timedelta(minutes=service_minutes),
        query,
        campaign,
        most_read,
    )
    tracked = active_brands(db)
    shown = _shown(asked.brands, tracked)
    if by_influencer:
        spans = buckets(since, until, every, timezone)
        found = influencers.points(db, answer_of(db, wanted, tracked, asked, spans), wanted, shown)
    else:
        found = _points(db, wanted, shown, tracked, asked, against, rivals_of)
    return alone(found, shown, tracked) if unnamed else found


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
    against: Sequence[Against] = (),
    rivals_of: Sequence[str] | None = None,
) -> list[MetricPoint]:
    spans = buckets(asked.since, asked.until, asked.every, asked.timezone)
    answer = answer_of(db, wanted, tracked, asked, spans)
    points = [answer.point(metric, brand, span) for metric in wanted for brand in shown for span in spans]
    begun = first_day(db, [brand.id for brand in tracked], asked.sources) if against else None

    def read(
        windows: Iterable[Bucket], spoke: Mapping[Bucket, Bucket] = MappingProxyType({})
    ) -> Answer | None:
        some = sorted(set(windows), key=lambda window: window.start)
        if not some:
            return None
        narrowed = replace(asked, since=some[0].start, until=max(window.end for window in some))
        found = answer_of(db, wanted, tracked, narrowed, some, skip=ACCOUNTS if spoke else frozenset())
        taken = {
            (brand_id, window): people.taken(inputs, answer.inputs[brand_id, spoke[window]])
            if spoke
            else inputs
            for (brand_id, window), inputs in found.inputs.items()
        }
        return replace(found, inputs=taken)

    so_far: Answer | None = None
    for to in dict.fromkeys(against):
        there, pairs = answer, dict[Bucket, Stretches]()
        if to in ("previous", "year"):
            pairs = references(db, to, spans, asked)
            begins = {span: pair for span, pair in pairs.items() if pair.begun}
            there = read(pair.there for pair in begins.values()) or answer
            runs = {pair.here: span for span, pair in begins.items() if pair.here != span}
            long = all(here.end - here.start > LONG for here in runs)
            so_far = so_far or read(runs, runs if long else {})
        whole = to != "competitors" or rivals_of is None
        points = [
            compared(point, to, tracked, there, so_far or answer, pairs, begun)
            if whole or point.metric in (rivals_of or ())
            else point
            for point in points
        ]
    return points


def answer_of(
    db: Database,
    wanted: Sequence[Metric],
    tracked: Sequence[BrandQuery],
    asked: Question,
    spans: Sequence[Bucket],
    before: Mapping[Bucket, Stretches] | None = None,
    skip: frozenset[Need] = frozenset(),
) -> Answer:
    """All that these metrics need, but what to `skip`, read for every tracked brand and these buckets; a change is against `before`, or the period
    before."""
    needs = {need for metric in wanted for need in metric.needs}
    if needs & set(READINGS) and len(spans) > MOST_SLOW_BUCKETS:
        raise MetricError(
            "corrected shares, people and interactions are computed "
            f"for {MOST_SLOW_BUCKETS:,} buckets at most: ask for longer ones"
        )
    before = (before or references(db, "previous", spans, asked)) if "previous" in needs else {}
    against = [each for pair in before.values() if pair.begun for each in (pair.here, pair.there)]
    brand_ids, windows = [brand.id for brand in tracked], list(dict.fromkeys([*spans, *against]))
    picked = picked_of(db, brand_ids, windows, asked)
    ledger = ledger_of(db, brand_ids, windows, asked, picked)
    inputs = counted(ledger, {brand.id: brand.name for brand in tracked}, spans, before)
    about = {brand.id: brand for brand in tracked}
    for (brand_id, span), found in inputs.items():
        inputs[brand_id, span] = replace(found, brand=about[brand_id].name, role=about[brand_id].role)
    reading = Reading(db, asked, brand_ids, spans, ledger, inputs, picked)
    read = needs if picked is None else needs & of_a_query(asked)
    for add in dict.fromkeys(add for need, add in READINGS.items() if need in read - skip):
        add(reading)
    holes = holes_of(db, min(window.start for window in windows), asked)
    notes = Notes(
        holes, before, now=asked.now, zone=ZoneInfo(asked.timezone), closes_after=asked.closes_after
    )
    model = model_in_use(db) if "labels" in needs else None
    return Answer(asked, spans, inputs, notes, model)

"""The whole catalogue of figures by area, each with its definition and its value or what it lacks; and the goals, and how they stand."""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import figures, uncompared
from dashboard.views.view import Asked, Point, View, Words, asked
from metrics.goals.standing import by_need, smart
from metrics.lacking import Lack, lacking
from metrics.metric import AREAS, Area, Metric
from metrics.read import series
from metrics.read.goals import Asking, goal_of, standing
from metrics.registry import METRICS
from metrics.saying import Said
from storage.counts import first_day
from storage.goals import StoredGoal, followed_goals, reviews_of


class Definition(View):
    """What a figure is. `data`: P public posts, O the account's owner, I imported facts. `vanity`: it means little alone."""

    id: str
    title: str
    area: Area
    formula: str
    unit: str
    direction: Literal["up", "down", "none"]
    vanity: bool
    data: tuple[Literal["P", "O", "I"], ...]
    inputs: tuple[str, ...]
    interval: str | None
    version: int
    source: str


class Kpi(View):
    """A figure with its value for every brand that is shown."""

    definition: Definition
    points: tuple[Point, ...]


class AreaSaid(View):
    """One part of the catalogue."""

    id: Area
    title: str
    kpis: tuple[Kpi, ...]


class Lacking(View):
    """Figures that have no value for one reason: what they need, why there is none of it, and which figures of which brands they are."""

    what: Words
    why: Words
    titles: dict[str, tuple[Words, ...]]


class Kpis(View):
    """The catalogue over the period."""

    asked: Asked
    areas: tuple[AreaSaid, ...]
    lacking: tuple[Lacking, ...]


class GoalSaid(View):
    """One goal today; docs/kpis.md says what each is. `probability` is 0 to 1, progress and `elapsed` are percent."""

    number: int
    goal: Words
    kpi: str
    title: str
    unit: str
    currency: str | None
    brand: str
    brand_id: str
    channel: str | None
    campaign: str | None
    owner: str | None
    reason: str | None
    aim: str
    amount: float
    begins: date
    by: date
    state: str
    baseline: float | None
    baseline_from: date | None
    baseline_until: date | None
    target: float | None
    now: float | None
    now_low: float | None
    now_high: float | None
    now_from: date
    now_until: date
    progress: float | None
    progress_low: float | None
    progress_high: float | None
    elapsed: float
    pace: float | None
    probability: float | None
    probability_unknown: Words | None
    history_weeks: int
    plausible_low: float | None
    plausible_high: float | None
    missing: Words | None
    warnings: tuple[Words, ...]
    review: str
    reviewed: date | None
    next_review: date | None
    review_due: bool
    ended: str | None
    ended_on: date | None
    note: str | None
    from_config: bool
    advice: tuple[Words, ...] = ()


class Review(View):
    """When a goal was looked at, and what was noted."""

    at: datetime
    note: str


class Goals(View):
    """Every running goal, those in trouble first."""

    today: date
    goals: tuple[GoalSaid, ...]
    reviews: dict[int, tuple[Review, ...]]


def kpis(
    site: Site, filters: Filters, *, now: datetime, area: Area | None = None, names: Sequence[str] = ()
) -> Kpis:
    """The figures of one area, of these names, or all. Raises MetricError for a name that does not exist."""
    wanted = [METRICS[name] for name in names if name in METRICS] or list(METRICS.values())
    wanted = [metric for metric in wanted if area in (None, metric.area)]
    ids = [metric.id for metric in wanted]
    found = series(site.db, ids, every="all", **figures(site, filters, now)) if filters.brands else []
    cut = uncompared(filters, first_day(site.db, filters.brand_ids), now)
    by_id: dict[str, list[Any]] = {name: [] for name in ids}
    for point in found:
        warned = cut and "previous" in METRICS[point.metric].needs
        by_id[point.metric].append(
            replace(point, warnings=(Said("before: {line}", line=cut), *point.warnings)) if warned else point
        )
    areas = (
        AreaSaid(
            id=name,
            title=title,
            kpis=tuple(
                Kpi(definition=definition(metric), points=tuple(by_id[metric.id]))
                for metric in wanted
                if metric.area == name
            ),
        )
        for name, title in AREAS.items()
    )
    return Kpis(
        asked=asked(filters),
        areas=tuple(one for one in areas if one.kpis),
        lacking=tuple(map(_lacking, lacking(found))),
    )


def definition(metric: Metric) -> Definition:
    """A figure's entry in the catalogue."""
    return Definition(
        id=metric.id,
        title=metric.title,
        area=metric.area,
        formula=metric.formula,
        unit=metric.unit,
        direction=metric.direction,
        vanity=metric.vanity,
        data=metric.data,
        inputs=metric.inputs,
        interval=metric.interval or None,
        version=metric.version,
        source=metric.source,
    )


def _lacking(lack: Lack) -> Lacking:
    titles = {brand: tuple(names) for brand, names in lack.titles.items()}
    return Lacking(what=lack.what, why=lack.why, titles=titles)


def goals(site: Site, *, now: datetime, ended: bool = False, only: Container[str] | None = None) -> Goals:
    """How every goal stands, of the brands `only`; with `ended` those that were closed too. Each reads its figure's history: some tenths
    of a second.
    """
    kept = [
        one
        for one in followed_goals(site.db)
        if (ended or one.ended is None) and (only is None or one.plan.brand_id in only)
    ]
    told = goals_said(site, kept, now=now)
    reviews = {
        one.number: tuple(Review(at=r.at, note=r.note) for r in reviews_of(site.db, one.number))
        for one in told
    }
    return Goals(today=now.astimezone(ZoneInfo(site.settings.timezone)).date(), goals=told, reviews=reviews)


def goals_said(site: Site, kept: Sequence[StoredGoal], *, now: datetime) -> tuple[GoalSaid, ...]:
    """How these goals stand, those in trouble first."""
    settings = site.settings
    asking = Asking(
        site.db,
        settings.timezone,
        now,
        settings.closes_after_hours,
        settings.service_minutes,
        {name: campaign.query for name, campaign in settings.campaigns.items()},
    )
    found = by_need([standing(asking, goal_of(one, settings.timezone)) for one in kept])
    return tuple(
        GoalSaid(**one.as_json(asking.today), advice=() if one.goal.ended else tuple(smart(one.goal)))
        for one in found
    )

"""Goals against the database: the baseline a goal begins from, how it stands today, and the past that its chance comes from."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
from metrics.goals.goal import (
    Aim,
    Baseline,
    Goal,
    bounds,
    elapsed,
    nature,
    pace,
    progress,
    reached,
    state,
    target,
    window_days,
)
from metrics.goals.history import History, Prospect, prospect
from metrics.goals.standing import Standing, against_direction, implausible, shown_as, too_fine, window_words
from metrics.metric import Metric
from metrics.periods import day_start
from metrics.read import series
from metrics.read.holes import holes_of
from metrics.read.question import Question
from metrics.registry import chosen
from metrics.saying import Said
from metrics.types import MetricPoint
from storage.brands import active_brands
from storage.counts import first_day
from storage.db import Database
from storage.goals import StoredGoal
from storage.query import Query

HISTORY_WEEKS = 104
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Asking:
    """What every reading of goals needs; `campaigns` are their queries by id. Pasts once read are kept for the other goals."""

    db: Database
    timezone: str
    now: datetime
    closes_after_hours: float = 48
    service_minutes: float = 60
    campaigns: Mapping[str, Query] = field(default_factory=dict)
    _pasts: dict[tuple[object, ...], History] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.timezone)).date()

    def closed(self, after: date) -> bool:
        """Whether the days before this one are closed: nothing late is expected of them any more."""
        end = day_start(after, ZoneInfo(self.timezone))
        return self.now >= end + timedelta(hours=self.closes_after_hours)

    def points(self, goal: Goal, first: date, after: date, every: str = "all") -> list[MetricPoint]:
        """The goal's figure over the days [first, after)."""
        zone = ZoneInfo(self.timezone)
        if goal.campaign is not None and goal.campaign not in self.campaigns:
            raise MetricError(f'there is no campaign "{goal.campaign}" in config.toml')
        return series(
            self.db,
            [goal.kpi],
            since=day_start(first, zone),
            until=day_start(after, zone),
            every=every,  # type: ignore[arg-type]
            timezone=self.timezone,
            now=self.now,
            brands=[goal.brand_id],
            sources=[goal.channel] if goal.channel else None,
            closes_after_hours=self.closes_after_hours,
            service_minutes=self.service_minutes,
            query=self.campaigns[goal.campaign] if goal.campaign else None,
            campaign=goal.campaign,
        )


def goal_of(stored: StoredGoal, timezone: str) -> Goal:
    """A stored goal as the formulas take it, its times as days of the zone."""
    zone, plan, base = ZoneInfo(timezone), stored.plan, stored.baseline
    return Goal(
        kpi=plan.kpi,
        brand_id=plan.brand_id,
        aim=Aim(plan.aim, plan.amount),  # type: ignore[arg-type]
        begins=plan.begins,
        last_day=plan.last_day,
        channel=plan.channel,
        campaign=plan.campaign,
        owner=plan.owner,
        reason=plan.reason,
        review=plan.review,  # type: ignore[arg-type]
        number=stored.number,
        baseline=Baseline(**asdict(base)) if base else None,
        reviewed=stored.reviewed_at.astimezone(zone).date() if stored.reviewed_at else None,
        ended=stored.ended,  # type: ignore[arg-type]
        ended_on=stored.ended_at.astimezone(zone).date() if stored.ended_at else None,
        note=stored.note,
        configured=plan.key is not None,
    )


def baseline(asking: Asking, goal: Goal) -> Baseline | str:
    """The figure before the goal began, or in words what it waits for. See `metrics.goals.goal` for the window."""
    days = timedelta(days=window_days(goal.begins, goal.last_day))
    if goal.begins > asking.today:
        return Said("it begins on {day}", day=goal.begins)
    try:
        metric = chosen([goal.kpi])[0]
        why = ""
        for first, after in _baseline_windows(asking, goal, metric, days):
            point = asking.points(goal, first, after)[0]
            why = why or _unusable(asking, goal, metric, point, first)
            if point.value is not None and not _unusable(asking, goal, metric, point, first):
                return Baseline(point.value, first, after, point.n, *_error_bar(point), point.currency)
        return why
    except MetricError as error:
        return str(error)


def _baseline_windows(
    asking: Asking, goal: Goal, metric: Metric, days: timedelta
) -> Iterator[tuple[date, date]]:
    """The days before the goal begins; for a standing such as followers also its first week, day by day, until one was seen."""
    yield goal.begins - days, goal.begins
    if nature(metric) == "stock":
        for late in range(min(7, (asking.today - goal.begins).days + 1)):
            yield goal.begins, goal.begins + (late + 1) * DAY


def _unusable(asking: Asking, goal: Goal, metric: Metric, point: MetricPoint, first: date) -> str:
    """Why a figure is no baseline, "" where it is one."""
    if point.value is None:
        line = "{kpi} has no figure in the days before {day}"
        return point.missing or Said(line, kpi=metric.id, day=goal.begins)
    if nature(metric) == "flow" and metric.data == ("P",):
        begun = first_day(asking.db, [goal.brand_id], [goal.channel] if goal.channel else None)
        if begun is None or begun > first:
            since = Said("the first post is of {day}", day=begun) if begun else Said("nothing is stored")
            line = "needs {kpi} from {day} on: {since}; import or backfill earlier posts, or begin later"
            return Said(line, kpi=metric.id, day=first, since=since)
    if goal.aim.kind == "percent" and point.value == 0:
        line = "{kpi} was 0 then, and a percentage of nothing is nothing: name a number, as in +50"
        return Said(line, kpi=metric.id)
    return ""


def _error_bar(point: MetricPoint) -> tuple[float | None, float | None]:
    """The interval where it is one around the value: that of a potential reach says something else."""
    if (
        point.value is None
        or point.low is None
        or point.high is None
        or not point.low <= point.value <= point.high
    ):
        return None, None
    return point.low, point.high


def standing(asking: Asking, goal: Goal) -> Standing:
    """How a goal stands today; its baseline is taken as it is kept, and computed where none is."""
    today = asking.today
    after = min(today, goal.last_day + DAY)
    first = after - timedelta(days=window_days(goal.begins, goal.last_day))
    brand = next((one.name for one in active_brands(asking.db) if one.id == goal.brand_id), goal.brand_id)
    missing = ""
    if goal.baseline is None:
        found = baseline(asking, goal)
        missing = found if isinstance(found, str) else ""
        goal = goal if isinstance(found, str) else replace(goal, baseline=found)
    try:
        metric = chosen([goal.kpi])[0]
        point = asking.points(goal, first, after)[0]
    except MetricError as error:
        return Standing(goal, brand, goal.kpi, "", "waiting", first, after, missing=str(error))
    begun = Standing(
        goal,
        brand,
        metric.title,
        metric.unit,
        "waiting",
        first,
        after,
        present=point.value,
        currency=point.currency,
    )
    if goal.baseline and goal.baseline.currency and point.currency not in (None, goal.baseline.currency):
        line = "the baseline is in {then} and figures of money are in {now} by now: set the goal anew in {now}, or [money] currency back"
        return replace(begun, missing=Said(line, then=goal.baseline.currency, now=point.currency))
    if goal.baseline is None or point.value is None:
        line = "{kpi} has no figure in the {days}"
        no_figure = point.missing or Said(line, kpi=metric.id, days=window_words(first, after))
        wanted = target(goal.aim, goal.baseline.value) if goal.baseline else None
        return replace(begun, target=wanted, missing=missing or no_figure, warnings=point.warnings)
    return _judged(asking, begun, metric, point)


def _judged(asking: Asking, one: Standing, metric: Metric, point: MetricPoint) -> Standing:
    """The standing of a goal that has a baseline and a present figure."""
    goal, today, now = one.goal, asking.today, point.value
    assert goal.baseline is not None
    assert now is not None
    base = goal.baseline.value
    wanted = target(goal.aim, base)
    met, over = reached(now, wanted, base), today > goal.last_day
    done = progress(base, now, wanted)
    low, high = _error_bar(point)
    ends = sorted(p for p in (_progress(base, low, wanted), _progress(base, high, wanted)) if p is not None)
    speed = pace(done, elapsed(goal, today), goal, today)
    warnings = [*against_direction(metric, base, wanted), *too_fine(low, high, base, wanted)]
    found, unknown, past = None, "", History((), 0, 0)
    if not over:
        past = history(asking, goal)
        found, unknown = _chance(asking, goal, past, wanted)
        warnings += implausible(goal, metric, one.brand, wanted, found, past, one.said_in) if found else ()
    elif low is not None and high is not None and low < wanted < high:
        line = "the target lies within what chance does to {now}"
        warnings.append(Said(line, now=shown_as(now, one.said_in)))
    return replace(
        one,
        state=state(over=over, met=met, speed=speed, chance=found.chance if found else None),
        target=wanted,
        low=low,
        high=high,
        progress=done,
        progress_low=ends[0] if ends else None,
        progress_high=ends[-1] if ends else None,
        pace=speed,
        chance=found.chance if found else None,
        plausible=(found.low, found.high) if found else None,
        weeks=len(past.values),
        unknown=unknown,
        warnings=(*warnings, *point.warnings),
    )


def _progress(base: float, value: float | None, wanted: float) -> float | None:
    return None if value is None else progress(base, value, wanted)


def _chance(asking: Asking, goal: Goal, past: History, wanted: float) -> tuple[Prospect | None, str]:
    """The chance of the target by the last day, or why nothing can be said."""
    assert goal.baseline is not None
    ahead = max(1, math.ceil((goal.last_day + DAY - past.after).days / 7))
    if why := past.wanting(ahead):
        return None, why
    last = asking.points(goal, past.after - past.window * WEEK, past.after)[0]
    if last.value is None:
        return None, last.missing or "no figure in the last full weeks"
    return prospect(past, last.value, wanted, ahead, upward=wanted >= goal.baseline.value), ""


def history(asking: Asking, goal: Goal) -> History:
    """The figure in the last 104 full weeks at most, from Monday to Sunday, without those before the first figure.

    Of what adds up over time the first such week is left out, which may be a part of one, and so are weeks of which more than a day was not
    collected since their source began. Weeks without a figure are left out of every past, as if the others were neighbours.
    """
    metric = chosen([goal.kpi])[0]
    window = 1 if nature(metric) == "stock" else window_days(goal.begins, goal.last_day) // 7
    key = goal.kpi, goal.brand_id, goal.channel, goal.campaign, window
    if key not in asking._pasts:
        asking._pasts[key] = _history(asking, goal, metric, window)
    return asking._pasts[key]


def _history(asking: Asking, goal: Goal, metric: Metric, window: int) -> History:
    monday = asking.today - asking.today.weekday() * DAY
    since = monday - HISTORY_WEEKS * WEEK
    points = asking.points(goal, since, monday, "week")
    begun = next((at for at, point in enumerate(points) if point.value not in (None, 0)), len(points))
    flow = nature(metric) == "flow"
    points = points[begun + flow :]
    holed = _holed(asking, goal, points) if flow and points else set()
    kept = [point.value for point in points if point.value is not None and point.bucket_start not in holed]
    return History(tuple(kept), *bounds(metric), window, monday, len(points) - len(kept))


def _holed(asking: Asking, goal: Goal, points: list[MetricPoint]) -> set[datetime]:
    """The weeks of which some source missed more than a day; what lies before a source began is no hole."""
    since, until = points[0].bucket_start, points[-1].bucket_end
    asked = Question(
        since, until, "week", asking.timezone, asking.now, sources=[goal.channel] if goal.channel else None
    )
    holes = [
        hole
        for hole in holes_of(asking.db, since, asked)
        if hole.brand_id == goal.brand_id and hole.since > since
    ]
    lost: dict[tuple[str, datetime], timedelta] = {}
    for hole in holes:
        for point in points:
            part = min(hole.until, point.bucket_end) - max(hole.since, point.bucket_start)
            if part > timedelta():
                at = hole.origin, point.bucket_start
                lost[at] = lost.get(at, timedelta()) + part
    return {start for (_, start), missed in lost.items() if missed > DAY}

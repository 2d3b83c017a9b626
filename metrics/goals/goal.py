"""Goals: what a figure shall come to by a day, how far it has come, at what pace, and when to look at the goal again.

A goal is SMART: a figure (specific, measurable), a target that its own history makes plausible or not (achievable), a reason and an owner
(relevant) and a last day (time-bound); and it is re-evaluated: a review at its cadence, and the choice of figures twice a year.

    baseline   the figure over the last 28 days before the goal begins       target   from the baseline and the aim
    present    the same over the last 28 days                                at last  the same over the 28 days up to the last day

Twenty-eight days hold four of each weekday, so neither a month's length nor its weekends move the figure. A goal of fewer days is measured
over as many whole weeks as it has, one at least.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

from metrics.errors import MetricError
from metrics.metric import Metric

AimKind = Literal["percent", "points", "amount", "to"]
Cadence = Literal["weekly", "monthly", "two months"]
End = Literal["met", "dropped"]
State = Literal["waiting", "new", "on track", "behind", "at risk", "met", "missed"]
Nature = Literal["stock", "flow", "rate"]

WINDOW_DAYS = 28
STOCKS = frozenset({"followers"})
_RATES = frozenset(
    {
        "cost_per_click",
        "cost_per_mille",
        "cost_per_lead",
        "customer_lifetime_value",
        "engagement_by_content_type",
    }
)
_FLOW_UNITS = frozenset({"count", "people", "money"})
_NO_BOUNDS = frozenset({"return_on_investment", "audience_growth_rate", "mentions_change"})
_SHARES = frozenset(
    {
        "response_within_sla",
        "bounce_rate",
        "customer_satisfaction",
        "customer_satisfaction_top",
        "lead_conversion_rate",
    }
)
MOST_STARS = 5.0
AT_RISK, LIKELY, IN_PACE = 0.25, 0.6, 0.9


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted: a change in percent of the baseline, in points, in the figure's own unit (`amount`), or `to` a value."""

    kind: AimKind
    amount: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figure before the goal began, over the days [first, after), with its interval where it has one; of money in `currency`."""

    value: float
    first: date
    after: date
    n: int = 0
    low: float | None = None
    high: float | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal. `begins` and `last_day` are days of the configured zone, both counted in; `number` is 0 before it is stored.

    `reviewed` is the day of the last review, `ended` how a person closed it, `configured` that it stands in config.toml.
    """

    kpi: str
    brand_id: str
    aim: Aim
    begins: date
    last_day: date
    channel: str | None = None
    campaign: str | None = None
    owner: str | None = None
    reason: str | None = None
    review: Cadence = "monthly"
    number: int = 0
    baseline: Baseline | None = None
    reviewed: date | None = None
    ended: End | None = None
    ended_on: date | None = None
    note: str | None = None
    configured: bool = False


def nature(metric: Metric) -> Nature:
    """Whether a figure stands at a level (followers), adds up over time (mentions), or is a ratio or an average of a period.

    >>> from metrics.registry import METRICS
    >>> nature(METRICS["mentions"]), nature(METRICS["share_of_voice"])
    ('flow', 'rate')
    """
    if metric.id in STOCKS:
        return "stock"
    unit = metric.unit.split(",")[0].split(" ")[0]
    return "flow" if unit in _FLOW_UNITS and metric.id not in _RATES else "rate"


def bounds(metric: Metric) -> tuple[float, float]:
    """The least and the greatest value that a figure can have; infinite where it has none.

    >>> from metrics.registry import METRICS
    >>> bounds(METRICS["mentions"]), bounds(METRICS["negative_share"]), bounds(METRICS["net_sentiment"])
    ((0.0, inf), (0.0, 100.0), (-100.0, 100.0))
    """
    if metric.id in _NO_BOUNDS:
        return -math.inf, math.inf
    if metric.id.endswith("_smallest_change"):
        return 0.0, 100.0
    if metric.unit.startswith("points") or "-100..100" in metric.unit:
        return -100.0, 100.0
    if metric.unit == "stars":
        return 0.0, MOST_STARS
    share = metric.id in _SHARES or metric.id.startswith("share_of_") or "_share" in metric.id
    return 0.0, (100.0 if share and metric.unit == "%" else math.inf)


def fits(aim: Aim, metric: Metric) -> None:
    """Raise MetricError where an aim cannot be said of a figure, with what to write instead."""
    low, high = bounds(metric)
    if aim.kind == "percent" and low < 0:
        raise MetricError(
            f"{metric.id} can be 0 or less, and a percentage of that means nothing: write a change in points, as in +10 points"
        )
    if aim.kind == "percent" and aim.amount < -100:
        raise MetricError(
            f"{metric.id} cannot fall by more than 100 %: it is {low:g} then; write -100 % at most"
        )
    if aim.kind == "points" and metric.unit != "%" and not metric.unit.startswith("points") and not low < 0:
        raise MetricError(
            f"{metric.id} is counted in {metric.unit}, not in %: write a change as in +20 % or +500, without points"
        )
    if aim.kind == "amount" and metric.unit == "%":
        shown = f"{aim.amount:+g}"
        raise MetricError(
            f"{metric.id} is in %, so {shown} leaves open of what: write {shown} % (of what it is now) or {shown} points (added to it)"
        )
    if aim.kind == "to" and not low <= aim.amount <= high:
        raise MetricError(
            f"{metric.id} cannot be {aim.amount:g}: it lies between {low:g} and {high:g}"
            if math.isfinite(high)
            else f"{metric.id} cannot be {aim.amount:g}: it is {low:g} at least"
        )


def target(aim: Aim, baseline: float) -> float:
    """The value that an aim asks for.

        percent: baseline x (1 + amount / 100)     points, amount: baseline + amount     to: amount

    A change in percent of a figure that is itself in % is relative; in points it is added.

    >>> round(target(Aim("percent", 35), 2.0), 2), target(Aim("points", 10), 25.0), target(Aim("to", 40.0), 25.0)
    (2.7, 35.0, 40.0)
    """
    if aim.kind == "percent":
        return baseline * (1 + aim.amount / 100)
    return aim.amount if aim.kind == "to" else baseline + aim.amount


def progress(baseline: float, now: float, wanted: float) -> float | None:
    """How much of the way is done, in percent: 0 at the baseline, 100 at the target, below 0 the other way.

        100 x (now - baseline) / (target - baseline)

    A target that is the baseline leaves no way to go: None.

    >>> progress(200, 235, 270), progress(40, 45, 30), progress(1, 1, 1) is None
    (50.0, -50.0, True)
    """
    return None if wanted == baseline else 100 * (now - baseline) / (wanted - baseline)


def elapsed(goal: Goal, today: date) -> float:
    """The share of the goal's days that are over, 0 to 1; today is not.

    >>> round(elapsed(Goal("mentions", "delta", Aim("percent", 5), date(2027, 1, 1), date(2027, 1, 10)), date(2027, 1, 6)), 2)
    0.5
    """
    days = (goal.last_day - goal.begins).days + 1
    return min(1.0, max(0.0, (today - goal.begins).days / days))


def pace(done: float | None, gone: float, goal: Goal, today: date) -> float | None:
    """Progress against time: 1 is just fast enough, 2 twice as fast.

        (progress / 100) / share of the time elapsed

    None in the first week, where any wobble would look like a pace.

    >>> goal = Goal("mentions", "delta", Aim("percent", 5), date(2027, 1, 1), date(2027, 1, 20))
    >>> pace(30.0, 0.5, goal, date(2027, 1, 11)), pace(30.0, 0.1, goal, date(2027, 1, 3)) is None
    (0.6, True)
    """
    if done is None or (today - goal.begins).days < 7 or gone == 0:
        return None
    return done / 100 / gone


def reached(value: float, wanted: float, baseline: float) -> bool:
    """Whether a value meets a target that lies above the baseline, or below it.

    >>> reached(30, 25, 20), reached(30, 25, 40), reached(25, 25, 40)
    (True, False, True)
    """
    return value >= wanted if wanted >= baseline else value <= wanted


def state(*, over: bool, met: bool | None, speed: float | None, chance: float | None) -> State:
    """How a goal stands. `met`: whether the present figure meets the target, None without a figure or a baseline.

    After the last day: met or missed. Before: at risk where the chance is below 25 % (without a chance: below half the pace);
    on track at 90 % of the pace or a chance of 60 %; else behind. In the first week, without a telling chance, new.

    >>> state(over=False, met=False, speed=0.95, chance=0.5), state(over=False, met=False, speed=0.4, chance=None)
    ('on track', 'at risk')
    """
    if met is None:
        return "waiting"
    if over:
        return "met" if met else "missed"
    if chance is not None and chance < AT_RISK:
        return "at risk"
    if (speed is not None and speed >= IN_PACE) or (chance is not None and chance >= LIKELY):
        return "on track"
    if speed is None:
        return "new"
    return "at risk" if chance is None and speed < IN_PACE / 2 else "behind"


def window_days(begins: date, last_day: date) -> int:
    """How many days the figure is taken over: 28, or as many whole weeks as the goal has, one at least.

    >>> window_days(date(2027, 1, 1), date(2027, 6, 1)), window_days(date(2027, 1, 1), date(2027, 1, 15))
    (28, 14)
    """
    return min(WINDOW_DAYS, max(7, ((last_day - begins).days + 1) // 7 * 7))

"""How a goal stands, whole: the figures, the words that go with them, and the warnings that keep a goal honest."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from metrics.goals.goal import Goal, State, bounds, elapsed
from metrics.goals.history import History, Prospect, changes, record
from metrics.goals.reviews import next_review
from metrics.goals.words import in_words
from metrics.metric import Metric
from metrics.saying import Said, say

SURE = 0.975


@dataclass(frozen=True, slots=True)
class Standing:
    """One goal today. `present` is the figure over the days [first, after), None where there is none; progress is in percent.

    `chance` is the probability (0 to 1) that the goal is met, and `plausible` the 95 % range of what its history makes of the figure by the last day;
    without them `unknown` says why. `missing` says what the baseline or the present figure waits for.
    """

    goal: Goal
    brand: str
    title: str
    unit: str
    state: State
    first: date
    after: date
    target: float | None = None
    present: float | None = None
    low: float | None = None
    high: float | None = None
    progress: float | None = None
    progress_low: float | None = None
    progress_high: float | None = None
    pace: float | None = None
    chance: float | None = None
    plausible: tuple[float, float] | None = None
    weeks: int = 0
    missing: str = ""
    unknown: str = ""
    warnings: tuple[str, ...] = ()
    currency: str | None = None

    @property
    def said_in(self) -> str:
        """The unit as a sentence has it: of money, its currency."""
        return self.currency or self.unit

    def as_json(self, today: date) -> dict[str, Any]:
        """The standing as `--format json` gives it; days are ISO 8601."""
        goal, base = self.goal, self.goal.baseline
        due = next_review(goal)
        return {
            "number": goal.number,
            "goal": in_words(
                goal.kpi, goal.aim, goal.last_day, brand=goal.brand_id, channel=goal.channel, campaign=goal.campaign
            ),
            "kpi": goal.kpi, "title": self.title, "unit": self.unit, "currency": self.currency, "brand": self.brand, "brand_id": goal.brand_id,
            "channel": goal.channel, "campaign": goal.campaign, "owner": goal.owner, "reason": goal.reason,
            "aim": goal.aim.kind, "amount": goal.aim.amount,
            "begins": goal.begins.isoformat(), "by": goal.last_day.isoformat(), "state": self.state,
            "baseline": base.value if base else None,
            "baseline_from": base.first.isoformat() if base else None,
            "baseline_until": base.after.isoformat() if base else None,
            "target": self.target, "now": self.present, "now_low": self.low, "now_high": self.high,
            "now_from": self.first.isoformat(), "now_until": self.after.isoformat(),
            "progress": self.progress, "progress_low": self.progress_low, "progress_high": self.progress_high,
            "elapsed": 100 * elapsed(goal, today), "pace": self.pace,
            "probability": self.chance, "probability_unknown": self.unknown or None, "history_weeks": self.weeks,
            "plausible_low": self.plausible[0] if self.plausible else None,
            "plausible_high": self.plausible[1] if self.plausible else None,
            "missing": self.missing or None, "warnings": list(self.warnings),
            "review": goal.review, "reviewed": goal.reviewed.isoformat() if goal.reviewed else None,
            "next_review": None if goal.ended else due.isoformat(),
            "review_due": goal.ended is None and due <= today,
            "ended": goal.ended, "ended_on": goal.ended_on.isoformat() if goal.ended_on else None, "note": goal.note,
            "from_config": goal.configured,
        }  # fmt: skip


def shown(value: float, unit: str) -> str:
    """A figure with its unit, as a sentence takes it.

    >>> shown(1234.5, "count"), shown(12.34, "%"), shown(-3.0, "points")
    ('1,234', '12.3 %', '-3.0 points')
    """
    return say(shown_as(value, unit))


def shown_as(value: float, unit: str) -> Said:
    """The same, to stand in a sentence that is said later."""
    if unit in ("count", "people"):
        whole = abs(value) >= 10 or value == int(value)
        return Said("{n:,.0f}" if whole else "{n:,.1f}", n=value)
    small = 0 < abs(value) < 1
    if unit == "%":
        return Said("{n:,.2f} %" if small else "{n:,.1f} %", n=value)
    return Said("{n:,.2f} {unit}" if small else "{n:,.1f} {unit}", n=value, unit=Said(unit))


def smart(goal: Goal) -> Iterator[str]:
    """What a goal lacks to be SMART that words can mend."""
    if goal.owner is None:
        yield "nobody is named who answers for it: --owner NAME, or owner in config.toml"
    if goal.reason is None:
        yield "it does not say why it matters: --reason TEXT, or reason in config.toml"


def against_direction(metric: Metric, baseline: float, target: float) -> Iterator[str]:
    """That a goal goes the way that is worse, is met already, or cannot be met."""
    if metric.direction == "up" and target < baseline:
        yield Said("the goal lowers {kpi}, of which more is better", kpi=metric.id)
    if metric.direction == "down" and target > baseline:
        yield Said("the goal raises {kpi}, of which less is better", kpi=metric.id)
    if target == baseline:
        yield "the target is the baseline: nothing has to change"
    low, high = bounds(metric)
    if not low <= target <= high:
        line = (
            "{target} cannot be: {kpi} is {end} at most"
            if target > high
            else "{target} cannot be: {kpi} is {end} at least"
        )
        end = shown_as(high if target > high else low, metric.unit)
        yield Said(line, target=shown_as(target, metric.unit), kpi=metric.id, end=end)
    if metric.vanity:
        line = "{kpi} means little alone: set a goal for what it should lead to beside it"
        yield Said(line, kpi=metric.id)


def too_fine(low: float | None, high: float | None, baseline: float, target: float) -> Iterator[str]:
    """That the change wanted is smaller than what is not known of the figure.

    >>> list(too_fine(26.0, 67.4, 46.0, 36.0))
    ['the figure is known only to within 41.4, and a change of 10.0 is wanted: its progress is mostly chance']
    """
    if low is not None and high is not None and high - low > abs(target - baseline) > 0:
        line = "the figure is known only to within {width:,.1f}, and a change of {change:,.1f} is wanted: its progress is mostly chance"
        yield Said(line, width=high - low, change=abs(target - baseline))


def implausible(
    goal: Goal, metric: Metric, brand: str, target: float, found: Prospect, history: History, unit: str = ""
) -> Iterator[str]:
    """That a target lies outside what the figure's own past makes plausible, or well inside it without any effort. `unit`: money's currency."""
    assert goal.baseline is not None
    base, upward = goal.baseline.value, target >= goal.baseline.value
    beyond = target > found.high if upward else target < found.low
    if not beyond:
        if found.chance >= SURE:
            yield "its own history makes the target all but certain: a goal may ask for more"
        return
    unit = unit or metric.unit
    line = Said(
        "implausible: {target} by {day} lies outside what its own history makes likely ({low} to {high}, 95 %)",
        target=shown_as(target, unit),
        day=goal.last_day,
        low=shown_as(found.low, unit),
        high=shown_as(found.high, unit),
    )
    weeks = max(1, math.ceil(((goal.last_day - goal.begins).days + 1) / 7))
    kind = "points" if goal.aim.kind == "points" or history.low < 0 or base <= 0 else "percent"
    asked = target - base if kind == "points" else 100 * (target - base) / base
    seen = changes(history, weeks, kind)  # type: ignore[arg-type]
    if seen and (max(seen) < asked if upward else min(seen) > asked):
        name = Said("{brand}'s {kpi}", brand=brand, kpi=metric.id)
        said = record(history, weeks, kind, name, upward=upward)  # type: ignore[arg-type]
        wanted = Said("{n:+.1f} points" if kind == "points" else "{n:+.1f} %", n=asked)
        asks = "{line}; {record}, and it asks for {asked}"
        line = Said(asks, line=line, record=said, asked=wanted) if said else line
    yield line


def window_words(first: date, after: date) -> Said:
    """Days [first, after) as people name them, both counted in.

    >>> window_words(date(2027, 1, 1), date(2027, 1, 29))
    '28 days, 2027-01-01 to 2027-01-28'
    """
    last = after - timedelta(days=1)
    return Said("{n} days, {first} to {last}", n=(after - first).days, first=first, last=last)


def by_need(found: Sequence[Standing]) -> list[Standing]:
    """The goals that want a look first: what is at risk, behind and missed before what goes well, the nearest last day first."""
    order = ["missed", "at risk", "behind", "waiting", "new", "on track", "met"]
    return sorted(found, key=lambda one: (order.index(one.state), one.goal.last_day, one.goal.number))

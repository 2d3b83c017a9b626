"""Goals from config.toml and from the command line, brought together: read, kept, and handed to `metrics.read.goals` to be judged."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from listener.config_sections import Goal as Written
from listener.suggestion import did_you_mean
from listener.times import YEARS
from metrics.errors import MetricError
from metrics.goals.days import MOST_DAYS
from metrics.goals.goal import Aim, Baseline, Goal, fits
from metrics.goals.reviews import Due, due_reviews
from metrics.goals.words import Worded, read, read_change
from metrics.read.goals import Asking, baseline, goal_of
from metrics.registry import chosen
from storage.db import Database
from storage.goals import (
    FrozenBaseline,
    PlannedGoal,
    follow_keys,
    freeze_baseline,
    keep_configured,
    known_keys,
    reviews_of,
    stored_goals,
)
from storage.query import parse

if TYPE_CHECKING:
    from listener.config import Config


@dataclass(frozen=True, slots=True)
class Place:
    """Whose figure, and where: what the words say, filled up by the options beside them. `brand` as written."""

    brand: str | None = None
    channel: str | None = None
    campaign: str | None = None


def placed(worded: Worded, given: Place) -> Place:
    """What words and options say together. Raises MetricError where they contradict each other."""
    found = {}
    for name in ("brand", "channel", "campaign"):
        said, option = getattr(worded, name), getattr(given, name)
        if said and option and said.casefold() != option.casefold():
            raise MetricError(f'the words say {name} "{said}", and beside them stands "{option}": keep one')
        found[name] = option or said
    return Place(**found)


def brand_id(wanted: str | None, brands: Iterable[tuple[str, str, str]]) -> str:
    """The brand of this id or name, the only own one for none; `brands` are (id, name, role). Raises MetricError that says what to add."""
    brands = list(brands)
    own = [one for one, _, role in brands if role == "own"]
    if wanted is None and len(own) == 1:
        return own[0]
    if wanted is None:
        raise MetricError(f"say which brand: for {' or for '.join(own or [one for one, _, _ in brands])}")
    names = {name.casefold(): one for one, called, _ in brands for name in (called, one)}
    if wanted.casefold() not in names:
        known = ", ".join(one for one, _, _ in brands)
        raise MetricError(
            f'no brand is called "{wanted}"{did_you_mean(wanted, names) or f"; known: {known}"}'
        )
    return names[wanted.casefold()]


def aim_of(goal: Written) -> Aim:
    """What a goal of config.toml without words aims at. Raises MetricError."""
    assert goal.kpi is not None
    aim = Aim("to", goal.target) if goal.target is not None else read_change(goal.change or "")
    metric = chosen([goal.kpi])[0]
    if aim.kind == "amount" and metric.unit.startswith("points"):
        aim = Aim("points", aim.amount)
    fits(aim, metric)
    return aim


def key_of(goal: Written) -> str:
    """What a goal of config.toml is known by: all that makes it this goal, so neither owner, reason nor cadence."""
    said = goal.model_dump(mode="json", exclude={"owner", "reason", "review"}, exclude_none=True)
    if goal.words is not None:
        said["words"] = " ".join(goal.words.lower().split())
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def plan(goal: Written, config: "Config", today: date) -> PlannedGoal:
    """A goal of config.toml as it is kept when it is first seen on this day. Raises MetricError."""
    begins = goal.since or today
    place = Place(goal.brand, goal.channel, goal.campaign)
    if goal.words is not None:
        worded = read(goal.words)
        place, kpi, aim, last_day = (
            placed(worded, place),
            worded.kpi,
            worded.aim,
            worded.deadline.last_day(begins),
        )
    else:
        assert goal.kpi is not None
        assert goal.by is not None
        kpi, aim, last_day = goal.kpi, aim_of(goal), goal.by
    if last_day < begins:
        raise MetricError(
            f'{last_day} lies before {begins}, on which the goal begins; write "since" with an earlier day, or another "by"'
        )
    if begins.year not in YEARS or last_day.year not in YEARS or (last_day - begins).days > MOST_DAYS:
        raise MetricError(
            f"{begins} to {last_day}: a goal lasts ten years at most, between {YEARS[0]} and {YEARS[-1]}"
        )
    brand = brand_id(place.brand, ((one.id, one.name, one.role) for one in config.brands))
    return PlannedGoal(
        kpi, brand, aim.kind, aim.amount, begins, last_day,
        place.channel.lower() if place.channel else None, place.campaign, goal.owner, goal.reason, goal.review, key_of(goal),
    )  # fmt: skip


def enrol(db: Database, config: "Config", *, now: datetime) -> list[str]:
    """Keep the goals of config.toml that are not kept yet, and their owners, reasons and cadences; what cannot be kept, in words."""
    today, known = now.astimezone(ZoneInfo(config.timezone)).date(), known_keys(db)
    follow_keys(db, {key_of(goal) for goal in config.goals})
    plans, problems = [], []
    for number, goal in enumerate(config.goals):
        try:
            plans.append(plan(goal, config, goal.since or today))
        except MetricError as error:
            if key_of(goal) not in known:
                problems.append(f"goals[{number}] in config.toml: {error}")
    stored = {one.plan.key: one.plan for one in stored_goals(db)}
    changed = [one for one in plans if one.key not in stored or _spoken(stored[one.key]) != _spoken(one)]
    if changed:
        keep_configured(db, changed, now=now)
    return problems


def _spoken(plan: PlannedGoal) -> tuple[str | None, ...]:
    return plan.owner, plan.reason, plan.review


def kept_goals(db: Database, config: "Config") -> list[Goal]:
    """Every goal that is kept, but for those that config.toml no longer has."""
    keys = {key_of(goal) for goal in config.goals}
    return [goal_of(one, config.timezone) for one in stored_goals(db) if one.followed(keys)]


def asking(db: Database, config: "Config", *, now: datetime) -> Asking:
    """How goals are asked about, with the configuration's zone and campaigns."""
    campaigns = {one.id: parse(one.query) for one in config.campaigns}
    service = config.service.within_minutes
    return Asking(db, config.timezone, now, config.retention.closes_after_hours, service, campaigns)


def frozen(asked: Asking, goal: Goal) -> Goal:
    """The goal with its baseline, without one where there is none yet. It is kept, and does not move again, once its last day is closed:
    before, late posts and labels still come in.
    """
    if goal.baseline is not None:
        return goal
    found = baseline(asked, goal)
    if not isinstance(found, Baseline):
        return goal
    if not asked.closed(found.after):
        return replace(goal, baseline=found)
    freeze_baseline(
        asked.db,
        goal.number,
        FrozenBaseline(**asdict(found)),
    )
    return replace(goal, baseline=found)


def due(db: Database, config: "Config", *, now: datetime) -> list[Due]:
    """The reviews that are due."""
    last = reviews_of(db, None)
    zone = ZoneInfo(config.timezone)
    looked = last[0].at.astimezone(zone).date() if last else None
    return due_reviews(kept_goals(db, config), now, zone=config.timezone, set_reviewed=looked)


def due_line(found: Sequence[Due]) -> str:
    """What is due in one line, "" for nothing.

    >>> due_line([Due(None, date(2027, 1, 1))])
    'the choice of figures wants its review: listener goals'
    """
    goals = sum(one.goal is not None for one in found)
    parts = [f"{goals} goal{'s' * (goals != 1)} want{'s' * (goals == 1)} a review"] * bool(goals)
    parts += ["the choice of figures wants its review"] * (len(found) > goals)
    return f"{'; '.join(parts)}: listener goals" if parts else ""


def problems_of(
    goal: Mapping[str, Any], brands: Sequence[tuple[str, str, str]], campaigns: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a [[goals]] table as written, by key: figures, words, brands and campaigns that do not exist."""
    try:
        written = Written.model_validate_json(json.dumps(dict(goal), default=date.isoformat), strict=True)
    except ValueError:
        return  # what its section says of it is enough
    place, key = Place(written.brand, written.channel, written.campaign), "words"
    try:
        if written.words is not None:
            place = placed(read(written.words), place)
        else:
            key = "kpi"
            chosen([written.kpi or ""])
            key = "change" if written.change else "target"
            aim_of(written)
        key = "brand" if written.brand else "words"
        if written.brand is None:  # one that is written is looked up with the others
            brand_id(place.brand, brands)
        known = list(campaigns)
        if place.campaign and place.campaign not in known:
            key = "campaign"
            hint = did_you_mean(place.campaign, known) or f"; known: {', '.join(known) or 'none'}"
            raise MetricError(f'no campaign has the id "{place.campaign}"{hint}')
    except MetricError as error:
        yield key, str(error)

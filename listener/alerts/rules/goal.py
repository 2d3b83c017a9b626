"""A goal that is off its track, or whose review nobody makes: each looked at once a day."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection

from listener.alerts.look import Look
from listener.redaction import redacted
from listener.service import Service
from metrics.alerts.alert import Finding, Severity
from storage.errors import StorageError
from storage.rule_marks import marks, put_marks

if TYPE_CHECKING:
    from metrics.goals.goal import Goal
    from metrics.goals.standing import Standing

log = structlog.get_logger()
PATIENCE = timedelta(days=7)
"""For how long a review may be due, and a goal that was missed is told."""
AT_ONCE = 3
"""Goals judged in one look: each reads years of figures, and spikes wait meanwhile."""
COURSE, REVIEW = "", ":review"
"""How the keys of the two things end that can be said of a goal."""
SEVERITY: Mapping[str, Severity] = {COURSE: "warning", REVIEW: "notice"}


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said of a goal on a day, as it is kept: findings in JSON and quiet keys by their ends, and why its course could not be judged."""

    day: str
    found: dict[str, dict[str, Any]]
    quiet: list[str]
    unseen: str


def look(service: Service, now: datetime) -> Look:
    """Goals at risk (`metrics.goals.state`) or missed, and reviews a week overdue; quiet only on track or met, so that nothing flaps.

    A goal that is behind without being at risk goes on as it was. One that cannot be judged says what it waits for. What was said of a goal
    holds until it is judged again on another day, also where judging it fails; the other goals are judged all the same.
    """
    from listener.goals import asking, kept_goals  # it needs the figures, which the other rules do not

    asked = asking(service.db, service.config, now=now)
    today = asked.today
    said = {number: _Said(**json.loads(value)) for number, value in marks(service.db, "goal").items()}
    goals = {str(goal.number): goal for goal in kept_goals(service.db, service.config)}
    due = [key for key in goals if key not in said or said[key].day != today.isoformat()][:AT_ONCE]
    new: dict[str, str | None] = {number: None for number in said if number not in goals}
    if due:
        from metrics.read.goals import standing

        for number in due:
            goal, before = goals[number], said.get(number)
            try:
                said[number] = _judged(goal, standing(asked, goal), before, now, today)
            except StorageError:  # the database's trouble is every goal's
                raise
            except Exception as error:
                said[number] = _failed(goal, error, before, today)
            new[number] = json.dumps(asdict(said[number]))

    def remember(connection: Connection) -> None:
        put_marks(connection, "goal", new, now=now)

    held = [
        (f"goal:{number}", goals[number].brand_id, one) for number, one in said.items() if number in goals
    ]
    findings = [
        Finding.of_json(found, rule="goal", key=f"{key}{end}", brand_id=brand_id, severity=SEVERITY[end])
        for key, brand_id, one in held
        for end, found in one.found.items()
    ]
    quiet = {f"{key}{end}" for key, _, one in held for end in one.quiet}
    quiet |= {f"goal:{number}{end}" for number in new if number not in goals for end in SEVERITY}
    unseen = {key: one.unseen for key, _, one in held if one.unseen}
    return Look(tuple(findings), frozenset(quiet), unseen, remember)


def _failed(goal: "Goal", error: Exception, before: "_Said | None", today: date) -> _Said:
    """What was said before, and that it could not be judged today."""
    kind = type(error).__name__
    log.error(
        "a goal could not be judged", goal=goal.number, error=redacted(f"{kind}: {error}"), exc_info=True
    )
    held = before or _Said("", {}, [], "")
    why = f"judging goal {goal.number} failed ({kind}): see the log"
    return replace(held, day=today.isoformat(), quiet=[], unseen=why)


def _judged(goal: "Goal", stands: "Standing", before: "_Said | None", now: datetime, today: date) -> "_Said":
    """What there is to say of one goal: of its course, and of its review. What lasts keeps the time at which it began."""
    from metrics.goals.reviews import next_review

    said = _Said(today.isoformat(), {}, [], "")
    due = next_review(goal)
    if goal.ended is not None:
        said.quiet.extend(SEVERITY)
        return said
    if stands.state == "at risk" or (stands.state == "missed" and today <= goal.last_day + PATIENCE):
        said.found[COURSE] = _finding(stands, stands.state, now)
    elif stands.state in ("on track", "met", "missed"):
        said.quiet.append(COURSE)
    elif stands.state == "waiting":
        said = replace(said, unseen=stands.missing)
    elif before is not None and COURSE in before.found:
        said.found[COURSE] = _finding(stands, stands.state, now)
    else:
        said.quiet.append(COURSE)
    if today > due + PATIENCE:
        said.found[REVIEW] = _finding(stands, "review", now, {"review_due": due.isoformat()})
    else:
        said.quiet.append(REVIEW)
    for end, found in said.found.items():
        if before is not None and end in before.found:
            found["since"] = before.found[end]["since"]
    return said


def _finding(
    stands: "Standing", trouble: str, now: datetime, more: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    goal = stands.goal
    details = {
        "goal": goal.number,
        "kpi": goal.kpi,
        "state": trouble,
        "chance": stands.chance,
        "now": stands.present,
        "target": stands.target,
        "unit": stands.said_in,
        "by": goal.last_day.isoformat(),
        "owner": goal.owner,
    }
    key = f"goal:{goal.number}"
    return Finding(
        "goal", key, goal.brand_id, "notice", since=now, at=now, details={**details, **more}
    ).as_json()

"""When goals are to be looked at again: each at its cadence, and the choice of figures itself twice a year."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.goals.goal import Goal

SET_REVIEW_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Due:
    """A review that is due since a day: of one goal, or (None) of the choice of figures itself."""

    goal: Goal | None
    since: date


def after_months(day: date, months: int) -> date:
    """The same day so many months on; in a shorter month, its last.

    >>> after_months(date(2026, 10, 31), 4).isoformat()
    '2027-02-28'
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_review(goal: Goal) -> date:
    """When the goal is to be looked at next: at its cadence after the last review (or its begin), and when it is over.

    >>> from metrics.goals.goal import Aim
    >>> next_review(Goal("mentions", "delta", Aim("percent", 5), date(2027, 1, 31), date(2027, 6, 1))).isoformat()
    '2027-02-28'
    """
    last = max(goal.begins, goal.reviewed or goal.begins)
    months = {"monthly": 1, "two months": 2}
    due = after_months(last, months[goal.review]) if goal.review in months else last + timedelta(days=7)
    return min(due, goal.last_day + timedelta(days=1)) if last <= goal.last_day else due


def due_reviews(
    goals: Iterable[Goal], now: datetime, *, zone: str, set_reviewed: date | None = None
) -> list[Due]:
    """The reviews that are due, the oldest first: of goals that nobody closed, and of the choice of figures every six months.

    `set_reviewed` is the day on which that choice was looked at last; the first goal's begin where it never was.

    >>> from datetime import UTC
    >>> from metrics.goals.goal import Aim
    >>> goal = Goal("mentions", "delta", Aim("percent", 5), date(2027, 1, 1), date(2027, 9, 1))
    >>> [(due.goal is None, str(due.since)) for due in due_reviews([goal], datetime(2027, 7, 3, tzinfo=UTC), zone="UTC")]
    [(False, '2027-02-01'), (True, '2027-07-01')]
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    running = [goal for goal in goals if goal.ended is None]
    found = list(_due(running, today))
    if running:
        since = after_months(set_reviewed or min(goal.begins for goal in running), SET_REVIEW_MONTHS)
        if since <= today:
            found.append(Due(None, since))
    return sorted(found, key=lambda due: (due.since, due.goal.number if due.goal else 0))


def _due(goals: Iterable[Goal], today: date) -> Iterator[Due]:
    for goal in goals:
        if (since := next_review(goal)) <= today:
            yield Due(goal, since)

"""Goals as they are kept: those added by command, and those of config.toml from the day they were first seen, with their baselines."""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from storage.db import Database
from storage.rows import table_of
from storage.settings import put_setting, setting
from storage.tables_goals import GoalReview, GoalRow

goals, reviews = table_of(GoalRow), table_of(GoalReview)


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """What a goal says. `key` is that of a goal in config.toml; days are of the configured zone, the last one counted in."""

    kpi: str
    brand_id: str
    aim: str
    amount: float
    begins: date
    last_day: date
    channel: str | None = None
    campaign: str | None = None
    owner: str | None = None
    reason: str | None = None
    review: str = "monthly"
    key: str | None = None


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """The figure before the goal began, over the days [first, after); of money in `currency`."""

    value: float
    first: date
    after: date
    n: int = 0
    low: float | None = None
    high: float | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class StoredGoal:
    """One goal as it is kept; `reviewed_at` is when it was last reviewed."""

    number: int
    plan: PlannedGoal
    baseline: FrozenBaseline | None = None
    reviewed_at: datetime | None = None
    ended: str | None = None
    ended_at: datetime | None = None
    note: str | None = None

    @property
    def edited_as(self) -> str:
        """What it is known by where it is edited: its key in config.toml, or "set-" and its number where it was set by command."""
        return self.plan.key or f"set-{self.number}"

    def followed(self, keys: Container[str]) -> bool:
        """Whether it counts while config.toml has the goals of these keys: one that was set by command always does."""
        return self.plan.key is None or self.plan.key in keys


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review: when, and what was noted."""

    at: datetime
    note: str


_PLANNED = tuple(PlannedGoal.__dataclass_fields__)
_FOLLOWED = "goals"
_SAME = ("kpi", "brand_id", "aim", "amount", "last_day", "channel", "campaign")
_SPOKEN = ("owner", "reason", "review")
"""What config.toml may say otherwise without its being another goal."""


def add_goal(db: Database, plan: PlannedGoal, *, now: datetime) -> tuple[int, bool]:
    """Keep a goal; its number, and whether it is new: a running one that says the same is not kept twice."""

    def work(connection: Connection) -> tuple[int, bool]:
        known = _running(connection, plan)
        return (known, False) if known is not None else (_insert(connection, plan, now), True)

    return db.do(work)


def _running(connection: Connection, plan: PlannedGoal) -> int | None:
    """The goal that runs, and is followed, and says the same."""
    keys = json.loads(setting(connection, _FOLLOWED, "[]") or "[]")
    counts = or_(goals.c.key.is_(None), goals.c.key.in_(keys))
    return connection.scalar(select(goals.c.id).where(goals.c.ended.is_(None), counts, *_same(plan)))


def _same(plan: PlannedGoal) -> list[ColumnElement[bool]]:
    return [goals.c[name].is_not_distinct_from(getattr(plan, name)) for name in _SAME]


def change_goal(db: Database, number: int, plan: PlannedGoal, *, now: datetime) -> int | None:
    """Let a goal that was set by command say this; its number, None where no such goal runs.

    It stays itself while only owner, reason or cadence change. Else it is closed as dropped, and another goal begins.
    """

    def work(connection: Connection) -> int | None:
        this = goals.c.id == number, goals.c.key.is_(None), goals.c.ended.is_(None)
        spoken = {name: getattr(plan, name) for name in _SPOKEN}
        unchanged = *this, goals.c.begins == plan.begins, *_same(plan)
        if connection.execute(update(goals).where(*unchanged).values(spoken)).rowcount:
            return number
        if not connection.execute(update(goals).where(*this).values(ended="dropped", ended_at=now)).rowcount:
            return None
        known = _running(connection, plan)
        return _insert(connection, plan, now) if known is None else known

    return db.do(work)


def known_keys(db: Database) -> set[str]:
    """The keys of the goals of config.toml that were seen before."""
    with db.read() as connection:
        return {key for key in connection.scalars(select(goals.c.key).where(goals.c.key.is_not(None))) if key}


def keep_configured(db: Database, plans: Sequence[PlannedGoal], *, now: datetime) -> None:
    """Keep the goals of config.toml by their keys: a known one keeps its days, and takes owner, reason and cadence as they are written now."""

    def work(connection: Connection) -> None:
        for plan in plans:
            spoken = {name: getattr(plan, name) for name in _SPOKEN}
            found = connection.execute(update(goals).where(goals.c.key == plan.key).values(spoken))
            if not found.rowcount:
                _insert(connection, plan, now)

    db.do(work)


def _insert(connection: Connection, plan: PlannedGoal, now: datetime) -> int:
    done = connection.execute(
        insert(goals).values(**asdict(plan), added_at=now, baseline_n=0).returning(goals.c.id)
    )
    return int(done.scalar_one())


def freeze_baseline(db: Database, number: int, baseline: FrozenBaseline) -> None:
    """Keep a goal's baseline; one that is kept already stays."""
    values = {
        "baseline" if name == "value" else f"baseline_{name}": value
        for name, value in asdict(baseline).items()
    }
    this = goals.c.id == number, goals.c.baseline.is_(None)
    db.do(lambda connection: connection.execute(update(goals).where(*this).values(values)))


def end_goal(db: Database, number: int, ended: str, note: str | None, *, now: datetime) -> bool:
    """Close a goal; False where there is none of that number, or it is closed already."""
    this = goals.c.id == number, goals.c.ended.is_(None)
    values = {"ended": ended, "ended_at": now, "note": note}
    return bool(
        db.do(lambda connection: connection.execute(update(goals).where(*this).values(values)).rowcount)
    )


def review_goal(db: Database, number: int | None, note: str, *, now: datetime) -> bool:
    """Note a review, of a goal or (None) of the choice of figures; False where there is no such goal."""

    def work(connection: Connection) -> bool:
        if number is not None and connection.scalar(select(goals.c.id).where(goals.c.id == number)) is None:
            return False
        connection.execute(insert(reviews).values(goal_id=number, at=now, note=note))
        return True

    return db.do(work)


def follow_keys(db: Database, keys: Iterable[str]) -> None:
    """Note which goals config.toml has now, by their keys."""
    told = json.dumps(sorted(keys))
    with db.read() as connection:
        known = setting(connection, _FOLLOWED)
    if told != ("[]" if known is None else known):
        db.do(lambda connection: put_setting(connection, _FOLLOWED, told))


def followed_goals(db: Database) -> list[StoredGoal]:
    """The goals that count: those set by command, and those that config.toml has (`follow_keys`); the oldest first."""
    with db.read() as connection:
        keys = json.loads(setting(connection, _FOLLOWED, "[]") or "[]")
    return [one for one in stored_goals(db) if one.followed(keys)]


def stored_goals(db: Database) -> list[StoredGoal]:
    """Every goal ever kept, the oldest first."""
    last = (
        select(reviews.c.goal_id, func.max(reviews.c.at).label("at")).group_by(reviews.c.goal_id).subquery()
    )
    wanted = select(goals, last.c.at.label("reviewed_at")).outerjoin(last, last.c.goal_id == goals.c.id)
    with db.read() as connection:
        return [_stored(row) for row in connection.execute(wanted.order_by(goals.c.id))]


def reviews_of(db: Database, number: int | None) -> list[Reviewed]:
    """The reviews of a goal, or (None) of the choice of figures, the newest first."""
    of_this = reviews.c.goal_id == number if number is not None else reviews.c.goal_id.is_(None)
    wanted = (
        select(reviews.c.at, reviews.c.note).where(of_this).order_by(reviews.c.at.desc(), reviews.c.id.desc())
    )
    with db.read() as connection:
        return [Reviewed(*row) for row in connection.execute(wanted)]


def _stored(row: Any) -> StoredGoal:
    plan = PlannedGoal(**{name: getattr(row, name) for name in _PLANNED})
    baseline = None
    if row.baseline is not None:
        baseline = FrozenBaseline(
            row.baseline,
            row.baseline_first,
            row.baseline_after,
            row.baseline_n,
            row.baseline_low,
            row.baseline_high,
            row.baseline_currency,
        )
    return StoredGoal(row.id, plan, baseline, row.reviewed_at, row.ended, row.ended_at, row.note)

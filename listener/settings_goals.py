"""Goals that were set by command, edited by the rules of those in config.toml. They stay in the database, so the file may be read-only."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.editing import Edited, GoalWritten, NotSaved, NotWritable
from dashboard.errors import NotFound
from listener.config import Config, parse
from listener.config_edit import text_of
from listener.config_entries import entry_put
from listener.config_sections import Goal
from listener.errors import ConfigError
from listener.goals import plan
from listener.settings_values import changes, not_saved, reachable, table_of
from metrics.errors import MetricError
from storage.db import Database
from storage.goals import StoredGoal, change_goal, end_goal, stored_goals

_UNITS = {"percent": " %", "points": " points", "amount": ""}


def goals_set(db: Database) -> Sequence[GoalWritten]:
    """Those that run."""
    return [as_written(one) for one in stored_goals(db) if one.plan.key is None and one.ended is None]


def is_set(key: str | None) -> bool:
    """Whether a goal of this key is one of them: a key of config.toml's is longer.

    >>> is_set("set-12"), is_set("0f3a6c1e2b4d5f60718293a4b5c6d7e8"), is_set(None)
    (True, False, False)
    """
    return key is not None and key.startswith("set-")


def put_goal(db: Database, config: Config, key: str, values: GoalWritten, *, now: datetime) -> Edited:
    """Let a goal say this. Another owner, reason or review leaves it the goal that it is; else it is closed and another one begins.

    Raises NotSaved, NotFound.
    """
    before, today = _goal(db, key), now.astimezone(ZoneInfo(config.timezone)).date()
    table = table_of(values, {}, None)
    _checked(config, table)
    reachable(table, config, now)
    try:
        planned = plan(Goal.model_validate(table), config, today)
    except MetricError as error:
        raise NotSaved(str(error), {"by": str(error)}) from error
    number = change_goal(db, before.number, replace(planned, key=None), now=now)
    if number is None:
        raise NotFound("there is no such goal any more")
    after = next(one for one in stored_goals(db) if one.number == number)
    return _edited(before, after)


def close_goal(db: Database, key: str, *, now: datetime) -> Edited:
    """Close a goal as dropped, as `listener goals end N --dropped` does. Raises NotFound."""
    before = _goal(db, key)
    end_goal(db, before.number, "dropped", None, now=now)
    return _edited(before, None)


def _goal(db: Database, key: str) -> StoredGoal:
    for one in stored_goals(db):
        if one.edited_as == key and one.ended is None:
            return one
    raise NotFound("there is no such goal any more")


def _checked(config: Config, table: dict[str, object]) -> None:
    """Raises NotSaved for what would be wrong in config.toml, too."""
    try:
        text = entry_put(text_of(config.source_path), "goals", None, table)
        if text is None:
            raise NotWritable(
                "config.toml cannot be read as this needs: write [[goals]] as tables of their own"
            )
        parse(text, config.source_path)
    except ConfigError as error:
        raise not_saved(error, f"goals[{len(config.goals)}]") from error


def _edited(before: StoredGoal, after: StoredGoal | None) -> Edited:
    old, new = (asdict(as_written(one)) if one else {} for one in (before, after))
    key = new.get("key", before.edited_as)
    return Edited(key, changes({**old, "key": None}, {**new, "key": None}), "")


def as_written(one: StoredGoal) -> GoalWritten:
    """The goal as a table of config.toml would say it, by its parts."""
    said = one.plan
    target = said.amount if said.aim == "to" else None
    change = None if said.aim == "to" else f"{said.amount:+f}".rstrip("0").rstrip(".") + _UNITS[said.aim]
    return GoalWritten(
        one.edited_as, brand=said.brand_id, kpi=said.kpi, change=change, target=target, by=said.last_day, since=said.begins,
        channel=said.channel, campaign=said.campaign, owner=said.owner, reason=said.reason, review=said.review,
    )  # fmt: skip

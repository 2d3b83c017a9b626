"""What is edited and what config.toml says, each as the other: values of a form, the table of the file, and what is wrong with which field."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.editing import KIND, BrandWritten, GoalWritten, NotSaved, Section
from dashboard.errors import NotFound
from listener.config import Config
from listener.config_sections import Brand, Goal
from listener.config_types import made_id
from listener.errors import ConfigError
from listener.goals import key_of, plan
from listener.redaction import redacted
from metrics.errors import MetricError


def brand_written(one: Brand) -> BrandWritten:
    """A brand of the file as it is edited."""
    relevance = one.relevance if "relevance" in one.model_fields_set else None
    return BrandWritten(one.id, one.name, one.role, one.query, dict(one.accounts), relevance)


def goal_written(one: Goal) -> GoalWritten:
    """A goal of the file as it is edited."""
    return GoalWritten(key_of(one), **{name: getattr(one, name) for name in Goal.model_fields})


def told(one: Brand | Goal) -> dict[str, Any]:
    """The values of a table, as the log has them."""
    said = asdict(brand_written(one) if isinstance(one, Brand) else goal_written(one))
    said.pop("key", None)
    return said


def key_in_file(one: Brand | Goal) -> str:
    """What a table is known by."""
    return one.id if isinstance(one, Brand) else key_of(one)


def place_of(config: Config, section: Section, key: str) -> int:
    """Which table of its section has this key. Raises NotFound."""
    for at, one in enumerate(getattr(config, section)):
        if key_in_file(one) == key:
            return at
    raise NotFound(f"config.toml has no such {KIND[section]} any more")


def table_of(values: BrandWritten | GoalWritten, raw: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    """The values as the file has them: what is empty, or as it would be anyway, is left out unless it was written before (`raw`)."""
    said = {name: value for name, value in asdict(values).items() if value not in (None, "", {})}
    said.pop("key", None)
    for name, value in said.items():
        if isinstance(value, float) and isnan(value):  # what was written could not be checked
            raise NotSaved(f"{name}: must be a number", {name: "must be a number"})
    if isinstance(values, BrandWritten):
        own = said.pop("id", "") if key is None else key
        if own and ("id" in raw or own != made_id(values.name)):
            said["id"] = own  # it stays the same, whatever the name becomes
        if key is not None and values.role == "own" and "role" not in raw:
            said.pop("role")
    elif values.review == "monthly" and "review" not in raw:
        said.pop("review")
    names = (Brand if isinstance(values, BrandWritten) else Goal).model_fields
    return {name: said[name] for name in names if name in said}


def reachable(table: Mapping[str, Any], config: Config, now: datetime) -> None:
    """Raises NotSaved for a goal that cannot begin, though it can be written: its last day is over."""
    if table.get("brand") not in (None, *(one.id for one in config.brands)):
        return  # the file's own rules say it better
    try:
        goal = Goal.model_validate(dict(table))
        today = now.astimezone(ZoneInfo(config.timezone)).date()
        plan(goal, config, goal.since or today)
    except MetricError as error:
        raise NotSaved(str(error), {"words" if table.get("words") else "by": str(error)}) from error
    except ValueError:
        return  # likewise


def not_saved(error: ConfigError, prefix: str) -> NotSaved:
    """What the rules of the file say, by the field that it is about."""
    fields: dict[str, str] = {}
    for problem in error.problems:
        name = ""
        message = problem.message
        if prefix and problem.key.startswith(prefix):
            name = re.split(r"[.\[]", problem.key[len(prefix) :].lstrip("."))[0]
        else:
            message = f"{problem.key}: {message}" if problem.key else message
        fields[name] = f"{fields[name]}; {redacted(message)}" if name in fields else redacted(message)
    line = "; ".join(f"{name}: {message}" if name else message for name, message in fields.items())
    return NotSaved(line or redacted(str(error)), fields)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Each value that is another, before and after."""
    names = dict.fromkeys([*before, *after])
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if (before.get(name) or None) != (after.get(name) or None)
    }

"""Brands and goals of config.toml, edited for the dashboard: checked by the rules of the file, written whole, taken at once."""

import difflib
import re
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import isnan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.editing import (
    KIND,
    BrandWritten,
    ChangedMeanwhile,
    Edited,
    FileSaid,
    GoalWritten,
    Matching,
    NotSaved,
    NotWritable,
    Section,
)
from dashboard.errors import NotFound
from listener import pipeline
from listener.collectors.registry import TYPES, collector_class
from listener.config import Config, parse
from listener.config_edit import FileChanged, put_entry, text_of, version_of, why_not_written
from listener.config_sections import Brand, Goal
from listener.config_types import made_id
from listener.errors import ConfigError, FileError
from listener.following import Rematching, saved_version, tell_others
from listener.goals import key_of, plan
from listener.redaction import redacted
from listener.service import FOLLOWED, Service
from metrics.errors import MetricError
from storage.brands import not_rematched
from storage.running import running
from storage.settings import setting

MOST_SEEN = 50
DEMO = "demo"
OURS = {"brands", "goals", "campaigns"}
"""What a difference shows of the file; other sections may hold addresses that open something."""


@dataclass
class ServiceEditor:
    """`dashboard.editing.Editor` over the running service and its file."""

    service: Service
    rematching: Rematching = field(init=False)
    _seen: dict[str, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.rematching = Rematching(self.service, pipeline.utc_now)

    @property
    def path(self) -> Path:
        return self.service.config.source_path

    def file(self) -> FileSaid:
        """config.toml as it is now."""
        try:
            text = text_of(self.path)
        except ConfigError as error:
            return FileSaid(str(self.path), "", refusal=redacted(str(error)))
        version = self._remember(text)
        with self.service.db.read() as connection:
            demo = setting(connection, DEMO) is not None
        try:
            config = parse(text, self.path)
        except ConfigError as error:
            return FileSaid(str(self.path), version, refusal=redacted(str(error)), demo=demo)
        running_now = self.service.config
        ours = {*FOLLOWED, "source_path"}
        return FileSaid(
            str(self.path.absolute()),
            version,
            why_not_written(self.path),
            [_brand(one) for one in config.brands],
            [_goal(one) for one in config.goals],
            any(getattr(config, name) != getattr(running_now, name) for name in FOLLOWED),
            [
                name
                for name in Config.model_fields
                if name not in ours and getattr(config, name) != getattr(running_now, name)
            ],
            demo,
            sorted({collector_class(name).platform for name in TYPES if name != "webhook"} - {"feeds"}),
        )

    def matching(self, *, now: datetime) -> Matching:
        """How far stored posts are matched."""
        work = next((one for one in running(self.service.db, now=now) if one.kind == "rematch"), None)
        waiting = set(not_rematched(self.service.db))
        return Matching([one.name for one in self.service.brands if one.id in waiting], work)

    def put(
        self,
        section: Section,
        key: str | None,
        values: BrandWritten | GoalWritten,
        *,
        seen: str | None,
        now: datetime,
    ) -> Edited:
        """Write one table and take it at once."""
        with self._lock:
            config = self._read()
            at = None if key is None else _place(config, section, key)
            raw = {} if at is None else tomllib.loads(text_of(self.path).removeprefix("\ufeff"))[section][at]
            table = _table(values, raw, None if at is None else key)
            if isinstance(values, GoalWritten):
                _reachable(table, config, now)
            place = len(getattr(config, section)) if at is None else at
            text = self._write(section, at, table, seen, f"{section}[{place}]")
            made = self._take(text, now)
            one = getattr(made, section)[place]
            before = {} if at is None else _told(getattr(config, section)[at])
            return Edited(_key(one), _changes(before, _told(one)), version_of(text))

    def remove(self, section: Section, key: str, *, seen: str | None, now: datetime) -> Edited:
        """Take one table out."""
        with self._lock:
            config = self._read()
            at = _place(config, section, key)
            text = self._write(section, at, None, seen, "")
            self._take(text, now)
            return Edited(key, _changes(_told(getattr(config, section)[at]), {}), version_of(text))

    def take(self, *, now: datetime) -> None:
        """Take the file's brands and goals as they are."""
        with self._lock:
            self._read()
            self._take(text_of(self.path), now)

    def rematch(self) -> None:
        """Begin to match what is stored, where some brand waits for it."""
        if pipeline.not_yet_rematched(self.service):
            self.rematching.start()

    def _read(self) -> Config:
        try:
            return parse(text_of(self.path), self.path)
        except ConfigError as error:
            raise NotWritable(
                f"config.toml is broken; mend it by hand first. {redacted(str(error))}"
            ) from error

    def _write(
        self, section: Section, at: int | None, table: Mapping[str, Any] | None, seen: str | None, prefix: str
    ) -> str:
        refusal = why_not_written(self.path)
        if refusal:
            raise NotWritable(f"config.toml cannot be changed from here: {refusal}")
        try:
            return put_entry(self.path, section, at, table, seen=seen)
        except FileChanged as error:
            version = self._remember(error.text)
            diff = list(_difference(self._seen.get(seen or ""), error.text))
            raise ChangedMeanwhile(str(error), diff, version) from error
        except FileError as error:
            raise NotWritable(redacted(str(error))) from error
        except ConfigError as error:
            raise _not_saved(error, prefix) from error

    def _take(self, text: str, now: datetime) -> Config:
        config = parse(text, self.path)
        version = self._remember(text)
        self.service.follow(config, version=version, now=now)
        if saved_version(self.service.db) != version:
            tell_others(self.service.db, version)
        self.rematch()
        return config

    def _remember(self, text: str) -> str:
        version = version_of(text)
        self._seen.setdefault(version, text)
        while len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        return version


def _brand(one: Brand) -> BrandWritten:
    relevance = one.relevance if "relevance" in one.model_fields_set else None
    return BrandWritten(one.id, one.name, one.role, one.query, dict(one.accounts), relevance)


def _goal(one: Goal) -> GoalWritten:
    return GoalWritten(key_of(one), **{name: getattr(one, name) for name in Goal.model_fields})


def _told(one: Brand | Goal) -> dict[str, Any]:
    said = asdict(_brand(one) if isinstance(one, Brand) else _goal(one))
    said.pop("key", None)
    return said


def _key(one: Brand | Goal) -> str:
    return one.id if isinstance(one, Brand) else key_of(one)


def _place(config: Config, section: Section, key: str) -> int:
    for at, one in enumerate(getattr(config, section)):
        if _key(one) == key:
            return at
    raise NotFound(f"config.toml has no such {KIND[section]} any more")


def _table(values: BrandWritten | GoalWritten, raw: Mapping[str, Any], key: str | None) -> dict[str, Any]:
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


def _reachable(table: Mapping[str, Any], config: Config, now: datetime) -> None:
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


def _not_saved(error: ConfigError, prefix: str) -> NotSaved:
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
    told = "; ".join(f"{name}: {message}" if name else message for name, message in fields.items())
    return NotSaved(told or redacted(str(error)), fields)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*before, *after])
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if (before.get(name) or None) != (after.get(name) or None)
    }


def _difference(before: str | None, after: str) -> Iterator[str]:
    """The lines of brands, goals and campaigns that went (-) and came (+), and that others changed where they did."""
    if before is None:
        return
    old, new = before.splitlines(), after.splitlines()
    for _, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if old[a:b] != new[c:d]:
            yield from dict.fromkeys(f"- {line}" for line in _shown(old)[a:b])
            yield from dict.fromkeys(f"+ {line}" for line in _shown(new)[c:d])


def _shown(lines: Sequence[str]) -> Sequence[str]:
    """The lines, those of other sections by their section alone: they may hold what opens a door."""
    shown, section = list[str](), ""
    for line in lines:
        found = re.match(r"\s*(#\s*)?\[\[?\s*\"?([A-Za-z_]+)", line)
        if found and not (found[1] and found[2] in OURS):  # a section that is commented out may hold as much
            section = found[2]
        shown.append(line if section in OURS else f"[{section}] …" if section else "…")
    return shown

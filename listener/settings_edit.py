"""Brands and goals of config.toml, edited for the dashboard: checked by the rules of the file, written whole, taken at once."""

import difflib
import re
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dashboard.editing import (
    BrandWritten,
    ChangedMeanwhile,
    Edited,
    FileSaid,
    GoalWritten,
    Matching,
    NotWritable,
    Section,
)
from listener import pipeline
from listener.collectors.registry import TYPES, collector_class
from listener.config import Config, parse
from listener.config_edit import FileChanged, put_entry, text_of, version_of, why_not_written
from listener.errors import ConfigError, FileError
from listener.following import Rematching, saved_version, tell_others
from listener.redaction import redacted
from listener.service import FOLLOWED, Service
from listener.settings_goals import close_goal, goals_set, is_set, put_goal
from listener.settings_values import (
    brand_written,
    changes,
    goal_written,
    key_in_file,
    not_saved,
    place_of,
    reachable,
    table_of,
    told,
)
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
        """config.toml as it is now, and the goals that are not in it."""
        return replace(self._file(), goals_set=goals_set(self.service.db))

    def _file(self) -> FileSaid:
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
            [brand_written(one) for one in config.brands],
            [goal_written(one) for one in config.goals],
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
            if key is not None and is_set(key) and isinstance(values, GoalWritten):
                return self._versioned(put_goal(self.service.db, config, key, values, now=now))
            at = None if key is None else place_of(config, section, key)
            raw = {} if at is None else tomllib.loads(text_of(self.path).removeprefix("\ufeff"))[section][at]
            table = table_of(values, raw, None if at is None else key)
            if isinstance(values, GoalWritten):
                reachable(table, config, now)
            place = len(getattr(config, section)) if at is None else at
            text = self._write(section, at, table, seen, f"{section}[{place}]")
            made = self._take(text, now)
            one = getattr(made, section)[place]
            before = {} if at is None else told(getattr(config, section)[at])
            return Edited(key_in_file(one), changes(before, told(one)), version_of(text))

    def remove(self, section: Section, key: str, *, seen: str | None, now: datetime) -> Edited:
        """Take one table out."""
        with self._lock:
            if section == "goals" and is_set(key):
                return self._versioned(close_goal(self.service.db, key, now=now))
            config = self._read()
            at = place_of(config, section, key)
            text = self._write(section, at, None, seen, "")
            self._take(text, now)
            return Edited(key, changes(told(getattr(config, section)[at]), {}), version_of(text))

    def _versioned(self, done: Edited) -> Edited:
        """What was done beside the file, with the file's version."""
        return replace(done, version=self._file().version)

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
            raise not_saved(error, prefix) from error

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

"""config.toml read, checked and frozen. Every problem is found at once and named with its line.

The sections stand in config_sections.py, each source's own keys in its collector. docs/config.md lists them
all.
"""

import json
import math
import re
import stat
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from listener import toml_lines
from listener.collectors.base import SourceSettings
from listener.collectors.registry import TYPES, settings_class
from listener.config_errors import Problem, problem_at, problems_of
from listener.config_sections import Sections
from listener.config_types import ID, made_id
from listener.errors import ConfigError
from listener.redaction import one_line, shown
from listener.secrets import database_address, variable
from listener.suggestion import nearest
from metrics.language import Language

LARGEST_BYTES = 1_000_000
DEEPEST = 50
RESERVED_SOURCES = {"import", "storage", "human", "sources"}
_DATE_KEYS = {"from", "to", "by", "since"}

Lines = Mapping[toml_lines.Path, int]


class Config(Sections):
    """A whole configuration. `source_path` is the file it was read from."""

    sources: Mapping[str, SourceSettings] = Field(default_factory=dict)
    source_path: Path

    def database_url(self, environ: Mapping[str, str]) -> str:
        """The database's address: LISTENER_STORAGE_URL (or its `_FILE`) if set, else [storage] url.

        The file of a relative "sqlite:///FILE" lies beside the configuration, wherever the command is
        started. The address may hold a password: do not print it.
        """
        return database_address(environ, self.storage.url, self.source_path.absolute().parent)

    @property
    def dashboard_address(self) -> str | None:
        """Where people reach the dashboard, for links in what they are told; None where the configuration does not say."""
        return self.alerts.address or self.web.address

    @property
    def written_in(self) -> Language:
        """The language of messages and reports: nobody's browser says one there, so "auto" is English."""
        return "en" if self.language == "auto" else self.language

    def model_name(self) -> str:
        """[nlp] model for the labeller: a folder beside the configuration by its whole path, else as
        written.
        """
        folder = self.source_path.absolute().parent / self.nlp.model
        return str(folder) if self.nlp.model != "embedded" and folder.is_dir() else self.nlp.model


class _Tables(Sections):
    """Top level as written: what a source's table may hold is only known from its type."""

    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)


def load(path: Path) -> Config:
    """Read and check a configuration.

    Raises ConfigError with one line per problem: `config.toml:12: brands[0].querry: unknown key "querry"; did
    you mean "query"?`
    """
    return parse(_read(path), path)


def parse(text: str, path: Path) -> Config:
    """The configuration written in `text`, which was read from `path`. Raises ConfigError as `load` does.

    >>> config = parse('[[brands]]\\nname = "Delta"\\nquery = "delta"', Path("config.toml"))
    >>> config.brands[0].id, config.timezone
    ('delta', 'UTC')
    >>> parse('[[brands]]\\nname = "Delta"\\nquerry = "delta"', Path("config.toml"))
    Traceback (most recent call last):
        ...
    listener.errors.ConfigError: config.toml:1: brands[0].query: is missing; add "query" to this table
    config.toml:3: brands[0].querry: unknown key "querry"; did you mean "query"?
    """
    text = text.removeprefix("\ufeff")
    file = one_line(str(path))
    data, lines = _toml(text, file)
    problems = list(_odd_values(data, lines))
    _raise(problems, file)
    sections: _Tables | None = None
    try:
        sections = _Tables.model_validate_json(_as_json(data), strict=True)
    except ValidationError as error:
        problems += problems_of(_Tables, error.errors(include_url=False), data, lines)
    written = data.get("sources")
    sources: dict[str, SourceSettings] = {}
    for name, table in written.items() if isinstance(written, dict) else ():
        if isinstance(table, dict):
            problems += _source(name, table, lines, sources)
    problems += _clashes(data, lines)
    _raise(problems, file)
    assert sections is not None
    values = {name: getattr(sections, name) for name in Sections.model_fields}
    return Config.model_construct(
        sections.model_fields_set | {"sources", "source_path"}, **values, sources=sources, source_path=path
    )


def _raise(problems: list[Problem], file: str) -> None:
    if problems:
        found = sorted(set(problems))
        raise ConfigError("\n".join(problem.text(file) for problem in found), found)


def _read(path: Path) -> str:
    file = one_line(str(path))
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ConfigError(f"{file}: is a directory; name the file, as in {file.rstrip('/')}/config.toml")
        if not stat.S_ISREG(found.st_mode):
            raise ConfigError(f"{file}: is not a regular file")
        if found.st_size > LARGEST_BYTES:
            raise ConfigError(
                f"{file}:1: is {found.st_size:,} bytes long; a configuration has at most {LARGEST_BYTES:,}"
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f'{file}: no such file; "listener init" writes one') from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{file}: cannot be read: {reason}") from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{file}:{line}: byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        ) from None


def _toml(text: str, file: str) -> tuple[dict[str, Any], Lines]:
    """The tables and where they stand. Raises ConfigError for what is no TOML."""
    try:
        data = tomllib.loads(text)
        return data, toml_lines.lines_of(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(str(error), text, file)) from None
    except RecursionError:
        line = text.count("\n", 0, max(text.rfind("[["), text.rfind("{{"), 0)) + 1
        raise ConfigError(f"{file}:{line}: lists or tables are nested too deeply") from None
    except ValueError:
        # The one other complaint of the reader: a whole number of more digits than Python converts.
        long = re.search(r"[0-9_]{1000,}", text)
        line = text.count("\n", 0, long.start()) + 1 if long else 1
        raise ConfigError(f"{file}:{line}: a number has too many digits") from None


def _syntax(message: str, text: str, file: str) -> str:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    what = one_line(message[: place.start()] if place else message)
    what = what[:1].lower() + what[1:]
    if what == "invalid value":
        what += "; text needs quotes"
    if place and place[1]:
        return f"{file}:{place[1]}: column {place[2]}: not valid TOML: {what}"
    line = text.rstrip("\n").count("\n") + 1
    return f"{file}:{line}: not valid TOML: {what} (at the end of the file)"


def _odd_values(data: dict[str, Any], lines: Lines) -> Iterator[Problem]:
    """Values that TOML can write and no key of ours may hold."""
    waiting: list[tuple[toml_lines.Path, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        message = ""
        if len(path) > DEEPEST:
            message = "lists or tables are nested too deeply"
        elif isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]
        elif isinstance(value, float) and not math.isfinite(value):
            message = f"{value} is no number to count with; write a finite one"
        elif isinstance(value, str) and any((c < " " and c not in "\t\n\r") or c == "\x7f" for c in value):
            message = f"{shown(value)} holds a control character"
        elif isinstance(value, (datetime, time)):
            message = f"{value.isoformat()} must be a date without a time, or text in quotes"
        elif isinstance(value, date) and (not path or path[-1] not in _DATE_KEYS):
            message = f"{value.isoformat()} is a date; text needs quotes"
        if message:
            yield problem_at(path, message, lines)


def _as_json(data: Any) -> str:
    """The same tables as JSON, whose strict reading takes a list for a tuple and text for a date, and nothing
    else for anything.
    """
    return json.dumps(data, default=date.isoformat)


def _source(
    name: str, table: dict[str, Any], lines: Lines, sources: dict[str, SourceSettings]
) -> Iterator[Problem]:
    at: toml_lines.Path = ("sources", name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name):
        yield problem_at(at, "a source's name is letters, digits, - and _, and begins with a letter", lines)
        return
    if name.lower() in RESERVED_SOURCES:
        yield problem_at(at, f'"{name}" has a meaning of its own; choose another name', lines)
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        near = nearest(kind, TYPES) if isinstance(kind, str) else None
        problem = (
            "is missing; add one of" if kind is None else f"{shown(kind)} is no type of source; known are"
        )
        hint = f'; did you mean "{near}"?' if near else ""
        yield problem_at((*at, "type"), f"{problem} {', '.join(TYPES)}{hint}", lines)
        return
    settings = settings_class(kind)
    try:
        sources[name] = settings.model_validate_json(_as_json(table), strict=True)
    except ValidationError as error:
        secrets = {secret.name: variable(name, secret.name) for secret in settings.secrets}
        yield from problems_of(
            settings, error.errors(include_url=False), table, lines, at=at, secrets=secrets
        )


def _clashes(data: dict[str, Any], lines: Lines) -> Iterator[Problem]:
    """What two tables must not share, and names that must exist elsewhere. Looks at the tables as written,
    wrong ones left out.
    """
    brands = list(_tables(data, "brands"))
    ids = [(path, _brand_id(brand)) for path, brand in brands]
    yield from _twice("id", ids, lines)
    names = [(path, str(brand.get("name", "")).strip().casefold()) for path, brand in brands]
    yield from _twice("name", names, lines)
    yield from _twice(
        "id", [(path, str(table.get("id", ""))) for path, table in _tables(data, "campaigns")], lines
    )
    known = {brand_id for _, brand_id in ids if re.fullmatch(ID, brand_id)}
    for path, table in (*_tables(data, "goals"), *_keywords(data)):
        wanted = table.get("brand")
        if isinstance(wanted, str) and wanted not in known:
            near = nearest(wanted, known)
            hint = f'; did you mean "{near}"?' if near else f"; known: {', '.join(sorted(known)) or 'none'}"
            yield problem_at((*path, "brand"), f"no brand has the id {shown(wanted)}{hint}", lines)
    yield from _reports(data, known, lines)
    yield from _goals(data, ids, lines)
    names = [(path, str(one.get("name", "")).strip()) for path, one in _keywords(data)]
    yield from _twice("name", names, lines)
    sources = data.get("sources")
    written = sources if isinstance(sources, dict) else {}
    prefixes: list[tuple[toml_lines.Path, str]] = [
        (("sources", name), variable(name, "")) for name in written
    ]
    yield from _twice("", prefixes, lines)


def _reports(data: dict[str, Any], brands: Collection[str], lines: Lines) -> Iterator[Problem]:
    """Reports with the name of another, or of brands that are not there."""
    reports = list(_tables(data, "reports"))
    yield from _twice("name", [(path, str(one.get("name", "")).strip()) for path, one in reports], lines)
    for path, one in reports:
        named = one.get("brands")
        for wanted in named if isinstance(named, list) else ():
            if isinstance(wanted, str) and wanted not in brands:
                known = ", ".join(sorted(brands)) or "none"
                yield problem_at(
                    (*path, "brands"), f"no brand has the id {shown(wanted)}; known: {known}", lines
                )


def _goals(
    data: dict[str, Any], brands: Sequence[tuple[toml_lines.Path, str]], lines: Lines
) -> Iterator[Problem]:
    """Goals whose words or figures nobody can read."""
    goals = list(_tables(data, "goals"))
    if not goals:
        return
    # Imported here: it needs the figures, which most configurations do not.
    from listener.goals import problems_of as problems_of_goal

    tables = dict(_tables(data, "brands"))
    told = [
        (one, str(tables[path].get("name", "")), str(tables[path].get("role", "own"))) for path, one in brands
    ]
    campaigns = [str(table.get("id", "")) for _, table in _tables(data, "campaigns")]
    for path, goal in goals:
        for key, message in problems_of_goal(goal, told, campaigns):
            yield problem_at((*path, key), one_line(message), lines)


def _keywords(data: Mapping[str, Any]) -> list[tuple[toml_lines.Path, dict[str, Any]]]:
    alerts = data.get("alerts")
    tables = _tables(alerts, "keywords") if isinstance(alerts, dict) else ()
    return [(("alerts", *path), one) for path, one in tables]


def _tables(data: Mapping[str, Any], key: str) -> Iterator[tuple[toml_lines.Path, dict[str, Any]]]:
    tables = data.get(key)
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict):
            yield (key, index), table


def _brand_id(brand: Mapping[str, Any]) -> str:
    written = brand.get("id")
    if written is None and isinstance(brand.get("name"), str):
        return made_id(brand["name"])
    return str(written or "")


def _twice(key: str, values: Sequence[tuple[toml_lines.Path, str]], lines: Lines) -> Iterator[Problem]:
    first: dict[str, toml_lines.Path] = {}
    for path, value in values:
        if not value:
            continue
        other = first.setdefault(value, path)
        if other == path:
            continue
        line = lines.get(other, 1)
        if key:
            where = (*path, key)
            hint = 'write another "id"' if key == "id" else "write another name"
            yield problem_at(where, f"{shown(value)} is already that of line {line}; {hint}", lines)
        else:
            yield problem_at(
                path, f"reads the same secrets ({value}...) as the source on line {line}; rename one", lines
            )


__all__ = ["Config", "load", "parse"]

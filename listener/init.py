"""The first configuration: a few questions, a commented file.

`render` is the only writer of that file; the repository's config.toml is its output for a sample brand.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError

from listener.collectors.base import SourceSettings
from listener.collectors.registry import TYPES, settings_class
from listener.config import parse
from listener.config_sections import Brand, Nlp, Retention, Sections, Storage
from listener.errors import FileError, UsageError
from listener.redaction import one_line, shown
from listener.secrets import variable
from listener.suggestion import nearest

Ask = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the file is written from. `query` and `timezone` None: made from the name, taken from this
    machine.
    """

    brand: str
    query: str | None = None
    competitors: tuple[str, ...] = ()
    timezone: str | None = None
    sources: tuple[str, ...] = ()


SAMPLE = Answers(
    "Delta",
    '(delta OR @delta) (flight OR airline OR #deltaassist) NOT "delta force"',
    ("JetBlue",),
    "Europe/Oslo",
    ("bluesky", "hackernews"),
)
"""What the repository's config.toml is written from."""


@dataclass(frozen=True, slots=True)
class Given:
    """Answers already given as options; None is asked for."""

    brand: str | None = None
    query: str | None = None
    competitors: tuple[str, ...] | None = None
    timezone: str | None = None
    sources: tuple[str, ...] | None = None


def ask(given: Given, question: Ask, environ: Mapping[str, str]) -> Answers:
    """Put the questions that the options leave open; `question(text, default)` returns what was typed, or the
    default.

    With a brand among the options nothing is asked: everything else has a default.
    """
    if given.brand is not None:
        timezone = given.timezone or system_timezone(environ)
        return Answers(given.brand, given.query, given.competitors or (), timezone, given.sources or ())
    brand = question("Your brand's name", "")
    query = given.query or question("Which posts are about it (a query)", default_query(brand))
    competitors = given.competitors
    if competitors is None:
        competitors = _listed(question("Competitors, with commas between them", ""))
    timezone = given.timezone or question("Time zone", system_timezone(environ))
    sources = given.sources
    if sources is None:
        sources = _listed(question(f"Where to listen, of {', '.join(TYPES)}", "bluesky"))
    return Answers(brand, query, competitors, timezone, sources)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def default_query(name: str) -> str:
    """A first query for a brand: its name, and its name as a handle and as a tag. To be read and mended by a
    person.

    >>> default_query("Delta"), default_query("Coca-Cola Zero")
    ('delta OR @delta OR #delta', '"coca-cola zero" OR @cocacolazero OR #cocacolazero')
    """
    words = " ".join(name.replace('"', " ").split()).lower()
    joined = re.sub(r"[^0-9a-z_]", "", words)
    plain = re.fullmatch(r"[^\W_]+", words) and words not in ("and", "or", "not", "near")
    term = words if plain else f'"{words}"'
    return f"{term} OR @{joined} OR #{joined}" if len(joined) > 1 else term


def system_timezone(environ: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> str:
    """This machine's zone by its IANA name, UTC where it does not say.

    >>> system_timezone({"TZ": ":Asia/Kathmandu"})
    'Asia/Kathmandu'
    """
    linked = str(localtime.resolve()).rpartition("zoneinfo/")[2] if localtime.is_symlink() else ""
    zones = available_timezones() - {"localtime", "Factory", "posixrules"}
    return next((name for name in (environ.get("TZ", "").lstrip(":"), linked) if name in zones), "UTC")


def render(answers: Answers) -> str:
    """The text of config.toml: the answers, and every other key with its default behind a `#`.

    Raises UsageError for a source of an unknown type, ConfigError for an answer that cannot stand in a
    configuration.
    """
    for wanted in answers.sources:
        if wanted not in TYPES:
            near = nearest(wanted, TYPES)
            hint = f'did you mean "{near}"?' if near else f"known are {', '.join(TYPES)}"
            raise UsageError(f"{shown(wanted)} is no type of source; {hint}")
    parts = [
        _HEAD,
        f"timezone = {literal(answers.timezone or 'UTC')}   {_comment(Sections, 'timezone')}",
        _table("[storage]", Storage, {"url": Storage().url}),
        _brand(answers.brand, "own", answers.query),
        *(_brand(name, "competitor", None) for name in dict.fromkeys(answers.competitors)),
        _SOURCES,
        *(_source(kind, used=kind in answers.sources) for kind in TYPES),
        _table("[nlp]", Nlp, {"model": Nlp().model}),
        _table("[retention]", Retention, {}, used=False),
    ]
    text = "\n\n".join(parts) + "\n"
    parse(text, Path("config.toml"))
    return text


def _brand(name: str, role: str, query: str | None) -> str:
    name = " ".join(name.split())
    written = {"name": name, "role": role, "query": query or default_query(name)}
    if role == "own":
        return _table("[[brands]]", Brand, written)
    return "\n".join(["[[brands]]", *(f"{key} = {literal(value)}" for key, value in written.items())])


def _source(kind: str, *, used: bool) -> str:
    settings = settings_class(kind)
    written: dict[str, Any] = {"type": kind, "every": settings.model_fields["every"].default}
    for name, field in settings.model_fields.items():
        if field.is_required() and name != "type":
            written[name] = _SAMPLES[name]
    try:
        settings.model_validate(written)
    except ValidationError:  # it needs more than an example can give, such as the network's approval
        written["enabled"] = False
    secrets = [
        f"# its secret: {variable(kind, secret.name)}{'' if secret.required else ' (optional)'}"
        for secret in settings.secrets
    ]
    return "\n".join([_table(f"[sources.{kind}]", settings, written, used=used), *secrets])


def _table(header: str, model: type[BaseModel], written: Mapping[str, Any], *, used: bool = True) -> str:
    """A table: what is written, then the other keys and their defaults behind a `#`; all behind one if not `used`."""
    mark = "" if used else "# "
    lines = {key: f"{mark}{key} = {literal(value)}" for key, value in written.items()}
    others = [key for key in model.model_fields if key not in written and key not in _RARE]
    lines |= {key: f"# {key} = {_default(model, key)}" for key in others}
    width = min(44, max(map(len, lines.values())))
    commented = (f"{line:<{width}}   {_comment(model, key)}".rstrip() for key, line in lines.items())
    return "\n".join([mark + header, *commented])


def _comment(model: type[BaseModel], key: str) -> str:
    """The first sentence of a key's meaning."""
    general = SourceSettings.model_fields.get(key)
    meaning = model.model_fields[key].description or (general.description if general else None) or ""
    meaning = meaning.partition(". ")[0]
    return f"# {meaning}" if meaning else ""


def _default(model: type[BaseModel], key: str) -> str:
    default = model.model_fields[key].get_default(call_default_factory=True)
    return "..." if default is None or default == "" else literal(default)


def literal(value: Any) -> str:
    """A value as TOML writes it.

    >>> literal(("a", 1.5)), literal({"x": "@a"}), literal(True)
    ('["a", 1.5]', '{ x = "@a" }', 'true')
    """
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(inner) for inner in value) + "]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {literal(inner)}" for key, inner in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def write(path: Path, text: str, *, force: bool = False) -> None:
    """Write the file whole or not at all, for its owner and group to read.

    Raises FileError where the path is taken (unless `force`), or cannot be written.
    """
    shown_path = one_line(str(path))
    taken = f"{shown_path}: is there already; name another file, or replace it with --force"
    partial = path.parent / f".{path.name}.{os.getpid()}.partial"
    try:
        if path.is_dir():
            raise FileError(f"{shown_path}: is a directory; name the file to write")
        if path.exists() and not force:
            raise FileError(taken)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if force:
            partial.replace(path)
        else:
            os.link(partial, path)
    except FileExistsError:
        raise FileError(taken) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise FileError(f"{shown_path}: cannot be written: {reason}") from None
    finally:
        with suppress(OSError, ValueError):
            partial.unlink()


_RARE = {
    *("type", "enabled", "allow_private_addresses", "timeout_s"),
    *("api_url", "oauth_url", "reddit_url"),
}
_SAMPLES: Mapping[str, Any] = {"instance": "mastodon.social", "urls": ["https://www.example.org/feed.xml"]}
_HEAD = """\
# Listener's configuration. Every key and its default: docs/config.md. Check it with: listener doctor
# No secret belongs in here: each is read from the environment, or from a file that a variable names."""
_SOURCES = """\
# Where to listen: a table for each source, under any name, any number of each type. Take the # away to use.
# What each network gives and leaves out, and how to get a key: docs/sources.md"""

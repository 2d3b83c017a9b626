"""docs/config.md, written from the code: every section, every key, what it may hold and its default."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from listener.collectors.base import SourceSettings
from listener.collectors.registry import TYPES, settings_class
from listener.config_sections import Sections
from listener.config_types import WORDS_FOR_PATTERN
from listener.init import literal
from listener.secrets import variable

_INTRO = """\
# config.toml

`listener init` writes one, `listener doctor` checks it. It is [TOML](https://toml.io); a key that is not
listed here, or a value of another kind, is an error that names the line, and nothing is started. Secrets
never stand in this file: each is read from an environment variable, or from the file named in the same
variable with `_FILE` behind it (which only its owner should be able to read).

This page is written from the code by `listener.config_reference.page()`.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_INTRO, "## Top level\n", _table(_plain(Sections)), *_tables(Sections)]
    parts += ["## [sources.NAME]\n", _SOURCES, _table(SourceSettings.model_fields)]
    for kind in TYPES:
        parts += list(_source(kind))
    return "\n".join(parts)


def _tables(model: type[BaseModel], at: str = "") -> Iterator[str]:
    """The sections of one, each followed by those inside it; `at`: the path of their names, with its dot."""
    for name, field in model.model_fields.items():
        section, many = _section(field.annotation)
        if section is not None:
            keyed = isinstance(field.default, dict)
            path = f"{at}{name}.NAME" if keyed else f"{at}{name}"
            yield f"## [[{path}]]\n" if many and not keyed else f"## [{path}]\n"
            yield f"{_first_line(section)}\n"
            yield _table(section.model_fields)
            yield from _tables(section, f"{path}.")


_SOURCES = """\
One table for each source, under a name of your choice (letters, digits, `-` and `_`), as many of a type as
you like. Every type takes:
"""


def _source(kind: str) -> Iterator[str]:
    settings = settings_class(kind)
    yield f'### type = "{kind}"\n'
    own = {
        name: field
        for name, field in settings.model_fields.items()
        if name not in SourceSettings.model_fields or _differs(name, field)
    }
    if own.keys() - {"type"}:
        yield _table({name: field for name, field in own.items() if name != "type"})
    for secret in settings.secrets:
        key = variable("name", secret.name).replace("_NAME_", "_<NAME>_", 1)
        need = "needed" if secret.required else "optional"
        meaning = f": {secret.meaning}" if secret.meaning else ""
        yield f"- secret `{key}` ({need}){meaning}"
    if settings.secrets:
        yield ""


def _differs(name: str, field: FieldInfo) -> bool:
    return bool(field.default != SourceSettings.model_fields[name].default)


def _plain(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys that are no table of their own."""
    return {name: f for name, f in model.model_fields.items() if _section(f.annotation)[0] is None}


def _section(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The section's class behind an annotation, and whether there may be several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    inner = [_section(part)[0] for part in get_args(annotation)]
    return next((found for found in inner if found), None), True


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = ["| key | may hold | default | meaning |", "|---|---|---|---|"]
    for name, field in fields.items():
        general = SourceSettings.model_fields.get(name)
        meaning = field.description or (general.description if general else None) or ""
        cells = (f"`{field.alias or name}`", _kind(field), _default(field), meaning)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    return "-" if value is None or value == "" else f"`{literal(value)}`"


def _kind(field: FieldInfo) -> str:
    """What a key may hold, in words, with its bounds."""
    bounds = [_bound(limit) for limit in field.metadata]
    return ", ".join([_words(field.annotation), *filter(None, bounds)])


def _words(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f'`"{word}"`' for word in get_args(annotation))
    parts = [part for part in get_args(annotation) if part not in (type(None), Ellipsis)]
    origin = get_origin(annotation)
    if origin in (tuple, list, set, frozenset):
        return f"list of {_words(parts[0])}{'s' if _section(parts[0])[0] else ''}"
    if (origin is not None and isinstance(origin, type) and issubclass(origin, dict)) or str(origin).endswith(
        "Mapping'>"
    ):
        return f"table of {_words(parts[-1])}s"
    if parts:
        return _words(parts[0])
    if _section(annotation)[0] is not None:
        return "table"
    names = {
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "`true` or `false`",
        "date": "date",
        "SecretStr": "text",
    }
    return names.get(getattr(annotation, "__name__", ""), "text")


def _bound(limit: Any) -> str:
    """One bound of a field, such as "at least 1"; "" for what says nothing to a reader."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for key, text in words.items():
        if (value := getattr(limit, key, None)) is not None:
            return f"{text} {value:,}"
    pattern = getattr(limit, "pattern", None)
    if isinstance(pattern, str):
        said = WORDS_FOR_PATTERN.get(pattern, "")
        return re.sub(r"^must be ", "", said)
    return ""


def _first_line(section: type[BaseModel]) -> str:
    return (section.__doc__ or "").strip().partition("\n\n")[0]

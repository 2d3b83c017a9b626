"""What is wrong with a configuration, one line a problem: file, line, key, what was written and what to write
instead.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from listener.config_sections import Sections
from listener.config_types import WORDS_FOR_PATTERN
from listener.redaction import one_line, redacted, shown
from listener.suggestion import did_you_mean, nearest
from listener.toml_lines import Path

_MUST_BE = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": 'must be a list, as in ["a", "b"]',
    "list_type": 'must be a list, as in ["a", "b"]',
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a date, as in 2027-03-01",
    "date_parsing": "must be a date, as in 2027-03-01",
    "date_from_datetime_parsing": "must be a date, as in 2027-03-01",
    "date_from_datetime_inexact": "must be a date without a time, as in 2027-03-01",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have {min_length} characters or more",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "too_short": "must have {min_length} or more entries",
}
_SILENT: tuple[Path, ...] = (("storage", "url"), ("alerts", "notify"))
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend, at a line of the file."""

    line: int
    key: str
    message: str

    def text(self, file: str) -> str:
        """The line a person reads.

        >>> Problem(12, "brands[0].querry", 'unknown key "querry"').text("config.toml")
        'config.toml:12: brands[0].querry: unknown key "querry"'
        """
        return (
            f"{file}:{self.line}: {self.key}: {self.message}"
            if self.key
            else f"{file}:{self.line}: {self.message}"
        )


def written(path: Path) -> str:
    """A path of keys as people write it.

    >>> written(("brands", 0, "accounts", "my net"))
    'brands[0].accounts."my net"'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE.match(part) else json.dumps(one_line(part), ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def problem_at(path: Path, message: str, lines: Mapping[Path, int]) -> Problem:
    """A problem at a key, on its line or, where the key is not written, on its table's."""
    known = path
    while known and known not in lines:
        known = known[:-1]
    return Problem(lines[known], written(path), message)


def problems_of(
    model: type[BaseModel],
    errors: Sequence[ErrorDetails],
    data: Any,
    lines: Mapping[Path, int],
    *,
    at: Path = (),
    secrets: Mapping[str, str] | None = None,
) -> list[Problem]:
    """What pydantic found in the table `data` standing at path `at`, in our words.

    `secrets` maps a key that names a secret to the environment variable that it belongs into.
    """
    problems = []
    wrong_inside = {tuple(error["loc"][:-1]) for error in errors}
    for error in errors:
        if error["type"] == "too_short" and tuple(error["loc"]) in wrong_inside:
            continue  # it is only too short without its wrong elements
        path = _existing(error["loc"], data, missing=error["type"] == "missing")
        message = _message(model, error, path, at, secrets or {})
        problems.append(problem_at((*at, *path), message, lines))
    return problems


def _existing(loc: Iterable[str | int], data: Any, *, missing: bool) -> Path:
    """The part of pydantic's location that is in the file: it also names the branches of a union."""
    path: Path = ()
    for part in loc:
        known = (
            part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        )
        if not known:
            return (*path, part) if missing else path
        data = data[part]
        path = (*path, part)
    return path


def _message(
    model: type[BaseModel], error: ErrorDetails, path: Path, at: Path, secrets: Mapping[str, str]
) -> str:
    kind, key = error["type"], path[-1] if path else ""
    if kind == "missing" and (at, path) == ((), ("brands",)):
        return 'is missing; add a [[brands]] table with "name" and "query"'
    if kind == "missing":
        return f'is missing; add "{key}" to this table' if path[:-1] or at else f'is missing; add "{key}"'
    if kind == "extra_forbidden":
        return _unknown(str(key), keys_at(model, path[:-1]), secrets)
    if kind == "value_error":
        return one_line(redacted(error["msg"].removeprefix("Value error, ")))
    wanted = must_be(error)
    if kind == "tuple_type" and keys_at(model, (*path, 0)):
        wanted = f"must be a list of tables; write [[{written((*at, *path))}]] above each"
    if kind == "string_pattern_mismatch" and "pattern" in wanted and (meaning := _meaning(model, path)):
        wanted += f" ({meaning})"
    if (*at, *path)[:2] in _SILENT:
        return wanted
    return f"{shown(error['input'])} {wanted}"


def must_be(error: ErrorDetails) -> str:
    """What a value must be, in our words.

    >>> from pydantic import TypeAdapter, ValidationError
    >>> try:
    ...     _ = TypeAdapter(int).validate_python("many")
    ... except ValidationError as wrong:
    ...     must_be(wrong.errors()[0])
    'must be a whole number'
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        allowed = re.findall(r"'((?:[^'\\]|\\.)*)'", str(context.get("expected", "")))
        return one_of(error["input"], allowed)
    if kind == "string_pattern_mismatch" and (words := WORDS_FOR_PATTERN.get(str(context.get("pattern")))):
        return words
    if kind in _MUST_BE:
        return _MUST_BE[kind].format_map(context)
    return one_line(re.sub(r"^(Input |[A-Z][a-z]+ )?should", "must", error["msg"]))


def one_of(given: object, allowed: Sequence[str]) -> str:
    """The words that a value may be, and the one that was probably meant.

    >>> one_of("wek", ["week", "month"])
    'must be "week" or "month"; did you mean "week"?'
    """
    must = "must be " + " or ".join(f'"{word}"' for word in allowed)
    return must + did_you_mean(given, allowed) if isinstance(given, str) else must


def _unknown(key: str, known: Sequence[str], secrets: Mapping[str, str]) -> str:
    if key in secrets:
        return (
            f"secrets do not belong in this file; take it out and set {secrets[key]}, or its file's name in "
            f"{secrets[key]}_FILE"
        )
    near = nearest(key, known)
    if near:
        return f'unknown key {shown(key)}; did you mean "{near}"?'
    if key in keys_at(Sections, ()):
        return f"unknown key {shown(key)} in this table; write it at the top, above the first [table]"
    return (
        f"unknown key {shown(key)}; known here: {', '.join(known)}" if known else f"unknown key {shown(key)}"
    )


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the table at this path may hold.

    >>> from listener.config_sections import Sections
    >>> keys_at(Sections, ("campaigns", 0))
    ['id', 'query', 'from', 'to']
    """
    named = False
    for part in path:
        if isinstance(part, int) or named:
            named = False
            continue
        field = {f.alias or name: f for name, f in model.model_fields.items()}.get(part)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model, named = inner, isinstance(field.default if field else None, dict)
    return [field.alias or name for name, field in model.model_fields.items()]


def _meaning(model: type[BaseModel], path: Path) -> str:
    """What the docs say of the key at this path."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    field = model.model_fields.get(name)
    return (field.description or "") if field else ""


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a section's annotation: itself, or what its list holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)

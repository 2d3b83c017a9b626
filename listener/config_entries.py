"""One table of a list of tables, [[brands]] or [[goals]], put into a TOML text, changed or taken out: its own lines, and no others.

The lines of a table are cut out and edited alone, so every other byte stays by construction. What comes of it is read again and must hold
just what was wanted; a text that is written in a way that this does not know is left as it is.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from listener.toml_lines import lines_of


def entry_put(text: str, section: str, at: int | None, values: Mapping[str, Any] | None) -> str | None:
    """The text with table number `at` of [[section]] holding these values; `at` None: a new one behind the others; `values` None: without it.

    Comments stay, those above a table that is taken out, too. None where it cannot be done without a change to other lines. Raises
    IndexError for a table that is not there.

    >>> print(entry_put('[[goals]]  # one\\nwords = "a"\\n\\n[web]\\nport = 1\\n', "goals", None, {"words": "b"}))
    [[goals]]  # one
    words = "a"
    <BLANKLINE>
    [[goals]]
    words = "b"
    <BLANKLINE>
    [web]
    port = 1
    <BLANKLINE>
    """
    body = text.removeprefix("\ufeff")
    mark = text[: len(text) - len(body)]
    before = tomllib.loads(body)
    tables = list(before.get(section, []))
    if at is None:
        tables.append(dict(values or {}))
    elif values is None:
        del tables[at]
    else:
        tables[at] = dict(values)
    wanted = {**before, section: tables}
    if not tables:
        del wanted[section]
    if wanted == before:
        return text
    for write in (_in_its_lines, _in_the_document):
        try:
            changed = write(body, section, at, values)
            if tomllib.loads(changed) == wanted:
                return mark + changed
        except (ValueError, TOMLKitError, TypeError, AttributeError, LookupError):
            continue
    return None


def _in_its_lines(text: str, section: str, at: int | None, values: Mapping[str, Any] | None) -> str:
    """The table's lines alone; a new one goes behind the last of its kind, before what is written above the next header."""
    lines = text.split("\n")
    known = len(tomllib.loads(text).get(section, []))
    ending = "\r" if "\r\n" in text else ""
    if at is None:
        made = [f"[[{section}]]", *pairs(values or {})]
        if known:
            _, end = _span(text, lines, section, known - 1)
        else:
            end = len(lines) - (lines[-1] == "")
        gap = ["" + ending] if end and lines[end - 1].strip() else []
        after = [] if end < len(lines) and not lines[end].strip() else ["" + ending]
        block = [*gap, *(line + ending for line in made), *(after if end < len(lines) - 1 else [])]
        return "\n".join([*lines[:end], *block, *(lines[end:] or [""])])
    start, end = _span(text, lines, section, at)
    if values is None:
        while start and end < len(lines) and not lines[start - 1].strip() and not lines[end].strip():
            end += 1
        return "\n".join([*lines[:start], *lines[end:]])
    document = tomlkit.parse("\n".join(lines[start:end]) + "\n")
    tables: Any = document[section]
    fill(tables[0], values)
    made = tomlkit.dumps(document).removesuffix("\n").split("\n")
    return "\n".join([*lines[:start], *(line.removesuffix("\r") + ending for line in made), *lines[end:]])


def _span(text: str, lines: list[str], section: str, at: int) -> tuple[int, int]:
    """The lines [start, end) of a table, from its header to its last key."""
    places = lines_of(text)
    start = places[section, at] - 1
    if not lines[start].lstrip().startswith("[["):
        raise KeyError(section)  # written on one line with others
    later = [line - 1 for path, line in places.items() if line - 1 > start and path[:2] != (section, at)]
    end = min(later, default=len(lines))
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return start, end


def _in_the_document(text: str, section: str, at: int | None, values: Mapping[str, Any] | None) -> str:
    """The same where the tables stand in one list: brands = [{ name = "..." }]."""
    document = tomlkit.parse(text)
    tables: Any = document[section]
    if at is None:
        tables.append(item(values or {}))
    elif values is None:
        del tables[at]
    else:
        fill(tables[at], values)
    if not tables:
        del document[section]
    return tomlkit.dumps(document)


def fill(table: Any, values: Mapping[str, Any]) -> None:
    """Write what differs; a key that is as wanted keeps its line and its comment."""
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if key not in table:
            table[key] = item(value)
        elif table[key] != value:
            if isinstance(value, Mapping) and isinstance(table[key], Mapping):
                fill(table[key], value)
            else:
                table[key] = item(value)


def pairs(values: Mapping[str, Any]) -> list[str]:
    """A line for each key."""
    return [f"{tomlkit.key(key).as_string()} = {item(value).as_string()}" for key, value in values.items()]


def item(value: Any) -> Any:
    """A value as it is written: a table within its line, a text with quotes in it between single ones."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, one in value.items():
            table[key] = item(one)
        return table
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return tomlkit.string(value, literal=True)
    return tomlkit.item(value)

"""JSON into values, each with the physical line it starts on: one per line, or a document's elements."""

import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from listener.importing.opening import bom_encoding, head, numbered_lines, open_bytes
from listener.importing.rows import RAW_LIMIT, Rejected, Row

_CHUNK = 256 * 1024
_VALUE_LIMIT = 64 * 1024 * 1024
_DIGITS = 100
_GAP = re.compile(r"[\s,\ufeff]*")


class Refused(ValueError):
    """A value that is JSON for some readers and not for others; `field` is the key where one is at fault."""

    def __init__(self, reason: str, field: str = "row") -> None:
        super().__init__(reason)
        self.field = field


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise Refused(f"a number of {len(digits)} digits")
    return int(digits)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Refused(f"the number {text[:20]} is too large")
    return number


def _constant(name: str) -> object:
    raise Refused(f"{name} is not JSON; write null")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Refused(f"the key {twice!r} stands there twice", twice)
    return made


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
)
_LENIENT = json.JSONDecoder(parse_int=lambda _: 0)


def line_values(path: Path) -> Iterator[Row | Rejected]:
    """The value of each line that is not blank; a list on a line gives one row per element. A bad line is
    refused alone.

    Lines end at a line feed only: U+2028, U+2029 and U+0085 stand inside JSON strings.
    """
    name = str(path)
    for number, text, fault in numbered_lines(path, bom_encoding(head(path)) or "utf-8"):
        if fault is not None:
            yield Rejected(name, number, "row", fault, text[:RAW_LIMIT])
            continue
        raw = text.strip()
        if not raw:
            continue
        try:
            value = _STRICT.decode(raw)
        except RecursionError:
            yield Rejected(name, number, "row", "nested too deep", raw[:RAW_LIMIT])
        except Refused as error:
            yield Rejected(name, number, error.field, str(error), raw[:RAW_LIMIT])
        except ValueError as error:
            yield Rejected(name, number, "row", _reason(error), raw[:RAW_LIMIT])
        else:
            if isinstance(value, dict):
                yield Row(number, value, raw)
            else:
                yield from _rows(name, number, value, raw)


def document_values(path: Path) -> Iterator[Row | Rejected]:
    """The elements of a top-level array, or the values that follow one another, read piece by piece.

    Where an element cannot be told from the next, the rest of the file is refused at that line.
    """
    encoding = bom_encoding(head(path)) or "utf-8"
    name = str(path)
    with io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="listener-mark", newline="\n") as file:
        buffer, line, chunk, inside, ended = "", 1, _CHUNK, False, False
        while True:
            gap = _GAP.match(buffer).end()  # type: ignore[union-attr]
            line += buffer.count("\n", 0, gap)
            buffer = buffer[gap:]
            if (buffer[:1] == "[" and not inside) or (buffer[:1] == "]" and inside):
                inside, buffer = not inside, buffer[1:]
                continue
            found = _next_value(buffer, ended=ended) if buffer else None
            if found is None:
                if ended:
                    return
                more = file.read(chunk)
                buffer, ended = buffer + more, not more
                chunk = max(_CHUNK, len(buffer))
                if len(buffer) > _VALUE_LIMIT:
                    yield Rejected(name, line, "row", _REST + "it holds a value over 64 MiB", buffer[:1000])
                    return
                continue
            value, end = found
            raw, buffer = buffer[:end], buffer[end:]
            if isinstance(value, Refused):
                yield Rejected(name, line, value.field, str(value), (raw or buffer)[:RAW_LIMIT])
            else:
                yield from _rows(name, line, value, raw)
            line += raw.count("\n")
            chunk = _CHUNK
            if end == 0:
                return


_REST = "the rest of the file cannot be read from here on: "


def _next_value(buffer: str, *, ended: bool) -> tuple[object, int] | None:
    """The value at the start of `buffer` and where it ends; None where more must be read; end 0 where nothing
    can follow.
    """
    try:
        value, end = _STRICT.raw_decode(buffer)
    except RecursionError:
        return Refused(_REST + "nested too deep"), 0
    except Refused as refused:
        try:
            return refused, _LENIENT.raw_decode(buffer)[1]
        except (ValueError, RecursionError) as error:
            return (Refused(_REST + _reason(error)), 0) if ended else None
    except ValueError as error:
        return (Refused(_REST + _reason(error)), 0) if ended else None
    if end == len(buffer) and not ended and not isinstance(value, (dict, list, str)):
        return None
    return value, end


def _rows(name: str, line: int, value: object, raw: str) -> Iterator[Row | Rejected]:
    values = value if isinstance(value, list) else [value]
    for one in values:
        if isinstance(one, dict):
            yield Row(line, one, raw)
        else:
            kind = {str: "text", type(None): "null", bool: "a boolean", list: "a list"}.get(
                type(one), "a number"
            )
            yield Rejected(name, line, "row", f"is {kind}, not an object", raw[:RAW_LIMIT])


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON: {error.msg} (column {error.colno})"
    return f"not valid JSON: {error}"

"""Cells of tables that other programs open: nothing in them is ever run, and reading them back gives what was written."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

# A cell that a spreadsheet would run as a formula, however many quotes stand before it. Writing puts one
# quote more; reading takes one away. Full-width signs count: some spreadsheets fold them.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63])")


def guarded(cell: str) -> str:
    """`cell` so that no spreadsheet runs it: a quote before what looks like a formula.

    >>> guarded("=1+1"), guarded("fine"), restored(guarded("'=1")) == "'=1"
    ("'=1+1", 'fine', True)
    """
    return "'" + cell if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """The cell that `guarded` was given."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def spreadsheet_safe(value: Any) -> str:
    """A CSV cell: text that no spreadsheet runs; numbers as they are, None empty.

    >>> spreadsheet_safe("=HYPERLINK(1)"), spreadsheet_safe(-3), spreadsheet_safe(None), spreadsheet_safe(["https://a.example", "https://b.example"])
    ("'=HYPERLINK(1)", '-3', '', 'https://a.example https://b.example')
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return guarded(flat(value, "text") or "")


def flat(value: Any, kind: str) -> Any:
    """A value as a cell of this kind ("text", "whole" or "number") takes it: a list's items between blanks."""
    value = plain(value)
    if value is None or kind != "text":
        return value
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601, any sequence a list."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value

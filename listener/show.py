"""What the commands print: tables for people, JSON and CSV for programs. Every text from outside is hostile until it passed `plain`."""

import csv
import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from listener.export import spreadsheet_safe

BLOCKS = "▁▂▃▄▅▆▇█"
EMPTY = "–"
PIPED = 200
"""Columns where there is no terminal to ask."""


def console(*, stderr: bool = False) -> Console:
    """A console that interprets no markup in what it prints, stays within a terminal and breaks no line in a pipe."""
    piped = not (sys.stderr if stderr else sys.stdout).isatty() and "COLUMNS" not in os.environ
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=PIPED if piped else None)


def plain(text: object, limit: int | None = None) -> str:
    """Text that is safe on a terminal: one line, no control, no direction-changing and no invisible characters.

    >>> plain("\\x1b[31mred\\x1b[0m\\nline\\u202etxt")
    '[31mred[0m linetxt'
    >>> plain("abcdef", 4)
    'abc…'
    """
    one_line = " ".join(str(text).split())
    visible = "".join(
        c for c in one_line if c == "\u200d" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return visible if limit is None or len(visible) <= limit else visible[: limit - 1] + "…"


def number(value: float | None, unit: str = "") -> str:
    """A figure as people read it; an en dash where there is none.

    >>> number(1234.0), number(12.345, "%"), number(-3.21, "points"), number(None)
    ('1,234', '12.3 %', '-3.2', '–')
    """
    if value is None:
        return EMPTY
    if unit in {"count", "people", ""} and float(value).is_integer():
        return f"{int(value):,}"
    shown = f"{value:,.1f}"
    return f"{shown} %" if unit == "%" else shown


def change(value: float | None, unit: str = "%") -> str:
    """A change with its sign.

    >>> change(12.34), change(-4.0, "points"), change(None)
    ('+12.3 %', '-4.0', '–')
    """
    if value is None:
        return EMPTY
    return f"{value:+,.1f} %" if unit == "%" else f"{value:+,.1f}"


def sparkline(values: Sequence[float | None], top: float | None = None) -> str:
    """One block per value, from 0 to `top` (the largest value if not given); a dot where there is none.

    >>> sparkline([0, 4, None, 8])
    '▁▄·█'
    """
    highest = top or max((value for value in values if value is not None), default=0) or 1
    return "".join(
        "·"
        if value is None
        else BLOCKS[max(0, min(len(BLOCKS) - 1, round(value / highest * (len(BLOCKS) - 1))))]
        for value in values
    )


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", right: Iterable[int] = ()
) -> Table:
    """A table whose cells are plain text; the columns numbered in `right` are set to the right."""
    cells = [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in rows]
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    to_the_right = set(right)
    for index, name in enumerate(columns):
        widest = max((row[index].cell_len for row in cells), default=0)
        numeric = index in to_the_right
        made.add_column(
            name,
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=widest if numeric else min(widest, 12),
        )
    for row in cells:
        made.add_row(*row)
    return made


def as_json(value: Any) -> None:
    """Strict JSON on standard output: NaN is a bug, not a value."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, default=str))


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """CSV on standard output that a spreadsheet cannot mistake for formulas."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([spreadsheet_safe(row.get(name)) for name in columns])


def progress() -> Progress:
    """A progress bar on standard error, silent where that is no terminal."""
    err = console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    )

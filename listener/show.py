"""What the commands print: tables for people, JSON and CSV for programs. Every text from outside is hostile until it passed `plain`."""

import csv
import json
import os
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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

from storage.cells import spreadsheet_safe

BLOCKS = "▁▂▃▄▅▆▇█"
EMPTY = "–"
GAP = 2
"""Columns between two columns of a table."""
FINE = {"money", "ratio", "stars"}
"""Units whose figures are read to two places."""
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

    >>> number(1234.0), number(12.345, "%"), number(-3.21, "points"), number(1.5, "money"), number(None)
    ('1,234', '12.3 %', '-3.2', '1.50', '–')
    """
    if value is None:
        return EMPTY
    if unit in {"count", "people", ""} and (float(value).is_integer() or abs(value) >= 100):
        return f"{value:,.0f}"
    shown = f"{value:,.{2 if unit in FINE else 1}f}"
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
    '▁▅·█'
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
    """A table whose cells are plain text. The columns numbered in `right` hold figures: set to the right, and never cut."""
    cells = [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in rows]
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    widths = _widths(columns, cells, console().width)
    figures = set(right)
    for index, name in enumerate(columns):
        if index in figures:
            made.add_column(name, justify="right", width=widths[index])
        else:
            made.add_column(name, overflow="fold", min_width=min(widths[index], 12))
    for row in cells:
        made.add_row(*row)
    return made


def _widths(columns: Sequence[str], cells: Sequence[Sequence[Text]], room: int) -> list[int]:
    """What each column needs; where the whole does not fit, titles go over several lines, and never a figure."""
    widest = [max((row[index].cell_len for row in cells), default=0) for index in range(len(columns))]
    whole = [max(widest[index], len(name)) for index, name in enumerate(columns)]
    if sum(whole) + GAP * (len(whole) - 1) <= room:
        return whole
    return [max(widest[index], *map(len, name.split()), 0) for index, name in enumerate(columns)]


def tables(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    keep: int,
    width: int,
    right: Collection[int] | None = None,
) -> Iterator[Table]:
    """A table of figures as several, none wider than `width` where one would be: each begins with the first `keep` columns.

    `right` are the columns set to the right, all others for None.

    >>> wide = [["Delta", "1,234", "56.7 [50.1..60.2] %"]]
    >>> [len(part.columns) for part in tables(["Brand", "Mentions", "Share"], wide, keep=1, width=30)]
    [2, 2]
    >>> [len(part.columns) for part in tables(["Brand", "Mentions", "Share"], wide, keep=1, width=80)]
    [3]
    """
    widths = _widths(columns, [[Text(plain(cell)) for cell in row] for row in rows], width)
    right = range(keep, len(columns)) if right is None else right
    parts: list[list[int]] = []
    left = 0
    for index in range(keep, len(columns)):
        if not parts or widths[index] + GAP > left:
            parts.append([*range(keep)])
            left = width - sum(widths[:keep]) - GAP * (keep - 1)
        parts[-1].append(index)
        left -= widths[index] + GAP
    for part in parts:
        yield table(
            [columns[index] for index in part],
            [[row[index] for index in part] for row in rows],
            right=[at for at, index in enumerate(part) if index in right],
        )


def indented(out: Console, text: str, by: int = 8) -> None:
    """Text set in by some columns and broken at words; a pipe gets it on one line."""
    lines = [Text(text)] if not out.is_terminal else Text(text).wrap(out, max(out.width - by, 20))
    for line in lines:
        line.rstrip()
        out.print(Text(" " * by) + line, soft_wrap=True)


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

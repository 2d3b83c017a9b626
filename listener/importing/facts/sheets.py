"""A CSV, XLSX, JSON or Parquet file into columns and rows, each with its line; the rows may be gone through twice."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listener.errors import FileError, UsageError
from listener.importing.detect import detect
from listener.importing.json_values import document_values, line_values
from listener.importing.opening import head, open_bytes
from listener.importing.parquet import parquet_columns, parquet_rows
from listener.importing.rows import Rejected, Row
from listener.importing.table import Table, open_table, records
from listener.suggestion import did_you_mean

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MOST_ROWS = 1_000_000
LARGEST_FILE = 512 * 1024 * 1024
LARGEST_BOOK = 64 * 1024 * 1024
LARGEST_UNPACKED = 256 * 1024 * 1024
MOST_CELLS = 20_000_000
TITLE_LINES = 20
"""A report's title may stand so many lines above the header."""
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

Rows = Callable[[], Iterator[Row | Rejected]]
Known = Callable[[Sequence[str]], int]
"""How many of these cells look like headings."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's columns in order, its rows from the first at each call, and what to say of how it was read."""

    columns: Sequence[str]
    rows: Rows
    note: str = ""


def open_sheet(path: Path, *, known: Known, sheet: str | None = None) -> Sheet:
    """The table in the file at `path`; `sheet` names one of a workbook's, the first if not given.

    Lines above the first with two known headings are a title. Raises FileError for what cannot be read or is larger than the limits here.
    """
    start = head(path)
    with open_bytes(path):
        size = path.stat().st_size
    if size > LARGEST_FILE:
        raise FileError(f"{path}: is larger than {LARGEST_FILE >> 20} MiB; export a shorter time")
    if start.startswith(b"PK\x03\x04"):
        return _book(path, size, known, sheet)
    if sheet is not None:
        raise UsageError(f"{path}: has no sheets: --sheet is for .xlsx files")
    kind = detect(path)
    if kind == "csv":
        return _csv(path, known)
    if kind == "parquet":
        return Sheet(parquet_columns(path), lambda: bounded(path, parquet_rows(path)), "Parquet")
    read = line_values if kind == "jsonl" else document_values
    rows: Rows = lambda: bounded(path, map(_flat, _opened(read(path))))  # noqa: E731
    names = dict.fromkeys(name for row in rows() if isinstance(row, Row) for name in row.value)
    return Sheet(tuple(names), rows, "JSON")


def _csv(path: Path, known: Known) -> Sheet:
    table = open_table(path)
    if known(table.columns) < 2:
        table = next(filter(lambda one: known(one.columns) >= 2, _lower(path)), table)
    cut = _DELIMITERS.get(table.delimiter, repr(table.delimiter))
    note = f"text in {table.encoding.removesuffix('-sig')}, columns cut at {cut}"
    return Sheet(table.columns, lambda: bounded(path, records(table)), note)


def _lower(path: Path) -> Iterator[Table]:
    """The same table with its header one line further down each time."""
    for lines in range(1, TITLE_LINES):
        try:
            yield open_table(path, skip=lines)
        except FileError:
            return


def bounded(
    path: Path, rows: Iterator[Row] | Iterator[Row | Rejected], most: int = MOST_ROWS
) -> Iterator[Row | Rejected]:
    """The rows, FileError in place of the first that is too many."""
    for number, row in enumerate(rows):
        if number >= most:
            raise FileError(
                f"{path}: has more than {most:,} rows; export a shorter time, or fewer columns to break down by"
            )
        yield row


def _opened(rows: Iterator[Row | Rejected]) -> Iterator[Row | Rejected]:
    """The rows; of an object that is only a wrapper around a list of objects, those."""
    for row in rows:
        lists = [v for v in row.value.values() if isinstance(v, list)] if isinstance(row, Row) else []
        if len(lists) == 1 and lists[0] and all(isinstance(one, dict) for one in lists[0]):
            yield from (Row(row.line, one, "") for one in lists[0])
        else:
            yield row


def _flat(row: Row | Rejected) -> Row | Rejected:
    """Keys one level down as "outer.inner"."""
    if isinstance(row, Rejected):
        return row
    value: dict[str, Any] = {}
    for name, inner in row.value.items():
        value |= (
            {f"{name}.{key}": one for key, one in inner.items()}
            if isinstance(inner, Mapping)
            else {name: inner}
        )
    return Row(row.line, value, row.raw)


def _book(path: Path, size: int, known: Known, name: str | None) -> Sheet:
    if size > LARGEST_BOOK:
        raise FileError(f"{path}: is larger than {LARGEST_BOOK >> 20} MiB; save the sheet as CSV")
    found = _sheet(path, name)
    cells: list[list[Any]] = [list(line) for line in found.iter_rows()]
    header = next((at for at, line in enumerate(cells[:TITLE_LINES]) if known(_texts(line)) >= 2), None)
    if header is None:
        header = next((at for at, line in enumerate(cells) if any(_texts(line))), None)
    if header is None:
        raise FileError(f"{path}: the sheet {found.name!r} is empty; say which with --sheet")
    columns = [text or f"#{number}" for number, text in enumerate(_texts(cells[header]), 1)]
    columns = [text if columns.count(text) == 1 else f"{text} (#{at})" for at, text in enumerate(columns, 1)]

    def rows() -> Iterator[Row | Rejected]:
        for at, line in enumerate(cells[header + 1 :], header + 2):
            if any(cell != "" for cell in line):
                yield Row(at, dict(zip(columns, line, strict=False)), "")

    return Sheet(columns, lambda: bounded(path, rows()), f"sheet {found.name!r}")


def _texts(line: Sequence[Any]) -> list[str]:
    return [cell.strip() if isinstance(cell, str) else "" if cell is None else str(cell) for cell in line]


def _sheet(path: Path, name: str | None) -> "CalamineSheet":
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(_unpacked(path))
        names = book.sheet_names
        if name is not None and name not in names:
            raise UsageError(
                f"{path}: has no sheet {name!r}{did_you_mean(name, names)}; sheets are {', '.join(map(repr, names))}"
            )
        return book.get_sheet_by_name(name) if name is not None else book.get_sheet_by_index(0)
    except (
        CalamineError,
        ValueError,
        IndexError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise FileError(f"{path}: the workbook cannot be read ({error}); save the sheet as CSV") from error


def _unpacked(path: Path) -> io.BytesIO:
    """The workbook's tables without anything packed, so that what reads them meets no more than was measured here."""
    made = io.BytesIO()
    left = LARGEST_UNPACKED
    with (
        open_bytes(path) as file,
        zipfile.ZipFile(io.BytesIO(file.read())) as packed,
        zipfile.ZipFile(made, "w") as plain,
    ):
        if "xl/workbook.xml" not in packed.namelist():
            raise FileError(f"{path}: is a zip archive and no workbook; unzip it first")
        for entry in packed.infolist():
            if not entry.filename.endswith((".xml", ".rels")):
                continue
            with packed.open(entry) as part:
                content = part.read(left + 1)
            left -= len(content)
            if left < 0:
                raise FileError(
                    f"{path}: unpacks to more than {LARGEST_UNPACKED >> 20} MiB; save the sheet as CSV"
                )
            if entry.filename.startswith("xl/worksheets/"):
                _check_size(path, content)
            plain.writestr(entry.filename, content)
    made.seek(0)
    return made


def _check_size(path: Path, content: bytes) -> None:
    """One cell at the far end of a sheet would make its reader hold every cell before it."""
    rows = columns = 0
    for letters, number in _CELL.findall(content):
        rows = max(rows, int(number))
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        columns = max(columns, column)
    if rows * columns > MOST_CELLS:
        raise FileError(
            f"{path}: a sheet reaches over {rows:,} rows and {columns:,} columns; save as CSV, or delete what lies far out"
        )

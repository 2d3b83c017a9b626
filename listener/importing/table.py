"""CSV and its relatives into records, each with the physical line it starts on."""

import csv
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from listener.errors import FileError
from listener.importing.opening import Line, head, numbered_lines, text_encoding
from listener.importing.rows import RAW_LIMIT, Rejected, Row

RECORD_LINES = 10_000
RECORD_CHARS = 32 * 1024 * 1024
_DELIMITERS = ",;\t|"
_SEP = re.compile(r"sep=(.)\r?\n?")

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is written: its columns in order (empty names kept), and the line after which records
    start.
    """

    path: Path
    encoding: str
    newline: str
    delimiter: str
    columns: tuple[str, ...]
    header_line: int


def open_table(path: Path, *, has_header: bool = True, skip: int = 0) -> Table:
    """Encoding, line ends, delimiter and header of the table at `path`. Without a header the columns are
    called #1, #2, ... `skip` lines with text above the header are a title.
    """
    encoding = text_encoding(path)
    start = head(path).decode(encoding, errors="replace")
    newline = "\r" if "\r" in start and "\n" not in start else "\n"
    lines = list(islice((line for line in numbered_lines(path, encoding, newline) if line.text.strip()), 50))
    lines = lines[skip:]
    if not lines:
        raise FileError(f"{path}: holds only blanks; nothing to import")
    named = _SEP.fullmatch(lines[0].text)
    if named and len(lines) > 1:
        delimiter, lines = named[1], lines[1:]
    else:
        delimiter = _delimiter([line.text for line in lines])
    cells, number = _first_record(path, lines, delimiter)
    if not has_header:
        columns, number = tuple(f"#{i + 1}" for i in range(len(cells))), number - 1
    else:
        columns = _unique([cell.strip().lstrip("\ufeff") for cell in cells])
    return Table(path, encoding, newline, delimiter, columns, number)


def records(table: Table) -> Iterator[Row | Rejected]:
    """Every record after the header, good or bad; blank lines and rows of empty cells are no records.

    A record with a broken quote is refused alone: reading goes on at the next physical line, so a lone quote
    does not swallow what follows. A row with too few cells is refused, and one with too many unless those are
    empty.
    """
    name, width = str(table.path), len(table.columns)
    lines = numbered_lines(table.path, table.encoding, table.newline)
    for first, cells, raw, fault in _raw_records(lines, table.delimiter, table.header_line):
        if fault is None and not any(cells):
            continue
        if fault is None and len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if fault is None and len(cells) != width:
            fault = f"has {len(cells)} columns, the header has {width}"
        if fault is not None:
            yield Rejected(name, first, "row", fault, raw[:RAW_LIMIT])
        else:
            yield Row(first, dict(zip(table.columns, cells, strict=True)), raw)


class _TooLong(Exception):
    pass


def _raw_records(
    lines: Iterator[Line], delimiter: str, after: int
) -> Iterator[tuple[int, Sequence[str], str, str | None]]:
    """(first line, cells, text, fault) of each record. Lines of a record that turns out broken are read again
    as records of their own.
    """
    waiting: deque[Line] = deque()
    taken: list[Line] = []

    def feed() -> Iterator[str]:
        chars = 0
        while True:
            line = waiting.popleft() if waiting else next(lines, None)
            if line is None:
                return
            if line.number <= after:
                continue
            chars = chars + len(line.text) if taken else len(line.text)
            taken.append(line)
            if len(taken) > RECORD_LINES or chars > RECORD_CHARS:
                raise _TooLong
            yield line.text

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        fault: str | None
        try:
            cells, fault = next(reader), None
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            cells, fault = [], _fault(error)
        first = taken[0]
        if fault is None:
            fault = next((line.fault for line in taken if line.fault), None)
            yield first.number, cells, "".join(line.text for line in taken), fault
            continue
        waiting.extendleft(reversed(taken[1:]))
        yield first.number, (), first.text, first.fault or fault
        reader = csv.reader(feed(), delimiter=delimiter, strict=True)


def _fault(error: Exception) -> str:
    if isinstance(error, _TooLong) or "unexpected end of data" in str(error):
        return "a quote is opened and never closed"
    if "expected after" in str(error):
        return "a quote inside a quoted cell is not doubled, or one is opened and never closed"
    return str(error)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Column names without the empty ones at the end; a name found twice gets its column's number.

    >>> _unique(["id", "text", "text", ""])
    ('id', 'text (#2)', 'text (#3)')
    """
    while names and not names[-1]:
        names.pop()
    times = Counter(names)
    return tuple(name if times[name] == 1 else f"{name} (#{i})" for i, name in enumerate(names, 1))


def _first_record(path: Path, lines: Sequence[Line], delimiter: str) -> tuple[Sequence[str], int]:
    reader = csv.reader((line.text for line in lines), delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration) as error:
        raise FileError(f"{path}:{lines[0].number}: the header cannot be read ({error})") from error
    return cells, lines[reader.line_num - 1].number


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that gives the first line most cells and most of the sample the same number of them; a
    comma for one column.

    >>> _delimiter(["id;text;likes", "1;a, b, c;2", "2;d, e, f;3"]), _delimiter(["text", "a, b"])
    (';', ',')
    """
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 1
        same = sum(len(row) == width for row in rows) / max(len(rows), 1)
        if width > 1 and (score := same * width**0.5) > best_score:
            best, best_score = delimiter, score
    return best

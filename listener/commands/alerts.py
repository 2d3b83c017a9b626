"""`listener alerts backtest`: what the spike detector would have said of a series' past. Needs no configuration."""

import csv
import math
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from listener import show
from listener.errors import FileError, UsageError
from listener.export import renamed_when_whole
from listener.importing.opening import not_read
from metrics.spikes.backtest import scored
from metrics.spikes.detector import FLOOR, MONTH_S

WANTED = "give a CSV file with the columns timestamp and value, as in 2027-03-01T14:00:00Z,12"
YEARS = range(1970, 2200)
LARGEST = 1e12


class Row(NamedTuple):
    """A line as it stands, and its meaning: seconds since 1970 and a count."""

    timestamp: str
    value: str
    at: float
    mentions: float


def backtest(file: Path, to: Path | None, budget: float, zone: str) -> None:
    """Write timestamp, value, anomaly_score and alert per row, to standard output where no file is named."""
    if not 0 < budget <= FLOOR:
        raise UsageError(
            f"--false-alarms-per-month: must be above 0 and at most {FLOOR:.0f}, such as 1 or 0.5"
        )
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"--timezone {show.plain(zone)!r}: is no time zone; write one such as Europe/Oslo"
        ) from error
    with ExitStack() as stack:
        if to is None:
            _write(file, sys.stdout, budget, zone)
            return
        if to.exists() and to.samefile(file):
            raise UsageError(f"--to {to}: is the file that is read; name another")
        part = stack.enter_context(renamed_when_whole(to))
        with part.open("w", encoding="utf-8", newline="") as out:
            rows, alerts, span_s = _write(file, out, budget, zone)
    months = span_s / MONTH_S
    rate = f", {alerts / months:.1f} a month" if months >= 1 else ""
    show.console().print(f"{rows:,} rows, {alerts:,} alerts{rate}; wrote {show.plain(to)}")


def _write(file: Path, out: TextIO, budget: float, zone: str) -> tuple[int, int, float]:
    """How many rows and alerts, and the seconds between the first and the last row."""
    writer = csv.writer(out, lineterminator="\n")
    rows, alerts, first, last = 0, 0, None, 0.0
    kept: list[Row] = []

    def values() -> Iterator[tuple[float, float]]:
        for row in read(file):
            kept.append(row)
            yield row.at, row.mentions

    writer.writerow(["timestamp", "value", "anomaly_score", "alert"])
    for one in scored(values(), zone=zone, budget=budget):
        row = kept.pop()
        first, last = row.at if first is None else first, row.at
        writer.writerow([row.timestamp, row.value, f"{one.score:.6f}", int(one.alert)])
        rows, alerts = rows + 1, alerts + one.alert
    return rows, alerts, last - (first or 0.0)


def read(file: Path) -> Iterator[Row]:
    """The rows of a CSV file with the columns timestamp and value, in order of time, one at a time.

    Raises FileError naming the line: a missing column or cell, a time that is none, does not come after the one
    before or is no ISO 8601, a value that is no count.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = csv.reader(text, strict=True)
            header = [name.strip().lower() for name in next(lines, [])]
            for name in ("timestamp", "value"):
                if header.count(name) != 1:
                    raise FileError(
                        f"{file}:1: needs one column {name!r}; the first line must name the columns timestamp and value"
                    )
            when, what, last = header.index("timestamp"), header.index("value"), None
            for cells in lines:
                if not cells:
                    continue
                where = f"{file}:{lines.line_num}"
                if len(cells) != len(header):
                    raise FileError(
                        f"{where}: has {len(cells)} cells and the first line {len(header)}; mend or remove it"
                    )
                at = _time(cells[when], where)
                if last is not None and at <= last:
                    same = "repeats the time of" if at == last else "is earlier than"
                    raise FileError(
                        f"{where}: {same} the row before; sort the file by time, one row per time"
                    )
                last = at
                yield Row(cells[when], cells[what], at, _count(cells[what], where))
    except OSError as error:
        raise not_read(file, error, WANTED) from error
    except UnicodeDecodeError as error:
        raise FileError(f"{file}: is not UTF-8 text; save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise FileError(f"{file}:{lines.line_num}: is no CSV ({error})") from error


def _time(text: str, where: str) -> float:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise FileError(
            f"{where}: timestamp {show.plain(text, 40)!r} is no time; write 2027-03-01 14:30:00 or 2027-03-01T14:30:00Z"
        ) from error
    if at.year not in YEARS:
        raise FileError(
            f"{where}: timestamp {show.plain(text, 40)!r} is not between the years {YEARS[0]} and {YEARS[-1]}"
        )
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _count(text: str, where: str) -> float:
    try:
        count = float(text)
    except ValueError:
        count = math.nan
    if not 0 <= count <= LARGEST:
        raise FileError(
            f"{where}: value {show.plain(text, 40)!r} is no count of 0 or more; leave out rows where nothing was measured"
        )
    return count

"""What people and programs write for a day, or for a time of which the day counts."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from listener.importing.facts.amounts import Unreadable
from listener.importing.times import read_time

FIRST_YEAR = 1990
_WRITTEN = ("%Y%m%d", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%a, %b %d, %Y", "%A, %B %d, %Y", "%d. %B %Y")  # fmt: skip
_TWO = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/]\d{4}(?!\d).*", re.ASCII | re.DOTALL)


@dataclass
class Order:
    """Whether a column puts the day before the month: the first line and cell that shows each, and the first that could be either."""

    day_first: tuple[int, str] | None = None
    month_first: tuple[int, str] | None = None
    unclear: tuple[int, str] | None = None

    def look(self, line: int, cell: object) -> None:
        """Take one cell of the column into account."""
        found = _TWO.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if found is None or found[1] == found[2]:
            return
        here = line, str(cell)
        if int(found[1]) > 12:
            self.day_first = self.day_first or here
        elif int(found[2]) > 12:
            self.month_first = self.month_first or here
        else:
            self.unclear = self.unclear or here

    @property
    def told(self) -> bool | None:
        """True: the day comes first. None: no cell tells, or they contradict one another."""
        return None if bool(self.day_first) == bool(self.month_first) else bool(self.day_first)


def read_moment(cell: object, *, zone: tzinfo, day_first: bool | None) -> datetime:
    """The instant that a cell means, in UTC; a day is its first instant in `zone`. Raises Unreadable.

    >>> read_moment("20261101", zone=UTC, day_first=None).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    at, zoned = _read(cell, zone=zone, day_first=day_first)
    return at if zoned else at.replace(tzinfo=zone).astimezone(UTC)


def read_day(cell: object, *, zone: tzinfo, day_first: bool | None) -> date:
    """The day that a cell means: as it is written, or of a time with a zone the day that it is in `zone`. Raises Unreadable.

    >>> read_day("31.12.2026", zone=UTC, day_first=None).isoformat()
    '2026-12-31'
    >>> read_day("2026-11-01T23:30:00Z", zone=__import__("zoneinfo").ZoneInfo("Europe/Oslo"), day_first=None).isoformat()
    '2026-11-02'
    """
    at, zoned = _read(cell, zone=zone, day_first=day_first)
    return at.astimezone(zone).date() if zoned else at.date()


def _read(cell: object, *, zone: tzinfo, day_first: bool | None) -> tuple[datetime, bool]:
    text = cell.strip() if isinstance(cell, str) else cell
    if isinstance(text, float | int) and not isinstance(text, bool) and text < 100_000_000:
        raise Unreadable(f'"{text}" is a number; format the column as a date in the spreadsheet')
    if day_first is None and isinstance(text, str) and (same := _TWO.fullmatch(text)) and same[1] == same[2]:
        day_first = True
    time = read_time(text, zone=UTC, day_first=day_first)
    if time is not None:
        return time.at, time.zoned
    for form in _WRITTEN if isinstance(text, str) else ():
        try:
            return datetime.strptime(str(text), form).replace(tzinfo=UTC), False
        except ValueError:
            continue
    raise Unreadable(f'"{str(text)[:60]}" is not a date, or could be two')

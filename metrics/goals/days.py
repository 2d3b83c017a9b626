"""The day by which a goal is to be met, as its words say it: seen from the day on which the goal begins."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from metrics.errors import MetricError
from metrics.goals.reviews import after_months

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = (
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
MOST_DAYS = 3660
"""Ten years: beyond, a typing mistake is likelier than a goal."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """When the words say that a goal ends. `end` gives the last day, counted in, seen from the day the goal begins."""

    words: str
    end: Callable[[date], date] = field(compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def last_day(self, begins: date) -> date:
        """The last day of a goal that begins on this day. Raises MetricError for one that does not exist, lies before, or too far ahead."""
        try:
            found = self.end(begins)
        except (ValueError, OverflowError):
            raise MetricError(
                f'"{self.words}" is no day of the calendar; write one as in "by 2027-03-31"'
            ) from None
        if found < begins:
            raise MetricError(
                f'"{self.words}" is {found}, which lies before {begins}, on which the goal begins'
            )
        if (found - begins).days > MOST_DAYS:
            raise MetricError(f'"{self.words}" is {found}: more than ten years ahead')
        return found


def _end_of_span(span: str, later: int, begins: date) -> date:
    """The last day of the present day, week, month, quarter or year, or of one `later`."""
    if span == "day":
        return begins + later * ONE_DAY
    if span == "week":
        return begins + timedelta(days=6 - begins.weekday() + 7 * later)
    length = {"month": 1, "quarter": 3, "year": 12}[span]
    first = date(begins.year, (begins.month - 1) // length * length + 1, 1)
    return after_months(first, length * (later + 1)) - ONE_DAY


def _ahead(count: int, span: str, begins: date) -> date:
    if span in ("day", "week"):
        return begins + timedelta(days=count * (7 if span == "week" else 1))
    return after_months(begins, count * {"month": 1, "quarter": 3, "year": 12}[span])


def _on(make: Callable[[int], date], year: int | None, begins: date) -> date:
    """A day of that year; without a year, the next such day."""
    if year is not None:
        return make(year)
    this = make(begins.year)
    return this if this >= begins else make(begins.year + 1)


def _month_end(month: int, year: int) -> date:
    return after_months(date(year, month, 1), 1) - ONE_DAY


def _before(first: date, begins: date) -> date:
    return first - ONE_DAY


class Reading:
    """The grammar's actions for days: each gives ("deadline", Deadline)."""

    def count(self, children: list[Any]) -> int:
        word = str(children[0]).lower()
        if word in ("a", "an"):
            return 1
        number = NUMBERS.index(word) if word in NUMBERS else float(word.rstrip("km").replace(",", ""))
        if number != int(number) or not 1 <= number <= MOST_DAYS or word[-1] in "km":
            raise MetricError(
                f'"{word}" is no number of days, weeks, months or years; write a whole one, as in "in 4 months"'
            )
        return int(number)

    def ahead(self, children: list[Any]) -> tuple[str, Deadline]:
        count, span = children[0], _span(children[1])
        return _deadline(f"in {count} {span}{'s' * (count > 1)}", partial(_ahead, count, span))

    def end_of_next(self, children: list[Any]) -> tuple[str, Deadline]:
        span = _span(children[-1])
        note = f'"next {span}" is read as by the last day of the next calendar {span}'
        return _deadline(f"next {span}", partial(_end_of_span, span, 1), note)

    def end_of_this(self, children: list[Any]) -> tuple[str, Deadline]:
        span = _span(children[-1])
        return _deadline(f"by the end of this {span}", partial(_end_of_span, span, 0))

    def month(self, children: list[Any]) -> tuple[str, Deadline]:
        before, month, year = _parts(children)
        number = _month(month)
        if before:
            return _deadline(f"before {month}", partial(_on, partial(_first_less_one, number), year))
        note = f'"{month}" is read as by its last day; write "before {month}" for the day before it begins'
        return _deadline(
            f"by {month}{f' {year}' if year else ''}", partial(_on, partial(_month_end, number), year), note
        )

    def month_end(self, children: list[Any]) -> tuple[str, Deadline]:
        _, month, year = _parts(children)
        words = f"by the end of {month}{f' {year}' if year else ''}"
        return _deadline(words, partial(_on, partial(_month_end, _month(month)), year))

    def quarter(self, children: list[Any]) -> tuple[str, Deadline]:
        before, quarter, year = _parts(children)
        number = 3 * int(quarter[1])
        if before:
            return _deadline(f"before {quarter}", partial(_on, partial(_first_less_one, number - 2), year))
        return _deadline(
            f"by the end of {quarter}{f' {year}' if year else ''}",
            partial(_on, partial(_month_end, number), year),
        )

    def year(self, children: list[Any]) -> tuple[str, Deadline]:
        year = _year(str(children[0]))
        return _deadline(f"by the end of {year}", lambda _begins: date(year, 12, 31))

    def iso(self, children: list[Any]) -> tuple[str, Deadline]:
        year, month, day = map(int, str(children[-1]).split("-"))
        less = ONE_DAY if len(children) > 1 else timedelta()
        return _deadline(
            f"{'before' if less else 'by'} {children[-1]}", lambda _begins: date(year, month, day) - less
        )

    def day(self, children: list[Any]) -> tuple[str, Deadline]:
        by = {child.type: str(child) for child in children}
        number, month = int(re.sub(r"\D", "", by["DAY"])), _month(by["MONTH"])
        year = _year(by["YEAR"]) if "YEAR" in by else None
        less = ONE_DAY if "BEFORE" in by else timedelta()
        words = f"{'before' if less else 'by'} {number} {by['MONTH']}{f' {year}' if year else ''}"
        return _deadline(words, partial(_on, lambda year: date(year, month, number) - less, year))

    month_day = day


def _first_less_one(month: int, year: int) -> date:
    return date(year, month, 1) - ONE_DAY


def _deadline(words: str, end: Callable[[date], date], *notes: str) -> tuple[str, Deadline]:
    return "deadline", Deadline(words, end, notes)


def _span(token: Any) -> str:
    found = re.search(r"day|week|month|quarter|year", str(token).lower())
    assert found is not None
    return found[0]


def _month(word: str) -> int:
    return MONTHS.index(word.lower()[:3]) + 1


def _year(written: str) -> int:
    return int(re.sub(r"\D", "", written))


def _parts(children: list[Any]) -> tuple[bool, str, int | None]:
    """Whether it is "before", the month or quarter, and the year."""
    by = {child.type: str(child) for child in children}
    name = by.get("MONTH") or by["QUARTER"]
    return "BEFORE" in by, name.rstrip("."), _year(by["YEAR"]) if "YEAR" in by else None

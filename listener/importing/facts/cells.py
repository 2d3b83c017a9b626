"""The cells of one row: as a day, a text, a number, an amount of money or a score, or the reason why they are none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from listener.importing.facts import currencies
from listener.importing.facts.amounts import Amount, Sign, Unreadable, amount
from listener.importing.facts.days import read_day, read_moment
from listener.importing.facts.mapping import EACH_ROW, Mapped
from metrics.facts import FACTS
from storage.facts import LARGEST, MILLION

NOTHING = {"", "-", "--", "---", "–", "—", "n/a"}
"""What tools write into a cell without a value."""
IN_PARTS = {"conversions", "leads", "leads_won", "purchases", "non_revenue_conversions"}
"""What tools share out between several clicks, so that it may have decimals."""
LONGEST_BYTES = {"campaign": 1000, "channel": 200, "detail": 200, "influencer": 2000}
_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_OF_SCALE = re.compile(
    r"(\d{1,3}(?:[.,]\d+)?)\s*(?:/|of|out of|von|av|sur|de|su)\s*(\d{1,3})", re.ASCII | re.IGNORECASE
)
_VERDICTS = {"good": "1/1", "bad": "0/1"}


class Refused(ValueError):
    """A row that gives no figures; `column` is the one at fault, "" for the row itself."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is settled before the first row is read.

    `brands` maps ids and names, in lower case, to ids. `day_first` and `signs` are by column. `now` is the present, after which no day may
    lie, and `at` the time of the export, until which an open case waits. `only` are the channels to count, all for none.
    """

    columns: Mapped
    brands: Mapping[str, str]
    zone: tzinfo
    now: datetime
    at: datetime
    brand: str | None = None
    channel: str = ""
    currency: str | None = None
    scale: int | None = None
    only: frozenset[str] = frozenset()
    day_first: Mapping[str, bool | None] = field(default_factory=dict)
    signs: Mapping[str, Sign | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one row by field or fact. Whatever cannot be read raises Refused, which names the column."""

    plan: Plan
    row: Mapping[str, Any]

    def cell(self, name: str) -> Any:
        """The cell of a field or fact, None where it has none or nothing in it."""
        column = self.plan.columns.get(name)
        if column is None:
            return None
        value = 1 if column == EACH_ROW else self.row.get(column)
        return None if isinstance(value, str) and value.strip().casefold() in NOTHING else value

    def has(self, name: str) -> bool:
        return self.cell(name) is not None

    def refused(self, name: str, reason: str) -> Refused:
        return Refused(self.plan.columns.get(name, name), reason)

    def day(self, name: str) -> date:
        try:
            column = self.plan.columns[name]
            return read_day(self.cell(name), zone=self.plan.zone, day_first=self.plan.day_first.get(column))
        except Unreadable as error:
            raise self.refused(name, str(error)) from error

    def moment(self, name: str) -> datetime:
        try:
            column = self.plan.columns[name]
            return read_moment(
                self.cell(name), zone=self.plan.zone, day_first=self.plan.day_first.get(column)
            )
        except Unreadable as error:
            raise self.refused(name, str(error)) from error

    def text(self, name: str) -> str:
        cell = self.cell(name)
        if isinstance(cell, dict | list):
            raise self.refused(name, "is a list or an object, not text")
        cell = "" if cell is None else int(cell) if isinstance(cell, float) and cell.is_integer() else cell
        text = " ".join(str(cell).replace("\x00", "").encode("utf-8", "replace").decode().split())
        if len(text.encode()) > LONGEST_BYTES.get(name, 200):
            raise self.refused(name, f"is longer than {LONGEST_BYTES.get(name, 200):,} bytes")
        return text

    def amount(self, name: str) -> Amount:
        try:
            return amount(self.cell(name), self.plan.signs.get(self.plan.columns[name]))
        except Unreadable as error:
            raise self.refused(name, str(error)) from error

    def counted(self, name: str, fact: str) -> int:
        given = self.amount(name)
        if given.unit:
            what = "a percentage and no count" if given.unit == "%" else "not a number"
            raise self.refused(name, f"{quoted(self.cell(name))} is {what}")
        if given.value < 0:
            raise self.refused(name, f"{quoted(self.cell(name))} is below 0")
        if given.value % 1 and fact not in IN_PARTS and FACTS.get(fact, FACTS["clicks"]).unit == "count":
            raise self.refused(
                name, f"{quoted(self.cell(name))} is no whole number of {fact.replace('_', ' ')}"
            )
        return self._millionths(name, given.value)

    def money(self, name: str) -> tuple[str, int]:
        """The code of the currency, and millionths of it."""
        given = self.amount(name)
        column = self.plan.columns[name]
        own, unit = currencies.code_of(given.unit), given.unit.casefold()
        if given.unit and own is None and unit not in currencies.SHARED:
            raise self.refused(name, f"{quoted(self.cell(name))}: {quoted(given.unit)} is no currency")
        written = self.text("currency")
        code = currencies.code_of(written) if written else None
        if written and code is None:
            raise self.refused("currency", f"{quoted(written)} is no currency of ISO 4217, such as EUR")
        said = {found for found in (own, code, currencies.in_heading(column), self.plan.currency) if found}
        if len(said) != 1:
            shared = f" ({currencies.SHARED[unit]})" if unit in currencies.SHARED else ""
            reason = (
                f"is said to be in {' and in '.join(sorted(said))}"
                if said
                else f"in which currency{shared}? Say with --currency"
            )
            raise self.refused(name, f"{quoted(self.cell(name))}: {reason}")
        return said.pop(), self._millionths(name, given.value)

    def _millionths(self, name: str, value: Decimal) -> int:
        if abs(value) > LARGEST:
            raise self.refused(name, f"{quoted(self.cell(name))} is larger than {LARGEST:,}")
        return int((value * MILLION).to_integral_value(ROUND_HALF_EVEN))

    def minutes(self, name: str) -> int:
        cell = self.cell(name)
        clock = _CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if clock is not None:
            return int(clock[1]) * 60 + int(clock[2])
        if isinstance(cell, timedelta):
            return cell // timedelta(minutes=1)
        given = self.amount(name)
        if given.unit not in ("", "min") or not 0 <= given.value < 100_000_000:
            raise self.refused(name, f"{quoted(cell)} is no number of minutes")
        return int(given.value)

    def score(self, fact: str, name: str) -> str:
        cell = self.cell(name)
        text = str(cell).strip() if isinstance(cell, str) else ""
        top: Decimal | int | None = {"nps": 10, "rating": 5}.get(fact, self.plan.scale)
        if fact == "csat" and text.casefold() in _VERDICTS:
            return _VERDICTS[text.casefold()]
        if of := _OF_SCALE.fullmatch(text):
            score, top = Decimal(of[1].replace(",", ".")), int(of[2])
        else:
            given = self.amount(name)
            score, top = given.value, 100 if given.unit == "%" and fact == "csat" else top
            if given.unit not in ("", "%" if fact == "csat" else ""):
                raise self.refused(name, f"{quoted(cell)} is no score")
        if top is None:
            raise self.refused(
                name, f"{quoted(cell)}: of how many? Say the top of the scale with --scale, as in --scale 5"
            )
        if not 0 <= score <= top or top == 0 or (fact == "nps" and score % 1):
            raise self.refused(name, f"{quoted(cell)} is no score from 0 to {top}")
        return f"{_short(score)}/{top}" if fact == "csat" else _short(score)


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"


def quoted(cell: object) -> str:
    return f'"{" ".join(str(cell).split())[:60]}"'

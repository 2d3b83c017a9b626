"""What people and programs write for a number, read without guessing what cannot be known.

"1,234" is one thousand in London and a little more than one in Berlin. Which of the two a column means is told from all of its cells, and
from those of the file's other columns where its own cells leave it open.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

Sign = Literal[".", ","]
"""What stands before the decimals."""

_SPACES = " \u00a0\u2007\u2009\u202f"
_GROUPERS = _SPACES + "'\u2019"
_MINUS = r"\-\u2212\u2013"
_AROUND = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[+{_MINUS}])?\s*(?P<before>[^\d\s+{_MINUS}.,()]*)\s*(?P<minus2>[{_MINUS}])?\s*"
    rf"(?P<digits>[.,]?\d[\d.,{_GROUPERS}]*?)\s*(?P<after>(?:[^\d\s.,()]+\.?)?)\s*(?P<close>\))?",
)
_PLAIN = re.compile(r"\d+", re.ASCII)


class Amount(NamedTuple):
    """A number; `unit` is what is written beside it, such as "€", "USD" or "%"."""

    value: Decimal
    unit: str = ""


class Unreadable(ValueError):
    """What is no number; the message says why, beginning with what is written."""


class Unclear(Unreadable):
    """What could be two numbers."""


class _Written(NamedTuple):
    negative: bool
    digits: str
    unit: str


@dataclass
class Habit:
    """How a column writes its numbers; `seen` maps each decimal sign that is certain to the first line that shows it, `unclear` is the first
    line and cell that could be read with either.
    """

    seen: dict[Sign, tuple[int, str]] = field(default_factory=dict)
    unclear: tuple[int, str] | None = None

    def look(self, line: int, cell: object) -> None:
        """Take one cell of the column into account."""
        written = _taken_apart(cell) if isinstance(cell, str) and cell.strip() else None
        if written is None:
            return
        sign = decimal_sign(written.digits)
        if sign == "either":
            self.unclear = self.unclear or (line, cell)  # type: ignore[assignment]
        elif sign is not None:
            self.seen.setdefault(sign, (line, str(cell)))


def together(habits: Iterable[Habit]) -> Sign | None:
    """The one decimal sign that all of these columns show, None where they show none or both."""
    signs = {sign for habit in habits for sign in habit.seen}
    return signs.pop() if len(signs) == 1 else None


def decimal_sign(digits: str) -> Sign | Literal["either"] | None:
    """What stands before the decimals in a number without its sign and unit: None where it has neither point nor comma.

    >>> [decimal_sign(text) for text in ("1.234,56", "1,234.5", "12,5", "0.125", "1.234.567", "1234")]
    [',', '.', ',', '.', ',', None]
    >>> decimal_sign("1,234")
    'either'
    """
    digits = digits.strip(_GROUPERS)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if points > 1 or commas > 1:
        return "," if points else "."
    if not points and not commas:
        return None
    sign: Sign = "." if points else ","
    before, _, after = digits.partition(sign)
    groups = len(after) == 3 and 1 <= len(before) <= 3 and before.isdigit() and not before.startswith("0")
    return "either" if groups else sign


def amount(cell: object, sign: Sign | None = None) -> Amount:
    """The number in a cell, `sign` being what stands before its decimals where the cell leaves it open.

    Thousands may be parted by a point, a comma, a blank or an apostrophe; a minus sign or brackets make it negative. Raises Unreadable,
    and Unclear for what could be two numbers.

    >>> amount("1.234,56"), amount("€ 12.50"), amount("(1 234)")
    (Amount(value=Decimal('1234.56'), unit=''), Amount(value=Decimal('12.50'), unit='€'), Amount(value=Decimal('-1234'), unit=''))
    >>> amount("1,234", ".").value, amount("1,234", ",").value, amount("12 %")
    (Decimal('1234'), Decimal('1.234'), Amount(value=Decimal('12'), unit='%'))
    >>> amount("1,234")
    Traceback (most recent call last):
    listener.importing.facts.amounts.Unclear: "1,234" could be 1234 or 1.234
    """
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | Decimal):
        raise Unreadable(f"{_quoted(cell)} is not a number")
    if not isinstance(cell, str):
        value = Decimal(str(cell))
        if not value.is_finite():
            raise Unreadable(f"{value} is not a number to count with")
        return Amount(value)
    written = _taken_apart(cell)
    if written is None:
        raise Unreadable(f"{_quoted(cell)} is not a number")
    value = _value(written.digits, sign, cell)
    return Amount(-value if written.negative else value, written.unit)


def _taken_apart(cell: str) -> _Written | None:
    found = _AROUND.fullmatch(cell.strip()) if len(cell) < 100 else None
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["before"] and found["after"]):
        return None
    minus = [sign for sign in (found["minus"], found["minus2"]) if sign and sign != "+"]
    if len(minus) + bool(found["open"]) > 1:
        return None
    return _Written(bool(minus or found["open"]), found["digits"], found["before"] or found["after"])


def _value(digits: str, sign: Sign | None, cell: str) -> Decimal:
    told = decimal_sign(digits)
    if told == "either":
        if sign is None:
            plain = digits.replace(",", ".")
            raise Unclear(f"{_quoted(cell)} could be {plain.replace('.', '')} or {plain}")
        told = sign
    elif told is not None and sign is not None and told != sign:
        raise Unreadable(f'{_quoted(cell)} does not write its decimals behind "{sign}" as the column does')
    whole, _, decimals = digits.rpartition(told) if told and told in digits else (digits, "", "")
    groups = re.split(rf"[.,{_GROUPERS}]", whole)
    apart = set(re.findall(rf"[.,{_GROUPERS}]", whole))
    grouped = len(apart) <= 1 and (len(groups) == 1 or _in_groups(groups)) and told not in apart
    if (
        not grouped
        or not all(_PLAIN.fullmatch(group) for group in groups if group or whole)
        or (decimals and not _PLAIN.fullmatch(decimals))
    ):
        raise Unreadable(f"{_quoted(cell)} is not a number")
    try:
        return Decimal(f"{''.join(groups) or '0'}.{decimals or '0'}" if decimals else "".join(groups) or "0")
    except InvalidOperation as error:
        raise Unreadable(f"{_quoted(cell)} is not a number") from error


def _in_groups(groups: list[str]) -> bool:
    """Thousands, or the lakhs and crores of India."""
    first, *middle, last = groups
    three = all(len(group) == 3 for group in middle) and 1 <= len(first) <= 3
    two = all(len(group) == 2 for group in middle) and 1 <= len(first) <= 2
    return len(last) == 3 and (three or two)


def _quoted(cell: object) -> str:
    text = " ".join(str(cell).split())
    return f'"{text[:60]}"'

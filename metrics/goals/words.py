"""Goals in words: "+35 % average engagement rate in 4 months", "+500 followers next month", "negative share to 20 % by June on x".

What shall change comes first, by how much and of which figure; then, in any order, by when, `for` which brand, `on` which channel, `in campaign`
which. Figures go by their ids, their titles and the names that people use for them. What the words leave open is refused with what to
write instead, or, where one reading is the usual one, read so and noted. `words.lark` holds the grammar.
"""

import math
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from metrics.errors import MetricError
from metrics.goals.days import Deadline, Reading
from metrics.goals.goal import Aim, fits
from metrics.goals.names import called, meant, names, names_of, plain
from metrics.metric import Metric
from metrics.registry import METRICS
from metrics.saying import Said

LONGEST = 300
EXAMPLE = '"+35 % average engagement rate in 4 months"'
UP = frozenset(
    [
        "increase",
        "grow",
        "raise",
        "improve",
        "lift",
        "boost",
        "gain",
        "add",
        "more",
        "higher",
        "additional",
        "extra",
        "rise",
        "growth",
    ]
)
DOWN = frozenset(["reduce", "cut", "lower", "decrease", "shrink", "drop", "fewer", "less", "fall"])
UNITS = {"minute": "minutes", "hour": "hours", "star": "stars", "people": "people"}


@dataclass(frozen=True, slots=True)
class Worded:
    """What a goal's words say. `brand`, `channel` and `campaign` are as written, None where nothing is; `notes` say how words were read."""

    kpi: str
    aim: Aim
    deadline: Deadline
    brand: str | None = None
    channel: str | None = None
    campaign: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)


def read(text: str) -> Worded:
    """What the words of a goal say, whenever they are said. Raises MetricError with what to write instead.

    >>> worded = read("+20 % click-through rate by the end of the year") if "click_through_rate" in METRICS else read("+20 % mentions this year")
    >>> worded.aim
    Aim(kind='percent', amount=20.0)
    >>> str(worded.deadline.last_day(date(2026, 11, 22)))
    '2026-12-31'
    >>> read("+20 % mentoins by June")
    Traceback (most recent call last):
    metrics.errors.MetricError: no figure is called "mentoins"; did you mean "mentions"?
    """
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise MetricError(f"a goal has 1 to {LONGEST} characters; write it as in {EXAMPLE}")
    if odd := re.search(r"\d,\d{1,2}(?!\d)|\d,\d{4,}", text):
        raise MetricError(f'"{odd[0]}": write decimals with a point, as in 1.5, and thousands as in 1,500')
    parts = _wish_and_clauses(text)
    clauses: dict[str, Any] = {}
    for name, value in parts[1:]:
        if name in clauses:
            raise MetricError(f'"{text}" says twice {_MEANING[name]}')
        clauses[name] = value
    kpi, aim, notes = parts[0]
    if "deadline" not in clauses:
        raise MetricError(
            f'"{text}" does not say by when; add "in 4 months", "by 2027-03-31" or "by the end of the year"'
        )
    fits(aim, METRICS[kpi])
    deadline: Deadline = clauses.pop("deadline")
    return Worded(kpi, aim, deadline, **clauses, notes=(*notes, *deadline.notes))


def _wish_and_clauses(text: str) -> list[Any]:
    """The parts of the words. "reach" is a verb, and a figure: "reach 40 % share of voice", "reach 40,000 by June"."""
    if re.match(r"reach\s+[0-9]", text, re.IGNORECASE):
        with suppress(MetricError):
            return list(_parsed("to" + text[5:], "start"))
    return list(_parsed(text, "start"))


_CLAUSE = re.compile(
    r"\b(?:in|within|over|during|by|until|till|next|this|for|on|before|at|to|(?:the\s+)?end)\b|(?<!\w)[+\-\u2212]|[%\d]"
)
_MEANING = {
    "deadline": "by when",
    "brand": "for which brand",
    "channel": "on which channel",
    "campaign": "in which campaign",
}


def read_change(text: str) -> Aim:
    """A change alone, as config.toml has it: "+35 %", "-10 points" or "+500". Raises MetricError.

    >>> read_change("-10 points"), read_change("+1,500")
    (Aim(kind='points', amount=-10.0), Aim(kind='amount', amount=1500.0))
    """
    aim: Aim = _parsed(text, "aim").aim()
    return aim


def in_words(
    kpi: str,
    aim: Aim,
    last_day: date,
    *,
    brand: str | None = None,
    channel: str | None = None,
    campaign: str | None = None,
) -> Said:
    """The words that say just this; in English, reading them gives the same again.

    >>> in_words("share_of_voice", Aim("to", 40), date(2027, 3, 31), channel="x")
    'to 40 % share of voice by 2027-03-31 on x'
    """
    said = Said(
        "{aim} {kpi} by {day}", aim=aim_in_words(aim, METRICS[kpi]), kpi=Said(called(kpi)), day=last_day
    )
    clauses = {"{goal} for {name}": brand, "{goal} on {name}": channel, "{goal} in campaign {name}": campaign}
    for clause, name in clauses.items():
        if name:
            said = Said(clause, goal=said, name=f'"{name}"' if _quoted(name) else name)
    return said


def aim_in_words(aim: Aim, metric: Metric) -> Said:
    """An aim as people write it.

    >>> aim_in_words(Aim("percent", -5), METRICS["mentions"]), aim_in_words(Aim("to", 1500), METRICS["mentions"])
    ('-5 %', 'to 1,500')
    """
    places = len(f"{Decimal(repr(abs(aim.amount))):f}".partition(".")[2].rstrip("0"))
    if aim.kind == "to":
        number = Said(f"{{n:,.{places}f}}", n=aim.amount)
        return Said("to {n} %" if metric.unit == "%" else "to {n}", n=number)
    number = Said(f"{{n:+,.{places}f}}", n=aim.amount)
    return Said({"percent": "{n} %", "points": "{n} points"}.get(aim.kind, "{n}"), n=number)


def _quoted(name: str) -> bool:
    return not re.fullmatch(r"[\w.@-]+", name)


@lru_cache(maxsize=4)
def _grammar(ids: tuple[str, ...]) -> Any:
    # Imported here: a command that reads no goal need not pay for it.
    from lark import Lark

    longest_first = sorted(names_of(ids), key=len, reverse=True)
    figures = "|".join(r"[\W_]+".join(name.split()) for name in longest_first)
    text = Path(__file__).with_name("words.lark").read_text("utf-8")
    text = text.replace("/FIGURES/i", rf"/({figures})\)?(?![\w-])/i")
    return Lark(text, parser="lalr", lexer="contextual", start=["start", "aim"], transformer=_Reader())


def _parsed(text: str, start: str) -> Any:
    from lark import UnexpectedInput, UnexpectedToken
    from lark.exceptions import VisitError

    try:
        return _grammar(tuple(METRICS)).parse(text, start=start)
    except VisitError as error:
        if isinstance(error.orig_exc, MetricError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        raise MetricError(_not_read(text, len(text) if at_end else error.pos_in_stream or 0)) from None


def _not_read(text: str, place: int) -> str:
    """Why words could not be read: mostly a figure's name that nobody knows."""
    before, rest = text[:place].strip(), text[place:]
    if rest.strip() and (word := re.search(r"\b(by|before|until|till)$", before, re.IGNORECASE)):
        return f'"{word[0]} {rest[:40]}" names no day; write one as in "by 2027-03-31" or "by the end of the year"'
    start = "" if _CLAUSE.match(rest) else _CLAUSE.split(before)[-1]  # the first words of a longer name
    name = f"{start} {_CLAUSE.split(rest, maxsplit=1)[0]}".strip()
    if plain(name) and plain(name) not in names():
        return f'no figure is called "{name}"{meant(plain(name))}'
    if not rest.strip():
        return f'"{text}" ends too early; write it as in {EXAMPLE}'
    pointer = f'"{before[-40:]} >>> {rest[:40]}"' if before else f'"{rest[:40]}"'
    return f'{pointer} cannot be read; write it as in {EXAMPLE}, or "by 2027-03-31" for the day'


class _Change:
    """An amount as written: its sign, its unit, whether it is a value to reach."""

    def __init__(self, sign: str, number: str, unit: str, *, level: bool) -> None:
        digits = re.sub(r"[\s,]", "", number).lower()
        scale = {"k": 1e3, "m": 1e6}.get(digits[-1], 1.0)
        self.number = float(digits.rstrip("km")) * scale
        if not math.isfinite(self.number) or self.number > 1e15:
            raise MetricError(f"{number} is more than any figure comes to")
        self.sign, self.level = ("-" if sign and sign != "+" else sign), level
        self.unit = _unit(unit)

    def aim(self, metric: Metric | None = None, way: str = "") -> Aim:
        """As an aim. `way`: "+" or "-" where words say it, "to" where they name a value to reach."""
        sign = self.sign or (way if way != "to" else "")
        if self.sign and way in ("+", "-") and self.sign != way:
            raise MetricError(f"the words and the sign {self.sign} say opposite things")
        if metric is not None:
            self._check(metric, to=self.level or not sign)
        if self.level or not sign:
            return Aim("to", -self.number if self.sign == "-" else self.number)
        amount = -self.number if sign == "-" else self.number
        kind = {"%": "percent", "points": "points"}.get(self.unit, "amount")
        if kind == "amount" and metric is not None and "points" in metric.unit:
            kind = "points"
        return Aim(kind, amount)  # type: ignore[arg-type]

    def _check(self, metric: Metric, *, to: bool) -> None:
        if self.unit in UNITS.values() and self.unit != metric.unit:
            raise MetricError(f"{metric.id} is in {metric.unit}, not in {self.unit}")
        if to and self.unit in ("%", "points") and not metric.unit.startswith(self.unit):
            raise MetricError(
                f"{metric.id} is in {metric.unit}, so it cannot come to {self.number:g} {self.unit}"
            )


def _unit(written: str) -> str:
    word = " ".join(written.lower().split())
    if "point" in word or word == "pp":
        return "points"
    if word == "%" or word.startswith("per"):
        return "%"
    return UNITS.get(word.rstrip("s"), UNITS.get(word, ""))


def _way(word: str) -> str:
    low = word.lower()
    return "+" if low in UP else "-" if low in DOWN else "to"


class _Reader(Reading):
    """The grammar's actions for all but the days: lark calls one per rule while it parses."""

    def start(self, children: list[Any]) -> list[Any]:
        return children

    def change(self, children: list[Any]) -> _Change:
        return self._amount(children, level=False)

    def level(self, children: list[Any]) -> _Change:
        return self._amount([child for child in children if child.type != "TO"], level=True)

    def _amount(self, children: list[Any], *, level: bool) -> _Change:
        by = {child.type: str(child) for child in children}
        return _Change(by.get("SIGN", ""), by["NUMBER"], by.get("UNIT", ""), level=level)

    def aim_first(self, children: list[Any]) -> Any:
        amount, *more, figure = children
        return self._wish(amount, str(figure), _way(str(more[0])) if more else "")

    def verb_first(self, children: list[Any]) -> Any:
        verb, figure, amount = children
        return self._wish(amount, str(figure), "" if amount.level else _way(str(verb)))

    def figure_first(self, children: list[Any]) -> Any:
        figure, amount = children
        return self._wish(amount, str(figure), "")

    def verb_aim(self, children: list[Any]) -> Any:
        verb, amount, *more, figure = children
        return self._wish(amount, str(figure), _way(str(more[0])) if more else _way(str(verb)))

    def _wish(self, amount: _Change, figure: str, way: str) -> Any:
        kpi = names()[plain(figure)]
        aim = amount.aim(METRICS[kpi], way)
        notes = []
        if aim.kind == "to" and not amount.level and way != "to":
            written = aim_in_words(aim, METRICS[kpi]).removeprefix("to ")
            notes.append(
                f"{written} without a sign is read as the value to reach; write +{written} for a rise"
            )
        if aim.kind == "percent" and METRICS[kpi].unit == "%":
            written = aim_in_words(aim, METRICS[kpi])
            notes.append(
                f"{written} is read as so much of what it is now; write {written[:-2]} points to add them"
            )
        if plain(figure) not in (plain(kpi), plain(METRICS[kpi].title)):
            notes.append(f'"{" ".join(figure.split())}" is read as {kpi}: {METRICS[kpi].title}')
        return kpi, aim, notes

    def brand(self, children: list[Any]) -> tuple[str, str]:
        return "brand", str(children[0]).strip('"').strip()

    def channel(self, children: list[Any]) -> tuple[str, str]:
        return "channel", str(children[0]).strip('"').strip()

    def campaign(self, children: list[Any]) -> tuple[str, str]:
        return "campaign", str(children[0]).strip('"').strip()

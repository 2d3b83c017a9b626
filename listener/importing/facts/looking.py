"""What a file's columns mean: told from all of its rows, before any of them is read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from listener.errors import UsageError
from listener.importing.facts import currencies
from listener.importing.facts.amounts import Habit, Sign, Unreadable, amount, together
from listener.importing.facts.cells import NOTHING, Plan
from listener.importing.facts.days import Order, read_moment
from listener.importing.facts.mapping import EACH_ROW, facts_in
from listener.importing.facts.sheets import Sheet
from listener.importing.rows import Row
from metrics.facts import FACTS

DATES = ("date", "last_day", "created", "first_reply", "solved")
NUMBERS = ("count", "engaged_sessions", "first_reply_minutes", "solved_minutes", *FACTS)


@dataclass(slots=True)
class Looked:
    """How the columns write their dates and numbers, and what currencies are written beside those."""

    orders: dict[str, Order]
    habits: dict[str, Habit]
    units: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def look(sheet: Sheet, columns: Mapping[str, str]) -> Looked:
    """Go through all rows once."""
    looked = Looked(
        {columns[name]: Order() for name in DATES if name in columns},
        {columns[name]: Habit() for name in NUMBERS if columns.get(name, EACH_ROW) != EACH_ROW},
    )
    money = [columns[name] for name in _money_columns(columns)]
    for row in sheet.rows():
        if isinstance(row, Row):
            for column, order in looked.orders.items():
                order.look(row.line, row.value.get(column))
            for column, habit in looked.habits.items():
                habit.look(row.line, row.value.get(column))
            for column in money:
                looked.units[column] |= _unit(row.value.get(column))
    return looked


def _unit(cell: object) -> set[str]:
    """What is written beside a number; {""} for nothing, and nothing for a cell without a number."""
    if cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING):
        return set()
    try:
        return {amount(cell, ".").unit}
    except Unreadable:
        try:
            return {amount(cell, ",").unit}
        except Unreadable:
            return set()


def _money_columns(columns: Mapping[str, str]) -> list[str]:
    """The fields that hold money; of files that name the fact in each row none is known to."""
    return [name for name in facts_in(columns) if FACTS[name].unit == "money" and columns[name] != EACH_ROW]


def day_first(path: Path, column: str, order: Order, said: str | None) -> bool | None:
    if said is not None:
        return said == "day-first"
    if order.unclear is None:
        return order.told
    line, cell = order.unclear
    if order.told is None:
        why = "could be two dates, and no other cell of the column tells which"
        if order.day_first and order.month_first:
            one, other = order.day_first, order.month_first
            why = f'could be two dates: line {one[0]} ("{one[1]}") puts the day first and line {other[0]} ("{other[1]}") the month'
        raise UsageError(
            f'{path.name} line {line}, column {column}: "{cell[:40]}" {why}; say --dates day-first or --dates month-first'
        )
    return order.told


def signs(path: Path, habits: Mapping[str, Habit], said: Sign | None) -> dict[str, Sign | None]:
    """What stands before the decimals in each column. Raises UsageError where it cannot be told and matters."""
    of_file = together(habits.values())
    signs: dict[str, Sign | None] = {}
    for column, habit in habits.items():
        if said is None and len(habit.seen) == 2:
            (one, first), (other, second) = habit.seen.items()
            raise UsageError(
                f'{path.name} line {second[0]}, column {column}: "{second[1][:40]}" writes its decimals behind "{other}", and line {first[0]} '
                f'("{first[1][:40]}") behind "{one}"; say which is right with --decimal "{one}" or "{other}"'
            )
        signs[column] = said or together([habit]) or of_file
        if habit.unclear and signs[column] is None:
            line, cell = habit.unclear
            raise UsageError(
                f'{path.name} line {line}, column {column}: "{cell[:40]}" could have thousands or decimals, and no other cell tells which; '
                "say --decimal . or --decimal ,"
            )
    return signs


def check_money(path: Path, plan: Plan, looked: Looked) -> None:
    """Raises UsageError where a whole column of money lacks a currency: that is no fault of its rows."""
    for name in _money_columns(plan.columns):
        column = plan.columns[name]
        units = looked.units.get(column, set())
        known = plan.currency or currencies.in_heading(column) or "currency" in plan.columns
        if units and not known and not any(currencies.code_of(unit) for unit in units):
            shared = [
                f'; "{unit}" is {meant}'
                for unit in units
                if (meant := currencies.SHARED.get(unit.casefold()))
            ]
            raise UsageError(
                f"{path.name}: column {column} holds money, and nothing says in which currency{''.join(shared)}; "
                "say with --currency, as in --currency EUR"
            )


def newest_time(plan: Plan, sheet: Sheet) -> datetime:
    """The newest time in the file that is not in the future: when it was exported, at the earliest."""
    newest: datetime | None = None
    for row in sheet.rows():
        for name in ("created", "first_reply", "solved"):
            column = plan.columns.get(name)
            if column is None or not isinstance(row, Row) or row.value.get(column) in (None, ""):
                continue
            try:
                at = read_moment(row.value[column], zone=plan.zone, day_first=plan.day_first.get(column))
            except Unreadable:
                continue
            if at <= plan.now:
                newest = max(newest or at, at)
    return newest or plan.now

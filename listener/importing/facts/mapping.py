"""Which column of a file is which field or fact: as somebody said, as it was saved, or by well-known headings."""

import re
from collections.abc import Mapping, Sequence

from listener.errors import UsageError
from listener.importing.facts.headings import KNOWN, simple
from listener.suggestion import nearest
from metrics.facts import FACTS

EACH_ROW = "*"
"""In place of a column: each row counts as one."""
AUDIENCE = ("country", "language", "age", "gender", "interest")
TICKET = ("created", "first_reply", "solved", "first_reply_minutes", "solved_minutes")
FIELDS = (
    "date", "last_day", "channel", "campaign", "influencer", "brand", "fact", "value", "currency", "detail", "count", "engaged_sessions",
    *TICKET, *AUDIENCE,
)  # fmt: skip
"""What a column may be beside a fact. `value` is the fact of that name where no column names the fact."""
_NUMBERED = re.compile(r"#[1-9]\d{0,3}", re.ASCII)
Mapped = Mapping[str, str]
"""field or fact = column"""


def parse_mapping(items: Sequence[str]) -> dict[str, str]:
    """`--map FIELD=COLUMN` arguments; an empty column says that there is none. Raises UsageError.

    >>> parse_mapping(["spend=Amount spent (EUR)", "reach="])
    {'spend': 'Amount spent (EUR)', 'reach': ''}
    """
    mapping: dict[str, str] = {}
    for item in items:
        name, equals, column = (part.strip() for part in item.partition("="))
        if not equals or not name:
            raise UsageError(f"--map {item!r}: write FIELD=COLUMN, such as date=Day or spend=Cost")
        check_field(name)
        if name in mapping:
            raise UsageError(f"--map {item!r}: {name} is mapped twice, to {mapping[name]!r} and {column!r}")
        mapping[name] = column
    return mapping


def check_field(name: str) -> None:
    """Raises UsageError for what is neither a field nor a fact."""
    if name not in FIELDS and name not in FACTS:
        near = nearest(name, (*FIELDS, *FACTS))
        hint = f"did you mean {near}? " if near else ""
        raise UsageError(
            f"{name!r} is no field and no fact; {hint}fields are {', '.join(FIELDS)}; facts are {', '.join(FACTS)}"
        )


def known_headings(columns: Sequence[str], said: Mapped) -> int:
    """How many of these cells look like headings: so many that a report's title above them is told apart."""
    names = {name for found in KNOWN.values() for name in found} | {
        simple(name) for name in (*FACTS, *said.values())
    }
    return sum(simple(column) in names for column in columns)


def chosen(columns: Sequence[str], said: Mapped, *, file: str, guess: bool) -> dict[str, str]:
    """The column of each field and fact: as it was said, the rest by well-known headings where `guess`.

    Raises UsageError for a column that is not there, for a file without a date or without any fact.
    """
    found = {name: _column(name, column, columns, file) for name, column in said.items() if column}
    if guess:
        by_name = {simple(column): column for column in reversed(columns)}
        for name in (*KNOWN, *(fact for fact in FACTS if fact not in KNOWN)):
            names = (*KNOWN.get(name, ()), name.replace("_", " "))
            column = next((by_name[known] for known in names if known in by_name), None)
            if (
                column is not None
                and name not in said
                and (name == "created" or column not in found.values())
            ):
                found[name] = column
        found = _of_one_shape(found, said)
    _check(found, columns, file)
    return found


def _of_one_shape(found: dict[str, str], said: Mapped) -> dict[str, str]:
    """What was guessed, without what belongs to another shape of file."""
    tickets = any(name in found for name in TICKET[1:])
    left_out = set()
    if "date" in found and tickets and found.get("created") == found["date"] and "date" not in said:
        left_out.add("date")
    elif not tickets or "date" in said:
        left_out.add("created")
    if not {"fact", "value"} <= found.keys():
        left_out |= {"fact", "detail"} | ({"value"} if "fact" not in said else set())
    if not {"csat", "nps", "rating"} & found.keys():
        left_out.add("count")
    if "sessions" not in found:
        left_out.add("engaged_sessions")
    left_out |= _of_one_by_influencer(found, tickets)
    return {name: column for name, column in found.items() if name not in left_out or said.get(name)}


def _of_one_by_influencer(found: Mapped, tickets: bool) -> set[str]:
    """Answers and cases are nobody's doing; followers beside an influencer are the influencer's, and not the brand's."""
    if "influencer" not in found:
        return set()
    apart = any(FACTS[name].detail for name in facts_in(found))
    return {"influencer"} if tickets or apart else {name for name in facts_in(found) if FACTS[name].standing}


def facts_in(mapping: Mapped) -> list[str]:
    """The facts that have a column of their own."""
    return [name for name in mapping if name in FACTS and not (name == "value" and "fact" in mapping)]


def is_tickets(mapping: Mapped) -> bool:
    """Whether each row is a case of a help desk."""
    return "created" in mapping and any(name in mapping for name in TICKET[1:])


def _check(found: Mapped, columns: Sequence[str], file: str) -> None:
    listed = _listed(columns)
    if "date" not in found and not is_tickets(found):
        raise UsageError(
            f"{file}: no column holds the day; the columns are {listed}. Say which with --map date=COLUMN"
        )
    if "fact" in found and "value" not in found:
        raise UsageError(f"{file}: a column names the fact, and none holds its value: --map value=COLUMN")
    if "fact" not in found and not facts_in(found) and not is_tickets(found):
        raise UsageError(
            f"{file}: no column holds a fact; the columns are {listed}. Say which with --map FACT=COLUMN, such as spend=Cost; facts are "
            f"{', '.join(FACTS)}"
        )
    if "audience" in found and not any(name in found for name in AUDIENCE):
        raise UsageError(
            f"{file}: of an audience a column must say which part: --map country=COLUMN (or {', '.join(AUDIENCE[1:])})"
        )


def _column(name: str, column: str, columns: Sequence[str], file: str) -> str:
    if column == EACH_ROW and name in FACTS:
        return column
    if _NUMBERED.fullmatch(column) and column not in columns:
        if int(column[1:]) > len(columns):
            raise UsageError(f"{file}: {name}={column}: there are only {len(columns)} columns")
        return columns[int(column[1:]) - 1]
    same = [known for known in columns if known == column] or [
        known for known in columns if known.strip().casefold() == column.casefold()
    ]
    if len(same) == 1:
        return same[0]
    if twice := [known for known in columns if re.fullmatch(re.escape(column) + r" \(#\d+\)", known)]:
        raise UsageError(
            f"{file}: {name}={column}: {len(twice)} columns are called so; say which: {' or '.join(twice)}"
        )
    near = nearest(column, columns)
    hint = f"did you mean {near!r}? " if near else ""
    raise UsageError(
        f"{file}: {name}={column}: there is no such column; {hint}the columns are {_listed(columns)}"
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(column[:40]) for column in columns[:40])
    return shown + (f" and {len(columns) - 40} more" if len(columns) > 40 else "")


def described(mapping: Mapped) -> str:
    """One line for a person.

    >>> described({"date": "Day", "leads": "*"})
    'date from Day, leads one for each row'
    """
    return ", ".join(
        f"{name} one for each row" if column == EACH_ROW else f"{name} from {column}"
        for name, column in mapping.items()
    )

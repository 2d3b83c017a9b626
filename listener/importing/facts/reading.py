"""A file's facts: what its columns mean is told from all of its rows first, then each row is read."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal

from listener.errors import UsageError
from listener.importing.facts.amounts import Sign
from listener.importing.facts.cells import Plan, Refused
from listener.importing.facts.headings import Tool, channel_of, tool_of
from listener.importing.facts.looking import check_money, day_first, look, newest_time, signs
from listener.importing.facts.making import NotAsked, figures
from listener.importing.facts.mapping import chosen, described, is_tickets, known_headings
from listener.importing.facts.sheets import Sheet, open_sheet
from listener.importing.rows import RAW_LIMIT, Rejected, Row
from metrics.facts import FACTS
from storage.facts import LARGEST, MILLION, DetailsOf, FactKey

FAMILIES = ({"answered", "unanswered"}, {"resolved", "unresolved"})
"""Facts of which one follows the other: a file that tells of one tells of both."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of an import, in its options or in config.toml; None and empty: not said."""

    columns: Mapping[str, str] = field(default_factory=dict)
    brand: str | None = None
    channel: str | None = None
    currency: str | None = None
    dates: Literal["day-first", "month-first"] | None = None
    decimal: Sign | None = None
    sheet: str | None = None
    zone: str | None = None
    scale: int | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedFact(Rejected):
    """A row that gave no figures; `field` is the file's column at fault, "row" for the row itself."""

    def __str__(self) -> str:
        where = "" if self.field == "row" else f", column {self.field}"
        return f"{Path(self.file).name} line {self.line}{where}: {self.reason}"


@dataclass(slots=True)
class FactFile:
    """A file's figures, those of one name added together, and what became of its rows.

    `whole` are the days and channels whose details the file tells all of. `said` is all that was settled of the mapping, to be saved.
    `not_asked` counts rows by a channel that is not counted, `empty` rows without any figure.
    """

    name: str
    said: Said
    amounts: dict[FactKey, int] = field(default_factory=dict)
    whole: set[DetailsOf] = field(default_factory=set)
    rows: int = 0
    rejected: int = 0
    empty: int = 0
    not_asked: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def read_facts(
    path: Path,
    said: Said,
    *,
    name: str | None,
    saved: bool,
    brands: Mapping[str, str],
    own: str | None,
    zone: tzinfo,
    now: datetime,
    at: datetime | None = None,
    on_rejected: Callable[[RejectedFact], None],
) -> FactFile:
    """The facts in the file at `path`, mapped as it was said and, unless the mapping was `saved`, by well-known headings.

    `name` is the import's (None: that of the tool whose export it looks like). `brands` maps ids and names in lower case to ids, `own` is the
    brand of rows that name none. `at` is when the file was exported, the newest time in it if not given. Raises FileError for a file that
    cannot be read whole, and UsageError for one that could mean two things, before any row is handed on.
    """
    sheet = open_sheet(path, known=lambda cells: known_headings(cells, said.columns), sheet=said.sheet)
    tool = tool_of(sheet.columns) or Tool("facts", frozenset())
    columns = chosen(sheet.columns, said.columns, file=path.name, guess=not saved)
    channel = channel_of(said.channel or "") or ("" if saved else tool.channel)
    only = said.only or (tool.only if not saved and "channel" in columns else ())
    brand = said.brand or own
    if brand is None and "brand" not in columns:
        raise UsageError(
            f"{path.name}: of which brand? config.toml has {', '.join(sorted(set(brands.values())))}: say with --brand"
        )
    looked = look(sheet, columns)
    plan = Plan(
        columns,
        brands,
        zone,
        now,
        at or now,
        brand,
        channel,
        said.currency,
        said.scale,
        frozenset(map(channel_of, only)) - {"all"},
        {column: day_first(path, column, order, said.dates) for column, order in looked.orders.items()},
        signs(path, looked.habits, said.decimal),
    )
    check_money(path, plan, looked)
    if at is None and is_tickets(columns):
        plan = replace(plan, at=newest_time(plan, sheet))
    settled = replace(said, columns=columns, channel=channel or None, only=only)
    made = FactFile(name or tool.name, settled)
    otherwise = "" if saved else "; --map FIELD=COLUMN says otherwise"
    made.notes.append(f"{sheet.note}; {described(columns)}{otherwise}")
    _read(path, sheet, plan, made, on_rejected)
    return made


def _read(
    path: Path, sheet: Sheet, plan: Plan, made: FactFile, on_rejected: Callable[[RejectedFact], None]
) -> None:
    """Go through the rows again and add their figures up."""

    def reject(line: int, column: str, reason: str, raw: str) -> None:
        made.rejected += 1
        on_rejected(RejectedFact(str(path), line, column or "row", reason, raw[:RAW_LIMIT]))

    for row in sheet.rows():
        made.rows += 1
        if isinstance(row, Rejected):
            reject(row.line, row.field, row.reason, row.raw)
            continue
        try:
            found = figures(plan, row.value)
            _add(made.amounts, found)
        except Refused as refused:
            reject(row.line, refused.column, str(refused), row.raw or _raw(row))
        except NotAsked as other:
            made.not_asked[other.channel] += 1
        else:
            made.empty += not found
            made.whole.update(part for key, _ in found for part in _whole(key))


def _add(amounts: dict[FactKey, int], found: Sequence[tuple[FactKey, int]]) -> None:
    """Add a row's figures to those of the same name, all or none. Raises Refused for what cannot be added."""
    for key, more in found:
        before = amounts.get(key)
        if before is not None and FACTS[key.fact].standing and before != more:
            raise Refused(
                "",
                f"{key.fact} of {key.day} stand in an earlier row with another value, and are not added up",
            )
        if before is not None and abs(before + more) > LARGEST * MILLION:
            raise Refused("", f"{key.fact} of {key.day} come to more than {LARGEST:,}")
    for key, more in found:
        amounts[key] = more if FACTS[key.fact].standing else amounts.get(key, 0) + more


def _whole(key: FactKey) -> Iterator[DetailsOf]:
    """What a figure that is told apart says of others: those of its day and channel that the file does not hold are gone."""
    if FACTS[key.fact].detail:
        family = next((names for names in FAMILIES if key.fact in names), {key.fact})
        prefix = key.detail.partition("=")[0] + "=" if key.fact == "audience" else ""
        yield from (
            DetailsOf(key.brand_id, fact, key.day, key.channel, key.campaign, prefix) for fact in family
        )


def _raw(row: Row) -> str:
    return "; ".join(f"{name}={value}" for name, value in row.value.items() if value not in (None, ""))

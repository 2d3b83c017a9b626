"""Imported facts: figures of one day, channel and campaign, as an ad manager, a shop or a help desk gave them.

A figure is known by (import, brand, fact, day, channel, campaign, detail, currency). Storing a file's figures replaces those of the same
name, so that storing it twice changes nothing and a corrected export corrects. Amounts are whole millionths: sums never drift.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    delete,
    distinct,
    func,
    select,
)
from sqlmodel import Field, SQLModel

from storage.db import Database
from storage.rows import table_of, upsert_rows

MILLION = 1_000_000
"""Amounts are stored in millionths."""
LARGEST = 10**12
"""The largest amount that one figure may have: more is a mistake, and sums stay within what a database counts."""
SHOWN = 20


class FactRow(SQLModel, table=True):
    """`amount` in millionths; `currency` is "" for what is no money, and `detail` for what is not told apart."""

    __tablename__ = "facts"
    __table_args__ = {"sqlite_with_rowid": False}
    brand_id: str = Field(primary_key=True)
    fact: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    import_name: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    campaign: str = Field(primary_key=True)
    detail: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


facts = table_of(FactRow)


class FactKey(NamedTuple):
    """What a figure of one import is known by."""

    brand_id: str
    fact: str
    day: date
    channel: str = ""
    campaign: str = ""
    detail: str = ""
    currency: str = ""


class DetailsOf(NamedTuple):
    """All details of a fact, day and channel that begin with `prefix`: a file that tells some of them tells them all."""

    brand_id: str
    fact: str
    day: date
    channel: str
    campaign: str
    prefix: str = ""


class Restated(NamedTuple):
    """A figure that was stored before with another amount; `now` None where it is gone."""

    key: FactKey
    before: int
    now: int | None


@dataclass(slots=True)
class FactsSaved:
    """What storing changed, in figures. `first` are the first of those that were changed or removed."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    first: list[Restated] = field(default_factory=list)


def save_facts(
    db: Database,
    name: str,
    amounts: Mapping[FactKey, int],
    *,
    whole: Set[DetailsOf] = frozenset(),
    dry_run: bool = False,
) -> FactsSaved:
    """Store the figures of one file of the import `name`, all or none; `dry_run` only says what would change.

    Of `whole`, details that are stored and not among `amounts` are removed: a case that was answered is not unanswered any more.
    """
    if dry_run:
        with db.read() as connection:
            return _difference(connection, name, amounts, whole)[0]

    def work(connection: Connection) -> FactsSaved:
        saved, gone, differing = _difference(connection, name, amounts, whole)
        for key in gone:
            named = (facts.c[part] == value for part, value in key._asdict().items())
            connection.execute(delete(facts).where(facts.c.import_name == name, *named))
        columns = ("import_name", *FactKey._fields, "amount")
        rows = [(name, *key, amounts[key]) for key in differing]
        upsert_rows(connection, FactRow, columns, rows, merging={"amount": "new.amount"})
        return saved

    return db.do(work)


def _difference(
    connection: Connection, name: str, amounts: Mapping[FactKey, int], whole: Set[DetailsOf]
) -> tuple[FactsSaved, list[FactKey], list[FactKey]]:
    """What would change, the figures to be removed, and those to be written."""
    stored = _stored(connection, name, {*(key.day for key in amounts), *(part.day for part in whole)})
    gone = [key for key in stored if key not in amounts and _covered(key, whole)]
    changed = [key for key, amount in amounts.items() if stored.get(key, amount) != amount]
    new = [key for key in amounts if key not in stored]
    first = [Restated(key, stored[key], amounts.get(key)) for key in sorted([*gone, *changed])[:SHOWN]]
    unchanged = len(amounts) - len(new) - len(changed)
    return FactsSaved(len(new), len(changed), len(gone), unchanged, first), gone, [*new, *changed]


def _stored(connection: Connection, name: str, days: Set[date]) -> dict[FactKey, int]:
    if not days:
        return {}
    columns = [facts.c[part] for part in FactKey._fields]
    of_file = facts.c.import_name == name, facts.c.day >= min(days), facts.c.day <= max(days)
    rows = connection.execute(select(*columns, facts.c.amount).where(*of_file))
    return {FactKey(*key): amount for *key, amount in rows}


def _covered(key: FactKey, whole: Set[DetailsOf]) -> bool:
    prefix = key.detail.partition("=")[0] + "=" if "=" in key.detail else ""
    return DetailsOf(*key[:5], prefix) in whole


@dataclass(frozen=True, slots=True)
class StoredImport:
    """What one import holds of one brand's fact: `rows` figures of `days` days, from `first_day` to `last_day`."""

    name: str
    brand_id: str
    fact: str
    currencies: tuple[str, ...]
    first_day: date
    last_day: date
    days: int
    rows: int


def stored_imports(db: Database) -> list[StoredImport]:
    """What is stored, by import, brand and fact."""
    group = facts.c.import_name, facts.c.brand_id, facts.c.fact
    days = func.min(facts.c.day), func.max(facts.c.day), func.count(distinct(facts.c.day)), func.count()
    with db.read() as connection:
        of: dict[tuple[str, str, str], list[str]] = {}
        for *key, currency in connection.execute(select(*group, facts.c.currency).distinct()):
            of.setdefault((key[0], key[1], key[2]), []).append(currency)
        rows = connection.execute(select(*group, *days).group_by(*group).order_by(*group)).all()
    return [
        StoredImport(name, brand, fact, tuple(sorted(filter(None, of[name, brand, fact]))), *rest)
        for name, brand, fact, *rest in rows
    ]


def forget_import(db: Database, name: str) -> int:
    """Remove every figure of an import; how many there were."""

    def work(connection: Connection) -> int:
        return connection.execute(delete(facts).where(facts.c.import_name == name)).rowcount

    return db.do(work)


class Overlap(NamedTuple):
    """A fact of a channel that another import holds too, on so many days: it is counted twice there."""

    fact: str
    channel: str
    other: str
    days: int


def overlaps(db: Database, name: str, since: date, until: date) -> list[Overlap]:
    """What other imports hold of the same brand, fact, channel and day as this one, in [since, until]."""
    one, other = facts.alias("one"), facts.alias("other")
    same = [one.c[part] == other.c[part] for part in ("brand_id", "fact", "day", "channel")]
    group = one.c.fact, one.c.channel, other.c.import_name
    wanted = (
        select(*group, func.count(distinct(one.c.day)))
        .where(one.c.import_name == name, other.c.import_name != name, *same)
        .where(one.c.day >= since, one.c.day <= until)
        .group_by(*group)
        .order_by(*group)
    )
    with db.read() as connection:
        return [Overlap(*row) for row in connection.execute(wanted)]

"""Imported facts: figures of one day, channel and campaign, as an ad manager, a shop or a help desk gave them.

A figure is known by (import, brand, fact, day, channel, campaign, detail, currency, influencer). Storing a file's figures replaces those of
the same name, so that storing it twice changes nothing and a corrected export corrects. Amounts are whole millionths: sums never drift.

Whoever asks to be forgotten is taken out of the figures, which stay as figures of no influencer, and out of every file that comes later.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, distinct, func, select, union

from storage.db import Database
from storage.influencers import ANYWHERE, Called, name_key
from storage.rows import table_of, upsert_rows
from storage.tables_facts import LARGEST as LARGEST
from storage.tables_facts import MILLION as MILLION
from storage.tables_facts import FactKey as FactKey
from storage.tables_facts import FactRow as FactRow
from storage.told_apart import as_stored, told_otherwise

SHOWN = 20
facts = table_of(FactRow)
_COLUMNS = ("import_name", *FactKey._fields, "amount")


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
    """What storing changed, in figures. `first` are the first of those that were changed or removed. `nameless` are those of influencers
    who asked to be forgotten: they were stored without a name.
    """

    new: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    nameless: int = 0
    first: list[Restated] = field(default_factory=list)


def save_facts(
    db: Database,
    name: str,
    amounts: Mapping[FactKey, int],
    *,
    whole: Set[DetailsOf] = frozenset(),
    replace: bool = False,
    dry_run: bool = False,
) -> FactsSaved:
    """Store the figures of one file of the import `name`, all or none; `dry_run` only says what would change.

    Of `whole`, details that are stored and not among `amounts` are removed: a case that was answered is not unanswered any more.
    What was stored without influencers gives way to the same sum told by influencer. Raises ToldOtherwise where the sum is another, or the
    stored figures are by influencer and the file's are not; with `replace` the stored ones give way.
    """
    if dry_run:
        with db.read() as connection:
            return _difference(connection, name, amounts, whole, replace).saved

    def work(connection: Connection) -> FactsSaved:
        found = _difference(connection, name, amounts, whole, replace)
        for key in found.gone:
            named = (facts.c[part] == value for part, value in key._asdict().items())
            connection.execute(delete(facts).where(facts.c.import_name == name, *named))
        rows = [(name, *key, found.amounts[key]) for key in found.differing]
        upsert_rows(connection, FactRow, _COLUMNS, rows, merging={"amount": "new.amount"})
        return found.saved

    return db.do(work)


class _Difference(NamedTuple):
    """What would change: the figures to be removed, and those to be written of `amounts`."""

    saved: FactsSaved
    gone: Sequence[FactKey]
    differing: Sequence[FactKey]
    amounts: Mapping[FactKey, int]


def _difference(
    connection: Connection, name: str, given: Mapping[FactKey, int], whole: Set[DetailsOf], replace: bool
) -> _Difference:
    stored = _stored(connection, name, {*(key.day for key in given), *(part.day for part in whole)})
    amounts, nameless = as_stored(connection, given, stored)
    gone = [key for key in stored if key not in amounts and _covered(key, whole)]
    gone += told_otherwise(name, stored, amounts, replace)
    changed = [key for key, amount in amounts.items() if stored.get(key, amount) != amount]
    new = [key for key in amounts if key not in stored]
    first = [Restated(key, stored[key], amounts.get(key)) for key in sorted([*gone, *changed])[:SHOWN]]
    unchanged = len(amounts) - len(new) - len(changed)
    saved = FactsSaved(len(new), len(changed), len(gone), unchanged, nameless, first)
    return _Difference(saved, gone, [*new, *changed], amounts)


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


def forget_influencers(connection: Connection, called: Set[Called]) -> tuple[int, int]:
    """Take everybody so called out of the figures, which then are of no influencer.

    How many figures that were, and how many keep one of these names on another channel, where it may be somebody else's.
    """
    has_name = facts.c.influencer != ""
    stored = connection.execute(select(facts.c.channel, facts.c.influencer).where(has_name).distinct()).all()
    keys = {name_key(name) for _, name in called}
    theirs = [(channel, name) for channel, name in stored if name_key(name) in keys]
    wanted = {(channel, name_key(name)) for channel, name in called}
    of = [one for one in theirs if {(one[0], name_key(one[1])), (ANYWHERE, name_key(one[1]))} & wanted]
    figures = dict.fromkeys(theirs, 0)
    for channel, name in theirs:
        rows = connection.execute(select(facts).where(facts.c.channel == channel, facts.c.influencer == name))
        found = [row._asdict() for row in rows]
        figures[channel, name] = len(found)
        if (channel, name) in of:
            connection.execute(delete(facts).where(facts.c.channel == channel, facts.c.influencer == name))
            left = [[(row | {"influencer": ""})[column] for column in _COLUMNS] for row in found]
            upsert_rows(connection, FactRow, _COLUMNS, left, merging={"amount": "old.amount + new.amount"})
    gone = sum(figures[one] for one in of)
    return gone, sum(figures.values()) - gone


class Overlap(NamedTuple):
    """A fact of a channel that another import holds too, on so many days: it is counted twice there."""

    fact: str
    channel: str
    other: str
    days: int


def overlaps(db: Database, name: str, since: date, until: date) -> list[Overlap]:
    """What other imports hold of the same brand, fact, channel and day as this one, in [since, until]: of the same influencer, or the same sum."""
    key = ("import_name", "brand_id", "fact", "day", "channel", "currency")
    columns = [facts.c[part] for part in key]
    within = facts.c.day >= since, facts.c.day <= until
    told = select(*columns[:5], facts.c.influencer).where(*within).distinct()
    summed = func.sum(facts.c.amount)
    sums = select(*columns, summed.label("amount")).where(*within).group_by(*columns).having(summed != 0)
    found = union(*(_both(part, name) for part in (told, sums))).subquery()
    group = found.c.fact, found.c.channel, found.c.other
    with db.read() as connection:
        rows = connection.execute(select(*group, func.count()).group_by(*group).order_by(*group))
        return [Overlap(*row) for row in rows]


def _both(rows: Select[Any], name: str) -> Select[Any]:
    """The days on which another import has what this one has."""
    one, other = rows.subquery(), rows.subquery()
    same = [one.c[column.name] == other.c[column.name] for column in one.c if column.name != "import_name"]
    return (
        select(one.c.fact, one.c.channel, other.c.import_name.label("other"), one.c.day)
        .where(one.c.import_name == name, other.c.import_name != name, *same)
        .distinct()
    )

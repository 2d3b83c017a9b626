"""Imported facts added up over days: what figures are computed from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, select

from storage.facts import MILLION, FactRow
from storage.rows import among, table_of

facts = table_of(FactRow)
_WITHIN = facts.c.day >= bindparam("first"), facts.c.day < bindparam("after")

Days = tuple[date, date]
"""[first, after)"""


@dataclass(frozen=True, slots=True)
class FactSum:
    """Figures of one brand, fact, channel, detail and currency, and where they are told apart of one influencer as written ("": of none),
    added up; `last_day` is the newest day that has one.
    """

    brand_id: str
    fact: str
    channel: str
    detail: str
    currency: str
    amount: int
    last_day: date
    influencer: str = ""


@dataclass(frozen=True, slots=True)
class FactDays:
    """On how many days a brand has figures of a fact and channel, the first and the last of them, and their sum in any currency."""

    brand_id: str
    fact: str
    channel: str
    amount: int
    days: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures of a brand, fact and channel on the newest day that has one: added up, and how many."""

    brand_id: str
    fact: str
    channel: str
    last_day: date
    amount: int
    rows: int


class Facts:
    """Reads facts of some brands within one snapshot, narrowed to channels and to a campaign, in any case of letters.

    `apart`: sums are those of each influencer, as written.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        brands: Sequence[str],
        channels: Sequence[str] | None = None,
        campaign: str | None = None,
        apart: bool = False,
    ) -> None:
        self._connection, self._brands = connection, brands
        self._apart = (facts.c.influencer,) if apart else ()
        self._narrowed: list[ColumnElement[bool]] = []
        self._built: dict[tuple[str, tuple[str, ...]], Select[Any]] = {}
        if channels is not None:
            self._narrowed.append(among(connection, facts.c.channel, channels))
        if campaign is not None:
            self._narrowed.append(func.lower(facts.c.campaign) == campaign.lower())

    def _of(self, names: Sequence[str]) -> list[ColumnElement[bool]]:
        brands = among(self._connection, facts.c.brand_id, self._brands)
        return [brands, among(self._connection, facts.c.fact, names), *self._narrowed]

    def brands_with_any(self) -> set[str]:
        """The brands that anything was ever imported for, whatever the channel."""
        return {
            brand_id
            for brand_id in self._brands
            if self._connection.scalar(select(facts.c.fact).where(facts.c.brand_id == brand_id).limit(1))
        }

    def sums(self, names: Sequence[str], days: Days) -> Iterator[FactSum]:
        """The sums of these facts over [first, after)."""
        for brand_id, fact, channel, detail, currency, whole, rest, last_day, *whose in self._run(
            self._sums, names, days
        ):
            key = brand_id, fact, channel, detail, currency
            yield FactSum(*key, int(whole) * MILLION + int(rest), last_day, *whose)

    def days(self, names: Sequence[str], days: Days) -> Iterator[FactDays]:
        """On which days of [first, after) there are figures of these facts, channel by channel."""
        for brand_id, fact, channel, whole, rest, *told in self._run(self._days, names, days):
            yield FactDays(brand_id, fact, channel, int(whole) * MILLION + int(rest), *told)

    def standings(self, names: Sequence[str], days: Days) -> Iterator[Standing]:
        """The newest figures of each channel in [first, after), of facts that are no flow."""
        for brand_id, fact, channel, day, whole, rest, rows in self._run(self._standings, names, days):
            yield Standing(brand_id, fact, channel, day, int(whole) * MILLION + int(rest), rows)

    def _run(
        self, build: Callable[[Sequence[str]], Select[Any]], names: Sequence[str], days: Days
    ) -> Iterable[Any]:
        """The rows of a statement, built once for however many stretches of days it is asked for."""
        key = build.__name__, tuple(names)
        if key not in self._built:
            self._built[key] = build(names)
        return self._connection.execute(self._built[key], {"first": days[0], "after": days[1]})

    def _sums(self, names: Sequence[str]) -> Select[Any]:
        group = facts.c.brand_id, facts.c.fact, facts.c.channel, facts.c.detail, facts.c.currency
        return (
            select(*group, *_whole_and_rest(), func.max(facts.c.day), *self._apart)
            .where(*self._of(names), *_WITHIN)
            .group_by(*group, *self._apart)
        )

    def _days(self, names: Sequence[str]) -> Select[Any]:
        group, day = (facts.c.brand_id, facts.c.fact, facts.c.channel), facts.c.day
        return (
            select(*group, *_whole_and_rest(), func.count(day.distinct()), func.min(day), func.max(day))
            .where(*self._of(names), *_WITHIN)
            .group_by(*group)
        )

    def _standings(self, names: Sequence[str]) -> Select[Any]:
        inside = *self._of(names), *_WITHIN
        group = facts.c.brand_id, facts.c.fact, facts.c.channel
        newest = select(*group, func.max(facts.c.day).label("day")).where(*inside).group_by(*group).subquery()
        same = [facts.c[part] == newest.c[part] for part in ("brand_id", "fact", "channel", "day")]
        return (
            select(*group, facts.c.day, *_whole_and_rest(), func.count())
            .select_from(facts.join(newest, and_(*same)))
            .where(*inside)
            .group_by(*group, facts.c.day)
        )

    def last_days(self, names: Sequence[str], before: date) -> dict[tuple[str, str], date]:
        """The newest day before this one that has a figure, by brand and fact; a seek for each."""
        found: dict[tuple[str, str], date] = {}
        for brand_id in self._brands:
            each = [
                select(func.max(facts.c.day))
                .where(
                    facts.c.brand_id == brand_id, facts.c.fact == name, facts.c.day < before, *self._narrowed
                )
                .scalar_subquery()
                for name in names
            ]
            days = self._connection.execute(select(*each)).one()
            found |= {(brand_id, name): day for name, day in zip(names, days, strict=True) if day is not None}
        return found


def _whole_and_rest() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """A sum in two parts that no number of figures lets overflow: whole units, and the millionths left."""
    return func.sum(facts.c.amount.op("/")(MILLION)), func.sum(facts.c.amount.op("%")(MILLION))

"""A brand's day as arrays: who spoke, to how many, when, and roughly in which words, so that a month is read in milliseconds.

A pack is made from the mentions of a day that is over. Whatever changes one of them empties it in the same transaction (`Tally.write`), so a pack
that is there holds; where there is none, readers take the mentions themselves.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, String, bindparam, cast, delete, func, select, update

from storage.db import Database
from storage.rows import among, table_of
from storage.sketch import sketch
from storage.sums import QUARTER_S, Calendar, about, calendar, quarter_of
from storage.tables import AuthorDay, Mention, Post
from storage.tables_days import DayPack
from storage.types import BIGGEST

mentions, posts, author_days, day_packs = (table_of(row) for row in (Mention, Post, AuthorDay, DayPack))

UNKNOWN = -1
"""In place of an author, or of followers, that nobody told."""
NO_SKETCH = bytes(16)
Table = NDArray[Any]
"""One row for each author of a day or for each voice, with the columns of `AUTHOR` or `VOICE`."""

MOST_SAID, MOST_FOLLOWERS = 2**16 - 1, BIGGEST - 1
AUTHOR = np.dtype([("author", "<i8"), ("followers", "<i8"), ("source", "<i2"), ("said", "<u2")])
"""`followers` is the largest number seen that day; `said` how many mentions were written, reposts apart, `MOST_SAID` for more."""
VOICE = np.dtype(
    [
        *(("author", "<i8"), ("followers", "<i8"), ("at", "<i8"), ("sketch", "<u4", (4,))),
        *(("source", "<i2"), ("lang", "<i2"), ("repost", "?")),
    ]
)
"""A mention or a repost that counts; `at` in whole seconds since 1970."""
_SMALL = {"author": "<u4", "followers": "<i4", "at": "<u4"}


@dataclass(slots=True)
class Names:
    """The networks and languages that tables number, by name."""

    sources: dict[str, int] = field(default_factory=dict)
    langs: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, list[str]]:
        return {"sources": list(self.sources), "langs": list(self.langs)}

    def renumber(self, table: Table, names: dict[str, list[str]]) -> Table:
        """The table with these names for its numbers, instead of those that it was packed with."""
        for column, own, theirs in (("source", self.sources, "sources"), ("lang", self.langs, "langs")):
            if column in (table.dtype.names or ()):
                numbers = [own.setdefault(name, len(own)) for name in names[theirs]]
                if numbers != list(range(len(numbers))):
                    table = table.copy()
                    table[column] = np.array(numbers, "<i2")[table[column]]
        return table


def pack_days(db: Database, *, now: datetime, limit: int = 1000) -> int:
    """Pack the days that are over and not packed, the newest first, each in a transaction of its own; returns how many."""

    def work(connection: Connection) -> bool:
        days = calendar(connection)
        today = now.astimezone(days.zone).date()
        due = select(day_packs.c.brand_id, day_packs.c.day).where(
            day_packs.c.authors.is_(None), day_packs.c.day < today
        )
        row = connection.execute(due.order_by(day_packs.c.day.desc()).limit(1)).first()
        if row is not None:
            _pack(connection, days, row.brand_id, row.day)
        return row is not None

    packed = 0
    while packed < limit and db.do(work):
        packed += 1
    return packed


def _pack(connection: Connection, days: Calendar, brand: str, day: date) -> None:
    here = day_packs.c.brand_id == brand, day_packs.c.day == day
    authors, voices, names = _fresh(connection, days, brand, day)
    if len(voices):
        made = {"names": names.as_json(), "authors": encoded(authors), "voices": encoded(voices)}
        connection.execute(update(day_packs).where(*here).values(made))
    else:
        connection.execute(delete(day_packs).where(*here))


def _fresh(connection: Connection, days: Calendar, brand: str, day: date) -> tuple[Table, Table, Names]:
    """The authors and the voices of a day, their names in order, so that most days number them alike and need no renumbering."""
    found = Names()
    parts = [live_voices(connection, brand, *bounds, found) for bounds in stretches(days, [day])]
    told = found.as_json()
    names = Names(*({name: place for place, name in enumerate(sorted(some))} for some in told.values()))
    voices = names.renumber(np.concatenate([np.empty(0, VOICE), *parts]), told)
    return live_authors(connection, [brand], day, names)[brand], voices, names


def encoded(table: Table) -> bytes:
    """The table's bytes; whole numbers in four bytes each where all of them fit, and a last byte that says so.

    >>> table = np.array([(7, -1, 0, 1)], AUTHOR)
    >>> len(encoded(table)), bool((decoded(encoded(table), AUTHOR) == table).all())
    (13, True)
    """
    small = _small(table.dtype)
    for name, kind in _SMALL.items():
        if name in (table.dtype.names or ()) and len(table):
            fits = np.iinfo(kind)
            if table[name].min() < fits.min or table[name].max() > fits.max:
                return table.tobytes() + b"w"
    return table.astype(small).tobytes() + b"s"


def decoded(packed: bytes, kind: np.dtype[Any]) -> Table:
    """What `encoded` was given, with columns of four or of eight bytes."""
    kept = _small(kind) if packed.endswith(b"s") else kind
    return np.frombuffer(packed, kept, len(packed) // kept.itemsize)


@cache
def _small(kind: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype([(name, _SMALL.get(name, kind[name])) for name in kind.names or ()])


def packs(
    connection: Connection,
    brands: Sequence[str],
    since: date,
    until: date,
    column: str,
    kind: np.dtype[Any],
    names: Names,
) -> Iterator[tuple[str, date, Table | None]]:
    """The brands' days in [since, until) on which anything may count, in order: what is packed of each, None where nothing is."""
    c = day_packs.c
    wanted = select(c.brand_id, c.day, c.names, c[column]).where(
        c.brand_id.in_(brands), c.day >= since, c.day < until
    )
    for brand, day, named, packed in connection.execute(wanted.order_by(c.brand_id, c.day)):
        yield brand, day, None if packed is None else names.renumber(decoded(packed, kind), named)


def packed(
    connection: Connection,
    brands: Sequence[str],
    since: date,
    until: date,
    column: str,
    kind: np.dtype[Any],
    names: Names,
) -> tuple[list[tuple[str, Table]], dict[date, list[str]]]:
    """What is packed of the brands' days in [since, until), those that number their names alike in one table; and the brands' days of which
    nothing is, though something may count on them.
    """
    given = {"brands": brands, "since": since, "until": until}
    alike: dict[tuple[str, str, bytes], list[memoryview]] = defaultdict(list)
    unpacked: dict[date, list[str]] = defaultdict(list)
    for brand, day, named, table in connection.execute(_packed(column), given).cursor.fetchall():
        if table is None:
            unpacked[day if isinstance(day, date) else date.fromisoformat(day)].append(brand)
        else:
            alike[brand, named, table[-1:]].append(memoryview(table)[:-1])
    tables = [
        (brand, names.renumber(decoded(b"".join([*some, width]), kind), json.loads(named)))
        for (brand, named, width), some in alike.items()
    ]
    return tables, unpacked


@cache
def _packed(column: str) -> Select[Any]:
    """The statement of `packed`; rows are taken as the driver gives them: SQLAlchemy's take as long again."""
    c = day_packs.c
    wanted = select(c.brand_id, c.day, cast(c.names, String), c[column]).where(
        c.brand_id.in_(bindparam("brands", expanding=True)),
        c.day >= bindparam("since"),
        c.day < bindparam("until"),
    )
    return wanted.order_by(c.brand_id, c.day)


def live_authors(connection: Connection, brands: Sequence[str], day: date, names: Names) -> dict[str, Table]:
    """Who spoke of each brand on a day, from `author_days`.

    A day that is still running is read so at every question: rows of numbers alone, beside how many of them each brand and network has.
    """
    c = author_days.c
    where, order = (c.brand_id.in_(brands), c.day == day), (c.brand_id, c.source)
    sizes = connection.execute(
        select(*order, func.count()).where(*where).group_by(*order).order_by(*order)
    ).all()
    wanted = (
        select(c.author_id, func.coalesce(c.followers, UNKNOWN), c.mentions).where(*where).order_by(*order)
    )
    rows = connection.execute(wanted).cursor.fetchall()  # plain tuples: SQLAlchemy's rows take as long again
    numbers = np.fromiter(chain.from_iterable(rows), np.int64, 3 * len(rows)).reshape(-1, 3)
    found: dict[str, list[Table]] = {brand: [np.empty(0, AUTHOR)] for brand in brands}
    for (brand, source, size), end in zip(sizes, accumulate(size for *_, size in sizes), strict=True):
        table = np.empty(size, AUTHOR)
        table["author"], followers, said = numbers[end - size : end].T
        table["followers"] = np.minimum(followers, MOST_FOLLOWERS)
        table["said"] = np.minimum(said, MOST_SAID)
        table["source"] = names.sources.setdefault(source, len(names.sources))
        found[brand].append(table)
    return {brand: np.concatenate(tables) for brand, tables in found.items()}


def live_voices(
    connection: Connection,
    brand: str,
    since: datetime,
    until: datetime,
    names: Names,
    *,
    words: bool = True,
    ids: Sequence[int] | None = None,
) -> Table:
    """Every mention and repost in [since, until), of these `ids` if any are given, from the mentions; without `words` no sketches are made."""
    columns = [
        posts.c.author_id,
        posts.c.followers,
        mentions.c.counted_at,
        posts.c.source,
        posts.c.lang,
        mentions.c.is_repost,
    ]
    wanted = (
        select(*columns, *([posts.c.text] if words else []))
        .select_from(mentions.join(posts, posts.c.id == mentions.c.post_id))
        .where(
            mentions.c.brand_id == brand,
            mentions.c.counted_at >= since.astimezone(UTC),
            mentions.c.counted_at < until.astimezone(UTC),
            mentions.c.irrelevant.is_(False),
        )
    )
    if ids is not None:
        wanted = wanted.where(among(connection, mentions.c.id, ids))
    rows = connection.execute(wanted.execution_options(yield_per=2000))
    found = [np.array([_voice(names, *row) for row in some], VOICE) for some in rows.partitions()]
    return np.concatenate([np.empty(0, VOICE), *found])


def _voice(
    names: Names,
    author: int | None,
    followers: int | None,
    at: datetime,
    source: str,
    lang: str,
    repost: bool,
    text: str = "",
) -> tuple[Any, ...]:
    return (
        UNKNOWN if author is None else author,
        UNKNOWN if followers is None else min(followers, MOST_FOLLOWERS),
        int(at.timestamp() // 1),
        np.frombuffer((sketch(text) if text else None) or NO_SKETCH, "<u4"),
        names.sources.setdefault(source, len(names.sources)),
        names.langs.setdefault(lang, len(names.langs)),
        repost,
    )


def stretches(days: Calendar, wanted: Iterable[date]) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of time whose quarter hours are these days': one for days in a row, more only where clocks went back over midnight.

    >>> [tuple(map(str, found)) for found in stretches(Calendar("Asia/Kathmandu"), [date(2026, 11, 21), date(2026, 11, 22)])]
    [('2026-11-20 18:15:00+00:00', '2026-11-22 18:15:00+00:00')]
    """
    runs: list[list[date]] = []
    for day in sorted(wanted):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1][1] = day
        else:
            runs.append([day, day])
    for first, last in runs:
        low, high = quarter_of(about(first, -1)), quarter_of(about(last, 2)) + 1
        unsure = min(low + _THREE_DAYS, high), max(high - _THREE_DAYS, low + _THREE_DAYS)
        begun: int | None = None
        for quarter in chain(range(low, unsure[0]), range(unsure[1], high)):
            inside = first <= days.day(quarter) <= last
            if inside and begun is None:
                begun = quarter
            elif not inside and begun is not None:
                yield _instant(begun), _instant(quarter)
                begun = None
        if begun is not None:
            yield _instant(begun), _instant(high)


_THREE_DAYS = 3 * 86_400 // QUARTER_S


def _instant(quarter: int) -> datetime:
    try:
        return datetime.fromtimestamp(quarter * QUARTER_S, UTC)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)


def wrong_packs(connection: Connection, counted: Iterable[tuple[str, date]]) -> list[str]:
    """Where the packs differ from the mentions: days that are `counted` and that no reader would find, and days packed otherwise."""
    days = calendar(connection)
    known = {(row.brand_id, row.day): row for row in connection.execute(select(day_packs))}
    found = [f"day_packs {brand} {day}: missing" for brand, day in sorted(set(counted) - set(known))]
    for (brand, day), row in sorted(known.items()):
        if row.authors is not None:
            *fresh, names = _fresh(connection, days, brand, day)
            for kind, packed, table in zip((AUTHOR, VOICE), (row.authors, row.voices), fresh, strict=True):
                if sorted(_named(decoded(packed, kind), row.names)) != sorted(_named(table, names.as_json())):
                    found.append(
                        f"day_packs {brand} {day}: {len(decoded(packed, kind))} packed, {len(table)} counted"
                    )
    return found


def _named(table: Table, names: dict[str, list[str]]) -> Iterator[str]:
    """Every row as text, with names for numbers."""
    columns = table.dtype.names or ()
    for row in table.tolist():
        told = dict(zip(columns, row, strict=True))
        told |= {name: names[f"{name}s"][told[name]] for name in ("source", "lang") if name in told}
        yield repr({name: list(value) if name == "sketch" else value for name, value in told.items()})

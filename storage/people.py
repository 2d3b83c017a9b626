"""Who speaks of a brand, and how many could see it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from storage.db import Database
from storage.packs import AUTHOR, UNKNOWN, Names, Table, live_authors, live_voices, packed, packs, stretches
from storage.sums import calendar, quarter_of
from storage.voices import narrowed, voice_tables

Ints = NDArray[np.int64]
Instant = datetime | date
Every = Literal["day", "all"]


@dataclass(frozen=True, slots=True)
class People:
    """The accounts that spoke of a brand in one bucket, each once: `authors` wrote mentions, `reached` wrote or reposted.

    `potential_reach` adds up the followers of the latter, of each the largest number seen in the bucket; it leaves out the
    `unmeasured` ones whose followers no network told. `said` is how many mentions they wrote, `squares` and `fourths` the sums over
    them of the second and fourth powers of how many each did, `together` that of how many each did times how many the same account
    wrote of all the brands asked for. `named` is the sum over `authors` of how many of these brands each wrote of.
    """

    brand_id: str
    start: Instant
    authors: int
    reached: int
    potential_reach: int
    unmeasured: int
    said: int = 0
    squares: float = 0.0
    fourths: float = 0.0
    together: float = 0.0
    named: int = 0


def people(
    db: Database,
    *,
    brands: Sequence[str],
    since: Instant,
    until: Instant,
    every: Every = "all",
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> list[People]:
    """Distinct accounts and their reach in [since, until), in order of brand and day; a bucket without any has no row.

    Dates are days of the configured zone; times are whole seconds. `every="day"` takes dates and no languages. `ids` narrows times to
    these mentions, which are all read.
    """
    if isinstance(since, datetime) != isinstance(until, datetime):
        raise ValueError("since and until are two dates or two times")
    if every == "day" and (langs is not None or isinstance(since, datetime)):
        raise ValueError('people by "day" take two dates, and no languages')
    names, of_bucket = Names(), defaultdict(list)
    with db.read() as connection:
        for brand, day, table in _accounts(connection, brands, since, until, every, names, langs, ids):
            kept = narrowed(table, names, sources)
            if len(kept):
                of_bucket[brand, day if every == "day" else since].append(kept)
    most = max((sum(map(len, tables)) for tables in of_bucket.values()), default=0)
    room = np.empty((3, most), np.int64)
    counted: dict[Instant, list[tuple[People, Ints, Ints]]] = defaultdict(list)
    for (brand, start), tables in of_bucket.items():
        author, best, said = by_account(tables, room)
        counted[start].append((_counted(brand, start, best, said), author, said))
    rows = (row for some in counted.values() for row in _together(some))
    return sorted(rows, key=attrgetter("brand_id", "start"))


def _accounts(
    connection: Connection,
    brands: Sequence[str],
    since: Instant,
    until: Instant,
    every: Every,
    names: Names,
    langs: Sequence[str] | None,
    ids: Sequence[int] | None,
) -> Iterator[tuple[str, Instant, Table]]:
    """Brand, day or time, and a table with `author`, `followers`, `source` and either `said` or `repost`, an account as often as it comes."""
    if isinstance(since, datetime) and isinstance(until, datetime):
        yield from _between_times(connection, brands, since, until, names, langs, ids)
    elif langs is None:
        read = _by_day if every == "day" else _all_days
        yield from read(connection, brands, since, until, names)
    else:
        for low, high in stretches(calendar(connection), _days(since, until)):
            yield from _by_voice(connection, brands, low, high, names, langs)


def _by_day(
    connection: Connection, brands: Sequence[str], since: date, until: date, names: Names
) -> Iterator[tuple[str, date, Table]]:
    unpacked = defaultdict(list)
    for brand, day, table in packs(connection, brands, since, until, "authors", AUTHOR, names):
        if table is None:
            unpacked[day].append(brand)
        else:
            yield brand, day, table
    for day, some in unpacked.items():
        yield from (
            (brand, day, table) for brand, table in live_authors(connection, some, day, names).items()
        )


def _all_days(
    connection: Connection, brands: Sequence[str], since: date, until: date, names: Names
) -> Iterator[tuple[str, date, Table]]:
    """The same with all days alike: each table may be of many days."""
    tables, unpacked = packed(connection, brands, since, until, "authors", AUTHOR, names)
    for brand, table in tables:
        yield brand, since, table
    for day, some in unpacked.items():
        for brand, table in live_authors(connection, some, day, names).items():
            yield brand, since, table


def _between_times(
    connection: Connection,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    names: Names,
    langs: Sequence[str] | None,
    ids: Sequence[int] | None,
) -> Iterator[tuple[str, Instant, Table]]:
    """Whole days by their authors, what is left at both ends by voices."""
    if ids is not None:
        for brand in brands:
            table = live_voices(connection, brand, since, until, names, words=False, ids=ids)
            yield brand, since, _of_accounts(narrowed(table, names, None, langs))
        return
    days = calendar(connection)
    first, after = days.day(quarter_of(since)) + timedelta(days=1), days.day(quarter_of(until))
    whole = list(stretches(days, _days(first, after))) if langs is None else []
    if len(whole) == 1:
        ((start, end),) = whole
        yield from _all_days(connection, brands, first, after, names)
        yield from _by_voice(connection, brands, since, start, names, None)
        since = end
    yield from _by_voice(connection, brands, since, until, names, langs)


def _by_voice(
    connection: Connection,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    names: Names,
    langs: Sequence[str] | None,
) -> Iterator[tuple[str, datetime, Table]]:
    if since < until:
        for brand in brands:
            for table in voice_tables(connection, brand, since, until, names, words=False):
                yield brand, since, _of_accounts(narrowed(table, names, None, langs))


def _of_accounts(table: Table) -> Table:
    """A row like `AUTHOR` for each voice whose author is known."""
    table = table[table["author"] != UNKNOWN]
    found = np.empty(len(table), AUTHOR)
    for name in ("author", "followers", "source"):
        found[name] = table[name]
    found["said"] = ~table["repost"]
    return found


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=number) for number in range((until - since).days)]


def _counted(brand: str, start: Instant, best: Ints, each: Ints) -> People:
    unmeasured = int(np.count_nonzero(best == UNKNOWN))
    followers = int(best.sum()) if best.max() < 2**31 else sum(map(int, best))
    accounts = np.bincount(each).astype(np.float64)  # how many said nothing, one thing, two things and so on
    times = np.arange(len(accounts), dtype=np.float64)
    loud = int(accounts @ times), float(accounts @ times**2), float(accounts @ times**4)
    reach = followers + unmeasured  # each of those stands in the sum as -1
    return People(brand, start, len(best) - int(accounts[0]), len(best), reach, unmeasured, *loud)


def _together(brands: Sequence[tuple[People, Ints, Ints]]) -> Iterator[People]:
    """The rows of one bucket with what their accounts, each once in a row, said of all these brands.

    Accounts are numbered by the database from 1 on, so one place for each is faster than looking them up, and those never touched take no memory.
    """
    everything = np.zeros(max(int(author[-1]) for _, author, _ in brands) + 1, np.int64)
    named = np.zeros(len(everything), np.min_scalar_type(len(brands)))
    for _, author, said in brands:
        everything[author] += said
        named[author] += said > 0
    for row, author, said in brands:
        together = float((said * everything[author]).sum())
        yield replace(row, together=together, named=int(named[author[said > 0]].sum()))


def by_account(tables: Sequence[Table], room: Ints) -> tuple[Ints, Ints, Ints]:
    """Each account in tables like `AUTHOR`, in their order, with the largest number of followers, and all that it said.

    The rows are sorted as one number each where their bits fit into 63: that is ten times as fast. `room` is three lines as long as all tables
    together, used for one brand after another: fresh memory would take as long as the sorting.

    >>> tables = np.array([(7, 5, 0, 1), (2, -1, 0, 2)], AUTHOR), np.array([(7, 4, 0, 3)], AUTHOR)
    >>> author, best, said = by_account(tables, np.empty((3, 3), np.int64))
    >>> author.tolist(), best.tolist(), said.tolist()
    ([2, 7], [-1, 5], [2, 4])
    """
    columns = "author", "followers", "said"
    bits = [max(int(table[name].max() + 1).bit_length() for table in tables) for name in columns]
    rows, author, said = room[:, : sum(map(len, tables))]
    if sum(bits) > 63:
        every = np.concatenate(tables)
        every = every[np.lexsort((every["followers"], every["author"]))]
        author, rows, said = (every[name].astype(np.int64) for name in columns)
        rows, bits[1] = rows + 1, 63
    else:
        end = 0
        for table in tables:
            here = rows[end : (end := end + len(table))]
            here[:] = table["author"]
            here <<= bits[1]
            here += table["followers"]
            here += 1  # nobody knows: 0
            here <<= bits[2]
            here |= table["said"]
        rows.sort()
        np.bitwise_and(rows, (1 << bits[2]) - 1, out=said)
        rows >>= bits[2]
        np.right_shift(rows, bits[1], out=author)
    last = np.append(np.flatnonzero(author[1:] != author[:-1]), len(author) - 1)
    best = rows[last]
    best &= (1 << bits[1]) - 1
    best -= 1
    return author[last], best, np.diff(np.cumsum(said, out=said)[last], prepend=0)

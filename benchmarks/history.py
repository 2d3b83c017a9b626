"""A SQLite database of any number of invented mentions, written in bulk: what the product would hold after years, without the years.

Posts, authors, figures, labels and every sum are written day by day with plain inserts, the sums worked out with numpy from the same
numbers; indexes are made at the end. `storage.counts.recount` finds nothing to say against it (a test holds that). Left out are payloads
and the full-text index of these posts: no figure reads them.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.brands import sync_brands
from storage.db import open_database
from storage.interactions import INTERACTIONS
from storage.labels import correct, use_model
from storage.packs import pack_days
from storage.posts import save
from storage.review import draw_audit
from storage.sums import LABEL_SUMS, SUMS
from storage.types import SENTIMENTS, Batch, BrandQuery, Coverage

BRANDS = [
    BrandQuery(name, name.title(), "own" if name == "ona" else "competitor", name, 0)
    for name in ("ona", "beri", "kalo", "dumi", "tesa")
]
SOURCES = np.array(["x", "mastodon", "bluesky"])
LANGS = np.array(["en", "en", "no", "de"])
MODEL = "invented-1"
SPAN_DAYS = 730
AUDITED = 20
VOCABULARY = 3_000
GROWN = "posts_by_author"
"""New posts enter this index anywhere, so it grows post by post: one made at the end has no room in its pages, and each new post splits some."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """`mentions` spread evenly over `days` days up to noon of the last, one post each, by a fifth as many authors."""

    mentions: int
    days: int

    @property
    def now(self) -> datetime:
        return datetime(2027, 3, 1, 12, tzinfo=UTC)

    @property
    def authors(self) -> int:
        return self.mentions // 5 + 1

    @property
    def first(self) -> date:
        return self.now.date() - timedelta(days=self.days - 1)

    def number(self, day: int) -> int:
        """How many mentions a day has; the last is half a day."""
        per_day = self.mentions / (self.days - 0.5)
        return min(self.mentions, round((day + 1) * per_day)) - min(self.mentions, round(day * per_day))


@dataclass(frozen=True)
class Day:
    """The mentions of one day, one place in each array for each."""

    date: date
    number: Ints
    second: Ints
    brand: Ints
    author: Ints
    lang: Ints
    followers: Ints
    repost: NDArray[np.bool_]
    irrelevant: NDArray[np.bool_]
    label: Ints
    likes: Ints

    @property
    def counts(self) -> NDArray[np.bool_]:
        return ~(self.repost | self.irrelevant)

    @property
    def source(self) -> Ints:
        return self.author % len(SOURCES)

    @property
    def quarter(self) -> Ints:
        return self.second // 900


def build(path: Path, history: History) -> None:
    """Write the database, and pack the newest days as housekeeping does; an existing file is an error."""
    db = open_database(f"sqlite:///{path}")
    sync_brands(db, BRANDS, now=history.now)
    use_model(db, MODEL, now=history.now)
    start = datetime(history.first.year, history.first.month, history.first.day, tzinfo=UTC)
    pairs = tuple((brand.id, 1) for brand in BRANDS)
    for source in SOURCES:
        covered = [Coverage(start, history.now - timedelta(hours=3), "complete", pairs)]
        save(db, Batch(str(source), coverage=covered), now=history.now)
    db.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _fill(connection, history)
    db = open_database(f"sqlite:///{path}")
    for brand in BRANDS:
        for mention_id in draw_audit(db, brand.id, AUDITED, since=history.now - timedelta(days=60), seed=1):
            correct(db, mention_id, "neutral", now=history.now, audit=True)
    pack_days(db, now=history.now, limit=62 * len(BRANDS))
    db.close()


def _fill(connection: sqlite3.Connection, history: History) -> None:
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND name <> ?", (GROWN,)
    ).fetchall()
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    chance = np.random.default_rng(7)
    followers = chance.lognormal(5, 2, history.authors).astype(np.int64)
    _authors(connection, history)
    words = np.array([f"w{number:x}" for number in range(VOCABULARY)])
    first = 1
    for index in range(history.days):
        day = _day(history, index, first, followers, chance)
        first += len(day.number)
        _posts(connection, day, words[chance.integers(0, VOCABULARY, (len(day.number), 12))])
        _sums(connection, day)
    for key in ("posts", "mentions"):
        connection.execute(
            "INSERT INTO settings (key, value) VALUES (?, ?)", (f"last_id.{key}", str(history.mentions))
        )
    connection.execute(
        "INSERT INTO settings (key, value) VALUES ('last_id.authors', ?)", (str(history.authors),)
    )
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _day(history: History, index: int, first: int, followers: Ints, chance: np.random.Generator) -> Day:
    number = history.number(index)
    day = history.first + timedelta(days=index)
    length = 43_200 if index == history.days - 1 else 86_400
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    author = (history.authors * chance.random(number) ** 2).astype(np.int64)  # some speak often
    return Day(
        date=day,
        number=np.arange(first, first + number),
        second=start + np.sort(chance.integers(0, length, number)),
        brand=chance.choice(len(BRANDS), number, p=[0.3, 0.25, 0.2, 0.15, 0.1]),
        author=author,
        lang=chance.integers(0, len(LANGS), number),
        followers=followers[author],
        repost=chance.random(number) < 0.15,
        irrelevant=chance.random(number) < 0.03,
        label=chance.choice(3, number, p=[0.2, 0.5, 0.3]),
        likes=chance.geometric(0.2, number),
    )


def _insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> None:
    """Rows from columns: arrays and lists of one length, or one value for every row."""
    length = max(len(column) for column in columns.values() if isinstance(column, np.ndarray))
    lists = [
        column.tolist() if isinstance(column, np.ndarray) else [column] * length
        for column in columns.values()
    ]
    places = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", zip(*lists, strict=True)
    )


def handle(number: int) -> str:
    """What the account with this number is called: in no order, as people's names are. Needs numbers below 2**32.

    >>> handle(1), handle(2)
    ('@person2654435769', '@person1013904242')
    """
    return f"@person{number * 2_654_435_769 % 2**32:010}"


def _or_none(which: NDArray[np.bool_], value: object) -> NDArray[Any]:
    found = np.full(len(which), None)
    found[which] = value
    return found


def _text(prefix: str, numbers: Ints) -> NDArray[Any]:
    return np.char.add(prefix, np.char.zfill(numbers.astype(str), 9))


def _times(seconds: Ints) -> NDArray[Any]:
    """As SQLite's columns keep times."""
    return np.char.replace(
        np.datetime_as_string(seconds.astype("datetime64[s]").astype("datetime64[us]")), "T", " "
    )


def _authors(connection: sqlite3.Connection, history: History) -> None:
    for part in np.array_split(np.arange(history.authors), history.authors // 100_000 + 1):
        handles = np.array([handle(number) for number in part.tolist()])
        _insert(
            connection,
            "authors",
            {
                "id": part + 1,
                "source": SOURCES[part % len(SOURCES)],
                "source_author_id": handles,
                "handle": handles,
            },
        )


def _posts(connection: sqlite3.Connection, day: Day, words: NDArray[Any]) -> None:
    at, names = _times(day.second), np.array([brand.id for brand in BRANDS])[day.brand]
    text = np.array([" ".join(said) for said in np.column_stack([names, words]).tolist()], object)
    original = _or_none(day.repost, "original")
    times = dict.fromkeys(("published_at", "first_seen_at", "seen_at", "rechecked_at", "counted_at"), at)
    same = {"version": 1, "time_quality": "exact", "links": "[]", "context": 0, "origin": "import"}
    _insert(
        connection,
        "posts",
        {
            "id": day.number,
            "source": SOURCES[day.source],
            "source_id": _text("", day.number),
            "author_id": day.author + 1,
            "text": text,
            "lang": LANGS[day.lang],
            "followers": day.followers,
            "repost_of": original,
            **times,
            **same,
        },
    )
    waits = _or_none(~day.repost, MODEL)
    _insert(
        connection,
        "mentions",
        {
            "id": day.number,
            "post_id": day.number,
            "brand_id": names,
            "query_version": 1,
            "target": names,
            "terms": "[]",
            "counted_at": at,
            "is_repost": day.repost.astype(int),
            "irrelevant": day.irrelevant.astype(int),
            "said_irrelevant": _or_none(day.irrelevant, 1),
            "labelled_model": waits,
        },
    )
    own = ~day.repost
    _insert(
        connection,
        "post_stats",
        {"post_id": day.number[own], "observed_at": at[own], "likes": day.likes[own], "shares": 0},
    )
    weights = {
        f"p_{name}": np.where(day.label[own] == place, 8000, 1000) for place, name in enumerate(SENTIMENTS)
    }
    labels = {
        "mention_id": day.number[own],
        "text_version": 1,
        "model_id": MODEL,
        "label": np.array(SENTIMENTS)[day.label[own]],
        "truncated": 0,
        "labelled_at": at[own],
    }
    _insert(connection, "labels", labels | weights)


def _sums(connection: sqlite3.Connection, day: Day) -> None:
    counted = [day.counts, day.repost & ~day.irrelevant, day.irrelevant]
    ours = day.counts
    labelled = [day.label == place for place in range(3)] + [np.zeros(len(day.label), bool)]
    labelled += [np.where(day.label == place, 8000, 1000) for place in range(3)]
    seen = [
        ours,
        day.likes,
        *[np.zeros(len(day.label), int)] * 4,
        ours,
        ours,
        *[np.zeros(len(day.label), int)] * 4,
    ]
    midnight = np.zeros_like(day.quarter)
    for when, times in (("quarter", day.quarter), ("day", midnight)):
        quarters = when == "quarter"
        _group(
            connection,
            "counts" if quarters else "day_counts",
            when,
            day,
            times,
            SUMS,
            counted,
            slice(None),
            {},
        )
        table = "label_counts" if quarters else "day_label_counts"
        _group(connection, table, when, day, times, LABEL_SUMS, labelled, ours, {"model_id": MODEL})
    _group(connection, "day_interactions", "day", day, midnight, INTERACTIONS, seen, ours, {})
    said = ~day.irrelevant
    keys, place = np.unique(
        np.column_stack([day.brand, day.source, day.author + 1])[said], axis=0, return_inverse=True
    )
    spoke = [
        np.bincount(place.ravel(), flags[said], len(keys)).astype(int) for flags in (~day.repost, day.repost)
    ]
    followers = np.zeros(len(keys), np.int64)
    followers[place.ravel()] = day.followers[said]
    _insert(
        connection,
        "author_days",
        {
            "brand_id": np.array([brand.id for brand in BRANDS])[keys[:, 0]],
            "day": day.date.isoformat(),
            "source": SOURCES[keys[:, 1]],
            "author_id": keys[:, 2],
            "mentions": spoke[0],
            "reposts": spoke[1],
            "followers": followers,
        },
    )
    brands = np.array([BRANDS[place].id for place in np.unique(day.brand)])
    _insert(connection, "day_packs", {"brand_id": brands, "day": day.date.isoformat()})


def _group(
    connection: sqlite3.Connection,
    table: str,
    when: str,
    day: Day,
    times: Ints,
    names: Sequence[str],
    values: Iterable[NDArray[Any]],
    which: Any,
    more: Mapping[str, str],
) -> None:
    """One row of sums for each brand, time, network and language."""
    lang = np.unique(LANGS, return_inverse=True)
    keys = np.column_stack([day.brand, times, day.source, lang[1][day.lang]])[which]
    found, place = np.unique(keys, axis=0, return_inverse=True)
    if not len(found):
        return
    sums = [np.bincount(place.ravel(), value[which], len(found)).astype(np.int64) for value in values]
    _insert(
        connection,
        table,
        {
            "brand_id": np.array([brand.id for brand in BRANDS])[found[:, 0]],
            when: found[:, 1] if when == "quarter" else day.date.isoformat(),
            "source": SOURCES[found[:, 2]],
            "lang": lang[0][found[:, 3]],
            **dict(zip(names, sums, strict=True)),
            **more,
        },
    )

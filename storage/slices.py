"""The mentions that meet a query, such as a campaign's, and the same sums of them that are stored of all mentions.

Most queries the full-text index decides alone; for the others the texts of its candidates are read. Either way one pass over the mentions
gives a few numbers of each, which numpy adds up: a million of them take some twenty megabytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from storage.counts import HUMAN_SUMS, Sums
from storage.db import Database
from storage.errors import StorageError
from storage.mentions import joined_with_labels
from storage.query import Document, Query, matches, to_fts5, to_tsquery
from storage.query_fulltext import Sure, fts5_sure, tsquery_sure
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.sums import LABEL_SUMS, QUARTER_S, SUMS, quarter_of
from storage.tables import Author, Correction, Id, Label, Mention, Post

mentions, posts, authors = table_of(Mention), table_of(Post), table_of(Author)
labels, corrections = table_of(Label), table_of(Correction)
_SEARCH = table("post_search", column("rowid"), column("post_id"), column("words"))

MOST_CANDIDATES = 1_000_000
"""How many mentions are read for a query at most."""
_PAGE = 5_000
_CLASSES = ("negative", "neutral", "positive")
_FAILED, _UNLABELLED = 3, 4
_WHOLE = 10_000

Ints = NDArray[np.int64]


class TooMany(StorageError):
    """More mentions might meet a query than are read for one answer."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The mentions that were found, irrelevant ones and reposts with them: their sums, and by brand their quarter hours and ids in that order.

    `sums` are those of `storage.counts.sums(every="quarter")`.
    """

    sums: Sequence[Sums]
    placed: Mapping[str, tuple[Ints, Ints]]

    def within(self, since: datetime, until: datetime) -> list[int]:
        """The ids of all brands' mentions whose quarter hour begins in [since, until), both full quarter hours."""
        found: list[int] = []
        for quarters, ids in self.placed.values():
            low, high = np.searchsorted(quarters, [quarter_of(since), quarter_of(until)])
            found += ids[low:high].tolist()
        return found


def pick(
    db: Database,
    query: Query,
    *,
    brands: Sequence[str],
    windows: Sequence[tuple[datetime, datetime]],
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    most: int = MOST_CANDIDATES,
) -> Picked:
    """The mentions counted in these windows that meet the query, as `storage.mentions.find` finds them, under one snapshot.

    Windows do not overlap and begin and end at full quarter hours. Each mention is counted by the rule that counts all of them. Raises
    TooMany where more than `most` mentions would have to be read.
    """
    networks, languages = (None if names is None else tuple(names) for names in (sources, langs))
    return db.ask(_pick, query, tuple(brands), tuple(windows), networks, languages, most)


def _pick(
    connection: Connection,
    query: Query,
    brands: tuple[str, ...],
    windows: tuple[tuple[datetime, datetime], ...],
    sources: tuple[str, ...] | None,
    langs: tuple[str, ...] | None,
    most: int,
) -> Picked:
    found, left = _Found(brands), most
    for window in windows:
        asked = _Asked(connection, query, brands, window, sources, langs)
        left -= asked.to_read(left, most)
        for some in asked.rows():
            found.add(some)
    return found.picked()


@dataclass
class _Asked:
    """One window's question to the database."""

    connection: Connection
    query: Query
    brands: Sequence[str]
    window: tuple[datetime, datetime]
    sources: Sequence[str] | None
    langs: Sequence[str] | None
    by_index: bool = False

    def __post_init__(self) -> None:
        sqlite = self.connection.dialect.name == "sqlite"
        self.sure: Sure | None = (fts5_sure if sqlite else tsquery_sure)(self.query.tree)
        maybe = (to_fts5 if sqlite else to_tsquery)(self.query)
        self.words = self.sure.wanted if self.sure else maybe

    def to_read(self, left: int, most: int) -> int:
        """How many mentions will be read; refused before the first is. Whether the index finds fewer than the time decides where to begin."""
        here = select(mentions.c.id).where(*self._in_window()).limit(left + 1 if self.words is None else None)
        many = self.connection.scalar(select(func.count()).select_from(here.subquery())) or 0
        if self.words is not None:
            bound = min(many // 2, left) + 1
            few = self._answers(self.words).limit(bound).subquery()
            found = self.connection.scalar(select(func.count()).select_from(few)) or 0
            self.by_index = found < bound
            many = min(many, found) if self.by_index else many
        if many > left:
            raise TooMany(
                f"more than {most:,} mentions may meet this query in this time, and they would all have to be read: ask for a shorter "
                "period, fewer brands, or a query with a rarer word"
            )
        return many

    def rows(self) -> Iterator[Sequence[Any]]:
        """Some rows at a time: id, brand, second, code and probabilities of each mention that meets the query."""
        connection = self.connection
        second = (
            func.strftime("%s", func.substr(cast(mentions.c.counted_at, Text), 1, 19)).cast(Id)
            if connection.dialect.name == "sqlite"
            else func.floor(func.extract("epoch", mentions.c.counted_at)).cast(Id)
        )
        columns = [mentions.c.id, mentions.c.brand_id, second, _CODE, *_WEIGHTS]
        if self.sure is None:
            p = posts.c
            columns += [p.text, p.lang, authors.c.handle, p.source, p.url, p.links]
        wanted = select(*columns).select_from(joined_with_labels(setting(connection, MODEL)))
        where = [*self._in_window(), *self._limits(), *self._found()]
        for some in connection.execute(
            wanted.where(*where), execution_options={"yield_per": _PAGE}
        ).partitions():
            yield some if self.sure else [row for row in some if self._matches(*row[7:])]

    def _in_window(self) -> list[ColumnElement[bool]]:
        m, (since, until) = mentions.c, self.window
        brand: Any = m.brand_id
        at: Any = m.counted_at
        if (
            self.by_index and self.connection.dialect.name == "sqlite"
        ):  # a plus keeps SQLite from beginning with their index
            brand, at = (literal_column(f"+mentions.{one.name}", one.type) for one in (brand, at))
        return [
            among(self.connection, brand, self.brands),
            at >= since.astimezone(UTC),
            at < until.astimezone(UTC),
        ]

    def _limits(self) -> list[ColumnElement[bool]]:
        lists = (posts.c.source, self.sources), (posts.c.lang, self.langs)
        return [among(self.connection, column, values) for column, values in lists if values is not None]

    def _answers(self, words: str) -> Select[Any]:
        """The posts that the index finds for these words."""
        if self.connection.dialect.name == "sqlite":
            meets = _SEARCH.c.words.op("MATCH", is_comparison=True)(words)
            return select(_SEARCH.c.rowid).where(meets)
        meets = _SEARCH.c.words.op("@@", is_comparison=True)(cast(words, TSQUERY))
        return select(_SEARCH.c.post_id).where(meets)

    def _found(self) -> Iterator[ColumnElement[bool]]:
        """What the index says of a mention's post."""
        if self.words is not None:
            yield mentions.c.post_id.in_(self._answers(self.words))
        for words in self.sure.unwanted if self.sure else ():
            yield mentions.c.post_id.not_in(self._answers(words))

    def _matches(
        self,
        words: str,
        lang: str,
        handle: str | None,
        source: str,
        url: str | None,
        links: Sequence[str] | None,
    ) -> bool:
        document = Document(words, None if lang == "und" else lang, handle, source, url, links or ())
        return matches(self.query, document)


def _class(label: Any) -> ColumnElement[int]:
    return case({name: at for at, name in enumerate(_CLASSES)}, value=label, else_=_FAILED)


_CORRECTED, _JUDGED = corrections.c.mention_id.is_not(None), labels.c.mention_id.is_not(None)
_CODE = case((mentions.c.irrelevant, 200), (mentions.c.is_repost, 100), else_=0) + case(
    (_CORRECTED, 10 + _class(corrections.c.label)), (_JUDGED, _class(labels.c.label)), else_=_UNLABELLED
)
"""Hundreds: which of `SUMS`; tens: whether a person said so; ones: the label."""
_WEIGHTS = [
    case(
        (_CORRECTED, case((corrections.c.label == name, _WHOLE), else_=0)),
        (labels.c.label.is_not(None), labels.c[f"p_{name}"]),
        else_=0,
    )
    for name in _CLASSES
]


class _Found:
    """The mentions found so far, a few numbers of each."""

    def __init__(self, brands: Sequence[str]) -> None:
        self.brands = sorted(set(brands))
        self._number = {brand_id: at for at, brand_id in enumerate(self.brands)}
        self._kept: list[NDArray[Any]] = []

    def add(self, rows: Sequence[Any]) -> None:
        if not rows:
            return
        ids, brands, seconds, codes, *weights = list(zip(*rows, strict=True))[:7]
        kept = np.empty(len(rows), _KEPT)
        kept["id"], kept["brand"] = ids, [self._number[brand_id] for brand_id in brands]
        kept["quarter"], kept["code"] = np.asarray(seconds, np.int64) // QUARTER_S, codes
        for name, values in zip(_CLASSES, weights, strict=True):
            kept[name] = values
        self._kept.append(kept)

    def picked(self) -> Picked:
        kept = np.concatenate(self._kept) if self._kept else np.empty(0, _KEPT)
        kept = kept[np.lexsort((kept["id"], kept["quarter"], kept["brand"]))]
        ends = np.searchsorted(kept["brand"], range(len(self.brands) + 1))
        placed = {
            brand_id: (kept["quarter"][low:high].astype(np.int64), kept["id"][low:high].copy())
            for brand_id, low, high in zip(self.brands, ends, ends[1:], strict=False)
            if low < high
        }
        return Picked(_sums(kept, self.brands), placed)


_KEPT = np.dtype(
    [("id", "i8"), ("quarter", "i8"), ("brand", "i4"), ("code", "i2"), *((name, "i2") for name in _CLASSES)]
)


def _sums(kept: NDArray[Any], brands: Sequence[str]) -> list[Sums]:
    """What `storage.counts.sums` would give for every quarter hour, were these all the mentions there are; they come by brand and time."""
    if not len(kept):
        return []
    new = np.flatnonzero(
        np.diff(kept["brand"], prepend=-1) | np.diff(kept["quarter"], prepend=kept["quarter"][0])
    )
    kind, human, label = kept["code"] // 100, kept["code"] // 10 % 10 == 1, kept["code"] % 10
    counts = kind == 0
    columns = {name: kind == at for at, name in enumerate(SUMS)}
    columns |= {name: counts & (label == at) for at, name in enumerate(LABEL_SUMS[:4])}
    columns |= {f"p_{name}": np.where(counts, kept[name], 0) for name in _CLASSES}
    columns |= {"corrected": counts & human}
    columns |= {name: counts & human & (label == at) for at, name in enumerate(HUMAN_SUMS)}
    added = {name: np.add.reduceat(values.astype(np.int64), new).tolist() for name, values in columns.items()}
    where = zip(kept["brand"][new].tolist(), kept["quarter"][new].tolist(), strict=True)
    return [
        Sums(
            brands[brand], _EPOCH + quarter * _QUARTER, **{name: values[at] for name, values in added.items()}
        )
        for at, (brand, quarter) in enumerate(where)
    ]


_EPOCH, _QUARTER = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=QUARTER_S)

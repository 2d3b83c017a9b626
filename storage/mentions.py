"""The posts behind the numbers: mentions found by what they are, when they were and what they say, page after page."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select, text

from storage.db import Database
from storage.query import Query, matches, to_fts5, to_tsquery
from storage.query_match import Document
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.stats import latest, newest_stats
from storage.sums import HUMAN
from storage.tables import Author, Correction, Label, Mention, Post
from storage.tables_work import MentionTag, Work
from storage.types import Stats

mentions, posts, authors = table_of(Mention), table_of(Post), table_of(Author)
labels, corrections = table_of(Label), table_of(Correction)
work, tags = table_of(Work), table_of(MentionTag)

Judged = Literal["negative", "neutral", "positive", "failed", "unlabelled"]
Place = tuple[datetime, int]
"""Where a page ended: the last row's time and number."""


@dataclass(frozen=True, slots=True)
class MentionFilter:
    """Which mentions. None asks for any; a list asks for one of it; every part must hold.

    `since` and `until` bound the time a mention is counted under, [since, until). `author` is a handle, with or without @, or the network's id.
    `label` is what counts now: a person's correction, else the model in use. `reposts` and `irrelevant`: None with, False without, True
    only. `query` is asked of text, author, language, source and links, exactly. `one_in`: of so many mentions one, by number.
    `assignee`, `tags` (any of them) and `resolved` (True: closed, False: open and worked on) are what people did with it.
    """

    brands: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    langs: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    labels: Sequence[Judged] | None = None
    author: str | None = None
    author_id: int | None = None
    query: Query | None = None
    reposts: bool | None = None
    irrelevant: bool | None = False
    corrected: bool | None = None
    ids: Sequence[int] | None = None
    one_in: int = 1
    assignee: str | None = None
    tags: Sequence[str] | None = None
    resolved: bool | None = None


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A mention with its post, its author and the label that counts. `model_id` is "human" for a correction, None for no label.

    Probabilities and `relevance` are ten-thousandths; `said_irrelevant` is a person's word. `stats` are the newest figures, seen at `stats_at`.
    """

    id: int
    post_id: int
    brand_id: str
    query_version: int
    target: str
    terms: Sequence[str]
    counted_at: datetime
    is_repost: bool
    irrelevant: bool
    relevance: int | None
    said_irrelevant: bool | None
    source: str
    source_id: str
    text: str
    text_version: int
    published_at: datetime
    edited_at: datetime | None
    time_quality: str
    lang: str
    url: str | None
    links: Sequence[str]
    repost_of: str | None
    reply_to: str | None
    quote_of: str | None
    thread: str | None
    format: str | None
    rating: float | None
    followers: int | None
    owned_by: str | None
    author_id: int | None
    handle: str | None
    author_name: str | None
    author_url: str | None
    label: str | None
    model_id: str | None
    p_negative: int | None
    p_neutral: int | None
    p_positive: int | None
    truncated: bool
    reason: str | None
    stats: Stats | None = None
    stats_at: datetime | None = None


def find(
    db: Database,
    wanted: MentionFilter,
    *,
    newest_first: bool = True,
    after: Place | None = None,
    limit: int | None = None,
    page: int = 500,
) -> Iterator[MentionRow]:
    """The mentions in order of (counted_at, id), read a page at a time, so any number of them costs little memory.

    `after` goes on behind the (counted_at, id) of a row. Nothing found: nothing yielded.
    """
    if limit is not None and wanted.query is None:
        page = max(1, min(page, limit))
    brands = (
        [None]
        if wanted.ids is not None
        else _brands(db)
        if wanted.brands is None
        else sorted(set(wanted.brands))
    )
    streams = [
        _stream(db, wanted if brand is None else replace(wanted, brands=[brand]), newest_first, after, page)
        for brand in brands
    ]  # one for each brand: each is one stretch of an index, already in order
    merged = heapq.merge(*streams, key=lambda row: (row.counted_at, row.id), reverse=newest_first)
    return islice(merged, limit)


def _stream(
    db: Database, wanted: MentionFilter, newest_first: bool, after: Place | None, page: int
) -> Iterator[MentionRow]:
    while True:
        rows = _page(db, wanted, newest_first=newest_first, after=after, size=page)
        for row in rows:
            if wanted.query is None or matches(wanted.query, document(row)):
                yield row
        if len(rows) < page:
            return
        after = rows[-1].counted_at, rows[-1].id


def _brands(db: Database) -> list[str]:
    """Every brand that has a mention, by jumping through the index."""
    found: list[str] = []
    with db.read() as connection:
        next_one = select(func.min(mentions.c.brand_id))
        brand = connection.scalar(next_one)
        while brand is not None:
            found.append(brand)
            brand = connection.scalar(next_one.where(mentions.c.brand_id > brand))
    return found


def count(db: Database, wanted: MentionFilter) -> int:
    """How many there are; with a query every candidate is read."""
    return at_most(db, wanted) if wanted.query is None else sum(1 for _ in find(db, wanted))


def at_most(db: Database, wanted: MentionFilter) -> int:
    """How many there are; with a query how many the full-text index leaves, of which no text is read."""
    with db.read() as connection:
        model = setting(connection, MODEL)
        counted = (
            select(func.count()).select_from(joined_with_labels(model)).where(*where_of(connection, wanted))
        )
        return connection.scalar(counted) or 0


def document(row: MentionRow) -> Document:
    """What a query is asked of."""
    return Document(
        row.text,
        lang=None if row.lang == "und" else row.lang,
        author=row.handle,
        source=row.source,
        url=row.url,
        links=row.links,
    )


def _page(
    db: Database, wanted: MentionFilter, *, newest_first: bool, after: Place | None, size: int
) -> list[MentionRow]:
    with db.read() as connection:
        model = setting(connection, MODEL)
        conditions = where_of(connection, wanted)
        at, number = mentions.c.counted_at, mentions.c.id
        if after is not None:
            moment, last = after[0].astimezone(UTC), after[1]
            beyond = (at < moment, number < last) if newest_first else (at > moment, number > last)
            within = at <= moment if newest_first else at >= moment
            conditions += [within, or_(beyond[0], and_(at == moment, beyond[1]))]
        order = (at.desc(), number.desc()) if newest_first else (at, number)
        read = connection.execute(_columns(model).where(*conditions).order_by(*order).limit(size))
        names = tuple(read.keys())
        rows = [dict(zip(names, row, strict=True)) for row in read]
        figures = latest(connection, list({row["post_id"] for row in rows}))
    found = []
    for row in rows:
        seen = figures.get(row["post_id"])
        found.append(MentionRow(**row, stats=newest_stats(seen), stats_at=seen[0] if seen else None))
    return found


_OF_MENTION = (
    *(
        "id",
        "post_id",
        "brand_id",
        "query_version",
        "target",
        "terms",
        "counted_at",
        "is_repost",
        "irrelevant",
        "relevance",
        "said_irrelevant",
    ),
)
_OF_POST = (
    *(
        "source",
        "source_id",
        "text",
        "published_at",
        "edited_at",
        "time_quality",
        "lang",
        "url",
        "links",
        "repost_of",
    ),
    *("reply_to", "quote_of", "thread", "format", "rating", "followers", "owned_by", "author_id"),
)


def joined_with_labels(model: str | None) -> Any:
    """Mentions with their posts, their authors, and the labels and corrections of the texts as they are now."""
    label = and_(
        labels.c.mention_id == mentions.c.id,
        labels.c.text_version == posts.c.version,
        labels.c.model_id == (model or ""),
    )
    correction = and_(
        corrections.c.mention_id == mentions.c.id, corrections.c.text_version == posts.c.version
    )
    return (
        mentions.join(posts, posts.c.id == mentions.c.post_id)
        .outerjoin(authors, authors.c.id == posts.c.author_id)
        .outerjoin(labels, label)
        .outerjoin(corrections, correction)
    )


_CORRECTED = corrections.c.mention_id.is_not(None)
_LABEL = case((_CORRECTED, corrections.c.label), else_=labels.c.label)


@cache
def _columns(model: str | None) -> Select[Any]:
    def weight(name: str) -> ColumnElement[Any]:
        certain = case((corrections.c.label == name, 10_000), else_=0)
        return case((_CORRECTED, certain), else_=labels.c[f"p_{name}"]).label(f"p_{name}")

    return select(
        *(mentions.c[name] for name in _OF_MENTION),
        *(posts.c[name] for name in _OF_POST),
        posts.c.version.label("text_version"),
        authors.c.handle,
        authors.c.name.label("author_name"),
        authors.c.url.label("author_url"),
        _LABEL.label("label"),
        case((_CORRECTED, HUMAN), else_=labels.c.model_id).label("model_id"),
        *map(weight, ("negative", "neutral", "positive")),
        func.coalesce(labels.c.truncated, False).label("truncated"),
        case((_CORRECTED, None), else_=labels.c.reason).label("reason"),
    ).select_from(joined_with_labels(model))


def where_of(connection: Connection, wanted: MentionFilter) -> list[ColumnElement[bool]]:
    """The filter on mentions joined with their posts and authors, and with labels and corrections where it asks for those.

    Of a query only what narrows the search is in it: `matches` decides.
    """
    found: list[ColumnElement[bool]] = []
    lists = (
        (mentions.c.brand_id, wanted.brands),
        (posts.c.source, wanted.sources),
        (posts.c.lang, wanted.langs),
        (mentions.c.id, wanted.ids),
    )
    found += [
        column == values[0] if len(values) == 1 else among(connection, column, values)
        for column, values in lists
        if values is not None
    ]
    if wanted.since is not None:
        found.append(mentions.c.counted_at >= wanted.since.astimezone(UTC))
    if wanted.until is not None:
        found.append(mentions.c.counted_at < wanted.until.astimezone(UTC))
    if wanted.author is not None:
        handle = wanted.author.removeprefix("@").lower()
        found.append(
            or_(
                func.lower(authors.c.handle).in_((handle, f"@{handle}")),
                authors.c.source_author_id == wanted.author,
            )
        )
    if wanted.author_id is not None:
        found.append(posts.c.author_id == wanted.author_id)
    if wanted.one_in > 1:
        found.append(mentions.c.id % wanted.one_in == 0)
    found += _worked_on(connection, wanted)
    for column, flag in (
        (mentions.c.is_repost, wanted.reposts),
        (mentions.c.irrelevant, wanted.irrelevant),
        (_CORRECTED, wanted.corrected),
    ):
        if flag is not None:
            found.append(
                column.is_(flag) if column is not _CORRECTED else _CORRECTED if flag else ~_CORRECTED
            )
    if wanted.labels is not None:
        found.append(or_(*map(_judged, wanted.labels)))
    if wanted.query is not None and (narrower := _prefilter(connection, wanted.query)) is not None:
        found.append(narrower)
    return found


def _worked_on(connection: Connection, wanted: MentionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.assignee is not None or wanted.resolved is not None:
        case_of = [work.c.mention_id == mentions.c.id]
        if wanted.assignee is not None:
            case_of.append(func.lower(work.c.assignee) == wanted.assignee.lower())
        if wanted.resolved is not None:
            case_of.append(
                work.c.resolved_at.is_not(None) if wanted.resolved else work.c.resolved_at.is_(None)
            )
        found.append(exists().where(*case_of))
    if wanted.tags is not None:
        tagged = tags.c.mention_id == mentions.c.id, among(connection, tags.c.tag, wanted.tags)
        found.append(exists().where(*tagged))
    return found


def _judged(label: Judged) -> ColumnElement[bool]:
    if label == "unlabelled":
        return and_(~_CORRECTED, labels.c.mention_id.is_(None), mentions.c.is_repost.is_(False))
    if label == "failed":
        return and_(~_CORRECTED, labels.c.mention_id.is_not(None), labels.c.label.is_(None))
    return _LABEL.in_((label,))


def _prefilter(connection: Connection, query: Query) -> ColumnElement[bool] | None:
    if connection.dialect.name == "sqlite":
        words, found = to_fts5(query), "posts.id IN (SELECT rowid FROM post_search WHERE words MATCH :words)"
    else:
        words = to_tsquery(query)
        found = "posts.id IN (SELECT post_id FROM post_search WHERE words @@ CAST(:words AS tsquery))"
    return None if words is None else text(found).bindparams(words=words)  # type: ignore[return-value]

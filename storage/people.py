"""Who speaks of a brand, how many could see it, and what people did with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from storage.db import Database
from storage.rows import among, table_of
from storage.stats import FIGURES
from storage.tables import Author, AuthorDay, Mention, Post, PostStats

mentions, posts, authors = table_of(Mention), table_of(Post), table_of(Author)
author_days, post_stats = table_of(AuthorDay), table_of(PostStats)

Instant = datetime | date
Every = Literal["day", "all"]


@dataclass(frozen=True, slots=True)
class People:
    """The accounts that spoke of a brand in one bucket, each once.

    `potential_reach` adds up their followers, of each the largest number seen in the bucket; it leaves out the `unmeasured`
    ones whose followers no network told.
    """

    brand_id: str
    start: Instant
    authors: int
    potential_reach: int
    unmeasured: int


@dataclass(frozen=True, slots=True)
class Voice:
    """One account in a window: how often it spoke of a brand, and to how many."""

    author_id: int
    source: str
    handle: str | None
    name: str | None
    url: str | None
    mentions: int
    reposts: int
    followers: int | None


@dataclass(frozen=True, slots=True)
class Engagement:
    """Public interactions with a brand's mentions, or with its own posts, of one source in one window.

    Each post counts with the newest figures seen of it; `posts` were there, of `measured` some figure was seen. A figure's `*_posts` is
    how many posts it is known of. The figures hold from `seen_from` to `seen_to`, on average `mean_age_s` seconds after publication.
    """

    brand_id: str
    source: str
    posts: int
    measured: int
    likes: int
    shares: int
    comments: int
    quotes: int
    views: int
    likes_posts: int
    shares_posts: int
    comments_posts: int
    quotes_posts: int
    views_posts: int
    seen_from: datetime | None
    seen_to: datetime | None
    mean_age_s: float | None


def people(
    db: Database,
    *,
    brands: Sequence[str],
    since: Instant,
    until: Instant,
    every: Every = "all",
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    reposts: bool = True,
) -> list[People]:
    """Distinct accounts and their reach in [since, until), in order of brand and day; a bucket without any has no row.

    Dates are days of the configured zone and read `author_days`; times, and any window narrowed by language, read the mentions.
    `reposts` counts those who only reposted too. `every="day"` takes dates and no languages.
    """
    days = not isinstance(since, datetime)
    if days != (not isinstance(until, datetime)):
        raise ValueError("since and until are two dates or two times")
    if every == "day" and (langs is not None or not days):
        raise ValueError('people by "day" take two dates, and no languages')
    with db.read() as connection:
        if days and langs is None:
            each = _from_days(connection, brands, since, until, every, sources, reposts)
        else:
            low, high = (since, until) if not days else _bounds(connection, since, until)
            each = _from_mentions(connection, brands, low, high, sources, langs, reposts)  # type: ignore[arg-type]
        per = each.subquery()
        keys = [per.c.brand_id, *([per.c.day] if every == "day" else [])]
        wanted = select(
            *keys,
            func.count(),
            func.coalesce(func.sum(per.c.followers), 0),
            func.count() - func.count(per.c.followers),
        ).group_by(*keys)
        rows = [tuple(row) for row in connection.execute(wanted)]
    start = [(row[0], row[1] if every == "day" else since, *map(int, row[-3:])) for row in rows]
    return [People(*row) for row in sorted(start, key=lambda row: (row[0], row[1]))]


def _from_days(
    connection: Connection,
    brands: Sequence[str],
    since: date,
    until: date,
    every: Every,
    sources: Sequence[str] | None,
    reposts: bool,
) -> Select[Any]:
    c = author_days.c
    keys = [c.brand_id, c.author_id, *([c.day] if every == "day" else [])]
    wanted = select(*keys, func.max(c.followers).label("followers")).group_by(*keys)
    wanted = wanted.where(among(connection, c.brand_id, brands), c.day >= since, c.day < until)
    if sources is not None:
        wanted = wanted.where(among(connection, c.source, sources))
    return wanted if reposts else wanted.where(c.mentions > 0)


def _bounds(connection: Connection, since: date, until: date) -> tuple[datetime, datetime]:
    from storage.sums import calendar

    zone = calendar(connection).zone
    low, high = (
        datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in (since, until)
    )
    return low, high


def _spoken(
    connection: Connection,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None,
    langs: Sequence[str] | None,
) -> list[ColumnElement[bool]]:
    where = [
        among(connection, mentions.c.brand_id, brands),
        mentions.c.counted_at >= since.astimezone(UTC),
        mentions.c.counted_at < until.astimezone(UTC),
        mentions.c.irrelevant.is_(False),
    ]
    if sources is not None:
        where.append(among(connection, posts.c.source, sources))
    if langs is not None:
        where.append(among(connection, posts.c.lang, langs))
    return where


def _from_mentions(
    connection: Connection,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None,
    langs: Sequence[str] | None,
    reposts: bool,
) -> Select[Any]:
    keys = mentions.c.brand_id, posts.c.author_id
    where = [*_spoken(connection, brands, since, until, sources, langs), posts.c.author_id.is_not(None)]
    if not reposts:
        where.append(mentions.c.is_repost.is_(False))
    joined = mentions.join(posts, posts.c.id == mentions.c.post_id)
    return (
        select(*keys, func.max(posts.c.followers).label("followers"))
        .select_from(joined)
        .where(*where)
        .group_by(*keys)
    )


def top_voices(
    db: Database,
    *,
    brand: str,
    since: date,
    until: date,
    sources: Sequence[str] | None = None,
    limit: int = 50,
) -> list[Voice]:
    """The accounts that spoke of a brand on these days, those with most followers first, then those who spoke most."""
    c = author_days.c
    said, shared, followers = func.sum(c.mentions), func.sum(c.reposts), func.max(c.followers)
    account = [authors.c[name] for name in ("id", "source", "handle", "name", "url")]
    wanted = (
        select(*account, said, shared, followers)
        .select_from(author_days.join(authors, authors.c.id == c.author_id))
        .where(c.brand_id == brand, c.day >= since, c.day < until)
        .group_by(*account)
        .order_by(func.coalesce(followers, -1).desc(), said.desc(), authors.c.id)
        .limit(limit)
    )
    with db.read() as connection:
        if sources is not None:
            wanted = wanted.where(among(connection, c.source, sources))
        return [Voice(*row[:5], int(row[5]), int(row[6]), row[7]) for row in connection.execute(wanted)]


def engagement(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    owned: bool = False,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> list[Engagement]:
    """Interactions with the brands' mentions counted in [since, until), reposts left out; `owned`: with their own posts instead."""
    with db.read() as connection:
        if owned:
            brand, source, where = _owned(connection, brands, since, until, sources, langs)
        else:
            brand, source = mentions.c.brand_id, mentions.join(posts, posts.c.id == mentions.c.post_id)
            where = [
                *_spoken(connection, brands, since, until, sources, langs),
                mentions.c.is_repost.is_(False),
            ]
        other = post_stats.alias()
        newest = select(func.max(other.c.observed_at)).where(other.c.post_id == posts.c.id).scalar_subquery()
        seen = source.outerjoin(
            post_stats, and_(post_stats.c.post_id == posts.c.id, post_stats.c.observed_at == newest)
        )
        keys = brand, posts.c.source
        figures = [post_stats.c[name] for name in FIGURES]
        wanted = (
            select(
                *keys,
                func.count(),
                func.count(post_stats.c.post_id),
                *(func.coalesce(func.sum(figure), 0) for figure in figures),
                *(func.count(figure) for figure in figures),
                func.min(post_stats.c.observed_at),
                func.max(post_stats.c.observed_at),
                func.avg(
                    _seconds(connection, post_stats.c.observed_at)
                    - _seconds(connection, posts.c.published_at)
                ),
            )
            .select_from(seen)
            .where(*where)
            .group_by(*keys)
        )
        rows = sorted((tuple(row) for row in connection.execute(wanted)), key=lambda row: row[:2])
    found = []
    for row in rows:
        told: list[Any] = [
            *row[:2],
            *map(int, row[2:14]),
            *row[14:16],
            None if row[16] is None else float(row[16]),
        ]
        found.append(Engagement(*told))
    return found


def _owned(
    connection: Connection,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None,
    langs: Sequence[str] | None,
) -> tuple[ColumnElement[Any], Any, list[ColumnElement[bool]]]:
    where = [
        among(connection, posts.c.owned_by, brands),
        posts.c.counted_at >= since.astimezone(UTC),
        posts.c.counted_at < until.astimezone(UTC),
        posts.c.repost_of.is_(None),
        posts.c.context.is_(False),
    ]
    where += [among(connection, posts.c.source, sources)] if sources is not None else []
    where += [among(connection, posts.c.lang, langs)] if langs is not None else []
    return posts.c.owned_by, posts, where


def _seconds(connection: Connection, at: ColumnElement[datetime]) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return func.julianday(at) * 86_400
    return func.extract("epoch", at)

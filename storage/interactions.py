"""What people did with a brand's mentions: sums by day kept beside the counts, and the same read from the mentions where a window cuts a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Integer, and_, case, cast, func, select

from storage.db import Database
from storage.rows import among, table_of
from storage.stats import PUBLIC, Figures, post_stats
from storage.tables import Mention, Post
from storage.tables_days import DayInteractions

mentions, posts, day_interactions = table_of(Mention), table_of(Post), table_of(DayInteractions)

INTERACTIONS = ("measured", *PUBLIC, *(f"{name}_posts" for name in PUBLIC), "age_s")
MOST = 10**12
"""A larger figure counts as this: no network shows any, and a nonsense figure must not make a sum overflow."""
_EPOCH, _SECOND = datetime.fromtimestamp(0, UTC), timedelta(seconds=1)

_other = post_stats.alias()
newest_reading = and_(
    post_stats.c.post_id == posts.c.id,
    post_stats.c.observed_at
    == select(func.max(_other.c.observed_at))
    .where(_other.c.post_id == posts.c.id)
    .correlate(posts)
    .scalar_subquery(),
)
"""Joins a post's newest figures to it."""
measured = mentions.join(posts, posts.c.id == mentions.c.post_id).join(post_stats, newest_reading)
"""The mentions of posts of which some figure was seen."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """Public interactions with a brand's mentions of one network in one window.

    Each post counts with the newest figures seen of it; of `measured` posts some figure was seen. A figure's `*_posts` is how many posts it
    is known of. The figures were read `age_s` seconds after publication, summed over the measured posts.
    """

    brand_id: str
    source: str
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
    age_s: int


def contribution(figures: Figures, published_at: datetime, observed_at: datetime) -> tuple[int, ...]:
    """What one measured post adds to the sums, in the order of `INTERACTIONS`; the first of `figures` are those of PUBLIC.

    >>> noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    >>> contribution((5, None, 2, 0, 10**15), noon, noon + timedelta(hours=1))
    (1, 5, 0, 2, 0, 1000000000000, 1, 0, 1, 1, 1, 3600)
    """
    known = figures[: len(PUBLIC)]
    age_s = (observed_at - _EPOCH) // _SECOND - (published_at - _EPOCH) // _SECOND
    return (
        1,
        *(0 if value is None else min(value, MOST) for value in known),
        *(0 if value is None else 1 for value in known),
        age_s,
    )


def engagement(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime | date,
    until: datetime | date,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> list[Engagement]:
    """Interactions with the brands' mentions counted in [since, until), reposts left out; no row where no figure was seen.

    Dates are days of the configured zone and read sums; times read every mention between them, or of these those of `ids`.
    """
    if isinstance(since, datetime) != isinstance(until, datetime):
        raise ValueError("since and until are two dates or two times")
    with db.read() as connection:
        source: FromClause
        where: list[ColumnElement[bool]]
        if isinstance(since, datetime) and isinstance(until, datetime):
            since, until = since.astimezone(UTC), until.astimezone(UTC)
            source, keys, lang = measured, (mentions.c.brand_id, posts.c.source), posts.c.lang
            when, sums = mentions.c.counted_at, _read(connection)
            where = [mentions.c.irrelevant.is_(False), mentions.c.is_repost.is_(False)]
            where += [among(connection, mentions.c.id, ids)] if ids is not None else []
        else:
            c = day_interactions.c
            source, keys, lang = day_interactions, (c.brand_id, c.source), c.lang
            when, sums, where = c.day, [func.sum(c[name]) for name in INTERACTIONS], []
        where += [among(connection, keys[0], brands), when >= since, when < until]
        where += [among(connection, keys[1], sources)] if sources is not None else []
        where += [among(connection, lang, langs)] if langs is not None else []
        rows = connection.execute(select(*keys, *sums).select_from(source).where(*where).group_by(*keys))
        found = [Engagement(brand, network, *map(int, row)) for brand, network, *row in rows]
    return sorted((row for row in found if row.measured), key=lambda row: (row.brand_id, row.source))


def _read(connection: Connection) -> list[ColumnElement[Any]]:
    """The sums of `INTERACTIONS` over measured posts."""
    figures = [post_stats.c[name] for name in PUBLIC]
    bounded = [func.coalesce(func.sum(case((figure > MOST, MOST), else_=figure)), 0) for figure in figures]
    age_s = seconds(connection, post_stats.c.observed_at) - seconds(connection, posts.c.published_at)
    return [func.count(), *bounded, *map(func.count, figures), func.coalesce(func.sum(age_s), 0)]


def seconds(connection: Connection, at: ColumnElement[datetime]) -> ColumnElement[Any]:
    """Whole seconds since 1970."""
    if connection.dialect.name == "sqlite":
        return cast(func.strftime("%s", func.substr(at, 1, 19)), Integer)
    return func.floor(func.extract("epoch", at))

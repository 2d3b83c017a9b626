"""Likes, shares, comments and views as seen at a time: a row only when a figure changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from storage.rows import among, insert_rows, table_of
from storage.tables import PostStats
from storage.types import Stats

post_stats = table_of(PostStats)
FIGURES = ("likes", "shares", "comments", "quotes", "views")
COLUMNS = ("post_id", "observed_at", *FIGURES)
AGES = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
"""How old a post is when its figures are read again."""

_SILENT = [None] * len(FIGURES)

Figures = tuple[int | None, ...]
Seen = tuple[int, datetime, Stats]
"""A post's row number, and what was seen of it when."""


def due_at(published_at: datetime, seen_at: datetime) -> datetime | None:
    """When the figures of a post that was seen at `seen_at` are to be read again; None when they have settled.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    >>> str(due_at(noon, noon + timedelta(hours=2)))
    '2026-11-22 12:00:00+00:00'
    """
    try:
        if seen_at >= published_at + AGES[-1]:
            return None
        return next((published_at + age for age in AGES if seen_at < published_at + age), None)
    except OverflowError:
        return None


def figures(stats: Stats) -> Figures:
    """The five figures in the order of the columns."""
    return stats.likes, stats.shares, stats.comments, stats.quotes, stats.views


def insert_first(connection: Connection, seen: Sequence[Seen]) -> None:
    """The figures of posts that have none yet."""
    rows = [[post_id, at, *figures(stats)] for post_id, at, stats in seen]
    insert_rows(connection, PostStats, COLUMNS, (row for row in rows if row[2:] != _SILENT))


def insert_changed(connection: Connection, seen: Sequence[Seen]) -> None:
    """The figures of known posts, where they are newer than the last and differ; a silent network leaves the last figure."""
    newest = {post_id: (at, stats) for post_id, at, stats in sorted(seen, key=lambda item: item[1])}
    last = latest(connection, list(newest))
    rows = []
    for post_id, (at, stats) in newest.items():
        values = figures(stats)
        if post_id in last:
            seen_at, old = last[post_id]
            values = tuple(b if a is None else a for a, b in zip(values, old, strict=True))
            if at <= seen_at or values == old:
                continue
        if any(value is not None for value in values):
            rows.append([post_id, at, *values])
    insert_rows(connection, PostStats, COLUMNS, rows)


def latest(connection: Connection, post_ids: Sequence[int]) -> dict[int, tuple[datetime, Figures]]:
    """The newest figures of each post that has any, with the time they hold from."""
    newest = (
        select(post_stats.c.post_id, func.max(post_stats.c.observed_at))
        .where(among(connection, post_stats.c.post_id, post_ids))
        .group_by(post_stats.c.post_id)
    )
    wanted = select(*(post_stats.c[name] for name in COLUMNS)).where(
        tuple_(post_stats.c.post_id, post_stats.c.observed_at).in_(newest)
    )
    return {post_id: (at, tuple(values)) for post_id, at, *values in connection.execute(wanted)}


def newest_stats(seen: tuple[datetime, Figures] | None) -> Stats | None:
    """What `latest` found, as Stats; they were valid when they came in."""
    if seen is None:
        return None
    named: dict[str, Any] = dict(zip(FIGURES, seen[1], strict=True))
    return Stats.model_construct(**named)

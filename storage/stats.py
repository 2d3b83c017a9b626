"""Likes, shares, comments and views as seen at a time: a row only when a figure changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, tuple_

from storage.rows import among, insert_rows, table_of
from storage.tables import PostStats
from storage.types import Stats

post_stats = table_of(PostStats)
PUBLIC = ("likes", "shares", "comments", "quotes", "views")
FIGURES = (*PUBLIC, "saves", "clicks", "reach", "visits")
"""All that is kept of a post; those beside `PUBLIC` are added up for own posts alone (`storage.own_posts`)."""
COLUMNS = ("post_id", "observed_at", *FIGURES)
AGES = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
"""How old a post is when its figures are read again."""

_SILENT = [None] * len(FIGURES)

Figures = tuple[int | None, ...]
Seen = tuple[int, datetime, Stats]
"""A post's row number, and what was seen of it when."""
Reading = tuple[datetime, Figures]


class Changed(NamedTuple):
    """Newer figures of a post, and those that were the newest before."""

    post_id: int
    before: Reading | None
    after: Reading


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
    """The figures in the order of the columns."""
    return tuple(getattr(stats, name) for name in FIGURES)


def insert_first(connection: Connection, seen: Sequence[Seen]) -> None:
    """The figures of posts that have none yet."""
    rows = [[post_id, at, *figures(stats)] for post_id, at, stats in seen]
    insert_rows(connection, PostStats, COLUMNS, (row for row in rows if row[2:] != _SILENT))


def insert_changed(connection: Connection, seen: Sequence[Seen]) -> list[Changed]:
    """The figures of known posts, where they are newer than the last and differ; a silent network leaves the last figure.

    Returns what changed, for `storage.sums.Tally.see`.
    """
    newest = {post_id: (at, stats) for post_id, at, stats in sorted(seen, key=lambda item: item[1])}
    last = latest(connection, list(newest))
    changed = []
    for post_id, (at, stats) in newest.items():
        values = figures(stats)
        if post_id in last:
            seen_at, old = last[post_id]
            values = tuple(b if a is None else a for a, b in zip(values, old, strict=True))
            if at <= seen_at or values == old:
                continue
        if any(value is not None for value in values):
            changed.append(Changed(post_id, last.get(post_id), (at, values)))
    insert_rows(
        connection, PostStats, COLUMNS, ([post_id, at, *values] for post_id, _, (at, values) in changed)
    )
    return changed


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

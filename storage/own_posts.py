"""What the brands' own accounts posted, with the newest figures of each post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from storage.db import Database
from storage.rows import among, table_of
from storage.stats import Figures, latest, newest_stats
from storage.tables import Post
from storage.types import Stats

posts = table_of(Post)
_READ = ("owned_by", "source", "source_id", "published_at", "counted_at", "first_seen_at", "text", "format", "followers")  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnedPost:
    """One post of a brand's own account; `followers` as seen with it, `stats` None where no figure was ever seen."""

    brand_id: str
    source: str
    source_id: str
    published_at: datetime
    counted_at: datetime
    first_seen_at: datetime
    text: str
    format: str | None
    followers: int | None
    stats: Stats | None


def owned_posts(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    limit: int,
) -> list[OwnedPost]:
    """The brands' own posts counted in [since, until), oldest first and at most `limit`: no reposts, no replies.

    An answer to a customer, and a further part of a thread, are shown to few: they are no posts to measure an account by.
    """
    with db.read() as connection:
        where = [
            among(connection, posts.c.owned_by, brands),
            posts.c.owned_by.is_not(None),
            posts.c.counted_at >= since.astimezone(UTC),
            posts.c.counted_at < until.astimezone(UTC),
            posts.c.repost_of.is_(None),
            posts.c.reply_to.is_(None),
            posts.c.context.is_(False),
        ]
        where += [among(connection, posts.c.source, sources)] if sources is not None else []
        where += [among(connection, posts.c.lang, langs)] if langs is not None else []
        wanted = select(posts.c.id, *(posts.c[name] for name in _READ)).where(*where)
        rows = connection.execute(wanted.order_by(posts.c.counted_at, posts.c.id).limit(limit)).all()
        seen = latest(connection, [row.id for row in rows])
    return [_owned(row, seen.get(row.id)) for row in rows]


def owned_among(db: Database, source: str, ids: Sequence[str]) -> frozenset[str]:
    """Which of these posts of a network were written by a brand's own account."""
    with db.read() as connection:
        here = (
            posts.c.source == source,
            among(connection, posts.c.source_id, ids),
            posts.c.owned_by.is_not(None),
        )
        return frozenset(connection.scalars(select(posts.c.source_id).where(*here)))


def _owned(row: Any, seen: tuple[datetime, Figures] | None) -> OwnedPost:
    told: list[Any] = [*row[1:], newest_stats(seen)]
    return OwnedPost(*told)

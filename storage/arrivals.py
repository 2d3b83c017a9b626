"""The mentions that were stored since a number: numbers rise in the order of storing and never come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, func, select

from storage.db import Database
from storage.rows import among, table_of
from storage.tables import Mention, Post

mentions, posts = table_of(Mention), table_of(Post)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Numbers of mentions in the order of their arrival, and the last number that was looked at for them."""

    ids: Sequence[int]
    last: int


def newest_mention(db: Database) -> int:
    """The number of the mention stored last, 0 where there is none."""
    with db.read() as connection:
        return connection.scalar(select(func.max(mentions.c.id))) or 0


def arrived(
    db: Database, after: int, *, brands: Sequence[str], since: datetime, limit: int = 2_000
) -> Arrived:
    """Mentions of these brands with a number above `after` that are counted at `since` or later, `limit` at most; the rest another time."""
    with db.read() as connection:
        last = max(after, connection.scalar(select(func.max(mentions.c.id))) or 0)
        new = mentions.c.id > after, mentions.c.counted_at >= since.astimezone(UTC)
        wanted = select(mentions.c.id).where(*new, among(connection, mentions.c.brand_id, brands))
        ids = list(connection.scalars(wanted.order_by(mentions.c.id).limit(limit)))
    return Arrived(ids, ids[-1] if len(ids) == limit else last)


def originals(db: Database, reposts: Sequence[int]) -> dict[int, int]:
    """Of mentions that are reposts, the mention of the same brand in the original post, where that is stored."""
    origin, its_post = mentions.alias(), posts.alias()
    joined = (
        mentions.join(posts, posts.c.id == mentions.c.post_id)
        .join(its_post, and_(its_post.c.source == posts.c.source, its_post.c.source_id == posts.c.repost_of))
        .join(origin, and_(origin.c.post_id == its_post.c.id, origin.c.brand_id == mentions.c.brand_id))
    )
    with db.read() as connection:
        wanted = select(mentions.c.id, origin.c.id.label("original")).select_from(joined)
        rows = connection.execute(wanted.where(among(connection, mentions.c.id, reposts)))
        return {row.id: row.original for row in rows}


def waits_longest(db: Database) -> datetime | None:
    """When the post of the mention that waits longest for a label was stored; None where none waits."""
    waits = mentions.c.is_repost.is_(False), mentions.c.labelled_model.is_(None)
    first = select(mentions.c.post_id).where(*waits).order_by(mentions.c.id).limit(1).scalar_subquery()
    with db.read() as connection:
        return connection.scalar(select(posts.c.first_seen_at).where(posts.c.id == first))

"""What public reviews of a brand and the replies to its posts say: stars, and the labels that count now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, func, select

from storage.db import Database
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.tables import Correction, Label, Mention, Post

mentions, posts = table_of(Mention), table_of(Post)
labels, corrections = table_of(Label), table_of(Correction)
owned = posts.alias("owned")


@dataclass(frozen=True, slots=True)
class Rated:
    """How many reviews of a brand gave so many stars, 0 to 5, and how many of these texts have each label that counts now."""

    brand_id: str
    rating: float
    reviews: int
    negative: int
    neutral: int
    positive: int


@dataclass(frozen=True, slots=True)
class Answered:
    """How many of a brand's mentions answer its own posts, and how many of these have each label that counts now."""

    brand_id: str
    replies: int
    negative: int
    neutral: int
    positive: int


def ratings(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> list[Rated]:
    """The reviews counted in [since, until), by brand and stars; reposts and what is not about the brand are left out."""
    with db.read() as connection:
        where = [posts.c.rating.is_not(None), *_counted(posts, since, until)]
        where += _among(connection, sources, langs)
        said = _said(connection, posts, mentions.c.brand_id, posts.c.rating).where(*where)
        rows = [row for row in connection.execute(said) if row[0] in brands]
        return [Rated(row[0], float(row[1]), *map(int, row[2:])) for row in rows]


def replies(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> list[Answered]:
    """The mentions, whenever they came, that answer posts of the brand's own accounts counted in [since, until), by brand.

    Posts are those of `storage.own_posts`: who answers the brand's own answer is in a talk already, and comments on no post.
    """
    with db.read() as connection:
        of = and_(posts.c.reply_to == owned.c.source_id, posts.c.source == owned.c.source)
        where = [among(connection, owned.c.owned_by, brands), owned.c.owned_by.is_not(None)]
        where += [owned.c.owned_by == func.coalesce(mentions.c.brand_id, ""), *_counted(owned, since, until)]
        where += [owned.c.repost_of.is_(None), owned.c.reply_to.is_(None), owned.c.context.is_(False)]
        where += _among(connection, sources, langs)
        said = _said(connection, owned.join(posts, of), mentions.c.brand_id).where(*where)
        return [Answered(row[0], *map(int, row[1:])) for row in connection.execute(said)]


def _said(connection: Connection, source: FromClause, *keys: ColumnElement[Any]) -> Select[Any]:
    """By these keys, how many mentions of `posts` in `source` there are, and how many have each label: a person's, else the model's in use.

    The few posts lead to their mentions. So what is asked beside offers no index to begin with: a planner that knows no
    numbers would walk through all of a brand, or all that are no reposts.
    """
    model = setting(connection, MODEL) or ""
    of_text = labels.c.mention_id == mentions.c.id, labels.c.text_version == posts.c.version
    of_person = corrections.c.mention_id == mentions.c.id, corrections.c.text_version == posts.c.version
    label = func.coalesce(corrections.c.label, labels.c.label)
    counts = [func.sum(case((label == name, 1), else_=0)) for name in ("negative", "neutral", "positive")]
    return (
        select(*keys, func.count(), *counts)
        .select_from(
            source.join(mentions, mentions.c.post_id == posts.c.id)
            .outerjoin(labels, and_(*of_text, labels.c.model_id == model))
            .outerjoin(corrections, and_(*of_person))
        )
        .where(func.coalesce(mentions.c.is_repost, False).is_(False), mentions.c.irrelevant.is_(False))
        .group_by(*keys)
        .order_by(*keys)
    )


def _counted(table: FromClause, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [table.c.counted_at >= since.astimezone(UTC), table.c.counted_at < until.astimezone(UTC)]


def _among(
    connection: Connection, sources: Sequence[str] | None, langs: Sequence[str] | None
) -> list[ColumnElement[bool]]:
    asked = ((func.coalesce(posts.c.source, ""), sources), (posts.c.lang, langs))
    return [among(connection, column, values) for column, values in asked if values is not None]

"""Stored posts as they came in, for matching them anew and for export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, func, select, update

from storage.db import Database
from storage.mention_rows import MentionsOf, replace_mentions
from storage.rows import among, table_of
from storage.stats import Figures, due_at, insert_changed, latest, newest_stats
from storage.sums import Tally, calendar
from storage.tables import Author, Mention, Post
from storage.types import NewAuthor, NewMention, NewPost, Saved, Stats

posts, authors, mentions = table_of(Post), table_of(Author), table_of(Mention)
_COPIED = (
    *(
        "source",
        "source_id",
        "text",
        "published_at",
        "version_id",
        "edited_at",
        "url",
        "repost_of",
        "reply_to",
        "quote_of",
    ),
    *("thread", "format", "rating", "time_quality"),
)

Change = tuple[int, Sequence[NewMention], str | None]
"""a post's row number, the brands it names, and the brand that owns it"""


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post and its row number. `post` has neither payload nor referenced posts; its figures are the newest."""

    id: int
    post: NewPost


def stored_posts(db: Database, *, after_id: int = 0, limit: int) -> list[StoredPost]:
    """The posts after a row number, in ascending order; those kept only as context are left out. None left: []."""
    wanted = _whole().where(posts.c.id > after_id).order_by(posts.c.id).limit(limit)
    with db.read() as connection:
        rows = connection.execute(wanted).mappings().all()
        seen = latest(connection, [row["id"] for row in rows])
    return [StoredPost(row["id"], _post(dict(row), seen.get(row["id"]))) for row in rows]


def newest_posts(
    db: Database, *, since: datetime, until: datetime, limit: int
) -> list[tuple[StoredPost, bool]]:
    """The posts counted in [since, until), whether or not they name a brand, the newest first; beside each, whether it has a mention.

    Figures are left out.
    """
    named = exists().where(mentions.c.post_id == posts.c.id)
    within = posts.c.counted_at >= since.astimezone(UTC), posts.c.counted_at < until.astimezone(UTC)
    newest = posts.c.counted_at.desc(), posts.c.id.desc()
    wanted = _whole().add_columns(named.label("named")).where(*within).order_by(*newest).limit(limit)
    with db.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    return [(StoredPost(row["id"], _post(dict(row), None)), bool(row["named"])) for row in rows]


def _whole() -> Select[Any]:
    """Posts with their authors, without those kept only as context."""
    copied = [posts.c[name] for name in _COPIED]
    account = [
        authors.c[name].label(f"author_{name}") for name in ("source_author_id", "handle", "name", "url")
    ]
    rest = posts.c.id, posts.c.lang, posts.c.links, posts.c.seen_at, posts.c.followers
    return (
        select(*rest, *copied, *account)
        .select_from(posts.outerjoin(authors, authors.c.id == posts.c.author_id))
        .where(posts.c.context.is_(False))
    )


def stored_count(db: Database) -> int:
    """How many posts `stored_posts` goes through."""
    with db.read() as connection:
        wanted = select(func.count()).select_from(posts).where(posts.c.context.is_(False))
        return connection.scalar(wanted) or 0


def _post(row: Mapping[str, Any], seen: tuple[datetime, Figures] | None) -> NewPost:
    """Validated when it came in, so not again."""
    author = None
    if row["author_source_author_id"] is not None:
        author = NewAuthor.model_construct(
            source_author_id=row["author_source_author_id"],
            handle=row["author_handle"],
            name=row["author_name"],
            url=row["author_url"],
            followers=row["followers"],
        )
    copied: dict[str, Any] = {name: row[name] for name in _COPIED}
    return NewPost.model_construct(
        **copied,
        observed_at=row["seen_at"],
        author=author,
        lang=None if row["lang"] == "und" else row["lang"],
        links=tuple(row["links"]),
        stats=newest_stats(seen),
    )


def set_mentions(
    db: Database, changes: Sequence[Change], brand_ids: Sequence[str], *, now: datetime, reason: str
) -> Saved:
    """Make these brands' mentions of stored posts the ones given, and no others; other brands keep theirs.

    Posts that are gone, or are mere context, are passed over. Counts change with it; closed days are restated under `reason`.
    """
    now = now.astimezone(UTC)
    return db.do(lambda connection: _set_mentions(connection, changes, brand_ids, now, reason))


def _set_mentions(
    connection: Connection, changes: Sequence[Change], brand_ids: Sequence[str], now: datetime, reason: str
) -> Saved:
    columns = posts.c.id, posts.c.version, posts.c.counted_at, posts.c.repost_of, posts.c.owned_by
    asked = among(connection, posts.c.id, [post_id for post_id, _, _ in changes])
    present = {
        row.id: row for row in connection.execute(select(*columns).where(asked, posts.c.context.is_(False)))
    }
    wanted, owners = [], []
    for post_id, named, owned_by in changes:
        if (row := present.get(post_id)) is None:
            continue
        named = [mention for mention in named if mention.brand_id in brand_ids]
        wanted.append(
            MentionsOf(post_id, row.version, row.counted_at, row.repost_of is not None, named, owned_by)
        )
        if owned_by != row.owned_by:
            owners.append({"key": post_id, "owner": owned_by})
    tally = Tally(calendar(connection))
    with tally.changing(connection, post_ids=[item.post_id for item in wanted]):
        if owners:
            owned = update(posts).where(posts.c.id == bindparam("key")).values(owned_by=bindparam("owner"))
            connection.execute(owned, owners)
        new, removed = replace_mentions(connection, wanted, set(brand_ids))
    tally.write(connection, reason=reason, now=now)
    return Saved(known_posts=len(wanted), new_mentions=new, removed_mentions=removed)


def save_stats(db: Database, seen: Sequence[tuple[str, str, Stats]], *, now: datetime) -> int:
    """Figures of stored posts as read now; returns how many of the posts are stored. A row is written only where one changed."""
    now = now.astimezone(UTC)
    by_key = {(source, source_id): stats for source, source_id, stats in seen}

    def work(connection: Connection) -> int:
        found = []
        for source in sorted({source for source, _ in by_key}):
            ids = [source_id for this, source_id in by_key if this == source]
            columns = posts.c.id, posts.c.source_id, posts.c.published_at, posts.c.stats_due_at
            wanted = select(*columns).where(
                posts.c.source == source, among(connection, posts.c.source_id, ids)
            )
            found += [(row, by_key[source, row.source_id]) for row in connection.execute(wanted)]
        tally = Tally(calendar(connection))
        tally.see(connection, insert_changed(connection, [(row.id, now, stats) for row, stats in found]))
        tally.write(connection, reason="figures", now=now)
        looked = update(posts).where(posts.c.id == bindparam("key"))
        rows = [
            {"key": row.id, "at": now, "due": due_at(row.published_at, now) if row.stats_due_at else None}
            for row, _ in found
        ]
        if rows:
            connection.execute(
                looked.values(rechecked_at=bindparam("at"), stats_due_at=bindparam("due")), rows
            )
        return len(found)

    return db.do(work)

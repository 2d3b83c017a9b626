"""A post that is stored already is seen again: the same text, another version of it, or as a post of its own for the first time.

Whatever the order in which its versions arrive, a post ends up the same: its text is the version with the greatest (edited_at, observed_at),
every other text is filed beside it, and its times are those of the earliest sighting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage import search_index
from storage.mention_rows import MentionsOf, add_missing, replace_mentions
from storage.rows import among, json_text, table_of
from storage.stats import due_at, insert_changed
from storage.sums import Tally
from storage.tables import PayloadRow, Post, PostVersion
from storage.types import NewMention, NewPost, Saved

posts, versions, payloads = table_of(Post), table_of(PostVersion), table_of(PayloadRow)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_TRUST = {"exact": 0, "zone_assumed": 1, "first_seen": 2}
_DETAILS = ("lang", "url", "links", "reply_to", "quote_of", "thread", "format", "rating")
_LOADED = (
    *(
        "id",
        "source",
        "source_id",
        "author_id",
        "text",
        "version",
        "version_id",
        "published_at",
        "edited_at",
        "followers",
    ),
    *(
        "first_seen_at",
        "seen_at",
        "counted_at",
        "time_quality",
        "repost_of",
        "context",
        "owned_by",
        "rechecked_at",
    ),
    "stats_due_at",
)

Order = tuple[datetime, datetime, str, str]
"""What orders a post's versions: when edited, when seen, the version's id, and for ties the text."""


class Incoming(NamedTuple):
    """A post on its way in. `own`: as a post of its own, not only referenced by another."""

    post: NewPost
    mentions: Sequence[NewMention]
    owned_by: str | None
    own: bool
    only_if_known: bool

    @property
    def version_id(self) -> str | None:
        """The version's own id, where it is not the post's."""
        return None if self.post.version_id == self.post.source_id else self.post.version_id

    @property
    def order(self) -> Order:
        return self.post.edited_at or _EARLIEST, self.post.observed_at, self.version_id or "", self.post.text


@dataclass(slots=True)
class Known:
    """A stored post, as its row says; `changes` gathers what is to be written to it."""

    id: int
    source: str
    source_id: str
    author_id: int | None
    text: str
    version: int
    version_id: str | None
    published_at: datetime
    edited_at: datetime | None
    followers: int | None
    first_seen_at: datetime
    seen_at: datetime
    counted_at: datetime
    time_quality: str
    repost_of: str | None
    context: bool
    owned_by: str | None
    rechecked_at: datetime
    stats_due_at: datetime | None
    details: tuple[Any, ...]
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> Order:
        return self.edited_at or _EARLIEST, self.seen_at, self.version_id or "", self.text


def known_posts(connection: Connection, wanted: Iterable[NewPost]) -> dict[tuple[str, str], Known]:
    """The rows of these posts that are stored, by (source, source_id)."""
    by_source: dict[str, list[str]] = {}
    for post in wanted:
        by_source.setdefault(post.source, []).append(post.source_id)
    columns = [posts.c[name] for name in (*_LOADED, *_DETAILS)]
    found: dict[tuple[str, str], Known] = {}
    for source, ids in by_source.items():
        here = posts.c.source == source, among(connection, posts.c.source_id, ids)
        for row in connection.execute(select(*columns).where(*here)):
            loaded: list[Any] = [*row[: len(_LOADED)], tuple(row[len(_LOADED) :])]
            found[source, row.source_id] = Known(*loaded)
    return found


def merge(
    connection: Connection,
    origin: str,
    seen: Sequence[tuple[Known, Incoming, int | None]],
    tally: Tally,
    saved: Saved,
) -> None:
    """Bring known posts up to what was seen of them now. The third part of each is the row number of the author seen."""
    moving: list[tuple[Known, Incoming]] = []
    missing: list[MentionsOf] = []
    for row, item, author_id in seen:
        if row.context and item.own and not item.only_if_known:
            row.changes |= {"context": False, "origin": origin}
        times_move = _note_times(row, item.post, author_id)
        owned = _note_owner(row, item)
        same = "context" not in row.changes and item.post.text == row.text and not _note_details(row, item)
        if not same or times_move or owned:
            moving.append((row, item))
        elif item.mentions and not row.context:
            missing.append(_wanted(row, item, item.mentions))
    with tally.changing(
        connection, post_ids=[row.id for row, _ in moving] + [item.post_id for item in missing]
    ):
        edits = -saved.edited_posts
        for row, item in moving:
            _move(connection, row, item, saved)
        edits += saved.edited_posts
        _write(connection, [row for row, _, _ in seen])
        saved.new_mentions += add_missing(connection, missing)
    read = [(row.id, item.post.observed_at, item.post.stats) for row, item, _ in seen if item.post.stats]
    tally.see(connection, insert_changed(connection, read))
    edited = [
        (row.id, item.post.payload)
        for row, item in moving
        if item.post.payload is not None and "text" in row.changes
    ]
    _replace_payloads(connection, edited)
    promoted = sum("context" in row.changes for row, _ in moving)
    saved.new_posts += promoted
    saved.known_posts += sum(item.own for _, item, _ in seen) - promoted - edits


def _note_times(row: Known, post: NewPost, author_id: int | None) -> bool:
    """Earliest sighting, best time of publication, newest look. True when that moves what is counted."""
    changes = row.changes
    followers = None if post.author is None else post.author.followers
    if post.observed_at < row.first_seen_at:
        changes["first_seen_at"] = post.observed_at
    if followers is not None and (row.followers is None or (post.observed_at < row.first_seen_at)):
        changes["followers"] = followers
    if row.author_id is None and author_id is not None:
        changes["author_id"] = author_id
    better = (_TRUST[post.time_quality], post.published_at) < (_TRUST[row.time_quality], row.published_at)
    if better:
        changes |= {"published_at": post.published_at, "time_quality": post.time_quality}
    counted_at = min(
        changes.get("published_at", row.published_at), changes.get("first_seen_at", row.first_seen_at)
    )
    if counted_at != row.counted_at:
        changes["counted_at"] = counted_at
    if post.observed_at > row.rechecked_at:
        changes["rechecked_at"] = post.observed_at
    return not changes.keys().isdisjoint({"counted_at", "published_at", "followers", "author_id"})


def _note_owner(row: Known, item: Incoming) -> bool:
    """Whose own account wrote it may be learned after it was stored. True when it is."""
    if not item.own or item.owned_by in (None, row.owned_by) or row.context:
        return False
    row.changes["owned_by"] = item.owned_by
    if row.stats_due_at is None and row.repost_of is None:
        row.changes["stats_due_at"] = due_at(row.published_at, item.post.observed_at)
    return True


def _note_details(row: Known, item: Incoming) -> bool:
    """The same text again: what else the newer sighting says. True when that moves what is counted."""
    if item.order <= row.order:
        return False
    row.changes |= {
        "seen_at": item.post.observed_at,
        "edited_at": item.post.edited_at,
        "version_id": item.version_id,
    }
    row.changes |= _new_details(row, item.post)
    return "lang" in row.changes


def _new_details(row: Known, post: NewPost) -> dict[str, Any]:
    said = zip(_DETAILS, (getattr(post, name) for name in _DETAILS), row.details, strict=True)
    return {
        name: list(new) if name == "links" else new
        for name, new, old in said
        if new not in (None, ()) and new != (tuple(old) if name == "links" else old)
    }


def _wanted(row: Known, item: Incoming, named: Sequence[NewMention], *, edited: bool = False) -> MentionsOf:
    return MentionsOf(
        row.id,
        row.changes.get("version", row.version),
        row.changes.get("counted_at", row.counted_at),
        row.repost_of is not None,
        named,
        row.changes.get("owned_by", row.owned_by),
        edited,
    )


def _move(connection: Connection, row: Known, item: Incoming, saved: Saved) -> None:
    """A promotion, another text, or new times: everything that moves the post's mentions in the sums."""
    if "context" in row.changes:
        _take_over(row, item)
        connection.execute(delete(versions).where(versions.c.post_id == row.id))
        search_index.add(connection, [(row.id, item.post.text)])
        saved.new_mentions += replace_mentions(connection, [_wanted(row, item, item.mentions)])[0]
    elif item.post.text != row.text and (item.own or row.context):
        newer = _file_version(connection, row, item)
        saved.edited_posts += newer and item.own
        if "text" in row.changes and not row.context:
            search_index.remove(connection, [(row.id, row.text)])
            search_index.add(connection, [(row.id, item.post.text)])
            new, removed = replace_mentions(connection, [_wanted(row, item, item.mentions, edited=True)])
            saved.new_mentions += new
            saved.removed_mentions += removed
    elif item.post.text == row.text and item.own and item.mentions and not row.context:
        saved.new_mentions += add_missing(connection, [_wanted(row, item, item.mentions)])
    if not row.context and (owner := row.changes.get("owned_by")) not in (None, row.owned_by):
        saved.removed_mentions += replace_mentions(connection, [_wanted(row, item, [])], {owner})[1]
    if "counted_at" in row.changes:
        from storage.mention_rows import mentions

        moved = (
            update(mentions).where(mentions.c.post_id == row.id).values(counted_at=row.changes["counted_at"])
        )
        connection.execute(moved)


def _take_over(row: Known, item: Incoming) -> None:
    """What was context becomes a post of its own, as if the context had never been."""
    post = item.post
    row.changes |= {
        name: list(value) if name == "links" else value for name in _DETAILS if (value := getattr(post, name))
    }
    row.changes |= {
        "text": post.text,
        "version": 1,
        "version_id": item.version_id,
        "edited_at": post.edited_at,
    }
    row.changes |= {"seen_at": post.observed_at, "repost_of": post.repost_of, "owned_by": item.owned_by}
    row.repost_of = post.repost_of
    if post.repost_of is None and (item.mentions or item.owned_by is not None):
        row.changes["stats_due_at"] = due_at(post.published_at, post.observed_at)


def _file_version(connection: Connection, row: Known, item: Incoming) -> bool:
    """File another text of the post; the newest becomes its text. True when that text was not filed before."""
    post = item.post
    filed = {
        text: (number, (edited_at or _EARLIEST, seen_at, version_id or "", text))
        for number, version_id, text, edited_at, seen_at in connection.execute(
            select(
                versions.c.version,
                versions.c.version_id,
                versions.c.text,
                versions.c.edited_at,
                versions.c.seen_at,
            ).where(versions.c.post_id == row.id)
        )
    }
    _put_version(
        connection,
        row.id,
        row.version,
        row.version_id,
        row.text,
        row.edited_at,
        row.seen_at,
        new=row.text not in filed,
    )
    number, order = filed.get(
        post.text, (max([row.version, *(number for number, _ in filed.values())]) + 1, item.order)
    )
    if post.text not in filed or item.order > order:
        order = item.order
        _put_version(
            connection,
            *(row.id, number, item.version_id, post.text, post.edited_at, post.observed_at),
            new=post.text not in filed,
        )
    if order > row.order:
        row.changes |= {
            "text": post.text,
            "version": number,
            "version_id": item.version_id,
            "edited_at": post.edited_at,
        }
        row.changes |= {"seen_at": post.observed_at, "owned_by": item.owned_by} | _new_details(row, post)
    return post.text not in filed


def _put_version(
    connection: Connection,
    post_id: int,
    version: int,
    version_id: str | None,
    text: str,
    edited_at: datetime | None,
    seen_at: datetime,
    *,
    new: bool,
) -> None:
    values = {"version_id": version_id, "edited_at": edited_at, "seen_at": seen_at}
    if new:
        connection.execute(insert(versions).values(post_id=post_id, version=version, text=text, **values))
    else:
        connection.execute(
            update(versions)
            .where(versions.c.post_id == post_id, versions.c.version == version)
            .values(**values)
        )


def _write(connection: Connection, rows: Sequence[Known]) -> None:
    """Write the changes, rows with the same changed columns together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if "rechecked_at" in row.changes:
            published_at = row.changes.get("published_at", row.published_at)
            if row.stats_due_at is not None:
                row.changes["stats_due_at"] = due_at(published_at, row.changes["rechecked_at"])
        if row.changes:
            alike.setdefault(tuple(row.changes), []).append({"key": row.id} | row.changes)
    for names, changed in alike.items():
        values = {name: bindparam(f"new_{name}", type_=posts.c[name].type) for name in names}
        connection.execute(
            update(posts).where(posts.c.id == bindparam("key")).values(values),
            [
                {"key" if name == "key" else f"new_{name}": value for name, value in row.items()}
                for row in changed
            ],
        )


def _replace_payloads(connection: Connection, edited: Sequence[tuple[int, dict[str, Any]]]) -> None:
    if edited:
        connection.execute(delete(payloads).where(payloads.c.post_id.in_([post_id for post_id, _ in edited])))
        connection.execute(
            insert(payloads), [{"post_id": key, "payload": json_text(value)} for key, value in edited]
        )

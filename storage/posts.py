"""Storing what a page brought: posts, mentions, counts, cursor and coverage, all in one transaction or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

from sqlalchemy import Connection

from storage import search_index
from storage.authors import AuthorKey, author_ids
from storage.db import Database
from storage.erase import erase_in
from storage.failures import is_bad_value
from storage.ids import reserve
from storage.interactions import contribution
from storage.known_posts import Incoming, Known, known_posts, merge
from storage.mention_rows import MentionsOf, insert_mentions
from storage.progress import record_progress, record_refusals, refusal_of
from storage.relevance import settle
from storage.rows import among, insert_rows, json_text, table_of
from storage.stats import due_at, figures, insert_first
from storage.stored import StoredPost, save_stats, set_mentions, stored_posts
from storage.sums import Standing, Tally, calendar, quarter_of
from storage.tables import Mention, PayloadRow, Post
from storage.tombstones import any_buried, grave
from storage.types import Batch, MatchedPost, NewPost, Saved

__all__ = ["StoredPost", "save", "save_stats", "set_mentions", "stored_posts"]

_COPIED = (
    *("source", "source_id", "text", "published_at", "edited_at", "time_quality", "url", "links"),
    *("repost_of", "reply_to", "quote_of", "thread", "format", "rating"),
)
_copied = itemgetter(*_COPIED)
POST_COLUMNS = (
    *_COPIED,
    *("id", "origin", "author_id", "version", "version_id", "lang", "followers", "context", "owned_by"),
    *("first_seen_at", "seen_at", "rechecked_at", "counted_at", "stats_due_at"),
)


def save(db: Database, batch: Batch, *, now: datetime) -> Saved:
    """Store a page: everything in it, or nothing.

    A post is one row however often, from wherever and in whatever order its versions arrive; what was erased does not come
    back; one post that the database cannot hold is kept among the refusals and the others are stored. Raises StorageError.
    """
    now = now.astimezone(UTC)
    return db.do(lambda connection: _save(connection, batch, now))


def _save(connection: Connection, batch: Batch, now: datetime) -> Saved:
    saved = Saved()
    saved.deleted_posts = erase_in(connection, batch.deleted, now=now, reason="deleted upstream").posts
    saved += _store_or_refuse(connection, batch, list(batch.posts), now)
    saved.refused += record_refusals(connection, batch.origin, batch.refused, now=now)
    record_progress(connection, batch, now=now)
    return saved


def _store_or_refuse(
    connection: Connection, batch: Batch, posts: Sequence[MatchedPost], now: datetime
) -> Saved:
    """Store the posts; when one cannot be stored, halve until it stands alone and refuse it."""
    if not posts:
        return Saved()
    try:
        with connection.begin_nested():
            return _store(connection, batch, posts, now)
    except Exception as error:
        if not is_bad_value(error):
            raise
        if len(posts) == 1:
            record_refusals(connection, batch.origin, [refusal_of(posts[0], error)], now=now)
            return Saved(refused=1)
    middle = len(posts) // 2
    first = _store_or_refuse(connection, batch, posts[:middle], now)
    first += _store_or_refuse(connection, batch, posts[middle:], now)
    return first


def _store(connection: Connection, batch: Batch, posts: Sequence[MatchedPost], now: datetime) -> Saved:
    saved = Saved()
    tally = Tally(calendar(connection))
    incoming = [
        Incoming(item.post, item.mentions, item.owned_by, own=True, only_if_known=item.only_if_known)
        for item in posts
    ]
    incoming += [below for item in posts if item.post.referenced for below in _below(item)]
    incoming = _without_erased(connection, incoming, saved)
    while incoming:  # a second round for posts that are in the page twice
        first: dict[tuple[str, str], Incoming] = {}
        again = []
        for item in incoming:
            if first.setdefault((item.post.source, item.post.source_id), item) is not item:
                again.append(item)
        _store_round(connection, batch.origin, list(first.values()), tally, saved)
        incoming = again
    tally.write(connection, reason=batch.reason, now=now)
    return saved


def _below(item: MatchedPost) -> Iterator[Incoming]:
    """The posts that a post refers to, and those that they refer to."""
    below = list(item.post.referenced)
    while below:
        post = below.pop()
        below.extend(post.referenced)
        yield Incoming(post, (), None, own=False, only_if_known=item.only_if_known)


def _author_key(post: NewPost) -> AuthorKey | None:
    return (post.source, post.author.source_author_id) if post.author is not None else None


def _without_erased(connection: Connection, incoming: list[Incoming], saved: Saved) -> list[Incoming]:
    if not any_buried(connection):
        return incoming
    keys = [("post", item.post.source, item.post.source_id) for item in incoming]
    keys += [("post", item.post.source, item.post.repost_of) for item in incoming if item.post.repost_of]
    keys += [("author", *key) for item in incoming if (key := _author_key(item.post))]
    erased = grave(connection, keys)  # type: ignore[arg-type]
    kept = []
    for item in incoming:
        post, author = item.post, _author_key(item.post)
        if (
            erased("post", post.source, post.source_id)
            or (post.repost_of is not None and erased("post", post.source, post.repost_of))
            or (author is not None and erased("author", *author))
        ):
            saved.erased_posts += item.own
        else:
            kept.append(item)
    return kept


def _store_round(
    connection: Connection, origin: str, items: list[Incoming], tally: Tally, saved: Saved
) -> None:
    known = known_posts(connection, [item.post for item in items])
    items = [
        item for item in items if not item.only_if_known or (item.post.source, item.post.source_id) in known
    ]
    authors = author_ids(connection, [item.post for item in items])
    new: list[Incoming] = []
    old: list[tuple[Known, Incoming, int | None]] = []
    for item in items:
        row = known.get((item.post.source, item.post.source_id))
        if row is None:
            new.append(item)
        else:
            key = _author_key(item.post)
            old.append((row, item, None if key is None else authors[key]))
    _insert(connection, origin, new, authors, tally, saved)
    merge(connection, origin, old, tally, saved)


@dataclass(slots=True)
class _Fresh:
    """Rows of one round's new posts, table by table."""

    posts: list[tuple[object, ...]]
    payloads: list[list[object]]
    mentions: list[MentionsOf]


def _insert(
    connection: Connection,
    origin: str,
    items: Sequence[Incoming],
    authors: Mapping[AuthorKey, int],
    tally: Tally,
    saved: Saved,
) -> None:
    fresh = _Fresh([], [], [])
    seen, words = [], []
    for post_id, item in enumerate(items, start=reserve(connection, "posts", len(items))):
        post = item.post
        author_id = None if post.author is None else authors[post.source, post.author.source_author_id]
        counted_at = min(post.published_at, post.observed_at)
        fresh.posts.append(post_row(post_id, item, origin, author_id, counted_at))
        if post.payload is not None:
            fresh.payloads.append([post_id, json_text(post.payload)])
        if post.stats is not None:
            seen.append((post_id, post.observed_at, post.stats))
        if item.own:
            words.append((post_id, post.text))
            if item.mentions:
                is_repost = post.repost_of is not None
                fresh.mentions.append(
                    MentionsOf(post_id, 1, counted_at, is_repost, item.mentions, item.owned_by)
                )
                _count(tally, item, author_id, counted_at)
    insert_rows(connection, Post, POST_COLUMNS, fresh.posts)
    insert_rows(connection, PayloadRow, ("post_id", "payload"), fresh.payloads)
    insert_first(connection, seen)
    search_index.add(connection, words)
    saved.new_mentions += insert_mentions(connection, fresh.mentions)
    if reposts := [item.post_id for item in fresh.mentions if item.is_repost]:
        settle(connection, tally, among(connection, table_of(Mention).c.post_id, reposts))
    own = sum(item.own for item in items)
    saved.new_posts += own
    saved.context_posts += len(items) - own


def post_row(
    post_id: int, item: Incoming, origin: str, author_id: int | None, counted_at: datetime
) -> tuple[object, ...]:
    """A new post's row, in the order of `POST_COLUMNS`."""
    post = item.post
    seen_at, followers = post.observed_at, None if post.author is None else post.author.followers
    measured = item.own and post.repost_of is None and (item.mentions or item.owned_by is not None)
    return (
        *_copied(vars(post)),
        *(post_id, origin, author_id, 1, item.version_id),
        *(post.lang or "und", followers, not item.own, item.owned_by),
        *(seen_at, seen_at, seen_at, counted_at),
        due_at(post.published_at, seen_at) if measured else None,
    )


def _count(tally: Tally, item: Incoming, author_id: int | None, counted_at: datetime) -> None:
    post = item.post
    followers = None if post.author is None else post.author.followers
    quarter, lang, is_repost = quarter_of(counted_at), post.lang or "und", post.repost_of is not None
    seen = None
    if post.stats is not None and not is_repost:
        known = figures(post.stats)
        if any(value is not None for value in known):
            seen = contribution(known, post.published_at, post.observed_at)
    for brand_id in {m.brand_id for m in item.mentions} - {item.owned_by}:
        tally.add(
            Standing(brand_id, quarter, post.source, lang, author_id, followers, is_repost, False, seen=seen)
        )

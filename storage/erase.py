"""Erasing: a post deleted upstream, an author who asks, what is older than may be kept.

The text goes from every table and from the full-text index in one transaction, sums are restated in it, and a salted hash stays behind so that it
does not come back. With a post go its reposts, which carry its text, and what other posts' payloads hold of it. `scrub` then
rewrites what still lay in the index and in the log; SQLite zeroes freed pages itself (secure_delete).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, update

from storage import search_index
from storage.accounts import forget_accounts
from storage.alerts import forget_alerts
from storage.db import Database
from storage.facts import forget_influencers
from storage.influencers import ANYWHERE, bury_names
from storage.rows import chunks, table_of
from storage.settings import SCRUB, put_setting, setting
from storage.sums import Tally, calendar, standings
from storage.tables import Author, Mention, PayloadRow, Post, PostVersion, Refusal
from storage.tombstones import bury

posts, authors, mentions = table_of(Post), table_of(Author), table_of(Mention)
payloads, refusals, versions = table_of(PayloadRow), table_of(Refusal), table_of(PostVersion)
_REFERENCES = ("repost_of", "reply_to", "quote_of")

PostKey = tuple[str, str]
"""source, the network's id of the post"""


@dataclass(slots=True)
class Erased:
    """What was erased; `accounts` names the authors as "source:handle", to be shown once and kept nowhere.

    `figures` are imported ones that bore the name and stay without it; `figures_elsewhere` bear it still, on channels that were not asked for.
    """

    posts: int = 0
    mentions: int = 0
    authors: int = 0
    payloads: int = 0
    refusals: int = 0
    figures: int = 0
    figures_elsewhere: int = 0
    accounts: list[str] = field(default_factory=list)


def forget_author(db: Database, author: str, source: str | None = None, *, now: datetime) -> Erased:
    """Erase an account everywhere, and never store it again.

    `author` is a handle (with or without @, upper or lower case) or the network's id, or either after "source:". Every account so
    called is erased, on every source unless one is given. Nobody found: everything in the answer is 0.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> Erased:
        found = _accounts(connection, author, source)
        own = _forget_own(connection, author, source, found)
        bury(connection, "author", own, now=now)
        figures, elsewhere = _forget_figures(connection, author, source, found, now)
        if not found:
            accounts = [f"{key}:{account_id}" for key, account_id in own]
            return Erased(authors=len(own), figures=figures, figures_elsewhere=elsewhere, accounts=accounts)
        keys = [
            (key_source, source_id)
            for some in chunks([row.id for row in found])
            for key_source, source_id in connection.execute(
                select(posts.c.source, posts.c.source_id).where(posts.c.author_id.in_(some))
            )
        ]
        bury(connection, "author", [(row.source, row.source_author_id) for row in found], now=now)
        erased = erase_in(connection, keys, now=now, reason="erased")
        forget_alerts(connection, [row.id for row in found])
        for row in found:
            connection.execute(delete(authors).where(authors.c.id == row.id))
            _drop_raw(connection, row.source, [row.source_author_id, row.handle], erased)
        _forget_references(connection, keys)
        put_setting(connection, SCRUB, "1")
        erased.authors = len(found)
        erased.figures, erased.figures_elsewhere = figures, elsewhere
        erased.accounts = [f"{row.source}:{row.handle or row.source_author_id}" for row in found]
        return erased

    erased = db.do(work)
    scrub(db)
    return erased


def erase_posts(db: Database, keys: Sequence[PostKey], *, now: datetime, reason: str = "erased") -> Erased:
    """Erase these (source, source id), whoever wrote them; unknown ones are passed over."""
    now = now.astimezone(UTC)

    def work(connection: Connection) -> Erased:
        erased = erase_in(connection, keys, now=now, reason=reason)
        for source, source_id in keys:
            _drop_raw(connection, source, [source_id], erased)
        return erased

    erased = db.do(work)
    scrub(db)
    return erased


def expire(db: Database, *, older_than: datetime, now: datetime, limit: int = 5_000) -> Erased:
    """Erase what was counted before a time, a few thousand posts a transaction; it may be collected again if it is asked for."""
    total = Erased()
    now, older_than = now.astimezone(UTC), older_than.astimezone(UTC)

    def work(connection: Connection) -> Erased:
        wanted = select(posts.c.source, posts.c.source_id).where(posts.c.counted_at < older_than)
        keys = [
            (source, source_id)
            for source, source_id in connection.execute(wanted.order_by(posts.c.id).limit(limit))
        ]
        return erase_in(connection, keys, now=now, reason="expired", wholly=False)

    while (erased := db.do(work)).posts:
        total.posts += erased.posts
        total.mentions += erased.mentions
        total.payloads += erased.payloads
    db.do(lambda connection: connection.execute(delete(refusals).where(refusals.c.at < older_than)).rowcount)
    scrub(db)
    return total


def erase_in(
    connection: Connection, keys: Iterable[PostKey], *, now: datetime, reason: str, wholly: bool = True
) -> Erased:
    """Erase known posts inside a write; a key may also be the id of one version of an edited post.

    `wholly`: with their reposts and what other payloads hold of them, never to be stored again.
    """
    erased = Erased()
    ids = dict.fromkeys(
        post_id for source, some in _by_source(keys) for post_id in _ids(connection, source, some, wholly)
    )
    if not ids:
        return erased
    tally = Tally(calendar(connection))
    for some in chunks(list(ids)):
        for standing in standings(connection, post_ids=some):
            tally.add(standing, -1)
            erased.mentions += 1
        gone = connection.execute(
            select(
                posts.c.id,
                posts.c.source,
                posts.c.source_id,
                posts.c.text,
                posts.c.context,
                posts.c.author_id,
            ).where(posts.c.id.in_(some))
        ).all()
        search_index.remove(connection, [(row.id, row.text) for row in gone if not row.context])
        if wholly:
            bury(connection, "post", [(row.source, row.source_id) for row in gone], now=now)
        for source, source_ids in _by_source((row.source, row.source_id) for row in gone if wholly):
            erased.payloads += _drop_quoting_payloads(connection, source, source_ids)
        connection.execute(delete(posts).where(posts.c.id.in_(some)))
        _drop_idle_authors(connection, [row.author_id for row in gone if row.author_id is not None])
        erased.posts += len(gone)
    tally.write(connection, reason=reason, now=now)
    put_setting(connection, SCRUB, "1")
    return erased


def scrub(db: Database) -> bool:
    """Finish what erasing began, outside its transaction: rewrite the full-text index and empty SQLite's log.

    Quick when nothing was erased since the last time, so it may run on a schedule; upstream deletes wait for that. On PostgreSQL
    it vacuums. True when there was something to do.
    """
    with db.read() as connection:
        if setting(connection, SCRUB) is None:
            return False

    db.do(search_index.scrub)
    if db.compact():
        db.do(lambda connection: put_setting(connection, SCRUB, None))
    return True


def _by_source(keys: Iterable[PostKey]) -> Iterator[tuple[str, list[str]]]:
    by_source: dict[str, list[str]] = {}
    for source, key in keys:
        by_source.setdefault(source, []).append(key)
    for source, some in by_source.items():
        for part in chunks(some):
            yield source, list(part)


def _ids(connection: Connection, source: str, source_ids: list[str], wholly: bool) -> Iterator[int]:
    """The posts; `wholly`: also those of which a version has one of these ids, and every repost of them."""
    naming = ("source_id", "version_id", "repost_of") if wholly else ("source_id",)
    found: set[int] = set()
    wanted = source_ids
    while wanted:
        filed = select(versions.c.post_id).where(versions.c.version_id.in_(wanted)).scalar_subquery()
        named = or_(*(posts.c[name].in_(wanted) for name in naming), posts.c.id.in_(filed))
        rows = connection.execute(
            select(posts.c.id, posts.c.source_id).where(posts.c.source == source, named)
        ).all()
        wanted = [row.source_id for row in rows if row.id not in found] if wholly else []
        found.update(row.id for row in rows)
        yield from (row.id for row in rows)


def _drop_quoting_payloads(connection: Connection, source: str, source_ids: list[str]) -> int:
    """Payloads of posts that reply to, quote or repost the erased ones may embed them."""
    quoting = select(posts.c.id).where(
        posts.c.source == source, or_(*(posts.c[name].in_(source_ids) for name in _REFERENCES))
    )
    return connection.execute(delete(payloads).where(payloads.c.post_id.in_(quoting))).rowcount


def _drop_idle_authors(connection: Connection, author_ids: Sequence[int]) -> None:
    without_posts = ~exists().where(posts.c.author_id == authors.c.id)
    connection.execute(delete(authors).where(authors.c.id.in_(set(author_ids)), without_posts))


def _drop_raw(connection: Connection, source: str, names: Sequence[str | None], erased: Erased) -> None:
    """Raw payloads of others, and refusals, that hold the id or the handle; a search through all of them."""
    written = [json.dumps(name, ensure_ascii=False)[1:-1] for name in names if name and len(name) > 2]
    if not written:
        return
    of_source = payloads.c.post_id.in_(select(posts.c.id).where(posts.c.source == source))
    erased.payloads += connection.execute(
        delete(payloads).where(of_source, or_(*(_holds(payloads.c.payload, name) for name in written)))
    ).rowcount
    erased.refusals += connection.execute(
        delete(refusals).where(or_(*(_holds(refusals.c.payload, name) for name in written)))
    ).rowcount


def _holds(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    return column.contains(part, autoescape=True)


def _forget_references(connection: Connection, keys: Sequence[PostKey]) -> None:
    """Other posts no longer name what they answered or quoted: some networks' post ids hold the author's id."""
    for source, source_ids in _by_source(keys):
        for name in (*_REFERENCES, "thread"):
            named = posts.c.source == source, posts.c[name].in_(source_ids)
            connection.execute(update(posts).where(*named).values({name: None}))


def _accounts(connection: Connection, author: str, source: str | None) -> Sequence[Author]:
    rows: list[Author] = list(_called(connection, author, source))
    prefix, colon, rest = author.partition(":")
    if source is None and colon:
        rows += _called(connection, rest, prefix)
    return list({row.id: row for row in rows}.values())


def _forget_own(
    connection: Connection, author: str, source: str | None, found: Sequence[Author]
) -> list[tuple[str, str]]:
    """What is kept of the brands' own accounts so called, also of those that never posted; returns their (source, id)."""
    called = [(source, author), *((row.source, row.source_author_id) for row in found)]
    prefix, colon, rest = author.partition(":")
    if source is None and colon and rest:
        called.append((prefix, rest))
    return sorted({key for named in called for key in forget_accounts(connection, *named)})


def _forget_figures(
    connection: Connection, author: str, source: str | None, found: Sequence[Author], now: datetime
) -> tuple[int, int]:
    """Imported figures of whoever is so called, on a network and on no channel where one is given: how many, and how many elsewhere."""
    prefix, colon, rest = author.partition(":")
    called = [(source or ANYWHERE, author)]
    if source is None and colon and rest:
        called.append((prefix, rest))
    called += [(row.source, name) for row in found for name in (row.handle, row.source_author_id) if name]
    nowhere = [("", name) for channel, name in called if channel != ANYWHERE]
    figures, elsewhere = forget_influencers(connection, {*called, *nowhere})
    if found or figures:
        bury_names(connection, {*called, *nowhere}, now=now)
        put_setting(connection, SCRUB, "1")
    return figures, elsewhere


def _called(connection: Connection, author: str, source: str | None) -> Sequence[Author]:
    handle = author.removeprefix("@")
    called = or_(
        authors.c.source_author_id.in_((author, handle)),
        authors.c.handle.in_((handle, f"@{handle}")),
        func.lower(authors.c.handle).in_((handle.lower(), f"@{handle.lower()}")),
    )
    wanted = select(authors).where(called)
    if source is not None:
        wanted = wanted.where(authors.c.source == source)
    return connection.execute(wanted).all()  # type: ignore[return-value]

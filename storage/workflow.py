"""People's work on mentions: assigned, tagged, resolved, with a log of who did what; and how long people waited for the brand."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update

from storage.db import Database
from storage.rows import among, table_of, upsert_rows
from storage.tables import Mention, Post
from storage.tables_work import MentionTag, Work, WorkLog

mentions, posts = table_of(Mention), table_of(Post)
work, tags, log = table_of(Work), table_of(MentionTag), table_of(WorkLog)

Action = Literal["assigned", "tagged", "untagged", "resolved", "reopened", "noted"]


@dataclass(frozen=True, slots=True)
class Case:
    """What people did with one mention. `begun_at` None: nobody works on it."""

    assignee: str | None = None
    begun_at: datetime | None = None
    resolved_at: datetime | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the log."""

    at: datetime
    by: str
    action: Action
    value: str


@dataclass(frozen=True, slots=True)
class Wait:
    """One person's wait, from the mention on: for the brand's first public reply, or until the case was resolved (None: still waiting)."""

    mention_id: int
    since: datetime
    ended_at: datetime | None


def assign(db: Database, mention_ids: Sequence[int], assignee: str | None, *, by: str, now: datetime) -> int:
    """Give these mentions to somebody, or (None) to nobody. Returns how many changed hands; unknown numbers are passed over."""

    def change(connection: Connection, here: list[int]) -> list[int]:
        _begin(connection, here, now)
        of_others = among(connection, work.c.mention_id, here), work.c.assignee.is_distinct_from(assignee)
        moved = list(connection.scalars(select(work.c.mention_id).where(*of_others)))
        connection.execute(update(work).where(*of_others).values(assignee=assignee))
        return moved

    return _act(db, mention_ids, change, "assigned", assignee or "", by=by, now=now)


def resolve(db: Database, mention_ids: Sequence[int], *, by: str, now: datetime) -> int:
    """Close these cases; one that is closed keeps its time. Returns how many were open until now."""

    def change(connection: Connection, here: list[int]) -> list[int]:
        _begin(connection, here, now)
        open_ones = among(connection, work.c.mention_id, here), work.c.resolved_at.is_(None)
        closing = list(connection.scalars(select(work.c.mention_id).where(*open_ones)))
        connection.execute(update(work).where(*open_ones).values(resolved_at=now.astimezone(UTC)))
        return closing

    return _act(db, mention_ids, change, "resolved", "", by=by, now=now)


def reopen(db: Database, mention_ids: Sequence[int], *, by: str, now: datetime) -> int:
    """Open closed cases again. Returns how many were closed."""

    def change(connection: Connection, here: list[int]) -> list[int]:
        closed = among(connection, work.c.mention_id, here), work.c.resolved_at.is_not(None)
        opening = list(connection.scalars(select(work.c.mention_id).where(*closed)))
        connection.execute(update(work).where(*closed).values(resolved_at=None))
        return opening

    return _act(db, mention_ids, change, "reopened", "", by=by, now=now)


def tag(db: Database, mention_ids: Sequence[int], name: str, *, by: str, now: datetime) -> int:
    """Put a tag on these mentions. Returns how many did not have it."""

    def change(connection: Connection, here: list[int]) -> list[int]:
        have = set(connection.scalars(select(tags.c.mention_id).where(_tagged(connection, here, name))))
        new = [number for number in here if number not in have]
        if new:
            connection.execute(insert(tags), [{"mention_id": number, "tag": name} for number in new])
        return new

    return _act(db, mention_ids, change, "tagged", name, by=by, now=now)


def untag(db: Database, mention_ids: Sequence[int], name: str, *, by: str, now: datetime) -> int:
    """Take a tag off these mentions. Returns how many had it."""

    def change(connection: Connection, here: list[int]) -> list[int]:
        have = list(connection.scalars(select(tags.c.mention_id).where(_tagged(connection, here, name))))
        connection.execute(delete(tags).where(_tagged(connection, here, name)))
        return have

    return _act(db, mention_ids, change, "untagged", name, by=by, now=now)


def note(db: Database, mention_ids: Sequence[int], words: str, *, by: str, now: datetime) -> int:
    """Write a line into these mentions' log. Returns how many there are."""
    return _act(db, mention_ids, lambda _connection, here: here, "noted", words, by=by, now=now)


def cases(db: Database, mention_ids: Sequence[int]) -> dict[int, Case]:
    """What people did with these mentions; those that nobody touched are not there."""
    with db.read() as connection:
        named: dict[int, list[str]] = {}
        of_these = among(connection, tags.c.mention_id, mention_ids)
        for number, name in connection.execute(
            select(tags.c.mention_id, tags.c.tag).where(of_these).order_by(tags.c.tag)
        ):
            named.setdefault(number, []).append(name)
        columns = work.c.mention_id, work.c.assignee, work.c.begun_at, work.c.resolved_at
        found = {
            number: Case(assignee, begun_at, resolved_at, tuple(named.pop(number, ())))
            for number, assignee, begun_at, resolved_at in connection.execute(
                select(*columns).where(among(connection, work.c.mention_id, mention_ids))
            )
        }
    return found | {number: Case(tags=tuple(names)) for number, names in named.items()}


def history(db: Database, mention_id: int) -> list[Done]:
    """The log of one mention, oldest first."""
    with db.read() as connection:
        columns = log.c.at, log.c.by, log.c.action, log.c.value
        rows = connection.execute(select(*columns).where(log.c.mention_id == mention_id).order_by(log.c.id))
        return [Done(*row) for row in rows]


def used_tags(db: Database) -> dict[str, int]:
    """Every tag that is in use, by how many mentions have it."""
    with db.read() as connection:
        rows = connection.execute(select(tags.c.tag, func.count()).group_by(tags.c.tag).order_by(tags.c.tag))
        return {name: int(number) for name, number in rows}


def _tagged(connection: Connection, mention_ids: Sequence[int], name: str) -> Any:
    return and_(among(connection, tags.c.mention_id, mention_ids), tags.c.tag == name)


def _begin(connection: Connection, mention_ids: Sequence[int], now: datetime) -> None:
    rows = ([number, now.astimezone(UTC)] for number in mention_ids)
    upsert_rows(connection, Work, ("mention_id", "begun_at"), rows, merging={"begun_at": "old.begun_at"})


def _act(
    db: Database,
    mention_ids: Sequence[int],
    change: Callable[[Connection, list[int]], list[int]],
    action: Action,
    value: str,
    *,
    by: str,
    now: datetime,
) -> int:
    """Make the change to those mentions that exist, and log it for those that it changed, in one transaction."""

    def run(connection: Connection) -> int:
        known = select(mentions.c.id).where(among(connection, mentions.c.id, mention_ids))
        changed = change(connection, sorted(connection.scalars(known)))
        row = {"at": now.astimezone(UTC), "by": by, "action": action, "value": value}
        if changed:
            connection.execute(insert(log), [row | {"mention_id": number} for number in changed])
        return len(changed)

    return db.do(run)


def answers(
    db: Database,
    brand_id: str,
    handles: Mapping[str, Sequence[str]],
    *,
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> list[Wait] | None:
    """The waits of the brand's inbound mentions of [since, until) for its first public reply; None where no own post of it is stored.

    Inbound is what is addressed to the brand on a network where own posts of it are stored: a mention, no repost and about the brand,
    that names one of its `handles` there (by network, without @), replies to one of its posts, or was given to somebody. What
    answers an answer of the brand goes on with a talk that has begun: "thanks!" waits for nothing. A reply of the brand on another network,
    or one that is not public, is not seen.
    """
    reply, asked = posts.alias(), posts.alias()
    with db.read() as connection:
        known = select(posts.c.source).where(posts.c.owned_by == brand_id).distinct()
        networks = [name for name in connection.scalars(known) if sources is None or name in sources]
        if not networks:
            return None
        to_us = exists().where(
            posts.c.source == asked.c.source,
            posts.c.source_id == asked.c.reply_to,
            posts.c.owned_by == brand_id,
        )
        in_talk = exists().where(
            posts.c.source == asked.c.source,
            posts.c.source_id == asked.c.reply_to,
            posts.c.owned_by == brand_id,
            posts.c.reply_to.is_not(None),
        )
        given = exists().where(work.c.mention_id == mentions.c.id)
        first = (
            select(func.min(reply.c.published_at))
            .where(
                reply.c.owned_by == brand_id,
                reply.c.source == asked.c.source,
                reply.c.reply_to == asked.c.source_id,
            )
            .scalar_subquery()
        )
        where = [
            mentions.c.brand_id == brand_id,
            mentions.c.counted_at >= since.astimezone(UTC),
            mentions.c.counted_at < until.astimezone(UTC),
            mentions.c.irrelevant.is_(False),
            mentions.c.is_repost.is_(False),
            among(connection, asked.c.source, networks),
            or_(given, and_(~in_talk, or_(asked.c.text.contains("@"), to_us))),
        ]
        where += [] if langs is None else [among(connection, asked.c.lang, langs)]
        rows = connection.execute(
            select(
                mentions.c.id, asked.c.published_at, first, or_(to_us, given), asked.c.source, asked.c.text
            )
            .select_from(mentions.join(asked, asked.c.id == mentions.c.post_id))
            .where(*where)
            .order_by(mentions.c.id)
        )
        return [
            Wait(number, since, ended_at)
            for number, since, ended_at, ours, source, text in rows
            if ours or any(_names(text, handle) for handle in handles.get(source, ()))
        ]


def _names(text: str, handle: str) -> bool:
    """Whether the text names the account: @Delta and @delta@its.server for delta@its.server, and no @deltaforce.

    >>> _names("Thanks @Delta!", "delta@social.example"), _names("@deltaforce", "delta")
    (True, False)
    """
    name, _, server = handle.partition("@")
    there = rf"(?!@(?!{re.escape(server)}\b))" if server else "(?!@)"
    return re.search(rf"@{re.escape(name)}(?![\w-]|\.\w){there}", text, re.IGNORECASE) is not None


def resolutions(
    db: Database,
    brand_id: str,
    *,
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> tuple[list[Wait], int] | None:
    """The cases of a brand that came in within [since, until), and how many of all its cases were closed in that time.

    A case is a mention that was assigned or resolved and is about the brand: what was found not to be waits for nobody. None where
    the brand never had one.
    """
    joined = work.join(mentions, mentions.c.id == work.c.mention_id).join(
        posts, posts.c.id == mentions.c.post_id
    )
    with db.read() as connection:
        of_brand = mentions.c.brand_id == brand_id
        if connection.scalar(select(work.c.mention_id).select_from(joined).where(of_brand).limit(1)) is None:
            return None
        where = [of_brand, mentions.c.irrelevant.is_(False)]
        where += [] if sources is None else [among(connection, posts.c.source, sources)]
        where += [] if langs is None else [among(connection, posts.c.lang, langs)]
        low, high = since.astimezone(UTC), until.astimezone(UTC)
        came = mentions.c.counted_at >= low, mentions.c.counted_at < high
        columns = mentions.c.id, posts.c.published_at, work.c.resolved_at
        rows = connection.execute(
            select(*columns).select_from(joined).where(*where, *came).order_by(mentions.c.id)
        )
        found = [Wait(*row) for row in rows]
        closing = work.c.resolved_at >= low, work.c.resolved_at < high
        closed = connection.scalar(select(func.count()).select_from(joined).where(*where, *closing))
        return found, int(closed or 0)

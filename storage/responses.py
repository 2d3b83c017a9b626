"""Who responded to what is said of a brand.

A response is a stored post that reposts, quotes or answers a mention. The mention must name the brand; the response need not. Whoever wrote the
mention does not respond to it, nor does the brand's own account, and posts kept as context alone are not counted. Only what was
collected is known: networks count many more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, and_, case, func, literal, or_, select, union_all

from storage.db import Database
from storage.interactions import newest_reading, seconds
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.tables import Author, Correction, Label, Mention, Post, PostStats

mentions, posts, authors = table_of(Mention), table_of(Post), table_of(Author)
labels, corrections, post_stats = table_of(Label), table_of(Correction), table_of(PostStats)
_read = mentions.join(posts, posts.c.id == mentions.c.post_id).outerjoin(post_stats, newest_reading)
"""Mentions with their posts and the newest figures of these, where any were seen."""

REFERENCES = ("repost_of", "reply_to", "quote_of")
PUBLIC = ("shares", "comments", "quotes")
"""What a network counts of responses."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """An account that named a brand in `posts` posts of a window.

    `responders` are the accounts that responded to a post, added up over the posts; `squares` their squares. `counted` is what the
    network counts of shares, comments and quotes of the posts whose counts it tells, `seen` the responders of these same posts.
    """

    author_id: int
    source: str
    handle: str | None
    name: str | None
    url: str | None
    followers: int | None
    posts: int
    responders: int
    squares: int
    counted: int
    seen: int


@dataclass(frozen=True, slots=True)
class Echo:
    """Mentions of one brand that are alike: by one account (None: unknown), of one age, with as many responders each.

    `age` is how many of the ages asked for they have reached. `responders` are distinct accounts, or on the networks not `heard` of
    what the network counts; None where nobody tells. `feeling` is P(positive) - P(negative) summed over the `labelled` ones, in ten-thousandths.
    """

    brand_id: str
    source: str
    author_id: int | None
    age: int
    responders: int | None
    mentions: int
    labelled: int
    feeling: int
    counted: int
    seen: int


def speakers(
    db: Database,
    *,
    brand: str,
    since: datetime,
    until: datetime,
    seen_until: datetime,
    sources: Sequence[str] | None = None,
) -> list[Speaker]:
    """The known accounts that named the brand in [since, until), with the responses that came before `seen_until`, in no order."""
    with db.read() as connection:
        spoken = _spoken(connection, [brand], since, until, sources)
        heard = _heard(_responses(connection, spoken, seen_until))
        number, public = func.coalesce(heard.c.responders, 0), _public()
        account = [authors.c[name] for name in ("id", "source", "handle", "name", "url")]
        wanted = (
            select(
                *account,
                func.max(posts.c.followers),
                func.count(),
                func.sum(number),
                func.sum(number * number),
                func.coalesce(func.sum(public), 0),
                func.sum(case((public.is_not(None), number), else_=0)),
            )
            .select_from(
                _read.join(authors, authors.c.id == posts.c.author_id).outerjoin(
                    heard, heard.c.mention_id == mentions.c.id
                )
            )
            .where(*spoken)
            .group_by(*account)
        )
        return [Speaker(*row[:6], *map(int, row[6:])) for row in connection.execute(wanted)]


def edges(
    db: Database,
    *,
    brand: str,
    since: datetime,
    until: datetime,
    seen_until: datetime,
    sources: Sequence[str] | None = None,
) -> list[tuple[int, int, int]]:
    """(who responded, who was responded to, the post) for the brand's mentions in [since, until): one for each pair of accounts and day (UTC).

    Left out is whom nobody responded to: what such an account passes on, nobody is known to have heard.
    """
    with db.read() as connection:
        spoken = _spoken(connection, [brand], since, until, sources)
        found = _responses(connection, spoken, seen_until)
        pair = found.c.responder, found.c.author_id
        listened_to = select(found.c.author_id).where(found.c.author_id.is_not(None))
        wanted = (
            select(*pair, func.min(found.c.post_id))
            .where(found.c.responder.in_(listened_to), found.c.author_id.is_not(None))
            .group_by(*pair, found.c.day)
        )
        return sorted((int(a), int(b), int(post)) for a, b, post in connection.execute(wanted))


def heard_sources(
    db: Database, *, brands: Sequence[str], since: datetime, until: datetime, seen_until: datetime
) -> frozenset[str]:
    """The networks of which any response to the brands' mentions in [since, until) was collected."""
    with db.read() as connection:
        found = _responses(connection, _spoken(connection, brands, since, until, None), seen_until)
        return frozenset(connection.scalars(select(found.c.source).distinct()))


def echoes(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    now: datetime,
    ages: Sequence[timedelta],
    heard: Collection[str],
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> list[Echo]:
    """The brands' mentions in [since, until) with what responded to them, alike ones together.

    On the networks `heard` of responders are counted and the age is that at `now`; on the others what the network counts is taken, at the
    age it was read at. Ages go by `ages`, in rising order. Labels are those of the model in use, or a person's. `ids` keeps to these mentions.
    """
    with db.read() as connection:
        spoken = _spoken(connection, brands, since, until, sources)
        if langs is not None:
            spoken.append(among(connection, posts.c.lang, langs))
        if ids is not None:
            spoken.append(among(connection, mentions.c.id, ids))
        own = _heard(_responses(connection, spoken, now))
        number, public = func.coalesce(own.c.responders, 0), _public()
        collected = among(connection, posts.c.source, sorted(heard))
        read_at = case((collected, literal(now, posts.c.counted_at.type)), else_=post_stats.c.observed_at)
        age_s = seconds(connection, read_at) - seconds(connection, mentions.c.counted_at)
        reached = [(age_s < age.total_seconds(), step) for step, age in enumerate(ages)]
        known, feeling = _feeling()
        keys = (
            mentions.c.brand_id,
            posts.c.source,
            posts.c.author_id,
            case(*reached, else_=len(ages)).label("age"),
            case((collected, number), else_=public).label("told"),
        )
        wanted = (
            select(
                *keys,
                func.count(),
                func.count(known),
                func.coalesce(func.sum(feeling), 0),
                func.coalesce(func.sum(public), 0),
                func.sum(case((public.is_not(None), number), else_=0)),
            )
            .select_from(
                _labelled(_read, setting(connection, MODEL)).outerjoin(own, own.c.mention_id == mentions.c.id)
            )
            .where(*spoken)
            .group_by(*keys)
        )
        return [Echo(*row[:5], *map(int, row[5:])) for row in connection.execute(wanted)]


def _spoken(
    connection: Connection,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None,
) -> list[ColumnElement[bool]]:
    """What makes a post on-brand: a mention that counts and is no repost."""
    where = [
        among(connection, mentions.c.brand_id, brands),
        mentions.c.counted_at >= since.astimezone(UTC),
        mentions.c.counted_at < until.astimezone(UTC),
        mentions.c.irrelevant.is_(False),
        posts.c.repost_of.is_(
            None
        ),  # not mentions.is_repost, whose index would be taken for that of brand and time
    ]
    return where if sources is None else [*where, among(connection, posts.c.source, sources)]


def _responses(connection: Connection, spoken: Sequence[ColumnElement[bool]], seen_until: datetime) -> CTE:
    """Every response to these mentions."""
    answer = posts.alias("answer")
    found = []
    for name in REFERENCES:
        same_network = (
            func.coalesce(answer.c.source, "") == posts.c.source
        )  # written so that no index on it is taken
        refers = and_(answer.c[name] == posts.c.source_id, same_network)
        found.append(
            select(
                mentions.c.id.label("mention_id"),
                posts.c.id.label("post_id"),
                posts.c.source,
                posts.c.author_id,
                answer.c.author_id.label("responder"),
                func.date(answer.c.counted_at).label("day"),
            )
            .select_from(mentions.join(posts, posts.c.id == mentions.c.post_id).join(answer, refers))
            .where(
                *spoken,
                answer.c.author_id.is_not(None),
                answer.c.author_id.is_distinct_from(posts.c.author_id),
                answer.c.owned_by.is_distinct_from(mentions.c.brand_id),
                answer.c.context.is_(False),
                answer.c.counted_at < seen_until.astimezone(UTC),
            )
        )
    return union_all(*found).cte("responses")


def _heard(responses: CTE) -> CTE:
    """How many distinct accounts responded to each mention that anybody responded to."""
    number = func.count(responses.c.responder.distinct()).label("responders")
    return select(responses.c.mention_id, number).group_by(responses.c.mention_id).cte("heard")


def _public() -> ColumnElement[Any]:
    """Responses as the network counts them; NULL where it tells none of the figures."""
    told = or_(*(post_stats.c[name].is_not(None) for name in PUBLIC))
    first, *rest = (func.coalesce(post_stats.c[name], 0) for name in PUBLIC)
    return case((told, sum(rest, first)))


def _labelled(source: Any, model: str | None) -> Any:
    of_text = labels.c.mention_id == mentions.c.id, labels.c.text_version == posts.c.version
    said = corrections.c.mention_id == mentions.c.id, corrections.c.text_version == posts.c.version
    return source.outerjoin(labels, and_(*of_text, labels.c.model_id == (model or ""))).outerjoin(
        corrections, and_(*said)
    )


def _feeling() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The label that counts, and P(positive) - P(negative) by it."""
    corrected = corrections.c.mention_id.is_not(None)
    sure = case(
        (corrections.c.label == "positive", 10_000), (corrections.c.label == "negative", -10_000), else_=0
    )
    known = case((corrected, corrections.c.label), else_=labels.c.label)
    judged = case((labels.c.label.is_not(None), labels.c.p_positive - labels.c.p_negative))
    return known, case((corrected, sure), else_=judged)

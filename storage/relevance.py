"""Which mentions are left out of the figures because they are not about their brand: one rule, kept in step with all it depends on.

A person's word decides. Without one, a repost follows its original, and any other mention is left out where its relevance lies below its
brand's threshold. A mention that was not judged is counted.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    false,
    func,
    not_,
    or_,
    select,
    update,
)

from storage.db import Database
from storage.rows import among, chunks, table_of
from storage.settings import put_setting, setting
from storage.sums import Tally, calendar
from storage.tables import BrandQueryRow, Label, Mention, Post

mentions, posts, labels, brand_queries = (table_of(row) for row in (Mention, Post, Label, BrandQueryRow))
_original, _repost, _its_mention = posts.alias(), posts.alias(), mentions.alias()
_of_original = and_(_original.c.source == _repost.c.source, _original.c.source_id == _repost.c.repost_of)

_THRESHOLD = (
    select(brand_queries.c.relevance)
    .where(brand_queries.c.brand_id == mentions.c.brand_id)
    .order_by(brand_queries.c.version.desc())
    .limit(1)
    .correlate(mentions)
    .scalar_subquery()
)
_ITS_ORIGINAL = (
    select(_its_mention.c.irrelevant)
    .select_from(
        _repost.join(_original, _of_original).join(_its_mention, _its_mention.c.post_id == _original.c.id)
    )
    .where(_repost.c.id == mentions.c.post_id, _its_mention.c.brand_id == mentions.c.brand_id)
    .correlate(mentions)
    .scalar_subquery()
)
RULE: ColumnElement[bool] = func.coalesce(
    mentions.c.said_irrelevant,
    case((mentions.c.is_repost, func.coalesce(_ITS_ORIGINAL, mentions.c.irrelevant))),
    mentions.c.relevance < _THRESHOLD,
    false(),
)
"""Whether a mention is to be left out. A repost whose original is not stored stays as it is."""


def mark(connection: Connection, which: ColumnElement[bool]) -> None:
    """Bring the marks of these mentions in step with the rule, inside `Tally.changing`, which counts them."""
    _turn(connection, _out_of_step(connection, which))


def settle(connection: Connection, tally: Tally, which: ColumnElement[bool]) -> None:
    """Bring the marks of these mentions in step with the rule, and count those that turn."""
    for some in chunks(_out_of_step(connection, which)):
        with tally.changing(connection, mention_ids=some):
            _turn(connection, some)


def settle_with_reposts(connection: Connection, tally: Tally, mention_ids: Sequence[int]) -> None:
    """The same for these mentions and then for the reposts of their posts, which follow them."""
    settle(connection, tally, among(connection, mentions.c.id, mention_ids))
    reposts = (
        select(_repost.c.id)
        .select_from(
            _its_mention.join(_original, _original.c.id == _its_mention.c.post_id).join(_repost, _of_original)
        )
        .where(among(connection, _its_mention.c.id, mention_ids))
    )
    settle(connection, tally, mentions.c.post_id.in_(reposts))


def _out_of_step(connection: Connection, which: ColumnElement[bool]) -> list[int]:
    return list(connection.scalars(select(mentions.c.id).where(which, mentions.c.irrelevant != RULE)))


def _turn(connection: Connection, mention_ids: Sequence[int]) -> None:
    if mention_ids:
        here = among(connection, mentions.c.id, mention_ids)
        connection.execute(update(mentions).where(here).values(irrelevant=not_(mentions.c.irrelevant)))


def take_from(connection: Connection, model_id: str, *, now: datetime) -> None:
    """Judge every mention by what this model said of its present text; one it said nothing of is not judged."""
    said = (
        select(labels.c.relevance)
        .join(posts, posts.c.version == labels.c.text_version)
        .where(
            labels.c.mention_id == mentions.c.id,
            labels.c.model_id == model_id,
            posts.c.id == mentions.c.post_id,
        )
        .correlate(mentions)
        .scalar_subquery()
    )
    other = mentions.c.relevance.is_distinct_from(said)
    connection.execute(update(mentions).where(other).values(relevance=said))
    tally = Tally(calendar(connection))
    for is_repost in (False, True):
        settle(connection, tally, mentions.c.is_repost.is_(is_repost))
    tally.write(connection, reason="relevance", now=now)


def follow_thresholds(db: Database, *, now: datetime, size: int = 1000) -> int:
    """Bring the marks in step with thresholds that changed, `size` mentions a transaction; returns how many mentions turned.

    Stopped anywhere, the next call goes on. Labels that come meanwhile are judged by the new thresholds already.
    """
    return sum(_follow(db, brand_id, threshold, now, size) for brand_id, threshold in _changed(db).items())


def _follow(db: Database, brand_id: str, threshold: int, now: datetime, size: int) -> int:
    after: tuple[datetime, int] | None = None
    turned = 0

    def turn(connection: Connection) -> None:
        tally = Tally(calendar(connection))
        settle_with_reposts(connection, tally, [mention_id for _, mention_id in found])
        tally.write(connection, reason="relevance", now=now)

    while found := _next_out_of_step(db, brand_id, after, size):
        db.do(turn)
        turned += len(found)
        after = found[-1]
    db.do(lambda connection: put_setting(connection, _applied(brand_id), str(threshold)))
    return turned


def _changed(db: Database) -> dict[str, int]:
    """The active brands with a threshold that what is stored was not judged by yet."""
    wanted = select(brand_queries.c.brand_id, brand_queries.c.relevance).where(
        brand_queries.c.active.is_(True)
    )
    with db.read() as connection:
        return {
            brand_id: threshold
            for brand_id, threshold in connection.execute(wanted)
            if setting(connection, _applied(brand_id), "0") != str(threshold)
        }


def _applied(brand_id: str) -> str:
    return f"relevance.{brand_id}"


def _next_out_of_step(
    db: Database, brand_id: str, after: tuple[datetime, int] | None, size: int
) -> list[tuple[datetime, int]]:
    """In order of time, so that a day is restated once or twice and not with every chunk. Reposts come along with their originals."""
    at, number = mentions.c.counted_at, mentions.c.id
    wanted = (
        select(at, number)
        .where(
            mentions.c.brand_id == brand_id,
            mentions.c.is_repost.is_(False),
            mentions.c.irrelevant != RULE,
        )
        .order_by(at, number)
        .limit(size)
    )
    if after is not None:
        wanted = wanted.where(at >= after[0], or_(at > after[0], number > after[1]))
    with db.read() as connection:
        return [(moment, mention_id) for moment, mention_id in connection.execute(wanted)]

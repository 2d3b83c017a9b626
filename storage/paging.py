"""Pages of mentions that cost the same however much is stored: what has no index is looked for among a bounded number, and the page says how far.

Newest first goes on for ever, page after page. Any other order ranks the newest mentions of each brand, a set that the first page fixes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func, literal, or_, select, table, text

from storage.db import Database
from storage.interactions import MOST, newest_reading
from storage.mentions import MentionFilter, MentionRow, Place, document, find, joined_with_labels, where_of
from storage.query import Query, matches, to_fts5, to_tsquery
from storage.rows import chunks, table_of
from storage.settings import MODEL, setting
from storage.stats import post_stats
from storage.tables import Correction, Label, Mention, Post
from storage.tables_work import MentionTag

mentions, posts = table_of(Mention), table_of(Post)
labels, corrections, tags = table_of(Label), table_of(Correction), table_of(MentionTag)

MOST_READ = 5_000
"""Of each brand so many mentions are looked at for one page."""
RARE = 5_000
"""A query that the index finds in no more posts than this is looked up there, however far back they are."""
By = Literal["reach", "engagement", "negative"]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows newest first, and where the next page begins; None: there is none. `searched_to`: the page is short because only mentions from
    this time on were looked at, and the next page looks further.
    """

    rows: Sequence[MentionRow]
    next: Place | None = None
    searched_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is ranked: the mentions from `since` on with a number up to `up_to`, so that what comes later moves nobody."""

    since: datetime | None
    up_to: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows, the highest first, each one's figure, -1 where it is not known; and whether there are more."""

    rows: Sequence[MentionRow]
    figures: Sequence[int]
    more: bool


def page(
    db: Database, wanted: MentionFilter, *, limit: int, after: Place | None = None, most: int = MOST_READ
) -> Page:
    """The newest mentions that `wanted` asks for, behind `after`, looking at `most` of each brand. `wanted.brands` must be given."""
    found: Iterable[MentionRow]
    query = wanted.query
    if query is not None and not rare(db, query):
        since = _reach(db, wanted, after, most)
        looked = find(db, replace(wanted, query=None, since=since or wanted.since), after=after)
        found = filter(lambda row: matches(query, document(row)), looked)
    else:
        since = None if _by_index(wanted) else _reach(db, wanted, after, most)
        asked = replace(wanted, since=since or wanted.since)
        each = max(20, 2 * limit // max(1, len(wanted.brands or ())))
        found = find(db, asked, after=after, page=min(each, limit + 1))
    rows = list(islice(found, limit + 1))
    if len(rows) > limit:
        return Page(rows[:limit], (rows[limit - 1].counted_at, rows[limit - 1].id))
    return Page(rows, (since, 0) if since else None, since)


def rare(db: Database, query: Query) -> bool:
    """Whether the full-text index narrows the query to few posts."""
    if db.dialect == "sqlite":
        words, found = to_fts5(query), "words MATCH :words"
    else:
        words, found = to_tsquery(query), "words @@ CAST(:words AS tsquery)"
    if words is None:
        return False
    with db.read() as connection:
        few = select(literal(1)).select_from(table("post_search")).where(text(found)).limit(RARE + 1)
        counted = select(func.count()).select_from(few.subquery())
        return (connection.scalar(counted, {"words": words}) or 0) <= RARE


def _by_index(wanted: MentionFilter) -> bool:
    """Whether next to every mention of the brands and the time is asked for."""
    narrow = (
        wanted.author,
        wanted.author_id,
        wanted.corrected,
        wanted.assignee,
        wanted.tags,
        wanted.resolved,
    )
    seldom = wanted.irrelevant is True or wanted.reposts is True
    return not seldom and not any(
        value is not None for value in (*narrow, wanted.labels, wanted.sources, wanted.langs)
    )


def _reach(
    db: Database, wanted: MentionFilter, after: Place | None = None, most: int = MOST_READ
) -> datetime | None:
    """The time from which on no brand has more than `most` mentions in what is asked for; None where all of it is so little."""
    at, number = mentions.c.counted_at, mentions.c.id
    bounds = [] if wanted.until is None else [at < wanted.until.astimezone(UTC)]
    bounds += [] if wanted.since is None else [at >= wanted.since.astimezone(UTC)]
    if after is not None:
        moment = after[0].astimezone(UTC)
        bounds += [at <= moment, or_(at < moment, number < after[1])]
    found = []
    with db.read() as connection:
        for brand_id in wanted.brands or ():
            back = select(at).where(mentions.c.brand_id == brand_id, *bounds)
            place = connection.scalar(back.order_by(at.desc(), number.desc()).offset(most).limit(1))
            found += [] if place is None else [place]
    return max(found, default=None)


def ranking(db: Database, wanted: MentionFilter) -> Ranking:
    """What a first page ranks."""
    with db.read() as connection:
        newest = connection.scalar(select(func.max(mentions.c.id))) or 0
    return Ranking(_reach(db, wanted), newest)


def ranked(
    db: Database,
    wanted: MentionFilter,
    by: By,
    among: Ranking,
    *,
    limit: int,
    after: tuple[int, int] | None = None,
) -> Ranked:
    """The mentions with the most followers, the most public interactions, or the surest to be negative.

    `after` goes on behind a figure and a number.
    """
    order = _order(db, replace(wanted, since=among.since or wanted.since), by, among.up_to, after)
    figure = dict(order)
    kept: list[MentionRow] = []
    for some in chunks(list(figure), max(100, limit + 1)):
        rows = {row.id: row for row in find(db, MentionFilter(ids=some, irrelevant=None))}
        here = (rows[number] for number in some if number in rows)
        kept += (row for row in here if wanted.query is None or matches(wanted.query, document(row)))
        if len(kept) > limit:
            break
    return Ranked(kept[:limit], [figure[row.id] for row in kept[:limit]], len(kept) > limit)


def _order(
    db: Database, wanted: MentionFilter, by: By, up_to: int, after: tuple[int, int] | None
) -> list[tuple[int, int]]:
    """Number and figure of every mention that may be asked for, the highest first."""
    with db.read() as connection:
        joined = joined_with_labels(setting(connection, MODEL))
        if by == "engagement":
            joined = joined.outerjoin(post_stats, newest_reading)
        figure, number = _FIGURES[by], mentions.c.id
        seldom = wanted.query is not None and not rare(db, wanted.query)
        where = where_of(connection, replace(wanted, query=None) if seldom else wanted)
        asked = select(number, figure.label("figure")).select_from(joined).where(*where, number <= up_to)
        rows = [(int(mention_id), int(value)) for mention_id, value in connection.execute(asked)]
    rows.sort(key=lambda row: (-row[1], -row[0]))
    return rows if after is None else [row for row in rows if (row[1], row[0]) < after]


def _capped(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((column > MOST, MOST), else_=column)


_SEEN = [post_stats.c[name] for name in ("likes", "shares", "comments", "quotes")]
_FIGURES: dict[By, ColumnElement[Any]] = {
    "reach": func.coalesce(_capped(posts.c.followers), -1),
    "engagement": case(
        (func.coalesce(*_SEEN).is_(None), -1), else_=sum(_capped(func.coalesce(one, 0)) for one in _SEEN)
    ),
    "negative": case(
        (corrections.c.label == "negative", 10_000),
        (corrections.c.mention_id.is_not(None), 0),
        (labels.c.label.is_not(None), labels.c.p_negative),
        else_=-1,
    ),
}


def tags_of(db: Database, wanted: MentionFilter) -> dict[str, int]:
    """The tags of the mentions asked for, the query left aside, by how many have each; of the MOST_READ that were found last."""
    with db.read() as connection:
        newest = select(tags.c.mention_id).distinct().order_by(tags.c.mention_id.desc()).limit(MOST_READ)
        tagged = list(connection.scalars(newest))
        if not tagged:
            return {}
        joined = joined_with_labels(setting(connection, MODEL))
        where = where_of(connection, replace(wanted, query=None, ids=tagged))
        here = select(mentions.c.id).select_from(joined).where(*where)
        named = select(tags.c.tag, func.count()).where(tags.c.mention_id.in_(here))
        rows = connection.execute(named.group_by(tags.c.tag).order_by(tags.c.tag))
        return {name: int(number) for name, number in rows}

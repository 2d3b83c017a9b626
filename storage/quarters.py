"""The quarter-hour sums as a watcher reads them, many brands at once, and what says how whole they are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, select

from storage.coverage import BrandVersion, coverage
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.standings import HUMAN, QUARTER_S
from storage.tables import Correction, Count, Label, LabelCount, Mention, Post

counts, label_counts = table_of(Count), table_of(LabelCount)
posts, mentions, labels, corrections = (table_of(row) for row in (Post, Mention, Label, Correction))


class QuarterSum(NamedTuple):
    """What is counted of a brand on a network in one quarter hour since 1970. `labelled`: by the model in use or a person, or tried in vain."""

    brand_id: str
    network: str
    quarter: int
    mentions: int
    negative: int
    labelled: int


class Collected(NamedTuple):
    """[since, until) that a source, by its configured name, has collected whole for a brand."""

    origin: str
    brand_id: str
    since: datetime
    until: datetime


class Voice(NamedTuple):
    """One mention that counts: its quarter hour, network, author (None where the network names none), and how it is labelled as counted."""

    quarter: int
    network: str
    author_id: int | None
    negative: bool
    labelled: bool


def quarter_sums(
    connection: Connection, brands: Sequence[str], networks: Sequence[str] | None, first: int, after: int
) -> list[QuarterSum]:
    """Quarter hours in [first, after) in which these brands have mentions on these networks (None: on any), in no order."""
    found: dict[tuple[str, str, int], list[int]] = {}
    c, n = counts.c, label_counts.c
    negative, labelled = n.negative, n.negative + n.neutral + n.positive + n.failed
    for table, sums in ((counts, (c.mentions,)), (label_counts, (negative, labelled))):
        keys = table.c.brand_id, table.c.source, table.c.quarter
        wanted = select(*keys, *map(func.sum, sums)).group_by(*keys)
        wanted = wanted.where(
            among(connection, table.c.brand_id, brands), table.c.quarter >= first, table.c.quarter < after
        )
        if table is label_counts:
            models = (setting(connection, MODEL) or "", HUMAN)
            wanted = wanted.where(table.c.model_id.in_(models))
        at = 0 if table is counts else 1
        for brand_id, network, quarter, *values in connection.execute(wanted):
            if networks is None or network in networks:
                sums_of = found.setdefault((brand_id, network, quarter), [0, 0, 0])
                sums_of[at : at + len(values)] = map(int, values)
    return [QuarterSum(*key, *values) for key, values in found.items()]


def collected(
    connection: Connection, brands: Sequence[BrandVersion], since: datetime, until: datetime
) -> list[Collected]:
    """What sources have collected whole within [since, until) for these versions of the brands' queries."""
    present = dict(brands)
    c = coverage.c
    wanted = select(c.origin, c.brand_id, c.since, c.until, c.query_version).where(
        c.state == "complete", c.until > since.astimezone(UTC), c.since < until.astimezone(UTC)
    )
    return [Collected(*row[:4]) for row in connection.execute(wanted) if present.get(row.brand_id) == row[4]]


def last_collected(connection: Connection, brands: Sequence[BrandVersion]) -> dict[tuple[str, str], datetime]:
    """Up to when each source has collected, by (source, brand id), for these versions of the brands' queries."""
    present = dict(brands)
    c = coverage.c
    keys = c.origin, c.brand_id, c.query_version
    wanted = select(*keys, func.max(c.until)).where(c.state == "complete").group_by(*keys)
    return {
        (origin, brand_id): until
        for origin, brand_id, version, until in connection.execute(wanted)
        if present.get(brand_id) == version
    }


def imported(
    connection: Connection, brands: Sequence[str], since: datetime
) -> dict[tuple[str, str], tuple[datetime, datetime]]:
    """The times of the first and the last mention that came from files, by (brand id, network). Reads every post since then."""
    keys = mentions.c.brand_id, posts.c.source
    at = posts.c.counted_at
    wanted = (
        select(*keys, func.min(at), func.max(at))
        .select_from(posts.join(mentions, mentions.c.post_id == posts.c.id))
        .where(posts.c.origin == "import", at >= since.astimezone(UTC))
        .where(among(connection, mentions.c.brand_id, brands))
        .group_by(*keys)
    )
    return {(brand, network): (low, high) for brand, network, low, high in connection.execute(wanted)}


def voices(
    connection: Connection, brand_id: str, since: datetime, until: datetime, *, limit: int
) -> list[Voice]:
    """A brand's mentions that count in [since, until), the newest first, at most so many."""
    model = setting(connection, MODEL) or ""
    label = and_(
        labels.c.mention_id == mentions.c.id,
        labels.c.text_version == posts.c.version,
        labels.c.model_id == model,
    )
    corrected = and_(corrections.c.mention_id == mentions.c.id, corrections.c.text_version == posts.c.version)
    said = case((corrections.c.mention_id.is_not(None), corrections.c.label), else_=labels.c.label)
    tried = corrections.c.mention_id.is_not(None) | labels.c.mention_id.is_not(None)
    at = mentions.c.counted_at
    wanted = (
        select(at, posts.c.source, posts.c.author_id, said, tried)
        .select_from(
            mentions.join(posts, posts.c.id == mentions.c.post_id)
            .outerjoin(labels, label)
            .outerjoin(corrections, corrected)
        )
        .where(mentions.c.brand_id == brand_id, at >= since.astimezone(UTC), at < until.astimezone(UTC))
        .where(mentions.c.is_repost.is_(False), mentions.c.irrelevant.is_(False))
        .order_by(at.desc(), mentions.c.id.desc())
        .limit(limit)
    )
    return [
        Voice(int(time.timestamp() // QUARTER_S), network, author, kind == "negative", bool(done))
        for time, network, author, kind, done in connection.execute(wanted)
    ]

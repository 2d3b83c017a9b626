"""A mention as the sums see it: which quarter hour and day it counts in, and what it adds."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, bindparam, func, select

from storage.interactions import contribution, newest_reading
from storage.rows import among, table_of
from storage.settings import TIMEZONE, setting
from storage.stats import PUBLIC, post_stats
from storage.tables import Correction, Label, Mention, Post

HUMAN = "human"
QUARTER_S = 900
LABEL_SUMS = ("negative", "neutral", "positive", "failed", "p_negative", "p_neutral", "p_positive")

posts, mentions, labels, corrections = (table_of(row) for row in (Post, Mention, Label, Correction))

Judgement = tuple[str, str | None, int, int, int]
"""model, class (None: could not be labelled), and the three probabilities in ten-thousandths"""


def quarter_of(at: datetime) -> int:
    """Whole quarter hours since 1970-01-01T00:00Z.

    >>> from datetime import UTC
    >>> quarter_of(datetime(1970, 1, 1, 0, 44, tzinfo=UTC)), quarter_of(datetime(1969, 12, 31, 23, 59, tzinfo=UTC))
    (2, -1)
    """
    return int(at.timestamp() // QUARTER_S)


class Calendar:
    """Which day of a time zone a quarter hour belongs to.

    >>> Calendar("Asia/Kathmandu").day(quarter_of(datetime.fromisoformat("2026-11-20T18:15Z")))
    datetime.date(2026, 11, 21)
    """

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._days: dict[int, date] = {}

    def day(self, quarter: int) -> date:
        found = self._days.get(quarter)
        if found is None:
            try:
                found = datetime.fromtimestamp(quarter * QUARTER_S, self.zone).date()
            except (OverflowError, ValueError):  # the first or last hours of what a calendar can hold
                found = date.min if quarter < 0 else date.max
            self._days[quarter] = found
        return found


def calendar(connection: Connection) -> Calendar:
    """The calendar of the configured time zone."""
    return Calendar(setting(connection, TIMEZONE, "UTC") or "UTC")


def about(day: date, plus: int) -> datetime:
    """A time surely before or after that day in every zone."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=plus)
    except OverflowError:
        return datetime(1, 1, 1, tzinfo=UTC) if plus < 0 else datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


class Standing(NamedTuple):
    """All of a mention that the sums depend on."""

    brand_id: str
    quarter: int
    source: str
    lang: str
    author_id: int | None
    followers: int | None
    is_repost: bool
    irrelevant: bool
    judgements: tuple[Judgement, ...] = ()
    seen: tuple[int, ...] | None = None
    """What its newest figures add to the sums of `INTERACTIONS`; None where none was seen, and of reposts."""
    spoken: tuple[Any, ...] = ()
    """Its number, its time and the version of its text: what a day's pack holds beside all this."""

    @property
    def voice(self) -> "Standing":
        """All of it that a day's pack depends on."""
        return self._replace(judgements=(), seen=None)


def standings(
    connection: Connection, *, post_ids: Sequence[int] = (), mention_ids: Sequence[int] = ()
) -> list[Standing]:
    """The mentions with these ids and those of these posts, as they stand now."""
    found: list[Standing] = []
    for column, ids in ((mentions.c.post_id, post_ids), (mentions.c.id, mention_ids)):
        if ids:
            found.extend(_standings(connection, among(connection, column, ids)))
    return found


def _standings(connection: Connection, wanted: Any) -> Iterator[Standing]:
    joined = mentions.join(posts, posts.c.id == mentions.c.post_id)
    judged: dict[int, list[Judgement]] = defaultdict(list)
    for mention_id, *judgement in connection.execute(
        select(
            labels.c.mention_id,
            labels.c.model_id,
            labels.c.label,
            labels.c.p_negative,
            labels.c.p_neutral,
            labels.c.p_positive,
        )
        .select_from(labels.join(joined, mentions.c.id == labels.c.mention_id))
        .where(wanted, labels.c.text_version == posts.c.version)
    ):
        judged[mention_id].append(tuple(judgement))
    for mention_id, label in connection.execute(
        select(corrections.c.mention_id, corrections.c.label)
        .select_from(corrections.join(joined, mentions.c.id == corrections.c.mention_id))
        .where(wanted, corrections.c.text_version == posts.c.version)
    ):
        judged[mention_id] = [(HUMAN, label, *(10_000 * (label == name) for name in LABEL_SUMS[:3]))]
    seen = _seen(connection, joined, wanted)
    for row in connection.execute(
        select(
            mentions.c.id,
            mentions.c.brand_id,
            mentions.c.counted_at,
            posts.c.source,
            posts.c.lang,
            posts.c.author_id,
            posts.c.followers,
            mentions.c.is_repost,
            mentions.c.irrelevant,
            posts.c.version,
        )
        .select_from(joined)
        .where(wanted)
    ):
        mention_id, brand_id, at, source, lang, author_id, followers, is_repost, irrelevant, version = row
        counts = not (is_repost or irrelevant)
        yield Standing(
            *(brand_id, quarter_of(at), source, lang, author_id, followers, is_repost, irrelevant),
            judgements=tuple(judged.get(mention_id, ())) if counts else (),
            seen=seen.get(mention_id) if counts else None,
            spoken=(mention_id, at, version),
        )


def _seen(connection: Connection, joined: Any, wanted: Any) -> dict[int, tuple[int, ...]]:
    columns = (
        mentions.c.id,
        posts.c.published_at,
        post_stats.c.observed_at,
        *(post_stats.c[name] for name in PUBLIC),
    )
    found = select(*columns).select_from(joined.join(post_stats, newest_reading)).where(wanted)
    return {
        mention_id: contribution(tuple(figures), published_at, observed_at)
        for mention_id, published_at, observed_at, *figures in connection.execute(found)
    }


def all_standings(connection: Connection) -> Iterator[Standing]:
    """Every mention as it stands, a thousand at a time."""
    after = 0
    while last := connection.scalar(_THOUSANDTH, {"after": after}):
        yield from _standings(connection, and_(mentions.c.id > after, mentions.c.id <= last))
        after = last


_NEXT = (
    select(mentions.c.id)
    .where(mentions.c.id > bindparam("after"))
    .order_by(mentions.c.id)
    .limit(1000)
    .subquery()
)
_THOUSANDTH = select(func.max(_NEXT.c.id))

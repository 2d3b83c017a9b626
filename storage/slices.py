"""The mentions that meet a query, such as a campaign's, and the same sums of them that are stored of all mentions."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from storage.counts import HUMAN_SUMS, Sums
from storage.db import Database
from storage.errors import StorageError
from storage.mentions import MentionFilter, where_of
from storage.query import Document, Query, matches
from storage.rows import table_of
from storage.settings import MODEL, setting
from storage.sums import HUMAN, LABEL_SUMS, QUARTER_S, SUMS, Tally, calendar, quarter_of, standings
from storage.tables import Author, Mention, Post

mentions, posts, authors = table_of(Mention), table_of(Post), table_of(Author)

MOST_CANDIDATES = 200_000
"""How many mentions are read for a query at most."""
_PAGE = 2_000


class TooMany(StorageError):
    """More mentions might meet a query than are read for one answer."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The mentions that were found, irrelevant ones and reposts with them: their ids by brand and quarter hour, in order, and their sums.

    `sums` are those of `storage.counts.sums(every="quarter")`.
    """

    sums: Sequence[Sums]
    ids: Mapping[str, Sequence[tuple[int, int]]]

    def within(self, since: datetime, until: datetime) -> list[int]:
        """The ids of all brands' mentions whose quarter hour begins in [since, until), both full quarter hours."""
        found: list[int] = []
        for placed in self.ids.values():
            low, high = (bisect_left(placed, (quarter_of(at), -1)) for at in (since, until))
            found += [mention_id for _, mention_id in placed[low:high]]
        return found


def pick(
    db: Database,
    query: Query,
    *,
    brands: Sequence[str],
    windows: Sequence[tuple[datetime, datetime]],
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    most: int = MOST_CANDIDATES,
) -> Picked:
    """The mentions counted in these windows that meet the query, as `storage.mentions.find` finds them, under one snapshot.

    Windows do not overlap and begin and end at full quarter hours. Each mention is counted by the rule that counts all of them. Raises
    TooMany where more than `most` candidates would have to be read.
    """
    with db.read() as connection:
        tally = Tally(calendar(connection))
        placed: dict[str, list[tuple[int, int]]] = defaultdict(list)
        left = most
        for since, until in windows:
            wanted = MentionFilter(
                brands=brands,
                sources=sources,
                langs=langs,
                since=since,
                until=until,
                query=query,
                irrelevant=None,
            )
            left -= _candidates(connection, wanted, left, most)
            for some in _matching(connection, wanted, query):
                for standing in standings(connection, mention_ids=[mention_id for mention_id, *_ in some]):
                    tally.add(standing)
                for mention_id, brand_id, at in some:
                    placed[brand_id].append((quarter_of(at), mention_id))
        model = setting(connection, MODEL)
    return Picked(_sums(tally, model), {brand: sorted(found) for brand, found in placed.items()})


def _candidates(connection: Connection, wanted: MentionFilter, left: int, most: int) -> int:
    """How many mentions would be read; refused before the first is."""
    few = _joined(mentions.c.id).where(*where_of(connection, wanted)).limit(left + 1).subquery()
    found = connection.scalar(select(func.count()).select_from(few)) or 0
    if found > left:
        raise TooMany(
            f"more than {most:,} mentions may meet this query in this time, and they would all have to be read: ask for a shorter "
            "period, fewer brands, or a query with a rarer word"
        )
    return found


def _joined(*columns: Any) -> Any:
    tables = mentions.join(posts, posts.c.id == mentions.c.post_id)
    return select(*columns).select_from(tables.outerjoin(authors, authors.c.id == posts.c.author_id))


def _matching(
    connection: Connection, wanted: MentionFilter, query: Query
) -> Iterator[list[tuple[int, str, datetime]]]:
    m, p = mentions.c, posts.c
    columns = (m.id, m.brand_id, m.counted_at, p.text, p.lang, authors.c.handle, p.source, p.url, p.links)
    rows = connection.execute(
        _joined(*columns).where(*where_of(connection, wanted)), execution_options={"yield_per": _PAGE}
    )
    for some in rows.partitions():
        yield [
            (mention_id, brand_id, at)
            for mention_id, brand_id, at, text, lang, handle, source, url, links in some
            if matches(
                query, Document(text, None if lang == "und" else lang, handle, source, url, links or ())
            )
        ]


def _sums(tally: Tally, model: str | None) -> list[Sums]:
    """What `storage.counts.sums` would give for every quarter hour, were these all the mentions there are."""
    found: dict[tuple[str, int], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for (brand_id, quarter, *_), values in tally.counts.items():
        for name, value in zip(SUMS, values, strict=True):
            found[brand_id, quarter][name] += value
    for (brand_id, quarter, _source, _lang, model_id), values in tally.labels.items():
        if model_id not in (model, HUMAN):
            continue
        sums_of = found[brand_id, quarter]
        for name, value in zip(LABEL_SUMS, values, strict=True):
            sums_of[name] += value
        if model_id == HUMAN:
            sums_of["corrected"] += sum(values[:4])
            for name, value in zip(HUMAN_SUMS, values, strict=False):
                sums_of[name] += value
    return [
        Sums(brand_id, datetime.fromtimestamp(quarter * QUARTER_S, UTC), **values)
        for (brand_id, quarter), values in sorted(found.items())
    ]

"""The sums that pages read, changed in the transaction of the mention or label that changes them.

A `Tally` gathers what the mentions of one transaction add and take away, and writes each changed row once. Mentions that are there already are
taken out as they stood and put in as they stand, so the sums are right whatever was done to them in between.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select
from sqlmodel import SQLModel

from storage.interactions import INTERACTIONS, contribution
from storage.restate import restate
from storage.rows import among, table_of, upsert_rows
from storage.standings import (
    HUMAN,
    LABEL_SUMS,
    QUARTER_S,
    Calendar,
    Standing,
    about,
    all_standings,
    calendar,
    mentions,
    posts,
    quarter_of,
    standings,
)
from storage.stats import Changed
from storage.tables import AuthorDay, Count, DayCount, DayLabelCount, LabelCount
from storage.tables_days import DayInteractions, DayPack

__all__ = [
    "HUMAN",
    "LABEL_SUMS",
    "QUARTER_S",
    "SUMS",
    "Calendar",
    "Standing",
    "Tally",
    "about",
    "all_standings",
    "calendar",
    "quarter_of",
    "standings",
]

SUMS = ("mentions", "reposts", "irrelevant")
CLASSES = {"negative": 0, "neutral": 1, "positive": 2, None: 3}

author_days = table_of(AuthorDay)

Slice = tuple[str, int, str, str]
"""brand, quarter, source, language"""
AuthorSlice = tuple[str, date, str, int]
"""brand, day, source, author"""


class Tally:
    """What one transaction changes in the sums."""

    def __init__(self, days: Calendar) -> None:
        self.days = days
        self.counts: dict[Slice, list[int]] = defaultdict(lambda: [0] * len(SUMS))
        self.labels: dict[tuple[str, int, str, str, str], list[int]] = defaultdict(
            lambda: [0] * len(LABEL_SUMS)
        )
        self.authors: dict[AuthorSlice, list[Any]] = defaultdict(lambda: [0, 0, None])
        self.left: set[AuthorSlice] = set()
        self.seen: dict[Slice, list[int]] = defaultdict(lambda: [0] * len(INTERACTIONS))
        self.moved: set[tuple[str, date]] = set()

    def add(self, standing: Standing, sign: int = 1) -> None:
        """Put one mention in, or take it out with `sign` -1."""
        self.moved.add((standing.brand_id, self.days.day(standing.quarter)))
        self._sum(standing, sign)

    def _sum(self, standing: Standing, sign: int) -> None:
        brand_id, quarter, source, lang, author_id, followers, is_repost, irrelevant, judgements, seen, _ = (
            standing
        )
        key = (brand_id, quarter, source, lang)
        self.counts[key][2 if irrelevant else is_repost] += sign
        for model, label, *weights in judgements:
            sums = self.labels[(*key, model)]
            sums[CLASSES[label]] += sign
            if label is not None:
                for at, weight in enumerate(weights, start=4):
                    sums[at] += sign * weight
        if seen is not None:
            self._see(key, seen, sign)
        if author_id is not None and not irrelevant:
            person = (brand_id, self.days.day(quarter), source, author_id)
            said = self.authors[person]
            said[is_repost] += sign
            if sign > 0:
                said[2] = larger(said[2], followers)
            else:
                self.left.add(person)

    @contextmanager
    def changing(
        self, connection: Connection, *, post_ids: Sequence[int] = (), mention_ids: Sequence[int] = ()
    ) -> Iterator[None]:
        """Around any change to these mentions, or to the mentions of these posts."""
        before = standings(connection, post_ids=post_ids, mention_ids=mention_ids)
        yield
        after = standings(connection, post_ids=post_ids, mention_ids=mention_ids)
        for standing in before:
            self._sum(standing, -1)
        for standing in after:
            self._sum(standing, 1)
        for other in {standing.voice for standing in before} ^ {standing.voice for standing in after}:
            self.moved.add((other.brand_id, self.days.day(other.quarter)))

    def see(self, connection: Connection, changed: Sequence[Changed]) -> None:
        """Newer figures of posts: put them in the place of those before, for every mention that counts."""
        columns = (
            mentions.c.post_id,
            mentions.c.brand_id,
            mentions.c.counted_at,
            posts.c.source,
            posts.c.lang,
            posts.c.published_at,
        )
        of_post = {change.post_id: change for change in changed}
        wanted = (
            select(*columns)
            .select_from(mentions.join(posts, posts.c.id == mentions.c.post_id))
            .where(
                among(connection, mentions.c.post_id, of_post),
                mentions.c.is_repost.is_(False),
                mentions.c.irrelevant.is_(False),
            )
        )
        for post_id, brand_id, at, source, lang, published_at in (
            connection.execute(wanted) if of_post else ()
        ):
            for sign, reading in ((-1, of_post[post_id].before), (1, of_post[post_id].after)):
                if reading is not None:
                    self._see(
                        (brand_id, quarter_of(at), source, lang),
                        contribution(reading[1], published_at, reading[0]),
                        sign,
                    )

    def _see(self, key: Slice, seen: tuple[int, ...], sign: int) -> None:
        sums = self.seen[key]
        for at, value in enumerate(seen):
            sums[at] += sign * value

    def write(self, connection: Connection, *, reason: str, now: datetime) -> None:
        """Write every changed sum once, and a restatement for each brand and closed day whose figures moved."""
        _add_sums(connection, Count, ("brand_id", "quarter", "source", "lang"), SUMS, self.counts)
        _add_sums(
            connection,
            LabelCount,
            ("brand_id", "quarter", "source", "lang", "model_id"),
            LABEL_SUMS,
            self.labels,
        )
        day_counts = self.by_day(self.counts)
        day_labels = self.by_day(self.labels)
        _add_sums(connection, DayCount, ("brand_id", "day", "source", "lang"), SUMS, day_counts)
        _add_sums(
            connection,
            DayLabelCount,
            ("brand_id", "day", "source", "lang", "model_id"),
            LABEL_SUMS,
            day_labels,
        )
        _add_sums(
            connection,
            DayInteractions,
            ("brand_id", "day", "source", "lang"),
            INTERACTIONS,
            self.by_day(self.seen),
        )
        _add_authors(connection, self.authors)
        _unpack(connection, self.moved)
        _recompute_followers(connection, self.left, self.days)
        restate(connection, day_counts, day_labels, reason=reason, now=now)

    def by_day(self, sums: dict[Any, list[int]]) -> dict[Any, list[int]]:
        """Sums by quarter hour, rolled up to days."""
        rolled: dict[Any, list[int]] = {}
        for (brand_id, quarter, *rest), values in sums.items():
            key = (brand_id, self.days.day(quarter), *rest)
            rolled[key] = (
                [a + b for a, b in zip(rolled[key], values, strict=True)] if key in rolled else values[:]
            )
        return rolled


def _unpack(connection: Connection, moved: Iterable[tuple[str, date]]) -> None:
    """What was packed of these days no longer holds, and nothing of it may stay: an author in it may just have been forgotten."""
    emptied = dict.fromkeys(("names", "authors", "voices"), "NULL")
    upsert_rows(connection, DayPack, ("brand_id", "day"), sorted(moved), merging=emptied)


def larger(one: int | None, other: int | None) -> int | None:
    """The larger number, where None is unknown.

    >>> larger(None, 3), larger(None, None)
    (3, None)
    """
    return other if one is None else one if other is None else max(one, other)


def _add_sums(
    connection: Connection,
    model: type[SQLModel],
    keys: tuple[str, ...],
    names: tuple[str, ...],
    sums: dict[Any, list[int]],
) -> None:
    changed = {key: values for key, values in sums.items() if any(values)}
    if not changed:
        return
    added = {name: f"old.{name} + new.{name}" for name in names}
    rows = ([*key, *changed[key]] for key in sorted(changed))
    upsert_rows(connection, model, (*keys, *names), rows, merging=added)
    table = table_of(model)
    emptied = [key for key, values in changed.items() if min(values) < 0]
    if emptied:
        connection.execute(
            delete(table).where(
                *(table.c[name] == bindparam(f"key_{name}") for name in keys),
                *(table.c[name] == 0 for name in names),
            ),
            [{f"key_{name}": part for name, part in zip(keys, key, strict=True)} for key in emptied],
        )


def _add_authors(connection: Connection, authors: dict[AuthorSlice, list[Any]]) -> None:
    if not authors:
        return
    larger_of_two = "max" if connection.dialect.name == "sqlite" else "greatest"
    either = "coalesce(old.followers, new.followers), coalesce(new.followers, old.followers)"
    merging = {
        "mentions": "old.mentions + new.mentions",
        "reposts": "old.reposts + new.reposts",
        "followers": f"{larger_of_two}({either})",
    }
    names = ("brand_id", "day", "source", "author_id", *merging)
    rows = ([*key, *authors[key]] for key in sorted(authors))
    upsert_rows(connection, AuthorDay, names, rows, merging=merging)


def _recompute_followers(connection: Connection, people: set[AuthorSlice], days: Calendar) -> None:
    """A largest number cannot be taken away from: read it again for those who lost a mention."""
    if not people:
        return
    best: dict[AuthorSlice, int | None] = {}
    touched = [day for _, day, _, _ in people]
    columns = mentions.c.brand_id, mentions.c.counted_at, posts.c.source, posts.c.author_id, posts.c.followers
    for brand_id, at, source, author_id, followers in connection.execute(
        select(*columns)
        .select_from(mentions.join(posts, posts.c.id == mentions.c.post_id))
        .where(
            among(connection, posts.c.author_id, {author_id for *_, author_id in people}),
            mentions.c.counted_at >= about(min(touched), -2),
            mentions.c.counted_at < about(max(touched), 3),
            mentions.c.irrelevant.is_(False),
        )
    ):
        key = (brand_id, days.day(quarter_of(at)), source, author_id)
        if key in people:
            best[key] = larger(best.get(key), followers)
    at = and_(
        *(
            author_days.c[name] == bindparam(f"key_{name}")
            for name in ("brand_id", "day", "source", "author_id")
        )
    )
    keys = [
        dict(zip(("key_brand_id", "key_day", "key_source", "key_author_id"), key, strict=True))
        for key in sorted(people)
    ]
    connection.execute(
        delete(author_days).where(at, author_days.c.mentions == 0, author_days.c.reposts == 0), keys
    )
    kept = [row | {"seen": best[key]} for key, row in zip(sorted(people), keys, strict=True) if key in best]
    if kept:
        connection.execute(author_days.update().where(at).values(followers=bindparam("seen")), kept)

"""Pages of mentions, alike on both engines: together they are what `find` finds, whatever is asked for and however little each may read."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from storage.db import Database
from storage.labels import correct, save_labels
from storage.mentions import MentionFilter, MentionRow, find
from storage.paging import By, page, ranked, ranking, rare, tags_of
from storage.posts import save
from storage.query import parse
from storage.types import Batch, NewAuthor, Stats
from storage.workflow import tag
from tests.storage.posts import NOON, label, later, named, post

BRANDS = ["delta", "jetblue"]


@pytest.fixture
def told(db: Database) -> Database:
    """Ninety mentions, every third of jetblue; some labelled, two corrected, two tagged."""
    items = []
    for n in range(90):
        words = f"delta {('late', 'fine', 'delayed')[n % 3]} number{n % 45}"
        who = NewAuthor(
            source_author_id=f"a{n % 7}",
            handle=f"ann{n % 7}",
            followers=None if n % 7 == 0 else 10 * (n % 13),
        )
        stats = Stats(likes=n % 10, shares=n % 4) if n % 5 else None
        lang, source = ("en", "no")[n % 4 == 0], ("x", "forum")[n % 6 == 0]
        item = post(
            f"{n}",
            words,
            published_at=later(-10 * (n // 6)),
            author=who,
            stats=stats,
            lang=lang,
            source=source,
        )
        items.append(named(item, "jetblue" if n % 3 == 1 else "delta"))
    save(db, Batch("a", items), now=NOON)
    save_labels(db, [label(n, ("negative", "neutral")[n % 2]) for n in range(1, 61)], now=NOON)
    correct(db, 4, "positive", now=NOON)
    correct(db, 9, "negative", now=NOON)
    tag(db, [2, 80], "billing", by="ann", now=NOON)
    return db


ASKED: list[dict[str, Any]] = [
    {},
    {"brands": ["jetblue"]},
    {"sources": ["forum"]},
    {"langs": ["no"], "labels": ["negative", "unlabelled"]},
    {"author": "@Ann3"},
    {"tags": ["billing"]},
    {"corrected": True},
    {"since": later(-300), "until": later(-100)},
    {"query": parse("late OR number7")},
    {"query": parse("number7")},
    {"query": parse("delta NOT (late OR fine)")},
    {"query": parse("lang:no")},
    {"query": parse("nothing")},
]


def wanted_of(given: dict[str, Any]) -> MentionFilter:
    return replace(MentionFilter(brands=BRANDS), **given)


def pages(db: Database, wanted: MentionFilter, limit: int, most: int) -> Iterator[MentionRow]:
    after = None
    for _ in range(200):
        found = page(db, wanted, limit=limit, after=after, most=most)
        assert len(found.rows) <= limit
        yield from found.rows
        assert after is None or found.next is None or found.next < after
        after = found.next
        if after is None:
            return
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("given", ASKED)
@pytest.mark.parametrize(("limit", "most"), [(7, 5_000), (50, 4)])
def test_pages_together_are_all_there_is(
    told: Database, given: dict[str, Any], limit: int, most: int
) -> None:
    wanted = wanted_of(given)
    assert [row.id for row in pages(told, wanted, limit, most)] == [row.id for row in find(told, wanted)]


def figure(by: By, row: MentionRow) -> int:
    """What a mention is ranked by, worked out from its row."""
    if by == "reach":
        return -1 if row.followers is None else row.followers
    if by == "engagement":
        return -1 if row.stats is None else (row.stats.likes or 0) + (row.stats.shares or 0)
    return -1 if row.label is None else row.p_negative or 0


@pytest.mark.parametrize("given", ASKED)
@pytest.mark.parametrize("by", ["reach", "engagement", "negative"])
def test_a_ranking_is_all_there_is_in_its_order(told: Database, given: dict[str, Any], by: By) -> None:
    wanted = wanted_of(given)
    among, after, seen = ranking(told, wanted), None, []
    while True:
        found = ranked(told, wanted, by, among, limit=8, after=after)
        seen += [(one, row.id) for one, row in zip(found.figures, found.rows, strict=True)]
        if not found.more:
            break
        after = seen[-1]
    assert seen == sorted(((figure(by, row), row.id) for row in find(told, wanted)), reverse=True)


def test_what_comes_later_is_not_in_a_ranking_that_began(told: Database) -> None:
    wanted = wanted_of({})
    among = ranking(told, wanted)
    save(
        told,
        Batch("a", [named(post("new", author=NewAuthor(source_author_id="z", followers=10**6)))]),
        now=NOON,
    )
    kept = ranked(told, wanted, "reach", among, limit=200)
    assert len(kept.rows) == 90
    assert max(kept.figures) == 120


def test_the_index_tells_what_is_seldom(told: Database) -> None:
    assert rare(told, parse("number7"))
    assert rare(told, parse("nothing"))
    assert not rare(told, parse("lang:no"))


def test_tags_are_counted_among_what_is_asked_for(told: Database) -> None:
    tag(told, [2], "urgent", by="ann", now=NOON)
    assert tags_of(told, wanted_of({})) == {"billing": 2, "urgent": 1}
    own = next(row for row in find(told, wanted_of({"ids": [2], "brands": BRANDS})))
    assert (
        tags_of(told, wanted_of({"brands": [own.brand_id], "sources": [own.source], "langs": [own.lang]}))[
            "urgent"
        ]
        == 1
    )
    assert tags_of(told, wanted_of({"since": later(60)})) == {}

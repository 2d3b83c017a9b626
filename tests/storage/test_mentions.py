"""Mentions are found by what they are and what they say, alike on both engines, page after page."""

from typing import Any

import pytest

from storage.db import Database
from storage.interactions import engagement
from storage.labels import correct, save_labels
from storage.mentions import MentionFilter, count, find
from storage.people import people
from storage.posts import save, save_stats
from storage.query import parse
from storage.types import Batch, NewAuthor, Stats
from tests.storage.posts import NOON, label, later, named, post

BEA = NewAuthor(source_author_id="78", handle="@bea_100%", followers=500)
TEXTS = (
    "Delta cancelled my flight, JetBlue saved the day",
    "delta force is a game",
    "Flying @delta to Zoë's #DeltaAssist desk 😀 is GREAT",
    "苹果 and C++ at 100% of delta's 'lounge' \\o/",
    "no such luck with delta.",
)


@pytest.fixture
def told(db: Database) -> Database:
    """Five mentions of delta, the first of jetblue too, the last a repost; Bea wrote every second."""
    items = []
    for number, words in enumerate(TEXTS):
        repost = {"repost_of": "0"} if number == 4 else {}
        author = {"author": BEA} if number % 2 else {}
        lang = "zh" if number == 3 else "en"
        item = post(
            f"{number}",
            words,
            published_at=later(-number),
            lang=lang,
            stats=Stats(likes=number),
            **repost,
            **author,
        )
        items.append(named(item, *(("delta", "jetblue") if number == 0 else ("delta",))))
    save(db, Batch("a", items), now=NOON)
    save_labels(db, [label(1, "negative"), label(2, "positive"), label(3, "neutral")], now=NOON)
    correct(db, 3, "positive", now=NOON)
    return db


def ids(db: Database, **wanted: Any) -> list[str]:
    found = list(find(db, MentionFilter(**wanted)))
    assert count(db, MentionFilter(**wanted)) == len(found)
    return [f"{row.source_id}{row.brand_id[0]}" for row in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["0j", "0d", "1d", "2d", "3d", "4d"]),
        ({"brands": ["jetblue"]}, ["0j"]),
        ({"brands": []}, []),
        ({"sources": ["mastodon"]}, []),
        ({"langs": ["zh"]}, ["3d"]),
        ({"since": later(-2)}, ["0j", "0d", "1d", "2d"]),
        ({"until": later(-2)}, ["3d", "4d"]),
        ({"reposts": False}, ["0j", "0d", "1d", "2d", "3d"]),
        ({"reposts": True}, ["4d"]),
        ({"labels": ["negative"]}, ["0d"]),
        ({"labels": ["positive", "neutral"]}, ["0j", "1d"]),
        ({"labels": ["neutral"]}, []),
        ({"labels": ["unlabelled"]}, ["2d", "3d"]),
        ({"corrected": True}, ["1d"]),
        ({"corrected": False, "reposts": False}, ["0j", "0d", "2d", "3d"]),
        ({"author": "BEA_100%"}, ["1d", "3d"]),
        ({"author": "@bea_100%"}, ["1d", "3d"]),
        ({"author": "bea%"}, []),
        ({"author": "_"}, []),
        ({"ids": [2, 5]}, ["0j", "3d"]),
    ],
)
def test_filters(told: Database, wanted: dict[str, Any], expected: list[str]) -> None:
    assert ids(told, **wanted) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("delta NOT force", ["0j", "0d", "3d", "4d"]),
        ('"delta force"', ["1d"]),
        ("@delta", ["2d"]),
        ("#deltaassist OR jetblue", ["0j", "0d", "2d"]),
        ("zoe", ["2d"]),
        ("fl*", ["0j", "0d", "2d"]),
        ("苹果", ["3d"]),
        ("C++", ["3d"]),
        ("100%", ["3d"]),
        ("😀", ["2d"]),
        ("lang:zh delta", ["3d"]),
        ("author:ada delta", ["0j", "0d", "4d"]),
        ("delta NEAR/2 flight", []),
        ("nothing", []),
    ],
)
def test_text_is_searched_exactly(told: Database, query: str, expected: list[str]) -> None:
    assert ids(told, query=parse(query)) == expected


def test_an_edited_text_is_found_by_its_new_words_alone(told: Database) -> None:
    edited = post("1", "delta farce", edited_at=later(5), observed_at=later(5), author=BEA)
    save(told, Batch("a", [named(edited)]), now=later(5))
    assert ids(told, query=parse("force")) == []
    assert ids(told, query=parse("farce")) == ["1d"]


def test_pages_of_any_size_hold_everything_once_in_order(told: Database) -> None:
    whole = [row.id for row in find(told, MentionFilter())]
    for page in (1, 2, 3, 10):
        assert [row.id for row in find(told, MentionFilter(), page=page)] == whole
        assert [row.id for row in find(told, MentionFilter(), page=page, newest_first=False)] == whole[::-1]
    first = list(find(told, MentionFilter(), limit=2))
    rest = find(told, MentionFilter(), after=(first[-1].counted_at, first[-1].id))
    assert [row.id for row in (*first, *rest)] == whole
    assert [row.id for row in find(told, MentionFilter(query=parse("delta")), limit=3, page=2)] == whole[:3]


def test_a_row_tells_the_label_that_counts_and_the_newest_figures(told: Database) -> None:
    save_stats(told, [("x", "1", Stats(likes=9))], now=later(7))
    (row,) = find(told, MentionFilter(ids=[3]))
    assert (row.label, row.model_id, row.p_positive, row.truncated) == ("positive", "human", 10_000, False)
    assert (row.stats, row.stats_at) == (Stats(likes=9), later(7))
    (row,) = find(told, MentionFilter(ids=[1]))
    assert (row.label, row.model_id, row.p_negative, row.handle, row.followers) == (
        "negative",
        "m",
        10_000,
        "Ada",
        10,
    )
    (row,) = find(told, MentionFilter(ids=[6]))
    assert (row.label, row.model_id, row.p_negative, row.is_repost) == (None, None, None, True)


def test_a_long_answer_is_read_a_page_at_a_time(sqlite_db: Database) -> None:
    words = "delta " + "x" * 2_000
    for start in range(0, 1500, 500):
        save(sqlite_db, Batch("a", [named(post(str(n), words)) for n in range(start, start + 500)]), now=NOON)
    answer = find(sqlite_db, MentionFilter(), page=100)
    assert next(answer).id == 1500
    assert sum(1 for _ in answer) == 1499
    found = find(sqlite_db, MentionFilter(query=parse("delta")), page=100)
    assert sum(1 for _ in found) == 1500


def test_people_are_counted_alike_from_days_and_from_mentions(told: Database) -> None:
    days = {"since": NOON.date(), "until": later(days=1).date()}
    times = {"since": later(hours=-12), "until": later(hours=12)}
    by_days = [
        (p.brand_id, p.reached, p.potential_reach) for p in people(told, brands=["delta", "jetblue"], **days)
    ]  # type: ignore[arg-type]
    by_times = [
        (p.brand_id, p.reached, p.potential_reach) for p in people(told, brands=["delta", "jetblue"], **times)
    ]  # type: ignore[arg-type]
    assert by_days == by_times == [("delta", 2, 510), ("jetblue", 1, 10)]
    (zh,) = people(told, brands=["delta"], langs=["zh"], **days)  # type: ignore[arg-type]
    assert (zh.authors, zh.potential_reach) == (1, 500)


def test_who_only_reposted_is_told_apart(db: Database) -> None:
    items = [named(post("1")), named(post("2", repost_of="1", author=BEA))]
    save(db, Batch("a", items), now=NOON)
    days = {"since": NOON.date(), "until": later(days=1).date()}
    assert [(p.authors, p.reached) for p in people(db, brands=["delta"], **days)] == [(1, 2)]  # type: ignore[arg-type]


def test_unknown_followers_are_told_apart_from_none(db: Database) -> None:
    someone = NewAuthor(source_author_id="9")
    save(
        db,
        Batch("a", [named(post("1")), named(post("2", author=someone)), named(post("3", author=None))]),
        now=NOON,
    )
    (delta,) = people(db, brands=["delta"], since=NOON.date(), until=later(days=1).date())
    assert (delta.authors, delta.potential_reach, delta.unmeasured) == (2, 10, 1)


def test_engagement_takes_the_newest_figures_and_tells_their_age(db: Database) -> None:
    silent = named(post("silent"))
    save(db, Batch("a", [named(post("1", stats=Stats(likes=1, views=100))), silent]), now=NOON)
    save_stats(db, [("x", "1", Stats(likes=4))], now=later(60))
    window = {"since": later(-1), "until": later(1)}
    (row,) = engagement(db, brands=["delta"], **window)  # type: ignore[arg-type]
    assert (row.measured, row.likes, row.views, row.shares, row.shares_posts) == (1, 4, 100, 0, 0)
    assert row.age_s == 3600
    assert engagement(db, brands=["delta"], since=NOON.date(), until=later(days=1).date()) == [row]
    assert engagement(db, brands=["none"], **window) == []  # type: ignore[arg-type]

"""The marks of rules, and what arrived since one: on both databases."""

import pytest
from sqlalchemy import Connection

from storage.arrivals import arrived, newest_mention, originals, waits_longest
from storage.brands import sync_brands
from storage.db import Database
from storage.labels import save_labels
from storage.posts import save
from storage.rule_marks import marks, put_marks
from storage.types import Batch, BrandQuery
from tests.storage.posts import NOON, label, later, named, post, rows


def test_marks_are_set_changed_and_taken_away_one_by_one(db: Database) -> None:
    assert marks(db, "keyword") == {}
    db.do(lambda c: put_marks(c, "keyword", {"after": "7", "waiting": "{}"}, now=NOON))
    db.do(lambda c: put_marks(c, "goal", {"after": "1"}, now=NOON))
    db.do(lambda c: put_marks(c, "keyword", {"after": "9", "waiting": None}, now=later(1)))
    assert marks(db, "keyword") == {"after": "9"}
    assert marks(db, "goal") == {"after": "1"}


def test_a_mark_is_undone_with_the_transaction_it_belongs_to(db: Database) -> None:
    def fails(connection: Connection) -> None:
        put_marks(connection, "keyword", {"after": "7"}, now=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.do(fails)
    assert marks(db, "keyword") == {}


def stored(db: Database) -> list[int]:
    sync_brands(db, [BrandQuery(name, name, "own", name, 0) for name in ("delta", "jetblue")], now=NOON)
    posts = [
        named(post("1"), "delta"),
        named(post("2", published_at=later(days=-3)), "delta"),
        named(post("3"), "jetblue"),
        named(post("4", repost_of="1"), "delta"),
    ]
    for item in posts:
        save(db, Batch("feed", [item]), now=NOON)
    return [number for (number,) in rows(db, "SELECT id FROM mentions ORDER BY id")]


def test_what_arrived_is_given_in_order_and_in_parts(db: Database) -> None:
    assert (newest_mention(db), arrived(db, 0, brands=["delta"], since=NOON).last) == (0, 0)
    one, old, other, repost = stored(db)
    assert newest_mention(db) == repost
    every = arrived(db, 0, brands=["delta"], since=later(days=-1))
    assert (every.ids, every.last) == ([one, repost], repost)
    assert old not in every.ids
    assert other not in every.ids
    part = arrived(db, 0, brands=["delta"], since=later(days=-1), limit=1)
    assert (part.ids, part.last) == ([one], one)
    assert arrived(db, one, brands=["delta"], since=later(days=-1), limit=9).ids == [repost]
    assert arrived(db, repost + 5, brands=["delta"], since=NOON).last == repost + 5


def test_a_repost_leads_to_the_mention_of_the_same_brand(db: Database) -> None:
    one, _, _, repost = stored(db)
    assert originals(db, [one, repost]) == {repost: one}
    assert originals(db, []) == {}


def test_who_waits_longest_for_a_label_is_known_until_all_have_one(db: Database) -> None:
    assert waits_longest(db) is None
    one, old, other, _ = stored(db)
    assert waits_longest(db) == NOON
    save(db, Batch("feed", [named(post("5", observed_at=later(9)), "delta")]), now=later(9))
    save_labels(db, [label(one), label(old), label(other)], now=NOON)
    assert waits_longest(db) == later(9)
    save_labels(db, [label(newest_mention(db))], now=NOON)
    assert waits_longest(db) is None

"""One row per post, whatever comes, however often and in whatever order."""

import random
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.counts import recount
from storage.db import Database
from storage.labels import save_labels, waiting, waiting_count
from storage.posts import save, save_stats, stored_posts
from storage.sources import cursor, due_for_recheck, due_for_stats, rechecked
from storage.types import Batch, MatchedPost, NewAuthor, Stats
from tests.storage.posts import ADA, NOON, label, later, named, one, post, rows


def test_a_post_seen_in_many_polls_is_one_row_and_counted_once(db: Database) -> None:
    for poll in range(20):
        save(db, Batch("a", [named(post("1", observed_at=later(poll))), named(post("1"))]), now=later(poll))
    assert one(db, "SELECT count(*) FROM posts") == 1
    assert rows(db, "SELECT mentions, reposts FROM counts") == [(1, 0)]
    assert recount(db) == []


def test_a_post_found_by_two_brands_queries_has_two_mentions(db: Database) -> None:
    save(db, Batch("a", [named(post("1"), "delta")]), now=NOON)
    saved = save(db, Batch("a", [named(post("1"), "delta", "jetblue")]), now=NOON)
    assert (saved.new_posts, saved.known_posts, saved.new_mentions) == (0, 1, 1)
    assert rows(db, "SELECT brand_id FROM mentions ORDER BY id") == [("delta",), ("jetblue",)]


def test_versions_in_any_order_end_alike(db: Database) -> None:
    chain = [
        post("1", "delta late", observed_at=later(3)),
        post("1", "delta very late", version_id="2", edited_at=later(1), observed_at=later(4)),
        post("1", "delta and jetblue", version_id="3", edited_at=later(2), observed_at=later(5)),
    ]
    chance = random.Random(7)
    for round_ in range(30):
        order = [chain[chance.randrange(3)] for _ in range(3)] + chance.sample(chain, 3)
        for version in order:
            fresh = version.model_copy(update={"source_id": f"chain {round_}"})
            brands = [brand for brand in ("delta", "jetblue") if brand in version.text]
            save(db, Batch("a", [named(fresh, *brands)]), now=later(9))
    assert one(db, "SELECT count(*) FROM posts") == 30
    assert rows(db, "SELECT DISTINCT text, version_id FROM posts") == [("delta and jetblue", "3")]
    assert one(db, "SELECT count(*) FROM mentions") == 60
    texts = "SELECT count(*) FROM post_versions GROUP BY post_id"
    assert set(rows(db, texts)) == {(3,)}
    assert recount(db) == []


def test_an_edited_post_waits_for_a_label_again_and_its_old_label_leaves_the_sums(db: Database) -> None:
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    save_labels(db, [label(1)], now=NOON)
    assert rows(db, "SELECT negative FROM label_counts") == [(1,)]
    edited = post("1", "delta was early", edited_at=later(5), observed_at=later(6))
    assert save(db, Batch("a", [named(edited)]), now=later(6)).edited_posts == 1
    assert rows(db, "SELECT negative FROM label_counts") == []
    (task,) = waiting(db, "m", limit=5, now=later(7))
    assert (task.mention_id, task.text_version, task.text) == (1, 2, "delta was early")
    save_labels(db, [label(1, "positive", version=2)], now=later(7))
    assert rows(db, "SELECT negative, positive FROM label_counts") == [(0, 1)]


def test_an_edit_that_takes_the_name_out_takes_the_mention_away(db: Database) -> None:
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    edited = post("1", "never mind", edited_at=later(5), observed_at=later(6))
    saved = save(db, Batch("a", [MatchedPost(edited, only_if_known=True)]), now=later(6))
    assert (saved.edited_posts, saved.removed_mentions) == (1, 1)
    assert rows(db, "SELECT * FROM mentions") == rows(db, "SELECT * FROM counts") == []


def test_a_post_that_names_no_brand_is_not_stored_when_only_wanted_if_known(db: Database) -> None:
    quoted = post("9", "quoted")
    saved = save(db, Batch("a", [MatchedPost(post("1", referenced=(quoted,)), only_if_known=True)]), now=NOON)
    assert saved.new_posts == one(db, "SELECT count(*) FROM posts") == 0


def test_the_same_text_with_other_figures_is_no_new_version(db: Database) -> None:
    save(db, Batch("a", [named(post("1", stats=Stats(likes=1, views=10)))]), now=NOON)
    save(db, Batch("a", [named(post("1", observed_at=later(9), stats=Stats(likes=1)))]), now=later(9))
    save(db, Batch("a", [named(post("1", observed_at=later(10), stats=Stats(likes=2)))]), now=later(10))
    assert one(db, "SELECT version FROM posts") == 1
    seen = "SELECT likes, views FROM post_stats ORDER BY observed_at"
    assert rows(db, seen) == [(1, 10), (2, 10)]


def test_a_quoted_post_is_context_until_it_comes_as_a_post_of_its_own(db: Database) -> None:
    inner = post("9", "deepest", author=None)
    quoted = post("8", "delta quoted", referenced=(inner,))
    saved = save(
        db, Batch("a", [named(post("1", "look", quote_of="8", referenced=(quoted,)), "jetblue")]), now=NOON
    )
    assert (saved.new_posts, saved.context_posts) == (1, 2)
    assert one(db, "SELECT sum(mentions) FROM counts") == 1
    assert [stored.post.source_id for stored in stored_posts(db, limit=9)] == ["1"]
    saved = save(db, Batch("a", [named(post("8", "delta quoted"))]), now=later(1))
    assert (saved.new_posts, saved.known_posts, saved.new_mentions) == (1, 0, 1)
    assert one(db, "SELECT sum(mentions) FROM counts") == 2
    assert recount(db) == []


def test_an_edit_of_mere_context_is_not_said_to_be_one_of_ours(db: Database) -> None:
    old = post("8", "delta quoted")
    new = post("8", "delta quoted, mended", edited_at=later(5), version_id="9")
    quoting = [
        named(post(name, f"look {name}", quote_of="8", referenced=(inner,)))
        for name, inner in (("1", old), ("2", new))
    ]
    saved = save(db, Batch("a", quoting), now=later(9))
    assert (saved.new_posts, saved.edited_posts, saved.known_posts) == (2, 0, 0)
    assert one(db, "SELECT text FROM posts WHERE context") == "delta quoted, mended"


def test_reposts_are_counted_apart_and_never_labelled(db: Database) -> None:
    save(db, Batch("a", [named(post("1")), named(post("2", repost_of="1"))]), now=NOON)
    assert rows(db, "SELECT mentions, reposts FROM counts") == [(1, 1)]
    assert waiting_count(db, "m") == 1
    assert [task.mention_id for task in waiting(db, "m", limit=9, now=NOON)] == [1]


def test_an_own_post_is_no_mention_of_its_brand_but_of_another(db: Database) -> None:
    save(
        db,
        Batch("a", [named(post("1", "delta beats jetblue"), "delta", "jetblue", owned_by="delta")]),
        now=NOON,
    )
    assert rows(db, "SELECT brand_id FROM mentions") == [("jetblue",)]
    assert one(db, "SELECT owned_by FROM posts") == "delta"


def test_a_post_dated_in_the_future_is_counted_when_it_was_first_seen(db: Database) -> None:
    save(db, Batch("a", [named(post("1", published_at=later(days=400)))]), now=NOON)
    assert stored_posts(db, limit=1)[0].post.published_at == later(days=400)
    assert one(db, "SELECT quarter FROM counts") == int(NOON.timestamp()) // 900


def test_an_author_is_as_seen_last_and_followers_stay_as_seen_with_the_post(db: Database) -> None:
    new = NewAuthor(source_author_id="77", handle="ada2", followers=50)
    save(db, Batch("a", [named(post("2", author=new, observed_at=later(9)))]), now=later(9))
    save(db, Batch("a", [named(post("1"))]), now=later(10))
    assert rows(db, "SELECT handle, name FROM authors") == [("ada2", "Ada Quill")]
    assert rows(db, "SELECT followers FROM posts ORDER BY source_id") == [(10,), (50,)]
    assert rows(db, "SELECT mentions, followers FROM author_days") == [(2, 50)]


def test_an_older_name_that_comes_late_is_not_taken_for_the_newer_one(db: Database) -> None:
    """What was seen in between under the name already known wrote nothing, and counts all the same."""
    for number, minutes in enumerate((0, 20)):
        save(db, Batch("a", [named(post(str(number), observed_at=later(minutes)))]), now=later(minutes))
    before = NewAuthor(source_author_id="77", handle="ada_old", url="https://ada.example")
    save(db, Batch("a", [named(post("2", author=before, observed_at=later(15)))]), now=later(30))
    assert rows(db, "SELECT handle, url FROM authors") == [("Ada", "https://ada.example")]
    after = NewAuthor(source_author_id="77", handle="ada_new")
    save(db, Batch("a", [named(post("3", author=after, observed_at=later(21)))]), now=later(31))
    assert rows(db, "SELECT handle, url FROM authors") == [("ada_new", "https://ada.example")]


def test_a_look_at_a_post_that_tells_no_name_does_not_count_as_seeing_the_account(db: Database) -> None:
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    rechecked(db, "x", ["1"], now=later(20))
    new = NewAuthor(source_author_id="77", handle="ada_new")
    save(db, Batch("a", [named(post("2", author=new, observed_at=later(15)))]), now=later(25))
    assert rows(db, "SELECT handle FROM authors") == [("ada_new",)]


def test_of_accounts_seen_again_only_those_called_otherwise_are_written(db: Database) -> None:
    def seen(minutes: int, **people: NewAuthor) -> None:
        told = [
            named(post(f"{key}{minutes}", author=who, observed_at=later(minutes)))
            for key, who in people.items()
        ]
        save(db, Batch("a", told), now=later(minutes))

    def called(key: str, **fields: Any) -> NewAuthor:
        return NewAuthor(
            source_author_id=key, **({"handle": key, "name": key.title(), "followers": 10} | fields)
        )

    written: list[tuple[str, Any]] = []
    seen(0, **{key: called(key) for key in ("bea", "cyd", "dot", "eve")})
    event.listen(db.engine, "before_cursor_execute", lambda *given: written.append(given[2:4]))
    people = {
        "bea": called("bea", followers=11),
        "cyd": called("cyd", handle="cid", name=None),
        "dot": called("dot"),
    }
    seen(5, **people)
    seen(3, cyd=called("cyd", name=None))
    called_now = rows(db, "SELECT source_author_id, handle, name FROM authors ORDER BY source_author_id")
    assert called_now == [
        ("bea", "bea", "Bea"),
        ("cyd", "cid", "Cyd"),
        ("dot", "dot", "Dot"),
        ("eve", "eve", "Eve"),
    ]
    assert [given[:3] for words, given in written if words.startswith("UPDATE authors")] == [
        ("cid", "Cyd", None)
    ]


def test_row_numbers_are_never_given_twice(db: Database) -> None:
    save(db, Batch("a", [named(post("1")), named(post("2"))]), now=NOON)
    save(db, Batch("a", deleted=[("x", "2")]), now=NOON)
    save(db, Batch("a", [named(post("3"))]), now=NOON)
    assert (
        rows(db, "SELECT id FROM posts ORDER BY id")
        == rows(db, "SELECT id FROM mentions ORDER BY id")
        == [(1,), (3,)]
    )


def test_posts_and_cursor_are_kept_together_or_not_at_all(db: Database) -> None:
    batch = Batch("a", [named(post("1"))], stream="s", cursor={"since": "5"})
    save(db, batch, now=NOON)
    assert cursor(db, "a", "s") == {"since": "5"}
    with pytest.raises(ValueError, match="JSON"):
        save(db, Batch("a", [named(post("2"))], stream="s", cursor={"since": float("nan")}), now=NOON)
    assert cursor(db, "a", "s") == {"since": "5"}
    assert one(db, "SELECT count(*) FROM posts") == 1


def test_figures_are_due_at_one_hour_a_day_and_a_week(db: Database) -> None:
    save(db, Batch("a", [named(post("1", stats=Stats(likes=1)))]), now=NOON)
    assert due_for_stats(db, "x", now=later(59), limit=5) == []
    assert due_for_stats(db, "x", now=later(61), limit=5) == ["1"]
    assert save_stats(db, [("x", "1", Stats(likes=3)), ("x", "none", Stats())], now=later(61)) == 1
    assert due_for_stats(db, "x", now=later(61), limit=5) == []
    rechecked(db, "x", ["1"], now=later(days=1))
    assert due_for_stats(db, "x", now=later(days=6), limit=5) == []
    assert due_for_recheck(db, "x", now=later(days=8), limit=5) == ["1"]
    rechecked(db, "x", ["1"], now=later(days=8))
    assert one(db, "SELECT count(*) FROM posts WHERE stats_due_at IS NOT NULL") == 0


def test_least_recently_looked_at_posts_come_first(db: Database) -> None:
    for n in range(3):
        save(db, Batch("a", [named(post(str(n), observed_at=later(n)))]), now=later(n))
    rechecked(db, "x", ["0"], now=later(9))
    assert due_for_recheck(db, "x", now=later(10), limit=2) == ["1", "2"]


def test_what_comes_out_is_what_went_in(db: Database) -> None:
    full = post(
        *("1", "Zoë says “delta” ✈️"),
        url="https://example.com/1",
        links=("https://example.com/a",),
        reply_to="0",
        thread="0",
        format="image",
        rating=4.5,
        version_id="7",
        edited_at=later(-3),
        stats=Stats(likes=1),
        time_quality="zone_assumed",
    )
    save(db, Batch("a", [named(full)]), now=NOON)
    (stored,) = stored_posts(db, limit=5)
    assert stored.post == full
    assert stored_posts(db, after_id=stored.id, limit=5) == []
    assert stored.post.author == ADA


def test_a_batch_of_nothing_changes_nothing(db: Database) -> None:
    saved = save(db, Batch("a"), now=NOON)
    assert saved == type(saved)()
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM runs")).scalar() == 0

"""What is not about the brand: left out of every figure, kept, and brought back by a person, whatever the model says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from storage import migrations
from storage.brands import active_brands, sync_brands
from storage.counts import close_days, recount, sums
from storage.db import Database, open_database
from storage.interactions import engagement
from storage.labels import label_again, save_labels, use_model, waiting, waiting_count
from storage.mentions import MentionFilter, count, find
from storage.people import people
from storage.posts import save, set_mentions
from storage.relevance import follow_thresholds
from storage.review import mark_irrelevant
from storage.revisions import restated
from storage.types import Batch, BrandQuery, NewMention, Stats
from tests.storage.older import take_back
from tests.storage.posts import NOON, label, later, named, one, post, rows

WHOLE = {"since": later(days=-1), "until": later(days=9)}


def tracked(relevance: int = 2000, *more: str) -> list[BrandQuery]:
    """Delta with this threshold, and other brands with the same."""
    return [BrandQuery(name, name, "own", name, 0, {}, relevance) for name in ("delta", *more)]


def judged(mention: int, relevance: int | None, *, model: str = "m", version: int = 1) -> Any:
    return replace(label(mention, version=version, model=model), relevance=relevance)


def out(db: Database) -> list[int]:
    """The mentions that are left out; the sums must agree."""
    assert recount(db) == []
    return [row.id for row in find(db, MentionFilter(irrelevant=True), newest_first=False)]


@pytest.fixture
def four(db: Database) -> Database:
    """Four mentions of delta, numbered 1 to 4, of a brand that asks for a relevance of 0.2."""
    sync_brands(db, tracked(), now=NOON)
    posts = [post(str(n), f"delta {n}", stats=Stats(likes=n)) for n in (1, 2, 3, 4)]
    save(db, Batch("a", [named(item) for item in posts]), now=NOON)
    return db


def test_what_is_less_relevant_than_its_brand_asks_for_is_in_no_figure(four: Database) -> None:
    scores = (0, 1999, 2000, None)
    save_labels(four, [judged(n, score) for n, score in enumerate(scores, start=1)], now=NOON)
    assert out(four) == [1, 2]
    (row,) = sums(four, brands=["delta"], every="all", **WHOLE)  # type: ignore[arg-type]
    assert (row.mentions, row.irrelevant, row.negative, row.unlabelled) == (2, 2, 2, 0)
    (liked,) = engagement(four, brands=["delta"], since=WHOLE["since"], until=WHOLE["until"])
    assert (liked.measured, liked.likes) == (2, 7)
    assert [row.relevance for row in find(four, MentionFilter(irrelevant=None), newest_first=False)] == [
        *scores
    ]
    assert count(four, MentionFilter()) == 2


def test_an_author_who_only_spoke_of_something_else_is_no_voice(four: Database) -> None:
    save_labels(four, [judged(n, 0) for n in (1, 2, 3, 4)], now=NOON)
    for bounds in (WHOLE, {name: at.date() for name, at in WHOLE.items()}):
        assert people(four, brands=["delta"], **bounds) == []


def test_left_out_mentions_are_labelled_all_the_same(four: Database) -> None:
    mark_irrelevant(four, [1], True, now=NOON)
    assert {task.mention_id for task in waiting(four, "m", limit=9, now=NOON)} == {1, 2, 3, 4}
    save_labels(four, [judged(1, 9000)], now=NOON)
    mark_irrelevant(four, [1], None, now=NOON)
    (row,) = sums(four, brands=["delta"], every="all", **WHOLE)  # type: ignore[arg-type]
    assert (row.mentions, row.negative, row.irrelevant) == (4, 1, 0)


def test_a_score_of_nothing_changes_nothing_and_a_brand_nobody_tracks_has_no_threshold(db: Database) -> None:
    save(db, Batch("a", [named(post("1"), "delta", "jetblue")]), now=NOON)
    sync_brands(db, tracked(), now=NOON)
    save_labels(db, [judged(1, 500), judged(2, 500)], now=NOON)
    save_labels(db, [judged(1, None), judged(2, None)], now=NOON)
    assert [row.relevance for row in find(db, MentionFilter(irrelevant=None))] == [500, 500]
    assert out(db) == [1]


@pytest.mark.parametrize("word", [True, False])
def test_a_persons_word_wins_over_score_threshold_model_and_edit(four: Database, word: bool) -> None:
    expected = [1, 2] if word else []
    save_labels(four, [judged(1, 100), judged(2, 9900), judged(3, 5000), judged(4, 5000)], now=NOON)
    assert mark_irrelevant(four, [1, 2, 99], word, now=NOON) == 2
    assert mark_irrelevant(four, [1, 2], word, now=NOON) == 0
    assert out(four) == expected
    label_again(four, "m", now=NOON)
    save_labels(four, [judged(1, 9900), judged(2, 100)], now=NOON)
    assert out(four) == expected
    sync_brands(four, tracked(3000), now=NOON)
    assert out(four) == expected
    save_labels(four, [judged(n, 5000, model="new") for n in (1, 2, 3, 4)], now=NOON)
    assert use_model(four, "new", now=NOON)
    assert out(four) == expected
    edits = [post(str(n), f"delta {n}, or so", edited_at=later(1), observed_at=later(1)) for n in (1, 2)]
    save(four, Batch("a", [named(item) for item in edits]), now=later(1))
    assert out(four) == expected
    save_labels(four, [judged(1, 0, model="new", version=2), judged(2, 0, model="new", version=2)], now=NOON)
    assert out(four) == expected
    assert mark_irrelevant(four, [1, 2], None, now=NOON) == 2
    assert out(four) == [1, 2]
    assert rows(four, "SELECT DISTINCT said_irrelevant FROM mentions") == [(None,)]


def test_another_threshold_is_applied_to_what_is_stored_and_closed_days_are_restated(four: Database) -> None:
    save_labels(four, [judged(n, 1000 * n) for n in (1, 2, 3, 4)], now=NOON)
    close_days(four, now=later(days=5))
    assert out(four) == [1]
    (brand,) = sync_brands(four, tracked(3500), now=later(days=5))
    assert (brand.relevance, brand.version) == (3500, 1)
    assert active_brands(four) == [brand]
    assert out(four) == [1, 2, 3]
    sync_brands(four, tracked(0), now=later(days=6))
    assert out(four) == []
    found = [(change.reason, change.mentions, change.labels) for change in restated(four)]
    assert found == [("relevance", -2, 2), ("relevance", 3, 3)]
    sync_brands(four, tracked(0), now=later(days=7))
    assert len(restated(four)) == 2
    save_labels(four, [judged(1, 0)], now=later(days=7))
    assert out(four) == []


def test_each_brand_has_its_own_threshold_and_keeps_it_when_no_longer_tracked(db: Database) -> None:
    save(db, Batch("a", [named(post("1"), "delta", "jetblue")]), now=NOON)
    save_labels(db, [judged(1, 3000), judged(2, 3000)], now=NOON)
    sync_brands(
        db, [*tracked(2000), BrandQuery("jetblue", "JetBlue", "own", "jetblue", 0, {}, 4000)], now=NOON
    )
    assert out(db) == [2]
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta OR @delta", 0, {}, 5000)], now=NOON)
    assert out(db) == [1, 2]
    save_labels(db, [judged(2, 3500)], now=NOON)
    assert out(db) == [1, 2]


class Cut(Exception):
    pass


@contextmanager
def cut_at(db: Database, commit: int) -> Iterator[None]:
    """The process dies in this commit."""
    left = [commit]

    def count_down(_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Cut

    event.listen(db.engine, "commit", count_down)
    try:
        yield
    except Cut:
        pass
    finally:
        event.remove(db.engine, "commit", count_down)


@pytest.mark.parametrize("commit", [3, 5, 11])
def test_a_change_of_threshold_that_is_cut_short_is_finished_at_the_next_start(
    four: Database, commit: int
) -> None:
    save_labels(four, [judged(n, 3000) for n in (1, 2, 3, 4)], now=NOON)
    with four.write() as connection:
        connection.execute(text("UPDATE brand_queries SET relevance = 5000"))
    with cut_at(four, commit):
        follow_thresholds(four, now=NOON, size=1)
    assert len(out(four)) == (commit - 2) // 2, "a look, then another before each chunk"
    sync_brands(four, tracked(5000), now=NOON)
    assert out(four) == [1, 2, 3, 4]
    assert follow_thresholds(four, now=NOON) == 0


def test_labels_of_a_model_not_in_use_leave_the_figures_alone_until_the_switch(four: Database) -> None:
    save_labels(four, [judged(n, score) for n, score in ((1, 100), (2, 9000), (3, 9000), (4, 100))], now=NOON)
    close_days(four, now=later(days=5))
    new = ((1, 9000), (2, 100), (3, None), (4, None))
    save_labels(four, [judged(n, score, model="new") for n, score in new], now=later(days=5))
    save_labels(four, [judged(2, None, model="new")], now=later(days=5))
    assert out(four) == [1, 4]
    assert use_model(four, "new", now=later(days=5))
    assert out(four) == [2]
    assert [row.relevance for row in find(four, MentionFilter(irrelevant=None), newest_first=False)] == [
        score for _, score in new
    ]
    assert ("relevance", 1) in [(change.reason, change.mentions) for change in restated(four)]


def test_an_edited_text_counts_until_it_is_judged_itself(four: Database) -> None:
    save_labels(four, [judged(1, 100)], now=NOON)
    assert out(four) == [1]
    edited = post("1", "delta, the airline", edited_at=later(1), observed_at=later(1))
    save(four, Batch("a", [named(edited)]), now=later(1))
    assert out(four) == []
    assert waiting_count(four, "m") == 4
    save_labels(four, [judged(1, 200)], now=later(2))
    assert out(four) == []
    save_labels(four, [judged(1, 200, version=2)], now=later(2))
    assert out(four) == [1]


def test_a_changed_target_has_to_be_judged_anew(four: Database) -> None:
    save_labels(four, [judged(1, 100)], now=NOON)
    moved = [(1, [NewMention(brand_id="delta", query_version=2, target="1")], None)]
    set_mentions(four, moved, ["delta"], now=NOON, reason="query changed")
    assert out(four) == []


def test_reposts_follow_their_original(db: Database) -> None:
    sync_brands(db, tracked(2000, "jetblue"), now=NOON)
    before = named(post("r1", repost_of="o"), "delta", "jetblue")
    save(db, Batch("a", [before, named(post("o"), "delta", "jetblue")]), now=NOON)
    original = {row.brand_id: row.id for row in find(db, MentionFilter(reposts=False))}
    save_labels(db, [judged(original["delta"], 100), judged(original["jetblue"], 9000)], now=NOON)
    after = [named(post(key, repost_of="o"), "delta", "jetblue") for key in ("r2", "r3", "r3")]
    save(db, Batch("a", after), now=NOON)
    for _ in range(2):
        assert len(out(db)) == 4
        (row,) = sums(db, brands=["delta"], every="all", **WHOLE)  # type: ignore[arg-type]
        assert (row.mentions, row.reposts, row.irrelevant) == (0, 0, 4)
        (row,) = sums(db, brands=["jetblue"], every="all", **WHOLE)  # type: ignore[arg-type]
        assert (row.mentions, row.reposts, row.irrelevant) == (1, 3, 0)
        sync_brands(db, tracked(0, "jetblue"), now=NOON)
        assert out(db) == []
        sync_brands(db, tracked(2000, "jetblue"), now=NOON)


def test_a_word_on_the_original_moves_its_reposts_and_a_word_on_a_repost_that_one_alone(db: Database) -> None:
    reposts = [named(post(key, repost_of="o")) for key in ("r1", "r2", "lost")]
    reposts[2] = named(post("lost", repost_of="never seen"))
    save(db, Batch("a", [named(post("o")), *reposts]), now=NOON)
    number = {row.source_id: row.id for row in find(db, MentionFilter())}
    mark_irrelevant(db, [number["o"]], True, now=NOON)
    assert out(db) == sorted(number[key] for key in ("o", "r1", "r2"))
    mark_irrelevant(db, [number["r1"]], False, now=NOON)
    mark_irrelevant(db, [number["lost"]], True, now=NOON)
    assert out(db) == sorted(number[key] for key in ("o", "r2", "lost"))
    mark_irrelevant(db, [number["r1"], number["lost"]], None, now=NOON)
    assert out(db) == sorted(number[key] for key in ("o", "r1", "r2"))
    reposted = [
        (row.post_id, row.source_id) for row in find(db, MentionFilter(irrelevant=None)) if row.is_repost
    ]
    for named_again in ([], [NewMention(brand_id="delta", query_version=2, target="delta")]):
        changes = [(post_id, named_again, None) for post_id, key in reposted if key == "r1"]
        set_mentions(db, changes, ["delta"], now=NOON, reason="query changed")
    assert len(out(db)) == 3
    mark_irrelevant(db, [number["o"]], None, now=NOON)
    assert out(db) == []


def test_a_filled_database_of_the_first_schema_is_brought_up_and_keeps_what_people_said(
    database_url: str, tmp_path: Path
) -> None:
    db = open_database(database_url)
    save(db, Batch("a", [named(post(str(n))) for n in range(1, 30)]), now=NOON)
    sync_brands(db, tracked(0), now=NOON)
    save_labels(db, [label(n) for n in range(1, 30)], now=NOON)
    mark_irrelevant(db, [7], True, now=NOON)
    take_back(db, "0001", tmp_path)
    db.close()
    db = open_database(database_url)
    assert one(db, "SELECT version_num FROM alembic_version") == migrations.HEAD
    assert out(db) == [7]
    sync_brands(db, tracked(2000), now=NOON)
    save_labels(db, [judged(n, 9000 if n > 2 else 0) for n in range(1, 30)], now=NOON)
    assert out(db) == [1, 2, 7]
    db.close()

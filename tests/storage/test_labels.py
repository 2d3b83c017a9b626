"""Labels, corrections and the model in use: counted at once, never mixed, never lost."""

from datetime import timedelta

import pytest

from storage.counts import close_days, recount, sums
from storage.db import Database
from storage.errors import StorageError
from storage.labels import (
    correct,
    label_again,
    model_in_use,
    save_labels,
    take_back,
    use_model,
    waiting,
    waiting_count,
)
from storage.mentions import MentionFilter, count, find
from storage.posts import save
from storage.review import audit_confusion, draw_audit, mark_irrelevant
from storage.revisions import restated, revision
from storage.types import Batch, NewLabel
from tests.storage.posts import NOON, label, later, named, post, rows


@pytest.fixture
def three(db: Database) -> Database:
    """Three mentions of delta, numbered 1 to 3."""
    save(db, Batch("a", [named(post(str(n), f"delta {n}")) for n in (1, 2, 3)]), now=NOON)
    return db


def total(db: Database) -> tuple[int, int, int, int, int]:
    (row,) = sums(db, brands=["delta"], since=later(days=-1), until=later(days=1), every="all")
    return row.negative, row.neutral, row.positive, row.unlabelled, row.corrected


def test_waiting_mentions_are_lent_once_until_the_lease_ends(three: Database) -> None:
    first = waiting(three, "m", limit=2, now=NOON, lease_s=60)
    assert [task.mention_id for task in first] == [3, 2]
    assert [task.mention_id for task in waiting(three, "m", limit=2, now=NOON, lease_s=60)] == [1]
    assert waiting(three, "m", limit=2, now=later(0.9)) == []
    assert [task.mention_id for task in waiting(three, "m", limit=9, now=later(1), newest_first=False)] == [
        1,
        2,
        3,
    ]
    assert waiting_count(three, "m") == 3


def test_saving_the_same_labels_again_changes_nothing(three: Database) -> None:
    for _ in range(3):
        assert save_labels(three, [label(1), label(1), label(2, "positive")], now=NOON) == 2
    assert total(three) == (1, 0, 1, 1, 0)
    assert model_in_use(three) == "m"
    assert recount(three) == []


def test_a_text_that_cannot_be_labelled_counts_as_failed_and_waits_no_more(three: Database) -> None:
    save_labels(three, [NewLabel(1, 1, "m", reason="empty text")], now=NOON)
    (row,) = sums(three, brands=["delta"], since=NOON.date(), until=later(days=1).date(), every="day")
    assert (row.failed, row.unlabelled) == (1, 2)
    assert waiting_count(three, "m") == 2
    assert [row.reason for row in find(three, MentionFilter(labels=["failed"]))] == ["empty text"]


def test_a_label_for_an_outdated_text_or_a_lost_mention_is_not_counted(three: Database) -> None:
    assert save_labels(three, [label(1, version=7), label(99)], now=NOON) == 0
    assert total(three) == (0, 0, 0, 3, 0)
    assert rows(three, "SELECT mention_id, text_version FROM labels") == [(1, 7)]


def test_a_correction_counts_at_once_and_survives_relabelling(three: Database) -> None:
    save_labels(three, [label(1)], now=NOON)
    correct(three, 1, "positive", now=NOON)
    assert total(three) == (0, 0, 1, 2, 1)
    label_again(three, "m", now=NOON)
    assert waiting_count(three, "m") == 3
    save_labels(three, [label(1, "neutral")], now=NOON)
    assert total(three) == (0, 0, 1, 2, 1)
    correct(three, 1, "neutral", now=NOON)
    assert total(three) == (0, 1, 0, 2, 1)
    (row,) = find(three, MentionFilter(corrected=True))
    assert (row.label, row.model_id, row.p_neutral, row.p_positive) == ("neutral", "human", 10_000, 0)
    assert recount(three) == []


def test_a_correction_that_is_taken_back_leaves_the_models_label_and_a_restatement(three: Database) -> None:
    save_labels(three, [label(1), label(2)], now=NOON)
    before = total(three)
    correct(three, 1, "positive", now=NOON)
    correct(three, 3, "neutral", now=NOON)  # which the model has not labelled
    close_days(three, now=later(days=5), after_hours=48)
    then = revision(three)
    assert take_back(three, [1, 2, 3, 99], now=later(days=5)) == 2
    assert total(three) == before
    assert [row.label for row in find(three, MentionFilter(ids=[1, 3], irrelevant=None))] == [
        None,
        "negative",
    ]
    told = restated(three, after=then, brands=["delta"], since=NOON.date(), until=later(days=1).date())
    assert {row.reason for row in told} == {"correction"}
    assert take_back(three, [1, 2, 3], now=later(days=5)) == 0
    assert recount(three) == []


def test_correcting_a_mention_that_is_gone_says_so(db: Database) -> None:
    with pytest.raises(StorageError, match="no mention 5"):
        correct(db, 5, "neutral", now=NOON)


def test_a_correction_ends_when_the_text_is_edited(three: Database) -> None:
    correct(three, 1, "positive", now=NOON)
    edited = post("1", "delta, after all", edited_at=later(1), observed_at=later(1))
    save(three, Batch("a", [named(edited)]), now=later(1))
    assert count(three, MentionFilter(corrected=True)) == 0
    save(
        three,
        Batch("a", [named(post("1", "delta 1", edited_at=later(2), observed_at=later(2)))]),
        now=later(2),
    )
    assert count(three, MentionFilter(corrected=True)) == 1
    assert recount(three) == []


def test_another_model_labels_all_before_it_is_shown(three: Database) -> None:
    save_labels(three, [label(1), label(2), label(3)], now=NOON)
    close_days(three, now=later(days=5))
    assert waiting_count(three, "m") == 0
    assert [task.mention_id for task in waiting(three, "new", limit=9, now=NOON)] == [3, 2, 1]
    save_labels(three, [label(n, "positive", model="new") for n in (1, 2)], now=later(days=5))
    assert not use_model(three, "new", now=later(days=5))
    assert total(three) == (3, 0, 0, 0, 0)
    assert restated(three) == []
    save_labels(three, [label(3, "neutral", model="new")], now=later(days=5))
    assert use_model(three, "new", now=later(days=5))
    assert total(three) == (0, 1, 2, 0, 0)
    (change,) = restated(three)
    assert (change.reason, change.mentions, change.labels) == ("new model", 0, 3)
    assert recount(three) == []


def test_the_first_model_is_taken_at_once(three: Database) -> None:
    assert model_in_use(three) is None
    assert use_model(three, "m", now=NOON)
    assert model_in_use(three) == "m"


def test_changes_to_closed_days_are_restated_once_per_brand_day_and_reason(three: Database) -> None:
    assert close_days(three, now=later(days=1)) == 0
    assert close_days(three, now=later(days=3)) == 1
    save_labels(three, [label(n) for n in (1, 2, 3)], now=later(days=4))
    correct(three, 1, "neutral", now=later(days=4))
    save(three, Batch("a", [named(post("9")), named(post("8"))]), now=later(days=4))
    found = [(change.revision, change.reason, change.mentions, change.labels) for change in restated(three)]
    assert found == [(1, "late label", 0, 3), (2, "correction", 0, 1), (3, "late post", 2, 0)]
    assert revision(three) == 3
    assert [change.revision for change in restated(three, after=2, brands=["delta"])] == [3]
    assert restated(three, brands=["jetblue"]) == restated(three, since=later(days=1).date()) == []


def test_irrelevant_mentions_leave_every_sum_but_their_own(three: Database) -> None:
    save_labels(three, [label(1)], now=NOON)
    assert mark_irrelevant(three, [1, 99], True, now=NOON) == 1
    assert mark_irrelevant(three, [1], True, now=NOON) == 0
    (row,) = sums(three, brands=["delta"], since=NOON.date(), until=later(days=1).date(), every="all")
    assert (row.mentions, row.irrelevant, row.negative) == (2, 1, 0)
    assert mark_irrelevant(three, [1], False, now=NOON) == 1
    assert total(three) == (1, 0, 0, 2, 0)
    assert recount(three) == []


def test_only_random_audits_measure_the_model(db: Database) -> None:
    save(db, Batch("a", [named(post(str(n))) for n in range(60)]), now=NOON)
    save_labels(db, [label(n, "negative") for n in range(1, 61)], now=NOON)
    correct(db, 1, "positive", now=NOON)
    drawn = draw_audit(db, "delta", 20, seed=3)
    assert len(set(drawn)) == 20
    assert 1 not in drawn
    assert drawn == draw_audit(db, "delta", 20, seed=3) != draw_audit(db, "delta", 20, seed=4)
    assert len(draw_audit(db, "delta", 500, seed=1)) == 59
    assert draw_audit(db, "delta", 5, seed=1, since=NOON + timedelta(days=1)) == []
    for number, mention in enumerate(drawn):
        correct(db, mention, "negative" if number < 15 else "neutral", now=NOON, audit=True)
    assert audit_confusion(db, "delta", "m") == {("negative", "negative"): 15, ("neutral", "negative"): 5}
    correct(db, drawn[0], "positive", now=NOON)
    changed = {("negative", "negative"): 14, ("neutral", "negative"): 5, ("positive", "negative"): 1}
    assert audit_confusion(db, "delta", "m") == changed


def test_every_mention_is_as_likely_to_be_drawn(db: Database) -> None:
    save(db, Batch("a", [named(post(str(n))) for n in range(20)]), now=NOON)
    save_labels(db, [label(n) for n in range(1, 21)], now=NOON)
    often = [0] * 21
    for seed in range(150):
        for mention in draw_audit(db, "delta", 4, seed=seed):
            often[mention] += 1
    assert 8 < min(often[1:]) <= max(often[1:]) < 60

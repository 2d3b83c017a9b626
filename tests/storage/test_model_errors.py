"""What is stored of a model's errors: of its own test sets, and of the audits of a brand."""

import pytest

from storage.counts import recount, sums
from storage.db import Database
from storage.labels import correct, model_confusion, save_confusion, save_labels
from storage.posts import save
from storage.review import audit_confusion, audit_sums, mark_irrelevant
from storage.types import Batch, NewLabel
from tests.storage.posts import NOON, later, named, post

TESTED = ((20.5, 4.0, 2.0), (4.0, 20.0, 4.25), (2.0, 4.0, 20.0))


@pytest.fixture
def five(db: Database) -> Database:
    """Five mentions of delta, numbered 1 to 5, that the model calls neutral with 0.6, 0.2 going to either side; 5 cannot be labelled."""
    save(db, Batch("a", [named(post(str(n), f"delta {n}")) for n in range(1, 6)]), now=NOON)
    labels = [
        NewLabel(n, 1, "m", p_negative=2000, p_neutral=6000 - n, p_positive=2000 + n) for n in range(1, 5)
    ]
    save_labels(db, [*labels, NewLabel(5, 1, "m", reason="no text")], now=NOON)
    return db


def test_what_is_known_of_a_model_is_kept_by_model_and_replaced(db: Database) -> None:
    assert model_confusion(db, "m") is None
    save_confusion(db, "m", TESTED)
    save_confusion(db, "m", TESTED)
    assert model_confusion(db, "m") == TESTED
    assert model_confusion(db, "another") is None
    save_confusion(db, "m", TESTED[::-1])
    assert model_confusion(db, "m") == TESTED[::-1]


def test_an_audit_sums_the_models_probabilities_by_what_people_say(five: Database) -> None:
    for mention_id, label in ((1, "negative"), (2, "negative"), (3, "positive"), (5, "positive")):
        correct(five, mention_id, label, now=NOON, audit=True)  # type: ignore[arg-type]
    correct(five, 4, "positive", now=NOON)
    assert audit_sums(five, "m")["delta"] == {
        "negative": (2, 4000, 12_000 - 3, 4000 + 3),
        "positive": (1, 2000, 6000 - 3, 2000 + 3),
    }
    assert audit_sums(five, "another") == {}
    assert list(audit_sums(five, "m")) == ["delta"]


def test_the_sums_and_the_counts_of_an_audit_are_of_the_same_posts(five: Database) -> None:
    for mention_id in (1, 2, 3):
        correct(five, mention_id, "neutral", now=NOON, audit=True)
    mark_irrelevant(five, [2], True, now=NOON)
    edited = post("3", "delta, after all", edited_at=later(1), observed_at=later(1))
    save(five, Batch("a", [named(edited)]), now=later(1))
    assert audit_confusion(five, "delta", "m") == {("neutral", "neutral"): 1}
    assert audit_sums(five, "m") == {"delta": {"neutral": (1, 2000, 5999, 2001)}}


def test_what_people_labelled_is_counted_by_label_beside_the_whole(five: Database) -> None:
    for mention_id, label in ((1, "negative"), (2, "positive"), (3, "positive")):
        correct(five, mention_id, label, now=NOON)  # type: ignore[arg-type]
    for every in ("all", "day"):
        (row,) = sums(five, brands=["delta"], since=NOON.date(), until=later(days=1).date(), every=every)
        assert (row.human_negative, row.human_neutral, row.human_positive, row.corrected) == (1, 0, 2, 3)
        assert (row.negative, row.neutral, row.positive) == (1, 1, 2)
        assert (row.p_negative, row.p_neutral, row.p_positive) == (12_000, 5996, 22_004)
    assert recount(five) == []

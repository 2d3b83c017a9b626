"""What a model may learn from: present texts about the brand with what people said, and a fair draw of those nobody labelled."""

from collections import Counter

import pytest

from storage.db import Database
from storage.labels import correct
from storage.lessons import Lesson, lessons, uncorrected
from storage.posts import save
from storage.review import mark_irrelevant
from storage.types import Batch
from tests.storage.posts import NOON, later, named, post


@pytest.fixture
def ten(db: Database) -> Database:
    """Ten mentions of delta, numbered 1 to 10."""
    save(db, Batch("a", [named(post(str(n), f"delta {n}")) for n in range(1, 11)]), now=NOON)
    return db


def test_labels_of_present_texts_come_back_the_latest_last(ten: Database) -> None:
    correct(ten, 3, "negative", now=later(2))
    correct(ten, 1, "positive", now=later(1), audit=True)
    correct(ten, 2, "neutral", now=NOON)
    correct(ten, 4, "neutral", now=NOON)
    mark_irrelevant(ten, [4], True, now=NOON)
    save(ten, Batch("a", [named(post("2", "delta, edited", edited_at=later(3)))]), now=later(3))
    assert lessons(ten) == [
        Lesson("delta 1", "delta", "positive", audit=True),
        Lesson("delta 3", "delta", "negative"),
    ]
    assert [lesson.kind for lesson in lessons(ten)] == ["audited", "corrected"]


def test_what_nobody_labelled_is_drawn_once_each_and_the_same_by_the_same_seed(ten: Database) -> None:
    correct(ten, 1, "positive", now=NOON)
    mark_irrelevant(ten, [2], True, now=NOON)
    repost = post("11", "delta 3", repost_of="3")
    save(ten, Batch("a", [named(repost)]), now=NOON)
    everything = uncorrected(ten, 100, seed=1)
    assert sorted(lesson.text for lesson in everything) == sorted(f"delta {n}" for n in range(3, 11))
    assert {lesson.kind for lesson in everything} == {"kept"}
    assert uncorrected(ten, 4, seed=1) == uncorrected(ten, 4, seed=1)
    assert uncorrected(ten, 0, seed=1) == []


def test_every_mention_is_as_likely_to_be_drawn(ten: Database) -> None:
    drawn = Counter(lesson.text for seed in range(200) for lesson in uncorrected(ten, 5, seed=seed))
    assert len(drawn) == 10
    assert all(70 <= often <= 130 for often in drawn.values())

"""A change of model under way: who waits for which model, how far it is, and what every history leaves true."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from storage.counts import recount
from storage.db import Database, open_database
from storage.labels import (
    correct,
    label_again,
    model_in_use,
    save_labels,
    use_model,
    waiting,
    waiting_count,
)
from storage.model_change import ModelChange, model_change, model_name, remember_model, want_model
from storage.posts import save
from storage.types import Batch
from tests.storage.histories import START, Step, Truth, histories, take
from tests.storage.posts import NOON, label, later, named, one, post, rows

MORE = int(os.environ.get("LISTENER_HISTORIES", "40"))


@pytest.fixture
def four(db: Database) -> Database:
    """Four mentions of delta, of which "old" has labelled all but the newest; "new" is wanted."""
    save(db, Batch("a", [named(post(str(n), f"delta {n}")) for n in (1, 2, 3, 4)]), now=NOON)
    save_labels(db, [label(n, model="old") for n in (1, 2, 3)], now=NOON)
    want_model(db, "new")
    return db


def lent(db: Database, model: str) -> list[int]:
    return [task.mention_id for task in waiting(db, model, limit=9, now=NOON, lease_s=0)]


def test_what_only_another_model_has_labelled_goes_on_waiting_for_the_model_in_use(four: Database) -> None:
    assert (lent(four, "old"), lent(four, "new")) == ([4], [4, 3, 2, 1])
    save_labels(four, [label(n, model="new") for n in (4, 3)], now=NOON)
    assert (lent(four, "old"), lent(four, "new")) == ([4], [2, 1])
    assert (waiting_count(four, "old"), waiting_count(four, "new")) == (1, 2)
    save_labels(four, [label(4, model="old")], now=NOON)
    assert (lent(four, "old"), lent(four, "new")) == ([], [2, 1])


def test_what_neither_model_has_labelled_does_not_hold_the_switch_up(four: Database) -> None:
    save_labels(four, [label(n, model="new") for n in (1, 2)], now=NOON)
    assert not use_model(four, "new", now=NOON)
    save_labels(four, [label(3, model="new")], now=NOON)
    assert use_model(four, "new", now=NOON)
    assert (lent(four, "new"), lent(four, "old")) == ([4], [4])


def test_after_the_switch_nothing_is_labelled_twice_on_the_way_there_or_back(four: Database) -> None:
    save_labels(four, [label(n, model="new") for n in (1, 2, 3, 4)], now=NOON)
    assert use_model(four, "new", now=NOON)
    assert (lent(four, "new"), lent(four, "old")) == ([], [4])
    assert not use_model(four, "old", now=NOON)
    save_labels(four, [label(4, model="old")], now=NOON)
    assert use_model(four, "old", now=NOON)
    assert (lent(four, "old"), lent(four, "new")) == ([], [])


def test_labels_that_are_to_be_given_again_are_not_lost_by_a_switch_in_between(four: Database) -> None:
    save_labels(four, [label(n, model="new") for n in (1, 2)], now=NOON)
    assert label_again(four, "old", now=NOON) == 3
    assert lent(four, "old") == [4, 3, 2, 1]
    assert lent(four, "new") == [4, 3]
    assert not use_model(four, "new", now=NOON)
    save_labels(four, [label(3, model="new")], now=NOON)
    assert use_model(four, "new", now=NOON)


def test_giving_the_labels_of_a_model_on_its_way_again_drops_those_it_gave(four: Database) -> None:
    save_labels(four, [label(n, model="new") for n in (2, 3, 4)], now=NOON)
    assert label_again(four, "new", now=NOON) == 3
    assert (lent(four, "old"), lent(four, "new")) == ([4], [4, 3, 2, 1])
    assert rows(four, "SELECT DISTINCT model_id FROM labels") == [("old",)]
    assert recount(four) == []


def test_progress_counts_what_a_model_labels(four: Database) -> None:
    save_labels(four, [label(n, model="new") for n in (1, 2)], now=NOON)
    assert model_change(four) == ModelChange("old", "new", labelled=2, total=4)
    correct(four, 4, "positive", now=NOON)
    assert model_change(four) == ModelChange("old", "new", labelled=2, total=3)
    want_model(four, "old")
    assert model_change(four) is None
    want_model(four, "new")
    save_labels(four, [label(3, model="new")], now=NOON)
    assert use_model(four, "new", now=NOON)
    assert model_change(four) is None


def test_the_first_model_is_no_change(db: Database) -> None:
    want_model(db, "m")
    assert model_change(db) is None
    assert use_model(db, "m", now=NOON)
    assert model_change(db) is None


def test_a_model_is_remembered_by_the_name_it_was_loaded_by_last(db: Database) -> None:
    assert model_name(db, "m") is None
    remember_model(db, "m", "ann/model", "abc")
    remember_model(db, "m", "/models/ours", None)
    remember_model(db, "other", "embedded", None)
    assert model_name(db, "m") == ("/models/ours", None)
    assert one(db, "SELECT count(*) FROM settings WHERE value LIKE '%ours%'") == 1


@given(histories)
@settings(max_examples=MORE, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_mention_that_waits_for_no_model_has_a_label_of_the_one_in_use(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, history: list[Step]
) -> None:
    path = tmp_path_factory.getbasetemp() / "marks.db"
    shutil.copy(sqlite_template, path)
    db = open_database(f"sqlite:///{path}")
    try:
        truth = Truth()
        for number, step in enumerate(history):
            take(db, truth, step, START + timedelta(hours=3, minutes=number))
        in_use = model_in_use(db) or ""
        bare = rows(db, f"SELECT m.id FROM mentions m WHERE {_DONE} AND NOT EXISTS ({_LABEL.format(in_use)})")
        assert bare == []
        for model in "AB":
            lacks = f"NOT EXISTS ({_LABEL.format(model)})"
            if model == in_use or not in_use:
                lacks = "m.labelled_model IS NULL"
            found = rows(db, f"SELECT m.id FROM mentions m WHERE NOT m.is_repost AND {lacks} ORDER BY m.id")
            assert waiting_count(db, model) == len(found)
            queue = waiting(db, model, limit=99, now=later(days=99), lease_s=0)
            assert sorted(task.mention_id for task in queue) == [row[0] for row in found]
    finally:
        db.close()
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


_DONE = "NOT m.is_repost AND m.labelled_model IS NOT NULL"
_LABEL = (
    "SELECT 1 FROM labels l JOIN posts p ON p.id = m.post_id "
    "WHERE l.mention_id = m.id AND l.text_version = p.version AND l.model_id = '{}'"
)

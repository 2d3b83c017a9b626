"""Labelling: identical work is done once, results land on the right mention, and what could not be judged is said so."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from listener.labelling import Backlog, SharedWork, label_batch, to_row
from nlp.clean import clean
from nlp.types import Item, NotLabelled, Scores
from storage.brands import sync_brands
from storage.db import Database
from storage.labels import use_model
from storage.model_change import want_model
from storage.posts import save
from storage.running import running
from storage.types import Batch, BrandQuery, LabelTask
from tests.storage.posts import NOON, named, post


class Counting:
    """Judges by the cleaned text's length, as a real one sees no more, and remembers what it was asked."""

    model_id = "counting"

    def __init__(self) -> None:
        self.asked: list[Item] = []

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        self.asked += items
        return [
            Scores(negative=share, neutral=0.0, positive=1 - share)
            if (share := (len(clean(i.text, i.target)) % 10) / 10)
            else NotLabelled("short")
            for i in items
        ]


def test_the_same_text_and_target_is_judged_once_within_and_across_calls() -> None:
    labeller = Counting()
    work = SharedWork(labeller)
    first = work.label([Item("a b c", "a"), Item("a b c", "a"), Item("a b c", "b"), Item("x", None)])
    again = work.label([Item("x", None), Item("a b c", "b")])
    assert len(labeller.asked) == 3
    assert first[0] == first[1]
    assert again == [first[3], first[2]]


def test_memory_of_past_work_is_bounded() -> None:
    work = SharedWork(Counting(), size=10)
    work.label([Item(f"text number {n}") for n in range(50)])
    assert len(work._known) == 10


@given(st.lists(st.text(max_size=12), max_size=30))
def test_sharing_changes_no_result(texts: list[str]) -> None:
    items = [Item(text) for text in texts]
    alone = [SharedWork(Counting()).label([item])[0] for item in items]
    assert SharedWork(Counting()).label(items) == alone


@given(st.floats(0, 1), st.floats(0, 1))
def test_stored_probabilities_add_up_to_ten_thousand_and_none_is_negative(a: float, b: float) -> None:
    negative, positive = sorted((a, b))[0], max(a, b) - min(a, b)
    row = to_row(LabelTask(1, 1, "", ""), Scores(negative, 1 - negative - positive, positive), "m")
    assert row.p_negative + row.p_neutral + row.p_positive == 10_000
    assert min(row.p_negative, row.p_neutral, row.p_positive) >= 0


def test_a_backlog_is_said_as_long_work_with_how_far_it_has_come(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0)], now=NOON)
    save(db, Batch("a", [named(post(str(n), f"delta {n}"), "delta") for n in range(40)]), now=NOON)
    times = iter(NOON + timedelta(seconds=10 * n) for n in range(1_000))
    work = SharedWork(Counting())

    def clock() -> datetime:
        return next(times)

    few = Backlog(db, work, clock, much=41)
    few.begin()
    assert running(db, now=NOON) == []
    backlog = Backlog(db, work, clock, much=40)
    backlog.begin()
    backlog.done(label_batch(db, work, clock=clock, most=10))
    (said,) = running(db, now=NOON)
    assert (said.kind, said.about, said.done, said.total) == ("label", "counting", 10, 40)
    save(db, Batch("a", [named(post("late", "delta late"), "delta")]), now=NOON)
    backlog.begin()
    assert (running(db, now=NOON)[0].done, running(db, now=NOON)[0].total) == (10, 41)
    while done := label_batch(db, work, clock=clock):
        backlog.done(done)
    backlog.end()
    assert running(db, now=NOON) == []


def test_labelling_the_past_anew_is_said_as_such(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0)], now=NOON)
    save(db, Batch("a", [named(post(str(n), f"delta {n}"), "delta") for n in range(40)]), now=NOON)
    first, second = SharedWork(Counting()), SharedWork(Counting())
    second.model_id = second.labeller.model_id = "another"
    while label_batch(db, first, clock=lambda: NOON):
        pass
    use_model(db, "counting", now=NOON)
    want_model(db, "another")
    label_batch(db, second, clock=lambda: NOON, most=15)
    Backlog(db, second, lambda: NOON, much=20).begin()
    (said,) = running(db, now=NOON)
    assert (said.kind, said.about, said.done, said.total) == ("relabel", "another", 0, 25)

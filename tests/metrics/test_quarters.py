"""The counts that the watch is fed: a network was looked at where all of its sources were, and nobody is heard more than three times."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.read.quarters import PUSHED, Watched, counts_of, spread_out
from metrics.spikes.watch import Counts
from storage.db import Database
from storage.posts import save
from storage.quarters import Voice
from storage.standings import quarter_of
from storage.types import Batch, Coverage
from tests.storage.posts import NOON, later, named, post

FIRST = quarter_of(NOON)
TWO = Watched((("delta", 1), ("jetblue", 1)), {"x": ("one", "two"), "push": PUSHED})


def state(db: Database, origin: str, since: float, until: float, *brands: str) -> None:
    pairs = tuple((brand, 1) for brand in brands or ("delta",))
    save(db, Batch(origin, coverage=[Coverage(later(since), later(until), "complete", pairs)]), now=NOON)


def read(db: Database, watched: Watched = TWO, quarters: int = 4, *, past: bool = False) -> Counts:
    with db.read() as connection:
        return counts_of(connection, watched, FIRST, FIRST + quarters, past=past)


def test_a_network_was_looked_at_as_far_as_each_of_its_sources(db: Database) -> None:
    state(db, "one", -30, 40)
    state(db, "two", 10, 60)
    found = read(db)
    assert found.coverage[0, 0].tolist() == pytest.approx([1 / 3, 1, 2 / 3, 0])
    assert found.coverage[1, 0].tolist() == [0, 0, 0, 0]


def test_what_is_pushed_is_looked_at_live_and_of_the_past_from_its_first_mention_on(db: Database) -> None:
    save(
        db,
        Batch("hook", [named(post("1", source="push", published_at=later(20), observed_at=later(120)))]),
        now=later(120),
    )
    assert read(db).coverage[:, 1].tolist() == [[1, 1, 1, 1], [1, 1, 1, 1]]
    assert read(db, past=True).coverage[:, 1].tolist() == [[0, 1, 1, 1], [0, 0, 0, 0]]


def test_imports_count_as_looked_at_in_the_past_alone(db: Database) -> None:
    old = [named(post(str(n), published_at=later(n), observed_at=later(120))) for n in (15, 45)]
    save(db, Batch("import", old), now=later(120))
    found = read(db, past=True)
    assert found.mentions[0, 0].tolist() == [0, 1, 0, 1]
    assert found.coverage[0, 0].tolist() == [0, 1, 1, 0]
    assert not read(db).coverage[0, 0].any()


@given(
    st.lists(st.tuples(st.integers(0, 95), st.sampled_from([None, 1, 2, 3]), st.booleans()), max_size=60),
    st.integers(0, 95),
)
def test_in_every_window_that_ends_now_an_author_counts_three_times_at_most(
    said: list[tuple[int, int | None, bool]], since: int
) -> None:
    newest = [Voice(at, "x", author, bad, True) for at, author, bad in sorted(said, key=lambda one: -one[0])]
    found = spread_out(newest, ["x"], 0, 96, 3)
    window = [one for one in newest if one.quarter >= since]
    each = Counter(one.author_id for one in window if one.author_id is not None)
    expected = sum(min(n, 3) for n in each.values()) + sum(one.author_id is None for one in window)
    assert found.mentions[..., since:].sum() == expected
    assert (found.negative <= found.labelled).all()
    assert (found.labelled == found.mentions).all()


def test_voices_of_other_networks_and_times_are_passed_over() -> None:
    said = [Voice(5, "reviews", 1, False, True), Voice(99, "x", 1, False, True), Voice(5, "x", 1, True, True)]
    found = spread_out(said, ["x"], 0, 96, 3)
    assert (found.mentions.sum(), found.negative[0, 0, 5]) == (1, 1)
    assert found.coverage.all()

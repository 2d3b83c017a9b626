"""Share of voice in five ways: by hand, whatever the order, against injected copies end to end, and false claims on streams alike."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.voice.copies import BURST_ACCOUNTS, Ints, bursts, families, firsts, groups
from metrics.voice.heard import heard, notes, verdict
from metrics.voice.tally import WAYS, Spoken, Tally, Way, copies, lead, overtook, pairwise, share, tally


def spoken(lines: Sequence[tuple[int, int, int, int]], brands: tuple[str, ...] = ("a", "b")) -> Spoken:
    """Mentions as (brand, author, text, minute); texts are alike where their numbers are."""
    table = np.array(lines, np.int64).reshape(-1, 4)
    sketches = np.repeat(table[:, 2:3] + 1, 4, axis=1).astype(np.uint32)
    return Spoken(brands, table[:, 0], table[:, 1], sketches, 60 * table[:, 3])


def sums(said: Spoken) -> dict[Way, list[float]]:
    found = copies(said)
    return {way: list(tally(said, way, found).sums.values()) for way in WAYS}


def test_the_five_ways_by_hand() -> None:
    lines = [
        *[(0, 1, 0, minute) for minute in (0, 60, 120)],  # author 1 says one thing of a three times,
        (1, 1, 5, 0),  # and another of b;
        *[
            (0, 10 + n, 1, 500 + n % 10) for n in range(12)
        ],  # twelve accounts say the same of a within ten minutes;
        *[(1, 30 + n, 2, 90 * n) for n in range(12)],  # twelve people say the same of b in their own time;
        (1, 2, 3, 1),  # author 2 says two things of b,
        (1, 2, 4, 2),
        (0, -1, 6, 0),  # and somebody unknown one thing of a.
    ]
    assert sums(spoken(lines)) == {
        "mentions": [16, 15],
        "people": [13, 14],
        "distinct": [3, 5 - 1],
        "one_voice": [1.5, 2.5],
        "organic": [3, 15],
    }


def test_a_post_that_names_two_brands_counts_for_both_and_is_a_copy_of_neither() -> None:
    assert sums(spoken([(0, 1, 0, 0), (1, 1, 0, 0)])) == {
        way: [0.5, 0.5] if way == "one_voice" else [1, 1] for way in WAYS
    }


def test_unknown_authors_are_one_each() -> None:
    said = spoken([(0, -1, 0, 0), (0, -1, 1, 0), (1, 3, 2, 0), (1, 3, 3, 0)])
    found = tally(said, "mentions", copies(said))
    assert found.size == 3
    assert share(found, "a").n == 4  # type: ignore[union-attr]


lines = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-1, 6), st.integers(0, 5), st.integers(0, 40)),
    min_size=1,
    max_size=60,
)


@given(lines, st.randoms())
def test_the_order_of_mentions_changes_nothing(some: list[tuple[int, int, int, int]], chance: object) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    for way, first in sums(spoken(some)).items():
        assert sums(spoken(shuffled))[way] == pytest.approx(first)


@given(lines, st.data())
def test_copies_of_what_was_said_leave_texts_and_voices_alone(
    some: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    brand, _, text, at = data.draw(st.sampled_from(some))
    copy = st.tuples(st.just(brand), st.integers(10, 90), st.just(text), st.integers(at + 1, at + 500))
    before, after = sums(spoken(some)), sums(spoken(some + data.draw(st.lists(copy, max_size=40))))
    assert after["distinct"] == before["distinct"]
    own = min((when, who) for b, who, t, when in some if (b, t) == (brand, text))
    if own[1] >= 0:
        assert after["one_voice"] == pytest.approx(before["one_voice"])


def test_a_family_goes_on_through_texts_between_and_short_ones_stay_with_their_author() -> None:
    sketches = np.array(
        [[1, 2, 3, 4], [1, 9, 9, 9], [8, 8, 8, 9], [0, 0, 0, 4], [0, 0, 0, 4], [0, 0, 0, 0]], np.uint32
    )
    found = families(sketches, np.array([1, 2, 3, 4, 5, 6]))
    assert len(set(found[:3])) == 1
    assert len(set(found)) == 4
    assert families(np.zeros((0, 4), np.uint32), np.zeros(0, np.int64)).tolist() == []


def plain_bursts(at: list[int]) -> bool:
    """The same for one text, by looking at every stretch without an hour's pause."""
    times, runs = sorted(at), []
    for when in times:
        if not runs or when - runs[-1][-1] > 3600:
            runs.append([])
        runs[-1].append(when)
    peaks = [(max(sum(t <= u <= t + 600 for u in run) for t in run), len(run)) for run in runs]
    return any(peak >= BURST_ACCOUNTS and peak >= size / 2 for peak, size in peaks)


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=60))
def test_a_burst_is_what_plain_counting_finds(at: list[int]) -> None:
    found = bursts(np.zeros(len(at), np.int64), np.array(at))
    assert bool((found >= 0).any()) == plain_bursts(at)


def test_bursts_of_many_texts_are_found_text_by_text() -> None:
    quick, slow = np.arange(12) * 30, np.arange(12) * 700
    group = np.repeat([7, 3, 5], 12)
    found = bursts(group, np.concatenate([quick, slow, quick]))
    assert (found[12:24] == -1).all()
    assert set(found[:12]) | set(found[24:]) == {0, 1}


def test_the_first_of_a_group_is_the_earliest_and_of_two_the_smallest_author() -> None:
    group, at, author = np.array([0, 0, 0, 1]), np.array([5, 5, 9, 1]), np.array([4, 2, 1, 9])
    assert firsts(group, at, author).tolist() == [False, True, False, True]
    assert groups(np.array([3, 3, 1]), np.array([0, 1, 0])).tolist() == [1, 2, 0]


def counted(*amounts: int) -> Tally:
    """So many mentions of each brand, each by somebody else."""
    brand: Ints = np.repeat(np.arange(len(amounts)), amounts)
    return Tally(tuple("abcdef"[: len(amounts)]), brand, np.arange(len(brand)), np.ones(len(brand)))


def test_a_leads_only_when_it_does() -> None:
    assert lead(counted(150, 100)).real  # type: ignore[union-attr]
    assert not lead(counted(115, 100)).real  # type: ignore[union-attr]
    assert lead(counted(100, 100)).chance == pytest.approx(1)  # type: ignore[union-attr]
    assert lead(counted(5, 0, 0)).brand == "a"  # type: ignore[union-attr]
    assert lead(counted(5)) is None
    assert lead(counted(0, 0)) is None
    close = lead(counted(150, 100, 140))
    assert close is not None
    assert (close.brand, close.rival, close.real) == ("a", "c", False)
    assert [(pair.brand, pair.rival) for pair in pairwise(counted(150, 100, 140)) if pair.real] == [
        ("a", "b"),
        ("c", "b"),
    ]


def test_overtook_needs_a_real_gap_on_either_side() -> None:
    assert overtook(counted(100, 150), counted(150, 100)) == [("a", "b")]
    assert overtook(counted(150, 100), counted(100, 150)) == [("b", "a")]
    assert overtook(counted(120, 130), counted(150, 100)) == []
    assert overtook(counted(150, 100), counted(150, 100)) == []
    assert overtook(counted(0, 0), counted(150, 100)) == []


def test_on_streams_alike_overtook_is_said_in_at_most_5_percent() -> None:
    chance, lengths = np.random.default_rng(1), np.arange(1, 51)
    odds = lengths.astype(float) ** -2.5

    def stream() -> Tally:
        posts = chance.choice(lengths, 80, p=odds / odds.sum())
        named = chance.multinomial(posts, chance.dirichlet(np.ones(4) / 2, 80))
        author, brand = np.nonzero(named)
        return Tally(tuple("abcd"), brand, author, named[author, brand].astype(float))

    rounds = [(stream(), stream()) for _ in range(300)]
    assert np.mean([bool(overtook(*pair)) for pair in rounds]) <= 0.05
    assert np.mean([any(found.real for found in pairwise(now)) for _, now in rounds]) <= 0.075


def test_the_words_say_who_leads_and_that_another_way_gives_another() -> None:
    lines = [(0, 1, 0, minute) for minute in range(30)] + [(1, 2 + n, 1 + n, n) for n in range(12)]
    found = heard(spoken(lines))[0]
    assert found.leader_changes
    first, second = verdict(found)
    assert first.startswith("a is ahead by mentions, but its lead over b may be chance")
    assert second.startswith(
        "The leader changes with the way of counting: b leads by people, by more than chance"
    )
    assert notes(found, "a", "distinct")[0] == "the leader changes: a by mentions, b without near-duplicates"
    assert "29 mentions that repeat an earlier one are set aside" in notes(found, "a", "distinct")
    assert "29 mentions in which authors repeat themselves are set aside" in notes(found, "a", "organic")

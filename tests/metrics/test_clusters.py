"""Shares over authors: a case by hand, the cluster bootstrap as a second way, and coverage on simulated streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from metrics.interval import Interval, share_interval
from metrics.voice.clusters import (
    Floats,
    Loudness,
    Ratio,
    chance_of_gap,
    clustered_interval,
    holm,
    ratio,
    ratio_of_sums,
    smallest_change,
)


def bootstrap(part: Floats, whole: Floats, rounds: int = 4000) -> Interval:
    """Authors drawn with replacement, the middle 95 % of the shares (Efron and Tibshirani 1993, chapter 13)."""
    drawn = np.random.default_rng(3).integers(0, len(whole), (rounds, len(whole)))
    low, high = np.quantile(part[drawn].sum(axis=1) / whole[drawn].sum(axis=1), (0.025, 0.975))
    return 100 * float(low), 100 * float(high)


def test_the_error_is_the_jackknife_worked_by_hand() -> None:
    # Three authors with 2, 1 and 1 mentions, of them 1, 1 and 0 of the brand: p = 2/4.
    # Without the first 1/2, without the second 1/3, without the third 2/3: off by 0, -1/6, 1/6.
    # error^2 = 2/3 (0 + 1/36 + 1/36) = 1/27; effective = (1/4) / (1/27) = 6.75; even = 16/6; uneven = 4 * 10 / 36
    found = ratio(np.array([1.0, 1.0, 0.0]), np.array([2.0, 1.0, 1.0]))
    assert found is not None
    assert found.share == 0.5
    assert found.error == pytest.approx(27**-0.5)
    assert found.effective == pytest.approx(6.75)
    assert found.even == pytest.approx(16 / 6)
    assert found.uneven == pytest.approx(40 / 36)


def test_authors_of_one_post_each_give_what_independent_mentions_give() -> None:
    found = ratio(np.array([1.0] * 300 + [0.0] * 700), np.ones(1000))
    assert found is not None
    assert clustered_interval(found) == pytest.approx(share_interval(300, 1000), abs=0.02)


def test_sums_over_authors_say_what_every_author_does_where_they_speak_of_several_brands() -> None:
    chance = np.random.default_rng(2)
    said = chance.zipf(2.6, (400, 3)).clip(max=40) * chance.integers(0, 2, (400, 3)).astype(float)
    whole = said.sum(axis=1)
    loud = [Loudness(m.sum(), (m**2).sum(), (m**4).sum(), m @ whole) for m in said.T]
    for place, own in enumerate(loud):
        exact = ratio(said[:, place], whole)
        summed = ratio_of_sums(own, sum((other for other in loud if other is not own), Loudness()))
        assert exact is not None
        assert summed is not None
        assert summed.share == pytest.approx(exact.share)
        assert summed.error == pytest.approx(exact.error, rel=0.02)
        assert summed.even == pytest.approx(exact.even)
        assert clustered_interval(summed) == pytest.approx(clustered_interval(exact), abs=0.4)


def test_loud_authors_that_were_missed_move_the_bound_toward_the_middle() -> None:
    wilson = clustered_interval(Ratio(0.1, 0.03, 100, even=100))
    loud = clustered_interval(Ratio(0.1, 0.03, 100, even=100, uneven=6))
    mixed = clustered_interval(Ratio(0.1, 0.03, 100, even=40, uneven=6))
    assert wilson == pytest.approx(share_interval(10, 100), abs=1e-6)
    assert wilson[0] < loud[0] == mixed[0] < 10 < wilson[1] < loud[1] < mixed[1]
    turned = clustered_interval(Ratio(0.9, 0.03, 100, even=100, uneven=6))
    assert turned == pytest.approx((100 - loud[1], 100 - loud[0]))


def test_it_agrees_with_the_cluster_bootstrap() -> None:
    chance = np.random.default_rng(1)
    whole = chance.zipf(2.6, 800).clip(max=60).astype(float)
    part = np.where(chance.random(800) < 0.35, whole, 0.0)
    found = ratio(part, whole)
    assert found is not None
    ours, theirs = clustered_interval(found), bootstrap(part, whole)
    plain = share_interval(int(part.sum()), int(whole.sum()))
    assert plain is not None
    assert ours == pytest.approx(theirs, abs=0.2 * (theirs[1] - theirs[0]))
    assert theirs[1] - theirs[0] > 1.5 * (plain[1] - plain[0])


def test_nothing_one_author_and_authors_of_one_mind_have_an_answer() -> None:
    assert ratio(np.zeros(3), np.zeros(3)) is None
    alone = ratio(np.array([5.0]), np.array([8.0]))
    assert alone is not None
    low, high = clustered_interval(alone)
    assert low < 10
    assert high > 90
    for share, bound in ((0.0, (0.0, 30.0)), (1.0, (70.0, 100.0))):
        found = ratio(np.full(12, share * 4), np.full(12, 4.0))
        assert found is not None
        low, high = clustered_interval(found)
        assert bound[0] <= low <= 100 * share <= high <= bound[1]


@pytest.mark.parametrize("authors", [2, 7, 40])
def test_authors_who_all_share_their_voice_alike_leave_no_false_certainty(authors: int) -> None:
    """0.1 and 0.7 of 1 come back from adding up with a last digit that is no variance."""
    for part in (0.1, 1 / 3, 0.7, 0.975):
        found = ratio(np.full(authors, part), np.ones(authors))
        other = ratio(np.full(authors, 1 - part), np.ones(authors))
        assert found is not None
        assert other is not None
        assert found.effective == pytest.approx(authors)
        low, high = clustered_interval(found)
        assert high - low > 5
        assert clustered_interval(other) == pytest.approx((100 - high, 100 - low))


amounts = arrays.arrays(np.float64, st.integers(1, 30), elements=st.integers(0, 50).map(float))


@given(amounts, st.integers(0, 2**32 - 1))
def test_the_interval_holds_the_share_and_does_not_know_the_order_of_authors(
    whole: Floats, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    part = np.floor(whole * chance.random(len(whole)))
    found, order = ratio(part, whole), chance.permutation(len(whole))
    again = ratio(part[order], whole[order])
    if found is None or again is None:
        assert found is again is None
        assert not whole.any()
        return
    low, high = clustered_interval(found)
    assert 0 <= low <= 100 * found.share <= high <= 100
    assert clustered_interval(again) == pytest.approx((low, high))


def sign_flips(gaps: Floats) -> float:
    """How often the gaps with signs drawn anew sum to as much: the exact test, by drawing."""
    signs = np.random.default_rng(5).choice([-1.0, 1.0], (20_000, len(gaps)))
    return float(np.mean(np.abs(signs @ gaps) >= abs(gaps.sum()) - 1e-9))


@pytest.mark.parametrize(
    "gaps",
    [
        [1.0] * 60 + [-1.0] * 40,
        [1.0] * 12 + [-1.0],
        [5.0, 4.0, 3.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -3.0],
        [9.0] + [1.0] * 60 + [-1.0] * 40,
        [2.0] * 5,
        [1.0] * 6,
    ],
)
def test_the_chance_of_a_gap_is_near_that_of_drawn_signs_and_not_below_it(gaps: list[float]) -> None:
    ours, exact = chance_of_gap(np.array(gaps)), sign_flips(np.array(gaps))
    assert exact - 0.02 <= ours <= exact + 0.06


def test_one_author_alone_proves_no_gap() -> None:
    assert chance_of_gap(np.array([500.0])) == pytest.approx(0.5)


def test_the_smallest_change_is_noticed_four_times_out_of_five() -> None:
    chance, error = np.random.default_rng(2), 1.7
    step = smallest_change(error)
    moved = step + chance.normal(0, error, 20_000) - chance.normal(0, error, 20_000)
    assert np.mean(np.abs(moved) > 1.96 * error * 2**0.5) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("authors", [20, 60, 400])
def test_nominal_95_percent_intervals_hold_the_truth_that_often_on_streams_with_loud_authors(
    authors: int,
) -> None:
    """Zipf posting and partial authors; the long simulation is benchmarks/voice.py."""
    chance = np.random.default_rng(4)
    lengths = np.arange(1, 101)
    odds = lengths.astype(float) ** -2.5
    held, plain_held = [], []
    for _ in range(800):
        whole = chance.choice(lengths, authors, p=odds / odds.sum()).astype(float)
        part = chance.binomial(whole.astype(int), chance.beta(0.6, 0.9, authors)).astype(float)
        found, plain = ratio(part, whole), share_interval(int(part.sum()), int(whole.sum()))
        assert found is not None
        assert plain is not None
        low, high = clustered_interval(found)
        held.append(low <= 40 <= high)
        plain_held.append(plain[0] <= 40 <= plain[1])
    assert 0.93 <= np.mean(held) <= 0.97
    assert np.mean(plain_held) < 0.85


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_a_claim_easier_and_keeps_the_order(chances: list[float]) -> None:
    found = holm(chances)
    assert all(a <= b <= 1 for a, b in zip(chances, found, strict=True))
    for (a, b), (c, d) in zip(
        zip(chances, found, strict=True), list(zip(chances, found, strict=True))[1:], strict=False
    ):
        assert (a < c) <= (b <= d)


rows = st.lists(
    st.tuples(st.integers(1, 10**7).map(float), st.sampled_from([0.0, 1 / 3, 0.5, 0.9, 1.0])),
    min_size=1,
    max_size=20,
)


@given(rows)
def test_the_interval_of_all_other_brands_is_what_is_left(said: list[tuple[float, float]]) -> None:
    whole = np.array([loud for loud, _ in said])
    part = whole * np.array([share for _, share in said])
    own, rest = ratio(part, whole), ratio(whole - part, whole)
    assert own is not None
    assert rest is not None
    low, high = clustered_interval(own)
    assert clustered_interval(rest) == pytest.approx((100 - high, 100 - low), abs=1e-3)
    assert 0 <= low <= high <= 100


@pytest.mark.parametrize("loud", [1.0, 5.0])
def test_more_authors_narrow_the_interval(loud: float) -> None:
    widths = []
    for authors in (4, 20, 100, 1000, 100_000):
        found = ratio(np.repeat([loud, 0.0], [authors // 4, authors - authors // 4]), np.full(authors, loud))
        assert found is not None
        low, high = clustered_interval(found)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1

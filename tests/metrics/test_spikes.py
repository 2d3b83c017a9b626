"""Spikes: the past alone decides, gaps and late posts never alert, false alarms keep to the budget, bursts are found."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import betabinom, nbinom

from metrics.errors import MetricError
from metrics.spikes.backtest import scored
from metrics.spikes.detector import Verdict, amend, step
from metrics.spikes.state import Setup, State, fresh, joined, unpacked
from metrics.spikes.tails import count_tail, share_tail

DAY = 96
DATA = Path("../shared/data/spikes")
Floats = NDArray[np.float64]


def brands(n: int, days: int, per_day: float, *, seed: int = 1, spread: float = 0.05) -> Floats:
    """Mentions per quarter hour with a rhythm of the day, over-dispersed, without a spike."""
    chance = np.random.default_rng(seed)
    hour = np.arange(days * DAY) % DAY / 4
    rate = per_day / DAY * (1 + 0.6 * np.cos((hour - 15) * np.pi / 12)) * np.ones((n, 1))
    return chance.poisson(rate * chance.gamma(1 / spread, spread, rate.shape)).astype(float)


def fed(
    counts: Floats, state: State | None = None, *, first: int = 0, coverage: Floats | None = None
) -> tuple[State, list[Verdict]]:
    state, verdicts = state or fresh(len(counts)), []
    for k in range(counts.shape[1]):
        state, verdict = step(state, first + k, counts[:, k], 1.0 if coverage is None else coverage[:, k])
        verdicts.append(verdict)
    return state, verdicts


def alerts(verdicts: list[Verdict]) -> int:
    return int(sum(verdict.alert.sum() for verdict in verdicts))


@pytest.fixture(scope="module")
def known() -> State:
    """Twenty brands of 1,000 mentions a day, after six weeks."""
    return fed(brands(20, 42, 1000))[0]


NOW = 42 * DAY + 60
"""The step the fixture's brands are in after sixty more quarter hours: three in the afternoon."""


@pytest.fixture(scope="module")
def afternoon(known: State) -> State:
    return fed(brands(20, 43, 1000, seed=2)[:, 42 * DAY : NOW], known, first=42 * DAY)[0]


@pytest.mark.parametrize(("mean", "spread"), [(0.3, 0.5), (12.0, 0.1), (900.0, 0.02)])
def test_the_tail_of_counts_is_the_negative_binomials(mean: float, spread: float) -> None:
    k, r = np.array([1.0, 3.0, 30.0, 1200.0]), 1 / spread
    expected = nbinom.sf(k - 1, r, r / (r + mean))
    assert count_tail(k, np.full(4, mean), np.full(4, spread)) == pytest.approx(
        np.maximum(expected, 1e-300), rel=1e-6
    )


@pytest.mark.parametrize("n", [12, 150, 4000])
def test_the_tail_of_shares_is_the_beta_binomials(n: int) -> None:
    p, spread = 0.2, 0.1
    s = (1 - p) / (p * spread) - 1
    k = np.ceil(n * np.array([0.25, 0.35, 0.5]))
    mean, whole = np.full(3, n * p), np.full(3, float(n))
    assert share_tail(k, whole, mean, np.full(3, spread)) == pytest.approx(
        betabinom.sf(k - 1, n, p * s, (1 - p) * s), rel=1e-3
    )


def test_a_burst_of_three_times_the_rate_alerts_within_half_an_hour_once(afternoon: State) -> None:
    burst = np.random.default_rng(4).poisson(3 * 16.0, (20, 4)).astype(float)
    _, verdicts = fed(burst, afternoon, first=NOW)
    told = np.array([verdict.alert for verdict in verdicts])
    assert told[:2].any(axis=0).mean() >= 0.9
    assert told.sum(axis=0).max() <= 3  # the first, and what was far rarer than the first


@pytest.mark.parametrize("seed", range(4))
def test_an_event_that_goes_on_alerts_once_however_rare_it_grows(seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 4, 60 * DAY).astype(float)
    counts[5000:5003] += 40
    told = [k for k, one in enumerate(scored((900.0 * k, x) for k, x in enumerate(counts))) if one.alert]
    assert [k for k in told if k >= 5000] == [5000]


def test_a_burst_that_fills_one_step_post_by_post_is_told_again_only_up_to_what_is_rare_enough() -> None:
    at = np.random.default_rng(5).exponential(1200, 1900).cumsum()
    burst = (at[-1] // 900 + 2) * 900 + np.arange(400) * 2.0
    rows = [(float(one), 1.0) for one in (*at, *burst)]
    told = [one.alert for one in scored(rows)][len(at) :]
    assert 1 <= sum(told) <= 3


def test_feeding_leaves_the_given_state_as_it_was(afternoon: State) -> None:
    before = afternoon.records.tobytes()
    one, first = step(afternoon, NOW, 400)
    other, second = step(afternoon, NOW, 400)
    assert afternoon.records.tobytes() == before
    assert one.records.tobytes() == other.records.tobytes()
    assert (first.score == second.score).all()


def test_a_block_says_what_its_series_say_alone() -> None:
    counts = brands(3, 9, 200)
    _, together = fed(counts)
    for k in range(3):
        _, alone = fed(counts[k : k + 1])
        assert [v.score[0] for v in alone] == [v.score[k] for v in together]


def test_a_stored_state_goes_on_as_if_never_stored(afternoon: State) -> None:
    rows = afternoon.packed()
    again = joined([unpacked(afternoon.setup, rows[:7]), unpacked(afternoon.setup, rows[7:])])
    assert step(again, NOW, 90)[0].records.tobytes() == step(afternoon, NOW, 90)[0].records.tobytes()
    assert len(rows[0]) < 8192
    with pytest.raises(MetricError, match="begin afresh"):
        unpacked(Setup(step_s=300), rows)


def test_the_future_changes_nothing_said_before() -> None:
    rows = [(900.0 * k, float(v)) for k, v in enumerate(brands(1, 14, 300)[0])]
    whole = list(scored(rows))
    assert list(scored(rows[:1000])) == whole[:1000]
    assert list(scored([*rows[:1000], (900.0 * 1000, 1e6)]))[:1000] == whole[:1000]


def test_false_alarms_keep_to_the_budget_and_follow_it() -> None:
    counts = np.concatenate([brands(20, 56, per_day, seed=6) for per_day in (2, 20, 300, 5000)])
    state = fresh(80)
    found = np.zeros(80)
    generous = np.tile([1.0, 1.0, 1.0, 1.0, 6.0], 16)
    for k in range(counts.shape[1]):
        state, verdict = step(state, k, counts[:, k], budget=generous)
        found += verdict.alert * (k >= 28 * DAY)
    months = 28 / 30.44
    assert found[generous == 1].mean() / months <= 1.5
    assert found[generous == 1].mean() < found[generous == 6].mean() <= 6 * 1.5 * months


def test_a_new_brand_is_silent_for_a_day() -> None:
    counts = brands(5, 1, 500)
    counts[:, 50] = 500
    _, verdicts = fed(counts)
    assert alerts(verdicts) == 0
    assert all(verdict.learning.all() for verdict in verdicts)


def test_a_step_nobody_looked_at_has_no_verdict_and_teaches_nothing(afternoon: State) -> None:
    after, verdict = step(afternoon, NOW, 10_000, 0.0)
    assert not verdict.looked.any()
    assert not verdict.alert.any()
    assert np.isinf(verdict.false_alarms).all()
    later, _ = step(after, NOW + DAY * 3, 16)
    straight, _ = step(afternoon, NOW + DAY * 3, 16)
    for name in ("level_seen", "rhythm_due", "spread_due", "episodes"):
        assert later.records[name] == pytest.approx(straight.records[name], rel=1e-3)


def test_an_outage_and_the_backfill_after_it_raise_nothing_and_lower_nothing(known: State) -> None:
    """Row M04, as zeros that nobody flagged, a hundred outages of a day: hardly a brand alerts in the day after that would not have without."""
    newly = 0
    blocks = [brands(20, 44, 1000, seed=seed)[:, 42 * DAY :] for seed in range(10, 15)]
    for counts in blocks:
        twin_state, twin = fed(counts, known, first=42 * DAY)
        dark = counts.copy()
        dark[:, :DAY] = 0
        state, verdicts = fed(dark[:, :DAY], known, first=42 * DAY)
        assert not verdicts[-1].looked.any()
        for k in range(DAY):
            state = amend(state, 42 * DAY + k, counts[:, k])
        state, after = fed(dark[:, DAY:], state, first=43 * DAY)
        assert alerts(verdicts) == 0
        told, twins = (np.array([v.alert for v in some]) for some in (after, twin))
        newly += int((told.any(axis=0) & ~twins.any(axis=0)).sum())
        level = state.records["level_seen"] / state.records["level_due"]
        usual = twin_state.records["level_seen"] / twin_state.records["level_due"]
        assert level == pytest.approx(usual, rel=0.05)
    assert newly <= 1  # chance gives three or four alerts in a hundred days


@pytest.mark.parametrize(("late", "judged"), [(1.0, True), (-5.0, True), (0.0, True), (500.0, False)])
def test_what_trickles_in_late_or_is_deleted_takes_no_step_out_and_what_pours_in_does(
    afternoon: State, late: float, judged: bool
) -> None:
    counts = np.maximum(afternoon.records["counts"][:, -5] + late, 0)
    state = amend(afternoon, NOW - 5, counts)
    assert (state.records["judged"][:, -5] == judged).all()
    assert (state.records["counts"][:, -5] == counts).all()


def test_what_comes_late_never_alerts(afternoon: State) -> None:
    state = afternoon
    for back in range(1, 12):
        state = amend(state, NOW - back, np.full(20, 2000))
    _, verdicts = fed(np.full((20, 12), 16.0), state, first=NOW)
    assert alerts(verdicts) == 0
    assert amend(state, NOW - 2 * DAY, np.full(20, 9)) is state
    with pytest.raises(MetricError, match="fed before"):
        step(state, NOW - 1, 5)


def test_a_past_spike_does_not_hide_the_next(known: State) -> None:
    counts = brands(20, 56, 1000, seed=8)[:, 42 * DAY :]
    counts[:, 60:72] *= 20
    state, _ = fed(counts[:, : 13 * DAY + 60], known, first=42 * DAY)
    _, verdict = step(state, 55 * DAY + 60, np.full(20, 120.0))
    assert verdict.alert.mean() >= 0.9
    assert verdict.expected.mean() < 40


def test_a_slow_rise_is_learned() -> None:
    chance = np.random.default_rng(9)
    rate = 10 * np.exp(np.linspace(0, np.log(2), 42 * DAY))
    _, verdicts = fed(chance.poisson(rate, (10, 42 * DAY)).astype(float))
    assert alerts(verdicts) / 10 * 30 / 42 <= 1.5


def test_one_viral_day_of_praise_is_no_spike_of_the_negative_share() -> None:
    chance = np.random.default_rng(11)
    setup = Setup("share")
    state = fresh(10, setup)
    for k in range(21 * DAY):
        volume = chance.poisson(20, 10)
        state, _ = step(state, k, chance.binomial(volume, 0.2), of=volume)
    flood = np.full(10, 400)
    _, calm = step(state, 21 * DAY, chance.binomial(flood, 0.2), of=flood)
    _, turned = step(state, 21 * DAY, chance.binomial(np.full(10, 40), 0.75), of=np.full(10, 40))
    assert calm.alert.mean() <= 0.1
    assert turned.alert.all()


def test_two_posts_about_a_brand_nobody_mentions_are_no_news() -> None:
    state, _ = fed(np.zeros((1, 20 * DAY)))
    assert not step(state, 20 * DAY, 2)[1].alert.any()
    assert step(state, 20 * DAY, 40)[1].alert.all()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 10**9), st.floats(0, 1)), min_size=1, max_size=60),
    st.sampled_from([60, 300, 900, 3600, 7200, 86_400]),
)
def test_whatever_comes_scores_lie_between_0_and_1(feed: list[tuple[int, int, float]], step_s: int) -> None:
    state, slot = fresh(1, Setup(step_s=step_s, zone="Asia/Kathmandu")), 0
    for ahead, count, coverage in feed:
        slot += ahead
        state, verdict = step(state, slot, count, coverage)
        assert 0 <= verdict.score[0] <= 1
        assert verdict.false_alarms[0] > 0
        assert bool(verdict.looked[0]) or not verdict.alert[0]


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_impossible_counts_are_refused(bad: float) -> None:
    with pytest.raises(MetricError, match="0 or more"):
        step(fresh(), 1, bad)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the marked series of ../shared/data/spikes")
def test_marked_series_score_what_was_promised() -> None:
    from benchmarks.nab import load, nab_score

    hits, told = [], []
    for series in load(DATA):
        found = list(scored(zip(series.times.tolist(), series.values.tolist(), strict=True)))
        hits.append((series, np.array([one.score >= 0.25 for one in found])))
        told.append((series, np.array([one.alert for one in found])))
    assert nab_score(hits) >= 66
    assert nab_score(told) >= 55

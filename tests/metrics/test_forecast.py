"""Chances of goals: right as often as they say, on series that wander and on series that return to a mean."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.goals.backtest import Trial, backtest, trials
from metrics.goals.forecast import Model, Scale, chance
from metrics.goals.history import History, prospect, record, windowed

Make = Callable[[np.random.Generator, int], np.ndarray]


def walk(rng: np.random.Generator, weeks: int) -> np.ndarray:
    """A random walk whose drift differs from series to series."""
    return np.cumsum(rng.normal(0, 0.01) + rng.normal(0, 0.1, weeks))


def noise(rng: np.random.Generator, weeks: int) -> np.ndarray:
    """Noise around a mean: what rose will fall again."""
    return rng.normal(0, 0.1, weeks)


def returning(rng: np.random.Generator, weeks: int) -> np.ndarray:
    """An autoregression that forgets a third of a shock each week."""
    found = np.zeros(weeks + 30)
    for at, shock in enumerate(rng.normal(0, 0.1, weeks + 29), 1):
        found[at] = 0.67 * found[at - 1] + shock
    return found[30:]


def said_and_met(make: Make, weeks: int, ahead: int, series: int = 250) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    said, met = [], []
    for _ in range(series):
        values = make(rng, weeks + ahead)
        outlook, now = Model(values[:weeks]).outlook(ahead, 4), values[weeks - 4 : weeks].mean()
        for step in (0.05, 0.1, 0.2, 0.3):
            said.append(chance(outlook, now + step, upward=True))
            met.append(values[-4:].mean() >= now + step)
    return np.array(said), np.array(met, float)


@pytest.mark.parametrize("ahead", [4, 17])
@pytest.mark.parametrize("make", [walk, noise, returning])
def test_what_is_called_so_likely_happens_so_often(make: Make, ahead: int) -> None:
    said, met = said_and_met(make, 104, ahead)
    brier = ((said - met) ** 2).mean()
    assert brier < 0.9 * min(0.25, met.mean())  # of 50 % always, and of "it stays as it is"
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1)):
        inside = (said >= low) & (said < high)
        if inside.sum() >= 30:
            assert abs(said[inside].mean() - met[inside].mean()) < 0.13, (low, high)


def test_a_series_that_returns_to_its_mean_is_not_taken_for_one_that_wanders() -> None:
    rng = np.random.default_rng(3)
    high = [*rng.normal(0, 0.1, 100), 0.3, 0.3, 0.3, 0.3]
    assert Model(high).outlook(17, 4).above(0.3) < 0.25


def test_ninety_five_percent_of_what_comes_lies_in_the_range() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(200):
        values = walk(rng, 60 + 13)
        outlook = Model(values[:60]).outlook(13, 4)
        inside.append(outlook.quantile(0.025) <= values[-4:].mean() <= outlook.quantile(0.975))
    assert 0.86 <= np.mean(inside) <= 0.99


@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=40),
    st.integers(1, 30),
    st.integers(1, 4),
    st.floats(-5, 5),
)
def test_chances_are_chances_and_the_other_way_is_the_rest(
    values: list[float], ahead: int, window: int, wanted: float
) -> None:
    outlook = Model(values).outlook(ahead, min(window, len(values)))
    up, down = chance(outlook, wanted, upward=True), chance(outlook, wanted, upward=False)
    assert 0.01 <= up <= 0.99
    assert up + down == pytest.approx(1)
    assert chance(outlook, wanted + 1, upward=True) <= up
    assert outlook.above(outlook.quantile(0.9)) == pytest.approx(0.1, abs=1e-3)


def test_a_shift_of_the_series_shifts_what_may_come() -> None:
    values = list(np.random.default_rng(1).normal(0, 1, 30))
    low, high = (Model([value + add for value in values]).outlook(5, 2).quantile(0.3) for add in (0, 10))
    assert high - low == pytest.approx(10, abs=1e-6)


def test_the_forecast_of_a_known_model_is_what_its_recursion_gives() -> None:
    """For phi = 1 and theta = 0 a step's variance is sigma^2, and that of the mean of steps 1 and 2 is 1.25 sigma^2."""
    model = Model(list(np.random.default_rng(1).normal(0, 1, 30)))
    walk_at = int(np.flatnonzero((model.phi == 1) & (model.theta == 0))[0])
    noise = model._noise(2, 1)[walk_at] / 2
    assert (noise**2).sum() == pytest.approx(1.25)
    ema = int(np.flatnonzero((model.phi == 1) & (model.theta == 0.6))[0])
    assert model._noise(3, 3)[ema] == pytest.approx([0.4, 0.4, 1.0])


@given(st.floats(0, 100), st.sampled_from([(0.0, 100.0), (0.0, float("inf")), (-float("inf"), float("inf"))]))
def test_a_scale_leads_back(value: float, ends: tuple[float, float]) -> None:
    scale = Scale.of([1.0, 20.0, 50.0], *ends)
    assert scale.back(scale.to(value)) == pytest.approx(value, abs=1e-6)


def test_too_little_history_is_said_and_not_guessed_over() -> None:
    assert History((1.0,) * 5, 0, 100).wanting(4) == "too little history (5 full weeks; 12 are needed)"
    assert History((1.0,) * 20, 0, 100).wanting(26) == "too little history (20 full weeks; 26 are needed)"
    assert History((1.0,) * 26, 0, 100).wanting(26) == ""


def test_the_past_is_put_in_words() -> None:
    past = History((10.0, 10.0, 11.0, 12.0, 10.0, 10.0), 0, float("inf"))
    assert record(past, 1, "percent", "mentions", upward=True) == (
        "in the last 6 weeks mentions never rose by more than 10.0 % within 1 weeks"
    )
    falling = History((9.0, 8.0, 7.0, 6.0, 5.0, 4.0), 0, float("inf"))
    assert "never rose at all" in record(falling, 1, "percent", "mentions", upward=True)
    assert record(falling, 5, "percent", "mentions", upward=True) == ""


def test_a_window_that_is_no_mean_of_its_weeks_is_carried_on_as_it_is() -> None:
    weeks = tuple(np.random.default_rng(2).normal(100, 5, 60))
    past = History(weeks, 0, float("inf"), 4)
    present = sum(weeks[-4:])
    found = prospect(past, present, present, 8, upward=True)
    assert found.low < present < found.high
    assert 350 < found.low < found.high < 450


def test_the_backtest_uses_the_past_alone() -> None:
    values = [float(value) for value in 100 * np.exp(walk(np.random.default_rng(1), 60))]
    whole = [
        one
        for one in trials(History(tuple(values), 0, float("inf"), 4), upward=True)
        if one.week + one.ahead <= 40
    ]
    until = list(trials(History(tuple(values[:40]), 0, float("inf"), 4), upward=True))
    assert len(whole) == len(until) > 100
    assert [one.met for one in whole] == [one.met for one in until]
    assert [one.said for one in whole] == pytest.approx([one.said for one in until], abs=0.01)


def test_scores_are_those_of_a_hand_computation() -> None:
    made = [Trial(12, 4, 0.8, 0.3, True), Trial(13, 4, 0.3, 0.3, False), Trial(14, 4, 0.6, 0.3, False)]
    found = backtest(made)
    assert found is not None
    assert found.brier == pytest.approx((0.04 + 0.09 + 0.36) / 3)
    assert found.naive[0].brier == pytest.approx(0.25)
    assert found.naive[0].skill == pytest.approx(1 - (0.49 / 3) / 0.25)
    assert [(one.n, one.met) for one in found.bins] == [(1, 0.0), (1, 0.0), (1, 1.0)]
    assert backtest([]) is None


def test_skill_over_the_naive_forecasts_comes_with_an_interval_around_it() -> None:
    values = tuple(100 * np.exp(noise(np.random.default_rng(2), 104)))
    found = backtest(list(trials(History(values, 0, float("inf"), 4), upward=True, ahead=(4, 9))))
    assert found is not None
    for naive in found.naive:
        assert naive.skill is not None
        assert naive.low is not None
        assert naive.high is not None
        assert naive.low < naive.skill < naive.high < 1
    assert found.naive[0].low is not None
    assert found.naive[0].low > 0


def test_windows_are_means() -> None:
    assert windowed([1, 2, 3, 4], 4) == [2.5]
    assert windowed([1, 2], 4) == []

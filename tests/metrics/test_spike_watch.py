"""Many series together: seasons and slow growth alert nobody, an event is told once, and holes are not quiet."""

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics.spikes.signal import signal
from metrics.spikes.tails import between
from metrics.spikes.watch import (
    DAY,
    KINDS,
    STANDING,
    Counts,
    Rows,
    States,
    Verdicts,
    began,
    entries,
    fed,
    lasting,
    marked,
    new_states,
    news,
    weights_in,
    weights_of,
)
from tests.listener.alerts.counted import NOW

Numbers = NDArray[np.float64]
ONE = Rows(1, 1)
BUDGET = ONE.budget(1)


def drawn(rate: Numbers, *, seed: int = 1) -> Counts:
    """Mentions at these rates [brand, network, quarter hour], restless, a fifth of them negative, all looked at."""
    chance = np.random.default_rng(seed)
    mentions = chance.poisson(rate * chance.gamma(1 / 0.02, 0.02, rate.shape)).astype(float)
    negative = chance.binomial(mentions.astype(int), 0.2).astype(float)
    return Counts(mentions, negative, mentions, np.ones(rate.shape))


def run(
    past: Counts, states: States | None = None, *, first: int = 0, judged: int = 0, a_month: float = 1
) -> tuple[States, list[int]]:
    """Feed all; the quarter hours from `judged` on in which something would have been told."""
    rows = Rows(*past.mentions.shape[:2])
    states, weights, told = states or new_states(rows, "UTC"), weights_in(past), []
    budget = rows.budget(a_month)
    for k in range(past.mentions.shape[2]):
        states, said = fed(states, first + k, entries(past.at(k), weights))
        which = news(states, first + k, said, rows, budget)
        if k >= judged and any(one.any() for one in which.values()):
            told.append(k)
        states = lasting(marked(states, first + k, said, which), first + k, said, rows, STANDING)
    return states, told


@pytest.fixture(scope="module")
def known() -> States:
    """A brand of a hundred mentions a quarter hour, after ten days."""
    return run(drawn(np.full((1, 1, 10 * DAY), 100.0)))[0]


def quarter(
    mentions: float, negative: float, *, labelled: float | None = None, coverage: float = 1.0
) -> Counts:
    seen = mentions if labelled is None else labelled
    return Counts(*(np.full((1, 1), float(x)) for x in (mentions, negative, seen, coverage)))


def said(
    states: States, now: Counts, slot: int = 10 * DAY, *, settled: bool | None = None
) -> tuple[States, Verdicts]:
    done = None if settled is None else np.full((1, 1), settled)
    return fed(states, slot, entries(now, weights_of(states, ONE), done))


def test_the_season_of_the_week_and_slow_growth_alert_nobody() -> None:
    at = np.arange(16 * DAY)
    week = np.where(at // DAY % 7 < 5, 1.0, 0.4) * (1 + 0.7 * np.cos((at % DAY / 4 - 14) * np.pi / 12))
    growth = 40 * 2 ** (at / at[-1])
    rates = np.stack([40 * week, growth])[:, None]
    assert run(drawn(rates), judged=12 * DAY, a_month=0.1)[1] == []


def test_what_was_told_is_news_again_only_a_thousand_times_rarer_or_turned_negative(known: States) -> None:
    slot = 10 * DAY
    after, first = said(known, quarter(220, 44))
    new = news(after, slot, first, ONE, BUDGET)
    assert new["volume"].all()
    told = marked(after, slot, first, {"volume": new["volume"]})
    assert not news(told, slot, first, ONE, BUDGET)["volume"].any()
    _, same = said(told, quarter(140, 28), slot + 1)
    assert not news(told, slot + 1, same, ONE, BUDGET)["volume"].any()
    _, negative = said(told, quarter(140, 120), slot + 1)
    assert news(told, slot + 1, negative, ONE, BUDGET)["part"].all()
    _, far = said(told, quarter(4000, 800), slot + 1)
    assert news(told, slot + 1, far, ONE, BUDGET)["volume"].all()


def test_an_event_that_lasts_is_not_told_anew_after_a_day(known: States) -> None:
    rate = np.full((1, 1, 2 * DAY), 100.0)
    rate[..., :] = 100 * np.linspace(3, 4, 2 * DAY)
    _, told = run(drawn(rate, seed=3), known, first=10 * DAY)
    assert told[0] == 0
    assert len(told) <= 3
    assert max(told) < 8


def test_the_running_quarter_hour_is_judged_by_what_came_so_far_and_its_share_is_not(known: States) -> None:
    so_far = quarter(300, 250)
    _, now = said(known, so_far, settled=False)
    assert (now["part"].false_alarms <= BUDGET).all()
    assert not now["share"].looked.any()
    _, over = said(known, so_far, settled=True)
    assert (over["share"].false_alarms <= BUDGET).all()
    less = [
        said(known, quarter(n, n // 5), settled=False)[1]["volume"].false_alarms[0]
        for n in (50, 150, 200, 260)
    ]
    assert less == sorted(less, reverse=True)


def test_negative_mentions_without_labels_are_not_quiet(known: States) -> None:
    _, unread = said(known, quarter(100, 0, labelled=0))
    assert unread["volume"].looked.all()
    assert not (unread["part"].looked | unread["share"].looked).any()


def test_all_networks_together_go_on_without_a_small_one_and_not_without_the_large_one() -> None:
    rows, rate = Rows(1, 2), np.stack([np.full((1, 3 * DAY), r) for r in (90.0, 10.0)], axis=1)
    states, _ = run(drawn(rate))
    assert weights_of(states, rows).ravel() == pytest.approx([90, 10], rel=0.1)
    for lost, is_looked in ((1, True), (0, False)):
        one = drawn(rate[..., :1], seed=9).at(0)
        coverage = one.coverage.copy()
        coverage[0, lost] = 0
        given = entries(one._replace(coverage=coverage), weights_of(states, rows))
        assert given["volume"].coverage[-1] == pytest.approx(0.9 if is_looked else 0.1, abs=0.02)
        _, verdicts = fed(states, 3 * DAY, given)
        assert verdicts["volume"].looked[-1] == is_looked
        assert verdicts["volume"].looked[:-1].tolist() == [at != lost for at in (0, 1)]
        if is_looked:
            volume = verdicts["volume"]
            assert volume.expected[-1] == pytest.approx(volume.seen[-1], rel=0.3)


def test_a_signal_says_what_was_seen_what_was_due_and_since_when(known: States) -> None:
    states, since = known, 10 * DAY
    for k in range(3):
        states, verdicts = said(states, quarter(300, 60), since + k)
    found = signal("volume", None, states["volume"], verdicts["volume"], 0, until=NOW)
    assert found.since.timestamp() == since * 900
    assert found.low < found.expected < found.high < found.seen
    assert found.seen == {900: 300, 1800: 600}.get(found.window_s, pytest.approx(1000, rel=0.05))


@pytest.mark.parametrize("times", [2.0, 10.0])
def test_the_ordinary_was_left_where_the_counts_rose_and_not_at_a_wobble_before(times: float) -> None:
    seen = np.array([10.0, 11, 9, 12, 10, 9, 11 * times, 10 * times, 12 * times])
    assert began(seen, np.full(9, 10.0), times) == 6


def test_the_middle_of_what_is_expected_holds_most_and_no_more_than_is_there() -> None:
    for mean, spread, of in (
        (0.0, 0.5, None),
        (3.0, 0.0, None),
        (0.0, 0.5, 10.0),
        (10.0, 0.5, 10.0),
    ):
        low, high = between(mean, spread, of)
        assert 0 <= low <= mean <= max(high, mean) <= (of if of is not None else 100)


def test_a_budget_is_divided_over_what_is_watched() -> None:
    shares = [Rows(5, networks).budget(1.0) for networks in (1, 2, 3, 6)]
    assert shares == sorted(shares, reverse=True)
    assert len(KINDS) ** -1 <= shares[0] < 1

"""Formulas: hand-worked cases with their source, a second way to the same figure, and what holds for any counts."""

import math
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from metrics.formulas.change import change, difference
from metrics.formulas.engagement import FORMULAS, Seen, engagement
from metrics.formulas.reach import potential_reach, reach_interval
from metrics.formulas.sentiment import label_share, net_sentiment_raw
from metrics.formulas.share_of_voice import lead_is_real, share_of_voice, share_of_voice_people
from metrics.inputs import Inputs
from metrics.interval import balance_interval, share_interval
from metrics.metric import Area, Unit
from metrics.registry import METRICS, OVERVIEW, chosen

COUNTS = st.integers(min_value=0, max_value=10**7)


def test_net_sentiment_is_as_its_source_works_it() -> None:
    """help.blackboxintelligence.com, "What is Net Sentiment": 80 positive, 100 neutral and 20 negative of 200 give 30 %."""
    assert net_sentiment_raw(positive=80, neutral=100, negative=20) == 30.0


@given(COUNTS, COUNTS, COUNTS)
def test_net_sentiment_is_the_mean_of_plus_one_nought_and_minus_one(p: int, o: int, n: int) -> None:
    value = net_sentiment_raw(p, o, n)
    if p + o + n == 0:
        assert value is None
    else:
        shares = label_share(p, p + o + n), label_share(n, p + o + n)
        assert value == pytest.approx(shares[0] - shares[1])  # type: ignore[operator]
        assert -100 <= value <= 100  # type: ignore[operator]


@given(st.lists(COUNTS, min_size=3, max_size=3))
def test_label_shares_add_up_to_100_or_are_all_none(counts: list[int]) -> None:
    shares = [label_share(count, sum(counts)) for count in counts]
    if sum(counts) == 0:
        assert shares == [None, None, None]
    else:
        assert math.fsum(share for share in shares if share is not None) == pytest.approx(100)


@given(st.lists(COUNTS, min_size=1, max_size=12))
def test_shares_of_voice_add_up_to_100_or_are_all_none(mentions: list[int]) -> None:
    for formula in (share_of_voice, share_of_voice_people):
        shares = [formula(count, sum(mentions)) for count in mentions]
        if sum(mentions) == 0:
            assert set(shares) == {None}
        else:
            assert math.fsum(share for share in shares if share is not None) == pytest.approx(100)


@given(st.integers(min_value=0, max_value=3000), st.integers(min_value=0, max_value=3000))
def test_the_interval_of_a_share_is_scipys_wilson_interval(part: int, rest: int) -> None:
    found = share_interval(part, part + rest)
    if part + rest == 0:
        assert found is None
        return
    theirs = stats.binomtest(part, part + rest).proportion_ci(method="wilson")
    assert found == pytest.approx((100 * theirs.low, 100 * theirs.high), abs=1e-6)
    assert found is not None
    assert 0 <= found[0] <= 100 * part / (part + rest) <= found[1] <= 100


@pytest.mark.parametrize(("n", "p"), [(10, 0.1), (10, 0.5), (40, 0.03), (40, 0.3)])
def test_the_interval_of_a_share_covers_the_truth_about_95_times_in_100(n: int, p: float) -> None:
    """Summed exactly over every outcome; Wilson's interval is known to dip to about 90 and to average 95."""
    covered = 0.0
    for k in range(n + 1):
        low, high = share_interval(k, n) or (0.0, 0.0)
        covered += float(stats.binom.pmf(k, n, p)) * (low <= 100 * p <= high)
    assert 0.89 < covered < 0.995


@pytest.mark.parametrize("shares", [(0.2, 0.6, 0.2), (0.1, 0.85, 0.05), (0.5, 0.1, 0.4), (0.9, 0.05, 0.05)])
@pytest.mark.parametrize("n", [15, 40])
def test_the_interval_of_the_balance_covers_the_truth_about_95_times_in_100(
    n: int, shares: tuple[float, float, float]
) -> None:
    covered = 0.0
    for positive, negative in product(range(n + 1), repeat=2):
        if positive + negative > n:
            continue
        chance = float(stats.multinomial.pmf((positive, n - positive - negative, negative), n, shares))
        low, high = balance_interval(positive, n - positive - negative, negative) or (0.0, 0.0)
        covered += chance * (low <= 100 * (shares[0] - shares[2]) <= high)
    assert 0.92 < covered < 0.999


@given(COUNTS, COUNTS, COUNTS)
def test_the_interval_of_the_balance_holds_it_and_stays_on_the_scale(p: int, o: int, n: int) -> None:
    found, value = balance_interval(p, o, n), net_sentiment_raw(p, o, n)
    if value is None:
        assert found is None
    else:
        assert found is not None
        assert -100 <= found[0] <= value + 1e-9
        assert value - 1e-9 <= found[1] <= 100


@pytest.mark.parametrize(("first", "second"), [(5, 5), (9, 2), (30, 12), (120, 115), (0, 3), (0, 9)])
def test_a_lead_is_real_about_where_an_exact_coin_test_says_so(first: int, second: int) -> None:
    p_value = stats.binomtest(first, first + second, 0.5).pvalue
    if not 0.03 < p_value < 0.12:
        assert lead_is_real(first, second) is bool(p_value < 0.05)


def test_a_change_is_worked_by_hand_and_needs_something_to_compare_with() -> None:
    assert change(120, 100) == 20.0
    assert change(0, 40) == -100.0
    assert change(5, 0) is None
    assert change(None, 5) is None
    assert difference(22.0, 25.5) == -3.5
    assert difference(None, 1.0) is None


def test_engagement_adds_what_the_networks_formula_names_and_nothing_else() -> None:
    assert engagement([Seen("x", likes=3, shares=2, comments=1, quotes=4)]) == 10
    assert engagement([Seen("hackernews", likes=3, shares=99, comments=1)]) == 4
    assert engagement([Seen("new network", likes=1, quotes=1)]) == 2
    assert engagement([Seen("x"), Seen("mastodon", likes=0)]) == 0
    assert engagement([]) is None
    assert all("views" not in names for names in FORMULAS.values())


@given(COUNTS)
def test_reach_is_2_to_5_percent_of_the_potential(followers: int) -> None:
    low, high = reach_interval(potential_reach(followers))
    assert (low, high) == pytest.approx((followers / 50, followers / 20))


TESTED = ((24.0, 9.0, 6.0), (8.0, 22.0, 10.0), (4.0, 8.0, 22.0))
INPUTS = st.builds(
    lambda neg, neu, pos, failed, waiting, others, authors, more, followers, before, audit: Inputs(
        mentions=neg + neu + pos + failed + waiting,
        reposts=others,
        negative=neg,
        neutral=neu,
        positive=pos,
        sums=(0.7 * neg + 0.2 * neu, 0.3 * neg + 0.6 * neu, 0.2 * neu + 0.9 * pos),
        known=(0.0, 0.0, 0.1 * pos),
        confusion=TESTED if before % 2 else None,
        audit=audit,
        failed=failed,
        all_mentions=neg + neu + pos + failed + waiting + others,
        authors=authors,
        all_authors=authors + more,
        followers=followers,
        seen=(Seen("x", likes=pos),) if pos else (),
        before=Inputs(mentions=before),
    ),
    *[st.integers(min_value=0, max_value=1000)] * 10,
    st.sampled_from([None, ((20.0, 4.0, 1.0), (0.0, 3.0, 0.0), (0.0, 0.0, 0.0))]),
)


@given(INPUTS)
def test_every_metric_of_any_counts_is_a_number_or_none_and_never_nan(inputs: Inputs) -> None:
    for metric in METRICS.values():
        figure = metric.compute(inputs)
        for number in (figure.value, *(figure.interval or ())):
            assert number is None or math.isfinite(number), metric.id
        if figure.interval and figure.value is not None and metric.unit in ("%", "points"):
            assert figure.interval[0] <= figure.value + 1e-9, metric.id
            assert figure.value <= figure.interval[1] + 1e-9, metric.id
        if metric.unit == "%" and metric.id != "mentions_change" and figure.value is not None:
            assert 0 <= figure.value <= 100, metric.id


@given(INPUTS)
def test_the_labels_those_that_failed_and_those_that_wait_add_up_to_the_mentions(inputs: Inputs) -> None:
    waiting = METRICS["unlabelled"].compute(inputs).value
    assert inputs.labelled + inputs.failed + waiting == METRICS["mentions"].compute(inputs).value  # type: ignore[operator]


def test_where_nothing_was_counted_every_metric_is_what_the_registry_says() -> None:
    for metric in METRICS.values():
        assert metric.compute(Inputs()).value == metric.empty, metric.id


def test_the_registry_is_in_order() -> None:
    for name, metric in METRICS.items():
        assert metric.id == name
        assert metric.version >= 1
        assert metric.unit in get_args(Unit)
        assert metric.area in get_args(Area)
        assert set(metric.data) <= {"P", "O", "I"}
        assert metric.inputs
        assert metric.source
        assert metric.title
        assert metric.formula
    assert [metric.id for metric in chosen(["reposts", "mentions", "reposts"])] == ["reposts", "mentions"]
    assert [metric.id for metric in chosen([])] == list(OVERVIEW)

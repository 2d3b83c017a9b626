"""Waits: published and hand-worked figures, a plain product-limit recount, and what coverage the intervals have."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from metrics.catalogue.service import METRICS
from metrics.facts import Facts
from metrics.formulas.waiting import Service, Waits, median_wait, share_within, survival
from metrics.inputs import Inputs

REMISSION = Waits.of((6, 6, 6, 7, 10, 13, 16, 22, 23), (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
"""Weeks in remission under 6-mercaptopurine (Freireich et al., Blood 21, 1963), the usual example of the method."""
BY_ID = {metric.id: metric for metric in METRICS}
MINUTES = st.lists(st.integers(min_value=0, max_value=500).map(float), max_size=30).map(tuple)


def plain_product(ended: tuple[float, ...], still: tuple[float, ...], minutes: float) -> float:
    """The product-limit estimate by its definition."""
    share = 1.0
    for at in sorted(set(ended)):
        if at <= minutes:
            lasting = sum(length >= at for length in (*ended, *still))
            share *= 1 - ended.count(at) / lasting
    return share


def test_the_curve_is_the_published_one() -> None:
    shares = {step.minutes: step.share for step in survival(REMISSION)}
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert shares == {at: pytest.approx(share, abs=5e-4) for at, share in published.items()}
    assert median_wait(REMISSION)[0] == 23


@given(MINUTES, MINUTES, st.integers(min_value=0, max_value=500))
def test_the_curve_is_the_product_of_its_definition(
    ended: tuple[float, ...], still: tuple[float, ...], minutes: int
) -> None:
    waits = Waits.of(ended, still)
    steps = survival(waits)
    shares = [step.share for step in steps]
    assert shares == sorted(shares, reverse=True)
    for step in steps:
        assert step.share == pytest.approx(plain_product(ended, still, step.minutes))
        assert -1e-9 <= step.low <= step.share + 1e-9
        assert step.share <= step.high + 1e-9 <= 1 + 2e-9
    value, interval = share_within(waits, minutes)
    if value is not None:
        assert value == pytest.approx(100 * (1 - plain_product(ended, still, minutes)))
        assert interval is None or interval[0] - 1e-6 <= value <= interval[1] + 1e-6


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
def test_the_interval_is_the_one_scipy_computes() -> None:
    chance = random.Random(3)
    lengths = [float(chance.randrange(60)) for _ in range(200)]
    over = [chance.random() < 0.6 for _ in lengths]
    found = ecdf(CensoredData.right_censored(lengths, [not ended for ended in over])).sf
    bounds = found.confidence_interval(method="log-log")
    steps = survival(
        Waits.of(
            *(
                [at for at, ended in zip(lengths, over, strict=True) if ended is kind]
                for kind in (True, False)
            )
        )
    )
    places = [list(found.quantiles).index(step.minutes) for step in steps]
    assert [step.low for step in steps] == pytest.approx(list(bounds.low.probabilities[places]))
    assert [step.high for step in steps] == pytest.approx(list(bounds.high.probabilities[places]))


def test_as_many_cases_as_an_import_can_hold_are_no_more_work_than_their_lengths() -> None:
    details = {"answered": {"5": 4e12, "30": 2e12}, "unanswered": {"400": 1e12}}
    figure = BY_ID["response_time"].compute(Inputs(facts=Facts(details=details)))
    assert (figure.value, figure.n) == (5, 7_000_000_000_000)


def test_leaving_out_those_who_wait_would_make_slow_service_look_quick() -> None:
    answered, waiting = (5.0, 10.0, 15.0), (600.0,) * 7
    assert median_wait(Waits.of(answered))[0] == 10
    assert median_wait(Waits.of(answered, waiting)) == (None, None)
    assert share_within(Waits.of(answered, waiting), 60)[0] == pytest.approx(30)


def test_one_who_has_waited_less_than_the_service_level_counts_for_as_long() -> None:
    # 4 asked; one answered at 20 of 4 waiting: S = 3/4; one still waits since 30; one answered at 50 of the 2 left: S = 3/8
    assert share_within(Waits.of((20.0, 50.0), (30.0, 300.0)), 60)[0] == pytest.approx(62.5)


def test_nine_medians_of_ten_lie_in_their_interval() -> None:
    """Exponential waits, a third of them cut off by now: 95 % intervals of the median, 300 draws."""
    chance = random.Random(5)
    true, held, made = 60 * 0.6931471805599453, 0, 0
    for _ in range(300):
        pairs = [(chance.expovariate(1 / 60), chance.uniform(20, 240)) for _ in range(80)]
        waits = Waits.of(
            [wait for wait, now in pairs if wait <= now], [now for wait, now in pairs if wait > now]
        )
        interval = median_wait(waits)[1]
        if interval is not None:
            made += 1
            held += interval[0] <= true <= interval[1]
    assert made > 290
    assert 0.92 <= held / made <= 0.985


def test_each_figure_on_service_is_the_one_worked_by_hand() -> None:
    # response: 10, 20, 40 answered, 90 open: S(10)=3/4, S(20)=1/2 -> median 20; within 60: 1 - 1/4 = 75 %
    response = Waits.of((10.0, 20.0, 40.0), (90.0,))
    # resolution: 60 and 300 minutes closed, one open for 600: S(60)=2/3, S(300)=1/3 -> median 5 hours
    resolution = Waits.of((60.0, 300.0), (600.0,))
    inputs = Inputs(service=Service(response, resolution, closed=4, target=60))
    figures = {name: metric.compute(inputs) for name, metric in BY_ID.items()}
    assert figures["response_time"].value == 20
    assert figures["response_within_sla"].value == pytest.approx(75)
    assert figures["time_to_resolve"].value == 5
    assert figures["issues_resolved"].value == 4
    assert figures["issues_resolved"].parts[0].value == pytest.approx(100 * 2 / 3)


def test_imported_cases_are_taken_instead_of_public_replies_and_say_so() -> None:
    details = {"answered": {"5": 2.0, "30": 1.0}, "unanswered": {"400": 1.0}, "resolved": {"120": 3.0}}
    inputs = Inputs(service=Service(Waits.of((99.0,))), facts=Facts(details=details))
    figure = BY_ID["response_time"].compute(inputs)
    assert (figure.value, figure.n) == (5, 4)
    assert "imported cases" in figure.notes[0]
    assert BY_ID["time_to_resolve"].compute(inputs).value == 2
    assert BY_ID["issues_resolved"].compute(inputs).value == 3


@pytest.mark.parametrize(
    ("service", "told"),
    [
        (None, "needs the brand's own replies"),
        (Service(), "needs the brand's own replies"),
        (Service(Waits()), "none in this time"),
        (Service(Waits.of((5.0,), (60.0, 70.0))), "2 of 3 still wait"),
    ],
)
def test_without_an_answer_the_missing_input_is_said_in_words(service: Service | None, told: str) -> None:
    figure = BY_ID["response_time"].compute(Inputs(service=service))
    assert figure.value is None
    assert told in figure.missing

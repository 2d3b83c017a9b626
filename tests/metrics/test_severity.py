"""Severity: the table's own cases, and that worse never counts as less."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.alerts.alert import SEVERITIES, Severity, Signal
from metrics.alerts.cause import Cause, Reach
from metrics.alerts.severity import points, severity_of

AT = datetime(2027, 3, 1, tzinfo=UTC)
COUNTS = st.floats(0, 1e6, allow_nan=False)


def signal(kind: str = "volume", seen: float = 20, expected: float = 10, false_alarms: float = 0.5) -> Signal:
    return Signal(kind, None, 3600, seen, expected, 4, 18, false_alarms, AT, AT)  # type: ignore[arg-type]


def reached(followers: int) -> Cause:
    return Cause(reach=Reach(AT, 1, 0, 1, followers, 0))


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    kind = draw(st.sampled_from(["volume", "negative", "negative_share"]))
    return signal(kind, draw(COUNTS), draw(COUNTS), draw(st.floats(0, 1000)))


ALL = st.lists(signals(), max_size=3)


@pytest.mark.parametrize(
    ("one", "followers", "told"),
    [
        (signal(), 0, "notice"),
        (signal("negative"), 0, "warning"),
        (signal(seen=400, expected=30, false_alarms=0.0001), 50_000, "warning"),
        (signal(seen=400, expected=30, false_alarms=0.0001), 150_000, "critical"),
        (signal("negative", seen=84, expected=6, false_alarms=0.02), 0, "critical"),
        (signal("negative", seen=3, expected=0.0, false_alarms=0.9), 0, "warning"),
    ],
)
def test_the_points_come_to_what_the_table_says(one: Signal, followers: int, told: Severity) -> None:
    assert severity_of([one], reached(followers), budget=1) == told


def test_nothing_known_has_no_points() -> None:
    assert points([], None, 1) == {"rare": 0, "large": 0, "negative": 0, "reach": 0}


def rank(some: list[Signal], cause: Cause | None, budget: float = 1) -> int:
    return SEVERITIES.index(severity_of(some, cause, budget))


@given(ALL, signals(), st.integers(0, 10**8), st.floats(0.1, 30))
def test_another_signal_never_lowers_it(
    some: list[Signal], more: Signal, followers: int, budget: float
) -> None:
    assert rank([*some, more], reached(followers), budget) >= rank(some, reached(followers), budget)


@given(signals(), st.floats(0, 1), COUNTS)
def test_rarer_larger_or_negative_never_lowers_it(one: Signal, rarer: float, more: float) -> None:
    before = rank([one], None)
    assert rank([replace(one, false_alarms=one.false_alarms * rarer)], None) >= before
    assert rank([replace(one, seen=one.seen + more)], None) >= before
    assert rank([replace(one, kind="negative")], None) >= before


@given(ALL, st.integers(0, 10**8), st.integers(0, 10**8))
def test_more_reach_never_lowers_it(some: list[Signal], followers: int, more: int) -> None:
    assert rank(some, reached(followers + more)) >= rank(some, reached(followers)) >= rank(some, None)


@given(ALL, st.floats(0.01, 30), st.floats(0, 30))
def test_a_smaller_budget_never_raises_it(some: list[Signal], budget: float, more: float) -> None:
    assert rank(some, None, budget + more) >= rank(some, None, budget)

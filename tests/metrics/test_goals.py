"""Goals: targets, progress, pace, states, and when to look again, by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import MetricError
from metrics.goals.goal import (
    Aim,
    Baseline,
    Goal,
    State,
    bounds,
    elapsed,
    fits,
    nature,
    pace,
    progress,
    reached,
    state,
    target,
    window_days,
)
from metrics.goals.history import History, prospect
from metrics.goals.reviews import Due, after_months, due_reviews, next_review
from metrics.goals.standing import against_direction, implausible
from metrics.registry import METRICS

FIRST, LAST = date(2027, 1, 1), date(2027, 4, 30)
GOAL = Goal("mentions", "delta", Aim("percent", 35), FIRST, LAST, number=1)


def test_a_percentage_of_a_percentage_is_relative_and_points_are_added() -> None:
    assert target(Aim("percent", 35), 2.0) == pytest.approx(2.7)
    assert target(Aim("points", 35), 2.0) == 37.0
    assert target(Aim("amount", -500), 2000) == 1500
    assert target(Aim("to", 40), 2.0) == 40


@given(st.floats(1, 1e6), st.floats(-99, 500).filter(lambda amount: abs(amount) > 0.01))
def test_progress_is_0_at_the_start_100_at_the_target_and_half_between(base: float, amount: float) -> None:
    wanted = target(Aim("percent", amount), base)
    assert progress(base, base, wanted) == 0
    assert progress(base, wanted, wanted) == pytest.approx(100)
    assert progress(base, (base + wanted) / 2, wanted) == pytest.approx(50)


def test_elapsed_counts_whole_days_of_which_the_first_and_the_last_belong_to_the_goal() -> None:
    assert [elapsed(GOAL, day) for day in (FIRST - timedelta(days=9), FIRST, LAST + timedelta(days=1))] == [
        0,
        0,
        1,
    ]
    assert elapsed(GOAL, FIRST + timedelta(days=60)) == 0.5


def test_a_pace_of_one_is_just_enough_and_the_first_week_has_none() -> None:
    half = FIRST + timedelta(days=60)
    assert pace(50.0, elapsed(GOAL, half), GOAL, half) == 1.0
    assert pace(-10.0, 0.5, GOAL, half) == -0.2
    assert pace(50.0, 0.05, GOAL, FIRST + timedelta(days=6)) is None
    assert pace(None, 0.5, GOAL, half) is None


@pytest.mark.parametrize(
    ("over", "met", "speed", "chance", "expected"),
    [
        (False, None, None, None, "waiting"),
        (True, True, 1.0, None, "met"),
        (True, False, 0.99, None, "missed"),
        (False, False, 1.2, 0.24, "at risk"),
        (False, False, 0.9, 0.3, "on track"),
        (False, False, 0.2, 0.6, "on track"),
        (False, False, 0.5, 0.5, "behind"),
        (False, False, 0.5, None, "behind"),
        (False, False, 0.44, None, "at risk"),
        (False, False, None, None, "new"),
        (False, False, None, 0.4, "new"),
    ],
)
def test_the_state_follows_from_pace_and_chance(
    over: bool, met: bool | None, speed: float | None, chance: float | None, expected: State
) -> None:
    assert state(over=over, met=met, speed=speed, chance=chance) == expected


def test_a_target_below_is_reached_from_above() -> None:
    assert reached(19, 20, 25)
    assert not reached(21, 20, 25)
    assert not reached(19, 20, 15)


def test_the_window_holds_whole_weeks_and_four_at_most() -> None:
    days = [window_days(FIRST, FIRST + timedelta(days=length - 1)) for length in (1, 7, 13, 14, 27, 28, 400)]
    assert days == [7, 7, 7, 14, 21, 28, 28]


def test_kinds_of_figures_are_told_apart() -> None:
    assert [
        nature(METRICS[kpi]) for kpi in ("followers", "mentions", "average_engagement_rate", "cost_per_lead")
    ] == [
        "stock",
        "flow",
        "rate",
        "rate",
    ]
    assert nature(METRICS["engagement_by_content_type"]) == "rate"
    assert bounds(METRICS["return_on_investment"])[0] < 0
    assert bounds(METRICS["average_rating"]) == (0, 5)
    assert bounds(METRICS["customer_satisfaction_top"]) == (0, 100)
    for kpi in METRICS:
        assert nature(METRICS[kpi]) in ("stock", "flow", "rate")


def test_an_aim_that_cannot_be_said_of_a_figure_is_refused() -> None:
    with pytest.raises(MetricError, match="without points"):
        fits(Aim("points", 5), METRICS["mentions"])
    fits(Aim("points", -0.5), METRICS["negative_share_smallest_change"])
    with pytest.raises(MetricError, match="between 0 and 100"):
        fits(Aim("to", -2), METRICS["share_of_voice_smallest_change"])
    with pytest.raises(MetricError, match="more than 100 %"):
        fits(Aim("percent", -120), METRICS["mentions"])
    with pytest.raises(MetricError, match="percentage of that means nothing"):
        fits(Aim("percent", 5), METRICS["net_sentiment"])


def test_a_goal_against_the_good_direction_or_out_of_reach_is_warned_about() -> None:
    assert list(against_direction(METRICS["mentions"], 10, 12)) == []
    assert "of which less is better" in next(against_direction(METRICS["negative_share"], 20, 22))
    assert "100.0 % at most" in next(against_direction(METRICS["share_of_voice"], 80, 108))
    assert "means little alone" in next(against_direction(METRICS["likes"], 80, 108))


def test_a_target_that_the_past_never_came_near_is_called_implausible_in_words() -> None:
    values = tuple(100.0 + (week * 7 % 5) for week in range(60))
    past = History(values, 0, float("inf"), 4, date(2027, 1, 4))
    goal = Goal("mentions", "delta", Aim("percent", 35), FIRST, LAST, baseline=Baseline(408, FIRST, FIRST))
    found = prospect(past, 408.0, 550.8, 17, upward=True)
    (line,) = implausible(goal, METRICS["mentions"], "Delta", 550.8, found, past)
    assert line.startswith("implausible: 551 by 2027-04-30 lies outside")
    assert "in the last 60 weeks Delta's mentions never rose by more than" in line
    assert line.endswith("within 18 weeks, and it asks for +35.0 %")
    modest = prospect(past, 408.0, 410.0, 17, upward=True)
    assert list(implausible(goal, METRICS["mentions"], "Delta", 410.0, modest, past)) == []


def test_reviews_fall_on_days_that_exist_and_on_the_day_after_the_goal() -> None:
    begins = date(2026, 10, 31)
    months = [after_months(begins, month) for month in (1, 4, 14)]
    assert months == [date(2026, 11, 30), date(2027, 2, 28), date(2027, 12, 31)]
    weekly = Goal("mentions", "delta", Aim("percent", 5), FIRST, LAST, review="weekly")
    assert next_review(weekly) == date(2027, 1, 8)
    late = Goal(
        "mentions", "delta", Aim("percent", 5), FIRST, LAST, review="two months", reviewed=date(2027, 4, 1)
    )
    assert next_review(late) == date(2027, 5, 1)


def test_due_reviews_are_those_of_the_day_in_the_zone() -> None:
    night = datetime(2027, 1, 31, 23, 30, tzinfo=UTC)
    assert due_reviews([GOAL], night, zone="UTC") == []
    assert due_reviews([GOAL], night, zone="Europe/Oslo") == [Due(GOAL, date(2027, 2, 1))]


def test_closed_goals_want_no_review_and_the_choice_of_figures_wants_one_twice_a_year() -> None:
    closed = Goal("mentions", "delta", Aim("percent", 5), FIRST, LAST, ended="met")
    now = datetime(2027, 7, 2, tzinfo=UTC)
    assert due_reviews([closed], now, zone="UTC") == []
    assert Due(None, date(2027, 7, 1)) in due_reviews([GOAL], now, zone="UTC")
    looked = due_reviews([GOAL], now, zone="UTC", set_reviewed=date(2027, 6, 1))
    assert [one.goal for one in looked] == [GOAL]

"""Goals against a database: baselines, standings and pasts, beside a recount of the same invented posts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from metrics.goals.goal import Aim, Baseline, Goal
from metrics.read.goals import Asking, baseline, history, standing
from storage.db import Database, open_database
from storage.facts import MILLION, FactKey, save_facts
from storage.money import set_money
from storage.query import parse
from tests.metrics.invented import Told, fill

MONDAY = date(2027, 1, 4)
WEEKS = 40
NOW = datetime(2027, 10, 11, 10, tzinfo=UTC)  # the Monday after the fortieth week
ZONE = "Europe/Oslo"


def in_week(week: int) -> int:
    """How many posts name Delta in a week: 20, and 30 from the thirty-seventh on."""
    return 30 if week >= 36 else 20 + week % 3


def posts() -> list[Told]:
    """Posts at noon, spread over the days of each week; half as many for Jet Blue."""
    start = datetime(2027, 1, 4, 12, tzinfo=UTC)
    made = []
    for week in range(WEEKS):
        for number in range(in_week(week)):
            at = start + timedelta(weeks=week, days=number % 7)
            brands = ("delta", "jet-blue") if number % 2 else ("delta",)
            made.append(Told(at, "x" if number % 5 else "mastodon", number, 10, brands, False, None, None))
    return made


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = open_database(f"sqlite:///{tmp_path_factory.mktemp('goals')}/listener.db")
    fill(db, posts(), ZONE)
    yield db
    db.close()


def asked(db: Database, now: datetime = NOW) -> Asking:
    return Asking(db, ZONE, now, campaigns={"seventh": parse('"post 7"')})


BEGINS = MONDAY + timedelta(weeks=36)
GOAL = Goal("mentions", "delta", Aim("percent", 35), BEGINS, BEGINS + timedelta(days=111))


def mentions(first: date, after: date, source: str | None = None) -> int:
    return sum(
        "delta" in one.brands and first <= one.at.date() < after and source in (None, one.source)
        for one in posts()
    )


def test_the_baseline_is_the_figure_of_the_28_days_before(filled: Database) -> None:
    first = BEGINS - timedelta(days=28)
    expected = mentions(first, BEGINS)
    assert baseline(asked(filled), GOAL) == Baseline(expected, first, BEGINS, expected)
    on_x = baseline(asked(filled), replace(GOAL, channel="x"))
    assert isinstance(on_x, Baseline)
    assert on_x.value == mentions(first, BEGINS, "x") < expected


def test_a_short_goal_is_measured_over_its_own_weeks(filled: Database) -> None:
    week = baseline(asked(filled), replace(GOAL, last_day=BEGINS + timedelta(days=9)))
    assert isinstance(week, Baseline)
    assert (week.value, week.first) == (
        mentions(BEGINS - timedelta(days=7), BEGINS),
        BEGINS - timedelta(days=7),
    )


def test_progress_and_pace_follow_from_recounted_figures(filled: Database) -> None:
    one = standing(asked(filled), GOAL)
    start = mentions(BEGINS - timedelta(days=28), BEGINS)
    now = mentions(NOW.date() - timedelta(days=28), NOW.date())
    assert one.target == pytest.approx(1.35 * start)
    assert one.present == now == 4 * 30
    done = 100 * (now - start) / (0.35 * start)
    assert one.progress == pytest.approx(done)
    assert one.pace == pytest.approx(done / 100 / (28 / 112))
    assert one.state == "on track"
    assert one.weeks == WEEKS - 1  # the first one may be a part of a week
    assert one.chance is not None
    assert one.plausible is not None
    assert 0.01 <= one.chance <= 0.99
    assert one.plausible[0] < now < one.plausible[1]


def test_a_kept_baseline_is_what_counts_whatever_the_figures_say_by_now(filled: Database) -> None:
    one = standing(asked(filled), replace(GOAL, baseline=Baseline(50, BEGINS, BEGINS)))
    assert one.target == pytest.approx(67.5)
    assert "the goal" not in " ".join(one.warnings)


def test_a_goal_that_is_over_is_met_or_missed_by_the_figure_of_its_last_days(filled: Database) -> None:
    early = Goal(
        "mentions",
        "delta",
        Aim("percent", 35),
        MONDAY + timedelta(weeks=10),
        MONDAY + timedelta(weeks=20, days=-1),
    )
    one = standing(asked(filled), early)
    assert (one.state, one.after) == ("missed", early.last_day + timedelta(days=1))
    assert one.present == mentions(one.after - timedelta(days=28), one.after)
    assert one.chance is None
    late = Goal("mentions", "delta", Aim("percent", 35), BEGINS, NOW.date() - timedelta(days=1))
    assert standing(asked(filled), late).state == "met"


def test_the_past_is_the_full_weeks_without_the_one_that_runs(filled: Database) -> None:
    past = history(asked(filled, NOW - timedelta(days=3)), GOAL)
    assert past.after == MONDAY + timedelta(weeks=WEEKS - 1)
    assert past.values == tuple(float(in_week(week)) for week in range(1, WEEKS - 1))
    share = history(asked(filled), replace(GOAL, kpi="share_of_voice"))
    assert len(share.values) == WEEKS
    assert (share.low, share.high, share.window) == (0, 100, 4)


def test_a_target_far_beyond_the_past_is_called_implausible(filled: Database) -> None:
    one = standing(asked(filled), replace(GOAL, aim=Aim("to", 5000)))
    (line,) = [line for line in one.warnings if line.startswith("implausible")]
    assert "in the last 39 weeks Delta's mentions never rose by more than" in line
    assert one.chance == 0.01


def test_what_a_goal_waits_for_is_said(filled: Database) -> None:
    ask = asked(filled)
    too_early = standing(ask, replace(GOAL, begins=MONDAY + timedelta(days=9)))
    assert too_early.state == "waiting"
    assert "the first post is of 2027-01-04" in too_early.missing
    later = standing(
        ask, replace(GOAL, begins=NOW.date() + timedelta(days=3), last_day=NOW.date() + timedelta(days=90))
    )
    assert later.missing == "it begins on 2027-10-14"
    assert "no brand is called" in standing(ask, replace(GOAL, brand_id="gone")).missing
    assert "no campaign" in standing(ask, replace(GOAL, campaign="gone")).missing
    nobody = standing(ask, replace(GOAL, kpi="click_through_rate"))
    assert (nobody.state, nobody.target) == ("waiting", None)
    assert nobody.missing.startswith("needs clicks")
    quiet = standing(ask, replace(GOAL, brand_id="quiet"))
    assert quiet.missing.endswith("begin later")


def test_without_enough_past_no_chance_is_given_and_the_pace_decides(filled: Database) -> None:
    early = asked(filled, NOW - timedelta(weeks=32))
    goal = replace(GOAL, begins=MONDAY + timedelta(weeks=5), last_day=MONDAY + timedelta(weeks=30))
    one = standing(early, goal)
    assert one.unknown == "too little history (7 full weeks; 23 are needed)"
    assert one.chance is None
    assert one.state in ("on track", "behind", "at risk")


def test_a_goal_of_a_campaign_counts_its_posts_alone(filled: Database) -> None:
    one = standing(asked(filled), replace(GOAL, campaign="seventh", aim=Aim("amount", 5)))
    assert one.present is not None
    assert one.present < 10


def test_a_standing_is_strict_json_with_its_windows(filled: Database) -> None:
    told = standing(asked(filled), GOAL).as_json(NOW.date())
    assert told["goal"] == "+35 % mentions by 2028-01-02 for delta"
    assert (told["begins"], told["baseline_until"], told["now_until"]) == (
        "2027-09-13",
        "2027-09-13",
        "2027-10-11",
    )
    assert told["elapsed"] == 25
    assert told["next_review"] == "2027-10-13"


def test_a_goal_in_money_is_said_in_its_currency(sqlite_db: Database) -> None:
    fill(sqlite_db, posts()[:5], ZONE)
    set_money(sqlite_db, "NOK", {})
    day = BEGINS - timedelta(days=3)
    amounts = {
        FactKey("delta", "leads", day): 4 * MILLION,
        FactKey("delta", "spend", day, currency="NOK"): 80 * MILLION,
    }
    save_facts(sqlite_db, "crm", amounts)
    now = datetime(BEGINS.year, BEGINS.month, BEGINS.day, 10, tzinfo=UTC)
    one = standing(asked(sqlite_db, now), replace(GOAL, kpi="cost_per_lead", aim=Aim("percent", -10)))
    assert (one.present, one.unit, one.currency, one.said_in) == (20.0, "money", "NOK", "NOK")
    assert one.as_json(now.date())["currency"] == "NOK"
    assert one.goal.baseline is not None
    assert one.goal.baseline.currency == "NOK"
    set_money(sqlite_db, "EUR", {"NOK": 0.1})
    changed = standing(asked(sqlite_db, now), one.goal)
    assert (changed.state, changed.progress) == ("waiting", None)
    assert changed.missing.startswith("the baseline is in NOK and figures of money are in EUR by now")

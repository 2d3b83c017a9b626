"""Goals are kept once, keep the baseline they began from, and remember every review, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from storage.db import Database
from storage.goals import (
    FrozenBaseline,
    PlannedGoal,
    Reviewed,
    add_goal,
    change_goal,
    end_goal,
    follow_keys,
    freeze_baseline,
    keep_configured,
    known_keys,
    review_goal,
    reviews_of,
    stored_goals,
)

NOW = datetime(2027, 1, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=40)
PLAN = PlannedGoal(
    "mentions", "delta", "percent", 35.0, date(2027, 1, 2), date(2027, 5, 2), channel="x", owner="Ann"
)
BASE = FrozenBaseline(312.5, date(2026, 12, 5), date(2027, 1, 2), 312, 300.0, 325.25, "NOK")


def test_a_goal_comes_back_as_it_was_kept(db: Database) -> None:
    number, new = add_goal(db, PLAN, now=NOW)
    assert new
    (kept,) = stored_goals(db)
    assert (kept.number, kept.plan, kept.baseline, kept.ended) == (number, PLAN, None, None)


def test_a_goal_that_config_toml_has_no_more_does_not_stand_for_one_set_by_command(db: Database) -> None:
    follow_keys(db, ["k"])
    keep_configured(db, [replace(PLAN, key="k")], now=NOW)
    (configured,) = stored_goals(db)
    assert add_goal(db, PLAN, now=NOW) == (configured.number, False)
    follow_keys(db, [])
    number, new = add_goal(db, replace(PLAN, channel=None), now=NOW)
    assert new
    other = change_goal(db, number, PLAN, now=LATER)
    assert other not in (None, number, configured.number)
    assert add_goal(db, PLAN, now=LATER) == (other, False)


def test_a_goal_set_by_command_stays_itself_beside_the_same_one_in_config_toml(db: Database) -> None:
    number, _ = add_goal(db, PLAN, now=NOW)
    follow_keys(db, ["k"])
    keep_configured(db, [replace(PLAN, key="k")], now=NOW)
    assert change_goal(db, number, replace(PLAN, owner="Bo"), now=LATER) == number
    assert [(one.plan.owner, one.ended) for one in stored_goals(db)] == [("Bo", None), ("Ann", None)]
    assert change_goal(db, 99, PLAN, now=LATER) is None


def test_a_running_goal_that_says_the_same_is_not_kept_twice(db: Database) -> None:
    number, _ = add_goal(db, PLAN, now=NOW)
    assert add_goal(db, replace(PLAN, owner="Bo", begins=date(2027, 1, 9)), now=LATER) == (number, False)
    other, new = add_goal(db, replace(PLAN, channel=None), now=LATER)
    assert new
    assert end_goal(db, number, "dropped", None, now=LATER)
    again, new = add_goal(db, PLAN, now=LATER)
    assert new
    assert len({number, other, again}) == 3


def test_a_baseline_does_not_move_once_it_is_kept(db: Database) -> None:
    number, _ = add_goal(db, PLAN, now=NOW)
    freeze_baseline(db, number, BASE)
    freeze_baseline(db, number, replace(BASE, value=999.0))
    assert stored_goals(db)[0].baseline == BASE


def test_a_configured_goal_keeps_its_days_and_takes_a_new_owner(db: Database) -> None:
    configured = replace(PLAN, key="abc")
    keep_configured(db, [configured], now=NOW)
    keep_configured(
        db, [replace(configured, begins=date(2027, 2, 1), owner="Bo", review="weekly")], now=LATER
    )
    (kept,) = stored_goals(db)
    assert kept.plan == replace(configured, owner="Bo", review="weekly")
    assert known_keys(db) == {"abc"}


def test_a_goal_is_closed_once(db: Database) -> None:
    number, _ = add_goal(db, PLAN, now=NOW)
    assert end_goal(db, number, "met", "well done", now=LATER)
    assert not end_goal(db, number, "dropped", None, now=LATER)
    assert not end_goal(db, number + 1, "met", None, now=LATER)
    (kept,) = stored_goals(db)
    assert (kept.ended, kept.ended_at, kept.note) == ("met", LATER, "well done")


def test_reviews_are_kept_with_their_notes_and_the_last_one_counts(db: Database) -> None:
    number, _ = add_goal(db, PLAN, now=NOW)
    assert review_goal(db, number, "fine", now=NOW)
    assert review_goal(db, number, "still fine", now=LATER)
    assert review_goal(db, None, "the right figures", now=NOW)
    assert not review_goal(db, number + 1, "", now=NOW)
    assert stored_goals(db)[0].reviewed_at == LATER
    assert reviews_of(db, number) == [Reviewed(LATER, "still fine"), Reviewed(NOW, "fine")]
    assert reviews_of(db, None) == [Reviewed(NOW, "the right figures")]

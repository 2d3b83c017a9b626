"""What reading X costs: never beyond the budget, and what that leaves out is said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from listener.collectors.base import TrackedBrand
from listener.collectors.x import Collect
from listener.errors import (
    OutOfBudget,
)
from storage.query import Query
from tests.listener.collectors.fakes.x import raw
from tests.listener.collectors.x_desk import BRANDS, MINUTE, NOW, PRICE, Desk, at_work


@pytest.fixture
def desk() -> Iterator[Desk]:
    with at_work() as desk:
        yield desk


def test_reading_stops_at_the_budget_says_so_and_goes_on_next_month(desk: Desk) -> None:
    desk.settings = {"monthly_budget_usd": 1.3, "first_run": "6d"}
    desk.api.posts(500, newest=NOW - MINUTE, apart=MINUTE)
    with pytest.raises(OutOfBudget, match=r"1\.30 of 1\.30 USD") as caught:
        desk.run(NOW)
    assert caught.value.retry_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert len(desk.posts) == 260
    assert sum(desk.usd.values()) == pytest.approx(1.3)
    assert desk.state_at(NOW - 30 * MINUTE) == "complete"
    assert desk.state_at(NOW - 300 * MINUTE) == "over_budget"
    asked = len(desk.server.asked)
    with pytest.raises(OutOfBudget):
        desk.run(NOW + timedelta(days=1))
    assert len(desk.server.asked) == asked
    desk.api.posts(10, newest=datetime(2026, 12, 1, tzinfo=UTC) - MINUTE, apart=MINUTE)
    desk.run(datetime(2026, 12, 1, 0, 5, tzinfo=UTC))
    assert len(desk.posts) == 270


@pytest.mark.parametrize("budget", [0.0, 0.001, 0.049])
def test_a_budget_below_the_smallest_page_asks_nothing(desk: Desk, budget: float) -> None:
    desk.settings = {"monthly_budget_usd": budget}
    with pytest.raises(OutOfBudget):
        desk.run(NOW)
    assert desk.server.asked == []


def test_what_was_spent_before_a_restart_still_counts(desk: Desk) -> None:
    desk.settings = {"monthly_budget_usd": 1.0}
    desk.usd[NOW.year, NOW.month] = 0.8
    desk.api.posts(100, newest=NOW - MINUTE, apart=MINUTE)
    with pytest.raises(OutOfBudget):
        desk.run(NOW)
    assert len(desk.posts) == 40


def test_sampling_spends_evenly_reads_something_every_day_and_marks_the_rest(desk: Desk) -> None:
    desk.settings = {"monthly_budget_usd": 30.0, "sample": True, "first_run": "1h"}
    desk.brands = BRANDS
    start = datetime(2026, 11, 1, tzinfo=UTC)
    days = 4
    for hour in range(24 * days):
        now = start + timedelta(hours=hour + 1)
        desk.api.posts(60, newest=now - MINUTE, apart=MINUTE, text="delta jetblue")
        desk.run(now)
        used, pace = sum(desk.usd.values()), 30.0 * (now - start) / timedelta(days=30)
        assert used <= pace + 1e-9
    assert sum(desk.usd.values()) > 0.9 * days
    for day in range(days):
        noon = start + timedelta(days=day)
        states = [desk.state_at(noon + 10 * MINUTE * n) for n in range(1, 144)]
        assert "over_budget" in states
        assert "complete" in states
        assert None not in states[6:]


def test_counts_give_the_true_volume_of_each_whole_hour_once_an_hour(desk: Desk) -> None:
    desk.settings = {"counts": True, "first_run": "6h", "price_per_count_usd": 0.01}
    desk.api.posts(90, newest=NOW - MINUTE, apart=4 * MINUTE)
    for minutes in (0, 2, 4, 61):
        desk.run(NOW + minutes * MINUTE)
    assert sum("counts" in asked.path for asked in desk.server.asked) == 2
    hours = {since: volume.count for since, volume in desk.volumes.items()}
    assert hours[NOW - timedelta(hours=1)] == 15
    assert hours[NOW] == 0
    assert sum(hours.values()) == 90
    assert {volume.brand_id for volume in desk.volumes.values()} == {"delta"}
    assert all(volume.until - volume.since == timedelta(hours=1) for volume in desk.volumes.values())
    assert sum(desk.usd.values()) == pytest.approx(90 * PRICE + 2 * 0.01)


def test_refused_counts_are_noted_and_posts_come_all_the_same(desk: Desk) -> None:
    desk.settings = {"counts": True}
    desk.api.posts(5, newest=NOW - MINUTE, apart=MINUTE)
    desk.api.refuse = lambda asked: raw(b"[]", 403) if "counts" in asked.path else None
    desk.run(NOW)
    assert len(desk.posts) == 5
    assert "hourly counts" in desk.notes[0]


def test_counts_still_tell_the_volume_when_the_budget_for_posts_is_used(desk: Desk) -> None:
    desk.settings = {"counts": True, "monthly_budget_usd": 0.0}
    desk.api.posts(5, newest=NOW - 2 * timedelta(hours=1), apart=MINUTE)
    with pytest.raises(OutOfBudget):
        desk.run(NOW)
    assert sum(volume.count for volume in desk.volumes.values()) == 5


def test_a_recheck_tells_gone_from_not_shown_this_time(desk: Desk) -> None:
    ids = desk.api.posts(250, newest=NOW - MINUTE, apart=MINUTE)
    desk.api.user("9", protected=True)
    ids.append(desk.api.post("now for friends", NOW - MINUTE, author="9"))
    deleted, suspended, unavailable = ids[3], ids[120], ids[200]
    desk.api.gone = {
        deleted: "resource-not-found",
        suspended: "not-authorized-for-resource",
        unavailable: "operational-disconnect",
    }
    answer = desk.collector().recheck(ids, now=NOW)
    assert set(answer.gone) == {deleted, suspended, ids[-1]}
    assert answer.spent_units == 3
    assert answer.spent_usd == pytest.approx(248 * PRICE)
    fresh = [Collect.parse(payload, observed_at=NOW) for payload in answer.payloads]
    assert sum(post is not None and post.stats is not None for post in fresh) == 247
    assert desk.collector().recheck([], now=NOW).gone == []


def test_a_recheck_uses_what_an_even_pace_leaves_and_stops_at_the_budget(desk: Desk) -> None:
    ids = desk.api.posts(250, newest=NOW - MINUTE, apart=MINUTE)
    answer = desk.collector(monthly_budget_usd=1000).recheck(ids, now=NOW)
    assert len(answer.payloads) == 250
    month = NOW.replace(day=1, hour=0)
    share = (NOW - month) / (month.replace(month=month.month + 1) - month)
    paced = desk.collector(monthly_budget_usd=1.1 / share).recheck(ids, now=NOW)
    assert (len(paced.payloads), paced.asked) == (200, ids[:200])
    assert desk.collector(monthly_budget_usd=0.49 / share).recheck(ids, now=NOW).asked == []
    with pytest.raises(OutOfBudget):
        desk.collector(monthly_budget_usd=0.4).recheck(ids, now=NOW)


def test_counts_are_bought_only_for_what_x_can_say_whole(desk: Desk) -> None:
    desk.settings = {"counts": True}
    desk.brands = (TrackedBrand("delta", Query.parse("delta flight*"), 1),)
    desk.api.posts(3, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    assert desk.volumes == {}
    assert len(desk.posts) == 3

"""Reading X down to what is stored: nothing lost, nothing paid twice. The fake's ledger is the oracle."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from listener.collectors.base import Context, TrackedBrand
from listener.collectors.x import Collect, Settings
from listener.collectors.x_parse import time_of
from listener.errors import (
    BadReply,
    CursorRefused,
    SourceError,
)
from storage.query import Query
from tests.listener.collectors.fake_server import Answer
from tests.listener.collectors.fakes.x import raw, snowflake
from tests.listener.collectors.x_desk import BRANDS, MINUTE, NOW, PRICE, Desk, at_work


@pytest.fixture
def desk() -> Iterator[Desk]:
    with at_work() as desk:
        yield desk


@pytest.mark.parametrize("tokens_expire", [False, True], ids=["by_token", "by_id"])
@pytest.mark.parametrize("page", [1, 2, 3, 4, 5])
def test_a_kill_after_any_page_loses_nothing_and_pays_nothing_twice(
    desk: Desk, page: int, tokens_expire: bool
) -> None:
    desk.api.posts(480, newest=NOW - MINUTE, apart=timedelta(seconds=20))
    desk.run(NOW, stop_after=page)
    assert len(desk.posts) == min(100 * page, 480)
    desk.api.tokens_expire = tokens_expire
    newer = desk.api.posts(20, newest=NOW + 59 * MINUTE, apart=timedelta(seconds=30))
    desk.run(NOW + timedelta(hours=1))
    assert set(desk.posts) == set(desk.api.texts)
    assert set(newer) <= set(desk.posts)
    assert sum(desk.usd.values()) == pytest.approx(len(desk.api.charged) * PRICE)
    assert desk.state_at(NOW - timedelta(hours=2)) == "complete"


def test_a_hundred_polls_store_each_post_once_and_pay_for_it_once(desk: Desk) -> None:
    for poll in range(100):
        desk.api.post(f"delta {poll}", NOW + poll * 2 * MINUTE)
        desk.run(NOW + poll * 2 * MINUTE + MINUTE)
    assert len(desk.posts) == 100
    assert sum(desk.usd.values()) == pytest.approx(100 * PRICE)


@pytest.mark.parametrize("late_s", [1, 60, 200, 299])
def test_a_post_that_appears_up_to_five_minutes_late_is_collected(desk: Desk, late_s: int) -> None:
    late = desk.api.post("delta, late", NOW - 40 * MINUTE, late=timedelta(seconds=late_s))
    for poll in range(-60, 2, 2):
        desk.run(NOW + poll * MINUTE)
    assert late in desk.posts


def test_after_ten_days_away_there_is_one_gap_and_everything_since_is_collected(desk: Desk) -> None:
    desk.run(NOW)
    lost = desk.api.post("delta, too old", NOW + timedelta(days=1))
    back = NOW + timedelta(days=10)
    kept = desk.api.posts(150, newest=back - MINUTE, apart=timedelta(minutes=50))
    for again in range(3):
        desk.run(back + again * 5 * MINUTE)
    assert set(desk.posts) == set(kept)
    assert lost not in desk.posts
    ((since, until),) = desk.gaps()
    assert since == NOW - timedelta(seconds=30)
    assert abs(until - (back - timedelta(days=7))) < timedelta(hours=1)
    assert desk.state_at(NOW + timedelta(days=1)) == "not_collected"
    assert desk.state_at(back - timedelta(days=1)) == "complete"


def test_a_window_that_x_alone_calls_too_old_becomes_one_gap(desk: Desk) -> None:
    """X's clock is ahead of ours, so that it refuses what we still ask for."""
    desk.run(NOW)
    back = NOW + timedelta(days=9)
    kept = desk.api.posts(30, newest=back, apart=timedelta(hours=4))
    ahead = 20 * MINUTE

    def refuse(asked: Any) -> Answer | None:
        desk.api.now = back + ahead
        return None

    desk.api.refuse = refuse
    desk.run(back)
    assert set(desk.posts) == set(kept)
    desk.run(back + 5 * MINUTE)
    assert desk.coverage[-1].state == "complete"
    assert len({until for _, until in desk.gaps()}) == len(desk.gaps())
    assert desk.gaps()[0][0] == NOW - timedelta(seconds=30)
    assert all(earlier[1] == later[0] for earlier, later in zip(desk.gaps(), desk.gaps()[1:], strict=False))


def test_a_walk_cut_long_ago_ends_in_a_gap_below_and_goes_on_above(desk: Desk) -> None:
    desk.api.posts(250, newest=NOW - MINUTE, apart=timedelta(minutes=5))
    desk.run(NOW, stop_after=1)
    back = NOW + timedelta(days=8)
    new = desk.api.posts(5, newest=back - MINUTE, apart=MINUTE)
    desk.run(back)
    assert set(new) <= set(desk.posts)
    desk.run(back + 2 * MINUTE)
    first, second = desk.gaps()
    assert first[1] < NOW
    assert second[0] == NOW - timedelta(seconds=30)


def test_a_page_without_its_paging_is_read_on_by_id(desk: Desk) -> None:
    """Nothing tells such a page from a last one; taking it for one could lose the rest."""
    desk.api.posts(250, newest=NOW - MINUTE, apart=MINUTE)

    def refuse(asked: Any) -> Answer | None:
        if "until_id" in asked.query or "next_token" in asked.query:
            return None
        newest = sorted(desk.api.tweets, key=int, reverse=True)[:100]
        return Answer.json(desk.api.page(newest))

    desk.api.refuse = refuse
    desk.run(NOW)
    assert set(desk.posts) == set(desk.api.texts)


@pytest.mark.parametrize("cycle", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_paging_in_a_circle_wastes_at_most_three_pages_and_loses_nothing(
    desk: Desk, cycle: list[str]
) -> None:
    desk.api.posts(700, newest=NOW - MINUTE, apart=MINUTE)
    newest = sorted(desk.api.tweets, key=int, reverse=True)

    def refuse(asked: Any) -> Answer | None:
        if "until_id" in asked.query:
            return None
        at = cycle.index(asked.query["next_token"]) + 1 if "next_token" in asked.query else 0
        body = desk.api.page(newest[100 * at : 100 * at + 100])
        return Answer.json(body | {"meta": {"result_count": 100, "next_token": cycle[at % len(cycle)]}})

    desk.api.refuse = refuse
    desk.run(NOW)
    assert set(desk.posts) == set(desk.api.texts)
    assert any("twice" in note for note in desk.notes)
    assert len(desk.server.asked) <= 7 + 1 + 3


def test_an_x_that_repeats_one_page_for_ever_is_named(desk: Desk) -> None:
    desk.api.posts(10, newest=NOW - MINUTE, apart=MINUTE)
    page = desk.api.page(desk.api.tweets) | {"meta": {"result_count": 10, "next_token": "again"}}
    desk.api.refuse = lambda _: Answer.json(page)
    with pytest.raises(BadReply, match="runs in a circle"):
        desk.run(NOW)
    assert len(desk.server.asked) <= 4
    assert len(desk.posts) == 10


def test_backfill_reaches_a_week_back_marks_what_is_older_and_moves_no_cursor(desk: Desk) -> None:
    desk.api.posts(300, newest=NOW - MINUTE, apart=timedelta(hours=1))
    collector = desk.collector()
    (stream,) = collector.streams(BRANDS[:1])
    pages = list(collector.backfill(stream, since=NOW - timedelta(days=12), now=NOW))
    assert {page.cursor for page in pages} == {None}
    assert 166 <= sum(len(page.payloads) for page in pages) <= 168
    assert pages[0].coverage[0].state == "not_collected"
    assert pages[0].coverage[0].since == NOW - timedelta(days=12)


CURSOR: dict[str, Any] = {"low": "2026-11-16T11:00:00Z"}
WALK = {"since": "2026-11-16T10:00:00Z", "until": "2026-11-16T11:00:00Z"}


@pytest.mark.parametrize(
    "cursor",
    [
        {},
        {"low": "garbage"},
        {"low": 9223372036854775807},
        {"low": "2999-01-01T00:00:00Z"},
        {"low": "1970-01-01T00:00:00Z"},
        {"low": "2026-11-16T11:00:00"},
        {"min_id": "115"},
        CURSOR | {"since_id": "1"},
        CURSOR | {"walk": {"since": WALK["until"], "until": WALK["since"]}},
        CURSOR | {"walk": WALK | {"oldest": "9223372036854775807"}},
        CURSOR | {"walk": WALK | {"oldest": "-5"}},
        CURSOR | {"walk": WALK | {"until": "2999-01-01T00:00:00Z"}},
        CURSOR | {"paid": {"on": "2026-11-16", "ids": [snowflake(NOW + timedelta(days=1), 1)]}},
        CURSOR | {"counted": "2999-01-01T00:00:00Z"},
    ],
)
def test_a_cursor_that_this_search_cannot_have_stored_is_refused_with_its_value(
    desk: Desk, cursor: dict[str, Any]
) -> None:
    collector = desk.collector()
    (stream,) = collector.streams(BRANDS[:1])
    with pytest.raises(CursorRefused) as caught:
        list(collector.fetch(stream, cursor, now=NOW))
    assert "birds" in str(caught.value)
    assert str(cursor) in str(caught.value)
    assert desk.server.asked == []


def test_a_query_that_x_cannot_search_by_is_named_and_one_it_cannot_meet_is_not_searched(desk: Desk) -> None:
    elsewhere = TrackedBrand("there", Query.parse("delta source:mastodon"), 1)
    wordless = TrackedBrand("wordless", Query.parse("delt* lang:en"), 1)
    collector = desk.collector()
    assert collector.streams([elsewhere]) == []
    (stream,) = collector.streams([wordless])
    with pytest.raises(SourceError, match=r"the query of wordless: X cannot search"):
        list(collector.fetch(stream, None, now=NOW))
    assert desk.server.asked == []


def test_a_changed_query_has_a_position_of_its_own() -> None:
    old, new = BRANDS[0], TrackedBrand("delta", Query.parse("delta air"), 4)
    collector = Collect(Settings(), Context("birds"))
    assert collector.streams([old])[0].key != collector.streams([new])[0].key


@pytest.mark.parametrize("seed", range(12))
def test_whatever_goes_wrong_in_whatever_order_nothing_is_lost_or_called_complete_too_soon(
    desk: Desk, seed: int
) -> None:
    """A week of random outages, kills, refusals and late posts, with random pauses between the runs."""
    rng, prompt = random.Random(seed), set[str]()
    api, now, offered = desk.api, NOW, NOW - timedelta(hours=20)
    api.page_size = rng.choice([10, 37, 100])
    desk.settings = {"first_run": "1d", "pages_per_run": rng.choice([2, 5, 100])}
    while now < NOW + timedelta(days=7):
        for _ in range(rng.randint(0, 60)):
            at = offered + (now - offered) * rng.random()
            late = timedelta(seconds=rng.choice([0, 0, 60, 299]))
            key = api.post("delta", at.replace(microsecond=0), late=late)
            prompt |= set() if late else {key}
        offered = now
        trouble = rng.choice([None, None, 429, 500, "token", "cut"])
        left = rng.randint(0, 4)

        def refuse(asked: Any, trouble: Any = trouble) -> Answer | None:
            nonlocal left
            left -= 1
            if trouble == "token":
                return raw(b"{}", 400) if "next_token" in asked.query else None
            if trouble is None or left >= 0:
                return None
            return raw(b'{"data": [', 200) if trouble == "cut" else raw(b"", trouble)

        api.refuse = refuse
        with suppress(SourceError):
            desk.run(now, stop_after=rng.choice([1, 2, 1_000]))
        missing = prompt - set(desk.posts)
        assert not [key for key in missing if desk.state_at(time_of(key) or now) == "complete"]
        now += rng.choice([2, 3, 30, 300, 1_500]) * MINUTE
    api.refuse = lambda _: None
    for _ in range(60):
        desk.run(now)
        now += MINUTE
    assert set(desk.posts) == set(api.texts)
    assert desk.gaps() == []
    assert sum(desk.usd.values()) <= len(api.charged) * PRICE + 1e-9

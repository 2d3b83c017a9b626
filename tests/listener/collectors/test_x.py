"""Collecting from X: nothing lost, nothing paid twice, refusals told apart. The ledger is the oracle."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from listener.collectors.base import Context, Cursor, Spent, TrackedBrand
from listener.collectors.x import Collect, Settings
from listener.errors import (
    BadReply,
    CursorRefused,
    OutOfBudget,
    RateLimited,
    SecretMissing,
    SourceError,
    Unauthorized,
    Unreachable,
)
from storage.query import Query
from storage.types import Coverage, Volume
from tests.listener.collectors.fake_server import Answer, FakeServer
from tests.listener.collectors.fakes.x import TOKEN, Api, problem, raw, snowflake

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BRANDS = (TrackedBrand("delta", Query.parse("delta"), 3), TrackedBrand("jetblue", Query.parse("jetblue"), 1))
PRICE = 0.005


@dataclass
class Desk:
    """A source as the service keeps it: pages and cursor stored together, spending added up by month."""

    api: Api
    server: FakeServer
    settings: dict[str, Any] = field(default_factory=dict)
    brands: tuple[TrackedBrand, ...] = BRANDS[:1]
    posts: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    volumes: dict[datetime, Volume] = field(default_factory=dict)
    usd: dict[tuple[int, int], float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def collector(self, **settings: Any) -> Collect:
        chosen = {"api_url": self.server.url, "allow_private_addresses": True, "counts": False}
        context = Context("birds", {"bearer_token": SecretStr(TOKEN)}, self.spent)
        return Collect(Settings(**{**chosen, **self.settings, **settings}), context)

    def spent(self, now: datetime) -> Spent:
        return Spent(usd_this_month=self.usd.get((now.year, now.month), 0.0))

    def run(self, now: datetime, *, stop_after: int = 1_000_000) -> None:
        """One run over every brand; `stop_after` pages it is killed."""
        self.api.now = now
        collector = self.collector()
        done = 0
        for stream in collector.streams(self.brands):
            for page in collector.fetch(stream, self.cursors.get(stream.key), now=now):
                done += 1
                for payload in page.payloads:
                    post = Collect.parse(payload, observed_at=now)
                    assert post is not None
                    self.posts[post.source_id] = post.text
                if page.cursor is not None:
                    self.cursors[stream.key] = page.cursor
                self.coverage += page.coverage
                self.notes += page.partial_errors
                self.volumes |= {volume.since: volume for volume in page.volumes}
                month = (now.year, now.month)
                self.usd[month] = self.usd.get(month, 0.0) + page.spent_usd
                if done == stop_after:
                    return
        collector.close()

    def state_at(self, at: datetime) -> str | None:
        """What is known of an instant: the newest word counts."""
        stretches = [stretch for stretch in self.coverage if stretch.brands[0][0] == self.brands[0].id]
        said = [stretch.state for stretch in stretches if stretch.since <= at < stretch.until]
        return said[-1] if said else None


@pytest.fixture
def desk() -> Iterator[Desk]:
    api = Api(NOW)
    with FakeServer(api.respond) as server:
        yield Desk(api, server)


def gaps(desk: Desk) -> list[tuple[datetime, datetime]]:
    return [(gap.since, gap.until) for gap in desk.coverage if gap.state == "not_collected"]


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
    ((since, until),) = gaps(desk)
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
    assert len({until for _, until in gaps(desk)}) == len(gaps(desk))
    assert gaps(desk)[0][0] == NOW - timedelta(seconds=30)
    assert all(earlier[1] == later[0] for earlier, later in zip(gaps(desk), gaps(desk)[1:], strict=False))


def test_a_walk_cut_long_ago_ends_in_a_gap_below_and_goes_on_above(desk: Desk) -> None:
    desk.api.posts(250, newest=NOW - MINUTE, apart=timedelta(minutes=5))
    desk.run(NOW, stop_after=1)
    back = NOW + timedelta(days=8)
    new = desk.api.posts(5, newest=back - MINUTE, apart=MINUTE)
    desk.run(back)
    assert set(new) <= set(desk.posts)
    desk.run(back + 2 * MINUTE)
    first, second = gaps(desk)
    assert first[1] < NOW
    assert second[0] == NOW - timedelta(seconds=30)


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


def test_credits_gone_is_out_of_budget_and_is_tried_again_the_same_day(desk: Desk) -> None:
    desk.api.refuse = lambda _: problem(402, "CreditsDepleted", "about:blank", "no credits left")
    with pytest.raises(OutOfBudget, match="no credits left; buy credits") as caught:
        desk.run(NOW)
    assert caught.value.retry_at == NOW + timedelta(hours=6)
    assert {gap.state for gap in desk.coverage} == {"over_budget"}


def test_the_monthly_cap_is_told_apart_from_too_many_requests(desk: Desk) -> None:
    kind = "https://api.twitter.com/2/problems/usage-capped"
    desk.api.refuse = lambda _: problem(
        429, "UsageCapExceeded", kind, "Usage cap exceeded: Monthly product cap"
    )
    with pytest.raises(OutOfBudget, match="monthly cap") as caught:
        desk.run(NOW)
    assert caught.value.retry_at == datetime(2026, 12, 1, tzinfo=UTC)


IN_15_MIN = int((NOW + 15 * MINUTE).timestamp())


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x_rate_limit_reset": str(IN_15_MIN)}, 900),
        ({"x_rate_limit_reset": str(IN_15_MIN * 1000)}, 900),
        ({}, 60),
        ({"x_rate_limit_reset": "1"}, 1),
        ({"x_rate_limit_reset": "soon"}, 60),
        ({"x_rate_limit_reset": str(IN_15_MIN - 86_400)}, 60),
        ({"x_rate_limit_reset": "99999999999"}, 86_400),
        ({"retry_after": "3"}, 3),
    ],
)
def test_too_many_requests_costs_one_request_and_a_bounded_wait(
    desk: Desk, headers: dict[str, str], wait_s: int
) -> None:
    desk.api.refuse = lambda _: problem(
        429, "Too Many Requests", "about:blank", "Too Many Requests", **headers
    )
    with pytest.raises(RateLimited) as caught:
        desk.run(NOW)
    assert len(desk.server.asked) == 1
    assert caught.value.retry_at is not None
    assert abs((caught.value.retry_at - NOW).total_seconds() - wait_s) <= 5


BAD = [
    *(b"", b"{", b'{"data": [', b"<html>Twitter is over capacity</html>", b"null", b"[]", b"[1, 2]", b'"ok"'),
    *(
        b"42",
        b"NaN",
        b"{}",
        b'{"data": {}}',
        b'{"data": []}',
        b'{"meta": {}}',
        b'{"meta": []}',
        b"\xff\xfe\x00",
    ),
    *(b'{"data": "x", "meta": {"result_count": 1}}', b'{"meta": {"result_count": 7}}', b"[" * 100_000),
    b'{"title": "Service Unavailable", "detail": "later", "type": "about:blank"}',
]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_a_broken_answer_is_a_bad_reply_and_moves_no_cursor(desk: Desk, body: bytes) -> None:
    desk.api.posts(30, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    before, stored = dict(desk.cursors), dict(desk.posts)
    missed = desk.api.post("delta, meanwhile", NOW + MINUTE)
    desk.api.refuse = lambda _: raw(body)
    with pytest.raises(BadReply, match="birds"):
        desk.run(NOW + 5 * MINUTE)
    assert (desk.cursors, desk.posts) == (before, stored)
    desk.api.refuse = lambda _: None
    desk.run(NOW + 6 * MINUTE)
    assert missed in desk.posts


@pytest.mark.parametrize(
    "body", [b"[]", b'"no"', b"[1]", b"<html>", b"", b"null", b'{"errors": {}}', b'{"errors": [3]}']
)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadReply),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, BadReply),
        (500, Unreachable),
        (503, Unreachable),
    ],
)
def test_a_refusal_is_judged_by_its_status_whatever_its_body(
    desk: Desk, body: bytes, status: int, error: type[SourceError]
) -> None:
    desk.api.refuse = lambda _: raw(body, status)
    with pytest.raises(error, match=f"answered {status}"):
        desk.run(NOW)
    assert desk.cursors == {}


def test_a_query_that_x_does_not_take_is_shown_with_xs_own_words_and_leaves_no_gap(desk: Desk) -> None:
    desk.run(NOW)
    body = {"errors": [{"message": "Reference to invalid operator 'near:'"}], "title": "Invalid Request"}
    desk.api.refuse = lambda _: Answer.json(body, 400)
    with pytest.raises(BadReply, match="Reference to invalid operator 'near:'"):
        desk.run(NOW + 5 * MINUTE)
    assert gaps(desk) == []


def test_partial_errors_are_reported_and_cost_no_post(desk: Desk) -> None:
    desk.api.posts(5, newest=NOW - MINUTE, apart=MINUTE)
    page = desk.api.page(desk.api.tweets) | {
        "meta": {"result_count": 5},
        "errors": [{"title": "Not Found Error", "detail": "Could not find user"}, "odd", None],
    }
    desk.api.refuse = lambda _: Answer.json(page)
    desk.run(NOW)
    assert len(desk.posts) == 5
    assert desk.notes[0] == "Not Found Error: Could not find user"
    assert len(desk.notes) == 3


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


def test_a_recheck_stops_at_the_budget_with_what_it_has(desk: Desk) -> None:
    ids = desk.api.posts(250, newest=NOW - MINUTE, apart=MINUTE)
    answer = desk.collector(monthly_budget_usd=1.1).recheck(ids, now=NOW)
    assert len(answer.payloads) == 200
    with pytest.raises(OutOfBudget):
        desk.collector(monthly_budget_usd=0.4).recheck(ids, now=NOW)


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


def test_counts_are_bought_only_for_what_x_can_say_whole(desk: Desk) -> None:
    desk.settings = {"counts": True}
    desk.brands = (TrackedBrand("delta", Query.parse("delta flight*"), 1),)
    desk.api.posts(3, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    assert desk.volumes == {}
    assert len(desk.posts) == 3


def test_a_changed_query_has_a_position_of_its_own() -> None:
    old, new = BRANDS[0], TrackedBrand("delta", Query.parse("delta air"), 4)
    collector = Collect(Settings(), Context("birds"))
    assert collector.streams([old])[0].key != collector.streams([new])[0].key


def test_the_token_is_logged_by_nobody_at_debug(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("tweepy", "tweepy.client", "urllib3", "requests", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    desk.api.posts(3, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    desk.api.refuse = lambda asked: raw(f"who is {asked.headers['Authorization']}?", 401)
    with pytest.raises(Unauthorized) as caught:
        desk.run(NOW + 5 * MINUTE)
    said = [*(record.getMessage() for record in caplog.records), str(caught.value), repr(desk.collector())]
    assert not [line for line in said if TOKEN in line or "AAAAbearer" in line]


def test_without_a_token_the_secret_is_named(desk: Desk) -> None:
    collector = Collect(Settings(), Context("birds"))
    with pytest.raises(SecretMissing, match=r"birds.*bearer_token"):
        collector.check(now=NOW)


def test_check_says_what_is_spent(desk: Desk) -> None:
    desk.usd[NOW.year, NOW.month] = 4.5
    assert "4.50 of 25.00 USD" in desk.collector().check(now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"monthly_budget_usd": -1},
        {"monthly_budget_usd": float("nan")},
        {"first_run": "9d"},
        {"first_run": "169h"},
        {"api_url": "ftp://x"},
        {"budget": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)

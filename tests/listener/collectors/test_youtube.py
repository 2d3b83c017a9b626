"""Collecting from YouTube: within the day's quota as Google counts it, no comment lost to one video's trouble."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from listener.collectors.base import Context, Cursor, Spent, TrackedBrand
from listener.collectors.youtube import Collect, Settings
from listener.collectors.youtube_quota import Ledger, Quota, midnight
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
from storage.types import Coverage, NewPost
from tests.listener.collectors.fake_server import Asked, FakeServer
from tests.listener.collectors.fakes.youtube import KEY, PACIFIC, VIDEO, Api, refusal

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BRANDS = (TrackedBrand("delta", Query.parse("delta"), 1), TrackedBrand("jet", Query.parse('"jet blue"'), 2))
OTHER = "vid00000002"


@dataclass
class Desk:
    """A source as the service keeps it: pages and cursor stored together, units added up by day in UTC."""

    api: Api
    server: FakeServer
    settings: dict[str, Any] = field(default_factory=lambda: {"videos": [VIDEO]})
    posts: dict[str, NewPost] = field(default_factory=dict)
    cursor: Cursor | None = None
    coverage: list[Coverage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    units: Counter[date] = field(default_factory=Counter)

    def collector(self) -> Collect:
        settings = Settings(api_url=self.server.url, allow_private_addresses=True, **self.settings)
        return Collect(
            settings, Context("tube", {"api_key": SecretStr(KEY)}, lambda now: Spent(self.units[now.date()]))
        )

    def run(self, now: datetime, *, stop_after: int = 1_000_000) -> None:
        self.api.now = now
        collector = self.collector()
        (stream,) = collector.streams(BRANDS)
        try:
            for done, page in enumerate(collector.fetch(stream, self.cursor, now=now), 1):
                for payload in page.payloads:
                    post = Collect.parse(payload, observed_at=now)
                    assert post is not None
                    self.posts[post.source_id] = post
                self.cursor = page.cursor or self.cursor
                self.coverage += page.coverage
                self.notes += page.partial_errors
                self.units[now.date()] += page.spent_units
                if done == stop_after:
                    return
        finally:
            collector.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    api = Api(NOW)
    api.video(VIDEO, "A flight with delta", NOW - 30 * DAY)
    with FakeServer(api.respond) as server:
        yield Desk(api, server)


def comments(
    api: Api, n: int, *, newest: datetime, apart: timedelta = MINUTE, video: str = VIDEO
) -> list[str]:
    start = len(api.comments)
    return [
        api.comment(f"Ug{start + i:020d}", f"comment {i}", newest - i * apart, video=video) for i in range(n)
    ]


def test_a_comment_and_its_reply_are_read_whole(desk: Desk) -> None:
    top = desk.api.comment("UgTop", "delta &amp; me <3", NOW - HOUR, updated=NOW - MINUTE)
    reply = desk.api.comment("UgTop.1", "same here", NOW - 30 * MINUTE, parent=top, author=None)
    desk.run(NOW)
    assert set(desk.posts) == {top, reply}
    assert desk.posts[top].model_dump(exclude={"payload"}) == {
        "source": "youtube",
        "source_id": "UgTop",
        "version_id": "2026-11-16T11:59:00Z",
        "text": "delta &amp; me <3",
        "published_at": NOW - HOUR,
        "edited_at": NOW - MINUTE,
        "observed_at": NOW,
        "time_quality": "exact",
        "author": {
            "source_author_id": "UC" + "a" * 22,
            "handle": "someone",
            "name": "@someone",
            "url": "http://www.youtube.com/@someone",
            "followers": None,
        },
        "lang": None,
        "url": f"https://www.youtube.com/watch?v={VIDEO}&lc=UgTop",
        "links": (),
        "repost_of": None,
        "reply_to": VIDEO,
        "quote_of": None,
        "thread": VIDEO,
        "format": "text",
        "rating": None,
        "stats": {"likes": 4, "shares": None, "comments": 1, "quotes": None, "views": None}
        | dict.fromkeys(("saves", "clicks", "reach", "visits")),
        "referenced": (),
    }
    answer = desk.posts[reply]
    assert (answer.author, answer.reply_to, answer.thread, answer.edited_at) == (None, top, VIDEO, None)


def test_comments_held_back_from_the_public_are_not_taken() -> None:
    snippet = {"textDisplay": "spam", "moderationStatus": "heldForReview"}
    assert Collect.parse({"comment": {"id": "Ug1", "snippet": snippet}}, observed_at=NOW) is None


@pytest.mark.parametrize("sent", [0, 3, 5])
def test_all_replies_are_read_and_paid_for_again_only_when_their_number_changes(
    desk: Desk, sent: int
) -> None:
    desk.api.replies_sent = sent
    top = desk.api.comment("UgTop", "what do you think", NOW - HOUR)
    for i in range(130):
        desk.api.comment(f"UgTop.{i}", f"reply {i}", NOW - HOUR + i * timedelta(seconds=1), parent=top)
    desk.run(NOW)
    assert len(desk.posts) == 131
    assert sum(desk.units.values()) == 1 + 2
    desk.run(NOW + 30 * MINUTE)
    assert sum(desk.units.values()) == 3 + 1
    late = desk.api.comment("UgTop.late", "late", NOW + 40 * MINUTE, parent=top)
    desk.run(NOW + HOUR)
    assert late in desk.posts
    assert sum(desk.units.values()) == 4 + 1 + 2


@pytest.mark.parametrize("tokens_expire", [False, True], ids=["by_token", "from_the_top"])
@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_a_kill_after_any_page_loses_nothing(desk: Desk, page: int, tokens_expire: bool) -> None:
    desk.api.page_size = 20
    old = comments(desk.api, 95, newest=NOW - MINUTE, apart=90 * MINUTE)
    desk.run(NOW, stop_after=page)
    assert len(desk.posts) == 20 * page
    new = comments(desk.api, 30, newest=NOW + 9 * MINUTE, apart=timedelta(seconds=10))
    if tokens_expire:
        refused: list[Asked] = []

        def refuse(asked: Asked) -> Any:
            if "pageToken" in asked.query and not refused:
                refused.append(asked)
                return refusal(400, "invalid page token", "invalidPageToken")
            return None

        desk.api.refuse = refuse
    desk.run(NOW + 10 * MINUTE)
    assert set(desk.posts) == {*old, *new}


def test_a_channel_is_read_over_all_its_videos(desk: Desk) -> None:
    channel = "UC" + "z" * 22
    desk.api.video(OTHER, "another", NOW - DAY, channel=channel)
    mine = comments(desk.api, 3, newest=NOW - MINUTE, video=OTHER)
    comments(desk.api, 3, newest=NOW - MINUTE)
    desk.settings = {"channels": [channel]}
    desk.run(NOW)
    assert set(desk.posts) == set(mine)


@pytest.mark.parametrize("trouble", ["disabled", "gone"])
def test_a_video_without_comments_is_named_and_the_others_are_read(desk: Desk, trouble: str) -> None:
    desk.settings = {"videos": ["vid0000000A", VIDEO]}
    if trouble == "disabled":
        desk.api.video("vid0000000A", "quiet", NOW - DAY)
        desk.api.disabled.add("vid0000000A")
    there = comments(desk.api, 3, newest=NOW - MINUTE)
    desk.run(NOW)
    assert set(desk.posts) == set(there)
    reason = {"disabled": "commentsDisabled", "gone": "videoNotFound"}[trouble]
    assert desk.notes == [f"video:vid0000000A has no comments to read: {reason}"]
    assert [stretch.state for stretch in desk.coverage] == ["complete"]


def test_a_video_that_answers_nonsense_is_named_after_the_others_are_read(desk: Desk) -> None:
    desk.settings = {"videos": ["vid0000000A", VIDEO]}
    there = comments(desk.api, 3, newest=NOW - MINUTE)
    desk.api.refuse = lambda asked: refusal(400, "odd", "odd") if asked.query["videoId"] != VIDEO else None
    with pytest.raises(BadReply, match="odd"):
        desk.run(NOW)
    assert set(desk.posts) == set(there)
    assert desk.coverage == []


def test_a_used_up_quota_waits_for_midnight_in_california(desk: Desk) -> None:
    desk.api.quota = 0
    with pytest.raises(OutOfBudget, match="quotaExceeded") as caught:
        desk.run(NOW)
    assert caught.value.retry_at == datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
    assert "<a" not in str(caught.value) or "quota" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "rateLimitExceeded", RateLimited),
        (403, "accessNotConfigured", Unauthorized),
        (403, "ipRefererBlocked", Unauthorized),
        (400, "API_KEY_INVALID", Unauthorized),
        (400, "processingFailure", Unreachable),
        (400, "invalidFilters", BadReply),
        (401, "authError", Unauthorized),
        (429, "rateLimitExceeded", RateLimited),
        (500, "backendError", Unreachable),
    ],
)
def test_refusals_are_told_apart_by_their_reason(
    desk: Desk, status: int, reason: str, error: type[SourceError]
) -> None:
    desk.api.refuse = lambda _: refusal(status, "no", reason)
    with pytest.raises(error):
        desk.run(NOW)
    assert desk.cursor is None


@pytest.mark.parametrize("start", [datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)])
def test_sixty_days_over_a_clock_change_never_ask_beyond_the_quota_and_use_nearly_all(
    desk: Desk, start: datetime
) -> None:
    """Reading costs more than a day's quota here; the fake counts as Google does and refuses what goes beyond."""
    desk.api.quota, desk.api.page_size = 9, 5
    desk.settings = {"videos": [VIDEO], "daily_units": 9, "first_run": "1d"}
    for i in range(600):
        desk.api.comment(f"Ug{i:020d}", "busy", start + i * timedelta(hours=2.4))
    stopped = []
    for step in range(60 * 4):
        now = start + step * 6 * HOUR + 7 * MINUTE
        try:
            desk.run(now)
        except OutOfBudget as error:
            stopped.append((now, error.retry_at or now))
    assert desk.api.refused == 0
    assert stopped
    assert all(now < retry_at <= now + 25 * HOUR for now, retry_at in stopped)
    assert {retry_at.astimezone(PACIFIC).hour for _, retry_at in stopped} == {0}
    assert min(desk.api.used[day] for day in sorted(desk.api.used)[2:-1]) >= 8
    desk.run(start + 61 * DAY)
    assert len(desk.posts) == 600


def test_looking_posts_up_again_counts_against_the_same_day(desk: Desk) -> None:
    desk.settings = {"videos": [VIDEO], "daily_units": 10}
    desk.units[NOW.date()] = 10
    with pytest.raises(OutOfBudget):
        desk.collector().recheck(["Ug1"], now=NOW)
    desk.run(NOW + 2 * DAY)
    assert desk.units[(NOW + 2 * DAY).date()] == 1


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)), st.integers(0, 50))
def test_the_ledger_never_forgets_what_collecting_used_today(now: datetime, used: int) -> None:
    day = now.astimezone(ZoneInfo("America/Los_Angeles")).date()
    start, end = midnight(day), midnight(day + DAY)
    assert start <= now < end
    assert end - start in (23 * HOUR, 24 * HOUR, 25 * HOUR)
    quota = Quota("tube", 50, Ledger(day=day, units=used, before=0), lambda _: Spent(), now)
    for _ in range(50 - used):
        quota.spend(1)
    with pytest.raises(OutOfBudget) as caught:
        quota.spend(1)
    assert caught.value.retry_at == end
    assert Quota("tube", 50, quota.ledger, lambda _: Spent(), end).left == 50


def test_searching_finds_videos_within_its_share_and_follows_their_comments(desk: Desk) -> None:
    desk.settings = {"searches_per_day": 4, "follow": "2d"}
    found = desk.api.video(OTHER, "jet blue review", NOW - HOUR)
    theirs = comments(desk.api, 3, newest=NOW - MINUTE, video=OTHER)
    for step in range(48):
        desk.run(NOW + step * 30 * MINUTE)
    searches = [asked for asked in desk.server.asked if asked.path.endswith("/search")]
    assert len(searches) == 4
    assert {asked.query["q"] for asked in searches} == {"delta", '"jet blue"'}
    assert {found, *theirs} <= set(desk.posts)
    video = desk.posts[found]
    assert (video.text, video.format) == ("jet blue review\nabout it", "video")
    assert video.stats is not None
    assert video.stats.views == 1000
    desk.run(NOW + 10 * DAY)
    asked = len(desk.server.asked)
    desk.run(NOW + 10 * DAY + HOUR)
    assert len(desk.server.asked) == asked


def test_a_search_that_the_quota_cannot_bear_waits_and_comments_go_on(desk: Desk) -> None:
    desk.settings = {"videos": [VIDEO], "searches_per_day": 4, "daily_units": 60}
    there = comments(desk.api, 3, newest=NOW - MINUTE)
    desk.run(NOW)
    assert set(desk.posts) == set(there)
    assert not any(asked.path.endswith("/search") for asked in desk.server.asked)


def test_a_query_without_a_word_is_named(desk: Desk) -> None:
    desk.settings = {"searches_per_day": 4}
    collector = desk.collector()
    (stream,) = collector.streams([TrackedBrand("vague", Query.parse("delt*"), 1)])
    pages = list(collector.fetch(stream, None, now=NOW))
    assert "the query of vague" in pages[0].partial_errors[0]


def test_a_recheck_finds_what_is_gone_and_asks_twice_before_it_calls_everything_gone(desk: Desk) -> None:
    ids = comments(desk.api, 120, newest=NOW - MINUTE)
    del desk.api.comments[ids[7]]
    answer = desk.collector().recheck([*ids, VIDEO, OTHER], now=NOW)
    assert set(answer.gone) == {ids[7], OTHER}
    assert answer.spent_units == 4
    assert len(answer.payloads) == 120
    moments = iter([True, False])
    desk.api.comments, kept = {}, desk.api.comments

    def recover(_: Asked) -> None:
        if not next(moments, False):
            desk.api.comments = kept

    desk.api.refuse = recover
    assert desk.collector().recheck(ids[:5], now=NOW).gone == []


def test_backfill_reads_further_back_and_moves_no_cursor(desk: Desk) -> None:
    desk.api.page_size = 5
    there = comments(desk.api, 40, newest=NOW - MINUTE, apart=DAY)
    desk.run(NOW)
    assert len(desk.posts) == 10
    collector = desk.collector()
    (stream,) = collector.streams(BRANDS)
    pages = list(collector.backfill(stream, since=NOW - 60 * DAY, now=NOW))
    assert {page.cursor for page in pages} == {None}
    assert sum(len(page.payloads) for page in pages) == len(there)


def test_the_key_is_in_no_address_no_message_and_no_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    comments(desk.api, 3, newest=NOW - MINUTE)
    desk.run(NOW)
    desk.api.refuse = lambda _: refusal(403, f"key {KEY} is not allowed", "accessNotConfigured")
    with pytest.raises(Unauthorized) as caught:
        desk.run(NOW + HOUR)
    assert not [asked for asked in desk.server.asked if KEY in str(asked.query) or "key" in asked.query]
    said = [*(record.getMessage() for record in caplog.records), str(caught.value), repr(desk.collector())]
    assert not [line for line in said if KEY in line]


@pytest.mark.parametrize(
    "cursor",
    [
        {},
        {"low": "2026-11-16T11:00:00Z"},
        {"ledger": {"day": "2026-11-16"}, "places": {"video:a": {"low": "2999-01-01T00:00:00Z"}}},
        {"ledger": {"day": "2999-11-16"}},
        {"ledger": {"day": "2026-11-16", "units": -1}},
        {"ledger": {"day": "2026-11-16"}, "found": {"a": "2999-01-01T00:00:00Z"}},
    ],
)
def test_a_cursor_of_another_kind_is_refused(desk: Desk, cursor: dict[str, Any]) -> None:
    desk.cursor = cursor
    with pytest.raises(CursorRefused, match="tube"):
        desk.run(NOW)


def test_without_a_key_the_secret_is_named() -> None:
    with pytest.raises(SecretMissing, match="api_key"):
        Collect(Settings(), Context("tube")).check(now=NOW)


@pytest.mark.parametrize(
    "wrong", [{"channels": ["@delta"]}, {"videos": ["watch?v=x"]}, {"searches_per_day": 101}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)

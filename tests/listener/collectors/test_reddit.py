"""Collecting from Reddit: anchored by time, so that no deleted post and no cut listing loses anything unsaid."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from listener.collectors.base import Context, Cursor, TrackedBrand
from listener.collectors.reddit import Collect, Settings
from listener.errors import (
    BadReply,
    CursorRefused,
    PostRefused,
    RateLimited,
    SecretMissing,
    SourceError,
    Unauthorized,
    Unreachable,
)
from storage.query import Query
from storage.types import Coverage, NewPost
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer
from tests.listener.collectors.fakes.reddit import APP, SECRET, SECRETS, TOKEN, Api, listing

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BRANDS = (TrackedBrand("delta", Query.parse('(delta OR "delta air") lang:en'), 1),)

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@dataclass
class Desk:
    """A source as the service keeps it: each stream's pages and cursor stored together."""

    api: Api
    server: FakeServer
    settings: dict[str, Any] = field(default_factory=dict)
    posts: dict[str, NewPost] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)

    def collector(self) -> Collect:
        urls = {"oauth_url": self.server.url, "reddit_url": self.server.url}
        settings = Settings(approved=True, allow_private_addresses=True, **urls, **self.settings)
        return Collect(settings, Context("threads", SECRETS))

    def run(self, now: datetime, *, stop_after: int = 1_000_000) -> None:
        self.api.now = now
        collector = self.collector()
        try:
            for stream in collector.streams(BRANDS):
                for done, page in enumerate(
                    collector.fetch(stream, self.cursors.get(stream.key), now=now), 1
                ):
                    found = [Collect.parse(payload, observed_at=now) for payload in page.payloads]
                    self.posts |= {post.source_id: post for post in found if post is not None}
                    self.deleted |= set(page.deleted)
                    if page.cursor is not None:
                        self.cursors[stream.key] = page.cursor
                    self.coverage += page.coverage
                    if done == stop_after:
                        return
        finally:
            collector.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    api = Api(NOW)
    with FakeServer(api.respond) as server:
        yield Desk(api, server)


def submissions(
    api: Api, n: int, *, newest: datetime, apart: timedelta = MINUTE, first: int = 1
) -> list[str]:
    """Numbers rise with time, as Reddit's do."""
    return [api.submission(first + n - i, f"delta {first + n - i}", newest - i * apart) for i in range(n)]


def test_a_submission_is_read_whole(desk: Desk) -> None:
    name = desk.api.submission(
        77,
        "delta & the <others>",
        NOW - HOUR,
        selftext="said in full",
        edited=(NOW - MINUTE).timestamp(),
        is_self=False,
        url="https://example.org/story",
    )
    desk.run(NOW)
    assert desk.posts[name].model_dump(exclude={"payload"}) == {
        "source": "reddit",
        "source_id": name,
        "version_id": "2026-11-16T11:59:00+00:00",
        "text": "delta & the <others>\n\nsaid in full",
        "published_at": NOW - HOUR,
        "edited_at": NOW - MINUTE,
        "observed_at": NOW,
        "time_quality": "exact",
        "author": {
            "source_author_id": "t2_abc",
            "handle": "someone",
            "name": None,
            "url": "https://www.reddit.com/user/someone",
            "followers": None,
        },
        "lang": None,
        "url": "https://www.reddit.com/r/planes/comments/4d/a_title/",
        "links": ("https://example.org/story",),
        "repost_of": None,
        "reply_to": None,
        "quote_of": None,
        "thread": name,
        "format": "link",
        "rating": None,
        "stats": {"likes": 12, "shares": 1, "comments": 3, "quotes": None, "views": None}
        | dict.fromkeys(("saves", "clicks", "reach", "visits")),
        "referenced": (),
    }


def test_a_comment_belongs_to_its_thread(desk: Desk) -> None:
    desk.settings = {"subreddits": ["planes"]}
    name = desk.api.comment(9, "I flew delta", NOW - HOUR, parent_id="t1_8", score=-4)
    elsewhere = desk.api.comment(10, "delta", NOW - HOUR, subreddit="gardens")
    desk.run(NOW)
    assert elsewhere not in desk.posts
    post = desk.posts[name]
    assert (post.text, post.thread, post.reply_to, post.format) == ("I flew delta", "t3_1", "t1_8", "text")
    assert post.stats is not None
    assert post.stats.likes is None


@pytest.mark.parametrize("author", [None, "[deleted]"])
def test_a_deleted_account_leaves_a_post_without_author(desk: Desk, author: str | None) -> None:
    name = desk.api.submission(5, "delta", NOW - HOUR, author=author, author_fullname=None)
    desk.run(NOW)
    assert desk.posts[name].author is None


def test_what_is_withdrawn_is_reported_as_deleted_and_its_empty_shell_not_stored(desk: Desk) -> None:
    desk.settings = {"subreddits": ["planes"]}
    shells = {
        desk.api.submission(5, "delta", NOW - HOUR, selftext="[removed]"),
        desk.api.comment(6, "[deleted]", NOW - HOUR, author="[deleted]"),
    }
    kept = desk.api.submission(7, "delta", NOW - HOUR)
    desk.run(NOW)
    assert set(desk.posts) == {kept}
    assert desk.deleted == shells


def test_a_crosspost_keeps_the_original_as_context(desk: Desk) -> None:
    original = desk.api.things[desk.api.submission(5, "jetblue", NOW - DAY)]["data"]
    name = desk.api.submission(6, "delta too", NOW - HOUR, crosspost_parent_list=[original])
    desk.run(NOW)
    post = desk.posts[name]
    assert (post.text, post.quote_of) == ("delta too", "t3_5")
    assert [(inner.source_id, inner.text) for inner in post.referenced] == [("t3_5", "jetblue")]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"kind": "t5", "data": {"name": "t5_1"}}, None),
        ({"kind": "t3", "data": {"name": "t3_1", "title": "x", "subreddit_type": "private"}}, None),
        ({"kind": "more", "data": {}}, None),
        ({}, None),
        ({"kind": "t3", "data": {"title": "x"}}, "name"),
        ({"kind": "t3", "data": {"name": "t3_1"}}, "title"),
        ({"kind": "t1", "data": {"name": "t1_1", "body": 3}}, "body"),
        ({"kind": "t1", "data": {"name": "../../etc", "body": "x"}}, "name"),
    ],
)
def test_what_is_no_public_post_is_none_or_refused_by_its_field(
    payload: dict[str, Any], expected: str | None
) -> None:
    if expected is None:
        assert Collect.parse(payload, observed_at=NOW) is None
        return
    with pytest.raises(PostRefused) as caught:
        Collect.parse(payload, observed_at=NOW)
    assert caught.value.field == expected


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_a_kill_after_any_page_loses_nothing(desk: Desk, page: int) -> None:
    desk.api.page_size = 20
    submissions(desk.api, 95, newest=NOW - MINUTE, apart=10 * MINUTE)
    desk.run(NOW, stop_after=page)
    assert len(desk.posts) == 20 * page
    submissions(desk.api, 30, newest=NOW + 9 * MINUTE, apart=timedelta(seconds=10), first=1_000)
    desk.run(NOW + 10 * MINUTE)
    assert set(desk.posts) == set(desk.api.things)


@pytest.mark.parametrize("dead", [1, 2])
def test_nothing_is_lost_when_the_posts_that_a_page_hangs_on_are_deleted_meanwhile(
    desk: Desk, dead: int
) -> None:
    desk.api.page_size = 20
    submissions(desk.api, 95, newest=NOW - MINUTE, apart=MINUTE)
    ordered = sorted(desk.api.things, key=lambda name: int(name[3:], 16), reverse=True)
    victims = ordered[40 - dead : 40]

    def refuse(asked: Asked) -> None:
        if asked.query.get("after") == ordered[39]:
            for name in victims:
                desk.api.delete(name)

    desk.api.refuse = refuse
    desk.run(NOW)
    assert set(desk.posts) == set(desk.api.things)


def test_a_listing_that_ends_at_reddits_limit_is_a_gap_and_said(desk: Desk) -> None:
    desk.api.cap = 250
    submissions(desk.api, 400, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    assert len(desk.posts) == 250
    complete, partial = desk.coverage
    assert (complete.state, partial.state) == ("complete", "partial")
    assert complete.since == partial.until == NOW - 250 * MINUTE
    assert partial.since == NOW - 7 * DAY
    assert "Reddit lists" in partial.reason
    desk.run(NOW + 2 * HOUR)
    assert [stretch.state for stretch in desk.coverage[2:]] == ["complete"]


def test_a_quiet_brand_has_no_gap(desk: Desk) -> None:
    submissions(desk.api, 3, newest=NOW - MINUTE, apart=DAY)
    desk.run(NOW)
    assert [stretch.state for stretch in desk.coverage] == ["complete"]


def test_the_words_of_a_query_are_asked_for_as_phrases_so_that_none_is_taken_for_an_address(
    desk: Desk,
) -> None:
    desk.run(NOW)
    asked = [asked.query["q"] for asked in desk.server.asked if asked.path == "/search"]
    assert asked == ['"delta" OR "delta air"']


def test_a_redirect_is_no_empty_answer(desk: Desk) -> None:
    """A subreddit that does not exist redirects to a search for subreddits, a search for an address to /submit."""
    desk.settings = {"subreddits": ["nosuchplace"]}

    def refuse(asked: Asked) -> Answer | None:
        if asked.path.startswith("/r/nosuchplace"):
            return Answer.redirect("/subreddits/search?q=nosuchplace")
        return listing([], None) if asked.path == "/subreddits/search" else None

    desk.api.refuse = refuse
    with pytest.raises(BadReply, match="does the subreddit exist"):
        desk.run(NOW)
    assert desk.coverage == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.json({"reason": "private", "message": "Forbidden", "error": 403}, 403), BadReply),
        (Answer.json({"reason": "banned", "message": "Not Found", "error": 404}, 404), BadReply),
        (Answer.json({"message": "Forbidden", "error": 403}, 403), Unauthorized),
        (Answer.json({"message": "Too Many Requests", "error": 429}, 429), RateLimited),
        (Answer(502, b"<html>"), Unreachable),
        (Answer(200, b"[]"), BadReply),
        (Answer(200, b'{"kind": "Listing"}'), BadReply),
        (Answer(200, b"{"), BadReply),
        (Answer.json({"json": {"errors": []}}), BadReply),
    ],
)
def test_refusals_and_broken_answers_are_told_apart_and_move_no_cursor(
    desk: Desk, answer: Answer, error: type[SourceError]
) -> None:
    desk.run(NOW)
    before = dict(desk.cursors)
    desk.api.refuse = lambda asked: answer if asked.path == "/search" else None
    with pytest.raises(error, match="threads"):
        desk.run(NOW + HOUR)
    assert desk.cursors == before


@pytest.mark.parametrize(
    "answer",
    [
        Answer.json({"message": "Unauthorized", "error": 401}, 401),
        Answer.json({"error": f"bad secret {SECRET}"}, 400),
        Answer.json({"error": "invalid_grant", "error_description": f"no {SECRET}"}),
        Answer.json({"expires_in": 3}),
        Answer(200, b"<html>"),
    ],
)
def test_a_failed_login_is_named_without_the_secret(desk: Desk, answer: Answer) -> None:
    desk.api.refuse = lambda asked: answer if asked.path.endswith("access_token") else None
    with pytest.raises((Unauthorized, BadReply)) as caught:
        desk.run(NOW)
    assert SECRET not in str(caught.value)


def test_an_exhausted_limit_is_waited_for_by_nobody(desk: Desk) -> None:
    """asyncpraw would sleep here for ten minutes; the next request is put off instead."""
    desk.api.page_size = 5
    desk.api.headers = {"x_ratelimit_remaining": "0.0", "x_ratelimit_used": "600", "x_ratelimit_reset": "590"}
    submissions(desk.api, 20, newest=NOW - MINUTE)
    with pytest.raises(RateLimited) as caught:
        desk.run(NOW)
    assert caught.value.retry_at == NOW + timedelta(seconds=590)
    assert len(desk.posts) == 5
    desk.api.headers = {"x_ratelimit_remaining": "odd", "x_ratelimit_used": "", "x_ratelimit_reset": "soon"}
    desk.run(NOW + HOUR)
    assert len(desk.posts) == 20


def test_one_login_serves_all_streams_of_a_run(desk: Desk) -> None:
    desk.settings = {"subreddits": ["planes", "gardens"]}
    desk.run(NOW)
    assert desk.api.logins == 1
    assert len(desk.cursors) == 3


def test_a_recheck_tells_gone_from_there(desk: Desk) -> None:
    names = submissions(desk.api, 150, newest=NOW - MINUTE)
    desk.api.delete(names[3])
    answer = desk.collector().recheck([*names, "t3_zzzz"], now=NOW)
    assert set(answer.gone) == {names[3], "t3_zzzz"}
    assert len(answer.payloads) == 149
    assert answer.spent_units == 2
    assert desk.collector().recheck(["t3_zzzz"], now=NOW).gone == [], "an empty answer proves nothing"


def test_backfill_reads_further_back_and_moves_no_cursor(desk: Desk) -> None:
    submissions(desk.api, 30, newest=NOW - MINUTE, apart=DAY)
    collector = desk.collector()
    stream = collector.streams(BRANDS)[0]
    pages = list(collector.backfill(stream, since=NOW - 20 * DAY, now=NOW))
    assert {page.cursor for page in pages} == {None}
    assert sum(len(page.payloads) for page in pages) == 30
    collector.close()


@pytest.mark.parametrize(
    "cursor", [{}, {"low": "2999-01-01T00:00:00Z"}, {"low": 1}, {"low": ""}, {"after": "t3_x"}, {"low": None}]
)
def test_a_cursor_that_no_run_stored_is_refused(desk: Desk, cursor: dict[str, Any]) -> None:
    stream = desk.collector().streams(BRANDS)[0]
    with pytest.raises(CursorRefused, match="threads"):
        list(desk.collector().fetch(stream, cursor, now=NOW))


def test_a_query_without_a_word_is_named(desk: Desk) -> None:
    collector = desk.collector()
    (stream,) = collector.streams([TrackedBrand("vague", Query.parse("delt*"), 1)])
    with pytest.raises(SourceError, match="the query of vague"):
        list(collector.fetch(stream, None, now=NOW))


def test_secrets_are_logged_by_nobody_at_debug(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("asyncprawcore", "asyncpraw", "prawcore", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    desk.run(NOW)
    said = " ".join([*(record.getMessage() for record in caplog.records), repr(vars(desk.collector()))])
    assert not [secret for secret in (APP, SECRET, TOKEN) if secret in said]


def test_without_approval_the_way_out_is_shown() -> None:
    with pytest.raises(ValidationError, match=r"approved = true.*\.rss"):
        Settings()
    assert not Settings(enabled=False).approved


def test_missing_secrets_are_named() -> None:
    with pytest.raises(SecretMissing, match="client_id"):
        Collect(Settings(approved=True), Context("threads")).check(now=NOW)
    with pytest.raises(SecretMissing, match="client_secret"):
        Collect(Settings(approved=True), Context("threads", {"client_id": SECRETS["client_id"]})).check(
            now=NOW
        )


@pytest.mark.parametrize(
    "wrong", [{"subreddits": ["r/planes"]}, {"oauth_url": "file:///x"}, {"first_run": "x"}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(approved=True, **wrong)

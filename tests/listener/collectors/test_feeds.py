"""Reading feeds over time: what is asked, what is remembered, and what is said of the stretches between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import ValidationError

from listener.collectors.base import Context, Page, TrackedBrand
from listener.collectors.feeds import Collect, Settings, parse
from listener.errors import BadReply, CursorRefused, RateLimited, SourceError, Unauthorized, Unreachable
from storage.query import Query
from storage.types import Coverage
from tests.listener.collectors.contract import BRAND
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Press:
    """A server of several feeds, and the cursors and coverage of the source that reads them."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.server = FakeServer(lambda asked: self.answers[asked.path])
        self.cursors: dict[str, Any] = {}
        self.errors: list[SourceError] = []
        self.posts: set[str] = set()
        self.notes: list[str] = []

    def poll(self, minutes: int, *, brands: tuple[TrackedBrand, ...] = (BRAND,)) -> list[Coverage]:
        """One pass over all streams, that many minutes after noon; the stretches it stated."""
        now = NOW + timedelta(minutes=minutes)
        urls = tuple(self.server.url + path for path in self.answers)
        collector = Collect(Settings(urls=urls, allow_private_addresses=True, timeout_s=30), Context("press"))
        stretches: list[Coverage] = []
        for stream in collector.streams(brands):
            try:
                for page in collector.fetch(stream, self.cursors.get(stream.key), now=now):
                    self._store(page, stream.key, now)
                    stretches += page.coverage
            except SourceError as error:
                self.errors.append(error)
        collector.close()
        return stretches

    def _store(self, page: Page, key: str, now: datetime) -> None:
        self.posts |= {post.source_id for one in page.payloads if (post := parse(one, observed_at=now))}
        self.notes += page.partial_errors
        if page.cursor is not None:
            self.cursors[key] = page.cursor


@pytest.fixture
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.server.close()


def rss(*numbers: int, **headers: str) -> Answer:
    items = "".join(
        f"<item><title>acme {n}</title><guid>https://news.example/{n}</guid>"
        f"<pubDate>{format_datetime(NOW + timedelta(minutes=n - 1000))}</pubDate></item>"
        for n in sorted(numbers, reverse=True)
    )
    body = f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()
    return Answer(200, body, headers)


def minutes(stretches: list[Coverage], state: str) -> list[tuple[int, int]]:
    return [
        (int((one.since - NOW).total_seconds() // 60), int((one.until - NOW).total_seconds() // 60))
        for one in stretches
        if one.state == state
    ]


def test_a_feed_is_asked_whether_it_changed_and_304_is_a_complete_stretch(press: Press) -> None:
    press.answers["/a"] = rss(1, 2, ETag='"v1"', **{"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"})
    press.poll(0)
    press.answers["/a"] = Answer(304)
    assert minutes(press.poll(10), "complete") == [(0, 10)]
    assert press.server.asked[1].headers["If-None-Match"] == '"v1"'
    assert press.server.asked[1].headers["If-Modified-Since"] == "Mon, 02 Nov 2026 10:00:00 GMT"
    assert press.errors == []


def test_a_304_to_a_question_without_conditions_is_a_bad_reply(press: Press) -> None:
    press.answers["/a"] = Answer(304)
    press.poll(0)
    assert isinstance(press.errors[0], BadReply)


def test_a_new_brand_sees_all_that_the_feed_still_shows(press: Press) -> None:
    press.answers["/a"] = rss(1, 2, ETag='"v1"')
    press.poll(0)
    other = TrackedBrand("other", Query.parse("other"), 1)
    with_other = press.poll(10, brands=(BRAND, other))
    assert [(one.since, one.until) for one in with_other] == [(NOW, NOW + timedelta(minutes=10))]
    assert with_other[0].brands == (("acme", 1), ("other", 1))
    changed = TrackedBrand("other", Query.parse("another"), 2)
    press.answers["/a"] = Answer(500)
    assert minutes(press.poll(20, brands=(BRAND, changed)), "complete") == []
    press.answers["/a"] = rss(1, 2, ETag='"v1"')
    assert minutes(press.poll(30, brands=(BRAND, changed)), "complete") == [(10, 30)]
    press.poll(40, brands=(BRAND, changed))
    assert ["If-None-Match" in asked.headers for asked in press.server.asked] == [False] * 6 + [True]


def test_a_feed_that_turned_over_between_two_readings_leaves_a_partial_stretch(press: Press) -> None:
    press.answers["/a"] = rss(*range(1, 21))
    press.poll(0)
    press.answers["/a"] = rss(*range(15, 35))
    assert minutes(press.poll(10), "complete") == [(0, 10)]
    press.answers["/a"] = rss(1, *range(60, 80))  # the first entry is pinned
    stretches = press.poll(20)
    assert (minutes(stretches, "complete"), minutes(stretches, "partial")) == ([], [(10, 20)])
    assert "newest entries of the last reading" in stretches[0].reason
    press.answers["/a"] = rss(1, *range(61, 81))
    assert minutes(press.poll(30), "complete") == [(20, 30)]


def test_what_lay_before_the_first_reading_is_partial(press: Press) -> None:
    press.answers["/a"] = rss(*range(900, 1000))
    stretches = press.poll(0)
    assert (minutes(stretches, "complete"), minutes(stretches, "partial")) == ([], [(-100, 0)])


def test_a_cut_feed_gives_what_can_be_read_is_partial_and_is_read_again(press: Press) -> None:
    whole = rss(*range(1, 101), ETag='"v1"')
    press.answers["/a"] = rss(1)
    press.poll(0)
    press.answers["/a"] = Answer(200, whole.body[: whole.body.index(b"acme 50<")], whole.headers)
    stretches = press.poll(10)
    assert minutes(stretches, "partial") == [(0, 10)]
    assert minutes(stretches, "complete") == []
    assert 50 <= len(press.posts) < 60
    assert any("not well-formed" in note for note in press.notes)
    press.answers["/a"] = whole
    assert minutes(press.poll(20), "complete") == [(10, 20)]
    assert "If-None-Match" not in press.server.asked[-1].headers
    assert len(press.posts) == 100


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, b"<!DOCTYPE html><title>Maintenance</title>"), "is not a feed: <!DOCTYPE html>"),
        (Answer(200, b""), "is not a feed"),
        (Answer(200, b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss version='2.0'/>"), "declares entities"),
        (Answer(410, b"gone"), "is gone for good"),
        (Answer(404, b"nothing here"), "HTTP 404"),
    ],
)
def test_what_is_no_feed_is_named_with_its_address_and_moves_nothing(
    press: Press, answer: Answer, said: str
) -> None:
    press.answers["/a"] = rss(1)
    press.poll(0)
    before = dict(press.cursors)
    press.answers["/a"] = answer
    press.poll(10)
    (error,) = press.errors
    assert isinstance(error, BadReply)
    assert said in str(error)
    assert f"{press.server.url}/a" in str(error)
    assert press.cursors == before


def test_a_feed_that_moved_for_good_is_read_and_its_new_address_told_once(press: Press) -> None:
    press.answers["/a"] = Answer.redirect("/new", 301)
    press.answers["/new"] = rss(1)
    for minute in (0, 10, 20):
        press.poll(minute)
    told = [note for note in press.notes if "moved" in note]
    assert told == [f"{press.server.url}/a has moved for good: write {press.server.url}/new into the urls"]


def test_one_feed_that_fails_neither_stops_the_others_nor_hides_behind_them(press: Press) -> None:
    press.answers = {"/a": rss(1), "/b": rss(2), "/c": rss(3)}
    press.poll(0)
    press.answers |= {"/b": Answer(500), "/c": rss(3, 4)}
    stretches = press.poll(10)
    assert "https://news.example/4" in press.posts
    assert isinstance(press.errors[0], Unreachable)
    assert minutes(stretches, "complete") == []
    assert minutes(stretches, "partial") == [(0, 10)]
    assert "1 of 3 feeds" in stretches[-1].reason
    press.answers["/b"] = rss(2, 5)
    assert minutes(press.poll(20), "complete") == [(0, 20)]


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (403, Unauthorized)])
def test_a_refusal_stops_the_source_only_where_it_has_no_other_feed(
    press: Press, status: int, kind: type[SourceError]
) -> None:
    press.answers["/a"] = Answer(status, b"", {"Retry-After": "3600"})
    press.poll(0)
    assert isinstance(press.errors.pop(), kind)
    press.answers["/b"] = rss(2)
    press.poll(10)
    assert not isinstance(press.errors.pop(), (RateLimited, Unauthorized))
    assert press.posts == {"https://news.example/2"}


@pytest.mark.parametrize("status", [429, 503])
def test_of_many_feeds_one_that_asked_to_wait_is_left_alone_until_then_and_keeps_no_other_waiting(
    press: Press, status: int
) -> None:
    press.answers = {"/a": rss(1), "/b": rss(2)}
    press.poll(0)
    before = sum(asked.path == "/a" for asked in press.server.asked)
    press.answers["/a"] = Answer(status, b"", {"Retry-After": "3600"})
    press.poll(10)
    refused = sum(asked.path == "/a" for asked in press.server.asked)
    for minute in (20, 60):
        press.poll(minute)
    assert sum(asked.path == "/a" for asked in press.server.asked) == refused > before
    assert [error.retry_at for error in press.errors] == [None]
    assert sum(asked.path == "/b" for asked in press.server.asked) == 4
    press.answers["/a"] = rss(1, 3)
    assert minutes(press.poll(71), "complete") == [(0, 71)]
    assert press.posts == {f"https://news.example/{n}" for n in (1, 2, 3)}


def test_a_hundred_readings_of_a_hundred_items_are_a_hundred_posts(press: Press) -> None:
    def respond(asked: Asked) -> Answer:
        reading = len(press.server.asked)
        guids = ["", f"<guid>made-up-{reading}-{{n}}</guid>", "<guid>the same</guid>"]
        item = (
            "<item><title>acme {n}</title><link>https://news.example/{n}?utm_id={r}&amp;sessionid={r}</link>"
        )
        items = "".join((item + guids[n % 3] + "</item>").format(n=n, r=reading) for n in range(100))
        return Answer(200, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())

    press.answers = {"/a": Answer()}
    press.server.respond = respond
    for minute in range(100):
        press.poll(minute)
    assert len(press.posts) == 100
    press.answers["/b"] = Answer()
    press.poll(100)
    # A second feed shows the same items; those whose guid it makes up itself cannot be known for the same.
    assert len(press.posts) == 100 + 33


def test_a_position_from_before_the_web_or_after_now_is_refused(press: Press) -> None:
    press.answers["/a"] = rss(1)
    press.poll(0)
    (key,) = press.cursors
    for field, value in (
        ("polled", 1),
        ("whole_since", 2**40),
        ("wait_until", 2**40),
        ("newest", ["x"]),
        ("brands", {"a": "b"}),
    ):
        good = press.cursors[key]
        press.cursors[key] = {**good, field: value}
        press.poll(10)
        assert isinstance(press.errors[-1], CursorRefused)
        assert str(value) in str(press.errors[-1])
        press.cursors[key] = good


def test_backfill_reads_what_is_shown_and_leaves_the_position(press: Press) -> None:
    press.answers["/a"] = rss(1, 2)
    collector = Collect(
        Settings(urls=(press.server.url + "/a",), allow_private_addresses=True), Context("press")
    )
    pages = [page for s in collector.streams([BRAND]) for page in collector.backfill(s, since=NOW, now=NOW)]
    assert [len(page.payloads) for page in pages] == [2]
    assert pages[0].cursor is None
    collector.close()


@pytest.mark.parametrize(
    "url",
    ["/etc/hostname", "file:///etc/hostname", "<rss/>", "https://me:pw@news.example/feed", "feed.xml", ""],
)
def test_settings_take_web_addresses_only(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(urls=("https://news.example/feed", url))
    assert caught.value.errors()[0]["loc"] == ("urls", 1)


def test_settings_need_a_feed_and_take_each_once() -> None:
    with pytest.raises(ValidationError):
        Settings(urls=())
    assert len(Settings(urls=("https://a.example/", "https://a.example/")).urls) == 1

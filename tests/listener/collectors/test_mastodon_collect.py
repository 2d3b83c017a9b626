"""Reading a Mastodon server: paging, late posts, other kinds of ids, and telling why there is nothing."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from listener.collectors.base import Context, Stream, TrackedBrand
from listener.collectors.mastodon import Collect, Settings
from listener.errors import BadReply, CursorRefused, SourceError, Unauthorized, Unreachable
from storage.query import Query
from tests.listener.collectors.contract import NOW, Offered, Runner, posts
from tests.listener.collectors.fake_server import Answer, Asked
from tests.listener.collectors.fakes.mastodon import TOKEN, FakeMastodon

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    upstream = FakeMastodon()
    yield upstream
    upstream.close()


def collector(fake: FakeMastodon, *, token: str | None = TOKEN, **settings: Any) -> Collect:
    secrets = {"access_token": SecretStr(token)} if token else {}
    made = Settings(instance=fake.server.url, allow_private_addresses=True, timeout_s=30, **settings)
    return Collect(made, Context("social", secrets))


def brand(query: str, id: str = "acme", version: int = 1) -> TrackedBrand:
    return TrackedBrand(id, Query.parse(query), version)


def stream(*brands: TrackedBrand) -> Stream:
    return Stream("timelines", brands)


def store(runner: Runner, asked: Collect, wanted: Stream) -> None:
    for page in asked.fetch(wanted, None, now=NOW):
        runner._store(asked, page, wanted, NOW)


class Pages(FakeMastodon):
    """Pages of 40, as real servers give."""

    page_size = 40


def test_a_hundred_and_twenty_posts_between_two_passes_are_all_stored() -> None:
    fake = Pages()
    try:
        fake.offer(posts(3, until=NOW))
        runner = Runner(fake)
        runner.run()
        fake.offer(posts(120, start=100, until=LATER, step=timedelta(seconds=4)))
        runner.run(now=LATER)
        assert len(runner.stored()) == 123
        assert all("since_id" not in asked.query for asked in fake.server.asked)
    finally:
        fake.close()


def test_the_first_pass_reads_as_far_back_as_asked(fake: FakeMastodon) -> None:
    fake.offer(posts(50, step=timedelta(hours=1)))
    fake.settings = {"first_run": "6h", "overlap": "1m"}
    runner = Runner(fake)
    runner.run()
    assert len(runner.stored()) == 6


class OtherIds(FakeMastodon):
    """A server whose ids are no snowflakes: letters and digits, in the order of arrival."""

    def id(self, post: Offered) -> str:
        return f"9qXaBcDeF{int(post.id):09d}"

    def _timeline(self, asked: Asked) -> Answer:
        statuses = [self.status(post) for post in self.visible()]
        statuses.sort(key=lambda status: str(status["id"]))
        page = statuses[-self.page_size :]
        if "min_id" in asked.query:
            page = [s for s in statuses if s["id"] > asked.query["min_id"]][: self.page_size]
        elif "max_id" in asked.query:
            page = [s for s in statuses if s["id"] < asked.query["max_id"]][-self.page_size :]
        return Answer.json(page[::-1])


def test_ids_that_are_no_numbers_are_paged_back_at_first_and_forward_later() -> None:
    fake = OtherIds()
    try:
        fake.offer(posts(23))
        runner = Runner(fake)
        runner.run()
        fake.offer(posts(17, start=100, until=LATER, step=timedelta(seconds=20)))
        runner.run(now=LATER)
        assert runner.stored() == fake.ledger()
    finally:
        fake.close()


@pytest.mark.parametrize("stored", ["zzzzzzzzzzzzzzzzzz", "garbage", "9qXaBcDeF000000040"])
def test_a_stored_id_that_the_server_does_not_know_never_means_nothing_new_for_ever(stored: str) -> None:
    fake = OtherIds()
    try:
        fake.offer(posts(20))
        since = NOW - timedelta(minutes=17, seconds=30)
        runner = Runner(
            fake,
            cursors={
                "timelines": json.dumps(
                    {"timelines": {"tag:acme": {"until": since.isoformat(), "id": stored}}}
                )
            },
        )
        runner.run()
        assert len(runner.stored()) >= 17
        fake.offer(posts(7, start=100, until=LATER))
        runner.run(now=LATER)
        assert len(runner.stored()) >= 17 + 7
    finally:
        fake.close()


@pytest.mark.parametrize(
    "place",
    [
        {"until": "2999-01-01T00:00:00Z", "id": "1"},
        {"until": "1999-01-01T00:00:00Z", "id": "1"},
        {"until": "soon", "id": "1"},
        {"id": "1"},
        {"until": NOW.isoformat(), "id": str(2**63 - 1)},
        {"until": NOW.isoformat(), "id": "../../secret"},
        {"until": NOW.isoformat(), "id": ""},
        {"until": NOW.isoformat(), "id": 5},
        {"until": NOW.isoformat(), "since_id": "1"},
        {},
        "115",
    ],
)
def test_a_damaged_place_inside_the_cursor_is_refused(fake: FakeMastodon, place: Any) -> None:
    asked = collector(fake)
    with pytest.raises(CursorRefused, match=r"social.*--reset-cursor"):
        list(asked.fetch(stream(brand("#acme")), {"timelines": {"tag:acme": place}}, now=LATER))
    assert fake.requests() == 0
    asked.close()


def failure(
    fake: FakeMastodon, *, token: str | None = TOKEN, query: str = "#acme", **settings: Any
) -> SourceError:
    asked = collector(fake, token=token, **settings)
    with pytest.raises(SourceError) as caught:
        list(asked.fetch(stream(brand(query)), None, now=NOW))
    asked.close()
    return caught.value


class Odd(FakeMastodon):
    """Answers every request for posts with `odd`."""

    odd = Answer.json([])

    def _timeline(self, asked: Asked) -> Answer:
        return self.odd


def test_the_reasons_for_nothing_are_told_apart() -> None:
    fake = Odd()
    try:
        asked = collector(fake)
        pages = list(asked.fetch(stream(brand("#acme")), None, now=NOW))
        assert [c.state for page in pages for c in page.coverage] == ["complete"]
        asked.close()

        fake.access = {"hashtag_feeds": {"local": "disabled", "remote": "disabled"}}
        assert "switched its tags off" in str(failure(fake))
        fake.access = {"hashtag_feeds": {"local": "authenticated", "remote": "disabled"}}
        assert isinstance(failure(fake, token=None), Unauthorized)
        fake.access = {}

        for status in (401, 422):
            fake.odd = Answer.json({"error": "This method requires an authenticated user"}, status)
            error = failure(fake, token=None)
            assert isinstance(error, Unauthorized)
            assert "access_token" in str(error)
        fake.odd = Answer.json({"error": "The access token was revoked"}, 401)
        assert "revoked" in str(failure(fake))
        fake.odd = Answer.json({"error": "This action is not allowed"}, 403)
        assert isinstance(failure(fake), Unauthorized)
        fake.odd = Answer(410, b"")
        assert "gone" in str(failure(fake))
        fake.odd = Answer(404, b"<h1>parked</h1>")
        assert isinstance(failure(fake), BadReply)
        assert "does not speak Mastodon's API" in str(failure(fake))
        for body in ({"error": "x"}, "text", None, {"statuses": 3}):
            fake.odd = Answer.json(body)
            assert isinstance(failure(fake), BadReply)
    finally:
        fake.close()


def test_a_server_that_is_not_there_is_unreachable(fake: FakeMastodon) -> None:
    fake.server.close()
    assert isinstance(failure(fake), Unreachable)
    fake.server = FakeMastodon().server


def test_a_server_in_the_users_own_network_is_refused_unless_allowed() -> None:
    asked = Collect(Settings(instance="http://127.0.0.1:9"), Context("social"))
    with pytest.raises(SourceError, match="allow_private_addresses"):
        list(asked.fetch(stream(brand("#acme")), None, now=NOW))
    asked.close()


@pytest.mark.parametrize(
    "instance", ["mastodon.social", "https://mastodon.social/", "http://127.0.0.1:3000", "[::1]:80"]
)
def test_a_server_is_named_with_or_without_its_scheme(instance: str) -> None:
    collect = Collect(Settings(instance=instance), Context("social"))
    collect.close()
    assert collect.platform == "mastodon"


@pytest.mark.parametrize("instance", ["", "ftp://a.test", "a.test/path", "me:pw@a.test", "a b", "a.test?x"])
def test_what_is_no_server_is_a_configuration_error(instance: str) -> None:
    with pytest.raises(ValidationError, match=r"such as mastodon\.social"):
        Settings(instance=instance)


def test_a_timeline_that_is_switched_off_leaves_the_others_their_turn(fake: FakeMastodon) -> None:
    fake.offer(posts(3))
    asked = collector(fake)
    runner = Runner(fake)
    both = stream(brand("#acme"), brand("#other", "other"))
    with pytest.raises(SourceError, match="does not speak"):
        store(runner, asked, both)
    asked.close()
    assert runner.stored() == fake.ledger()
    assert {pair for stretch in runner.coverage for pair in stretch.brands} == {("acme", 1)}


def test_a_tag_of_two_brands_is_asked_for_once_and_covers_both(fake: FakeMastodon) -> None:
    fake.offer(posts(2))
    asked = collector(fake)
    pages = list(asked.fetch(stream(brand("#acme"), brand("#acme bad", "bad")), None, now=NOW))
    asked.close()
    assert {pair for page in pages for c in page.coverage for pair in c.brands} == {("acme", 1), ("bad", 1)}
    assert sum(len(page.payloads) for page in pages) == 2


def test_words_are_searched_for_with_a_token(fake: FakeMastodon) -> None:
    fake.offer(posts(23))
    asked = collector(fake)
    runner = Runner(fake)
    wanted = stream(brand("acme NOT #x"))
    store(runner, asked, wanted)
    asked.close()
    assert runner.stored() == fake.ledger()
    assert [c.state for c in runner.coverage] == ["complete"]
    assert {asked.query.get("q") for asked in fake.server.asked} == {"acme"}


@pytest.mark.parametrize(
    ("query", "token", "kinds", "state"),
    [
        ("#acme", None, ("tags", "search"), "complete"),
        ("acme OR #acme", None, ("tags", "search"), "partial"),
        ("acme OR #acme", TOKEN, ("tags", "search"), "complete"),
        ("acme OR #acme", None, ("tags", "public"), "complete"),
        ("acme OR #acme", None, ("tags", "local"), "partial"),
        ("acme", None, ("tags", "search"), "not_collected"),
        ("acme* OR #acme", TOKEN, ("tags", "search"), "partial"),
        ("lang:en", TOKEN, ("tags", "search"), "not_collected"),
        ("@acme@flowers.test", TOKEN, ("tags", "search"), "complete"),
    ],
)
def test_coverage_says_what_of_a_query_this_server_was_asked_for(
    fake: FakeMastodon, query: str, token: str | None, kinds: tuple[str, ...], state: str
) -> None:
    asked = collector(fake, token=token, timelines=kinds)
    pages = list(asked.fetch(stream(brand(query)), None, now=NOW))
    asked.close()
    found = [c for page in pages for c in page.coverage]
    assert [c.state for c in found] == [state]
    assert bool(found[0].reason) == (state != "complete")


def test_a_brand_that_comes_later_is_covered_from_its_own_start(fake: FakeMastodon) -> None:
    runner = Runner(fake)
    runner.run()
    asked = collector(fake, first_run="5m")
    wanted = stream(brand("#acme"), brand("#acme @new", "new"), brand("acme", "words"))
    place = runner.cursor(fake.stream(asked))
    found = {c.brands[0][0]: c for page in asked.fetch(wanted, place, now=LATER) for c in page.coverage}
    asked.close()
    assert (found["acme"].since, found["acme"].until) == (NOW, LATER)
    assert (found["words"].since, found["words"].until) == (LATER - timedelta(minutes=5), LATER)


def test_of_the_public_timeline_only_the_last_minute_is_read_again(fake: FakeMastodon) -> None:
    fake.offer(posts(20, step=timedelta(seconds=10)))
    asked = collector(fake, timelines=("public",))
    wanted = stream(brand("acme"))
    *_, cursor = (page.cursor for page in asked.fetch(wanted, None, now=NOW) if page.cursor)
    again = list(asked.fetch(wanted, cursor, now=NOW))
    asked.close()
    assert sum(len(page.payloads) for page in again) == 7


def test_a_pass_ends_after_its_pages_and_the_next_goes_on(fake: FakeMastodon) -> None:
    fake.offer(posts(40))
    fake.settings = {"pages_per_pass": 3, "overlap": "1s"}
    runner = Runner(fake)
    for _ in range(4):
        runner.run()
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("query", ["#acme", "acme"])
def test_a_pass_whose_time_is_up_stops_after_a_page_of_each_timeline(fake: FakeMastodon, query: str) -> None:
    fake.offer(posts(40))
    asked = collector(fake, pass_s=1e-9)
    found = list(asked.fetch(stream(brand(query)), None, now=NOW))
    asked.close()
    assert fake.requests() <= 2
    assert sum(len(page.payloads) for page in found) == 5
    assert all(c.until < NOW or c.state == "partial" for page in found for c in page.coverage)


def test_backfill_reads_from_the_time_given_and_leaves_the_cursor_alone(fake: FakeMastodon) -> None:
    fake.offer(posts(40, step=timedelta(hours=2)))
    asked = collector(fake, overlap="1s")
    pages = list(asked.backfill(stream(brand("#acme")), since=NOW - timedelta(hours=21), now=NOW))
    asked.close()
    assert sum(len(page.payloads) for page in pages) == 10
    assert all(page.cursor is None for page in pages)
    assert [(c.since, c.until) for page in pages for c in page.coverage] == [(NOW - timedelta(hours=21), NOW)]


def test_looking_up_asks_the_server_of_each_post_and_no_private_address_for_others() -> None:
    fake, other = FakeMastodon(), FakeMastodon()
    try:
        fake.offer(posts(3))
        other.offer(posts(1))
        here, gone, fresh = (fake.source_id(post) for post in fake.visible())
        fake.delete("2")
        asked = collector(fake)
        found = asked.recheck(
            [
                here,
                gone,
                fresh,
                other.source_id(other.visible()[0]),
                "https://a.test/objects/5",
                "at://x",
                "",
            ],
            now=NOW,
        )
        asked.close()
        assert found.gone == [gone]
        assert [payload["uri"] for payload in found.payloads] == [here, fresh]
        assert other.server.asked == []
    finally:
        fake.close()
        other.close()


class Parked(FakeMastodon):
    def _one(self, key: str) -> Answer:
        return Answer(404, b"<h1>This domain is for sale</h1>")


def test_only_the_api_itself_can_say_that_a_post_is_gone() -> None:
    fake = Parked()
    try:
        asked = collector(fake)
        with pytest.raises(BadReply):
            asked.recheck([f"{fake.server.url}/users/ada/statuses/1"], now=NOW)
        asked.close()
    finally:
        fake.close()


def test_the_token_goes_to_the_server_alone_and_only_in_a_header(fake: FakeMastodon) -> None:
    asked = collector(fake)
    assert "access token accepted" in asked.check(now=NOW)
    asked.close()
    assert all(request.headers["Authorization"] == f"Bearer {TOKEN}" for request in fake.server.asked)
    assert all(TOKEN not in request.path + request.raw_query for request in fake.server.asked)


def test_no_brand_means_nothing_to_read(fake: FakeMastodon) -> None:
    assert collector(fake).streams([]) == []

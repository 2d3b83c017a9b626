"""Reading the firehose: replay, holes, cut and silent streams, deletes, and looking posts up again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from listener.collectors.base import Context, Page
from listener.collectors.bluesky import Collect, Settings, parse
from listener.errors import AddressRefused, BadReply, CursorRefused, SourceError, Unreachable
from listener.ownership import Owners
from storage.types import BrandQuery, Coverage
from tests.listener.collectors.contract import NOW, Offered, Runner, posts
from tests.listener.collectors.fake_server import Answer, Asked
from tests.listener.collectors.fakes.bluesky import DID, FakeBluesky, micros
from tests.patience import ends

LATER = NOW + timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    upstream = FakeBluesky()
    yield upstream
    upstream.close()


def pages(fake: FakeBluesky, cursor: Any = None, *, now: Any = NOW) -> list[Page]:
    fake.now = now
    collector = fake.collector()
    try:
        return list(collector.fetch(fake.stream(collector), cursor, now=now))
    finally:
        collector.close()


def stretches(found: list[Page], state: str) -> list[Coverage]:
    return [c for page in found for c in page.coverage if c.state == state]


def test_only_posts_are_asked_for_from_a_few_seconds_before_the_cursor(fake: FakeBluesky) -> None:
    pages(fake, {"time_us": micros(NOW - MINUTE)})
    assert fake.asked[-1]["wantedCollections"] == ["app.bsky.feed.post"]
    assert fake.asked[-1]["cursor"] == [str(micros(NOW - MINUTE) - 5_000_000)]
    assert fake.asked[-1]["maxMessageSizeBytes"] == ["1000000"]


def test_a_pass_ends_at_the_first_event_as_new_as_itself(fake: FakeBluesky) -> None:
    fake.settings = {"silence_s": 120}
    fake.offer(posts(3))
    fake.offer(posts(3, start=10, until=NOW + timedelta(minutes=4)))
    with ends():
        found = pages(fake)
    assert found[-1].cursor == {"time_us": micros(NOW)}


def test_events_out_of_order_around_the_cursor_are_not_lost(fake: FakeBluesky) -> None:
    runner = Runner(fake)
    fake.offer(posts(5))
    runner.run()
    behind = Offered("77", "acme came out of order", fake.visible()[-1].at - timedelta(seconds=2))
    fake.posts["77"] = behind
    fake.events.append({**fake.commit(behind, "create"), "time_us": micros(NOW - MINUTE) - 2_000_000})
    runner.run(now=NOW + timedelta(seconds=1))
    assert runner.stored() == fake.ledger()


def test_what_the_server_no_longer_has_is_marked_and_not_taken_for_silence(fake: FakeBluesky) -> None:
    fake.settings = {"quiet": "2m", "first_run": "3h", "catch_up": "1d"}
    fake.offer(posts(30))
    fake.kept_since = micros(NOW - 10 * MINUTE)
    found = pages(fake, {"time_us": micros(NOW - timedelta(hours=2))})
    holes = stretches(found, "not_collected")
    assert [(hole.since, hole.until) for hole in holes] == [
        (NOW - timedelta(hours=2) - MINUTE, NOW - 9 * MINUTE)
    ]
    assert stretches(found, "complete")[-1].until == NOW - 2 * MINUTE


def test_a_cursor_older_than_catch_up_leaves_a_named_hole(fake: FakeBluesky) -> None:
    fake.settings = {"catch_up": "1h"}
    fake.offer(posts(3))
    found = pages(fake, {"time_us": micros(NOW - timedelta(days=3))})
    assert fake.asked[-1]["cursor"] == [str(micros(NOW - timedelta(hours=1)) - 5_000_000)]
    first = stretches(found, "not_collected")[0]
    assert (first.since, first.until) == (NOW - timedelta(days=3), NOW - timedelta(hours=1))
    assert "catch_up" in first.reason


@pytest.mark.parametrize(
    "cursor",
    [
        {}, {"time_us": micros(NOW + timedelta(hours=2))}, {"time_us": 2**63 - 1}, {"time_us": 0}, {"time_us": -1},
        {"time_us": True}, {"time_us": "1"}, {"time_us": None}, {"time_us": 1.5}, {"min_id": "1"},
        {"time_us": micros(NOW), "x": 1}, {"time_us": 10**40},
    ],
)  # fmt: skip
def test_a_damaged_cursor_is_refused_before_anything_is_asked(fake: FakeBluesky, cursor: Any) -> None:
    with pytest.raises(CursorRefused, match=r"sky.*--reset-cursor"):
        pages(fake, cursor)
    assert fake.asked == []


def test_silence_after_catching_up_is_no_error_and_silence_before_it_is(fake: FakeBluesky) -> None:
    fake.settings = {"quiet": "5m"}
    fake.offer(posts(3))
    cursor = {"time_us": micros(NOW - 4 * MINUTE)}
    assert stretches(pages(fake, cursor), "complete")[-1].until == NOW - 2 * MINUTE
    with pytest.raises(Unreachable, match="fell silent"):
        pages(fake, cursor, now=NOW + timedelta(hours=1))


def test_what_came_before_the_stream_was_cut_is_kept(fake: FakeBluesky) -> None:
    fake.offer(posts(12))
    fake.fault("reset", after=1)
    runner = Runner(fake)
    with pytest.raises(Unreachable, match="cut"):
        runner.run()
    assert len(runner.stored()) == 5
    assert runner.cursors


def test_a_pass_stops_when_its_time_is_up_and_the_next_goes_on(fake: FakeBluesky) -> None:
    fake.offer(posts(100, step=timedelta(seconds=10)))
    fake.pause_s = 0.05
    fake.settings = {"pass_s": 2.0}
    runner = Runner(fake)
    with ends():
        runner.run()
    assert 0 < len(runner.stored()) < 100
    fake.pause_s, fake.settings = 0.0, {}
    runner.run()
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize(
    "frame", ["{", "[]", "null", "3", '{"kind":"commit"}', '{"time_us": "soon"}', "[" * 5000, ""]
)
def test_a_frame_that_is_no_event_is_counted_and_passed_over(fake: FakeBluesky, frame: str) -> None:
    fake.offer(posts(2))
    fake.after_last = lambda connection: connection.send(frame)
    runner = Runner(fake)
    runner.run()
    assert runner.stored() == fake.ledger()
    assert any("no event" in warning for warning in runner.warnings)


def test_binary_frames_and_events_beyond_all_measure_end_the_pass(fake: FakeBluesky) -> None:
    fake.after_last = lambda connection: connection.send(b"\x28\xb5\x2f\xfd")
    with pytest.raises(BadReply, match="binary"):
        pages(fake)
    fake.after_last = lambda connection: connection.send("x" * 2_000_000)
    with pytest.raises(BadReply, match="larger"):
        pages(fake)


def test_an_event_from_the_future_does_not_carry_the_cursor_away(fake: FakeBluesky) -> None:
    fake.offer(posts(2))
    fake.events.append({"did": DID, "kind": "identity", "time_us": micros(NOW + timedelta(days=400))})
    assert pages(fake)[-1].cursor == {"time_us": micros(NOW)}


def test_a_post_made_and_deleted_within_a_page_is_not_stored(fake: FakeBluesky) -> None:
    fake.offer(posts(3))
    fake.delete("2")
    found = pages(fake)
    assert len(found) == 1
    assert [payload["commit"]["rkey"] for payload in found[0].payloads] == ["3k00000000001", "3k00000000003"]
    assert found[0].deleted == [f"at://{DID}/app.bsky.feed.post/3k00000000002"]


@pytest.mark.parametrize("status", [301, 302, 403, 404, 500])
def test_a_server_that_refuses_is_named_with_its_status(fake: FakeBluesky, status: int) -> None:
    fake.refusal = (status, b"<h1>no</h1>", ("Location", "ws://127.0.0.1:1/"))
    with pytest.raises(SourceError, match=rf"sky.*({status}|redirects)"):
        pages(fake)
    assert fake.requests() == 1


def test_an_address_in_the_users_own_network_is_refused_unless_allowed(fake: FakeBluesky) -> None:
    settings = Settings(url=f"ws://127.0.0.1:{fake.port}/subscribe", api_url=fake.app_view.url)
    collector = Collect(settings, Context("sky"))
    for attempt in (
        lambda: collector.check(now=NOW),
        lambda: collector.recheck([f"at://{DID}/app.bsky.feed.post/3k"], now=NOW),
    ):
        with pytest.raises(AddressRefused, match="allow_private_addresses"):
            attempt()
    collector.close()
    assert fake.asked == []
    assert fake.app_view.asked == []


@pytest.mark.parametrize(
    "url", ["https://a.test/subscribe", "ws:///x", "wss://me:pw@a.test/", "", "file:///etc/passwd"]
)
def test_only_websocket_addresses_are_taken(url: str) -> None:
    with pytest.raises(ValidationError, match="wss://"):
        Settings(url=url)


def test_posts_are_looked_up_25_at_a_time_with_fresh_figures(fake: FakeBluesky) -> None:
    fake.offer(posts(60))
    for gone in ("7", "31", "60"):
        fake.delete(gone)
    collector = fake.collector()
    asked = [fake.source_id(post) for post in fake.posts.values()]
    found = collector.recheck(
        [*asked, "https://not.bluesky.test", "at://did:plc:x/app.bsky.feed.repost/3k"], now=LATER
    )
    assert found is not None
    assert set(found.gone) == {fake.source_id(fake.posts[key]) for key in ("7", "31", "60")}
    read = [collector.parse(payload, observed_at=LATER) for payload in found.payloads]
    assert len(read) == 57
    assert all(post is not None and post.stats is not None and post.stats.likes == 5 for post in read)
    assert len(fake.app_view.asked) == 3
    assert collector.recheck([], now=LATER) is not None
    collector.close()


def test_the_handles_of_own_accounts_become_the_ids_that_posts_name(fake: FakeBluesky) -> None:
    fake.offer(posts(1))
    (payload,) = [payload for page in pages(fake) for payload in page.payloads]
    post = parse(payload, observed_at=NOW)
    owners = Owners([BrandQuery("ada", "Ada", "own", "ada", 1, {"bluesky": "@Ada.example", "x": "@ada"})])
    assert post is not None
    assert owners.owner(post) is None
    assert owners.handles("bluesky") == ["ada.example"]
    collector = fake.collector()
    asked = ["ada.example", "nobody.example", "did:plc:known"]
    owners.learn("bluesky", asked, collector.account_ids(asked, now=NOW))
    collector.close()
    assert len(fake.app_view.asked) == 2
    assert owners.owner(post) == "ada"
    assert owners.handles("bluesky") == []


class Confused(FakeBluesky):
    odd: Any = None

    def _looked_up(self, asked: Asked) -> Answer:
        return Answer.json(self.odd)


@pytest.mark.parametrize("odd", [None, [], {"posts": None}, {"posts": [{"uri": "at://x"}]}, {"posts": ["x"]}])
def test_an_answer_that_is_no_list_of_the_posts_asked_for_makes_nothing_gone(odd: Any) -> None:
    fake = Confused()
    try:
        fake.odd = odd
        collector = fake.collector()
        with pytest.raises(BadReply):
            collector.recheck([f"at://{DID}/app.bsky.feed.post/3k"], now=NOW)
        collector.close()
    finally:
        fake.close()


def test_backfill_replays_from_the_time_given_and_leaves_the_cursor_alone(fake: FakeBluesky) -> None:
    fake.offer(posts(30))
    collector = fake.collector()
    found = list(collector.backfill(fake.stream(collector), since=NOW - 10 * MINUTE, now=NOW))
    collector.close()
    assert sum(len(page.payloads) for page in found) == 10
    assert all(page.cursor is None for page in found)


def test_no_brand_means_nothing_to_read(fake: FakeBluesky) -> None:
    assert fake.collector().streams([]) == []

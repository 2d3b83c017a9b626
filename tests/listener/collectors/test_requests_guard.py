"""Client libraries that bring `requests` fetch under the same guards."""

import gzip
from collections.abc import Iterator

import pytest

from listener.collectors.requests_guard import guarded_session
from listener.errors import AddressRefused, BadReply, Unreachable
from tests.listener.collectors.fake_server import Answer, FakeServer
from tests.patience import ends


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda asked: Answer.json({"path": asked.path, "query": dict(asked.query)})) as fake:
        yield fake


def test_requests_work_as_ever_and_every_status_is_left_to_the_library(server: FakeServer) -> None:
    session = guarded_session("x", allow_private=True)
    answer = session.get(server.url + "/a", params={"b": "1 2"}, timeout=(30, 30))
    assert (answer.status_code, answer.json()) == (200, {"path": "/a", "query": {"b": "1 2"}})
    assert answer.ok
    server.respond = lambda asked: Answer(
        429, gzip.compress(b'"slow"'), {"Content-Encoding": "gzip", "x-a": "1"}
    )
    answer = session.post(server.url, json={"c": 3}, headers={"Authorization": "Bearer k"})
    assert (answer.status_code, answer.json(), answer.headers["X-A"]) == (429, "slow", "1")
    assert (server.asked[1].json(), server.asked[1].headers["Authorization"]) == ({"c": 3}, "Bearer k")
    session.close()


def test_a_rewritten_address_goes_elsewhere(server: FakeServer) -> None:
    session = guarded_session(
        "x", allow_private=True, rewrite={"https://api.network.example": server.url + "/"}
    )
    assert session.get("https://api.network.example/2/posts?x=1").json()["path"] == "/2/posts"
    with pytest.raises(Unreachable):
        session.get("https://api.network.example.invalid/2/posts")


def test_the_own_network_is_refused_without_permission(server: FakeServer) -> None:
    with pytest.raises(AddressRefused, match="loopback"):
        guarded_session("x").get(server.url)
    assert server.asked == []


@pytest.mark.parametrize("fault", ["hang", "drip", "drip_headers"])
def test_a_slow_answer_ends_by_the_deadline_though_the_library_gives_none(
    server: FakeServer, fault: str
) -> None:
    server.respond = lambda asked: Answer(fault=fault)
    with ends(), pytest.raises(Unreachable):
        guarded_session("x", timeout_s=0.4, allow_private=True).get(server.url)


def test_a_large_or_cut_answer_is_refused(server: FakeServer) -> None:
    session = guarded_session("x", max_bytes=1000, allow_private=True)
    server.respond = lambda asked: Answer(200, gzip.compress(b"x" * 100_000), {"Content-Encoding": "gzip"})
    with pytest.raises(BadReply, match="more than"):
        session.get(server.url)
    server.respond = lambda asked: Answer(200, b"x" * 100, fault="short")
    with pytest.raises(Unreachable):
        session.get(server.url)


def test_a_token_does_not_follow_a_redirect_to_another_origin(server: FakeServer) -> None:
    with FakeServer(lambda asked: Answer.json("other")) as other:
        server.respond = lambda asked: Answer.redirect(other.url)
        session = guarded_session("x", allow_private=True, secrets=["token"])
        assert session.get(server.url, headers={"Authorization": "Bearer token"}).json() == "other"
        assert "Authorization" not in other.asked[0].headers


def test_tweepy_goes_through_it(server: FakeServer) -> None:
    tweepy = pytest.importorskip("tweepy")
    server.respond = lambda asked: Answer.json(
        {"data": [{"id": "1", "text": "acme"}], "meta": {"result_count": 1}}
    )
    client = tweepy.Client("bearer", return_type=dict)
    client.session = guarded_session("x", allow_private=True, rewrite={"https://api.twitter.com": server.url})
    assert client.search_recent_tweets("acme")["data"][0]["text"] == "acme"
    assert server.asked[0].headers["Authorization"] == "Bearer bearer"

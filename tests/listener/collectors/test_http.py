"""The guarded client: whatever the other side does, a fetch ends in time, stays small, goes where it may, and tells no secret."""

import gzip
import json
import logging
import shutil
import socket
import ssl
import subprocess
import traceback
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from listener.collectors.http import Http, Reply
from listener.errors import (
    AddressRefused,
    BadReply,
    OutOfBudget,
    RateLimited,
    SourceError,
    Unauthorized,
    Unreachable,
)
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer
from tests.patience import ends

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SECRET = "s3cr3t/k3y+canary"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda asked: Answer.json({"ok": True})) as fake:
        yield fake


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http("press", timeout_s=30.0, allow_private=True, max_bytes=1 << 20, secrets=[SECRET])
    yield client
    client.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("making a certificate needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "cert.pem", folder / "key.pem"
    line = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*line.split(), "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    return made


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[FakeServer]:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(*certificate)
    with FakeServer(lambda asked: Answer.json("secure"), tls=own) as fake:
        yield fake


def test_a_good_answer_comes_back_whole_with_what_was_asked_sent(server: FakeServer, http: Http) -> None:
    reply = http.get(
        server.url + "/a?x=1",
        params={"y": "ø &"},
        headers={"X-Ours": "1"},
        secret_headers={"X-Key": SECRET},
        now=NOW,
    )
    assert (reply.status, reply.json(), reply.headers["CONTENT-TYPE"]) == (
        200,
        {"ok": True},
        "application/json",
    )
    asked = server.asked[0]
    assert (asked.path, dict(asked.query)) == ("/a", {"x": "1", "y": "ø &"})
    assert (asked.headers["X-Ours"], asked.headers["X-Key"]) == ("1", SECRET)


def test_a_posted_body_arrives_and_is_sent_once_even_when_it_fails(server: FakeServer, http: Http) -> None:
    http.post(server.url, json={"a": 1}, now=NOW)
    http.post(server.url, form={"b": "2 3"}, now=NOW)
    assert [asked.body for asked in server.asked] == [b'{"a":1}', b"b=2+3"]
    server.respond = lambda asked: Answer(503)
    with pytest.raises(Unreachable):
        http.post(server.url, content=b"x", now=NOW)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [
        (401, Unauthorized, 1),
        (403, Unauthorized, 1),
        (402, OutOfBudget, 1),
        (429, RateLimited, 1),
        (404, BadReply, 1),
        (204, BadReply, 1),
        (418, BadReply, 1),
        (500, Unreachable, 3),
        (503, Unreachable, 3),
    ],
)
def test_each_status_becomes_its_error_and_only_5xx_is_tried_again(
    server: FakeServer, http: Http, status: int, error: type[SourceError], requests: int
) -> None:
    server.respond = lambda asked: Answer(status, b"why\x1b[31m\n not" * 30)
    with pytest.raises(error) as caught:
        http.get(server.url + "/p", now=NOW)
    assert len(server.asked) == requests
    message = str(caught.value)
    assert message.startswith(f"source press: {server.url}/p answered HTTP {status}: ")
    assert message.isprintable()
    assert len(message) < 250
    assert http.get(server.url, now=NOW, expect=(status,)).status == status


def test_a_failing_server_that_recovers_is_read_at_the_second_try(server: FakeServer, http: Http) -> None:
    server.respond = lambda asked: Answer(200 if len(server.asked) > 1 else 502, b"{}")
    assert http.get(server.url, now=NOW).json() == {}


def test_a_server_that_names_a_time_is_not_asked_again_before(server: FakeServer, http: Http) -> None:
    server.respond = lambda asked: Answer(503, b"", {"Retry-After": "120"})
    with pytest.raises(Unreachable) as caught:
        http.get(server.url, now=NOW)
    assert caught.value.retry_at == NOW + timedelta(seconds=120)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"a": ',
        b'{"a": 1} x',
        b"<!DOCTYPE html><p>down",
        b'{"a": NaN}',
        b"[Infinity]",
        b"\xff\xfe\x00",
        b"[" * 100000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"[" + b"9" * 5000 + b"]",
        b"\x00",
    ],
    ids=range(12),
)
def test_what_is_no_json_is_a_bad_reply_that_names_the_source(
    server: FakeServer, http: Http, body: bytes
) -> None:
    server.respond = lambda asked: Answer(200, body)
    with pytest.raises(BadReply, match="source press: ") as caught:
        http.get(server.url, now=NOW).json()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"a": [{"b": ["ø", None, 1.5]}]}, [[[[[[]]]]]]])
def test_what_is_json_is_read(value: object) -> None:
    assert Reply(200, httpx2.Headers(), json.dumps(value).encode(), "http://a").json() == value


@pytest.mark.parametrize("fault", ["hang", "drip", "drip_headers"])
@pytest.mark.parametrize("redirected", [False, True])
def test_a_slow_answer_ends_by_the_deadline(server: FakeServer, fault: str, redirected: bool) -> None:
    def respond(asked: Asked) -> Answer:
        return Answer.redirect("/slow") if redirected and asked.path == "/" else Answer(fault=fault)

    server.respond = respond
    http = Http("press", timeout_s=0.5, allow_private=True)
    with ends(), pytest.raises(Unreachable, match=r"in 0\.5 s"):
        http.get(server.url, now=NOW)
    http.close()


def test_a_peer_that_accepts_and_says_nothing_to_tls_ends_by_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        http = Http("press", timeout_s=0.4, allow_private=True)
        with ends(), pytest.raises(Unreachable):
            http.get(f"https://127.0.0.1:{listening.getsockname()[1]}/", now=NOW)


@pytest.mark.parametrize("fault", ["short", "cut_chunk", "reset", "silent_close"])
def test_a_cut_answer_is_unreachable_and_never_partial(server: FakeServer, http: Http, fault: str) -> None:
    server.respond = lambda asked: Answer(200, b'{"complete": true}', fault=fault)
    with pytest.raises(Unreachable):
        http.get(server.url, now=NOW)
    assert len(server.asked) == 3


def test_json_cut_at_any_point_is_an_error_however_it_is_framed(server: FakeServer, http: Http) -> None:
    whole = json.dumps({"hits": [{"id": 1, "text": "acme 😀"}, {"id": 2}], "next": None}).encode()
    for cut in range(len(whole)):
        for fault in ("short", "unframed"):
            server.respond = lambda asked, cut=cut, fault=fault: Answer(200, whole[:cut], fault=fault)  # type: ignore[misc]
            with pytest.raises(Unreachable if fault == "short" else BadReply):
                http.post(server.url, now=NOW).json()
    server.respond = lambda asked: Answer(200, whole, fault="unframed")
    assert http.get(server.url, now=NOW).json()["next"] is None


def test_nobody_listening_is_unreachable(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unreachable):
        http.get(f"http://127.0.0.1:{port}/", now=NOW)
    with pytest.raises(Unreachable, match="cannot be resolved"):
        http.get("http://nothing.invalid/", now=NOW)


def packed(body: bytes, encoding: str, **more: str) -> Answer:
    return Answer(200, body, {"Content-Encoding": encoding, **more})


def test_a_gzip_bomb_is_stopped_while_unpacking(server: FakeServer, http: Http) -> None:
    bomb = gzip.compress(b"\0" * (60 << 20))
    assert len(bomb) < 70_000
    server.respond = lambda asked: (
        packed(bomb, "gzip")
        if asked.path == "/bomb"
        else Answer(302, bomb, {"Content-Encoding": "gzip", "Location": "/bomb"})
    )
    for path in ("/bomb", "/redirect_with_a_bomb_as_body"):
        tracemalloc.start()
        with ends(), pytest.raises(BadReply, match="more than 1,048,576 bytes"):
            http.get(server.url + path, now=NOW)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip, br", "compress", "x"])
def test_encodings_that_nobody_asked_for_are_refused(server: FakeServer, http: Http, encoding: str) -> None:
    server.respond = lambda asked: packed(gzip.compress(gzip.compress(b"{}")), encoding)
    with pytest.raises(BadReply, match="encoding"):
        http.get(server.url, now=NOW)
    assert server.asked[0].headers["Accept-Encoding"] == "gzip"


def test_gzip_is_read_whole_or_not_at_all(server: FakeServer, http: Http) -> None:
    body = json.dumps({"text": "ø" * 50_000}).encode()
    whole = gzip.compress(body)
    for sent in (whole, gzip.compress(body[:70]) + gzip.compress(body[70:]), whole + b"\0" * 100):
        server.respond = lambda asked, sent=sent: packed(sent, "gzip")  # type: ignore[misc]
        assert http.get(server.url, now=NOW).body == body
    for cut in (1, 9, 10, len(whole) // 2, len(whole) - 1):
        server.respond = lambda asked, cut=cut: packed(whole[:cut], "gzip")  # type: ignore[misc]
        with pytest.raises(Unreachable, match="cut short"):
            http.get(server.url, now=NOW)
    server.respond = lambda asked: packed(b"no gzip at all", "gzip")
    with pytest.raises(BadReply, match="broken gzip"):
        http.get(server.url, now=NOW)


def test_an_answer_without_end_is_stopped_at_the_limit(server: FakeServer, http: Http) -> None:
    server.respond = lambda asked: Answer(200, b"x" * (2 << 20))
    with pytest.raises(BadReply, match="more than"):
        http.get(server.url, now=NOW)
    server.respond = lambda asked: Answer(200, b"x" * (1 << 20))
    assert len(http.get(server.url, now=NOW).body) == 1 << 20


def test_redirects_are_followed_five_times_and_no_further(server: FakeServer, http: Http) -> None:
    def respond(asked: Asked) -> Answer:
        left = int(asked.path[1:])
        return Answer.redirect(f"/{left - 1}", 301) if left else Answer.json("there")

    server.respond = respond
    reply = http.get(server.url + "/5", now=NOW)
    assert (reply.json(), reply.url, reply.moved_to) == ("there", server.url + "/0", server.url + "/0")
    with pytest.raises(BadReply, match="redirects more than 5 times"):
        http.get(server.url + "/6", now=NOW)
    server.respond = lambda asked: Answer.redirect("/loop")
    with pytest.raises(BadReply, match="redirects"):
        http.get(server.url, now=NOW)


def test_only_permanent_redirects_count_as_moved(server: FakeServer, http: Http) -> None:
    server.respond = lambda asked: Answer.redirect("/b", 302) if asked.path == "/a" else Answer.json(1)
    assert http.get(server.url + "/a", now=NOW).moved_to is None
    assert http.get(server.url + "/b", now=NOW).moved_to is None


def test_secrets_go_to_the_first_origin_only(server: FakeServer, http: Http) -> None:
    with FakeServer(lambda asked: Answer.json("elsewhere")) as other:
        server.respond = lambda asked: Answer.redirect(other.url if asked.path == "/away" else "/away")
        reply = http.get(
            server.url,
            headers={"X-Harmless": "1", "Cookie": "session=1", "X-Hidden": f"Bearer {SECRET}"},
            secret_headers={"Authorization": f"Bearer {SECRET}", "X-Api-Key": "another-secret"},
            now=NOW,
        )
        assert reply.json() == "elsewhere"
        assert [asked.headers.get("X-Api-Key") for asked in server.asked] == ["another-secret"] * 2
        (asked,) = other.asked
        assert asked.headers["X-Harmless"] == "1"
        assert not {"Authorization", "X-Api-Key", "Cookie", "X-Hidden"} & set(asked.headers)
        assert "secret" not in str(asked.headers)


def test_a_redirected_post_stays_at_home(server: FakeServer, http: Http) -> None:
    with FakeServer(lambda asked: Answer.json(1)) as other:
        server.respond = lambda asked: Answer.redirect(other.url, 307)
        with pytest.raises(BadReply, match="redirects to"):
            http.post(server.url, json={"password": "x"}, now=NOW)
        assert other.asked == []
    server.respond = lambda asked: (
        Answer.redirect("/b", 307) if asked.path == "/" else Answer.json(asked.method)
    )
    assert http.post(server.url, json={}, now=NOW).json() == "POST"
    server.respond = lambda asked: (
        Answer.redirect("/b", 303) if asked.path == "/" else Answer.json(asked.method)
    )
    assert http.post(server.url, json={}, now=NOW).json() == "GET"


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/hostname",
        "gopher://x/",
        "http://169.254.169.254/",
        "http://user:pw@a.example/",
        "http://[::1",
    ],
)
def test_a_redirect_may_lead_only_where_a_fetch_may(server: FakeServer, http: Http, location: str) -> None:
    server.respond = lambda asked: Answer.redirect(location)
    with pytest.raises((AddressRefused, BadReply)) as caught:
        http.get(server.url, now=NOW)
    assert "pw" not in str(caught.value)


def test_the_environment_s_proxy_is_not_used(
    server: FakeServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeServer(lambda asked: Answer.json("proxied")) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert http.get(server.url, now=NOW).json() == {"ok": True}
        assert proxy.asked == []


@pytest.mark.parametrize("echo", ["plain", "percent"])
def test_secrets_stay_out_of_errors_causes_and_logs(
    server: FakeServer, http: Http, caplog: pytest.LogCaptureFixture, echo: str
) -> None:
    caplog.set_level(logging.DEBUG)
    said = SECRET if echo == "plain" else "s3cr3t%2Fk3y%2Bcanary"
    texts: list[str] = []
    for status in (200, 400, 401, 429, 500):
        server.respond = lambda asked, status=status: Answer(status, f"<p>{said} {said}".encode())  # type: ignore[misc]
        with pytest.raises(SourceError) as caught:
            http.get(
                server.url + "/p",
                params={"key": SECRET},
                secret_headers={"Authorization": f"Bearer {SECRET}"},
                now=NOW,
            ).json()
        texts += traceback.format_exception(caught.value)
    with pytest.raises(SourceError) as caught:
        http.get(server.url, secret_headers={"Authorization": f"{SECRET}\nX: y"}, now=NOW)
    texts += [*traceback.format_exception(caught.value), repr(vars(http)["_pool"])]
    texts += [record.getMessage() for record in caplog.records]
    assert any("***" in text for text in texts)
    assert not [text for text in texts if "k3y" in text]


def test_several_threads_may_share_one_client(server: FakeServer, http: Http) -> None:
    server.respond = lambda asked: Answer.json(asked.path)
    paths = [f"/{n}" for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda path: http.get(server.url + path, now=NOW).json(), paths))
    assert got == paths


def test_a_certificate_nobody_vouches_for_is_refused_and_encryption_is_not_given_up(
    server: FakeServer, http: Http, secure: FakeServer, certificate: tuple[Path, Path]
) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        http.get(secure.url, now=NOW)
    trusted = Http("press", allow_private=True, tls=ssl.create_default_context(cafile=certificate[0]))
    assert trusted.get(secure.url, now=NOW).json() == "secure"
    secure.respond = lambda asked: Answer.redirect(server.url)
    assert trusted.get(secure.url, now=NOW).json() == {"ok": True}
    with pytest.raises(AddressRefused, match="not encrypted"):
        trusted.get(secure.url, secret_headers={"Authorization": "x"}, now=NOW)
    assert len(server.asked) == 1
    trusted.close()

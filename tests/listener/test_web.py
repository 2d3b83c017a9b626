"""The dashboard over the service: where it may listen, what it does for it, signed posts, and the commands for users and tokens."""

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from standardwebhooks import Webhook
from typer.testing import CliRunner

from listener.cli import app
from listener.config import parse
from listener.errors import ConfigError, UsageError
from listener.preview import preview
from listener.service import Service, start_service
from listener.web import Serving, here, may_listen, serving, site_of
from listener.web_actions import ServiceActions
from listener.web_protocol import PatientProtocol
from storage.counts import sums
from storage.posts import save
from storage.tokens import token, tokens
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost
from storage.users import add_user, users, verified
from tests.patience import FOR_EVER_S, ends

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes....").decode()
CONFIG = """\
timezone = "Europe/Oslo"
[[brands]]
name = "Aurora"
query = "aurora"
[[campaigns]]
id = "spring"
query = "#spring"
from = 2026-03-01
to = 2026-04-30
[sources.partner]
type = "webhook"
platform = "forum"
[sources.news]
type = "hackernews"
[sources.twitter]
type = "x"
enabled = false
"""
Make = Callable[..., Service]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A service over a fresh database, with this [web] section."""
    made: list[Service] = []

    def service(web: str = "", **environ: str) -> Service:
        config = parse(f"{CONFIG}[web]\n{web}\n", tmp_path / "config.toml")
        made.append(start_service(config, now=NOW, environ={"LISTENER_PARTNER_SECRET": SECRET} | environ))
        return made[-1]

    yield service
    for one in made:
        one.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def post(number: int, text: str = "aurora was late", **fields: str) -> dict[str, str]:
    return {
        "source_id": str(number),
        "text": text,
        "published_at": "2026-11-21T11:00:00Z",
        "author": "@ann",
    } | fields


def signed(
    body: bytes, message_id: str = "msg_1", at: datetime = NOW, secret: str = SECRET
) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
    }


def mentions(service: Service) -> int:
    found = sums(
        service.db, brands=["aurora"], since=NOW.date(), until=NOW.date() + timedelta(days=1), every="all"
    )
    return sum(row.mentions for row in found)


@pytest.mark.parametrize(
    "web", ['host = "0.0.0.0"', 'host = "::"', 'host = "192.0.2.7"', 'address = "https://listener.example"']
)
def test_without_a_password_nothing_but_this_machine_may_be_served(make: Make, web: str) -> None:
    service = make(web)
    with pytest.raises(ConfigError, match=r"no password is set; run: listener user add NAME --role admin"):
        Serving(service)
    add_user(service.db, "Ada", "four words will do", "admin", now=NOW)
    may_listen(service)


@pytest.mark.parametrize(
    "web",
    ["", 'host = "::1"', 'host = "localhost"', 'host = "127.0.0.2"', 'address = "http://localhost:8765"'],
)
def test_this_machine_is_served_without_a_password(make: Make, web: str) -> None:
    may_listen(make(web))


@pytest.mark.parametrize(
    ("web", "key"),
    [
        ('host = "everywhere"', "web.host"), ("port = 0", "web.port"), ("port = 70000", "web.port"), ('address = "listener.example"', "web.address"),
        ('address = "https://u:p@listener.example"', "web.address"), ('address = "https://listener.example/below"', "web.address"),
        ('address = "javascript://x"', "web.address"), ('trusted_proxies = ["*"]', "web.trusted_proxies"), ("session_days = 0", "web.session_days"),
        ('oidc_issuer = "https://x.example"', "oidc_client_id"),
        ('oidc_issuer = "ftp://x"', "web.oidc_issuer"), ('oidc_issuer = "https://x"\noidc_client_id = "l"', "address"),
    ],
)  # fmt: skip
def test_what_the_section_may_not_hold_is_named(make: Make, web: str, key: str) -> None:
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        make(web)


def test_the_site_knows_what_the_configuration_says(make: Make) -> None:
    service = make('host = "0.0.0.0"\naddress = "https://Listener.example:8443"\nsession_days = 7')
    settings = site_of(service).settings
    assert settings.hosts == {"127.0.0.1", "localhost", "[::1]", "listener.example"}
    assert (settings.timezone, settings.session_days, len(settings.secret)) == ("Europe/Oslo", 7, 32)
    assert list(settings.campaigns) == ["spring"]
    assert settings.secret == site_of(service).settings.secret
    assert SECRET not in repr(settings)
    assert here(service) == "http://127.0.0.1:8765"


@pytest.mark.parametrize(("written", "language"), [("auto", None), ("nl", "nl")])
def test_pages_have_the_configured_language_or_the_browsers(
    make: Make, written: str, language: str | None
) -> None:
    service = make()
    config = service.config.model_copy(update={"language": written})
    assert site_of(replace(service, config=config)).settings.language == language


def test_a_busy_port_is_named_with_the_way_out(make: Make) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127\.0\.0\.1 port {port}.*another port under \[web\]"):
            Serving(make(f"port = {port}"))


def test_it_answers_while_served_and_lets_the_port_go(make: Make) -> None:
    service = make(f"port = {free_port()}")
    for _ in range(2):
        with (
            serving(service, "web"),
            urllib.request.urlopen(f"{here(service)}/healthz", timeout=FOR_EVER_S) as answer,
        ):
            assert json.load(answer) == {"status": "ok", "not_working": []}
        with pytest.raises(OSError):
            urllib.request.urlopen(f"{here(service)}/healthz", timeout=FOR_EVER_S)


def test_who_listens_live_does_not_hold_the_end_up(make: Make) -> None:
    service = make(f"port = {free_port()}")
    with ends():
        with serving(service, "web"):
            stream = urllib.request.urlopen(f"{here(service)}/live", timeout=FOR_EVER_S)
            assert stream.readline() == b"id: 0-0\r\n"
        stream.close()


def test_what_is_no_http_and_what_does_not_go_on_is_cut_off(make: Make) -> None:
    service = make(f"port = {(port := free_port())}")
    with serving(service, "web"):
        with socket.create_connection(("127.0.0.1", port), FOR_EVER_S) as odd:
            odd.sendall(b"\x16\x03\x01 hello <script>\r\n\r\n")
            answer = odd.recv(4096).decode()
        assert answer.startswith("HTTP/1.1 400")
        assert "content-security-policy: default-src 'none'" in answer
        assert "<script>" not in answer
        with socket.create_connection(("127.0.0.1", port), FOR_EVER_S) as long:
            long.sendall(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"a" * 1_000_000)
            assert b" 400 " in long.recv(4096)


def test_a_head_that_does_not_go_on_is_waited_for_a_while_only() -> None:
    class Quick(PatientProtocol):
        head_wait_s = 2.0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(2.5)  # an answer may take longer than that
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def ask(port: int, first: bytes, then: bytes = b"") -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first)
        await asyncio.sleep(0.05)
        writer.write(then)
        return await reader.read(100)

    async def work() -> None:
        server = uvicorn.Server(
            uvicorn.Config(app, http=Quick, port=free_port(), log_config=None, lifespan="off")
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.config.port
        silent, slow, whole = await asyncio.gather(
            ask(port, b""),
            ask(port, b"GET / HTTP/1.1\r\n", b"host: a\r\n"),
            ask(port, b"GET / HTTP/1.1\r\nhost: a\r\n", b"\r\n"),
        )
        assert (silent, slow, whole[:12]) == (b"", b"", b"HTTP/1.1 204")
        server.should_exit = True
        await serving

    asyncio.run(asyncio.wait_for(work(), FOR_EVER_S))


@pytest.mark.parametrize("role", ["scheduler", "worker"])
def test_other_roles_and_a_dashboard_that_is_off_serve_nothing(make: Make, role: str) -> None:
    port = free_port()
    with serving(make(f"port = {port}"), role), pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 1)
    off = make(f"port = {port}\nenabled = false")
    with serving(off, "all"), pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 1)
    with pytest.raises(ConfigError, match="nothing to serve"), serving(off, "web"):
        pass


def test_signed_posts_are_stored_once(make: Make) -> None:
    service = make()
    actions = ServiceActions(service)
    body = json.dumps({"posts": [post(1), post(2, "nobody's brand"), {"source_id": "3"}]}).encode()
    answer = actions.accept_hook("partner", signed(body), body, now=NOW)
    assert (answer.status, answer.stored, answer.refused) == (200, 1, 1)
    assert mentions(service) == 1
    again = actions.accept_hook("partner", signed(body), body, now=NOW + timedelta(minutes=5))
    assert (again.status, again.stored, again.refused, again.detail) == (200, 0, 0, "taken already")
    late = actions.accept_hook("partner", signed(body), body, now=NOW + timedelta(minutes=5, seconds=1))
    assert late.status == 401
    other_id = actions.accept_hook("partner", signed(body, "msg_2"), body, now=NOW)
    assert (other_id.status, other_id.stored) == (200, 0)
    assert mentions(service) == 1


def test_a_replay_brings_nothing_after_a_restart_either(make: Make) -> None:
    body = json.dumps(post(1)).encode()
    assert ServiceActions(make()).accept_hook("partner", signed(body), body, now=NOW).stored == 1
    again = ServiceActions(make()).accept_hook("partner", signed(body), body, now=NOW)
    assert again.detail == "taken already"


@pytest.mark.parametrize(
    ("source", "status"),
    [("nobody", 404), ("news", 404), ("twitter", 404), ("../partner", 404), ("<b>", 404)],
)
def test_only_sources_that_take_posts_take_them(make: Make, source: str, status: int) -> None:
    body = json.dumps(post(1)).encode()
    answer = ServiceActions(make()).accept_hook(source, signed(body), body, now=NOW)
    assert (answer.status, "<b>" in answer.detail) == (status, False)


def test_a_hook_without_a_right_signature_stores_nothing(make: Make) -> None:
    service = make()
    body = json.dumps(post(1)).encode()
    other = "whsec_" + base64.b64encode(b"another secret, 24 bytes").decode()
    for headers in (
        {},
        signed(body, secret=other),
        signed(body + b" "),
        signed(body) | {"webhook-id": "msg_9"},
    ):
        assert ServiceActions(service).accept_hook("partner", headers, body, now=NOW).status == 401
    assert (
        ServiceActions(make(LISTENER_PARTNER_SECRET=""))
        .accept_hook("partner", signed(body), body, now=NOW)
        .status
        == 503
    )
    assert mentions(service) == 0


def stored(service: Service, texts: list[str]) -> None:
    found = []
    for number, text in enumerate(texts):
        at = NOW - timedelta(days=number)
        made = NewPost(
            source="forum", source_id=str(number), text=text, published_at=at, observed_at=at, lang="en",
            author=NewAuthor(source_author_id=str(number)),
        )  # fmt: skip
        found.append(MatchedPost(made, [NewMention(brand_id="aurora", query_version=1, target="Aurora")]))
    save(service.db, Batch("forum", found), now=NOW)


def test_a_preview_shows_what_a_query_would_match_and_what_networks_are_asked(make: Make) -> None:
    service = make()
    stored(service, ["aurora is late"] * 10 + ["aurora is early"] * 10)
    found = preview(service, "late OR early", now=NOW)
    assert (found.error, found.matched, found.looked_at) == ("", 15, 15)
    assert preview(service, "early NOT late", now=NOW).matched == 5
    assert [row.text for row in preview(service, "late", now=NOW).sample] == ["aurora is late"] * 10
    assert found.asked == {"news": "late | early"}


@pytest.mark.parametrize(
    "query", ["", "(", "NOT late", "late AND", "NEAR/", "(" * 5_000, "a " * 20_000, "lang:", "\x00"]
)
def test_a_query_that_is_none_is_explained(make: Make, query: str) -> None:
    found = preview(make(), query, now=NOW)
    assert found.error
    assert found.matched == 0


def test_a_preview_ends_however_costly(make: Make) -> None:
    service = make()
    stored(service, ["aurora " + "ab " * 2_000] * 14)
    with ends():
        found = preview(service, " OR ".join(f'"a{n} b{n}"' for n in range(600)), now=NOW)
    assert found.error == ""


def test_sources_are_told_as_they_are(make: Make) -> None:
    told = {one.name: (one.type, one.network, one.state) for one in ServiceActions(make()).sources(NOW)}
    assert told == {
        "partner": ("webhook", "forum", "pushed"),
        "news": ("hackernews", "hackernews", "waiting"),
        "twitter": ("x", "x", "off"),
    }


def test_nothing_is_said_of_parts_that_have_never_run(make: Make) -> None:
    assert list(ServiceActions(make()).health(now=NOW)) == []


def test_a_test_message_to_nobody_is_none(make: Make) -> None:
    assert list(ServiceActions(make()).test_notification(now=NOW)) == []


def command(config: Path, *words: str, **environ: str) -> tuple[str, Exception | None]:
    """What a command prints on standard output, and what it fails with."""
    done = CliRunner().invoke(app, [*words, "--config", str(config)], env=environ)
    failed = done.exception
    return done.stdout.strip(), failed if isinstance(failed, Exception) else None


def test_users_and_tokens_are_made_listed_and_removed(make: Make, tmp_path: Path) -> None:
    service, config = make(), tmp_path / "config.toml"
    config.write_text(CONFIG)
    assert "set LISTENER_PASSWORD" in str(command(config, "user", "add", "ann")[1])
    file = tmp_path / "secret"
    file.write_text("four words will do\n")
    file.chmod(0o600)
    said, failed = command(config, "user", "add", "ann", "--role", "admin", LISTENER_PASSWORD_FILE=str(file))
    assert (said, failed) == ("ann may log in as admin", None)
    assert verified(service.db, "ann", "four words will do") is not None
    assert "10 to 1000" in str(command(config, "user", "password", "ann", LISTENER_PASSWORD="short")[1])
    assert json.loads(command(config, "user", "list", "--format", "json")[0])[0]["role"] == "admin"
    secret, failed = command(config, "token", "add", "notebook")
    assert failed is None
    assert token(service.db, secret, now=datetime.now(UTC)) is not None
    assert secret[:10] in (listed := command(config, "token", "list")[0])
    assert secret not in listed
    assert command(config, "token", "remove", "notebook")[1] is None
    assert "whoever sits at this machine" in command(config, "user", "remove", "Ann")[0]
    assert (users(service.db), tokens(service.db)) == ([], [])
    assert isinstance(command(config, "user", "remove", "Ann")[1], UsageError)


def test_run_serves_in_one_process_and_stops_at_sigterm(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "config.toml").write_text(
        f'[[brands]]\nname = "Aurora"\nquery = "aurora"\n[web]\nport = {port}\n'
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [sys.executable, "-m", "listener.cli", "run", "--role", "web"],
        cwd=tmp_path,
        env=env,
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(int(10 * FOR_EVER_S)):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert running.poll() is None
                time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        assert running.wait(FOR_EVER_S) == 0
    finally:
        running.kill()
        running.communicate()

"""No secret of a channel comes out: not in what is stored of a failure, not in the log at DEBUG, not on the screen, whatever the other side does."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from listener import logs
from listener.commands import alerts_try
from listener.notify.channel import Channel, Way
from listener.notify.channels import channels_of
from listener.notify.send import deliver
from listener.service import Service
from storage import outbox
from tests.conftest import NewUrl
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer
from tests.listener.notify.receivers import NOW, FakeMailServer, plain_words, put, service_of
from tests.listener.notify.test_through_apprise import ADDRESSES

KEY = "whsec_" + base64.b64encode(b"canary-of-the-webhooks-key-123").decode()
CANARY = "Canary0123456789abcdef"
SECRETS = [
    KEY,
    CANARY,
    *("ABCdefghijkl_mnopqrstuvwxyz-1234", "JHMHI8qBe7bk2ZwO5U711o3dV_js", "tk_abcdefgh123456"),
    *(
        "3ccdd113474722377935511fc85d3dd4",
        "AbCdEf123456789",
        "secretpass",
        "keyabcdefghijk",
        "tokenabcdefghij",
    ),
    *("a1" * 16, "b2" * 16, "abcdef123456", "a1b2c3d4e5f6", "abcdef1234567", "secretabcdefghi1", "key12345"),
    *("int_123456789012", "KiHbKWwZzB", "123456789:ABC"),
]


def echo(status: int) -> "FakeServer":
    """A server that says back all that it was told."""

    def respond(asked: Asked) -> Answer:
        said = f"{asked.path} {asked.raw_query} {dict(asked.headers)} ".encode() + asked.body
        return Answer(status, said, {"X-Said": quote(asked.path), "Content-Type": "text/plain"})

    return FakeServer(respond)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("debug", stream=stream, as_json=True)
    yield stream
    logs.configure("error")
    structlog.reset_defaults()


def told(service: Service, channels: list[Channel], way: Way) -> None:
    for number, one in enumerate(channels):
        put(service, one.name, number)
    deliver(service, now=NOW, channels=channels, way=way, wording=plain_words, patience_s=60)


def leaks(service: Service, logged: io.StringIO) -> list[str]:
    """Secrets in the log or in what is stored of failures."""
    stored = " ".join(f"{one.channel} {one.last_error}" for one in outbox.deliveries(service.db, limit=1_000))
    text = logged.getvalue() + stored
    forms = {
        form
        for one in SECRETS
        for form in (one, quote(one, safe=""), base64.b64encode(one.encode()).decode())
    }
    return sorted(form for form in forms if form in text)


@pytest.mark.parametrize("status", [401, 404, 500, 200])
def test_no_service_gets_a_secret_out(new_url: NewUrl, logged: io.StringIO, status: int) -> None:
    notify = [
        *ADDRESSES.values(),
        f"webhook+https://hooks.example.org/{CANARY}#{KEY}",
        f"slack://T0AAAAAAA/B0AAAAAAA/{CANARY}",
    ]
    service = service_of(new_url("sqlite"), notify)
    with echo(status) as server:
        told(
            service,
            channels_of(service.config, {}),
            Way(True, 30.0, {"https:": server.url, "https://": server.url + "/"}),
        )
        assert len(server.asked) >= len(notify)
    found = leaks(service, logged)
    service.close()
    assert logged.getvalue().count("\n") > len(notify)
    assert found == []


def test_nobody_there_and_nowhere_to_go_get_no_secret_out(new_url: NewUrl, logged: io.StringIO) -> None:
    notify = [
        *ADDRESSES.values(),
        f"webhook+https://127.0.0.1:9/{CANARY}#{KEY}",
        f"slack://T0AAAAAAA/B0AAAAAAA/{CANARY}",
    ]
    service = service_of(new_url("sqlite"), notify)
    with FakeServer(lambda asked: Answer.redirect(f"http://127.0.0.1:9/{CANARY}?token={CANARY}")) as server:
        channels = channels_of(service.config, {})
        told(service, channels, Way(True, 3.0, {"https:": server.url}))
        nobody = Way(True, 3.0, {"https:": "http://127.0.0.1:9"})
        for one in outbox.deliveries(service.db, state="dead", limit=99):
            outbox.retry(service.db, one.id, now=NOW)
        deliver(service, now=NOW, channels=channels, way=nobody, wording=plain_words, patience_s=60)
        deliver(
            service, now=NOW, channels=channels, way=Way(timeout_s=1.0), wording=plain_words, patience_s=60
        )
    found = leaks(service, logged)
    service.close()
    assert found == []


def test_a_mail_servers_refusal_gets_no_password_out(new_url: NewUrl, logged: io.StringIO) -> None:
    with FakeMailServer(mail=lambda _: f"554 no {CANARY}") as server:
        refused = f"mailto://ann:{CANARY}@127.0.0.1:{server.port}/?from=l@example.org&to=ann@example.org"
        gone = f"mailtos://bob:{CANARY}@127.0.0.1:9/?from=l@example.org&to=bob@example.org"
        service = service_of(new_url("sqlite"), [refused, gone])
        told(service, channels_of(service.config, {}), Way(True, 3.0))
    found = leaks(service, logged)
    service.close()
    assert found == []


def test_the_screen_shows_what_came_of_a_test_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with echo(500) as server, FakeMailServer() as mail:
        folder = tmp_path / "config.toml"
        folder.write_text(
            '[[brands]]\nname = "Delta"\nquery = "delta"\n[alerts]\nallow_private_addresses = true\nnotify = ['
            f'"webhook+{server.url}/{CANARY}#{KEY}", '
            f'"mailto://127.0.0.1:{mail.port}/?from=l@example.org&to=ann@example.org"]\n'
        )
        assert alerts_try.test(folder, None) == 1
        assert alerts_try.test(folder, "mail") == 0
        assert [one.message["Subject"] for one in mail.taken] != []
    shown = capsys.readouterr().out
    assert "answered HTTP 500" in shown
    assert "mail ann@example.org" in shown
    assert not [one for one in SECRETS if one in shown]

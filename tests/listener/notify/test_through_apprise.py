"""Services told through apprise: every request goes through our own way out, and what an answer means is ours to say."""

import json
import logging
import re
from importlib import import_module
from typing import Any
from urllib.parse import unquote_plus

import pytest

from listener.errors import AddressRefused
from listener.notify.apprise_services import SERVICES
from listener.notify.channel import BadAddress, GaveUp, Outcome, Sent, TryAgain, Way
from listener.notify.through_apprise import parse_apprise
from listener.notify.wording import Quote, Words
from listener.notify.words import clean_words
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer
from tests.listener.notify.receivers import NOW, message

A, B = "a1" * 16, "b2" * 16
ADDRESSES = {
    "workflows": "workflows://prod-03.example.org:443/643e69f83c8944f/KiHbKWwZzB/",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "tgram": "tgram://123456789:ABCdefghijkl_mnopqrstuvwxyz-1234/12315544",
    "ntfys": "ntfys://tk_abcdefgh123456@ntfy.example.org/topic1",
    "mmosts": "mmosts://chat.example.org/3ccdd113474722377935511fc85d3dd4",
    "rockets": f"rockets://{A}/{B}@chat.example.org/room",
    "gotifys": "gotifys://push.example.org/AbCdEf123456789",
    "matrixs": "matrixs://user:secretpass@matrix.example.org/room",
    "signals": "signals://signal.example.org/15555550100/15555550101",
    "zulip": f"zulip://bot@org/{A}/stream",
    "gchat": "gchat://workspace1/keyabcdefghijk/tokenabcdefghij",
    "wxteams": "wxteams://" + "a1" * 40,
    "pover": f"pover://{A[:30]}@{B[:30]}",
    "pbul": f"pbul://{A}",
    "pagerduty": f"pagerduty://{A}@{B[:20]}",
    "incidentio": "incidentio://01ABCDEF/abcdef123456",
    "ilert": "ilert://abcdef1234567",
    "splunk": "splunk://route@a1b2c3d4e5f6",
    "squadcast": "squadcast://abcdef1234567",
    "pagertree": "pagertree://int_123456789012",
    "twilio": f"twilio://AC{A}:{B}@15555550100/15555550101",
    "vonage": "vonage://abcd1234:secretabcdefghi1@15555550100/15555550101",
    "msgbird": f"msgbird://{A[:25]}/15555550100/15555550101",
    "clicksend": "clicksend://user:key12345@15555550101",
    "sinch": f"sinch://{A}:{B}@15555550100/15555550101",
}
EVIL = (
    "@everyone <!channel> <@U1> <users/all> @**all** [bank](http://evil.example) ```x``` ||y|| <b>&amp;</b>"
)


def yes(asked: Asked) -> Answer:
    """What each service says when it has taken something."""
    if "well-known" in asked.path:
        return Answer(404)
    if asked.path.endswith("/state/m.room.encryption"):
        return Answer(404)
    said = {"access_token": "t", "user_id": "@u:x", "home_server": "x", "device_id": "d", "room_id": "!r:x"}
    return Answer.json({**said, "event_id": "e", "messages": [{"status": "0"}]})


def sent(address: str, server: FakeServer, words: Words | None = None, **more: Any) -> Outcome:
    way = Way(allow_private=True, timeout_s=30.0, rewrite={"https:": server.url}, **more)
    return parse_apprise(address, address.partition("://")[0]).send(message(words), way, now=NOW)


def test_every_service_that_is_allowed_is_tried_here() -> None:
    plain = {name.removesuffix("s") for name in ADDRESSES}
    assert {one.name for one in SERVICES.values()} == {SERVICES[name].name for name in ADDRESSES}
    assert {name for name in SERVICES if name.removesuffix("s") not in plain} == {"webex", "victorops"}


@pytest.mark.parametrize("scheme", ADDRESSES)
def test_each_service_gets_the_message_through_our_own_way_out(scheme: str) -> None:
    with FakeServer(yes) as server:
        assert sent(ADDRESSES[scheme], server) == Sent()
        bodies = b"".join(one.body for one in server.asked if one.method in ("POST", "PUT")).decode()
        assert "more+mentions" in bodies or "more mentions" in bodies


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Answer(500), TryAgain), (Answer(404), GaveUp), (Answer(fault="silent_close"), TryAgain)],
)
@pytest.mark.parametrize("scheme", ADDRESSES)
def test_no_service_takes_a_refusal_for_a_yes(scheme: str, answer: Answer, kind: type) -> None:
    with FakeServer(lambda asked: answer) as server:
        assert isinstance(sent(ADDRESSES[scheme], server), kind)


@pytest.mark.parametrize(
    "scheme", ["discord", "tgram", "mmosts", "rockets", "gchat", "zulip", "workflows", "wxteams", "matrixs"]
)
def test_nothing_in_a_post_is_live_in_a_chat(scheme: str) -> None:
    words = clean_words(
        EVIL, [EVIL], "https://x.example/@everyone", "warning", [Quote(EVIL, "https://x.example/@all")]
    )
    with FakeServer(yes) as server:
        assert sent(ADDRESSES[scheme], server, words) == Sent()
    said = [spoken(one) for one in server.asked if b"evil" in one.body]
    assert said
    for text in said:
        for live in ("@everyone", "@all", "@**all", "<!channel", "<@U1", "<users/all", "](http", "```", "||"):
            assert live not in text


def spoken(asked: Asked) -> str:
    """A request's body as its reader sees it, whichever way it was encoded."""
    text = asked.body.decode()
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("{") else unquote_plus(text)


def test_long_words_are_cut_to_what_a_service_takes() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    words = clean_words(family * 300, [family * 700] * 9)
    with FakeServer(yes) as server:
        assert sent(ADDRESSES["discord"], server, words) == Sent()
    (asked,) = server.asked
    assert len(asked.json()["content"]) <= 2_000


@pytest.mark.parametrize("text", ["<&>" * 3_000, ":boom:" * 900, "\U0001f44b\U0001f3fd" * 2_000, "a\n" * 99])
@pytest.mark.parametrize(
    ("scheme", "field", "most"),
    [("tgram", "text", 4_096), ("discord", "content", 2_000), ("gchat", "text", 4_000)],
)
def test_no_size_is_refused(scheme: str, field: str, most: int, text: str) -> None:
    with FakeServer(yes) as server:
        assert sent(ADDRESSES[scheme], server, clean_words(text, [text] * 5)) == Sent()
    (asked,) = server.asked
    said = asked.json()[field]
    assert 0 < len(said.encode("utf-16-le")) / 2 <= most
    assert not re.search(r"&[a-z]*$", said)


def test_too_many_requests_says_until_when() -> None:
    with FakeServer(lambda asked: Answer(429, b"", {"Retry-After": "120"})) as server:
        outcome = sent(ADDRESSES["discord"], server)
    assert isinstance(outcome, TryAgain)
    assert outcome.hold_until is not None
    assert (outcome.hold_until - NOW).total_seconds() == 120


def test_a_service_that_hangs_is_left_at_the_deadline() -> None:
    with FakeServer(lambda asked: Answer(fault="hang")) as server:
        way = Way(allow_private=True, timeout_s=0.5, rewrite={"https:": server.url})
        channel = parse_apprise(ADDRESSES["discord"], "discord")
        assert isinstance(channel.send(message(), way, now=NOW), TryAgain)


def test_private_addresses_and_plain_text_are_refused() -> None:
    with FakeServer(yes) as server:
        for scheme in ("gotify", "ntfy", "mmost"):
            host = f"127.0.0.1:{server.port}"
            channel = parse_apprise(f"{scheme}://{host}/AbCdEf123456789", scheme)
            assert isinstance(channel.send(message(), Way(), now=NOW), GaveUp)
            channel = parse_apprise(f"{scheme}s://{host}/AbCdEf123456789", f"{scheme}s")
            refused = channel.send(message(), Way(), now=NOW)
            assert isinstance(refused, GaveUp)
            assert "allow_private_addresses" in refused.reason
        assert server.asked == []


def test_a_redirect_does_not_lead_inside() -> None:
    with FakeServer(yes) as canary, FakeServer(lambda asked: Answer.redirect(canary.url, 307)) as server:
        assert isinstance(sent(ADDRESSES["discord"], server), TryAgain | GaveUp)
        assert canary.asked == []


def test_a_plugin_has_no_other_way_out() -> None:
    for name, address in ADDRESSES.items():
        parse_apprise(address, name)
        service = SERVICES[name]
        plugin = getattr(import_module(f"apprise.plugins.{service.module}"), service.plugin)
        guard = import_module(plugin.__module__).requests
        for call in ("get", "post", "put", "delete"):
            with pytest.raises(AddressRefused):
                getattr(guard, call)("https://example.org")
        for call in ("Session", "session", "head", "patch", "api"):
            with pytest.raises(AddressRefused):
                getattr(guard, call)
        assert guard.codes.ok == 200


@pytest.mark.parametrize(
    "address",
    [
        "discord://x",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?format=markdown",
        "ntfys://ntfy.example.org/one/two",
        "tgram://nope",
        "twilio://x",
    ],
)
def test_an_address_that_is_none_is_refused_without_a_word_of_it(address: str) -> None:
    with pytest.raises(BadAddress) as error:
        parse_apprise(address, address.partition("://")[0])
    assert "JHMHI8" not in str(error.value)
    assert "passwd" not in str(error.value)


def test_apprise_logs_neither_addresses_nor_texts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeServer(lambda asked: Answer(403)) as server:
        sent(ADDRESSES["tgram"], server)
    assert "ABCdefghijkl" not in caplog.text
    assert "more mentions" not in caplog.text

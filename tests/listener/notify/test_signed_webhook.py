"""The signed webhook: what was changed on the way, is old or was signed with another key is found out, and nothing inside the network is reached."""

import json
import random
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from listener.notify.channel import BadAddress, GaveUp, Sent, TryAgain, Way
from listener.notify.webhook import SignedWebhook, body_of, headers_of, parse_webhook
from tests.listener.collectors.fake_server import Answer, FakeServer
from tests.listener.notify.receivers import KEY, NOW, OTHER_KEY, message

INSIDE = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "0.0.0.0",
    "[fe80::1]",
    "[64:ff9b::7f00:1]",
    "100.64.0.1",
]
STATUSES = {
    Sent: (200, 202, 204),
    GaveUp: (304, 400, 401, 403, 404, 410, 413),
    TryAgain: (408, 425, 429, 500, 503),
}
NONE = (
    "webhook+https://",
    "webhook+https:///x",
    "webhook+file:///x",
    "webhook+https://ann:pw@example.org/x",
    "webhook+https://a b/",
    "webhook+https://example.org/x#",
    "webhook+https://example.org/x#whsec_c2hvcnQ=",
    "webhook+https://example.org/x#whsec_!!",
    f"webhook+https://example.org/x#{','.join([KEY] * 4)}",
)
HERE = Way(allow_private=True, timeout_s=30.0)


def shown_in_the_docs() -> Callable[[bytes, dict[str, str], str, float], bool]:
    """The receiver's side as docs/alerts.md shows it."""
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(import base64, hashlib, hmac\n.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    found: Callable[[bytes, dict[str, str], str, float], bool] = names["verified"]
    return found


VERIFIED = shown_in_the_docs()


def verified(body: bytes, headers: Mapping[str, str], key: str, *, now: datetime) -> bool:
    return VERIFIED(body, {name.lower(): value for name, value in headers.items()}, key, now.timestamp())


def hook(url: str, *keys: str) -> SignedWebhook:
    return parse_webhook(f"webhook+{url}", " ".join(keys or (KEY,)))


def test_what_arrives_is_signed_and_names_its_delivery() -> None:
    with FakeServer(lambda asked: Answer(204)) as server:
        assert hook(f"{server.url}/hook").send(message(), HERE, now=NOW) == Sent()
    (asked,) = server.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["webhook-id"] == message().id
    assert verified(asked.body, headers, KEY, now=NOW)
    told = json.loads(asked.body)
    assert (told["type"], told["timestamp"]) == ("alert.opened", "2027-03-01T12:00:00Z")
    assert told["data"]["delivery_id"] == message().id
    assert told["data"]["posts"][0]["link"] == "https://social.example.org/%40ann/1"


def test_the_library_of_the_standard_takes_the_signature_too() -> None:
    from datetime import UTC

    now = datetime.now(UTC)
    body = body_of(message())
    Webhook(KEY).verify(body, headers_of(message().id, body, (KEY,), now=now))


def test_two_keys_sign_while_one_is_rolled_out() -> None:
    body = body_of(message())
    headers = headers_of(message().id, body, (KEY, OTHER_KEY), now=NOW)
    assert verified(body, headers, KEY, now=NOW)
    assert verified(body, headers, OTHER_KEY, now=NOW)
    assert not verified(body, headers_of(message().id, body, (KEY,), now=NOW), OTHER_KEY, now=NOW)


def test_ten_thousand_changes_are_all_found_out() -> None:
    chance = random.Random(10)
    body = body_of(message())
    headers = headers_of(message().id, body, (KEY,), now=NOW)
    assert verified(body, headers, KEY, now=NOW)
    taken = 0
    for _ in range(10_000):
        changed_body, changed, at = mutated(body, headers, chance)
        taken += verified(changed_body, changed, KEY, now=at)
    assert taken == 0


def mutated(
    body: bytes, headers: dict[str, str], chance: random.Random
) -> tuple[bytes, dict[str, str], datetime]:
    """One thing about a request is another."""
    changed, at = dict(headers), NOW
    place = chance.randrange(len(body))
    match chance.randrange(8):
        case 0:
            body = body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]
        case 1:
            body = body[:place]
        case 2:
            body += bytes([chance.randrange(256)])
        case 3:
            changed["webhook-id"] = chance.choice(
                ["", "msg_other", headers["webhook-id"] + "\u00e9", "\ud800"]
            )
        case 4:
            odd = ["", "x", "-1", "1" * 30, "\u0661\u0662", "1e9", str(int(headers["webhook-timestamp"]) + 1)]
            changed["webhook-timestamp"] = chance.choice(odd)
        case 5:
            at = NOW + chance.choice([-1, 1]) * timedelta(seconds=chance.uniform(301, 1e6))
        case 6:
            said = headers["webhook-signature"]
            at_ = chance.randrange(3, len(said) - 2)  # the last digit before "=" has bits that say nothing
            other = chance.choice([one for one in "ABCDxyz019+/\u00e9," if one != said[at_]])
            changed["webhook-signature"] = said[:at_] + other + said[at_ + 1 :]
        case _:
            bad = [
                "",
                "v1",
                "v1,",
                "v1a," + "A" * 43,
                " " * 99,
                "v2" + headers["webhook-signature"][2:],
                "\ud800",
            ]
            changed["webhook-signature"] = chance.choice(bad)
    return body, changed, at


@pytest.mark.parametrize(
    ("status", "kind"),
    [(status, kind) for kind, statuses in STATUSES.items() for status in statuses],
)
def test_a_status_says_whether_another_try_makes_sense(status: int, kind: type) -> None:
    with FakeServer(lambda asked: Answer(status, b"canary in the answer", {"Retry-After": "70"})) as server:
        outcome = hook(f"{server.url}/hook").send(message(), HERE, now=NOW)
    assert isinstance(outcome, kind)
    assert "canary" not in getattr(outcome, "reason", "")
    if isinstance(outcome, TryAgain) and status in (429, 503):
        assert outcome.hold_until == NOW + timedelta(seconds=70)


@pytest.mark.parametrize("fault", ["hang", "drip", "silent_close", "reset", "short"])
def test_whatever_is_no_whole_answer_is_tried_again(fault: str) -> None:
    with FakeServer(lambda asked: Answer(200, b"x" * 10, fault=fault)) as server:
        way = Way(allow_private=True, timeout_s=0.6)
        assert isinstance(hook(f"{server.url}/hook").send(message(), way, now=NOW), TryAgain)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_leads_a_post_elsewhere(status: int) -> None:
    with FakeServer(lambda asked: Answer(200)) as canary:
        with FakeServer(lambda asked: Answer.redirect(f"{canary.url}/canary", status)) as server:
            outcome = hook(f"{server.url}/hook").send(message(), HERE, now=NOW)
            assert isinstance(outcome, TryAgain | GaveUp)
        assert canary.asked == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_leaves_the_message_behind_is_no_yes(status: int) -> None:
    with FakeServer(
        lambda asked: Answer(200) if asked.path == "/new" else Answer.redirect("/new", status)
    ) as server:
        outcome = hook(f"{server.url}/hook").send(message(), HERE, now=NOW)
    assert isinstance(outcome, GaveUp)
    assert "redirects" in outcome.reason


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_inside_the_network_is_reached(host: str) -> None:
    with FakeServer(lambda asked: Answer(200)) as canary:
        way = Way(timeout_s=2.0)
        outcome = hook(f"https://{host}:{canary.port}/hook").send(message(), way, now=NOW)
        assert isinstance(outcome, GaveUp | TryAgain)
        plain = hook(f"http://{host}:{canary.port}/hook").send(message(), way, now=NOW)
        assert isinstance(plain, GaveUp)
        assert canary.asked == []


def test_the_clouds_own_address_is_refused_even_where_private_ones_may_be_told() -> None:
    outcome = hook("http://169.254.169.254/latest").send(message(), HERE, now=NOW)
    assert isinstance(outcome, GaveUp)


@pytest.mark.parametrize("address", NONE)
def test_an_address_or_a_secret_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadAddress) as error:
        parse_webhook(address, None)
    assert "example.org" not in str(error.value)

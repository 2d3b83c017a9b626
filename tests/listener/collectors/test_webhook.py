"""Signed requests with posts: who may send, what is taken, and what is said about the rest."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook

from listener.collectors.base import Context
from listener.collectors.webhook import (
    MAX_BYTES,
    MAX_POSTS,
    Collect,
    Received,
    Settings,
    WebhookError,
    verify_and_parse,
)
from listener.errors import ConfigError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes....").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret, 24 bytes").decode()
POST = {"source_id": "7", "text": "acme is great", "published_at": "2026-11-21T11:00:00Z", "author": "@ann"}


def signed(
    body: bytes, *, secret: str = SECRET, at: datetime = NOW, message_id: str = "msg_1"
) -> dict[str, str]:
    signature = Webhook(secret).sign(message_id, at, body.decode())
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": signature,
    }


def take(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    secrets: tuple[str, ...] = (SECRET,),
    now: datetime = NOW,
) -> Received:
    keys = [SecretStr(secret) for secret in secrets]
    return verify_and_parse(body, signed(body) if headers is None else headers, keys, source="forum", now=now)


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def refusal(body: bytes, headers: Mapping[str, str] | None = None, **options: Any) -> WebhookError:
    with pytest.raises(WebhookError) as caught:
        take(body, headers, **options)
    return caught.value


def test_one_post_and_a_list_of_posts_are_taken() -> None:
    one = take(encoded(POST))
    assert [(p.source, p.source_id, p.text) for p in one.posts] == [("forum", "7", "acme is great")]
    assert one.message_id == "msg_1"
    many = take(encoded({"posts": [POST, {**POST, "source_id": "8", "source": "App Store"}]}))
    assert [(p.source, p.source_id) for p in many.posts] == [("forum", "7"), ("app_store", "8")]
    assert take(encoded({"posts": []})).posts == ()


def test_a_post_that_cannot_be_used_costs_only_itself_and_is_named() -> None:
    got = take(encoded({"posts": [POST, {"source_id": "9"}, "no object", {**POST, "likes": "1,234"}]}))
    assert [post.source_id for post in got.posts] == ["7"]
    assert [(r.field, json.loads(r.payload)) for r in got.refused] == [
        ("text", {"source_id": "9"}),
        ("post", "no object"),
        ("likes", {**POST, "likes": "1,234"}),
    ]
    assert "1234" in got.refused[2].reason


def test_either_secret_may_sign_while_they_are_changed_over() -> None:
    body = encoded(POST)
    for secret in (SECRET, OTHER):
        assert take(body, signed(body, secret=secret), secrets=(SECRET, OTHER)).posts
    assert refusal(body, signed(body, secret=OTHER)).status == 401


def test_one_good_signature_among_several_is_enough() -> None:
    body = encoded(POST)
    headers = signed(body)
    headers["Webhook-Signature"] = f"v1a,xyz v1,AAAA {headers['Webhook-Signature']}"
    assert take(body, headers).posts


@pytest.mark.parametrize("away", [timedelta(minutes=5, seconds=2), timedelta(days=-1), timedelta(days=900)])
def test_a_request_signed_more_than_five_minutes_away_is_refused(away: timedelta) -> None:
    body = encoded(POST)
    assert refusal(body, signed(body, at=NOW - away)).status == 401
    assert take(body, signed(body, at=NOW - timedelta(minutes=4, seconds=58))).posts


def test_a_changed_body_id_or_time_breaks_the_signature() -> None:
    body = encoded(POST)
    headers = signed(body)
    assert refusal(body.replace(b"great", b"awful"), headers).status == 401
    assert refusal(body, {**headers, "Webhook-Id": "msg_2"}).status == 401
    assert refusal(body, {**headers, "Webhook-Timestamp": str(int(NOW.timestamp()) - 1)}).status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Signature": "v1,ключ"},
        {"Webhook-Signature": "\udc80"},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1"},
        {"Webhook-Signature": "," * 5000},
        {"Webhook-Id": "м"},
        {"Webhook-Id": "x" * 300},
        {"Webhook-Id": ""},
        {"Webhook-Timestamp": "١٧٦٣٧٢٦٤٠٠"},
        {"Webhook-Timestamp": "1e9"},
        {"Webhook-Timestamp": "9" * 400},
        {"Webhook-Timestamp": "nan"},
    ],
)
def test_odd_headers_are_refused_and_never_raise_anything_else(change: dict[str, str]) -> None:
    body = encoded(POST)
    assert refusal(body, {**signed(body), **change}).status in (400, 401)


def test_missing_headers_are_named() -> None:
    assert "webhook-signature" in str(refusal(encoded(POST), {}))


def test_bodies_that_are_too_large_are_refused_before_anything_is_read() -> None:
    assert refusal(b"x" * (MAX_BYTES + 1), {}).status == 413
    body = encoded({"posts": [{"text": "a"}] * (MAX_POSTS + 1)})
    assert refusal(body).status == 413
    assert len(take(encoded({"posts": [{"text": "a"}] * MAX_POSTS})).posts) == MAX_POSTS


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"3", b'"posts"', b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"text": NaN}',
     b'{"text":"a","likes":' + b"9" * 5_000 + b"}"],
)  # fmt: skip
def test_a_signed_body_that_is_no_post_is_refused_as_such(body: bytes) -> None:
    assert refusal(body).status == 400


def test_a_body_that_is_not_utf_8_is_refused() -> None:
    assert refusal(b"\xff{}", signed(b"{}")).status == 400


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "kéy"])
def test_a_secret_that_is_none_is_the_users_to_mend(secret: str) -> None:
    body = encoded(POST)
    with pytest.raises(ConfigError, match="whsec_"):
        take(body, signed(body), secrets=(secret,))
    collector = Collect(Settings(), Context("hook", {"secret": SecretStr(secret)}))
    with pytest.raises(ConfigError, match="hook"):
        collector.check(now=NOW)


def test_no_secret_means_nobody_may_send() -> None:
    assert refusal(encoded(POST), secrets=()).status == 401


def test_a_refusal_holds_neither_secret_nor_signature() -> None:
    body = encoded(POST)
    headers = signed(body)
    said = str(refusal(body, {**headers, "Webhook-Id": "other"}))
    assert SECRET not in said
    assert headers["Webhook-Signature"] not in said


def test_a_webhook_source_has_nothing_to_fetch_and_parses_what_was_stored() -> None:
    collector = Collect(Settings(platform="forum"), Context("hook", {"secret": SecretStr(SECRET)}))
    assert collector.streams([]) == []
    assert "signed posts" in collector.check(now=NOW)
    stored = take(encoded(POST)).posts[0]
    assert stored.payload is not None
    assert collector.parse(stored.payload, observed_at=NOW) == stored


@given(body=st.binary(max_size=200), headers=st.dictionaries(
    st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "x"]), st.text(max_size=40)))  # fmt: skip
def test_nothing_unsigned_is_ever_taken(body: bytes, headers: dict[str, str]) -> None:
    assert refusal(body, headers).status in (400, 401)

"""A signed webhook: JSON to an address of your own, signed as standardwebhooks.com says.

    webhook+https://hooks.example.org/listener

The headers are webhook-id (the delivery's id, the same at every try), webhook-timestamp and webhook-signature: base64 HMAC-SHA256 over
"id.timestamp.body", one for each secret, so that a new one can be rolled out beside the old. The receiver answers 2xx once it has taken the
message, and passes over an id that it has seen.
"""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import httpx2
from standardwebhooks import Webhook

from listener.collectors.addresses import checked_url
from listener.collectors.replies import Reply
from listener.notify.channel import BadAddress, Channel, Message, Outcome, Way, fingerprint, judged, posted

VARIABLE = "LISTENER_ALERTS_WEBHOOK_SECRET"
SHORTEST_KEY, MOST_SECRETS = 24, 3
SHORTEST_PATH = 12
"""A path that is shorter is taken for a common word and not for a key."""


@dataclass(frozen=True, repr=False, kw_only=True)
class SignedWebhook(Channel):
    """One address that takes signed messages. Every one of `keys` signs."""

    url: str
    keys: tuple[str, ...] = field(default=())

    def send(self, message: Message, way: Way, *, now: datetime) -> Outcome:
        body = body_of(message)
        answer = posted(self.url, body, headers_of(message.id, body, self.keys, now=now), way, self)
        return judged(answer, now=now) if isinstance(answer, Reply) else answer


def parse_webhook(address: str, common: str | None) -> SignedWebhook:
    """The channel of a webhook+https:// address; its secrets stand behind a # or are the `common` ones. Raises BadAddress."""
    url, _, own = address.removeprefix("webhook+").partition("#")
    try:
        host = httpx2.URL(checked_url(url)).host
    except (ValueError, httpx2.InvalidURL) as error:
        raise BadAddress(f"is no address to post to: {error}") from None
    keys = tuple(re.split(r"[,\s]+", (own or common or "").strip()))
    if keys == ("",):
        raise BadAddress(f"has no secret; set {VARIABLE}, or its file's name in {VARIABLE}_FILE")
    if len(keys) > MOST_SECRETS or not all(map(_is_key, keys)):
        raise BadAddress(
            "has a secret that is none; make one with: "
            "python -c \"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
        )
    path = url.partition(host)[2].partition("/")[2]
    name = f"webhook {host} {fingerprint(url)}"
    return SignedWebhook(
        name=name,
        kind="webhook",
        secrets=(*keys, *([path] if len(path) >= SHORTEST_PATH else [])),
        url=url,
        keys=keys,
    )


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text.removeprefix("whsec_"), validate=True)) >= SHORTEST_KEY
    except (Base64Error, ValueError):
        return False


def body_of(message: Message) -> bytes:
    """The message as JSON: `type` and `timestamp` as Standard Webhooks has them, `data` with the delivery's id and the words."""
    words = message.words
    told = {
        "type": f"alert.{message.kind}",
        "timestamp": message.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "data": {
            "delivery_id": message.id,
            "alert_id": message.alert_id,
            "severity": words.severity,
            "title": words.title,
            "lines": list(words.lines),
            "posts": [asdict(one) for one in words.quotes],
            "link": words.link,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery_id: str, body: bytes, keys: tuple[str, ...], *, now: datetime) -> dict[str, str]:
    """The three headers that say who sent it and when, and that nothing was changed on the way."""
    at = now.astimezone(UTC)
    signatures = [Webhook(key).sign(delivery_id, at, body.decode()) for key in keys]
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

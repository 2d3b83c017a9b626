"""Posts that another program sends here, signed: for every network that cannot be read from outside.

The signature is that of standardwebhooks.com: headers webhook-id, webhook-timestamp and webhook-signature,
the last a base64 HMAC-SHA256 over "id.timestamp.body". The body is one post in our own format
(`own_format`), or {"posts": [...]}.

`verify_and_parse` is pure: a web server gives it the request and its clock, stores what comes back, and
keeps the ids it has seen for twice the tolerance, so that a request sent again brings nothing new. Sending
again is safe anyhow: a post is stored once.
"""

import hmac
import json
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from httpx2 import Headers
from pydantic import Field, SecretStr
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from listener.collectors import own_format
from listener.collectors.base import (
    Collector,
    Cursor,
    Page,
    Payload,
    Secret,
    SourceSettings,
    Stream,
    TrackedBrand,
)
from listener.collectors.replies import Reply
from listener.errors import BadReply, ConfigError, PostRefused, SourceError
from storage.types import NewPost, Refused

TOLERANCE = timedelta(minutes=5)
MAX_BYTES = 5_000_000
MAX_POSTS = 1_000
_MAX_SIGNATURES = 20


class WebhookError(SourceError):
    """A request that is not taken; nothing of it is stored. `status` is the HTTP status to answer with.

    401: not signed by who knows the secret, or too old. 413: too large. 400: not the body documented above.
    """

    kind = "refused"

    def __init__(self, source: str, status: int, message: str) -> None:
        super().__init__(source, message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Received:
    """What one request brought. `message_id` is the same when the sender sends it again."""

    message_id: str
    posts: tuple[NewPost, ...]
    refused: tuple[Refused, ...]


def verify_and_parse(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[SecretStr], *, source: str, now: datetime
) -> Received:
    """The posts of a signed request, and those that cannot be used, each with the field and the reason.

    `secrets` are "whsec_..." or bare base64; any of them may have signed, so that a new one can be rolled
    out beside the old. `source` is the platform of posts that name none. Raises WebhookError, and
    ConfigError for a secret that is none.
    """
    if len(body) > MAX_BYTES:
        raise WebhookError(source, 413, f"the body has {len(body)} bytes, at most {MAX_BYTES} are taken")
    message_id = _verified(body, headers, secrets, source, now)
    posts: list[NewPost] = []
    refused: list[Refused] = []
    for payload in _payloads(body, source):
        try:
            # The platform goes into what is kept, so that the post can be made again from it.
            whole = {"source": source, **payload} if isinstance(payload, dict) else payload
            posts.append(own_format.parse(whole, source=source, observed_at=now))
        except PostRefused as error:
            refused.append(Refused(error.field, error.reason, json.dumps(payload)[:20_000]))
    return Received(message_id, tuple(posts), tuple(refused))


def _verified(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[SecretStr], source: str, now: datetime
) -> str:
    """The message's id. Raises WebhookError unless one of the secrets signed it within the tolerance."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id, sent, signatures = (
        given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (message_id and sent and signatures):
        raise WebhookError(
            source, 401, "the headers webhook-id, webhook-timestamp and webhook-signature are needed"
        )
    if not (sent.isascii() and sent.isdecimal() and len(sent) <= 11 and len(message_id) <= 256):
        raise WebhookError(
            source, 401, "webhook-timestamp is not a unix time in seconds, or webhook-id too long"
        )
    at = datetime.fromtimestamp(int(sent), UTC)  # eleven digits reach the year 5138
    if abs(now - at) > TOLERANCE:
        raise WebhookError(source, 401, f"signed at {at.isoformat()}, which is not within 5 minutes of now")
    try:
        words = body.decode("utf-8")
        expected = [_signature(secret, message_id, at, words, source) for secret in secrets]
    except UnicodeError:
        raise WebhookError(source, 400, "the body or webhook-id is not UTF-8") from None
    offered = [signature.encode("utf-8", "replace") for signature in signatures.split(" ")[:_MAX_SIGNATURES]]
    # Each pair is compared, so that the time taken tells nothing.
    matches = [hmac.compare_digest(good, signature) for good in expected for signature in offered]
    if not any(matches):
        raise WebhookError(source, 401, "the signature is not made with this source's secret over this body")
    return message_id


def _signature(secret: SecretStr, message_id: str, at: datetime, words: str, source: str) -> bytes:
    try:
        return Webhook(secret.get_secret_value()).sign(message_id, at, words).encode()
    except (Base64Error, EmptyWebhookSecretError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise ConfigError(
            f"source {source}: its secret is no webhook secret; make one with:"
            " python -c \"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(24)).decode())\""
        ) from None


def _payloads(body: bytes, source: str) -> list[Any]:
    try:
        value = Reply(200, Headers(), body, "the body", source).json()
    except BadReply:
        raise WebhookError(source, 400, "the body is not JSON, or nested too deep") from None
    if not isinstance(value, dict):
        raise WebhookError(source, 400, 'the body is neither a post nor {"posts": [...]}')
    posts = value["posts"] if isinstance(value.get("posts"), list) and "text" not in value else [value]
    if len(posts) > MAX_POSTS:
        raise WebhookError(source, 413, f"{len(posts)} posts in one request, at most {MAX_POSTS} are taken")
    return posts


class Settings(SourceSettings):
    """A place where another program may send posts."""

    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret("secret", meaning="what the sender signs with, whsec_ and base64"),
        Secret("old_secret", required=False, meaning="the one before, while senders change over"),
    )

    type: Literal["webhook"] = "webhook"
    platform: Annotated[
        str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$", description="the platform of posts that name none")
    ] = "webhook"


class Collect(Collector):
    """Nothing is fetched: posts come when they come. Here so that a webhook is configured and checked like
    any source.
    """

    platform: ClassVar[str] = "webhook"
    settings: Settings

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        return []

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        yield from ()

    @staticmethod
    def parse(payload: Payload, *, observed_at: datetime) -> NewPost:
        return own_format.parse(payload, source=Collect.platform, observed_at=observed_at)

    def check(self, *, now: datetime) -> str:
        """Raises ConfigError where the secret is none."""
        for secret in self.context.secrets.values():
            _signature(secret, "check", now, "", self.name)
        return "waits for signed posts; nothing is fetched"

"""What a channel is, what is sent through it, and what can come of that."""

import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

import httpx2

from listener.collectors.http import Http
from listener.collectors.replies import Reply, retry_at
from listener.errors import AddressRefused, SourceError, Unauthorized
from listener.notify.wording import Attachment, Words
from storage.outbox import DeliveryKind

WORTH_ANOTHER_TRY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it leaves. `id` is the delivery's, the same at every try; `words` are clean, plain and unescaped.

    Only mail takes an attachment along.
    """

    id: str
    kind: DeliveryKind
    words: Words
    at: datetime
    alert_id: int | None = None
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has taken it."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It was not taken this time. `hold_until`: the service asked to be left alone for so long."""

    reason: str
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class GaveUp:
    """It was refused for good: another try would be refused, too."""

    reason: str


Outcome: TypeAlias = Sent | TryAgain | GaveUp


@dataclass(frozen=True, slots=True)
class Way:
    """How messages get out. `timeout_s` is for one message; `rewrite` maps the start of an address to another, for tests and gateways;
    `tls` replaces the system's certificates for mail and for our own HTTP.
    """

    allow_private: bool = False
    timeout_s: float = 20.0
    rewrite: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    def to(self, url: str) -> str:
        """Where an address really leads."""
        for start, other in self.rewrite.items():
            if url.startswith(start):
                return other + url[len(start) :]
        return url


@dataclass(frozen=True, repr=False, kw_only=True)
class Channel(ABC):
    """One receiver. `name` holds no secret and stays the same; `secrets` are masked wherever they turn up."""

    name: str
    kind: str
    secrets: tuple[str, ...] = ()

    @abstractmethod
    def send(self, message: Message, way: Way, *, now: datetime) -> Outcome:
        """Send one message; what goes wrong is an outcome and not an exception."""

    def __repr__(self) -> str:
        return f"<{self.name}>"


class BadAddress(ValueError):
    """An entry of [alerts] notify that is none; the message holds nothing of it."""


def fingerprint(address: str) -> str:
    """Six digits that tell addresses apart and give nothing away.

    >>> fingerprint("https://hooks.example.org/1")
    '06b173'
    """
    return sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def posted(url: str, body: bytes, headers: Mapping[str, str], way: Way, channel: Channel) -> Reply | Outcome:
    """Post a body once within the time there is; the outcome where no answer came of it."""
    http = Http(
        channel.name,
        timeout_s=way.timeout_s,
        allow_private=way.allow_private,
        secrets=channel.secrets,
        max_bytes=1 << 20,
        tls=way.tls,
    )
    try:
        out = http.outgoing("POST", way.to(url), headers=headers, content=body)
        encrypted(str(out.url), way, channel.name)
        reply = http.exchange(out, time.monotonic() + way.timeout_s)
        moved(str(out.url), reply.url, channel.name)
        return reply
    except SourceError as error:
        return outcome_of(error)
    finally:
        http.close()


def encrypted(url: str, way: Way, name: str) -> None:
    """Raises AddressRefused for an address without encryption, unless your own network may be told."""
    if url.startswith("http:") and not way.allow_private:
        raise AddressRefused(name, "its address is not encrypted; only your own network may be told so")


def moved(asked: str, answered: str, name: str) -> None:
    """Raises AddressRefused where another address answered: on most redirects the message itself stays behind."""
    if httpx2.URL(asked) != httpx2.URL(answered):
        raise AddressRefused(name, "its address redirects; write the one it leads to")


def outcome_of(error: SourceError) -> Outcome:
    """What an error on the way means: an address that is refused stays refused, all else may pass."""
    reason = str(error).removeprefix(f"source {error.source}: ")
    if isinstance(error, (AddressRefused, Unauthorized)):
        return GaveUp(reason)
    return TryAgain(reason, error.retry_at)


def judged(reply: Reply, *, now: datetime) -> Outcome:
    """What an answer's status means: 2xx is sent, 408, 425, 429 and 5xx are worth another try, all else is final.

    Nothing of the answer is repeated: it may come from anywhere.
    """
    if 200 <= reply.status < 300:
        return Sent()
    reason = f"answered HTTP {reply.status}"
    if reply.status in WORTH_ANOTHER_TRY or reply.status >= 500:
        asked = reply.status == 429 or "retry-after" in reply.headers
        return TryAgain(reason, retry_at(reply.headers, now=now) if asked else None)
    return GaveUp(reason)

"""Receivers on loopback: a mail server whose answers are scripted, and what every test of sending needs."""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller

from listener.config import parse
from listener.notify.channel import Message
from listener.notify.wording import Quote, Words
from listener.notify.words import clean_words
from listener.service import Service, start_service
from storage.outbox import Delivery, DeliveryKind, NewDelivery, enqueue

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
CONFIG_PATH = Path("config.toml")
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
OTHER_KEY = "whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"


@dataclass(frozen=True)
class Mailed:
    """One mail as it was taken: the envelope and the message."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    encrypted: bool

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)


@dataclass
class FakeMailServer:
    """A real SMTP server. `mail`, `rcpt` and `data` give the answer to a command ("" for yes); `cut` hangs up after the message was taken."""

    mail: Callable[[str], str] = lambda _: ""
    rcpt: Callable[[str], str] = lambda _: ""
    data: Callable[[], str] = lambda: ""
    cut: bool = False
    starttls: ssl.SSLContext | None = None
    implicit_tls: ssl.SSLContext | None = None
    taken: list[Mailed] = field(default_factory=list)

    def __enter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=self.implicit_tls,
            tls_context=self.starttls,
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail(address) or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if said := self.rcpt(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if said := self.data():
            return said
        encrypted = session.ssl is not None or self.implicit_tls is not None
        self.taken.append(Mailed(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, encrypted))
        if self.cut:
            server.transport.abort()
        return "250 OK"


def message(words: Words | None = None, *, number: int = 1, kind: DeliveryKind = "opened") -> Message:
    """A message to send by hand."""
    return Message(f"msg_{number:032d}", kind, words or WORDS, NOW, alert_id=number)


WORDS = clean_words(
    "Delta: far more mentions than usual",
    ["212 in the last hour, 40 expected (31 to 52)", "Most of it says: recall"],
    "https://listener.example.org/alerts/1",
    "warning",
    [Quote("my Delta burnt down – Ann", "https://social.example.org/@ann/1")],
)


def plain_words(_service: Service, one: Delivery, _now: datetime) -> Words:
    """Words for a delivery, without figures."""
    return clean_words(f"Delta: {one.about.get('says', one.kind)}", ["one line"])


def service_of(
    database_url: str, notify: list[str], *, environ: Mapping[str, str] | None = None, private: bool = True
) -> Service:
    """A service that tells these addresses."""
    entries = ", ".join(f"'{one}'" for one in notify)
    config = parse(
        '[[brands]]\nname = "Delta"\nquery = "delta"\n[alerts]\n'
        f"allow_private_addresses = {str(private).lower()}\nnotify = [{entries}]\n",
        CONFIG_PATH,
    )
    given = {"LISTENER_STORAGE_URL": database_url, **(environ or {})}
    return start_service(config, now=NOW, environ=given)


def put(service: Service, channel: str, number: int = 1, *, at: datetime = NOW) -> str:
    """Put a message for a channel into the outbox; its id."""
    one = NewDelivery(
        f"msg_{channel}_{number}".replace(" ", "-"), "opened", channel, at, about={"says": str(number)}
    )
    service.db.do(lambda connection: enqueue(connection, [one], now=at))
    return one.id

"""Mail: one message to one recipient, over TLS, under a Message-ID that is the same at every try.

    mailtos://user:password@smtp.example.org/?from=listener@example.org&to=ann@example.org,bob@example.org   TLS from the start, port 465
    mailto://user:password@smtp.example.org:587/?...                                                         STARTTLS, port 587

A server that is not this machine and does not offer STARTTLS gets nothing: there is no way back to plain text. Each recipient is a channel,
so one refused never repeats another. Between the server's taking a message and its saying so the connection may break: the same message, with the
same Message-ID, is then sent again (RFC 1047 describes the gap; nobody can close it).
"""

import re
import smtplib
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpcore2

from listener.collectors.addresses import resolve, why_refused
from listener.notify.channel import BadAddress, Channel, GaveUp, Message, Outcome, Sent, TryAgain, Way
from listener.notify.mail_message import mail_message

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=[A-Za-z0-9.-]{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
_KEYS = {"from", "to", "name"}


@dataclass(frozen=True, slots=True)
class Server:
    """The server that takes our mail. `implicit_tls`: encrypted from the first byte on."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class _Refused(Exception):
    """The server's address may not be connected to."""


@dataclass(frozen=True, repr=False, kw_only=True)
class Mail(Channel):
    """One recipient's mailbox."""

    server: Server
    sender: str
    sender_name: str
    recipient: str

    def send(self, message: Message, way: Way, *, now: datetime) -> Outcome:
        made = mail_message(message, sender=self.sender, name=self.sender_name, to=self.recipient, now=now)
        return _sent(self.server, self.sender, self.recipient, made, way)


def parse_mail(url: str) -> list[Mail]:
    """The channels of a mailto:// or mailtos:// address, one for each recipient. Raises BadAddress."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    if unknown := asked.keys() - _KEYS:
        raise BadAddress(f"has {len(unknown)} keys behind the ? that are not known; known are from, to, name")
    if not parts.hostname or parts.path not in ("", "/"):
        raise BadAddress("names no server; write mailtos://user:password@smtp.example.org/?from=...&to=...")
    secure = parts.scheme == "mailtos"
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    server = Server(parts.hostname, parts.port or (465 if secure else 587), secure, user, password)
    sender = asked.get("from") or (user if user and _ADDRESS.fullmatch(user) else "")
    recipients = [one.strip() for one in asked.get("to", sender).split(",")]
    if not _ADDRESS.fullmatch(sender) or not all(_ADDRESS.fullmatch(one) for one in recipients):
        raise BadAddress('needs from=ADDRESS and to=ADDRESS (several with commas), as in "ann@example.org"')
    if not f"{user}{password}".isascii():
        raise BadAddress("has a user name or password outside ASCII, which mail servers do not take")
    secrets = tuple(dict.fromkeys(form for form in (password, parts.password) if form))
    return [
        Mail(
            name=f"mail {one}",
            kind="mail",
            secrets=secrets,
            server=server,
            sender=sender,
            sender_name=asked.get("name", "Listener"),
            recipient=one,
        )
        for one in dict.fromkeys(recipients)
    ]


def _sent(server: Server, sender: str, recipient: str, made: bytes, way: Way) -> Outcome:
    deadline = time.monotonic() + way.timeout_s
    where = f"{server.host}:{server.port}"
    client = (_Implicit if server.implicit_tls else _Plain)(server, way, deadline)
    try:
        with _ends(client, deadline):
            client.connect(server.host, server.port)
            _prepare(client, server, way)
            client.sendmail(sender, [recipient], made)
        return Sent()
    except _Refused as error:
        return GaveUp(f"{where}: {error}")
    except smtplib.SMTPRecipientsRefused as error:
        code, _ = error.recipients.get(recipient, (0, b""))
        return _by_code(code, f"{where} refused the recipient with {code}")
    except smtplib.SMTPResponseException as error:
        return _by_code(error.smtp_code, f"{where} answered {error.smtp_code} ({type(error).__name__})")
    except smtplib.SMTPNotSupportedError as error:
        lacks = "STARTTLS" if "STARTTLS" in str(error) else "a login"
        return TryAgain(f"{where} does not offer {lacks}; nothing was sent")
    except ssl.SSLError as error:
        return TryAgain(f"{where}: no trusted connection ({error.reason or type(error).__name__})")
    except (smtplib.SMTPException, OSError, httpcore2.NetworkError, httpcore2.TimeoutException) as error:
        late = time.monotonic() >= deadline
        return TryAgain(f"{where}: {f'no answer in {way.timeout_s:g} s' if late else type(error).__name__}")
    finally:
        client.close()


def _prepare(client: smtplib.SMTP, server: Server, way: Way) -> None:
    """Encrypt and log in."""
    client.ehlo_or_helo_if_needed()
    if not server.implicit_tls and not _LOOPBACK.fullmatch(server.host):
        client.starttls(context=way.tls or _tls())
        client.ehlo()
    if server.user and server.password:
        client.login(server.user, server.password)


def _by_code(code: int, reason: str) -> Outcome:
    return GaveUp(reason) if 500 <= code < 600 else TryAgain(reason)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connected(server: Server, way: Way, deadline: float) -> socket.socket:
    """A connection to an address of the server that may be connected to; the very address that was judged."""
    found = resolve(server.host, server.port, deadline)
    allowed = [one for one in found if why_refused(one, allow_private=way.allow_private) is None]
    if found and not allowed:
        why = why_refused(found[0], allow_private=way.allow_private)
        own = why_refused(found[0], allow_private=True) is None
        hint = "; allow_private_addresses = true in [alerts] permits your own networks" if own else ""
        raise _Refused(f"is {found[0]}, which is {why}{hint}")
    failure: OSError = OSError("the name has no address")
    for tried, address in enumerate(allowed):
        share = max(0.05, (deadline - time.monotonic()) / (len(allowed) - tried))
        try:
            return socket.create_connection((address, server.port), share)
        except OSError as error:
            failure = error
    raise failure


class _Plain(smtplib.SMTP):
    """A client whose connection goes to a checked address."""

    def __init__(self, server: Server, way: Way, deadline: float) -> None:
        self._server, self._way, self._deadline = server, way, deadline
        own = socket.gethostname()  # the name that smtplib would look up may take a resolver's whole patience
        super().__init__(local_hostname=own if "." in own else "[127.0.0.1]", timeout=way.timeout_s)
        self._host = server.host  # whose certificate STARTTLS asks for

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        return _connected(self._server, self._way, self._deadline)


class _Implicit(_Plain):
    """The same, encrypted from the first byte on."""

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        self.sock = super()._get_socket(host, port, timeout)  # from here on the deadline can cut it
        return (self._way.tls or _tls()).wrap_socket(self.sock, server_hostname=self._server.host)


class _ends:  # noqa: N801 - reads as a word of the with statement
    """Cuts the connection at the deadline, however the server drips."""

    def __init__(self, client: smtplib.SMTP, deadline: float) -> None:
        self._client = client
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        if self._client.sock is not None:
            try:
                self._client.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

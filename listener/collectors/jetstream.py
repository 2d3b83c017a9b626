"""A connection to Jetstream, Bluesky's firehose as JSON over a websocket.
github.com/bluesky-social/jetstream.

The address is checked like every other that is fetched: the connection is made to an address that passed,
then handed to the websocket client. It knows no proxy and no redirect, takes text frames of limited size
only, and every wait has an end.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpcore2
import httpx2
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from listener.collectors.addresses import AddressNotAllowedError, CheckedBackend
from listener.collectors.http import USER_AGENT
from listener.collectors.replies import Reply, failure, shown, snippet
from listener.errors import AddressRefused, BadReply, SourceError, Unreachable

LARGEST_EVENT = 1_000_000
"""Bytes. The server is asked to leave out larger ones; one that sends them all the same ends the pass."""

_log = logging.getLogger("listener.jetstream")
_log.setLevel(logging.WARNING)  # the client would write every frame into a debug log


@contextmanager
def subscribed(
    source: str,
    url: str,
    *,
    cursor_us: int,
    collections: Sequence[str],
    timeout_s: float,
    allow_private: bool,
    now: datetime,
) -> Iterator[ClientConnection]:
    """The open stream from `cursor_us`, unix microseconds, on. Raises SourceErrors as Http.get does."""
    where = shown(url)
    asked = _asked(url, cursor_us, collections)
    end = time.monotonic() + timeout_s
    try:
        stream = _connected(source, url, end, allow_private)
        connection = connect(
            asked,
            sock=stream.get_extra_info("socket"),
            compression=None,
            user_agent_header=USER_AGENT,
            proxy=None,
            open_timeout=max(0.001, end - time.monotonic()),
            close_timeout=1,
            max_size=LARGEST_EVENT + 65_536,
            logger=_log,
        )
    except InvalidStatus as refused:
        raise _refused(source, url, refused, now) from None
    except ValueError as error:
        if isinstance(error.__cause__, InvalidStatus):
            raise BadReply(source, f"{where} redirects elsewhere: set that address instead") from None
        raise
    except TimeoutError:
        raise Unreachable(source, f"{where} did not open a stream in {timeout_s:g} s") from None
    except (OSError, EOFError, WebSocketException) as error:
        raise Unreachable(source, f"{where}: {snippet(str(error).encode())}") from None
    with connection:
        yield connection


def received(source: str, url: str, connection: ClientConnection, timeout_s: float) -> str | None:
    """The next frame's text, None where none came in time. Raises Unreachable where the stream was cut."""
    try:
        frame = connection.recv(timeout=timeout_s)
    except TimeoutError:
        return None
    except ConnectionClosed as closed:
        reason = snippet(str(closed).encode())
        if closed.sent is not None and closed.sent.code == 1009:
            raise BadReply(source, f"{shown(url)} sent an event larger than it was asked for") from None
        raise Unreachable(source, f"{shown(url)}: the stream was cut ({reason})") from None
    if isinstance(frame, bytes):
        raise BadReply(source, f"{shown(url)} sent a binary frame, which nobody asked for")
    return frame


def _asked(url: str, cursor_us: int, collections: Sequence[str]) -> str:
    parts = urlsplit(url)
    wanted = [
        *parse_qsl(parts.query),
        *(("wantedCollections", name) for name in collections),
        ("maxMessageSizeBytes", str(LARGEST_EVENT)),
        ("cursor", str(cursor_us)),
    ]
    return urlunsplit(parts._replace(query=urlencode(wanted), fragment=""))


def _connected(source: str, url: str, end: float, allow_private: bool) -> httpcore2.NetworkStream:
    parts = urlsplit(url)
    try:
        stream = CheckedBackend(allow_private=allow_private).connect_tcp(
            parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80), end
        )
    except AddressNotAllowedError as error:
        raise AddressRefused(
            source,
            f"{error}; if it is in your own network, set allow_private_addresses = true for this source",
        ) from None
    except (httpcore2.TimeoutException, httpcore2.NetworkError) as error:
        raise Unreachable(source, f"{shown(url)}: {snippet(str(error).encode())}") from None
    stream.get_extra_info("socket").settimeout(None)
    return stream


def _refused(source: str, url: str, refused: InvalidStatus, now: datetime) -> SourceError:
    response = refused.response
    headers: Mapping[str, Any] = dict(response.headers.raw_items())
    return failure(
        Reply(response.status_code, httpx2.Headers(headers), bytes(response.body or b""), url, source),
        now=now,
    )

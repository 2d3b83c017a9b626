"""Bluesky on loopback: a Jetstream server over real websockets with a ledger and replay, and an AppView
beside it.
"""

import json
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from listener.collectors.base import Collector, Context
from listener.collectors.bluesky import Collect, Settings
from tests.listener.collectors.contract import RETRY_AFTER_S, Fake, Offered
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer

DID = "did:plc:ada2222222222222222222222"
ONE_FRAME = "a frame arrives whole or not at all, and one that is no JSON is counted and passed over"
NO_BODY = "a websocket's handshake has no body to cut"
NO_PAGES = "there are no pages to ask for: the server sends events until the client hangs up"


def micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class FakeBluesky(Fake):
    """`events` is the ledger. An event is stamped with the time at which it passes through, later than all
    before it.
    """

    network: ClassVar[str] = "bluesky"
    overlap: ClassVar[timedelta] = timedelta(minutes=2)
    cannot: ClassVar[Mapping[str, str]] = {
        "repeat_token": NO_PAGES,
        "cycle_token": NO_PAGES,
        "cut_json": ONE_FRAME,
        "empty_body": NO_BODY,
        "drip": NO_BODY,
        "short": NO_BODY,
        "cut_chunk": NO_BODY,
    }
    settings: Mapping[str, Any] = {}

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.asked: list[Mapping[str, list[str]]] = []
        self.after_last: Callable[[ServerConnection], None] | None = None
        self.refusal: tuple[int, bytes, tuple[str, str]] | None = None
        self.kept_since = 0
        self.pause_s = 0.0
        self._served_until = 0
        self._fault: str | None = None
        self._good_left = 0
        self._stop = threading.Event()
        quiet = logging.getLogger("tests.jetstream")
        quiet.setLevel(logging.CRITICAL)
        self._server = serve(
            self._stream,
            "127.0.0.1",
            0,
            process_request=self._greet,
            compression=None,
            logger=quiet,
            close_timeout=0.2,
        )
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.app_view = FakeServer(self._looked_up)

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = Settings(
            url=f"ws://127.0.0.1:{self.port}/subscribe",
            api_url=self.app_view.url,
            allow_private_addresses=True,
            timeout_s=timeout_s,
            events_per_page=self.page_size,
            **{"silence_s": 0.2, "quiet": "2h", **self.settings},
        )
        return Collect(settings, Context("sky"))

    def source_id(self, post: Offered) -> str:
        return f"at://{DID}/app.bsky.feed.post/3k{int(post.id):011}"

    def offer(self, offered: Sequence[Offered]) -> None:
        super().offer(offered)
        for post in offered:
            self.happened(self.commit(post, "create"), post.at)

    def edit(self, id: str, text: str) -> None:
        super().edit(id, text)
        self.happened(self.commit(self.posts[id], "update"), self.now)

    def delete(self, id: str) -> None:
        super().delete(id)
        self.happened(self.commit(self.posts[id], "delete"), self.now)

    def commit(self, post: Offered, operation: str) -> dict[str, Any]:
        rkey = self.source_id(post).rpartition("/")[2]
        commit: dict[str, Any] = {
            "rev": f"3r{post.id}",
            "operation": operation,
            "collection": "app.bsky.feed.post",
            "rkey": rkey,
        }
        if operation != "delete":
            commit |= {"record": self.record(post), "cid": f"bafy{post.id}v{post.edits}"}
        return {"did": DID, "kind": "commit", "commit": commit}

    def record(self, post: Offered) -> dict[str, Any]:
        created = post.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {"$type": "app.bsky.feed.post", "createdAt": created, "langs": ["en"], "text": post.text}

    def happened(self, event: dict[str, Any], at: datetime) -> None:
        """Put an event into the ledger, after all that clients have been shown."""
        last = self.events[-1]["time_us"] if self.events else 0
        self.events.append({**event, "time_us": max(micros(at), last + 1, self._served_until + 1)})

    def fault(self, kind: str | None, *, after: int = 0) -> None:
        self._fault, self._good_left = kind, after

    def requests(self) -> int:
        return len(self.asked)

    def close(self) -> None:
        self._stop.set()
        self._server.shutdown()
        self.app_view.close()

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake: None lets the client in."""
        self.asked.append(parse_qs(urlsplit(request.path).query))
        refusals = {
            "unauthorized": (401, b"no"),
            "server_error": (503, b"down"),
            "html": (200, b"<!DOCTYPE html>"),
        }
        if self.refusal is not None:
            return _refusal(*self.refusal)
        if self._good_left > 0:
            return None
        if self._fault == "rate_limit":
            return _refusal(429, b"too many", ("Retry-After", str(RETRY_AFTER_S)))
        if self._fault in refusals:
            return _refusal(*refusals[self._fault])
        if self._fault == "hang":
            self._stop.wait()
        if self._fault == "drip_headers":
            connection.socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
            while not self._stop.wait(0.05):
                connection.socket.sendall(b"X-Slow: 1\r\n")
        if self._fault == "silent_close":
            connection.socket.shutdown(socket.SHUT_RDWR)
        return None

    def _stream(self, connection: ServerConnection) -> None:
        cursor = int(self.asked[-1]["cursor"][0])
        self._served_until = max(self._served_until, micros(self.now))
        replayed = [event for event in self.events if event["time_us"] > max(cursor, self.kept_since)]
        broken = self._fault not in (None, "malformed", "duplicates")
        if broken:
            replayed = replayed[: self._good_left * self.page_size]
            self._good_left = 0
        try:
            if self._fault == "malformed":
                connection.send(json.dumps(self._malformed()))
            for event in replayed:
                for _ in range(2 if self._fault == "duplicates" else 1):
                    connection.send(json.dumps(event))
                if self.pause_s:
                    time.sleep(self.pause_s)
            if self.after_last is not None:
                self.after_last(connection)
            if broken:
                _cut(connection)
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    connection.recv(timeout=0.05)
        except (ConnectionClosed, OSError):
            return

    def _malformed(self) -> dict[str, Any]:
        commit = {
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": "3kbad",
            "record": {"text": 7},
        }
        return {"did": DID, "kind": "commit", "time_us": micros(self.now) - 60_000_000, "commit": commit}

    def _looked_up(self, asked: Asked) -> Answer:
        if asked.path.endswith("resolveHandle"):
            handle = parse_qs(asked.raw_query)["handle"][0]
            if handle == "ada.example":
                return Answer.json({"did": DID})
            return Answer.json({"error": "InvalidRequest", "message": "Unable to resolve handle"}, status=400)
        uris = parse_qs(asked.raw_query).get("uris", [])
        return Answer.json(
            {"posts": [self.view(post) for post in self.visible() if self.source_id(post) in uris]}
        )

    def view(self, post: Offered) -> dict[str, Any]:
        """The post as the AppView shows it."""
        return {
            "uri": self.source_id(post),
            "cid": f"bafy{post.id}v{post.edits}",
            "author": {"did": DID, "handle": "ada.example", "displayName": "Ada"},
            "record": self.record(post),
            "likeCount": 5,
            "repostCount": 2,
            "replyCount": 1,
            "quoteCount": 0,
            "indexedAt": post.at.isoformat(),
        }


def _refusal(status: int, body: bytes, *headers: tuple[str, str]) -> Response:
    return Response(
        status, HTTPStatus(status).phrase, Headers([("Content-Length", str(len(body))), *headers]), body
    )


def _cut(connection: ServerConnection) -> None:
    """Close without the websocket's good-bye; linger 0 makes it a reset."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.shutdown(socket.SHUT_RDWR)


FAKE: type[Fake] = FakeBluesky

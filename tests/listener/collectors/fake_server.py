"""A small HTTP server on loopback whose answers are scripted, broken ones included.

    with FakeServer(lambda asked: Answer.json({"posts": []})) as server:
        Http("test", allow_private=True).get(server.url + "/posts", now=NOW)
    server.asked[0].query == {}

What is done to an answer on its way is its `fault`, by name:

    hang            accepts the request and says nothing
    drip            one byte of the body every 0.05 s, for ever
    drip_headers    one header line every 0.05 s, for ever
    short           Content-Length promises more than comes
    cut_chunk       a chunked body that ends inside a chunk
    unframed        neither length nor chunks: the body ends where the connection does (no fault by itself)
    reset           the connection is reset in the middle of the body
    silent_close    closes without an answer
"""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

DRIP_S = 0.05
WIRE_FAULTS = ("hang", "drip", "drip_headers", "short", "cut_chunk", "reset", "silent_close")


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. `query` holds the last value of each parameter, `raw_query` all as sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    raw_query: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Self:
        """A JSON answer; header names are written with underscores."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})

    @classmethod
    def redirect(cls, to: str, status: int = 302) -> Self:
        return cls(status, b"moved", {"Location": to})


Respond = Callable[[Asked], Answer]


class FakeServer:
    """Serves from a thread of its own until closed. `asked` lists the requests in order."""

    def __init__(self, respond: Respond, *, tls: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.asked: list[Asked] = []
        self.errors: list[Exception] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and let go of every request still held. Raises what `respond` raised meanwhile."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        if self.errors:
            raise self.errors[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    fake: FakeServer
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up in the middle on purpose."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        fake = self.server.fake
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(self.command, parts.path, query, dict(self.headers.items()), body, parts.query)
        fake.asked.append(asked)
        try:
            answer = fake.respond(asked)
        except Exception as error:
            fake.errors.append(error)
            raise
        self._send(answer)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = _serve  # noqa: N815

    def _send(self, answer: Answer) -> None:
        fault, body = answer.fault, answer.body
        if fault == "hang":
            self.server.fake.stopping.wait()
        if fault in ("hang", "silent_close"):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.close_connection = self.close_connection or fault is not None
        if fault == "drip_headers":
            self._drip(b"X-Slow: 1\r\n")
        elif fault == "drip":
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self._drip(b"x")
        elif fault == "cut_chunk":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n" % (len(body) + 10) + body)
        elif answer.status in (204, 304):
            self.end_headers()
        elif fault == "unframed":
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_header("Content-Length", str(len(body) + (10 if fault in ("short", "reset") else 0)))
            self.end_headers()
            self.wfile.write(body)
            if fault == "reset":
                self.wfile.flush()
                # Linger 0: closing sends a reset instead of an orderly end.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                socket.close(self.connection.detach())

    def _drip(self, piece: bytes) -> None:
        self.flush_headers()
        while not self.server.fake.stopping.wait(DRIP_S):
            self.wfile.write(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

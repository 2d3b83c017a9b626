"""A `requests` session with the guards of `http.Http`, for client libraries that bring their own.

Nothing of requests' own networking is used: its adapter hands each request to `Http.exchange`, so deadline,
size, address check and redirects are one implementation. Statuses are left to the library. SourceErrors come
through tweepy as they are; Mastodon.py wraps them in MastodonNetworkError, with ours as its `__context__`.
"""

import time
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from listener.collectors.http import Http, Reply

_SECRET = frozenset({"authorization", "cookie", "x-api-key"})
_OURS = frozenset({"host", "accept-encoding", "content-length", "connection", "transfer-encoding"})
_UNPACKED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class _GuardedAdapter(BaseAdapter):
    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http
        self._build = HTTPAdapter().build_response

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body = request.body or b""
        if not isinstance(body, (str, bytes)):
            raise TypeError("a streamed upload is not supported by the guarded session")
        headers = {
            name: value.decode("latin-1") if isinstance(value, bytes) else value
            for name, value in request.headers.items()
            if name.lower() not in _OURS
        }
        out = self._http.outgoing(
            request.method or "GET",
            request.url or "",
            headers={name: value for name, value in headers.items() if name.lower() not in _SECRET},
            secret_headers={name: value for name, value in headers.items() if name.lower() in _SECRET},
            content=body.encode() if isinstance(body, str) else body,
        )
        reply = self._http.exchange(out, time.monotonic() + self._http.timeout_s)
        return self._response(request, reply)

    def close(self) -> None:
        self._http.close()

    def _response(self, request: requests.PreparedRequest, reply: Reply) -> requests.Response:
        kept = HTTPHeaderDict([(k, v) for k, v in reply.headers.multi_items() if k.lower() not in _UNPACKED])
        raw = HTTPResponse(BytesIO(reply.body), headers=kept, status=reply.status, preload_content=False)
        response = self._build(request, raw)
        response.url = reply.url
        _ = response.content  # read now: libraries may ask for it after closing
        return response


class _Session(requests.Session):
    """Addresses are rewritten before a request is signed: the signature holds the address."""

    def __init__(self, rewrite: Mapping[str, str]) -> None:
        super().__init__()
        self._rewrite = rewrite

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        request.url = self._rewritten(str(request.url))
        return super().prepare_request(request)

    def _rewritten(self, url: str) -> str:
        for prefix, other in self._rewrite.items():
            if url == prefix or url.startswith((prefix + "/", prefix + "?")):
                return other.rstrip("/") + url[len(prefix) :]
        return url


def guarded_session(
    source: str,
    *,
    timeout_s: float = 30.0,
    max_bytes: int = 16 << 20,
    allow_private: bool = False,
    secrets: Sequence[str] = (),
    rewrite: Mapping[str, str] | None = None,
) -> requests.Session:
    """A session whose every request has the guards of `Http`; the timeouts a caller passes are not looked at.

    `rewrite` maps the start of an address (scheme and host) to another, for tests and for gateways:
    `{"https://api.twitter.com": "http://127.0.0.1:8080"}`. Requests raise SourceErrors; an answer of any
    status is returned.
    """
    http = Http(
        source, timeout_s=timeout_s, max_bytes=max_bytes, allow_private=allow_private, secrets=secrets
    )
    session = _Session({start.rstrip("/"): other for start, other in (rewrite or {}).items()})
    session.trust_env = False
    adapter = _GuardedAdapter(http)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session

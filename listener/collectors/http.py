"""The one way out: every fetch has an end, a size and a checked address, and keeps its secrets to itself.

`Http` is for collectors of our own; `requests_guard.guarded_session` puts the same guards under libraries
that bring `requests`. httpx2's engine (httpcore2) is used without httpx2's client on top, which keeps
cookies, logs whole addresses and unpacks cut gzip without a word. Library errors become SourceErrors here and
nowhere else.
"""

import re
import ssl
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import httpcore2
import httpx2
import stamina

from listener.collectors.addresses import (
    AddressNotAllowedError,
    CheckedBackend,
    Resolve,
    problem_with,
    resolve,
)
from listener.collectors.bodies import TooBigError, WrongEncodingError, whole_body
from listener.collectors.replies import Reply, failure, next_utc_day, retry_at, scrub, shown, snippet
from listener.errors import AddressRefused, BadReply, SourceError, Unauthorized, Unreachable

__all__ = ["Http", "Outgoing", "Reply", "failure", "next_utc_day", "retry_at", "scrub", "shown", "snippet"]

USER_AGENT = "Listener/0.1 (self-hosted social listening)"
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SENDABLE = re.compile(r"[!-~]+(?:[ \t]+[!-~]+)*|", re.ASCII)
_CARRY_SECRETS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. `secret_headers` go to the first origin only; `secrets` are kept out of errors."""

    method: str
    url: httpx2.URL = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def shown(self) -> str:
        """The address for a message."""
        return shown(str(self.url), self.secrets)


@cache
def _system_tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


class Http:
    """A client for one source; proxies and the environment are not consulted. Several threads may use it.

    `timeout_s` is wall-clock time for a whole fetch: name, connections, redirects, retries and body.
    `max_bytes` limits the decoded body. `allow_private` lets addresses of the user's own networks through.
    `secrets` appear in no error. `tls` replaces the system's certificates.
    """

    def __init__(
        self,
        source: str,
        *,
        timeout_s: float = 30.0,
        max_bytes: int = 16 << 20,
        allow_private: bool = False,
        secrets: Sequence[str] = (),
        user_agent: str = USER_AGENT,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self.source = source
        self.timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._secrets = tuple(secret for secret in secrets if secret)
        self._user_agent = user_agent
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or _system_tls(),
            keepalive_expiry=30.0,
            network_backend=CheckedBackend(allow_private=allow_private, resolve=resolve),
        )

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        now: datetime,
        expect: Sequence[int] = (200,),
    ) -> Reply:
        """Fetch an address; 5xx and a failed connection are tried up to twice more within the deadline.

        A status not in `expect` becomes a SourceError, see `replies.failure`. Raises AddressRefused where the
        address may not be fetched, Unreachable where no whole answer comes in time, BadReply for one too
        large or mispacked.
        """
        out = self.outgoing("GET", url, params=params, headers=headers, secret_headers=secret_headers)
        deadline = time.monotonic() + self.timeout_s
        attempts = stamina.retry_context(
            on=_worth_another_try,
            attempts=3,
            timeout=self.timeout_s,
            wait_initial=0.1,
            wait_jitter=0.2,
            wait_max=0.5,
        )
        for attempt in attempts:
            with attempt:
                return _expected(self.exchange(out, deadline), now, expect)
        raise AssertionError("retry_context always attempts once")  # pragma: no cover

    def post(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        now: datetime,
        expect: Sequence[int] = (200,),
    ) -> Reply:
        """Send a body (`json`, `form` or `content`) once: never retried, redirected within its origin only.

        Errors as in `get`.
        """
        body = httpx2.Request("POST", "http://body", json=json, data=dict(form or {}), content=content)
        kind = body.headers.get("content-type")
        sent = {**({"Content-Type": kind} if kind else {}), **(headers or {})}
        out = self.outgoing(
            "POST", url, params=params, headers=sent, secret_headers=secret_headers, content=body.read()
        )
        return _expected(self.exchange(out, time.monotonic() + self.timeout_s), now, expect)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def outgoing(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> Outgoing:
        """A request to `exchange`; `params` are added to those in the address. Raises AddressRefused."""
        secrets = (*self._secrets, *_spelled((secret_headers or {}).values()))
        try:
            parsed = httpx2.URL(url)
            parsed = parsed.copy_merge_params(dict(params)) if params else parsed
        except (httpx2.InvalidURL, ValueError, TypeError):
            raise AddressRefused(self.source, f"{shown(url, secrets)} is not an address") from None
        out = Outgoing(method, parsed, headers or {}, secret_headers or {}, content, secrets)
        if not all(_SENDABLE.fullmatch(v) for v in (*out.headers.values(), *out.secret_headers.values())):
            # Found here and not by httpcore, which repeats the header in its debug log.
            raise Unauthorized(self.source, f"{out.shown}: a key or header holds characters HTTP forbids")
        return self._fetchable(out)

    def exchange(self, out: Outgoing, deadline: float) -> Reply:
        """Send a request and follow its redirects, until `deadline` on the monotonic clock.

        The reply may have any status. Errors as in `get`.
        """
        permanent: bool | None = None
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._once(out, deadline)
            location = reply.headers.get("location") if reply.status in _REDIRECTS else None
            if location is None:
                return replace(reply, moved_to=reply.url if permanent else None)
            permanent = permanent is not False and reply.status in (301, 308)
            out = self._redirected(out, reply.status, location)
        raise BadReply(self.source, f"{out.shown} redirects more than {MAX_REDIRECTS} times")

    def _fetchable(self, out: Outgoing) -> Outgoing:
        """The request, if its address may be asked for at all; the IP address is checked when connecting."""
        problem = problem_with(out.url)
        if problem:
            raise AddressRefused(self.source, f"{out.shown}: {problem}")
        return out

    def _redirected(self, out: Outgoing, status: int, location: str) -> Outgoing:
        try:
            target = self._fetchable(replace(out, url=out.url.join(location)))
        except (httpx2.InvalidURL, ValueError):
            raise BadReply(self.source, f"{out.shown} redirects to what is no address") from None
        leads = f"{out.shown} redirects to {target.shown}"
        same_origin = _origin(target.url) == _origin(out.url)
        if out.secrets and out.url.scheme == "https" and target.url.scheme == "http":
            raise AddressRefused(self.source, f"{leads}, which is not encrypted")
        if out.method != "GET" and not same_origin:
            raise BadReply(self.source, f"{leads}: set that address instead")
        if status == 303 or (status in (301, 302) and out.method == "POST"):
            target = replace(target, method="GET", content=b"")
        if same_origin:
            return target
        return replace(target, secret_headers={}, headers=_harmless(out.headers, out.secrets))

    def _once(self, out: Outgoing, deadline: float) -> Reply:
        """One request and its whole body; library errors become ours, without their cause and text."""
        try:
            response = self._pool.handle_request(self._request(out, deadline))
            try:
                headers = httpx2.Headers(response.headers)
                body = whole_body(response.iter_stream(), headers, self._max_bytes)
            finally:
                response.close()
        except Exception as error:
            ours = self._translated(error, out)
            if ours is None:
                raise
            raise ours from None
        return Reply(response.status, headers, body, str(out.url), self.source, secrets=out.secrets)

    def _request(self, out: Outgoing, deadline: float) -> httpcore2.Request:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            **out.headers,
            **out.secret_headers,
            "Accept-Encoding": "gzip",
        }
        url, content = out.url, out.content or None
        built = httpx2.Request(out.method, url, headers=headers, content=content)
        # Points in time for `addresses.CheckedBackend`; only the wait for a free connection is in seconds.
        timeouts = {"connect": deadline, "read": deadline, "write": deadline}
        timeouts["pool"] = max(0.001, deadline - time.monotonic())
        return httpcore2.Request(
            out.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=built.headers.raw,
            content=out.content,
            extensions={"timeout": timeouts},
        )

    def _translated(self, error: Exception, out: Outgoing) -> SourceError | None:
        """Our error for a library's; None for one that is a mistake of our own."""
        reason = snippet(str(error).encode("utf-8", "replace"), out.secrets) or type(error).__name__
        match error:
            case AddressNotAllowedError():
                return AddressRefused(self.source, f"{out.shown}: {reason}")
            case httpcore2.TimeoutException():
                return Unreachable(self.source, f"no whole answer from {out.shown} in {self.timeout_s:g} s")
            case httpcore2.NetworkError() | httpcore2.ProtocolError() | OSError():
                return Unreachable(self.source, f"{out.shown}: {reason}")
            case EOFError():
                return Unreachable(self.source, f"{out.shown}: the answer was cut short")
            case TooBigError():
                return BadReply(self.source, f"{out.shown} answered more than {self._max_bytes:,} bytes")
            case WrongEncodingError():
                return BadReply(self.source, f"{out.shown} answered in an encoding nobody asked for")
            case zlib.error():
                return BadReply(self.source, f"{out.shown} answered broken gzip")
        return None


def _expected(reply: Reply, now: datetime, expect: Sequence[int]) -> Reply:
    if reply.status in expect:
        return reply
    raise failure(reply, now=now)


def _worth_another_try(error: Exception) -> bool:
    return isinstance(error, Unreachable) and error.retry_at is None


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _harmless(headers: Mapping[str, str], secrets: Sequence[str]) -> dict[str, str]:
    """Headers that may go to another origin: without those that name or hold a secret."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in _CARRY_SECRETS and not any(secret in value for secret in secrets)
    }


def _spelled(values: Any) -> list[str]:
    """Header values as secrets: each whole, and the token of "Bearer TOKEN" by itself."""
    return [part for value in values for part in (value, *value.split()[1:]) if part]

"""Which addresses may be fetched, checked on the very address that is connected to.

A name is resolved once, its addresses are judged, and the connection goes to one that passed; nothing is
looked up a second time, so an answer that changes between check and use does not help. Every hop of a
redirect connects through here again.

httpcore hands each operation's timeout to the network backend as it came. Here they are not seconds but
points on the `time.monotonic` clock: the end of the whole fetch. So a peer that drips single bytes gains no
time.
"""

import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

Resolve = Callable[[str, int, float], list[str]]
_V4 = ipaddress.IPv4Address
_V6 = ipaddress.IPv6Address

# Written out from the IANA special-purpose registries: `ipaddress.is_global` differs between Python versions
# and calls multicast and parts of 192.0.0.0/24 global.
_OWN = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "a private network": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "fc00::/7"),
    "a carrier's shared network": ("100.64.0.0/10",),
}
_NEVER = {
    "unspecified": ("0.0.0.0/8", "::/128"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "reserved": ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23"),
    "for documentation only": (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    ),
}


def _networks(table: dict[str, tuple[str, ...]]) -> list[tuple[Any, str]]:
    return [(ipaddress.ip_network(block), kind) for kind, blocks in table.items() for block in blocks]


_OWN_NETWORKS, _NEVER_NETWORKS = _networks(_OWN), _networks(_NEVER)
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressNotAllowedError(Exception):
    """No address of this host may be fetched; the message says which and why."""


def _embedded(address: _V4 | _V6) -> _V4 | _V6:
    """The IPv4 address that a mapped, NAT64 or 6to4 address leads to, otherwise the address itself."""
    if isinstance(address, _V4):
        return address
    if address in _NAT64:
        return _V4(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def why_refused(address: str, *, allow_private: bool = False) -> str | None:
    """Why this IP address may not be fetched, None where it may.

    With `allow_private`, the user's own networks (loopback, private, carrier-shared) pass. Link-local (where
    clouds serve their credentials), multicast, reserved and unspecified addresses never do. Teredo is refused
    whole; mapped, NAT64 and 6to4 addresses are judged by the IPv4 address they lead to.

    >>> why_refused("93.184.215.14") is None
    True
    >>> why_refused("::ffff:127.0.0.1"), why_refused("64:ff9b::a00:1"), why_refused("169.254.169.254")
    ('loopback', 'a private network', 'link-local')
    >>> why_refused("127.0.0.1", allow_private=True) is None
    True
    """
    try:
        ip = _embedded(ipaddress.ip_address(address))
    except ValueError:
        return "not an IP address"
    for network, kind in _NEVER_NETWORKS:
        if ip in network:
            return str(kind)
    for network, kind in _OWN_NETWORKS:
        if ip in network:
            return None if allow_private else str(kind)
    return "reserved" if isinstance(ip, _V6) and ip not in _PUBLIC_V6 else None


def problem_with(url: httpx2.URL) -> str | None:
    """Why this is no address to be fetched, None where it is. Its host is looked at when connecting."""
    if url.scheme not in ("http", "https") or not url.host:
        return "only addresses that start with https:// or http:// are fetched"
    if url.userinfo:
        return "an address may hold no user name or password"
    if url.port is not None and not 0 < url.port < 65536:
        return "its port is not between 1 and 65535"
    return None


def checked_url(url: str) -> str:
    """A web address as settings may hold it. Raises ValueError for files, other schemes, passwords, XML...

    >>> checked_url("https://example.org/feed")
    'https://example.org/feed'
    >>> checked_url("/etc/hostname")
    Traceback (most recent call last):
    ValueError: only addresses that start with https:// or http:// are fetched
    """
    try:
        problem = problem_with(httpx2.URL(url))
    except httpx2.InvalidURL:
        problem = "it is no address"
    if problem is None and (re.search(r"[\s\\<>\"{}|^`]", url) or not url.isprintable() or len(url) > 2000):
        problem = "it holds characters that no address has, or is too long"
    if problem:
        raise ValueError(problem)
    return url


def seconds_left(deadline: float) -> float:
    """Seconds until a point on the monotonic clock. Raises httpcore2.ReadTimeout once it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the time for the whole fetch is up")
    return left


def resolve(
    host: str, port: int, deadline: float, *, getaddrinfo: Callable[..., list[Any]] = socket.getaddrinfo
) -> list[str]:
    """The addresses of a host in the system's order. Raises httpcore2.ConnectError or ReadTimeout.

    The system's resolver knows no timeout: it runs in a thread that is left behind when the deadline comes.
    """
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError, OverflowError) as error:
            answers.put(httpcore2.ConnectError(f"the name {host!r} cannot be resolved: {error}"))

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds_left(deadline))
    except queue.Empty:
        raise httpcore2.ConnectTimeout(f"the name {host!r} was not resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class _UntilDeadline(httpcore2.NetworkStream):
    """A connection whose timeouts are points in time."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, seconds_left(timeout or 0.0))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # One `send` at a time: the inner stream would give each of them the whole time again.
        view = memoryview(buffer)
        for start in range(0, len(view), 1 << 16):
            self._stream.write(bytes(view[start : start + (1 << 16)]), seconds_left(timeout or 0.0))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = seconds_left(timeout or 0.0)
        return _UntilDeadline(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class CheckedBackend(httpcore2.SyncBackend):
    """Connects only to addresses that may be fetched; the rest of a mixed answer is passed over."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        deadline = timeout or 0.0
        allowed = self._allowed(host, self._resolve(host, port, deadline))
        failure: Exception | None = None
        for tried, address in enumerate(allowed):
            # A share of the time for each, so that a first address that swallows packets does not use it all.
            share = seconds_left(deadline) / (len(allowed) - tried)
            try:
                stream = super().connect_tcp(address, port, share, local_address, socket_options)
                return _UntilDeadline(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"the name {host!r} has no address")

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        raise AddressNotAllowedError("a Unix socket")

    def _allowed(self, host: str, addresses: list[str]) -> list[str]:
        judged = {a: why_refused(a, allow_private=self._allow_private) for a in dict.fromkeys(addresses)}
        allowed = [address for address, why in judged.items() if why is None]
        if judged and not allowed:
            address, why = next(iter(judged.items()))
            own = why_refused(address, allow_private=True) is None
            hint = "; allow_private_addresses = true permits your own networks" if own else ""
            raise AddressNotAllowedError(f"{host} is {address}, which is {why}{hint}")
        return allowed

"""Where the client may connect: the check holds for the address connected to, whatever form it was written in."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collectors.addresses import (
    AddressNotAllowedError,
    CheckedBackend,
    checked_url,
    resolve,
    why_refused,
)
from listener.collectors.http import Http
from listener.errors import AddressRefused, SourceError
from tests.listener.collectors.fake_server import Answer, FakeServer
from tests.patience import FOR_EVER_S, ends

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
NEVER = (
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.192",
    "240.0.0.1",
    "192.0.2.7",
    "fe80::1",
)
OWN = (
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd00:ec2::254",
)
PUBLIC = (
    "93.184.215.14",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "192.0.1.1",
)


@pytest.fixture
def canary() -> Iterator[FakeServer]:
    with FakeServer(lambda asked: Answer.json("canary")) as fake:
        yield fake


@pytest.mark.parametrize(
    "address", [*NEVER, "::", "ff02::1", "2001:db8::1", "2001::1", "fec0::1", "::7f00:1", "64:ff9b:1::1"]
)
def test_some_addresses_are_refused_even_to_those_who_permit_their_own_network(address: str) -> None:
    assert why_refused(address)
    assert why_refused(address, allow_private=True)


@pytest.mark.parametrize("address", OWN)
def test_addresses_of_the_own_network_need_permission(address: str) -> None:
    assert why_refused(address)
    assert why_refused(address, allow_private=True) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_fetched(address: str) -> None:
    assert why_refused(address) is None


@given(st.ip_addresses(v=4))
def test_every_ipv6_form_of_an_ipv4_address_is_judged_like_it(address: IPv4Address) -> None:
    number = int(address)
    mapped = IPv6Address((0xFFFF << 32) | number)
    nat64 = IPv6Address((0x64FF9B << 96) | number)
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80) | 1)
    for private in (False, True):
        plain = why_refused(str(address), allow_private=private)
        assert {why_refused(str(form), allow_private=private) for form in (mapped, nat64, six_to_four)} == {
            plain
        }


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_or_multicast_is_let_through(
    address: IPv4Address | IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        assert why_refused(str(address)) or str(address).startswith(("64:ff9b:", "192.0.0."))


def forms_of_loopback() -> list[str]:
    """Ways to write 127.0.0.1, or a name for it, as the host of an address."""
    parts = [("127", "0177", "0x7f"), ("0", "0x0", "00"), ("0", "00"), ("1", "01", "0x1")]
    forms = [".".join(form) for form in itertools.product(*parts)]
    forms += [
        "127.1",
        "0x7f.1",
        "0177.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.000.000.001",
    ]
    forms += [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
    ]
    forms += ["[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::]"]
    forms += ["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::ffff:0:127.0.0.1]", "[::1%25lo]", "[fe80::1%25lo]"]
    return forms


def test_no_way_of_writing_an_address_reaches_the_own_network(canary: FakeServer) -> None:
    http = Http("press", timeout_s=2.0)
    urls = [f"http://{form}:{canary.port}/" for form in forms_of_loopback()]
    urls += [f"http://a.example@127.0.0.1:{canary.port}/", f"http://127.0.0.1:{canary.port}\\@a.example/"]
    urls += [
        f"http://a.example#@127.0.0.1:{canary.port}/",
        f"//127.0.0.1:{canary.port}/",
        f"http:/127.0.0.1:{canary.port}/",
    ]
    urls += [
        f"{scheme}://127.0.0.1:{canary.port}/"
        for scheme in ("ftp", "gopher", "dict", "ws", "file", "unix", "HTTP", "")
    ]
    for url in urls:
        with pytest.raises(SourceError):
            http.get(url, now=NOW)
    http.close()
    assert canary.asked == []


def test_a_name_that_changes_its_address_between_check_and_use_gains_nothing(canary: FakeServer) -> None:
    answers = itertools.cycle([["10.0.0.1"], ["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]])
    http = Http("press", timeout_s=2.0, resolve=lambda host, port, deadline: next(answers))
    for _ in range(6):
        with pytest.raises(AddressRefused, match=r"rebind\.example is "):
            http.get(f"http://rebind.example:{canary.port}/", now=NOW)
    http.close()
    assert canary.asked == []


def test_of_many_addresses_only_those_that_may_be_fetched_are_connected_to(canary: FakeServer) -> None:
    many = ["169.254.169.254"] * 30 + ["127.0.0.1", "0.0.0.0"]
    http = Http("press", allow_private=True, resolve=lambda host, port, deadline: many)
    assert http.get(f"http://many.example:{canary.port}/", now=NOW).json() == "canary"
    assert canary.asked[0].headers["Host"] == f"many.example:{canary.port}"
    http.close()


def test_the_address_behind_is_tried_when_the_first_does_not_answer(canary: FakeServer) -> None:
    http = Http("press", allow_private=True, resolve=lambda host, port, deadline: ["127.0.0.2", "127.0.0.1"])
    assert http.get(f"http://two.example:{canary.port}/", now=NOW).json() == "canary"
    http.close()


def test_a_resolver_that_hangs_is_left_behind_at_the_deadline() -> None:
    stuck = threading.Event()

    def hanging(*args: object, **kwargs: object) -> list[object]:
        stuck.wait(2 * FOR_EVER_S)
        return []

    with ends(), pytest.raises(httpcore2.ConnectTimeout):
        resolve("slow.example", 80, time.monotonic() + 0.2, getaddrinfo=hanging)
    stuck.set()


def test_unix_sockets_are_not_connected_to() -> None:
    with pytest.raises(AddressNotAllowedError):
        CheckedBackend(allow_private=True).connect_unix_socket("/run/some.sock")


@pytest.mark.parametrize(
    "written",
    [
        "/etc/hostname",
        "file:///etc/hostname",
        "feed.xml",
        "<rss version='2.0'/>",
        "<?xml version='1.0'?><rss/>",
        "",
        "ftp://example.org/feed",
        "javascript:alert(1)",
        "https://user:password@example.org/feed",
        "http://",
        "http:///feed",
        "http://example.org:0/",
        "http://example.org:70000/",
        "http://exa mple.org/",
        "http://example.org/\n/",
        "http://[::1",
        "http://example.org\\@127.0.0.1/",
        "https://example.org/" + "a" * 3000,
        "data:text/xml,<rss/>",
        "//example.org/feed",
    ],
)
def test_settings_take_web_addresses_only_and_repeat_no_password(written: str) -> None:
    with pytest.raises(ValueError) as caught:
        checked_url(written)
    assert "password@" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_web_address_or_a_value_error(written: str) -> None:
    with contextlib.suppress(ValueError):
        assert checked_url(written).lower().startswith(("http://", "https://"))

"""What leaves through the log: one line an event, no secret, no control character."""

import base64
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from listener import logs
from listener.collectors.base import Secret
from listener.redaction import MASK, Hidden, one_line, redacted
from listener.secrets import secret
from tests.patience import ends

CANARIES = [f"canary{number:02d}/Zq+7&{number * 7919:x}=" for number in range(40)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """A log at DEBUG as JSON lines; everything set up is taken back afterwards."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("debug", stream=stream, as_json=True)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    structlog.reset_defaults()


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Holder:
    def __init__(self, held: str) -> None:
        self.held = held

    def __repr__(self) -> str:
        return f"Holder({self.held})"


def leaks(text: str) -> list[str]:
    """Canaries found in the text, as they are or in another writing."""
    forms = {
        canary: (canary, quote(canary, safe=""), quote(canary), base64.b64encode(canary.encode()).decode())
        for canary in CANARIES
    }
    return [canary for canary, written in forms.items() if any(form in text for form in written)]


def test_none_of_forty_secrets_leaves_through_the_log_at_debug(
    log: io.StringIO, httpserver: HTTPServer
) -> None:
    env = {f"LISTENER_S{number}_TOKEN": canary for number, canary in enumerate(CANARIES)}
    wanted = Secret("token")
    held = [secret(env, f"s{number}", wanted) for number in range(len(CANARIES))]
    ours, theirs = structlog.get_logger(), logging.getLogger("tweepy.client.here")
    c = iter(CANARIES)
    ours.info(f"plain {next(c)}")
    ours.info("value", url=f"https://a.example/?q=1&page_ref={next(c)}")
    ours.info("quoted", url=f"https://a.example/?page_ref={quote(next(c), safe='')}")
    ours.info("nested", data={"a": [{"b": (next(c), next(c).encode())}]})
    ours.info("key", **{next(c): 1})
    ours.info("object", thing=Holder(next(c)), path=Path(next(c)), many={next(c)})
    ours.info("secret", held=held)
    ours.bind(user=next(c)).warning("bound")
    ours.info("basic", header="Basic " + base64.b64encode(next(c).encode()).decode())
    for secret_text in (next(c), next(c)):
        try:
            raise ValueError(f"cannot use {secret_text}") from KeyError(next(c))
        except ValueError:
            ours.exception("failed", why="x")
            theirs.exception("failed too")
    theirs.debug("Headers: %s", {"Authorization": f"Bearer {next(c)}"})
    theirs.debug("GET https://ann:%s@a.example/?key=%s", next(c), next(c))
    ours_alone = next(
        handler for handler in logging.getLogger().handlers if type(handler).__module__ == "listener.logs"
    )
    ours_alone.handle(
        logging.LogRecord("lib", logging.ERROR, "lib.py", 1, "too few arguments %s %s", (next(c),), None)
    )
    theirs.info("%s", Holder(next(c)), extra={"note": next(c)}, stack_info=False)
    logging.captureWarnings(True)
    __import__("warnings").warn(next(c), UserWarning, stacklevel=1)
    worker = threading.Thread(target=lambda text: int(text), args=(next(c),))
    worker.start()
    worker.join()
    sys.excepthook(RuntimeError, RuntimeError(next(c)), None)
    network_libraries(httpserver, list(c))
    assert leaks(log.getvalue()) == []
    assert log.getvalue().count(MASK) >= 30
    assert "could not be written" in log.getvalue()


def network_libraries(server: HTTPServer, canaries: list[str]) -> None:
    """The libraries that our collectors use, each given secrets where they belong, logging all they log."""
    import httpx2
    import urllib3

    server.expect_request("/").respond_with_data("{}")
    address = server.url_for("/")
    used = iter(canaries)
    with urllib3.PoolManager() as pool:
        pool.request(
            "GET",
            f"{address}?key={quote(next(used), safe='')}",
            headers={"Authorization": f"Bearer {next(used)}"},
        )
    with httpx2.Client() as client:
        client.get(address, params={"access_token": next(used)}, headers={"X-Api-Key": next(used)})
    assert len(list(used)) >= 5, "the canaries above are planted too"


def test_tweepys_debug_log_shows_neither_token_nor_address_secrets(log: io.StringIO) -> None:
    logging.getLogger("tweepy.client.here").debug(
        "Making API request: GET https://api.example/2?token=abcdef123\n"
        "Headers: {'Authorization': 'Bearer never+seen/before=='}"
    )
    (event,) = events(log)
    assert "abcdef123" not in event["event"]
    assert "never" not in event["event"]
    assert "Making API request: GET https://api.example/2?token=***" in event["event"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://ann:pw@example.org/feed", "https://***@example.org/feed"),
        ("postgresql+psycopg://ann:p%40w@db/x", "postgresql+psycopg://***@db/x"),
        ("?q=1&api_key=abc&x=2", "?q=1&api_key=***&x=2"),
        ("?access_token=abc#top", "?access_token=***#top"),
        ("authorization: Basic YW5uOnB3", "authorization: ***"),
        ("sent 'bearer Never+seen=77'", "sent 'bearer ***'"),
        ('{"client_secret": "abc", "a": 1}', '{"client_secret": "***", "a": 1}'),
        ("{'password': b'abc'}", "{'password': b'***'}"),
        ("X-Auth-Token='abc'", "X-Auth-Token='***'"),
        ("Set-Cookie: a=b; c=d", "Set-Cookie: ***"),
        ("next_token=b26v89c19zqg8o3f", "next_token=b26v89c19zqg8o3f"),
        ("tokens: 12, basic income, bearer of news", "tokens: 12, basic income, bearer of news"),
        ("see https://a.example/@ann?x=b@c", "see https://a.example/@ann?x=b@c"),
    ],
)
def test_what_stands_where_secrets_stand_is_masked_though_nobody_named_it(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_a_field_that_names_a_secret_is_masked_whatever_it_holds(log: io.StringIO) -> None:
    structlog.get_logger().info(
        "x", password="short", client_secret=SecretStr("b"), settings={"api_key": 5}, tokens=7
    )
    (event,) = events(log)
    assert (event["password"], event["client_secret"], event["settings"]["api_key"]) == (MASK, MASK, MASK)
    assert event["tokens"] == 7


HOSTILE = "first\r\n{'event': 'forged'} \x1b[31mred\x1b[0m \u2028 \u2029 \x85 \u202e gnp.exe \x00"


def test_text_of_posts_cannot_forge_lines_or_paint_terminals() -> None:
    for as_json in (True, False):
        stream = io.StringIO()
        root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
        before = list(root.handlers)
        logs.configure("info", stream=stream, as_json=as_json)
        try:
            structlog.get_logger().warning(HOSTILE, text=HOSTILE, deep=[{HOSTILE: HOSTILE}])
            logging.getLogger(HOSTILE).warning("got %s", HOSTILE)
        finally:
            root.handlers[:] = before
            sys.excepthook, threading.excepthook = hooks
            structlog.reset_defaults()
        lines = stream.getvalue().removesuffix("\n").split("\n")
        assert len(lines) == 2
        assert all(line.isprintable() for line in lines)


def test_a_traceback_keeps_its_lines_but_none_begins_like_an_event() -> None:
    stream = io.StringIO()
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    before = list(root.handlers)
    logs.configure("info", stream=stream, as_json=False)
    try:
        raise ValueError("one\n2027-01-01 [info] forged\x1b[31m")
    except ValueError:
        structlog.get_logger().exception("failed")
    finally:
        root.handlers[:] = before
        sys.excepthook, threading.excepthook = hooks
        structlog.reset_defaults()
    first, *rest = stream.getvalue().rstrip("\n").split("\n")
    assert "failed" in first
    assert len(rest) > 3
    assert all(line.startswith("  ") and line.isprintable() for line in rest if line)


@given(st.text())
def test_a_line_made_safe_is_printable_and_plain_text_stays(text: str) -> None:
    assert one_line(text).isprintable()
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(min_size=8, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_never_stays_in_a_text(known: str, before: str, after: str) -> None:
    hidden = Hidden()
    hidden.add(known)
    assert known not in hidden.mask(before + known + after)


def test_masking_a_megabyte_ends() -> None:
    for text in (
        "key=" * 250_000,
        "://" * 300_000,
        "a" * 1_000_000,
        "access_" * 140_000,
        "authorization: " * 60_000,
    ):
        with ends():
            redacted(text)

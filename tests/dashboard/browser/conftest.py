"""A real server on a free loopback port over a small database, and Chromium that looks at it.

`visit` opens a page and fails the test, when it ends, for any console error, any error of a script, any request to another host and any failed
request that the test did not expect.
"""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.app import create_app
from dashboard.live import Live
from dashboard.site import Settings, Site
from metrics.alerts.alert import Finding, Signal
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import looked, store
from storage.db import Database, open_database
from tests.dashboard.conftest import NOW, Clock, FakeActions
from tests.patience import FOR_EVER_S


def alert(db: Database) -> None:
    """One open alert with evidence, looked for just now."""
    since, until = NOW - timedelta(hours=3), NOW - timedelta(hours=2)
    signal = Signal("volume", None, 3600, 48, 4, 1, 9, 0.1, since, until)
    finding = Finding("spike", "spike:aurora", "aurora", "critical", since, until, signals=(signal,))
    kept = StoredAlert(
        0, finding.key, "spike", "aurora", "critical", since, since, NOW, finding=finding.as_json()
    )
    with db.write() as connection:
        store(connection, [AlertChange(kept, [AlertEvent(since, "opened")], [1, 2, 4])])
        looked(connection, {}, now=NOW)


@dataclass
class Running:
    """A server that runs: where, over which database, and what it tells open pages."""

    address: str
    site: Site
    live: Live


def serving(site: Site) -> Iterator[Running]:
    """Serve the site on a free loopback port until the test is over."""
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(site)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + FOR_EVER_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield Running(f"http://127.0.0.1:{port}", site, app.state.live)
    app.state.live.stop()
    server.should_exit = server.force_exit = True
    thread.join(FOR_EVER_S)


@pytest.fixture(scope="module")
def running(chromium: Any, filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The site of the other tests, with an alert, served."""
    path = shutil.copy(filled, tmp_path_factory.mktemp("served") / "listener.db")
    db = open_database(f"sqlite:///{path}")
    alert(db)
    yield from serving(Site(db, Settings("Europe/Oslo", "0.1.0"), FakeActions(), Clock()))
    db.close()


@dataclass
class Watched:
    """What went wrong on the pages of a test; `expected` are words of console errors that it asked for."""

    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)


Visit = Callable[..., Any]


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def visit(chromium: Any, running: Running, watched: Watched) -> Iterator[Visit]:
    """A function that opens an address of the site in a window of its own: visit("/", width=390, dark=True, locale="nb-NO")."""
    contexts: list[Any] = []

    def opened(
        address: str, *, width: int = 1440, height: int = 900, dark: bool = False, locale: str = "en-US"
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=locale,
        )
        context.set_default_timeout(FOR_EVER_S * 1_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: watched.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: watched.wrong.append(f"{error}"))
        page.on("request", lambda request: watched.requests.append(request.url))
        page.goto(running.address + address)
        settled(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    told = [words for words in watched.wrong if not any(known in words for known in watched.expected)]
    assert told == []
    host = urlsplit(running.address).netloc
    assert {urlsplit(url).netloc for url in watched.requests if not url.startswith("data:")} <= {host}


def until(page: Any, condition: str, seconds: float = FOR_EVER_S) -> None:
    """Wait until this expression is true on the page; Playwright's own waiting needs eval, which the policy refuses."""
    for _ in range(int(seconds * 50)):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"not true within {seconds} s: {condition}")


def settled(page: Any) -> None:
    """Wait until every part of the page that is read later is there."""
    page.wait_for_load_state("load")
    until(
        page,
        "!document.querySelector('[hx-trigger=load], .htmx-request, .htmx-swapping, .htmx-settling')",
    )

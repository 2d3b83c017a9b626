"""Hostile words in every place, in a real browser: how many of them run? Needs Chromium and the `dev` extra.

    python -m benchmarks.xss

Each payload is stored in every place that takes words (a brand's name, texts, authors' names and handles, links, tags, notes, assignees,
models, alerts, sources, previews) and typed into every parameter; then every page, part of a page and error page is opened in Chromium, some
rows are opened, and a function `canary` waits to be called. The content security policy is off, so that escaping alone must hold. A placement is a
payload in one place of one page: in a text, or in an attribute's value.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import sync_playwright

from dashboard.site import Settings, Site
from storage.db import open_database
from tests.dashboard.browser.conftest import serving
from tests.dashboard.conftest import NOW, Clock
from tests.dashboard.hostile import LINKS, PAYLOADS, HostileActions, fill
from tests.dashboard.test_pages_escaping import ADDRESSES, ECHOED

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FOUND = "window.called || []"
PLACES = """(words) => {
    let found = document.documentElement.textContent.split(words).length - 1;
    for (const one of document.querySelectorAll('*'))
        for (const attribute of one.attributes) found += attribute.value.split(words).length - 1;
    return found;
}"""
CANARY = "window.called = []; window.canary = (...given) => window.called.push(location.pathname); window.alert = window.canary;"


def walk(browser: Any, address: str, words: str) -> Iterator[tuple[str, int, int]]:
    """Every page with in how many places the payload stands there, and how often the canary was called."""
    context = browser.new_context(bypass_csp=True)
    context.add_init_script(CANARY)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    for path in (*ADDRESSES, *(echoed.format(quote(words, safe="")) for echoed in ECHOED)):
        page.goto(address + path, wait_until="load")
        page.wait_for_timeout(30)
        if path in ("/mentions", "/alerts/1"):
            for row in page.query_selector_all("[data-expand]")[:2]:
                row.click()
            page.wait_for_timeout(150)
        if path == "/settings":
            page.fill("#query", "aurora")
            page.click("#try button")
            page.click("[hx-post='/settings/test'] button")
            page.wait_for_timeout(600)
        page.mouse.move(300, 300)
        yield path, page.evaluate(PLACES, words), len(page.evaluate(FOUND))
    context.close()


def main() -> int:
    if CHROMIUM is None:
        print("Chromium is not installed", file=sys.stderr)
        return 1
    pages, placements = 0, 0
    ran: list[tuple[str, str]] = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for at, words in enumerate(PAYLOADS):
            db = open_database(f"sqlite:///{Path(folder) / f'{at}.db'}")
            fill(db, words, LINKS[at % len(LINKS)], now=NOW)
            site = Site(db, Settings("Europe/Oslo"), HostileActions(words=words), Clock())
            server = serving(site)
            running = next(server)
            for path, places, calls in walk(browser, running.address, words):
                pages, placements = pages + 1, placements + places
                ran += [(words, path)] * calls
            next(server, None)
            db.close()
            print(
                f"{at + 1:>3} of {len(PAYLOADS)}: {placements:,} placements on {pages:,} pages, {len(ran)} ran",
                flush=True,
            )
        browser.close()
    for words, path in ran[:20]:
        print(f"RAN {words!r} on {path}")
    return 1 if ran else 0


if __name__ == "__main__":
    sys.exit(main())

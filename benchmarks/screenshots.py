"""The pictures of docs/dashboard.md: the dashboard over the demo, in Chromium. Needs Chromium and the `dev` extra.

    listener demo        # in a folder of its own
    python -m benchmarks.screenshots FOLDER [--to docs/images] [--language nb]

The demo is copied first. An alert is opened on its loudest hour, with the cause that Listener finds: nothing is watched in a demo.
"""

import argparse
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from listener.commands.gather import service_for
from listener.web import site_of
from metrics.alerts.alert import Finding, Signal
from metrics.language import LANGUAGES
from metrics.read.cause import cause_of
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import looked, store
from storage.db import Database
from storage.mentions import MentionFilter, find
from tests.dashboard.browser.conftest import serving, settled

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DESK, PHONE = (1280, 860), (390, 844)
PICTURES: Sequence[tuple[str, str, tuple[int, int], bool]] = (
    ("overview", "/?period=7d", DESK, False),
    ("overview-dark", "/", DESK, True),
    ("mentions", "/mentions", DESK, False),
    ("sentiment", "/sentiment", DESK, False),
    ("share-of-voice", "/share-of-voice", DESK, False),
    ("influence", "/influence", DESK, False),
    ("kpis", "/kpis", DESK, False),
    ("alerts", "/alerts", DESK, False),
    ("alert", "/alerts/1", DESK, False),
    ("reports", "/reports", DESK, False),
    ("sources", "/sources", DESK, False),
    ("settings", "/settings", DESK, False),
    ("receipt", "/receipt?metric=net_sentiment&brand=murmur", DESK, False),
    ("phone", "/", PHONE, False),
)
MOST_BYTES = 200_000


def open_alert(db: Database, brand: str, timezone: str) -> None:
    """An alert on the brand's loudest hour."""
    hours = Counter(
        row.counted_at.replace(minute=0, second=0, microsecond=0)
        for row in find(db, MentionFilter(brands=[brand], reposts=False))
    )
    since, seen = max(hours.items(), key=lambda item: (item[1], item[0]))
    until = since + timedelta(hours=1)
    usual = sorted(hours.values())[len(hours) // 2]
    signal = Signal("volume", None, 3600, seen, usual, 0, 3 * usual + 3, 0.02, since, until)
    finding = Finding("spike", f"spike:{brand}", brand, "critical", since, until, signals=(signal,))
    cause = cause_of(db, finding, timezone=timezone, now=until)
    kept = StoredAlert(
        0, finding.key, "spike", brand, "critical", since, until, until, finding=finding.as_json(), cause=cause.as_json()
    )  # fmt: skip
    with db.write() as connection:
        store(connection, [AlertChange(kept, [AlertEvent(until, "opened")], cause.evidence)])
        looked(connection, {}, now=datetime.now(UTC))


def take(browser: Any, address: str, folder: Path, language: str = "en") -> None:
    for name, path, (width, height), dark in PICTURES:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale=language,
        )
        page = context.new_page()
        page.goto(address + path)
        settled(page)
        page.wait_for_timeout(400)
        place = folder / f"{name}.png"
        page.screenshot(path=str(place))
        print(f"{place}: {place.stat().st_size:,} bytes")
        assert place.stat().st_size < MOST_BYTES
        context.close()


def main() -> None:
    given = argparse.ArgumentParser(description="Take the pictures of docs/dashboard.md.")
    given.add_argument("folder", type=Path, help="where listener demo ran")
    given.add_argument("--to", type=Path, default=Path("docs/images"))
    given.add_argument("--language", choices=LANGUAGES, default="en", help="which the browser asks for")
    asked = given.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as copied:
        for path in asked.folder.iterdir():
            if path.is_file():
                shutil.copy(path, copied)
        with service_for(Path(copied) / "config.toml") as service:
            open_alert(service.db, service.config.brands[0].id, service.config.timezone)
            server = serving(site_of(service))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                take(browser, next(server).address, asked.to, asked.language)
                browser.close()
            next(server, None)


if __name__ == "__main__":
    main()

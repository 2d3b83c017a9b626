"""How long the dashboard's answers take the server and a browser, over 100,000, 1,000,000 and 10,000,000 stored mentions on SQLite.

    python -m benchmarks.dashboard                                     100,000 and 1,000,000
    python -m benchmarks.dashboard --mentions 1000000 10000000 --database 1m.db 10m.db      build once, measure again and again

The databases are made by `benchmarks.history` over two years, packed as housekeeping packs them, and taken away again; what is asked is the last 30
days of five brands, the default of every page, and the last twelve months. Each address is asked through the whole application (guards, filters,
figures, template or JSON, compression), in one process and without a network: once to warm up, then 40 times, or 5 times what is read after the
page is there. `p95` is the 95th of 100; `processor` is the median of this process's own time, which other work on the machine hardly touches.

The first page is then served by uvicorn on loopback to Chromium: when its first content is painted (median of 5 visits without a cache), and how
much goes over the wire until it is whole. Needs the extra `dev` and an installed Chromium; without one that line is left out.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from starlette.testclient import TestClient

from benchmarks.history import BRANDS, SPAN_DAYS, History, build
from dashboard.actions import HookAnswer, PartHealth, Preview, SourceHealth, Told
from dashboard.app import create_app
from dashboard.editing import Editor
from dashboard.site import Settings, Site
from storage.db import Database, open_database
from storage.packs import pack_days

ASKED, ASKED_APART, VISITS = 40, 5, 5
MOST_MS, MOST_RATIO = 50, 2.0
MOST_PAINT_MS, MOST_BYTES = 1_000, 1_000_000
FIRST = ("/", "/mentions", "/api/v1/overview", "/api/v1/mentions")
"""What a person waits for before anything is on the screen: held to the goals."""
APART = (
    "/api/v1/overview/trend",
    "/api/v1/overview/changes",
    "/api/v1/overview/drivers",
    "/api/v1/mentions/facets",
    "/api/v1/mentions?sort=reach",
    "/api/v1/sentiment",
    "/api/v1/influence",
    "/api/v1/share-of-voice",
    "/?period=12m",
    "/api/v1/overview/trend?period=12m",
    "/api/v1/overview/changes?period=12m",
    "/api/v1/overview/drivers?period=12m",
    "/api/v1/mentions/facets?period=12m",
    "/api/v1/sentiment?period=12m",
    "/api/v1/influence?period=12m",
    "/api/v1/share-of-voice?period=12m",
)
"""What is read after the page is there, and what of it twelve months take."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
WEIGHT = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
.reduce((sum, one) => sum + one.transferSize, 0)"""


class Idle:
    """A service that does nothing."""

    @property
    def editor(self) -> Editor:
        raise NotImplementedError("nothing is edited here")

    def sources(self, now: datetime) -> Sequence[SourceHealth]:
        return []

    def preview(self, query: str, *, now: datetime) -> Preview:
        return Preview(query)

    def test_notification(self, *, now: datetime) -> Sequence[Told]:
        return []

    def accept_hook(
        self, source: str, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> HookAnswer:
        return HookAnswer(404, "nobody takes posts here")

    def health(self, *, now: datetime) -> Sequence[PartHealth]:
        return []


@dataclass(frozen=True)
class Taken:
    """Milliseconds of one address, and how large its answer is before compression."""

    path: str
    median_ms: float
    p95_ms: float
    cpu_ms: float
    kib: float


def site_of(db: Database, now: datetime) -> Site:
    return Site(db, Settings("UTC", hosts=frozenset({"127.0.0.1"})), Idle(), lambda: now)


def measured(site: Site, path: str, asked: int = ASKED) -> Taken | str:
    """One address, asked again and again; what is wrong where it is not answered in time."""
    client = TestClient(create_app(site), base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
    clock, cpu, size = [], [], 0
    with client:
        for _ in range(asked + 1):
            begun, used = time.perf_counter(), time.process_time()
            answer = client.get(path)
            clock.append(1000 * (time.perf_counter() - begun))
            cpu.append(1000 * (time.process_time() - used))
            if answer.status_code == 503:
                return str(answer.json()["title"]) if "json" in answer.headers["content-type"] else "503"
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code} {answer.text[:200]}")
            size = len(answer.content)
    return Taken(path, median(clock[1:]), quantiles(clock[1:], n=20)[-1], median(cpu[1:]), size / 1024)


def read(path: Path, history: History) -> dict[str, Taken]:
    """All addresses over one database, printed as they come."""
    db = open_database(f"sqlite:///{path}")
    pack_days(db, now=history.now, limit=SPAN_DAYS * len(BRANDS))
    site, found = site_of(db, history.now), {}
    for address in (*FIRST, *APART):
        taken = measured(site, address, ASKED if address in FIRST else ASKED_APART)
        begin = f"{history.mentions:>10,} mentions  {address:<36}"
        if isinstance(taken, str):
            print(f"{begin} {taken}", flush=True)
            continue
        found[address] = taken
        print(
            f"{begin} median {taken.median_ms:7.1f} ms  p95 {taken.p95_ms:7.1f} ms  processor {taken.cpu_ms:7.1f} ms  "
            f"{taken.kib:6.0f} KiB",
            flush=True,
        )
    db.close()
    return found


def painted(path: Path, history: History) -> tuple[float, int] | None:
    """When the first page's first content is painted, in milliseconds, and the bytes of all of it; None without a Chromium."""
    if CHROMIUM is None:
        return None
    from playwright.sync_api import sync_playwright

    from tests.dashboard.browser.conftest import serving, settled

    db = open_database(f"sqlite:///{path}")
    server = serving(site_of(db, history.now))
    address, paints, weight = next(server).address, [], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(VISITS + 1):
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(address)
            settled(page)
            paints.append(page.evaluate(PAINT))
            weight = page.evaluate(WEIGHT)
            page.context.close()
        browser.close()
    next(server, None)
    db.close()
    return median(paints[1:]), weight


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--mentions", type=int, nargs="+", default=[100_000, 1_000_000])
    options.add_argument("--database", type=Path, nargs="+", help="databases to keep, one for each size")
    given = options.parse_args()
    if given.database and len(given.database) != len(given.mentions):
        options.error("--database takes as many files as --mentions has sizes")
    found, good = [], True
    with tempfile.TemporaryDirectory() as folder:
        kept = given.database or [Path(folder) / f"{size}.db" for size in given.mentions]
        for size, path in zip(given.mentions, kept, strict=True):
            history = History(size, SPAN_DAYS)
            if not path.exists():
                build(path, history)
            found.append(read(path, history))
            if seen := painted(path, history):
                paint_ms, weight = seen
                print(
                    f"{size:>10,} mentions  the first page in Chromium: first content after {paint_ms:.0f} ms, {weight:,} bytes",
                    flush=True,
                )
                good = good and paint_ms < MOST_PAINT_MS and weight < MOST_BYTES
    slowest = max(taken[path].cpu_ms for taken in found for path in FIRST)
    ratios = [after[path].cpu_ms / before[path].cpu_ms for before, after in pairwise(found) for path in FIRST]
    print(
        f"first answers: slowest {slowest:.1f} ms of the processor (at most {MOST_MS}), "
        f"ten times the mentions {max(ratios, default=1):.2f} times as much (at most {MOST_RATIO})"
    )
    return 0 if good and slowest < MOST_MS and max(ratios, default=1) <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())

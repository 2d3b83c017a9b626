"""How long the dashboard's first answers take the server, over 100,000 and 1,000,000 stored mentions on SQLite.

    python -m benchmarks.dashboard
    python -m benchmarks.dashboard --mentions 1000000 --database kept.db      build once, measure again and again

The databases are made by `benchmarks.history` over two years and taken away again; what is asked is the last 30 days of five brands, the default of
every page. Each address is asked through the whole application (guards, filters, figures, template or JSON, compression), in one process and
without a network: once to warm up, then 40 times. `p95` is the 95th of 100; `processor` is the median of this process's own time, which other work
on the machine does not touch.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

from starlette.testclient import TestClient

from benchmarks.history import SPAN_DAYS, History, build
from dashboard.actions import HookAnswer, PartHealth, Preview, SourceHealth, Told
from dashboard.app import create_app
from dashboard.site import Settings, Site
from storage.db import Database, open_database

ASKED, MOST_MS, MOST_RATIO = 40, 50, 2.0
FIRST = ("/", "/mentions", "/api/v1/overview", "/api/v1/mentions")
"""What a person waits for before anything is on the screen: held to the goals."""
APART = (
    "/api/v1/overview/trend",
    "/api/v1/overview/changes",
    "/api/v1/overview/drivers",
    "/api/v1/mentions/facets",
    "/api/v1/mentions?sort=reach",
    "/api/v1/sentiment",
    "/api/v1/share-of-voice",
)
"""What is read after the page is there."""


class Idle:
    """A service that does nothing."""

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


def measured(db: Database, now: datetime, path: str, asked: int = ASKED) -> Taken:
    """One address, asked again and again."""
    site = Site(db, Settings("UTC", hosts=frozenset({"127.0.0.1"})), Idle(), lambda: now)
    client = TestClient(create_app(site), base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
    clock, cpu, size = [], [], 0
    with client:
        for _ in range(asked + 1):
            begun, used = time.perf_counter(), time.process_time()
            answer = client.get(path)
            clock.append(1000 * (time.perf_counter() - begun))
            cpu.append(1000 * (time.process_time() - used))
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code} {answer.text[:200]}")
            size = len(answer.content)
    return Taken(path, median(clock[1:]), quantiles(clock[1:], n=20)[-1], median(cpu[1:]), size / 1024)


def read(path: Path, history: History) -> dict[str, Taken]:
    """All addresses over one database, printed as they come."""
    db = open_database(f"sqlite:///{path}")
    found = {}
    for address in (*FIRST, *APART):
        taken = measured(db, history.now, address, ASKED if address in FIRST else 5)
        found[address] = taken
        print(
            f"{history.mentions:>10,} mentions  {address:<28} median {taken.median_ms:7.1f} ms  p95 {taken.p95_ms:7.1f} ms  "
            f"processor {taken.cpu_ms:7.1f} ms  {taken.kib:6.0f} KiB",
            flush=True,
        )
    db.close()
    return found


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--mentions", type=int, nargs="+", default=[100_000, 1_000_000])
    options.add_argument("--database", type=Path, help="a database to keep, for one size")
    given = options.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for size in given.mentions:
            path, history = given.database or Path(folder) / f"{size}.db", History(size, SPAN_DAYS)
            if not path.exists():
                build(path, history)
            found.append(read(path, history))
    slowest = max(taken[path].cpu_ms for taken in found for path in FIRST)
    ratio = max(found[-1][path].cpu_ms / found[0][path].cpu_ms for path in FIRST)
    print(
        f"first answers: slowest {slowest:.1f} ms of the processor (at most {MOST_MS}), "
        f"largest over smallest database {ratio:.2f} (at most {MOST_RATIO})"
    )
    return 0 if slowest < MOST_MS and ratio <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())

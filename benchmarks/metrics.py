"""The overview of 30 days and five brands at 100,000, 1,000,000 and 10,000,000 stored mentions on SQLite, and what a further day costs.

    python -m benchmarks.metrics                     over two years: the window grows with the database
    python -m benchmarks.metrics --rate 3333         so many mentions a day: the history grows, the window does not
    python -m benchmarks.metrics --keep FOLDER       with the databases of that folder, each made there where it is missing

The databases are made by `benchmarks.history` and taken away again (10,000,000 mentions take some 9 GB and a quarter of an hour); those of
`--keep` stay, copies of them are measured. Each is read in a fresh process that opens it, with its pages dropped from the system's cache, so
`first` reads from the disk; the median is of 15 more readings. The last day is still running, so it is read from rows, the others from what
housekeeping packed. `peak` is the reading process's largest memory.

`add` stores more days of 2,000 mentions each, a day a commit, through the real `save`: seconds of the processor a day, every write to the file
included, after a day stored elsewhere to warm Python up; first one day with the file's pages dropped from the system's cache, then seven with all of
them in it. Four in five mentions are by accounts that spoke before, of whom the followers changed, the rest by new ones.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.history import BRANDS, SOURCES, SPAN_DAYS, VOCABULARY, History, build, handle
from metrics.read import overview
from storage.db import open_database
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost, Stats

WINDOW_DAYS, READINGS, ADDED, ADDED_DAYS = 30, 15, 2_000, 7
MOST_MS, MOST_RATIO, MOST_MORE_MIB = 50, 2.0, 100


@dataclass(frozen=True)
class Read:
    """Milliseconds of the first reading and of the median one, by the clock and by the processor, peak MiB, and the mentions in the window."""

    first_ms: float
    median_ms: float
    cpu_ms: float
    peak_mib: float
    window: int


def read(path: str, history: History) -> Read:
    """Read the overview again and again, as a fresh process does."""
    _forget_pages(path)
    db = open_database(f"sqlite:///{path}")
    until = history.now.replace(hour=0) + timedelta(days=1)
    clock, cpu, mentions = [], [], 0.0
    for _ in range(READINGS + 1):
        begun, used = time.perf_counter(), time.process_time()
        points = overview(
            db, since=until - timedelta(days=WINDOW_DAYS), until=until, timezone="UTC", now=history.now
        )
        clock.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - used))
        mentions = sum(point.value or 0.0 for point in points if point.metric == "mentions")
    db.close()
    return Read(clock[0], median(clock[1:]), median(cpu[1:]), _peak_mib(), round(mentions))


def _peak_mib() -> float:
    """This process's own peak; that of `getrusage` begins with the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _forget_pages(path: str) -> None:
    """Make the system read this file from the disk again."""
    with Path(path).open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@dataclass(frozen=True)
class Added:
    """Processor seconds of storing one more day: from the disk, and the mean of `ADDED_DAYS` with the file's pages in memory."""

    cold_s: float
    warm_s: float


def add(path: str, history: History) -> Added:
    """Store more days, as a process does that has run for a while."""
    with tempfile.TemporaryDirectory() as folder:
        _store_days(f"{folder}/warm.db", history, 0, 1)
    _forget_pages(path)
    cold_s = _store_days(path, history, 0, 1)
    with Path(path).open("rb") as file:
        while file.read(1 << 24):
            pass
    return Added(cold_s, _store_days(path, history, 1, ADDED_DAYS))


def _store_days(path: str, history: History, first: int, days: int) -> float:
    """Processor seconds a day."""
    db = open_database(f"sqlite:///{path}")
    chance = np.random.default_rng(first + 11)
    used = 0.0
    for number in range(first, first + days):
        at = history.now.replace(hour=0) + timedelta(days=number + 1)
        batch = Batch("import", list(_day(history, at, number * ADDED, chance)))
        used -= time.process_time()
        save(db, batch, now=at + timedelta(days=1))
        used += time.process_time()
    used -= time.process_time()
    db.close()  # what the log still holds is written now
    return (used + time.process_time()) / days


def _day(history: History, start: datetime, new: int, chance: np.random.Generator) -> Iterator[MatchedPost]:
    """One day's mentions; accounts that nobody knows are numbered from `new` on."""
    for number, second in enumerate(sorted(chance.integers(0, 86_400, ADDED).tolist())):
        brand = chance.choice([brand.id for brand in BRANDS])
        known = int(history.authors * chance.random() ** 2)
        account = history.authors + new + number if number % 5 == 0 else known
        words = " ".join(f"w{word:x}" for word in chance.integers(0, VOCABULARY, 12))
        at = start + timedelta(seconds=second)
        source, called = str(SOURCES[account % len(SOURCES)]), handle(account)
        post = NewPost(
            source=source,
            source_id=f"{start:%Y%m%d}{number:06}",
            text=f"{brand} {words}",
            published_at=at,
            observed_at=at,
            author=NewAuthor(source_author_id=called, handle=called, followers=int(chance.integers(10_000))),
            lang="en",
            stats=Stats(likes=3),
        )
        yield MatchedPost(post, [NewMention(brand_id=brand, query_version=1, target=brand)])


def measured(folder: Path, history: History, kept: Path | None = None) -> tuple[Read, Added]:
    """Build one database or copy the one that is kept, measure, take it away, and print a line."""
    path = folder / "history.db"
    begun = time.monotonic()
    made = kept / f"{history.mentions}-{history.days}.db" if kept else path
    if not made.exists():
        build(made, history)
    if made != path:
        shutil.copyfile(made, path)
    built, size = time.monotonic() - begun, path.stat().st_size
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(read, str(path), history).result()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        added = pool.submit(add, str(path), history).result()
    for part in folder.glob("history.db*"):
        part.unlink()
    print(
        f"{history.mentions:>10,} mentions over {history.days:,} days, {found.window:,} in the window: "
        f"first {found.first_ms:.0f} ms, median {found.median_ms:.1f} ms (processor {found.cpu_ms:.1f} ms), "
        f"add {added.warm_s:.2f} s (from the disk {added.cold_s:.2f} s), peak {found.peak_mib:.0f} MiB; {size / 1e6:,.0f} MB, there in {built:.0f} s",
        flush=True,
    )
    return found, added


def compare(folder: Path, sizes: Sequence[int], rate: float | None, kept: Path | None) -> int:
    """Measure each size and print how far apart they are; 0 where every goal is met."""
    found = [
        measured(folder, History(size, max(WINDOW_DAYS, round(size / rate)) if rate else SPAN_DAYS), kept)
        for size in sizes
    ]
    medians = [reading.median_ms for reading, _ in found]
    cpu = [reading.cpu_ms for reading, _ in found]
    warm, cold = [added.warm_s for _, added in found], [added.cold_s for _, added in found]
    peaks = [reading.peak_mib for reading, _ in found]
    print(
        f"overview: slowest median {max(medians):.1f} ms (at most {MOST_MS}), slowest over quickest {max(medians) / min(medians):.2f}, "
        f"of processor time {max(cpu) / min(cpu):.2f} (at most {MOST_RATIO}); a day more: {max(warm) / min(warm):.2f} "
        f"(at most {MOST_RATIO}), from the disk {max(cold) / min(cold):.2f}; "
        f"peak grows by {max(peaks) - min(peaks):.0f} MiB (at most {MOST_MORE_MIB})"
    )
    good = max(medians) < MOST_MS and max(medians) <= MOST_RATIO * min(medians)
    good = good and max(warm) <= MOST_RATIO * min(warm) and max(peaks) - min(peaks) <= MOST_MORE_MIB
    return 0 if good else 1


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--mentions", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    options.add_argument("--rate", type=float, help="mentions a day, instead of all within two years")
    options.add_argument("--keep", type=Path, help="a folder for the databases")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.keep) as folder:
        return compare(Path(folder), given.mentions, given.rate, given.keep)


if __name__ == "__main__":
    sys.exit(main())

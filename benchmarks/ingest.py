"""Posts parsed, matched against 200 brands, stored and counted per second, against a bare sqlite3.executemany of the very same rows.

    python -m benchmarks.ingest                      the ratio, at 30,000 posts
    python -m benchmarks.ingest --memory             peak memory at 100,000 and at 1,000,000 posts

Ours is timed from the first byte of the file to the last commit, in a fresh process. Not timed: starting Python, opening and migrating the
database, parsing the brands' queries; that is some two seconds however large the file.

The bare copy inserts each row that our run left in each table into a database with the same tables and indexes, with the same page settings,
as many posts per transaction, and in the order in which posts arrive; only the inserts and commits are timed, not making the rows ready.

Times are processor seconds. Ours and the bare copy take turns, three times on one file system; the ratio is the median of the three.
"""

import argparse
import json
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from listener import pipeline
from listener.collectors.base import TrackedBrand
from listener.collectors.files import read_posts
from listener.matching import Matcher
from listener.ownership import Owners
from listener.service import Service
from storage.brands import sync_brands
from storage.db import open_database
from storage.folding import fold
from storage.query import parse
from storage.types import BrandQuery

START = datetime(2027, 3, 1, tzinfo=UTC)
BRANDS = 200
TURNS = 3
LEAST_RATIO = 0.25
MOST_MORE_MIB = 100
SYLLABLES = [consonant + vowel for consonant in "bdklmnrst" for vowel in "aeio"]


def word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables))


def brand_queries() -> list[BrandQuery]:
    """Two hundred invented brands, each with a query of five terms."""
    chance = random.Random(7)
    brands = []
    for index in range(BRANDS):
        name = f"{word(chance, 3)}x{index}"
        query = f'({name} OR @{name} OR #{name}) NOT ("{name} {word(chance, 2)}" OR {word(chance, 4)}z)'
        brands.append(BrandQuery(name, name.title(), "competitor", query, 0))
    return brands


def write_posts(path: Path, count: int) -> None:
    """Invented posts in the import format, a third of the length of a long tweet on average, each naming a brand or two."""
    chance = random.Random(11)
    names = [brand.name for brand in brand_queries()]
    vocabulary = [word(chance, chance.choice((1, 2, 2, 3))) for _ in range(3000)]
    with path.open("w", encoding="utf-8") as file:
        for index in range(count):
            said = chance.choices(vocabulary, k=max(4, int(chance.lognormvariate(2.7, 0.5))))
            for _ in range(chance.choice((1, 1, 1, 2))):
                said.insert(chance.randrange(len(said)), chance.choice(names))
            post = {
                "source": chance.choice(("x", "mastodon", "bluesky")),
                "source_id": str(10**18 + index),
                "text": " ".join(said),
                "published_at": (START + timedelta(seconds=index * 2_592_000 / count)).isoformat(),
                "author": f"@person{chance.randrange(count // 5 + 1)}",
                "followers": int(chance.lognormvariate(5, 2)),
                "lang": chance.choice(("en", "en", "no", "de")),
                "likes": int(chance.lognormvariate(1, 1)),
                "shares": 0,
            }
            file.write(json.dumps(post) + "\n")


def ours(posts: Path, database: Path) -> float:
    """Import through the real pipeline; processor seconds from the first byte read to the last commit."""
    db = open_database(f"sqlite:///{database}")
    brands = sync_brands(db, brand_queries(), now=START)
    tracked = [TrackedBrand(brand.id, parse(brand.query), brand.version) for brand in brands]
    service = Service(None, db, brands, tracked, Matcher(tracked), Owners(brands), {})  # type: ignore[arg-type]
    now = START + timedelta(days=40)
    begun = time.process_time()
    rows = read_posts(posts, source=None, mapping={}, now=now)
    rejected: list[object] = []
    outcome = pipeline.import_posts(
        service, rows, keep_unmatched=False, on_rejected=rejected.append, clock=lambda: now
    )
    seconds = time.process_time() - begun
    service.close()
    assert not rejected, rejected[0]
    assert outcome.unmatched < outcome.fetched / 100, outcome
    return seconds


INDEX = "post_search"


def tables(connection: sqlite3.Connection) -> list[str]:
    """The ordinary tables; the full-text index is filled through its own front, which keeps tables of its own."""
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [name for (name,) in found if not name.startswith(INDEX)]


def statements(filled: sqlite3.Connection) -> list[tuple[str, list[tuple[object, ...]]]]:
    """An INSERT and its rows for each table, the full-text index included; sums, kept by brand, in the order of time."""
    held = []
    for name in tables(filled):
        columns = [column[1] for column in filled.execute(f'PRAGMA table_info("{name}")')]
        places = ", ".join("?" * len(columns))
        times = [column for column in ("quarter", "day") if column in columns]
        order = f" ORDER BY {times[0]}" if times else ""
        rows = filled.execute(f'SELECT * FROM "{name}"{order}').fetchall()
        held.append((f'INSERT INTO "{name}" ({", ".join(columns)}) VALUES ({places})', rows))
    words = [
        (post_id, fold(text))
        for post_id, text in filled.execute("SELECT id, text FROM posts WHERE NOT context")
    ]
    return [*held, (f"INSERT INTO {INDEX} (rowid, words) VALUES (?, ?)", words)]


def bare(filled: Path, empty: Path) -> float:
    """Copy every row with executemany, 2,000 posts' worth a transaction; processor seconds of the inserts alone."""
    open_database(f"sqlite:///{empty}").close()
    with (
        closing(sqlite3.connect(filled)) as source,
        closing(sqlite3.connect(empty, isolation_level=None)) as target,
    ):
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "foreign_keys = OFF",
            "cache_size = -32768",
            "temp_store = MEMORY",
        ):
            target.execute(f"PRAGMA {pragma}")
        for name in tables(target):
            target.execute(f'DELETE FROM "{name}"')
        held = statements(source)
        posts = source.execute("SELECT count(*) FROM posts").fetchone()[0]
        rounds = max(1, round(posts / pipeline.CHUNK))
        begun = time.process_time()
        for index in range(rounds):
            target.execute("BEGIN IMMEDIATE")
            for statement, rows in held:
                target.executemany(
                    statement, rows[len(rows) * index // rounds : len(rows) * (index + 1) // rounds]
                )
            target.execute("COMMIT")
        return time.process_time() - begun


def _measured(posts: str, database: str) -> tuple[float, float]:
    seconds = ours(Path(posts), Path(database))
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(posts: Path, database: Path) -> tuple[float, float]:
    """Processor seconds and peak MiB of an import in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, str(posts), str(database)).result()


def speed(folder: Path, count: int) -> int:
    write_posts(folder / "posts.jsonl", count)
    ratios = []
    for turn in range(TURNS):
        mine, _ = in_a_process(folder / "posts.jsonl", folder / f"ours{turn}.db")
        copied = bare(folder / f"ours{turn}.db", folder / f"bare{turn}.db")
        ratios.append(copied / mine)
        print(
            f"{count:,} posts: ours {count / mine:,.0f} posts per CPU-second, "
            f"bare executemany {count / copied:,.0f}; ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio {median(ratios):.2f} (at least {LEAST_RATIO})")
    return 0 if median(ratios) >= LEAST_RATIO else 1


def memory(folder: Path, sizes: Sequence[int]) -> int:
    found = []
    for count in sizes:
        write_posts(folder / "posts.jsonl", count)
        seconds, peak = in_a_process(folder / "posts.jsonl", folder / f"{count}.db")
        print(
            f"{count:,} posts: peak {peak:,.0f} MiB, {count / seconds:,.0f} posts per CPU-second", flush=True
        )
        found.append(peak)
    print(f"difference {found[-1] - found[0]:,.0f} MiB (at most {MOST_MORE_MIB})")
    return 0 if found[-1] - found[0] <= MOST_MORE_MIB else 1


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=30_000)
    options.add_argument(
        "--memory", action="store_true", help="measure peak memory instead; takes some ten minutes"
    )
    options.add_argument(
        "--sizes", type=int, nargs="+", default=[100_000, 1_000_000], help="posts for --memory"
    )
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return memory(Path(folder), given.sizes) if given.memory else speed(Path(folder), given.posts)


if __name__ == "__main__":
    sys.exit(main())

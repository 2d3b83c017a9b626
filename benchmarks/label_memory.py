"""Peak memory of a process that labels: `listener label` with the model in the package, on a database of awkward mentions.

    python -m benchmarks.label_memory [--sizes 2000 20000] [--threads 1]

Of a hundred posts one has 100,000 characters, one is all emoji, cleaning leaves nothing of one, and ten say what another said; the rest are as
long as posts are. Each size runs in a fresh process, after another one has filled a SQLite database; its peak includes Python, the libraries,
the weights and the database's cache. At most 600 MiB.
"""

import argparse
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TypeVar

from listener.commands import gather
from storage.db import open_database
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost

T = TypeVar("T")
START = datetime(2027, 3, 1, tzinfo=UTC)
MOST_MIB = 600
CONFIG = """\
[storage]
url = "sqlite:///listener.db"
[nlp]
threads = {threads}
[[brands]]
name = "Delta"
query = "delta"
"""


def texts() -> Iterator[str]:
    """Invented texts without end."""
    chance = random.Random(5)
    words = ["".join(chance.choices("abdefghiklmnoprstuvy", k=chance.randint(2, 9))) for _ in range(5_000)]
    said: list[str] = []
    for index in range(sys.maxsize):
        usual = "delta " + " ".join(chance.choices(words, k=max(3, int(chance.lognormvariate(2.7, 0.5)))))
        if index % 100 == 0:
            yield (f"{usual} 🙂 " * 10_000)[:100_000]
        elif index % 100 == 1:
            yield "".join(chance.choices("😀😡🔥💩🥳", k=40))
        elif index % 100 == 2:
            yield "\u200b\u200b"
        elif index % 10 == 3 and said:
            yield chance.choice(said)
        else:
            said = [*said[-200:], usual]
            yield usual


def fill(folder: str, count: int, threads: int) -> None:
    """A configuration, and a database with so many mentions of one brand."""
    Path(folder, "config.toml").write_text(CONFIG.format(threads=threads), "utf-8")
    author = NewAuthor(source_author_id="1", handle="ann")
    mention = NewMention(brand_id="delta", query_version=1, target="delta")
    with closing(open_database(f"sqlite:///{folder}/listener.db")) as db:
        made = enumerate(islice(texts(), count))
        while page := list(islice(made, 500)):
            posts = [_post(index, text, author) for index, text in page]
            save(db, Batch("made-up", [MatchedPost(post, [mention]) for post in posts]), now=START)


def _post(index: int, text: str, author: NewAuthor) -> NewPost:
    at = START + timedelta(seconds=index)
    return NewPost(
        source="x", source_id=str(index), text=text, published_at=at, observed_at=at, author=author
    )


def label(folder: str) -> tuple[float, float]:
    """Peak MiB and processor seconds of the command."""
    os.chdir(folder)
    begun = time.process_time()
    with redirect_stdout(StringIO()):
        gather.label(Path("config.toml"), None, again=False, form="json")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time() - begun


def in_a_process(work: Callable[..., T], *arguments: object) -> T:
    """The result of a function called in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000], help="mentions")
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    peaks = []
    for count in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            in_a_process(fill, folder, count, given.threads)
            peak, seconds = in_a_process(label, folder)
        print(f"{count:,} mentions: peak {peak:,.0f} MiB, {seconds:,.0f} processor seconds", flush=True)
        peaks.append(peak)
    print(f"highest {max(peaks):,.0f} MiB (at most {MOST_MIB}); grew by {peaks[-1] - peaks[0]:,.0f} MiB")
    return 0 if max(peaks) <= MOST_MIB else 1


if __name__ == "__main__":
    sys.exit(main())

"""How well posts with nearly the same words are found, and how few others are taken for them, on real tweets.

    python -m benchmarks.copies --data ../shared/data

Of each way to cut a text into pieces and each number of rows to a band: how many copies with one word or two replaced share one of four bands
with the text they were made from (2,000 texts), and the largest family that all texts fall into, when near-duplicates of
near-duplicates are joined. The tweets hold true copies, so a family of some dozens is right; a family of thousands is a chain of strangers.
The last column is the same of 300,000 texts that were never written: chains of words that follow each other in the tweets, as much alike
as texts on one subject can be. The line marked * is what `storage.sketch` does. Last, how many texts of so many words are word for word
another's: what independent people write by chance.
"""

from __future__ import annotations

import argparse
import random
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from rensa import RMinHash

from benchmarks.shares import print_table
from metrics.voice.copies import Marks, families
from storage.sketch import BANDS, FEWEST_WORDS, ROWS, _words

SETS = {
    "labels/en/train.tsv": 1,
    "targets/semeval2017_topic3/train.tsv": 2,
    "targets/entities/train.tsv": 2,
    "targets/dong2014/train.tsv": 2,
}
COPIED, INVENTED = 2_000, 300_000
Text = tuple[str, ...]


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    chance = random.Random(1)
    every = texts(parser.parse_args().data)
    long = sorted({text for text in every if len(text) >= FEWEST_WORDS})
    print(f"{len(long):,} different texts of {FEWEST_WORDS} words or more")
    head = ("pieces", "rows", "found, 1 word", "2 words", "largest family", f"of {INVENTED:,} invented")
    print_table(head, found(long, invented(long, chance), chance))
    print_table(("words", "texts", "word for word another's"), by_chance(every))


def texts(data: Path) -> list[Text]:
    """The words of each different tweet."""
    lines: set[str] = set()
    for name, column in SETS.items():
        rows = (data / name).read_text(encoding="utf-8").splitlines()
        lines |= {row.split("\t")[column] for row in rows}
    return [tuple(_words(line)) for line in sorted(lines)]


def words(text: Sequence[str]) -> list[str]:
    return list(text)


def pairs(text: Sequence[str]) -> list[str]:
    return [f"{word} {after}" for word, after in pairwise(("", *text, ""))]


def triples(text: Sequence[str]) -> list[str]:
    padded = ("", *text, "")
    return [" ".join(padded[place : place + 3]) for place in range(len(padded) - 2)]


def found(long: list[Text], made: list[Text], chance: random.Random) -> Iterator[list[str]]:
    """The lines of the first table."""
    known = [word for text in long for word in text]
    sample = chance.sample(long, COPIED)
    changed = [[replaced(text, count, known, chance) for text in sample] for count in (1, 2)]
    for cut, rows in ((words, 4), (words, 6), (pairs, 3), (pairs, 4), (pairs, 5), (triples, 4)):
        whole = marks(sample, cut, rows)
        hits = [np.mean((marks(copy, cut, rows) == whole).any(axis=1)) for copy in changed]
        chosen = "*" if (cut, rows) == (pairs, ROWS) else ""
        yield [
            f"{cut.__name__}{chosen}",
            str(rows),
            *(f"{100 * hit:.0f} %" for hit in hits),
            *(f"{largest(marks(some, cut, rows)):,}" for some in (long, made)),
        ]


def replaced(text: Text, count: int, known: list[str], chance: random.Random) -> Text:
    """The text with so many of its words replaced by other ones."""
    copy = list(text)
    for place in chance.sample(range(len(copy)), count):
        copy[place] = chance.choice(known)
    return tuple(copy)


def marks(some: Sequence[Sequence[str]], cut: Callable[[Sequence[str]], list[str]], rows: int) -> Marks:
    """Four bands of each text."""
    signatures = RMinHash.digests_from_token_sets(list(map(cut, some)), BANDS * rows, 42)
    packed = [struct.pack(f"<{BANDS * rows}I", *signature) for signature in signatures]
    width = 4 * rows
    bands = [
        [crc32(row[start : start + width]) or 1 for start in range(0, len(row), width)] for row in packed
    ]
    return np.array(bands, np.uint32)


def largest(bands: Marks) -> int:
    return int(np.bincount(families(bands, np.full(len(bands), -1))).max())


def invented(long: list[Text], chance: random.Random) -> list[Text]:
    """Texts in which every three words in a row were written by somebody."""
    after: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text in long:
        padded = ("", "", *text, "")
        for place in range(len(padded) - 2):
            after[padded[place], padded[place + 1]].append(padded[place + 2])
    made: set[Text] = set()
    while len(made) < INVENTED:
        chain = ["", ""]
        while len(chain) < 40 and (word := chance.choice(after[chain[-2], chain[-1]])):
            chain.append(word)
        if len(chain) >= FEWEST_WORDS + 2:
            made.add(tuple(chain[2:]))
    return sorted(made)


def by_chance(every: list[Text]) -> Iterator[list[str]]:
    """The lines of the second table."""
    times = Counter(every)
    for length in range(1, 9):
        some = [count for text, count in times.items() if len(text) == length]
        again = sum(count - 1 for count in some)
        yield [str(length), f"{sum(some):,}", f"{100 * again / sum(some):.1f} %"]


if __name__ == "__main__":
    main()

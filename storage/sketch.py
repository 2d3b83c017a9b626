"""A text in sixteen bytes, so that posts with nearly the same words can be found by comparing numbers.

A sketch is four little-endian uint32, the bands. What it is made from are the text's words as `fold` writes them, without links, @handles,
numbers, symbols, emoji and a leading "RT": copies that differ only in these have the same sketch. Of the pairs of neighbouring words
a MinHash of sixteen rows is taken (Broder 1997); a band is a hash of four of them, so two texts whose pairs overlap by the
part J share a band with probability 1 - (1 - J^4)^4. Four rows of pairs, because posts on one subject share words, but few pairs.
`python -m benchmarks.copies --data ../shared/data` counts on 63,534 English tweets how many copies with one or two words replaced
share a band, and the largest family that all of them fall into, and 300,000 invented of their words in a row:

    of         rows   found, 1 word   2 words   largest family   of 300,000
    words      4      98 %            87 %      3,068            67,012
    words      6      94 %            70 %      57               89
    pairs      3      96 %            73 %      110              2,014
    pairs      4      90 %            57 %      51               58
    pairs      5      80 %            44 %      49               51
    triples    4      70 %            31 %      41               104

Many copies are found by way of each other, so a campaign is found whole where single pairs are not.

A text of fewer than `FEWEST_WORDS` words says what others say by themselves ("love delta"): its first three bands are 0 and the last
is a hash of the whole text, so only the very same words compare equal, and a reader can tell that it is short.

A stored sketch is never made again, so this function must give the same bytes for ever: tests/storage/test_sketch.py holds some of them.
"""

import struct
from itertools import pairwise
from zlib import crc32

from rensa import RMinHash

from storage.folding import fold

BANDS, ROWS = 4, 4
FEWEST_WORDS = 6
"""Of different tweets with one word 14 % are word for word another's, with two 6 %, with four and five 3 %; beyond that most are true copies."""
_SEED = 42
_NO_WORDS = {"http", "https"}
_ROW_BYTES = 4 * ROWS


def sketch(text: str) -> bytes | None:
    """The four bands of a text; None where it has no words.

    >>> struct.unpack("<4I", sketch("Delta just cancelled my flight for the third time this week"))
    (836189507, 539540013, 3449559399, 2763914218)
    >>> sketch("RT @x: DELTA just cancelled my flight for the third time this week!!! https://t.co/a") == sketch(
    ...     "delta just cancelled my flight for the third time this week"
    ... )
    True
    >>> struct.unpack("<4I", sketch("love delta"))[:3], sketch("@delta 👍 2027") is None
    ((0, 0, 0), True)
    """
    words = _words(text)
    if not words:
        return None
    if len(words) < FEWEST_WORDS or _length(words) < FEWEST_WORDS:
        return struct.pack("<4I", 0, 0, 0, crc32(" ".join(words).encode()) or 1)
    signature = RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
    signature.update([f"{word} {after}" for word, after in pairwise(("", *words, ""))])
    rows = struct.pack(f"<{BANDS * ROWS}I", *signature.digest())
    bands = (crc32(rows[start : start + _ROW_BYTES]) or 1 for start in range(0, len(rows), _ROW_BYTES))
    return struct.pack("<4I", *bands)


def _words(text: str) -> list[str]:
    words = [
        bare
        for word in fold(text).split()
        if word[0] != "@" and _is_word(bare := word.lstrip("#")) and bare not in _NO_WORDS
    ]
    return words[1:] if words[:1] == ["rt"] else words


def _is_word(token: str) -> bool:
    """Whether it has letters and no digit; marks between the letters are parts of words in many scripts."""
    return token.isalpha() or (any(map(str.isalpha, token)) and not any(map(str.isdigit, token)))


def _length(words: list[str]) -> float:
    """How many words it is; a character of a script without spaces is half of one."""
    return len(words) - sum(not word.isascii() and len(word) == 1 for word in words) / 2

"""Which words of a post carry its sentences and tell nothing alone, by the languages that it is written in.

The lists are in function_words.toml, folded as `storage.folding` folds. Networks often tell a wrong language or none, and people mix two, so a
post's own words are asked as well: a function word of one language alone shows that language.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

Part = Literal["light", "function", "joins", "denies"]
"""What a word does that tells nothing alone: light words and negations are part of phrases, joins stand inside them, function words in none."""
PARTS: tuple[Part, ...] = get_args(Part)
Parts = Mapping[str, Part]
SHOWN_BY = 2
"""So many different words of a language in a post show that it is written in that language, whatever the network says."""
UNKNOWN = ("und", "zxx", "mul", "")


@dataclass(frozen=True, slots=True)
class _Languages:
    parts: Mapping[str, Parts]
    of_code: Mapping[str, str]
    shown_by: Mapping[str, str]
    elsewhere: frozenset[str]


def parts_of(words: Sequence[str], told: str = "und") -> Parts:
    """The words that tell nothing alone, for a post of these folded words that is said to be in the language `told` (a BCP 47 tag; "und": unknown).

    They are those of each language that two different words of it show, and of the told one unless its words show others alone. A told
    language without a list has none. Where nothing is told or shown all lists count, but for words that mean something in another
    language. With "n't" a word is two tokens, as in "can t".

    >>> parts_of(("die", "app", "ist", "schon", "wieder", "da"), "de").get("die")
    'joins'
    >>> parts_of(("people", "die", "here"), "en").get("die"), parts_of(("users", "die")).get("die")
    (None, None)
    >>> parts_of(("jeg", "fikk", "ikke", "kofferten"), "en").get("ikke")
    'denies'
    """
    known = _languages()
    shown_by = known.shown_by
    heard = Counter([shown_by[word] for word in set(words) if word in shown_by])
    spoken = {name for name, count in heard.items() if count >= SHOWN_BY}
    code = told.partition("-")[0].lower()
    its = known.of_code.get(code)
    if its is not None and (its in heard or not spoken):
        spoken.add(its)
    if not spoken and code in UNKNOWN:
        return _together(frozenset(heard)) if len(heard) == 1 else _anywhere()
    return _together(frozenset(spoken))


@lru_cache(maxsize=1_024)
def _together(names: frozenset[str]) -> Parts:
    return _union(_languages().parts[name] for name in sorted(names))


@cache
def _anywhere() -> Parts:
    known = _languages()
    return {word: part for word, part in _union(known.parts.values()).items() if word not in known.elsewhere}


def _union(several: Iterable[Parts]) -> Parts:
    """Where a word does this in one of the languages and that in another, what comes later in `Part` counts."""
    rows = list(several)
    return {word: part for part in PARTS for row in rows for word, its in row.items() if its == part}


@cache
def _languages() -> _Languages:
    read = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    elsewhere = frozenset(read["elsewhere"].split())
    parts: dict[str, Parts] = {}
    for name, row in read["languages"].items():
        listed: dict[str, Part] = dict.fromkeys(read["everywhere"].split(), "function")
        listed |= {word: part for part in PARTS for word in row[part].split()}
        listed |= {f"{word} t": "denies" for word in row.get("contracted", "").split()}
        parts[name] = listed
    languages = Counter(word for listed in parts.values() for word in listed)
    shown_by = {
        word: name
        for name, listed in parts.items()
        for word, part in listed.items()
        if part != "light" and languages[word] == 1 and word not in elsewhere
    }
    of_code = {code: name for name, row in read["languages"].items() for code in row["codes"]}
    return _Languages(parts, of_code, shown_by, elsewhere)

"""A query as full-text search: a wider question whose answers hold every true match, to be checked with `storage.query.matches`.

The index holds the tokens of `storage.folding.fold` exactly as they are, parted at spaces. NOT, fields, and how words stand to each other
beyond a phrase are left out. None means that nothing narrows the search: every post is a candidate.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.query_match import spellings
from storage.query_tree import And, Field, Near, Node, Not, Or, Spoken, both, inward

# SQLite's parser gives up at about 15 groups within each other.
DEEPEST = 8
_LONGEST = 500
"""Letters of a word beyond which the indexes may have left it out or cut it."""


def fts5(tree: Node) -> str | None:
    """For SQLite: `words MATCH :query`, over FTS5 with a tokenizer that parts at spaces alone.

    >>> from storage.query import parse
    >>> fts5(parse('(norse OR @norse) "big flight" fli* NOT force').tree)
    '("norse" OR ("@norse" OR "@norse@" * OR "@norse." *)) AND "big flight" AND "fli" *'
    >>> fts5(parse("site:example.com OR norse").tree) is None
    True
    """
    return _wider(inward(tree), _fts5_phrase, " AND ", " OR ")


def tsquery(tree: Node) -> str | None:
    """For PostgreSQL: `words @@ CAST(:query AS tsquery)`, over a tsvector whose lexemes are the tokens.

    Phrases are asked for as words, since PostgreSQL counts places only up to 16,383.

    >>> from storage.query import parse
    >>> tsquery(parse('norse "big flight" fli*').tree)
    "'norse' & ('big' & 'flight') & 'fli':*"
    """
    return _wider(inward(tree), _tsquery_words, " & ", " | ")


def _wider(node: Node, phrase: Callable[[str], str], both: str, either: str, depth: int = 0) -> str | None:
    def part(inner: Node) -> str | None:
        return _wider(inner, phrase, both, either, depth + 1)

    match node:
        case Field() | Not():
            return None
        case And(parts):
            known = [text for text in map(part, parts) if text is not None]
            return _group(known, both, depth) if known else None
        case Or(parts):
            each = [part(p) for p in parts]
            return None if None in each or depth > DEEPEST else _group((t for t in each if t), either, depth)
        case Near(left, right, _):
            return _group([_any(left, phrase, either), _any(right, phrase, either)], both, depth)
        case _:
            return _any((node,), phrase, either, depth)


def _any(leaves: Iterable[Spoken], phrase: Callable[[str], str], either: str, depth: int = 1) -> str:
    return _group(dict.fromkeys(phrase(s) for leaf in leaves for s in spellings(leaf)), either, depth)


def _group(parts: Iterable[str], sign: str, depth: int) -> str:
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})" if depth else sign.join(parts)


def _fts5_phrase(spelling: str) -> str:
    words = spelling.strip(" ").replace('"', '""')
    return f'"{words}"' if spelling.endswith(" ") else f'"{words}" *'


def _tsquery_words(spelling: str) -> str:
    lexemes = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in spelling.split()]
    if not spelling.endswith(" "):
        lexemes[-1] += ":*"
    return _group(lexemes, " & ", 1)


@dataclass(frozen=True, slots=True)
class Sure:
    """What the index decides alone: a post meets the query when it is in the answer to `wanted` and in none of those to `unwanted`."""

    wanted: str
    unwanted: tuple[str, ...] = ()


def fts5_sure(tree: Node) -> Sure | None:
    """For SQLite, whose index knows the order of words; None where texts must be read: fields, NEAR, NOT within an OR.

    >>> from storage.query import parse
    >>> fts5_sure(parse('norse "big flight" NOT force').tree)
    Sure(wanted='"norse" AND "big flight"', unwanted=('"force"',))
    >>> fts5_sure(parse("norse lang:en").tree) is None
    True
    """
    return _sure(tree, fts5, phrases=True)


def tsquery_sure(tree: Node) -> Sure | None:
    """For PostgreSQL, whose index is asked for single words only: a phrase must be read."""
    return _sure(tree, tsquery, phrases=False)


def _sure(tree: Node, asked: Callable[[Node], str | None], *, phrases: bool) -> Sure | None:
    parts = tree.parts if isinstance(tree, And) else (tree,)
    wanted = [part for part in parts if not isinstance(part, Not)]
    unwanted = [part.part for part in parts if isinstance(part, Not)]
    if not wanted or not all(_spoken(part, phrases) for part in (*wanted, *unwanted)):
        return None
    found = [asked(both(wanted)), *map(asked, unwanted)]
    return None if None in found else Sure(str(found[0]), tuple(map(str, found[1:])))


def _spoken(node: Node, phrases: bool) -> bool:
    """Whether the index answers exactly this: words joined by AND and OR, all short enough for it."""
    match node:
        case And(parts) | Or(parts):
            return all(_spoken(part, phrases) for part in parts)
        case Field() | Not() | Near():
            return False
        case _:
            texts = [spelling.strip(" ") for spelling in spellings(node)]
            return all(len(text) <= _LONGEST and (phrases or " " not in text) for text in texts)

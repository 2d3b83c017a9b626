"""A query as full-text search: a wider question whose answers hold every true match, to be checked with `storage.query.matches`.

The index holds the tokens of `storage.folding.fold` exactly as they are, parted at spaces. NOT, fields, and how words stand to each other
beyond a phrase are left out. None means that nothing narrows the search: every post is a candidate.
"""

from collections.abc import Callable, Iterable

from storage.query_match import spellings
from storage.query_tree import And, Field, Near, Node, Not, Or, Spoken, inward

# SQLite's parser gives up at about 15 groups within each other.
DEEPEST = 8


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

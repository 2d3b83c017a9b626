"""The query as a tree of plain values, the same for every use: matching in memory, full-text search, a network's search.

Or, And, Not     joined parts; an Or holds no Or and an And no And, and each has two parts or more
Term             a word, or several in a row: delta, C++, "delta force"
Prefix           how a word, tag or handle starts: flight*, #delta*
Handle, Tag      @delta, #deltaassist
Near             two of the above within some words of each other
Field            lang:, author:, source:, site:
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

FieldName = Literal["lang", "author", "source", "site"]
FIELDS: tuple[FieldName, ...] = ("lang", "author", "source", "site")


@dataclass(frozen=True, slots=True)
class Term:
    """Words and symbols that stand one after the other; spaces and punctuation between them do not count."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word, or with its sign in front the beginning of a #tag or @handle."""

    text: str


@dataclass(frozen=True, slots=True)
class Handle:
    """An account named in the text, without its @; `name@host` is that account on that server only."""

    name: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A whole hashtag, without its #."""

    name: str


Spoken = Term | Prefix | Handle | Tag


@dataclass(frozen=True, slots=True)
class Near:
    """One of `left` and one of `right` at most `words` apart, in either order; neighbours are 1 apart."""

    left: tuple[Spoken, ...]
    right: tuple[Spoken, ...]
    words: int


@dataclass(frozen=True, slots=True)
class Field:
    """A property of the post: `value` is normalised (lower case, no @, a bare domain)."""

    name: FieldName
    value: str


Leaf = Term | Prefix | Handle | Tag | Near | Field


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


Node = Leaf | Not | And | Or


def both(parts: Iterable[Node]) -> Node:
    """All of the parts, flat: an And among them gives its own parts.

    >>> both([Tag("a"), And((Tag("b"), Tag("c")))]) == And((Tag("a"), Tag("b"), Tag("c")))
    True
    """
    flat = tuple(p for part in parts for p in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def either(parts: Iterable[Node]) -> Node:
    """Any of the parts, flat: an Or among them gives its own parts."""
    flat = tuple(p for part in parts for p in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def negated(part: Node) -> Node:
    """The opposite; two NOTs cancel out."""
    return part.part if isinstance(part, Not) else Not(part)


def inward(node: Node, *, negative: bool = False) -> Node:
    """The same meaning with NOT only right before single terms (De Morgan): what most searches can take.

    >>> render(inward(Not(Or((Tag("a"), Not(Tag("b")))))))
    'NOT #a #b'
    """
    match node:
        case Not(part):
            return inward(part, negative=not negative)
        case And(parts):
            return (either if negative else both)(inward(p, negative=negative) for p in parts)
        case Or(parts):
            return (both if negative else either)(inward(p, negative=negative) for p in parts)
        case _:
            return Not(node) if negative else node


def leaves(node: Node, *, positive: bool | None = None) -> Iterator[Leaf]:
    """The leaves in the order written; only those under an even (True) or odd (False) number of NOTs when asked."""
    match node:
        case Not(part):
            yield from leaves(part, positive=None if positive is None else not positive)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part, positive=positive)
        case _:
            if positive is not False:
                yield node


_PLAIN = re.compile(r"""(?!(?:AND|OR|NOT|NEAR)$)[^\s()"“”„‟＂:*@#+|!/&-][^\s()"“”„‟＂:*@#/|]*""")


def render(node: Node) -> str:
    """The canonical text of a query: `storage.query.parse` makes the same tree of it.

    >>> render(And((Term("delta"), Or((Term("late flight"), Tag("fail"))), Not(Handle("delta")))))
    'delta ("late flight" OR #fail) NOT @delta'
    """
    match node:
        case Term(text):
            return text if _PLAIN.fullmatch(text) else f'"{text}"'
        case Prefix(text):
            return f"{text}*"
        case Handle(name):
            return f"@{name}"
        case Tag(name):
            return f"#{name}"
        case Field(name, value):
            return f'{name}:"{value}"' if re.search(r"[\s()]", value) else f"{name}:{value}"
        case Near(left, right, words):
            return f"{_side(left)} NEAR/{words} {_side(right)}"
        case Not(part):
            return f"NOT {_inside(part, And | Or)}"
        case And(parts):
            return " ".join(_inside(part, Or) for part in parts)
        case Or(parts):
            return " OR ".join(render(part) for part in parts)


def _inside(node: Node, weaker: object) -> str:
    return f"({render(node)})" if isinstance(node, weaker) else render(node)  # type: ignore[arg-type]


def _side(side: tuple[Spoken, ...]) -> str:
    return render(side[0]) if len(side) == 1 else f"({' OR '.join(map(render, side))})"

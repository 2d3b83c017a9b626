"""A query in X's own search syntax, never narrower than the query: what X cannot say is left out and filtered after fetching.

X knows words, "phrases", #tags, @names, from:, lang:, url:, OR, a leading - and parentheses; AND (a space) binds tighter than OR. A - stands
only before a single operator, never before a group and never alone, and lang: needs something beside it.

Source: docs.x.com/x-api/posts/search/integrate/build-a-query and .../operators. The length limit is 512 characters for recent
search, 1,024 for the full archive, 4,096 for Enterprise.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from storage.folding import fold
from storage.query import Query, QueryError
from storage.query_tree import (
    And,
    Field,
    Handle,
    Near,
    Node,
    Not,
    Or,
    Tag,
    Term,
    both,
    either,
    inward,
    render,
)

ANYTHING = And(())
"""A part that every post meets."""
NOTHING = Or(())
"""A part that no post on X meets."""

_NAME = re.compile(r"[a-z0-9_]{1,15}", re.IGNORECASE)
_OWN_DOMAINS = ("x.com", "twitter.com", "t.co")
# X's codes by ours; the list of languages it recognises is on the operators page.
_LANGUAGES = {"he": "iw", "id": "in"} | {code.lower(): code for code in """
am ar bg bn bo bs ca ckb cs cy da de dv el en es et eu fa fi fr gu hi hi-Latn hr ht hu hy is it ja ka km kn ko lo lt lv ml mr my ne
nl no or pa pl ps pt ro ru sd si sk sl sr sv ta te th tl tr ug uk ur vi zh-CN zh-TW und""".split()}  # noqa: SIM905  # fmt: skip


@dataclass(frozen=True, slots=True)
class XQuery:
    """`text` for X's search, "" where no post on X can meet the query; `dropped` are the parts to be filtered after fetching.

    `exact` says that nothing was dropped, so that X's own counts are counts of this query.
    """

    text: str
    exact: bool
    dropped: tuple[str, ...] = ()


def to_x(query: Query, *, max_length: int = 512) -> XQuery:
    """The narrowest search on X that holds every post the query asks for.

    A query that comes out longer than `max_length` characters loses parts that are joined by AND, as few as will do. Raises QueryError
    where X has nothing to search by, or where what is left is still too long.

    >>> from storage.query import parse
    >>> to_x(parse('(delta OR @delta) flight* NOT ("delta force" OR lang:de)'))
    XQuery(text='(delta OR @delta) -"delta force" -lang:de', exact=False, dropped=('flight*',))
    """
    dropped: dict[str, None] = {}
    tree = widened(query.tree, dropped)
    if tree == NOTHING:
        return XQuery("", exact=True)
    if not _stands(tree):
        raise QueryError(
            f"X cannot search for this query: it takes words, phrases, #tags, @names, author: or site: in every branch, not {_said(query)} alone"
        )
    tree = _shortened(tree, max_length, dropped)
    return XQuery(written(tree), exact=not dropped, dropped=tuple(dropped))


def _said(query: Query) -> str:
    text = str(query)
    return text if len(text) <= 60 else text[:59] + "…"


def widened(tree: Node, dropped: dict[str, None]) -> Node:
    """The tree of what X can say, met by every post on X that meets `tree`; notes in `dropped` what was left out or made wider."""
    return _widened(inward(tree), dropped)


def _widened(node: Node, dropped: dict[str, None]) -> Node:
    match node:
        case And(parts):
            wide = [_widened(part, dropped) for part in parts]
            return NOTHING if NOTHING in wide else _joined(both, [p for p in wide if p != ANYTHING], ANYTHING)
        case Or(parts):
            wide = [p for part in parts if (p := _widened(part, dropped)) != NOTHING]
            if ANYTHING in wide or any(map(_negative, wide)):
                dropped[render(node)] = None
                return ANYTHING
            return _joined(either, wide, NOTHING)
        case Near(left, right, _):
            dropped[render(node)] = None
            return _widened(both((either(left), either(right))), dropped)
        case Not(Field("source", value)):
            return NOTHING if value == "x" else ANYTHING
        case Field("source", value):
            return ANYTHING if value == "x" else NOTHING
        case Not(leaf):
            sayable, wider = _sayable(leaf), _wider(leaf)
        case _:
            sayable, wider = _sayable(node), _wider(node)
            if isinstance(node, Field) and node.name == "author" and not _NAME.fullmatch(node.value):
                return NOTHING
            if sayable and wider:
                dropped[render(node)] = None
                return node
    if sayable and not wider:
        return node
    dropped[render(node)] = None
    return ANYTHING


def _joined(join: Callable[[list[Node]], Node], parts: list[Node], empty: Node) -> Node:
    return join(parts) if parts else empty


def _sayable(leaf: Node) -> bool:
    """Whether X has words for the leaf at all."""
    match leaf:
        case Term(text):
            return any(c.isalnum() or not c.isascii() for c in fold(text))
        case Field("lang", value):
            return bool(_codes(value))
        case Field("site", value):
            return not any(own == value or own.endswith("." + value) for own in _OWN_DOMAINS)
        case Field("author", value):
            return _NAME.fullmatch(value) is not None
        case Handle() | Tag():
            return True
    return False


def _wider(leaf: Node) -> bool:
    """Whether what X has for the leaf holds more than the leaf, so that it cannot be negated."""
    match leaf:
        case Term(text):
            return not all(token.isalnum() for token in fold(text).split())
        case Field("lang", value):
            return value not in _LANGUAGES and "-" in value
        case Field("site"):
            return True
        case Handle(name):
            return _NAME.fullmatch(name) is None
    return False


def _codes(lang: str) -> list[str]:
    """X's codes for a language tag: its own or those of its varieties, else those of its language."""
    for tag in (lang, lang.split("-")[0]):
        found = [theirs for ours, theirs in _LANGUAGES.items() if ours == tag or ours.startswith(tag + "-")]
        if found:
            return found
    return []


def _negative(node: Node) -> bool:
    return isinstance(node, Not) or (isinstance(node, And) and all(map(_negative, node.parts)))


def _stands(node: Node) -> bool:
    """Whether X takes this alone: something positive, other than a language, in every branch."""
    match node:
        case And(parts):
            return any(map(_stands, parts))
        case Or(parts):
            return bool(parts) and all(map(_stands, parts))
        case Not() | Field("lang"):
            return False
    return True


def _shortened(tree: Node, max_length: int, dropped: dict[str, None]) -> Node:
    """The tree without as many of its AND parts as make it fit: the shortest one that is enough, else the longest, and again.

    The first part that X can search by and that fits stays.
    """
    excess = len(written(tree)) - max_length
    if excess <= 0:
        return tree
    parts = list(tree.parts) if isinstance(tree, And) else [tree]
    kept = next(
        (i for i, part in enumerate(parts) if _stands(part) and len(written(part)) <= max_length), None
    )
    if kept is None:
        raise QueryError(
            f"the query is {max_length + excess} characters long for X, which takes {max_length}:"
            " shorten it, or split the brand's query in two"
        )
    spare = sorted((len(_in_and(part)) + 1, i) for i, part in enumerate(parts) if i != kept)
    out = set()
    while excess > 0 and spare:
        size, i = spare.pop(min(bisect_left(spare, (excess, 0)), len(spare) - 1))
        dropped[render(parts[i])] = None
        out.add(i)
        excess -= size
    return both(part for i, part in enumerate(parts) if i not in out)


def written(node: Node) -> str:
    """A widened tree as X reads it."""
    match node:
        case And(parts):
            return " ".join(map(_in_and, parts))
        case Or(parts):
            return " OR ".join(map(written, parts))
        case Not(Field("lang", value)):
            return " ".join(f"-lang:{code}" for code in _codes(value))
        case Not(part):
            return f"-{written(part)}"
        case Field("lang", value):
            return " OR ".join(f"lang:{code}" for code in _codes(value))
        case Field("author", value):
            return f"from:{value}"
        case Field("site", value):
            return f'url:"{value}"'
        case Tag(name):
            return f"#{name}"
        case Handle(name) if _NAME.fullmatch(name):
            return f"@{name}"
        case _:
            return _quoted(render(node) if isinstance(node, Handle) else node.text)  # type: ignore[union-attr]


def _in_and(part: Node) -> str:
    either_of = isinstance(part, Or) or (
        isinstance(part, Field) and part.name == "lang" and len(_codes(part.value)) > 1
    )
    return f"({written(part)})" if either_of else written(part)


def _quoted(text: str) -> str:
    # X reads "and" and "or" as operators whatever their case.
    if re.fullmatch(r"[^\W_]+", text) and text.lower() not in ("and", "or"):
        return text
    return '"' + re.sub(r'[\\"]', " ", text) + '"'

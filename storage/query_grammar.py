"""From the text of a query to its tree, with errors that point at the place and say what to write instead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from storage.query_error import QueryError, fail
from storage.query_leaf import QUOTES, read_leaf
from storage.query_tree import (
    Near,
    Node,
    Or,
    Spoken,
    both,
    either,
    negated,
)

MAX_LENGTH = 50_000
MAX_PARTS = 5_000
MAX_DEPTH = 50
MAX_NEAR = 100


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the query while it is read: where it starts, how deep it is, and where it lets everything through.

    `loose` is the place of a branch that any post would meet, None when there is none; `loose_negated` the same for NOT this part.
    """

    node: Node
    start: int
    depth: int = 0
    loose: int | None = None
    loose_negated: int | None = None


class _Reader:
    """The grammar's actions: lark calls one per rule while it parses, so depth costs no recursion."""

    def start(self, children: list[_Part]) -> _Part:
        return children[0]

    def leaf(self, children: list[Any]) -> _Part:
        token = children[0]
        return _Part(
            read_leaf(token.type, str(token), token.start_pos), token.start_pos, loose_negated=token.start_pos
        )

    def group(self, children: list[_Part]) -> _Part:
        return children[0]

    def negated(self, children: list[Any]) -> _Part:
        sign, part = children
        _shallow([part])
        loose = None if part.loose_negated is None else sign.start_pos
        return _Part(negated(part.node), sign.start_pos, part.depth + 1, loose, part.loose)

    def both(self, children: list[_Part]) -> _Part:
        node = both(part.node for part in _shallow(children))
        return _joined(
            node, children, _all(p.loose for p in children), _first(p.loose_negated for p in children)
        )

    def either(self, children: list[_Part]) -> _Part:
        node = either(part.node for part in _shallow(children))
        return _joined(
            node, children, _first(p.loose for p in children), _all(p.loose_negated for p in children)
        )

    def near(self, children: list[Any]) -> _Part:
        left, token, right = children
        words = token[len("NEAR/") :]
        if not words or not 1 <= int(words[:9]) <= MAX_NEAR:
            fail(
                f"NEAR needs a number of words from 1 to {MAX_NEAR}: write delta NEAR/5 late", token.start_pos
            )
        return _Part(Near(_side(left), _side(right), int(words)), left.start, loose_negated=left.start)


def _shallow(parts: list[_Part]) -> list[_Part]:
    for part in parts:
        if part.depth >= MAX_DEPTH:
            _too_deep(part.start)
    return parts


def _too_deep(position: int) -> NoReturn:
    fail(f"more than {MAX_DEPTH} levels of ( ) and NOT: write fewer levels", position)


def _joined(node: Node, parts: list[_Part], loose: int | None, loose_negated: int | None) -> _Part:
    return _Part(node, parts[0].start, 1 + max(part.depth for part in parts), loose, loose_negated)


def _first(places: Iterable[int | None]) -> int | None:
    return next((place for place in places if place is not None), None)


def _all(places: Iterable[int | None]) -> int | None:
    known = list(places)
    return known[0] if None not in known else None


def _side(part: _Part) -> tuple[Spoken, ...]:
    parts = part.node.parts if isinstance(part.node, Or) else (part.node,)
    spoken = tuple(p for p in parts if isinstance(p, Spoken))
    if len(spoken) != len(parts):
        fail(
            "NEAR joins words, phrases, @handles and #tags: write a NEAR/5 b, or a NEAR/5 (b OR c)",
            part.start,
        )
    return spoken


@cache
def _grammar() -> Any:
    # Imported here: lark takes a third of a second, which a command that reads no query need not pay.
    from lark import Lark

    return Lark(
        Path(__file__).with_name("query.lark").read_text("utf-8"),
        parser="lalr",
        lexer="basic",
        transformer=_Reader(),
    )


def read(text: str) -> Node:
    """The tree of a query's text. Raises QueryError."""
    if len(text) > MAX_LENGTH or len(re.findall(r"[^\s()]+", text)) > MAX_PARTS:
        raise QueryError(
            f"the query is longer than {MAX_LENGTH} characters or {MAX_PARTS} words: split it into several brands"
        )
    if not text.strip():
        raise QueryError("the query is empty: write the brand's name, such as delta OR @delta")
    try:
        _opened(text)
        part: _Part = _parsed(text)
        if part.loose is not None:
            fail(
                "any post at all would meet this part: write what must occur before the NOT, such as delta NOT force",
                part.loose,
            )
    except QueryError as error:
        raise QueryError(error.reason, text, error.position) from None
    return part.node


def _parsed(text: str) -> Any:
    from lark import UnexpectedCharacters, UnexpectedToken

    try:
        return _grammar().parse(text)
    except UnexpectedCharacters as error:
        fail(
            'this quote is never closed: write it at both ends, such as "delta force"',
            error.pos_in_stream or 0,
        )
    except UnexpectedToken as error:
        at_end = error.token.type == "$END"
        place = len(text) if at_end else error.token.start_pos
        reason = _unexpected(error.token.type, text[:place].rstrip())
        fail(reason, _opened(text)[-1] if reason == _NOT_CLOSED else place)


_NOT_CLOSED = "this ( is never closed: write the ) that is missing"


def _opened(text: str) -> list[int]:
    """Where each ( stands that is never closed. Refuses levels upon levels of them before the parser walks through all."""
    opened: list[int] = []
    for sign in re.finditer(f"[{QUOTES}][^{QUOTES}]*[{QUOTES}]|[()]", text):
        if sign[0] == "(":
            opened.append(sign.start())
            if len(opened) > MAX_DEPTH:
                _too_deep(sign.start())
        elif sign[0] == ")" and opened:
            opened.pop()
    return opened


def _unexpected(kind: str, before: str) -> str:
    operator = re.search(r"(?<![^\s()])(AND|OR|NOT|NEAR/[0-9]+)$", before)
    if kind == "RPAR" and not before.endswith("(") and not operator:
        return "this ) closes nothing: take it away, or write the ( that is missing"
    if kind == "$END" and not operator and not before.endswith("("):
        return _NOT_CLOSED
    if kind == "NEAR" and not operator and not before.endswith("("):
        return "NEAR joins two, not more: write a NEAR/5 b AND b NEAR/5 c"
    what = operator[1] if operator else "here"
    return f'a word is missing {"after " + what if operator else what}: write one, or "{what if operator else "AND"}" in quotes to look for that word'

"""A brand's query as searches of the Hacker News index: each wider than the query, together missing nothing.

The index takes words that must all occur (https://www.algolia.com/doc/api-reference/search-api-parameters),
and an author or the address's words apart. There is no OR, no NOT, no distance: an OR becomes several
searches, and the rest is filtered after fetching. Comments are indexed as HTML, so a word is cut at
everything but letters, digits and `+ # $`, which alone the index keeps.
"""

import re
from dataclasses import dataclass
from typing import Any

from storage.query import And, Field, Handle, Near, Node, Not, Or, Prefix, Query, Tag, Term
from storage.query_tree import inward

_WORDS = re.compile(r"[^\W_]+(?:[+#$][+#$]*)?|[+#$]+[^\W_]+", re.UNICODE)
_MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class Ask:
    """One search: words that must all occur, in the address only where `in_address`; and who wrote it."""

    words: tuple[str, ...] = ()
    author: str = ""
    in_address: bool = False
    prefix: bool = False

    @property
    def key(self) -> str:
        """The search in one line, for the cursor."""
        marks = (
            [f"author:{self.author}"] * bool(self.author) + ["site:"] * self.in_address + ["*"] * self.prefix
        )
        return " ".join([*self.words, *marks])

    def params(self) -> dict[str, Any]:
        """Its part of the request."""
        kinds = "(story,comment,poll)"
        return {
            "query": " ".join(self.words),
            "tags": f"{kinds},author_{self.author}" if self.author else kinds,
            "queryType": "prefixLast" if self.prefix else "prefixNone",
            **({"restrictSearchableAttributes": "url"} if self.in_address else {}),
        }


def asks(query: Query) -> tuple[Ask, ...]:
    """Searches that together find every post the query matches; one for everything where nothing narrows it.

    >>> [ask.key for ask in asks(Query.parse('(delta OR "air france") (flight OR airline) NOT force'))]
    ['delta', 'air france']
    >>> [ask.key for ask in asks(Query.parse("(delta OR @delta) flight author:nia_o"))]
    ['delta flight author:nia_o']
    >>> [ask.key for ask in asks(Query.parse("author:dang OR lang:en"))]
    ['']
    """
    return _cover(inward(query.tree)) or (Ask(),)


def _cover(node: Node) -> tuple[Ask, ...] | None:
    """Searches one of which finds each post under this node; None where only everything would do."""
    match node:
        case Term(text) | Handle(text) | Tag(text):
            return _words(text)
        case Prefix(text):
            return _words(text, prefix=True)
        case Field("author", value):
            return (Ask(author=value),) if re.fullmatch(r"[\w-]{1,40}", value, re.ASCII) else None
        case Field("site", value):
            words = tuple(_WORDS.findall(value))
            return (Ask(words, in_address=True),) if words else None
        case Near(left, right):
            return _cover(And((_any(left), _any(right))))
        case Or(parts):
            covers = [_cover(part) for part in parts]
            return None if None in covers else tuple(dict.fromkeys(a for c in covers if c for a in c))
        case And(parts):
            narrowing = [cover for part in parts if (cover := _cover(part))]
            single = [cover[0] for cover in narrowing if len(cover) == 1 and not cover[0].in_address]
            if single:
                return (_all_of(single),)
            return min(narrowing, key=len) if narrowing else None
        case Field() | Not():
            return None


def _any(parts: tuple[Term | Prefix | Handle | Tag, ...]) -> Node:
    return parts[0] if len(parts) == 1 else Or(parts)


def _words(text: str, *, prefix: bool = False) -> tuple[Ask, ...] | None:
    found = _WORDS.findall(text)
    whole = len(found) <= _MAX_WORDS
    return (Ask(tuple(found[:_MAX_WORDS]), prefix=prefix and whole),) if found else None


def _all_of(parts: list[Ask]) -> Ask:
    """One search for posts that every one of these would find; where that cannot be said, a wider one."""
    plain = [part for part in parts if not part.prefix] or parts[:1]
    words = tuple(dict.fromkeys(word for part in plain for word in part.words))[:_MAX_WORDS]
    author = next((part.author for part in plain if part.author), "")
    return Ask(words, author, prefix=plain[0].prefix)

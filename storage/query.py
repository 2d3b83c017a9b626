"""The query language: what a brand is called, written once and used for matching, for search and on each network.

docs/queries.md teaches it. `parse` gives the tree of `storage.query_tree` with the text it came from.

>>> query = parse('(delta OR @delta) flight* NOT "delta force"')
>>> query.terms()
('delta', '@delta', 'flight*')
>>> parse("NOT delta")
Traceback (most recent call last):
storage.query_error.QueryError: any post at all would meet this part: write what must occur before the NOT, such as delta NOT force
  NOT delta
  ^
"""

from dataclasses import dataclass, field
from typing import Self

from storage.query_error import QueryError
from storage.query_fulltext import fts5, tsquery
from storage.query_grammar import read
from storage.query_match import Document, evaluate
from storage.query_tree import (
    And,
    Field,
    Handle,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Prefix,
    Spoken,
    Tag,
    Term,
    leaves,
    render,
)

__all__ = [
    "And", "Document", "Field", "Handle", "Leaf", "Near", "Node", "Not", "Or", "Prefix", "Query", "QueryError", "Spoken", "Tag",
    "Term", "leaves", "matches", "parse", "render", "to_fts5", "to_tsquery",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be used: its tree and the text it was written as. Two are equal when their trees are."""

    text: str = field(compare=False)
    tree: Node

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a query. Raises QueryError with the place and the way out."""
        return cls(text, read(text))

    def __str__(self) -> str:
        """The canonical text: parsing it gives the same tree."""
        return render(self.tree)

    def terms(self) -> tuple[str, ...]:
        """What names the brand, in the order written, each once: words, phrases, tags and handles that are not under NOT."""
        spoken: dict[str, None] = {}
        for leaf in leaves(self.tree, positive=True):
            for part in (*leaf.left, *leaf.right) if isinstance(leaf, Near) else (leaf,):
                if not isinstance(part, Field):
                    spoken[render(part)] = None
        return tuple(spoken)

    def hints(self) -> tuple[str, ...]:
        """What may be a mistake, as lines for a person: small letters where an operator was meant.

        >>> Query.parse("delta or jetblue").hints()
        ('"or" is looked for as a word: write OR if it should join words',)
        """
        words = {leaf.text for leaf in leaves(self.tree) if isinstance(leaf, Term)}
        return tuple(
            f'"{word}" is looked for as a word: write {word.upper()} if it should join words'
            for word in ("and", "or", "not")
            if word in words
        )


parse = Query.parse


def matches(query: Query, document: Document) -> bool:
    """Whether a post meets the query.

    >>> matches(parse("apple NOT pie"), Document("Apple's new phone")), matches(parse("apple"), Document("pineapple"))
    (True, False)
    """
    return evaluate(query.tree, document)


def to_fts5(query: Query) -> str | None:
    """The right side of SQLite's MATCH, for candidates that `matches` then decides; None: every post is one."""
    return fts5(query.tree)


def to_tsquery(query: Query) -> str | None:
    """What to cast to PostgreSQL's tsquery, for candidates that `matches` then decides; None: every post is one."""
    return tsquery(query.tree)

"""Whether a post meets a query: the one definition, over the folded text.

A word, phrase, tag or handle is in a text when its tokens stand there one after the other. So "C++" is the word c and two plus signs,
wherever spaces stand; delta is in "Delta's" and "Delta-flight" and not in "deltas"; a phrase runs over commas, never over a link.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from storage.folding import fold
from storage.look_alikes import fake
from storage.query_tree import And, Field, Handle, Leaf, Near, Node, Not, Or, Prefix, Spoken, Tag, leaves

MOST_SPELLINGS = 8


@dataclass(frozen=True, slots=True)
class Document:
    """What a query can ask about a post. `author` is the handle; `links` come beside those written in the text."""

    text: str
    lang: str | None = None
    author: str | None = None
    source: str = ""
    url: str | None = None
    links: Sequence[str] = ()


def frame(text: str) -> str:
    """The folded text between two spaces, so that every token has one on both sides."""
    return f" {fold(text)} "


@lru_cache(maxsize=20_000)
def spellings(leaf: Spoken) -> tuple[str, ...]:
    """The strings of which one is in a text's `frame` when the leaf is in the text.

    A closing space ends the last word. It is left out for a Prefix and after Korean, whose particles are written onto the word.
    A Latin word that can be faked letter by letter in Cyrillic is also looked for in that form.

    >>> spellings(Handle("Delta"))
    (' @delta ', ' @delta@', ' @delta.')
    """
    match leaf:
        case Handle(name):
            handle = f" {fold('@' + name)}"
            return (f"{handle} ",) if "@" in name else (f"{handle} ", f"{handle}@", f"{handle}.")
        case Tag(name):
            return (f" {fold('#' + name)} ",)
        case Prefix(text):
            return (f" {fold(text)}",)
    tokens = fold(leaf.text).split()
    end = "" if "\uac00" <= tokens[-1][-1] <= "\ud7a3" else " "
    variants = [{token, fake(token)} for token in tokens]
    texts = (
        [tokens, *product(*variants)]
        if 2 ** sum(len(v) - 1 for v in variants) <= MOST_SPELLINGS
        else [tokens]
    )
    return tuple(dict.fromkeys(f" {' '.join(text)}{end}" for text in texts))


def places(frame: str) -> list[int]:
    """Where each token of a frame begins: the position of the space before it."""
    return [m.start() for m in re.finditer(" ", frame)]


def span(spelling: str, start: int, starts: Sequence[int]) -> tuple[int, int]:
    """The first and last token, counted from 0, of a spelling found at `start`; `starts` are the frame's `places`."""
    first = bisect_left(starts, start)
    return first, first + spelling.strip(" ").count(" ")


def near(left: Iterable[tuple[int, int]], right: Iterable[tuple[int, int]], words: int) -> bool:
    """Whether one of `left` and one of `right`, as token spans, lie at most `words` apart, in either order, without overlap."""
    left, right = list(left), list(right)
    return _follows(left, right, words) or _follows(right, left, words)


def _follows(one: list[tuple[int, int]], other: list[tuple[int, int]], words: int) -> bool:
    starts = sorted(first for first, _ in other)
    for _, last in one:
        following = bisect_right(starts, last)
        if following < len(starts) and starts[following] <= last + words:
            return True
    return False


def holds(node: Node, leaf_holds: Callable[[Leaf], bool]) -> bool:
    """The tree's truth, given that of its leaves."""
    match node:
        case Not(part):
            return not holds(part, leaf_holds)
        case And(parts):
            return all(holds(part, leaf_holds) for part in parts)
        case Or(parts):
            return any(holds(part, leaf_holds) for part in parts)
        case _:
            return leaf_holds(node)


def evaluate(tree: Node, document: Document) -> bool:
    """Whether the document meets the tree; linear in the length of its text."""
    text = frame(document.text)
    facts = properties(document) if any(isinstance(leaf, Field) for leaf in leaves(tree)) else frozenset()
    starts: list[int] = []

    def spans(side: tuple[Spoken, ...]) -> list[tuple[int, int]]:
        starts[:] = starts or places(text)
        found = []
        for spelling in {s for leaf in side for s in spellings(leaf)}:
            at = text.find(spelling)
            while at >= 0:
                found.append(span(spelling, at, starts))
                at = text.find(spelling, at + 1)
        return found

    def leaf_holds(leaf: Leaf) -> bool:
        if isinstance(leaf, Field):
            return (leaf.name, leaf.value) in facts
        if isinstance(leaf, Near):
            return near(spans(leaf.left), spans(leaf.right), leaf.words)
        return any(spelling in text for spelling in spellings(leaf))

    return holds(tree, leaf_holds)


_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/?#@\s]*@)?([^/?#:@\s]+)", re.IGNORECASE)
_WRITTEN_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
LONGEST_HOST = 253


def properties(document: Document) -> frozenset[tuple[str, str]]:
    """Every (field, value) the document meets, so that a Field holds when its own pair is among them.

    >>> sorted(properties(Document("", lang="pt-BR", author="Delta@example", source="mastodon")))
    [('author', 'delta'), ('author', 'delta@example'), ('lang', 'pt'), ('lang', 'pt-br'), ('source', 'mastodon')]
    """
    facts = {("source", document.source.casefold())} if document.source else set()
    lang = language(document.lang or "und")
    facts |= {("lang", lang[: m.start()]) for m in re.finditer("-|$", lang)}
    author = (document.author or "").casefold().removeprefix("@")[:LONGEST_HOST]
    facts |= {("author", author[: m.start()]) for m in re.finditer("[@.]|$", author) if m.start()}
    for link in (document.url or "", *document.links, *_WRITTEN_LINK.findall(document.text)):
        found = _HOST.match(link.strip())
        host = domain(found[1]) if found else ""
        facts |= {("site", host[m.end() :]) for m in re.finditer(r"^|\.", host) if m.end() < len(host)}
    return frozenset(facts)


_RENAMED = {"iw": "he", "in": "id", "ji": "yi"}


def language(tag: str) -> str:
    """A language tag in its plain form; networks still use three codes that were renamed in 1989.

    >>> language("pt_BR"), language("iw")
    ('pt-br', 'he')
    """
    first, *rest = tag.casefold().replace("_", "-").split("-")
    return "-".join([_RENAMED.get(first, first), *rest])


def domain(host: str) -> str:
    """A host name in its plain form (lower case, IDNA), "" for what is none.

    >>> domain("B\u00fccher.Example.")
    'xn--bcher-kva.example'
    """
    host = host.strip(".").casefold()
    if host.isascii() or len(host) > LONGEST_HOST:
        return host if len(host) <= LONGEST_HOST else ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""

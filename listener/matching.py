"""Which brands a post names: every brand's query in one pass over the text.

All words, tags and handles of all queries are looked for at once (Aho-Corasick over the folded text). A query is worked out only when the
post has one of its needles: a set of leaves of which every matching post must have one. So the cost of a post does not
grow with the number of brands that it has nothing to do with, and what else is tracked never changes a result.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ahocorasick_rs import AhoCorasick

from listener.collectors.base import TrackedBrand
from storage.folding import span_of
from storage.query_match import Document, frame, near, places, properties, span, spellings
from storage.query_tree import And, Field, Near, Node, Not, Or, Prefix, Spoken, inward, render
from storage.types import NewMention, NewPost


class _Reading:
    """One post as it is matched: what was found where, and what else the queries ask, worked out when first needed."""

    def __init__(self, post: NewPost, text: str, hits: dict[int, list[int]]) -> None:
        self.post = post
        self.text = text
        self.hits = hits

    @cached_property
    def facts(self) -> frozenset[tuple[str, str]]:
        post = self.post
        handle = post.author.handle if post.author else None
        return properties(Document(post.text, post.lang, handle, post.source, post.url, post.links))

    @cached_property
    def places(self) -> list[int]:
        return places(self.text)


@dataclass(frozen=True, slots=True)
class _Check:
    """A node made ready: `test` says whether a reading meets it.

    A leaf has its canonical form as `term`, and as `patterns` its numbers and spellings in the automaton.
    """

    node: Node
    test: Callable[[_Reading], bool]
    parts: tuple["_Check", ...] = ()
    term: str = ""
    patterns: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Needles:
    """Leaves of which every post that meets a query has one; the cheapest such set is used."""

    cost: int
    leaves: tuple[Spoken | Field, ...]


class Matcher:
    """The queries of all tracked brands, made ready. Holds no state between posts; safe to share between threads."""

    def __init__(self, brands: Sequence[TrackedBrand]) -> None:
        self._numbers: dict[str, int] = {}
        self._brands = tuple(brands)
        self._checks: list[_Check] = []
        self._by_pattern: dict[int, list[int]] = defaultdict(list)
        self._by_fact: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, brand in enumerate(self._brands):
            tree = inward(brand.query.tree)
            self._checks.append(self._check(tree))
            needles = _needles(tree)
            for leaf in needles.leaves if needles else ():
                if isinstance(leaf, Field):
                    self._by_fact[leaf.name, leaf.value].append(index)
                else:
                    for number, _ in self._patterns(leaf):
                        self._by_pattern[number].append(index)
        self._automaton = AhoCorasick(list(self._numbers), store_patterns=False) if self._numbers else None

    def match(self, post: NewPost) -> list[NewMention]:
        """A mention for each brand whose query the post meets, in the order of the brands; [] for none.

        `target` is the text's own wording of the first thing in the query that the post has, "" where only fields (site:, author:,
        lang:, source:) decided. `terms` are the parts of the query that the post meets, in canonical form.
        """
        text = frame(post.text)
        hits: dict[int, list[int]] = {}
        if self._automaton is not None:
            for number, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
                hits.setdefault(number, []).append(start)
        reading = _Reading(post, text, hits)
        candidates = {index for number in hits for index in self._by_pattern.get(number, ())}
        if self._by_fact:
            candidates |= {index for fact in reading.facts for index in self._by_fact.get(fact, ())}
        return [
            _mention(self._brands[index], self._checks[index], reading)
            for index in sorted(candidates)
            if self._checks[index].test(reading)
        ]

    def _patterns(self, leaf: Spoken) -> list[tuple[int, str]]:
        return [
            (self._numbers.setdefault(spelling, len(self._numbers)), spelling) for spelling in spellings(leaf)
        ]

    def _check(self, node: Node) -> _Check:
        match node:
            case Not(part):
                test = self._check(part).test
                return _Check(node, lambda reading: not test(reading))
            case And(parts):
                checks = tuple(map(self._check, parts))
                return _Check(
                    node, _every(checks), tuple(part for part in checks if not isinstance(part.node, Not))
                )
            case Or(parts):
                checks = tuple(map(self._check, parts))
                return _Check(node, _some(checks), checks)
            case Field(name, value):
                fact = (name, value)
                return _Check(node, lambda reading: fact in reading.facts, term=render(node))
            case Near(left, right, words):
                one = [pattern for leaf in left for pattern in self._patterns(leaf)]
                other = [pattern for leaf in right for pattern in self._patterns(leaf)]
                return _Check(
                    node,
                    lambda reading: near(_found(one, reading), _found(other, reading), words),
                    term=render(node),
                    patterns=(*one, *other),
                )
            case _:
                patterns = tuple(self._patterns(node))
                numbers = frozenset(number for number, _ in patterns)
                return _Check(
                    node,
                    lambda reading: not numbers.isdisjoint(reading.hits),
                    term=render(node),
                    patterns=patterns,
                )


def _every(checks: Sequence[_Check]) -> Callable[[_Reading], bool]:
    tests = [check.test for check in checks]

    def met(reading: _Reading) -> bool:
        for test in tests:  # noqa: SIM110 - all() over a generator takes twice as long
            if not test(reading):
                return False
        return True

    return met


def _some(checks: Sequence[_Check]) -> Callable[[_Reading], bool]:
    tests = [check.test for check in checks]

    def met(reading: _Reading) -> bool:
        for test in tests:  # noqa: SIM110
            if test(reading):
                return True
        return False

    return met


def _found(patterns: Sequence[tuple[int, str]], reading: _Reading) -> list[tuple[int, int]]:
    hits = reading.hits
    return [
        span(spelling, at, reading.places) for number, spelling in patterns for at in hits.get(number, ())
    ]


def _needles(node: Node) -> _Needles | None:
    """The cheapest needles of a tree without inner NOTs; None where a post may match without any, which no Query allows."""
    match node:
        case Or(parts):
            each = [_needles(part) for part in parts]
            known = [needles for needles in each if needles is not None]
            if len(known) < len(each):
                return None
            return _Needles(sum(n.cost for n in known), tuple(leaf for n in known for leaf in n.leaves))
        case And(parts):
            found = [needles for part in parts if (needles := _needles(part)) is not None]
            return min(found, key=lambda needles: needles.cost, default=None)
        case Near(left, right, _):
            return min(
                (_Needles(len(side), side) for side in (left, right)), key=lambda needles: needles.cost
            )
        case Not():
            return None
        case Field(name, _):
            return _Needles(1_000 if name in ("lang", "source") else 2, (node,))
        case _:
            return _Needles(2 if isinstance(node, Prefix) else 1, (node,))


def _met(check: _Check, reading: _Reading) -> list[_Check]:
    """The leaves that make a met node true, in the order written."""
    if check.parts:
        return [leaf for part in check.parts if part.test(reading) for leaf in _met(part, reading)]
    return [check] if check.term else []


def _mention(brand: TrackedBrand, check: _Check, reading: _Reading) -> NewMention:
    met = _met(check, reading)
    target = next((_surface(leaf, reading) for leaf in met if leaf.patterns), "")
    terms = tuple(dict.fromkeys(leaf.term for leaf in met))
    return _new_mention(brand.id, brand.query_version, target, terms)


@lru_cache(maxsize=2_000)
def _new_mention(brand_id: str, query_version: int, target: str, terms: tuple[str, ...]) -> NewMention:
    """Most posts name a brand in the words of some other post, and mentions never change: they share one."""
    return NewMention(brand_id=brand_id, query_version=query_version, target=target, terms=terms)


def _surface(leaf: _Check, reading: _Reading) -> str:
    """The leaf's first occurrence as the text has it."""
    hits = reading.hits
    at, spelling = min((hits[number][0], spelling) for number, spelling in leaf.patterns if number in hits)
    first = reading.text.count(" ", 0, at)
    start, end = span_of(reading.post.text, first, first + spelling.strip(" ").count(" "))
    return reading.post.text[start:end]

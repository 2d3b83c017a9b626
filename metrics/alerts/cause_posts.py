"""From the mentions of a window and of its baseline to what drives the excess, who says it, and the posts that show it best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from metrics.alerts.cause import Cause, Crowd, Driver, DriverKind, explained
from metrics.drivers import SAME, Kind, Said, drivers
from metrics.terms import terms
from metrics.voice.copies import bursts, families, firsts, groups

LEAST_SHARE = 0.05
"""What explains less is not told."""
RISEN = 3.0
"""Words must be so many times as frequent as before: "and" is no news, though a long text has it more often."""
LOOKED_AT, OF_A_KIND, MOST = 8, 2, 8
"""How many of each kind are measured, and told, and told of all kinds together."""
_PLAIN: tuple[Kind, ...] = ("term", "hashtag", "link", "author")
LANGUAGES, EXAMPLES = 5, 5


@dataclass(frozen=True, slots=True)
class Heard:
    """One mention as causes see it: its folded words (`storage.folding`), links, author's number, time in seconds, and its text's sketch
    (`storage.sketch`; four zeros where it has no words).

    `passes_on` names the post that it reposts or quotes, by network and the network's number. A `repost` is no mention of its own.
    """

    id: int
    words: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    author: int | None = None
    source: str = ""
    language: str = "und"
    followers: int | None = None
    at: float = 0.0
    sketch: tuple[int, ...] = (0, 0, 0, 0)
    repost: bool = False
    passes_on: str | None = None


def drivers_of(
    period: Sequence[Heard],
    baseline: Sequence[Heard],
    what: Cause,
    *,
    known: Iterable[str] = (),
    originals: Mapping[str, int] = {},
) -> tuple[Driver, ...]:
    """What the excess of `what` (its `seen` over its `expected`) is made of, the weightiest first, at most eight.

    Looked for by `metrics.drivers`, so that one loud account makes no term and chance makes few, and measured by `metrics.alerts.cause.explained` in
    mentions; for a passed-on post reposts are counted as well, on both sides. `known` are words that are no news. `originals` are the mentions
    of passed-on posts. Nothing in the baseline: nothing is known to be new, and nothing is found.
    """
    found = []
    for kind, names in _risen(period, baseline, known).items():
        with_reposts = kind == "cascade"
        here = [post for post in period if with_reposts or not post.repost]
        there = [post for post in baseline if with_reposts or not post.repost]
        sizes = _sizes(what, period, baseline, with_reposts)
        counts, before = _counted(kind, here, names), _counted(kind, there, names)
        measured = [
            _driver(kind, group, counts, before, len(here), len(there), sizes, what.one_in, originals)
            for group in names.values()
        ]
        told = [one for one in measured if one and min(one.share, one.weight) >= LEAST_SHARE]
        found += sorted(told, key=lambda one: -one.weight)[:OF_A_KIND]
    return tuple(sorted(found, key=lambda one: (-one.weight, one.kind, one.name))[:MOST])


Names = Mapping[str, tuple[str, ...]]
"""What stands out, each with what stands for the same: a term and the others that come with it."""


def _risen(
    period: Sequence[Heard], baseline: Sequence[Heard], known: Iterable[str]
) -> Mapping[DriverKind, Names]:
    """What is said more than before, by kind. Networks and languages are looked for as links are: a thing that each post bears."""

    def said(posts: Sequence[Heard]) -> list[Said]:
        return [
            Said(post.id, post.words, (*post.links, *_borne(post)), _author(post), language=post.language)
            for post in posts
            if not post.repost
        ]

    def passed(posts: Sequence[Heard]) -> list[Said]:
        return [Said(post.id, passes_on=post.passes_on) for post in posts]

    found: dict[DriverKind, dict[str, tuple[str, ...]]] = {}
    plain = drivers(said(period), said(baseline), kinds=_PLAIN, limit=LOOKED_AT, known=known)
    any_passed = any(post.passes_on for post in period)
    cascades = (
        drivers(passed(period), passed(baseline), kinds=["post"], limit=LOOKED_AT) if any_passed else []
    )
    for one in (*plain, *cascades):
        mark, _, value = one.name.partition(" ")
        kind: DriverKind = "cascade" if one.kind == "post" else one.kind
        name = one.name
        if kind == "link" and value:
            kind, name = ("source" if mark == "source" else "language"), value
        found.setdefault(kind, {})[name] = (name, *one.also)
    return found


def _borne(post: Heard) -> list[str]:
    """No link has a space in it."""
    known = post.language != "und"
    return [f"source {post.source}", *([f"language {post.language}"] if known else [])]


def _things(kind: DriverKind, post: Heard) -> Iterable[str]:
    if kind == "hashtag":
        return {word for word in post.words if word[0] == "#"}
    if kind == "link":
        return set(post.links)
    if kind == "language":
        return () if post.language == "und" else (post.language,)
    one = {"author": _author(post), "source": post.source, "cascade": post.passes_on}[kind]
    return (one,) if one else ()


def _author(post: Heard) -> str | None:
    return None if post.author is None else str(post.author)


def _counted(kind: DriverKind, posts: Sequence[Heard], names: Names) -> dict[str, list[int]]:
    """The mentions that have each thing."""
    found: dict[str, list[int]] = {name: [] for name in chain.from_iterable(names.values())}
    for post in posts:
        for thing in _of_these(kind, post, found):
            found[thing].append(post.id)
    return found


def _of_these(kind: DriverKind, post: Heard, names: Collection[str]) -> Iterable[str]:
    """Which of these things it has; terms are made only where the text has one's words, which is quicker."""
    if kind == "term":
        text = f" {' '.join(post.words)} "
        if not any(f" {name} " in text for name in names):
            return ()
        said = terms(post.words, post.language)
        return [name for name in names if name in said]
    return [thing for thing in _things(kind, post) if thing in names]


Sizes = tuple[float, float, float, float]


def _sizes(what: Cause, period: Sequence[Heard], baseline: Sequence[Heard], with_reposts: bool) -> Sizes:
    """What was seen and expected, and its bounds; with reposts, raised by as many as there are here, and by their part of the baseline."""
    seen, expected = what.seen or 0.0, what.expected or 0.0
    low, high = (expected if bound is None else bound for bound in (what.low, what.high))
    if not with_reposts:
        return seen, expected, low, high
    mentions = sum(not post.repost for post in baseline)
    raised = len(baseline) / mentions if mentions else 1.0
    reposts = what.one_in * sum(post.repost for post in period)
    return seen + reposts, expected * raised, low * raised, high * raised


def _driver(
    kind: DriverKind,
    group: Sequence[str],
    counts: Mapping[str, Sequence[int]],
    before: Mapping[str, Sequence[int]],
    of: int,
    before_of: int,
    sizes: Sizes,
    one_in: int,
    originals: Mapping[str, int],
) -> Driver | None:
    """Of a group of terms that come together the one that says most, with the others beside it; the first where it says nearly as much."""
    seen, expected, low, high = sizes
    found = []
    for name in group:
        n, n0 = len(counts[name]), len(before[name])
        measured = explained(n, of, n0, before_of, seen=seen, expected=expected, low=low, high=high)
        if measured is None:
            return None
        if kind == "term" and n * before_of < RISEN * n0 * of:
            continue
        ref = int(name) if kind == "author" else originals.get(name) if kind == "cascade" else None
        usual = n0 / before_of if before_of else 0.0
        one = Driver(kind, name, n * one_in, of * one_in, usual, expected * usual, *measured, ref=ref)
        found.append(replace(one, examples=tuple(counts[name][:EXAMPLES])))
    if not found:
        return None
    most = max(one.weight for one in found)
    best = next(one for one in found if one.weight >= min(SAME * most, most))
    also = tuple(one.name for one in found if one is not best and one.weight >= 0.5 * best.weight)
    return replace(best, name="" if kind in ("author", "cascade") else best.name, also=also)


def crowd(posts: Sequence[Heard]) -> Crowd:
    """Who says it, reposts left out.

    >>> crowd([Heard(1, author=7, language="no"), Heard(2, author=7, language="no"), Heard(3, author=8, language="sv")]).languages
    {'no': 2, 'sv': 1}
    """
    own = [post for post in posts if not post.repost]
    by_author = Counter(post.author for post in own if post.author is not None)
    loudest, most = min(by_author.items(), key=lambda one: (-one[1], one[0]), default=(None, 0))
    family, author, at = _families(own), _authors(own), np.array([int(post.at) for post in own], np.int64)
    once = firsts(groups(family, author), at, author) if own else np.zeros(0, np.bool_)
    burst = int(np.count_nonzero(bursts(family[once], at[once]) >= 0))
    languages = Counter(post.language for post in own)
    return Crowd(
        len(own),
        len(by_author),
        loudest,
        most,
        len(own) - len(set(family.tolist())),
        burst,
        dict(sorted(languages.items(), key=lambda one: (-one[1], one[0]))[:LANGUAGES]),
    )


def _authors(posts: Sequence[Heard]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Their numbers; each unknown one is taken for an account of its own, by a number that no account has."""
    return np.array(
        [-2 - place if post.author is None else post.author for place, post in enumerate(posts)], np.int64
    )


def _families(posts: Sequence[Heard]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    sketches = np.array([post.sketch for post in posts], np.uint32).reshape(-1, 4)
    return families(sketches, np.maximum(_authors(posts), -1))


def shown(posts: Sequence[Heard], found: Sequence[Driver], limit: int = 5) -> tuple[int, ...]:
    """The mentions that show it best: the post that was passed on most, then in turn two of the most typical and one of the most followed.

    Typical is what has the most of what drives it, by the shares; the most followed has some of it. First only posts by different authors that share
    at most half of their words, then any other texts; never two of one text (`metrics.voice.copies.families`, or the same words), and reposts only
    where there is nothing else.
    """
    own = [post for post in posts if not post.repost]
    if not own:
        own = [post for post in posts if post.repost]
    weights: dict[DriverKind, dict[str, float]] = {}
    for one in found:
        weights.setdefault(one.kind, {})[one.name or str(one.ref)] = one.share
    origins = {one.ref for one in found if one.kind == "cascade"}

    def typical(post: Heard) -> float:
        return sum(some[name] for kind, some in weights.items() for name in _of_these(kind, post, some))

    first = [post for post in own if post.id in origins]
    scored = sorted(((-typical(post), post.id, post) for post in own), key=lambda row: row[:2])
    typical_ones = [post for _, _, post in scored]
    having = [post for score, _, post in scored if score < 0] or own
    by_reach = sorted(having, key=lambda post: (-(post.followers or 0), post.id))
    # Two typical ones for each that many follow.
    turns = chain.from_iterable(
        zip(typical_ones[::2], typical_ones[1::2] or typical_ones, by_reach, strict=False)
    )
    order = list(dict.fromkeys(post.id for post in chain(first, turns, typical_ones)))
    family = dict(zip((post.id for post in own), _families(own).tolist(), strict=True))
    by_id = {post.id: post for post in own}
    chosen: list[Heard] = []
    for strict in (True, False):
        for number in islice(order, 500):
            post = by_id[number]
            if len(chosen) < limit and not any(_alike(post, other, family, strict) for other in chosen):
                chosen.append(post)
    return tuple(post.id for post in chosen)


def _alike(post: Heard, other: Heard, family: Mapping[int, int], strict: bool) -> bool:
    words, others = set(post.words), set(other.words)
    if post.id == other.id or family[post.id] == family[other.id] or words == others:
        return True
    shared = len(words & others) > 0.5 * min(len(words), len(others))
    return strict and (shared or (post.author is not None and post.author == other.author))

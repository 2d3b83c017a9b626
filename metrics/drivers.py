"""What sets a period apart from its baseline: the terms, hashtags, links, authors and passed-on posts that stand out in it.

Counted are voices, not posts: an author who uses a word in a hundred posts uses it once, so one loud account makes no term stand out. Who
posts a lot is found as an author instead.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from metrics.terms import terms

Kind = Literal["term", "hashtag", "link", "author", "post"]
KINDS: tuple[Kind, ...] = ("term", "hashtag", "link", "author", "post")

PRIOR = 10.0
"""How many voices' worth of the common rate each side begins with: below that, a rate is mostly the common one."""
FEWEST = 3
"""Fewer voices (or posts of an author) make no driver, however rare the thing was before."""
LEAST_ODDS = math.log(1.5)
"""Odds that rose by less are no news, however sure."""
FALSE_SHARE = 0.05
"""The share of chance finds that is accepted among what is called a driver (Benjamini and Hochberg)."""
SAME = 0.7
"""Terms that this part of the voices use together are one driver, the others its `also`."""
ALSO = 5


@dataclass(frozen=True, slots=True)
class Said:
    """One mention as drivers see it: its folded words in order (`storage.folding`), links, author, what it passes on, and the language it is
    said to be in ("und": unknown).
    """

    id: int
    words: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    author: str | None = None
    passes_on: str | None = None
    language: str = "und"


@dataclass(frozen=True, slots=True)
class Driver:
    """One thing that stands out. `count` of `of` voices (posts, for authors and passed-on posts) have it; at the baseline's rate
    `expected` would. `log_odds` is the change in log-odds, `z` that over its standard error, `q` the false discovery rate down to here.
    `also` are other terms that the same voices use, beyond the words of `name`; `examples` ids of mentions that have it. `posts` of those
    looked at have it: as many as `count` or, where somebody said it more than once, more.
    """

    kind: Kind
    name: str
    z: float
    log_odds: float
    q: float
    count: int
    of: int
    expected: float
    also: tuple[str, ...] = ()
    examples: tuple[int, ...] = ()
    posts: int = 0


def log_odds(count: int, of: int, before: int, before_of: int, prior: float = PRIOR) -> tuple[float, float]:
    """The change of a thing's log-odds against the baseline, and its z-score.

        d = log((y + a) / (n + b - y - a)) - log((y' + a) / (n' + b - y' - a))
        z = d / sqrt(1 / (y + a) + 1 / (y' + a))
        a = b * (y + y') / (n + n')

    y of n voices have it in the period, y' of n' in the baseline; the prior b pulls both toward the rate of the two together, so that rare
    things do not win by being rare. Where one side is empty, (0, 0): nothing can be said.

    Source: B. L. Monroe, M. P. Colaresi and K. M. Quinn, "Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the
    Content of Political Conflict", Political Analysis 16 (2008), equations 15 to 22.

    >>> change, z = log_odds(count=30, of=100, before=10, before_of=200)
    >>> round(change, 2), round(z, 1)
    (1.94, 5.6)
    >>> log_odds(count=5, of=100, before=10, before_of=200)[1]
    0.0
    """
    if not of or not before_of or not count + before:
        return 0.0, 0.0
    a = prior * (count + before) / (of + before_of)
    here = (count + a) / max(of + prior - count - a, 1e-9)
    there = (before + a) / max(before_of + prior - before - a, 1e-9)
    change = math.log(here / there)
    return change, change / math.sqrt(1 / (count + a) + 1 / (before + a))


def drivers(
    period: Sequence[Said],
    baseline: Sequence[Said],
    *,
    kinds: Iterable[Kind] = KINDS,
    limit: int = 10,
    known: Iterable[str] = (),
) -> list[Driver]:
    """What stands out in `period`, the surest first within each kind, at most `limit` of each.

    Only what rose, was said by at least FEWEST voices, by odds of at least 1.5 times, and with a false discovery rate of at most 5 % over
    everything looked at. `known` are words that are no news, such as the brand's name: no term holds them. Either side empty: nothing.

    >>> calm = [Said(n, ("my", "flight", "was", "fine"), author=f"a{n}") for n in range(60)]
    >>> angry = [Said(100 + n, ("lost", "my", "luggage", "again"), author=f"b{n}") for n in range(30)]
    >>> [(found.name, found.count, found.also) for found in drivers(angry + calm[:30], calm)]
    [('lost my luggage', 30, ('luggage again',))]
    """
    found: list[Driver] = []
    for kind in kinds:
        if period and baseline:
            found += _of_kind(kind, period, baseline, frozenset(known), limit)
    return found


def _of_kind(
    kind: Kind, period: Sequence[Said], baseline: Sequence[Said], known: frozenset[str], limit: int
) -> Iterator[Driver]:
    here, of, posts = _counted(kind, period, known)
    there, before_of, _ = _counted(kind, baseline, known)
    tried = [(name, len(here.get(name, ())), len(there.get(name, ()))) for name in here.keys() | there.keys()]
    tried = [row for row in tried if row[1] + row[2] >= FEWEST]
    risen = []
    for (name, count, before), q in zip(tried, _false_rates(tried, of, before_of), strict=True):
        change, z = log_odds(count, of, before, before_of)
        if count >= FEWEST and q <= FALSE_SHARE and change >= LEAST_ODDS:
            risen.append((z, change, q, name))
    risen.sort(key=_surest)
    apart = _apart(risen, here, period) if kind == "term" else ((row, ()) for row in risen)
    for (z, change, q, name), also in islice(apart, limit):
        voices = here[name]
        expected = of * len(there.get(name, ())) / before_of
        examples = tuple(sorted(voices.values())[:5])
        yield Driver(kind, name, z, change, q, len(voices), of, expected, also, examples, posts[name])


def _false_rates(tried: Sequence[tuple[str, int, int]], of: int, before_of: int) -> list[float]:
    """For each thing (name, count, count before) the false discovery rate of everything at least as sure.

    Fisher's exact one-sided test and Benjamini and Hochberg's step-up over all things tried, risen or not.
    """
    from scipy.stats import false_discovery_control, hypergeom

    if not tried:
        return []
    counts = [count for _, count, _ in tried]
    both = [count + before for _, count, before in tried]
    chances = hypergeom.sf([count - 1 for count in counts], of + before_of, both, of)
    return [float(q) for q in false_discovery_control(chances.clip(0, 1))]


Risen = tuple[float, float, float, str]


def _surest(row: Risen) -> tuple[float, int, str]:
    return -round(row[0], 6), -row[3].count(" "), row[3]


def _apart(
    risen: Sequence[Risen], here: Mapping[str, Mapping[Hashable, int]], period: Sequence[Said]
) -> Iterator[tuple[Risen, tuple[str, ...]]]:
    """The terms, surest first, those put together that the same voices use.

    Each goes by the most telling phrase with it that most of its voices use: "luggage" by "lost luggage".
    """
    groups: list[list[Risen]] = []
    for row in risen:
        voices = here[row[3]].keys()
        for group in groups:
            other = here[group[0][3]].keys()
            if len(voices & other) >= SAME * min(len(voices), len(other)):
                group.append(row)
                break
        else:
            groups.append([row])
    by_id = {said.id: said for said in period}

    def telling(row: Risen) -> int:
        said = by_id[min(here[row[3]].values())]
        return terms(said.words, said.language)[row[3]]

    def phrase(row: Risen, group: Sequence[Risen]) -> Risen:
        enough = SAME * len(here[row[3]])
        return max(
            (one for one in group if _within(row[3], one[3]) and len(here[one[3]]) >= enough), key=telling
        )

    for named, group in sorted(
        ((phrase(group[0], group), group) for group in groups), key=lambda one: _surest(one[0])
    ):
        also: dict[str, None] = {}
        for row in group:
            if len(also) < ALSO and not _within(row[3], named[3]):
                also[phrase(row, group)[3]] = None
        yield named, tuple(also)


def _within(term: str, phrase: str) -> bool:
    return f" {term} " in f" {phrase} "


def _counted(
    kind: Kind, posts: Iterable[Said], known: frozenset[str]
) -> tuple[dict[str, dict[Hashable, int]], int, Counter[str]]:
    """The voices of each thing with a mention of each, how many voices there are, and the posts of each thing.

    Posts count as voices of authors and originals.
    """
    by_post, things = kind in ("author", "post"), _THINGS[kind]
    found: dict[str, dict[Hashable, int]] = defaultdict(dict)
    voices: set[Hashable] = set()
    having: Counter[str] = Counter()
    for said in posts:
        voice: Hashable = said.id if by_post or said.author is None else said.author
        if kind in ("post", "author") or said.passes_on is None:
            voices.add(voice)
            for thing in things(said, known):
                having[thing] += 1
                ids = found[thing]
                ids[voice] = min(said.id, ids.get(voice, said.id))
    return found, len(voices), having


_THINGS: Mapping[Kind, Callable[[Said, frozenset[str]], Iterable[str]]] = {
    "term": lambda said, known: terms(said.words, said.language, known),
    "hashtag": lambda said, _: {word for word in said.words if word[0] == "#" and len(word) > 1},
    "link": lambda said, _: set(said.links),
    "author": lambda said, _: [said.author] if said.author else [],
    "post": lambda said, _: [said.passes_on] if said.passes_on else [],
}


def evidence(period: Iterable[Said], found: Iterable[Driver], limit: int = 5) -> list[int]:
    """Ids of the mentions that show best what stands out: those with the largest sum of z over the terms, hashtags and links in them.

    One of each author, and no two that share half the words of the shorter; reposts are none. Nothing stands out: none.

    >>> posts = [Said(1, ("lost", "bag"), author="a"), Said(2, ("hello",), author="b"), Said(3, ("lost", "bag"), author="c")]
    >>> evidence(posts, [Driver("term", "lost", 4.0, 1.0, 0.01, 2, 3, 0.1)])
    [1]
    """
    weight = {(driver.kind, driver.name): driver.z for driver in found}
    scored = []
    for said in period:
        if said.passes_on is None:
            score = sum(
                weight.get((kind, thing), 0.0)
                for kind in ("term", "hashtag", "link")
                for thing in _THINGS[kind](said, frozenset())
            )
            if score > 0:
                scored.append((-score, said.id, said))
    chosen: list[Said] = []
    for _, _, said in sorted(scored, key=lambda row: row[:2]):
        words = set(said.words)
        if not any(
            (said.author is not None and said.author == other.author)
            or len(words & set(other.words)) > 0.5 * min(len(words), len(other.words))
            for other in chosen
        ):
            chosen.append(said)
        if len(chosen) == limit:
            break
    return [said.id for said in chosen]

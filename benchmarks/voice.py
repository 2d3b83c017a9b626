"""How often what is said of shares of voice is right, on simulated streams.

    python -m benchmarks.voice [--rounds 1000]

A stream is a window of posts by authors who are drawn anew each time. How much one posts is Zipf distributed (chance of k posts ~ k^-a, at
most 200), and authors are partial: each draws a mix of brands of their own from a Dirichlet distribution around the true shares, with as
many parameters in all as one post, so most name one brand only; a tenth of the posts name another one too.

1. Coverage of nominal 95 % intervals. Cells: coverage in percent of the interval that counts authors / of Wilson's, which counts posts,
   then the mean width of the first in points. "sums" is the interval of the overview, which knows of each brand only the sums over its
   authors; then one row for shares by people, and one by one voice each. A second table is of other streams than those that the interval
   was chosen on: other numbers of authors, exponents and shares, and a last brand whose people post more or less than the others do.
2. Identical streams: how often a lead is called real where all brands are alike; how often any brand is said to have overtaken any other
   between two streams alike; how often a change is called more than chance. Then how often each is said where it is true: a lead of 55 to 45, a
   crossing from 45 to 55, and a change as large as the smallest that "would be noticed four times out of five".
3. Bursts: how many headlines that independent people pass on, half of them within so many minutes, are taken for coordinated, in percent by
   how many people do; and how many coordinated ones spread over so many minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.shares import print_table
from metrics.comparison import difference_interval
from metrics.formulas.share_of_voice import share_of_voice_interval
from metrics.interval import Interval, share_interval
from metrics.voice.clusters import Loudness, clustered_interval, ratio, smallest_change
from metrics.voice.copies import bursts
from metrics.voice.tally import Tally, lead, overtook, share

Counts = NDArray[np.float64]
MIXES = {"50/50": (0.5, 0.5), "90/10": (0.9, 0.1), "six": (0.4, 0.3, 0.1, 0.1, 0.05, 0.05)}
OTHER_MIXES = {"70/30": (0.7, 0.3), "98/2": (0.98, 0.02)}
AUTHORS = (20, 60, 200, 1000, 5000)
OTHERS = (5, 12, 35, 200)
TAILS = (3.0, 2.5, 2.0)
MOST_POSTS = 200
PEOPLE = (10, 20, 40, 100, 300, 1000, 3000)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
    print_table(("counted", "a", "true shares", *(f"{n} authors" for n in AUTHORS)), coverage(rounds))
    print_table(("counted", "a", "true shares", *(f"{n} authors" for n in OTHERS)), elsewhere(rounds))
    print_table(("said", "brands", *(f"{n} authors" for n in AUTHORS)), claims(rounds))
    print_table(("text passed on", *(f"by {n}" for n in PEOPLE)), sudden(rounds // 10))


def stream(
    chance: np.random.Generator, authors: int, shares: tuple[float, ...], tail: float, apart: float = 0.0
) -> Counts:
    """How often each author names each brand: [authors, brands]; the exponent is `apart` less for those of the last brand."""
    posts = lengths(chance, authors, tail)
    drawn = chance.standard_gamma(np.array(shares), (authors, len(shares))) + 1e-300
    if apart:
        own = drawn.argmax(axis=1) == len(shares) - 1
        posts[own] = lengths(chance, int(own.sum()), tail - apart)
    named = chance.multinomial(posts, drawn / drawn.sum(axis=1, keepdims=True))
    also = chance.multinomial(chance.binomial(posts, 0.1), np.array(shares))
    return np.asarray(named + also, dtype=np.float64)


def lengths(chance: np.random.Generator, authors: int, tail: float) -> NDArray[np.int64]:
    """How much each author posts."""
    possible = np.arange(1, MOST_POSTS + 1)
    odds = possible.astype(float) ** -tail
    return chance.choice(possible, authors, p=odds / odds.sum())


def weighed(named: Counts, way: str) -> Counts:
    """The mentions of each author and brand, by people (1 where any) or by one voice each."""
    if way == "people":
        return np.asarray(named > 0, dtype=np.float64)
    return named / named.sum(axis=1, keepdims=True) if way == "one_voice" else named


def tallied(weights: Counts) -> Tally:
    """The table as the product holds it."""
    author, brand = np.nonzero(weights)
    names = tuple("abcdefgh"[: weights.shape[1]])
    return Tally(names, brand.astype(np.int64), author.astype(np.int64), weights[author, brand])


def coverage(rounds: int) -> Iterator[list[str]]:
    """The lines of the first table."""
    chance = np.random.default_rng(1)
    settings = [("mentions", tail, mix) for tail in TAILS for mix in MIXES]
    settings += [("sums", tail, mix) for tail in (2.5, 2.0) for mix in MIXES]
    settings += [("people", 2.0, "six"), ("one_voice", 2.0, "six")]
    for way, tail, mix in settings:
        truth = weighed(stream(chance, 400_000, MIXES[mix], tail), way).sum(axis=0)
        goal = truth / truth.sum() if way in ("people", "one_voice") else np.array(MIXES[mix])
        cells = [covered(chance, authors, MIXES[mix], tail, way, goal, rounds) for authors in AUTHORS]
        yield [way, f"{tail:g}", mix, *cells]


def elsewhere(rounds: int) -> Iterator[list[str]]:
    """The lines of the second table."""
    chance = np.random.default_rng(4)
    for tail, mix, apart in (
        *((tail, mix, 0.0) for tail in (3.5, 2.2, 1.8) for mix in OTHER_MIXES),
        *((2.5, "70/30", apart) for apart in (0.3, -0.3, 0.5, -0.5)),
    ):
        shares = OTHER_MIXES[mix]
        truth = stream(chance, 2_000_000 if apart else 1, shares, tail, apart).sum(axis=0)
        goal = truth / truth.sum() if apart else np.array(shares)
        cells = [covered(chance, n, shares, tail, "mentions", goal, rounds, apart) for n in OTHERS]
        yield ["mentions", f"{tail:g}" + (f", last {tail - apart:g}" if apart else ""), mix, *cells]


def covered(
    chance: np.random.Generator,
    authors: int,
    shares: tuple[float, ...],
    tail: float,
    way: str,
    goal: Counts,
    rounds: int,
    apart: float = 0.0,
) -> str:
    held: list[tuple[bool, bool]] = []
    widths: list[float] = []
    for _ in range(rounds):
        tally = tallied(weighed(stream(chance, authors, shares, tail, apart), way))
        for brand, truth in zip(tally.brands, 100 * goal, strict=True):
            interval = between(tally, brand, way)
            plain = share_interval(round(tally.sums[brand]), round(float(tally.whole.sum())))
            assert plain is not None
            low, high = interval
            held.append((low <= truth <= high, plain[0] <= truth <= plain[1]))
            widths.append(high - low)
    ours, plain_held = 100 * np.mean(held, axis=0)
    return f"{ours:.1f} / {plain_held:.0f}, {np.mean(widths):.0f}"


def between(tally: Tally, brand: str, way: str) -> Interval:
    """The interval as `listener voice` has it, or by "sums" as the overview has it."""
    if way == "sums":
        each = [tally.part(one) for one in (brand, *(other for other in tally.brands if other != brand))]
        loud = [
            Loudness(float(m.sum()), float((m**2).sum()), float((m**4).sum()), float(m @ tally.whole))
            for m in each
        ]
        found = share_of_voice_interval(loud[0], sum(loud[1:], Loudness()))
    else:
        counted = share(tally, brand)
        found = counted.interval if counted else None
    assert found is not None
    return found


def claims(rounds: int) -> Iterator[list[str]]:
    """The lines of the third table."""
    chance = np.random.default_rng(2)
    for brands in (2, 3, 6):
        alike = (1 / brands,) * brands
        said = [identical(chance, authors, alike, rounds) for authors in AUTHORS]
        names = ("a lead, all brands alike", "overtook, streams alike", "changed, streams alike")
        for name, column in zip(names, zip(*said, strict=True), strict=True):
            yield [name, str(brands), *(f"{cell:.1f}" for cell in column)]
    true = [crossing(chance, authors, rounds) for authors in AUTHORS]
    names = ("a lead of 55 to 45", "overtook, from 45 to 55", "changed, by the smallest change")
    for name, column in zip(names, zip(*true, strict=True), strict=True):
        yield [name, "2", *(f"{cell:.1f}" for cell in column)]


def identical(
    chance: np.random.Generator, authors: int, shares: tuple[float, ...], rounds: int
) -> tuple[float, ...]:
    said = []
    for _ in range(rounds):
        before, now = (tallied(stream(chance, authors, shares, 2.5)) for _ in range(2))
        ahead = lead(now)
        said.append((ahead is not None and ahead.real, bool(overtook(before, now)), moved(before, now)))
    return tuple(100 * np.mean(said, axis=0))


def crossing(chance: np.random.Generator, authors: int, rounds: int) -> tuple[float, ...]:
    said = []
    whole = stream(chance, 400_000, (0.5, 0.5), 2.5)
    error = ratio(whole[:, 0], whole.sum(axis=1))
    assert error is not None
    step = min(0.45, smallest_change(error.error * (400_000 / authors) ** 0.5))
    for _ in range(rounds):
        behind, ahead = (
            tallied(stream(chance, authors, shares, 2.5)) for shares in ((0.45, 0.55), (0.55, 0.45))
        )
        low, high = (
            tallied(stream(chance, authors, (p, 1 - p), 2.5)) for p in (0.5 - step / 2, 0.5 + step / 2)
        )
        first = lead(ahead)
        assert first is not None
        said.append(
            (first.real and first.brand == "a", ("a", "b") in overtook(behind, ahead), moved(low, high))
        )
    return tuple(100 * np.mean(said, axis=0))


def moved(before: Tally, now: Tally) -> bool:
    """Whether the change of the first brand's share is called more than chance, as `--against previous` does."""
    then, here = before.ratio("a"), now.ratio("a")
    assert then is not None
    assert here is not None
    low, high = difference_interval(
        100 * here.share, clustered_interval(here), 100 * then.share, clustered_interval(then)
    )
    return not low <= 0 <= high


def sudden(rounds: int) -> Iterator[list[str]]:
    """The lines of the fourth table."""
    chance = np.random.default_rng(3)
    for half in (5, 15, 30, 60, 240):
        scale = 60 * half / np.log(2)
        cells = [flagged([chance.exponential(scale, people) for _ in range(rounds)]) for people in PEOPLE]
        yield [f"by independent people, half of them within {half} min", *cells]
    for over in (5, 10, 20, 40):
        cells = [flagged([chance.uniform(0, 60 * over, people) for _ in range(rounds)]) for people in PEOPLE]
        yield [f"by coordinated accounts, over {over} min", *cells]


def flagged(times: list[Counts]) -> str:
    hits = [bool((bursts(np.zeros(len(at), np.int64), at.astype(np.int64)) >= 0).any()) for at in times]
    return f"{100 * np.mean(hits):.0f}"


if __name__ == "__main__":
    main()

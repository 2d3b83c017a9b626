"""How often the cause that was planted in a simulated spike is the first that an alert tells, and how far its share is off.

    python -m benchmarks.causes [--spikes 200] [--seed 1]

Each spike is a window of posts: the usual ones, whose number wavers (negative binomial, spread 0.1) about an expected number that is known to
within a tenth, and the excess, part of which has one cause in common: a link (half of whose posts share a headline), a hashtag, a phrase, one
author, one network, one language, or one post that is reposted. The rest of the excess is like the usual: people of four networks and
three languages, with words as frequent as their rank makes them. The baseline is twenty times the expected. "held" is how often the
interval holds the planted share. In "none" spikes the excess has no cause, and whatever is told is wrong.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np
from scipy.stats import nbinom

from metrics.alerts.cause import Cause
from metrics.alerts.cause_posts import Heard, drivers_of

KINDS = ("link", "hashtag", "term", "author", "source", "language", "cascade", "none")
SIZES = ((5, 25), (10, 60), (30, 200), (100, 1000))
"""Mentions expected and seen."""
EXPECTED = {seen: expected for expected, seen in SIZES}
SPREAD, OFF = 0.1, 0.1
NETWORKS, LANGUAGES = ("x", "bluesky", "mastodon", "reddit"), ("en", "no", "de")
RARE = {"source": "reddit", "language": "de"}
USUAL = {"source": 1 / 11, "language": 1 / 9}
"""How many of the usual posts, and so of the rest of the excess, are on that network and in that language."""
WORDS = 2_000


class World:
    """Posts of a brand as they usually are."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.weights = [1 / (rank + 3) for rank in range(WORDS)]
        self.number = 0

    def post(self, **planted: object) -> Heard:
        """One post by somebody, with what is planted in it."""
        self.number += 1
        chance = self.chance
        language = str(planted.pop("language", chance.choices(LANGUAGES, (6, 2, 1))[0]))
        words = [
            f"{language}{rank}"
            for rank in chance.choices(range(WORDS), self.weights, k=chance.randrange(6, 25))
        ]
        words += list(planted.pop("more", ()))  # type: ignore[call-overload]
        usual = {"author": chance.randrange(100_000), "source": chance.choices(NETWORKS, (5, 3, 2, 1))[0]}
        return Heard(self.number, tuple(words), language=language, **(usual | planted))  # type: ignore[arg-type]

    def posts(self, count: int, reposts: float = 0.3) -> Iterator[Heard]:
        """Usual ones, and the reposts that go with them."""
        yield from (self.post() for _ in range(count))
        yield from (
            self.post(repost=True, passes_on=f"x:{self.chance.randrange(count)}")
            for _ in range(round(reposts * count))
        )

    def caused(self, kind: str, count: int) -> Iterator[Heard]:
        """Posts that have one thing in common."""
        headline = ("storm", "closes", "every", "shop", "tonight")
        for place in range(count):
            if kind == "link":
                yield self.post(links=("news.example/1",), more=headline if place % 2 else ())
            elif kind in ("hashtag", "term"):
                yield self.post(more=("#outage",) if kind == "hashtag" else ("recall", "letter"))
            elif kind == "author":
                yield self.post(author=-7, source="x")
            elif kind == "cascade":
                yield self.post(repost=True, passes_on="x:planted")
            else:
                yield self.post(**{kind: RARE[kind]})


def spike(
    world: World, kind: str, expected: int, seen: int, share: float
) -> tuple[list[Heard], list[Heard], Cause]:
    """The window, its baseline, and what the detector knows. For a cascade, so many reposts are added that they are the share of all excess."""
    law = nbinom(1 / SPREAD, 1 / (1 + SPREAD * expected))
    usual = min(int(law.ppf(world.chance.random())), seen - 5)
    excess = seen - usual
    planted = 0 if kind == "none" else sum(world.chance.random() < share for _ in range(excess))
    if kind == "cascade":
        period = [
            *world.posts(usual),
            *world.posts(excess, 0.0),
            *world.caused(kind, round(excess * share / (1 - share))),
        ]
    else:
        period = [*world.posts(usual), *world.posts(excess - planted, 0.0), *world.caused(kind, planted)]
    told = expected * world.chance.uniform(1 - OFF, 1 + OFF)
    low, high = law.ppf([0.025, 0.975])
    what = Cause(seen=seen, expected=told, low=float(low), high=float(high))
    return period, list(world.posts(20 * expected)), what


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each kind and size."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--spikes", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args(arguments)
    rows: dict[tuple[str, int], list[tuple[bool, bool, float, bool]]] = defaultdict(list)
    for number in range(options.spikes):
        for kind in KINDS:
            expected, seen = SIZES[number % len(SIZES)]
            world = World(options.seed * 1_000_003 + number)
            share = world.chance.uniform(0.3, 0.8)
            period, baseline, what = spike(world, kind, expected, seen, share)
            found = drivers_of(period, baseline, what)
            its = [one for one in found if one.kind == kind]
            first = bool(found) and found[0].kind == kind
            truth = share + (1 - share) * USUAL.get(kind, 0.0)
            held = bool(its) and its[0].low <= truth <= its[0].high
            rows[kind, seen].append(
                (
                    first,
                    bool(its or (kind == "none" and found)),
                    its[0].share - truth if its else np.nan,
                    held,
                )
            )
    print(
        "| planted | seen | spikes | told first | told at all | share off by (median) | within 0.1 | held |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (kind, seen), some in sorted(rows.items(), key=lambda row: (KINDS.index(row[0][0]), row[0][1])):
        off = [abs(one[2]) for one in some if not np.isnan(one[2])]
        n = len(some)
        shares = [f"{100 * sum(one[place] for one in some) / n:.0f} %" for place in (0, 1)]
        if off:
            shares += [
                f"{100 * median(off):.0f} points",
                f"{100 * np.mean([one < 0.1 for one in off]):.0f} %",
            ]
            shares += [f"{100 * sum(one[3] for one in some) / len(off):.0f} %"]
        else:
            shares += ["", "", ""]
        print(f"| {kind} | {seen:,} of {EXPECTED[seen]} expected | {n} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()

"""How fast posts are matched as more is tracked: texts per CPU second at 10, 200 and 2,000 query terms.

    python benchmarks/matching.py [--texts 20000]

Each brand's query has five terms: (name OR @name) (word OR word) NOT "name word". One post in five names a tracked brand, half of these with a word
that its query asks for. The words beside the names are everyday words of every post, so that parts of many queries occur
everywhere. Exit code 1 where the fastest is more than three times the slowest.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from time import process_time

from listener.collectors.base import TrackedBrand
from listener.matching import Matcher
from storage.query import parse
from storage.types import NewPost

TERMS = (10, 200, 2_000)
TERMS_PER_BRAND = 5
ROUNDS = 5
MOST_APART = 3.0
AT = datetime(2026, 1, 1, tzinfo=UTC)


def words(count: int, draw: random.Random, shortest: int) -> list[str]:
    """Made-up words that can be spoken, each once."""
    made: dict[str, None] = {}
    while len(made) < count:
        syllables = [
            draw.choice("bdfgklmnprstvz") + draw.choice("aeiou")
            for _ in range(draw.randint(shortest, shortest + 2))
        ]
        made["".join(syllables)] = None
    return list(made)


def brands(names: Sequence[str], beside: dict[str, list[str]]) -> list[TrackedBrand]:
    """A query of five terms for each name; `beside` holds three words for each."""
    tracked = []
    for name in names:
        one, two, three = beside[name]
        query = parse(f'({name} OR @{name}) ({one} OR {two}) NOT "{name} {three}"')
        tracked.append(TrackedBrand(name, query, 1))
    return tracked


def posts(
    count: int, names: Sequence[str], beside: dict[str, list[str]], common: Sequence[str], draw: random.Random
) -> list[NewPost]:
    """Posts of about 20 words, a tenth with accents or other scripts; one in five names a brand."""
    made = []
    for number in range(count):
        text = [draw.choice(common) for _ in range(draw.randint(10, 30))]
        if number % 5 == 0:
            name = draw.choice(names)
            text[2] = draw.choice(["", "@"]) + name.capitalize()
            text[7] = beside[name][0] if number % 2 else text[7]
        if number % 10 == 0:
            text.append("Zoë’s café — ça va 👍")
        made.append(
            NewPost(
                source="x", source_id=str(number), text=" ".join(text) + ".", published_at=AT, observed_at=AT
            )
        )
    return made


def rate(matcher: Matcher, texts: Sequence[NewPost]) -> tuple[float, int]:
    """(texts per CPU second, mentions found) of one pass."""
    started = process_time()
    mentions = sum(len(matcher.match(post)) for post in texts)
    return len(texts) / (process_time() - started), mentions


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=20_000, help="posts per pass")
    asked = parser.parse_args(arguments)
    draw = random.Random(7)
    common = words(3_000, draw, 1)
    names = words(max(TERMS) // TERMS_PER_BRAND, draw, 4)
    beside = {name: draw.sample(common, 3) for name in names}
    runs = {}
    for terms in TERMS:
        tracked = names[: terms // TERMS_PER_BRAND]
        runs[terms] = Matcher(brands(tracked, beside)), posts(asked.texts, tracked, beside, common, draw)
    best = dict.fromkeys(TERMS, 0.0)
    found = dict.fromkeys(TERMS, 0)
    for _ in range(ROUNDS):
        for terms, (matcher, texts) in runs.items():
            speed, found[terms] = rate(matcher, texts)
            best[terms] = max(best[terms], speed)
    for terms in TERMS:
        brand_count = terms // TERMS_PER_BRAND
        print(
            f"{terms:>5} terms, {brand_count:>3} brands: {best[terms]:>9,.0f} texts per CPU second, {found[terms]} mentions"
        )
    apart = max(best.values()) / min(best.values())
    print(f"fastest / slowest: {apart:.2f} (at most {MOST_APART})")
    return 0 if apart <= MOST_APART else 1


if __name__ == "__main__":
    sys.exit(main())

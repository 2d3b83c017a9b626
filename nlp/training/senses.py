"""Made-up posts with names that are also common words: about the brand, or about something else.

Collected sets hold few posts that a search for a brand finds by accident ("apple pie"), so they are
made here: for each name, clauses of the other sense and clauses about the brand, alone or among
everyday words; and whole posts of both kinds.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from nlp.training.dataset import Row

_SENSES: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
"""Clauses by name and sense (`other`, `brand`), with `{b}` where the name stands."""
_BEFORE = ["", "", "", "ok so ", "today: ", "honestly ", "lol ", "fyi ", "just saying, ", "my sister says "]
_AFTER = ["", "", "", ".", "!", " http", " 😂", " ...", " #monday", " anyone else?", " @user"]


def posts() -> list[Row]:
    """The whole posts, about the brand they name or not."""
    with Path(__file__).with_name("relevance_posts.jsonl").open(encoding="utf-8") as file:
        found = map(json.loads, file)
        return [Row(post["text"], -1, post["brand"], about=post["about"]) for post in found]


def templates(count: int, seed: int) -> list[Row]:
    """`count` rows without a class, half of them about the brand, the others not."""
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    rows = []
    names = list(_SENSES)
    for number in range(count):
        name, about = chance.choice(names), number % 2 == 0
        clause = chance.choice(_SENSES[name]["brand" if about else "other"])
        written = name.lower() if chance.random() < (0.3 if about else 0.7) else name
        text = chance.choice(_BEFORE) + clause.format(b=written) + chance.choice(_AFTER)
        rows.append(Row(text, -1, written, about=about))
    return rows

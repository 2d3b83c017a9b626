"""Made-up posts that name two brands and feel differently about them.

Collected sets hold few texts in which one brand fares well and another badly, yet that is what a
brand comparison asks about. Two kinds are made: clauses written here, put together around invented
and common names; and two short collected texts joined into one post, asked about either target.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from nlp.training.dataset import Row

KINDS = ("negative", "neutral", "positive")
_WORDS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""Clauses by kind and language, joiners by language, comparisons, brand names and syllables."""


def templates(count: int, seed: int) -> list[Row]:
    """`count` made-up rows, two per post: the same text asked about each of its two brands."""
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    joiners: dict[str, list[str]] = _WORDS["joiners"]
    rows: list[Row] = []
    while len(rows) < count:
        first, second = _name(chance), _name(chance)
        if first.casefold().strip("@#") == second.casefold().strip("@#"):
            continue
        if chance.random() < 0.25:
            text = chance.choice(_WORDS["comparisons"]).format(g=first, w=second)
            labels = (2, 0)
        else:
            language = chance.choice(["en"] * 8 + list(joiners))
            pair = chance.choice([(0, 2), (2, 0), (0, 2), (2, 0), (0, 1), (1, 0), (1, 2), (2, 1)])
            clauses = [chance.choice(_WORDS[KINDS[kind]][language]) for kind in pair]
            joiner = chance.choice(joiners[language])
            text = clauses[0].format(b=first) + joiner + clauses[1].format(b=second)
            labels = pair
        text += chance.choice(["", "", ".", "!", " http", " 🙄", " smh"])
        rows += [Row(text, labels[0], first), Row(text, labels[1], second)]
    return rows[:count]


def joined(rows: list[Row], count: int, seed: int, longest: int = 110) -> list[Row]:
    """`count` rows of two short collected texts of unlike labels, asked about one's target."""
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    short = [row for row in rows if row.target and len(row.text) <= longest and row.neutral]
    made: list[Row] = []
    while short and len(made) < count:
        asked, other = chance.sample(short, 2)
        if asked.label == other.label or _shares_word(asked, other):
            continue
        parts = [asked.text, other.text]
        chance.shuffle(parts)
        made.append(Row(chance.choice([" ", ". ", " ... "]).join(parts), asked.label, asked.target))
    return made


def _shares_word(asked: Row, other: Row) -> bool:
    """Whether the other text names the asked target too, which would make the label doubtful."""
    return (asked.target or "").casefold().strip("@#") in other.text.casefold()


def _name(chance: random.Random) -> str:
    """A brand name, known or invented, sometimes as a handle, a hashtag or in small letters."""
    name: str = chance.choice(_WORDS["names"])
    if chance.random() < 0.5:
        name = "".join(chance.choice(_WORDS["syllables"]) for _ in range(chance.randint(2, 3))).capitalize()
    form = chance.random()
    return "@" + name if form < 0.15 else "#" + name if form < 0.2 else name.lower() if form < 0.35 else name

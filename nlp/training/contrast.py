"""Made-up posts that name two brands and feel differently about them.

Collected sets hold few texts in which one brand fares well and another badly, yet that is what a
brand comparison asks about. Three kinds are made: clauses written here, put together around invented
and common names; whole posts written here, with names of their field put in; and two short collected
texts joined into one post, asked about either target.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from nlp.clean import mark_target
from nlp.training.dataset import Row
from nlp.types import LABELS

_WORDS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""Clauses by kind and language, joiners by language, comparisons, brand names and syllables."""
_FIELDS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("fields.json").read_text(encoding="utf-8")
)
"""Brand names by field of business."""
_POSTS: list[dict[str, str]] = [
    json.loads(line)
    for path in sorted(Path(__file__).parent.glob("two_brands_*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]
"""Posts with `{a}` and `{b}` where the brands stand, and the feeling toward each."""


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
            clauses = [chance.choice(_WORDS[LABELS[kind]][language]) for kind in pair]
            joiner = chance.choice(joiners[language])
            text = clauses[0].format(b=first) + joiner + clauses[1].format(b=second)
            labels = pair
        text += chance.choice(["", "", ".", "!", " http", " 🙄", " smh"])
        rows += [Row(text, labels[0], first), Row(text, labels[1], second)]
    return rows[:count]


def joined(rows: list[Row], count: int, seed: int, longest: int = 110) -> list[Row]:
    """`count` rows of two short collected texts of unlike labels, asked about one's target.

    A text without a target gets a name to begin with, as replies to a brand do.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    by_language: dict[str | None, list[Row]] = {}
    for row in rows:
        if row.label >= 0 and row.neutral and len(row.text) <= longest:
            by_language.setdefault(row.lang, []).append(row)
    made: list[Row] = []
    languages = [language for language, found in by_language.items() if len(found) > 1]
    while languages and len(made) < count:
        asked, other = (
            _addressed(row, chance) for row in chance.sample(by_language[chance.choice(languages)], 2)
        )
        if asked.label == other.label or _shares_word(asked, other):
            continue
        parts = [asked.text, other.text]
        chance.shuffle(parts)
        text = chance.choice([" ", ". ", " ... ", " / ", "! ", " - "]).join(parts)
        made.append(Row(text, asked.label, asked.target, lang=asked.lang))
    return made


def posts(count: int, seed: int) -> list[Row]:
    """`count` rows from whole posts written here about two brands, with names of their field put in."""
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    rows: list[Row] = []
    while len(rows) < count:
        post = chance.choice(_POSTS)
        names = chance.sample(_FIELDS[post["field"]], 2)
        first, second = (name.lower() if chance.random() < 0.2 else name for name in names)
        handles = {name: f"@{name.replace(' ', '')}" for name in (first, second)}
        text = post["text"].replace("@{a}", handles[first]).replace("@{b}", handles[second])
        text = text.replace("{a}", first).replace("{b}", second)
        for name, label in ((first, post["a"]), (second, post["b"])):
            target = name if mark_target(text, name) != text else handles[name]
            rows.append(Row(text, LABELS.index(label), target, about=True))
    return rows[:count]


def _addressed(row: Row, chance: random.Random) -> Row:
    """The row with a made-up name in it to ask about, where it has no target."""
    if row.target:
        return row
    name = _name(chance)
    return replace(row, text=f"{name} {row.text}", target=name)


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

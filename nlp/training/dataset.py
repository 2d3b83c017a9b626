"""The training rows: which files, which share of each, what is held out, how rows are drawn."""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.clean import clean
from nlp.types import LABELS

HELD_OUT = {"dong2014": 10, "nl": 5, "sv": 5}
"""Named splits: of these sets every n-th text, chosen by its hash, is for measuring only."""

GROUP_WEIGHTS = {
    "en": 0.34, "dong2014": 0.07, "newsmtsc": 0.035, "entities": 0.03, "semeval2017_topic3": 0.05,
    "contrast": 0.025, "joined": 0.045,
    "ar": 0.034, "de": 0.034, "es": 0.034, "fr": 0.034, "hi": 0.034, "it": 0.034, "pt": 0.034,
    "no": 0.065, "id": 0.06, "nl": 0.022, "sv": 0.03, "sv_two_class": 0.02,
    "ms_two_class": 0.03, "ms_noisy": 0.015,
}  # fmt: skip
"""The share of training rows drawn from each group (they need not add up to 1)."""

CLASS_POWER = 0.5
"""Within a group a class is drawn in proportion to its share to this power: 1 natural, 0 even."""

_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; `label` indexes LABELS; without `neutral` the set had only two classes."""

    text: str
    label: int
    target: str | None = None
    neutral: bool = True


def read_rows(path: Path, target: bool, neutral: bool = True) -> list[Row]:
    """Rows of label<TAB>text or label<TAB>target<TAB>text[<TAB>more]; other labels are left out."""
    rows = []
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            cells = line.rstrip("\r\n").split("\t")
            if cells[0] not in LABELS:
                continue
            label = LABELS.index(cells[0])
            text = cells[2 if target else 1].replace('\\""', '"').replace('\\"', '"')
            rows.append(Row(text, label, cells[1] if target else None, neutral))
    return rows


def fingerprint(text: str) -> str:
    """The letters and digits of a cleaned text, folded: equal for copies that differ in detail.

    >>> fingerprint("@ann So GOOD! https://t.co/x") == fingerprint("@bob so good http")
    True
    """
    return _NOT_WORD.sub(" ", clean(text)).casefold().strip()


def is_held_out(text: str, every: int) -> bool:
    """Whether a text belongs to the measuring split; the same for all targets of one text."""
    digest = hashlib.sha256(fingerprint(text).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % every == 0


def load(data: Path) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """(training groups, measuring sets) from the data folder; no text is in both."""
    train: dict[str, list[Row]] = {}
    measure: dict[str, list[Row]] = {}
    for folder in sorted((data / "labels").iterdir()):
        for path in sorted(folder.glob("*.tsv")):
            two_class = path.stem.endswith("two_class")
            rows = read_rows(path, target=False, neutral=not two_class)
            if path.stem == "val":
                measure[f"{folder.name}/val"] = rows
            else:
                train[_group(folder.name, path.stem)] = rows
    for folder in sorted((data / "targets").iterdir()):
        train[folder.name] = read_rows(folder / "train.tsv", target=True)
    for group, every in HELD_OUT.items():
        measure[f"{group}/held-out"] = [row for row in train[group] if is_held_out(row.text, every)]
    seen = {fingerprint(row.text) for rows in measure.values() for row in rows}
    kept = {
        group: [row for row in rows if fingerprint(row.text) not in seen] for group, rows in train.items()
    }
    return kept, measure


def _group(folder: str, stem: str) -> str:
    """`sv`, `train_two_class` -> `sv_two_class`; `ms`, `noisy_two_class` -> `ms_noisy`."""
    if stem == "train":
        return folder
    return f"{folder}_noisy" if stem.startswith("noisy") else f"{folder}_two_class"


def draw(groups: dict[str, list[Row]], seed: int, weights: dict[str, float] | None = None) -> Iterator[Row]:
    """Rows without end: a group by its weight, a class by its tempered share, then the next row.

    Each class of each group is walked in a shuffled order and shuffled again when used up, so
    every row is seen once before any is seen twice.
    """
    weights = weights or GROUP_WEIGHTS
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    names = [name for name in groups if weights.get(name) and groups[name]]
    group_weights = [weights[name] for name in names]
    classes: dict[str, tuple[list[Iterator[Row]], list[float]]] = {}
    for name in names:
        by_label: defaultdict[int, list[Row]] = defaultdict(list)
        for row in groups[name]:
            by_label[row.label].append(row)
        cycles = [_cycle(rows, chance) for rows in by_label.values()]
        classes[name] = cycles, [len(rows) ** CLASS_POWER for rows in by_label.values()]
    while True:
        cycles, shares = classes[chance.choices(names, group_weights)[0]]
        yield next(chance.choices(cycles, shares)[0])


def _cycle(rows: list[Row], chance: random.Random) -> Iterator[Row]:
    """The rows in shuffled order, again and again."""
    while True:
        yield from chance.sample(rows, len(rows))

"""The training rows: which files, which share of each, what is held out, how rows are drawn."""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nlp.clean import clean, mark_target
from nlp.types import LABELS

IRRELEVANT = "irrelevant"

HELD_OUT = {"dong2014": 10, "entities": 10, "nl": 5, "sv": 5}
"""Named splits: of these sets every n-th text, chosen by its hash, is for measuring only."""

UNSEEN_BRANDS = {"Amazon", "Borderlands", "HomeDepot", "Xbox(Xseries)"}
"""Brands of `entities` kept from training, to see how relevance is judged for a brand never met."""

GROUP_WEIGHTS = {
    "en": 0.28, "dong2014": 0.10, "newsmtsc": 0.03, "entities": 0.06, "semeval2017_topic3": 0.05,
    "contrast": 0.05, "joined": 0.10, "posts": 0.08, "senses": 0.03, "sense_posts": 0.03,
    "ar": 0.038, "de": 0.038, "es": 0.038, "fr": 0.038, "it": 0.038, "pt": 0.038, "hi": 0.038,
    "no": 0.06, "id": 0.04, "nl": 0.022, "sv": 0.03, "sv_two_class": 0.015,
    "ms_two_class": 0.02, "ms_noisy": 0.01, "taught": 0.36, "written_about_en": 0.05,
    "written_ar": 0.022, "written_es": 0.022, "written_it": 0.022, "written_pt": 0.022,
    "written_de": 0.014, "written_fr": 0.014, "written_hi": 0.016, "written_ms": 0.01, "written_nl": 0.012,
    **{f"written_about_{lang}": 0.003 for lang in ("ar", "de", "es", "fr", "it", "nl", "no", "pt", "sv")},
}  # fmt: skip
"""The share of training rows drawn from each group (they need not add up to 1).
"""

HINDI = Path(__file__).with_name("hindi.tsv")
"""label<TAB>digest of the text: the Hindi rows, read and labelled again.

The labels that labels/hi comes with contradict its texts ("awesome hillarious ... great comedy" is negative), and a
classifier of character pieces trained on them gets 0.38 of three equal classes right in cross-validation.
"""

WRITTEN = Path(__file__).with_name("written")
"""Posts written and labelled for this project, a file a language: label<TAB>text, and in `about_` files label<TAB>target<TAB>text."""

CLASS_POWER = {"dong2014": 1.0}
"""Within a group a class is drawn in proportion to its share to this power: 1 natural, 0 even."""
_EVENED = 0.5

_NOT_WORD = re.compile(r"\W+")
_NAMES: dict[str, list[str]] = json.loads(Path(__file__).with_name("entities.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text.

    `label` indexes LABELS, -1 where there is none; without `neutral` the set had only two classes.
    `about` says whether the text is about the target at all, None where the set does not say. `lang`
    is one of nlp.training.network.LANGUAGES. `taught` are the teacher's probabilities of LABELS.
    """

    text: str
    label: int
    target: str | None = None
    neutral: bool = True
    about: bool | None = None
    lang: str | None = None
    taught: tuple[float, ...] | None = None


def read_rows(path: Path, target: bool, neutral: bool = True, lang: str | None = None) -> list[Row]:
    """Rows of label<TAB>text or label<TAB>target<TAB>text[<TAB>more].

    The label `irrelevant` gives a row that has no class and is not about its target; other labels
    are left out.
    """
    rows = []
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            cells = line.rstrip("\r\n").split("\t")
            if cells[0] not in LABELS and cells[0] != IRRELEVANT:
                continue
            label = LABELS.index(cells[0]) if cells[0] in LABELS else -1
            text = cells[2 if target else 1].replace('\\""', '"').replace('\\"', '"')
            about = cells[0] != IRRELEVANT if target else None
            rows.append(Row(text, label, cells[1] if target else None, neutral, about, lang))
    return rows


def fingerprint(text: str) -> str:
    """The letters and digits of a cleaned text, folded: equal for copies that differ in detail.

    >>> fingerprint("@ann So GOOD! https://t.co/x") == fingerprint("@bob so good http")
    True
    """
    return _NOT_WORD.sub(" ", clean(text)).casefold().strip()


def digest(text: str) -> bytes:
    """32 bytes that copies of a text share."""
    return hashlib.sha256(fingerprint(text).encode("utf-8", "replace")).digest()


def is_held_out(text: str, every: int) -> bool:
    """Whether a text belongs to the measuring split; the same for all targets of one text."""
    return int.from_bytes(digest(text)[:8], "big") % every == 0


def read_again(rows: list[Row]) -> list[Row]:
    """Rows with the labels of HINDI; those that it does not have are left out."""
    lines = (line.split("\t") for line in HINDI.read_text("utf-8").splitlines())
    labels = {key: LABELS.index(label) for label, key in lines}
    keyed = ((row, digest(row.text).hex()[:12]) for row in rows)
    return [replace(row, label=labels[key]) for row, key in keyed if key in labels]


def read_written() -> dict[str, list[Row]]:
    """The posts of WRITTEN as groups of their own: `written_it`, ..., `written_about_en`, ..."""
    found = {}
    for path in sorted(WRITTEN.glob("*.tsv")):
        lang = path.stem.removeprefix("about_")
        rows = read_rows(path, target=lang != path.stem, lang="id" if lang == "ms" else lang)
        found[f"written_{path.stem}"] = rows
    return found


def load(data: Path) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """(training groups, measuring sets) from the data folder; no text is in both."""
    train: dict[str, list[Row]] = {}
    measure: dict[str, list[Row]] = {}
    for folder in sorted((data / "labels").iterdir()):
        for path in sorted(folder.glob("*.tsv")):
            two_class = path.stem.endswith("two_class")
            lang = "id" if folder.name == "ms" else folder.name
            rows = read_rows(path, target=False, neutral=not two_class, lang=lang)
            if path.stem == "val":
                measure[f"{folder.name}/val"] = rows
            else:
                train[_group(folder.name, path.stem)] = rows
    for folder in sorted((data / "targets").iterdir()):
        train[folder.name] = read_rows(folder / "train.tsv", target=True, lang="en")
    train |= read_written()
    train["hi"], measure["hi/val"] = read_again(train["hi"]), read_again(measure["hi/val"])
    unseen = [row for row in train["entities"] if row.target in UNSEEN_BRANDS]
    train["entities"] = [row for row in train["entities"] if row.target not in UNSEEN_BRANDS]
    train["entities"], unseen = _as_named(train["entities"]), _as_named(unseen)
    for group, every in HELD_OUT.items():
        measure[f"{group}/held-out"] = [row for row in train[group] if is_held_out(row.text, every)]
    measure["entities/unseen brands"] = unseen
    seen = {fingerprint(row.text) for rows in measure.values() for row in rows}
    kept = {
        group: [row for row in rows if fingerprint(row.text) not in seen] for group, rows in train.items()
    }
    return kept, measure


def write_taught(path: Path, rows: Iterable[tuple[Row, Sequence[float]]]) -> None:
    """Rows with the teacher's probabilities, one JSON object a line; those it could not read are left out."""
    with path.open("w", encoding="utf-8") as file:
        for row, said in rows:
            if not math.isnan(said[0]):
                file.write(
                    json.dumps(asdict(replace(row, taught=tuple(round(float(p), 4) for p in said)))) + "\n"
                )


def read_taught(path: Path, measure: dict[str, list[Row]]) -> list[Row]:
    """What `write_taught` wrote, without texts that are measured on."""
    seen = {fingerprint(row.text) for rows in measure.values() for row in rows}
    rows = [Row(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    return [row for row in rows if fingerprint(row.text) not in seen]


def load_made() -> dict[str, list[Row]]:
    """The measuring sets that we wrote ourselves, in `held_out/`: posts about two brands, irony, and relevance."""
    folder = Path(__file__).with_name("held_out")
    pairs = read_rows(folder / "two_brands.tsv", target=True)
    with (folder / "relevance.tsv").open(encoding="utf-8", newline="\n") as file:
        cells = [line.rstrip("\r\n").split("\t") for line in file]
    return {
        "two brands": pairs,
        "irony": read_rows(folder / "irony.tsv", target=True),
        "relevance": [Row(text, -1, brand, about=said == "about") for said, brand, text in cells],
    }


def _as_named(rows: list[Row]) -> list[Row]:
    """Rows of `entities` with the brand as their text writes it ("PlayStation5(PS5)" is "ps5" there).

    A text that does not name the brand cannot come from a search for it: such a row keeps its class,
    as the feeling of the text, but says nothing about relevance; without a class it is left out.
    """
    made = []
    for row in rows:
        names = [name for name in _NAMES[row.target or ""] if mark_target(row.text, name) != row.text]
        if names:
            made.append(replace(row, target=names[0]))
        elif row.label >= 0:
            made.append(replace(row, target=None, about=None))
    return made


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
        classes[name] = cycles, [len(rows) ** CLASS_POWER.get(name, _EVENED) for rows in by_label.values()]
    while True:
        cycles, shares = classes[chance.choices(names, group_weights)[0]]
        yield next(chance.choices(cycles, shares)[0])


def _cycle(rows: list[Row], chance: random.Random) -> Iterator[Row]:
    """The rows in shuffled order, again and again."""
    while True:
        yield from chance.sample(rows, len(rows))

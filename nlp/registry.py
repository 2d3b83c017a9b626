"""Models of other people that we know: what their classes mean, and how to add one's own.

A class of a model is mapped to one of five readings: the three labels, or the two halves of what
has no label here ("mixed" counts as neutral). For a model that is not listed, the names in its
config.json decide; names that say nothing ("LABEL_0") need a mapping, see `parse_mapping`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlp.errors import ModelError
from nlp.types import LABELS, Label

MAPPING_FILE = "listener.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A known model: the label of each of its outputs, in the order of its logits."""

    labels: tuple[Label, ...]
    note: str


KNOWN: Mapping[str, Entry] = {
    "cardiffnlp/twitter-xlm-roberta-base-sentiment": Entry(
        ("negative", "neutral", "positive"), "eight languages; reads @user and http"
    ),
    "cardiffnlp/twitter-roberta-base-sentiment-latest": Entry(
        ("negative", "neutral", "positive"), "English; reads @user and http"
    ),
    "tabularisai/multilingual-sentiment-analysis": Entry(
        ("negative", "negative", "neutral", "positive", "positive"), "five steps"
    ),
}

_WORDS: Mapping[str, Label] = {
    "negative": "negative", "neg": "negative", "verynegative": "negative", "bad": "negative",
    "neutral": "neutral", "neu": "neutral", "mixed": "neutral", "none": "neutral",
    "positive": "positive", "pos": "positive", "verypositive": "positive", "good": "positive",
}  # fmt: skip
_STARS: Mapping[str, Label] = {
    "1": "negative", "2": "negative", "3": "neutral", "4": "positive", "5": "positive"
}  # fmt: skip
_STAR = re.compile(r"([1-5])\s*stars?", re.IGNORECASE)


def labels_of(model: str, names: Mapping[int, str], folder: Path) -> tuple[Label, ...]:
    """The label of each output of a model, in the order of its logits.

    Looked up in this order: the folder's own listener.json, the models known here, the names in
    config.json (`names`, by number). At least one output must be negative and one positive.
    """
    mapping = folder / MAPPING_FILE
    if mapping.is_file():
        return parse_mapping(mapping, names)
    if model in KNOWN and len(KNOWN[model].labels) == len(names):
        return KNOWN[model].labels
    found = tuple(label_of(names[number]) for number in sorted(names))
    unclear = [names[number] for number, label in zip(sorted(names), found, strict=True) if label is None]
    kept = tuple(label for label in found if label is not None)
    if unclear or "negative" not in kept or "positive" not in kept:
        said = ", ".join(map(repr, names.values()))
        raise ModelError(
            f"{model}: cannot tell what its labels mean ({said}); save the model to a folder and write "
            f'{MAPPING_FILE} beside config.json: {{"labels": {{"{names[min(names)]}": "negative", ...}}}}, '
            "with negative, neutral or positive for each label"
        )
    return kept


def label_of(name: str) -> Label | None:
    """The label that a model's own name for a class stands for, or None.

    >>> label_of("Very Negative"), label_of("5 stars"), label_of("POS"), label_of("LABEL_0")
    ('negative', 'positive', 'positive', None)
    """
    star = _STAR.fullmatch(name.strip())
    if star:
        return _STARS[star.group(1)]
    return _WORDS.get(re.sub(r"[\s_]+", "", name).casefold())


def parse_mapping(path: Path, names: Mapping[int, str]) -> tuple[Label, ...]:
    """The labels of a listener.json: {"labels": {"LABEL_0": "negative", ...}}, one for each class."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        given = document["labels"]
        wanted = [given[names[number]] for number in sorted(names)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: needs a label for each of {list(names.values())} ({error!r})") from error
    if not all(label in LABELS for label in wanted):
        raise ModelError(f"{path}: labels are {wanted}; each must be one of {', '.join(LABELS)}")
    return tuple(wanted)

"""Models of other people: what their outputs mean and which cleaning they were trained with, and how to add one's own.

Each output of a model is read as one of the three labels; what is neither good nor bad ("mixed") counts as neutral. The names in a
model's config.json decide; where they say nothing ("LABEL_0"), the models known here or a mapping beside config.json do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.errors import ModelError
from nlp.types import LABELS, Label

MAPPING_FILE = "listener.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """How a model is read: the label of each of its outputs, in the order of its logits.

    `masked`: it was trained on texts with `http` for addresses and `@user` for handles. `revision` is the commit that is taken where
    none is configured; None takes the newest.
    """

    labels: tuple[Label, ...]
    masked: bool = True
    revision: str | None = None


_THREE: tuple[Label, ...] = LABELS
_FIVE: tuple[Label, ...] = ("negative", "negative", "neutral", "positive", "positive")

KNOWN: Mapping[str, Entry] = {
    "cardiffnlp/twitter-xlm-roberta-base-sentiment": Entry(
        _THREE, revision="c6ea16ea9b82270c21a4514b5204b47819ee985f"
    ),
    "cardiffnlp/twitter-roberta-base-sentiment-latest": Entry(
        _THREE, revision="1c1bc20bd9f2abda61d461b6e031c570eb4c098b"
    ),
    "tabularisai/multilingual-sentiment-analysis": Entry(_FIVE, masked=False),
}
"""Read off the models' cards on huggingface.co. The cards of the first two list 0 negative, 1 neutral, 2 positive and replace words that
begin with @ by @user and with http by http; their main branches hold pickle files alone, the commits here add model.safetensors to them.
The card of the third maps 0..4 to very negative .. very positive, replaces nothing, and allows no commercial use (CC BY-NC 4.0)."""

_WORDS: Mapping[str, Label] = {
    "negative": "negative", "neg": "negative", "verynegative": "negative", "bad": "negative",
    "neutral": "neutral", "neu": "neutral", "mixed": "neutral", "none": "neutral",
    "positive": "positive", "pos": "positive", "verypositive": "positive", "good": "positive",
}  # fmt: skip
_STARS: Mapping[str, Label] = dict(zip("12345", _FIVE, strict=True))
_STAR = re.compile(r"([1-5])\s*stars?", re.IGNORECASE)


def entry_of(model: str, names: Sequence[str], folder: Path) -> Entry:
    """How to read a model with outputs of these names: by the folder's own listener.json, by the names, else as one known here.

    Raises ModelError where none of them tells, or no output is negative or none positive.
    """
    mapping, known = folder / MAPPING_FILE, KNOWN.get(model)
    if mapping.is_file():
        return parse_mapping(mapping, names)
    found = tuple(label for name in names if (label := label_of(name)))
    if len(found) == len(names) and {"negative", "positive"} <= set(found):
        return Entry(found, known.masked if known else True)
    if known and len(known.labels) == len(names):
        return known
    raise ModelError(
        f"{model}: cannot tell what its labels mean ({', '.join(map(repr, names))}); save the model to a folder and write "
        f'{MAPPING_FILE} beside config.json: {{"labels": {{"{names[0]}": "negative", ...}}}}, '
        "with negative, neutral or positive for each label"
    )


def label_of(name: str) -> Label | None:
    """The label that a model's own name for a class stands for, or None.

    >>> label_of("Very Negative"), label_of("5 stars"), label_of("POS"), label_of("LABEL_0")
    ('negative', 'positive', 'positive', None)
    """
    star = _STAR.fullmatch(name.strip())
    if star:
        return _STARS[star.group(1)]
    return _WORDS.get(re.sub(r"[\s_-]+", "", name).casefold())


def parse_mapping(path: Path, names: Sequence[str]) -> Entry:
    """A listener.json: {"labels": {"LABEL_0": "negative", ...}}, one for each class, and "masked": false where the model reads
    addresses and handles as they are.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        wanted = tuple(document["labels"][name] for name in names)
        masked = document.get("masked", True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: needs a label for each of {', '.join(names)} ({error!r})") from error
    if not all(label in LABELS for label in wanted) or not {"negative", "positive"} <= set(wanted):
        said = ", ".join(map(str, wanted))
        raise ModelError(
            f"{path}: labels are {said}; each must be one of {', '.join(LABELS)}, one at least negative and one positive"
        )
    if not isinstance(masked, bool):
        raise ModelError(f"{path}: masked is {masked!r}; write true or false")
    return Entry(wanted, masked)


def reading(names: Sequence[str], labels: Sequence[Label]) -> str:
    """What a user should know of how a model's outputs are read; "" where they are the three labels as they are.

    >>> reading(("negative", "neutral", "positive"), LABELS)
    ''
    >>> reading(("1 star", "2 stars", "3 stars", "4 stars", "5 stars"), _FIVE)
    '1 star, 2 stars are read as negative, 3 stars as neutral, 4 stars, 5 stars as positive'
    >>> reading(("NEG", "POS"), ("negative", "positive"))
    'NEG is read as negative, POS as positive, twice the smaller of the two as neutral'
    """
    if [name.casefold() for name in names] == list(labels) and len(names) == 3:
        return ""
    groups = [
        (label, [n for n, each in zip(names, labels, strict=True) if each == label]) for label in LABELS
    ]
    (first, named), *rest = [(label, found) for label, found in groups if found]
    parts = [f"{', '.join(named)} {'is' if len(named) == 1 else 'are'} read as {first}"]
    parts += [f"{', '.join(found)} as {label}" for label, found in rest]
    if "neutral" not in labels:
        parts.append("twice the smaller of the two as neutral")
    return ", ".join(parts)

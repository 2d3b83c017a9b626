"""Cut the base's vocabulary of 250,002 pieces down to those that this kind of text needs.

Four fifths of the base's size is its embedding table. Pieces are scored by how often training
texts use them, averaged over languages so that no language is drowned by the English rows, with
a little of the base's own prior for words that our texts happen not to hold. Single characters of
every script in wide use are kept, so that an unseen word falls into letters and not into unknown.
"""

from __future__ import annotations

import copy
import json
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlp.clean import CLOSE, OPEN, clean
from nlp.training.dataset import Row

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
PRIOR_WEIGHT = 0.02

EMOJI: dict[str, str] = json.loads(Path(__file__).with_name("emoji.json").read_text(encoding="utf-8"))
"""Emoji that carry feeling, each with the words whose embeddings start it off where it is new."""

_SCRIPTS = (
    (0x00A1, 0x024F), (0x0370, 0x03FF), (0x0400, 0x045F), (0x0590, 0x05EA), (0x0600, 0x06FF),
    (0x0900, 0x097F), (0x0980, 0x09FF), (0x0B80, 0x0BFF), (0x0E00, 0x0E7F), (0x2010, 0x206F),
    (0x20A0, 0x20BF), (0x2600, 0x27BF), (0x3040, 0x30FF), (0xAC00, 0xD7A3), (0x1F300, 0x1FAFF),
)  # fmt: skip


def sample_texts(rows: Sequence[Row], most: int = 20_000) -> list[str]:
    """The first `most` texts of a group, cleaned as the model will read them."""
    return [clean(row.text, row.target) for row in rows[:most]]


def piece_scores(
    tokenizer: Tokenizer, texts: Mapping[str, Iterable[str]], pieces: list[tuple[str, float]]
) -> NDArray[np.float64]:
    """A score per piece: its mean share of tokens over languages plus a little of its prior."""
    total = np.zeros(len(pieces))
    for language in texts:
        counts: Counter[int] = Counter()
        for encoded in tokenizer.encode_batch_fast(list(texts[language]), add_special_tokens=False):
            counts.update(encoded.ids)
        amount = sum(counts.values()) or 1
        for piece, count in counts.items():
            total[piece] += count / amount / len(texts)
    prior = np.array([math.exp(score) if score < 0 else 0.0 for _, score in pieces])
    return total + PRIOR_WEIGHT * prior


def choose(scores: NDArray[np.float64], pieces: list[tuple[str, float]], size: int) -> list[int]:
    """The ids to keep, rising: specials, single characters of wide use, then the best scores."""
    kept = {number for number, (piece, _) in enumerate(pieces) if piece in SPECIAL or _letter(piece)}
    for number in np.argsort(-scores, kind="stable"):
        if len(kept) >= size:
            break
        if pieces[int(number)][0] != "<mask>":
            kept.add(int(number))
    return sorted(kept)


def prune(document: dict[str, Any], kept: list[int]) -> tuple[dict[str, Any], dict[str, str]]:
    """A tokenizer of the kept pieces, the missing emoji and the two marks; ids count from 0.

    Returns the document and, for each added piece, the words that describe it.
    """
    pruned = copy.deepcopy(document)
    pieces = document["model"]["vocab"]
    vocabulary = [list(pieces[number]) for number in kept]
    known = {piece for piece, _ in vocabulary}
    added = {emoji: words for emoji, words in EMOJI.items() if emoji not in known and len(emoji) == 1}
    floor = min(score for _, score in vocabulary)
    vocabulary += [[emoji, floor / 2] for emoji in added]
    ids = {piece: number for number, (piece, _) in enumerate(vocabulary)}
    pruned["model"]["vocab"] = vocabulary
    pruned["added_tokens"] = [
        entry | {"id": ids[entry["content"]]}
        for entry in document["added_tokens"]
        if entry["content"] in SPECIAL
    ]
    blank = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    for number, mark in enumerate((OPEN, CLOSE)):
        entry = {"id": len(vocabulary) + number, "content": mark, "special": False}
        pruned["added_tokens"].append(blank | entry | {"lstrip": mark == OPEN})
        added[mark] = "<s>"
    return pruned, added


def prune_embeddings(
    full: NDArray[np.float32], kept: list[int], added: Mapping[str, str], tokenizer: Tokenizer
) -> NDArray[np.float32]:
    """The kept rows, then one row per added piece: the mean of its words' rows in the base."""
    rows = [full[kept]]
    for words in added.values():
        encoded = tokenizer.encode(words, add_special_tokens=False)
        rows.append(full[encoded.ids].mean(axis=0, keepdims=True))
    return np.concatenate(rows).astype(np.float32)


def _letter(piece: str) -> bool:
    """Whether a piece is one character that must stay: ASCII, or of a script in wide use."""
    bare = piece.removeprefix("▁")
    if len(bare) != 1:
        return piece == "▁"
    code = ord(bare)
    if code < 0x7F:
        return True
    if unicodedata.category(bare).startswith(("C", "Z")):
        return False
    if 0xAC00 <= code <= 0xD7A3 or piece != bare:
        return False  # whole Hangul syllables and word-initial forms earn their place by score
    return any(first <= code <= last for first, last in _SCRIPTS)

"""Any Hugging Face sequence classifier as a labeller, with transformers and torch.

Such models were trained on whole texts, so the target has no influence here, except that its own handle is never masked.

A model of three classes is used as it is. Of five stars or steps, the lower two are negative, the
middle neutral, the upper two positive. A model of two classes (p negative, q positive) knows no
neutral; its doubt is read as neutral: 2 * min(p, q) neutral, and the rest to the larger class, so
that 0.5 / 0.5 is wholly neutral and 0.9 / 0.1 is negative 0.8, neutral 0.2.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.batches import plan
from nlp.clean import Work, clean, clean_target
from nlp.errors import ModelError
from nlp.hub_files import class_names, load_network, load_tokenizer, one_line, snapshot, tokenizer_hashes
from nlp.registry import Entry, entry_of, reading
from nlp.safe_folder import check_folder
from nlp.sharing import label_shared
from nlp.types import LABELS, Item, Label, NotLabelled, Scores

log = logging.getLogger(__name__)
CPU_TOKEN_BUDGET = 2_048
GPU_TOKEN_BUDGET = 65_536
MAX_TOKENS = 512


def load_hub(
    model: str, *, revision: str | None = None, download: bool = False, threads: int | None = None
) -> HubLabeller:
    """The labeller for a folder or "org/name"; every fault is a ModelError.

    For a name, `revision` is a commit, a branch or a reference; for a folder, the digits that follow the
    @ in the labeller's `model_id` (12 or more of a sha256), which stand for the weights, the tokenizer and
    how the outputs are read.
    """
    is_folder = Path(model).is_dir()
    folder = Path(model) if is_folder else snapshot(model, revision, download)
    weights = check_folder(folder)
    names = class_names(folder)
    entry = entry_of(model, names, folder)
    digest = _digest([*weights.values(), *tokenizer_hashes(folder)], entry)
    if is_folder and revision is not None and not (len(revision) >= 12 and digest.startswith(revision)):
        raise ModelError(
            f"{folder}: is {digest[:12]}, not {revision}; put back the pinned files or change [nlp] revision"
        )
    if threads is not None:
        torch.set_num_threads(threads)
    network = load_network(folder)
    tokenizer = load_tokenizer(folder, network.get_input_embeddings().num_embeddings)
    labeller = HubLabeller(f"{folder.name if is_folder else model}@{digest[:12]}", network, tokenizer, entry)
    labeller.reading = reading(names, entry.labels)
    _try_out(labeller, folder)
    return labeller


class HubLabeller:
    """A transformers classifier behind the same interface as the embedded model.

    `reading` says how the model's outputs are read, where they are not the three labels as they are.
    """

    reading = ""

    def __init__(self, model_id: str, network: Any, tokenizer: Any, entry: Entry) -> None:
        self.model_id = model_id
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._half = self._device.type == "cuda"
        self._network = network.to(self._device).eval()
        self._tokenizer = tokenizer
        self._entry = entry
        self._max_tokens = _max_tokens(network.config, tokenizer)
        self._budget = CPU_TOKEN_BUDGET if self._device.type == "cpu" else GPU_TOKEN_BUDGET

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        """One result per item, in order; long texts are read in their first and last windows."""
        return label_shared(items, self._compute, read=self.work_of)

    def work_of(self, item: Item) -> Work:
        """The text as this model reads it. The target is left out: items with the same text share a result."""
        return Work(clean(item.text, clean_target(item.target), masked=self._entry.masked), None)

    def _compute(self, work: Sequence[Work]) -> list[Scores | NotLabelled]:
        """Results for distinct, cleaned pieces of work."""
        texts: list[str] = []
        owners: list[int] = []
        cut = [False] * len(work)
        for place, parts in enumerate(self._parts([one.text for one in work])):
            texts += parts
            owners += [place] * len(parts)
            cut[place] = len(parts) > 1
        encoded = self._tokenizer(texts, truncation=True, max_length=self._max_tokens)
        features: list[dict[str, list[int]]] = [
            {name: encoded[name][place] for name in encoded} for place in range(len(texts))
        ]
        shares = np.full((len(texts), 3), np.nan)
        for batch in plan([len(one["input_ids"]) for one in features], self._budget):
            logits = self._logits([features[place] for place in batch])
            shares[batch] = three_shares(logits, self._entry.labels)
        by_text: list[list[NDArray[np.float64]]] = [[] for _ in work]
        for owner, row in zip(owners, shares, strict=True):
            by_text[owner].append(row)
        return [_scores(np.array(rows), truncated) for rows, truncated in zip(by_text, cut, strict=True)]

    def _parts(self, texts: list[str]) -> list[list[str]]:
        """Each text whole, or its first and last part where it has more tokens than the model reads."""
        room = self._max_tokens - self._tokenizer.num_special_tokens_to_add()
        encoded = self._tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        parts = []
        for text, spans in zip(texts, encoded["offset_mapping"], strict=True):
            if len(spans) <= room:
                parts.append([text])
            else:
                parts.append([text[: spans[room - 1][1]], text[spans[-room][0] :]])
        return parts

    def _logits(self, features: list[dict[str, list[int]]]) -> NDArray[np.float64]:
        """Logits [rows, classes] of one batch, padded with a mask; one too large for the memory at hand is halved.

        On a GPU torch's autocast runs in bfloat16 what stands that; on a CPU all is float32.
        """
        padded = self._tokenizer.pad(features, return_tensors="pt").to(self._device)
        half = torch.autocast(self._device.type, torch.bfloat16, enabled=self._half)
        try:
            with torch.inference_mode(), half:
                logits = self._network(**padded).logits
        except torch.OutOfMemoryError:
            if len(features) == 1:
                raise
            log.warning("not enough memory for %d texts at once, halving the batch", len(features))
            middle = len(features) // 2
            return np.concatenate([self._logits(features[:middle]), self._logits(features[middle:])])
        found: NDArray[np.float64] = logits.float().cpu().numpy().astype(np.float64)
        return found


def three_shares(logits: NDArray[np.float64], labels: Sequence[Label]) -> NDArray[np.float64]:
    """Probabilities [rows, 3] in the order of LABELS from logits [rows, classes]; NaN stays NaN.

    >>> three_shares(np.log([[0.9, 0.1]]), ("negative", "positive")).round(3).tolist()
    [[0.8, 0.2, 0.0]]
    >>> steps = ("negative", "negative", "neutral", "positive", "positive")
    >>> three_shares(np.log([[0.1, 0.2, 0.3, 0.2, 0.2]]), steps).round(3).tolist()
    [[0.3, 0.3, 0.4]]
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    three = np.zeros((len(logits), 3))
    for column, label in enumerate(labels):
        three[:, LABELS.index(label)] += shares[:, column]
    if "neutral" not in labels:
        doubt = np.minimum(three[:, 0], three[:, 2])
        three[:, 0] -= doubt
        three[:, 2] -= doubt
        three[:, 1] = 2 * doubt
    return three


def _scores(shares: NDArray[np.float64], truncated: bool) -> Scores | NotLabelled:
    """The mean of a text's windows, or NotLabelled where a number is missing."""
    if shares.size == 0 or not np.isfinite(shares).all():
        return NotLabelled("the model gave no number")
    negative, neutral, positive = (float(value) for value in shares.mean(axis=0))
    return Scores(negative, neutral, positive, truncated)


def _digest(files: Sequence[str], entry: Entry) -> str:
    """The sha256 that stands for the files (by their own sha256, in order) and how the outputs are read."""
    packed = json.dumps([*files, entry.labels, entry.masked])
    return hashlib.sha256(packed.encode()).hexdigest()


def _try_out(labeller: HubLabeller, folder: Path) -> None:
    """Label one text, so that a model that cannot is refused when it is loaded and not in the middle of the work."""
    try:
        logits = labeller._logits([labeller._tokenizer("good", truncation=True)])
    except Exception as error:  # whatever a network raises, the model cannot be used
        raise ModelError(
            f"{folder}: fails on a first text ({one_line(error)}); choose another model"
        ) from error
    if logits.shape != (1, len(labeller._entry.labels)):
        classes = len(labeller._entry.labels)
        raise ModelError(
            f"{folder}: gives {logits.shape[-1]} numbers, yet config.json names {classes} classes; fetch it again"
        )


def _max_tokens(config: Any, tokenizer: Any) -> int:
    """How many tokens the model reads; RoBERTa's positions start behind the padding id."""
    positions = int(getattr(config, "max_position_embeddings", MAX_TOKENS) or MAX_TOKENS)
    if config.model_type in ("roberta", "xlm-roberta", "camembert"):
        positions -= int(config.pad_token_id or 0) + 1
    return max(8, min(positions, int(tokenizer.model_max_length), MAX_TOKENS))

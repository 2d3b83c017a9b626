"""Any Hugging Face sequence classifier as a labeller, with transformers and torch.

The target of an item has no influence here: such models were trained on whole texts, so a post
gets the same label for every brand it names. The cleaning is the same as for the embedded model.

A model of three classes is used as it is. Of five stars or steps, the lower two are negative, the
middle neutral, the upper two positive. A model of two classes (p negative, q positive) knows no
neutral; its doubt is read as neutral: 2 * min(p, q) neutral, and the rest to the larger class, so
that 0.5 / 0.5 is wholly neutral and 0.9 / 0.1 is negative 0.8, neutral 0.2.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.batches import plan
from nlp.clean import Work
from nlp.errors import ModelError
from nlp.manifest import file_hash
from nlp.registry import labels_of
from nlp.safe_folder import check_folder, read_object
from nlp.sharing import label_shared
from nlp.types import LABELS, Item, Label, NotLabelled, Scores

log = logging.getLogger(__name__)
CPU_TOKEN_BUDGET = 2_048
GPU_TOKEN_BUDGET = 65_536
MAX_TOKENS = 512
_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model"]


def load_hub(
    model: str, *, revision: str | None = None, download: bool = False, threads: int | None = None
) -> HubLabeller:
    """The labeller for a folder or "org/name"; every fault is a ModelError.

    For a folder, `revision` is the beginning (12 digits or more) of the sha256 of its weights, as
    the labeller's `model_id` shows it; for a name it is a commit.
    """
    is_folder = Path(model).is_dir()
    folder = Path(model) if is_folder else _snapshot(model, revision, download)
    weights = check_folder(folder)
    digest = file_hash(weights[0])
    if is_folder and revision is not None and not (len(revision) >= 12 and digest.startswith(revision)):
        raise ModelError(f"{weights[0]}: sha256 is {digest[:12]}, not {revision}; put back the pinned file")
    names = _class_names(folder)
    labels = labels_of(model, names, folder)
    if threads is not None:
        torch.set_num_threads(threads)
    network, tokenizer = _load(folder)
    return HubLabeller(f"{folder.name if is_folder else model}@{digest[:12]}", network, tokenizer, labels)


class HubLabeller:
    """A transformers classifier behind the same interface as the embedded model."""

    def __init__(self, model_id: str, network: Any, tokenizer: Any, labels: tuple[Label, ...]) -> None:
        self.model_id = model_id
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.to(self._device).eval()
        self._tokenizer = tokenizer
        self._labels = labels
        self._max_tokens = _max_tokens(network.config, tokenizer)
        self._budget = CPU_TOKEN_BUDGET if self._device.type == "cpu" else GPU_TOKEN_BUDGET

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        """One result per item, in order; long texts are read in their first and last windows."""
        return label_shared(items, self._compute)

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
            shares[batch] = three_shares(self._logits([features[place] for place in batch]), self._labels)
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
        """Logits [rows, classes] of one batch, padded with a mask."""
        padded = self._tokenizer.pad(features, return_tensors="pt").to(self._device)
        with torch.inference_mode(), self._precision():
            logits = self._network(**padded).logits
        found: NDArray[np.float64] = logits.float().cpu().numpy().astype(np.float64)
        return found

    def _precision(self) -> AbstractContextManager[object]:
        """bfloat16 on a GPU, float32 on a CPU."""
        return torch.autocast("cuda", torch.bfloat16) if self._device.type == "cuda" else nullcontext()


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


def _snapshot(model: str, revision: str | None, download: bool) -> Path:
    """The folder of a named model in the local cache; fetched only where `download` is True."""
    if not _NAME.fullmatch(model):
        raise ModelError(f"{model}: neither a folder nor a model name like org/name")
    from huggingface_hub import snapshot_download

    try:
        found = snapshot_download(
            model, revision=revision, local_files_only=not download, allow_patterns=_FETCHED
        )
    except Exception as error:  # network, cache and validation errors have no common base
        way_out = "check name and network" if download else "allow the download or give a folder"
        raise ModelError(f"{model}: not in the local cache ({type(error).__name__}); {way_out}") from error
    return Path(found)


def _class_names(folder: Path) -> dict[int, str]:
    """The names of the outputs by number, from config.json's id2label."""
    path = folder / "config.json"
    named = read_object(path).get("id2label")
    try:
        names = {int(number): str(name) for number, name in named.items()}  # type: ignore[union-attr]
    except (AttributeError, ValueError) as error:
        raise ModelError(f"{path}: no id2label, so this is not a classifier; choose another model") from error
    if sorted(names) != list(range(len(names))) or len(names) < 2:
        raise ModelError(f"{path}: id2label is not numbered 0, 1, ...; choose another model")
    return names


def _load(folder: Path) -> tuple[Any, Any]:
    """Network and tokenizer of a checked folder, with nothing fetched and no foreign code run."""
    import transformers

    shared: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **shared)
        network, report = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=True, output_loading_info=True, dtype=torch.float32, **shared
        )
    except Exception as error:  # whatever the library raises, the model cannot be used
        said = f"{type(error).__name__}: {error}"
        raise ModelError(f"{folder}: cannot be loaded ({said}); fetch the model again") from error
    wrong = [*report["missing_keys"], *report.get("mismatched_keys", [])]
    if wrong:
        raise ModelError(f"{folder}: weights missing or of the wrong shape ({wrong[0]}); fetch it again")
    if not tokenizer.is_fast:
        raise ModelError(f"{folder}: no tokenizer.json; save the model with its fast tokenizer")
    if tokenizer.pad_token is None:
        raise ModelError(f"{folder}: the tokenizer has no padding token; choose another model")
    return network, tokenizer


def _max_tokens(config: Any, tokenizer: Any) -> int:
    """How many tokens the model reads; RoBERTa's positions start behind the padding id."""
    positions = int(getattr(config, "max_position_embeddings", MAX_TOKENS) or MAX_TOKENS)
    if config.model_type in ("roberta", "xlm-roberta", "camembert"):
        positions -= int(config.pad_token_id or 0) + 1
    return max(8, min(positions, int(tokenizer.model_max_length), MAX_TOKENS))

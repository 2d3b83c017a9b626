"""The embedded model: an int8 ONNX encoder that ships with the package, run by ONNX Runtime.

The result for a text does not depend on its batch: activations are quantised with one scale per
token (see nlp/training/graph.py) and padding is masked exactly.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlp.batches import plan
from nlp.clean import Work, mark_target
from nlp.errors import ModelError
from nlp.manifest import Manifest, read_manifest
from nlp.sharing import label_shared
from nlp.types import Item, NotLabelled, Scores
from nlp.windows import Frame, windows

log = logging.getLogger(__name__)
TOKEN_BUDGET = 512
"""Padded tokens per batch: small enough for the activations to stay in the processor's cache, where
2,048 tokens at a time ran a fifth slower."""
_PAD = 1


class EmbeddedLabeller:
    """Labels texts in about 20 languages on a CPU; made by `nlp.load.load_labeller()`."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Load a model folder whose files match the hashes in its model.json, else ModelError."""
        self.manifest: Manifest = read_manifest(folder)
        self.model_id = self.manifest.id
        self._tokenizer = _tokenizer(folder / "tokenizer.json")
        self._session = _session(folder / "model.onnx", threads)
        self._frame = _frame(self._tokenizer, self.manifest.max_tokens, folder)

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        """One result per item, in order, each independent of the other items.

        A text too long to be read whole is read in its first and last windows (around the first
        and the last mention of the target, where there is one) whose probabilities are averaged.
        """
        return label_shared(items, self._compute)

    def first_logits(self, work: Sequence[Work]) -> NDArray[np.float64]:
        """Raw logits [texts, 3] of each text's first window, for calibration; NaN where empty."""
        framed, owners, _ = self._windows(work)
        logits = np.full((len(work), 3), np.nan)
        for owner, row in reversed(list(zip(owners, self._logits(framed), strict=True))):
            logits[owner] = row
        return logits

    def _compute(self, work: Sequence[Work]) -> list[Scores | NotLabelled]:
        """Results for distinct, cleaned pieces of work."""
        framed, owners, cut = self._windows(work)
        logits = self._logits(framed)
        rows: list[list[NDArray[np.float64]]] = [[] for _ in work]
        for owner, row in zip(owners, logits, strict=True):
            rows[owner].append(row)
        return [
            scores_of(np.array(mine), self.manifest.temperature, truncated)
            for mine, truncated in zip(rows, cut, strict=True)
        ]

    def _windows(self, work: Sequence[Work]) -> tuple[list[list[int]], list[int], list[bool]]:
        """Framed windows of all texts, the place of the text each belongs to, and which were cut."""
        marked = [mark_target(text, target) for text, target in work]
        bodies = self._tokenizer.encode_batch_fast(marked, add_special_tokens=False)
        targets = [target or "" for _, target in work]
        tails = self._tokenizer.encode_batch_fast(targets, add_special_tokens=False)
        framed: list[list[int]] = []
        owners: list[int] = []
        cut: list[bool] = []
        for place, (body, tail) in enumerate(zip(bodies, tails, strict=True)):
            made, truncated = windows(body.ids, tail.ids, self._frame)
            framed += made
            owners += [place] * len(made)
            cut.append(truncated)
        return framed, owners, cut

    def _logits(self, framed: Sequence[list[int]]) -> NDArray[np.float64]:
        """Raw logits [windows, 3] in the given order."""
        logits = np.full((len(framed), 3), np.nan)
        for batch in plan([len(ids) for ids in framed], TOKEN_BUDGET):
            logits[batch] = self._run([framed[place] for place in batch])
        return logits

    def _run(self, batch: Sequence[list[int]]) -> NDArray[np.float32]:
        """One pass through the model; a batch too large for the memory at hand is halved."""
        ids = np.full((len(batch), max(map(len, batch))), _PAD, dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
        try:
            logits: NDArray[np.float32] = self._session.run(["logits"], {"ids": ids})[0]
        except (MemoryError, RuntimeError) as error:
            if len(batch) == 1 or not _is_memory(error):
                raise
            log.warning("not enough memory for %d texts at once, halving the batch", len(batch))
            middle = len(batch) // 2
            return np.concatenate([self._run(batch[:middle]), self._run(batch[middle:])])
        return logits


def scores_of(logits: NDArray[np.float64], temperature: float, truncated: bool) -> Scores | NotLabelled:
    """Mean probabilities over the windows of one text [windows, 3]; NotLabelled where not finite.

    >>> scores_of(np.array([[0.0, 0.0, 0.0]]), 1.0, False).neutral
    0.3333333333333333
    >>> scores_of(np.array([[np.nan, 0.0, 0.0]]), 1.0, False)
    NotLabelled(reason='the model gave no number')
    """
    if logits.size == 0:
        return NotLabelled("the text holds nothing the model can read")
    if not np.isfinite(logits).all():
        return NotLabelled("the model gave no number")
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    mean = (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)
    negative, neutral, positive = (float(value) for value in mean)
    if not math.isclose(negative + neutral + positive, 1.0, abs_tol=1e-6):
        return NotLabelled("the model gave no number")
    return Scores(negative, neutral, positive, truncated)


def _is_memory(error: Exception) -> bool:
    """Whether an error of ONNX Runtime says that an allocation failed."""
    return isinstance(error, MemoryError) or "alloc" in str(error).lower()


def _tokenizer(path: Path) -> Tokenizer:
    """The tokenizer, without truncation and padding, which are done here."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"{path}: not a tokenizer ({error}); reinstall the package") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _session(path: Path, threads: int | None) -> ort.InferenceSession:
    """An ONNX Runtime session on the CPU; `threads` None leaves the number to the runtime."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    # A thread that waits by spinning takes the processor from the rest of the service.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own exceptions share no base class
        raise ModelError(f"{path}: ONNX Runtime cannot load it ({error}); reinstall the package") from error


def _frame(tokenizer: Tokenizer, max_tokens: int, folder: Path) -> Frame:
    """The ids of the special pieces, which every tokenizer of ours has."""
    try:
        return Frame.of(tokenizer, max_tokens)
    except KeyError as error:
        raise ModelError(f"{folder / 'tokenizer.json'}: no piece {error}; reinstall the package") from error

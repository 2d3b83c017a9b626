"""The embedded model: an int8 ONNX encoder that ships with the package, run by ONNX Runtime.

The result for a text does not depend on its batch: activations are quantised with one scale per
token (see nlp/training/graph.py) and padding is masked exactly.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

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
OUTPUTS = ["logits", "relevance", "pooled"]
_PAD = 1
T = TypeVar("T")
Finish = Callable[[Scores, NDArray[np.float64]], T]


class EmbeddedLabeller:
    """Labels texts in about 20 languages on a CPU; made by `nlp.load.load_labeller()`."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Load a model folder whose files match the hashes in its model.json, else ModelError."""
        self.manifest: Manifest = read_manifest(folder)
        self.model_id = self.manifest.id
        self.confusion = self.manifest.confusion
        self.digest = self.manifest.files["model.onnx"]
        self._tokenizer = _tokenizer(folder / "tokenizer.json")
        self._session = _session(folder / "model.onnx", threads)
        self._frame = _frame(self._tokenizer, self.manifest.max_tokens, folder)

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        """One result per item, in order, each independent of the other items.

        A text too long to be read whole is read in its first and last windows (around the first
        and the last mention of the target, where there is one) whose probabilities are averaged.
        """
        return self.read(items, lambda scores, _: scores)

    def read(self, items: Sequence[Item], finish: Finish[T]) -> list[T | NotLabelled]:
        """As `label`, but with what `finish` makes of a text's scores and its `pooled` vector [hidden]."""
        return label_shared(items, lambda work: self._compute(work, finish))

    def _compute(self, work: Sequence[Work], finish: Finish[T]) -> list[T | NotLabelled]:
        """Results for distinct, cleaned pieces of work."""
        marked = [mark_target(text, target) for text, target in work]
        framed, owners, cut = self._windows(work, marked)
        rows: list[list[NDArray[np.float32]]] = [[] for _ in work]
        for owner, row in zip(owners, self._outputs(framed), strict=True):
            rows[owner].append(row)
        found: list[T | NotLabelled] = []
        for mine, truncated, (text, _), shown in zip(rows, cut, work, marked, strict=True):
            outputs = np.array(mine, np.float64)
            scores = scores_of(outputs, truncated, named=text != shown)
            if not isinstance(scores, NotLabelled):
                found.append(finish(scores, outputs[:, 4:].mean(axis=0)))
            else:
                found.append(scores)
        return found

    def _windows(
        self, work: Sequence[Work], marked: Sequence[str]
    ) -> tuple[list[list[int]], list[int], list[bool]]:
        """Framed windows of all texts, the place of the text each belongs to, and which were cut."""
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

    def _outputs(self, framed: Sequence[list[int]]) -> list[NDArray[np.float32]]:
        """Three logits, the relevance and `pooled` of each window [4 + hidden], in the given order."""
        outputs: dict[int, NDArray[np.float32]] = {}
        for batch in plan([len(ids) for ids in framed], TOKEN_BUDGET):
            outputs.update(zip(batch, self._run([framed[place] for place in batch]), strict=True))
        return [outputs[place] for place in range(len(framed))]

    def _run(self, batch: Sequence[list[int]]) -> NDArray[np.float32]:
        """One pass through the model; a batch too large for the memory at hand is halved."""
        ids = np.full((len(batch), max(map(len, batch))), _PAD, dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
        try:
            found: list[NDArray[np.float32]] = self._session.run(OUTPUTS, {"ids": ids})
        except (MemoryError, RuntimeError) as error:
            if len(batch) == 1 or not _is_memory(error):
                raise
            log.warning("not enough memory for %d texts at once, halving the batch", len(batch))
            middle = len(batch) // 2
            return np.concatenate([self._run(batch[:middle]), self._run(batch[middle:])])
        return np.concatenate(found, axis=1)


def scores_of(outputs: NDArray[np.float64], truncated: bool, named: bool) -> Scores | NotLabelled:
    """Mean probabilities over the windows of one text [windows, 4 or more]; NotLabelled where not finite.

    The relevance is that of the window in which the text is most about the target, None unless
    the text is `named` to hold the target.

    >>> scores_of(np.array([[0.0, 0.0, 0.0, 0.9]]), False, True)
    Scores(negative=0.3333333333333333, neutral=0.3333333333333333, positive=0.3333333333333333, truncated=False, relevance=0.9)
    >>> scores_of(np.array([[np.nan, 0.0, 0.0, 0.9]]), False, True)
    NotLabelled(reason='the model gave no number')
    """
    if outputs.size == 0:
        return NotLabelled("the text holds nothing the model can read")
    if not np.isfinite(outputs).all():
        return NotLabelled("the model gave no number")
    logits = outputs[:, :3]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    mean = (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)
    negative, neutral, positive = (float(value) for value in mean)
    if not math.isclose(negative + neutral + positive, 1.0, abs_tol=1e-6):
        return NotLabelled("the model gave no number")
    relevance = float(outputs[:, 3].max()) if named else None
    return Scores(negative, neutral, positive, truncated, relevance)


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

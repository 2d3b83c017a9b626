"""A light head on the frozen embedded model, learned from the labels that people gave.

    log p(text) + weight @ [log p(text), pooled(text)] + bias,  and softmax of that

p are the model's calibrated probabilities [3], pooled [hidden] is the vector that they are computed from, both means over the
windows of a long text. All weights zero is the model itself, and that is where a Gaussian prior pulls them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from nlp.errors import ModelError
from nlp.types import Confusion, Item, NotLabelled, Scores

Matrix = NDArray[np.float64]
T = TypeVar("T")

FORMAT = "listener-head"
WAY_OUT = "restore it from a backup, or run listener learn --forget and learn again"
PRIORS = (10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0)
"""Strengths of the prior that are tried, strongest first: 1 / variance of a weight on a feature of variance 1."""
FOLDS = 5
KEPT = 10
"""How much the texts that nobody corrected weigh together, for each corrected text."""
_SMALLEST = 1e-6
_STEPS, _ENOUGH = 500, 1e-5


class Base(Protocol):
    """The model below: EmbeddedLabeller."""

    model_id: str
    confusion: Confusion
    digest: str

    def read(
        self, items: Sequence[Item], finish: Callable[[Scores, NDArray[np.float64]], T]
    ) -> list[T | NotLabelled]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """`weight` [3, 3 + hidden] and `bias` [3], float32, and what a person may want to know of them (`about`)."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    about: dict[str, str]

    def probabilities(self, features: Matrix) -> Matrix:
        """[rows, 3] from features [rows, 3 + hidden].

        >>> nothing_learned(5, "tin").probabilities(np.array([[*np.log([0.7, 0.2, 0.1]), 5.0, -5.0]])).round(6).tolist()
        [[0.7, 0.2, 0.1]]
        """
        return _softmax(features[:, :3] + features @ self.weight.T.astype(np.float64) + self.bias)


def nothing_learned(width: int, model_id: str) -> Head:
    """The head for [rows, width] features that changes nothing: the model itself."""
    return Head(np.zeros((3, width), np.float32), np.zeros(3, np.float32), {"id": model_id})


class HeadLabeller:
    """The embedded model with a head; what is known of the model's mistakes beforehand is the model's."""

    def __init__(self, base: Base, head: Head) -> None:
        """ModelError where the head was learned on another model."""
        if head.about["digest"] != base.digest:
            raise ModelError(
                f"{head.about['id']}: learned on other weights than those of {base.model_id}; {WAY_OUT}"
            )
        self.model_id = head.about["id"]
        self.confusion = base.confusion
        self._base, self._head = base, head

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        """One result per item in order, each computed on its own; length and relevance are the model's word."""
        return self._base.read(items, self._scores)

    def _scores(self, scores: Scores, pooled: NDArray[np.float64]) -> Scores:
        (row,) = self._head.probabilities(features(scores, pooled)[None])
        negative, neutral, positive = map(float, row)
        return Scores(negative, neutral, positive, scores.truncated, scores.relevance)


def features(scores: Scores, pooled: NDArray[np.float64]) -> NDArray[np.float64]:
    """[log p, pooled] of a text: [3 + hidden]."""
    p = np.array([scores.negative, scores.neutral, scores.positive])
    return np.concatenate([np.log(p.clip(_SMALLEST)), pooled])


def learn(corrected: Matrix, said: NDArray[np.int64], kept: Matrix) -> tuple[Head, float]:
    """The head for `features` of corrected texts and what people said of them (places in LABELS), and its prior's strength.

    `kept` are features of random texts that nobody corrected: they stand for all that is to stay as it is, see `targets_of_kept`. The
    strength is the one of least loss on rows that were held out, each fifth in turn. Where none does better there than the model
    itself, the head is the model (all zeros) and the strength infinite. The same rows give the same head.
    """
    weights = np.concatenate([np.ones(len(corrected)), np.full(len(kept), KEPT * len(corrected) / len(kept))])
    rows = np.vstack([corrected, kept])
    own = rows[:, :3]
    targets = np.vstack(
        [np.eye(3)[said], targets_of_kept(_softmax(corrected[:, :3]), said, _softmax(kept[:, :3]))]
    )
    center = np.average(rows, axis=0, weights=weights)
    spread = np.sqrt(np.average((rows - center) ** 2, axis=0, weights=weights))
    scale = np.where(spread > 0, spread, 1.0)
    z = np.hstack([(rows - center) / scale, np.ones((len(rows), 1))])
    nothing = np.zeros((z.shape[1], 3))
    losses = np.zeros(len(PRIORS))
    for fold in range(FOLDS):
        held = np.arange(len(rows)) % FOLDS == fold
        change = nothing
        for place, prior in enumerate(PRIORS):
            change = _fit(z[~held], own[~held], targets[~held], weights[~held], prior, change)
            losses[place] += _loss(own[held] + z[held] @ change, targets[held], weights[held])
    best = int(losses.argmin())
    change, prior = nothing, np.inf
    if losses[best] < _loss(own, targets, weights):
        prior = PRIORS[best]
        change = _fit(z, own, targets, weights, prior, nothing)
    weight = (change[:-1] / scale[:, None]).T
    bias = change[-1] - weight @ center
    return Head(np.ascontiguousarray(weight, np.float32), bias.astype(np.float32), {}), prior


def targets_of_kept(corrected: Matrix, said: NDArray[np.int64], kept: Matrix) -> Matrix:
    """What the texts that nobody corrected should be: the model's own probabilities, less the mistakes that were corrected.

    People correct mistakes, so corrected texts hold more of them than the model's probabilities say. The surplus is that share s of
    the mistakes expected in the others which is no longer there: p becomes (1 - s) p, and s more for the label that the model
    gave. So the model is taken to be wrong as often as it says, and only where it is wrong can be learned.

    >>> p = np.array([[0.8, 0.1, 0.1]])
    >>> targets_of_kept(p, np.array([0]), p).round(3).tolist()  # people agree: nothing is missing
    [[0.8, 0.1, 0.1]]
    >>> targets_of_kept(p, np.array([2]), p).round(3).tolist()  # 0.8 too many, of 2.0 that 10 such texts hold
    [[0.88, 0.06, 0.06]]
    """
    surplus = (corrected.argmax(axis=1) != said).sum() - (1 - corrected.max(axis=1)).sum()
    expected = KEPT * len(corrected) * (1 - kept.max(axis=1)).mean()
    gone = float(np.clip(surplus / max(expected, _SMALLEST), 0, 1))
    targets: Matrix = (1 - gone) * kept + gone * np.eye(3)[kept.argmax(axis=1)]
    return targets


def _fit(
    z: Matrix, own: Matrix, targets: Matrix, weights: NDArray[np.float64], prior: float, start: Matrix
) -> Matrix:
    """The change [features, 3] of least loss plus prior / 2 * its square, by Newton's steps with one bound on the curvature.

    No curvature of a softmax is above 1/2, so each step goes down and needs no search along the line. Source: D. Böhning,
    "Multinomial logistic regression algorithm", Annals of the Institute of Statistical Mathematics 44 (1992).
    """
    inverse = np.linalg.inv((z.T * weights) @ z / 2 + prior * np.eye(z.shape[1]))
    change = start
    for _ in range(_STEPS):
        slope = z.T @ ((_softmax(own + z @ change) - targets) * weights[:, None]) + prior * change
        step = inverse @ slope
        change = change - step
        if np.abs(step).max() < _ENOUGH:
            break
    return change


def _loss(logits: Matrix, targets: Matrix, weights: NDArray[np.float64]) -> float:
    """The cross-entropy, summed over the rows."""
    return float(-(weights[:, None] * targets * np.log(_softmax(logits).clip(_SMALLEST))).sum())


def _softmax(logits: Matrix) -> Matrix:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return shares


def save_head(path: Path, head: Head) -> None:
    """Write a head as safetensors, whole or not at all."""
    about = head.about | {"format": FORMAT}
    tensors = {"weight": np.ascontiguousarray(head.weight), "bias": head.bias}  # the library garbles others
    beside = path.with_suffix(".part")
    beside.write_bytes(save(tensors, about | {"sha256": _digest(head, about)}))
    beside.replace(path)


def load_head(path: Path) -> Head:
    """A head that was saved; a ModelError names the file where it is missing, cut or altered."""
    if not path.is_file():
        raise ModelError(f"{path}: missing; {WAY_OUT}")
    try:
        with safe_open(path, framework="numpy") as file:
            about: dict[str, str] = dict(file.metadata() or {})
            head = Head(file.get_tensor("weight"), file.get_tensor("bias"), about)
    except Exception as error:  # the library's own error shares no base class with those of the system
        raise ModelError(f"{path}: cannot be read ({error}); {WAY_OUT}") from error
    given = about.pop("sha256", "")
    whole = {"id", "base_name", "digest"} <= about.keys() and about.get("format") == FORMAT
    if not whole or given != _digest(head, about):
        raise ModelError(f"{path}: altered, or not a head of ours; {WAY_OUT}")
    return head


def _digest(head: Head, about: dict[str, str]) -> str:
    """The sha256 over the numbers and what is said about them."""
    packed = json.dumps(about, sort_keys=True).encode()
    return hashlib.sha256(packed + head.weight.tobytes() + head.bias.tobytes()).hexdigest()

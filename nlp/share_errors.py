"""How far the shares of classes are off, as counted and as corrected, on rows that people labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.shares import Floats, as_confusion, class_sums, true_shares
from nlp.types import Confusion

WINDOW, WINDOW_NATURAL = 300, 1000
WINDOWS = 400
_SPLITS = 10
_FEWEST = 60


@dataclass(frozen=True, slots=True)
class ShareErrors:
    """Mean absolute errors of the three shares (0..1); all None where there are too few rows."""

    raw: float | None = None
    corrected: float | None = None
    raw_natural: float | None = None
    corrected_natural: float | None = None


def share_errors(
    truth: NDArray[np.int64],
    found: NDArray[np.int64],
    probabilities: Floats,
    confusion: Confusion | None = None,
    *,
    windows: int = WINDOWS,
    seed: int = 7,
) -> ShareErrors:
    """Errors of counted labels, and of the corrected shares that the product shows (`nlp.shares.true_shares`).

    Averaged over `windows` windows of 300 posts drawn (with replacement) at true shares that are uniform
    over all possible ones; and, for the `natural` ones, over as many of 1,000 posts drawn as the rows are. The
    rows are halved at random ten times; each half gives a twentieth of the windows, and the other
    half stands in for the audit that corrects them. `confusion` is the model's prior. Fewer than 60 rows, or
    a class that is missing in a half, give None. Rows without a label are left out.
    """
    usable = (found >= 0) & np.isfinite(probabilities).all(axis=1)
    rows = _Rows(truth[usable], found[usable], probabilities[usable])
    chance = np.random.default_rng(seed)
    errors: list[list[tuple[float, float]]] = [[], []]
    for _ in range(_SPLITS):
        order = chance.permutation(len(rows.truth))
        halves = [order[::2], order[1::2]]
        if len(order) < _FEWEST or any(len(np.unique(rows.truth[half])) < 3 for half in halves):
            return ShareErrors()
        for drawn, known in (halves, halves[::-1]):
            audit = as_confusion(class_sums(rows.truth[known], rows.probabilities[known]))
            pools = [drawn[rows.truth[drawn] == label] for label in range(3)]
            for shares in chance.dirichlet(np.ones(3), max(1, windows // (2 * _SPLITS))):
                amounts = chance.multinomial(WINDOW, shares)
                uniform = np.concatenate([chance.choice(a, n) for a, n in zip(pools, amounts, strict=True)])
                natural = chance.choice(drawn, WINDOW_NATURAL)
                for kept, window in zip(errors, (uniform, natural), strict=True):
                    kept.append(rows.errors(window, confusion, audit))
    return ShareErrors(*np.mean(errors[0], axis=0).tolist(), *np.mean(errors[1], axis=0).tolist())


class _Rows(NamedTuple):
    """What people said of each row, and the model's label and probabilities."""

    truth: NDArray[np.int64]
    found: NDArray[np.int64]
    probabilities: Floats

    def errors(
        self, window: NDArray[np.int64], confusion: Confusion | None, audit: Confusion
    ) -> tuple[float, float]:
        """Mean absolute errors of the counted and of the corrected shares of these rows."""
        actual = np.bincount(self.truth[window], minlength=3) / len(window)
        counted = np.bincount(self.found[window], minlength=3) / len(window)
        negative, neutral, positive = self.probabilities[window].sum(axis=0).tolist()
        said = true_shares((negative, neutral, positive), confusion, audit)
        assert said is not None  # a window has posts
        corrected = np.array([said.negative.value, said.neutral.value, said.positive.value])
        return float(np.abs(counted - actual).mean()), float(np.abs(corrected - actual).mean())

"""One temperature for all logits, so that a probability of 0.8 is right about 8 times in 10."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def temperature(logits: Sequence[NDArray[np.float64]], labels: Sequence[NDArray[np.int64]]) -> float:
    """The divisor of the logits with the least negative log-likelihood, mean over sets.

    `logits` holds one array [rows, 3] per set and `labels` the class of each row; each set counts
    the same, so that the largest language does not decide alone. Searched between 0.3 and 5; no
    rows at all give 1. Source: Guo et al. 2017, On Calibration of Modern Neural Networks.

    >>> sure = np.array([[4.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
    >>> temperature([sure], [np.array([0, 1])]) > 4
    True
    """
    if not any(len(part) for part in labels):
        return 1.0
    sets = [(part, truth) for part, truth in zip(logits, labels, strict=True) if len(truth)]
    grid = np.exp(np.linspace(np.log(0.3), np.log(5.0), 600))
    losses = [np.mean([_loss(part / value, truth) for part, truth in sets]) for value in grid]
    return float(grid[int(np.argmin(losses))])


def _loss(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean negative log-likelihood of the true classes."""
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float(np.mean(total - logits[np.arange(len(labels)), labels]))

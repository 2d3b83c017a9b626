"""A temperature per language, so that a probability of 0.8 is right about 8 times in 10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

SPREAD = 0.5
"""How far the logarithm of a language's temperature is expected to lie from the common one."""
MOST = 300
"""How many rows a set counts as at most."""
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What a model says of a set: logits [rows, 3], language probabilities [rows, languages], true classes [rows]."""

    logits: NDArray[np.float64]
    language: NDArray[np.float64]
    truth: NDArray[np.int64]


def temperatures(sets: Sequence[Found], languages: int) -> NDArray[np.float64]:
    """The divisor of the logits for each language; that of a text is their mean by its language probabilities.

    First the common one with the least negative log-likelihood, then all of them together, each expected near the common
    one. A large set counts no more than one of `MOST` rows, so that it does not decide for the others, whose texts may be
    taken for its language; few rows move a temperature little. No rows give 1.
    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.

    >>> sure = Found(np.array([[4.0, 0.0, 0.0]] * 800), np.array([[0.9, 0.1]] * 800), np.array([0, 1] * 400))
    >>> bool((temperatures([sure], 2) > 4).all()), temperatures([], 2).tolist()
    (True, [1.0, 1.0])
    """
    kept = [one for one in sets if len(one.truth)]
    if not kept:
        return np.ones(languages)
    common = _fit(kept, torch.zeros(1, dtype=torch.float64), None)
    return _fit(kept, common.repeat(languages), common).exp().numpy()


def _fit(sets: Sequence[Found], start: torch.Tensor, expected: torch.Tensor | None) -> torch.Tensor:
    """Logarithms of the likeliest temperatures: one for all, or one per language near an expected one."""
    logs = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([logs], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.zeros((), dtype=torch.float64)
        for one in sets:
            weights = (
                torch.from_numpy(one.language) if expected is not None else torch.ones(len(one.truth), 1)
            )
            scaled = torch.from_numpy(one.logits) / (weights.double() @ logs.exp())[:, None]
            rows = min(len(one.truth), MOST) if expected is not None else 1
            loss = loss + rows * functional.cross_entropy(scaled, torch.from_numpy(one.truth))
        if expected is not None:
            loss = loss + ((logs - expected) ** 2).sum() / (2 * SPREAD**2)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(step)  # type: ignore[no-untyped-call]
    return logs.detach()

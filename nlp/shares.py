"""How far the shares of classes are off, as counted and as corrected for the model's confusion.

A count of a classifier's labels mixes classes up: some of the true negatives are counted as
neutral, and so on. Where it is known how often, from rows labelled by people, the mixing can be
undone. Here each post falls into one of nine cells, its label and how sure the model was (three
steps), and the shares are those under which the counted cells are most likely.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WINDOW = 300
WINDOWS = 400
STEPS = 3
_ROUNDS = 300
_FEWEST = 60


def share_errors(
    truth: NDArray[np.int64], found: NDArray[np.int64], probabilities: NDArray[np.float64], seed: int = 7
) -> tuple[float | None, float | None]:
    """Mean absolute error of the three shares (0..1): counted, and corrected.

    Averaged over 400 windows of 300 posts drawn (with replacement) at true shares that are uniform
    over all possible ones, half of the windows from each half of the rows; the confusion that
    corrects a window is measured on the other half. Fewer than 60 rows, or a class that is missing
    in a half, give (None, None). Rows without a label are left out.
    """
    usable = (found >= 0) & np.isfinite(probabilities).all(axis=1)
    truth, found, probabilities = truth[usable], found[usable], probabilities[usable]
    if len(truth) < _FEWEST:
        return None, None
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(truth))
    halves = [order[::2], order[1::2]]
    if any(len(np.unique(truth[half])) < 3 for half in halves):
        return None, None
    raw: list[float] = []
    corrected: list[float] = []
    for drawn, known in (halves, halves[::-1]):
        edges = confidence_edges(probabilities[known])
        table = confusion(truth[known], cells(found[known], probabilities[known], edges))
        place = cells(found[drawn], probabilities[drawn], edges)
        pools = [place[truth[drawn] == label] for label in range(3)]
        for shares in chance.dirichlet(np.ones(3), WINDOWS // 2):
            amounts = chance.multinomial(WINDOW, shares)
            actual = amounts / WINDOW
            window = np.concatenate([chance.choice(pool, n) for pool, n in zip(pools, amounts, strict=True)])
            counts = np.bincount(window, minlength=3 * STEPS)
            counted = counts.reshape(3, STEPS).sum(axis=1) / WINDOW
            raw.append(float(np.abs(counted - actual).mean()))
            corrected.append(float(np.abs(corrected_shares(counts, table) - actual).mean()))
    return float(np.mean(raw)), float(np.mean(corrected))


def confidence_edges(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two bounds that cut the largest probabilities into three parts of equal size."""
    edges: NDArray[np.float64] = np.quantile(probabilities.max(axis=1), [1 / STEPS, 2 / STEPS])
    return edges


def cells(
    found: NDArray[np.int64], probabilities: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The cell 0..8 of each row: three times its label, plus its step of confidence."""
    place: NDArray[np.int64] = found * STEPS + np.searchsorted(edges, probabilities.max(axis=1))
    return place


def confusion(truth: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.float64]:
    """P(cell | true class) as [3, 9], with half a row added to every cell; each line sums to 1."""
    counts = np.full((3, 3 * STEPS), 0.5)
    np.add.at(counts, (truth, place), 1.0)
    table: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True)
    return table


def corrected_shares(counts: NDArray[np.int64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shares of the true classes under which the cell counts are most likely; they sum to 1.

    `counts` is posts per cell, `table` P(cell | class). Found by expectation maximisation, which
    stays within 0..1 where inverting the table would not. No posts give equal shares.

    >>> table = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]])
    >>> corrected_shares(np.array([480, 250, 270]), table).round(2).tolist()
    [0.5, 0.3, 0.2]
    """
    shares = np.full(len(table), 1 / len(table))
    total = counts.sum()
    if total == 0:
        return shares
    for _ in range(_ROUNDS):
        joint = shares[:, None] * table
        shares = (joint / joint.sum(axis=0, keepdims=True) * counts).sum(axis=1) / total
    return shares

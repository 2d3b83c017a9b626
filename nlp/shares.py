"""The shares of the true classes behind a labeller's probabilities, corrected for its confusion.

A labeller takes some of the negative posts for neutral, and so on, so what it says of a stream mixes
the classes up. Where it is known what it says of posts of each class, the mixing can be undone. With

    s      the shares of the true classes, what is asked for
    V      three rows: the mean probabilities that the labeller gives to posts of each true class
    q      the mean probabilities over the window's posts: on average  q = s V

s is found from the window's mean probabilities although V is not known exactly:

- Each row of V has a Dirichlet prior, fitted to the sets that the model was tested on (`confusion_prior`), wide
  where nothing is known (`GENERIC`). A random audit of a brand, posts that a person labelled, adds rows.
- Given s, q then has mean s m (m: the rows' means) and a known variance, and is taken as Dirichlet
  distributed with these. That is exact where all posts are of one class, and else an approximation.
- n posts show q with the noise of n drawn posts. Probabilities vary less from post to post than labels do: of
  calibrated ones the mean of p^2 is the mean probability of the true class, written c below, where
  labels have 1. So n posts tell as much as n (1 - |q|^2) / (c - |q|^2) labels.
- Without an audit every mix of shares is as likely as any other beforehand. An audit also shows the brand's own
  shares, and a window may be like them or not: `ALIKE` of the prior is a Dirichlet distribution about the audited
  classes, the rest is flat. Where the window's posts speak against the audited shares, the flat part decides.
- The answer is the posterior: its mean, and the middle 95 % of each share and of positive - negative.

The shares are those of the stream that the posts were drawn from, so a small window has a wide
interval even where V is known. A part of the prior that learns from other data of the kind and a flat one that
guards against its being of another kind are Schmidli et al. 2014. Averaging probabilities and undoing the mixing is Bella et al. 2010
(counted labels: Forman 2008; by expectation maximisation: Saerens et al. 2002); with uncertain rows,
Fiksel et al. 2020 and Ziegler and Czyz 2024, who sample by Markov chains what is summed over points here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.types import Confusion, Line

Floats = NDArray[np.float64]

GENERIC: Confusion = ((6.0, 2.5, 1.5), (2.0, 6.0, 2.0), (1.5, 2.5, 6.0))
"""What is taken of a model that nobody measured: right in 60 % of each class, known as well as from ten posts each."""
MOST_ROWS = 40.0
"""How many labels the prior of a class may be worth: a dozen sets do not prove that brands differ less than that."""
FEW_SETS = 4
ALIKE = 0.3
"""How likely it is taken to be, beforehand, that a window has the shares of the brand's audit, give or take `DRIFT`."""
DRIFT = 100.0
"""Windows that are alike differ as samples of so many posts do, even of a brand with a large audit: by some five points."""
POINTS = 1024
"""Places at which the posterior is computed: bounds are right to some tenths of a point."""
_REACH = 4.5
_SURE = 1e8
_ONE = 1 / 3
"""Prior of the share of posts that people labelled, per class: one post in all."""


class Estimate(NamedTuple):
    """A share (0..1) or balance (-1..1) with its 95 % interval; low <= value <= high."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of the true classes, which add up to 1, and positive - negative."""

    negative: Estimate
    neutral: Estimate
    positive: Estimate
    net: Estimate


@lru_cache(maxsize=16_384)
def true_shares(
    sums: Line, confusion: Confusion | None, audit: Confusion | None = None, known: Line = (0.0, 0.0, 0.0)
) -> Shares | None:
    """The true shares behind a window of posts; None where there are no posts.

    `sums` are the labeller's probabilities summed over the posts that it labelled, so they add up to
    their number; `known` are the posts that people labelled, which need no correction and are added as
    counts: n and N posts give (n s + known) / (n + N). All in the order of LABELS. `confusion`
    is the model's prior from `confusion_prior` (None: nobody measured the model; then `GENERIC`, and
    its probabilities are taken to vary as much as labels), `audit` the sums of its probabilities over audited
    posts by true class. The same arguments give the same figures: chance has a fixed seed.

    >>> prior = ((12.0, 5.0, 3.0), (4.0, 12.0, 4.0), (2.0, 4.0, 14.0))
    >>> found = true_shares((60.0, 90.0, 150.0), prior)
    >>> [round(one.value, 2) for one in (found.negative, found.neutral, found.positive, found.net)]
    [0.17, 0.24, 0.58, 0.41]
    >>> [round(bound, 2) for bound in found.positive[1:]]
    [0.34, 0.83]
    >>> true_shares((0.0, 0.0, 0.0), prior) is None
    True
    """
    n, people = sum(sums), sum(known)
    if n + people <= 0:
        return None
    rows, sharpness = _rows(confusion, audit)
    if n > 0:
        points, weights = _posterior(np.array(sums, dtype=float), rows, sharpness, _expected(audit))
    else:
        points, weights = np.full((POINTS, 3), _ONE), np.full(POINTS, 1 / POINTS)
    mean = (n * (weights @ points) + np.array(known)) / (n + people)
    if people > 0:
        drawn = np.random.default_rng(7).standard_gamma(np.array(known) + _ONE, points.shape)
        points = (n * points + people * drawn / drawn.sum(axis=1, keepdims=True)) / (n + people)
    values = (*mean.tolist(), float(mean[2] - mean[0]))
    places = (*points.T, points[:, 2] - points[:, 0])
    return Shares(*(_estimate(value, at, weights) for value, at in zip(values, places, strict=True)))


def class_sums(truth: NDArray[np.int64], probabilities: Floats) -> Floats:
    """Probabilities [rows, 3] summed by true class: [3, 3], line = class.

    >>> class_sums(np.array([0, 0, 2]), np.array([[0.5, 0.5, 0], [1, 0, 0], [0, 0.25, 0.75]])).tolist()
    [[1.5, 0.5, 0.0], [0.0, 0.0, 0.0], [0.0, 0.25, 0.75]]
    """
    return np.array([probabilities[truth == label].sum(axis=0) for label in range(3)])


def as_confusion(table: Floats) -> Confusion:
    """A [3, 3] array as plain tuples."""
    negative, neutral, positive = ((float(a), float(b), float(c)) for a, b, c in table)
    return negative, neutral, positive


def confusion_prior(tables: Sequence[NDArray[np.float64] | NDArray[np.int64]]) -> Floats:
    """What is known of a model before a brand is audited: Dirichlet parameters [true class, label].

    `tables` holds `class_sums` of each set that the model was tested on. The mean of a row is the mean
    over the sets that have the class, each counting the same; how many labels it is worth is the
    likeliest number by the Dirichlet-multinomial distribution of the sets' rows (Minka 2000), of
    1 to `MOST_ROWS`; of fewer than four sets, no more than `GENERIC` is worth. No table gives `GENERIC`.

    >>> alike = [np.array([[70.0, 20, 10], [15, 70, 15], [10, 20, 70]])] * 6
    >>> confusion_prior(alike).round(1).tolist()
    [[28.0, 8.0, 4.0], [6.0, 28.0, 6.0], [4.0, 8.0, 28.0]]
    """
    prior = np.array(GENERIC)
    if not tables:
        return prior
    every = np.array(tables, dtype=float)
    totals = every.sum(axis=2)
    rows = every / np.maximum(totals, 1e-9)[:, :, None]
    means = np.array(
        [rows[totals[:, k] > 0, k].mean(axis=0) if totals[:, k].any() else prior[k] / 10 for k in range(3)]
    )
    means = np.maximum(means, 0.001) / np.maximum(means, 0.001).sum(axis=1, keepdims=True)
    labels = every * _worth(means, _sharpness(means))[:, None]
    most = MOST_ROWS if len(tables) >= FEW_SETS else float(prior[0].sum())
    for k in range(3):
        worth = np.geomspace(1.0, most, 200)
        alphas = worth[:, None] * means[k]
        fits = [_dirichlet_multinomial(set_rows, alphas) for set_rows in labels[:, k]]
        prior[k] = means[k] * worth[int(np.argmax(np.sum(fits, axis=0)))]
    return prior


def _rows(confusion: Confusion | None, audit: Confusion | None) -> tuple[Floats, float]:
    """The Dirichlet parameters of the rows with the audit in them, and c, the mean of p^2."""
    rows = np.array(confusion or GENERIC)
    means = rows / rows.sum(axis=1, keepdims=True)
    sharpness = 1.0 if confusion is None else _sharpness(means)
    if audit is not None:
        rows = rows + np.array(audit) * _worth(means, sharpness)[:, None]
    if confusion is None:
        return rows, 1.0
    return rows, _sharpness(rows / rows.sum(axis=1, keepdims=True))


def _expected(audit: Confusion | None) -> Floats:
    """What the audit lets expect of the shares: Dirichlet parameters less one, which are all 0 without an audit."""
    audited = np.zeros(3) if audit is None else np.array(audit).sum(axis=1)
    discounted: Floats = audited * DRIFT / (DRIFT + audited.sum())
    return discounted


def _prior(shares: Floats, expected: Floats) -> Floats:
    """The logarithm of how likely each of these shares [points, 3] is beforehand, against a flat prior."""
    about = np.append(expected + 1, expected.sum() + 3)
    level = _log_gamma(about) @ (-1, -1, -1, 1) - np.log(2)
    density: Floats = np.logaddexp(np.log(1 - ALIKE), np.log(ALIKE) + level + np.log(shares) @ expected)
    return density


def _sharpness(means: Floats) -> float:
    """c, the mean of p^2 over posts, as it is for calibrated probabilities: that of the true class, on average.

    At least what leaves single posts a tenth of the variance that labels have.
    """
    squares = (means**2).sum(axis=1)
    return float(max(np.diag(means).mean(), (squares + 0.1 * (1 - squares)).max()))


def _worth(means: Floats, sharpness: float) -> Floats:
    """How many labels the probabilities of one post of each class are worth, 1 to 10."""
    squares = (means**2).sum(axis=1)
    worth: Floats = np.maximum(1 - squares, 1e-12) / np.maximum(sharpness - squares, 1e-13)
    return worth


def _likelihood(shares: Floats, sums: Floats, rows: Floats, sharpness: float) -> Floats:
    """The logarithm of how likely the window's mean probabilities are at each of these shares [points, 3]."""
    worth = rows.sum(axis=1)
    means = rows / worth[:, None]
    q = shares @ means
    spare = 1 - (q**2).sum(axis=1)
    known = spare / (shares**2 @ ((1 - (means**2).sum(axis=1)) / (worth + 1))) - 1
    alphas = np.minimum(known, _SURE)[:, None] * q
    labels = sums.sum() * spare / (sharpness - 1 + spare)
    seen = sums / sums.sum()
    surprise = -float(np.sum(seen * np.log(np.maximum(seen, 1e-300))))
    density: Floats = labels * surprise + np.log(labels)
    return density + _dirichlet_multinomial(labels[:, None] * seen, alphas)


def _dirichlet_multinomial(counts: Floats, alphas: Floats) -> Floats:
    """Logarithm of the chance of these counts, in one order, for each line of parameters."""
    total, n = alphas.sum(axis=1), counts.sum(axis=-1)
    parts: Floats = (_log_gamma(alphas + counts) - _log_gamma(alphas)).sum(axis=1)
    return parts + _log_gamma(total) - _log_gamma(total + n)


def _log_gamma(x: Floats) -> Floats:
    """The logarithm of the gamma function for x > 0, to eight digits (Stirling's series at x + 6)."""
    y = x + 6
    inverse = 1 / (y * y)
    series = (1 / 12 - inverse * (1 / 360 - inverse / 1260)) / y
    shifted: Floats = (y - 0.5) * np.log(y) - y + 0.5 * np.log(2 * np.pi) + series
    return shifted - np.log(x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5))


def _even_points(count: int) -> Floats:
    """Points that fill the unit square evenly (the additive recurrence R2 of Roberts 2018)."""
    steps = np.arange(1, count + 1)[:, None] * np.array([0.7548776662466927, 0.5698402909980532])
    return np.asarray(steps % 1)


_SQUARE = _even_points(4 * POINTS)
_ROOT = np.sqrt(_SQUARE[:POINTS, 0])
_TRIANGLE = np.column_stack([1 - _ROOT, _ROOT * (1 - _SQUARE[:POINTS, 1]), _ROOT * _SQUARE[:POINTS, 1]])


def _posterior(sums: Floats, rows: Floats, sharpness: float, expected: Floats) -> tuple[Floats, Floats]:
    """Shares [points, 3] and their weights, which add up to 1.

    Begins with points all over the triangle of possible shares, then spreads them over the part that has the
    weight, until that part is filled. A posterior too narrow for the points is flattened on the way, so
    that sixteen points always show where it lies.
    """
    points, area = _TRIANGLE, np.inf
    while True:
        fits = _likelihood(points, sums, rows, sharpness) + _prior(points, expected)
        fits -= fits.max()
        flatten = min(1.0, 3 / max(-np.partition(fits, -16)[-16], 1e-9)) if len(fits) > 16 else 1.0
        weights = _weights(fits * flatten)
        mean = weights @ points
        off = (points - mean)[:, :2]
        variances, axes = np.linalg.eigh((off * weights[:, None]).T @ off)
        half = _REACH * np.sqrt(np.maximum(variances, 1e-20))
        smaller = 4 * float(half.prod())
        dense = flatten == 1 and (weights**2).sum() < 5 / POINTS
        if dense or smaller > area / 2:
            return points, _weights(fits)
        area = smaller
        corner = mean[:2] + ((2 * _SQUARE - 1) * half) @ axes.T
        spread = np.column_stack([corner, 1 - corner.sum(axis=1)])
        points = spread[(spread > 0).all(axis=1)][:POINTS]


def _weights(fits: Floats) -> Floats:
    """Their exponentials, scaled to add up to 1; the largest fit is 0."""
    powers = np.exp(fits)
    scaled: Floats = powers / powers.sum()
    return scaled


def _estimate(value: float, places: Floats, weights: Floats) -> Estimate:
    """The value with the middle 95 % of the weights."""
    order = np.argsort(places)
    middles = np.cumsum(weights[order]) - weights[order] / 2
    low, high = np.interp((0.025, 0.975), middles, places[order])
    return Estimate(value, min(float(low), value), max(float(high), value))

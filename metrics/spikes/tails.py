"""How rare a count is: upper tails of the negative binomial and of the beta-binomial, given as mean and spread.

Both say P(X >= seen). `spread` is the squared coefficient of variation of the rate (or of the share) behind the
count: 0 is Poisson (binomial), 0.25 a rate that itself moves by half of its size.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST = 1e-300
"""Smaller probabilities are all this one."""
SIDE = 0.025
"""Of the middle 95 %, on each side."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)


def count_tail(seen: Floats, mean: Floats, spread: Floats) -> Floats:
    """P(X >= seen) for a count of this mean whose rate is gamma distributed (negative binomial).

        I_q(seen, r),  r = 1 / spread,  q = mean / (mean + r)

    Elementwise; mean >= 0, spread >= 0. Nothing seen gives 1; something seen where the mean is 0 gives the least.

    Source: regularised incomplete beta function I, as in NIST DLMF 8.17; variance mean + spread * mean^2.

    >>> one = count_tail(np.array([3.0, 0.0]), np.array([1.0, 1.0]), np.array([0.0, 0.5]))
    >>> [round(p, 4) for p in one.tolist()]
    [0.0803, 1.0]
    """
    from scipy.special import betainc

    r = 1 / np.maximum(spread, 1e-7)
    some = np.maximum(seen, 1e-9)
    return np.where(seen > 0, np.maximum(betainc(some, r, mean / (mean + r)), LEAST), 1.0)


def share_tail(seen: Floats, of: Floats, mean: Floats, spread: Floats) -> Floats:
    """P(X >= seen) for so many out of `of`, expected `mean` of them, whose share is beta distributed (beta-binomial).

        sum over k >= seen of  C(of, k) B(k + a, of - k + b) / B(a, b),  a = p s, b = (1 - p) s,
        p = mean / of,  s = (1 - p) / (p spread) - 1

    Elementwise; 0 <= seen <= of. Long sums are integrated (Gauss-Legendre, each k being the stretch of half a
    step around it). Nothing seen gives 1, as does a count that is not above its mean: no alert is about it.

    >>> p = share_tail(np.array([8.0]), np.array([10.0]), np.array([2.0]), np.array([0.2]))
    >>> round(float(p[0]), 5)
    0.00143
    """
    out = np.ones(np.broadcast_shapes(seen.shape, mean.shape))
    high = (seen > mean) & (seen > 0)
    if not high.any():
        return out
    k, n, m, phi = (np.broadcast_to(x, out.shape)[high] for x in (seen, of, mean, spread))
    p = np.clip(m / n, 1e-9, 1 - 1e-9)
    s = np.maximum((1 - p) / (p * np.maximum(phi, 1e-7)) - 1, 0.5)
    deviation = np.sqrt(n * p * (1 - p) * (s + n) / (s + 1))
    tails = np.empty(len(k))
    short = n - k < 200
    for rows in (np.flatnonzero(short), np.flatnonzero(~short)):
        if len(rows) == 0:
            continue
        a, b, first, of_all = ((p * s)[rows], ((1 - p) * s)[rows], k[rows], n[rows])
        if short[rows[0]]:
            tails[rows] = _summed(first, of_all, a, b)
            continue
        end = np.minimum(of_all + 0.5, first + 14 * deviation[rows] + 20)
        half = (end - first + 0.5)[:, None] / 2
        at, weight = np.minimum(first[:, None] - 0.5 + half * (NODES + 1), of_all[:, None]), half * WEIGHTS
        tails[rows] = (weight * np.exp(_log_share_mass(at, of_all[:, None], a[:, None], b[:, None]))).sum(1)
    out[high] = np.clip(tails, LEAST, 1.0)
    return out


def _summed(first: Floats, of: Floats, a: Floats, b: Floats) -> Floats:
    """Term by term, each from the one before it: mass(k + 1) / mass(k) = (of - k) (k + a) / ((k + 1) (of - k - 1 + b))."""
    k, n = first[:, None] + np.arange(int((of - first).max())), of[:, None]
    left = np.maximum(n - k, 0)
    ratio = left * (k + a[:, None]) / ((k + 1) * (np.maximum(left - 1, 0) + b[:, None]))
    return np.asarray(np.exp(_log_share_mass(first, of, a, b)) * (1 + np.cumprod(ratio, axis=1).sum(axis=1)))


def between(mean: float, spread: float, of: float | None = None) -> tuple[float, float]:
    """The smallest and the largest count of the middle 95 %: less than the first, or more than the second, each has at most 2.5 %.

    Of a negative binomial of this mean and spread; of a beta-binomial where the count is a part `of` so many.

    >>> between(10.0, 0.1), between(0.1, 0.5), between(4.0, 0.1, of=20.0)
    ((3.0, 20.0), (0.0, 1.0), (0.0, 9.0))
    """
    most = of if of is not None else 10.0 + 20 * mean * (1 + spread) ** 0.5 + 20 * spread * mean

    def above(k: float, mean: float, spread: float) -> float:
        one = (np.array([x]) for x in (k, mean, spread))
        if of is None:
            return float(count_tail(*one)[0])
        seen, share, phi = one
        return float(share_tail(seen, np.array([of]), share, phi)[0]) if k > mean else 1.0

    high = _last(lambda k: above(k, mean, spread) > SIDE, most)
    if of is None:
        return _last(lambda k: 1 - above(k, mean, spread) <= SIDE, high), high
    if mean <= 0 or mean >= of:
        return mean, mean
    others = spread * (mean / (of - mean)) ** 2  # the same share, told of those that are not in the part
    return of - _last(lambda k: above(k, of - mean, others) > SIDE, of), high


def _last(holds: Callable[[float], bool], most: float) -> float:
    """The largest whole number up to `most` where it holds; it holds at 0, and from some number on no more."""
    low, high = 0, int(most) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(float(middle)) else (low, middle)
    return float(low)


def _log_share_mass(k: Floats, n: Floats, a: Floats, b: Floats) -> Floats:
    from scipy.special import betaln

    found: Floats = -np.log1p(n) - betaln(n - k + 1, k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
    return found

"""How rare a count is: upper tails of the negative binomial and of the beta-binomial, given as mean and spread.

Both say P(X >= seen). `spread` is the squared coefficient of variation of the rate (or of the share) behind the
count: 0 is Poisson (binomial), 0.25 a rate that itself moves by half of its size.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST = 1e-300
"""Smaller probabilities are all this one."""
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
            at = first[:, None] + np.arange(int((of_all - first).max()) + 1)
            weight = (at <= of_all[:, None]).astype(float)
        else:
            end = np.minimum(of_all + 0.5, first + 14 * deviation[rows] + 20)
            half = (end - first + 0.5)[:, None] / 2
            at, weight = first[:, None] - 0.5 + half * (NODES + 1), half * WEIGHTS
        at = np.minimum(at, of_all[:, None])
        tails[rows] = (weight * np.exp(_log_share_mass(at, of_all[:, None], a[:, None], b[:, None]))).sum(1)
    out[high] = np.clip(tails, LEAST, 1.0)
    return out


def _log_share_mass(k: Floats, n: Floats, a: Floats, b: Floats) -> Floats:
    from scipy.special import betaln

    found: Floats = -np.log1p(n) - betaln(n - k + 1, k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
    return found

"""Where a weekly figure will stand some weeks on, with its probability, from nothing but its own past.

The weekly values y, on a scale on which changes add up (logarithm, or log-odds for shares), are taken to follow one of a family of models,

    y[t] - phi y[t-1] = a + e[t] - theta e[t-1],     e ~ N(0, sigma^2)

phi = 1 is a random walk with drift, smoothed by theta where weeks are noisy (exponential smoothing with drift, the "theta method"); phi below 1
returns to a mean; phi = theta = 0 is noise around a mean. Which of them holds nobody knows, so all are asked: each of a grid of (phi, theta)
weighs as much as it explains the past (its marginal likelihood), and its forecast, a Student t because a, the first shock and sigma are
estimated too, goes into a mixture. The drift is drawn towards none: a few good months are no law.

Source: Box, Jenkins and Reinsel, "Time Series Analysis" (ARMA(1,1)); Hyndman and Billah, "Unmasking the Theta method", International Journal of
Forecasting 19 (2003); normal-inverse-gamma regression as in Gelman et al., "Bayesian Data Analysis", chapter 14. Mixture and priors are our own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_WEEKS = 12
"""Below this, no probability: four parameters cannot be told from fewer."""
DRIFT = 0.1
"""Standard deviation, in sigmas per week, of the drift that is thought possible before anything is seen."""
MEAN = 3.0
"""The same of the mean that a returning series returns to, around its average so far."""
WALK = 15.0
"""How much likelier a walk is thought than each way of returning to a mean: over a long time, to miss a walk is the dearer mistake."""
_PHI = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 1.0)
_THETA = (0.0, 0.3, 0.6, 0.8)
_GRID = np.array([(phi, theta) for phi in _PHI for theta in _THETA if theta == 0 or theta < phi])
_BEFORE = np.where(_GRID[:, 0] == 1, WALK, 1.0)
LEAST, MOST = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Scale:
    """What makes a figure's changes add up: log-odds between two bounds, logarithm above one, the figure itself without any.

    `nudge` keeps values at a bound finite.

    >>> scale = Scale.of([20.0, 30.0], 0, 100)
    >>> round(scale.back(scale.to(25.0)), 6)
    25.0
    """

    low: float
    high: float
    nudge: float

    @classmethod
    def of(cls, values: Sequence[float], low: float, high: float) -> "Scale":
        if math.isfinite(high):
            return cls(low, high, (high - low) / 200)
        middle = (
            float(np.median([value - low for value in values if value > low] or [1.0]))
            if math.isfinite(low)
            else 1.0
        )
        return cls(low, high, middle / 50)

    def to(self, value: float) -> float:
        if not math.isfinite(self.low):
            return value
        above = math.log(max(value - self.low, 0.0) + self.nudge)
        return (
            above - math.log(max(self.high - value, 0.0) + self.nudge) if math.isfinite(self.high) else above
        )

    def back(self, value: float) -> float:
        """The figure at this place of the scale, within its bounds."""
        if not math.isfinite(self.low):
            return value
        if not math.isfinite(self.high):
            return max(self.low, self.low + math.exp(min(value, 700.0)) - self.nudge)
        share = 1 / (1 + math.exp(-max(-700.0, min(value, 700.0))))
        found = self.low - self.nudge + share * (self.high - self.low + 2 * self.nudge)
        return min(self.high, max(self.low, found))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What may come: a mixture of Student t distributions, each with its weight, centre, width and degrees of freedom."""

    weights: Floats
    centres: Floats
    widths: Floats
    freedom: float

    def above(self, value: float) -> float:
        """The probability of this value or more, between 0 and 1."""
        from scipy.special import stdtr

        return float(self.weights @ stdtr(self.freedom, (self.centres - value) / self.widths))

    def quantile(self, share: float) -> float:
        """The value that is stayed below with this probability, by halving; share between 0 and 1, both left out."""
        spread = 200 * float(self.widths.max()) + 1
        low, high = float(self.centres.min()) - spread, float(self.centres.max()) + spread
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if 1 - self.above(middle) < share else (low, middle)
        return (low + high) / 2


class Model:
    """The family of models, fitted to weekly values on an additive scale, the newest last. At least three values."""

    def __init__(self, values: Sequence[float]) -> None:
        y = np.asarray(values, float)
        self.mean = float(y.mean())
        self.values = y - self.mean
        self.phi, self.theta = _GRID[:, 0], _GRID[:, 1]
        # e[t] = shock . (1, a, e[1]): what each shock is, linear in the drift and the first shock, which are not known
        shock = np.zeros((len(_GRID), 3))
        shock[:, 2] = 1
        shocks = [shock]
        for before, now in zip(self.values[:-1], self.values[1:], strict=True):
            shock = self.theta[:, None] * shock
            shock[:, 0] += now - self.phi * before
            shock[:, 1] -= 1
            shocks.append(shock)
        self.last = shock
        self._fit(np.stack(shocks[1:], axis=1))

    def _fit(self, shocks: Floats) -> None:
        """Normal-inverse-gamma regression of the shocks on drift and first shock, for every (phi, theta) at once."""
        seen, design = shocks[:, :, 0], -shocks[:, :, 1:]
        prior = np.zeros((len(_GRID), 2, 2))
        prior[:, 0, 0] = 1 / (DRIFT**2 + ((1 - self.phi) * MEAN) ** 2)
        prior[:, 1, 1] = 1
        precision = np.einsum("kti,ktj->kij", design, design) + prior
        self.spread = np.linalg.inv(precision)
        self.centre = np.einsum("kij,kj->ki", self.spread, np.einsum("kti,kt->ki", design, seen))
        rest = (seen**2).sum(axis=1) - np.einsum("ki,kij,kj->k", self.centre, precision, self.centre)
        steps = np.diff(self.values)
        shape, size = 1.0, 0.25 * float(steps @ steps) / len(steps) + 1e-12  # a guess worth two weeks
        self.shape = shape + seen.shape[1] / 2
        self.size = size + np.maximum(rest, 0) / 2
        log_weight = np.log(_BEFORE) - self.shape * np.log(self.size)
        log_weight += (np.log(np.linalg.det(prior)) - np.log(np.linalg.det(precision))) / 2
        weights = np.exp(log_weight - log_weight.max())
        self.weights: Floats = weights / weights.sum()

    def outlook(self, ahead: int, window: int = 1, shift: float = 0.0) -> Outlook:
        """The mean of the `window` weeks that end `ahead` weeks after the newest value, plus `shift`.

        Weeks of the window that are over count as they were. ahead >= 1, 1 <= window <= number of values + ahead.
        """
        first = ahead - window + 1
        known = self.values[len(self.values) + first - 1 :] if first < 1 else self.values[:0]
        level, total = np.zeros((len(_GRID), 3)), np.zeros((len(_GRID), 3))
        level[:, 0], total[:, 0] = self.values[-1], known.sum()
        for step in range(1, ahead + 1):
            level = self.phi[:, None] * level
            level[:, 1] += 1
            if step == 1:
                level = level - self.theta[:, None] * self.last
            if step >= first:
                total += level
        noise = self._noise(ahead, max(first, 1))
        total, noise = total / window, noise / window
        centres = total[:, 0] + np.einsum("ki,ki->k", total[:, 1:], self.centre)
        unsure = np.einsum("ki,kij,kj->k", total[:, 1:], self.spread, total[:, 1:])
        widths = np.sqrt(self.size / self.shape * ((noise**2).sum(axis=1) + unsure))
        return Outlook(self.weights, centres + self.mean + shift, np.maximum(widths, 1e-9), 2 * self.shape)

    def _noise(self, ahead: int, first: int) -> Floats:
        """How much each shock to come weighs in the sum of the weeks `first` to `ahead`: its effect up to the end, less that before the window."""
        ages = np.arange(ahead)
        effect = self.phi[:, None] ** np.maximum(ages - 1, 0) * (self.phi - self.theta)[:, None]
        effect[:, 0] = 1
        so_far = np.cumsum(effect, axis=1)
        noise = so_far[:, ::-1].copy()
        noise[:, : first - 1] -= so_far[:, : first - 1][:, ::-1]
        return noise


def chance(outlook: Outlook, wanted: float, *, upward: bool) -> float:
    """The probability of reaching a value, upward or downward, never said to be surer than 1 % or 99 %.

    >>> outlook = Model([1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]).outlook(4)
    >>> 0.3 < chance(outlook, 1.5, upward=True) < 0.7, chance(outlook, 50.0, upward=True)
    (True, 0.01)
    """
    above = outlook.above(wanted)
    return min(MOST, max(LEAST, above if upward else 1 - above))

"""Brands that never were, for measuring the spike detector: mentions per quarter hour without a spike, and the usual rules to compare with."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

DAY = 96
"""Quarter hours."""
HISTORY_DAYS = 56
MONTH = 365.25 / 12 * DAY
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rule = Callable[[Floats, Floats, Floats], Flags]
RIVALS: dict[str, Rule] = {
    "mean + 3 sd": lambda hour, mean, sd: hour > mean + 3 * sd,
    "150 % of 7 days": lambda hour, mean, sd: hour > 1.5 * mean,
}


@dataclass(frozen=True)
class World:
    """Brands that have a rhythm of day and week, drift, and rates that move by themselves: by quarter hours
    (`spread`) and by moods that last hours (`mood`, standard deviation of the logarithm)."""

    name: str
    spread: float
    mood: float = 0.0
    drift: float = 0.3
    seed: int = 1
    chance: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", np.random.default_rng(self.seed))

    def rates(self, per_day: Floats, days: int) -> Floats:
        """Expected mentions per quarter hour: [brand, step]."""
        n, at = len(per_day), np.arange(days * DAY)
        hour, day = at % DAY / 4, at // DAY % 7
        peak, size = self.chance.uniform(10, 20, (n, 1)), self.chance.uniform(0.4, 1.0, (n, 1))
        angle = 2 * np.pi * (hour - peak) / 24
        rhythm = np.exp(size * np.cos(angle) + 0.2 * np.cos(2 * angle - 1.5))
        rhythm = rhythm * np.where(day >= 5, self.chance.uniform(0.4, 1.1, (n, 1)), 1.0)
        steps = self.chance.normal(0, self.drift / np.sqrt(90), (n, days))
        walk = np.exp(np.cumsum(steps, axis=1)).repeat(DAY, axis=1)
        shape = rhythm / rhythm.mean(1, keepdims=True) * walk / walk.mean(1, keepdims=True)
        return np.asarray(per_day[:, None] / DAY * shape)

    def moods(self, n: int, steps: int) -> Floats:
        """Factors that come and go with a time constant of four hours."""
        if not self.mood:
            return np.ones((n, steps))
        keep = np.exp(-1 / 16)
        noise = self.chance.normal(0, self.mood * np.sqrt(1 - keep**2), (steps, n))
        out = np.empty((steps, n))
        now = self.chance.normal(0, self.mood, n)
        for k in range(steps):
            now = keep * now + noise[k]
            out[k] = now
        return np.exp(out.T - self.mood**2 / 2)

    def drawn(self, rates: Floats) -> Floats:
        return self.chance.poisson(
            rates * self.chance.gamma(1 / self.spread, self.spread, rates.shape)
        ).astype(float)


def hour_sums(counts: Floats, hour: int) -> tuple[Floats, Floats, Floats]:
    """The sum of the last hour at each step, and mean and standard deviation of those of the seven days before it."""
    sums = np.cumsum(np.pad(counts, ((0, 0), (hour, 0))), axis=1)
    sums = sums[:, hour:] - sums[:, :-hour]
    week = 168 * hour
    padded = np.pad(np.cumsum(np.stack([sums, sums**2]), axis=2), ((0, 0), (0, 0), (1, 0)))
    first, second = (padded[:, :, week:-1] - padded[:, :, : -week - 1]) / week
    lead = ((0, 0), (week, 0))
    mean = np.pad(first, lead, constant_values=np.inf)
    return sums, mean, np.pad(np.sqrt(np.maximum(second - first**2, 0)), lead)


def rival(counts: Floats, rule: Rule, hour: int = 4) -> Flags:
    return rule(*hour_sums(counts, hour))


def held(hit: Flags, hold: int) -> Flags:
    """The first of each stretch, and none for `hold` steps after it."""
    out, last = np.zeros_like(hit), np.full(len(hit), -hold)
    for k in np.flatnonzero(hit.any(axis=0)):
        out[:, k] = hit[:, k] & (k - last >= hold)
        last = np.where(out[:, k], k, last)
    return out

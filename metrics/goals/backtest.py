"""Would the probabilities have been right? Goals of several sizes, set in every week of a figure's past with nothing but what was known then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from metrics.goals.forecast import FEWEST_WEEKS, LEAST, Model, chance
from metrics.goals.history import History

AHEAD = (4, 9, 13, 17, 26)
"""Weeks to the last day: a month, two, a quarter, four months, half a year."""
SIZES = (5.0, 10.0, 20.0, 35.0)
"""In percent of the figure; in points (half of it) for figures that can be 0 or less."""
EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Trial:
    """One pretended goal: when it was set (the week's number), the probability said then, that of the past's frequency, and what happened."""

    week: int
    ahead: int
    said: float
    frequency: float
    met: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Trials whose probability lay in [low, high): how many, what was said on average, and how many of 100 were met."""

    low: float
    high: float
    n: int
    said: float
    met: float


@dataclass(frozen=True, slots=True)
class Score:
    """A Brier score (0 is perfect, 0.25 what "50 %" always gets), and the skill of the probabilities over it, with 95 % by resampling."""

    name: str
    brier: float
    skill: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """`trials` pretended goals, set in `weeks` weeks; `met` is the share that was met. Trials overlap: they are far fewer than they look."""

    trials: int
    weeks: int
    met: float
    brier: float
    naive: tuple[Score, ...]
    bins: tuple[Bin, ...]


def trials(history: History, *, upward: bool, ahead: Sequence[int] = AHEAD) -> Iterator[Trial]:
    """The pretended goals of one figure: each week from the twelfth on, each size and each time ahead that the past is long enough for.

    `upward` is the way that goals go; sizes are taken away where it is False. Only values up to the week are used.
    """
    scale, window = history.scale, history.window
    weekly = [scale.to(value) for value in history.values]
    levels = [float(np.mean(weekly[max(0, end - window) : end])) for end in range(1, len(weekly) + 1)]
    signed = not np.isfinite(history.low) or history.low < 0
    for week in range(FEWEST_WEEKS, len(weekly)):
        now = levels[week - 1]
        model = Model(weekly[:week])
        for weeks in ahead:
            if weeks > week or week + weeks > len(weekly):
                continue
            outlook = model.outlook(weeks, window)
            past = [levels[at + weeks] - levels[at] for at in range(window - 1, week - weeks)]
            for size in SIZES if upward else [-size for size in SIZES]:
                value = scale.back(now)
                step = scale.to(value + size / 2 if signed else value * (1 + size / 100)) - now
                often = sum(change >= step if upward else change <= step for change in past)
                met = (
                    levels[week + weeks - 1] >= now + step
                    if upward
                    else levels[week + weeks - 1] <= now + step
                )
                frequency = (often + 1) / (len(past) + 2)
                yield Trial(week, weeks, chance(outlook, now + step, upward=upward), frequency, bool(met))


def backtest(found: Sequence[Trial], *, seed: int = 1) -> Backtest | None:
    """The scores of these trials; None without any.

    Brier score: mean of (probability - outcome)^2. Skill over a naive forecast: 1 - Brier / its Brier; above 0 is better than it. The naive ones:
    always 50 %; that all stays as it is, so no goal is met (1 %); and how often the past made such a change. The
    intervals come from drawing blocks of weeks as long as the longest time ahead, since neighbouring trials share most of their future.

    Source: Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950); Politis and Romano, "A circular
    block-resampling procedure for stationary data", in: Exploring the Limits of Bootstrap (1992).

    >>> result = backtest([Trial(12, 4, 0.9, 0.5, True), Trial(13, 4, 0.1, 0.5, False)])
    >>> round(result.brier, 3), [(naive.name, naive.brier) for naive in result.naive][0]
    (0.01, ('always 50 %', 0.25))
    """
    if not found:
        return None
    said, met = np.array([t.said for t in found]), np.array([t.met for t in found], float)
    rivals = {
        "always 50 %": np.full(len(found), 0.5),
        "stays as it is": np.full(len(found), LEAST),
        "past frequency": np.array([t.frequency for t in found]),
    }
    own = (said - met) ** 2
    drawn = _blocks([t.week for t in found], max(t.ahead for t in found), seed)
    naive = tuple(_score(name, own, (rival - met) ** 2, drawn) for name, rival in rivals.items())
    return Backtest(
        len(found),
        len({t.week for t in found}),
        float(met.mean()),
        float(own.mean()),
        naive,
        _bins(said, met),
    )


def _score(name: str, own: np.ndarray, rival: np.ndarray, drawn: list[np.ndarray]) -> Score:
    brier = float(rival.mean())
    if brier == 0:
        return Score(name, brier)
    skills = [1 - own[rows].sum() / rival[rows].sum() for rows in drawn if rival[rows].sum() > 0]
    low, high = np.quantile(skills, (0.025, 0.975)) if skills else (None, None)
    return Score(
        name,
        brier,
        float(1 - own.mean() / brier),
        None if low is None else float(low),
        None if high is None else float(high),
    )


def _blocks(weeks: list[int], length: int, seed: int) -> list[np.ndarray]:
    """Draws of the trials with replacement, by runs of `length` weeks; none where the past holds fewer than two such runs."""
    at = np.array(weeks)
    first, last = int(at.min()), int(at.max())
    span = last - first + 1
    if span < 2 * length:
        return []
    by_week = [np.flatnonzero(at == week) for week in range(first, last + 1)]
    starts = np.random.default_rng(seed).integers(0, span, size=(DRAWS, -(-span // length)))
    runs = (starts[:, :, None] + np.arange(length)).reshape(DRAWS, -1)[:, :span] % span
    return [np.concatenate([by_week[week] for week in some]) for some in runs]


def _bins(said: np.ndarray, met: np.ndarray) -> tuple[Bin, ...]:
    found = []
    for low, high in pairwise(EDGES):
        inside = (said >= low) & ((said < high) | (high == EDGES[-1]))
        if inside.any():
            found.append(
                Bin(low, high, int(inside.sum()), float(said[inside].mean()), float(met[inside].mean()))
            )
    return tuple(found)

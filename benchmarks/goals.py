"""How right the chances of goals are, on invented series whose nature is known: `python benchmarks/goals.py`.

Each line: Brier score of the chances, of "50 %" and of "it stays as it is", the share of outcomes within the 95 % range, and by what was said (mean
said/share met, number of goals).
"""

from collections.abc import Callable

import numpy as np

from metrics.goals.forecast import Model, chance

SERIES = 400
STEPS = (0.05, 0.1, 0.2, 0.3)
EDGES = ((0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1))
Make = Callable[[np.random.Generator, int], np.ndarray]


def walk(rng: np.random.Generator, weeks: int) -> np.ndarray:
    return np.cumsum(rng.normal(0, 0.01) + rng.normal(0, 0.1, weeks))


def noisy_walk(rng: np.random.Generator, weeks: int) -> np.ndarray:
    return 0.3 * walk(rng, weeks) + rng.normal(0, 0.1, weeks)


def noise(rng: np.random.Generator, weeks: int) -> np.ndarray:
    return rng.normal(0, 0.1, weeks)


def returning(rng: np.random.Generator, weeks: int) -> np.ndarray:
    found = np.zeros(weeks + 30)
    for at, shock in enumerate(rng.normal(0, 0.1, weeks + 29), 1):
        found[at] = 0.67 * found[at - 1] + shock
    return found[30:]


def line(make: Make, weeks: int, ahead: int) -> str:
    rng = np.random.default_rng(7)
    said, met, inside = [], [], []
    for _ in range(SERIES):
        values = make(rng, weeks + ahead)
        outlook, now, end = (
            Model(list(values[:weeks])).outlook(ahead, 4),
            values[weeks - 4 : weeks].mean(),
            values[-4:].mean(),
        )
        inside.append(0.025 <= 1 - outlook.above(end) <= 0.975)
        said += [chance(outlook, now + step, upward=True) for step in STEPS]
        met += [float(end >= now + step) for step in STEPS]
    chances, outcomes = np.array(said), np.array(met)
    briers = [((rival - outcomes) ** 2).mean() for rival in (chances, 0.5, 0.01)]
    parts = [(chances >= low) & (chances < high) for low, high in EDGES]
    bins = " ".join(
        f"{chances[p].mean():.2f}/{outcomes[p].mean():.2f} ({p.sum()})" for p in parts if p.sum() >= 20
    )
    return f"{make.__name__:10} {weeks:4} {ahead:4}  {briers[0]:.3f} {briers[1]:.3f} {briers[2]:.3f}  {np.mean(inside):.2f}  {bins}"


if __name__ == "__main__":
    print("series    weeks ahead  Brier  50 %  stays  in 95 %  said/met (goals)")
    for make in (walk, noisy_walk, noise, returning):
        for weeks, ahead in ((26, 9), (52, 13), (104, 17)):
            print(line(make, weeks, ahead))

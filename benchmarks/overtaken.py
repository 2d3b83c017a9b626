"""How often a competitor is said to have overtaken a brand where nothing changed, and how soon where it did.

    python -m benchmarks.overtaken --years 200

Two simulated brands, looked at every day for a year over the last seven days by the rule of `metrics.voice.overtaken`; every mention is by
another author. The rate of each brand differs from day to day by a factor of the given spread, on its own or ("moods") half carried
over from the day before. Changed: our brand, 30 % louder at first, is a quarter more quiet than the other from day 100 on.
"""

import argparse

import numpy as np

from metrics.voice.clusters import Loudness, chance_of_gap_of_sums
from metrics.voice.overtaken import DAYS, REAL, chance_of_days

CHANGE_DAY, BEFORE, AFTER = 100, 1.3, 0.75


def told(own: np.ndarray, other: np.ndarray, led: str, *, days_too: bool = True) -> list[int]:
    """The days on which the other is told to have overtaken; `led`: who led at the beginning. Not `days_too`: by authors alone."""
    found = []
    for after in range(DAYS, len(own) + 1):
        gaps = own[after - DAYS : after] - other[after - DAYS : after]
        many = float(own[after - DAYS : after].sum() + other[after - DAYS : after].sum())
        by_author = chance_of_gap_of_sums(float(gaps.sum()), Loudness(many, many, many)) if many else 1.0
        by_day = chance_of_days(gaps.tolist()) if days_too else 0.0
        if not gaps.sum() or max(by_author, by_day) >= REAL:
            continue
        leads = "own" if gaps.sum() > 0 else "other"
        if leads == "other" and led != "other":
            found.append(after)
        led = leads
    return found


def year(
    a_day: float, spread: float, carried: float, *, changed: bool, draw: np.random.Generator
) -> np.ndarray:
    """Mentions of both brands on each day."""
    days = 365 + DAYS
    noise = draw.normal(0, spread, (2, days))
    for day in range(1, days):
        noise[:, day] = carried * noise[:, day - 1] + np.sqrt(1 - carried**2) * noise[:, day]
    rate = a_day * np.exp(noise - spread**2 / 2)
    if changed:
        rate[0] *= np.where(np.arange(days) < CHANGE_DAY, BEFORE, AFTER)
    return draw.poisson(rate).astype(float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=200)
    years = parser.parse_args().years
    draw = np.random.default_rng(1)
    print(
        "| days differ by | mentions a day | told a year | by authors alone | changed: found | after days (median) |"
    )
    print("|---|---|---|---|---|---|")
    for name, spread, carried in (("chance", 0.0, 0.0), ("0.2", 0.2, 0.0), ("0.2, moods", 0.2, 0.5)):
        for a_day in (10, 100, 1000):
            alike = [year(a_day, spread, carried, changed=False, draw=draw) for _ in range(years)]
            both, authors = (
                sum(len(told(*one, "", days_too=days)) for one in alike) / years for days in (True, False)
            )
            first = []
            for _ in range(years):
                days = told(*year(a_day, spread, carried, changed=True, draw=draw), "own")
                first += [day - CHANGE_DAY for day in days if day > CHANGE_DAY][:1]
            middle = f"{np.median(first):.0f}" if first else "–"
            print(
                f"| {name} | {a_day} | {both:.2f} | {authors:.2f} | {100 * len(first) / years:.0f} % | {middle} |"
            )


if __name__ == "__main__":
    main()

"""Which bursts are found, beside the best that any test could do."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.spike_worlds import DAY, HISTORY_DAYS, MONTH, RIVALS, Flags, Floats, World, hour_sums
from metrics.spikes.detector import step
from metrics.spikes.state import State, fresh

VOLUMES = np.array((50, 100, 200, 500, 1000), float)
SPREADS = (0.01, 0.05, 0.2)
TIMES, STEPS, CALM_DRAWS = 3.0, 5, 10
"""A burst of an hour that begins within a quarter hour touches five of them."""


@dataclass
class Tries:
    """What was found of the bursts that were tried, [try, brand] each; `known` and `calm`: the best test's evidence with and without a burst."""

    rate: list[Floats] = field(default_factory=list)
    soon: list[Flags] = field(default_factory=list)
    later: list[Flags] = field(default_factory=list)
    known: list[Floats] = field(default_factory=list)
    calm: list[Floats] = field(default_factory=list)
    rivals: dict[str, list[Flags]] = field(default_factory=lambda: {name: [] for name in RIVALS})

    def found(self, rows: Flags) -> dict[str, Floats]:
        limit = np.quantile(np.array(self.calm)[:, rows], 1 - 1 / MONTH)
        columns = {
            "soon": self.soon,
            "best": np.array(self.known) > limit,
            "later": self.later,
            **self.rivals,
        }
        return {name: np.array(values, float)[:, rows] for name, values in columns.items()}


def power(brands: int, tries: int) -> Iterator[list[str]]:
    """The lines of the table, for so many brands of each volume and so many bursts each."""
    for spread in SPREADS:
        per_day = VOLUMES.repeat(brands)
        random, edge = _tried(World("even", spread, seed=2), per_day, tries)
        for volume in VOLUMES:
            rows = per_day == volume
            ours, at_edge, rate = random.found(rows), edge.found(rows), np.array(random.rate)[:, rows]
            columns = (
                ours["soon"],
                ours["best"],
                at_edge["soon"],
                at_edge["best"],
                ours["later"],
                *(ours[name] for name in RIVALS),
            )
            usual = ((rate > 0.8) & (rate < 1.25)).astype(float)
            for when, weight in (
                ("any time", np.ones_like(rate)),
                ("as people post", rate),
                ("usual rate", usual),
            ):
                shares = [f"{100 * (column * weight).sum() / weight.sum():.0f} %" for column in columns]
                yield [str(spread), f"{volume:.0f}", when, *shares]


def _tried(world: World, per_day: Floats, tries: int) -> tuple[Tries, Tries]:
    """Bursts on branches of one past, begun at random moments and with a quarter hour."""
    rates = world.rates(per_day, HISTORY_DAYS + 14)
    counts, state, random, edge = world.drawn(rates), fresh(len(per_day)), Tries(), Tries()
    _, mean, sd = hour_sums(counts, 4)
    starts = np.arange(HISTORY_DAYS * DAY, counts.shape[1] - STEPS)
    chosen = set(world.chance.choice(starts, tries, replace=False).tolist())
    for k in range(counts.shape[1]):
        if k in chosen:
            base = rates[:, k : k + STEPS]
            for kept, into in (
                (random, world.chance.uniform(0, 1, len(per_day))),
                (edge, np.zeros(len(per_day))),
            ):
                more = 1 + (TIMES - 1) * np.stack([1 - into, *[np.ones(len(per_day))] * 3, into], axis=1)
                drawn = world.drawn(base * more)
                told = _told(state, k, drawn)
                kept.rate.append(base[:, :4].mean(1) * DAY / per_day)
                kept.soon.append(np.asarray(told[:, :2].any(1)))
                kept.later.append(np.asarray(told.any(1)))
                kept.known.append(_evidence(world, drawn[:, :2], base, more))
                kept.calm += [
                    _evidence(world, world.drawn(base[:, :2]), base, more) for _ in range(CALM_DRAWS)
                ]
                hour = np.concatenate([counts[:, k - 3 : k], drawn[:, :2]], axis=1)
                sums = np.stack([hour[:, :4].sum(1), hour[:, 1:].sum(1)], axis=1)
                for name, rule in RIVALS.items():
                    hit = rule(sums, mean[:, k, None], sd[:, k, None])
                    kept.rivals[name].append(np.asarray(hit.any(axis=1)))
        state, _ = step(state, k, counts[:, k])
    return random, edge


def _told(state: State, slot: int, drawn: Floats) -> Flags:
    out = []
    for j in range(drawn.shape[1]):
        state, verdict = step(state, slot + j, drawn[:, j])
        out.append(verdict.alert)
    return np.array(out).T


def _evidence(world: World, drawn: Floats, base: Floats, more: Floats) -> Floats:
    """The logarithm of the likelihood ratio of the first half hour."""
    from scipy.stats import nbinom

    r, calm, burst = 1 / world.spread, base[:, :2], (base * more)[:, :2]
    found: NDArray[np.float64] = (
        nbinom.logpmf(drawn, r, r / (r + burst)) - nbinom.logpmf(drawn, r, r / (r + calm))
    ).sum(axis=1)
    return found

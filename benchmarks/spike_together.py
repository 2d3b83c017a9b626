"""How a brand's budget of false alarms is to be divided over its series: brands on several networks, a fifth of what is said negative."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.spike_worlds import DAY, HISTORY_DAYS, MONTH, Floats, World
from metrics.spikes.state import State
from metrics.spikes.watch import (
    KINDS,
    STANDING,
    Counts,
    Rows,
    States,
    Verdicts,
    entries,
    fed,
    lasting,
    marked,
    new_states,
    news,
    weights_of,
)

POWERS = (0.0, 0.5, 0.6, 0.7, 0.8, 1.0)
NEGATIVE, NEGATIVE_SPREAD = 0.2, 0.05
A_DAY = (20, 100, 500, 2500)
"""Mentions of a brand on all its networks."""
Event = tuple[int, Verdicts]


def drawn(world: World, brands: int, networks: int, days: int, mood: float = 0.2) -> Counts:
    """Mentions per [brand, network, quarter hour]: networks of very different size, with moods that all of a brand's networks share."""
    chance = np.random.default_rng(7 + networks)
    per_day = np.array(A_DAY, float).repeat(-(-brands // len(A_DAY)))[:brands]
    sizes = chance.dirichlet(np.full(networks, 1.0), brands) * per_day[:, None]
    common = replace(world, mood=mood).moods(brands, days * DAY).repeat(networks, axis=0)
    mentions = world.drawn(world.rates(sizes.ravel(), days) * common).reshape(brands, networks, -1)
    a = NEGATIVE / (NEGATIVE_SPREAD * NEGATIVE)
    share = chance.beta(a, a * (1 / NEGATIVE - 1), mentions.shape)
    return Counts(
        mentions, chance.binomial(mentions.astype(int), share).astype(float), mentions, np.ones_like(mentions)
    )


def said(past: Counts) -> tuple[Rows, list[Event]]:
    """Quarter hours after the history at which some series comes to what happens four times a month at most."""
    brands, networks, slots = past.mentions.shape
    rows = Rows(brands, networks)
    states, found = new_states(rows, "UTC"), []
    weights = past.mentions[..., : HISTORY_DAYS * DAY].mean(axis=2)
    for k in range(slots):
        states, verdicts = fed(states, k, entries(past.at(k), weights))
        if k >= HISTORY_DAYS * DAY and min(one.false_alarms.min() for one in verdicts.values()) <= 4:
            found.append((k, verdicts))
    assert (weights_of(states, rows) > 0).all()
    return rows, found


def told(rows: Rows, events: list[Event], budget: float) -> Floats:
    """Messages per brand at this budget of each series."""
    marks = np.zeros(len(rows), [("alerted", "i8"), ("alerted_rarity", "f8")])
    marks["alerted"] = -(10**9)
    one = new_states(Rows(1, 1), "UTC")
    states: States = {kind: State(one[kind].setup, marks.copy()) for kind in KINDS}
    found = np.zeros(rows.brands)
    for slot, verdicts in events:
        which = news(states, slot, verdicts, rows, budget)
        states = marked(states, slot, verdicts, which)
        states = lasting(states, slot, verdicts, rows, STANDING)
        found += np.bincount(rows.brand, sum(which.values()), rows.brands) > 0
    return found


def together(brands: int, days: int) -> Iterator[list[str]]:
    months = brands * days * DAY / MONTH
    for world in (World("even", 0.05), World("uneven", 0.3)):
        for networks in (1, 3, 6):
            rows, events = said(drawn(world, brands, networks, HISTORY_DAYS + days))
            series = len(KINDS) * max(1, len(rows) // brands)
            often = [told(rows, events, 1 / series**power).sum() / months for power in POWERS]
            yield [world.name, str(networks), str(series), f"{months:,.0f}", *(f"{x:.2f}" for x in often)]

"""What the watch would have told of the past at the present settings, and how soon it would have noticed a burst.

The same detector, budget and guard as live, over the quarter hours as they are stored now; they are judged when they have ended, so live alerts
come some minutes earlier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from listener.alerts.guard import stands
from listener.alerts.memory import HISTORY_DAYS, Memory, Plan
from metrics.alerts.alert import Signal
from metrics.read.quarters import Watched, counts_of, start_of
from metrics.spikes.baseline import HALF, Flags
from metrics.spikes.signal import signal
from metrics.spikes.state import Kind
from metrics.spikes.tails import Floats
from metrics.spikes.watch import (
    DAY,
    KINDS,
    STANDING,
    Counts,
    States,
    Verdicts,
    alerts_a_month,
    entries,
    fed,
    lasting,
    marked,
    new_states,
    news,
    told_lately,
    weights_in,
)
from storage.db import Database
from storage.quarters import imported

LEARNING = 14 * DAY
"""So much of a brand's history only teaches where the rate of alerts is worked out."""
LEAST_MONTHS = 0.25
"""Of less history no rate is told."""
BURSTS, LOOKS, EVERY_S, TIMES, BURST_S = 12, 15, 300, 3.0, 3600
"""Bursts put on a brand's history, how often and how far apart each is looked at (75 minutes in all), their size and length."""


@dataclass(frozen=True, slots=True)
class Told:
    """What would have been told at the end of a quarter hour. `opened`: a new alert; else one of the last day became far worse."""

    brand_id: str
    at: datetime
    opened: bool
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """How a brand's watch has done on its own last weeks: alerts a month (None: too little history), on how many months that rests, the median
    minutes until a burst of three times the usual was noticed, and the share that was within 75 minutes (None: none could be tried)."""

    budget: float
    achieved_per_month: float | None = None
    months: float = 0.0
    delay_minutes: float | None = None
    found_share: float | None = None

    def as_json(self) -> dict[str, float | None]:
        return asdict(self)


def with_imports(connection: Connection, plan: Plan, first: int) -> Plan:
    """The same, watching also the networks that only imports bring: for looking back."""
    more = {network for _, network in imported(connection, plan.watched.ids, start_of(first))}
    networks = dict.fromkeys(more, ("import",)) | dict(plan.watched.networks)
    return replace(plan, watched=Watched(plan.watched.brands, dict(sorted(networks.items()))))


@dataclass(frozen=True)
class Replayed:
    """What would have been told in [first, after), and how much of it was looked at, [brand, network, quarter hour]."""

    plan: Plan
    told: tuple[Told, ...]
    coverage: Floats

    def looked(self, brand: int) -> int:
        """Quarter hours in which at least one of the brand's networks was looked at."""
        return int((self.coverage[brand] >= HALF).any(axis=0).sum())

    def rate(self, brand: int) -> float | None:
        """Alerts opened a month; None where there was too little to look at."""
        looked = self.looked(brand)
        opened = sum(one.opened and one.brand_id == self.plan.watched.ids[brand] for one in self.told)
        return (
            alerts_a_month(opened, looked) if alerts_a_month(1, max(looked, 1)) <= 1 / LEAST_MONTHS else None
        )


def replay(db: Database, plan: Plan, since: int, until: int) -> Replayed:
    """Look at [since, until) anew, having learned from the days before. How much each network brings is taken from the whole stretch."""
    first = since - HISTORY_DAYS * DAY
    with db.read() as connection:
        plan = with_imports(connection, plan, first)
        past = counts_of(connection, plan.watched, first, until, past=True)
    found: list[Told] = []
    for step in _steps(plan, past, first):
        if step.slot >= since:
            found += step.told(db)
    return Replayed(plan, tuple(found), past.coverage[..., since - first :])


@dataclass
class _Step:
    """One quarter hour of the past: what was known before, and what it says."""

    plan: Plan
    slot: int
    past: Counts
    first: int
    before: States
    states: States
    said: Verdicts

    def told(self, db: Database | None) -> list[Told]:
        """What is told now; the states remember it. Without a database nobody is asked who the authors were."""
        rows, ids = self.plan.rows, self.plan.watched.ids
        budget = rows.budget(self.plan.budget)
        new = news(self.states, self.slot, self.said, rows, budget)
        brands = {int(rows.brand[row]) for which in new.values() for row in np.flatnonzero(which)}
        for brand in brands if db is not None else ():
            self._guard(db, brand, new, budget)
        lately = told_lately(self.states, self.slot, rows)
        self.states = marked(self.states, self.slot, self.said, new)
        self.states = lasting(self.states, self.slot, self.said, rows, STANDING * self.plan.budget)
        found = []
        for brand in sorted(brands):
            signals = [
                signal(
                    kind,
                    self._network(row),
                    self.states[kind],
                    self.said[kind],
                    row,
                    until=start_of(self.slot + 1),
                )
                for kind in KINDS
                for row in np.flatnonzero(new[kind] & (rows.brand == brand)).tolist()
            ]
            if signals:
                signals.sort(key=lambda one: one.false_alarms * (10 if one.kind == "volume" else 1))
                found.append(Told(ids[brand], start_of(self.slot + 1), not lately[brand], tuple(signals)))
        return found

    def _guard(self, db: Database | None, brand: int, new: Mapping[Kind, Flags], budget: float) -> None:
        assert db is not None
        at = self.slot - self.first
        day = Counts(*(np.pad(one, ((0, 0), (0, 0), (DAY, 0)))[..., at : at + DAY] for one in self.past))
        memory = Memory(self.slot - 1, self.before, day, {}, None)
        now = self.past.at(at)
        coming = [(self.slot, now, now.coverage > 1 - 1e-6)]
        stand = stands(db, self.plan, memory, brand, coming, budget)
        mine = np.flatnonzero(self.plan.rows.brand == brand)
        for kind in KINDS:
            new[kind][mine] &= stand[kind]

    def _network(self, row: int) -> str | None:
        network = self.plan.rows.network(row)
        return None if network is None else list(self.plan.watched.networks)[network]


def _steps(plan: Plan, past: Counts, first: int) -> Iterator[_Step]:
    """Quarter hour by quarter hour, from the first that anybody looked at."""
    states, weights = new_states(plan.rows, plan.zone), weights_in(past)
    looked = np.flatnonzero(past.coverage.any(axis=(0, 1)))
    for k in range(looked[0] if len(looked) else past.coverage.shape[2], past.coverage.shape[2]):
        after, said = fed(states, first + k, entries(past.at(k), weights))
        step = _Step(plan, first + k, past, first, states, after, said)
        yield step
        states = step.states


def studied(db: Database, plan: Plan, slot: int) -> Iterator[dict[str, Facts] | None]:
    """The facts of all brands together, from the 60 days before `slot`; yields None after each quarter hour that was gone through, so that
    the work can be spread over time."""
    first = slot - HISTORY_DAYS * DAY
    with db.read() as connection:
        past = counts_of(connection, plan.watched, first, slot, past=True)
    begun = np.flatnonzero(past.coverage.any(axis=(0, 1)))
    judged = int(begun[0]) + LEARNING if len(begun) else slot - first
    room = slot - first - LOOKS * EVERY_S // 900 - 2
    chance = np.random.default_rng(slot // DAY)
    at = set(chance.integers(judged, room, BURSTS).tolist()) if judged < room else set()
    opened, delays = np.zeros(len(plan.watched.ids)), []
    for step in _steps(plan, past, first):
        k = step.slot - first
        if k in at:
            delays.append(_noticed(plan, past, k, step, chance))
        if k >= judged:
            for one in step.told(None):
                opened[plan.watched.ids.index(one.brand_id)] += one.opened
        yield None
    looked = (past.coverage[..., judged:] >= HALF).any(axis=1).sum(axis=1)
    yield {
        brand_id: _facts(plan, float(opened[b]), int(looked[b]), np.array([one[b] for one in delays]))
        for b, brand_id in enumerate(plan.watched.ids)
    }


def _facts(plan: Plan, opened: float, looked: int, delays: Floats) -> Facts:
    months = looked / alerts_a_month(1, 1) if looked else 0.0
    tried = delays[~np.isnan(delays)]
    in_time = tried[np.isfinite(tried)]
    return Facts(
        plan.budget,
        opened / months if months >= LEAST_MONTHS else None,
        months,
        float(np.median(in_time)) if len(in_time) else None,
        len(in_time) / len(tried) if len(tried) else None,
    )


def _noticed(plan: Plan, past: Counts, k: int, step: _Step, chance: np.random.Generator) -> Floats:
    """Minutes until a burst that begins within quarter hour k is noticed, per brand: inf where it is not, nan where nobody looked.

    For an hour three times as much as expected comes in, as negative as the brand's mentions usually are. It is looked at every five minutes.
    """
    rows, states, weights = plan.rows, step.before, weights_in(past)
    budget = rows.budget(plan.budget)
    apart = slice(max(rows.apart, rows.brands))
    usual = step.states["volume"].records["expected"][apart, -1].reshape(past.mentions.shape[:2])
    share = past.negative.sum(axis=2) / np.maximum(past.labelled.sum(axis=2), 1)
    begins = float(chance.uniform(0, 900))
    noticed = np.full(rows.brands, np.inf)
    extra, bad = np.zeros(usual.shape), np.zeros(usual.shape)
    slot = k
    for look in range(1, LOOKS + 1):
        at = begins + look * EVERY_S
        while (slot + 1 - k) * 900 <= at:  # a quarter hour has ended
            states, _ = fed(states, step.first + slot, entries(_more(past.at(slot), extra, bad), weights))
            extra, bad, slot = np.zeros(usual.shape), np.zeros(usual.shape), slot + 1
        lasting = max(0.0, min(EVERY_S, begins + BURST_S - (at - EVERY_S)))
        came = chance.poisson((TIMES - 1) * usual * lasting / 900)
        extra, bad = extra + came, bad + chance.binomial(came, np.clip(share, 0, 1))
        now, part = past.at(slot), (at - (slot - k) * 900) / 900
        so_far = [np.floor(one * part) for one in (now.mentions, now.negative, now.labelled)]
        running = Counts(so_far[0], so_far[1], so_far[2], now.coverage)
        none = np.zeros(usual.shape, bool)
        _, said = fed(states, step.first + slot, entries(_more(running, extra, bad), weights, none))
        due = np.zeros(rows.brands, bool)
        for one in said.values():
            np.logical_or.at(due, rows.brand, (one.false_alarms <= budget) & ~one.learning)
        noticed = np.where(due & np.isinf(noticed), look * EVERY_S / 60, noticed)
    return np.where((past.coverage[..., k : slot + 1] >= HALF).any(axis=(1, 2)), noticed, np.nan)


def _more(now: Counts, extra: Floats, bad: Floats) -> Counts:
    return Counts(now.mentions + extra, now.negative + bad, now.labelled + extra, now.coverage)

"""Many series watched together: mentions, negative mentions and their share, of each brand on each network and on all of them.

One block of records per kind holds all brands, so that a quarter hour is three calls of `spikes.step`. Its rows are the networks of each
brand, brand by brand, and then each brand's networks together; where there is one network only, the latter are all there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metrics.alerts.alert import SignalKind
from metrics.spikes.baseline import HALF, Flags
from metrics.spikes.detector import HOLD_S, MONTH_S, WORSE, Verdict, amend, rare, step
from metrics.spikes.state import Kind, Setup, State, fresh
from metrics.spikes.tails import Floats

SIGNAL_OF: Mapping[Kind, SignalKind] = {"volume": "volume", "part": "negative", "share": "negative_share"}
KINDS: tuple[Kind, ...] = tuple(SIGNAL_OF)
QUARTER_S, DAY = 900, 96
HOLD = HOLD_S // QUARTER_S
TOGETHER = 0.7
"""A brand's series move together, so its budget is divided by their number to this power (benchmarks/spikes.py, together)."""
STANDING = 3.0
"""An event lasts while some series is where it comes this many times as often as is accepted of the brand: coming back down takes
more than going up, so that an alert does not flap."""
States = Mapping[Kind, State]
Verdicts = Mapping[Kind, Verdict]


class Counts(NamedTuple):
    """Of one quarter hour [brand, network] or of many [brand, network, quarter hour]; `coverage`: the part that was looked at, 0 to 1."""

    mentions: Floats
    negative: Floats
    labelled: Floats
    coverage: Floats

    def at(self, k: int) -> "Counts":
        return Counts(*(one[..., k] for one in self))

    def of(self, brands: NDArray[np.int64]) -> "Counts":
        return Counts(*(one[brands] for one in self))


class Entry(NamedTuple):
    """What one kind's rows are fed."""

    counts: Floats
    coverage: Floats
    of: Floats | None


@dataclass(frozen=True)
class Rows:
    """Which series stand where in a block."""

    brands: int
    networks: int

    @property
    def apart(self) -> int:
        """How many rows of single networks come first."""
        return self.brands * self.networks if self.networks > 1 else 0

    def __len__(self) -> int:
        return self.apart + (self.brands if self.networks else 0)

    @cached_property
    def brand(self) -> NDArray[np.int64]:
        """The brand of each row."""
        return np.concatenate(
            [np.arange(self.apart) // max(self.networks, 1), np.arange(len(self) - self.apart)]
        )

    def network(self, row: int) -> int | None:
        """None: all of them together."""
        return row % self.networks if row < self.apart else None

    def row(self, brand: int, network: int | None = None) -> int:
        """Of a brand's network; where there is one only, that is the row of all."""
        together = network is None or not self.apart
        return self.apart + brand if together else brand * self.networks + int(network or 0)

    def budget(self, a_month: float) -> float:
        """The part of a brand's false alarms a month that each of its series may cause."""
        series = len(KINDS) * max(1, len(self) // max(self.brands, 1))
        return float(a_month / series**TOGETHER)


def setups(zone: str) -> dict[Kind, Setup]:
    return {kind: Setup(kind, QUARTER_S, zone) for kind in KINDS}


def new_states(rows: Rows, zone: str) -> States:
    """Nothing is known of any series."""
    return {kind: fresh(len(rows), setup) for kind, setup in setups(zone).items()}


def entries(now: Counts, weights: Floats, settled: Flags | None = None) -> dict[Kind, Entry]:
    """What the blocks are fed of a quarter hour, [brand, network] in, rows out.

    Without `settled` it is over and counts as far as it was looked at; negative ones as far as they have labels. With it, more may still
    come: counts only grow, so what is more already than a whole quarter hour should hold is a spike now, and taking the quarter hour
    for whole raises no alarm that would not be raised later. A share may rise and fall, so it counts where a network is `settled`.
    `weights` is how much each network usually brings (0: not known yet, left out of all together).
    """
    labelled = np.clip(np.where(now.mentions > 0, now.labelled / np.maximum(now.mentions, 1), 1), 0, 1)
    read = now.coverage * labelled
    whole = np.ones_like(read)
    parts = {"volume": now.coverage, "part": read, "share": read}
    if settled is not None:
        parts = {"volume": whole, "part": whole, "share": np.where(settled, read, 0)}
    found: dict[Kind, Entry] = {}
    for kind in KINDS:
        seen, coverage = now.mentions if kind == "volume" else now.negative, parts[kind]
        known = (coverage >= HALF) & (weights > 0)
        of = _rows(now.labelled, known) if kind == "share" else None
        usual = np.maximum(weights.sum(axis=1), 1e-12)
        together = np.minimum((weights * coverage * known).sum(axis=1) / usual, 1)
        apart = [coverage.ravel()] if weights.shape[1] > 1 else []
        found[kind] = Entry(_rows(seen, known), np.concatenate([*apart, together]), of)
    return found


def _rows(seen: Floats, known: Flags) -> Floats:
    apart = [seen.ravel()] if seen.shape[1] > 1 else []
    return np.concatenate([*apart, (seen * known).sum(axis=1)])


def weights_of(states: States, rows: Rows) -> Floats:
    """Mentions a quarter hour that each network usually brings, [brand, network]; 0 where less than a day of it was seen."""
    if not rows.apart:
        return np.ones((rows.brands, rows.networks))
    records = states["volume"].records[: rows.apart]
    level = records["level_seen"] / np.maximum(records["level_due"], 1e-9)
    found = np.where(records["fed"] >= DAY, np.maximum(level, 1e-6), 0)
    return np.asarray(found.reshape(rows.brands, rows.networks))


def weights_in(past: Counts) -> Floats:
    """The same from a stretch of the past."""
    if past.mentions.shape[1] == 1:
        return np.ones(past.mentions.shape[:2])
    looked = past.coverage >= HALF
    brought = (past.mentions * looked).sum(axis=2) / np.maximum((past.coverage * looked).sum(axis=2), 1e-9)
    return np.where(looked.sum(axis=2) >= DAY, np.maximum(brought, 1e-6), 0)


def fed(states: States, slot: int, given: Mapping[Kind, Entry]) -> tuple[States, Verdicts]:
    """One quarter hour more. No series is marked as told: `marked` does that for those that were."""
    after: dict[Kind, State] = {}
    said: dict[Kind, Verdict] = {}
    for kind, one in given.items():
        after[kind], said[kind] = step(states[kind], slot, one.counts, one.coverage, of=one.of, budget=0.0)
    return after, said


def changed(states: States, slot: int, given: Mapping[Kind, Entry], which: Flags) -> States:
    """Learn what has become of a quarter hour of the last day, in these rows."""
    after: dict[Kind, State] = {}
    for kind, one in given.items():
        looked = one.coverage >= HALF
        state = states[kind]
        late = amend(
            State(state.setup, state.records[which]),
            slot,
            np.where(looked, one.counts, 0)[which],
            np.where(looked, one.coverage, 0)[which],
            of=None if one.of is None else np.where(looked, one.of, 0)[which],
        )
        records = state.records.copy()
        records[which] = late.records
        after[kind] = State(state.setup, records)
    return after


def news(states: States, slot: int, said: Verdicts, rows: Rows, budget: float) -> dict[Kind, Flags]:
    """Which series are to be told now: at most `budget` (of each series) false alarms a month, and no news of an event that was told.

    Until a day after one of a brand's series was told, or after that event was over (`lasting`), another is news only where it is 10^3
    rarer than all of those; but that an event has turned negative is news where only volume was told.
    """
    told = {}
    best = {kind: np.full(rows.brands, -np.inf) for kind in ("any", "negative")}
    for kind in KINDS:
        records = states[kind].records
        lately = np.where(slot - records["alerted"] < HOLD, records["alerted_rarity"], -np.inf)
        for group in ("any", "negative")[: 1 if kind == "volume" else 2]:
            np.maximum.at(best[group], rows.brand, lately)
    for kind in KINDS:
        often, learning = said[kind].false_alarms, said[kind].learning
        bar = best["any" if kind == "volume" else "negative"][rows.brand]
        told[kind] = (often <= budget) & ~learning & (rare(often) >= bar + WORSE)
    return told


def marked(states: States, slot: int, said: Verdicts, told: Mapping[Kind, Flags]) -> States:
    """The same, remembering what was told and how rare it was."""
    after = dict(states)
    for kind, which in told.items():
        if which.any():
            records = states[kind].records.copy()
            records["alerted"] = np.where(which, slot, records["alerted"])
            height = rare(said[kind].false_alarms)
            records["alerted_rarity"] = np.where(which, height, records["alerted_rarity"])
            after[kind] = State(states[kind].setup, records)
    return after


def lasting(states: States, slot: int, said: Verdicts, rows: Rows, standing: float) -> States:
    """The same: where a brand was told within the day and some series of it still comes to what happens `standing` times a month at most, the event
    lasts, and the day in which it is no news begins anew."""
    still, after = np.zeros(rows.brands, bool), dict(states)
    for one in said.values():
        np.logical_or.at(still, rows.brand, one.false_alarms <= standing)
    for kind, state in states.items():
        which = (
            still[rows.brand] & (slot - state.records["alerted"] < HOLD) & (state.records["alerted"] < slot)
        )
        if which.any():
            records = state.records.copy()
            records["alerted"][which] = slot
            after[kind] = State(state.setup, records)
    return after


def told_lately(states: States, slot: int, rows: Rows) -> Flags:
    """Brands of which something was told within the last day."""
    found = np.zeros(rows.brands, bool)
    for kind in KINDS:
        np.logical_or.at(found, rows.brand, slot - states[kind].records["alerted"] < HOLD)
    return found


def began(seen: Floats, expected: Floats, times: float = 2.0) -> int:
    """Where in a row of steps the ordinary was left: from there to the end a rate that is `times` as high explains the counts best.

        argmax over s of  sum from s on of  seen ln(times) - expected (times - 1)

    Source: E. S. Page, "Continuous Inspection Schemes", Biometrika 41 (1954), for a Poisson rate that changes.

    >>> began(np.array([1.0, 0.0, 2.0, 9.0, 8.0]), np.array([1.0, 1.0, 1.0, 1.0, 1.0]))
    2
    """
    gain = (seen * np.log(times) - expected * (times - 1))[::-1].cumsum()[::-1]
    return len(gain) - 1 - int(gain[::-1].argmax())


def substituted(state: State, counts: Floats, of: Floats | None) -> State:
    """The same series with other counts in the last day, [row, quarter hour]; what was expected stays, of a share in proportion."""
    records = state.records.copy()
    looked = records["exposure"] > 0
    records["counts"] = np.where(looked, counts, 0)
    if of is not None:
        kept = np.where(looked, of / np.maximum(records["exposure"], 1e-9), 0)
        records["exposure"] = np.where(looked, of, 0)
        records["expected"] = records["expected"] * kept
    return State(state.setup, records)


def alerts_a_month(told: float, quarters: float) -> float:
    """How many a month, of so many quarter hours."""
    return told / quarters * MONTH_S / QUARTER_S

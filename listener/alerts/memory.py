"""What the watch remembers of every series between two looks, and how it learns that from the past."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from sqlalchemy import Connection

from listener.collectors.registry import collector_class
from listener.schedule import duration
from listener.service import Service
from metrics.errors import MetricError
from metrics.read.quarters import PUSHED, Watched, counts_of, looked_at
from metrics.spikes.baseline import HALF, Flags
from metrics.spikes.state import Kind, State, unpacked
from metrics.spikes.watch import (
    DAY,
    KINDS,
    STANDING,
    Counts,
    Rows,
    States,
    changed,
    entries,
    fed,
    lasting,
    new_states,
    setups,
    weights_in,
    weights_of,
)
from storage.db import Database
from storage.rule_marks import put_marks
from storage.settings import MODEL
from storage.settings import setting as stored_setting
from storage.spike_states import Key, StoredState, forget_spike_states, put_spike_states

HISTORY_DAYS = 60
"""So much of the past is read where a series begins afresh: what is older weighs little."""
AT_ONCE = 120
"""Series of single networks that are learned together: bounds memory."""
LEAST_LAG, MOST_LAG = timedelta(hours=1), timedelta(hours=6)
BACK = 2
"""Quarter hours that the clock may be set back without anything having to be learned anew."""
RULE, SUBJECT = "spike", "states"


@dataclass(frozen=True)
class Plan:
    """What is watched, and how."""

    watched: Watched
    zone: str
    budget: float
    lag: timedelta

    @property
    def rows(self) -> Rows:
        return Rows(len(self.watched.brands), len(self.watched.networks))


def plan_of(service: Service) -> Plan:
    """What a service watches: every brand on the networks that its sources collect.

    `lag`: so long after its end a quarter hour is still waited for, twice the time between two passes of the slowest source and an hour at
    least. It is judged all the while; then it is learned from, and what comes later is judged no more. Six hours at most.
    """
    networks: dict[str, tuple[str, ...]] = {}
    lag = LEAST_LAG
    for name, source in service.config.sources.items():
        if not source.enabled:
            continue
        if source.type == "webhook":
            networks.setdefault(str(getattr(source, "platform", source.type)), PUSHED)
            continue
        platform = collector_class(source.type).platform
        networks[platform] = (*networks.get(platform, ()), name)
        lag = max(lag, 2 * duration(source.every))
    brands = tuple((brand.id, brand.version) for brand in service.brands)
    ordered = {network: tuple(sorted(networks[network])) for network in sorted(networks)}
    budget = service.config.alerts.false_alarms_per_month
    return Plan(Watched(brands, ordered), service.config.timezone, budget, min(lag, MOST_LAG))


@dataclass(frozen=True)
class Memory:
    """All series as of quarter hour `slot`. `seen`: the counts of the last day as they were fed. `setups`: what each row was learned from.

    `token` names what is stored: another one there means that this memory is not what is stored.
    """

    slot: int
    states: States
    seen: Counts
    setups: Mapping[Key, str]
    token: str | None


def keys(plan: Plan) -> list[Key]:
    """Brand, source and kind of each row, kind by kind; source "" is all networks together."""
    rows, names = plan.rows, list(plan.watched.networks)
    found: list[Key] = []
    for kind in KINDS:
        for row in range(len(rows)):
            network = rows.network(row)
            source = "" if network is None else names[network]
            found.append((plan.watched.ids[rows.brand[row]], source, kind))
    return found


def texts(plan: Plan, known: Flags, model: str | None) -> dict[Key, str]:
    """What each row is learned from, in words that are compared: `known` networks of each brand, their sources, the query, the model."""
    networks = {name: ",".join(origins) for name, origins in plan.watched.networks.items()}
    versions, found = dict(plan.watched.brands), {}
    place = {brand_id: at for at, brand_id in enumerate(plan.watched.ids)}
    for brand_id, source, kind in keys(plan):
        own = (
            [source]
            if source
            else [n for n, is_known in zip(networks, known[place[brand_id]], strict=True) if is_known]
        )
        of = " ".join(f"{name}={networks[name]}" for name in own)
        labelled = "" if kind == "volume" else f"; {model}"
        found[brand_id, source, kind] = f"900 {plan.zone}; query {versions[brand_id]}; {of}{labelled}"
    return found


def learned(connection: Connection, plan: Plan, slot: int, days: int = HISTORY_DAYS) -> tuple[States, Counts]:
    """The states of these brands' series at the end of `slot`, from what is stored of the days before; nothing is judged."""
    past = counts_of(connection, plan.watched, slot + 1 - days * DAY, slot + 1, past=True)
    states, weights = new_states(plan.rows, plan.zone), weights_in(past)
    looked = np.flatnonzero(past.coverage.any(axis=(0, 1)))
    for k in range(looked[0] if len(looked) else days * DAY - 1, days * DAY):
        states, _ = fed(states, slot + 1 - days * DAY + k, entries(past.at(k), weights))
    return states, Counts(*(one[..., -DAY:] for one in past))


def parts(plan: Plan, brands: Iterable[str]) -> Iterator[Plan]:
    """The same for some brands at a time."""
    wanted = list(brands)
    size = max(1, AT_ONCE // max(1, len(plan.watched.networks)))
    for start in range(0, len(wanted), size):
        yield replace(plan, watched=plan.watched.only(wanted[start : start + size]))


def relearned(connection: Connection, plan: Plan, memory: Memory, stale: set[Key]) -> Memory:
    """Begin the stale rows afresh, from the past up to the slot that the others are at."""
    records = {kind: state.records.copy() for kind, state in memory.states.items()}
    seen = Counts(*(one.copy() for one in memory.seen))
    where = {key: at % max(1, len(plan.rows)) for at, key in enumerate(keys(plan))}
    ids = [brand_id for brand_id in plan.watched.ids if any(key[0] == brand_id for key in stale)]
    for part in parts(plan, ids):
        states, counts = learned(connection, part, memory.slot)
        place = [plan.watched.ids.index(brand_id) for brand_id in part.watched.ids]
        for whole, new in zip(seen, counts, strict=True):
            whole[place] = new
        for at, key in enumerate(keys(part)):
            if key in stale:
                kind: Kind = key[2]  # type: ignore[assignment]
                records[kind][where[key]] = states[kind].records[at % len(part.rows)]
    states_now = {kind: State(state.setup, records[kind]) for kind, state in memory.states.items()}
    return replace(memory, states=states_now, seen=seen)


def remembered(
    db: Database, plan: Plan, stored: Mapping[Key, StoredState], token: str | None, due: int
) -> Memory:
    """What is stored, as far as it still holds, and the rest learned anew: as of the stored slot, or `due` where nothing holds."""
    with db.read() as connection:
        model = _model(connection)
        slot = max((one.slot for one in stored.values()), default=due)
        if not due - HISTORY_DAYS * DAY < slot <= due + BACK:
            slot, stored = due, {}
        states, held = _unpacked(plan, stored, slot)
        seen = counts_of(connection, plan.watched, slot + 1 - DAY, slot + 1)
        memory = Memory(slot, states, seen, {}, token)
        wanted = texts(plan, weights_of(states, plan.rows) > 0, model)
        stale = {key for key, text in wanted.items() if key not in held or stored[key].setup != text}
        stale |= outgrown(connection, plan, memory)
        memory = relearned(connection, plan, memory, stale)
        known = weights_of(memory.states, plan.rows) > 0
        return replace(memory, setups=texts(plan, known, model))


def outgrown(connection: Connection, plan: Plan, memory: Memory) -> set[Key]:
    """Series of brands of which by now much more of the past is stored than they were learned from, as after a backfill."""
    rows = plan.rows
    first = memory.slot + 1 - HISTORY_DAYS * DAY
    stored = (looked_at(connection, plan.watched, first, memory.slot + 1) >= HALF).sum(axis=2)
    known = memory.states["volume"].records["fed"][: max(rows.apart, rows.brands)]
    more = (stored > known.reshape(stored.shape) + 2 * DAY).any(axis=1)
    ids = {brand_id for brand_id, is_more in zip(plan.watched.ids, more, strict=True) if is_more}
    return {key for key in keys(plan) if key[0] in ids}


def _unpacked(plan: Plan, stored: Mapping[Key, StoredState], slot: int) -> tuple[States, set[Key]]:
    """The stored records that can be read and are at this slot; the others are empty."""
    states, held = dict(new_states(plan.rows, plan.zone)), set()
    known = keys(plan)
    size = len(plan.rows)
    for at, kind in enumerate(KINDS):
        records = states[kind].records.copy()
        records["slot"] = slot
        for row, key in enumerate(known[at * size : (at + 1) * size]):
            one = stored.get(key)
            if one is None or one.slot != slot:
                continue
            try:
                records[row] = unpacked(setups(plan.zone)[kind], [one.record]).records[0]
            except MetricError:
                continue
            held.add(key)
        states[kind] = State(states[kind].setup, records)
    return states, held


def _model(connection: Connection) -> str | None:
    return stored_setting(connection, MODEL)


def advanced(memory: Memory, plan: Plan, coming: Counts, due: int) -> Memory:
    """The quarter hours up to `due` are fed, silently; `coming` begins with the first of them."""
    states, new = memory.states, due - memory.slot
    for k in range(new):
        states, said = fed(states, memory.slot + 1 + k, entries(coming.at(k), weights_of(states, plan.rows)))
        states = lasting(states, memory.slot + 1 + k, said, plan.rows, STANDING * plan.budget)
    both = zip(memory.seen, coming, strict=True)
    seen = Counts(*(np.concatenate([old, now[..., :new]], axis=2)[..., -DAY:] for old, now in both))
    return replace(memory, slot=due, states=states, seen=seen)


def caught_up(connection: Connection, plan: Plan, memory: Memory) -> Memory:
    """What has changed of the last day since it was fed is learned, and not judged."""
    now = counts_of(connection, plan.watched, memory.slot + 1 - DAY, memory.slot + 1)
    moved = np.logical_or.reduce([new != old for new, old in zip(now, memory.seen, strict=True)])
    states, weights = memory.states, weights_of(memory.states, plan.rows)
    for k in np.flatnonzero(moved.any(axis=(0, 1))).tolist():
        apart = [moved[..., k].ravel()] if plan.rows.apart else []
        which = np.concatenate([*apart, moved[..., k].any(axis=1)])
        states = changed(states, memory.slot + 1 - DAY + k, entries(now.at(k), weights), which)
    return replace(memory, states=states, seen=now)


def matured(connection: Connection, plan: Plan, memory: Memory) -> Memory:
    """Where a day of another network has been seen, or another model is in use, the rows that this concerns begin afresh.

    What was told stays told.
    """
    wanted = texts(plan, weights_of(memory.states, plan.rows) > 0, _model(connection))
    stale = {key for key, text in wanted.items() if memory.setups.get(key) != text}
    if memory.slot % DAY == 0:
        stale |= outgrown(connection, plan, memory)
    if not stale:
        return memory
    return replace(with_marks(relearned(connection, plan, memory, stale), memory), setups=wanted)


def with_marks(memory: Memory, other: Memory) -> Memory:
    """The same, with what was told as the other knows it."""
    states = {}
    for kind, state in memory.states.items():
        records = state.records.copy()
        for name in ("alerted", "alerted_rarity"):
            records[name] = other.states[kind].records[name]
        states[kind] = State(state.setup, records)
    return replace(memory, states=states)


def write(connection: Connection, plan: Plan, memory: Memory, brands: Flags | None) -> None:
    """Store the rows of these brands (None: of all), and that it is this memory which is stored."""
    size, known = len(plan.rows), keys(plan)
    chosen = [row for row in range(size) if brands is None or brands[plan.rows.brand[row]]]
    rows = []
    for at, kind in enumerate(KINDS):
        state = memory.states[kind]
        packed = State(state.setup, state.records[chosen]).packed()
        for row, record in zip(chosen, packed, strict=True):
            key = known[at * size + row]
            rows.append(StoredState(*key, memory.setups[key], memory.slot, record))
    put_spike_states(connection, rows)


def note(connection: Connection, memory: Memory, gone: Mapping[Key, object], at: object) -> None:
    """Drop what is watched no more, and set the token."""
    forget_spike_states(connection, gone)
    put_marks(connection, RULE, {SUBJECT: memory.token}, now=at)  # type: ignore[arg-type]


def new_token() -> str:
    return uuid.uuid4().hex

"""Watching every brand for spikes: what is stored is looked at every few seconds, and what is out of the ordinary is said.

    memory ----feed, silently----> memory      quarter hours that ended an hour ago: learned, with what was looked at of them
      |
      +--judge--> ahead, ahead, ..., running   the younger ones and the running one, as they stand: nothing of this is kept

A quarter hour is judged from its first minute on until it is learned, at every look at which its counts are others. What is found in one is
marked in the memory as told, so that no later look, nor another process, tells it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

import numpy as np
from sqlalchemy import Connection

from listener.alerts import memory as kept
from listener.alerts.guard import stands
from listener.alerts.history import Facts, studied
from listener.alerts.look import Look
from listener.alerts.memory import Memory, Plan, plan_of
from listener.alerts.unseen import Blind, blind
from listener.service import Service
from metrics.alerts.alert import Finding, Signal
from metrics.alerts.severity import severity_of
from metrics.read.quarters import counts_of, start_of
from metrics.spikes.baseline import Flags
from metrics.spikes.signal import signal
from metrics.spikes.state import Kind
from metrics.spikes.watch import (
    DAY,
    KINDS,
    QUARTER_S,
    STANDING,
    Counts,
    States,
    Verdicts,
    entries,
    fed,
    marked,
    news,
    told_lately,
    weights_of,
)
from storage.rule_marks import marks
from storage.spike_states import Key, StoredState, spike_state_rows

HOUR = 4


@dataclass(frozen=True)
class Ahead:
    """A quarter hour that is not learned yet, and what is to be said of it. `settled`: nothing more is awaited of a brand on a network."""

    slot: int
    now: Counts
    settled: Flags
    states: States
    said: Verdicts

    def same(self, slot: int, now: Counts, settled: Flags) -> bool:
        pairs = zip((*self.now, self.settled), (*now, settled), strict=True)
        return self.slot == slot and all(np.array_equal(one, other) for one, other in pairs)


@dataclass
class Watch:
    """The rule about spikes. One for a process: what it knows is read from the database once, and then kept at hand.

    In each look up to `study_s` seconds go into the day's facts about the watch itself (`history.studied`), until they are there.
    `guarded`: brands that are loud now because few authors are, with the moment that was seen: they are not told.
    """

    service: Service
    study_s: float = 0.3
    plan: Plan = field(init=False)
    guarded: dict[str, datetime] = field(default_factory=dict, init=False)
    _memory: Memory | None = field(default=None, init=False)
    _next: Memory | None = field(default=None, init=False)
    _gone: dict[Key, StoredState] = field(default_factory=dict, init=False)
    _ahead: list[Ahead] = field(default_factory=list, init=False)
    _weighed: dict[tuple[str, int], tuple[bytes, dict[Kind, Flags]]] = field(default_factory=dict, init=False)

    _facts: dict[str, Facts] = field(default_factory=dict, init=False)
    _facts_of: int | None = field(default=None, init=False)
    _studies: list[Iterator[dict[str, Facts] | None]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.plan = plan_of(self.service)

    def look(self, now: datetime) -> Look:
        """What is out of the ordinary now; raises StorageError."""
        now = now.astimezone(UTC)
        if not len(self.plan.rows):
            return Look(unseen={_key(one): "no source collects anything" for one in self.plan.watched.ids})
        running = int(now.timestamp() // QUARTER_S)
        due = int((now - self.plan.lag).timestamp() // QUARTER_S) - 1
        before = self._present(due)
        with self.service.db.read() as connection:
            memory = before
            counts = counts_of(connection, self.plan.watched, before.slot + 1, running + 1)
            if due > before.slot:
                memory = kept.advanced(before, self.plan, counts, due)
                counts = Counts(*(one[..., due - before.slot :] for one in counts))
                if due // HOUR > before.slot // HOUR:  # reading a whole day costs as much as all the rest
                    memory = kept.caught_up(connection, self.plan, memory)
                memory = kept.matured(connection, self.plan, memory)
            self._judge(memory, counts, running, fresh=memory is not before)
            unsighted = blind(connection, self.plan, memory, self._ahead, now)
        self._study(memory.slot)
        memory, told = self._tell(memory)
        findings = self._findings(memory, told, now)
        look = self._said(before, memory, told, findings, unsighted, now)
        record = {brand_id: facts.as_json() for brand_id, facts in self._facts.items()}
        return replace(look, held_back=dict(self.guarded), record=record)

    def _present(self, due: int) -> Memory:
        """The memory that is stored. What was to be stored at the last look is taken over where it was, and dropped where it was not."""
        token = marks(self.service.db, kept.RULE).get(kept.SUBJECT)
        if self._next is not None and self._next.token == token:
            self._memory = self._next
        self._next = None
        if self._memory is None or self._memory.token != token or self._memory.slot > due + kept.BACK:
            with self.service.db.read() as connection:
                stored = spike_state_rows(connection)
            self._ahead = []
            before, same = self._memory, self._memory is not None and self._memory.token == token
            self._memory = kept.remembered(self.service.db, self.plan, stored, token, due)
            if before is not None and same:  # the clock was set back
                self._memory = kept.with_marks(self._memory, before)
            wanted = set(kept.keys(self.plan))
            self._gone = {key: row for key, row in stored.items() if key not in wanted}
        return self._memory

    def _judge(self, memory: Memory, counts: Counts, running: int, *, fresh: bool) -> None:
        """Bring `_ahead` up to date, from the first quarter hour on that has changed."""
        states, weights, ahead = memory.states, weights_of(memory.states, self.plan.rows), []
        known = {} if fresh else {one.slot: one for one in self._ahead}
        for slot in range(memory.slot + 1, running + 1):
            now = counts.at(slot - memory.slot - 1)
            settled = (now.coverage > 1 - 1e-6) & (now.labelled >= now.mentions) & (slot < running)
            one = known.get(slot)
            if one is None or not one.same(slot, now, settled):
                known = {}
                one = Ahead(slot, now, settled, *fed(states, slot, entries(now, weights, settled)))
            ahead.append(one)
            states = one.states
        self._ahead = ahead

    def _tell(self, memory: Memory) -> tuple[Memory, dict[Kind, dict[int, Ahead]]]:
        """What is news, the oldest first, and the memory that knows it is told: of each kind the rows, with the quarter hour."""
        rows, states = self.plan.rows, memory.states
        budget = rows.budget(self.plan.budget)
        told: dict[Kind, dict[int, Ahead]] = {kind: {} for kind in KINDS}
        guarded: set[int] = set()
        for at, one in enumerate(self._ahead):
            new = news(states, one.slot, one.said, rows, budget)
            for brand in {int(rows.brand[row]) for which in new.values() for row in np.flatnonzero(which)}:
                mine = np.flatnonzero(rows.brand == brand)
                stand = self._stand(memory, brand, self._ahead[: at + 1], budget)
                for kind in KINDS:
                    new[kind][mine] &= stand[kind]
                if not any(which[mine].any() for which in new.values()):
                    guarded.add(brand)
            states = marked(states, one.slot, one.said, new)
            for kind in KINDS:
                told[kind] |= {int(row): one for row in np.flatnonzero(new[kind])}
        ids = self.plan.watched.ids
        loud = {int(rows.brand[row]) for found in told.values() for row in found}
        self.guarded = {ids[brand]: start_of(self._ahead[-1].slot) for brand in guarded - loud}
        return (replace(memory, states=states), told) if loud else (memory, told)

    def _stand(self, memory: Memory, brand: int, ahead: Sequence[Ahead], budget: float) -> dict[Kind, Flags]:
        """What the guard says; it is asked again only where the brand's counts have changed."""
        key = self.plan.watched.ids[brand], ahead[-1].slot
        counted = b"".join(
            one.now.mentions[brand].tobytes() + one.now.negative[brand].tobytes() for one in ahead
        )
        if self._weighed.get(key, (b"", {}))[0] != counted:
            coming = [(one.slot, one.now, one.settled) for one in ahead]
            found = stands(self.service.db, self.plan, memory, brand, coming, budget)
            oldest = memory.slot
            self._weighed = {known: said for known, said in self._weighed.items() if known[1] > oldest}
            self._weighed[key] = counted, found
        return self._weighed[key][1]

    def _findings(self, memory: Memory, told: dict[Kind, dict[int, Ahead]], now: datetime) -> list[Finding]:
        """One for each brand of which something is told, or was within the day and still stands."""
        rows, found = self.plan.rows, []
        lately = told_lately(memory.states, self._ahead[-1].slot, rows)
        for brand in np.flatnonzero(lately):
            signals = []
            for kind in KINDS:
                for row in np.flatnonzero(rows.brand == brand):
                    at = told[kind].get(int(row)) or self._last(kind, int(row))
                    often = float(at.said[kind].false_alarms[row]) if at else np.inf
                    if at and (int(row) in told[kind] or often <= STANDING * self.plan.budget):
                        signals.append(self._signal(kind, int(row), at, now))
            if signals:
                is_news = any(rows.brand[row] == brand for those in told.values() for row in those)
                found.append(self._finding(int(brand), signals, is_news, now))
        return found

    def _last(self, kind: Kind, row: int) -> Ahead | None:
        """The running quarter hour, or the one before it that was looked at, whichever is rarer."""
        looked = [one for one in self._ahead if one.said[kind].looked[row]]
        return min(looked[-2:], key=lambda one: float(one.said[kind].false_alarms[row]), default=None)

    def _signal(self, kind: Kind, row: int, at: Ahead, now: datetime) -> Signal:
        network = self.plan.rows.network(row)
        source = None if network is None else list(self.plan.watched.networks)[network]
        until = min(now, start_of(at.slot + 1))
        return signal(kind, source, at.states[kind], at.said[kind], row, until=until)

    def _finding(self, brand: int, signals: list[Signal], is_news: bool, now: datetime) -> Finding:
        brand_id = self.plan.watched.ids[brand]
        # what is negative comes before volume that is up to ten times rarer
        signals.sort(key=lambda one: one.false_alarms * (10 if one.kind == "volume" else 1))
        severity = severity_of(signals, None, self.plan.budget)
        since = min(one.since for one in signals)
        details = self._details(brand_id)
        return Finding(
            "spike", _key(brand_id), brand_id, severity, since, now, is_news, tuple(signals), details
        )

    def _details(self, brand_id: str) -> dict[str, Any]:
        return self._facts.get(brand_id, Facts(self.plan.budget)).as_json()

    def _study(self, slot: int) -> None:
        """Once a day, and a little at a time so that no alert waits for it."""
        if self._facts_of != slot // DAY:
            self._facts_of = slot // DAY
            parts = kept.parts(self.plan, self.plan.watched.ids)
            self._studies = [studied(self.service.db, part, slot) for part in parts]
        end = monotonic() + self.study_s
        while self._studies and monotonic() < end:
            found = next(self._studies[0], {})
            if found is not None:
                self._facts |= found
                self._studies.pop(0)

    def _said(
        self, before: Memory, memory: Memory, told: Mapping[Kind, Mapping[int, Ahead]], findings: list[Finding],
        unsighted: Blind, now: datetime,
    ) -> Look:  # fmt: skip
        rows, ids = self.plan.rows, self.plan.watched.ids
        lately = told_lately(memory.states, self._ahead[-1].slot, rows)
        unseen = unsighted.words(self.plan, memory, lately)
        out = {one.key for one in findings}
        quiet = {_key(brand_id) for brand_id in ids} - out - set(unseen)
        if memory is before and before.token is not None and not self._gone:
            return Look(tuple(findings), frozenset(quiet), unseen)
        whole = memory.slot != before.slot or before.token is None
        brands = np.zeros(rows.brands, bool)
        for found in told.values():
            brands[[int(rows.brand[row]) for row in found]] = True
        self._next = replace(memory, token=kept.new_token())
        remember = partial(self._remember, self._next, None if whole else brands, dict(self._gone), now)
        self._gone = {}
        return Look(tuple(findings), frozenset(quiet), unseen, remember)

    def _remember(
        self,
        memory: Memory,
        brands: Flags | None,
        gone: Mapping[Key, object],
        now: datetime,
        connection: Connection,
    ) -> None:
        kept.write(connection, self.plan, memory, brands)
        kept.note(connection, memory, gone, now)


def _key(brand_id: str) -> str:
    return f"spike:{brand_id}"

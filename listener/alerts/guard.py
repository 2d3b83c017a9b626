"""Many voices or one that is loud: a spike is told only where it stands with every author counted three times at most."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from listener.alerts.memory import Memory, Plan
from metrics.read.quarters import spread_out, start_of
from metrics.spikes.baseline import Flags
from metrics.spikes.state import Kind, State
from metrics.spikes.tails import Floats
from metrics.spikes.watch import DAY, KINDS, Counts, States, Verdicts, entries, fed, substituted, weights_of
from storage.db import Database
from storage.quarters import voices

MOST_EACH = 3
"""Mentions of one author in any window. Reposts never count, so this is what one person says anew."""
MOST_READ = 50_000
"""Mentions of a brand's last day that are read; older ones count as they are."""


def stands(
    db: Database,
    plan: Plan,
    memory: Memory,
    brand: int,
    coming: Sequence[tuple[int, Counts, Flags]],
    budget: float,
) -> dict[Kind, Flags]:
    """Which of a brand's series are as rare as `budget` demands at the last of the quarter hours that are `coming`, were nobody heard
    more than three times: of each kind, the brand's networks and then all together.

    Of each author the newest three of the last day count, which is three at most in every window that ends now.
    """
    brand_id, networks = plan.watched.ids[brand], list(plan.watched.networks)
    first, after = memory.slot + 1 - DAY, coming[-1][0] + 1
    with db.read() as connection:
        said = voices(connection, brand_id, start_of(first), start_of(after), limit=MOST_READ)
    capped = spread_out(said, networks, first, after, MOST_EACH)
    mine = np.flatnonzero(plan.rows.brand == brand)
    weights = weights_of(memory.states, plan.rows)[[brand]]
    day = Counts(*(one[..., :DAY] for one in capped))._replace(coverage=memory.seen.coverage[[brand]])
    oldest = said[-1].quarter - first + 1 if len(said) == MOST_READ else 0
    states = _instead(memory.states, mine, day, weights, oldest)
    verdicts: Verdicts = {}
    for slot, now, settled in coming:
        heard = capped.at(slot - first)._replace(coverage=now.coverage[[brand]])
        states, verdicts = fed(states, slot, entries(heard, weights, settled[[brand]]))
    return {kind: verdicts[kind].false_alarms <= budget for kind in KINDS}


def _instead(states: States, mine: NDArray[np.int64], day: Counts, weights: Floats, oldest: int) -> States:
    """The brand's rows with these counts in place of the last day's from quarter hour `oldest` on."""
    given = [entries(day.at(k), weights) for k in range(DAY)]
    found: dict[Kind, State] = {}
    for kind in KINDS:
        state = State(states[kind].setup, states[kind].records[mine])
        counts = np.stack([one[kind].counts for one in given], axis=1)
        counts[:, :oldest] = state.records["counts"][:, :oldest]
        of = None
        if kind == "share":
            of = np.stack([np.asarray(one[kind].of) for one in given], axis=1)
            of[:, :oldest] = state.records["exposure"][:, :oldest]
        found[kind] = substituted(state, counts, of)
    return found

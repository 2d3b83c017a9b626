"""A verdict about one series in the terms that an alert is told in: seen, expected and its interval, how rare, since when."""

from datetime import UTC, datetime

import numpy as np

from metrics.alerts.alert import Signal
from metrics.spikes.detector import Verdict
from metrics.spikes.state import Kind, State
from metrics.spikes.tails import between
from metrics.spikes.watch import QUARTER_S, SIGNAL_OF, began


def signal(
    kind: Kind, source: str | None, state: State, said: Verdict, row: int, *, until: datetime
) -> Signal:
    """What is out of the ordinary in a row of a block that was just fed, with the verdict on it. `until`: up to when it was counted.

    The interval is the middle 95 % of what the detector believed of the window. `since` looks back over the last day for where
    the counts rose at least half as far, and to the double at least.
    """
    record = state.records[row]
    of = float(said.of[row]) if kind == "share" else None
    expected, spread = float(said.expected[row]), float(said.spread[row])
    low, high = between(expected, spread, of)
    seen = np.where(record["judged"], record["counts"], 0)
    due = np.where(record["judged"], record["expected"], 0)
    times = max(2.0, float(said.seen[row]) / max(expected, 1e-9) / 2)
    slot = int(record["slot"]) - (len(seen) - 1 - began(seen, due, min(times, 100.0)))
    since = datetime.fromtimestamp(slot * QUARTER_S, UTC)
    return Signal(
        SIGNAL_OF[kind], source, int(said.window_s[row]), float(said.seen[row]), expected, low, high,
        float(said.false_alarms[row]), min(since, until), until, of,
    )  # fmt: skip

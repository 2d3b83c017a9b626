"""What a spike detector remembers of a series: one record of fixed size, whatever the series' age.

A State is a block of such records that are fed together: a tick of 500 brands is one call on one block. A
record is some kilobytes; `packed` and `unpacked` turn it to bytes and back, so that a service can keep one per
brand, source and series.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from metrics.errors import MetricError

Kind = Literal["volume", "part", "share"]
"""volume: counts of a source's mentions, which falls silent when the source does. part: counts of some of them,
such as the negative ones. share: how many of the mentions are in that part."""

WINDOWS_S = (900, 1800, 3600, 10_800, 86_400)
"""Quarter hour, half hour, hour, three hours, day."""
DAY_S, HOURS = 86_400, 168
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Setup:
    """What a block of series has in common: what is counted, seconds per step (a part of a quarter hour, or a
    longer part of a day), and the zone of the rhythm."""

    kind: Kind = "volume"
    step_s: int = 900
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise MetricError(f"kind {self.kind!r}: must be one of {', '.join(get_args(Kind))}")
        if not 60 <= self.step_s <= DAY_S or DAY_S % self.step_s:
            raise MetricError(f"step_s {self.step_s}: must divide a day and be at least 60 seconds")

    @property
    def steps_a_day(self) -> int:
        return DAY_S // self.step_s

    @property
    def windows(self) -> tuple[int, ...]:
        """How many steps each window has; windows that are no multiple of a step fall away, and long steps are
        windows themselves.

        >>> Setup().windows, Setup(step_s=300).windows, Setup(step_s=7200).windows
        ((1, 2, 4, 12, 96), (3, 6, 12, 36, 288), (1, 12))
        """
        return _windows(self.step_s)


@dataclass(frozen=True, slots=True)
class State:
    """Records of the series of one setup, all at the same step. `records` is a structured array, one element
    per series; never changed in place."""

    setup: Setup
    records: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.records)

    def packed(self) -> list[bytes]:
        """A record each, to be stored.

        >>> state = fresh(2)
        >>> unpacked(state.setup, state.packed()).records.tobytes() == state.records.tobytes()
        True
        """
        return [bytes([LAYOUT]) + record.tobytes() for record in self.records]


def fresh(n: int = 1, setup: Setup | None = None) -> State:
    """n series of which nothing is known."""
    setup = setup or Setup()
    records = np.zeros(n, _layout(setup))
    for name in ("slot", "alerted", "peaked"):
        records[name] = -(10**9)
    records["rhythm"] = 1
    return State(setup, records)


def unpacked(setup: Setup, rows: Iterable[bytes]) -> State:
    """Raises MetricError where a record is of another setup or version; begin afresh then."""
    layout = _layout(setup)
    kept = list(rows)
    if any(len(row) != layout.itemsize + 1 or row[0] != LAYOUT for row in kept):
        raise MetricError(
            "a stored detector is of another version or step: begin afresh and feed it the past"
        )
    return State(setup, np.frombuffer(b"".join(row[1:] for row in kept), layout).copy())


def joined(states: Iterable[State]) -> State:
    """One block of several, so that they can be fed together; they must be of one setup."""
    blocks = list(states)
    if len({block.setup for block in blocks}) != 1:
        raise MetricError("only detectors of one setup can be joined")
    return State(blocks[0].setup, np.concatenate([block.records for block in blocks]))


@lru_cache(maxsize=64)
def _windows(step_s: int) -> tuple[int, ...]:
    whole = [s // step_s for s in WINDOWS_S if s % step_s == 0]
    return tuple(whole if step_s <= WINDOWS_S[0] else sorted({1, *whole}))


@lru_cache(maxsize=64)
def _layout(setup: Setup) -> np.dtype[np.void]:
    day, windows = (setup.steps_a_day,), (len(setup.windows),)
    return np.dtype(
        [
            ("slot", "i8"),  # the last step fed, counted from 1970
            ("fed", "f8"),  # steps looked at so far
            ("counts", "f8", day),  # the last 24 hours: what was seen,
            (
                "exposure",
                "f8",
                day,
            ),  # out of how many (a share) or the part observed (a count); 0 where nobody looked,
            ("expected", "f8", day),  # and what was expected
            ("judged", "?", day),  # False: filled in later
            ("rhythm", "f8", (HOURS,)),  # factor per hour of the week
            ("rhythm_seen", "f8", (HOURS,)),
            ("rhythm_due", "f8", (HOURS,)),
            ("level_seen", "f8"),
            ("level_due", "f8"),
            ("spread_seen", "f8", windows),
            ("spread_due", "f8", windows),
            ("silence", "f8"),  # mentions expected since the last one seen
            ("excess", "f8", windows),  # calibration: summed excess of past episodes,
            ("ended", "f8", windows),  # their number,
            ("episodes", "f8", windows),  # all, for the rate,
            ("span", "f8"),  # in so many steps
            ("running", "f8", windows),  # the present episode's peak
            ("calm", "f8", windows),  # steps since it was last above
            ("alerted", "i8"),  # when, and how rare it was
            ("alerted_rarity", "f8"),
            ("peaked", "i8"),
            ("peaked_rarity", "f8"),
        ]
    )

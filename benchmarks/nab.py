"""The score of the Numenta Anomaly Benchmark, standard profile, written from its published definition.

A detection inside a window of a marked anomaly earns what a sigmoid gives for its place in the window (1 at its
start, 0 at its end), only the best of a window counting; a window without any costs 1; a detection outside
costs up to 0.11, less just after a window. The sum is set between that of no detection (0) and that of a
detection at the start of every window (100). The first 15 % of rows, at most 750, are for learning and count
nowhere.

Source: A. Lavin and S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", ICMLA 2015.
"""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PROBATION, PROBATION_ROWS = 0.15, 750
FALSE_ALARM, MISS = 0.11, 1.0
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Series:
    """A series and what a detection at each row is worth; `window` is the number of the marked window a row is
    in, -1 for none, -2 for learning."""

    name: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    worth: NDArray[np.float64]
    window: NDArray[np.int64]

    @property
    def windows(self) -> list[int]:
        return sorted(set(self.window[self.window >= 0].tolist()))

    def raw(self, hit: Flags) -> float:
        total = float(self.worth[hit & (self.window == -1)].sum())
        for one in self.windows:
            inside = self.worth[hit & (self.window == one)]
            total += float(inside.max()) if len(inside) else -MISS
        return total

    def found(self, hit: Flags) -> int:
        return sum(bool((hit & (self.window == one)).any()) for one in self.windows)

    def false(self, hit: Flags) -> int:
        return int((hit & (self.window == -1)).sum())


def sigmoid(x: float) -> float:
    """From 1 far before 0 to -1 far behind it."""
    return -1.0 if x > 3 else 2 / (1 + math.exp(5 * x)) - 1


def nab_score(hits: list[tuple[Series, Flags]]) -> float:
    """0 for no detection at all, 100 for the perfect one.

    >>> rows = np.arange(4000.0)
    >>> one = marked("", rows, rows, [(1000, 1099)])
    >>> nab_score([(one, rows < 0)]), nab_score([(one, rows == 1000)]), round(nab_score([(one, rows == 900)]), 1)
    (0.0, 100.0, -5.5)
    """
    windows = sum(len(series.windows) for series, _ in hits)
    return 100 * (sum(series.raw(hit) for series, hit in hits) + windows * MISS) / (windows * (1 + MISS))


def marked(
    name: str,
    times: NDArray[np.float64],
    values: NDArray[np.float64],
    spans: list[tuple[float, float]],
    most: int = PROBATION_ROWS,
) -> Series:
    """A series with its windows, as (first, last) time, worked into worths."""
    n = len(times)
    ends = [
        (int(np.searchsorted(times, a)), int(np.searchsorted(times, b, "right")) - 1)
        for a, b in sorted(spans)
    ]
    worth, window = np.full(n, -FALSE_ALARM), np.full(n, -1)
    for k, (left, right) in enumerate(ends):
        after = np.arange(right + 1, n)
        worth[after] = [FALSE_ALARM * sigmoid((i - right) / max(1, right - left)) for i in after]
        for earlier in range(left, right + 1):
            worth[earlier] = sigmoid((earlier - right - 1) / (right - left + 1)) / sigmoid(-1)
            window[earlier] = k
    window[: min(math.floor(PROBATION * n), most)] = -2
    return Series(name, times, values, worth, window)


def load(folder: Path, most: int = PROBATION_ROWS) -> Iterator[Series]:
    """The series of a folder with windows.json; `most`: the learning rows' upper bound."""
    for name, spans in json.loads((folder / "windows.json").read_text("utf-8")).items():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows = [(_seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        times, values = np.array(rows).T
        yield marked(
            name.removesuffix(".csv").split("_")[-1],
            times,
            values,
            [(_seconds(a), _seconds(b)) for a, b in spans],
            most,
        )


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

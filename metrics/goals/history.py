"""A figure's weekly past: what it has done before in as many weeks as a goal has, and what it may come to by the goal's last day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from metrics.goals.forecast import FEWEST_WEEKS, Model, Outlook, Scale, chance
from metrics.goals.goal import AimKind
from metrics.saying import Said

FEWEST_CHANGES = 4
LITTLE = "too little history ({n} full weeks; {needed} are needed)"
TAIL = 0.025
"""What is left out at each end of the range that counts as plausible: 95 % lie within."""


@dataclass(frozen=True, slots=True)
class History:
    """A figure's values of full weeks, the oldest first. `window` is over how many weeks a goal takes it, `after` the day the last week ends.

    `left_out` counts the weeks that were not collected whole, or had no figure.
    """

    values: tuple[float, ...]
    low: float
    high: float
    window: int = 1
    after: date = date.min
    left_out: int = 0

    @property
    def scale(self) -> Scale:
        return Scale.of(self.values, self.low, self.high)

    def wanting(self, ahead: int) -> str:
        """Why nothing can be said of so many weeks ahead, "" where it can: at least 12 weeks are needed, and as many as lie ahead."""
        needed = max(FEWEST_WEEKS, ahead)
        weeks = len(self.values)
        return (
            ""
            if weeks >= needed
            else Said(LITTLE if weeks != 1 else LITTLE.replace("weeks", "week"), n=weeks, needed=needed)
        )


@dataclass(frozen=True, slots=True)
class Prospect:
    """The chance of reaching the target, and the range within which 95 % of what may come lies, in the figure's unit."""

    chance: float
    low: float
    high: float


def prospect(history: History, present: float, wanted: float, ahead: int, *, upward: bool) -> Prospect:
    """What the past makes of a target `ahead` weeks on, where the goal's window stands at `present` now.

    The window's figure is no plain mean of its weeks' (a sum, people counted once): the difference on the scale stays as it is now.
    """
    scale = history.scale
    weekly = [scale.to(value) for value in history.values]
    shift = scale.to(present) - sum(weekly[-history.window :]) / min(history.window, len(weekly))
    outlook = Model(weekly).outlook(ahead, history.window, shift)
    ends = (scale.back(outlook.quantile(share)) for share in (TAIL, 1 - TAIL))
    return Prospect(_chance(outlook, scale, wanted, upward), *ends)


def _chance(outlook: Outlook, scale: Scale, wanted: float, upward: bool) -> float:
    return chance(outlook, scale.to(wanted), upward=upward)


def changes(history: History, weeks: int, kind: AimKind) -> list[float]:
    """Every change of the window's mean over so many weeks in the past: in percent of what it was, or in points for an aim in points.

    >>> changes(History((10.0, 20.0, 30.0), 0, 100), 1, "percent")
    [100.0, 50.0]
    """
    levels = windowed(history.values, history.window)
    pairs = zip(levels, levels[weeks:], strict=False)
    if kind == "points":
        return [now - before for before, now in pairs]
    return [100 * (now - before) / before for before, now in pairs if before > 0]


def windowed(values: Sequence[float], window: int) -> list[float]:
    """The means of every run of `window` values.

    >>> windowed([1.0, 3.0, 5.0], 2)
    [2.0, 4.0]
    """
    return [sum(values[end - window : end]) / window for end in range(window, len(values) + 1)]


def record(history: History, weeks: int, kind: AimKind, name: str, *, upward: bool) -> str:
    """What the past has done at most, in words; "" where it is too short to say: "in the last 104 weeks Delta's mentions never
    rose by more than 12.0 % within 17 weeks".
    """
    seen = changes(history, weeks, kind)
    if len(seen) < FEWEST_CHANGES:
        return ""
    most = max(seen) if upward else -min(seen)
    size = "{most:.1f} points" if kind == "points" else "{most:.1f} %"
    much = f"by more than {size}" if most > 0 else "at all"
    line = (
        "in the last {n} weeks {name} never "
        + ("rose " if upward else "fell ")
        + much
        + " within {weeks} weeks"
    )
    return Said(line, n=len(history.values), name=name, most=most, weeks=weeks)

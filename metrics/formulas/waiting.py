"""How long people wait: for the brand's first answer, and until their case is closed. Who still waits counts as waiting, never as nothing."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from metrics.interval import Interval, Z, share_interval

Lengths = Mapping[float, int]
"""How many waits are of each length, in minutes: a help desk's export may hold a million cases."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits in minutes: `ended` are over, `open` have lasted so long until now."""

    ended: Lengths = field(default_factory=dict)
    open: Lengths = field(default_factory=dict)

    @classmethod
    def of(cls, ended: Iterable[float] = (), still: Iterable[float] = ()) -> "Waits":
        return cls(Counter(ended), Counter(still))

    @property
    def n(self) -> int:
        return self.answered + self.waiting

    @property
    def answered(self) -> int:
        return sum(self.ended.values())

    @property
    def waiting(self) -> int:
        return sum(self.open.values())

    def lasting(self, minutes: float) -> int:
        """How many lasted at least so long."""
        return sum(n for lengths in (self.ended, self.open) for at, n in lengths.items() if at >= minutes)


@dataclass(frozen=True, slots=True)
class Service:
    """What a brand's figures on service rest on, for one bucket.

    `response` are the waits of inbound mentions for the brand's first public reply (None: no reply of its accounts was ever collected),
    `resolution` those of the cases that people work on (None: nobody works on any). `closed` cases were closed in the bucket, whenever they
    came in. `target` is the service level in minutes.
    """

    response: Waits | None = None
    resolution: Waits | None = None
    closed: int = 0
    target: float = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """From `minutes` on `share` still wait, between `low` and `high`."""

    minutes: float
    share: float
    low: float
    high: float


def survival(waits: Waits) -> list[Step]:
    """The share that still waits, a step for each length at which a wait ended, in order; no wait ended: none.

        S(t) = product over lengths t_i <= t of (1 - d_i / n_i)

    with d_i the waits that ended at t_i and n_i those that lasted at least as long, open ones among them. `low` and `high` hold 95 % (on
    the scale of log(-log S), by Greenwood's variance); where nobody is left waiting they are 0 and Wilson's bound for none of the last.

    Source: E. L. Kaplan and P. Meier, "Nonparametric Estimation from Incomplete Observations", JASA 53 (1958); the interval is that of
    J. D. Kalbfleisch and R. L. Prentice, "The Statistical Analysis of Failure Time Data" (1980).

    >>> [(step.minutes, round(step.share, 3)) for step in survival(Waits.of((5.0, 10.0, 10.0), (7.0, 30.0)))]
    [(5.0, 0.8), (10.0, 0.267)]
    """
    return list(_steps(waits))


def _steps(waits: Waits) -> Iterator[Step]:
    left, share, variance = waits.n, 1.0, 0.0
    for minutes in sorted({*waits.ended, *waits.open}):
        ended = waits.ended.get(minutes, 0)
        if 0 < ended < left:
            share *= 1 - ended / left
            variance += ended / (left * (left - ended))
            power = math.exp(Z * math.sqrt(variance) / -math.log(share))
            yield Step(minutes, share, share**power, share ** (1 / power))
        elif ended:  # nobody is left waiting
            yield Step(minutes, 0.0, 0.0, share * _none_of(left) / 100)
        left -= ended + waits.open.get(minutes, 0)


def _none_of(n: int) -> float:
    """Wilson's upper bound of a share of which none of n was seen, in percent."""
    bounds = share_interval(0, n)
    return bounds[1] if bounds else 100.0


def median_wait(waits: Waits) -> tuple[float | None, Interval | None]:
    """The wait that half of all stay below, in minutes, and where it lies with 95 %.

        the first t with S(t) <= 1/2;  low and high: the first t at which the lower and the upper bound of S are

    No value while more than half still wait, and no interval while the upper bound stays above a half: neither can be known yet.
    Leaving the open ones out instead would make slow service look quick.

    Source: Kaplan and Meier (1958); the interval: R. Brookmeyer and J. Crowley, "A Confidence Interval for the Median Survival Time",
    Biometrics 38 (1982).

    >>> median_wait(Waits.of((5.0, 10.0, 10.0), (7.0, 30.0)))[0]
    10.0
    >>> median_wait(Waits.of((5.0,), (7.0, 30.0)))
    (None, None)
    """
    steps = survival(waits)

    def first(name: str) -> float | None:
        return next((step.minutes for step in steps if getattr(step, name) <= 0.5), None)

    median, low, high = first("share"), first("low"), first("high")
    return median, None if median is None or low is None or high is None else (low, high)


def share_within(waits: Waits, minutes: float) -> tuple[float | None, Interval | None]:
    """The share of waits that end within so many minutes, in percent, and where it lies with 95 %.

        100 * (1 - S(minutes))

    A wait that is still open and older than that counts against; one that is younger counts for as long as it has lasted. None
    where there is no wait at all, or none that has ended or lasted so long.

    Source: Kaplan and Meier (1958).

    >>> share_within(Waits.of((20.0, 50.0, 90.0), (300.0,)), 60)[0]
    50.0
    >>> share_within(Waits(), 60)
    (None, None)
    """
    if not waits.answered and not waits.lasting(minutes):
        return None, None
    past = [step for step in survival(waits) if step.minutes <= minutes]
    if not past:  # S is 1: nothing ended in time, and the bound is Wilson's for none of n
        at_risk = waits.lasting(minutes)
        return 0.0, (0.0, _none_of(at_risk)) if at_risk else None
    last = past[-1]
    return 100 * (1 - last.share), (100 * (1 - last.high), 100 * (1 - last.low))

"""Spikes: which counts are so far above what was to be expected that somebody should be told.

A detector is fed one step (a quarter hour) at a time and uses the past only. Per series it expects

    level * rhythm(hour of the week) * coverage        (for a share: * number of mentions)

and asks of the last quarter hour, hour, three hours and day how rare the seen sum is (negative binomial;
beta-binomial for shares), with a spread learned for each of these windows. Real mentions have heavier tails
than any such model. So rarity is not believed: it is set against how often the same rarity was reached in the
series' own past (peaks over a threshold), which gives `false_alarms`: how many times a month this series would
by itself reach what is seen now. An alert is due where that is at most the budget; so the budget is the rate of
false alarms, and one setting serves loud and quiet brands alike.

Source of the calibration: J. Pickands, "Statistical Inference Using Extreme Order Statistics", Annals of
Statistics 3 (1975); A. Siffer et al., "Anomaly Detection in Streams with Extreme Value Theory", KDD 2017.
Excesses are taken as exponential; those of three times their mean and more are censored, so that past spikes do
not hide new ones.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metrics.errors import MetricError
from metrics.spikes.baseline import (
    HALF,
    Flags,
    Records,
    Sums,
    advance,
    learn,
    learn_spread,
    observe,
    silenced,
    spreads,
    sums,
)
from metrics.spikes.state import DAY_S, Setup, State
from metrics.spikes.tails import Floats, count_tail, share_tail

MONTH_S = 365.25 / 12 * DAY_S
CALIBRATION_DAYS = 60.0
"""Half-life of the rate of episodes."""
BASE = 1.3
"""-log10 of the probability above which an episode begins."""
GOING_ON = 0.7
"""A longer window counts only while the next shorter one is in the upper fifth: what is over is not told again."""
CALM_S = 10_800
"""An episode ends after so long below."""
EXCESS, EXCESS_PRIOR, CENSOR, EPISODES_KEPT = 0.6, 4.0, 3.0, 40.0
"""Mean excess believed at first (an exact model has 0.43), and its weight in episodes; where excesses are
censored; episodes to half weight."""
RATE, RATE_PRIOR_S = 25.0, 7.0 * DAY_S
"""Episodes a month believed at first, for as long as this has been seen."""
HOLD_S, WORSE, HIGHER = DAY_S, 3.0, 1.5
"""For a day after an alert, another only where things are 10^3 rarer; for a day after a peak of the score,
another only where 10^1.5."""
AMPLE = 6.0
"""To alerts, what comes less than once in 10^6 months is all as rare: an event that goes on is not far worse by every
hour it lasts."""
LEAST_ABOVE = 3.0
"""Fewer mentions above the expected are no news, however rare."""
TRICKLE = 0.1
"""So much of what is expected may come late to a step of any size without its being judged no more."""
FLOOR = 30.0
"""What comes oftener a month than this is no peak."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one step says, one element per series.

    `looked`: False where the step was not observed, or silence is taken for an outage ("could not look");
    nothing else holds there. `learning`: less than a day was seen yet, there is no alert. `false_alarms`: times
    a month that the series reaches this by itself. `alert`: due at the budget, not yet told. `score`: 0..1, 1 /
    (1 + false_alarms) where an event reaches a new peak, else at most 1/31. `window_s`: the window that is
    rarest; `seen` and `expected`: its mentions; `spread`: how restless it is believed to be; `of`: for shares,
    the mentions that `seen` are a part of.
    """

    looked: Flags
    learning: Flags
    false_alarms: Floats
    alert: Flags
    score: Floats
    window_s: NDArray[np.int64]
    seen: Floats
    expected: Floats
    spread: Floats
    of: Floats


def step(
    state: State,
    slot: int,
    counts: ArrayLike,
    coverage: ArrayLike = 1.0,
    *,
    of: ArrayLike | None = None,
    budget: ArrayLike = 1.0,
) -> tuple[State, Verdict]:
    """Feed one step to every series of a block; the state given stays as it is.

    `slot` counts steps since 1970 (see `slot_of`), later than the last one fed; steps left out were not looked
    at. `coverage` is the part of the step that was observed, 0..1: below a half there is no verdict. `of`: for
    shares, the mentions that `counts` are a part of. `budget`: false alarms per month that the user accepts of
    this series. Raises MetricError for a slot that was fed before; use `amend` for what comes late.

    >>> from metrics.spikes.state import fresh
    >>> state = fresh()
    >>> for slot in range(96 * 14):
    ...     state, _ = step(state, slot, [4 + slot % 3])
    >>> state, verdict = step(state, 96 * 14, [60])
    >>> bool(verdict.alert[0]), bool(verdict.false_alarms[0] < 0.01)
    (True, True)
    """
    setup, new = state.setup, state.records.copy()
    seen, part = (
        np.broadcast_to(np.asarray(counts, float), len(new)),
        np.broadcast_to(np.asarray(coverage, float), len(new)),
    )
    total = None if of is None else np.broadcast_to(np.asarray(of, float), len(new))
    _check(new, slot, seen, part, total, setup)
    advance(new, slot, setup)
    looked = part >= HALF
    observe(
        new, slot, np.where(looked, seen, 0), np.where(looked, part if total is None else total, 0), setup
    )
    new["judged"][:, -1] = looked
    if setup.kind == "volume":
        looked = looked & ~silenced(new, setup)
    young = new["fed"] < setup.steps_a_day
    now = sums(new, setup)
    spread = _spread(new, now, setup)
    rarity = _rarity(now, spread, setup)
    monthly = _false_alarms(new, rarity, setup)
    monthly = np.where(now.seen - now.expected < LEAST_ABOVE, np.maximum(monthly, FLOOR + 1), monthly)
    _calibrate(new, rarity, looked & ~young, setup)
    learn_spread(new, now, looked & ~young, setup)
    new["fed"] += looked
    if young.any():
        learn(new, -1, slot, setup, young & looked)
    which = np.argmin(monthly, axis=1)
    rows = np.arange(len(new))
    often = np.where(looked, monthly[rows, which] * _together(setup), np.inf)
    hold = HOLD_S // setup.step_s
    due = (often <= np.asarray(budget, float)) & ~young
    alert = _news(new, "alerted", slot, rare(often), due, hold, WORSE)
    peak = _news(new, "peaked", slot, rare(often, np.inf), (often <= FLOOR) & ~young, hold, HIGHER)
    score = 1 / (1 + np.where(peak, often, np.maximum(often, FLOOR)))
    windows_s = np.array(setup.windows) * setup.step_s
    rarest = (one[rows, which] for one in (now.seen, now.expected, spread, now.of))
    return State(setup, new), Verdict(looked, young, often, alert, score, windows_s[which], *rarest)


def amend(
    state: State, slot: int, counts: ArrayLike, coverage: ArrayLike = 1.0, *, of: ArrayLike | None = None
) -> State:
    """What was collected late for a step of the last 24 hours, or is gone since: it is learned from. Older steps change nothing.

    A series' step is judged no more (it counts in no window of a later verdict) where that brought more than was
    expected of it, or was not looked at in time: so what comes late never alerts, and what trickles in as it
    always does takes nothing away.
    """
    setup, new = state.setup, state.records.copy()
    if len(new) == 0 or not 0 <= (back := int(new["slot"][0]) - slot) < setup.steps_a_day:
        return state
    seen, before = np.asarray(counts, float), new["counts"][:, -1 - back].copy()
    observe(new, slot, seen, np.asarray(coverage if of is None else of, float), setup, -1 - back)
    usual = np.maximum(before + TRICKLE * new["expected"][:, -1 - back], new["expected"][:, -1 - back])
    new["judged"][:, -1 - back] &= seen <= np.maximum(before, usual)
    return State(setup, new)


def slot_of(at: datetime, setup: Setup) -> int:
    """The step that holds this moment.

    >>> slot_of(datetime.fromisoformat("1970-01-02T00:20Z"), Setup())
    97
    """
    return int(at.timestamp() // setup.step_s)


def rare(often: Floats, most: float = AMPLE) -> Floats:
    """-log10 of times a month, at most `most`.

    >>> rare(np.array([10.0, 1e-3, 0.0]))
    array([-1.,  3.,  6.])
    """
    return np.minimum(-np.log10(np.maximum(often, 1e-300)), most)


def _check(new: Records, slot: int, seen: Floats, part: Floats, of: Floats | None, setup: Setup) -> None:
    if (of is None) == (setup.kind == "share"):
        raise MetricError("of: shares need the number of mentions, counts take none")
    if len(new) and ((new["slot"] != new["slot"][0]).any() or slot <= new["slot"][0]):
        raise MetricError(f"step {slot} was fed before, or the series are at different steps")
    if not (np.isfinite(seen) & (seen >= 0) & (part >= 0) & (part <= 1)).all():
        raise MetricError("counts must be 0 or more and coverage between 0 and 1")
    if of is not None and not (np.isfinite(of) & (of >= seen)).all():
        raise MetricError("of: a part cannot exceed its whole")


def _spread(new: Records, now: Sums, setup: Setup) -> Floats:
    """Per window; the level's own uncertainty widens it."""
    spread = spreads(new, setup)
    known = new["level_seen"] / (1 + spread[:, 0] * now.expected[:, -1] / setup.windows[-1])
    return np.asarray(spread + (1 / np.maximum(known, 0.5))[:, None])


def _rarity(now: Sums, spread: Floats, setup: Setup) -> Floats:
    """-log10 of the probability of so much or more in each window."""
    counted = (now.expected, spread)
    tail = share_tail(now.seen, now.of, *counted) if setup.kind == "share" else count_tail(now.seen, *counted)
    found = np.where(now.covered >= HALF, -np.log10(tail), 0)
    for k in range(1, len(setup.windows)):
        found[:, k] = np.where(found[:, k - 1] >= GOING_ON, found[:, k], np.minimum(found[:, k], BASE - 0.1))
    return np.asarray(found)


def _false_alarms(new: Records, rarity: Floats, setup: Setup) -> Floats:
    """Times a month that the past reached such rarity, per window: the rate of episodes times the chance
    (Pareto, as the mean excess is uncertain) of such an excess."""
    month, prior = MONTH_S / setup.step_s, RATE_PRIOR_S / setup.step_s
    rate = (new["episodes"] + RATE * prior / month) / (new["span"][:, None] + prior) * month
    excess, ended = new["excess"] + EXCESS * EXCESS_PRIOR, new["ended"] + EXCESS_PRIOR
    over = np.maximum(rarity - BASE, 0)
    return np.asarray(rate * (1 + over / excess) ** -ended * 10 ** np.maximum(BASE - rarity, 0))


def _calibrate(new: Records, rarity: Floats, looked: Flags, setup: Setup) -> None:
    """Note where episodes begin and end, and how far each went."""
    on = looked[:, None]
    kept = np.where(looked, 0.5 ** (1 / (CALIBRATION_DAYS * setup.steps_a_day)), 1)
    new["span"] = new["span"] * kept + looked
    new["episodes"] *= kept[:, None]
    over = np.maximum(rarity - BASE, 0) * on
    new["running"] = np.maximum(new["running"], over)
    new["calm"] = np.where(over > 0, 0, new["calm"] + on)
    ended = (new["calm"] * setup.step_s >= CALM_S) & (new["running"] > 0)
    if ended.any():
        limit = CENSOR * (new["excess"] + EXCESS * EXCESS_PRIOR) / (new["ended"] + EXCESS_PRIOR)
        kept_episodes = np.where(ended, 0.5 ** (1 / EPISODES_KEPT), 1)
        new["excess"] = new["excess"] * kept_episodes + np.where(ended, np.minimum(new["running"], limit), 0)
        new["ended"] = new["ended"] * kept_episodes + (ended & (new["running"] < limit))
        new["episodes"] += ended
        new["running"] = np.where(ended, 0, new["running"])


def _together(setup: Setup) -> float:
    """Windows overlap: k of them raise false alarms about as sqrt(k) independent ones would
    (benchmarks/spikes.py, quiet)."""
    return float(len(setup.windows) ** 0.5)


def _news(new: Records, name: str, slot: int, height: Floats, reached: Flags, hold: int, up: float) -> Flags:
    """Where this is the first of an event, or far rarer than what was told of it."""
    held = slot - new[name] < hold
    told: Flags = reached & (~held | (height >= new[f"{name}_rarity"] + up))
    new[name] = np.where(told, slot, new[name])
    new[f"{name}_rarity"] = np.where(told, height, new[f"{name}_rarity"])
    return told

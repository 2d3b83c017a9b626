"""What a spike detector expects of a series, and how it learns that: level, rhythm of the week, spread, silence.

    expected = level * rhythm(hour of the week) * exposure

Exposure is the part of a step that was observed, or for a share the number of mentions. All of it is learned
with a day's delay (from what leaves the last 24 hours), when an outage in it has long been noticed; what stands
out is cut before it teaches anything; what nobody looked at teaches nothing. Records are changed in place here:
`spikes.step` copies them first.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from metrics.spikes.state import HOURS, Setup
from metrics.spikes.tails import Floats

Flags = NDArray[np.bool_]
Records = NDArray[np.void]

LEVEL_DAYS, RHYTHM_WEEKS, SPREAD_DAYS = 7.0, 8.0, 28.0
"""Half-lives of what is remembered."""
DAY_PRIOR, WEEK_PRIOR = 5.0, 20.0
"""The rhythm's priors, in mentions: an hour's factor is drawn to 1, and an hour of the week to its hour of the
day times its day."""
SPREADS = {900: 0.5, 1800: 0.45, 3600: 0.4, 10_800: 0.3, 86_400: 0.2}
"""The spread per window in seconds that is believed before any is seen; it weighs as much as SPREAD_PRIOR
well-counted windows."""
SPREAD_PRIOR, LEAST_SPREAD = 2.0, 1e-4
UNSEEN = 0.5
"""Mentions that are added to those seen, so that what never happened is not impossible."""
CLIP = 3.0
"""Standard deviations above the expected beyond which a count teaches no more."""
HALF = 0.5
"""Of a step or a window must have been looked at for a verdict."""
SILENT = 1e-6
"""So improbable a silence is an outage."""


def advance(new: Records, slot: int, setup: Setup) -> None:
    """Bring all to this step, an empty one so far; what leaves the last 24 hours is learned from, when outages
    in it have long been noticed."""
    if len(new) == 0:
        return
    last, day = int(new["slot"][0]), setup.steps_a_day
    if last >= 0:
        for leaving in range(last - day + 1, last - day + 1 + min(slot - last, day)):
            learn(new, 0, leaving, setup, None)
            for name in ("counts", "exposure", "expected", "judged"):
                kept = new[name]
                kept[:, :-1] = kept[:, 1:]
                kept[:, -1] = 0
    new["slot"] = slot
    if last < 0 or slot * setup.step_s // 3600 != last * setup.step_s // 3600:
        new["rhythm"] = _rhythm(new["rhythm_seen"], new["rhythm_due"])


def observe(new: Records, slot: int, seen: Floats, exposure: Floats, setup: Setup, at: int = -1) -> None:
    units = _shape(new, slot, setup) * exposure
    level = np.where(new["level_due"] > 0, _level(new), (seen + UNSEEN) / np.maximum(units, 0.1))
    expected = level * units
    if setup.kind == "share":
        expected = np.minimum(expected, 0.98 * exposure)
    new["counts"][:, at], new["exposure"][:, at], new["expected"][:, at] = seen, exposure, expected


class Sums(NamedTuple):
    """Per series and window: mentions seen and expected, for shares out of how many, and the part of the window
    that was looked at in time."""

    seen: Floats
    expected: Floats
    of: Floats
    covered: Floats


def sums(new: Records, setup: Setup) -> Sums:
    judged = new["judged"]
    every = bool(judged.all())

    def total(name: str) -> Floats:
        values = new[name] if every else np.where(judged, new[name], 0)
        return np.stack([values[:, -w:].sum(axis=1) for w in setup.windows], axis=1)

    seen = total("counts")
    covered = np.ones_like(seen) if every else total("judged") / np.array(setup.windows)
    return Sums(seen, total("expected"), total("exposure") if setup.kind == "share" else seen, covered)


def silenced(new: Records, setup: Setup) -> Flags:
    """Series whose silence is too improbable to be their own; its steps count as not looked at."""
    looked = new["exposure"][:, -1] > 0
    quiet = looked & (new["counts"][:, -1] == 0)
    new["silence"] = np.where(
        quiet, new["silence"] + new["expected"][:, -1], np.where(looked, 0, new["silence"])
    )
    out: Flags = quiet & (new["silence"] > -np.log(SILENT))
    if out.any():
        spread = spreads(new, setup)[:, -1]
        out &= -np.log1p(spread * new["silence"]) / spread < np.log(SILENT)
        empty = (np.cumsum(new["counts"][:, ::-1], axis=1)[:, ::-1] == 0) & out[:, None]
        new["judged"][empty] = False
        new["exposure"][empty] = 0
        new["expected"][empty] = 0
    return out


def learn(new: Records, at: int, slot: int, setup: Setup, only: Flags | None) -> None:
    """Level and rhythm from one step of the last 24 hours, cut where it stands out: a spike teaches little,
    what nobody looked at teaches nothing."""
    exposure, expected = new["exposure"][:, at], new["expected"][:, at]
    looked = exposure > 0 if only is None else only & (exposure > 0)
    if not looked.any():
        return
    spread = spreads(new, setup)[:, 0]
    cap = expected + CLIP * np.sqrt(expected + spread * expected**2) + 1
    old = new["fed"] > setup.steps_a_day / 2
    seen = np.where(looked, np.where(old, np.minimum(new["counts"][:, at], cap), new["counts"][:, at]), 0)
    kept = np.where(looked, 0.5 ** (1 / (LEVEL_DAYS * setup.steps_a_day)), 1)
    new["level_seen"] = new["level_seen"] * kept + seen
    new["level_due"] = new["level_due"] * kept + np.where(looked, _shape(new, slot, setup) * exposure, 0)
    weight = looked / (1 + expected * spread)
    how, kept = (
        _hour_of_week(slot, setup),
        np.where(looked, 0.5 ** (min(1, setup.step_s / 3600) / RHYTHM_WEEKS), 1),
    )
    for k in range(max(1, setup.step_s // 3600)):
        hour = (how + k) % HOURS
        new["rhythm_seen"][:, hour] = new["rhythm_seen"][:, hour] * kept + weight * seen
        new["rhythm_due"][:, hour] = new["rhythm_due"][:, hour] * kept + weight * _level(new) * exposure


def learn_spread(new: Records, now: Sums, looked: Flags, setup: Setup) -> None:
    """Moments, weighted by what a window tells: (seen - expected)^2 - chance, over expected^2."""
    spread, expected = spreads(new, setup), now.expected
    variance = expected * (1 - expected / np.maximum(now.of, 1)) if setup.kind == "share" else expected
    cut = np.minimum(now.seen, expected + CLIP * np.sqrt(expected + spread * expected**2) + 1)
    weight = (
        (looked[:, None] & (now.covered >= HALF)) / (1 + expected * spread) ** 2 / np.array(setup.windows)
    )
    kept = np.where(looked, 0.5 ** (1 / (SPREAD_DAYS * setup.steps_a_day)), 1)[:, None]
    new["spread_seen"] = new["spread_seen"] * kept + weight * ((cut - expected) ** 2 - variance)
    new["spread_due"] = new["spread_due"] * kept + weight * expected**2


def spreads(new: Records, setup: Setup) -> Floats:
    """Per window, with its prior."""
    found = (new["spread_seen"] + SPREAD_PRIOR * _prior_spreads(setup)) / (new["spread_due"] + SPREAD_PRIOR)
    return np.asarray(np.maximum(found, LEAST_SPREAD))


@lru_cache(maxsize=64)
def _prior_spreads(setup: Setup) -> Floats:
    return np.array(
        [SPREADS[max(s for s in SPREADS if s <= max(w * setup.step_s, 900))] for w in setup.windows]
    )


def _level(new: Records) -> Floats:
    """Mentions per step (of a share: per mention) at a rhythm of 1."""
    return np.asarray((new["level_seen"] + UNSEEN) / np.maximum(new["level_due"], UNSEEN))


def _shape(new: Records, slot: int, setup: Setup) -> Floats:
    """The rhythm at the middle of a step, between the middles of two hours."""
    how = _hour_of_week(slot, setup)
    if setup.step_s > 3600:
        hours = [(how + k) % HOURS for k in range(setup.step_s // 3600)]
        return np.asarray(new["rhythm"][:, hours].mean(axis=1))
    off = ((slot + 0.5) * setup.step_s % 3600) / 3600 - 0.5
    rhythm = new["rhythm"]
    found: Floats = rhythm[:, how] * (1 - abs(off)) + rhythm[:, (how + (1 if off > 0 else -1)) % HOURS] * abs(
        off
    )
    return found


def _rhythm(seen: Floats, due: Floats) -> Floats:
    """Factors per hour of the week, on average 1: hour of the day times day of the week, and what is particular
    where enough was seen."""
    c, e = seen.reshape(-1, 7, 24), due.reshape(-1, 7, 24)
    hour = (c.sum(1) + DAY_PRIOR) / (e.sum(1) + DAY_PRIOR)
    day = (c.sum(2) + DAY_PRIOR) / ((e * hour[:, None, :]).sum(2) + DAY_PRIOR)
    both = (day[:, :, None] * hour[:, None, :]).reshape(-1, HOURS)
    found = (seen + WEEK_PRIOR * both) / (due + WEEK_PRIOR)
    normal: Floats = found / found.mean(axis=1, keepdims=True)
    return normal


def _hour_of_week(slot: int, setup: Setup) -> int:
    return _hours(slot * setup.step_s // 900, setup.zone)


@lru_cache(maxsize=4096)
def _hours(hour: int, zone: str) -> int:
    """The local hour of the week in which this quarter hour since 1970 begins; Monday's first is 0."""
    local = datetime.fromtimestamp(hour * 900, UTC).astimezone(ZoneInfo(zone))
    return local.weekday() * 24 + local.hour

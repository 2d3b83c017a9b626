"""`listener alerts replay`: which spikes would have been told in a stretch of the past at the present settings."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from listener import show
from listener.alerts.history import Replayed, Told, replay
from listener.alerts.memory import parts, plan_of
from listener.commands.gather import counting, service_for
from listener.pipeline import utc_now
from listener.times import window
from metrics.alerts.alert import Signal
from metrics.read.quarters import start_of
from metrics.spikes.baseline import HALF
from metrics.spikes.watch import QUARTER_S

KIND = {"volume": "mentions", "negative": "negative mentions", "negative_share": "share of negative mentions"}
MOST_GAPS = 10


class Unseen(NamedTuple):
    """[since, until) in which a brand could not be looked at on a network."""

    brand_id: str
    network: str
    since: datetime
    until: datetime


class Rate(NamedTuple):
    """A brand's alerts in the days that could be looked at, and what is accepted; no rate of less than a week."""

    brand_id: str
    opened: int
    days_looked_at: float
    per_month: float | None
    budget: float


def run(
    config: Path,
    since: str | None,
    until: str | None,
    brands: Sequence[str] | None,
    form: str,
    *,
    now: datetime | None = None,
) -> None:
    """Print what would have opened, how often a month, and what could not be looked at."""
    now = now or utc_now()
    with service_for(config, quiet=form != "table") as service:
        zone = service.config.timezone
        start, end = window(since, until, now=now, zone=zone)
        plan, found = plan_of(service), []
        wanted = service.brand_ids(brands) or plan.watched.ids
        first, after = (int(min(at, now).timestamp() // QUARTER_S) for at in (start, end))
        todo = list(parts(plan, wanted))
        with counting("Looking at the past", quiet=form != "table") as tell:
            for done, part in enumerate(todo):
                tell(done, len(todo))
                found.append(replay(service.db, part, first, after))
    told = sorted((one for part in found for one in part.told), key=lambda one: one.at)
    rates, gaps = (
        [one for part in found for one in rates_of(part)],
        [one for part in found for one in gaps_of(part, first)],
    )
    if form == "table":
        shown(told, rates, gaps, ZoneInfo(zone), start, min(end, now))
    else:
        show.as_json(_as_json(told, rates, gaps, start, min(end, now)))


def rates_of(part: Replayed) -> list[Rate]:
    ids, found = part.plan.watched.ids, []
    for brand, brand_id in enumerate(ids):
        opened = sum(one.opened and one.brand_id == brand_id for one in part.told)
        days = part.looked(brand) * QUARTER_S / 86_400
        found.append(Rate(brand_id, opened, days, part.rate(brand), part.plan.budget))
    return found


def gaps_of(part: Replayed, first: int) -> list[Unseen]:
    """By brand and network, in order of time."""
    found = []
    for brand, brand_id in enumerate(part.plan.watched.ids):
        for at, network in enumerate(part.plan.watched.networks):
            dark = np.concatenate([[0], (part.coverage[brand, at] < HALF).astype(int), [0]])
            edges = np.flatnonzero(np.diff(dark)).reshape(-1, 2)
            found += [
                Unseen(brand_id, network, start_of(first + int(low)), start_of(first + int(high)))
                for low, high in edges
            ]
    return found


def shown(
    told: Sequence[Told], rates: Sequence[Rate], gaps: Sequence[Unseen], zone: ZoneInfo, since: datetime, until: datetime
) -> None:  # fmt: skip
    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    out = show.console()
    opened = sum(one.opened for one in told)
    out.print(
        f"{local(since)} to {local(until)}: {opened:,} alert{'' if opened == 1 else 's'} would have opened",
        style="bold",
    )
    cells = [
        [
            local(one.at),
            one.brand_id,
            "opened" if one.opened else "far worse",
            *_cells(one.signals[0]),
            local(one.signals[0].since),
        ]
        for one in told
    ]
    if cells:
        columns = [
            "Known by",
            "Brand",
            "",
            "What",
            "Within",
            "Seen",
            "Expected",
            "By chance a month",
            "Since",
        ]
        out.print(show.table(columns, cells, right=[5, 6, 7]))
    cells = [
        [
            one.brand_id,
            f"{one.opened:,}",
            f"{one.days_looked_at:.1f}",
            _figure(one.per_month),
            _figure(one.budget),
        ]
        for one in rates
    ]
    out.print()
    out.print(
        show.table(["Brand", "Alerts", "Days looked at", "A month", "Accepted"], cells, right=[1, 2, 3, 4])
    )
    if gaps:
        longest = sorted(gaps, key=lambda one: one.since - one.until)[:MOST_GAPS]
        out.print(
            f"\n{len(gaps):,} stretches could not be looked at"
            + (", the longest of them" if len(gaps) > len(longest) else "")
        )
        cells = [[one.brand_id, one.network, local(one.since), local(one.until)] for one in longest]
        out.print(show.table(["Brand", "Network", "From", "To"], cells))


def _cells(one: Signal) -> list[str]:
    where = "" if one.source is None else f" on {one.source}"
    hours = one.window_s / 3600
    within = f"{one.window_s // 60} min" if hours < 1 else f"{hours:.0f} h"
    expected = f"{one.expected:,.1f} ({one.low:,.0f} to {one.high:,.0f})"
    return [f"{KIND[one.kind]}{where}", within, f"{one.seen:,.0f}", expected, f"{one.false_alarms:.2g}"]


def _figure(value: float | None) -> str:
    return show.EMPTY if value is None else f"{value:.1f}"


def _as_json(
    told: Sequence[Told], rates: Sequence[Rate], gaps: Sequence[Unseen], since: datetime, until: datetime
) -> dict[str, Any]:  # fmt: skip
    def times(row: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()
        }

    alerts = [
        times(asdict(replace(one, signals=()))) | {"signals": [times(asdict(s)) for s in one.signals]}
        for one in told
    ]
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "alerts": alerts,
        "brands": [one._asdict() for one in rates],
        "unseen": [times(one._asdict()) for one in gaps],
    }

"""The hours around something that happened: how many mentions came, and how many usually come at that hour of the week."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from storage.counts import first_day
from storage.db import Database
from storage.quarters import quarter_sums
from storage.standings import QUARTER_S

WEEKS = 4
"""So many weeks before are taken for what is usual."""
MOST_HOURS = 14 * 24
_WEEK = 7 * 24


class Hour(NamedTuple):
    """Mentions from `start` on for an hour. `usual`: their mean at this hour of the weeks before, None where nothing was counted then."""

    start: datetime
    seen: int
    usual: float | None


def course(
    db: Database,
    brand_id: str,
    source: str | None,
    since: datetime,
    until: datetime,
    *,
    zone: ZoneInfo,
    negative: bool = False,
) -> Sequence[Hour]:
    """A brand's mentions, or its negative ones, in the hours of [since, until), on one network or (None) on all.

    Hours begin where the zone's do. What is usual is the mean of the same hours of up to four weeks before, of those after the day of
    the brand's first mention; that is arithmetic for the eye, and not the detector's expectation. No more than fourteen days are told.
    """
    begins = since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    first = int(begins.timestamp()) // QUARTER_S
    hours = min(-(-(int(until.timestamp()) - first * QUARTER_S) // 3600), MOST_HOURS)
    if hours <= 0:
        return []
    back = WEEKS * _WEEK * 4
    by_quarter = np.zeros(back + 4 * hours)
    with db.read() as connection:
        networks = None if source is None else [source]
        for row in quarter_sums(connection, [brand_id], networks, first - back, first + 4 * hours):
            by_quarter[row.quarter - first + back] += row.negative if negative else row.mentions
    counted = by_quarter.reshape(-1, 4).sum(axis=1)
    day = first_day(db, [brand_id], None if source is None else [source])
    known = None if day is None else datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    found = []
    for at in range(hours):
        start = datetime.fromtimestamp(first * QUARTER_S, UTC) + timedelta(hours=at)
        earlier = [
            counted[WEEKS * _WEEK + at - week * _WEEK]
            for week in range(1, WEEKS + 1)
            if known is not None and start - timedelta(weeks=week) >= known
        ]
        usual = float(np.mean(earlier)) if earlier else None
        found.append(Hour(start, int(counted[WEEKS * _WEEK + at]), usual))
    return found

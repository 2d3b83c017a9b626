"""Hourly, daily and weekly sums against a recount of the posts in local time, in every time zone of the tz database, over two years.

    python -m benchmarks.zones

The product's way: quarter hours since 1970 counted in UTC, days rolled up from them by `storage.sums.Calendar`, and the buckets of
`metrics.periods`. The second way: Arrow's own reading of the tz database turns each post's time into local time, which numpy counts by local
hour and offset (the hour that comes twice in autumn is two), by local day and by ISO week. Posts fall at random seconds, and one into every quarter
hour of the days on which the zone's clocks change.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.periods import Every, buckets
from storage.sums import QUARTER_S, Calendar

ZONES = sorted(zone for zone in available_timezones() if zone not in ("localtime", "Factory", "posixrules"))
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MOST_BUCKETS_S = 600 * 86_400
Ints = NDArray[np.int64]
Key = tuple[object, ...]
"""A local day or hour, and the hour's offset from UTC."""


def random_posts(count: int, seed: int) -> Ints:
    """Seconds since 1970 at random within the two years."""
    chance = np.random.default_rng(seed)
    return chance.integers(int(SINCE.timestamp()), int(UNTIL.timestamp()), count)


def changes(zone: str) -> list[datetime]:
    """Midnights (UTC) before which and a day after which the zone's offset differs."""
    where = ZoneInfo(zone)
    days = [SINCE + timedelta(days=number) for number in range((UNTIL - SINCE).days - 1)]
    return [
        day
        for day in days
        if day.astimezone(where).utcoffset() != (day + timedelta(days=1)).astimezone(where).utcoffset()
    ]


def clocks(zone: str) -> tuple[object, ...]:
    """What tells zones apart: the offset on every day, and in every quarter hour of the days on which it changes. Aliases have the same."""
    where = ZoneInfo(zone)
    days = [
        (SINCE + timedelta(days=number)).astimezone(where).utcoffset()
        for number in range((UNTIL - SINCE).days)
    ]
    quarters = [(day + timedelta(minutes=15 * number)) for day in changes(zone) for number in range(96)]
    return (*days, *((at, at.astimezone(where).utcoffset()) for at in quarters))


def at_changes(zone: str) -> Ints:
    """A post in every quarter hour of the days on which clocks change."""
    found = [
        int(day.timestamp()) + QUARTER_S * number + number % 3 * 400
        for day in changes(zone)
        for number in range(96)
    ]
    return np.array(found, np.int64)


def disagreements(zone: str, posts: Ints, every: Sequence[Every]) -> Iterator[str]:
    """A line for each kind of bucket whose sums are not those of the recount; none where all agree."""
    posts = np.concatenate([posts, at_changes(zone)])
    times = pa.array(posts, pa.timestamp("s", tz="UTC")).cast(pa.timestamp("s", tz=zone))
    local = pc.local_timestamp(times).cast(pa.int64()).to_numpy()
    quarters, counted = np.unique(posts // QUARTER_S, return_counts=True)
    days = Counter[Key]()
    calendar = Calendar(zone)
    for quarter, count in zip(quarters.tolist(), counted.tolist(), strict=True):
        days[calendar.day(quarter),] += count
    recounted = {
        "day": _recount(local // 86_400, lambda day: (date(1970, 1, 1) + timedelta(days=day),)),
        "week": _recount(
            (local // 86_400 + 3) // 7, lambda week: (date(1970, 1, 1) + timedelta(days=7 * week - 3),)
        ),
    }
    if days != recounted["day"]:
        yield f"{zone}: stored days"
    for kind in every:
        truth = recounted.get(kind) or _hours(local, posts)
        if (found := _bucketed(zone, quarters, counted, kind)) != truth:
            yield f"{zone}: {kind} {sorted(map(str, (found - truth) | (truth - found)))[:4]}"


def _recount(numbers: Ints, key: object) -> Counter[Key]:
    values, counts = np.unique(numbers, return_counts=True)
    return Counter({key(int(value)): int(count) for value, count in zip(values, counts, strict=True)})  # type: ignore[operator]


def _hours(local: Ints, posts: Ints) -> Counter[Key]:
    pairs, counts = np.unique(np.column_stack([local // 3600, local - posts]), axis=0, return_counts=True)
    return Counter(
        {(int(hour), int(offset)): int(count) for (hour, offset), count in zip(pairs, counts, strict=True)}
    )


def _bucketed(zone: str, quarters: Ints, counted: Ints, every: Every) -> Counter[Key]:
    """The sums of the buckets, by what people call each: its local day, its week's Monday, its local hour with the offset."""
    where, found = ZoneInfo(zone), Counter[Key]()
    for bucket in _pieces(zone, every):
        start, end = (int(at.timestamp()) // QUARTER_S for at in (bucket[0], bucket[1]))
        low, high = np.searchsorted(quarters, (start, end))
        if low == high:
            continue
        local = bucket[0].astimezone(where)
        key: Key = (local.date(),)
        if every == "week":
            key = (local.date() - timedelta(days=local.weekday()),)
        elif every == "hour":
            offset = int((local.utcoffset() or timedelta(0)).total_seconds())
            key = ((start * QUARTER_S + offset) // 3600, offset)
        found[key] += int(counted[low:high].sum())
    return found


def _pieces(zone: str, every: Every) -> Iterator[tuple[datetime, datetime]]:
    """The buckets of two years, asked for a part at a time: there are more hours than one question may have."""
    since = SINCE
    while since < UNTIL:
        until = min(UNTIL, since + timedelta(seconds=MOST_BUCKETS_S))
        yield from ((bucket.start, bucket.end) for bucket in buckets(since, until, every, zone))
        since = until


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=50_000)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    posts, begun = random_posts(given.posts, given.seed), time.monotonic()
    wrong = [line for zone in ZONES for line in disagreements(zone, posts, ("hour", "day", "week"))]
    print(*wrong[:20], sep="\n")
    clocks = sum(len(changes(zone)) for zone in ZONES)
    print(
        f"{len(ZONES)} zones, {given.posts:,} posts over two years, {clocks:,} changes of clocks: "
        f"{len(wrong)} kinds of sums that disagree; {time.monotonic() - begun:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

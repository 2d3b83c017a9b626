"""Stretches of time as people mean them: hours, days, weeks and months of a time zone, and the period before.

A day of 23 or 25 hours is one day; an hour of Kathmandu begins at a quarter past in UTC; a day that a zone
skipped does not exist.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.errors import MetricError

Every = Literal["hour", "day", "week", "month", "all"]
MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """[start, end) in UTC."""

    start: datetime
    end: datetime


def buckets(since: datetime, until: datetime, every: Every, zone: str) -> list[Bucket]:
    """The buckets of [since, until) in order, without hole or overlap; the first and the last are cut at its
    bounds.

    Weeks begin on Monday (ISO 8601). Raises MetricError for a range that is empty, turned round, or of more
    than 20,000 buckets.

    >>> since, until = (datetime.fromisoformat(f"2027-03-{day}T00:00+01:00") for day in (27, 30))
    >>> spring = buckets(since, until, "day", "Europe/Oslo")
    >>> [(bucket.end - bucket.start).total_seconds() / 3600 for bucket in spring]
    [24.0, 23.0, 24.0, 1.0]
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if since >= until:
        raise MetricError(
            f"the period is empty: {since:%Y-%m-%d %H:%M} is not before {until:%Y-%m-%d %H:%M} (UTC)"
        )
    if every == "all":
        return [Bucket(since, until)]
    found: list[Bucket] = []
    start = since
    for end in _ends(since, every, ZoneInfo(zone)):
        found.append(Bucket(start, min(end, until)))
        if len(found) > MOST_BUCKETS:
            raise MetricError(
                f"more than {MOST_BUCKETS:,} buckets: ask for a shorter period or for more than one {every} each"
            )
        if end >= until:
            return found
        start = end
    raise MetricError("the calendar ends before the period does")


def _ends(since: datetime, every: Every, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants after `since` at which one bucket ends and the next begins."""
    at = since
    if every == "hour":
        while True:
            at = _next_hour(at, zone)
            yield at
    day = at.astimezone(zone).date()
    while True:
        day = _next_day(day, every)
        start = day_start(day, zone)
        if start > at:
            yield start
            at = start


def _next_hour(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    end = at + timedelta(hours=1) - into
    if end.astimezone(zone).utcoffset() == local.utcoffset():
        return end
    return _first(at, end, lambda moment: moment.astimezone(zone).utcoffset() != local.utcoffset())


def _next_day(day: date, every: Every) -> date:
    """The first day of the next bucket."""
    try:
        if every == "week":
            return day + timedelta(days=7 - day.weekday())
        if every == "month":
            return date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return day + timedelta(days=1)
    except (OverflowError, ValueError):
        raise MetricError("the period reaches beyond the year 9999") from None


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day of the zone, in UTC; of a day that the zone skipped, the first instant after
    it.

    >>> day_start(date(2026, 11, 21), ZoneInfo("Asia/Kathmandu")).isoformat()
    '2026-11-20T18:15:00+00:00'
    >>> apia = ZoneInfo("Pacific/Apia")
    >>> day_start(date(2011, 12, 30), apia) == day_start(date(2011, 12, 31), apia)
    True
    """
    return on_the_clock(day, time(), zone)


def on_the_clock(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which a day's clock shows this time, in UTC; of a time that the clocks jump over, the instant of the jump; of one that
    comes twice the first, unless the time has `fold` 1.

    >>> oslo = ZoneInfo("Europe/Oslo")
    >>> [f"{on_the_clock(date(2027, 3, 28), time(hour, 30), oslo):%H:%M}" for hour in (1, 2, 3)]
    ['00:30', '01:00', '01:30']
    """
    wanted = datetime.combine(day, clock)
    at = wanted.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wanted:
        return at
    around = timedelta(days=2)  # the time does not exist: find the instant that the clocks jumped over it
    return _first(
        at - around, at + around, lambda moment: moment.astimezone(zone).replace(tzinfo=None) >= wanted
    )


def _first(early: datetime, late: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The first whole second after `early` at which something holds that holds from there to `late`."""
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (early, middle) if holds(middle) else (middle, late)
    return late.replace(microsecond=0)


def is_day_start(at: datetime, zone: ZoneInfo) -> bool:
    """Whether a day of the zone begins at this instant.

    >>> is_day_start(datetime(2026, 11, 20, 18, 15, tzinfo=UTC), ZoneInfo("Asia/Kathmandu"))
    True
    """
    return day_start(at.astimezone(zone).date(), zone) == at


def previous(since: datetime, until: datetime, zone: str) -> Bucket:
    """The period of equal length that ends where this one begins.

    Whole months are compared with as many months before, whole days (so weeks) with as many days, though they
    may be an hour longer or shorter; anything else with the same number of seconds.

    >>> march = [datetime.fromisoformat(f"2027-0{month}-01T00:00Z") for month in (3, 4)]
    >>> previous(*march, "UTC").start.isoformat()
    '2027-02-01T00:00:00+00:00'
    """
    since, until, where = since.astimezone(UTC), until.astimezone(UTC), ZoneInfo(zone)
    if since >= until:
        raise MetricError("the period is empty: since is not before until")
    first, after = since.astimezone(where).date(), until.astimezone(where).date()
    try:
        if not (is_day_start(since, where) and is_day_start(until, where)):
            return Bucket(since - (until - since), since)
        if first.day == after.day == 1:
            months = (after.year - first.year) * 12 + after.month - first.month
            year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
            return Bucket(day_start(date(year, month + 1, 1), where), since)
        return Bucket(day_start(first - (after - first), where), since)
    except (OverflowError, ValueError):
        raise MetricError("the period before this one lies before the year 1") from None


def year_before(since: datetime, until: datetime, zone: str, *, weeks: bool = False) -> Bucket:
    """The same period a year earlier.

    Whole weeks, and with `weeks` any whole days, are set against the same days of the week 52 weeks earlier; whole months against the same
    months; other whole days against the same dates, the 29th of February against the 28th. Anything else begins at the same time on the
    clock and lasts as many seconds.

    >>> def told(period): return [at.isoformat()[:10] for at in (period.start, period.end)]
    >>> def day(text): return datetime.fromisoformat(text + "T00:00Z")
    >>> told(year_before(day("2028-02-01"), day("2028-03-01"), "UTC"))
    ['2027-02-01', '2027-03-01']
    >>> told(year_before(day("2028-02-29"), day("2028-03-01"), "UTC"))
    ['2027-02-28', '2027-03-01']
    >>> told(year_before(day("2027-03-01"), day("2027-03-08"), "UTC"))
    ['2026-03-02', '2026-03-09']
    """
    since, until, where = since.astimezone(UTC), until.astimezone(UTC), ZoneInfo(zone)
    if since >= until:
        raise MetricError("the period is empty: since is not before until")
    first, after = since.astimezone(where).date(), until.astimezone(where).date()
    try:
        if not (is_day_start(since, where) and is_day_start(until, where)):
            local = since.astimezone(where)
            start = local.replace(
                year=local.year - 1, day=28 if (local.month, local.day) == (2, 29) else local.day
            ).astimezone(UTC)
            return Bucket(start, start + (until - since))
        if weeks or first.weekday() == after.weekday() == 0:
            earlier = first - timedelta(weeks=52), after - timedelta(weeks=52)
        elif first.day == after.day == 1:
            earlier = first.replace(year=first.year - 1), after.replace(year=after.year - 1)
        else:
            last = _same_date(after - timedelta(days=1))
            earlier = _same_date(first), last + timedelta(days=1)
        return Bucket(day_start(earlier[0], where), day_start(earlier[1], where))
    except (OverflowError, ValueError):
        raise MetricError("the period a year before this one lies before the year 1") from None


def _same_date(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)

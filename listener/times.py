"""Moments as people give them on the command line."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from listener.errors import UsageError

AGO = re.compile(r"(\d{1,5})\s*([hdw])")
HOURS = {"h": 1, "d": 24, "w": 168}
YEARS = range(1900, 2200)
"""Beyond these a typing mistake is likelier than a wish, and the calendar's ends are out of reach of any zone."""


def moment(text: str, *, option: str, now: datetime, zone: str) -> datetime:
    """A day, a time, or so many hours, days or weeks before now, as UTC.

    A day is its first instant in `zone`, so `--until 2027-03-08` leaves the 8th out. A time without a zone is in `zone`. Raises UsageError
    naming the option and what it takes.

    >>> now = datetime(2027, 3, 8, 12, tzinfo=UTC)
    >>> moment("2027-03-01", option="--since", now=now, zone="Europe/Oslo").isoformat()
    '2027-02-28T23:00:00+00:00'
    >>> moment("7d", option="--since", now=now, zone="Europe/Oslo").isoformat()
    '2027-03-01T12:00:00+00:00'
    """
    try:
        ago = AGO.fullmatch(text.strip())
        given = (
            now - timedelta(hours=int(ago[1]) * HOURS[ago[2]])
            if ago
            else datetime.fromisoformat(text.strip())
        )
        if given.year not in YEARS:
            raise UsageError(f"{option} {text!r}: is not between the years {YEARS[0]} and {YEARS[-1]}")
        if given.tzinfo is None:
            given = given.replace(tzinfo=ZoneInfo(zone))
        return given.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option} {text!r}: write a day (2027-03-01), a time (2027-03-01T14:30+01:00) or an age (12h, 7d, 4w)"
        ) from error


def _quarter(at: datetime) -> datetime:
    """The first quarter hour from here on: sums are kept by quarter hours, so figures and the posts behind them agree."""
    return at + (datetime.fromtimestamp(0, UTC) - at) % timedelta(minutes=15)


def window(
    since: str | None, until: str | None, *, now: datetime, zone: str, days: int = 30
) -> tuple[datetime, datetime]:
    """The window [since, until) of a command: `days` whole days up to the end of today where nothing is given.

    Both ends go up to the next full quarter hour. Raises UsageError when it is empty.

    >>> now = datetime(2027, 3, 8, 12, tzinfo=UTC)
    >>> [t.isoformat() for t in window(None, None, now=now, zone="UTC", days=2)]
    ['2027-03-07T00:00:00+00:00', '2027-03-09T00:00:00+00:00']
    >>> window(None, "2026-11-01", now=now, zone="Europe/Oslo")[0].isoformat()  # a day of 25 hours is one day
    '2026-10-01T22:00:00+00:00'
    """
    local = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    def midnight(offset: int) -> datetime:
        return (local + timedelta(days=offset)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    end = moment(until, option="--until", now=now, zone=zone) if until else midnight(1)
    if since:
        start = moment(since, option="--since", now=now, zone=zone)
    elif until:
        start = (end.astimezone(ZoneInfo(zone)) - timedelta(days=days)).astimezone(UTC)
    else:
        start = midnight(1 - days)
    if start < end and _quarter(start) == _quarter(end):
        raise UsageError(
            f"from {since or start.isoformat()} to {until or end.isoformat()} no quarter hour begins: it is the shortest "
            "time that is counted"
        )
    start, end = _quarter(start), _quarter(end)
    if start >= end:
        raise UsageError(
            f"--since {since or start.isoformat()} is not before --until {until or end.isoformat()}"
        )
    return start, end

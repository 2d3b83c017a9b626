"""When people may be told: quiet hours and the daily digest, in the configured zone and over its changes of the clock.

A night is a span between two instants, not a range of wall-clock times: where the clocks go back within it, it ends once, at the later of the two
times that read alike, and where they skip its end, it ends that much later.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listener.config import Config
from metrics.alerts.alert import SEVERITIES, Severity

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration says of telling. `quiet`: from when to when it is silent. `break_through`: the least that is told even then."""

    zone: ZoneInfo
    quiet: tuple[time, time] | None = None
    break_through: Severity | None = "critical"
    digest: time | None = None


def settings_of(config: Config) -> Settings:
    """The same from [alerts]. Quiet hours that end when they begin are none."""
    alerts = config.alerts
    quiet = None
    if alerts.quiet_hours is not None:
        begin, end = map(time.fromisoformat, alerts.quiet_hours.split("-"))
        quiet = (begin, end) if begin != end else None
    return Settings(
        ZoneInfo(config.timezone),
        quiet,
        None if alerts.break_through == "never" else alerts.break_through,
        None if alerts.digest is None else time.fromisoformat(alerts.digest),
    )


def instant(day: date, at: time, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """When a wall clock in the zone shows this time on this day, in UTC: the first time, or (`later`) the last.

    A time that the clocks skip is as much later as they skip.

    >>> oslo = ZoneInfo("Europe/Oslo")
    >>> [f"{instant(date(2027, 10, 31), time(2, 30), oslo, later=last):%H:%M}" for last in (False, True)]
    ['00:30', '01:30']
    >>> f"{instant(date(2027, 3, 28), time(2, 30), oslo).astimezone(oslo):%H:%M}"
    '03:30'
    """
    wall = datetime.combine(day, at, zone)
    found = [wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(found) if later or found[0] > found[1] else min(found)


def quiet_until(now: datetime, settings: Settings) -> datetime | None:
    """The end of the quiet hours that last now; None outside them.

    >>> night = Settings(ZoneInfo("Europe/Oslo"), (time(22), time(6)))
    >>> [quiet_until(datetime(2027, 3, 1, hour, tzinfo=UTC), night) for hour in (20, 21)]
    [None, datetime.datetime(2027, 3, 2, 5, 0, tzinfo=datetime.timezone.utc)]
    """
    if settings.quiet is None:
        return None
    begin, end = settings.quiet
    today = now.astimezone(settings.zone).date()
    for first in (today - ONE_DAY, today):
        last = first if begin < end else first + ONE_DAY
        since = instant(first, begin, settings.zone)
        until = instant(last, end, settings.zone, later=True)
        if since <= now < until:
            return until
    return None


def breaks_through(severity: str, settings: Settings) -> bool:
    """Whether this severity is told in quiet hours all the same."""
    least = settings.break_through
    return least is not None and rank(severity) >= rank(least)


def rank(severity: str | None) -> int:
    """The place of a severity among all, from 0; -1 for none.

    >>> rank("critical") > rank("notice") > rank(None)
    True
    """
    return -1 if severity is None else SEVERITIES.index(severity)


def digest_day(now: datetime, last: date | None, settings: Settings) -> date | None:
    """The day whose digest is due now; None where there is none, or it was sent. `last` is the day of the last one, None before the first.

    A clock that goes back sends none again; a last day that lies in days to come, from a clock that was wrong, is not waited for.

    >>> daily = Settings(ZoneInfo("Europe/Oslo"), digest=time(8))
    >>> [digest_day(datetime(2027, 3, 2, hour, tzinfo=UTC), date(2027, 3, 1), daily) for hour in (6, 7)]
    [None, datetime.date(2027, 3, 2)]
    """
    if settings.digest is None:
        return None
    today = now.astimezone(settings.zone).date()
    sent = last is not None and today <= last <= today + ONE_DAY
    return None if sent or now < instant(today, settings.digest, settings.zone) else today

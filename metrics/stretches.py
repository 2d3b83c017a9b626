"""A period that is still running, and the stretch of an earlier one that it is set against: no more of that than is known of this.

What is known ends at the last full quarter hour, or where a source was looked at last, if that is within the hour; a source that is further
behind is a hole, and said as one. Until then this week is set against last week until the same day and time, this month against the month
before until the same date and time, and so a year earlier: by the clock, though a day of one of the two has 23 or 25 hours. Where the
earlier month is shorter, the stretch ends with it: 31 March against all of February.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.errors import MetricError
from metrics.periods import Bucket, Every, day_start, is_day_start, on_the_clock, previous, year_before

Earlier = Literal["previous", "year"]
QUARTER = timedelta(minutes=15)
BEGINNING = "the period has hardly begun: there is nothing to compare yet"


@dataclass(frozen=True, slots=True)
class Stretches:
    """`here` is set against `there`; both empty where nothing is known of the period yet."""

    here: Bucket
    there: Bucket

    @property
    def begun(self) -> bool:
        return self.here.start < self.here.end


def known_until(now: datetime, looked: Iterable[datetime] = ()) -> datetime:
    """The end of what is known: the last full quarter hour of now, or of the oldest of the times at which sources were looked at.

    >>> known_until(datetime(2027, 3, 9, 14, 20, tzinfo=UTC)).isoformat()
    '2027-03-09T14:15:00+00:00'
    """
    at = min((now, *looked)).astimezone(UTC)
    return at - (at - datetime.fromtimestamp(0, UTC)) % QUARTER


def stretches(
    span: Bucket,
    to: Earlier,
    zone: str,
    *,
    now: datetime,
    known: datetime | None = None,
    every: Every = "all",
) -> Stretches:
    """What of a period is set against what of the one before it, or of the same a year earlier. `every` is what the period is a bucket of.

    One that is over at `now` is set against the whole, as `previous` and `year_before` have it. Of one that still runs, what is known
    (`known_until`) is set against as much of the other: a week's bucket against the week before, a month's against the month before. So is a
    whole period that began on a Monday or on the first of the month, with more than one day within that week or month; other
    days go as many days back as they are. A whole period that does not begin with a day, such as the last 24 hours, is set against as many seconds
    right before it, and an hour's bucket against as many of the hour before.

    >>> def at(text): return datetime.fromisoformat(text + "+00:00")
    >>> def told(since, until, now, to="previous"):
    ...     there = stretches(Bucket(at(since), at(until)), to, "UTC", now=at(now)).there
    ...     return f"{there.start:%d %b} to {there.end:%d %b %H:%M}"
    >>> told("2027-03-08T00:00", "2027-03-10T00:00", now="2027-03-09T14:20")  # this week on a Tuesday
    '01 Mar to 02 Mar 14:15'
    >>> told("2027-03-01T00:00", "2027-03-11T00:00", now="2027-03-10T14:20")  # this month
    '01 Feb to 10 Feb 14:15'
    >>> told("2027-03-01T00:00", "2027-04-01T00:00", now="2027-03-31T14:20")
    '01 Feb to 01 Mar 00:00'
    >>> told("2027-03-03T00:00", "2027-03-10T00:00", now="2027-03-09T14:20")  # seven days
    '24 Feb to 02 Mar 14:15'
    """
    where, start = ZoneInfo(zone), span.start.astimezone(UTC)
    whole = (
        previous(span.start, span.end, zone)
        if to == "previous"
        else year_before(span.start, span.end, zone, weeks=every == "week")
    )
    if span.end <= now:
        return Stretches(span, whole)
    known = known_until(now) if known is None else known
    if known <= start:
        return Stretches(Bucket(start, start), Bucket(whole.start, whole.start))
    here, back = Bucket(start, known), _back(span, to, every, where)
    if back is None and every == "all" and to == "previous":
        return Stretches(here, previous(start, known, zone))
    if back is None:
        return Stretches(here, Bucket(whole.start, min(whole.start + (known - start), whole.end)))
    try:
        return Stretches(here, _moved(here, *back, where))
    except (OverflowError, ValueError):
        raise MetricError("the period before this one lies before the year 1") from None


def _back(span: Bucket, to: Earlier, every: Every, where: ZoneInfo) -> tuple[int, int] | None:
    """How many months and how many days the other period lies back; None where it is so many seconds."""
    if every == "hour" or (every == "all" and not is_day_start(span.start, where)):
        return None
    first, after = (at.astimezone(where).date() for at in (span.start, span.end))
    after += timedelta(days=not is_day_start(span.end, where))
    days, monday = (after - first).days, first.weekday() == 0
    if to == "year":
        weeks = monday and days > 1 and (days <= 7 or after.weekday() == 0)
        return (0, 364) if every == "week" or weeks else (12, 0)
    if every != "all":
        return {"day": (0, 1), "week": (0, 7), "month": (1, 0)}[every]
    months = (after.year - first.year) * 12 + after.month - first.month
    if first.day == 1 and (after.day == 1 or (months == 0 and days > 1)):
        return max(months, 1), 0
    return 0, 7 if monday and 1 < days <= 7 else days


def _moved(here: Bucket, months: int, days: int, where: ZoneInfo) -> Bucket:
    """The stretch so far back, with the same clock times. Of a date that its month lacks, the stretch begins on the month's last day or ends
    with the month."""
    start, end = here.start.astimezone(where), here.end.astimezone(where)
    first = _date(start.date(), months, days)
    begin = first or _next_month(start.date(), months) - timedelta(days=1)
    last = begin if start.date() == end.date() else _date(end.date(), months, days)
    since = (
        day_start(begin, where)
        if is_day_start(here.start, where)
        else on_the_clock(begin, start.timetz().replace(tzinfo=None), where)
    )
    until = (
        on_the_clock(last, end.timetz().replace(tzinfo=None), where)
        if last
        else day_start(_next_month(end.date(), months), where)
    )
    return Bucket(since, max(since, until))


def _date(day: date, months: int, days: int) -> date | None:
    """The same date so many months back, None where that month lacks it; or the day so many days back."""
    if not months:
        return day - timedelta(days=days)
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, day.day) if day.day <= monthrange(year, month + 1)[1] else None


def _next_month(day: date, months: int) -> date:
    """The first day after the month that lies so many months back."""
    year, month = divmod(day.year * 12 + day.month - months, 12)
    return date(year, month + 1, 1)

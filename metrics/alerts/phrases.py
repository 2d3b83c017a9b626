"""Figures, spans and times as alerts say them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from metrics import saying
from metrics.alerts.texts import counted, month, text

NEVER_MONTHS = 1_200.0
"""Rarer than once in a hundred years is not told apart: nobody's past says so much."""


def figure(value: float) -> str:
    """A number of mentions, which may be a mean: one place below ten.

    >>> figure(84.0), figure(6.25), figure(1234.5), figure(0.04)
    ('84', '6.2', '1,234', '0')
    """
    if value < 10 and not float(value).is_integer():
        whole = f"{value:.1f}".endswith(".0")
        return saying.figure(value, ".0f" if whole else ".1f") if value >= 0.05 else "0"
    return saying.figure(value, ",.0f")


def large(value: float) -> str:
    """A number of people, to three places.

    >>> large(812), large(84_213), large(1_234_567), large(2_000_000)
    ('812', '84,200', '1.23 million', '2 million')
    """
    if value >= 999_500:
        millions = float(f"{value / 1e6:.3g}")
        return counted(millions, "million", saying.figure(millions, ",.10g"))
    return saying.figure(float(f"{value:.3g}"), ",.0f")


def percent(share: float) -> str:
    """A share of 0..1.

    >>> percent(0.6), percent(0.004), percent(0.0), percent(0.995)
    ('60\\xa0%', 'under 1\\xa0%', '0\\xa0%', '99\\xa0%')
    """
    if 0 < share < 0.01:
        return text("under")
    return text("percent", n=min(99, round(100 * share)) if share < 1 else 100)


def span(seconds: float) -> str:
    """How long, in the unit that people would use.

    >>> [span(seconds) for seconds in (900, 3600, 10_800, 86_400, 5400, 200_000, 20)]
    ['15 minutes', 'an hour', '3 hours', 'a day', '90 minutes', '2 days', 'a minute']
    """
    minutes = max(1, round(seconds / 60))
    if minutes == 60 or minutes >= 120:
        hours = round(minutes / 60)
        return counted(hours, "hour") if hours < 48 and hours != 24 else counted(round(hours / 24), "day")
    return counted(minutes, "minute")


def often(a_month: float) -> str:
    """How often something comes that comes so many times a month.

    >>> [often(n) for n in (3.0, 1.0, 0.3, 1 / 36, 1e-9)]
    ['about 3 times a month', 'about once in a month', 'about once in 3 months', 'about once in 3 years', 'less than once in 100 years']
    """
    if a_month > 1.5:
        return text("often", n=figure(a_month))
    months = 1 / a_month if a_month > 0 else NEVER_MONTHS
    if months >= NEVER_MONTHS:
        return text("hardly ever", span=counted(100, "year"))
    if months < 18:
        return text("often once", span=counted(max(1, round(months)), "month"))
    return text("often once", span=counted(round(months / 12), "year"))


def moment(at: datetime, zone: ZoneInfo, *, named: bool = False) -> str:
    """A time by the clocks of the zone, with its name where asked.

    >>> moment(datetime.fromisoformat("2027-03-01T13:05Z"), ZoneInfo("Europe/Oslo"), named=True)
    '1 Mar 2027, 14:05 (Europe/Oslo)'
    """
    local = at.astimezone(zone)
    when = text("time", day=local.day, month=month(local.month), year=local.year, clock=f"{local:%H:%M}")
    return text("in zone", time=when, zone=zone.key) if named else when

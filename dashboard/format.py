"""How figures and times are written for people: rounding, units, and an en dash where there is no value.

All is in the language spoken. English is written here; other languages as CLDR has them.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from dashboard.texts import t
from metrics.language import Language, spoken
from metrics.periods import is_day_start
from metrics.saying import figure
from metrics.types import MetricPoint

NONE = "–"
MINUS = "−"
_WHOLE = ("count", "people")
_ENDINGS = {"%": "unit.percent", "minutes": "unit.minutes", "hours": "unit.hours"}
_SIZES = ((1e9, "short.billion"), (1e6, "short.million"), (1e3, "short.thousand"))


def number(value: float | None, unit: str = "count", currency: str | None = None) -> str:
    """A figure with its unit.

    >>> number(1234567), number(-8.2, "points"), number(46.21, "%"), number(None)
    ('1,234,567', '−8', '46 %', '–')
    >>> number(0.4, "%"), number(1234.5, "money", "EUR"), number(4.25, "stars"), number(90, "minutes")
    ('0.4 %', 'EUR 1,234.50', '4.2', '90 min')
    """
    if value is None:
        return NONE
    written = _written(abs(value), unit)
    sign = MINUS if value < 0 and any(digit in written for digit in "123456789") else ""
    if unit == "money":
        return f"{currency or ''} {sign}{written}".strip()
    return sign + written + (t(_ENDINGS[unit]) if unit in _ENDINGS else "")


def _written(size: float, unit: str) -> str:
    if unit == "money":
        return figure(size, ",.2f")
    if unit in ("ratio", "stars"):
        return figure(size, ",.1f" if unit == "stars" or size >= 10 else ",.2f")
    if unit in _WHOLE and size == int(size):
        return figure(size, ",.0f")
    return figure(size, ",.1f" if 0 < size < 1 or (unit in (*_WHOLE, "hours") and size < 10) else ",.0f")


def short(value: float | None) -> str:
    """A count in few characters.

    >>> short(950), short(12_345), short(2_400_000), short(None)
    ('950', '12.3k', '2.4m', '–')
    """
    if value is None:
        return NONE
    for size, name in _SIZES:
        if abs(value) >= size * 0.9995:
            written = f"{value / size:.1f}".removesuffix(".0")
            return figure(float(written), ",.1f" if "." in written else ",.0f").replace("-", MINUS) + t(name)
    return number(value)


def interval(point: MetricPoint) -> str:
    """What a figure lies between, in words; "" where it has no interval."""
    return between(point.low, point.high, point.unit)


def between(low: float | None, high: float | None, unit: str) -> str:
    """Two bounds in words, "" where either is missing.

    >>> between(-45.2, 28.4, "points"), between(16, 59, "%"), between(None, 1, "%")
    ('−45 to 28', '16 to 59 %', '')
    """
    if low is None or high is None:
        return ""
    first, last = number(low, unit), number(high, unit)
    for end in map(t, _ENDINGS.values()):
        if first.endswith(end) and last.endswith(end):
            first = first.removesuffix(end)
    return t("range", low=first, high=last)


def change(value: float | None, unit: str = "%") -> str:
    """A change with its sign.

    >>> change(12.3), change(-71.3), change(0.04), change(4, "points"), change(None)
    ('+12 %', '−71 %', '±0 %', '+4 points', '–')
    >>> change(3819.2)
    '×39'
    """
    if value is None:
        return NONE
    if unit == "%" and value >= 900:
        return f"×{figure(value / 100 + 1, ',.0f')}"
    size = figure(abs(value), ",.1f" if 0.05 <= abs(value) < 1 else ",.0f")
    sign = "±" if size == "0" else "+" if value > 0 else MINUS
    return f"{sign}{size}{t({'%': 'unit.percent', 'points': 'unit.points'}[unit]) if unit in ('%', 'points') else ''}"


def day(when: date | datetime | None, zone: str = "UTC") -> str:
    """A day, as in 22 Nov 2026; an instant's day in the zone.

    >>> from metrics.language import speaking
    >>> day(date(2026, 11, 2))
    '2 Nov 2026'
    >>> with speaking("nb"):
    ...     day(date(2026, 11, 2))
    '2. nov. 2026'
    """
    if when is None:
        return NONE
    at = when.astimezone(ZoneInfo(zone)) if isinstance(when, datetime) else when
    return dated(at.date() if isinstance(at, datetime) else at, "yMMMd")


def dated(at: date, parts: Literal["yMMMd", "MMMd", "yMMM", "d"]) -> str:
    """These parts of a date, by CLDR's letters.

    >>> dated(date(2026, 11, 2), "MMMd"), dated(date(2026, 11, 2), "yMMM"), dated(date(2026, 11, 2), "d")
    ('2 Nov', 'Nov 2026', '2')
    """
    return _dated(at, parts, spoken())


@lru_cache(4096)
def _dated(at: date, parts: str, language: Language) -> str:
    if language != "en":
        return str(format_skeleton(parts, at, locale=language))
    written = {"d": f"{at.day}", "M": f"{at:%b}", "y": f"{at:%Y}"}
    return " ".join(text for letter, text in written.items() if letter in parts)


def moment(at: datetime | None, zone: str) -> str:
    """An instant to the minute in the zone.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 2, 9, 5, tzinfo=UTC), "Europe/Oslo")
    '2 Nov 2026, 10:05'
    """
    return NONE if at is None else f"{day(at, zone)}, {at.astimezone(ZoneInfo(zone)):%H:%M}"


def days(first: date, last: date) -> str:
    """A stretch of days.

    >>> days(date(2026, 10, 24), date(2026, 11, 22)), days(date(2026, 11, 2), date(2026, 11, 2))
    ('24 Oct to 22 Nov 2026', '2 Nov 2026')
    """
    if first == last:
        return day(first)
    return t("days", first=dated(first, "MMMd" if first.year == last.year else "yMMMd"), last=day(last))


def stretch(since: datetime, until: datetime, zone: str) -> str:
    """Days, or days until a time of the last one.

    >>> from datetime import UTC
    >>> stretch(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 10, 14, 15, tzinfo=UTC), "UTC")
    '9 Nov to 10 Nov 2026 until 14:15'
    """
    where = ZoneInfo(zone)
    first, end = since.astimezone(where), until.astimezone(where)
    if is_day_start(until, where):
        return days(first.date(), (end - timedelta(microseconds=1)).date())
    return t("days.until", days=days(first.date(), end.date()), time=f"{end:%H:%M}")


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, roughly; a time to come the same way.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    >>> [ago(now - timedelta(seconds=s), now) for s in (5, 200, 7300, 200_000, -600)]
    ['just now', '3 min ago', '2 h ago', '2 days ago', 'in 10 min']
    """
    if at is None:
        return NONE
    seconds = (now - at).total_seconds()
    size = abs(seconds)
    if size < 60:
        return t("ago.now")
    name, length = (
        ("minutes", 60) if size < 3600 else ("hours", 3600) if size < 2 * 86_400 else ("days", 86_400)
    )
    span = t(f"span.{name}", number=f"{size // length:.0f}")
    return t("ago" if seconds > 0 else "ago.ahead", span=span)

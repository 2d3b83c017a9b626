"""How figures and times are written for people: rounding, units, and an en dash where there is no value."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from metrics.types import MetricPoint

NONE = "–"
MINUS = "−"
_WHOLE = ("count", "people")


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
    return sign + written + {"%": " %", "minutes": " min", "hours": " h"}.get(unit, "")


def _written(size: float, unit: str) -> str:
    if unit == "money":
        return f"{size:,.2f}"
    if unit in ("ratio", "stars"):
        return f"{size:,.1f}" if unit == "stars" or size >= 10 else f"{size:,.2f}"
    if unit in _WHOLE and size == int(size):
        return f"{size:,.0f}"
    return f"{size:,.1f}" if 0 < size < 1 or (unit in (*_WHOLE, "hours") and size < 10) else f"{size:,.0f}"


def short(value: float | None) -> str:
    """A count in few characters.

    >>> short(950), short(12_345), short(2_400_000), short(None)
    ('950', '12.3k', '2.4m', '–')
    """
    if value is None:
        return NONE
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            return f"{value / size:.1f}".removesuffix(".0").replace("-", MINUS) + letter
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
    for end in (" %", " min", " h"):
        if first.endswith(end) and last.endswith(end):
            first = first.removesuffix(end)
    return f"{first} to {last}"


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
        return f"×{value / 100 + 1:,.0f}"
    size = f"{abs(value):,.1f}" if 0.05 <= abs(value) < 1 else f"{abs(value):,.0f}"
    sign = "±" if size == "0" else "+" if value > 0 else MINUS
    return f"{sign}{size} {unit if unit in ('%', 'points') else ''}".strip()


def day(when: date | datetime | None, zone: str = "UTC") -> str:
    """A day, as in 22 Nov 2026; an instant's day in the zone.

    >>> day(date(2026, 11, 2))
    '2 Nov 2026'
    """
    if when is None:
        return NONE
    at = when.astimezone(ZoneInfo(zone)) if isinstance(when, datetime) else when
    return f"{at.day} {at:%b %Y}"


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
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first.year}'} to {day(last)}"


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
    size, words = abs(seconds), ""
    if size < 60:
        return "just now"
    if size < 3600:
        words = f"{size // 60:.0f} min"
    elif size < 2 * 86_400:
        words = f"{size // 3600:.0f} h"
    else:
        words = f"{size // 86_400:.0f} days"
    return f"{words} ago" if seconds > 0 else f"in {words}"

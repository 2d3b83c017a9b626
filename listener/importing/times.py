"""What people and programs write for a time, read without guessing what cannot be known."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_NUMBERS = re.compile(
    r"(?P<a>\d{1,4})[-./](?P<b>\d{1,2})[-./](?P<c>\d{4}|\d{1,2})"
    r"(?:[T ,]+(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.ASCII,
)
_TWITTER = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \+0000 \d{4}", re.ASCII)
_USUAL = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{9,19}(?:\.\d{1,9})?", re.ASCII)
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Time(NamedTuple):
    """An instant in UTC; `zoned` tells whether its zone was written or had to be assumed."""

    at: datetime
    zoned: bool


def read_time(value: object, *, zone: tzinfo, day_first: bool | None = None) -> Time | None:
    """The instant that `value` means, None where it means none or could mean two.

    Read are ISO 8601 and its relatives ("2015-02-24 11:35:52 -0800", with a blank, without seconds or zone, a
    date alone), e-mail dates, the old Twitter form, seconds, milliseconds, microseconds or nanoseconds since
    1970, and dates with the year last: "24.02.2015" means day and month, and with "/" the file decides
    (`day_first`, see `day_comes_first`). Without a zone it is local time in `zone`.

    >>> read_time("2015-02-24 11:35:52 -0800", zone=UTC).at.isoformat()
    '2015-02-24T19:35:52+00:00'
    >>> read_time("Tue Feb 24 11:35:52 +0000 2015", zone=UTC) == read_time(1424777752, zone=UTC)
    True
    >>> read_time("2/3/2015 1:05 PM", zone=UTC, day_first=False)
    Time(at=datetime.datetime(2015, 2, 3, 13, 5, tzinfo=datetime.timezone.utc), zoned=False)
    >>> read_time("2/3/2015", zone=UTC) is None and read_time("soon", zone=UTC) is None
    True
    """
    if isinstance(value, datetime):
        return _placed(value, zone)
    if isinstance(value, date):
        return _placed(datetime(value.year, value.month, value.day), zone)  # noqa: DTZ001
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value).strip()
    try:
        if _USUAL.fullmatch(text):
            return _placed(datetime.fromisoformat(text), zone)
        if _EPOCH.fullmatch(text):
            return Time(_epoch(text), True)
        if _TWITTER.fullmatch(text):
            return _placed(datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y"), zone)
        if len(text) < 60 and (found := _NUMBERS.fullmatch(text)):
            return _placed(_from_numbers(found, day_first), zone)
        if text[:1].isalpha() or (text[:1].isdigit() and "," not in text):
            return _placed(parsedate_to_datetime(text), zone)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return None


def day_comes_first(values: Iterable[object]) -> bool | None:
    """Whether dates such as 24/02/2015 put the day first, told from those that can be read one way only;
    None: cannot be told.

    >>> day_comes_first(["02/03/2015", "24/03/2015"]), day_comes_first(["02/24/2015"])
    (True, False)
    >>> day_comes_first(["02/03/2015"]) is None
    True
    """
    day = month = False
    for value in values:
        found = _NUMBERS.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is not None and len(found["a"]) <= 2:
            day = day or int(found["a"]) > 12
            month = month or int(found["b"]) > 12
    return None if day == month else day


def _from_numbers(found: re.Match[str], day_first: bool | None) -> datetime:
    first, second, third = found["a"], found["b"], found["c"]
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    elif len(third) == 4:
        if "." in found.string[:6]:
            day_first = True
        elif int(first) > 12 or int(second) > 12:
            day_first = int(first) > 12
        if day_first is None:
            raise ValueError("day and month could be either way round")
        day, month = (int(first), int(second)) if day_first else (int(second), int(first))
        year = int(third)
    else:
        raise ValueError("a year of four digits is needed")
    hour = int(found["h"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("an hour of the half day is 1 to 12")
        hour = hour % 12 + (12 if found["half"][0] in "Pp" else 0)
    micro = int((found["f"] or "").ljust(6, "0")[:6])
    clock = f"{hour:02}:{int(found['m'] or 0):02}:{int(found['s'] or 0):02}.{micro:06}"
    text, zone = f"{year:04}-{month:02}-{day:02}T{clock}", found["zone"] or ""
    return datetime.fromisoformat(text + ("+00:00" if zone in ("Z", "UTC", "GMT") else zone))


def _epoch(text: str) -> datetime:
    whole, _, fraction = text.partition(".")
    unit = {9: 0, 10: 0, 12: 3, 13: 3, 15: 6, 16: 6, 18: 9, 19: 9}.get(len(whole))
    if unit is None:
        raise ValueError("not seconds, milliseconds, microseconds or nanoseconds since 1970")
    micro = int(whole) * 10**6 // 10**unit + int(fraction.ljust(6, "0")[:6] or 0) // 10**unit
    return _START + timedelta(microseconds=micro)


def _placed(time: datetime, zone: tzinfo) -> Time:
    if time.tzinfo is None:
        return Time(time.replace(tzinfo=zone).astimezone(UTC), False)
    return Time(time.astimezone(UTC), True)

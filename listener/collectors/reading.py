"""Reading JSON that others wrote: each function gives a value of the type asked for, or None.

A network may send a number where text was documented, leave a key out, or send null; a parser built from
these never trips over it. What makes a post unusable is said with PostRefused, by `new_post`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from listener.errors import PostRefused
from storage.types import BIGGEST, NewAuthor, NewPost

Value = TypeVar("Value", bound=BaseModel)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_EMPTY: Mapping[str, Any] = {}
_LANG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s?"
    r"(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


class Instant(NamedTuple):
    """A time in UTC; `zone_known` is False where the text named no zone and the caller's was taken."""

    at: datetime
    zone_known: bool = True


def text(value: object) -> str | None:
    """The string, None for anything else and for an empty one."""
    return value if isinstance(value, str) and value else None


def count(value: object) -> int | None:
    """A whole number from 0 to 2^63 - 1, None for anything else (a network's -1 means that it does not
    say).
    """
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= BIGGEST else None


def table(value: object) -> Mapping[str, Any]:
    """The JSON object, an empty one for anything else."""
    return value if isinstance(value, Mapping) else _EMPTY


def items(value: object) -> list[Any]:
    """The JSON list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def web_address(value: object) -> str | None:
    """An http or https address, None for anything else."""
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def lang(value: object) -> str | None:
    """A language tag in its usual writing, None for what is none.

    >>> lang("pt_BR"), lang("en"), lang("English (US)")
    ('pt-BR', 'en', None)
    """
    return value.replace("_", "-") if isinstance(value, str) and _LANG.fullmatch(value) else None


def instant(value: object, *, zone: tzinfo = UTC) -> Instant | None:
    """An ISO 8601 time or date as an instant from 1990 to 2100; `zone` is taken where it names none.

    None for what is no text, no such time, or outside those years. A leap second counts as the second before.

    >>> instant("2026-02-24T11:35:52.5-08:00").at.isoformat()
    '2026-02-24T19:35:52.500000+00:00'
    >>> instant("2026-02-24 11:35").zone_known
    False
    >>> instant("2026-13-24T11:35:52Z") is None
    True
    """
    match = _ISO.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 64 else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or "").ljust(6, "0")[:6])
    seconds = 59 if second == "60" else int(second or 0)
    return moment(
        (int(year), int(month), int(day), int(hour or 0), int(minute or 0), seconds, micro), offset, zone
    )


def moment(
    fields: tuple[int, int, int, int, int, int, int], offset: str | None, zone: tzinfo
) -> Instant | None:
    """Year to microsecond and an offset ("Z", "+02:00", "-0800", None) as an instant; None where there is
    none.
    """
    try:
        at = datetime(*fields, tzinfo=zone if offset is None else _zone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Instant(at, offset is not None) if EARLIEST <= at < LATEST else None


def _zone(offset: str) -> tzinfo:
    digits = offset[1:].replace(":", "")
    if not digits.isdecimal():
        return UTC
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def new_post(**fields: Any) -> NewPost:
    """A validated NewPost; PostRefused names the first field that is wrong."""
    return _validated(NewPost, fields)


def new_author(**fields: Any) -> NewAuthor:
    """A validated NewAuthor; PostRefused names the first field that is wrong."""
    return _validated(NewAuthor, fields)


def _validated(kind: type[Value], fields: dict[str, Any]) -> Value:
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise PostRefused(".".join(str(part) for part in first["loc"]), first["msg"]) from None


def duration(written: str) -> timedelta:
    """A time span as settings write it.

    >>> duration("90s"), duration("1d")
    (datetime.timedelta(seconds=90), datetime.timedelta(days=1))
    """
    return timedelta(seconds=int(written[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[written[-1]])

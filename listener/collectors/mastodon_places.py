"""How far each timeline of a Mastodon server has been read: what lies in the cursor, and arithmetic on ids.

Mastodon's ids are snowflakes: milliseconds since 1970, shifted left by 16 bits. Other servers that speak its
API count otherwise, but every server's ids of one length sort as text, and longer ones come later.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listener.collectors.base import Cursor
from listener.collectors.reading import instant, text
from listener.errors import CursorRefused
from storage.types import Utc

CLOCKS_DIFFER = timedelta(hours=1)
BEGINNING = datetime(2016, 3, 1, tzinfo=UTC)
_FIRST_SNOWFLAKE = 10**16
_ID = re.compile(r"^[0-9A-Za-z_-]{1,64}$", re.ASCII)


class Place(BaseModel):
    """Where one timeline stands: read without a hole up to `until`, and the newest id stored, None before
    the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    until: Utc
    id: Annotated[str, Field(pattern=_ID)] | None = None


class _Places(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    timelines: Annotated[dict[str, Place], Field(min_length=1)]


def written(places: Mapping[str, Place]) -> Cursor | None:
    """The cursor, None while nothing has been read."""
    return _Places(timelines=dict(places)).model_dump(mode="json", exclude_none=True) if places else None


def read(source: str, cursor: Cursor, *, now: datetime) -> dict[str, Place]:
    """What `written` wrote. Raises CursorRefused for what it cannot have written, or lies outside 2016 to
    now.
    """
    try:
        places = _Places.model_validate(dict(cursor)).timelines
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    else:
        latest = now + CLOCKS_DIFFER
        if all(BEGINNING <= p.until <= latest and (time_of(p.id) or now) <= latest for p in places.values()):
            return places
        problem = "it lies in the future, or before Mastodon began"
    raise CursorRefused(
        source,
        f"the stored position {str(dict(cursor))[:200]} cannot be resumed from ({problem});"
        f" forget it with: listener collect {source} --reset-cursor",
    )


def time_of(status_id: str | None) -> datetime | None:
    """When a snowflake id was given out, None for an id of another kind.

    >>> time_of(id_at(datetime(2026, 11, 21, tzinfo=UTC))).isoformat()
    '2026-11-21T00:00:00+00:00'
    >>> time_of("9qXaBcDeFgHiJkLmNo") is None
    True
    """
    if not status_id or not status_id.isascii() or not status_id.isdecimal() or len(status_id) > 19:
        return None
    number = int(status_id)
    return datetime.fromtimestamp((number >> 16) / 1000, UTC) if number >= _FIRST_SNOWFLAKE else None


def id_at(time: datetime) -> str:
    """The lowest snowflake id of that moment."""
    return str(int(time.timestamp() * 1000) << 16)


def earlier(status_id: str, overlap: timedelta) -> str:
    """The id to read on from so that the last `overlap` is read again; the id itself where its kind is
    unknown.

    A post that another server delivers late is filed under the time it was written, among ids already passed.
    """
    time = time_of(status_id)
    return id_at(time - overlap) if time else status_id


def newest(
    statuses: Iterable[Mapping[str, Any]], known: str | None = None, *, before: datetime
) -> str | None:
    """The highest id of the statuses and `known`, leaving out those that a snowflake puts after `before`.

    >>> newest([{"id": "99"}, {"id": "101"}, {"id": "100"}], before=BEGINNING)
    '101'
    """
    ids = [key for key in _ids(statuses) if (time_of(key) or before) <= before]
    return max([*ids, *([known] if known else [])], key=_order, default=None)


def oldest(statuses: Iterable[Mapping[str, Any]]) -> str | None:
    """The lowest id of the statuses."""
    return min(_ids(statuses), key=_order, default=None)


def _ids(statuses: Iterable[Mapping[str, Any]]) -> list[str]:
    return [key for status in statuses if (key := text(status.get("id"))) and _ID.fullmatch(key)]


def _order(key: str) -> tuple[int, str]:
    return len(key), key


def created(status: Mapping[str, Any]) -> datetime | None:
    """When a status says that it was written."""
    found = instant(status.get("created_at"))
    return found.at if found else None

"""Reading back a cursor that this program wrote, and refusing by name what it cannot have written."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from listener.collectors.base import Cursor
from listener.errors import CursorRefused

CLOCKS_DIFFER = timedelta(hours=1)


class Position(BaseModel):
    """A cursor's fields: nothing more, nothing of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def cursor(self) -> Cursor:
        """As it is stored: JSON, without the fields that are None."""
        return self.model_dump(mode="json", exclude_none=True)


P = TypeVar("P", bound=Position)


def read(model: type[P], source: str, cursor: Cursor) -> P:
    """The position a cursor holds. Raises CursorRefused naming the source, the value and the way out."""
    try:
        return model.model_validate(dict(cursor))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        damaged = {key: cursor[key]} if key in cursor else cursor
        raise refused(source, damaged, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def refused(source: str, cursor: Cursor, problem: str) -> CursorRefused:
    """The error for a stored position, or the damaged part of one, that cannot be resumed from."""
    return CursorRefused(
        source,
        f"the stored position {str(dict(cursor))[:300]} cannot be resumed from ({problem});"
        f" forget it with: listener collect {source} --reset-cursor",
    )


def epoch(at: datetime) -> int:
    """Whole seconds since 1970.

    >>> epoch(datetime(1970, 1, 2, tzinfo=UTC))
    86400
    """
    return int(at.timestamp())


def instant(seconds: int) -> datetime:
    """The time in UTC of whole seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)

"""Times and days as cursors hold them: written in ISO 8601, never a bare number, which would be read as seconds."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

from storage.types import Utc


def _written(value: object) -> object:
    if not isinstance(value, str | date):
        raise ValueError("is not written in ISO 8601")
    return value


Time = Annotated[Utc, BeforeValidator(_written)]
Day = Annotated[date, BeforeValidator(_written)]

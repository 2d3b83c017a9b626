"""What the values of config.toml may be: ids, lines, queries, zones; and what every section has in common."""

import hashlib
import re
import unicodedata
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from listener.redaction import shown
from listener.suggestion import nearest
from storage.query import QueryError
from storage.query import parse as parse_query

ID = r"^[a-z0-9][a-z0-9_-]{0,62}$"
QUIET = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
CHANGE = r"^[+-] ?[0-9]+([.][0-9]+)? ?(%|points?)?$"
WORDS_FOR_PATTERN = {
    ID: "must be lower-case letters, digits, - and _, at most 63 of them",
    r"^[1-9][0-9]{0,4}[smhd]$": 'must be a whole number and a unit, as in "90s", "2m", "1h" or "1d"',
    QUIET: 'must be two times, as in "22:00-06:00"',
    TIME: 'must be a time of day, as in "08:00"',
    CHANGE: 'must be a change with its sign, as in "+35 %", "-10 points" or "+500"',
}


def _zone(value: str) -> str:
    """The key of a zone of the IANA database, and nothing else: no path, no "localtime"."""
    if value in available_timezones():
        ZoneInfo(value)
        return value
    near = nearest(value, available_timezones())
    hint = f'did you mean "{near}"?' if near else 'write one as in "Europe/Oslo"'
    raise ValueError(f"{shown(value)} is no time zone; {hint}")


def _query(value: str) -> str:
    try:
        parse_query(value)
    except QueryError as error:
        place = "" if error.position is None else f" (at character {error.position + 1} of the query)"
        raise ValueError(f"{error.reason}{place}") from None
    return value


def _printed(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; write some text")
    return " ".join(line.strip() for line in value.strip().splitlines())


Zone = Annotated[str, AfterValidator(_zone)]
QueryText = Annotated[str, Field(max_length=10_000), AfterValidator(_query)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_printed)]
Id = Annotated[str, Field(pattern=ID)]


def made_id(name: str) -> str:
    """The id of a brand or campaign that was given none: its name in lower-case ASCII; a name without any
    ASCII gets a hash.

    >>> made_id("Café São Paulo"), made_id("AT&T"), made_id("ソニー")
    ('cafe-sao-paulo', 'at-t', 'brand-778e3bea')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")
    return slug or "brand-" + hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:8]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

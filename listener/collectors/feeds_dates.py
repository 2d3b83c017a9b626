"""When a feed's entry was published: ISO 8601 and RFC 822 dates, read strictly, with the zone's doubts kept.

feedparser's own dates are not used: they read month 13 as January of the next year and unknown zones as UTC.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from listener.collectors.reading import Instant, instant, moment

TimeQuality = Literal["exact", "zone_assumed", "first_seen"]

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_RFC822 = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4}|\d\d)"
    r"(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?\s*([A-Za-z]{1,5}(?![\w])|[+-]\d\d:?\d\d)?(?:\s*\([^)]*\))?",
    re.ASCII,
)
_ZONES = {
    **dict.fromkeys(("UT", "UTC", "GMT", "Z", "WET"), "+0000"),
    **{"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600"},
    **{"PST": "-0800", "PDT": "-0700", "AKST": "-0900", "AKDT": "-0800", "HST": "-1000"},
    **{"WEST": "+0100", "CET": "+0100", "CEST": "+0200", "MEZ": "+0100", "MESZ": "+0200", "EET": "+0200"},
    **{"EEST": "+0300", "MSK": "+0300", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100"},
    **{"NZST": "+1200", "NZDT": "+1300", "SGT": "+0800", "HKT": "+0800"},
}
_LIKELY = {"BST": "+0100", "IST": "+0530"}
"""Names that several zones share: the one that most feeds mean, and not to be trusted."""


@dataclass(frozen=True, slots=True)
class Published:
    """`at` is never later than the entry was seen; `quality` says where it comes from."""

    at: datetime
    quality: TimeQuality


def published(written: Sequence[str], *, seen: datetime) -> Published:
    """The first of these dates that can be read, but no later than `seen`; `seen` itself where none can.

    Years before 1990 and after 2099 are no dates. A zone that is missing, unknown or shared by several makes
    it "zone_assumed".

    >>> seen = datetime(2026, 11, 2, 12, tzinfo=UTC)
    >>> published(["Mon, 02 Nov 2026 10:00:00 CEST"], seen=seen).at.isoformat()
    '2026-11-02T08:00:00+00:00'
    >>> published(["Mon, 02 Nov 2026 10:00:00 IST"], seen=seen).quality
    'zone_assumed'
    >>> published(["2026-13-01T00:00:00Z", "1970-01-01T00:00:00Z"], seen=seen).quality
    'first_seen'
    """
    for one in written:
        found = read(one)
        if found is not None:
            if found.at > seen:
                return Published(seen, "first_seen")
            return Published(found.at, "exact" if found.zone_known else "zone_assumed")
    return Published(seen, "first_seen")


def read(written: str) -> Instant | None:
    """A date as feeds write it, None for what is none."""
    written = written.strip()
    if len(written) > 100:
        return None
    found = instant(written)
    if found is not None:
        return found
    match = _RFC822.fullmatch(written)
    month = _MONTHS.get(match[2][:3].lower()) if match else None
    if match is None or month is None:
        return None
    year = int(match[3]) if len(match[3]) == 4 else 2000 + int(match[3])
    hour, minute, second = (int(part or 0) for part in match.group(4, 5, 6))
    fields = (year, month, int(match[1]), hour, minute, min(second, 59), 0)
    zone = (match[7] or "").upper()
    offset = _ZONES.get(zone, zone if zone[:1] in ("+", "-") and zone[:1] else None)
    found = moment(fields, offset or _LIKELY.get(zone), UTC)
    return Instant(found.at, offset is not None) if found else None

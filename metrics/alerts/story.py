"""What the words of an alert are made from and what they come to: `Story` in, `Told` out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.alerts.alert import Finding, Severity
from metrics.alerts.cause import Cause, Reach

DeliveryKind = Literal["opened", "escalated", "resolved", "digest", "test"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A post as it is shown: its text cut near 200 characters, the author's handle ("" unknown), network, local time, a web link or None."""

    mention_id: int
    text: str
    author: str
    source: str
    when: str
    at: datetime
    link: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A message: one line each, unescaped. `link` is the alert's page, None where the dashboard's address is not known."""

    title: str
    lines: tuple[str, ...]
    posts: tuple[Evidence, ...] = ()
    link: str | None = None
    severity: Severity = "notice"
    kind: DeliveryKind = "opened"
    alert_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How it went until it was calm: `mentions` in all, the most of them in an hour, from `peak_at`, and whom they reached. None: not known."""

    until: datetime
    mentions: int | None = None
    peak: int | None = None
    peak_at: datetime | None = None
    reach: Reach | None = None
    by: str | None = None
    real: bool | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All that is told of one alert: what is stored of it, and names looked up now.

    `authors` are handles by the author's number, `passed_on` those of the authors of passed-on mentions, by mention; `present` are the mentions among
    the drivers' examples that are still there. `rise`: severity before and after, or None for more of the same.
    """

    kind: DeliveryKind
    finding: Finding
    cause: Cause
    severity: Severity
    zone: ZoneInfo
    brands: Mapping[str, str] = field(default_factory=dict)
    authors: Mapping[int, str] = field(default_factory=dict)
    passed_on: Mapping[int, str] = field(default_factory=dict)
    present: frozenset[int] = frozenset()
    unseen: str = ""
    rise: tuple[str, str] | None = None
    ended: Ended | None = None

    @property
    def brand(self) -> str:
        return self.brands.get(self.finding.brand_id or "", self.finding.brand_id or "")

"""What every page and answer works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from dashboard.actions import Actions
from metrics.language import Language
from storage.db import Database
from storage.query import Query

if TYPE_CHECKING:
    from dashboard.security.sign_on import SignOn


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of the configuration, its last day counted in."""

    id: str
    query: Query
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Settings:
    """What of the configuration the dashboard shows or keeps to.

    `address` is where people reach it, for links and cookies; "" for loopback alone. `secret` signs sessions. `version` is Listener's.
    `hosts` are the names that requests may ask for, without port. A login lasts `session_days` at most.
    `language` None: each page in the one that the browser asks for.
    Of the networks in `ids_only` an export holds ids alone, since their terms forbid handing on more. All exports of 30 days, with what
    tokens read, hold no more than `most_exported` of each.
    """

    timezone: str
    version: str = ""
    secret: bytes = field(default=b"", repr=False)
    address: str = ""
    closes_after_hours: float = 48
    service_minutes: float = 60
    false_alarms_per_month: float = 1.0
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "[::1]"})
    session_days: float = 30
    ids_only: frozenset[str] = frozenset({"x"})
    most_exported: int | None = 1_500_000
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The database, what the service does for the dashboard, the clock, and a service that says who somebody is, where there is one."""

    db: Database
    settings: Settings
    actions: Actions
    clock: Callable[[], datetime]
    sign_on: "SignOn | None" = None

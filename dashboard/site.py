"""What every page and answer works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from dashboard.actions import Actions
from storage.db import Database
from storage.query import Query


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


@dataclass(frozen=True, slots=True)
class Site:
    """The database, what the service does for the dashboard, and the clock."""

    db: Database
    settings: Settings
    actions: Actions
    clock: Callable[[], datetime]

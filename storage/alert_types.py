"""What is kept of alerts, in types: `storage.alerts` reads and writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from storage.errors import StorageError

AlertState = Literal["open", "resolved"]
EventKind = Literal[
    "opened", "escalated", "reopened", "resolved", "judged", "acknowledged", "snoozed", "noted", "digested"
]


class AlertError(StorageError):
    """There is no such alert, or nothing can be done with it any more; the message says which and the way out."""


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """One alert as it is kept: `storage.tables_alerts.AlertRow`, and what a tick makes of it. `id` 0: not kept yet.

    `finding` and `cause` are JSON of `metrics.alerts.alert.Finding` and `metrics.alerts.cause.Cause`.
    """

    id: int
    key: str
    rule: str
    brand_id: str | None
    severity: str
    since: datetime
    opened_at: datetime
    updated_at: datetime
    state: AlertState = "open"
    finding: Mapping[str, Any] = field(default_factory=dict)
    cause: Mapping[str, Any] | None = None
    told_at: datetime | None = None
    told_severity: str | None = None
    told_to: Sequence[str] = ()
    owed: str = ""
    owed_since: datetime | None = None
    explained_at: datetime | None = None
    calm_since: datetime | None = None
    unseen: str = ""
    unseen_since: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    real: bool | None = None


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """Something that became of an alert; `by` is "" for Listener itself."""

    at: datetime
    what: EventKind
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert as it is to be kept from now on, what to log of it, and the mentions that show it (None: those it has)."""

    alert: StoredAlert
    events: Sequence[AlertEvent] = ()
    evidence: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class LastLook:
    """When the watcher looked last (None: never), what it could not look at then (why, by key), and when it looked for the first time.

    `held_back` are brands that were loud then, but through a few authors alone, so that nobody is told; with the moment that was seen. `record`
    says by brand how its watch would have done on its own past: see `listener.alerts.history.Facts`.
    """

    at: datetime | None
    unseen: Mapping[str, str]
    first: datetime | None = None
    held_back: Mapping[str, datetime] = field(default_factory=dict)
    record: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)

"""The rows of alerts: what the detector remembers, the alerts and what became of them, and the outbox that tells people.

No row holds a post's text, an author's name or an address: mentions are named by number and go with them, authors by theirs, channels by
a name without a secret. What is sent is put into words when it is sent.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from storage.tables import Id, Json, _id, _where_set


class SpikeStateRow(SQLModel, table=True):
    """What the detector remembers of one series, as of step `slot`. `source` "": all networks together. `setup` names kind, step and zone."""

    __tablename__ = "spike_states"
    brand_id: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    setup: str
    slot: int
    record: bytes = Field(sa_type=LargeBinary)


class AlertRow(SQLModel, table=True):
    """One open alert per `key`. `finding` and `cause` are JSON of metrics.alerts.alert and metrics.alerts.cause, as they were last.

    `calm_since`: since when nothing is out of the ordinary any more, while it is still open. `unseen`: why it could not be looked at last,
    "" where it was, and `unseen_since` when that began. `told_to`: the channels that take it for open. `owed`: what they still have to hear
    (a kind of delivery, "" for nothing), since `owed_since`. `explained_at`: when `cause` was worked out. `real`: what a person said of
    it, False for a false alarm.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "alerts_open",
            "key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("alerts_by_time", "opened_at"),
        Index("alerts_by_brand", "brand_id", "opened_at"),
        _where_set("alerts_by_end", "resolved_at"),
    )
    id: int = _id()
    key: str = Field(sa_type=Text)
    rule: str
    brand_id: str | None = None
    severity: str
    state: str = "open"
    finding: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    cause: dict[str, Any] | None = Field(default=None, sa_type=Json)
    since: datetime
    opened_at: datetime
    updated_at: datetime
    told_at: datetime | None = None
    told_severity: str | None = None
    told_to: list[str] = Field(default_factory=list, sa_type=Json)
    owed: str = ""
    owed_since: datetime | None = None
    explained_at: datetime | None = None
    calm_since: datetime | None = None
    unseen: str = Field(default="", sa_type=Text)
    unseen_since: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    real: bool | None = None


class AlertEventRow(SQLModel, table=True):
    """What became of an alert: `what` is opened, escalated, reopened, resolved, judged, acknowledged, snoozed, noted or digested.

    `by` is the person who did it, "" for Listener itself.
    """

    __tablename__ = "alert_events"
    __table_args__ = (Index("alert_events_by_alert", "alert_id", "id"),)
    id: int = _id()
    alert_id: int = Field(foreign_key="alerts.id", sa_type=Id, ondelete="CASCADE")
    at: datetime
    what: str
    by: str = ""
    note: str = Field(default="", sa_type=Text)


class AlertEvidenceRow(SQLModel, table=True):
    """A mention that shows what an alert is about, the best first."""

    __tablename__ = "alert_evidence"
    __table_args__ = (Index("alert_evidence_by_mention", "mention_id"),)
    alert_id: int = Field(foreign_key="alerts.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    mention_id: int = Field(foreign_key="mentions.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    rank: int


class DeliveryRow(SQLModel, table=True):
    """One message to one channel. `id` is what the receiver sees, the same at every try. `kind`: opened, escalated, resolved, digest, test or report.

    `about` is JSON: the alerts it tells of, and what a test or a digest says beside. `state`: waiting, sent or dead (given up, with
    `last_error`): it is tried again until `give_up_at`. `claimed_until` is a sender's lease.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "deliveries_due",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("deliveries_by_time", "created_at"),
        _where_set("deliveries_by_alert", "alert_id"),
    )
    id: str = Field(primary_key=True)
    alert_id: int | None = Field(default=None, foreign_key="alerts.id", sa_type=Id, ondelete="CASCADE")
    kind: str
    channel: str = Field(sa_type=Text)
    about: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime
    due_at: datetime
    give_up_at: datetime
    state: str = "waiting"
    attempts: int = 0
    claimed_until: datetime | None = None
    last_error: str = Field(default="", sa_type=Text)
    sent_at: datetime | None = None


class RuleMark(SQLModel, table=True):
    """What a rule must know at its next look, such as the last mention it has seen."""

    __tablename__ = "rule_marks"
    rule: str = Field(primary_key=True)
    subject: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)
    at: datetime

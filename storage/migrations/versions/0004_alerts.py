"""Alerts: what the detector remembers, the alerts themselves, and the outbox. An index that nothing asked goes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.drop_index(
        "author_days_by_author", "author_days"
    )  # nothing asks it, and every mention wrote to a page of it
    _watching()
    _alerts()
    _deliveries()


def _text(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=null) for name in names]


def _string(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=null) for name in names]


def _time(*names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, TIME, nullable=null) for name in names]


def _watching() -> None:
    op.create_table(
        "spike_states",
        *_string("brand_id", "source", "kind", "setup"),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "source", "kind"),
    )
    op.create_table(
        "rule_marks",
        *_string("rule"),
        *_text("subject", "value"),
        *_time("at"),
        sa.PrimaryKeyConstraint("rule", "subject"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False),
        *_text("key"),
        *_string("rule"),
        *_string("brand_id", null=True),
        *_string("severity", "state"),
        sa.Column("finding", JSON, nullable=False),
        sa.Column("cause", JSON, nullable=True),
        *_time("since", "opened_at", "updated_at"),
        *_time("told_at", null=True),
        *_string("told_severity", null=True),
        sa.Column("told_to", JSON, nullable=False),
        *_string("owed"),
        *_time("owed_since", "explained_at", "calm_since", null=True),
        *_text("unseen"),
        *_time("unseen_since", "acknowledged_at", null=True),
        *_string("acknowledged_by", null=True),
        *_time("snoozed_until", "resolved_at", null=True),
        *_string("resolved_by", null=True),
        sa.Column("real", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    still = sa.text("state = 'open'")
    op.create_index("alerts_open", "alerts", ["key"], unique=True, sqlite_where=still, postgresql_where=still)
    op.create_index("alerts_by_time", "alerts", ["opened_at"])
    op.create_index("alerts_by_brand", "alerts", ["brand_id", "opened_at"])
    over = sa.text("resolved_at IS NOT NULL")
    op.create_index("alerts_by_end", "alerts", ["resolved_at"], sqlite_where=over, postgresql_where=over)
    op.create_table(
        "alert_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("alert_id", ID, nullable=False),
        *_time("at"),
        *_string("what", "by"),
        *_text("note"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("alert_events_by_alert", "alert_events", ["alert_id", "id"])
    op.create_table(
        "alert_evidence",
        sa.Column("alert_id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", "mention_id"),
    )
    op.create_index("alert_evidence_by_mention", "alert_evidence", ["mention_id"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *_string("id"),
        sa.Column("alert_id", ID, nullable=True),
        *_string("kind"),
        *_text("channel"),
        sa.Column("about", JSON, nullable=False),
        *_time("created_at", "due_at", "give_up_at"),
        *_string("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_time("claimed_until", null=True),
        *_text("last_error"),
        *_time("sent_at", null=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "deliveries_due", "deliveries", ["due_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("deliveries_by_time", "deliveries", ["created_at"])
    told = sa.text("alert_id IS NOT NULL")
    op.create_index(
        "deliveries_by_alert", "deliveries", ["alert_id"], sqlite_where=told, postgresql_where=told
    )

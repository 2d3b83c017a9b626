"""Whose doing an imported figure was: a part of what it is known by, empty for what was imported before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BEFORE = ("brand_id", "fact", "day", "import_name", "channel", "campaign", "detail", "currency")
KEY = [*BEFORE, "influencer"]


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _anew()
        return
    op.add_column("facts", sa.Column("influencer", sa.String(), nullable=False, server_default=""))
    op.alter_column("facts", "influencer", server_default=None)
    op.execute("ALTER TABLE facts DROP CONSTRAINT IF EXISTS facts_pkey")
    op.create_primary_key("facts_pkey", "facts", KEY)


def _anew() -> None:
    """SQLite cannot change a primary key: the rows move to a new table."""
    op.rename_table("facts", "facts_before")
    op.create_table(
        "facts",
        *(sa.Column(name, sa.Date() if name == "day" else sa.String(), nullable=False) for name in KEY),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*KEY),
        sqlite_with_rowid=False,
    )
    columns = ", ".join((*BEFORE, "amount"))
    op.execute(f"INSERT INTO facts ({columns}, influencer) SELECT {columns}, '' FROM facts_before")  # noqa: S608
    op.drop_table("facts_before")

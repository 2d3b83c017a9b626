"""Work under way, as it states its progress, and how much was handed on of networks whose terms limit that."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "running_work",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("about", sa.Text(), primary_key=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger()),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
    )
    op.create_table(
        "handed_on",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("who", sa.String(), primary_key=True),
        sa.Column("posts", sa.BigInteger(), nullable=False),
    )

"""Baselines of money with the currency they were taken in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("goals", sa.Column("baseline_currency", sa.String()))

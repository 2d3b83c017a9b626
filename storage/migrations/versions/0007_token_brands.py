"""Tokens that are good for some brands alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("brands", sa.Text()))

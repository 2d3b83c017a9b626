"""What the KPI catalogue needs beside mentions: own accounts, imported facts, goals, work on mentions, and what the adjusted figures read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    pass

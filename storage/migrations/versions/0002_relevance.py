"""Relevance: the threshold of a brand, what each model says of a mention, and what a person said."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("brand_queries", sa.Column("relevance", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("labels", sa.Column("relevance", sa.Integer(), nullable=True))
    op.add_column("mentions", sa.Column("said_irrelevant", sa.Boolean(), nullable=True))
    mentions = sa.table(
        "mentions", sa.column("irrelevant", sa.Boolean), sa.column("said_irrelevant", sa.Boolean)
    )
    op.execute(
        mentions.update().where(mentions.c.irrelevant).values(said_irrelevant=True)
    )  # only people could say so

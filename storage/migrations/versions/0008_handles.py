"""An index that nothing asked goes: handles are looked up whatever their case, which it could not answer."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.drop_index("ix_authors_handle", "authors")

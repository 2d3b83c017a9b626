"""Of an account only what it is called: its followers stand with each post, where every figure reads them."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.drop_column("authors", "followers")
    op.drop_column("authors", "seen_at")

"""Row numbers for posts, authors and mentions, given out inside the write lock and never twice.

Labels, receipts and pages name rows by these numbers, so a number must not come back after its row was erased: the highest one given is kept
in `settings`.
"""

from sqlalchemy import Connection, text

_RESERVE = text(
    "INSERT INTO settings (key, value) VALUES (:key, :count) ON CONFLICT (key) DO UPDATE"
    " SET value = CAST(CAST(settings.value AS bigint) + CAST(:count AS bigint) AS text) RETURNING value"
)


def reserve(connection: Connection, table: str, count: int) -> int:
    """The first of `count` new numbers in a row for a table."""
    if count == 0:
        return 0
    last = int(connection.execute(_RESERVE, {"key": f"last_id.{table}", "count": str(count)}).scalar_one())
    return last - count + 1

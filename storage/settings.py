"""What the database knows of itself: the time zone of its days, the salt of its tombstones, the model in use."""

from secrets import token_hex

from sqlalchemy import Connection, delete, insert, select

from storage.rows import table_of
from storage.tables import Setting

settings = table_of(Setting)

TIMEZONE, SALT, MODEL, SCRUB, FOLDING = "timezone", "salt", "model", "scrub_due", "folding"
NEXT_MODEL = "next_model"


def setting(connection: Connection, key: str, default: str | None = None) -> str | None:
    """The stored value, `default` where there is none."""
    value = connection.scalar(select(settings.c.value).where(settings.c.key == key))
    return default if value is None else str(value)


def put_setting(connection: Connection, key: str, value: str | None) -> None:
    """Store a value; None removes it."""
    connection.execute(delete(settings).where(settings.c.key == key))
    if value is not None:
        connection.execute(insert(settings).values(key=key, value=value))


def salt(connection: Connection) -> str:
    """This database's own salt, made at the first use inside a write."""
    found = setting(connection, SALT)
    if found is None:
        found = token_hex(32)
        put_setting(connection, SALT, found)
    return found

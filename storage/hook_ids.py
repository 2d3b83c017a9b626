"""The signed requests that were taken, so that the same again brings nothing."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from storage.db import Database
from storage.rows import table_of
from storage.tables_web import HookId
from storage.users import hashed

_ids = table_of(HookId)


def hook_seen(db: Database, source: str, message_id: str) -> bool:
    """Whether this request was taken already."""
    with db.read() as connection:
        return connection.scalar(select(_ids.c.id).where(_ids.c.id == _key(source, message_id))) is not None


def remember_hook(db: Database, source: str, message_id: str, *, now: datetime, keep: timedelta) -> bool:
    """Remember a request; False where it was taken already. Those older than `keep` are forgotten."""
    key = _key(source, message_id)

    def work(connection: Connection) -> bool:
        connection.execute(delete(_ids).where(_ids.c.at <= now - keep))
        if connection.scalar(select(_ids.c.id).where(_ids.c.id == key)) is not None:
            return False
        connection.execute(insert(_ids).values(id=key, at=now))
        return True

    return db.do(work)


def _key(source: str, message_id: str) -> str:
    return hashed(f"{source}\n{message_id}")

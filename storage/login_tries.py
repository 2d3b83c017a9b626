"""How often somebody may try to log in: ever more rarely, counted per account and per address, across restarts.

A try is counted before the password is looked at, in one write transaction, so that many tries at once gain nothing.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from storage.db import Database
from storage.rows import table_of
from storage.settings import salt
from storage.tables_web import LoginTry
from storage.users import folded

_tries = table_of(LoginTry)

FORGOTTEN = timedelta(hours=24)
FREE = {"account": 5, "address": 20}
"""So many tries may fail one after the other before anybody waits."""
LONGEST = {"account": timedelta(minutes=1), "address": timedelta(minutes=15)}
"""An account's wait stays short: else anybody could lock anybody out."""


def wait_after(kind: str, failures: int) -> timedelta:
    """How long the next try must wait after so many failed ones: a second, and twice as long each time.

    >>> [wait_after("account", n).total_seconds() for n in (4, 5, 6, 7, 20)]
    [0.0, 1.0, 2.0, 4.0, 60.0]
    """
    over = failures - FREE[kind]
    return timedelta(0) if over < 0 else min(timedelta(seconds=2 ** min(over, 20)), LONGEST[kind])


def try_login(db: Database, account: str, address: str, *, now: datetime) -> timedelta:
    """Count a try as failed and say nothing more has to be waited (0), or count nothing and say how long to wait yet."""

    def work(connection: Connection) -> timedelta:
        connection.execute(delete(_tries).where(_tries.c.last_at <= now - FORGOTTEN))
        keys = _keys(connection, account, address)
        rows = connection.execute(select(_tries).where(_tries.c.key.in_(keys))).all()
        wait = max((row.until - now for row in rows), default=timedelta(0))
        if wait > timedelta(0):
            return wait
        failed = {row.key: row.failures for row in rows}
        connection.execute(delete(_tries).where(_tries.c.key.in_(keys)))
        for key, kind in keys.items():
            failures = failed.get(key, 0) + 1
            values = {
                "key": key, "failures": failures, "last_at": now, "until": now + wait_after(kind, failures),
            }  # fmt: skip
            connection.execute(insert(_tries).values(values))
        return timedelta(0)

    return db.do(work)


def login_worked(db: Database, account: str, address: str) -> None:
    """Forget what failed under this account; the address had one failure less."""

    def work(connection: Connection) -> None:
        for key, kind in _keys(connection, account, address).items():
            if kind == "account":
                connection.execute(delete(_tries).where(_tries.c.key == key))
            else:
                connection.execute(
                    _tries.update().where(_tries.c.key == key).values(failures=_tries.c.failures - 1)
                )

    db.do(work)


def _keys(connection: Connection, account: str, address: str) -> dict[str, str]:
    grain = salt(connection)
    named = {"account": folded(account), "address": address}
    return {
        sha256(f"{grain}:{kind}:{name}".encode("utf-8", "replace")).hexdigest(): kind
        for kind, name in named.items()
    }

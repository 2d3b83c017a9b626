"""Brings a database to this version's schema, whole or not at all.

To change the schema: write `versions/<next number>_<what>.py` with alembic's operations, change `tables.py` to match, and raise HEAD;
a test holds the three together.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from storage.db import Database
from storage.errors import NotOurDatabase, SchemaTooNew
from storage.facts import FactRow  # noqa: F401 - known to the metadata wherever a database is opened
from storage.tables_accounts import AccountRow  # noqa: F401 - likewise
from storage.tables_alerts import AlertRow  # noqa: F401 - likewise
from storage.tables_days import DayPack  # noqa: F401 - likewise
from storage.tables_goals import GoalRow  # noqa: F401 - likewise
from storage.tables_running import RunningRow  # noqa: F401 - likewise
from storage.tables_web import UserRow  # noqa: F401 - likewise
from storage.tables_work import Work  # noqa: F401 - likewise

HEAD = "0011"
"""The newest migration's revision, written here so that opening a current database needs no alembic; a test holds it."""

FOLDER = Path(__file__).parent


def version(connection: Connection) -> str | None:
    """The revision the database is at, None for an empty one."""
    found = inspect(connection)
    if not found.has_table("alembic_version"):
        return None
    at = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if at is None else str(at)


def upgrade(db: Database) -> None:
    """Run what migrations are missing, in one transaction. Refuses a newer schema and a database that is not ours."""
    with db.read() as connection:
        at = version(connection)
        if at == HEAD:
            return
        if at is None and db.dialect == "sqlite" and inspect(connection).get_table_names():
            raise NotOurDatabase(
                f"database {db.name} holds another program's tables; name another file in [storage] url"
            )
    _known(db, at)
    with db.write() as connection:
        at = version(connection)  # another process may have been faster
        _known(db, at)
        if at != HEAD:
            _run(connection)


def _known(db: Database, at: str | None) -> None:
    if at is not None and not list((FOLDER / "versions").glob(f"{at}_*.py")):
        raise SchemaTooNew(
            f"database {db.name} has schema {at}, this version of Listener knows up to {HEAD}; install the newer Listener"
        )


def _run(connection: Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(FOLDER))

    def missing(at: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", at)

    with EnvironmentContext(Config(), script, fn=missing) as environment:
        environment.configure(connection=connection, transaction_per_migration=False)
        environment.run_migrations()

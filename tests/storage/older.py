"""A database as an older version left it: everything that later migrations brought is taken out of a filled one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Inspector, create_engine, inspect, text

from storage import migrations
from storage.db import Database


def take_back(db: Database, revision: str, folder: Path) -> None:
    """Drop what this revision of the schema did not have, and make the indexes that it had; the next opening migrates from there."""
    then = _schema(revision, folder)
    with db.write() as connection:
        now = inspect(connection)
        for table in now.get_table_names():
            if table.startswith("post_search") or table == "alembic_version":
                continue
            if table not in then.get_table_names():
                cascade = " CASCADE" if db.dialect == "postgresql" else ""
                connection.execute(text(f"DROP TABLE {table}{cascade}"))
                continue
            if _key(now, table) != _key(then, table):  # SQLite takes no column out of a key
                _as_before(connection, table, _key(then, table))
                continue
            for kind, read in (("INDEX", "get_indexes"), ("COLUMN", "get_columns")):
                before, after = (_names(getattr(side, read)(table)) for side in (then, now))
                for name in sorted(after - before):
                    alter = "" if kind == "INDEX" else f"ALTER TABLE {table} "
                    connection.execute(text(f"{alter}DROP {kind} {name}"))
                for name in sorted(before - after):  # what is not needed any more
                    was = next(one for one in getattr(then, read)(table) if one["name"] == name)
                    if kind == "INDEX":
                        make = f"CREATE INDEX {name} ON {table} ({', '.join(map(str, was['column_names']))})"
                    else:
                        make = f"ALTER TABLE {table} ADD COLUMN {name} {was['type'].as_generic().compile(connection.dialect)}"
                    connection.execute(text(make))
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _key(schema: Inspector, table: str) -> list[str]:
    return schema.get_pk_constraint(table)["constrained_columns"]


def _as_before(connection: Connection, table: str, key: list[str]) -> None:
    """A table with fewer columns in its key, all other columns and the rows kept."""
    told = inspect(connection).get_columns(table)
    gone = set(inspect(connection).get_pk_constraint(table)["constrained_columns"]) - set(key)
    kept = ", ".join(column["name"] for column in told if column["name"] not in gone)
    connection.execute(text(f"CREATE TABLE before AS SELECT {kept} FROM {table}"))
    connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text(f"ALTER TABLE before RENAME TO {table}"))


def _names(found: Sequence[Mapping[str, Any]]) -> set[str]:
    return {item["name"] for item in found if not item.get("duplicates_constraint")}


def _schema(revision: str, folder: Path) -> Inspector:
    """The schema at a revision, as its migrations made it in SQLite."""
    script = ScriptDirectory(str(migrations.FOLDER))
    engine = create_engine(f"sqlite:///{folder}/{revision}.db")
    with (
        engine.begin() as connection,
        EnvironmentContext(
            Config(), script, fn=lambda at, _: script._upgrade_revs(revision, at)
        ) as environment,
    ):
        environment.configure(connection=connection, transaction_per_migration=False)
        environment.run_migrations()
    return inspect(engine)

"""Opening a database: created private, brought up to date whole or not at all, and every obstacle named."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from storage import migrations, search_index
from storage.db import Database, open_database
from storage.errors import (
    Busy,
    DatabaseMissing,
    NotOurDatabase,
    ReadOnly,
    SchemaTooNew,
    StorageError,
    Unavailable,
)
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.query import parse
from storage.types import Batch
from tests.patience import FOR_EVER_S
from tests.storage.posts import NOON, named, one, post, rows


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_migrations_give_what_the_tables_say(db: Database) -> None:
    def ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
        return not (kind == "table" and name is not None and name.startswith("post_search"))

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_head_is_the_newest_migration_and_there_is_one_line_of_them() -> None:
    assert ScriptDirectory(str(migrations.FOLDER)).get_heads() == [migrations.HEAD]


def test_opening_again_keeps_everything(database_url: str) -> None:
    for _ in range(2):
        db = open_database(database_url)
        save(db, Batch("a", [named(post("1"))]), now=NOON)
        assert one(db, "SELECT count(*) FROM posts") == 1
        assert db.size_bytes() > 10_000
        db.close()


def test_the_file_and_its_logs_are_for_the_owner_alone(sqlite_db: Database) -> None:
    save(sqlite_db, Batch("a", [named(post("1"))]), now=NOON)
    assert sqlite_db.path is not None
    kept = sorted(path for path in sqlite_db.path.parent.iterdir())
    assert len(kept) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_sqlite_is_set_up_to_survive_power_loss_and_to_forget(sqlite_db: Database) -> None:
    with sqlite_db.write() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        assert [connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked] == ["wal", 2, 1, 1]


def test_a_newer_schema_is_refused_naming_both_versions(db: Database, database_url: str) -> None:
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match=rf"9999.*{migrations.HEAD}"):
        open_database(database_url)


def test_a_missing_directory_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match="there is no directory"):
        open_database(url(tmp_path / "not" / "there.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(NotOurDatabase, match="is a directory"):
        open_database(url(tmp_path))


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be read as one" * 20, os.urandom(5000)]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(NotOurDatabase, match=r"x\.db"):
        open_database(url(path))
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(NotOurDatabase, match="another program's tables"):
        open_database(url(path))


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_file_taken_away_while_open_is_noticed_before_writing(tmp_path: Path, how: str) -> None:
    path = tmp_path / "x.db"
    db = open_database(url(path))
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    path.rename(tmp_path / "old.db")
    if how == "replaced":
        path.write_bytes(b"")
    with pytest.raises(DatabaseMissing, match="moved, deleted or replaced"):
        save(db, Batch("a", [named(post("2"))]), now=NOON)
    assert not path.exists() or path.read_bytes() == b""
    db.close()


def test_a_database_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    open_database(url(path)).close()
    script = (
        "import os, sys\nfrom storage.db import open_database\nfrom storage.errors import ReadOnly\n"
        "from storage.posts import save\nfrom storage.types import Batch\nfrom tests.storage.posts import NOON, named, post\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n    db = open_database(sys.argv[1])\n    save(db, Batch('a', [named(post('1'))]), now=NOON)\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    path.chmod(0o444)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/") and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script, url(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith((ReadOnly.__name__, DatabaseMissing.__name__)), done.stdout + done.stderr
    assert "x.db" in done.stdout


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:hush@h/d",
        "what is this",
        "postgresql+asyncpg://u:hush@h/d",
    ],
)
def test_an_address_that_cannot_be_used_is_explained_without_its_password(address: str) -> None:
    with pytest.raises(StorageError, match=r'write "sqlite:///listener\.db"') as caught:
        open_database(address)
    assert "hush" not in str(caught.value)


def test_an_unreachable_server_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer") as caught:
        open_database(f"postgresql://listener:hush@/listener?host={tmp_path}")
    assert "hush" not in str(caught.value)


@pytest.mark.postgres
def test_a_database_the_server_does_not_have_is_named(postgres_cluster: Any) -> None:
    with pytest.raises(DatabaseMissing, match="createdb"):
        open_database(postgres_cluster.url("nowhere"))


def test_a_locked_database_is_waited_for_and_reads_go_on(database_url: str) -> None:
    db = open_database(database_url, writers_wait_s=0.3)
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    with db.write() as holder:
        holder.execute(text("DELETE FROM mentions"))
        failed: list[BaseException] = []

        def wait() -> None:
            try:
                save(db, Batch("a", [named(post("2"))]), now=NOON)
            except BaseException as error:
                failed.append(error)

        waiter = threading.Thread(target=wait)
        waiter.start()
        assert one(db, "SELECT count(*) FROM mentions") == 1
        waiter.join(FOR_EVER_S)
        assert isinstance(failed[0], Busy)
    assert save(db, Batch("a", [named(post("2"))]), now=NOON).new_posts == 1
    db.close()


def test_a_migration_killed_at_any_statement_leaves_an_empty_database(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom sqlalchemy import event\nfrom sqlalchemy.engine import Engine\nfrom storage.db import open_database\n"
        "left = [int(sys.argv[2])]\n"
        "@event.listens_for(Engine, 'before_cursor_execute')\n"
        "def count(connection, cursor, statement, *rest):\n"
        "    if statement.lstrip().startswith(('CREATE', 'INSERT')):\n"
        "        left[0] -= 1\n"
        "        if left[0] == 0: os._exit(9)\n"
        "open_database(sys.argv[1])\n"
    )
    for number in (1, 20, 62):
        path = tmp_path / f"{number}.db"
        done = subprocess.run([sys.executable, "-c", script, url(path), str(number)], check=False)
        if done.returncode == 9:
            with sqlite3.connect(path) as plain:
                assert plain.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
            plain.close()
        db = open_database(url(path))
        assert rows(db, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
        db.close()


def test_the_index_is_made_anew_when_words_are_folded_otherwise(db: Database) -> None:
    save(db, Batch("a", [named(post("1", "delta is late"))]), now=NOON)
    with db.write() as connection:
        connection.execute(text("UPDATE settings SET value = 'older' WHERE key = 'folding'"))
        search_index.remove(connection, [(1, "delta is late")])
    assert list(find(db, MentionFilter(query=parse("late")))) == []
    search_index.refresh(db)
    assert [row.id for row in find(db, MentionFilter(query=parse("late")))] == [1]

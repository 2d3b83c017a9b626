"""What is read for one answer is of one moment, is asked once, and is stopped when it takes too long."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from storage.brands import active_brands, sync_brands
from storage.db import Database
from storage.errors import StorageError, TooSlow
from storage.settings import put_setting, setting
from storage.types import BrandQuery
from tests.patience import ends

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")


def put(db: Database, value: str) -> None:
    with db.write() as connection:
        put_setting(connection, "colour", value)


def colour(db: Database) -> str | None:
    with db.read() as connection:
        return setting(connection, "colour")


def test_all_that_is_read_inside_is_of_one_moment(db: Database, database_url: str) -> None:
    other = Database(db.url, db.engine, writers_wait_s=5)  # another process, as far as this one knows
    put(other, "red")
    with db.snapshot():
        assert colour(db) == "red"
        put(other, "blue")
        assert colour(db) == "red"
        assert db.ask(setting, "colour") == "red"
    assert colour(db) == "blue"


def test_what_is_written_inside_is_read_after_it(db: Database) -> None:
    put(db, "red")
    with db.snapshot(), db.read() as outer:
        assert db.ask(setting, "colour") == "red"
        put(db, "blue")
        assert db.ask(setting, "colour") == colour(db) == "blue"
        assert setting(outer, "colour") == "red"  # who reads still goes on in the moment that he began in


def test_many_writes_inside_hold_no_more_than_one_connection(db: Database) -> None:
    with db.snapshot():
        for number in range(60):
            put(db, f"{number}")
            assert colour(db) == f"{number}"
        assert db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_question_is_asked_once_inside_and_every_time_outside(db: Database) -> None:
    asked: list[str] = []

    def question(connection: Connection, of: str) -> str | None:
        asked.append(of)
        return setting(connection, of)

    put(db, "red")
    with db.snapshot():
        assert [db.ask(question, "colour"), db.ask(question, "colour"), db.ask(question, "size")] == [
            "red",
            "red",
            None,
        ]
    assert asked == ["colour", "size"]
    assert [db.ask(question, "colour"), db.ask(question, "colour")] == ["red", "red"]
    assert asked == ["colour", "size", "colour", "colour"]


def test_an_answer_cannot_be_changed_for_the_next_one(db: Database) -> None:
    sync_brands(db, [BrandQuery("aurora", "Aurora", "own", "aurora", 0)], now=NOW)
    with db.snapshot():
        active_brands(db).clear()
        assert [brand.id for brand in active_brands(db)] == ["aurora"]


def test_an_error_inside_leaves_the_next_question_answered(db: Database) -> None:
    with db.snapshot():
        with pytest.raises(StorageError), db.read() as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))
        assert colour(db) is None


def test_a_statement_that_takes_too_long_is_stopped_and_its_connection_is_as_before(db: Database) -> None:
    with (
        ends(),
        pytest.raises(TooSlow, match="shorter period"),
        db.snapshot(limit_s=0.2),
        db.read() as connection,
    ):
        connection.execute(ENDLESS)
    with db.read() as connection:  # the same connection, from the pool
        many = text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n"
        )
        time.sleep(0.3)
        assert connection.scalar(many) == 100_000


def test_nothing_more_is_read_once_the_time_is_over(db: Database) -> None:
    with db.snapshot(limit_s=2.0):
        assert colour(db) is None
        time.sleep(2.1)
        with pytest.raises(TooSlow):
            colour(db)
    assert colour(db) is None

"""Many rows in and out at once, past the ORM, the same on both engines."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from pydantic_core import to_json
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Date,
    Table,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

T = TypeVar("T")
CHUNK = 900


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a row class."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Consecutive pieces, small enough for one IN list."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column is one of the values, however many, as one parameter: quick to build, and no limit is met."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def json_text(value: Any) -> str:
    """Strict JSON that both engines store: no NaN, no lone surrogates.

    >>> json_text({"likes": float("nan"), "text": "a\\ud800"})
    '{"likes":null,"text":"a\\\\ud800"}'
    """
    if value == ():
        return "[]"
    try:
        return to_json(value, inf_nan_mode="null", fallback=str).decode()
    except ValueError:
        return _ESCAPED.encode(_finite(value))


_ESCAPED = json.JSONEncoder(separators=(",", ":"), default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value


@lru_cache(maxsize=8192)
def utc_text(value: datetime | None) -> str | None:
    """A time as SQLite's column keeps it; text order is time order. Refuses naive times.

    >>> utc_text(datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    '2026-11-21 09:30:00.000000'
    """
    if value is None:
        return None
    if value.tzinfo is not UTC:  # pydantic's UTC is another object
        if value.utcoffset() is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.utcoffset() is None:
        raise ValueError("a time without a zone")
    return value


def _day_text(value: date) -> str:
    return value.isoformat()


def _encoder(kind: Any, dialect: str) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return json_text
    if isinstance(kind, UTCDateTime):
        return utc_text if dialect == "sqlite" else _aware
    if dialect == "sqlite" and isinstance(kind, Date):
        return _day_text
    return None


@lru_cache(maxsize=200)
def _encoders(
    table: Table, columns: tuple[str, ...], dialect: str
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    encoders = ((at, _encoder(table.c[name].type, dialect)) for at, name in enumerate(columns))
    return tuple((at, encode) for at, encode in encoders if encode is not None)


def _encoded(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    values: list[Iterable[Any]] = list(zip(*rows, strict=True))
    if values:
        for at, encode in _encoders(table, columns, connection.dialect.name):
            values[at] = map(encode, values[at])
    return list(zip(*values, strict=True))


def _each(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Run a statement whose values are written as ? once for each row, without SQLAlchemy's work on each of them."""
    if rows:
        postgresql = connection.dialect.name == "postgresql"
        connection.exec_driver_sql(statement.replace("?", "%s") if postgresql else statement, rows)


def _insert(table: Table, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


def insert_rows(
    connection: Connection, model: type[SQLModel], columns: tuple[str, ...], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows whose values stand in the order of `columns`."""
    table = table_of(model)
    encoded = _encoded(connection, table, columns, rows)
    if connection.dialect.name == "sqlite":
        _each(connection, _insert(table, columns), encoded)
        return
    if not encoded:
        return
    statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for values in encoded:
            copy.write_row(values)


def upsert_rows(
    connection: Connection,
    model: type[SQLModel],
    columns: tuple[str, ...],
    rows: Iterable[Sequence[Any]],
    *,
    merging: Mapping[str, str],
) -> None:
    """Insert rows as `insert_rows` does; where the row's primary key is there already, its columns become the `merging` expressions.

    An expression may name `old` and `new` columns: {"mentions": "old.mentions + new.mentions"}.
    """
    table = table_of(model)
    keys = ", ".join(column.name for column in table.primary_key)
    changes = ", ".join(f"{name} = {expression}" for name, expression in merging.items())
    changes = changes.replace("old.", f"{table.name}.").replace("new.", "excluded.")
    statement = f"{_insert(table, columns)} ON CONFLICT ({keys}) DO UPDATE SET {changes}"
    _each(connection, statement, _encoded(connection, table, columns, rows))


def update_rows(
    connection: Connection, model: type[SQLModel], columns: tuple[str, ...], rows: Iterable[Sequence[Any]]
) -> None:
    """Give rows new values for `columns` but the last, which is the key that finds them."""
    table = table_of(model)
    *changed, key = columns
    changes = ", ".join(f"{name} = ?" for name in changed)
    statement = f"UPDATE {table.name} SET {changes} WHERE {key} = ?"  # noqa: S608
    _each(connection, statement, _encoded(connection, table, columns, rows))


def upsert(connection: Connection, model: type[SQLModel]) -> Any:
    """An INSERT of this engine that can take an ON CONFLICT clause."""
    table = table_of(model)
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)

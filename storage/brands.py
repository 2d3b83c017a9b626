"""Brands and the versions of their queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy import Connection, func, insert, select, update

from storage.db import Database
from storage.relevance import follow_thresholds
from storage.rows import table_of
from storage.settings import put_setting, setting
from storage.tables import BrandQueryRow, Post
from storage.types import BrandQuery

brand_queries = table_of(BrandQueryRow)


class Wanted(Protocol):
    """A brand as it is configured: like BrandQuery, without the version."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> Literal["own", "competitor"]: ...
    @property
    def query(self) -> str: ...
    @property
    def accounts(self) -> Mapping[str, str]: ...
    @property
    def relevance(self) -> int: ...


def sync_brands(db: Database, brands: Sequence[Wanted], *, now: datetime) -> list[BrandQuery]:
    """Make the database's brands those of the configuration, and return them with the versions of their queries.

    A changed query text gets the next version; another name, role or account does not. Brands no longer listed become
    inactive and keep their mentions. Another threshold of relevance is applied to what is stored, some mentions at a time.
    """
    with db.read() as connection:
        active = _active(connection)
    if not _same(active, brands):
        active = db.do(lambda connection: _sync(connection, brands, now))
    follow_thresholds(db, now=now)
    return active


def _same(active: Sequence[BrandQuery], brands: Sequence[Wanted]) -> bool:
    def told(brand: Wanted) -> tuple[object, ...]:
        return brand.id, brand.name, brand.role, brand.query, dict(brand.accounts), brand.relevance

    return sorted(map(repr, map(told, active))) == sorted(map(repr, map(told, brands)))


def _sync(connection: Connection, brands: Sequence[Wanted], now: datetime) -> list[BrandQuery]:
    before = {brand.id for brand in _active(connection)}
    connection.execute(update(brand_queries).values(active=False))
    newest = {
        row.brand_id: row
        for row in connection.execute(select(brand_queries).order_by(brand_queries.c.version))
    }
    for brand in brands:
        values = {
            "name": brand.name,
            "role": brand.role,
            "accounts": dict(brand.accounts),
            "active": True,
            "relevance": brand.relevance,
        }
        old = newest.get(brand.id)
        if old is not None and old.query == brand.query:
            this = brand_queries.c.brand_id == brand.id, brand_queries.c.version == old.version
            connection.execute(update(brand_queries).where(*this).values(values))
            if brand.id not in before:  # what came while it was not followed was not matched
                put_setting(connection, _applied(brand.id), None)
        else:
            version = 1 if old is None else old.version + 1
            if old is None and not _any_post(connection):
                put_setting(connection, _applied(brand.id), "1")
            row = values | {"brand_id": brand.id, "version": version, "query": brand.query, "since": now}
            connection.execute(insert(brand_queries).values(row))
    return _active(connection)


def active_brands(db: Database) -> list[BrandQuery]:
    """The configured brands with the present version of their query, by id."""
    return list(db.ask(_active))


def _active(connection: Connection) -> list[BrandQuery]:
    rows = connection.execute(select(brand_queries).where(brand_queries.c.active.is_(True))).all()
    found = [
        BrandQuery(row.brand_id, row.name, row.role, row.query, row.version, row.accounts, row.relevance)
        for row in rows
    ]
    return sorted(found, key=lambda brand: brand.id)


def rematched(db: Database, versions: Mapping[str, int], *, now: datetime) -> None:
    """Note that what is stored has been matched against these versions of these brands' queries."""

    def work(connection: Connection) -> None:
        for brand_id, version in versions.items():
            put_setting(connection, _applied(brand_id), str(version))

    db.do(work)


def not_rematched(db: Database) -> list[str]:
    """Active brands whose present query what is stored has not been matched against; new brands of an empty database have."""
    with db.read() as connection:
        return [
            brand.id
            for brand in _active(connection)
            if setting(connection, _applied(brand.id)) != str(brand.version)
        ]


def _applied(brand_id: str) -> str:
    return f"rematched.{brand_id}"


def _any_post(connection: Connection) -> bool:
    return connection.execute(select(table_of(Post).c.id).limit(1)).first() is not None


def tracked_since(db: Database, brand_id: str) -> datetime | None:
    """When this brand was first configured here; None for one that never was."""
    with db.read() as connection:
        first = select(func.min(brand_queries.c.since)).where(brand_queries.c.brand_id == brand_id)
        found: datetime | None = connection.scalar(first)
        return found

"""Keys for programs: shown once when they are made, kept as a hash, limited to a scope and a time."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from storage.db import Database
from storage.rows import table_of
from storage.tables_web import TokenRow
from storage.users import TOUCHED, NotAccepted, hashed

_tokens = table_of(TokenRow)

SCOPES = ("read", "write", "admin")
PREFIX = "lst_"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed. `prefix` are its first letters; `expires_at` None: it lasts until it is removed; `brands` None: all of them."""

    id: int
    name: str
    prefix: str
    scope: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    brands: frozenset[str] | None = None


_COLUMNS = [_tokens.c[name] for name in Token.__dataclass_fields__]


def add_token(
    db: Database,
    name: str,
    scope: str,
    *,
    by: str,
    now: datetime,
    expires_at: datetime | None,
    brands: Collection[str] = (),
) -> str:
    """Make a token, good for these brands alone, for all where none is named; what is returned is shown once and not kept. Raises NotAccepted."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise NotAccepted("a token's name has 1 to 100 printable characters")
    if scope not in SCOPES:
        raise NotAccepted(f"no scope {scope!r}; there are {', '.join(SCOPES)}")
    if brands and scope == "admin":
        raise NotAccepted("a token for some brands reads or writes; what an admin manages is of all brands")
    secret = PREFIX + token_urlsafe(32)
    values = {
        "name": name, "hash": hashed(secret), "prefix": secret[:10], "scope": scope,
        "created_at": now, "created_by": by, "expires_at": expires_at,
        "brands": json.dumps(sorted(brands)) if brands else None,
    }  # fmt: skip

    def work(connection: Connection) -> None:
        if connection.scalar(select(_tokens.c.id).where(_tokens.c.name == name)) is not None:
            raise NotAccepted(f"there is a token {name!r} already; remove it or choose another name")
        connection.execute(insert(_tokens).values(values))

    db.do(work)
    return secret


def tokens(db: Database) -> list[Token]:
    """Every token, by name, those that are over too."""
    with db.read() as connection:
        return [_token(row) for row in connection.execute(select(*_COLUMNS).order_by(_tokens.c.name))]


def token(db: Database, secret: str, *, now: datetime) -> Token | None:
    """The token that this is; None where it is over, removed or never was. It is found by its hash, so the time taken tells nothing of it."""
    lasting = or_(_tokens.c.expires_at.is_(None), _tokens.c.expires_at > now)
    with db.read() as connection:
        row = connection.execute(
            select(*_COLUMNS).where(_tokens.c.hash == hashed(secret), lasting)
        ).one_or_none()
    return None if row is None else _token(row)


def _token(row: Any) -> Token:
    brands = None if row.brands is None else frozenset(json.loads(row.brands))
    return Token(**dict(row._mapping) | {"brands": brands})


def stale(found: Token, *, now: datetime) -> bool:
    """Whether the time of its last use should be written (`token_used`)."""
    return found.used_at is None or found.used_at <= now - TOUCHED


def token_used(db: Database, number: int, *, now: datetime) -> None:
    """Write that a token is in use."""
    this = _tokens.c.id == number
    db.do(lambda connection: connection.execute(update(_tokens).where(this).values(used_at=now)))


def remove_token(db: Database, name: str) -> bool:
    """Take a token's right away at once; False where there is none of this name."""
    this = _tokens.c.name == name.strip()
    return bool(db.do(lambda connection: connection.execute(delete(_tokens).where(this)).rowcount))

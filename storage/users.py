"""Who may look: users with a role and a password, and the sessions of those who are logged in.

A password is kept as an argon2 hash, a session as the SHA-256 of the 256 random bits that its cookie holds, so that who reads the database
cannot log in with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from storage.db import Database
from storage.errors import StorageError
from storage.rows import table_of
from storage.tables_web import SessionRow, UserRow

if TYPE_CHECKING:
    from pwdlib import PasswordHash

_users, _sessions = table_of(UserRow), table_of(SessionRow)

ROLES = ("viewer", "editor", "admin")
SHORTEST, LONGEST = 10, 1000
IDLE = timedelta(days=7)
"""A session that is not used for so long is over."""
TOUCHED = timedelta(minutes=5)
"""How exactly it is known when a session or a token was used last."""
_AT_ONCE = BoundedSemaphore(2)  # each hash takes 64 MiB for a twentieth of a second


class NotAccepted(StorageError):
    """A user, password or token that cannot be kept as it was given; the message says why."""


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    role: str
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose session it is, and whether the time of its last use should be written (`touch`)."""

    user: User
    stale: bool


_COLUMNS = [_users.c[name] for name in ("id", "name", "role", "disabled", "created_at")]


@cache
def _hasher() -> "PasswordHash":
    from pwdlib import PasswordHash  # it loads argon2's library

    return PasswordHash.recommended()


@cache
def _of_nobody() -> str:
    return _hash(token_urlsafe())


def _hash(password: str) -> str:
    with _AT_ONCE:
        return _hasher().hash(password)


def folded(name: str) -> str:
    """A name as it is compared.

    >>> folded(" Ada@Example.org ")
    'ada@example.org'
    """
    return name.strip().casefold()


def any_user(db: Database) -> bool:
    """Whether a password is set at all, also one of a disabled user."""
    with db.read() as connection:
        return bool(connection.scalar(select(exists(select(_users.c.id)))))


def users(db: Database) -> list[User]:
    """Everybody, by name."""
    with db.read() as connection:
        return [User(*row) for row in connection.execute(select(*_COLUMNS).order_by(_users.c.key))]


def add_user(db: Database, name: str, password: str | None, role: str, *, now: datetime) -> User:
    """Keep a new user; without a password they get in through another service alone. Raises NotAccepted."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise NotAccepted("a user's name has 1 to 100 printable characters")
    if role not in ROLES:
        raise NotAccepted(f"no role {role!r}; there are {', '.join(ROLES)}")
    hashed = _accepted(token_urlsafe() if password is None else password)

    def work(connection: Connection) -> User:
        if connection.scalar(select(_users.c.id).where(_users.c.key == folded(name))) is not None:
            raise NotAccepted(f"there is a user {name!r} already")
        values = {
            "key": folded(name), "name": name, "password": hashed, "role": role, "disabled": False, "created_at": now,
        }  # fmt: skip
        return User(*connection.execute(insert(_users).values(values).returning(*_COLUMNS)).one())

    return db.do(work)


def _accepted(password: str) -> str:
    """The hash of a password. Raises NotAccepted for one that is too short or long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotAccepted(f"a password has {SHORTEST} to {LONGEST} characters; a few words are easy to keep")
    return _hash(password)


def remove_user(db: Database, name: str) -> bool:
    """Remove a user and end every session of theirs; False where there is none of this name."""
    of_this = _users.c.key == folded(name)
    return bool(db.do(lambda connection: connection.execute(delete(_users).where(of_this)).rowcount))


def set_password(db: Database, name: str, password: str) -> bool:
    """Give a user another password, which ends every session of theirs; False where there is none of this name. Raises NotAccepted."""
    return _change(db, name, end_sessions=True, password=_accepted(password))


def set_role(db: Database, name: str, role: str) -> bool:
    """Give a user another role; it holds at once. Raises NotAccepted."""
    if role not in ROLES:
        raise NotAccepted(f"no role {role!r}; there are {', '.join(ROLES)}")
    return _change(db, name, role=role)


def set_disabled(db: Database, name: str, disabled: bool) -> bool:
    """Lock a user out, which ends every session of theirs, or let them in again."""
    return _change(db, name, end_sessions=disabled, disabled=disabled)


def _change(db: Database, name: str, *, end_sessions: bool = False, **values: object) -> bool:
    def work(connection: Connection) -> bool:
        found = connection.scalar(select(_users.c.id).where(_users.c.key == folded(name)))
        if found is None:
            return False
        connection.execute(update(_users).where(_users.c.id == found).values(values))
        if end_sessions:
            connection.execute(delete(_sessions).where(_sessions.c.user_id == found))
        return True

    return db.do(work)


def verified(db: Database, name: str, password: str) -> User | None:
    """The user of this name and password; None for anything else. An unknown name takes as long as a wrong password."""
    with db.read() as connection:
        row = connection.execute(
            select(*_COLUMNS, _users.c.password).where(_users.c.key == folded(name))
        ).one_or_none()
    known = row.password if row is not None else _of_nobody()
    with _AT_ONCE:
        right = len(password) <= LONGEST and _hasher().verify(password, known)
    return User(*row[:5]) if row is not None and right and not row.disabled else None


def user_named(db: Database, name: str) -> User | None:
    """The user of this name, in any case; None where there is none, or they are locked out."""
    wanted = select(*_COLUMNS).where(_users.c.key == folded(name), _users.c.disabled.is_(False))
    with db.read() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else User(*row)


def hashed(secret: str) -> str:
    """What is kept of a session's or a token's secret."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def start_session(
    db: Database, user: User, *, now: datetime, lasts: timedelta, instead_of: str | None = None
) -> str:
    """Log a user in: what the cookie is to hold. Sessions that are over go, and the one that it replaces."""
    secret = token_urlsafe(32)
    ended = (_sessions.c.expires_at <= now) | (_sessions.c.seen_at <= now - IDLE)
    values = {
        "id": hashed(secret), "user_id": user.id, "created_at": now, "seen_at": now, "expires_at": now + lasts,
    }  # fmt: skip

    def work(connection: Connection) -> None:
        connection.execute(delete(_sessions).where(ended | (_sessions.c.id == hashed(instead_of or ""))))
        connection.execute(insert(_sessions).values(values))

    db.do(work)
    return secret


def session(db: Database, secret: str, *, now: datetime) -> Seen | None:
    """Whose session a cookie holds; None where it is over, ended or never was."""
    wanted = (
        select(*_COLUMNS, _sessions.c.seen_at)
        .join(_sessions, _sessions.c.user_id == _users.c.id)
        .where(
            _sessions.c.id == hashed(secret),
            _sessions.c.expires_at > now,
            _sessions.c.seen_at > now - IDLE,
            _users.c.disabled.is_(False),
        )
    )
    with db.read() as connection:
        row: Any = connection.execute(wanted).one_or_none()
    return None if row is None else Seen(User(*row[:5]), row.seen_at <= now - TOUCHED)


def touch(db: Database, secret: str, *, now: datetime) -> None:
    """Write that a session is in use."""
    this = _sessions.c.id == hashed(secret)
    db.do(lambda connection: connection.execute(update(_sessions).where(this).values(seen_at=now)))


def end_sessions(db: Database, secrets: Sequence[str]) -> None:
    """Log out."""
    these = _sessions.c.id.in_([hashed(secret) for secret in secrets])
    db.do(lambda connection: connection.execute(delete(_sessions).where(these)))

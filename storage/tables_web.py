"""The rows behind the dashboard's doors: users, their sessions, tokens, tries to log in, webhooks' ids, and who changed what.

Whatever lets somebody in is kept as a hash alone. Nothing here names a post, a mention or an author.
"""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from storage.tables import Id, _id


class UserRow(SQLModel, table=True):
    """`key` is the name with case folded. `password` is an argon2 hash."""

    __tablename__ = "users"
    id: int = _id()
    key: str = Field(unique=True)
    name: str
    password: str = Field(sa_type=Text)
    role: str
    disabled: bool = False
    created_at: datetime


class SessionRow(SQLModel, table=True):
    """`id` is the SHA-256 of what the cookie holds. It ends at `expires_at`, and earlier when it was not seen for long."""

    __tablename__ = "web_sessions"
    __table_args__ = (Index("web_sessions_by_user", "user_id"),)
    id: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="users.id", sa_type=Id, ondelete="CASCADE")
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class TokenRow(SQLModel, table=True):
    """A program's key: `hash` is its SHA-256, `prefix` its first letters, to recognise it by. `expires_at` None: never.

    `brands` is a JSON list of ids, None for all.
    """

    __tablename__ = "api_tokens"
    id: int = _id()
    name: str = Field(unique=True)
    hash: str = Field(unique=True)
    prefix: str
    scope: str
    created_at: datetime
    created_by: str = ""
    expires_at: datetime | None = None
    used_at: datetime | None = None
    brands: str | None = Field(default=None, sa_type=Text)


class LoginTry(SQLModel, table=True):
    """Failed logins under one account or from one address; `key` is a salted hash of which. Nothing more is tried before `until`."""

    __tablename__ = "login_tries"
    key: str = Field(primary_key=True)
    failures: int
    last_at: datetime
    until: datetime


class HookId(SQLModel, table=True):
    """A signed request that was taken: the same again brings nothing. `id` is a hash of source and message id."""

    __tablename__ = "hook_ids"
    __table_args__ = (Index("hook_ids_by_time", "at"),)
    id: str = Field(primary_key=True)
    at: datetime


class AuditRow(SQLModel, table=True):
    """What somebody changed: `about` names a thing by its number or id, never by a post's text or an author's name."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_by_time", "at"),)
    id: int = _id()
    at: datetime
    who: str
    what: str
    about: str = Field(default="", sa_type=Text)

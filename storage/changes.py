"""The log of what people changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from storage.db import Database
from storage.rows import table_of
from storage.tables_web import AuditRow

_log = table_of(AuditRow)


@dataclass(frozen=True, slots=True)
class Change:
    """One line: who did what, about which thing."""

    at: datetime
    who: str
    what: str
    about: str


def note_change(db: Database, who: str, what: str, about: str = "", *, now: datetime) -> None:
    """Write a line. `about` names a thing by its number or id, never by a post's text or an author's name."""
    note_changes(db, who, [(what, about)], now=now)


def note_changes(db: Database, who: str, lines: Sequence[tuple[str, str]], *, now: datetime) -> None:
    """Write several lines at once, each of what was done and to which thing."""
    rows = [
        {"at": now, "who": who[:200], "what": what[:200], "about": about[:4_000]} for what, about in lines
    ]
    if rows:
        db.do(lambda connection: connection.execute(insert(_log), rows))


def changes_of(db: Database, about: str, *, limit: int = 200) -> list[Change]:
    """The newest lines about this thing alone, the oldest first."""
    its = _log.c
    wanted = select(*(its[name] for name in Change.__dataclass_fields__)).where(its.about == about)
    with db.read() as connection:
        found = [Change(*row) for row in connection.execute(wanted.order_by(its.id.desc()).limit(limit))]
    return found[::-1]


def changes(db: Database, *, limit: int = 200) -> list[Change]:
    """The newest lines first."""
    wanted = select(*(_log.c[name] for name in Change.__dataclass_fields__)).order_by(_log.c.id.desc())
    with db.read() as connection:
        return [Change(*row) for row in connection.execute(wanted.limit(limit))]

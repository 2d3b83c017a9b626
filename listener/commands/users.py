"""`listener user` and `listener token`: who may look at the dashboard and use its API."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import typer

from listener import show
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.secrets import read_variable
from listener.service import Service, open_service
from metrics.types import utc_text
from storage import tokens, users
from storage.changes import note_change
from storage.db import Database

VARIABLE = "LISTENER_PASSWORD"
WHO = "command line"


@contextmanager
def _service(config: Path) -> Iterator[Service]:
    service = open_service(config, now=utc_now())
    try:
        yield service
    finally:
        service.close()


@contextmanager
def _database(config: Path) -> Iterator[Database]:
    with _service(config) as service:
        yield service.db


def add(config: Path, name: str, role: str, *, no_password: bool) -> None:
    """Add a user. Raises UsageError, StorageError."""
    with _database(config) as db:
        first = not users.any_user(db)
        user = users.add_user(db, name, None if no_password else _password(), role, now=utc_now())
        note_change(db, WHO, "added user", f"user {user.id}, {role}", now=utc_now())
    out = show.console()
    out.print(f"{show.plain(user.name)} may log in as {role}")
    if first and role != "admin":
        out.print(
            "From now on everybody has to log in, and nobody is admin yet: listener user add NAME --role admin"
        )


def listed(config: Path, form: str) -> None:
    """Everybody, by name."""
    with _database(config) as db:
        found = users.users(db)
    rows = [
        {"name": user.name, "role": user.role, "disabled": user.disabled, "since": utc_text(user.created_at)}
        for user in found
    ]
    empty = "No password is set: only this machine itself is served. listener user add NAME --role admin"
    _show(["name", "role", "disabled", "since"], rows, form, empty)


def remove(config: Path, name: str) -> None:
    """Remove a user. Raises UsageError where there is none of this name."""
    with _database(config) as db:
        if not users.remove_user(db, name):
            raise UsageError(f"no user {name!r}; listener user list shows them")
        note_change(db, WHO, "removed user", name, now=utc_now())
        last = not users.any_user(db)
    show.console().print(f"{show.plain(name)} may not log in any more")
    if last:
        show.console().print("No password is set now: whoever sits at this machine is the administrator")


def password(config: Path, name: str, role: str | None) -> None:
    """Give a user another password, and role. Raises UsageError, StorageError."""
    with _database(config) as db:
        if users.folded(name) not in {users.folded(user.name) for user in users.users(db)}:
            raise UsageError(f"no user {name!r}; listener user list shows them")
        users.set_password(db, name, _password())
        if role is not None:
            users.set_role(db, name, role)
        note_change(db, WHO, "set password", name, now=utc_now())
    show.console().print(f"{show.plain(name)} has a new password and is logged out everywhere")


def _password() -> str:
    """From the environment, or asked for twice; never from an argument, which others on the machine could read."""
    given = read_variable(os.environ, VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(
            f"nobody to ask for a password here: set {VARIABLE}, or its file's name in {VARIABLE}_FILE"
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def add_token(config: Path, name: str, scope: str, days: int, brands: Sequence[str] | None = None) -> None:
    """Make a token, for these brands alone where some are named, and print it alone on standard output, what is to be said beside it on
    standard error. Raises UsageError for a brand that is not there, StorageError.
    """
    now = utc_now()
    ends = now + timedelta(days=days) if days else None
    with _service(config) as service:
        ids = service.brand_ids(brands)
        secret = tokens.add_token(service.db, name, scope, by=WHO, now=now, expires_at=ends, brands=ids)
        said = ", ".join(ids) or "all brands"
        note_change(service.db, WHO, "added token", f"{name}, {scope}, {said}", now=now)
    until = f"until {ends:%Y-%m-%d}" if ends else "until it is removed"
    print(
        f"Scope {scope}, for {said}, {until}. It is shown this once; send it as: Authorization: Bearer TOKEN",
        file=sys.stderr,
    )
    print(secret)


def listed_tokens(config: Path, form: str) -> None:
    """Every token, by name."""
    with _database(config) as db:
        found = tokens.tokens(db)
    rows = [
        {
            "name": one.name,
            "begins": one.prefix,
            "scope": one.scope,
            "brands": ", ".join(sorted(one.brands)) if one.brands else None,
            "ends": _time(one.expires_at),
            "last_used": _time(one.used_at),
            "made_by": one.created_by,
        }
        for one in found
    ]
    _show(
        ["name", "begins", "scope", "brands", "ends", "last_used", "made_by"],
        rows,
        form,
        "No tokens: listener token add NAME",
    )


def remove_token(config: Path, name: str) -> None:
    """Remove a token. Raises UsageError where there is none of this name."""
    with _database(config) as db:
        if not tokens.remove_token(db, name):
            raise UsageError(f"no token {name!r}; listener token list shows them")
        note_change(db, WHO, "removed token", name, now=utc_now())
    show.console().print(f"{show.plain(name)} opens nothing any more")


def _time(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _show(columns: list[str], rows: Sequence[Mapping[str, object]], form: str, empty: str) -> None:
    if form == "json":
        show.as_json(rows)
    elif form == "csv":
        show.as_csv(columns, rows)
    elif not rows:
        show.console().print(empty)
    else:
        titles = [name.replace("_", " ").capitalize() for name in columns]
        cells = [[show.EMPTY if row[name] is None else str(row[name]) for name in columns] for row in rows]
        show.console().print(show.table(titles, cells))

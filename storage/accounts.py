"""The brands' own accounts: whose they are, how many follow them, and when they were asked.

A brand has one account on a network. Its figures are kept as snapshots: a row only where one changed or a day has passed, so a year of them is
some hundred rows. They are figures of a brand and stay when posts expire; an account that asks to be forgotten takes them along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select

from storage.db import Database
from storage.progress import spend
from storage.rows import among, table_of, upsert
from storage.tables_accounts import AccountRow, AccountSnapshot
from storage.tombstones import grave
from storage.types import AccountSeen

accounts, snapshot_rows = table_of(AccountRow), table_of(AccountSnapshot)
A_DAY = timedelta(days=1)
FORGOTTEN = "was forgotten on request (listener forget)"
_FIGURES = ("followers", "following", "posts", "views")


@dataclass(frozen=True, slots=True)
class Account:
    """A brand's account on a network, as `storage.tables_accounts.AccountRow` says."""

    brand_id: str
    source: str
    handle: str
    account_id: str | None
    asked_at: datetime | None
    read_at: datetime | None
    retry_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The figures of an account as seen at a time; None where the network is silent."""

    brand_id: str
    source: str
    account_id: str
    observed_at: datetime
    handle: str
    followers: int | None
    following: int | None
    posts: int | None
    views: int | None


def bare(handle: str) -> str:
    """A handle or id as accounts are compared by: without @, in lower case.

    >>> bare("@Delta")
    'delta'
    """
    return handle.strip().removeprefix("@").casefold()


def known_accounts(db: Database, source: str | None = None) -> list[Account]:
    """The accounts that were asked about, of one network or of all, by brand and network."""
    wanted = select(accounts).order_by(accounts.c.brand_id, accounts.c.source)
    if source is not None:
        wanted = wanted.where(accounts.c.source == source)
    with db.read() as connection:
        return [Account(**row) for row in connection.execute(wanted).mappings()]


def save_account(
    db: Database,
    brand_id: str,
    source: str,
    handle: str,
    seen: AccountSeen | None,
    *,
    origin: str,
    spent_units: int = 0,
    spent_usd: float = 0.0,
    now: datetime,
) -> str:
    """What the network said of an account now, with what asking cost `origin`; None: it knows no such account. Returns the problem, "" for none.

    An account that was forgotten on request gets no snapshot.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> str:
        problem = (
            "" if seen is not None else f"{source} knows no account {bare(handle)} of the brand {brand_id}"
        )
        if seen is not None:
            erased = grave(connection, [("author", source, seen.account_id)])
            if erased("author", source, seen.account_id):
                problem = f"the account {bare(handle)} of the brand {brand_id} on {source} {FORGOTTEN}"
            else:
                _note_snapshot(connection, brand_id, source, handle, seen, now)
        values = {
            "handle": bare(handle),
            "account_id": seen.account_id if seen is not None and not problem else None,
            "asked_at": now,
            "retry_at": None,
            "problem": problem,
        }
        _put(connection, brand_id, source, values)
        spend(connection, origin, spent_units, spent_usd, own=True, now=now)
        return problem

    return db.do(work)


def note_read(db: Database, brand_id: str, source: str, handle: str, *, now: datetime) -> None:
    """Note that the account's posts were read to the end."""
    values = {"handle": bare(handle), "read_at": now.astimezone(UTC), "retry_at": None, "problem": ""}
    db.do(lambda connection: _put(connection, brand_id, source, values))


def note_problem(
    db: Database, brand_id: str, source: str, handle: str, problem: str, *, retry_at: datetime | None = None
) -> None:
    """Note why an account could not be asked, and how long the network wants to be left alone."""
    values = {"handle": bare(handle), "problem": problem[:2000], "retry_at": retry_at}
    db.do(lambda connection: _put(connection, brand_id, source, values))


def _put(connection: Connection, brand_id: str, source: str, values: dict[str, Any]) -> None:
    """Another handle than before is another account: what was known of the old one goes."""
    here = accounts.c.brand_id == brand_id, accounts.c.source == source
    connection.execute(delete(accounts).where(*here, accounts.c.handle != values["handle"]))
    first = {"brand_id": brand_id, "source": source, "problem": ""} | values
    statement = upsert(connection, AccountRow).values(first)
    connection.execute(statement.on_conflict_do_update(index_elements=("brand_id", "source"), set_=values))


def _note_snapshot(
    connection: Connection, brand_id: str, source: str, handle: str, seen: AccountSeen, now: datetime
) -> None:
    c = snapshot_rows.c
    here = c.brand_id == brand_id, c.source == source, c.account_id == seen.account_id
    last = connection.execute(
        select(snapshot_rows).where(*here).order_by(c.observed_at.desc()).limit(1)
    ).first()
    figures = {name: getattr(seen, name) for name in _FIGURES}
    if last is not None:
        if now <= last.observed_at:
            return
        same = all(figures[name] == getattr(last, name) for name in _FIGURES)
        if same and now - last.observed_at < A_DAY:
            return
    key = {"brand_id": brand_id, "source": source, "account_id": seen.account_id, "observed_at": now}
    connection.execute(insert(snapshot_rows).values(key | figures | {"handle": seen.handle or bare(handle)}))


def snapshots(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
) -> list[Snapshot]:
    """What was seen of these brands' accounts in [since, until], oldest first."""
    c = snapshot_rows.c
    with db.read() as connection:
        wanted = select(snapshot_rows).where(
            among(connection, c.brand_id, brands),
            c.observed_at >= since.astimezone(UTC),
            c.observed_at <= until.astimezone(UTC),
        )
        if sources is not None:
            wanted = wanted.where(among(connection, c.source, sources))
        rows = connection.execute(wanted.order_by(c.observed_at, c.brand_id, c.source)).mappings()
        return [Snapshot(**row) for row in rows]


def latest_snapshots(db: Database) -> list[Snapshot]:
    """The newest figures of every account, by brand and network."""
    c = snapshot_rows.c
    key = c.brand_id, c.source, c.account_id
    newest = select(*key, func.max(c.observed_at).label("at")).group_by(*key).subquery()
    same = [newest.c[column.name] == column for column in key]
    joined = snapshot_rows.join(newest, (newest.c.at == c.observed_at) & same[0] & same[1] & same[2])
    with db.read() as connection:
        rows = connection.execute(select(snapshot_rows).select_from(joined).order_by(*key)).mappings()
        return [Snapshot(**row) for row in rows]


def forget_accounts(connection: Connection, source: str | None, name: str) -> set[tuple[str, str]]:
    """Erase what is kept of an account with this id or handle, on one network or all; returns its (source, id), to be buried."""
    c = snapshot_rows.c
    called = or_(c.account_id == name, func.lower(c.handle) == bare(name))
    asked = or_(accounts.c.account_id == name, accounts.c.handle == bare(name))
    if source is not None:
        called, asked = called & (c.source == source), asked & (accounts.c.source == source)
    rows = connection.execute(select(c.source, c.account_id).where(called))
    found = {(row.source, row.account_id) for row in rows}
    rows = connection.execute(select(accounts.c.source, accounts.c.account_id).where(asked))
    found |= {(row.source, row.account_id) for row in rows if row.account_id is not None}
    for key_source, account_id in found:
        here = c.source == key_source, c.account_id == account_id
        connection.execute(delete(snapshot_rows).where(*here))
        this = accounts.c.source == key_source, accounts.c.account_id == account_id
        connection.execute(delete(accounts).where(*this))
    return found

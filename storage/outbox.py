"""The outbox: a message is stored in the transaction of what it tells of, and sent later, at least once, under one id at every try.

waiting -> sent | dead (given up). A sender claims a message for a while; where it dies, the claim ends by itself and the next one takes over.
What is told of one alert reaches a channel in the order in which it was stored: a message waits while an older one of the two waits.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, exists, func, literal_column, or_, select, update

from storage.db import Database
from storage.rows import table_of, upsert
from storage.tables_alerts import DeliveryRow

DeliveryKind = Literal["opened", "escalated", "resolved", "digest", "test", "report"]
DeliveryState = Literal["waiting", "sent", "dead"]
PATIENCE = timedelta(hours=24)
"""For how long a message is tried again, from when it was due."""
LONGEST_ERROR = 300

_rows = table_of(DeliveryRow)
_WAITS = _rows.c.state == literal_column("'waiting'")
"""Written out: with a parameter SQLite passes over the index of those that wait."""
_older = _rows.alias("older")
_FIRST = ~exists().where(
    _older.c.alert_id == _rows.c.alert_id,
    _older.c.channel == _rows.c.channel,
    _older.c.state == "waiting",
    _older.c.created_at < _rows.c.created_at,
)
"""Nothing older about its alert waits for its channel."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to be sent to one channel from `due_at` on. `about` is JSON: what a digest or a test says."""

    id: str
    kind: DeliveryKind
    channel: str
    due_at: datetime
    alert_id: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it stands. `attempts` counts tries that were begun; `last_error` is "" where none failed."""

    id: str
    kind: DeliveryKind
    channel: str
    alert_id: int | None
    about: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    give_up_at: datetime
    state: DeliveryState
    attempts: int
    claimed_until: datetime | None
    last_error: str
    sent_at: datetime | None


_COLUMNS = tuple(_rows.c[name] for name in Delivery.__dataclass_fields__)


def delivery_id(*key: object) -> str:
    """The id of the message that is known by `key`: alert, kind, its ordinal, channel. The same key gives the same id.

    >>> delivery_id(7, "opened", 1, "slack 3f2a")
    'msg_c4c3f2ca0e8861dc8b4f13992e2270f5'
    """
    return "msg_" + hashlib.sha256("\x1f".join(map(str, key)).encode()).hexdigest()[:32]


def enqueue(connection: Connection, deliveries: Sequence[NewDelivery], *, now: datetime) -> int:
    """Store messages in the caller's transaction; one whose id is known is passed over. How many are new."""
    new = 0
    for one in deliveries:
        values = {
            "id": one.id,
            "kind": one.kind,
            "channel": one.channel,
            "alert_id": one.alert_id,
            "about": dict(one.about),
            "created_at": now,
            "due_at": one.due_at,
            "give_up_at": one.due_at + PATIENCE,
            "state": "waiting",
            "attempts": 0,
            "last_error": "",
        }
        statement = upsert(connection, DeliveryRow).values(values).on_conflict_do_nothing()
        new += connection.scalar(statement.returning(_rows.c.id)) is not None
    return new


def enqueue_claimed(
    db: Database, deliveries: Sequence[NewDelivery], *, now: datetime, lease: timedelta
) -> list[Delivery]:
    """Store messages and take them at once, so that no other sender does."""

    def work(connection: Connection) -> list[Delivery]:
        enqueue(connection, deliveries, now=now)
        return _take(connection, [one.id for one in deliveries], now + lease)

    return db.do(work)


def claim(
    db: Database, *, now: datetime, limit: int, lease: timedelta, channels: Sequence[str] | None = None
) -> list[Delivery]:
    """Take messages that are due, the oldest first, for as long as the lease; every claim counts as an attempt.

    `channels`: of these only. Nobody else gets them before the lease is over.
    """
    due = _due(now)
    if channels is not None:
        due.append(_rows.c.channel.in_(channels))
    wanted = select(_rows.c.id).where(*due).order_by(_rows.c.due_at, _rows.c.id).limit(limit)

    def work(connection: Connection) -> list[Delivery]:
        return _take(connection, list(connection.scalars(wanted)), now + lease)

    return db.do(work)


def _take(connection: Connection, ids: Sequence[str], until: datetime) -> list[Delivery]:
    if not ids:
        return []
    taken = {"claimed_until": until, "attempts": _rows.c.attempts + 1}
    connection.execute(update(_rows).where(_rows.c.id.in_(ids)).values(taken))
    chosen = select(*_COLUMNS).where(_rows.c.id.in_(ids)).order_by(_rows.c.due_at, _rows.c.id)
    return [Delivery(*row) for row in connection.execute(chosen)]


def due_channels(db: Database, *, now: datetime) -> set[str]:
    """The channels to which a message could be claimed; looking takes no turn among the writers."""
    with db.read() as connection:
        return set(connection.scalars(select(_rows.c.channel).where(*_due(now)).distinct()))


def _due(now: datetime) -> list[ColumnElement[bool]]:
    free = or_(_rows.c.claimed_until.is_(None), _rows.c.claimed_until <= now)
    return [_WAITS, _rows.c.due_at <= now, free, _FIRST]


def sent(db: Database, delivery_id: str, *, now: datetime) -> None:
    """The receiver has taken it."""
    _set(db, delivery_id, state="sent", sent_at=now, claimed_until=None)


def failed(db: Database, delivery_id: str, error: str, *, retry_at: datetime) -> None:
    """It was not taken, and is tried again at `retry_at`. No secret may be in `error`."""
    _set(db, delivery_id, due_at=retry_at, claimed_until=None, last_error=error[:LONGEST_ERROR])


def gave_up(db: Database, delivery_id: str, error: str) -> None:
    """It will not be tried again by itself. No secret may be in `error`."""
    _set(db, delivery_id, state="dead", claimed_until=None, last_error=error[:LONGEST_ERROR])


def hold(db: Database, channel: str, *, until: datetime) -> int:
    """Let every waiting message of a channel wait: its service asked for it. How many now wait longer."""
    later = update(_rows).where(
        _rows.c.state == "waiting", _rows.c.channel == channel, _rows.c.due_at < until
    )
    return db.do(lambda connection: connection.execute(later.values(due_at=until)).rowcount)


def retry(db: Database, delivery_id: str, *, now: datetime) -> bool:
    """Have a message that was given up tried for another day, under its old id. False where none of that id was given up."""
    again = {"state": "waiting", "due_at": now, "give_up_at": now + PATIENCE, "attempts": 0}
    statement = update(_rows).where(_rows.c.id == delivery_id, _rows.c.state == "dead").values(again)
    return db.do(lambda connection: connection.execute(statement).rowcount) > 0


def deliveries(
    db: Database,
    *,
    state: DeliveryState | None = None,
    alert_id: int | None = None,
    limit: int = 50,
    tests: bool = False,
) -> list[Delivery]:
    """Messages, the newest first: those in one state, those of one alert; `tests`: test messages, too."""
    wanted = select(*_COLUMNS).order_by(_rows.c.created_at.desc(), _rows.c.id).limit(limit)
    if not tests:
        wanted = wanted.where(_rows.c.kind != "test")
    if state is not None:
        wanted = wanted.where(_rows.c.state == state)
    if alert_id is not None:
        wanted = wanted.where(_rows.c.alert_id == alert_id)
    with db.read() as connection:
        return [Delivery(*row) for row in connection.execute(wanted)]


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many messages wait (of these, how many failed at least once), were sent, and were given up; since when the oldest that waits is due.

    Tests are not counted. One that waits for an older message of its alert is not due.
    """

    waiting: int
    failing: int
    sent: int
    dead: int
    oldest_due_at: datetime | None


def counts(db: Database) -> OutboxCounts:
    """How the outbox stands."""
    state, failing = _rows.c.state, func.count().filter(_rows.c.last_error != "")
    real = _rows.c.kind != "test"
    with db.read() as connection:
        found = {
            name: (many, failed_once)
            for name, many, failed_once in connection.execute(
                select(state, func.count(), failing).where(real).group_by(state)
            )
        }
        oldest = connection.scalar(select(func.min(_rows.c.due_at)).where(real, _WAITS, _FIRST))
    waiting, failed_once = found.get("waiting", (0, 0))
    return OutboxCounts(waiting, failed_once, found.get("sent", (0,))[0], found.get("dead", (0,))[0], oldest)


def _set(db: Database, delivery_id: str, **values: Any) -> None:
    waits = (
        _rows.c.id == delivery_id,
        _rows.c.state == "waiting",
    )  # a sender whose claim ran out undoes nothing
    statement = update(_rows).where(*waits).values(values)
    db.do(lambda connection: connection.execute(statement))

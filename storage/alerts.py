"""Alerts as they are kept: what the watcher stores of them, and what people do with them.

The watcher stores what it found in a transaction of its own making; acts of people are transactions by themselves. Both are logged as events.
Evidence is named by the numbers of mentions and goes with them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, text, update

from storage.alert_types import AlertChange as AlertChange
from storage.alert_types import AlertError as AlertError
from storage.alert_types import AlertEvent as AlertEvent
from storage.alert_types import AlertState as AlertState
from storage.alert_types import LastLook as LastLook
from storage.alert_types import StoredAlert as StoredAlert
from storage.db import Database
from storage.rows import among, insert_rows, table_of, update_rows
from storage.settings import put_setting, setting
from storage.tables import Mention
from storage.tables_alerts import AlertEventRow, AlertEvidenceRow, AlertRow, DeliveryRow

alerts_table, events_table = table_of(AlertRow), table_of(AlertEventRow)
evidence_table, mentions = table_of(AlertEvidenceRow), table_of(Mention)

OPEN = text("alerts.state = 'open'")
"""As it is written in the index of open alerts: SQLite would not use that for a parameter."""
LOOKED_AT, LOOKED_FIRST, UNSEEN = "alerts.looked_at", "alerts.looked_first", "alerts.unseen"
HELD_BACK, RECORD = "alerts.held_back", "alerts.record"
DIGEST_DAY = "alerts.digest_day"
LONGEST_NAME, LONGEST_NOTE = 100, 2_000


_NAMES = tuple(one.name for one in fields(StoredAlert))
_COLUMNS = tuple(alerts_table.c[name] for name in _NAMES)
_KEPT = tuple(name for name in _NAMES if name != "id")
_LOGGED = ("alert_id", "at", "what", "by", "note")


# Reading


def _stored(row: Row[Any]) -> StoredAlert:
    values: dict[str, Any] = dict(row._mapping)
    return StoredAlert(**values | {"told_to": tuple(row.told_to)})


def alive(connection: Connection, *, since: datetime) -> list[StoredAlert]:
    """The open alerts, and those that were resolved from `since` on, in the order of their opening."""
    ended = alerts_table.c.resolved_at >= since.astimezone(UTC)
    both = (
        select(*_COLUMNS)
        .where(OPEN)
        .union_all(select(*_COLUMNS).where(alerts_table.c.state == "resolved", ended))
    )
    return sorted(map(_stored, connection.execute(both)), key=lambda one: one.id)


def open_alerts(db: Database) -> list[StoredAlert]:
    """Every open alert, the newest first."""
    with db.read() as connection:
        return [_stored(row) for row in connection.execute(_newest_first().where(OPEN))]


def alerts(
    db: Database,
    *,
    state: AlertState | None = None,
    brand_ids: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[StoredAlert]:
    """Alerts, the newest first: of these brands, opened in [since, until); `before_id` is the last one of the page before."""
    wanted = _newest_first().limit(limit)
    if state is not None:
        wanted = wanted.where(OPEN if state == "open" else alerts_table.c.state == state)
    if since is not None:
        wanted = wanted.where(alerts_table.c.opened_at >= since.astimezone(UTC))
    if until is not None:
        wanted = wanted.where(alerts_table.c.opened_at < until.astimezone(UTC))
    if before_id is not None:
        wanted = wanted.where(alerts_table.c.id < before_id)
    with db.read() as connection:
        if brand_ids is not None:
            wanted = wanted.where(among(connection, alerts_table.c.brand_id, brand_ids))
        return [_stored(row) for row in connection.execute(wanted)]


def alert(db: Database, alert_id: int) -> StoredAlert | None:
    """One alert; None where there is none of that number."""
    with db.read() as connection:
        row = connection.execute(select(*_COLUMNS).where(alerts_table.c.id == alert_id)).first()
    return None if row is None else _stored(row)


def events(db: Database, alert_id: int) -> list[AlertEvent]:
    """What became of an alert, the oldest first."""
    its = events_table.c
    wanted = select(its.at, its.what, its.by, its.note).where(its.alert_id == alert_id).order_by(its.id)
    with db.read() as connection:
        return [AlertEvent(*row) for row in connection.execute(wanted)]


def evidence(db: Database, alert_id: int) -> list[int]:
    """The mentions that show what an alert is about, the best first; those that were erased are gone from here, too."""
    its = evidence_table.c
    wanted = select(its.mention_id).where(its.alert_id == alert_id).order_by(its.rank)
    with db.read() as connection:
        return list(connection.scalars(wanted))


def last_look(db: Database) -> LastLook:
    """When the watcher looked last, and at what it could not."""
    with db.read() as connection:
        times = [setting(connection, key) for key in (LOOKED_AT, LOOKED_FIRST)]
        unseen, held_back, record = (
            json.loads(setting(connection, key, "{}") or "{}") for key in (UNSEEN, HELD_BACK, RECORD)
        )
    last, first = (None if at is None else datetime.fromisoformat(at) for at in times)
    seen_at = {brand_id: datetime.fromisoformat(at) for brand_id, at in held_back.items()}
    return LastLook(last, unseen, first, seen_at, record)


def _newest_first() -> Select[Any]:
    return select(*_COLUMNS).order_by(alerts_table.c.id.desc())


# What the watcher stores


def store(connection: Connection, changes: Sequence[AlertChange]) -> list[int]:
    """Keep alerts as they are now, with their events and evidence; their numbers, in order.

    An alert without a number is a new one, unless one is open under its key: then that one is brought up to date. Evidence that was erased
    meanwhile is passed over.
    """
    keys = [change.alert.key for change in changes if change.alert.state == "open"]
    its = alerts_table.c
    wanted = select(its.key, its.id).where(OPEN, among(connection, its.key, keys))
    known = {row.key: row.id for row in connection.execute(wanted)} if keys else {}
    ids = [
        known.get(change.alert.key, change.alert.id) if change.alert.state == "open" else change.alert.id
        for change in changes
    ]
    new = {change.alert.key: change.alert for change, number in zip(changes, ids, strict=True) if not number}
    known |= _insert(connection, list(new.values()))
    ids = [number or known[change.alert.key] for change, number in zip(changes, ids, strict=True)]
    rows = [(*_values(change.alert), number) for change, number in zip(changes, ids, strict=True)]
    update_rows(connection, AlertRow, (*_KEPT, "id"), rows)
    logged = [
        (number, event.at, event.what, event.by, event.note)
        for change, number in zip(changes, ids, strict=True)
        for event in change.events
    ]
    insert_rows(connection, AlertEventRow, _LOGGED, logged)
    for change, number in zip(changes, ids, strict=True):
        if change.evidence is not None:
            _show(connection, number, change.evidence)
    return ids


def _values(one: StoredAlert) -> list[Any]:
    return [list(one.told_to) if name == "told_to" else getattr(one, name) for name in _KEPT]


def _insert(connection: Connection, new: Sequence[StoredAlert]) -> dict[str, int]:
    """The numbers of new alerts by their keys; what else is to be kept of them is written with that of the known ones."""
    if not new:
        return {}
    needed = ("key", "rule", "severity", "state", "since", "opened_at", "updated_at", "owed", "unseen")
    empty: dict[str, Any] = {"finding": {}, "told_to": []}
    rows = [{name: getattr(one, name) for name in needed} | empty for one in new]
    made = connection.execute(insert(alerts_table).returning(alerts_table.c.key, alerts_table.c.id), rows)
    return {row.key: row.id for row in made}


def _show(connection: Connection, alert_id: int, mention_ids: Sequence[int]) -> None:
    connection.execute(delete(evidence_table).where(evidence_table.c.alert_id == alert_id))
    there = set(
        connection.scalars(select(mentions.c.id).where(among(connection, mentions.c.id, mention_ids)))
    )
    shown = [number for number in dict.fromkeys(mention_ids) if number in there]
    rows = [(alert_id, number, rank) for rank, number in enumerate(shown)]
    insert_rows(connection, AlertEvidenceRow, ("alert_id", "mention_id", "rank"), rows)


def forget_alerts(connection: Connection, author_ids: Sequence[int]) -> None:
    """Erase the alerts that are about these authors themselves, with all that hangs on them."""
    about = alerts_table.c.finding[("details", "author_id")].as_integer()
    these = alerts_table.c.rule == "influential_author", among(connection, about, author_ids)
    connection.execute(delete(alerts_table).where(*these))


def looked(
    connection: Connection,
    unseen: Mapping[str, str],
    *,
    held_back: Mapping[str, datetime] = MappingProxyType({}),
    record: Mapping[str, Mapping[str, float | None]] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Note that the watcher looked now, what it could not look at, and whom it held back. An empty `record` leaves the one that is there."""
    at = now.astimezone(UTC).isoformat()
    put_setting(connection, LOOKED_AT, at)
    if setting(connection, LOOKED_FIRST) is None:
        put_setting(connection, LOOKED_FIRST, at)
    seen_at = {brand_id: at.astimezone(UTC).isoformat() for brand_id, at in held_back.items()}
    for key, told in ((UNSEEN, unseen), (HELD_BACK, seen_at), (RECORD, record)):
        found = json.dumps(dict(sorted(told.items())), ensure_ascii=False)
        if found != setting(connection, key) and (told or key != RECORD):
            put_setting(connection, key, found)


def digest_sent(connection: Connection) -> date | None:
    """The day of the last daily digest; None before the first."""
    day = setting(connection, DIGEST_DAY)
    return None if day is None else date.fromisoformat(day)


def note_digest(connection: Connection, day: date) -> None:
    """Note that a day has its digest."""
    put_setting(connection, DIGEST_DAY, day.isoformat())


def busiest(connection: Connection, *, since: datetime, until: datetime) -> int:
    """The most messages about alerts that any one channel was given in (since, until]."""
    made = table_of(DeliveryRow).c
    lately = made.created_at > since, made.created_at <= until
    each = select(func.count()).where(*lately, made.kind.not_in(["test", "report"])).group_by(made.channel)
    return max(connection.scalars(each), default=0)


def between(connection: Connection, since: datetime | None, *, limit: int) -> list[StoredAlert]:
    """The open alerts, and those opened or resolved from `since` on (None: no others), the newest first."""
    its = alerts_table.c
    recent = [its.opened_at >= since, its.resolved_at >= since] if since is not None else []
    wanted = _newest_first().where(or_(OPEN, *recent)).limit(limit)
    return [_stored(row) for row in connection.execute(wanted)]


# What people do

_Act = Callable[[StoredAlert], tuple[dict[str, Any], AlertEvent]]


def acknowledge(db: Database, alert_id: int, *, by: str, now: datetime) -> StoredAlert:
    """Somebody is at it: from now on only a rise of its severity is told. Raises AlertError."""
    seen = {"acknowledged_at": now, "acknowledged_by": _name(by), "owed": "", "owed_since": None}
    return _act(db, alert_id, lambda _: (seen, AlertEvent(now, "acknowledged", _name(by))))


def snooze(db: Database, alert_id: int, *, until: datetime, by: str, now: datetime) -> StoredAlert:
    """Tell nothing of it before `until`; then it is told once more, if it is still open. Raises AlertError."""
    if until <= now:
        raise AlertError(f"alert {alert_id}: {until.isoformat()} is over; snooze it until a time to come")
    until = until.astimezone(UTC)
    reminder = {"snoozed_until": until, "owed": "opened", "owed_since": until}
    event = AlertEvent(now, "snoozed", _name(by), f"until {until.isoformat(timespec='minutes')}")
    return _act(db, alert_id, lambda _: (reminder, event))


def resolve(db: Database, alert_id: int, *, by: str, now: datetime, real: bool | None) -> StoredAlert:
    """Close it. `real` False: it was a false alarm, True: it was not, None: nothing is said of that.

    One that is resolved can still be judged, with `real` True or False. Raises AlertError.
    """
    verdict = {True: "real", False: "false alarm", None: ""}[real]

    def work(one: StoredAlert) -> tuple[dict[str, Any], AlertEvent]:
        if one.state == "resolved":
            return {"real": real}, AlertEvent(now, "judged", _name(by), verdict)
        closed = {"state": "resolved", "resolved_at": now, "resolved_by": _name(by), "real": real}
        owed = {"owed": "resolved", "owed_since": now} if one.told_to else {"owed": "", "owed_since": None}
        return closed | owed | {"snoozed_until": None}, AlertEvent(now, "resolved", _name(by), verdict)

    return _act(db, alert_id, work, resolved_too=real is not None)


def note(db: Database, alert_id: int, words: str, *, by: str, now: datetime) -> StoredAlert:
    """Write something down beside an alert, whatever its state. Raises AlertError."""
    if not words.strip():
        raise AlertError(f"alert {alert_id}: the note is empty; write some words")
    event = AlertEvent(now, "noted", _name(by), _text(words, LONGEST_NOTE))
    return _act(db, alert_id, lambda _: ({}, event), resolved_too=True)


def _text(given: str, longest: int) -> str:
    """As both engines can keep it."""
    return given.strip()[:longest].replace("\x00", "").encode("utf-8", "replace").decode()


def _name(by: str) -> str:
    return _text(by, LONGEST_NAME)


def _act(db: Database, alert_id: int, act: _Act, *, resolved_too: bool = False) -> StoredAlert:
    """Change one alert and log it, in one transaction; the alert as it is now."""
    this = alerts_table.c.id == alert_id

    def work(connection: Connection) -> StoredAlert:
        row = connection.execute(select(*_COLUMNS).where(this)).first()
        if row is None:
            raise AlertError(f"there is no alert {alert_id}; listener alerts list --state all shows all")
        one = _stored(row)
        if one.state == "resolved" and not resolved_too:
            assert one.resolved_at is not None
            who = f" by {one.resolved_by}" if one.resolved_by else " by itself"
            raise AlertError(
                f"alert {alert_id} was resolved at {one.resolved_at:%Y-%m-%d %H:%M} UTC{who}; nothing was changed "
                "(listener alerts resolve with --real or --false-alarm can still say what it was)"
            )
        values, event = act(one)
        if values:
            connection.execute(update(alerts_table).where(this).values(values))
        logged = (alert_id, event.at, event.what, event.by, event.note)
        insert_rows(connection, AlertEventRow, _LOGGED, [logged])
        return _stored(connection.execute(select(*_COLUMNS).where(this)).one())

    return db.do(work)

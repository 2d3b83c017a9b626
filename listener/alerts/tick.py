"""One tick of the watch: every rule looks, alerts advance, and what people must hear goes into the outbox, all in one transaction.

look -> advance (to know whose cause is wanted) -> causes, severity -> in one transaction: remember, advance, store, outbox

What advances is read anew within the transaction, so that what a person does meanwhile is never undone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from listener.alerts.life_cycle import Change, advance, told
from listener.alerts.look import Look
from listener.alerts.messages import AT_ONCE, Daily, Message, Why, deliveries, hears, messages, name_of
from listener.alerts.quiet import ONE_DAY, Settings, digest_day, instant, rank, settings_of
from listener.redaction import redacted
from listener.service import Service
from listener.show import plain
from metrics.alerts.alert import RULES, Finding
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import alive, between, busiest, digest_sent, looked, note_digest, store
from storage.errors import StorageError
from storage.outbox import enqueue

if TYPE_CHECKING:
    from metrics.alerts.cause import Cause

log = structlog.get_logger()
REMEMBERED = timedelta(days=7)
"""How long after its end an alert may still owe something, as when nothing ran for days."""
CAUSES = 5
"""Worked out in one tick at most, the most serious first: the others are told without, and follow in the next ticks."""
EVIDENCE = 5
LONGEST_DIGEST = 500
LONGEST_REASON = 300
LookNow = Callable[[datetime], Look]


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did: alerts that opened, escalated and were resolved, and messages put into the outbox.

    `unseen`: what could not be looked at, and why, by key; `failed`: why a rule could not look at all, by rule ("": one that is not known).
    """

    opened: int = 0
    escalated: int = 0
    resolved: int = 0
    messages: int = 0
    unseen: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Tick:
    service: Service
    settings: Settings
    channels: list[str] | None
    now: datetime
    looks: list[tuple[str, Look]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    causes: dict[str, "Cause | None"] = field(default_factory=dict)


def tick(service: Service, looks: Sequence[LookNow], *, now: datetime) -> Ticked:
    """Ask every rule, and keep and tell what comes of it. Raises StorageError where nothing can be stored: then nothing of it is.

    A rule that fails is logged and does not stop the others: the alerts it looks after stay open and say why they could not be looked at.
    Where `notify` cannot be read, or a cause be worked out, alerts are kept all the same; what is to be told waits for its channels.
    """
    this = _Tick(service, settings_of(service.config), _channels(service), now)
    for look in looks:
        _ask(this, look)
    with service.db.read() as connection:
        known = alive(connection, since=now - REMEMBERED)
    _explain(this, _advanced(this, known, [look for _, look in this.looks], this.failed))
    return service.db.do(lambda connection: _store(this, connection))


def rule_of(look: LookNow) -> str:
    """The rule that looks, told by its module; "" where that is not known."""
    inner = getattr(look, "func", look)
    module = str(getattr(inner, "__module__", "")).rsplit(".", 1)[-1]
    return "spike" if module == "watch" else module if module in RULES else ""


def _ask(this: _Tick, look: LookNow) -> None:
    rule = rule_of(look)
    try:
        this.looks.append((rule, look(this.now)))
    except Exception as error:  # whatever is wrong with one rule is no reason not to ask the others
        _failed(this.failed, rule, error)


def _failed(failed: dict[str, str], rule: str, error: Exception) -> None:
    why = plain(redacted(f"{type(error).__name__}: {error}"), LONGEST_REASON)
    log.error(
        "a rule could not look",
        rule=rule or "unknown",
        error=why,
        exc_info=not isinstance(error, StorageError),
    )
    failed[rule] = f"the rule could not look: {why}"


def _channels(service: Service) -> list[str] | None:
    """The names of those to be told, as far as they can be read; None where none of them can."""
    from listener.notify.channels import read_channels

    channels, problems = read_channels(service.config, service.environ)
    for problem in problems:
        if problem not in _NAMED:
            log.error("nobody is told there until this is mended", error=redacted(problem))
    _NAMED.clear()
    _NAMED.update(problems)
    return None if problems and not channels else [channel.name for channel in channels]


_NAMED: set[str] = set()
"""What is wrong with the channels and was said already: a tick comes every few seconds."""


def _advanced(
    this: _Tick, known: Sequence[StoredAlert], looks: Sequence[Look], failed: Mapping[str, str]
) -> list[Change]:
    return advance(known, looks, now=this.now, settings=this.settings, blind=failed)


def _explain(this: _Tick, changes: Sequence[Change]) -> None:
    """The causes that are wanted most, by key; None where one could not be worked out."""
    from metrics.read.cause import cause_of

    wanted = [one for one in changes if one.explain]
    wanted.sort(
        key=lambda one: (not one.telling, -rank(one.alert.severity), one.alert.explained_at is not None)
    )
    for change in wanted[:CAUSES]:
        one = change.alert
        try:
            zone = this.service.config.timezone
            cause = cause_of(this.service.db, finding_of(one), timezone=zone, now=this.now)
            this.causes[one.key] = cause
            if one.rule == "spike":
                _weigh(this, finding_of(one), cause)
        except Exception as error:  # an alert without its cause is worth more than none
            why = redacted(f"{type(error).__name__}: {error}")
            log.error("no cause was worked out", alert=one.key, error=why)
            this.causes[one.key] = None


def _weigh(this: _Tick, finding: Finding, cause: "Cause") -> None:
    """How far a spike has reached is known with its cause, and may make it more serious than the rule could know."""
    from metrics.alerts.severity import severity_of

    severity = severity_of(finding.signals, cause, this.service.config.alerts.false_alarms_per_month)

    def graver(one: Finding) -> Finding:
        higher = one.key == finding.key and rank(severity) > rank(one.severity)
        return replace(one, severity=severity) if higher else one

    this.looks = [
        (rule, replace(look, findings=tuple(map(graver, look.findings)))) for rule, look in this.looks
    ]


def finding_of(one: StoredAlert) -> Finding:
    """The finding that is kept with an alert."""
    stored: Any = one
    return Finding.of_json(
        one.finding, rule=stored.rule, key=one.key, brand_id=one.brand_id, severity=stored.severity
    )


def _store(this: _Tick, connection: Connection) -> Ticked:
    failed = dict(this.failed)
    looks = [look for rule, look in this.looks if _remembered(connection, rule, look, failed)]
    known = alive(connection, since=this.now - REMEMBERED)
    changes = _advanced(this, known, looks, failed)
    daily = _daily(this, connection)
    out: list[Message] = []
    if this.channels is not None:
        sent = busiest(connection, since=this.now - AT_ONCE, until=this.now)
        out = messages(changes, sent=sent, daily=daily is not None)
    telling = {name_of(one.alert): message.why for message in out for one in message.of}
    numbers = store(connection, [_kept(this, one, telling) for one in changes])
    ids = {name_of(one.alert): number for one, number in zip(changes, numbers, strict=True)}
    new = [
        delivery
        for message in out
        for delivery in deliveries(message, this.channels or (), ids, now=this.now, daily=daily)
    ]
    count = enqueue(connection, new, now=this.now)
    unseen = {key: why for look in looks for key, why in look.unseen.items()}
    looked(
        connection,
        unseen | {f"{rule}:" if rule else "": why for rule, why in failed.items()},
        held_back={brand_id: at for look in looks for brand_id, at in look.held_back.items()},
        record={brand_id: facts for look in looks for brand_id, facts in look.record.items()},
        now=this.now,
    )
    happened = [event.what for one in changes for event in one.events]
    return Ticked(
        happened.count("opened"),
        happened.count("escalated"),
        happened.count("resolved"),
        count,
        unseen,
        failed,
    )


def _remembered(connection: Connection, rule: str, look: Look, failed: dict[str, str]) -> bool:
    """Have a rule remember; where its own mistake stops that, it is as if it had not looked."""
    try:
        with connection.begin_nested():
            look.remember(connection)
    except (DBAPIError, StorageError):  # the database's trouble: the whole tick is tried again
        raise
    except Exception as error:
        _failed(failed, rule, error)
        return False
    return True


def _kept(this: _Tick, change: Change, telling: Mapping[str, Why]) -> AlertChange:
    """An alert as it is stored: with what was told of it now, and its cause."""
    one, events = change.alert, change.events
    shown: Sequence[int] | None = None
    if (why := telling.get(name_of(one))) is not None:
        one = told(one, [name for name in this.channels or () if hears(one, name)], this.now)
        events = events if why == "alone" else (*events, AlertEvent(this.now, "digested", note=why))
    explained = change.explain and one.key in this.causes
    if explained:
        cause = this.causes[one.key]
        one = replace(one, explained_at=this.now, cause=one.cause if cause is None else cause.as_json())
        shown = None if cause is None else cause.evidence
    if not shown and (explained or not one.id):
        shown = one.finding.get("mention_ids")
    return AlertChange(one, events, shown[:EVIDENCE] if shown else None)


def _daily(this: _Tick, connection: Connection) -> Daily | None:
    """The digest that is due, noted as sent in the same transaction. Before the first there is none: what is past is nobody's news."""
    if this.settings.digest is None or this.channels is None:
        return None
    last = digest_sent(connection)
    day = digest_day(this.now, last, this.settings)
    today = this.now.astimezone(this.settings.zone).date()
    if last is None:
        note_digest(connection, day or today - ONE_DAY)
        return None
    if day is None:
        return None
    since = instant(min(last, day - ONE_DAY), this.settings.digest, this.settings.zone)
    note_digest(connection, day)
    return Daily(day, since, tuple(between(connection, since, limit=LONGEST_DIGEST)))

"""Which messages go out at once: few, however much there is to tell.

A channel gets at most five messages in five minutes, the fifth only where something is critical. Where more is to be told, the most serious go one
by one and the last message names all the rest; what comes after that waits until there is room again. What quiet hours held back comes in one
message at their end, and a daily digest takes it along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast

from listener.alerts.life_cycle import Change
from listener.alerts.quiet import rank
from storage.alert_types import StoredAlert
from storage.outbox import DeliveryKind, NewDelivery, delivery_id

MOST = 5
AT_ONCE = timedelta(minutes=5)
Why = Literal["alone", "many", "quiet hours", "daily"]


@dataclass(frozen=True, slots=True)
class Message:
    """What one message tells of, the most serious first; `why` several are told together."""

    of: tuple[Change, ...]
    why: Why = "alone"


@dataclass(frozen=True, slots=True)
class Daily:
    """The digest of a day that is due: since when it reports, and the alerts that it has to."""

    day: date
    since: datetime | None
    alerts: tuple[StoredAlert, ...]


def messages(changes: Sequence[Change], *, sent: int, daily: bool) -> list[Message]:
    """What is told now of that which may be told, where `sent` messages went to the busiest channel in the last minutes."""
    due = sorted((one for one in changes if one.telling), key=_order)
    held = tuple(one for one in due if one.digested)
    found = [Message(held, "daily" if daily else "quiet hours")] if held or daily else []
    rest = tuple(one for one in due if not one.digested)
    critical = any(one.alert.severity == "critical" and one.alert.owed != "resolved" for one in rest)
    room = max((MOST if critical else MOST - 1) - sent, 0)
    if len(rest) > room:
        together = [Message(rest[room - 1 :], "many")] if room else []
        rest, found = rest[: max(room - 1, 0)], [*together, *found]
    return [*(Message((one,)) for one in rest), *found]


def _order(change: Change) -> tuple[bool, int, datetime, str]:
    one = change.alert
    return one.owed == "resolved", -rank(one.severity), one.opened_at, one.key


def hears(one: StoredAlert, channel: str) -> bool:
    """Whether a channel is told: of the end of an alert only where it was told of it before."""
    return one.owed != "resolved" or channel in one.told_to


def deliveries(
    message: Message, channels: Sequence[str], ids: Mapping[str, int], *, now: datetime, daily: Daily | None
) -> list[NewDelivery]:
    """A message as it goes into the outbox, for each channel that has to hear of any of it; `ids` are the alerts' numbers by key and opening.

    The id of a delivery is made of what is told and what was told before, so the same is never told twice. A message of several alerts is a
    digest whose `about` holds "why", "alerts" (their numbers), "since" and "until".
    """
    found = []
    for channel in channels:
        told = [one.alert for one in message.of if hears(one.alert, channel)]
        if message.why == "alone":
            for one in told:
                kind = cast(DeliveryKind, one.owed)
                mark = delivery_id(*_mark(one), channel)
                found.append(NewDelivery(mark, kind, channel, now, ids[name_of(one)]))
        elif told or message.why == "daily":
            found.append(_digest(message, told, channel, ids, now, daily))
    return found


def _digest(
    message: Message,
    told: Sequence[StoredAlert],
    channel: str,
    ids: Mapping[str, int],
    now: datetime,
    daily: Daily | None,
) -> NewDelivery:
    numbers = [ids[name_of(one)] for one in told]
    key: tuple[object, ...] = tuple(part for one in told for part in _mark(one))
    about: dict[str, Any] = {"why": message.why, "alerts": numbers, "since": None, "until": now.isoformat()}
    if message.why == "daily" and daily is not None:
        key = (daily.day.isoformat(),)
        about["alerts"] = list(dict.fromkeys([*numbers, *(one.id for one in daily.alerts)]))
        about["since"] = None if daily.since is None else daily.since.isoformat()
    return NewDelivery(delivery_id("digest", message.why, *key, channel), "digest", channel, now, about=about)


def name_of(one: StoredAlert) -> str:
    """What tells an alert from others before it has a number."""
    return f"{one.key} {one.opened_at.isoformat()}"


def _mark(one: StoredAlert) -> tuple[object, ...]:
    return name_of(one), one.owed, one.told_at and one.told_at.isoformat()

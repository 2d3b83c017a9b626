"""From the outbox to people: due messages are claimed, put into words, sent, and what became of each is stored.

claim -> words -> send -> sent | tried again with back-off and jitter for a day | dead, visible with its reason

A message is put into words when it is sent, so that a post erased in the meantime never leaves. At least once: where the process dies between
a receiver's yes and the commit, the claim runs out and the same message goes again under the same id.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog

from listener.notify.channel import Channel, GaveUp, Message, Outcome, Sent, TryAgain, Way
from listener.notify.channels import all_channels, way_of
from listener.notify.report_words import report_words
from listener.notify.wording import Words
from listener.notify.words import Gone, words_of
from listener.redaction import redacted
from listener.service import Service
from metrics.plain_text import harmless
from storage import outbox
from storage.db import Database
from storage.errors import StorageError
from storage.outbox import Delivery, NewDelivery, delivery_id

__all__ = ["Delivered", "deliver", "delivery_id", "send_test", "wait_before"]

log = structlog.get_logger()
LEASE = timedelta(minutes=3)
"""Longer than any message takes: after it, another process may send it."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0
PATIENCE_S = 3.0
Wording = Callable[[Service, Delivery, datetime], Words]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one call did: messages sent, to be tried again, given up."""

    sent: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(self.sent + other.sent, self.failed + other.failed, self.dead + other.dead)


def wait_before(attempt: int, chance: random.Random) -> timedelta:
    """How long to wait after the `attempt`-th try failed: anything from 0 to 5 s * 2^(attempt - 1), at most a quarter of an hour.

    Full jitter, so that messages that failed together do not come back together.

    >>> [round(wait_before(n, random.Random(1)).total_seconds(), 1) for n in (1, 2, 20)]
    [0.7, 1.3, 120.9]
    """
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt - 1, 30))
    return timedelta(seconds=chance.uniform(0, longest))


def deliver(
    service: Service,
    *,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
    channels: Sequence[Channel] | None = None,
    way: Way | None = None,
    chance: random.Random | None = None,
    wording: Wording = words_of,
    patience_s: float = PATIENCE_S,
) -> Delivered:
    """Send all that is due, each channel in a thread of its own, one message of it after the other; a channel rests once one of its messages failed.

    Returns after `patience_s` also where a channel is still at work, so that none waits for another; what becomes of its message is stored when
    it is known, and not in the answer. `channels`: these instead of all that the configuration names; what is due to a channel that is not
    named any more is given up, unless an entry cannot be read. Raises StorageError.
    """
    due = outbox.due_channels(service.db, now=now)
    if not due:
        return Delivered()
    named, problems = (
        (channels, []) if channels is not None else all_channels(service.config, service.environ)
    )
    for problem in problems:
        log.error("nobody is told there", problem=problem)
    turn = _Turn(service, now, stopping, way or way_of(service.config), chance or random.Random(), wording)  # noqa: S311
    working = _WORKING.setdefault(service.db, {})
    at_work = [
        _Work(turn, one)
        for one in named
        if one.name in due and not (one.name in working and working[one.name].is_alive())
    ]
    for one in at_work:
        working[one.channel.name] = one
        one.start()
    every = channels is None and not problems  # else it is not known whose the others are
    done = turn.orphans(due - {one.name for one in named}) if every else Delivered()
    until = time.monotonic() + patience_s
    for one in at_work:
        one.join(max(0.0, until - time.monotonic()))
        if stopping():  # let what is on its way arrive, or it will be sent again
            one.join(turn.way.timeout_s)
    return sum((one.result() for one in at_work), done)


class _Work(threading.Thread):
    """One channel's messages on their way."""

    def __init__(self, turn: "_Turn", channel: Channel) -> None:
        super().__init__(name=f"notify {channel.name}", daemon=True)
        self.turn, self.channel = turn, channel
        self.done = Delivered()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.done = self.turn.of_channel(self.channel)
        except Exception as error:
            self.error = error
            log.warning("sending broke off", channel=self.channel.name, error=_safe(str(error)))
        finally:
            del self.turn  # it holds the database, by which it is found

    def result(self) -> Delivered:
        """What it has done, where it is through. Raises what it broke off with."""
        if self.error is not None:
            raise self.error
        return Delivered() if self.is_alive() else self.done


_WORKING: WeakKeyDictionary[Database, dict[str, _Work]] = WeakKeyDictionary()
"""Who is at work on a channel, or was last: one at a time, so that messages keep their order."""


def send_test(
    service: Service, channels: Sequence[Channel], *, now: datetime, way: Way | None = None
) -> list[Outcome]:
    """Send a test message to each of these channels now, once; what came of each, in their order. A failed test is not tried again."""
    made = [
        NewDelivery(delivery_id("test", now.isoformat(), one.name), "test", one.name, now) for one in channels
    ]
    rows = {one.id: one for one in outbox.enqueue_claimed(service.db, made, now=now, lease=LEASE)}
    turn = _Turn(service, now, lambda: False, way or way_of(service.config), random.Random(), words_of)  # noqa: S311

    def work(new: NewDelivery, channel: Channel) -> Outcome:
        outcome = turn.send(rows[new.id], channel)
        turn.record(rows[new.id], outcome if isinstance(outcome, Sent) else GaveUp(outcome.reason))
        return outcome

    with ThreadPoolExecutor(max(1, len(made)), "notify") as threads:
        return list(threads.map(work, made, channels))


class _Turn:
    """One call of `deliver`."""

    def __init__(
        self,
        service: Service,
        began: datetime,
        stopping: Callable[[], bool],
        way: Way,
        chance: random.Random,
        wording: Wording,
    ) -> None:
        self.service, self.stopping, self.way, self.chance = service, stopping, way, chance
        self.wording = wording
        self._began, self._clock = began, time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._clock)

    def of_channel(self, channel: Channel) -> Delivered:
        """One message after the other until none is due, or one fails."""
        done = Delivered()
        while not self.stopping():
            claimed = outbox.claim(
                self.service.db, now=self.now(), limit=1, lease=LEASE, channels=[channel.name]
            )
            if not claimed:
                break
            result = self.record(claimed[0], self.send(claimed[0], channel))
            done += result
            if not result.sent:
                break
        return done

    def orphans(self, names: set[str]) -> Delivered:
        """Give up what is due to channels that are not named any more."""
        reason = "[alerts] notify names no such channel any more; name it again and retry, or leave it"
        lost = names and outbox.claim(
            self.service.db, now=self.now(), limit=1_000, lease=LEASE, channels=list(names)
        )
        return sum((self.record(one, GaveUp(reason)) for one in lost or ()), Delivered())

    def send(self, one: Delivery, channel: Channel) -> Outcome:
        try:
            if one.kind == "report":
                words, attachment = report_words(self.service, one, self.now())
            else:
                words, attachment = self.wording(self.service, one, self.now()), None
        except Gone as error:
            return GaveUp(str(error))
        except StorageError:
            raise
        except Exception as error:
            log.exception("message not put into words", delivery=one.id, kind=one.kind)
            return TryAgain(f"could not be put into words: {type(error).__name__}")
        try:
            message = Message(one.id, one.kind, words, one.created_at, one.alert_id, attachment)
            return channel.send(message, self.way, now=self.now())
        except Exception as error:  # a channel's own mistake must not take the others along
            log.exception("message not sent", delivery=one.id, channel=channel.name)
            return TryAgain(f"could not be sent: {type(error).__name__}")

    def record(self, one: Delivery, outcome: Outcome) -> Delivered:
        db, now = self.service.db, self.now()
        match outcome:
            case Sent():
                outbox.sent(db, one.id, now=now)
                log.info("told", channel=one.channel, kind=one.kind, delivery=one.id, attempts=one.attempts)
                return Delivered(sent=1)
            case TryAgain(reason, hold_until):
                retry_at = max(now, hold_until or now) + wait_before(one.attempts, self.chance)
                if retry_at <= one.give_up_at:
                    error = _safe(reason)
                    outbox.failed(db, one.id, error, retry_at=retry_at)
                    if hold_until is not None:
                        outbox.hold(db, one.channel, until=min(hold_until, one.give_up_at))
                    log.warning(
                        "not told",
                        channel=one.channel,
                        delivery=one.id,
                        error=error,
                        retry_at=retry_at.isoformat(),
                    )
                    return Delivered(failed=1)
                reason = f"{reason}; tried {one.attempts} times in a day"
            case GaveUp(reason):
                pass
        error = _safe(reason)
        outbox.gave_up(db, one.id, error)
        tell = log.info if one.kind == "test" else log.error  # whoever tests is shown what came of it
        tell("message given up", channel=one.channel, delivery=one.id, error=error)
        return Delivered(dead=1)


def _safe(reason: str) -> str:
    return harmless(redacted(reason), outbox.LONGEST_ERROR)

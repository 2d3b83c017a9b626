"""What `listener run` tells people: it watches, sends, reports, and keeps the heartbeat."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from listener.alerts.signs import Signs
from listener.labelling import Clock
from listener.schedule import Job, duration
from listener.service import Service
from storage.running import at_work

if TYPE_CHECKING:
    from listener.alerts.tick import LookNow

log = structlog.get_logger()
WATCHING, SENDING, REPORTING = timedelta(seconds=15), timedelta(seconds=5), timedelta(minutes=5)
FIRST_BEAT = timedelta(seconds=30)
"""By then every part has worked once."""


def alert_jobs(service: Service, signs: Signs, *, stopping: Callable[[], bool], clock: Clock) -> list[Job]:
    """The jobs of the scheduler beside collecting. Each notes that it has worked."""

    def send() -> None:
        from listener.notify.send import deliver

        deliver(service, now=clock(), stopping=stopping)

    def report() -> None:
        from listener.scheduled_reports import send_due

        if messages := send_due(service, now=clock()):
            log.info("reports", messages=messages)

    found = [
        Job("alerts", WATCHING, signs.after("watching", Watching(service, clock))),
        Job("notify", SENDING, signs.after("sending", send)),
    ]
    if service.config.reports:
        found.append(Job("reports", REPORTING, report))
    if service.config.alerts.heartbeat is not None:
        from listener.alerts.heartbeat import beating

        every = duration(service.config.alerts.heartbeat_every)
        found.append(Job("heartbeat", every, lambda: beating(service, clock), min(every, FIRST_BEAT)))
    return found


def looks_of(service: Service) -> "list[LookNow]":
    """The detector and the other rules, as far as they are not turned off."""
    from listener.alerts.rules import rules_looking
    from listener.alerts.watch import Watch

    alerts = service.config.alerts
    spikes = [] if "spike" in alerts.rules_off else [Watch(service).look]
    return [*spikes, *(partial(looking, service) for looking in rules_looking(alerts).values())]


class Watching:
    """One tick: every rule that is not turned off looks, and what comes of it is kept. What the detector knows is read at the first."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self.looks: list[LookNow] = []
        self.matcher = service.matcher

    def __call__(self) -> None:
        from listener.alerts.tick import tick

        if not self.looks or self.matcher is not self.service.matcher:  # brands were taken anew
            self.matcher = self.service.matcher
            self.looks = looks_of(self.service)
            with at_work(self.service.db, "watch", clock=self.clock):  # the past is read, which takes a while
                done = tick(self.service, self.looks, now=self.clock())
        else:
            done = tick(self.service, self.looks, now=self.clock())
        if done.opened or done.escalated or done.resolved or done.messages:
            log.info(
                "alerts",
                opened=done.opened,
                escalated=done.escalated,
                resolved=done.resolved,
                messages=done.messages,
            )

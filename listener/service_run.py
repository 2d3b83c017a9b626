"""`listener run`: every step on schedule in one process, until a signal stops it."""

import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

import structlog

from listener import logs, pipeline
from listener.errors import OutOfBudget
from listener.labelling import SharedWork, label_waiting
from listener.pipeline import Outcome, utc_now
from listener.schedule import HOUSEKEEPING, LABELLING, SCRUBBING, Job, duration, is_due, running
from listener.service import Service, open_service
from storage import sources
from storage.counts import close_days
from storage.erase import expire, scrub
from storage.leader import lead

log = structlog.get_logger()
HEARTBEAT_S = 5.0
BUDGET_CHECK = timedelta(hours=1)
Clock = Callable[[], datetime]


def _report(step: str, outcome: Outcome) -> None:
    saved = outcome.saved
    for error in outcome.errors:
        log.warning(
            f"not {step}", source=outcome.name, kind=error.kind, error=str(error), retry_at=error.retry_at
        )
    if outcome.errors and not outcome.fetched:
        return
    log.info(
        step,
        source=outcome.name,
        posts=outcome.fetched,
        new=saved.new_posts,
        mentions=saved.new_mentions,
        unmatched=outcome.unmatched,
        deleted=saved.deleted_posts,
    )


def collect_when_due(service: Service, name: str, *, clock: Clock = utc_now) -> None:
    """One pass, unless the network asked to be left alone for longer.

    A spent budget is looked at again every hour: it may have been raised, and some networks go on telling volumes without it.
    """
    state, now = sources.state(service.db, name), clock()
    if state is not None and not is_due(now, state.next_check_at):
        spent = state.last_error_kind == OutOfBudget.kind and state.last_run_at is not None
        if not (spent and state.last_run_at and now >= state.last_run_at + BUDGET_CHECK):
            return
    _report("collected", pipeline.collect(service, name, clock=clock))


def recheck_when_due(service: Service, name: str, *, clock: Clock = utc_now) -> None:
    """Look stored posts up again under the same manners."""
    state = sources.state(service.db, name)
    if is_due(clock(), state.next_check_at if state else None):
        outcome = pipeline.recheck(service, name, clock=clock)
        if outcome.errors or outcome.fetched or outcome.saved.deleted_posts:
            _report("looked up again", outcome)


def housekeeping(service: Service, *, clock: Clock = utc_now) -> None:
    """Close the days whose time has come, and let go of posts past their retention."""
    keep, now = service.config.retention, clock()
    closed = close_days(service.db, now=now, after_hours=keep.closes_after_hours)
    if closed:
        log.info("days closed", days=closed)
    if keep.days:
        erased = expire(service.db, older_than=now - timedelta(days=keep.days), now=now)
        if erased.posts:
            log.info("retention", days=keep.days, erased_posts=erased.posts)


def _wipe(service: Service) -> None:
    scrub(service.db)


class Labelling:
    """The labelling step: loads the model at its first run, and again after a failure."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.work: SharedWork | None = None

    def __call__(self) -> None:
        if self.work is None:
            self.work = SharedWork(self.service.labeller())
        done = label_waiting(self.service.db, self.work, clock=utc_now)
        if done:
            log.info("labelled", mentions=done, model=self.work.model_id)


def jobs(service: Service, role: str) -> list[Job]:
    """The steps of a role: "scheduler" collects and keeps house, "worker" labels, "all" does both."""

    def bound(step: Callable[[Service, str], None], name: str) -> Callable[[], None]:
        return lambda: step(service, name)

    steps: list[Job] = []
    if role in {"all", "scheduler"}:
        for name, settings in service.config.sources.items():
            if settings.enabled:
                steps.append(Job(f"collect {name}", duration(settings.every), bound(collect_when_due, name)))
                steps.append(Job(f"look up {name}", HOUSEKEEPING, bound(recheck_when_due, name)))
        steps.append(Job("housekeeping", HOUSEKEEPING, lambda: housekeeping(service)))
        steps.append(Job("wipe what was erased", SCRUBBING, lambda: _wipe(service)))
    if role in {"all", "worker"}:
        steps.append(Job("label", LABELLING, Labelling(service)))
    return steps


def run(config: Path, role: str) -> None:
    """Run until SIGTERM or Ctrl-C, or until another process has taken the lead. Raises ConfigError, StorageError."""
    logs.configure()
    stop = threading.Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    service = open_service(config, now=utc_now())
    try:
        if role == "worker":
            _until(stop, jobs(service, role), lambda: True)
        else:
            with lead(service.db) as still_leading:
                changed = pipeline.not_yet_rematched(service)
                if changed:
                    log.info("matching stored posts anew", brands=changed)
                    pipeline.rematch(service, changed, clock=utc_now)
                _until(stop, jobs(service, role), still_leading)
    finally:
        service.close()


def _until(stop: threading.Event, steps: list[Job], still_leading: Callable[[], bool]) -> None:
    log.info("started", jobs=[step.id for step in steps])
    with running(steps):
        while not stop.wait(HEARTBEAT_S):
            if not still_leading():
                log.error("lost the lead to the database; stopping")
                break
    log.info("stopped")

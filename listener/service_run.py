"""`listener run`: every step on schedule in one process, until a signal stops it."""

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import FrameType

import structlog

from listener import logs, pipeline
from listener.alerts.jobs import alert_jobs
from listener.alerts.signs import Part, Signs
from listener.errors import ConfigError, OutOfBudget
from listener.following import Following
from listener.heads import adopted
from listener.labelling import Backlog, Clock, SharedWork, label_batch
from listener.own_accounts import accounts_every, read_accounts
from listener.pipeline import Outcome, utc_now
from listener.schedule import HOUSEKEEPING, LABELLING, SCRUBBING, Job, duration, is_due, running
from listener.service import Service, open_service
from listener.web import serving
from nlp.errors import ModelError
from storage import sources
from storage.counts import close_days
from storage.erase import expire, scrub
from storage.labels import model_in_use
from storage.leader import lead
from storage.model_change import want_model
from storage.packs import pack_days

log = structlog.get_logger()
HEARTBEAT_S, PATIENCE_S = 5.0, 8.0
BUDGET_CHECK = timedelta(hours=1)
LABELLING_TURN = timedelta(minutes=1)
FOLLOWING = timedelta(seconds=10)


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


def accounts_when_due(service: Service, name: str, *, clock: Clock = utc_now) -> None:
    """The brands' own accounts under the same manners; what goes wrong with them is theirs alone, mentions go on."""
    state = sources.state(service.db, name)
    if is_due(clock(), state.next_check_at if state else None):
        outcome = read_accounts(service, name, clock=clock)
        if outcome.errors or outcome.saved.new_posts:
            _report("own accounts read", outcome)


def housekeeping(service: Service, *, clock: Clock = utc_now) -> None:
    """Close the days whose time has come, let go of posts past their retention, and pack the days that are over."""
    keep, now = service.config.retention, clock()
    closed = close_days(service.db, now=now, after_hours=keep.closes_after_hours)
    if closed:
        log.info("days closed", days=closed)
    if keep.days:
        erased = expire(service.db, older_than=now - timedelta(days=keep.days), now=now)
        if erased.posts:
            log.info("retention", days=keep.days, erased_posts=erased.posts)
    pack_days(service.db, now=now)


def _wipe(service: Service) -> None:
    scrub(service.db)


class Labelling:
    """The labelling step: loads the model at its first run, after a failure, and when another head is adopted.

    While another model than the configured one is in use, that one labels what is new before the configured one goes on with the past, so
    figures and alerts lose nothing until the change is complete.
    """

    def __init__(
        self,
        service: Service,
        *,
        stopping: Callable[[], bool] = lambda: False,
        clock: Clock = utc_now,
        note: Callable[[Part], None] = lambda _part: None,
    ) -> None:
        self.service = service
        self.note = note
        self.stopping = stopping
        self.clock = clock
        self.work: SharedWork | None = None
        self.backlog: Backlog | None = None
        self.head: str | None = None
        self.keeper: SharedWork | None = None
        self.lost: str | None = None

    def __call__(self) -> None:
        head = adopted(self.service.db)
        if self.work is None or head != self.head:
            self.work, self.head = SharedWork(self.service.labeller()), head
            want_model(self.service.db, self.work.model_id)
            self._over()
        self.backlog = self.backlog or Backlog(self.service.db, self.work, self.clock)
        self.backlog.begin()
        done: Counter[str] = Counter()
        end = self.clock() + LABELLING_TURN
        while not self.stopping() and self.clock() < end:
            models = (self._keeper(self.work.model_id), self.work)
            more = any(self._batch(model, done) for model in models if model)
            self.note("labelling")
            if not more:
                self._over()
                break
        if self.stopping():
            self._over()
        for model_id, mentions in done.items():
            log.info("labelled", mentions=mentions, model=model_id)

    def _batch(self, work: SharedWork, done: Counter[str]) -> int:
        labelled = label_batch(self.service.db, work, clock=self.clock)
        if labelled:
            done[work.model_id] += labelled
            self.note("labelled")
            if self.backlog and work is self.work:
                self.backlog.done(labelled)
        return labelled

    def _over(self) -> None:
        if self.backlog:
            self.backlog.end()
        self.backlog = None

    def _keeper(self, wanted: str) -> SharedWork | None:
        """The model in use, where it is not the one that is wanted; None also where it cannot be loaded any more."""
        in_use = model_in_use(self.service.db)
        if in_use in (None, wanted):
            self.keeper = None
        elif in_use != (self.keeper.model_id if self.keeper else self.lost):
            self.keeper = self.lost = None
            try:
                self.keeper = SharedWork(self.service.labeller_again(str(in_use)))
            except ModelError as error:
                self.lost = in_use
                log.warning("new mentions wait until the change of model is complete", error=str(error))
        return self.keeper


def jobs(service: Service, role: str, stopping: Callable[[], bool] = lambda: False) -> list[Job]:
    """The steps of a role: "scheduler" collects, keeps house, watches and tells, "worker" labels, "all" does both."""

    def bound(step: Callable[[Service, str], None], name: str) -> Callable[[], None]:
        return lambda: step(service, name)

    steps: list[Job] = []
    signs = Signs(service.db, utc_now)
    if role in {"all", "scheduler"}:
        for name, settings in service.config.sources.items():
            if settings.enabled:
                steps.append(Job(f"collect {name}", duration(settings.every), bound(collect_when_due, name)))
                steps.append(Job(f"look up {name}", HOUSEKEEPING, bound(recheck_when_due, name)))
            if (every := accounts_every(service, name)) is not None:
                steps.append(Job(f"own accounts {name}", every, bound(accounts_when_due, name)))
        steps.append(Job("settings", FOLLOWING, Following(service, utc_now)))
        steps.append(Job("housekeeping", HOUSEKEEPING, lambda: housekeeping(service)))
        steps.append(Job("wipe what was erased", SCRUBBING, lambda: _wipe(service)))
        steps += alert_jobs(service, signs, stopping=stopping, clock=utc_now)
    if role in {"all", "worker"}:
        steps.append(Job("label", LABELLING, Labelling(service, stopping=stopping, note=signs.note)))
    return steps


def run(config: Path, role: str) -> None:
    """Run until SIGTERM or Ctrl-C, or until another process has taken the lead. Raises ConfigError, StorageError."""
    logs.configure()
    stop = threading.Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    service, ended = open_service(config, now=utc_now()), True
    try:
        if role == "web":
            with serving(service, role):
                stop.wait()
        elif role == "worker":
            ended = _until(stop, jobs(service, role, stop.is_set), lambda: True)
        else:
            _who_is_told(service)
            with lead(service.db) as still_leading, serving(service, role):
                changed = pipeline.not_yet_rematched(service)
                if changed:
                    log.info("matching stored posts anew", brands=changed)
                    pipeline.rematch(service, changed, clock=utc_now)
                ended = _until(stop, jobs(service, role, stop.is_set), still_leading)
    finally:
        service.close()
    leave(ended)


def _who_is_told(service: Service) -> None:
    """Raises ConfigError for what is wrong with a `notify` of alerts or reports: now, and not when there is something to tell."""
    from listener.notify.channels import all_channels

    _, problems = all_channels(service.config, service.environ)
    if problems:
        raise ConfigError("\n".join(problems))


def leave(ended: bool) -> None:
    """End the process also where a job has not `ended`: Python itself would wait for its thread, however long it hangs."""
    if not ended:
        sys.stdout.flush()
        os._exit(0)


def _until(
    stop: threading.Event,
    steps: list[Job],
    still_leading: Callable[[], bool],
    patience_s: float = PATIENCE_S,
) -> bool:
    """Run the jobs until told to stop; False where one of them was still at work `patience_s` later."""
    log.info("started", jobs=[step.id for step in steps])
    with running(steps, patience_s=patience_s) as ended:
        while not stop.wait(HEARTBEAT_S):
            if not still_leading():
                log.error("lost the lead to the database; stopping")
                break
    log.info("stopped")
    return ended.is_set()

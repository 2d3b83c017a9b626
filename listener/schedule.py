"""When each step runs: APScheduler with its jobs in memory, rebuilt from the configuration at every start.

Positions live in the database, so a job that is late, skipped or killed costs time and nothing else. Each source has a thread of its own: a
hung one delays nobody. All times are UTC; a machine that slept catches up with one run.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = structlog.get_logger()

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
HOUSEKEEPING = timedelta(minutes=15)
LABELLING = timedelta(seconds=10)
SCRUBBING = timedelta(hours=2)
"""Posts are looked up again 16 hours after they were seen last; with this the last bytes of what is gone are gone within a day."""


@dataclass(frozen=True, slots=True)
class Job:
    """A step to run `every` so often, first after `delay`, in a thread of its own. `work` never raises for what a source or the disk does."""

    id: str
    every: timedelta
    work: Callable[[], None]
    delay: timedelta = timedelta()


def duration(text: str) -> timedelta:
    """A duration as the configuration writes it.

    >>> duration("90s"), duration("2m"), duration("1d")
    (datetime.timedelta(seconds=90), datetime.timedelta(seconds=120), datetime.timedelta(days=1))
    """
    return timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])


def is_due(now: datetime, retry_at: datetime | None) -> bool:
    """Whether a source that asked to be left alone until `retry_at` may be asked again.

    >>> is_due(datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2027, 3, 1, 12, 15, tzinfo=UTC))
    False
    """
    return retry_at is None or now >= retry_at


def _safely(job: Job) -> Callable[[], None]:
    def run() -> None:
        try:
            job.work()
        except BaseException as error:  # a job that takes its thread down must not take the others with it
            log.error("job failed", job=job.id, error=f"{type(error).__name__}: {error}")

    return run


def build(jobs: list[Job]) -> BackgroundScheduler:
    """A scheduler that is not started yet: each job after its delay, then by its interval with a tenth of jitter, one catch-up after a pause."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(max_workers=len(jobs) + 1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs:
        jitter = int(job.every.total_seconds() / 10) or None
        scheduler.add_job(
            _safely(job),
            IntervalTrigger(seconds=int(job.every.total_seconds()), jitter=jitter, timezone=UTC),
            id=job.id,
            next_run_time=datetime.now(UTC) + job.delay,
            replace_existing=True,
        )
    return scheduler


@contextmanager
def running(jobs: list[Job], *, patience_s: float = 8.0) -> Iterator[threading.Event]:
    """Run the jobs while the block lasts, then wait `patience_s` for those under way; what is cut short is taken up at the next start.

    Yields what tells, after the block, whether all of them have ended.
    """
    ended = threading.Event()
    scheduler = build(jobs)
    scheduler.start()
    try:
        yield ended
    finally:

        def wait() -> None:
            scheduler.shutdown(wait=True)
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        if not ended.wait(patience_s):
            log.warning("stopping with work under way; it is taken up again at the next start")

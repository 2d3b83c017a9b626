"""The schedule: nobody waits for a hung source, a pause is made up for once, and a job that fails takes nothing with it."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.schedule import Job, build, duration, is_due, running
from listener.service_run import jobs
from storage.db import Database, open_database
from storage.errors import Busy
from storage.leader import lead
from tests.listener.alerts.at_work import service_at
from tests.patience import FOR_EVER_S

ROOT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)


def wait_for(condition, seconds: float = FOR_EVER_S) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_hung_source_delays_no_other() -> None:
    release = threading.Event()
    ticks: list[float] = []
    jobs = [Job("hung", SECOND, lambda: print(release.wait(2 * FOR_EVER_S)))]
    jobs += [Job(f"fine {n}", SECOND, lambda: ticks.append(time.monotonic())) for n in range(7)]
    with running(jobs, patience_s=0.1):
        arrived = wait_for(lambda: len(ticks) >= 14)
        release.set()
    assert arrived


@pytest.mark.parametrize("trouble", [SystemExit(3), MemoryError(), ValueError("odd"), KeyboardInterrupt()])
def test_a_job_that_fails_runs_again_and_so_do_the_others(trouble: BaseException) -> None:
    failing: list[int] = []
    fine: list[int] = []

    def fail() -> None:
        failing.append(1)
        raise trouble

    with running([Job("fails", SECOND, fail), Job("fine", SECOND, lambda: fine.append(1))]):
        assert wait_for(lambda: len(failing) >= 2 and len(fine) >= 2)


HUNG = """
import threading, time
from datetime import timedelta
from listener.schedule import Job
from listener.service_run import _until, leave
stop = threading.Event()
def hang():
    stop.set()
    time.sleep(600)
leave(_until(stop, [Job("hung", timedelta(hours=1), hang)], lambda: True, patience_s=0.2))
"""


def test_a_job_that_hangs_does_not_keep_the_process_alive() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HUNG], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert "stopping with work under way" in done.stdout + done.stderr


def test_a_job_with_a_delay_runs_when_that_is_over_and_the_others_at_once() -> None:
    ran: list[str] = []
    late = Job("late", SECOND, lambda: ran.append("late"), delay=timedelta(seconds=1.5))
    with running([late, Job("at once", SECOND, lambda: ran.append("at once"))]):
        assert wait_for(lambda: "late" in ran)
    assert ran[0] == "at once"


@pytest.mark.parametrize(
    ("role", "heartbeat", "wanted"),
    [
        ("scheduler", "", {"alerts", "notify"}),
        ("scheduler", 'heartbeat = "env:PING"', {"alerts", "notify", "heartbeat"}),
        ("all", "", {"alerts", "notify", "label"}),
        ("worker", 'heartbeat = "env:PING"', {"label"}),
    ],
)
def test_who_leads_watches_and_tells_and_a_worker_only_labels(
    role: str, heartbeat: str, wanted: set[str], sqlite_db: Database
) -> None:
    service = service_at(f"sqlite:///{sqlite_db.path}", f"[alerts]\n{heartbeat}\n")
    found = {job.id for job in jobs(service, role)} - {"settings", "housekeeping", "wipe what was erased"}
    service.close()
    assert found == wanted


def test_a_pause_is_made_up_for_by_one_run() -> None:
    """A machine that slept three hours: every slot it missed is overdue at once, and one run covers them."""
    now = datetime.now(UTC)
    runs: list[int] = []
    scheduler = build([Job("late", timedelta(hours=1), lambda: runs.append(1))])
    scheduler.start(paused=True)
    scheduler.modify_job("late", next_run_time=now - timedelta(hours=3))
    scheduler.resume()
    assert wait_for(lambda: runs)
    time.sleep(0.3)
    scheduler.shutdown()
    assert len(runs) == 1


def test_durations_as_the_configuration_writes_them() -> None:
    assert [duration(text) for text in ("1s", "2m", "3h", "4d")] == [
        timedelta(seconds=1), timedelta(minutes=2), timedelta(hours=3), timedelta(days=4),
    ]  # fmt: skip


def test_a_source_that_asked_to_wait_is_left_alone_until_then() -> None:
    now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert is_due(now, None)
    assert is_due(now, now)
    assert not is_due(now, now + timedelta(seconds=1))


def test_one_leader_per_database_and_the_next_when_it_is_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'listener.db'}"
    first, second = open_database(url), open_database(url)
    with lead(first) as still:
        assert still()
        with pytest.raises(Busy, match=f"process {os.getpid()} already runs the schedule"), lead(second):
            pass
    with lead(second) as still:
        assert still()


def test_a_killed_leader_leaves_no_lock_behind(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    ready, write = os.pipe()
    child = os.fork()
    if child == 0:
        with lead(db):
            os.write(write, b"x")
            time.sleep(60)
        os._exit(0)
    os.read(ready, 1)
    with pytest.raises(Busy), lead(db):
        pass
    os.kill(child, 9)
    os.waitpid(child, 0)
    with lead(db) as still:
        assert still()

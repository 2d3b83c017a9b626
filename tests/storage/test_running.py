"""Long work says how far it has come, alone or with others, and what was killed is not shown for ever."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from storage.db import Database
from storage.running import EVERY, GONE, QUIET, Progress, Running, at_work, running

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def after(self, time: timedelta) -> None:
        self.now += time


def only(db: Database, now: datetime) -> Running:
    (found,) = running(db, now=now)
    return found


def test_work_is_there_while_it_runs_with_what_is_done(db: Database) -> None:
    clock = Clock()
    with at_work(db, "rematch", "Aurora", total=200, clock=clock) as told:
        assert only(db, NOW) == Running("rematch", "Aurora", 0, 200, NOW, NOW)
        clock.after(timedelta(minutes=1))
        told(50)
        found = only(db, clock())
        assert (found.done, found.total, found.share) == (50, 200, 0.25)
        assert found.ends_at == NOW + timedelta(minutes=4)
    assert running(db, now=clock()) == []


def test_it_is_gone_when_the_work_fails(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), at_work(db, "rematch", clock=Clock()):
        raise ZeroDivisionError
    assert running(db, now=NOW) == []


def test_it_is_written_every_few_seconds_at_most(db: Database) -> None:
    clock = Clock()
    with at_work(db, "import", clock=clock) as told:
        told(10)
        assert only(db, NOW).done == 0
        clock.after(EVERY)
        told(20)
        told(30)
        assert only(db, clock()).done == 20


def test_nothing_is_said_of_what_is_over_soon(db: Database) -> None:
    clock = Clock()
    with at_work(db, "import", clock=clock, after=timedelta(seconds=2)) as told:
        told(10)
        assert running(db, now=NOW) == []
        clock.after(timedelta(seconds=2))
        told(20)
        assert only(db, clock()).started_at == NOW


def test_several_processes_at_the_same_work_are_added_up(db: Database) -> None:
    clock = Clock()
    with at_work(db, "label", "model", total=100, clock=clock) as one:
        clock.after(EVERY)
        one(10)
        with at_work(db, "label", "model", total=90, clock=clock) as other:
            clock.after(EVERY)
            other(30)
            found = only(db, clock())
            assert (found.done, found.total, found.started_at) == (40, 100, NOW)


def test_what_was_killed_is_quiet_then_gone_and_begins_anew(db: Database) -> None:
    Progress(db, "rematch", "Aurora", 100, Clock(), timedelta(0))(60)
    later = NOW + QUIET + timedelta(seconds=1)
    assert not only(db, NOW).quiet(NOW)
    assert only(db, later).quiet(later)
    assert running(db, now=NOW + GONE) == []
    clock = Clock(later)
    with at_work(db, "rematch", "Aurora", total=100, clock=clock):
        assert only(db, later) == Running("rematch", "Aurora", 0, 100, later, later)

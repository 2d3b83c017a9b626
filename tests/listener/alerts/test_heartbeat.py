"""The heartbeat stops when any part does, and `status` says which: a dead watcher is never silent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from listener.alerts.health import SILENT, health, not_working
from listener.alerts.heartbeat import address, beat, last_beat
from listener.alerts.signs import Part, Signs
from listener.commands.status import gather
from listener.config import parse
from listener.errors import AddressRefused, ConfigError, SecretMissing, SourceError
from listener.service import Service
from storage import sources
from storage.db import LOCK_WAIT_S, Database, open_database
from storage.errors import StorageError
from storage.outbox import NewDelivery, enqueue
from storage.types import Saved
from tests.listener.alerts.at_work import BRANDS, MINUTE, NOW, said, service_at, stored

SECOND = timedelta(seconds=1)
INTERVAL = MINUTE
PARTS: tuple[Part, ...] = ("watching", "labelling", "labelled", "sending")
SOURCES = (
    '[sources.press]\ntype = "mastodon"\nevery = "30s"\n[sources.social]\ntype = "mastodon"\nevery = "30s"\n'
)


class Receiver(ThreadingHTTPServer):
    """Whoever watches the heartbeat: counts what arrives and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.paths: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ping/3f2a9c1e"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Receiver)
        self.server.paths.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Running:
    """All parts of a Listener at work, by hand: each step of the clock has them do what they do, but for those that were killed."""

    def __init__(self, service: Service, receiver: Receiver) -> None:
        self.service, self.receiver = service, receiver
        self.now = NOW
        self.dead: set[str] = set()
        self.signs = Signs(service.db, lambda: self.now)
        self.errors: list[Exception] = []

    def run(self, time: timedelta, step: timedelta = 30 * SECOND) -> int:
        """Beats that arrived meanwhile; at each step sources pass and parts note themselves."""
        before, end = len(self.receiver.paths), self.now + time
        while self.now < end:
            self.now += step
            try:
                self._work()
            except (StorageError, SourceError) as error:
                self.errors.append(error)
        return len(self.receiver.paths) - before

    def _work(self) -> None:
        if "scheduler" in self.dead:
            return
        for part in PARTS:
            if part not in self.dead:
                self.signs.note(part)
        since = (self.now - NOW).seconds
        for name in self.service.config.sources:
            if name not in self.dead:
                run = sources.run_started(self.service.db, "collect", name, now=self.now)
                sources.run_ended(self.service.db, run, name, "mastodon", saved=Saved(), now=self.now)
        if since % int(INTERVAL.total_seconds()) == 0:
            beat(self.service, now=self.now)


def at_work(url: str, receiver: Receiver, patience: str = "1m") -> Running:
    alerts = (
        f'[alerts]\nheartbeat = "{receiver.url}"\nallow_private_addresses = true\n'
        f'source_down_after = "{patience}"\n'
    )
    running = Running(service_at(url, alerts + SOURCES), receiver)
    assert running.run(3 * MINUTE) == 3
    return running


@pytest.fixture
def running(database_url: str, receiver: Receiver) -> Iterator[Running]:
    made = at_work(database_url, receiver)
    yield made
    made.service.close()


def named(running: Running) -> list[str]:
    """The parts that `status` calls stopped."""
    facts = gather(running.service, now=running.now)
    return [part["part"] for part in facts["parts"] if not part["works"]]


@pytest.mark.parametrize(
    ("killed", "part"),
    [
        ("watching", "alerts"),
        ("labelling", "labelling"),
        ("sending", "sending"),
        ("press", "source press"),
        ("social", "source social"),
    ],
)
def test_the_heartbeat_stops_within_two_intervals_and_status_names_the_part(
    running: Running, killed: str, part: str
) -> None:
    running.dead.add(killed)
    assert running.run(2 * INTERVAL) <= 1  # the one before its patience was over
    assert running.run(4 * INTERVAL) == 0
    assert named(running) == [part]
    assert part in last_beat(running.service.db)[1][0]
    running.dead.clear()
    assert running.run(3 * INTERVAL) >= 2
    assert named(running) == []
    assert last_beat(running.service.db)[1] == []


def test_a_dead_scheduler_takes_everything_with_it_and_status_still_says_so(running: Running) -> None:
    running.dead.add("scheduler")
    assert running.run(4 * INTERVAL) == 0
    assert {"alerts", "labelling", "sending", "source press"} <= set(named(running))


@contextmanager
def moved(path: Path) -> Iterator[None]:
    path.rename(path.with_suffix(".away"))
    yield
    path.with_suffix(".away").rename(path)


def test_a_database_that_is_gone_stops_it_at_once(new_url: object, receiver: Receiver) -> None:
    url = new_url("sqlite")  # type: ignore[operator]
    running = at_work(url, receiver)
    with moved(Path(url.removeprefix("sqlite:///"))):
        assert running.run(2 * INTERVAL) == 0
        assert "moved, deleted or replaced" in str(running.errors[0])
    assert running.run(2 * INTERVAL) == 2
    running.service.close()


def test_a_database_that_is_locked_stops_it_at_once(new_url: object, receiver: Receiver) -> None:
    url = new_url("sqlite")  # type: ignore[operator]
    running = at_work(url, receiver)
    impatient = Database(
        running.service.db.url, open_database(url, writers_wait_s=0.01).engine, writers_wait_s=0.01
    )
    running.service.db, running.signs.db = impatient, impatient
    with open_database(url).write():
        assert running.run(2 * INTERVAL) == 0
        assert running.errors
    assert INTERVAL.total_seconds() >= LOCK_WAIT_S  # a real one waits no longer than that for its turn
    running.service.close()


def test_labelling_that_runs_and_labels_nothing_stops_it(running: Running) -> None:
    stored(running.service, [said("aurora", at=running.now)], now=running.now)
    running.dead.add("labelled")
    running.run(40 * MINUTE, step=2 * MINUTE)
    assert named(running) == ["labelling"]


def test_messages_that_nobody_tries_to_send_stop_it(running: Running) -> None:
    waits = NewDelivery("msg_1", "digest", "slack", running.now)
    running.service.db.do(lambda connection: enqueue(connection, [waits], now=running.now))
    assert running.run(3 * MINUTE) == 3
    running.run(10 * MINUTE, step=2 * MINUTE)
    assert named(running) == ["sending"]


def test_a_spent_budget_is_no_death(running: Running) -> None:
    error = ("over budget", "source press: 5 of 5 USD are spent", NOW + timedelta(days=9))
    running.dead.add("press")
    run = sources.run_started(running.service.db, "collect", "press", now=running.now)
    sources.run_ended(
        running.service.db, run, "press", "mastodon", saved=Saved(), error=error, now=running.now
    )
    assert running.run(3 * MINUTE) == 3


def test_an_answer_that_is_no_success_is_an_error_without_the_address(running: Running) -> None:
    running.receiver.status = 404
    with pytest.raises(SourceError) as error:
        beat(running.service, now=running.now)
    assert "404" in str(error.value)
    assert "3f2a9c1e" not in str(error.value)


def test_addresses_inside_ones_own_network_need_to_be_allowed(
    sqlite_db: Database, receiver: Receiver
) -> None:
    url = f"sqlite:///{sqlite_db.path}"
    service = service_at(url, f'[alerts]\nheartbeat = "{receiver.url}"\n')
    signs = Signs(service.db, lambda: NOW)
    for part in PARTS:
        signs.note(part)
    with pytest.raises(AddressRefused):
        beat(service, now=NOW)
    assert receiver.paths == []
    service.close()


def test_the_address_may_come_from_the_environment_and_must_be_one() -> None:
    config = parse(f'{BRANDS}[alerts]\nheartbeat = "env:PING"\n', Path("config.toml"))
    assert address(config, {"LISTENER_ALERTS_PING": "https://hc.example.org/1"}) == "https://hc.example.org/1"
    with pytest.raises(SecretMissing, match="LISTENER_ALERTS_PING"):
        address(config, {})
    with pytest.raises(ConfigError, match="no web address") as error:
        address(config, {"LISTENER_ALERTS_PING": "ftp://secret.example"})
    assert "secret" not in str(error.value)


def test_what_has_never_run_does_not_work(sqlite_db: Database) -> None:
    service = service_at(f"sqlite:///{sqlite_db.path}")
    found = health(service.db, service.config, now=NOW)
    assert [one.works for one in found] == [False] * 3
    assert all("has never run" in line for line in not_working(found))
    signs = Signs(service.db, lambda: NOW)
    signs.note("watching")
    alive = health(service.db, service.config, now=NOW + SILENT)
    assert [one.works for one in alive] == [True, False, False]
    service.close()


def test_signs_are_written_no_oftener_than_they_must(sqlite_db: Database) -> None:
    from storage.rule_marks import marks

    times = iter([NOW, NOW + 5 * SECOND, NOW + 25 * SECOND])
    signs = Signs(sqlite_db, lambda: next(times))
    seen: list[datetime] = []
    for _ in range(3):
        signs.note("watching")
        seen.append(datetime.fromisoformat(marks(sqlite_db, "signs")["watching"]))
    assert seen == [NOW, NOW, NOW + 25 * SECOND]
    assert marks(sqlite_db, "signs")["watching since"] == NOW.isoformat()

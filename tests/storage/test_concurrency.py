"""Many writers at once, servers that go away, disks that fill: nothing lost, nothing twice, nothing half done."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage.counts import recount
from storage.db import Database, open_database
from storage.errors import DiskFull, Unavailable
from storage.ids import reserve
from storage.labels import save_labels, waiting
from storage.posts import save
from storage.sources import cursor
from storage.types import Batch, Saved
from tests.storage.posts import NOON, label, named, one, post


def together(work: Callable[[int], object], n: int = 8) -> None:
    """Run it in n threads that start at once; raises what any of them raised."""
    gate = threading.Barrier(n)
    failed: list[BaseException] = []

    def run(number: int) -> None:
        gate.wait()
        try:
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_eight_writers_of_the_same_posts_store_each_once(db: Database) -> None:
    total = Saved()
    lock = threading.Lock()

    def work(number: int) -> None:
        numbers = range(200) if number % 2 else reversed(range(200))
        posts = [named(post(f"p{n}"), "delta", "jetblue") for n in numbers]
        for start in range(0, 200, 50):
            saved = save(db, Batch("a", posts[start : start + 50]), now=NOON)
            with lock:
                nonlocal total
                total += saved

    together(work)
    assert (total.new_posts, total.known_posts, total.new_mentions) == (200, 1400, 400)
    assert one(db, "SELECT count(*) FROM posts") == 200
    assert one(db, "SELECT sum(mentions) FROM counts") == 400
    assert recount(db) == []


def test_no_mention_is_lent_to_two_labellers(db: Database) -> None:
    save(db, Batch("a", [named(post(f"p{n}")) for n in range(120)]), now=NOON)
    lent: list[int] = []

    def work(_: int) -> None:
        while tasks := waiting(db, "m", limit=7, now=NOON):
            lent.extend(task.mention_id for task in tasks)
            save_labels(db, [label(task.mention_id) for task in tasks], now=NOON)

    together(work, 4)
    assert sorted(lent) == list(range(1, 121))
    assert one(db, "SELECT negative FROM label_counts") == 120


def test_numbers_given_out_at_once_are_all_different(db: Database) -> None:
    given: list[int] = []
    together(
        lambda _: given.extend(db.do(lambda connection: reserve(connection, "posts", 3)) for _ in range(10))
    )
    assert sorted(given) == list(range(1, 240, 3))


def test_reads_see_one_moment_while_writers_write(db: Database) -> None:
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with db.read() as connection:
                first = connection.execute(text("SELECT count(*) FROM mentions")).scalar()
                second = connection.execute(text("SELECT coalesce(sum(mentions), 0) FROM counts")).scalar()
                assert first == second

    def work(number: int) -> None:
        if number == 0:
            read()
        else:
            for n in range(15):
                save(db, Batch("a", [named(post(f"{number} {n}"))]), now=NOON)
            if number == 1:
                done.set()

    together(work, 3)


INGEST = """
import sys
from storage.db import open_database
from storage.posts import save
from storage.types import Batch
from tests.storage.posts import NOON, named, post
db = open_database(sys.argv[1])
for page in range(int(sys.argv[2]), 10_000):
    posts = [named(post(f"p{page * 7 + n}")) for n in range(9)]
    save(db, Batch("a", posts, stream="s", cursor={"page": page}), now=NOON)
    print(page, flush=True)
"""


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_process_killed_at_any_time_has_stored_what_its_cursor_says(new_url: Any, engine: str) -> None:
    url = new_url(engine)
    done = -1
    for wait_s in (0.05, 0.11, 0.17):
        process = subprocess.Popen(
            [sys.executable, "-c", INGEST, url, str(done + 1)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().split()
        process.wait()
        db = open_database(url)
        stored = cursor(db, "a", "s")
        assert stored is not None
        assert stored["page"] >= max(map(int, said), default=0)
        done = stored["page"]
        assert one(db, "SELECT count(*) FROM posts") == done * 7 + 9
        assert recount(db) == []
        db.close()


@pytest.mark.postgres
def test_a_killed_backend_costs_nothing(new_url: Any, postgres_cluster: Any) -> None:
    db = open_database(new_url("postgresql"))
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener' AND state <> 'idle'"
    for n in range(40):
        killer = threading.Thread(target=postgres_cluster.sql, args=(kill if n % 4 == 0 else "SELECT 1",))
        killer.start()
        assert save(db, Batch("a", [named(post(f"p{n}"))], spent_units=1), now=NOON).new_posts == 1
        killer.join()
    assert one(db, "SELECT units FROM spending") == 40
    assert recount(db) == []
    db.close()


class LosesAnswers(threading.Thread):
    """A wire to the server that hangs up after passing on a COMMIT, as often as `left` says."""

    def __init__(self, server: Path) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.left = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.start()

    def run(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(str(self.server / ".s.PGSQL.5432"))
            threading.Thread(target=self.forward, args=(client, upstream), daemon=True).start()
            threading.Thread(target=self.back, args=(upstream, client), daemon=True).start()

    def forward(self, client: socket.socket, upstream: socket.socket) -> None:
        while sent := client.recv(65536):
            if b"COMMIT" in sent and self.left:
                self.left -= 1
                client.shutdown(socket.SHUT_RDWR)
                upstream.sendall(sent)
                return
            upstream.sendall(sent)
        upstream.close()

    def back(self, upstream: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while answer := upstream.recv(65536):
                client.sendall(answer)


@pytest.mark.postgres
def test_a_commit_whose_answer_is_lost_is_not_done_again(new_url: Any, postgres_cluster: Any) -> None:
    wire = LosesAnswers(postgres_cluster.folder)
    name = new_url("postgresql").split("@/")[1].split("?")[0]
    db = open_database(
        f"postgresql://postgres@127.0.0.1:{wire.port}/{name}?sslmode=disable&gssencmode=disable"
    )
    for n in range(5):
        wire.left = n % 3
        assert save(db, Batch("a", [named(post(f"p{n}"))], spent_units=1), now=NOON).new_posts == 1
        assert wire.left == 0
    assert one(db, "SELECT units FROM spending") == 5
    assert recount(db) == []
    db.close()
    wire.listening.close()


@pytest.mark.postgres
def test_a_server_that_restarts_is_waited_for(own_postgres_cluster: Any) -> None:
    db = open_database(own_postgres_cluster.url("postgres"))
    save(db, Batch("a", [named(post("p0"))]), now=NOON)
    own_postgres_cluster.stop("fast")
    with pytest.raises(Unavailable), db.read():
        pass
    back = threading.Timer(1.0, own_postgres_cluster.start)
    back.start()
    assert save(db, Batch("a", [named(post("p1"))]), now=NOON).new_posts == 1
    back.join()
    assert one(db, "SELECT count(*) FROM posts") == 2
    db.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of 3 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_named_and_writing_goes_on_when_there_is_room(small_disk: Path) -> None:
    db = open_database(f"sqlite:///{small_disk}/x.db")
    pages = ([named(post(f"{page} {n}", "delta " + "x" * 500)) for n in range(50)] for page in range(1000))
    stored: list[int] = []
    with pytest.raises(DiskFull, match="free some room"):
        stored.extend(save(db, Batch("a", page), now=NOON).new_posts for page in pages)
    assert stored
    assert one(db, "SELECT count(*) FROM posts") == sum(stored)
    assert recount(db) == []
    subprocess.run(["mount", "-o", "remount,size=30m", str(small_disk)], check=True)
    assert save(db, Batch("a", [named(post("after"))]), now=NOON).new_posts == 1
    with db.read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    db.close()


@pytest.mark.slow
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_failing_disk_loses_nothing_that_was_acknowledged(tmp_path: Path, call: str) -> None:
    strace = "/usr/bin/strace"
    if not os.access(strace, os.X_OK):
        pytest.skip("strace is not installed")
    url = f"sqlite:///{tmp_path}/x.db"
    open_database(url).close()
    script = INGEST.replace("10_000", "int(sys.argv[2]) + 3")
    page = 0
    for number in (1, 2, 4, 7):
        traced = [
            strace,
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            f"trace={call}",
            "-e",
            f"inject={call}:error=EIO:when={number}",
        ]
        done = subprocess.run(
            [*traced, sys.executable, "-c", script, url, str(page)],
            capture_output=True,
            text=True,
            check=False,
        )
        if "ptrace" in done.stderr:
            pytest.skip(f"strace may not trace here: {done.stderr[:80]}")
        with sqlite3.connect(tmp_path / "x.db") as plain:
            assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        plain.close()
        db = open_database(url)
        stored = cursor(db, "a", "s")
        page = (stored["page"] if stored else -1) + 1
        assert page > max(map(int, done.stdout.split()), default=-1)
        assert one(db, "SELECT count(*) FROM posts") == (page * 7 + 2 if page else 0)
        db.close()

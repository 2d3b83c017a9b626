"""Kill -9 at random points of enqueue -> claim -> send -> commit, then start again: nothing lost, and what comes twice bears the same id.

    python -m benchmarks.alert_kills --kills 1000
    python -m benchmarks.alert_kills --kills 1000 --url postgresql+psycopg://...

A process stores alerts with their messages to two webhooks and sends them through the real outbox and sender; a receiver on loopback logs each
request. The process is killed at a random point of its life, over and over; the last one runs undisturbed. Then every message that was ever
committed must have arrived, and a receiver that passes over ids it has seen must have taken each once. A kill between the receiver's yes and the
commit makes one duplicate: such kills are counted by looking at what had arrived and was not yet marked as sent.
"""

import argparse
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from sqlalchemy import Connection

from listener import logs
from listener.config import parse
from listener.notify.channels import channels_of
from listener.notify.send import LEASE, deliver
from listener.notify.wording import Words
from listener.notify.words import clean_words
from listener.service import Service, start_service
from storage import outbox
from storage.db import Database, open_database
from storage.outbox import Delivery, NewDelivery, delivery_id, enqueue

START = datetime(2027, 3, 1, tzinfo=UTC)
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
A_LIFE = 3
"""Alerts that a process stores in its life, each with a message to two channels."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: messages committed, requests received, kills in the gap between yes and commit, and what is wrong."""

    committed: int
    received: int
    duplicates: int
    in_the_gap: int
    faults: list[str]


class _Server(ThreadingHTTPServer):
    """Knows how many connections it is at work on."""

    daemon_threads = True
    busy = 0
    _count = Lock()

    def get_request(self) -> tuple[socket.socket, Any]:
        taken = super().get_request()
        with self._count:
            self.busy += 1
        return taken

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._count:
            self.busy -= 1


class Receiver:
    """Takes every request and remembers its id and body."""

    def __init__(self) -> None:
        log: list[tuple[str, bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) < int(self.headers["Content-Length"]):
                    return  # its sender died in the middle
                log.append((self.headers["webhook-id"], body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.log = log
        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def settle(self) -> None:
        """Return once everything that had left its sender is in the log."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.shutdown(socket.SHUT_WR)
            last.recv(1)  # hung up on: what had connected before it is known, too
        while self.server.busy:
            time.sleep(0.001)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def service_of(url: str, port: int) -> Service:
    notify = ", ".join(f'"webhook+http://127.0.0.1:{port}/{name}#{KEY}"' for name in ("a", "b"))
    written = (
        '[[brands]]\nname = "Delta"\nquery = "delta"\n[alerts]\nallow_private_addresses = true\n'
        f"notify = [{notify}]\n"
    )
    config = parse(written, Path("config.toml"))
    return start_service(config, now=START, environ={"LISTENER_STORAGE_URL": url})


def words(_service: Service, one: Delivery, _now: datetime) -> Words:
    return clean_words(f"Delta {one.about['number']}", ["one line"])


def work(url: str, port: int, now: datetime, life: int, alerts: int) -> None:
    """A life: store some alerts' messages, sending what is due after each."""
    service = service_of(url, port)
    names = [one.name for one in channels_of(service.config, {})]
    for number in range(life * A_LIFE, life * A_LIFE + alerts):

        def store(connection: Connection, number: int = number) -> int:
            made = [
                NewDelivery(
                    delivery_id(number, "opened", 1, name), "opened", name, now, about={"number": number}
                )
                for name in names
            ]
            return enqueue(connection, made, now=now)

        service.db.do(store)
        deliver(service, now=now, wording=words, patience_s=60.0)
    deliver(service, now=now, wording=words, patience_s=60.0)
    service.close()


def killed_after(url: str, port: int, now: datetime, life: int, seconds: float | None) -> None:
    """A life in a process of its own, killed after so long; left alone for None."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            work(url, port, now, life, A_LIFE)
            code = 0
        finally:
            os._exit(code)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit("the process at work failed by itself; see above")


def run(url: str, kills: int, patience: float, seed: int, least: int = 0) -> Result:
    """Kill `kills` times, each life at most `patience` times as long as an undisturbed one; then look at what arrived.

    On a machine that is slower by then it is killed more often, twenty times as often at most, until `least` messages were committed.
    """
    chance, receiver = random.Random(seed), Receiver()
    port = receiver.port
    db = open_database(url)
    every = timedelta(seconds=2 * LEASE.total_seconds())
    try:
        begun = time.monotonic()
        killed_after(url, port, START, 0, None)
        longest = patience * (time.monotonic() - begun)
        gaps = 0
        known: set[tuple[str, int]] = set()
        life = 0
        while life < kills or (_stored(db) < least and life < 20 * kills):
            life += 1
            killed_after(url, port, START + life * every, life, chance.uniform(0, longest))
            receiver.settle()
            waiting = {one.id for one in outbox.deliveries(db, state="waiting", limit=10_000)}
            arrived = Counter(name for name, _ in receiver.log)
            now_in_gap = {(name, arrived[name]) for name in waiting & arrived.keys()}
            gaps += len(now_in_gap - known)
            known |= now_in_gap
            if sys.stderr.isatty():
                print(f"\r{life}/{kills}", end="", file=sys.stderr)
        work(url, port, START + (life + 1) * every, life + 1, 0)
        return _result(db, receiver, gaps)
    finally:
        db.close()
        receiver.close()


def _stored(db: Database) -> int:
    return len(outbox.deliveries(db, limit=1_000_000))


def _result(db: Database, receiver: Receiver, gaps: int) -> Result:
    stored = outbox.deliveries(db, limit=1_000_000)
    times = Counter(name for name, _ in receiver.log)
    bodies: dict[str, set[bytes]] = {}
    for name, body in receiver.log:
        bodies.setdefault(name, set()).add(body)
    faults = [f"{one.id} was committed and never arrived" for one in stored if one.id not in times]
    faults += [f"{one.id} is {one.state}" for one in stored if one.state != "sent"]
    faults += [
        f"{name} arrived and was never committed" for name in times.keys() - {one.id for one in stored}
    ]
    faults += [f"{name} said different things" for name, said in bodies.items() if len(said) > 1]
    duplicates = len(receiver.log) - len(times)
    if duplicates > gaps:
        faults.append(f"{duplicates} duplicates, {gaps} kills in the gap")
    return Result(len(stored), len(receiver.log), duplicates, gaps, faults)


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--kills", type=int, default=1000)
    options.add_argument("--patience", type=float, default=1.2, help="the longest life, in undisturbed ones")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--url", help="the database; a new SQLite file if not given")
    given = options.parse_args()
    logs.configure("warning")
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder) / 'kills.db'}"
        begun = time.monotonic()
        found = run(url, given.kills, given.patience, given.seed)
    print(
        f"{given.kills} kills in {time.monotonic() - begun:.0f} s; {found.committed} messages committed, "
        f"{found.received} requests received, {found.duplicates} of them again, "
        f"{found.in_the_gap} kills between a yes and its commit"
    )
    for fault in found.faults[:20]:
        print(f"FAULT {fault}")
    print(f"{len(found.faults)} faults")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())

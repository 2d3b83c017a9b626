"""Kill -9 at random points of collect -> store -> label -> count, then start again: nothing lost, nothing twice, counts right.

    python -m benchmarks.kills --kills 1000
    python -m benchmarks.kills --kills 1000 --url postgresql+psycopg://...

A made-up network keeps a ledger of every post it offered, edited and deleted. The process that collects from it through the real pipeline
is killed at a random point of up to `--patience` times what one undisturbed pass takes, over and over, while the network goes on. At the end one
process runs undisturbed; then the database must hold exactly what the ledger says. SIGKILL is not a power cut: what the operating system had
taken stays.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from listener import pipeline
from listener.collectors.base import Collector, Context, Cursor, Page, Payload, Stream, TrackedBrand
from listener.labelling import SharedWork, label_waiting
from listener.matching import Matcher
from listener.ownership import Owners
from listener.service import Service
from nlp.types import Item, NotLabelled, Scores
from storage.brands import sync_brands
from storage.counts import recount
from storage.db import open_database
from storage.query import parse
from storage.sources import cursor
from storage.types import BrandQuery, NewAuthor, NewPost, Stats

START = datetime(2027, 3, 1, tzinfo=UTC)
PAGE = 20
RESTART = timedelta(seconds=30)
"""From one start to the next, as the processes see it."""
LEASE = timedelta(minutes=10)
"""Longer than a killed process's claim on the mentions it was labelling."""
BRANDS = ("aurora", "borealis", "cumulus")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened upstream: post `number` appeared (version 1), was edited (2) or was deleted (0)."""

    number: int
    version: int


def ledger(length: int, seed: int) -> list[Event]:
    """What happens upstream, in order: three posts in four appear, the rest are edits and deletes of earlier ones."""
    chance = random.Random(seed)
    events: list[Event] = []
    alive: list[int] = []
    for _ in range(length):
        kind = chance.random()
        if alive and kind < 0.15:
            events.append(Event(chance.choice(alive), 2))
        elif alive and kind < 0.25:
            events.append(Event(alive.pop(chance.randrange(len(alive))), 0))
        else:
            alive.append(len(events))
            events.append(Event(len(events), 1))
    return events


def post_of(event: Event) -> NewPost:
    """The post as it stands after the event; its text names one or two brands and how the writer feels."""
    chance = random.Random(event.number)
    named = chance.sample(BRANDS, chance.choice((1, 1, 2)))
    feeling = chance.choice(("good", "bad", "plain")) if event.version == 1 else "bad"
    at = START + timedelta(minutes=7 * event.number)
    return NewPost(
        source="made-up",
        source_id=str(event.number),
        text=f"{' and '.join(named)} {feeling} {event.number % 50}",
        published_at=at,
        observed_at=at,
        edited_at=at + timedelta(minutes=1) if event.version == 2 else None,
        lang="en",
        author=NewAuthor(source_author_id=str(event.number % 37), followers=event.number % 1000),
        stats=Stats(likes=event.version),
        payload={"number": event.number, "version": event.version},
    )


class MadeUp(Collector):
    """Pages of the ledger, each page repeating the end of the one before, as real networks do."""

    platform = "made-up"
    events: Sequence[Event] = ()

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        return [Stream("all", tuple(brands))]

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        at = cursor["next"] if cursor else 0
        while at < len(self.events):
            upto = min(at + PAGE, len(self.events))
            page = self.events[max(0, at - 3) : upto]
            gone = {event.number for event in page if event.version == 0}
            payloads = [{"number": e.number, "version": e.version} for e in page if e.number not in gone]
            yield Page(payloads, {"next": upto}, deleted=[str(number) for number in gone])
            at = upto

    @staticmethod
    def parse(payload: Payload, *, observed_at: datetime) -> NewPost:
        return post_of(Event(payload["number"], payload["version"]))


class ByRule:
    """A labeller that costs nothing: the words good and bad decide."""

    model_id = "by-rule"

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        return [
            Scores(0.9, 0.05, 0.05)
            if "bad" in item.text
            else Scores(0.1, 0.2, 0.7)
            if "good" in item.text
            else Scores(0.2, 0.6, 0.2)
            for item in items
        ]


class MadeUpService(Service):
    """The real service over the made-up network."""

    def source_type(self, name: str) -> str:
        return "made-up"

    def collector(self, name: str) -> Collector:
        return MadeUp(None, Context(name))


def start(url: str) -> MadeUpService:
    db = open_database(url)
    brands = sync_brands(db, [BrandQuery(name, name, "own", name, 0) for name in BRANDS], now=START)
    tracked = [TrackedBrand(brand.id, parse(brand.query), brand.version) for brand in brands]
    return MadeUpService(None, db, brands, tracked, Matcher(tracked), Owners(brands), {})  # type: ignore[arg-type]


def work(url: str, now: datetime) -> None:
    """Collect all that is offered and label all that waits."""
    service = start(url)

    def clock() -> datetime:
        return now

    outcome = pipeline.collect(service, "made-up", clock=clock)
    if outcome.errors:
        raise outcome.errors[0]
    label_waiting(service.db, SharedWork(ByRule()), clock=clock, limit=64)
    label_waiting(service.db, SharedWork(ByRule()), clock=clock)
    service.close()


def killed_after(url: str, now: datetime, seconds: float | None) -> None:
    """Work in a process of its own, killed after so long; left alone for None."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(url, now)
            code = 0
        finally:
            os._exit(code)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit("the process at work failed by itself; see above")


def faults(url: str, events: Sequence[Event]) -> list[str]:
    """How the database differs from what the ledger says it must hold."""
    last: dict[int, Event] = {}
    for event in events:
        last[event.number] = event
    wanted = {str(n): post_of(event).text for n, event in last.items() if event.version}
    service = start(url)
    with service.db.read() as connection:
        stored = Counter(
            tuple(row)
            for row in connection.execute(text("SELECT source_id, text FROM posts WHERE NOT context"))
        )
        mentions = connection.execute(
            text(
                "SELECT p.source_id, m.brand_id, m.labelled_model FROM mentions m JOIN posts p ON p.id = m.post_id"
            )
        ).all()
    problems = [f"{count} rows for post {key}" for key, count in stored.items() if count > 1]
    got = dict(stored.keys())
    problems += [f"post {n} lost" for n in wanted.keys() - got.keys()]
    problems += [f"post {n} should not be there" for n in got.keys() - wanted.keys()]
    problems += [f"post {n} has the wrong text" for n in wanted.keys() & got.keys() if wanted[n] != got[n]]
    expected = {(n, word) for n, said in wanted.items() for word in said.split() if word in BRANDS}
    pairs = Counter((row[0], row[1]) for row in mentions)
    problems += [f"mention {pair} lost" for pair in expected - pairs.keys()]
    problems += [
        f"mention {pair} twice or wrong" for pair, n in pairs.items() if n > 1 or pair not in expected
    ]
    problems += [
        f"mention of {row[1]} in {row[0]} unlabelled" for row in mentions if row[2] != ByRule.model_id
    ]
    problems += recount(service.db)
    service.close()
    return problems


def position(url: str) -> int:
    """How many of the ledger's events the processes have got through."""
    service = start(url)
    found = cursor(service.db, "made-up", "all")
    service.close()
    return int(found["next"]) if found else 0


def run(url: str, kills: int, patience: float, seed: int, least: int = 0) -> tuple[int, int, list[str]]:
    """Kill `kills` times; return how many of the ledger's events the killed processes stored, how many there were, and the faults.

    On a machine that is slower by then it is killed more often, twenty times as often at most, until `least` events were stored.
    """
    chance = random.Random(seed)
    events = ledger(kills * 12, seed)
    start(url).close()
    now = START + timedelta(days=120)
    MadeUp.events = events[:12]
    begun = time.monotonic()
    killed_after(url, now, None)
    longest = patience * (time.monotonic() - begun)
    done = 0
    while done < kills or (position(url) < least and done < 20 * kills):
        MadeUp.events = events[: 12 * (done + 1)]
        killed_after(url, now + done * RESTART, chance.uniform(0, longest))
        done += 1
        if sys.stderr.isatty():
            print(f"\r{done}/{kills}", end="", file=sys.stderr)
    stored = position(url)
    MadeUp.events = events
    work(url, now + done * RESTART + LEASE)
    return stored, len(events), faults(url, events)


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--kills", type=int, default=1000)
    options.add_argument(
        "--patience", type=float, default=1.5, help="the longest life, in undisturbed passes"
    )
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--url", help="the database; a new SQLite file if not given")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder) / 'kills.db'}"
        begun = time.monotonic()
        stored, offered, problems = run(url, given.kills, given.patience, given.seed)
        seconds = time.monotonic() - begun
        print(
            f"{given.kills} kills in {seconds:.0f} s; of {offered} posts, edits and deletes offered upstream, "
            f"killed processes had stored {stored}, the last one the rest"
        )
    for problem in problems[:20]:
        print(f"FAULT {problem}")
    print(f"{len(problems)} faults")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

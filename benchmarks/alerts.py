"""How soon an alert is delivered: seconds from a post's storing to the message at the receiver, in a real `listener run` at default settings.

    python -m benchmarks.alerts --runs 8

Each run has a brand of its own with four weeks of history (stored as if it had been collected then, labelled by the embedded model). Then
negative posts burst into a feed on loopback, which the service reads every 15 seconds, and a signed webhook on loopback takes what it
tells. Counted is from the moment the last post of the burst was stored (`first_seen_at`), and from the first, to the arrival of the
message. A second kind of run puts in a single post that a keyword asks for.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from listener.pipeline import match
from listener.service import open_service
from storage.posts import save
from storage.types import Batch, Coverage, NewAuthor, NewPost

KEYWORD = "recall"
MOST, WINDOW_S = 3, 310.0
"""A channel gets five messages in five minutes at most, and an alert that becomes more serious takes one, too: posts wait until there is room."""
KEY = "whsec_" + "QUFB" * 10
NAMES = ("Aurora", "Borealis", "Cumulus", "Dahlia", "Ember", "Fjord", "Galena", "Hollow", "Indigo", "Juniper")
PLAIN = (
    "the new {} lamp arrived today",
    "reading about {} in the paper",
    "{} opens a shop in town",
    "saw a {} advert",
)
GOOD = ("I love my {} lamp, it is wonderful", "great service from {}, thank you")
BAD = ("my {} lamp broke again, terrible", "awful support from {}, never again")
BURST = (
    "my {} lamp caught fire, this is dangerous and terrible",
    "{} lied to us, horrible company, I want my money back",
    "worst purchase ever, {} is a disaster",
    "furious at {}: my kitchen burnt down",
)


@dataclass
class Place:
    """The feed and the webhook: what is shown, and what arrived when."""

    entries: list[tuple[str, str, datetime]] = field(default_factory=list)
    told: list[tuple[float, dict[str, object]]] = field(default_factory=list)

    def feed(self) -> bytes:
        entries = "".join(
            f"<entry><id>{key}</id><title>{escape(text)}</title><updated>{at.isoformat()}</updated>"
            f"<author><name>{key}</name><uri>https://press.example.org/people/{key}</uri></author>"
            f'<link href="https://press.example.org/{key}"/></entry>'
            for key, text, at in self.entries[-400:][::-1]
        )
        head = "<id>press</id><title>Press</title><updated>2026-11-22T00:00:00Z</updated>"
        return (
            f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'.encode()
        )


@contextmanager
def served(place: Place) -> Iterator[int]:
    """The port at which the place answers."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("application/atom+xml", place.feed())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            place.told.append((time.time(), json.loads(body)))
            self._answer("text/plain", b"ok")

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def configured(folder: Path, port: int, names: tuple[str, ...]) -> Path:
    """config.toml: default settings, but for what loopback needs and a feed that is read often."""
    brands = "".join(f'[[brands]]\nname = "{name}"\nquery = "{name.lower()}"\n' for name in names)
    path = folder / "config.toml"
    path.write_text(
        f"{brands}[sources.press]\n"
        f'type = "feeds"\nevery = "15s"\nallow_private_addresses = true\nurls = ["http://127.0.0.1:{port}/feed"]\n'
        f'[alerts]\nallow_private_addresses = true\nnotify = ["webhook+http://127.0.0.1:{port}/in"]\n'
        '[[alerts.keywords]]\nname = "recall"\nquery = "recall*"\n'
    )
    return path


def lay_in(config: Path, names: tuple[str, ...], *, days: int, a_day: int, chance: random.Random) -> int:
    """History up to now: posts by hour of the day, one in ten of them bad."""
    now = datetime.now(UTC)
    service = open_service(config, now=now)
    posts, draw = [], np.random.default_rng(chance.randrange(2**32))
    for name in names:
        for hour in range(days * 24):
            start = now - timedelta(hours=days * 24 - hour)
            busy = 1 + 0.7 * np.sin((start.hour - 9) / 24 * 2 * np.pi)
            for _ in range(draw.poisson(a_day / 24 * busy)):
                at = start + timedelta(seconds=chance.uniform(0, 3600))
                words = chance.choices((PLAIN, GOOD, BAD), (6, 3, 1))[0]
                posts.append((at, chance.choice(words).format(name)))
    for first in range(0, len(posts), 2_000):
        made = [
            NewPost(
                source="feeds", source_id=f"h{first + n}", text=text, published_at=at, observed_at=now, lang="en",
                author=NewAuthor(source_author_id=f"a{chance.randrange(2_000)}"),
            )
            for n, (at, text) in enumerate(posts[first : first + 2_000])
        ]  # fmt: skip
        save(service.db, Batch("press", list(match(service, made))), now=now)
    pairs = tuple((brand.id, brand.version) for brand in service.brands)
    whole = Coverage(now - timedelta(days=days), now, "complete", pairs)
    save(service.db, Batch("press", coverage=[whole]), now=now)
    service.close()
    return len(posts)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from the first and the last post's storing to the message."""

    since_first: float
    since_last: float
    title: str


def stored_at(database: Path, keys: list[str]) -> list[float]:
    """When these posts were stored, those that are."""
    marks = ",".join("?" * len(keys))
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            f"SELECT first_seen_at FROM posts WHERE url IN ({marks})",
            [f"https://press.example.org/{key}" for key in keys],
        ).fetchall()
    return [datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp() for row in rows]


def measured(
    place: Place, database: Path, name: str, texts: list[str], chance: random.Random, patience_s: float
) -> Measured | None:
    """Put posts into the feed and wait for the message that names the brand; None where none came in time."""
    while sum(time.time() - at < WINDOW_S for at, _ in place.told) >= MOST:
        time.sleep(1)
    time.sleep(chance.uniform(0, 15))
    before, now = len(place.told), datetime.now(UTC)
    keys = [f"{name.lower()}-{len(place.entries) + n}" for n in range(len(texts))]
    place.entries += [(key, text, now) for key, text in zip(keys, texts, strict=True)]
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        time.sleep(0.1)
        for at, message in list(place.told[before:]):
            title = str(message["data"]["title"])  # type: ignore[index]
            if title.startswith(name) and (KEYWORD in title) == (len(texts) == 1):
                stored = stored_at(database, keys)
                return Measured(at - min(stored), at - max(stored), title)
    return None


def settled(database: Path, place: Place, log: Path) -> float:
    """Wait until every part has worked and nothing waits for a label; the seconds that took."""
    began = time.monotonic()
    while time.monotonic() - began < 600:
        time.sleep(0.5)
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                signs = connection.execute("SELECT count(*) FROM rule_marks WHERE rule = 'signs'").fetchone()[
                    0
                ]
                waiting = connection.execute(
                    "SELECT count(*) FROM mentions WHERE labelled_model IS NULL AND NOT is_repost"
                ).fetchone()[0]
        except sqlite3.OperationalError:
            continue
        if signs >= 6 and not waiting:
            return time.monotonic() - began
    raise SystemExit(f"listener run did not settle; its log:\n{log.read_text()[-3000:]}")


def table(kind: str, found: list[Measured | None]) -> str:
    """A line of docs/alerts.md."""
    told = [one for one in found if one is not None]
    if not told:
        return f"| {kind} | {len(found)} | 0 | | | |"
    last = [one.since_last for one in told]
    first = max(one.since_first for one in told)
    return f"| {kind} | {len(found)} | {len(told)} | {statistics.median(last):.0f} s | {max(last):.0f} s | {first:.0f} s |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--a-day", type=int, default=100)
    parser.add_argument("--burst", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep configuration, database and log here")
    parser.add_argument("--patience", type=float, default=180.0, help="seconds to wait for a message")
    given = parser.parse_args()
    chance, place, names = random.Random(given.seed), Place(), NAMES[: given.runs]
    with tempfile.TemporaryDirectory() as made, served(place) as port:
        folder = given.folder or Path(made)
        config, log = configured(folder, port, names), folder / "log"
        posts = lay_in(config, names, days=given.days, a_day=given.a_day, chance=chance)
        environ = os.environ | {"LISTENER_ALERTS_WEBHOOK_SECRET": KEY}
        command = [sys.executable, "-m", "listener.cli", "run", "--config", str(config)]
        with log.open("wb") as out:
            running = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
        try:
            took = settled(folder / "listener.db", place, log)
            print(
                f"{posts:,} posts of history, labelled and watched {took:.0f} s after the start", flush=True
            )
            kinds: dict[str, list[Measured | None]] = {"a burst of negative posts": [], "a keyword": []}
            for name in names:
                texts = [f"{chance.choice(BURST).format(name)} {n}" for n in range(given.burst)]
                one = measured(place, folder / "listener.db", name, texts, chance, given.patience)
                kinds["a burst of negative posts"].append(one)
                print(one, flush=True)
                word = measured(
                    place, folder / "listener.db", name, [f"{name} recalls its lamps"], chance, given.patience
                )
                kinds["a keyword"].append(word)
                print(word, flush=True)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)
    print("\n| what | runs | told | median | worst | worst, from the first post |\n|---|---|---|---|---|---|")
    for kind, found in kinds.items():
        print(table(kind, found))


if __name__ == "__main__":
    main()

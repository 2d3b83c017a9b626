"""What every polling collector must do. test_contract.py runs it over each fake in fakes/.

To put a network under the contract, write `fakes/<network>.py` with a class derived from `Fake` (or
`HttpFake`, which brings the server and the faults of the wire) and name it `FAKE`. It imitates the network in
its own shape, from posts that are invented. What a network cannot do goes into `cannot` with the reason;
docs/sources.md must print that reason.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from listener.collectors.base import Collector, Cursor, Page, Stream, TrackedBrand
from listener.errors import PostRefused
from storage.query import Query
from storage.types import Coverage, NewPost
from tests.listener.collectors.fake_server import WIRE_FAULTS, Answer, Asked, FakeServer

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
BRAND = TrackedBrand("acme", Query.parse("acme"), 1)
RETRY_AFTER_S = 900

NETWORK_FAULTS = ("repeat_token", "cycle_token", "malformed", "duplicates")
HTTP_FAULTS = ("rate_limit", "unauthorized", "server_error", "html", "cut_json", "empty_body", *WIRE_FAULTS)
SCENARIOS = frozenset({"paging", "resume_between_pages", "late", "edits", "deletes", "coverage"})


@dataclass(frozen=True)
class Offered:
    """A post as the fake upstream holds it, in no network's shape. `id`: a number as text, rising."""

    id: str
    text: str
    at: datetime
    edits: int = 0


def posts(
    n: int, *, start: int = 1, until: datetime = NOW, step: timedelta = timedelta(minutes=1)
) -> list[Offered]:
    """`n` posts that name the brand, oldest first; the newest lies one step before `until`."""
    return [
        Offered(str(start + i), f"acme post number {start + i} & <more> 😀", until - step * (n - i))
        for i in range(n)
    ]


class Fake(ABC):
    """One network's upstream, imitated, with a ledger of what it ever offered.

    `network` is the collector's type and its heading in docs/sources.md. `page_size` is how many posts a page
    holds, `overlap` how late a post may appear and still be collected. `cannot` maps a scenario or fault that
    does not exist on this network to the reason. Cursor keys in `opaque` hold the network's own tokens, where
    only a wrong type can be told; those in `nullable` may be None. `canaries` are the secrets given to the
    collector.
    """

    network: ClassVar[str]
    page_size: ClassVar[int] = 5
    overlap: ClassVar[timedelta]
    cannot: ClassVar[Mapping[str, str]] = {}
    opaque: ClassVar[frozenset[str]] = frozenset()
    nullable: ClassVar[frozenset[str]] = frozenset()
    canaries: ClassVar[tuple[str, ...]] = ()
    brands: ClassVar[tuple[TrackedBrand, ...]] = (BRAND,)

    def __init__(self) -> None:
        self.posts: dict[str, Offered] = {}
        self.deleted: set[str] = set()
        self.now = NOW

    @abstractmethod
    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        """A new collector that talks to this fake, as after a restart."""

    @abstractmethod
    def fault(self, kind: str | None, *, after: int = 0) -> None:
        """From now on, `after` good answers and then this fault; None ends it."""

    @abstractmethod
    def requests(self) -> int:
        """How many requests for posts have arrived."""

    @abstractmethod
    def source_id(self, post: Offered) -> str:
        """The id under which the collector should store this post."""

    @abstractmethod
    def close(self) -> None: ...

    def text(self, post: Offered) -> str:
        """The text that should be stored."""
        return post.text

    def stream(self, collector: Collector) -> Stream:
        """The one stream that the contract reads."""
        return collector.streams(self.brands)[0]

    def streams(self, collector: Collector) -> list[Stream]:
        """The streams that a run reads, in order; more than one where the network needs them together."""
        return [self.stream(collector)]

    def offer(self, offered: Sequence[Offered]) -> None:
        self.posts.update((post.id, post) for post in offered)

    def late(self, post: Offered) -> None:
        """A post that appears only now, though its time lies in the past."""
        self.offer([post])

    def edit(self, id: str, text: str) -> None:
        self.posts[id] = replace(self.posts[id], text=text, edits=self.posts[id].edits + 1)

    def delete(self, id: str) -> None:
        self.deleted.add(id)

    def visible(self) -> list[Offered]:
        """What upstream shows now, oldest first."""
        there = [post for post in self.posts.values() if post.id not in self.deleted]
        return sorted(there, key=lambda post: (post.at, int(post.id)))

    def ledger(self) -> dict[str, str]:
        """Source id -> text, of all that is visible: what a collector should have stored."""
        return {self.source_id(post): self.text(post) for post in self.visible()}


class HttpFake(Fake):
    """A fake that is asked by HTTP: answers come from `answer`, faults of the wire are put on them here."""

    def __init__(self) -> None:
        super().__init__()
        self._fault: str | None = None
        self._good_left = 0
        self.server = FakeServer(self._respond)

    @abstractmethod
    def answer(self, asked: Asked) -> Answer:
        """The network's good answer. Network faults (`self.twisted("malformed")`, ...) are put in here."""

    def carries_posts(self, asked: Asked) -> bool:
        """Whether this request is one for posts; others (a log-in) are never made faulty."""
        return True

    def rate_limited(self) -> Answer:
        """The network's 429; the contract expects RETRY_AFTER_S seconds of waiting to be read from it."""
        return Answer.json({"error": "too many"}, 429, Retry_After=str(RETRY_AFTER_S))

    def unauthorized(self) -> Answer:
        """The network's refusal of a key. It repeats the key, as careless servers do."""
        return Answer.json({"error": "bad key " + " ".join(self.canaries)}, 401)

    def fault(self, kind: str | None, *, after: int = 0) -> None:
        assert kind is None or kind in (*NETWORK_FAULTS, *HTTP_FAULTS), kind
        self._fault, self._good_left = kind, after

    def twisted(self, kind: str) -> bool:
        """Whether this fault of the network is on and its good answers are used up."""
        return self._fault == kind and self._good_left <= 0

    def requests(self) -> int:
        return sum(self.carries_posts(asked) for asked in self.server.asked)

    def close(self) -> None:
        self.server.close()

    def _respond(self, asked: Asked) -> Answer:
        if not self.carries_posts(asked):
            return self.answer(asked)
        answer = (
            self._broken(asked) if self._fault in HTTP_FAULTS and self._good_left <= 0 else self.answer(asked)
        )
        self._good_left -= 1
        return answer

    def _broken(self, asked: Asked) -> Answer:
        echo = " ".join(self.canaries)
        match self._fault:
            case "rate_limit":
                return self.rate_limited()
            case "unauthorized":
                return self.unauthorized()
            case "server_error":
                return Answer(503, f"<h1>Down</h1> {echo}".encode())
            case "html":
                return Answer(
                    200,
                    f"<!DOCTYPE html><title>Maintenance</title>{echo}".encode(),
                    {"Content-Type": "text/html"},
                )
            case "empty_body":
                return Answer(200, b"")
            case "cut_json":
                good = self.answer(asked)
                return replace(good, body=good.body[: len(good.body) // 2])
        return replace(self.answer(asked), fault=self._fault)


@dataclass
class Runner:
    """Stores what a collector brings the way the service does: page and cursor together, posts unique by id.

    Everything that is kept goes through JSON, as in the database. `versions` holds each post's versions in
    the order stored.
    """

    fake: Fake
    versions: dict[tuple[str, str], list[NewPost]] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    refused: list[PostRefused] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    coverage: list[Coverage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pages: int = 0

    def run(
        self,
        *,
        now: datetime = NOW,
        stop_after: int | None = None,
        discard: bool = False,
        timeout_s: float = 30.0,
    ) -> None:
        """One run of a fresh collector from the stored cursor.

        `stop_after` simulates a kill once that many pages are stored; with `discard` one more page is fetched
        and not stored.
        """
        self.fake.now = now
        collector = self.fake.collector(timeout_s=timeout_s)
        try:
            for stream in self.fake.streams(collector):
                fetching = collector.fetch(stream, self.cursor(stream), now=now)
                for done, page in enumerate(fetching):
                    if done == stop_after:
                        break
                    self._store(collector, page, stream, now)
                    if done + 1 == stop_after and not discard:
                        break
                if isinstance(fetching, Generator):
                    fetching.close()
        finally:
            collector.close()

    def cursor(self, stream: Stream) -> Cursor | None:
        kept = self.cursors.get(stream.key)
        return None if kept is None else json.loads(kept)

    def stored(self) -> dict[str, str]:
        """Source id -> newest text, of what is not gone."""
        return {
            post_id: versions[-1].text
            for (_, post_id), versions in self.versions.items()
            if post_id not in self.gone
        }

    def _store(self, collector: Collector, page: Page, stream: Stream, now: datetime) -> None:
        self.pages += 1
        for payload in page.payloads:
            kept = json.loads(json.dumps(payload, allow_nan=False))
            self.payloads.append(kept)
            try:
                post = collector.parse(kept, observed_at=now)
            except PostRefused as error:
                self.refused.append(error)
                continue
            if post is not None:
                self._store_post(post, collector)
        self.gone.update(page.deleted)
        self.warnings += page.partial_errors
        if page.cursor is not None:
            self.cursors[stream.key] = json.dumps(page.cursor, allow_nan=False)
        for stretch in page.coverage:
            self._check_coverage(stretch, stream, now)

    def _store_post(self, post: NewPost, collector: Collector) -> None:
        assert post.source == collector.platform
        versions = self.versions.setdefault((post.source, post.source_id), [])
        if all((old.version_id, old.text) != (post.version_id, post.text) for old in versions):
            versions.append(post)

    def _check_coverage(self, stretch: Coverage, stream: Stream, now: datetime) -> None:
        """A stretch that is called complete holds nothing that was on offer and is not stored."""
        assert stretch.since < stretch.until <= now + timedelta(seconds=1)
        assert set(stretch.brands) <= {(brand.id, brand.query_version) for brand in stream.brands}
        self.coverage.append(stretch)
        self.warnings += [stretch.reason] if stretch.state != "complete" else []
        if stretch.state == "complete":
            stored = self.stored()
            missing = [
                post.id
                for post in self.fake.visible()
                if stretch.since <= post.at < stretch.until and self.fake.source_id(post) not in stored
            ]
            assert not missing, f"called complete without posts {missing}"

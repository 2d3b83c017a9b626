"""A network in memory, for tests of the whole pipeline: one stream per brand, pages with a position, faults on request."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from listener.collectors.base import (
    Collector,
    Context,
    Cursor,
    Page,
    Payload,
    Rechecked,
    Spent,
    Stream,
    TrackedBrand,
)
from listener.config import Config, parse
from listener.errors import PostRefused
from listener.matching import Matcher
from listener.ownership import Owners
from listener.service import Service
from nlp.types import Item, NotLabelled, Scores
from storage import query
from storage.brands import sync_brands
from storage.db import Database
from storage.types import BrandQuery, Coverage, NewAuthor, NewPost, Stats

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
BRANDS = ("aurora", "borealis", "cumulus")
PAGE = 5
CONFIG = '[[brands]]\nname = "Aurora"\nquery = "aurora"\n[retention]\ndays = 30\n'


@dataclass
class Upstream:
    """What the network holds, what it refuses, and what it was asked.

    `shown[brand]` are the payloads that a brand's stream gives, in order of their arrival. A fault in `faults` is raised in place of
    the stream's page of that number; `broken` is raised wherever it says.
    """

    shown: dict[str, list[Payload]] = field(default_factory=lambda: {brand: [] for brand in BRANDS})
    gone: set[str] = field(default_factory=set)
    faults: dict[str, tuple[int, Exception]] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    bad_cursor: bool = False
    most_looked_up: int = 1_000
    asked: list[str] = field(default_factory=list)
    looked_up: Counter[str] = field(default_factory=Counter)

    def post(self, number: int, text: str, *, at: datetime = START, brand: str | None = None) -> Payload:
        """Offer a post in the stream of the brand it names, or of another."""
        payload: Payload = {"id": str(number), "text": text, "at": at.timestamp(), "version": 1}
        self.shown[brand or next(name for name in BRANDS if name in text)].append(payload)
        return payload

    def fail(self, where: str) -> None:
        if where in self.broken:
            raise self.broken[where]


class Reader(Collector):
    """Reads an Upstream page by page."""

    platform = "made-up"

    def __init__(self, upstream: Upstream, context: Context) -> None:
        upstream.fail("start")
        super().__init__(None, context)
        self.upstream = upstream

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        self.upstream.fail("streams")
        return [Stream(brand.id, (brand,)) for brand in brands]

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        up, at = self.upstream, cursor["next"] if cursor else 0
        since = datetime.fromtimestamp(cursor["until"], UTC) if cursor else now - timedelta(hours=1)
        up.asked.append(stream.key)
        broken_at, fault = up.faults.get(stream.key, (-1, None))
        shown = up.shown[stream.key]
        for number, start in enumerate(range(at, len(shown) + 1, PAGE)):
            if fault is not None and number == broken_at:
                raise fault
            page = [payload for payload in shown[start : start + PAGE] if payload["id"] not in up.gone]
            last = start + PAGE > len(shown)
            reached = {
                "next": min(start + PAGE, len(shown)),
                "until": (now if last else since).timestamp(),
            }
            if up.bad_cursor and number == 1:
                reached["next"] = float("nan")
            pairs = tuple((brand.id, brand.query_version) for brand in stream.brands)
            whole = [Coverage(since, now, "complete", pairs)] if last else []
            yield Page(page, reached, coverage=whole)

    @staticmethod
    def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
        if "text" not in payload:
            raise PostRefused("text", "missing")
        at = datetime.fromtimestamp(payload["at"], UTC)
        return NewPost(
            source="made-up",
            source_id=payload["id"],
            text=payload["text"],
            published_at=at,
            observed_at=observed_at,
            edited_at=at + timedelta(minutes=payload["version"]) if payload["version"] > 1 else None,
            lang="en",
            author=NewAuthor(source_author_id=payload.get("author", "7"), handle=payload.get("author")),
            stats=Stats(likes=3),
            payload=payload,
        )

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        self.upstream.fail("recheck")
        source_ids = source_ids[: self.upstream.most_looked_up]
        self.upstream.looked_up.update(source_ids)
        there = {payload["id"]: payload for shown in self.upstream.shown.values() for payload in shown}
        return Rechecked(
            [there[key] for key in source_ids if key in there and key not in self.upstream.gone],
            [key for key in source_ids if key in self.upstream.gone],
            asked=source_ids,
        )


@dataclass
class MadeUpService(Service):
    """The real service over networks in memory: `networks` by configured name."""

    networks: dict[str, Upstream] = field(default_factory=dict)

    def source_type(self, name: str) -> str:
        return "made-up"

    def collector(self, name: str) -> Collector:
        return Reader(self.networks[name], Context(name, {}, lambda _: Spent()))


def service_over(db: Database, **networks: Upstream) -> MadeUpService:
    """A service on this database that reads these networks for three brands."""
    config: Config = parse(CONFIG, Path("config.toml"))
    brands = sync_brands(db, [BrandQuery(name, name, "own", name, 0) for name in BRANDS], now=START)
    tracked = [TrackedBrand(brand.id, query.parse(brand.query), brand.version) for brand in brands]
    return MadeUpService(config, db, brands, tracked, Matcher(tracked), Owners(brands), {}, networks)


class ByRule:
    """A labeller that costs nothing: the words good and bad decide."""

    model_id = "by-rule"

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        return [
            Scores(0.9, 0.05, 0.05) if "bad" in item.text
            else Scores(0.1, 0.2, 0.7) if "good" in item.text
            else Scores(0.2, 0.6, 0.2)
            for item in items
        ]  # fmt: skip

"""A source of type x as the service keeps it, at a fake X: what the tests of collecting from X share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from listener.collectors.base import Context, Cursor, Spent, TrackedBrand
from listener.collectors.x import Collect, Settings
from storage.query import Query
from storage.types import Coverage, Volume
from tests.listener.collectors.fake_server import FakeServer
from tests.listener.collectors.fakes.x import TOKEN, Api

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BRANDS = (TrackedBrand("delta", Query.parse("delta"), 3), TrackedBrand("jetblue", Query.parse("jetblue"), 1))
PRICE = 0.005


@dataclass
class Desk:
    """A source as the service keeps it: pages and cursor stored together, spending added up by month."""

    api: Api
    server: FakeServer
    settings: dict[str, Any] = field(default_factory=dict)
    brands: tuple[TrackedBrand, ...] = BRANDS[:1]
    posts: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    volumes: dict[datetime, Volume] = field(default_factory=dict)
    usd: dict[tuple[int, int], float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def collector(self, **settings: Any) -> Collect:
        chosen = {"api_url": self.server.url, "allow_private_addresses": True, "counts": False}
        context = Context("birds", {"bearer_token": SecretStr(TOKEN)}, self.spent)
        return Collect(Settings(**{**chosen, **self.settings, **settings}), context)

    def spent(self, now: datetime) -> Spent:
        return Spent(usd_this_month=self.usd.get((now.year, now.month), 0.0))

    def run(self, now: datetime, *, stop_after: int = 1_000_000) -> None:
        """One run over every brand; `stop_after` pages it is killed."""
        self.api.now = now
        collector = self.collector()
        done = 0
        for stream in collector.streams(self.brands):
            for page in collector.fetch(stream, self.cursors.get(stream.key), now=now):
                done += 1
                for payload in page.payloads:
                    post = Collect.parse(payload, observed_at=now)
                    assert post is not None
                    self.posts[post.source_id] = post.text
                if page.cursor is not None:
                    self.cursors[stream.key] = page.cursor
                self.coverage += page.coverage
                self.notes += page.partial_errors
                self.volumes |= {volume.since: volume for volume in page.volumes}
                month = (now.year, now.month)
                self.usd[month] = self.usd.get(month, 0.0) + page.spent_usd
                if done == stop_after:
                    return
        collector.close()

    def state_at(self, at: datetime) -> str | None:
        """What is known of an instant: the newest word counts."""
        stretches = [stretch for stretch in self.coverage if stretch.brands[0][0] == self.brands[0].id]
        said = [stretch.state for stretch in stretches if stretch.since <= at < stretch.until]
        return said[-1] if said else None

    def gaps(self) -> list[tuple[datetime, datetime]]:
        """The stretches that were given up, in the order they were."""
        return [(gap.since, gap.until) for gap in self.coverage if gap.state == "not_collected"]


@contextmanager
def at_work() -> Iterator[Desk]:
    """A desk at an X that holds nothing yet."""
    api = Api(NOW)
    with FakeServer(api.respond) as server:
        yield Desk(api, server)

"""A site over a small real database of invented brands, and a browser's stand-in that asks it."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.actions import HookAnswer, PartHealth, Preview, SourceHealth, Told
from dashboard.app import create_app
from dashboard.site import Settings, Site
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database, open_database
from storage.labels import save_labels, use_model
from storage.posts import save
from storage.types import Batch, BrandQuery, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost, Stats
from tests.dashboard.fake_editor import FakeEditor

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8765"
BRANDS = (
    BrandQuery("aurora", "Aurora", "own", "aurora", 0),
    BrandQuery("borealis", "Borealis", "competitor", "borealis", 0),
)
SURE = ((8_000, 1_000, 1_000), (1_000, 8_000, 1_000), (1_000, 1_000, 8_000))
WORDS = ("was late again", "flies to Oslo at nine", "crew made my day")


@dataclass
class Clock:
    """The site's clock; a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class FakeActions:
    """What the service would do, remembered instead of done."""

    hooks: list[tuple[str, bytes]] = field(default_factory=list)
    parts: list[PartHealth] = field(default_factory=lambda: [PartHealth("labelling", True)])
    editor: FakeEditor = field(default_factory=FakeEditor)

    def sources(self, now: datetime) -> Sequence[SourceHealth]:
        return [
            SourceHealth("social", "mastodon", "mastodon", "1m", True, "ok", last_run_at=now, last_ok_at=now),
            SourceHealth("press", "feeds", "news", "10m", True, "failing", error="no answer", error_count=3),
        ]

    def preview(self, query: str, *, now: datetime) -> Preview:
        return Preview(query, matched=3, looked_at=120, asked={"social": query})

    def test_notification(self, *, now: datetime) -> Sequence[Told]:
        return [Told("mail"), Told("chat", "no answer from the server")]

    def accept_hook(
        self, source: str, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> HookAnswer:
        if source != "partner":
            return HookAnswer(404, "no source of this name takes posts")
        self.hooks.append((source, body))
        return HookAnswer(200, "stored", stored=1)

    def health(self, *, now: datetime) -> Sequence[PartHealth]:
        return self.parts


def posts(number: int = 120) -> list[MatchedPost]:
    """Posts of the last twenty days, two of three about Aurora, each third with views."""
    found = []
    for n in range(number):
        brand = BRANDS[n % 3 == 2]
        who = NewAuthor(
            source_author_id=str(n % 17),
            handle=f"ada{n % 17}",
            name=f"Ada {n % 17}",
            followers=100 * (n % 17),
        )
        at = NOW - timedelta(hours=4 * n)
        post = NewPost(
            source=("social", "forum")[n % 4 == 3],
            source_id=str(n),
            text=f"{brand.name} {WORDS[n % 3 - (n % 7 == 0)]} <b>{n}</b>",
            url=f"https://social.example/@ada/{n}",
            published_at=at,
            observed_at=at + timedelta(minutes=1),
            lang=("en", "no")[n % 5 == 4],
            author=who,
            stats=Stats(likes=n % 11, shares=n % 3, views=100 * n if n % 3 == 0 else None),
        )  # fmt: skip
        found.append(MatchedPost(post, [NewMention(brand_id=brand.id, query_version=1, target=brand.name)]))
    return found


def fill(db: Database) -> None:
    """Invented brands, posts about them and labels on most of these."""
    sync_brands(db, list(BRANDS), now=NOW - timedelta(days=60))
    set_timezone(db, "Europe/Oslo")
    save(db, Batch("social", posts()), now=NOW)
    sure = [NewLabel(n, 1, "by-rule", *SURE[n % 3]) for n in range(1, 111)]
    save_labels(db, sure, now=NOW)
    use_model(db, "by-rule", now=NOW)


@pytest.fixture
def actions() -> FakeActions:
    return FakeActions()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled database, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    db = open_database(f"sqlite:///{path}")
    fill(db)
    db.compact()
    db.close()
    return path


@pytest.fixture
def site(filled: Path, tmp_path: Path, actions: FakeActions, clock: Clock) -> Iterator[Site]:
    """A site over 120 posts of the twenty days before NOW."""
    db = open_database(f"sqlite:///{shutil.copy(filled, tmp_path / 'listener.db')}")
    yield Site(db, Settings("Europe/Oslo", "0.1.0"), actions, clock)
    db.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    """Somebody at this machine, in a page of ours."""
    with asking(site) as found:
        yield found


def routes(app: Any) -> list[tuple[str, str]]:
    """Every method and path that the application answers, numbers and names filled in."""
    filled = {"name": "app.css", "path": "app.css", "source": "partner", "by": "source"}
    found = []
    for route in routes_below(app.routes):
        path = re.sub(r"\{([a-z_]+)(:[a-z]+)?\}", lambda part: filled.get(part[1], "1"), route.path)
        found += [(method, path) for method in sorted(route.methods or ()) if method != "HEAD"]
    return sorted(set(found))


def routes_below(found: Sequence[Any]) -> Iterator[Any]:
    """Routes, those of routers within routers too."""
    for route in found:
        if hasattr(route, "methods"):
            yield route
        inner = getattr(route, "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        yield from routes_below(inner or ())


def asking(site: Site, *, address: str = "127.0.0.1", **headers: str) -> TestClient:
    """A browser at this address that does not follow redirects; more headers by keyword, `_` for `-`."""
    given = {"origin": ADDRESS} | {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(
        create_app(site), base_url=ADDRESS, headers=given, client=(address, 50_000), follow_redirects=False
    )

"""What the dashboard triggers and does not do itself: the service hands it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dashboard.editing import Editor


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one configured source is doing. `state`: "ok", "waiting" (never run), "failing", "over_budget", "off" or "pushed" (others send to it)."""

    name: str
    type: str
    network: str
    every: str
    enabled: bool
    state: str
    error: str = ""
    error_count: int = 0
    last_run_at: datetime | None = None
    last_ok_at: datetime | None = None
    next_check_at: datetime | None = None
    spent_units: int = 0
    spent_usd: float = 0.0
    budget: str = ""


@dataclass(frozen=True, slots=True)
class PostSeen:
    """A stored post that a query would match, whether or not it names a brand. `text` is as it was written."""

    source: str
    author: str | None
    author_name: str | None
    published_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a query would match: `error` names what is wrong with it, at character `position`. `asked` is it in each network's own syntax.

    `looked_at` stored posts of the last `days` were asked, `nameless` of them without a mention of any brand.
    """

    query: str
    error: str = ""
    position: int | None = None
    matched: int = 0
    looked_at: int = 0
    nameless: int = 0
    days: int = 14
    sample: Sequence[PostSeen] = ()
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a test message to one channel; `error` "" where it was delivered."""

    channel: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What a signed request to /hooks/{source} is answered: an HTTP status, and what was done or what is wrong."""

    status: int
    detail: str
    stored: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part of the running service: `works`, or `why` not. `ours`: a part of Listener itself, and not a network that it reads."""

    part: str
    works: bool
    why: str = ""
    ours: bool = True


class Actions(Protocol):
    """Each raises StorageError only; times are aware."""

    @property
    def editor(self) -> "Editor":
        """What edits brands and goals in config.toml."""

    def sources(self, now: datetime) -> Sequence[SourceHealth]:
        """Every configured source."""

    def preview(self, query: str, *, now: datetime) -> Preview:
        """What a query would match among the posts of the last days."""

    def test_notification(self, *, now: datetime) -> Sequence[Told]:
        """Send one test message to each channel."""

    def accept_hook(
        self, source: str, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> HookAnswer:
        """Take a signed request of a webhook source."""

    def health(self, *, now: datetime) -> Sequence[PartHealth]:
        """Whether each part works; none where nothing has ever run here but the dashboard."""

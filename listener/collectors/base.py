"""What every collector is: one file per network that fetches pages and parses one payload.

Nothing else in the product knows a network's quirks. To add a network: write `listener/collectors/<type>.py` with a `Settings` and a
`Collect`, name it in `registry.py`, describe it in docs/sources.md; the shared contract test then runs over it.
A network whose accounts can be asked sets `has_accounts`, takes `AccountSettings`, and gets a fake in the tests' account_fakes.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from listener.errors import SourceError
from storage.query import Query
from storage.types import AccountSeen, Coverage, NewPost, Volume

Payload = dict[str, Any]
Cursor = Mapping[str, Any]
Span = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[smhd]$")]
"""A stretch of time as the configuration writes it: "90s", "2m", "1h", "1d"."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that a source reads: environment variable LISTENER_<SOURCE NAME>_<NAME>, or the same with `_FILE`."""

    name: str
    required: bool = True
    meaning: str = ""


class SourceSettings(BaseModel):
    """What each `[sources.NAME]` table may hold whatever its type. Durations are written "90s", "2m", "1h", "1d"."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    secrets: ClassVar[tuple[Secret, ...]] = ()

    type: str
    every: Annotated[Span, Field(description="how often it is collected")] = "10m"
    enabled: Annotated[bool, Field(description="false: kept in the file, not collected")] = True
    allow_private_addresses: Annotated[
        bool, Field(description="true: may fetch from addresses inside your own network")
    ] = False
    timeout_s: Annotated[
        float, Field(gt=0, le=600, description="wall-clock seconds one request may take")
    ] = 30.0


class AccountSettings(SourceSettings):
    """What a network whose accounts can be looked up takes beside: how the brands' own accounts are read."""

    accounts_every: Annotated[
        Span, Field(description="how often the followers of the brands' accounts are read")
    ] = "6h"
    own_posts: Annotated[
        Literal["all", "own", "none"],
        Field(
            description='whose posts are read from their account: those of every brand, of role "own" only, or none'
        ),
    ] = "all"
    own_posts_every: Annotated[Span, Field(description="how often the accounts' posts are read")] = "15m"
    own_posts_first_run: Annotated[
        Span, Field(description="how far back an account's posts are read at first")
    ] = "30d"


@dataclass(frozen=True, slots=True)
class TrackedBrand:
    """A brand as collectors see it: its query parsed, and the version of that query."""

    id: str
    query: Query
    query_version: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing to be read with a cursor of its own: a brand's search, a feed, a whole firehose.

    `key` is unique within the source and stays the same between runs; a search's key holds the query's version, so a changed query
    starts anew. `brands` are those whose posts this stream can bring: coverage is written for them.
    """

    key: str
    brands: tuple[TrackedBrand, ...]
    query: Query | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one request brought, to be stored in one transaction with its cursor.

    `payloads` are the network's own objects, each with only its own part of the page. `cursor` is what resuming needs once this page is
    stored, None to leave the old one. `deleted` are source ids that are gone upstream. `coverage` says what stretch this page completes.
    """

    payloads: Sequence[Payload] = ()
    cursor: Cursor | None = None
    deleted: Sequence[str] = ()
    coverage: Sequence[Coverage] = ()
    volumes: Sequence[Volume] = ()
    spent_units: int = 0
    spent_usd: float = 0.0
    partial_errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rechecked:
    """The answer to looking posts up again: those still there, with fresh figures, and the ids that are gone.

    `asked` are the ids that their turn came to, None where it came to all; the others stay due.
    """

    payloads: Sequence[Payload] = ()
    gone: Sequence[str] = ()
    spent_units: int = 0
    spent_usd: float = 0.0
    asked: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What asking for an account gave, and what it cost: `seen` is None where the network knows no such account."""

    seen: AccountSeen | None
    spent_units: int = 0
    spent_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What this source has used of its budget so far: units today (network's day) and US dollars this month (UTC).

    Of these, `own_` went to the brands' own accounts.
    """

    units_today: int = 0
    usd_this_month: float = 0.0
    own_units_today: int = 0
    own_usd_this_month: float = 0.0


@dataclass(slots=True)
class Context:
    """What a collector is given beside its settings: its configured name, its secrets, what it has spent, and which of these posts are the
    brands' own.
    """

    name: str
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    spent: Callable[[datetime], Spent] = lambda _now: Spent()
    owned: Callable[[Sequence[str]], Collection[str]] = lambda _ids: ()

    def secret(self, name: str) -> str | None:
        """The secret's text for the client library, None where an optional one is not set."""
        value = self.secrets.get(name)
        return value.get_secret_value() if value is not None else None


class Collector(ABC):
    """A source: settings in, pages of payloads out, and each payload into a NewPost.

    `fetch` is a generator. After each page it yields, the caller stores that page and its cursor in one transaction, so a collector may only
    put into a page's cursor what lies in that page or before. `now` is the time of the run, aware and in UTC. Errors are SourceErrors.
    """

    platform: ClassVar[str]
    has_accounts: ClassVar[bool] = False
    """Whether `account` and `own_posts` can be asked; its settings are then `AccountSettings`."""

    def __init__(self, settings: Any, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.name = context.name

    @abstractmethod
    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        """The streams to read for these brands."""

    @abstractmethod
    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        """Pages newer than the cursor; the first run (None) reads as far back as the settings say."""

    @staticmethod
    @abstractmethod
    def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
        """One payload as a post, pure; None for what is no public post. Raises PostRefused for a malformed one."""

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        """Pages from `since` to now whose cursors are None. Raises SourceError where the network has no past to give."""
        raise SourceError(
            self.name, f"{self.platform} has no past to ask for; a pass reads all that it gives"
        )

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked | None:
        """Look posts up again by id: fresh figures, and which are gone. None where the network cannot say."""
        return None

    def account_ids(self, handles: Sequence[str], *, now: datetime) -> Mapping[str, str]:
        """The ids of these handles, for a network whose posts name their author by id alone; nothing elsewhere."""
        return {}

    def account(self, handle: str, *, now: datetime) -> LookedUp:
        """The account of this handle, as it is configured, in one cheap request."""
        raise SourceError(self.name, f"{self.platform} has no accounts to look up")

    def own_posts(
        self, handle: str, account_id: str, cursor: Cursor | None, *, now: datetime
    ) -> Iterator[Page]:
        """Pages of what this account posted since the cursor, its reposts and replies too; as `fetch` gives them, without coverage.

        `account_id` is what `account` said. Nothing is read beyond what mentions leave of a budget.
        """
        raise SourceError(self.name, f"{self.platform} has no accounts to read")

    def check(self, *, now: datetime) -> str:
        """What shows that key and address work, such as one cheap request; a line for a person. Raises SourceError."""
        return f"{self.platform}: nothing to ask"

    def close(self) -> None:  # noqa: B027 - most collectors have nothing to release
        """Release connections."""

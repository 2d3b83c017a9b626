"""Brands and goals as config.toml has them, for whoever edits them in a page or through the API: the service hands the editor in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from dashboard.errors import DashboardError
from storage.running import Running

Section = Literal["brands", "goals"]
KIND: Mapping[Section, str] = {"brands": "brand", "goals": "goal"}


class NotSaved(DashboardError):
    """The change would break config.toml. `fields` says what is wrong with each value; "" is of none of them."""

    status = 422
    title = "Not saved"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class NotWritable(NotSaved):
    """config.toml cannot be written here, or is broken already."""

    status = 409


class ChangedMeanwhile(NotSaved):
    """Somebody else changed the file after it was read for this change: `diff` is what they changed, `version` is the file's now."""

    status = 409

    def __init__(self, message: str, diff: Sequence[str], version: str) -> None:
        super().__init__(message)
        self.diff, self.version = tuple(diff), version


@dataclass(frozen=True, slots=True)
class BrandWritten:
    """One [[brands]] table: docs/config.md says what each is. `relevance` None: what holds where nothing is written."""

    id: str
    name: str
    role: str
    query: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class GoalWritten:
    """One [[goals]] table, in words or by its parts. `key` names it, and is another where it becomes another goal."""

    key: str = ""
    words: str | None = None
    brand: str | None = None
    kpi: str | None = None
    change: str | None = None
    target: float | None = None
    by: date | None = None
    since: date | None = None
    channel: str | None = None
    campaign: str | None = None
    owner: str | None = None
    reason: str | None = None
    review: str = "monthly"


@dataclass(frozen=True, slots=True)
class FileSaid:
    """How config.toml stands. `version` is another for every other content; `refusal` says why it cannot be edited here, "" where it can.

    `not_taken`: its brands or goals are not those in force, since it was changed by hand. `restart` names what else in it waits for a new
    start of the service. `demo`: it is the demo's, in the demo's folder.
    `goals_set` were set by command: the file does not have them.
    """

    path: str
    version: str
    refusal: str = ""
    brands: Sequence[BrandWritten] = ()
    goals: Sequence[GoalWritten] = ()
    not_taken: bool = False
    restart: Sequence[str] = ()
    demo: bool = False
    networks: Sequence[str] = ()
    goals_set: Sequence[GoalWritten] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """Whether stored posts are matched against the present queries: `waiting` are the brands that they are not, `work` is what is under way."""

    waiting: Sequence[str] = ()
    work: Running | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """What was written: the table's key as it is now, and each value `before` and `after` that is another."""

    key: str
    changes: Mapping[str, tuple[Any, Any]]
    version: str


class Editor(Protocol):
    """Each raises NotSaved, StorageError; what is refused changes nothing."""

    def file(self) -> FileSaid:
        """config.toml as it is now."""

    def matching(self, *, now: datetime) -> Matching:
        """How far stored posts are matched."""

    def put(
        self,
        section: Section,
        key: str | None,
        values: BrandWritten | GoalWritten,
        *,
        seen: str | None,
        now: datetime,
    ) -> Edited:
        """Write one table, a new one for `key` None, and take it at once. `seen`: the version that it was read from, None for any."""

    def remove(self, section: Section, key: str, *, seen: str | None, now: datetime) -> Edited:
        """Take one table out."""

    def take(self, *, now: datetime) -> None:
        """Take the file's brands and goals as they are, after they were changed by hand."""

    def rematch(self) -> None:
        """Begin to match what is stored, where some brand waits for it."""

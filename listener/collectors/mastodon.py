"""Mastodon, and servers that speak its API: tag timelines, full-text search, the public timelines.

docs.joinmastodon.org/methods/timelines, /methods/search, /methods/statuses.

Plain requests and not Mastodon.py: that library sleeps when told to wait, has no end to a request, and turns
what the server sent into its own objects, so that the payload could not be kept as it came.

- A server shows what it has seen, never all of Mastodon. Tags come without a key where the server allows it;
search needs
  an access token, and finds posts whose authors agreed to be found.
- `since_id` gives only the newest page; reading goes forward with `min_id`, so nothing between two passes is
lost.
- A post delivered late gets the id of the time it was written: each pass reads the last `overlap` again.
- An empty answer can mean that the server has switched a timeline off, so then it is asked.
- Deletes are found by looking posts up again, at the server each was written on, which knows best.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from listener.collectors import mastodon_places
from listener.collectors.base import (
    AccountSettings,
    Collector,
    Context,
    Cursor,
    LookedUp,
    Page,
    Rechecked,
    Secret,
    Span,
    Stream,
    TrackedBrand,
)
from listener.collectors.mastodon_accounts import Accounts
from listener.collectors.mastodon_parse import PLATFORM, parse
from listener.collectors.mastodon_places import Place
from listener.collectors.mastodon_server import INSTANCE, Server
from listener.collectors.mastodon_timelines import NOTHING, Reading, Timeline, Wanted, wanted
from listener.collectors.own_walk import read_own, walk
from listener.collectors.reading import duration, text
from listener.errors import BadReply, OutOfBudget, RateLimited, SourceError, Unreachable
from storage.types import Coverage, CoverageState

__all__ = ["Collect", "Settings", "parse"]

_LIVE_OVERLAP = timedelta(minutes=1)
_SERVER_WIDE = (RateLimited, OutOfBudget, Unreachable)


class Settings(AccountSettings):
    """A Mastodon server to read."""

    secrets = (Secret("access_token", required=False, meaning="a token of this server, needed for search"),)

    type: Literal["mastodon"] = "mastodon"
    instance: Annotated[str, Field(description="the server, such as mastodon.social")] = "mastodon.social"
    timelines: Annotated[
        tuple[Literal["tags", "search", "public", "local"], ...],
        Field(
            min_length=1,
            description="tags: those in the queries; search: full text, needs the access token; public: every"
            " post that the server sees; local: those written on it",
        ),
    ] = ("tags", "search")
    first_run: Annotated[Span, Field(description="how far back the first pass reads")] = "1d"
    overlap: Annotated[
        Span, Field(description="how much each pass reads again, for posts delivered late")
    ] = "10m"
    pages_per_pass: Annotated[int, Field(ge=1, le=10_000, description="of one timeline, 40 posts each")] = 250

    pass_s: Annotated[float, Field(gt=0, le=3600, description="wall-clock seconds one pass may take")] = 240.0

    @field_validator("instance")
    @classmethod
    def _is_a_server(cls, value: str) -> str:
        if not INSTANCE.fullmatch(value):
            raise ValueError("write the server's name, such as mastodon.social")
        return value


class Collect(Collector):
    """Reads one server for all brands."""

    platform: ClassVar[str] = PLATFORM
    has_accounts: ClassVar[bool] = True
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._server = Server(
            self.name,
            settings.instance,
            context.secret("access_token"),
            timeout_s=settings.timeout_s,
            allow_private=settings.allow_private_addresses,
        )

    def close(self) -> None:
        self._server.close()

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        """One: a tag that two brands name is read once, and a brand is covered when all its timelines are."""
        return [Stream("timelines", tuple(brands))] if brands else []

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        places = {} if cursor is None else mastodon_places.read(self.name, cursor, now=now)
        yield from self._pass(stream, places, now - duration(self.settings.first_run), now, keep=True)

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        yield from self._pass(stream, {}, since, now, keep=False)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        return self._server.look_up(source_ids, now=now)

    def account_ids(self, handles: Sequence[str], *, now: datetime) -> Mapping[str, str]:
        """The addresses of the accounts: a handle without its server is not what posts name their author by."""
        found = {handle: Accounts(self._server).found(handle, now=now) for handle in handles}
        return {handle: account[0].account_id for handle, account in found.items() if account}

    def account(self, handle: str, *, now: datetime) -> LookedUp:
        found = Accounts(self._server).found(handle, now=now)
        return LookedUp(found[0] if found else None)

    def own_posts(
        self, handle: str, account_id: str, cursor: Cursor | None, *, now: datetime
    ) -> Iterator[Page]:
        first = now - duration(self.settings.own_posts_first_run)
        place, accounts = read_own(self.name, cursor, first=first, now=now), Accounts(self._server)
        if place.asked_by is None:
            found = accounts.found(handle, now=now)
            if found is None:
                raise BadReply(self.name, f"no account is called {handle} any more")
            place = place.model_copy(update={"asked_by": found[1]})
        yield from walk(place, partial(accounts.step, now=now), now=now)

    def check(self, *, now: datetime) -> str:
        about = self._server.about(now=now)
        name = f"{self._server.host}: Mastodon API, version {text(about.get('version')) or 'unknown'}"
        if not self._server.token:
            return f"{name}, without an access token: no full-text search"
        self._server.key_works(now=now)
        return f"{name}, access token accepted"

    def _pass(
        self, stream: Stream, places: dict[str, Place], start: datetime, now: datetime, *, keep: bool
    ) -> Iterator[Page]:
        """Every timeline in turn. One that fails leaves the others their turn, and then fails the pass."""
        can_search = self._server.token is not None
        plans = [wanted(brand, self.settings.timelines, can_search=can_search) for brand in stream.brands]
        timelines = {timeline.key: timeline for plan in plans for timeline in plan.timelines}
        places = {key: place for key, place in places.items() if key in timelines}
        end = time.monotonic() + self.settings.pass_s
        read: dict[str, tuple[datetime, datetime, str]] = {}
        failures: list[SourceError] = []
        for key, timeline in timelines.items():
            since = places[key].until if key in places else start
            lost = ""
            try:
                for step in self._reading(timeline, places.get(key), since, now, end).steps():
                    if step.place is not None:
                        places[key] = step.place
                    lost = lost or step.lost
                    cursor = mastodon_places.written(places) if keep else None
                    yield Page(payloads=step.statuses, cursor=cursor)
            except _SERVER_WIDE:
                raise
            except SourceError as error:
                failures.append(error)
            else:
                read[key] = (since, places[key].until, lost)
        yield Page(
            coverage=[stretch for plan in plans for stretch in _covered(plan, read)],
            partial_errors=[str(error) for error in failures[1:]],
        )
        if failures:
            raise failures[0]

    def _overlap(self, timeline: Timeline) -> timedelta:
        """How much of it is read again; of a busy server's public timeline ten minutes would be hundreds of
        pages.
        """
        overlap = duration(self.settings.overlap)
        return min(overlap, _LIVE_OVERLAP) if timeline.kind in ("public", "local") else overlap

    def _reading(
        self, timeline: Timeline, place: Place | None, since: datetime, now: datetime, end: float
    ) -> Reading:
        return Reading(
            source=self.name,
            timeline=timeline,
            since=since,
            now=now,
            overlap=self._overlap(timeline),
            most_pages=self.settings.pages_per_pass,
            ask=partial(self._server.statuses, now=now),
            must_be_open=partial(self._server.must_be_open, timeline, now=now),
            end=end,
            place=place,
        )


def _covered(plan: Wanted, read: Mapping[str, tuple[datetime, datetime, str]]) -> Iterator[Coverage]:
    """The stretch that all of a brand's timelines were read over; none where one of them failed."""
    stretches = [read[timeline.key] for timeline in plan.timelines if timeline.key in read]
    if len(stretches) < len(plan.timelines):
        return
    since = max(stretch[0] for stretch in stretches)
    until = min(stretch[1] for stretch in stretches)
    reason = "; ".join(dict.fromkeys([plan.missing, *(stretch[2] for stretch in stretches)])).strip("; ")
    state: CoverageState = "partial" if reason else "complete"
    if plan.timelines == (NOTHING,):
        state = "not_collected"
    if since < until:
        yield Coverage(since, until, state, ((plan.brand.id, plan.brand.query_version),), reason)

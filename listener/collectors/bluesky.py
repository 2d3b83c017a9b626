"""Bluesky: every post of the network from the Jetstream firehose, and the public AppView to look posts up again.

github.com/bluesky-social/jetstream; docs.bsky.app/docs/api/app-bsky-feed-get-posts. No key is needed for either.

- The firehose has no search: one stream serves all brands, and posts that name none are dropped after matching.
- A pass replays from the cursor, a few seconds earlier, to its own `now`, and hangs up. Seconds apart, events are not strictly in order; a
  post seen twice is one post.
- The server keeps a day or so. What it no longer has shows as a jump in the events' times: `not_collected`.
- A deleted post comes as an event. A deleted, suspended or taken-down account comes as one event without its posts: they are found gone
  when posts are looked up again, since the AppView shows them no more.
- Likes and reposts are not followed one by one: looking a post up gives their numbers.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from websockets.sync.client import ClientConnection

from listener.collectors.base import (
    AccountSettings,
    Collector,
    Context,
    Cursor,
    LookedUp,
    Page,
    Payload,
    Rechecked,
    Span,
    Stream,
    TrackedBrand,
)
from listener.collectors.bluesky_accounts import feed_step, profile
from listener.collectors.bluesky_parse import PLATFORM, POST, event_time, parse
from listener.collectors.http import Http
from listener.collectors.jetstream import received, subscribed
from listener.collectors.own_walk import read_own, walk
from listener.collectors.reading import duration, table, text
from listener.collectors.replies import snippet
from listener.errors import CursorRefused, SourceError, Unreachable
from storage.types import Coverage, CoverageState

__all__ = ["Collect", "Settings", "parse"]

BEGINNING = datetime(2022, 11, 1, tzinfo=UTC)
_PAGE_S = 1.0
LOOKED_UP = 25
_REWIND = timedelta(seconds=5)
_CLOCKS_DIFFER = timedelta(hours=1)
# A post takes this long at most from its writer to the firehose; older ones are late. Clocks differ less as
# well.
_LAG = timedelta(minutes=1)
_POST_PATH = f"/{POST}/"


class Settings(AccountSettings):
    """The Bluesky network."""

    type: Literal["bluesky"] = "bluesky"
    every: Annotated[Span, Field(description="how often it is collected")] = "1m"
    url: Annotated[str, Field(description="a Jetstream server's address")] = (
        "wss://jetstream2.us-east.bsky.network/subscribe"
    )
    api_url: Annotated[str, Field(description="an AppView, to look posts up again")] = (
        "https://public.api.bsky.app"
    )
    first_run: Annotated[Span, Field(description="how far back the first pass reads")] = "1h"
    catch_up: Annotated[
        Span, Field(description="how much is read at most after a time without collection")
    ] = "1d"
    quiet: Annotated[Span, Field(description="the longest time without any event that is no hole")] = "2m"
    silence_s: Annotated[float, Field(gt=0, le=120, description="wait for an event before a pass ends")] = (
        10.0
    )
    events_per_page: Annotated[int, Field(ge=1, le=100_000, description="stored in one transaction")] = 1_000
    pass_s: Annotated[float, Field(gt=0, le=3600, description="wall-clock seconds one pass may take")] = 240.0

    @field_validator("url")
    @classmethod
    def _is_a_websocket(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("wss", "ws") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("write an address such as wss://jetstream2.us-east.bsky.network/subscribe")
        return value

    @field_validator("api_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or "@" in parts.netloc:
            raise ValueError("write an address such as https://public.api.bsky.app")
        return value.rstrip("/")


@dataclass(slots=True)
class Batch:
    """Events read and not yet handed on; `first` and `last` are the times of the stretch they fill."""

    first: datetime
    last: datetime
    payloads: list[Payload] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    holes: list[tuple[datetime, datetime]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    events: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, event: Payload, at: datetime, *, quiet: timedelta) -> None:
        """Take an event in. A jump in time longer than `quiet` is a hole."""
        self.events += 1
        if at - self.last > quiet:
            self.holes.append((self.last, at))
        self.last = max(self.last, at)
        commit = table(event.get("commit"))
        if commit.get("collection") != POST:
            return
        if commit.get("operation") != "delete":
            self.payloads.append(event)
        elif text(event.get("did")) and text(commit.get("rkey")):
            # The page's deletes are carried out before its posts are stored.
            self.payloads = [kept for kept in self.payloads if _address(kept) != _address(event)]
            self.deleted.append(f"at://{event['did']}{_POST_PATH}{commit['rkey']}")


class Collect(Collector):
    """One stream for all brands."""

    platform: ClassVar[str] = PLATFORM
    has_accounts: ClassVar[bool] = True
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._http = Http(
            self.name, timeout_s=settings.timeout_s, allow_private=settings.allow_private_addresses
        )

    def close(self) -> None:
        self._http.close()

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        return [Stream("firehose", tuple(brands))] if brands else []

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        start = now - duration(self.settings.first_run)
        if cursor is not None:
            start = self._position(cursor, now)
        oldest = now - duration(self.settings.catch_up)
        if start < oldest:
            late = _stretch(stream, start, oldest, "not_collected", "further back than catch_up reads")
            yield Page(cursor=_written(oldest), coverage=late)
            start = oldest
        yield from self._replayed(stream, start, now, keep=True)

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        yield from self._replayed(stream, since, now, keep=False)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        """Posts the AppView shows no more are gone: deleted, taken down, or their account is."""
        uris = [uri for uri in source_ids if uri.startswith("at://did:") and _POST_PATH in uri]
        payloads: list[Payload] = []
        gone: list[str] = []
        passed = [uri for uri in source_ids if uri not in uris]
        for start in range(0, len(uris), LOOKED_UP):
            asked = uris[start : start + LOOKED_UP]
            try:
                found = self._looked_up(asked, now)
            except SourceError:
                if not payloads and not gone:
                    raise
                break
            payloads += found.values()
            gone += [uri for uri in asked if uri not in found]
            passed += asked
        return Rechecked(payloads, gone, asked=passed)

    def account_ids(self, handles: Sequence[str], *, now: datetime) -> Mapping[str, str]:
        """The firehose names authors by DID alone; a handle that nobody has is left out."""
        found: dict[str, str] = {}
        for handle in handles:
            if not handle.startswith("did:"):
                address = f"{self.settings.api_url}/xrpc/com.atproto.identity.resolveHandle"
                reply = self._http.get(
                    address, params={"handle": handle.removeprefix("@")}, now=now, expect=(200, 400)
                )
                did = text(table(reply.json()).get("did")) if reply.status == 200 else None
                if did:
                    found[handle] = did
        return found

    def account(self, handle: str, *, now: datetime) -> LookedUp:
        return LookedUp(profile(self._http, self.settings.api_url, handle, now=now))

    def own_posts(
        self, handle: str, account_id: str, cursor: Cursor | None, *, now: datetime
    ) -> Iterator[Page]:
        first = now - duration(self.settings.own_posts_first_run)
        place = read_own(self.name, cursor, first=first, now=now)
        yield from walk(
            place, partial(feed_step, self._http, self.settings.api_url, account_id, now=now), now=now
        )

    def check(self, *, now: datetime) -> str:
        with self._open(now, now):
            return f"{urlsplit(self.settings.url).hostname}: the firehose is open, no key needed"

    def _looked_up(self, uris: Sequence[str], now: datetime) -> dict[str, Payload]:
        address = f"{self.settings.api_url}/xrpc/app.bsky.feed.getPosts"
        reply = self._http.get(address, params={"uris": list(uris)}, now=now)
        posts = table(reply.json()).get("posts")
        if not isinstance(posts, list):
            raise reply.bad("answered without a list of posts")
        views = [dict(view) for view in map(table, posts)]
        found = {str(view.get("uri")): view for view in views if view.get("uri") in uris}
        if len(found) < len(views):
            raise reply.bad("answered with posts that it was not asked for")
        return found

    def _position(self, cursor: Cursor, now: datetime) -> datetime:
        micros = cursor.get("time_us")
        if set(cursor) == {"time_us"} and isinstance(micros, int) and not isinstance(micros, bool):
            at = event_time({"time_us": micros})
            if at is not None and BEGINNING <= at <= now + _CLOCKS_DIFFER:
                return at
        raise CursorRefused(
            self.name,
            f"the stored position {str(dict(cursor))[:200]} is no time from Bluesky's beginning to now,"
            f" in unix microseconds; forget it with: listener collect {self.name} --reset-cursor",
        )

    def _open(self, start: datetime, now: datetime) -> AbstractContextManager[ClientConnection]:
        return subscribed(
            self.name,
            self.settings.url,
            cursor_us=_micros(start),
            collections=[POST],
            timeout_s=self.settings.timeout_s,
            allow_private=self.settings.allow_private_addresses,
            now=now,
        )

    def _replayed(self, stream: Stream, start: datetime, now: datetime, *, keep: bool) -> Iterator[Page]:
        """Pages of events from `start` on, until one is as new as `now`, none comes, or the pass has had its
        time.
        """
        quiet = duration(self.settings.quiet)
        end = time.monotonic() + self.settings.pass_s
        batch = Batch(start, start)
        with self._open(start - _REWIND, now) as connection:
            while batch.last < now and (left := end - time.monotonic()) > 0:
                try:
                    frame = received(
                        self.name, self.settings.url, connection, min(left, self.settings.silence_s)
                    )
                except SourceError:
                    yield from self._page(stream, batch, keep)
                    raise
                if frame is None:
                    break
                self._take(batch, frame, now, quiet)
                if (
                    batch.events >= self.settings.events_per_page
                    or time.monotonic() - batch.started >= _PAGE_S
                ):
                    yield from self._page(stream, batch, keep)
                    batch = Batch(batch.last, batch.last)
            silent = batch.last < now and time.monotonic() < end
        if silent and now - batch.last > quiet:
            yield from self._page(stream, batch, keep)
            raise Unreachable(self.name, f"the firehose fell silent {now - batch.last} before now")
        if silent:
            batch.last = max(batch.last, now - _LAG)
        yield from self._page(stream, batch, keep)

    def _take(self, batch: Batch, frame: str, now: datetime, quiet: timedelta) -> None:
        try:
            event = json.loads(frame)
        except (ValueError, RecursionError):
            event = None
        at = event_time(event) if isinstance(event, dict) else None
        if at is None:
            batch.broken.append(frame)
        else:
            batch.add(event, min(at, now), quiet=quiet)

    def _page(self, stream: Stream, batch: Batch, keep: bool) -> Iterator[Page]:
        if batch.last == batch.first and not batch.events and not batch.broken:
            return
        coverage: list[Coverage] = []
        since = batch.first - _LAG
        for hole_since, hole_until in batch.holes:
            coverage += _stretch(stream, since, hole_since - _LAG, "complete")
            since = hole_until
            coverage += _stretch(
                stream, hole_since - _LAG, since, "not_collected", "the firehose has no such events"
            )
        coverage += _stretch(stream, since, batch.last - _LAG, "complete")
        broken = (
            [f"{len(batch.broken)} frames were no events: {snippet(batch.broken[0].encode())}"]
            if batch.broken
            else []
        )
        yield Page(
            payloads=batch.payloads,
            cursor=_written(batch.last) if keep else None,
            deleted=batch.deleted,
            coverage=coverage,
            partial_errors=broken,
        )


def _address(event: Mapping[str, Any]) -> tuple[Any, Any]:
    return event.get("did"), table(event.get("commit")).get("rkey")


def _stretch(
    stream: Stream, since: datetime, until: datetime, state: CoverageState, reason: str = ""
) -> list[Coverage]:
    brands = tuple((brand.id, brand.query_version) for brand in stream.brands)
    return [Coverage(since, until, state, brands, reason)] if since < until else []


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _written(at: datetime) -> Cursor:
    return {"time_us": _micros(at)}

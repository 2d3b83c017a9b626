"""RSS, RDF and Atom feeds: the press, blogs, podcasts, forums, and whatever else offers one.

Each address is a stream of its own, so that one that fails does not stop the others. It is asked with the
ETag and Last-Modified of the last whole reading. A feed shows only its newest entries, and does not tell what
it has dropped: a reading that holds none of the three newest entries of the one before may have missed some,
and is called partial.

The last stream asks nothing: it says of all feeds together since when none has a hole. If each said so alone,
it would cover up the holes of the others.

Left out: likes, shares and followers, which feeds do not have; entries that were removed, which look like old
ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator

from listener.collectors import feeds_identity, positions
from listener.collectors.addresses import checked_url
from listener.collectors.base import Collector, Context, Cursor, Page, SourceSettings, Stream, TrackedBrand
from listener.collectors.feeds_dates import read as read_date
from listener.collectors.feeds_identity import digest
from listener.collectors.feeds_parse import PLATFORM, parse
from listener.collectors.http import Http, Reply
from listener.collectors.positions import CLOCKS_DIFFER, epoch, instant
from listener.errors import OutOfBudget, RateLimited, SourceError, Unauthorized
from storage.types import Coverage

if TYPE_CHECKING:
    from listener.collectors.feeds_document import Document

__all__ = ["Collect", "Settings", "parse"]

MAX_BYTES = 8 << 20
_ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"
_FIRST_READING = timedelta(days=30)
_EARLIEST = 946_684_800  # the year 2000
_TOGETHER = "coverage"


class Settings(SourceSettings):
    """The feeds to read."""

    type: Literal["feeds"] = "feeds"
    urls: Annotated[
        tuple[Annotated[str, AfterValidator(checked_url)], ...],
        Field(min_length=1, max_length=2_000, description="addresses of RSS or Atom feeds"),
    ]

    @field_validator("urls")
    @classmethod
    def _each_once(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(urls))


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class _Position(positions.Position):
    """Where one feed stands: read at `polled`, without a hole since `whole_since`, not to be asked before `wait_until`.

    `newest` are digests of the ids of its newest entries, `known` ids as `feeds_identity.remembered` gives
    them, `brands` those whose queries have seen what the feed shows. `moved` is the address that it moved to,
    once said.
    """

    polled: int
    whole_since: int
    wait_until: int | None = None
    etag: str | None = None
    modified: str | None = None
    moved: str | None = None
    newest: Annotated[list[Digest], Field(min_length=1)] | None = None
    known: Annotated[dict[Digest, str], Field(min_length=1)] | None = None
    brands: Annotated[dict[str, int], Field(min_length=1)] | None = None


@dataclass
class _State:
    """A feed in this pass: its position before and after, and why it was not read."""

    before: _Position | None
    after: _Position | None
    failed: str = ""


class Collect(Collector):
    """Reads each feed, then says how far all of them together are known."""

    platform: ClassVar[str] = PLATFORM
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._states: dict[str, _State] = {}
        self._http = Http(
            self.name,
            timeout_s=settings.timeout_s,
            max_bytes=MAX_BYTES,
            allow_private=settings.allow_private_addresses,
        )

    def close(self) -> None:
        self._http.close()

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        feeds = [Stream(url, tuple(brands), address=url) for url in self.settings.urls]
        return [*feeds, Stream(_TOGETHER, tuple(brands))] if brands else []

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        if stream.address is None:
            yield from self._together(stream, now)
            return
        before = None if cursor is None else self._resumed(cursor, now)
        state = self._states[stream.address] = _State(before, before, "it has not been read yet")
        if before and before.wait_until and epoch(now) < before.wait_until:
            state.failed = f"it asked to be left alone until {instant(before.wait_until).isoformat()}"
            return
        try:
            state.after, page = self._read(stream, before, now)
        except SourceError as error:
            state.failed = str(error).removeprefix(f"source {self.name}: ")
            site_only = (
                isinstance(error, (RateLimited, OutOfBudget, Unauthorized)) or error.retry_at is not None
            )
            if len(self.settings.urls) > 1 and site_only:
                # These stop a source or put it off, and here they are one site's of many.
                yield from _put_off(error, before)
                raise SourceError(self.name, state.failed) from None
            raise
        state.failed = ""
        yield page

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        """What the feed shows: it has no further past."""
        if stream.address is not None:
            _, page = self._read(stream, None, now)
            yield replace(page, cursor=None)

    def check(self, *, now: datetime) -> str:
        for url in self.settings.urls:
            self._document(self._http.get(url, headers={"Accept": _ACCEPT}, now=now))
        return f"{len(self.settings.urls)} of {len(self.settings.urls)} feeds can be read"

    def _read(self, stream: Stream, before: _Position | None, now: datetime) -> tuple[_Position, Page]:
        """One reading of one feed: where it stands after that, and the page to be stored."""
        assert stream.address is not None
        brands = {brand.id: brand.query_version for brand in stream.brands}
        asked_all = before is None or before.brands != brands
        headers = {"Accept": _ACCEPT, **({} if before is None or asked_all else _unchanged_since(before))}
        reply = self._http.get(stream.address, headers=headers, now=now, expect=(200, 304, 410))
        if reply.status == 410:
            raise reply.bad("is gone for good (HTTP 410); take it out of the urls")
        if reply.status == 304:
            if before is None or asked_all:
                raise reply.bad("answered HTTP 304 to a question without conditions")
            position = before.model_copy(update={"polled": epoch(now), "wait_until": None})
            return position, Page(cursor=position.cursor(), spent_units=1)
        document = self._document(reply)
        known = (before.known if before else None) or {}
        ids = feeds_identity.identify(document.entries, known, reply.url)
        lost = document.lost or ("" if before is None else _gap(before, ids))
        position = _Position(
            polled=epoch(now),
            whole_since=_whole_since(before, lost, asked_all, now),
            etag=None if document.lost else reply.headers.get("etag"),
            modified=None if document.lost else reply.headers.get("last-modified"),
            moved=reply.moved_to,
            newest=_newest(document.entries, ids, now) or (before.newest if before else None),
            known=feeds_identity.remembered(document.entries, ids, known) or None,
            brands=brands or None,
        )
        about = {"url": stream.address, "title": document.title, "link": document.link, "lang": document.lang}
        payloads = {
            key: {"id": key, "feed": about, "entry": entry}
            for key, entry in zip(ids, document.entries, strict=True)
        }
        notes = [f"{stream.address}: {lost}"] if lost else []
        if reply.moved_to and (before is None or before.moved != reply.moved_to):
            notes.append(f"{stream.address} has moved for good: write {reply.moved_to} into the urls")
        covered = _covered(stream, before, document.entries, lost, now)
        return position, Page(
            list(payloads.values()), position.cursor(), coverage=covered, spent_units=1, partial_errors=notes
        )

    def _document(self, reply: Reply) -> "Document":
        from listener.collectors import feeds_document

        try:
            return feeds_document.read(reply.body, reply.headers, reply.url)
        except feeds_document.FeedRefusedError as error:
            raise reply.bad(str(error)) from None

    def _resumed(self, cursor: Cursor, now: datetime) -> _Position:
        position = positions.read(_Position, self.name, cursor)
        latest = epoch(now + CLOCKS_DIFFER)
        until = position.wait_until
        if not all(_EARLIEST <= at <= latest for at in (position.polled, position.whole_since)) or (
            until is not None and not _EARLIEST <= until <= latest + 86_400
        ):
            raise positions.refused(self.name, cursor, "it lies in the future, or before the year 2000")
        return position

    def _together(self, stream: Stream, now: datetime) -> Iterator[Page]:
        """How far all feeds are known, and from where on some are not."""
        states = [self._states[url] for url in self.settings.urls if url in self._states]
        brands = _pairs(stream)
        stretches: list[Coverage] = []
        read = [state.after for state in states if state.after and state.after.brands == dict(brands)]
        if len(read) == len(self.settings.urls):
            since, until = max(p.whole_since for p in read), min(p.polled for p in read)
            if since < until:
                stretches.append(Coverage(instant(since), instant(until), "complete", brands))
        failed = [state.failed for state in states if state.failed]
        starts = [state.before.polled for state in states if state.before]
        if failed and starts and min(starts) < epoch(now):
            reason = (
                f"{len(failed)} of {len(self.settings.urls)} feeds could not be read, the first: {failed[0]}"
            )
            stretches.append(Coverage(instant(min(starts)), now, "partial", brands, reason))
        yield Page(coverage=stretches)


def _unchanged_since(position: _Position) -> dict[str, str]:
    asked = {"If-None-Match": position.etag, "If-Modified-Since": position.modified}
    return {name: value for name, value in asked.items() if value and value.isprintable() and value.isascii()}


def _whole_since(before: _Position | None, lost: str, asked_all: bool, now: datetime) -> int:
    """Since when a feed has no hole for any of the brands: new ones have seen nothing older than the last reading."""
    if before is None or lost:
        return epoch(now)
    return before.polled if asked_all else before.whole_since


def _gap(before: _Position, ids: Sequence[str]) -> str:
    """Why entries may have been missed since the last reading, "" where they were not."""
    if not before.newest or {digest(key) for key in ids} & set(before.newest):
        return ""
    return "none of the newest entries of the last reading is left; others may have come and gone meanwhile"


def _newest(entries: Sequence[dict[str, Any]], ids: Sequence[str], now: datetime) -> list[str] | None:
    """Digests of the ids of the three newest entries, by date and else by place."""

    def age(place: int) -> float:
        found = read_date(entries[place].get("published") or entries[place].get("updated") or "")
        return -found.at.timestamp() if found and found.at <= now else 0.0

    places = sorted(range(len(entries)), key=age)[:3]
    return [digest(ids[place]) for place in places] or None


def _covered(
    stream: Stream, before: _Position | None, entries: Sequence[dict[str, Any]], lost: str, now: datetime
) -> list[Coverage]:
    """The stretch that this reading leaves open; what is whole is said for all feeds together."""
    if before is None:
        found = [read_date(entry.get("published") or entry.get("updated") or "") for entry in entries]
        since = min((one.at for one in found if one and one.at < now), default=now)
        since, lost = max(since, now - _FIRST_READING), "before the first reading: what the feed still showed"
    else:
        since = instant(before.polled)
    return [Coverage(since, now, "partial", _pairs(stream), lost)] if lost and since < now else []


def _pairs(stream: Stream) -> tuple[tuple[str, int], ...]:
    return tuple((brand.id, brand.query_version) for brand in stream.brands)


def _put_off(error: SourceError, before: _Position | None) -> Iterator[Page]:
    """Remember when a feed may be asked again."""
    if before is not None and error.retry_at is not None:
        waiting = before.model_copy(update={"wait_until": epoch(error.retry_at)})
        yield Page(cursor=waiting.cursor())

"""Reddit: submissions that name a brand, and all comments of chosen subreddits, through asyncpraw.

Off until the app is approved: Reddit has approved apps by hand since November 2025. A subreddit's feed
needs no approval: `type = "feeds"` with https://www.reddit.com/r/NAME/new/.rss.

Listings are read newest first down to a time, never from a remembered post, which may be deleted. Reddit
lists about a thousand things at most, and 250 in a search: what lies below is a gap and recorded as one.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from listener.collectors import positions
from listener.collectors.addresses import checked_url
from listener.collectors.base import (
    Collector,
    Context,
    Cursor,
    Page,
    Payload,
    Rechecked,
    Secret,
    SourceSettings,
    Span,
    Stream,
    TrackedBrand,
)
from listener.collectors.cursor_times import Time
from listener.collectors.http import Http
from listener.collectors.positions import CLOCKS_DIFFER
from listener.collectors.reading import duration, table, text
from listener.collectors.reddit_client import RedditClient, children
from listener.collectors.reddit_parse import PLATFORM, created, parse, withdrawn
from listener.collectors.word_search import alternatives
from listener.errors import BadReply, SecretMissing, SourceError
from storage.types import Coverage

__all__ = ["Collect", "Settings", "parse"]

_PAGE = 100
_WASTED = 3
_MAYBE_CAPPED = 200  # a search ends after some 250, a listing after some 1,000
_LONGEST_QUERY = 500
_BEGINNING = datetime(2005, 6, 1, tzinfo=UTC)
_NOT_APPROVED = (
    "Reddit approves apps by hand since November 2025: when yours is approved, write approved = true;"
    ' without, read a subreddit\'s feed: type = "feeds", urls = ["https://www.reddit.com/r/NAME/new/.rss"]'
)


class Settings(SourceSettings):
    """`[sources.NAME]` with `type = "reddit"`."""

    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret("client_id", meaning="the id of your approved app"),
        Secret("client_secret", meaning="the secret of your approved app"),
    )

    type: Literal["reddit"] = "reddit"
    approved: Annotated[bool, Field(description="true: Reddit has approved your app")] = False
    subreddits: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{2,21}$")], ...],
        Field(description="names without r/; none: submissions are searched in all of Reddit"),
    ] = ()
    comments: Annotated[bool, Field(description="true: read all comments of `subreddits` too")] = True
    first_run: Annotated[Span, Field(description="how far back the first run reads")] = "7d"
    overlap: Annotated[Span, Field(description="how much each run reads again: late posts, edits")] = "1h"
    oauth_url: Annotated[str, Field(description="where the API is")] = "https://oauth.reddit.com"
    reddit_url: Annotated[str, Field(description="where apps log in")] = "https://www.reddit.com"

    _are_addresses = field_validator("oauth_url", "reddit_url")(checked_url)

    @model_validator(mode="after")
    def _is_approved(self) -> Self:
        if self.enabled and not self.approved:
            raise ValueError(_NOT_APPROVED)
        return self


class _Position(positions.Position):
    """Everything before `low` is stored."""

    low: Time = Field(strict=False)


class Collect(Collector):
    """A search for each brand, and the comments of each chosen subreddit for all of them."""

    platform: ClassVar[str] = PLATFORM
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._requests = 0

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        searches = [
            Stream(f"search {brand.id} {brand.query_version}", (brand,), brand.query) for brand in brands
        ]
        read = self.settings.subreddits if self.settings.comments else ()
        return [*searches, *(Stream(f"comments {name}", tuple(brands), address=name) for name in read)]

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        low = now - duration(self.settings.first_run) if cursor is None else self._resumed(cursor, now)
        yield from self._read(stream, low, now)

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        for page in self._read(stream, since, now):
            yield replace(page, cursor=None)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        """A hundred ids a request. Gone is what is marked as deleted or removed, or is not given where others are."""
        there: list[Payload] = []
        gone: list[str] = []
        before = self._requests
        for start in range(0, len(source_ids), _PAGE):
            asked = source_ids[start : start + _PAGE]
            found = children(self._listing("/api/info", now, id=",".join(asked)))
            names = {str(table(thing.get("data")).get("name")) for thing in found}
            gone += [key for key in map(withdrawn, found) if key is not None]
            gone += [key for key in asked if key not in names] if names else []
            there += [thing for thing in found if withdrawn(thing) is None]
        return Rechecked(there, gone, self._requests - before)

    def check(self, *, now: datetime) -> str:
        where = "+".join(self.settings.subreddits) or "all"
        self._listing(f"/r/{where}/new", now, limit=1)
        return f"Reddit accepts the app and shows r/{where}"

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()
        if "_http" in self.__dict__:
            self._http.close()

    @cached_property
    def _http(self) -> Http:
        settings = self.settings
        secrets = [self.context.secret(name) or "" for name in ("client_secret", "client_id")]
        private = settings.allow_private_addresses
        return Http(self.name, timeout_s=settings.timeout_s, allow_private=private, secrets=secrets)

    @cached_property
    def _client(self) -> RedditClient:
        client_id, secret = self.context.secret("client_id"), self.context.secret("client_secret")
        if not client_id or not secret:
            missing = "client_secret" if client_id else "client_id"
            raise SecretMissing(f"source {self.name}: the secret {missing} is not set")
        urls = {"oauth_url": self.settings.oauth_url, "reddit_url": self.settings.reddit_url}
        return RedditClient(self.name, self._http, client_id, secret, **urls)

    def _listing(self, path: str, now: datetime, **params: Any) -> Any:
        self._requests += 1
        return self._client.listing(path, now=now, **params)

    def _resumed(self, cursor: Cursor, now: datetime) -> datetime:
        low = positions.read(_Position, self.name, cursor).low
        if not _BEGINNING <= low <= now + CLOCKS_DIFFER:
            raise positions.refused(self.name, cursor, "it lies in the future, or before Reddit began")
        return low

    def _read(self, stream: Stream, low: datetime, now: datetime) -> Iterator[Page]:
        """Every listing of a stream, then one page with the cursor and what is covered."""
        since = low - duration(self.settings.overlap)
        reached = since
        for path, params in self._listings(stream):
            floor = yield from self._down(path, params, since, now)
            reached = max(reached, floor)
        brands = tuple((brand.id, brand.query_version) for brand in stream.brands)
        coverage = [Coverage(reached, now, "complete", brands)] if reached < now else []
        if reached > low:
            reason = "Reddit lists no more than its newest posts"
            coverage.append(Coverage(low, reached, "partial", brands, reason))
        yield Page(cursor=_Position(low=max(low, now)).cursor(), coverage=coverage)

    def _listings(self, stream: Stream) -> Iterator[tuple[str, dict[str, str]]]:
        if stream.address is not None:
            yield f"/r/{stream.address}/comments", {}
            return
        words = alternatives(stream.query) if stream.query else ()
        if not words:
            brands = ", ".join(brand.id for brand in stream.brands)
            raise SourceError(
                self.name, f"Reddit cannot be searched for the query of {brands}: it needs a word"
            )
        where = f"/r/{'+'.join(self.settings.subreddits)}/search" if self.settings.subreddits else "/search"
        for query in _queries(words):
            yield where, {"q": query, "sort": "new", "t": "all", "type": "link", "restrict_sr": "1"}

    def _down(
        self, path: str, params: dict[str, str], since: datetime, now: datetime
    ) -> Generator[Page, None, datetime]:
        """The pages of a listing down to `since`. Returns the time down to which nothing is missing."""
        seen: set[str] = set()
        anchors: list[str] = []
        asked: set[str] = set()
        oldest, wasted = now, 0
        while True:
            anchor = anchors.pop() if anchors else None
            before = self._requests
            data = self._listing(path, now, limit=_PAGE, after=anchor, **params)
            things = children(data)
            if not things and anchors:
                continue  # the post that the page hangs on may just have been deleted: ask below the one before
            names = [name for thing in things if (name := text(table(thing.get("data")).get("name")))]
            gone = [key for key in map(withdrawn, things) if key is not None]
            yield Page(things, deleted=gone, spent_units=self._requests - before)
            oldest = min([oldest, *(at for thing in things[-1:] if (at := created(thing)))])
            after = text(data.get("after"))
            if oldest < since:
                return since
            if after is None or not things:
                return oldest if len(seen) + len(names) >= _MAYBE_CAPPED else since
            wasted = 0 if set(names) - seen else wasted + 1
            if after in asked or wasted == _WASTED:
                raise BadReply(self.name, f"Reddit's paging of {path} runs in a circle")
            seen.update(names)
            asked.add(after)
            anchors = [*names[-3:-1], after]


def _queries(words: Sequence[str]) -> list[str]:
    """Searches that together ask for every word, each within what Reddit takes; quoted, so that none is an address.

    >>> _queries(["delta", "air france"])
    ['"delta" OR "air france"']
    """
    lengths: list[tuple[int, str]] = []
    used = 0
    for word in words:
        used += len(word) + 6
        lengths.append((used // _LONGEST_QUERY, f'"{word}"'))
    return [" OR ".join(word for _, word in group) for _, group in groupby(lengths, key=lambda pair: pair[0])]

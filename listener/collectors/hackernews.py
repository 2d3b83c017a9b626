"""Hacker News: stories, comments and polls, through the search at hn.algolia.com (https://hn.algolia.com/api).

No key; 10,000 requests an hour from one address. A run reads each brand's searches from now back to where the
last run ended; the cursor keeps how far it came, so that a run that is cut goes on there. The index takes in
posts late, and posts can be changed for two hours: each run reads `overlap` again.

Left out: votes on comments and languages, which the search does not tell, and jobs. Deleted and killed items
leave the index without a word; looking them up, one request each, finds out.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from listener.collectors import positions
from listener.collectors.addresses import checked_url
from listener.collectors.base import (
    Collector,
    Context,
    Cursor,
    Page,
    Payload,
    Rechecked,
    SourceSettings,
    Span,
    Stream,
    TrackedBrand,
)
from listener.collectors.hackernews_parse import PLATFORM, parse
from listener.collectors.hackernews_query import asks
from listener.collectors.hackernews_search import Search
from listener.collectors.http import Http
from listener.collectors.positions import CLOCKS_DIFFER, epoch, instant
from listener.collectors.reading import duration
from storage.types import Coverage, CoverageState

__all__ = ["Collect", "Settings", "parse"]

BEGINNING = 1_160_352_000  # 9 October 2006, the day of the first item


class Settings(SourceSettings):
    """Where the search answers and how far each run reads."""

    type: Literal["hackernews"] = "hackernews"
    api_url: Annotated[str, Field(description="the search to ask")] = "https://hn.algolia.com/api/v1"
    first_run: Annotated[Span, Field(description="how far back the first run reads")] = "7d"
    overlap: Annotated[Span, Field(description="how much each run reads again: late posts, edits")] = "2h"
    requests_per_run: Annotated[
        int, Field(ge=1, le=10_000, description="the next run goes on from there")
    ] = 500

    _is_an_address = field_validator("api_url")(checked_url)


class _Position(positions.Position):
    """Everything before `until` is stored. Where `top` is there, a run up to it was cut off.

    That run has come to the search `ask`, of which all that is newer than `low` is stored, and to no search
    after it.
    """

    until: int
    top: int | None = None
    ask: str | None = None
    low: int | None = None


class Collect(Collector):
    """Searches for each brand by itself."""

    platform: ClassVar[str] = PLATFORM
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._http = Http(
            self.name, timeout_s=settings.timeout_s, allow_private=settings.allow_private_addresses
        )
        self._search = Search(self._http, settings.api_url)

    def close(self) -> None:
        self._http.close()

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        """One for each brand's query."""
        return [Stream(f"{brand.id}/{brand.query_version}", (brand,), brand.query) for brand in brands]

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        first = _Position(until=epoch(now - duration(self.settings.first_run)))
        position = first if cursor is None else self._resumed(cursor, now)
        if position.top is not None:
            finished = yield from self._run(stream, position, now)
            if not finished:
                return
            position = _Position(until=position.top)
        yield from self._run(stream, position.model_copy(update={"top": epoch(now)}), now)

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        position = _Position(until=max(epoch(since), BEGINNING), top=epoch(now))
        for page in self._run(stream, position, now):
            yield replace(page, cursor=None)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        """Items one by one; one that was deleted or killed has lost its author, or is not found."""
        there: list[Payload] = []
        gone: list[str] = []
        for source_id in source_ids:
            item = self._search.item(source_id, now=now)
            if item is None:
                gone.append(source_id)
            else:
                there.append(item)
        return Rechecked(there, gone, spent_units=len(source_ids))

    def check(self, *, now: datetime) -> str:
        newest = self._search.newest(now=now)
        return f"{self.settings.api_url} answers; its newest item is of {instant(newest).isoformat()}"

    def _resumed(self, cursor: Cursor, now: datetime) -> _Position:
        position = positions.read(_Position, self.name, cursor)
        latest = epoch(now + CLOCKS_DIFFER)
        if not all(
            BEGINNING <= at <= latest for at in (position.until, position.top, position.low) if at is not None
        ):
            raise positions.refused(self.name, cursor, "it lies in the future, or before Hacker News began")
        return position

    def _run(self, stream: Stream, position: _Position, now: datetime) -> Generator[Page, None, bool]:
        """All searches of a stream, each from `position.top` down to a while before `position.until`.

        False where the requests of a run are used up: the cursor then says where the next goes on.
        """
        assert stream.query is not None
        assert position.top is not None
        searches = {ask.key: ask for ask in asks(stream.query)}
        since = position.until - int(duration(self.settings.overlap).total_seconds())
        todo, low = list(searches), position.top
        if position.ask in searches and position.low is not None:
            todo, low = todo[todo.index(position.ask) :], position.low
        left, lost = self.settings.requests_per_run, ""
        for key in todo:
            for step in self._search.walk(searches[key], since, low, now=now):
                here = position.model_copy(update={"ask": key, "low": step.low})
                left, lost = left - 1, lost or step.lost
                warning = (
                    () if left else (f"{self.settings.requests_per_run} requests made; the next run goes on",)
                )
                yield Page(step.hits, here.cursor(), spent_units=1, partial_errors=warning)
                if not left:
                    return False
            low = position.top
        yield self._finished(stream, position.until, position.top, lost)
        return True

    def _finished(self, stream: Stream, since: int, until: int, lost: str) -> Page:
        brands = tuple((brand.id, brand.query_version) for brand in stream.brands)
        state: CoverageState = "partial" if lost else "complete"
        covered = Coverage(instant(since), instant(until), state, brands, lost)
        return Page(cursor=_Position(until=until).cursor(), coverage=[covered] if since < until else [])

"""What is asked of a Mastodon server for each brand, and how a timeline is paged through without a hole."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from listener.collectors.base import TrackedBrand
from listener.collectors.mastodon_places import (
    CLOCKS_DIFFER,
    Place,
    created,
    earlier,
    id_at,
    newest,
    oldest,
    time_of,
)
from listener.collectors.needles import needles
from listener.errors import BadReply
from storage.query import Handle, Prefix, Spoken, Tag, Term, render

PAGE = 40
_SEARCH_OVERLAP = 5  # a post deleted between two pages moves the rest up

Status = dict[str, Any]
Ask = Callable[[str, Mapping[str, Any]], list[Status]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One thing to be paged through. `kind` is the setting that asks for it, "none" where nothing can be
    asked.
    """

    key: str
    kind: str
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"the {self.kind} timeline" if self.kind in ("public", "local") else f"its {self.kind}"


NOTHING = Timeline("none", "none")
PUBLIC = Timeline("public", "public", "/api/v1/timelines/public")
LOCAL = Timeline("local", "local", "/api/v1/timelines/public", {"local": "true"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read for one brand; `missing` says what of its query no timeline brings, "" where all of it
    comes.
    """

    brand: TrackedBrand
    timelines: tuple[Timeline, ...]
    missing: str = ""


def wanted(brand: TrackedBrand, kinds: Sequence[str], *, can_search: bool) -> Wanted:
    """The timelines of a brand. With `public` everything comes; otherwise what names the brand is asked for
    by piece.
    """
    live = tuple(timeline for timeline in (PUBLIC, LOCAL) if timeline.kind in kinds)
    pieces = needles(brand.query.tree)
    asked: list[Timeline] = []
    missing: list[str] = []
    for piece in pieces or ():
        timeline = _for_piece(piece, kinds, can_search)
        if timeline is None:
            missing.append(render(piece))
        elif timeline not in asked:
            asked.append(timeline)
    if pieces is None:
        missing.append("the query")
    found = (*asked, *live)
    why = "" if not missing or PUBLIC in live else f"{', '.join(missing)} cannot be asked for"
    if why and "search" in kinds and not can_search:
        why += " without an access token"
    return Wanted(brand, found or (NOTHING,), why)


def _for_piece(piece: Spoken, kinds: Sequence[str], can_search: bool) -> Timeline | None:
    match piece:
        case Tag(name) if "tags" in kinds:
            return Timeline(f"tag:{name}", "tags", f"/api/v1/timelines/tag/{quote(name, safe='')}")
        case Term(words) | Tag(words) if "search" in kinds and can_search:
            return _search(f'"{words}"' if " " in words else words)
        case Handle(name) if "search" in kinds and can_search:
            return _search(name.partition("@")[0])
        case Prefix() | _:
            return None


def _search(words: str) -> Timeline:
    return Timeline(f"search:{words}", "search", "/api/v2/search", {"q": words, "type": "statuses"})


@dataclass(frozen=True, slots=True)
class Step:
    """A page of a timeline, and where the timeline stands once it is stored; None: as before. `lost`: it was
    cut.
    """

    statuses: Sequence[Status] = ()
    place: Place | None = None
    lost: str = ""


@dataclass(slots=True)
class Reading:
    """One pass over one timeline. `since` is the time up to which it was read before, or where the first
    pass starts.

    `must_be_open` raises where an empty answer means that the timeline is switched off. `end` is when the
    pass has had its time, on the monotonic clock; each timeline still gets one page.
    """

    source: str
    timeline: Timeline
    since: datetime
    now: datetime
    overlap: timedelta
    most_pages: int
    ask: Ask
    must_be_open: Callable[[], None]
    end: float
    place: Place | None = None

    def steps(self) -> Iterator[Step]:
        """Pages, the last with the place from which the next pass goes on."""
        if self.timeline.kind == "none":
            yield Step(place=Place(until=self.now))
        elif self.timeline.kind == "search":
            yield from self._searched()
        elif self.place is not None and self.place.id is not None:
            yield from self._forward(earlier(self.place.id, self.overlap), self.place.id)
        else:
            yield from self._first()

    def _page(self, **params: Any) -> list[Status]:
        return self.ask(self.timeline.path, {**self.timeline.params, "limit": PAGE, **params})

    def _turns(self) -> Iterator[int]:
        for number in range(self.most_pages):
            if number and time.monotonic() >= self.end:
                return
            yield number

    def _newest(self, page: list[Status], known: str | None = None) -> str | None:
        return newest(page, known, before=self.now + CLOCKS_DIFFER)

    def _first(self) -> Iterator[Step]:
        """Nothing stored yet: forward from an id of the time wanted, or back to that time where ids tell
        none.
        """
        page = self._page()
        latest = self._newest(page)
        if latest is None:
            self.must_be_open()
            yield Step(place=Place(until=self.now))
        elif time_of(latest):
            yield from self._forward(id_at(self.since - self.overlap), None)
        else:
            yield from self._back(page, latest)

    def _forward(self, anchor: str, known: str | None) -> Iterator[Step]:
        """Pages upward from `anchor`; each is the 40 right above it, so that stopping anywhere leaves no
        hole.
        """
        latest = known
        for number in self._turns():
            page = self._page(min_id=anchor)
            if not page and number == 0:
                yield from self._nothing_new(known)
                return
            if not page:
                yield Step(place=Place(until=self.now, id=latest))
                return
            top = self._newest(page, anchor)
            if top is None or top == anchor:
                raise BadReply(
                    self.source, f"{self.timeline.title}: nothing in the page is newer than {anchor}"
                )
            anchor, latest = top, self._newest(page, latest)
            yield Step(page, Place(until=self.since, id=latest))
        reached = time_of(anchor) or self.since
        yield Step(place=Place(until=min(max(reached, self.since), self.now), id=latest))

    def _nothing_new(self, known: str | None) -> Iterator[Step]:
        """Nothing above the stored id. Where the server's newest is another, it cannot place that id: back
        to `since`.
        """
        self.must_be_open()
        page = self._page()
        latest = self._newest(page)
        if latest is None or latest == known:
            yield Step(place=Place(until=self.now, id=known))
        else:
            yield from self._back(page, latest)

    def _back(self, page: list[Status], latest: str) -> Iterator[Step]:
        """Pages downward to `since`. The place moves at the end only: a pass that is cut starts again."""
        for _ in self._turns():
            yield Step(page)
            lowest = oldest(page)
            page = self._page(max_id=lowest) if lowest and self._reaches_since(page) else []
            if not page or oldest(page) == lowest:
                yield Step(place=Place(until=self.now, id=latest))
                return
        yield Step(place=Place(until=self.now, id=latest), lost="more posts than one pass reads")

    def _reaches_since(self, page: list[Status]) -> bool:
        return any((created(status) or self.now) >= self.since - self.overlap for status in page)

    def _searched(self) -> Iterator[Step]:
        """Search results, newest first, down to `since`; the place moves at the end only."""
        seen: set[str] = set()
        offset = 0
        for _ in self._turns():
            page = self._page(offset=offset)
            ids = {str(status.get("id")) for status in page}
            if ids <= seen:
                yield Step(place=Place(until=self.now))
                return
            yield Step([status for status in page if str(status.get("id")) not in seen])
            seen |= ids
            offset += max(1, len(page) - _SEARCH_OVERLAP)
            if not self._reaches_since(page):
                yield Step(place=Place(until=self.now))
                return
        yield Step(place=Place(until=self.now), lost="more posts than one search gives")

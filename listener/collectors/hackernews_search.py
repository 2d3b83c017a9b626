"""The Hacker News index, asked so that its limit of 1,000 hits per search loses nothing.

Results come newest first and are not paged: pages shift as posts come and go, and end at 1,000 hits. Each
request asks for what is as old as the oldest hit so far or older. Only a second with more hits than fit into
one answer is paged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.hackernews_query import Ask
from listener.collectors.http import Http, Reply
from listener.collectors.positions import epoch
from listener.collectors.reading import count, items, table

HITS = 500
CEILING = 1000
_NOISE = frozenset({"_highlightResult", "_snippetResult", "children"})


@dataclass(frozen=True, slots=True)
class Step:
    """What one request brought: hits not seen before in this walk; all that is newer than `low` is had.

    `lost` says what could not be had.
    """

    hits: list[Payload]
    low: int
    lost: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    reply: Reply
    hits: list[dict[str, Any]]
    total: int
    more: bool


class Search:
    """Searches and items of one index at `url`."""

    def __init__(self, http: Http, url: str) -> None:
        self._http = http
        self._url = url.rstrip("/")

    def walk(self, ask: Ask, since: int, low: int, *, now: datetime) -> Iterator[Step]:
        """All hits from `low`, in seconds since 1970, down to `since`, both included.

        Raises SourceErrors; BadReply where the index answers the same again and again.
        """
        seen: set[str] = set()
        while low >= since:
            found = self._ask(ask, since, low, now=now)
            fresh = _fresh(found.hits, seen)
            times = [at for hit in found.hits if (at := _second(hit)) is not None]
            if times and (max(times) > low or min(times) < since):
                raise found.reply.bad("answers hits from outside the time asked for")
            bottom = min(times, default=since)
            if not found.more:
                yield Step(fresh, since)
                return
            if bottom >= low:
                yield Step(fresh, low)
                yield from self._rest_of_second(ask, low, len(found.hits), seen, now=now)
                bottom = low - 1
            elif not fresh:
                raise found.reply.bad("answers the same hits again")
            else:
                yield Step(fresh, bottom)
            low = bottom

    def item(self, source_id: str, *, now: datetime) -> Payload | None:
        """An item without what was answered to it, None where it is gone."""
        reply = self._http.get(f"{self._url}/items/{source_id}", now=now, expect=(200, 404))
        item = dict(table(reply.json()))
        if reply.status == 404 or (str(item.get("id")) == source_id and item.get("author") is None):
            return None
        if str(item.get("id")) != source_id:
            raise reply.bad(f"answers something else than item {source_id}")
        return _own_part(item)

    def newest(self, *, now: datetime) -> int:
        """When the newest item in the index was posted, in seconds since 1970."""
        found = self._ask(Ask(), 0, epoch(now), now=now, hits=1)
        return max((at for hit in found.hits if (at := _second(hit)) is not None), default=0)

    def _rest_of_second(
        self, ask: Ask, second: int, had: int, seen: set[str], *, now: datetime
    ) -> Iterator[Step]:
        """The further pages of a second whose hits do not fit into one answer of `had` hits."""
        page = 1
        while True:
            found = self._ask(ask, second, second, now=now, page=page)
            fresh = _fresh(found.hits, seen)
            done = page * had + len(found.hits) >= min(found.total, CEILING)
            if not fresh and not done:
                raise found.reply.bad("answers the same hits again")
            lost = f"over {CEILING} posts in one second" if done and found.total > CEILING else ""
            yield Step(fresh, second, lost)
            if done:
                return
            page += 1

    def _ask(
        self, ask: Ask, since: int, until: int, *, now: datetime, page: int = 0, hits: int = HITS
    ) -> _Found:
        params = {
            **ask.params(),
            "numericFilters": f"created_at_i>={since},created_at_i<={until}",
            "hitsPerPage": hits,
            "page": page,
            "typoTolerance": "false",
        }
        reply = self._http.get(f"{self._url}/search_by_date", params=params, now=now)
        answer = table(reply.json())
        found = answer.get("hits")
        if not isinstance(found, list) or not all(isinstance(hit, dict) for hit in found):
            raise reply.bad("answers something that is no list of hits")
        total = count(answer.get("nbHits")) or len(found)
        per_page = count(answer.get("hitsPerPage")) or hits
        return _Found(reply, found, total, total > len(found) or len(found) >= per_page)


def _fresh(hits: list[dict[str, Any]], seen: set[str]) -> list[Payload]:
    """Hits not seen before, which are noted; those without an id are left for the parser to refuse."""
    fresh = [hit for hit in hits if (key := str(hit.get("objectID"))) not in seen or key == "None"]
    seen.update(str(hit.get("objectID")) for hit in hits)
    return [_own_part(hit) for hit in fresh]


def _own_part(item: dict[str, Any]) -> Payload:
    """The item itself: without the words searched for marked in it, and answers only counted."""
    own = {name: value for name, value in item.items() if name not in _NOISE}
    if isinstance(item.get("children"), list) and "num_comments" not in own:
        own["num_comments"] = _descendants(item)
    return own


def _descendants(item: dict[str, Any]) -> int:
    total, level = 0, [item]
    while level:
        level = [child for one in level for child in items(one.get("children")) if isinstance(child, dict)]
        total += len(level)
    return total


def _second(hit: dict[str, Any]) -> int | None:
    return count(hit.get("created_at_i"))

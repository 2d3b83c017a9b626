"""One run over YouTube: which videos are known, and their comments read newest first down to what is stored.

A place is a video or a channel. All before its `low` is stored; while its comments are walked the cursor
holds the page token, and a walk whose token is refused starts again from the top. `revisit` is how far a
walk goes on below `low`, for edits and late replies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listener.collectors import positions
from listener.collectors.base import Cursor, Page, Payload, TrackedBrand
from listener.collectors.cursor_times import Time
from listener.collectors.positions import CLOCKS_DIFFER
from listener.collectors.reading import count, instant, items, table, text
from listener.collectors.word_search import alternatives
from listener.collectors.youtube_api import LOOKED_UP, PAGE, Api, NothingHereError, PageRefusedError
from listener.collectors.youtube_parse import of_thread
from listener.collectors.youtube_quota import Ledger, Quota, day_of
from listener.errors import BadReply

_DAY = timedelta(days=1)
_WASTED = 3  # pages without a new comment before a place is given up
_COUNTS_KEPT = 500
_VIDEOS_FOLLOWED = 200


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Walk(_Model):
    since: Time
    until: Time
    token: str | None = None


class Place(_Model):
    """`replies`: how many replies the threads have that hold more than come with the thread itself."""

    low: Time
    walk: Walk | None = None
    replies: dict[str, int] = Field(default_factory=dict)


class State(_Model):
    """The cursor. `done`: all places are read up to there. `searches`: when each brand was searched for last;
    `found`: the videos it led to, and when.
    """

    ledger: Ledger
    done: Time | None = None
    places: Annotated[dict[str, Place], Field(min_length=1)] = Field(default_factory=dict)
    searches: Annotated[dict[str, Time], Field(min_length=1)] = Field(default_factory=dict)
    found: Annotated[dict[str, Time], Field(min_length=1)] = Field(default_factory=dict)


def read_state(source: str, cursor: Cursor, *, now: datetime) -> State:
    """A stored cursor. Raises CursorRefused for one that no run of this source stored."""
    try:
        state = State.model_validate(dict(cursor))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise positions.refused(source, cursor, problem) from None
    walks = [place.walk.until for place in state.places.values() if place.walk is not None]
    lows = [place.low for place in state.places.values()]
    times = [*walks, *lows, *state.searches.values(), *state.found.values(), state.done or now]
    if max(times) > now + CLOCKS_DIFFER or state.ledger.day > day_of(now) + _DAY:
        raise positions.refused(source, cursor, "it lies in the future")
    return state


@dataclass(slots=True)
class Run:
    """`first_low` is where a place starts that was not read before. `state` is what the next page's cursor holds."""

    source: str
    api: Api
    quota: Quota
    state: State
    now: datetime
    first_low: datetime
    revisit: timedelta
    _told: int = field(init=False)

    def __post_init__(self) -> None:
        self._told = self.quota.ledger.units

    def page(self, payloads: Sequence[Payload] = (), notes: Sequence[str] = (), **changes: Any) -> Page:
        """A page whose cursor holds `changes` and what the quota was charged since the page before."""
        units = self.quota.ledger.units - self._told
        self._told = self.quota.ledger.units
        self.state = self.state.model_copy(update={**changes, "ledger": self.quota.ledger})
        cursor = self.state.model_dump(mode="json", exclude_defaults=True)
        return Page(payloads, cursor, spent_units=units, partial_errors=notes)

    def searched(
        self, brands: Sequence[TrackedBrand], per_day: int, units: int, follow: timedelta
    ) -> Iterator[Page]:
        """New videos for each brand whose turn it is, at most `per_day` searches of all brands together."""
        for brand in brands if per_day else ():
            key = f"{brand.id} {brand.query_version}"
            last = self.state.searches.get(key)
            if last is not None and self.now - last < _DAY * len(brands) / per_day:
                continue
            words = alternatives(brand.query)
            if not words:
                yield self.page(
                    notes=(f"YouTube cannot be searched for the query of {brand.id}: it needs a word",)
                )
            elif self.quota.left > units:
                yield self._search(key, words, last, units, follow)

    def _search(
        self, key: str, words: Sequence[str], last: datetime | None, units: int, follow: timedelta
    ) -> Page:
        since = max(last - _DAY, self.first_low) if last else self.first_low
        answer = self.api.get(
            "search",
            self.quota,
            now=self.now,
            units=units,
            part="snippet",
            type="video",
            order="date",
            maxResults=LOOKED_UP,
            q="|".join(f'"{word}"' if " " in word else word for word in words),
            publishedAfter=since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        ids = [
            found for item in answer["items"] if (found := text(table(table(item).get("id")).get("videoId")))
        ]
        whole = "snippet,statistics"
        videos = (
            self.api.get("videos", self.quota, now=self.now, part=whole, id=",".join(ids))["items"]
            if ids
            else []
        )
        known = {**self.state.found, **dict.fromkeys(ids, self.now)}
        fresh = sorted(((at, video) for video, at in known.items() if self.now - at < follow), reverse=True)
        more = text(answer.get("nextPageToken")) is not None
        return self.page(
            [{"video": video} for video in videos],
            (f"YouTube has more than {LOOKED_UP} new videos for {key}: the newest were taken",) * more,
            searches={**self.state.searches, key: self.now},
            found={video: at for at, video in fresh[:_VIDEOS_FOLLOWED]},
        )

    def read(self, key: str) -> Iterator[Page]:
        """One place: what was left of its last walk, then from now down to what is stored and `revisit` further."""
        if key not in self.state.places:
            self._put(key, Place(low=self.first_low))
        if self.state.places[key].walk is not None:
            yield from self._walked(key)
        yield from self._walked(key)

    def _walked(self, key: str) -> Iterator[Page]:
        place = self.state.places[key]
        fresh = Walk(since=min(place.low, self.now - self.revisit), until=self.now)
        walk = place.walk or fresh
        seen: set[str] = set()
        tokens: set[str] = set()
        wasted = 0
        while True:
            try:
                answer = self._threads(key, walk.token)
            except NothingHereError as nothing:
                yield self._done(key, walk, [], (f"{key} has no comments to read: {nothing}",))
                return
            except PageRefusedError:
                if walk.token is None:
                    raise BadReply(self.source, f"YouTube refuses the first page of {key}") from None
                walk = fresh
                continue
            threads, token = answer["items"], text(answer.get("nextPageToken"))
            yield from self._replies(key, threads)
            payloads = [payload for thread in threads for payload in of_thread(table(thread))]
            last = _published(threads[-1]) if threads else None
            if token is None or (last is not None and last < walk.since):
                yield self._done(key, walk, payloads)
                return
            ids = {str(table(thread).get("id")) for thread in threads}
            wasted = 0 if ids - seen else wasted + 1
            if token in tokens or wasted == _WASTED:
                raise BadReply(self.source, f"YouTube's paging of {key} runs in a circle")
            seen, tokens = seen | ids, tokens | {token}
            walk = walk.model_copy(update={"token": token})
            self._put(key, self.state.places[key].model_copy(update={"walk": walk}))
            yield self.page(payloads)

    def _threads(self, key: str, token: str | None) -> Mapping[str, Any]:
        kind, name = key.split(":", 1)
        whose: dict[str, Any] = (
            {"videoId": name} if kind == "video" else {"allThreadsRelatedToChannelId": name}
        )
        return self.api.get(
            "commentThreads",
            self.quota,
            now=self.now,
            part="snippet,replies",
            order="time",
            textFormat="plainText",
            maxResults=PAGE,
            pageToken=token,
            **whose,
        )

    def _replies(self, key: str, threads: Sequence[Any]) -> Iterator[Page]:
        """The replies that did not come with their thread, where their number changed since they were read."""
        for thread in map(table, threads):
            snippet, thread_id = table(thread.get("snippet")), text(thread.get("id"))
            total = count(snippet.get("totalReplyCount")) or 0
            sent = len(items(table(thread.get("replies")).get("comments")))
            counts = self.state.places[key].replies
            if thread_id is None or total <= sent or counts.get(thread_id) == total:
                continue
            yield from self._all_replies(thread_id, snippet.get("videoId"))
            kept = dict(list({**counts, thread_id: total}.items())[-_COUNTS_KEPT:])
            self._put(key, self.state.places[key].model_copy(update={"replies": kept}))

    def _all_replies(self, thread_id: str, video_id: object) -> Iterator[Page]:
        token, tokens = None, set[str]()
        while token is None or token not in tokens:
            tokens |= {token} if token else set()
            try:
                answer = self.api.get(
                    "comments",
                    self.quota,
                    now=self.now,
                    part="snippet",
                    textFormat="plainText",
                    maxResults=PAGE,
                    parentId=thread_id,
                    pageToken=token,
                )
            except (NothingHereError, PageRefusedError):
                return
            yield self.page([{"comment": reply, "video_id": video_id} for reply in answer["items"]])
            token = text(answer.get("nextPageToken"))
            if token is None:
                return

    def _done(self, key: str, walk: Walk, payloads: Sequence[Payload], notes: Sequence[str] = ()) -> Page:
        self._put(key, self.state.places[key].model_copy(update={"low": walk.until, "walk": None}))
        return self.page(payloads, notes)

    def _put(self, key: str, place: Place) -> None:
        self.state = self.state.model_copy(update={"places": {**self.state.places, key: place}})


def _published(thread: object) -> datetime | None:
    """When a thread's first comment was published."""
    top = table(table(table(thread).get("snippet")).get("topLevelComment"))
    found = instant(table(top.get("snippet")).get("publishedAt"))
    return found.at if found else None

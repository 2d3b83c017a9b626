"""Reading a newest-first search so that nothing is lost wherever it stops.

A window [since, until) is walked from its new end to its old one, a page at a time. `low`, before which
everything is stored, moves to the window's end only when the walk has reached its start; until then the
cursor holds how far the walk came, as X's page token and as the oldest id stored. A walk that was cut goes
on by the token, or by id where X refuses the token or its paging runs in a circle; then the next window is
opened.

Each window starts `OVERLAP` before `low`, since X indexes some posts late: those up to that late are found.
It ends `LAG` before now, as X's own search does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listener.collectors import positions
from listener.collectors.base import Cursor, Page, Payload
from listener.collectors.cursor_times import Day, Time
from listener.collectors.positions import CLOCKS_DIFFER
from listener.collectors.reading import items, table, text
from listener.collectors.replies import snippet
from listener.collectors.x_client import WindowRefused
from listener.collectors.x_parse import id_at, time_of
from listener.collectors.x_payload import post_id, split
from listener.errors import BadReply
from storage.types import Coverage, CoverageState

OVERLAP = timedelta(minutes=5)
LAG = timedelta(seconds=30)
BEGINNING = datetime(2006, 3, 21, tzinfo=UTC)
_WASTED = 3  # pages without anything new before a search is given up
_REMEMBERED = 1_000

PostId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]


class Walk(BaseModel):
    """A window being walked: everything in it newer than `oldest` is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    since: Time
    until: Time
    token: str | None = None
    oldest: PostId | None = None

    @property
    def edge(self) -> datetime:
        """How far down the walk has come: everything from here to `until` is stored."""
        oldest = time_of(self.oldest) if self.oldest else None
        return min(oldest.replace(microsecond=0) + timedelta(seconds=1), self.until) if oldest else self.until


class Paid(BaseModel):
    """The newest ids that X charged on a UTC day and may send again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: Day
    ids: tuple[PostId, ...]


class Place(BaseModel):
    """The cursor. Volumes are stored up to `counted`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    low: Time
    walk: Walk | None = None
    counted: Time | None = None
    paid: Paid | None = None

    def moved(self, **changes: Any) -> "Place":
        return self.model_copy(update=changes)

    def cursor(self) -> Cursor:
        """As it is stored: plain JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)


def read_place(source: str, cursor: Cursor, *, now: datetime) -> Place:
    """A stored cursor. Raises CursorRefused for one that this search cannot have stored."""
    try:
        place = Place.model_validate(dict(cursor))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    else:
        walk = place.walk
        ids = [*(place.paid.ids if place.paid else ()), *([walk.oldest] if walk and walk.oldest else ())]
        newest = int(id_at(now + CLOCKS_DIFFER))
        if (
            max(place.low, walk.until if walk else place.low, place.counted or place.low)
            > now + CLOCKS_DIFFER
        ):
            problem = "it lies in the future"
        elif place.low < BEGINNING or (walk is not None and walk.since < BEGINNING):
            problem = "it lies before X began"
        elif walk is not None and walk.since > walk.until:
            problem = "its window ends before it starts"
        elif any(int(key) > newest for key in ids):
            problem = "it holds an id from the future"
        else:
            return place
    raise positions.refused(source, cursor, problem)


Ask = Callable[[Mapping[str, Any]], Payload]


@dataclass(slots=True)
class Search:
    """One run over one query. `place` is where it stands: after each page, what that page's cursor holds.

    `ask` sends one request. `allowance` gives how many posts may be read now: 0 skips the rest of the
    window, which is then marked over budget; it raises OutOfBudget to stop. `price` is what a post costs in
    USD, `price_author` an account sent with it. `horizon` is the oldest time that X searches.
    """

    source: str
    brands: tuple[tuple[str, int], ...]
    ask: Ask
    now: datetime
    place: Place
    horizon: datetime
    allowance: Callable[[], int]
    price: float = 0.0
    price_author: float = 0.0
    most_pages: int = 100
    _ids: set[str] = field(default_factory=set)
    _tokens: set[str] = field(default_factory=set)
    _wasted: int = 0
    _pages: int = 0

    def pages(self) -> Iterator[Page]:
        """What was left of the last walk, then what is new since."""
        if self.place.walk is not None:
            yield from self._given_up(self.horizon)
            yield from self._walked()
        if self.place.walk is not None or self._pages >= self.most_pages:
            return
        yield from self._given_up(self.horizon)
        until = self.now - LAG
        if until > self.place.low:
            since = max(self.place.low - OVERLAP, self.horizon)
            self.place = self.place.moved(walk=Walk(since=since, until=until))
            self._ids, self._tokens, self._wasted = set(), set(), 0
            yield from self._walked()

    def missing(self) -> list[tuple[datetime, datetime]]:
        """The stretches up to now that are not stored yet."""
        walk = self.place.walk
        if walk is None:
            return [(self.place.low, self.now)]
        return [(max(walk.since, self.place.low), walk.edge), (walk.until, self.now)]

    def _walked(self) -> Iterator[Page]:
        while (walk := self.place.walk) is not None and self._pages < self.most_pages:
            allowed = self.allowance()
            if allowed == 0:
                yield self._skipped(walk)
                return
            try:
                reply = self.ask(_window(walk, allowed))
            except WindowRefused:
                if walk.token is not None:
                    self.place = self.place.moved(walk=walk.model_copy(update={"token": None}))
                elif given_up := list(self._given_up(self.horizon + CLOCKS_DIFFER)):
                    yield from given_up
                else:
                    raise
                continue
            self._pages += 1
            yield self._page(walk, reply)

    def _page(self, walk: Walk, reply: Payload) -> Page:
        """One answer as a page, and the place moved over it."""
        tweets, meta = found_in(self.source, reply)
        ids = {key for key in (post_id(table(tweet).get("id")) for tweet in tweets) if key is not None}
        token, by_id = text(meta.get("next_token")), walk.oldest is not None and walk.token is None
        notes = [noted(error) for error in items(reply.get("errors"))]
        finished = (token is None and "meta" in reply) or (by_id and not tweets)
        self._wasted = 0 if ids - self._ids or finished else self._wasted + 1
        if self._wasted >= _WASTED:
            raise BadReply(
                self.source, f"X sent {_WASTED} pages with nothing new: its paging runs in a circle"
            )
        if token in self._tokens:
            by_id = True
            notes.append("X gave a page token twice: its paging runs in a circle; went on by id")
        oldest = min([*ids, *([walk.oldest] if walk.oldest else [])], key=int, default=None)
        after = walk.model_copy(update={"oldest": oldest, "token": None if by_id else token})
        self._ids |= ids
        self._tokens |= {token} if token else set()
        usd = self._charged(ids, reply, walk)
        if finished:
            self.place = self.place.moved(low=max(walk.until, self.place.low), walk=None)
        else:
            self.place = self.place.moved(walk=after)
        return Page(
            payloads=split(reply),
            cursor=self.place.cursor(),
            coverage=self._coverage("complete", walk.since if finished else after.edge, walk.edge),
            spent_units=1,
            spent_usd=usd,
            partial_errors=notes,
        )

    def _charged(self, ids: set[str], reply: Payload, walk: Walk) -> float:
        """What a page cost: X charges a post once a UTC day, so those read again in the overlap are free."""
        today, before = self.now.date(), self.place.paid
        paid = set(before.ids) if before is not None and before.on == today else set()
        # Read again: the end of this window by the next one, and the end of the last one by this.
        newer, older = int(id_at(walk.until - OVERLAP)), int(id_at(self.place.low))
        kept = [key for key in paid | ids if int(key) >= newer or int(key) < older]
        kept = sorted(kept, key=int)[-_REMEMBERED:]
        self.place = self.place.moved(paid=Paid(on=today, ids=tuple(kept)))
        accounts = len(items(table(reply.get("includes")).get("users")))
        return len(ids - paid) * self.price + accounts * self.price_author

    def _skipped(self, walk: Walk) -> Page:
        since = max(walk.since, self.place.low)
        self.place = self.place.moved(low=max(walk.until, self.place.low), walk=None)
        reason = "the budget's even pace allows no more of this window"
        return Page(
            cursor=self.place.cursor(), coverage=self._coverage("over_budget", since, walk.edge, reason)
        )

    def _given_up(self, horizon: datetime) -> Iterator[Page]:
        """What is older than X searches cannot be had any more: one gap, and the place moved past it."""
        walk, low = self.place.walk, self.place.low
        gap = (low, low)
        if walk is not None and walk.since < horizon:
            gap = (max(walk.since, low), min(walk.edge, horizon))
            kept = walk.model_copy(update={"since": horizon, "token": None}) if walk.edge > horizon else None
            low = walk.until if kept is None else low
            self.place = self.place.moved(walk=kept, low=low)
        elif walk is None and low < horizon:
            gap = (low, horizon)
            self.place = self.place.moved(low=horizon)
        else:
            return
        reason = "older than the network can be searched"
        yield Page(cursor=self.place.cursor(), coverage=self._coverage("not_collected", *gap, reason))

    def _coverage(
        self, state: CoverageState, since: datetime, until: datetime, reason: str = ""
    ) -> tuple[Coverage, ...]:
        return (Coverage(since, until, state, self.brands, reason),) if since < until else ()


def _window(walk: Walk, allowed: int) -> dict[str, Any]:
    """The parameters that ask for the walk's next page. X takes no times beside ids."""
    asked: dict[str, Any] = {"max_results": allowed}
    if walk.token is None and walk.oldest is not None:
        return {**asked, "since_id": id_at(walk.since), "until_id": walk.oldest}
    return {**asked, "start_time": walk.since, "next_token": walk.token}


def found_in(source: str, reply: Payload) -> tuple[list[Any], Mapping[str, Any]]:
    """The posts and the paging of an answer. Raises BadReply for what may be a broken one."""
    tweets, meta = reply.get("data"), reply.get("meta")
    told = table(meta).get("result_count")
    if not tweets and isinstance(tweets, list | None) and isinstance(meta, dict) and told == 0:
        return [], meta
    if isinstance(tweets, list) and tweets and isinstance(meta, dict | None):
        return tweets, table(meta)
    notes = "; ".join(noted(error) for error in items(reply.get("errors")))
    raise BadReply(
        source, f"X answered without posts and without saying that there are none ({notes or told})"
    )


def noted(error: object) -> str:
    """A partial error in a few words: a post or an account that could not be shown beside the others."""
    named = table(error)
    said = ": ".join(str(named[key]) for key in ("title", "detail") if key in named) or str(error)
    return snippet(said.encode("utf-8", "replace"))

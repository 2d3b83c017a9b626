"""YouTube: comments under known videos and channels, and rarely a search for new videos.

A list costs one unit of the day's quota, a search a hundred (newer Google projects: one of a hundred
searches); the day ends at midnight in California. There is one stream, since everything shares the quota:
its cursor holds the day's ledger and a place for each video and channel.

Left out: replies that come more than `revisit` after the comment they answer, live chat, and what a search
does not show.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from listener.collectors.addresses import checked_url
from listener.collectors.base import (
    AccountSettings,
    Collector,
    Context,
    Cursor,
    LookedUp,
    Page,
    Payload,
    Rechecked,
    Secret,
    Span,
    Stream,
    TrackedBrand,
)
from listener.collectors.http import Http
from listener.collectors.own_walk import OwnPlace, Step, read_own, walk
from listener.collectors.reading import duration, table
from listener.collectors.youtube_accounts import AGAIN, account_of, channel, uploads_of, videos_step
from listener.collectors.youtube_api import LOOKED_UP, Api
from listener.collectors.youtube_comments import Run, State, read_state
from listener.collectors.youtube_parse import PLATFORM, parse
from listener.collectors.youtube_quota import Ledger, Quota, day_of, midnight
from listener.errors import BadReply, OutOfBudget, SecretMissing
from storage.types import Coverage

__all__ = ["Collect", "Settings", "parse"]

_VIDEO_ID_LENGTH = 11  # a comment's id is longer


class Settings(AccountSettings):
    """`[sources.NAME]` with `type = "youtube"`."""

    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret("api_key", meaning="an API key of a Google Cloud project with the YouTube Data API enabled"),
    )

    type: Literal["youtube"] = "youtube"
    every: Annotated[Span, Field(description="how often it is collected")] = "30m"
    channels: Annotated[
        tuple[Annotated[str, Field(pattern=r"^UC[A-Za-z0-9_-]{22}$")], ...],
        Field(description="channel ids, as in UCabcdefghijklmnopqrstuv: all their videos' comments are read"),
    ] = ()
    videos: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{11}$")], ...],
        Field(description="video ids, as after watch?v="),
    ] = ()
    searches_per_day: Annotated[
        int, Field(ge=0, le=100, description="searches for videos about the brands; 0: none")
    ] = 0
    units_per_search: Annotated[
        int,
        Field(
            ge=1,
            le=100,
            description="units of the quota a search costs; 1 where Google counts searches apart",
        ),
    ] = 100
    daily_units: Annotated[
        int,
        Field(ge=1, description="units a day that may be used; Google gives 10,000 and counts failures too"),
    ] = 9_500
    own_share: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="the part of daily_units that the brands' own channels may use; mentions come first",
        ),
    ] = 0.2
    first_run: Annotated[Span, Field(description="how far back comments are read at first")] = "7d"
    revisit: Annotated[
        Span,
        Field(description="how far each run reads back again, for edits and for replies that came later"),
    ] = "1d"
    follow: Annotated[
        Span, Field(description="how long the comments of a video found by search are read")
    ] = "7d"
    api_url: Annotated[str, Field(description="where the YouTube API is")] = "https://www.googleapis.com"

    _is_an_address = field_validator("api_url")(checked_url)


class Collect(Collector):
    """Every run reads all places, least recently read first, as far as the day's quota goes."""

    platform: ClassVar[str] = PLATFORM
    has_accounts: ClassVar[bool] = True
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._http = Http(
            self.name,
            timeout_s=settings.timeout_s,
            allow_private=settings.allow_private_addresses,
            secrets=[key] if (key := context.secret("api_key")) else [],
        )

    def close(self) -> None:
        self._http.close()

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        return [Stream("comments", tuple(brands))]

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        state = read_state(self.name, cursor, now=now) if cursor is not None else None
        quota = self._quota(now, state.ledger if state else None)
        first_low = now - duration(self.settings.first_run)
        run = self._run(quota, state, now, first_low)
        settings = self.settings
        yield from run.searched(
            stream.brands, settings.searches_per_day, settings.units_per_search, duration(settings.follow)
        )
        yield from self._read_all(run)
        since = state.done if state and state.done else first_low
        brands = tuple((brand.id, brand.query_version) for brand in stream.brands)
        coverage = [Coverage(since, now, "complete", brands)] if since < now else []
        yield replace(run.page(done=now), coverage=coverage)

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        run = self._run(self._quota(now, Ledger(day=day_of(now))), None, now, since)
        for page in self._read_all(run):
            yield replace(page, cursor=None)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        """Fifty ids a request, one unit each. YouTube leaves out what is gone without a word."""
        quota = self._quota(now, Ledger(day=day_of(now)))
        videos = [key for key in source_ids if len(key) == _VIDEO_ID_LENGTH]
        comments = [key for key in source_ids if len(key) != _VIDEO_ID_LENGTH]
        there: list[Payload] = []
        gone: list[str] = []
        passed: list[str] = []
        for kind, ids in (("video", videos), ("comment", comments)):
            for start in range(0, len(ids), LOOKED_UP):
                asked = ids[start : start + LOOKED_UP]
                try:
                    found = self._looked_up(kind, asked, quota, now)
                except OutOfBudget:
                    if not there and not gone:
                        raise
                    return Rechecked(there, gone, quota.ledger.units, asked=passed)
                there += [{kind: thing} for thing in found.values()]
                gone += [key for key in asked if key not in found]
                passed += asked
        return Rechecked(there, gone, quota.ledger.units)

    def account_ids(self, handles: Sequence[str], *, now: datetime) -> Mapping[str, str]:
        """Videos name their channel by its id, comments by its handle too."""
        seen = {handle: self.account(handle, now=now).seen for handle in handles}
        return {handle: account.account_id for handle, account in seen.items() if account}

    def account(self, handle: str, *, now: datetime) -> LookedUp:
        quota = self._own_quota(now)
        found = channel(partial(self._api.get, quota=quota, now=now), handle)
        return LookedUp(account_of(self.name, found), quota.ledger.units)

    def own_posts(
        self, handle: str, account_id: str, cursor: Cursor | None, *, now: datetime
    ) -> Iterator[Page]:
        first = now - duration(self.settings.own_posts_first_run)
        place = read_own(self.name, cursor, first=first, now=now)
        quota = self._own_quota(now)
        ask = partial(self._api.get, quota=quota, now=now)
        if place.asked_by is None:
            found = channel(ask, account_id)
            if not found:
                raise BadReply(self.name, f"there is no channel {handle} any more")
            place = place.model_copy(update={"asked_by": uploads_of(self.name, found)})
        counted = 0

        def step(place: OwnPlace) -> Step:
            nonlocal counted
            self._within_share(now, quota.ledger.units - counted)
            page = videos_step(ask, place)
            units, counted = quota.ledger.units - counted, quota.ledger.units
            return replace(page, units=units)

        yield from walk(place, step, now=now, again=AGAIN)

    def _own_quota(self, now: datetime) -> Quota:
        self._within_share(now, 0)
        return self._quota(now, Ledger(day=day_of(now)))

    def _within_share(self, now: datetime, unstored: int) -> None:
        """A look at an account costs three units at most."""
        share = int(self.settings.own_share * self.settings.daily_units)
        used = self.context.spent(now).own_units_today + unstored
        if used + 3 > share:
            raise OutOfBudget(
                self.name,
                f"{used} of {share} units a day for own channels (own_share) are used",
                retry_at=midnight(day_of(now) + timedelta(days=1)),
            )

    def check(self, *, now: datetime) -> str:
        quota = self._quota(now, Ledger(day=day_of(now)))
        self._api.get("videos", quota, now=now, part="id", chart="mostPopular", maxResults=1)
        return f"YouTube accepts the key; {quota.used} of {self.settings.daily_units} units used today"

    @property
    def _api(self) -> Api:
        key = self.context.secret("api_key")
        if not key:
            raise SecretMissing(f"source {self.name}: the secret api_key is not set")
        return Api(self._http, self.name, self.settings.api_url, key)

    def _quota(self, now: datetime, ledger: Ledger | None) -> Quota:
        return Quota(self.name, self.settings.daily_units, ledger, self.context.spent, now)

    def _run(self, quota: Quota, state: State | None, now: datetime, first_low: datetime) -> Run:
        start = state or State(ledger=quota.ledger)
        return Run(self.name, self._api, quota, start, now, first_low, duration(self.settings.revisit))

    def _read_all(self, run: Run) -> Iterator[Page]:
        """Every place. One that answers nonsense does not keep the others from being read; it is named at the end."""
        configured = [f"channel:{key}" for key in self.settings.channels]
        configured += [f"video:{key}" for key in (*self.settings.videos, *run.state.found)]
        kept = {key: place for key, place in run.state.places.items() if key in configured}
        run.state = run.state.model_copy(update={"places": kept})
        wrong: list[BadReply] = []
        for key in sorted(
            set(configured), key=lambda key: (kept[key].low if key in kept else run.first_low, key)
        ):
            try:
                yield from run.read(key)
            except BadReply as error:
                wrong.append(error)
        if wrong:
            raise wrong[0]

    def _looked_up(self, kind: str, asked: Sequence[str], quota: Quota, now: datetime) -> dict[str, Payload]:
        """What there is of these ids. Where all seem gone the question is asked twice: it might be a bad moment."""
        part = "snippet,statistics" if kind == "video" else "snippet"
        form: dict[str, Any] = {} if kind == "video" else {"textFormat": "plainText"}
        for _ in range(2):
            answer = self._api.get(f"{kind}s", quota, now=now, part=part, id=",".join(asked), **form)
            found = {str(thing["id"]): dict(thing) for thing in map(table, answer["items"]) if "id" in thing}
            if found:
                return found
        return {}

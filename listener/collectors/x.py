"""X (formerly Twitter): recent search, hourly counts and lookup of the X API v2, through tweepy.

X charges for each post read. Nothing is read beyond `monthly_budget_usd`; the counts endpoint gives the
true volume beside whatever sample the budget buys. What X's query language cannot say is filtered after
fetching.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

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
from listener.collectors.reading import count, duration, instant, items, table
from listener.collectors.x_client import BATCH, XClient, gone_of, next_month
from listener.collectors.x_parse import parse
from listener.collectors.x_payload import split
from listener.collectors.x_query import XQuery, to_x
from listener.collectors.x_search import BEGINNING, LAG, Place, Search, read_place
from listener.errors import BadReply, OutOfBudget, RateLimited, SecretMissing, SourceError, Unauthorized
from storage.query import QueryError
from storage.types import Coverage, CoverageState, Volume

__all__ = ["Collect", "Settings", "parse", "split"]

_SEARCHED = timedelta(days=7) - timedelta(minutes=1)  # how far back recent search goes, and a minute to spare
_HOUR = timedelta(hours=1)
_LEAST = 10  # X gives no smaller page


class Settings(SourceSettings):
    """`[sources.NAME]` with `type = "x"`."""

    secrets: ClassVar[tuple[Secret, ...]] = (
        Secret("bearer_token", meaning="the app's bearer token, from X's developer console"),
    )

    type: Literal["x"] = "x"
    every: Annotated[Span, Field(description="how often it is collected")] = "2m"
    monthly_budget_usd: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="US dollars a calendar month (UTC) may cost")
    ] = 25.0
    price_per_post_usd: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False, description="what X charges for a post read; yours to keep current"),
    ] = 0.005
    price_per_author_usd: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="what X charges for an account sent beside the posts, if it does",
        ),
    ] = 0.0
    price_per_count_usd: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False, description="what X charges for one request of the counts endpoint"),
    ] = 0.0
    sample: Annotated[
        bool,
        Field(
            description="true: spend the budget evenly over the month; of a busy window only the newest posts"
            " are read, the rest is marked over budget. false: read everything until the budget is used"
        ),
    ] = False
    counts: Annotated[bool, Field(description="true: ask for the number of matching posts per hour")] = True
    first_run: Annotated[Span, Field(description="how far back the first run reads, at most 7d")] = "1d"
    full_archive: Annotated[
        bool, Field(description="true: backfill may go back beyond seven days, where your X plan allows it")
    ] = False
    query_length: Annotated[
        int, Field(ge=64, le=4096, description="characters of a query that your X plan takes")
    ] = 512
    pages_per_run: Annotated[
        int,
        Field(ge=1, le=10_000, description="pages read per query and run; the next run goes on from there"),
    ] = 100
    api_url: Annotated[str, Field(description="where the X API is")] = "https://api.x.com"

    _is_an_address = field_validator("api_url")(checked_url)

    @field_validator("first_run")
    @classmethod
    def _is_searchable(cls, span: str) -> str:
        if duration(span) > timedelta(days=7):
            raise ValueError("X searches the last seven days: write 7d or less")
        return span


class Collect(Collector):
    """One search per brand. A post lookup tells what was deleted and how figures have grown."""

    platform: ClassVar[str] = "x"
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._searches = 1
        self._month = (0, 0)
        self._used_before = self._used_here = 0.0

    @cached_property
    def _client(self) -> XClient:
        token = self.context.secret("bearer_token")
        if not token:
            raise SecretMissing(f"source {self.name}: the secret bearer_token is not set")
        settings = self.settings
        return XClient(
            self.name,
            token,
            api_url=settings.api_url,
            timeout_s=settings.timeout_s,
            allow_private=settings.allow_private_addresses,
        )

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        """One per brand whose query a post on X can meet at all."""
        found = [
            Stream(f"search {brand.id} {brand.query_version}", (brand,), brand.query)
            for brand in brands
            if self._searchable(brand)
        ]
        self._searches = max(1, len(found))
        return found

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        start = max(now - LAG - duration(self.settings.first_run), now - _SEARCHED)
        place = Place(low=start) if cursor is None else read_place(self.name, cursor, now=now)
        query = self._query(stream)
        search = self._search(stream, query, place, now)
        try:
            if self.settings.counts and query.exact:
                yield from self._counted(stream, query, search)
            for page in search.pages():
                self._used_here += page.spent_usd
                yield page
        except OutOfBudget as error:
            state: CoverageState = "over_budget"
            gaps = [(since, until) for since, until in search.missing() if since < until]
            yield Page(coverage=[Coverage(*gap, state, search.brands, str(error)) for gap in gaps])
            raise

    def backfill(self, stream: Stream, *, since: datetime, now: datetime) -> Iterator[Page]:
        archive = self.settings.full_archive
        search = self._search(stream, self._query(stream), Place(low=since), now, archive=archive)
        search.most_pages = 1_000_000
        for page in search.pages():
            self._used_here += page.spent_usd
            yield replace(page, cursor=None)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        """Fresh figures and what is gone, a hundred posts a request.

        They are paid for like reading, and only from what an even pace over the month leaves: looking up must not use up the budget
        that collecting needs.
        """
        payloads: list[Payload] = []
        gone: list[str] = []
        requests, reached = 0, 0
        for start in range(0, len(source_ids), BATCH):
            asked = list(source_ids[start : start + BATCH])
            try:
                affordable = self._allowance(now, spread=True, least=len(asked))
            except OutOfBudget:
                if not requests:
                    raise
                break
            if affordable < len(asked):
                break
            reply = self._client.posts(asked, now=now)
            requests, reached = requests + 1, start + len(asked)
            found = split(reply)
            self._used_here += len(found) * self.settings.price_per_post_usd
            payloads += found
            gone += gone_of(reply, asked)
        usd = len(payloads) * self.settings.price_per_post_usd
        return Rechecked(payloads, gone, requests, usd, source_ids[:reached])

    def check(self, *, now: datetime) -> str:
        reply = self._client.counts("hello", now=now, since=now - 2 * _HOUR, until=now - _HOUR)
        if "data" not in reply and "meta" not in reply:
            raise BadReply(self.name, "X answered a count without a number")
        used, budget = self._used(now), self.settings.monthly_budget_usd
        return f"X accepts the key; {used:.2f} of {budget:.2f} USD used this month"

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    def _query(self, stream: Stream) -> XQuery:
        if stream.query is None:
            raise SourceError(self.name, f"stream {stream.key} has no query")
        try:
            return to_x(stream.query, max_length=self.settings.query_length)
        except QueryError as error:
            brands = ", ".join(brand.id for brand in stream.brands)
            raise SourceError(self.name, f"the query of {brands}: {error.reason}") from None

    def _searchable(self, brand: TrackedBrand) -> bool:
        try:
            return to_x(brand.query, max_length=self.settings.query_length).text != ""
        except QueryError:
            return True  # said when it is fetched, so that the other brands go on

    def _search(
        self, stream: Stream, query: XQuery, place: Place, now: datetime, *, archive: bool = False
    ) -> Search:
        spread = self.settings.sample and not archive
        return Search(
            source=self.name,
            brands=tuple((brand.id, brand.query_version) for brand in stream.brands),
            ask=lambda params: self._client.search(query.text, archive=archive, now=now, **params),
            now=now,
            place=place,
            horizon=BEGINNING if archive else now - _SEARCHED,
            allowance=lambda: self._allowance(now, spread=spread),
            price=self.settings.price_per_post_usd,
            price_author=self.settings.price_per_author_usd,
            most_pages=self.settings.pages_per_run,
        )

    def _allowance(self, now: datetime, *, spread: bool, least: int = _LEAST) -> int:
        """How many posts may be read now, at most a page; 0 where an even pace leaves none at the moment."""
        settings = self.settings
        price = settings.price_per_post_usd + settings.price_per_author_usd
        if price == 0:
            return BATCH
        used = self._used(now)
        left = settings.monthly_budget_usd - used
        if int(left / price + 1e-6) < least:
            raise OutOfBudget(
                self.name,
                f"{used:.2f} of {settings.monthly_budget_usd:.2f} USD are used this month;"
                " raise monthly_budget_usd to go on sooner",
                retry_at=next_month(now),
            )
        if spread:
            start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            elapsed = (now - start) / (next_month(now) - start)
            left = min(left, (settings.monthly_budget_usd * elapsed - used) / self._searches)
        posts = int(left / price + 1e-6)
        return min(BATCH, posts) if posts >= least else 0

    def _used(self, now: datetime) -> float:
        """What the month cost so far: as stored, or as counted here where that is not stored yet."""
        stored, month = self.context.spent(now).usd_this_month, (now.year, now.month)
        if month != self._month:
            self._month, self._used_before, self._used_here = month, stored, 0.0
        return max(stored, self._used_before + self._used_here)

    def _counted(self, stream: Stream, query: XQuery, search: Search) -> Iterator[Page]:
        """Volumes per whole hour since the last ones; two hours are asked again, for what X indexed late."""
        now, place = search.now, search.place
        until = now.replace(minute=0, second=0, microsecond=0)
        since = max((place.counted or place.low) - 2 * _HOUR, now - _SEARCHED + _HOUR)
        since = since.replace(minute=0, second=0, microsecond=0)
        if place.counted is not None and place.counted >= until:
            return
        try:
            reply = self._client.counts(query.text, now=now, since=since, until=until)
        except (BadReply, RateLimited, Unauthorized) as error:
            yield Page(spent_units=1, partial_errors=(f"hourly counts: {error}",))
            return
        hours = list(_hours(reply))
        volumes = [
            Volume(brand.id, brand.query_version, start, end, number)
            for brand in stream.brands
            for start, end, number in hours
        ]
        search.place = place.moved(counted=until)
        usd = self.settings.price_per_count_usd
        self._used_here += usd
        yield Page(cursor=search.place.cursor(), volumes=volumes, spent_units=1, spent_usd=usd)


def _hours(reply: Payload) -> Iterator[tuple[datetime, datetime, int]]:
    """The whole hours of a counts answer; a part of an hour at its ends is left for the next time."""
    for row in map(table, items(reply.get("data"))):
        start, end, number = instant(row.get("start")), instant(row.get("end")), count(row.get("tweet_count"))
        if start and end and number is not None and end.at - start.at == _HOUR:
            yield start.at, end.at, number

"""X (formerly Twitter): recent search, hourly counts and lookup of the X API v2, through tweepy.

X charges for each post read. Nothing is read beyond `monthly_budget_usd`; the counts endpoint gives the
true volume beside whatever sample the budget buys. What X's query language cannot say is filtered after
fetching.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import ClassVar

from listener.collectors.base import (
    Collector,
    Context,
    Cursor,
    LookedUp,
    Page,
    Payload,
    Rechecked,
    Stream,
    TrackedBrand,
)
from listener.collectors.own_walk import read_own, walk
from listener.collectors.reading import count, duration, instant, items, table
from listener.collectors.x_accounts import account_of, handle_of, posts_step
from listener.collectors.x_budget import Budget
from listener.collectors.x_client import BATCH, Owner, XClient, gone_of
from listener.collectors.x_parse import parse
from listener.collectors.x_payload import split
from listener.collectors.x_query import XQuery, to_x
from listener.collectors.x_search import BEGINNING, LAG, Place, Search, read_place
from listener.collectors.x_settings import Settings
from listener.errors import BadReply, OutOfBudget, RateLimited, SecretMissing, SourceError, Unauthorized
from storage.query import QueryError
from storage.types import Coverage, CoverageState, Volume

__all__ = ["Collect", "Settings", "parse", "split"]

_SEARCHED = timedelta(days=7) - timedelta(minutes=1)  # how far back recent search goes, and a minute to spare
_HOUR = timedelta(hours=1)


class Collect(Collector):
    """One search per brand. A post lookup tells what was deleted and how figures have grown."""

    platform: ClassVar[str] = "x"
    has_accounts: ClassVar[bool] = True
    settings: Settings
    parse = staticmethod(parse)

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self._budget = Budget(
            self.name,
            settings.monthly_budget_usd,
            settings.price_per_post_usd + settings.price_per_author_usd,
            settings.own_share,
            context.spent,
        )

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
            owner=self._owner,
        )

    @property
    def _owner(self) -> Owner | None:
        """The secrets that make requests in the name of the brand's own account, where all four are set."""
        names = ("api_key", "api_key_secret", "access_token", "access_token_secret")
        found = [self.context.secret(name) for name in names]
        return Owner(*map(str, found)) if all(found) else None

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        """One per brand whose query a post on X can meet at all."""
        found = [
            Stream(f"search {brand.id} {brand.query_version}", (brand,), brand.query)
            for brand in brands
            if self._searchable(brand)
        ]
        self._budget.searches = max(1, len(found))
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
                self._budget.note(page.spent_usd)
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
            self._budget.note(page.spent_usd)
            yield replace(page, cursor=None)

    def recheck(self, source_ids: Sequence[str], *, now: datetime) -> Rechecked:
        """Fresh figures and what is gone, a hundred posts a request.

        They are paid for like reading, and only from what an even pace over the month leaves: looking up must not use up the budget
        that collecting needs.
        """
        own = set(self.context.owned(source_ids)) if self._owner else set()
        payloads: list[Payload] = []
        gone: list[str] = []
        reached: list[str] = []
        requests = 0
        for asked, owned in _batches(source_ids, own):
            try:
                affordable = self._budget.allowance(now, spread=True, least=len(asked))
            except OutOfBudget:
                if not requests:
                    raise
                break
            if affordable < len(asked):
                break
            look_up = self._client.posts_owned if owned else self._client.posts
            reply = look_up(asked, now=now)
            requests, reached = requests + 1, [*reached, *asked]
            found = split(reply)
            self._budget.note(len(found) * self.settings.price_per_post_usd)
            payloads += found
            gone += gone_of(reply, asked)
        usd = len(payloads) * self.settings.price_per_post_usd
        return Rechecked(payloads, gone, requests, usd, reached)

    def account(self, handle: str, *, now: datetime) -> LookedUp:
        name, price = handle_of(handle), self.settings.price_per_account_usd
        if name is None:
            return LookedUp(None)
        self._budget.own_left(now, price)
        seen = account_of(self.name, self._client.user(name, now=now))
        usd = price if seen is not None else 0.0
        self._budget.note(usd, own=True)
        return LookedUp(seen, 1, usd)

    def own_posts(
        self, handle: str, account_id: str, cursor: Cursor | None, *, now: datetime
    ) -> Iterator[Page]:
        settings = self.settings
        place = read_own(self.name, cursor, first=now - duration(settings.own_posts_first_run), now=now)
        step = partial(
            posts_step,
            self.name,
            lambda params: self._client.posts_of(account_id, now=now, **params),
            self._budget,
            price_author=settings.price_per_author_usd,
            price_post=settings.price_per_post_usd,
            now=now,
        )
        yield from walk(place, step, now=now)

    def check(self, *, now: datetime) -> str:
        reply = self._client.counts("hello", now=now, since=now - 2 * _HOUR, until=now - _HOUR)
        if "data" not in reply and "meta" not in reply:
            raise BadReply(self.name, "X answered a count without a number")
        used, budget = self._budget.used(now), self.settings.monthly_budget_usd
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
            allowance=lambda: self._budget.allowance(now, spread=spread),
            price=self.settings.price_per_post_usd,
            price_author=self.settings.price_per_author_usd,
            most_pages=self.settings.pages_per_run,
        )

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
        self._budget.note(usd)
        yield Page(cursor=search.place.cursor(), volumes=volumes, spent_units=1, spent_usd=usd)


def _batches(ids: Sequence[str], own: Collection[str]) -> Iterator[tuple[list[str], bool]]:
    """Ids to look up at once, and whether they are the account's own."""
    for owned in (True, False):
        some = [key for key in ids if (key in own) is owned]
        for start in range(0, len(some), BATCH):
            yield some[start : start + BATCH], owned


def _hours(reply: Payload) -> Iterator[tuple[datetime, datetime, int]]:
    """The whole hours of a counts answer; a part of an hour at its ends is left for the next time."""
    for row in map(table, items(reply.get("data"))):
        start, end, number = instant(row.get("start")), instant(row.get("end")), count(row.get("tweet_count"))
        if start and end and number is not None and end.at - start.at == _HOUR:
            yield start.at, end.at, number

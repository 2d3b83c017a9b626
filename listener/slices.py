"""Which posts a command's figures are of: networks, languages, a campaign, a hashtag, a query; and each of them in turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from listener.collectors.registry import collector_class
from listener.config_sections import Campaign
from listener.errors import UsageError
from listener.service import Service
from listener.suggestion import did_you_mean
from listener.times import window
from metrics.periods import day_start
from storage.counts import By as Column
from storage.counts import sums
from storage.query import Query, QueryError, Tag, parse
from storage.query_tree import both, render

By = Literal["source", "lang", "campaign", "influencer"]


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a command that narrow its posts, as they were given."""

    networks: Sequence[str] | None = None
    langs: Sequence[str] | None = None
    campaign: str | None = None
    query: str | None = None
    tags: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The posts that figures are of: all where nothing is set."""

    sources: Sequence[str] = ()
    langs: Sequence[str] = ()
    campaign: Campaign | None = None
    query: Query | None = None

    @property
    def whole_query(self) -> Query | None:
        """What a post must meet to be of the campaign and to meet the query."""
        if self.campaign is None:
            return self.query
        parts = [parse(self.campaign.query), *([self.query] if self.query else [])]
        if len(parts) == 1:
            return parts[0]
        tree = both(part.tree for part in parts)
        return Query(render(tree), tree)


def slice_of(service: Service, given: Options) -> Slice:
    """The posts that a command's options ask for. Raises UsageError for a network, language, campaign or hashtag that is none, QueryError."""
    return Slice(
        known_networks(service, given.networks),
        known_langs(service, given.langs),
        None if given.campaign is None else _campaign(service, given.campaign),
        _query(given.query, given.tags or ()),
    )


def _query(query: str | None, tags: Sequence[str]) -> Query | None:
    parts = [parse(query).tree] if query else []
    for tag in tags:
        name = tag.strip().removeprefix("#")
        try:
            (found,) = [parse(f"#{name}").tree]
        except QueryError:
            found = None
        if not isinstance(found, Tag):
            raise UsageError(
                f"--tag {tag!r}: write one hashtag, as in --tag '#springsale'; --query takes any query"
            )
        parts.append(found)
    if not parts:
        return None
    tree = both(parts)
    return Query(query if query and not tags else render(tree), tree)


def _campaign(service: Service, name: str) -> Campaign:
    known = {campaign.id: campaign for campaign in service.config.campaigns}
    found = known.get(name.strip().lower())
    if found is None:
        there = f"config.toml has: {', '.join(known)}" if known else "config.toml has no [[campaigns]]"
        raise UsageError(f"no campaign {name!r}{did_you_mean(name, known)}; {there}; --query takes any query")
    return found


def known_networks(service: Service, names: Sequence[str] | None) -> list[str]:
    """The networks of these names, in any case.

    Raises UsageError for one of which nothing is stored and nothing is collected: a typing mistake shall not read as silence.
    """
    if not names:
        return []
    types = {settings.type for settings in service.config.sources.values()}
    known = {collector_class(type).platform for type in types} | set(stored(service, "source"))
    wanted = [name.strip().lower() for name in names]
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are: {', '.join(sorted(known)) or 'none'}"
            raise UsageError(f"no post is of a network called {name!r}{hint}")
    return wanted


def known_langs(service: Service, names: Sequence[str] | None) -> list[str]:
    """The languages of these tags, as they are stored. Raises UsageError for one that no mention is in."""
    if not names:
        return []
    known = {lang.lower(): lang for lang in stored(service, "lang")}
    for name in names:
        if name.strip().lower() not in known:
            raise UsageError(
                f"no mention is in a language {name!r}; there are: {', '.join(sorted(known)) or 'none'}"
            )
    return [known[name.strip().lower()] for name in names]


def stored(
    service: Service, column: Column, since: datetime | date = date.min, until: datetime | date = date.max
) -> list[str]:
    """Every network or language with a mention of a brand counted then, those with most mentions first."""
    brands = [brand.id for brand in service.brands]
    told: dict[str, int] = {}
    for row in sums(service.db, brands=brands, since=since, until=until, every="all", by=[column]):
        name = getattr(row, column)
        told[name] = told.get(name, 0) + row.mentions + row.reposts
    return sorted(told, key=lambda name: (-told[name], name))


Window = tuple[datetime, datetime]
_EVER = ("1900-01-02", "2199-12-30")


def window_of(chosen: Slice, since: str | None, until: str | None, *, now: datetime, zone: str) -> Window:
    """The time a command asks for, within the days of its campaign, which it is where no time is given.

    Raises UsageError where the campaign has no day in it.
    """
    if chosen.campaign is None:
        return window(since, until, now=now, zone=zone)
    days = days_of(chosen.campaign, zone)
    if since is None and until is None:
        return days
    start, end = window(since or _EVER[0], until or _EVER[1], now=now, zone=zone)
    start, end = max(start, days[0]), min(end, days[1])
    if start >= end:
        first, last = chosen.campaign.first_day, chosen.campaign.last_day
        raise UsageError(
            f"campaign {chosen.campaign.id} runs from {first} to {last}: ask for a time in it, or for none"
        )
    return start, end


def days_of(campaign: Campaign, zone: str) -> Window:
    """The campaign's days, [start, end) in UTC."""
    where = ZoneInfo(zone)
    return day_start(campaign.first_day, where), day_start(campaign.last_day + timedelta(days=1), where)


def each(
    service: Service, chosen: Slice, by: By | None, since: str | None, until: str | None, *, now: datetime
) -> Iterator[tuple[Slice, Window]]:
    """The slice and its time; with `by` each network, language or campaign in it, those with most mentions first; not each influencer,
    of whom no post is counted. Raises UsageError where there is no campaign to show.
    """
    zone = service.config.timezone
    if by == "campaign":
        if chosen.campaign is None and not service.config.campaigns:
            raise UsageError(f"--by campaign: config.toml has no [[campaigns]]; add one{_EXAMPLE}")
        for campaign in [chosen.campaign] if chosen.campaign else service.config.campaigns:
            one, days = replace(chosen, campaign=campaign), days_of(campaign, zone)
            start, end = window(since or _EVER[0], until or _EVER[1], now=now, zone=zone)
            if start < days[1] and days[0] < end:
                yield one, window_of(one, since, until, now=now, zone=zone)
        return
    start, end = window_of(chosen, since, until, now=now, zone=zone)
    if by is None or by == "influencer":
        yield chosen, (start, end)
        return
    for name in stored(service, by, start.astimezone(UTC), end.astimezone(UTC)):
        if by == "source" and (not chosen.sources or name in chosen.sources):
            yield replace(chosen, sources=[name]), (start, end)
        elif by == "lang" and (not chosen.langs or name in chosen.langs):
            yield replace(chosen, langs=[name]), (start, end)


_EXAMPLE = """:
  [[campaigns]]
  id = "spring"
  query = "#springsale"
  from = 2027-03-01
  to = 2027-04-30"""

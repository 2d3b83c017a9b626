"""The filters of every page and answer: they live in the address, so that every view can be shared.

period=30d          today, 7d, 30d, 90d, 12m, month, year, or 2027-03-01..2027-03-31 (both days counted in)
brand=delta         a brand's id, may be repeated; all if not given
source=x lang=en    networks and languages, may be repeated
campaign=spring     a campaign of the configuration: its posts, within its days
q=refund            a query: docs/queries.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboard.errors import BadFilter, NotAllowed
from dashboard.site import Campaign, Site
from metrics.periods import day_start
from storage.brands import active_brands
from storage.mentions import MentionFilter
from storage.query import Query, QueryError, parse
from storage.query_tree import both, render
from storage.types import BrandQuery

DEFAULT_PERIOD = "30d"
DAYS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
LONGEST_DAYS = 3660
MOST_VALUES = 50
YEARS = range(1990, 2200)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked at: [since, until) in UTC, whole days of the configured zone; `brands` are those shown, in the order of the configuration.

    `limited`: whoever asks may see no other brands than these.
    `period` is the period as the address has it. `sources` and `langs` are empty for all. `query` is what `q` and the campaign ask
    of a post together, None for nothing.
    """

    period: str
    since: datetime
    until: datetime
    first_day: date
    last_day: date
    timezone: str
    brands: tuple[BrandQuery, ...]
    named_brands: bool = False
    sources: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    campaign: Campaign | None = None
    q: str = ""
    query: Query | None = None
    limited: bool = False

    @property
    def brand_ids(self) -> list[str]:
        return [brand.id for brand in self.brands]

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The address's parameters that give these filters again; what is default is left out."""
        found = [] if self.period == DEFAULT_PERIOD else [("period", self.period)]
        found += [("brand", brand.id) for brand in self.brands] if self.named_brands else []
        found += [("source", name) for name in self.sources] + [("lang", name) for name in self.langs]
        found += [("campaign", self.campaign.id)] if self.campaign else []
        return found + ([("q", self.q)] if self.q else [])

    def address(self, path: str, **changes: str | None) -> str:
        """A page's address under these filters, with parameters changed, added or (None) taken away."""
        kept = [(name, value) for name, value in self.parameters if name not in changes]
        kept += [(name, value) for name, value in changes.items() if value is not None]
        return f"{path}?{urlencode(kept)}" if kept else path

    def mentions(self, **more: Any) -> MentionFilter:
        """The mentions that these filters leave, as storage takes them; `more` are other fields of MentionFilter."""
        found = MentionFilter(
            brands=self.brand_ids,
            sources=list(self.sources) or None,
            langs=list(self.langs) or None,
            since=self.since,
            until=self.until,
            query=self.query,
            reposts=False,
        )
        return replace(found, **more)

    def question(self) -> dict[str, Any]:
        """The arguments of `metrics.read.series` that these filters give, but for names, every and now."""
        return {
            "since": self.since,
            "until": self.until,
            "timezone": self.timezone,
            "brands": self.brand_ids,
            "sources": list(self.sources) or None,
            "langs": list(self.langs) or None,
            "query": self.query,
            "campaign": self.campaign.id if self.campaign and not self.q else None,
        }


def filters_of(
    site: Site,
    given: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    only: frozenset[str] | None = None,
) -> Filters:
    """The filters that an address's parameters (each a list of values) ask for, of the brands `only` (None: of all).

    Raises BadFilter naming the parameter and what it takes, NotAllowed for brands that may not be seen.
    """
    zone = site.settings.timezone
    campaign = _campaign(site, _one(given, "campaign"))
    period = _one(given, "period") or (
        f"{campaign.first_day}..{campaign.last_day}" if campaign else DEFAULT_PERIOD
    )
    first, last = _days(period, now.astimezone(ZoneInfo(zone)).date())
    if campaign:
        first, last = max(first, campaign.first_day), min(last, campaign.last_day)
        if first > last:
            raise BadFilter(
                "period", f"campaign {campaign.id} runs from {campaign.first_day} to {campaign.last_day}"
            )
    tracked = active_brands(site.db)
    wanted = _several(given, "brand")
    if only is not None:
        tracked = [brand for brand in tracked if brand.id in only]
        if not tracked or set(wanted) - {brand.id for brand in tracked}:
            raise NotAllowed(f"this token is for {', '.join(sorted(only))} alone")
    unknown = set(wanted) - {brand.id for brand in tracked}
    if unknown:
        raise BadFilter(
            "brand", f"no brand {sorted(unknown)[0]!r}; there are {', '.join(b.id for b in tracked)}"
        )
    q = (_one(given, "q") or "").strip()
    where = ZoneInfo(zone)
    return Filters(
        period,
        day_start(first, where),
        day_start(last + timedelta(days=1), where),
        first,
        last,
        zone,
        tuple(brand for brand in tracked if not wanted or brand.id in wanted),
        bool(wanted) or only is not None,
        tuple(_several(given, "source")),
        tuple(_several(given, "lang")),
        campaign,
        q,
        _query(q, campaign),
        only is not None,
    )


def _one(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = [value for value in given.get(name, ()) if value != ""]
    if len(values) > 1:
        raise BadFilter(name, "may be given once")
    return values[0] if values else None


def _several(given: Mapping[str, Sequence[str]], name: str) -> list[str]:
    values = list(dict.fromkeys(value for value in given.get(name, ()) if value != ""))
    if len(values) > MOST_VALUES or any(len(value) > 200 or "\x00" in value for value in values):
        raise BadFilter(name, f"takes at most {MOST_VALUES} short values")
    return values


def _days(period: str, today: date) -> tuple[date, date]:
    """The first and the last day of a period."""
    try:
        if period in DAYS:
            return today - timedelta(days=DAYS[period] - 1), today
        if period == "month":
            return today.replace(day=1), today
        if period == "year":
            return today.replace(month=1, day=1), today
        if period == "12m":
            return today - timedelta(days=364), today
        start, dots, end = period.partition("..")
        first, last = date.fromisoformat(start), date.fromisoformat(end if dots else start)
    except ValueError:
        raise BadFilter(
            "period", "takes today, 7d, 30d, 90d, 12m, month, year or two days, as in 2027-03-01..2027-03-31"
        ) from None
    if first > last or (last - first).days >= LONGEST_DAYS or {first.year, last.year} - set(YEARS):
        raise BadFilter("period", "its first day must come before its last, at most ten years apart")
    return first, last


def _campaign(site: Site, name: str | None) -> Campaign | None:
    if name is None:
        return None
    known = site.settings.campaigns
    if name not in known:
        raise BadFilter("campaign", f"no campaign of this name; there are {', '.join(known) or 'none'}")
    return known[name]


def _query(q: str, campaign: Campaign | None) -> Query | None:
    try:
        own = parse(q) if q else None
    except QueryError as error:
        raise BadFilter("q", error.reason, error.position) from None
    if campaign is None or own is None:
        return own or (campaign.query if campaign else None)
    tree = both([campaign.query.tree, own.tree])
    return Query(render(tree), tree)

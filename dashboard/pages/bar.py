"""The filter bar: what there is to choose from, and the addresses that choose it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from dashboard.filters import DEFAULT_PERIOD, Filters
from dashboard.names import language_name, network_name
from dashboard.site import Site
from storage.brands import active_brands
from storage.counts import sums
from storage.db import Database
from storage.types import BrandQuery

OFFERED = ("brand", "source", "lang", "q")
PERIODS = ("today", "7d", "30d", "90d", "12m", "month", "year")
FRESH = timedelta(minutes=1)
"""How old the lists of networks and languages may be."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What each filter offers: values and their names, those with most mentions first.

    `more` are parameters that the page has beside the filters: links keep them. Filters that are not `offered` are kept, too, but not shown.
    """

    path: str
    filters: Filters
    brands: Mapping[str, str]
    sources: Mapping[str, str]
    langs: Mapping[str, str]
    campaigns: Sequence[str]
    colours: Mapping[str, int]
    more: Sequence[tuple[str, str]] = ()
    offered: Sequence[str] = OFFERED
    periods: Sequence[str] = PERIODS

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [*self.filters.parameters, *self.more]

    def address(self, **changes: str | None) -> str:
        """This page with some parameters changed, or (None) taken away."""
        kept = [(name, value) for name, value in self.pairs if name not in changes]
        plain = {**changes, "period": None} if changes.get("period") == DEFAULT_PERIOD else changes
        return self._to(kept + [(name, value) for name, value in plain.items() if value is not None])

    def without(self, name: str) -> str:
        return self.address(**{name: None})

    def toggled(self, name: str, value: str) -> str:
        """This page with one value of a repeated parameter put in, or taken out where it is in."""
        pair = (name, value)
        return self._to(
            [one for one in self.pairs if one != pair] if pair in self.pairs else [*self.pairs, pair]
        )

    def has(self, name: str, value: str) -> bool:
        return (name, value) in self.pairs

    def _to(self, pairs: Sequence[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


def choices(
    site: Site,
    filters: Filters,
    path: str,
    more: Sequence[tuple[str, str]] = (),
    offered: Sequence[str] = OFFERED,
) -> Choices:
    """What the filter bar of a page offers."""
    sources, langs = _stored(site)
    tracked = active_brands(site.db)
    return Choices(
        path,
        filters,
        {brand.id: brand.name for brand in tracked},
        {name: network_name(name) for name in dict.fromkeys([*sources, *filters.sources])},
        {code: language_name(code) for code in dict.fromkeys([*langs, *filters.langs])},
        list(site.settings.campaigns),
        colours_of(tracked),
        more,
        offered,
    )


def colours_of(brands: Sequence[BrandQuery]) -> Mapping[str, int]:
    """Each brand's colour by number, the same on every page: own brands have the first."""
    ordered = sorted(brands, key=lambda brand: brand.role != "own")
    return {brand.id: at for at, brand in enumerate(ordered)}


_SEEN: WeakKeyDictionary[Database, tuple[datetime, list[str], list[str]]] = WeakKeyDictionary()


def _stored(site: Site) -> tuple[list[str], list[str]]:
    """Every network and language with a mention, those with most first; read once a minute."""
    now = site.clock()
    if (seen := _SEEN.get(site.db)) and timedelta() <= now - seen[0] < FRESH:
        return seen[1], seen[2]
    brands = [brand.id for brand in active_brands(site.db)]
    told: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for row in sums(
        site.db, brands=brands, since=date.min, until=date.max, every="all", by=("source", "lang")
    ):
        for names, name in zip(told, (row.source or "", row.lang or ""), strict=True):
            names[name] = names.get(name, 0) + row.mentions + row.reposts
    sources, langs = (sorted(names, key=lambda name: (-names[name], name)) for names in told)
    _SEEN[site.db] = now, sources, langs
    return sources, langs

"""What every part of a report needs."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.filters import Filters
from dashboard.reports.receipts import Receipts
from dashboard.site import Site
from storage.types import BrandQuery

HEADLINES = ("mentions", "share_of_voice", "net_sentiment", "negative_share", "potential_reach", "engagement")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose report of which days. `now`: it is as of then."""

    site: Site
    filters: Filters
    now: datetime
    receipts: Receipts


def own_first(filters: Filters) -> list[BrandQuery]:
    return sorted(filters.brands, key=lambda brand: brand.role != "own")


def own_brands(filters: Filters) -> list[BrandQuery]:
    """The brands that the summary is about: one's own, or all where none is."""
    return [brand for brand in filters.brands if brand.role == "own"] or list(filters.brands)

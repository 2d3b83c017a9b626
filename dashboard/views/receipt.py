"""Any figure computed again with what it rests on: definition, window, filters, model, coverage, revision, restatements, and the way to its posts."""

from dataclasses import replace
from datetime import datetime, timedelta

from dashboard.errors import BadFilter, NotAllowed
from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import question
from dashboard.views.kpis import Definition, definition
from dashboard.views.mentions import summed
from dashboard.views.view import Asked, Brand, View, asked, brands_of
from metrics.periods import Bucket
from metrics.read.receipt import receipts
from metrics.receipt import Change, Receipt
from metrics.registry import METRICS
from storage.revisions import restated

MOST_POSTS = 1_000_000
MOST_CHANGES = 50


class ReceiptSaid(View):
    """A receipt, to be kept and checked again with `listener receipt`. `posts` is the page of the mentions behind it, under the same filters.

    `restated` are the changes of closed days in the window, the newest first, fifty at most.
    """

    asked: Asked
    brand: Brand
    definition: Definition
    receipt: Receipt
    restated: tuple[Change, ...]
    posts: str


def receipt(site: Site, filters: Filters, metric: str, *, now: datetime) -> ReceiptSaid:
    """The figure of the first brand that is shown, over the whole period.

    Raises BadFilter for an unknown metric, and where too many mentions would have to be read.
    """
    if metric not in METRICS:
        raise BadFilter("metric", f"there is no metric {metric[:100]!r}; /kpis lists all")
    if not filters.brands:
        raise BadFilter("brand", "no brand is tracked yet")
    one = replace(filters, brands=filters.brands[:1], named_brands=True)
    many = sum(row.mentions + row.reposts for row in summed(site, one))
    if many > MOST_POSTS:
        raise BadFilter(
            "period",
            f"{many:,} mentions are behind this figure, and a receipt reads each: ask for a shorter period, or use "
            "`listener metrics --receipt`",
        )
    wanted = replace(question(site, one, now), since=one.since, until=one.until)
    (found,) = receipts(site.db, [METRICS[metric]], one.brand_ids, wanted, [Bucket(one.since, one.until)])
    brands = [brand.id for brand in found.brands]
    if filters.limited and set(brands) - set(filters.brand_ids):
        raise NotAllowed(f"{metric} is reckoned from every brand's mentions, so its receipt names them all")
    rows = restated(
        site.db, after=0, brands=brands, since=one.first_day, until=one.last_day + timedelta(days=1)
    )
    changes = [
        Change(
            revision=r.revision,
            brand=r.brand_id,
            day=r.day,
            reason=r.reason,
            mentions=r.mentions,
            labels=r.labels,
            at=r.at,
        )
        for r in rows
    ]
    return ReceiptSaid(
        asked=asked(one),
        brand=brands_of(one)[0],
        definition=definition(METRICS[metric]),
        receipt=found,
        restated=tuple(changes[::-1][:MOST_CHANGES]),
        posts=one.address("/mentions"),
    )

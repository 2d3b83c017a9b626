"""Who moves a brand's conversation: exposure, response and propagation, three numbers that are never made one."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.errors import BadFilter
from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import figures
from dashboard.views.mentions import safe_link
from dashboard.views.view import Asked, Brand, Point, View, Words, asked, brands_of, of
from metrics.formulas.reach import FORMULA
from metrics.influence import Estimate, Rank
from metrics.periods import Bucket, day_start
from metrics.read import brought as reading_costs
from metrics.read import influence as reading
from metrics.read import series
from metrics.read.influence import AuthorInfluence, By, Check
from metrics.saying import Said
from storage.counts import sums

MOST_ROWS = 200
MOST_READ = 30_000
"""So many mentions and reposts are read for a page, about a second's worth, and as many of the period before."""
AUDIENCE = (
    "potential_reach",
    "share_of_voice_people",
    "followers",
    "follower_quality",
    "audience_demographics",
)


class Estimated(View):
    """An estimate with the bounds that hold it in 95 of 100 cases, and the place that it gives among all authors, with the same bounds.

    No bounds where nobody who is heard responded, so that nothing tells how far chance goes.
    """

    value: float
    low: float | None
    high: float | None
    place: int | None = None
    best: int | None = None
    worst: int | None = None


class Brought(View):
    """What one influencer cost and brought by imported facts, in money, and the return on investment in percent; null where that is not known.

    `known_on` are the networks of those channels on which one known account has this handle.
    """

    influencer: str
    channels: tuple[str, ...]
    known_on: tuple[str, ...]
    spend: float | None
    revenue: float | None
    value: float | None
    return_on_investment: float | None
    missing: Words | None


class Costs(View):
    """The influencers of the whole period, who cost most first; `without` is what is of none, and `whole` all of it, also of those not listed."""

    currency: str
    influencers: int
    rows: tuple[Brought, ...]
    without: Brought | None
    whole: Brought
    warnings: tuple[Words, ...]


class Author(View):
    """One account that named the brand. Exposure is 2 % to 5 % of the followers, None where nobody tells them; `response` is responders per post.

    Neither response nor propagation is known where a network's responses are not collected.
    """

    author_id: int
    source: str
    handle: str | None
    name: str | None
    link: str | None
    posts: int
    followers: int | None
    exposure_low: float | None
    exposure_high: float | None
    responders: int | None
    response: Estimated | None
    propagation: Estimated | None
    brought: Brought | None = None


class Foretold(View):
    """How well the order of the period before foretold the responders of this one: rank correlations, -1 to 1, over the `authors` in both."""

    authors: int
    response: Estimated | None
    propagation: Estimated | None
    followers: Estimated | None
    missing: Words | None


class Influence(View):
    """The authors of one brand from `since` to the end of the period, in the order asked for; there are `accounts` in all."""

    asked: Asked
    since: datetime
    brand: Brand
    by: By
    accounts: int
    authors: tuple[Author, ...]
    audience: tuple[Point, ...]
    exposure_formula: str
    warnings: tuple[Words, ...]
    foretold: Foretold
    costs: Costs | None = None


def influence(
    site: Site,
    filters: Filters,
    *,
    now: datetime,
    by: By = "response",
    limit: int = 50,
    most: int = MOST_READ,
) -> Influence:
    """The first own brand among those shown, else the first. Raises BadFilter where no brand is tracked.

    Where the brand was named more than `most` times in the period, its last days alone are looked at: as many as have no more, one at least.
    """
    brands = sorted(brands_of(filters), key=lambda brand: brand.role != "own")
    if not brands:
        raise BadFilter("brand", "no brand is tracked yet: listener init adds one")
    brand = brands[0]
    first = _first_day(site, filters, brand.id, most)
    since = max(filters.since, day_start(first, ZoneInfo(filters.timezone)))
    found = reading.influence(
        site.db,
        brand.id,
        since=since,
        until=filters.until,
        now=now,
        timezone=filters.timezone,
        sources=list(filters.sources) or None,
        by=by,
    )
    points = series(site.db, AUDIENCE, every="all", **figures(site, filters, now))
    left_aside = ["languages and query are left aside: responses are of all of a brand's mentions"]
    cut = (
        "only what was said from {day} on is looked at: more than {most:,} posts of the period name the brand"
    )
    shortened = [Said(cut, day=first, most=most)] if since > filters.since else []
    costs = reading_costs.brought(
        site.db,
        brand.id,
        Bucket(filters.since, filters.until),
        timezone=filters.timezone,
        sources=filters.sources,
        campaign=filters.campaign.id if filters.campaign else None,
    )
    earned = costs.by_author if costs else {}
    return Influence(
        asked=asked(filters),
        since=since,
        brand=brand,
        by=by,
        accounts=len(found.authors),
        authors=tuple(
            _author(row, earned.get(row.author_id)) for row in found.authors[: max(1, min(limit, MOST_ROWS))]
        ),
        audience=tuple(of(points, name, brand.id)[0] for name in AUDIENCE),
        exposure_formula=FORMULA,
        warnings=(*shortened, *reading.notes(found), *(left_aside if filters.langs or filters.query else ())),
        foretold=_foretold(found.check),
        costs=_costs(costs) if costs else None,
    )


def _first_day(site: Site, filters: Filters, brand: str, most: int) -> date:
    """The first of the period's last days in which the brand was named at most so often, one at least."""
    rows = sums(
        site.db,
        brands=[brand],
        since=filters.first_day,
        until=filters.last_day + timedelta(days=1),
        every="day",
        sources=list(filters.sources) or None,
    )
    first: date | None = None
    said = 0
    for row in reversed(rows):
        said += row.mentions + row.reposts
        if first is not None and said > most:
            return first
        if isinstance(row.start, date):
            first = row.start
    return filters.first_day


def _costs(found: reading_costs.Costs) -> Costs:
    return Costs(
        currency=found.currency,
        influencers=len(found.rows),
        rows=tuple(map(_brought, found.rows[:MOST_ROWS])),
        without=_brought(found.without) if found.without else None,
        whole=_brought(found.whole),
        warnings=found.notes,
    )


def _brought(row: reading_costs.Brought) -> Brought:
    return Brought(
        influencer=row.influencer,
        channels=row.channels,
        known_on=tuple(sorted(row.accounts)),
        spend=row.spend,
        revenue=row.revenue,
        value=row.value,
        return_on_investment=row.rate,
        missing=row.missing or None,
    )


def _author(row: AuthorInfluence, earned: reading_costs.Brought | None) -> Author:
    low, high = row.exposure or (None, None)
    return Author(
        author_id=row.author_id,
        source=row.source,
        handle=row.handle,
        name=row.name,
        link=safe_link(row.url),
        posts=row.posts,
        followers=row.followers,
        exposure_low=low,
        exposure_high=high,
        responders=row.responders,
        response=_estimated(row.response, row.response_rank),
        propagation=_estimated(row.propagation, row.propagation_rank),
        brought=_brought(earned) if earned else None,
    )


def _estimated(found: Estimate | None, rank: Rank | None = None) -> Estimated | None:
    if found is None:
        return None
    place, best, worst = rank or (None, None, None)
    return Estimated(value=found.value, low=found.low, high=found.high, place=place, best=best, worst=worst)


def _foretold(check: Check) -> Foretold:
    return Foretold(
        authors=check.authors,
        response=_estimated(check.response),
        propagation=_estimated(check.propagation),
        followers=_estimated(check.followers),
        missing=check.missing or None,
    )

"""Sentiment: shares corrected for the model's errors beside those counted, over time, and apart by network and language."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import figures
from dashboard.views.lines import Trend, over_time
from dashboard.views.mentions import facets
from dashboard.views.view import Asked, Brand, Point, View, asked, brands_of, of
from metrics.read import series
from storage.labels import model_in_use
from storage.review import audit_confusion

SHARES = ("positive_share", "neutral_share", "negative_share", "net_sentiment")
MOST_APART = 8
By = Literal["source", "lang"]


class Balance(View):
    """One brand: `corrected` figures (positive, neutral and negative share, net sentiment), and the same as the model's labels were `counted`.

    Each is set against the period before. `audited`: how many posts of the brand people checked at random, which the correction rests on.
    """

    brand: Brand
    corrected: tuple[Point, ...]
    counted: tuple[Point, ...]
    unlabelled: Point
    audited: int


class Sentiment(View):
    """Every brand's sentiment over the period."""

    asked: Asked
    model: str | None
    balances: tuple[Balance, ...]


class Slice(View):
    """The figures of one network or language; `mentions` of the brands shown are in it."""

    name: str
    mentions: int
    points: tuple[Point, ...]


class Slices(View):
    """Net sentiment and negative share apart, the largest networks or languages first; `left` mentions are of smaller ones."""

    asked: Asked
    by: By
    slices: tuple[Slice, ...]
    left: int


def sentiment(site: Site, filters: Filters, *, now: datetime) -> Sentiment:
    """Corrected shares beside counted ones."""
    raw = [f"{name}_raw" for name in SHARES]
    names = [*SHARES, *raw, "unlabelled"]
    found = series(site.db, names, every="all", against=("previous",), **figures(site, filters, now))
    model = model_in_use(site.db)
    balances = (
        Balance(
            brand=brand,
            corrected=tuple(of(found, name, brand.id)[0] for name in SHARES),
            counted=tuple(of(found, name, brand.id)[0] for name in raw),
            unlabelled=of(found, "unlabelled", brand.id)[0],
            audited=sum(audit_confusion(site.db, brand.id, model).values()) if model else 0,
        )
        for brand in brands_of(filters)
    )
    return Sentiment(asked=asked(filters), model=model, balances=tuple(balances))


def trend(site: Site, filters: Filters, *, now: datetime) -> Trend:
    """Shares and balance over time, corrected, with intervals."""
    return over_time(site, filters, SHARES, now=now)


def apart(site: Site, filters: Filters, by: By, *, now: datetime) -> Slices:
    """Net sentiment and negative share of each network or language."""
    kinds = facets(site, filters, now=now)
    counted = kinds.sources if by == "source" else kinds.langs
    names = list(counted)[:MOST_APART]
    slices = [_slice(site, filters, by, name, counted[name], now) for name in names]
    return Slices(
        asked=asked(filters),
        by=by,
        slices=tuple(slices),
        left=sum(counted.values()) - sum(counted[n] for n in names),
    )


def _slice(site: Site, filters: Filters, by: By, name: str, mentions: int, now: datetime) -> Slice:
    one = replace(filters, sources=(name,)) if by == "source" else replace(filters, langs=(name,))
    points = series(site.db, ["net_sentiment", "negative_share"], every="all", **figures(site, one, now))
    return Slice(name=name, mentions=mentions, points=tuple(points))

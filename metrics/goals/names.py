"""What figures are called, by their ids, by their titles, and by the names that people use for them."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from metrics.registry import METRICS

USUAL: dict[str, tuple[str, ...]] = {
    "mentions": ("volume", "mention volume"),
    "share_of_voice": ("sov",),
    "net_sentiment": ("sentiment",),
    "positive_share": ("positive mentions", "positive sentiment"),
    "negative_share": ("negative mentions", "negative sentiment"),
    "followers": ("follower count",),
    "audience_growth_rate": ("follower growth", "audience growth"),
    "click_through_rate": ("click through", "ctr"),
    "conversion_rate": ("conversions rate",),
    "return_on_investment": ("roi",),
    "cost_per_click": ("cpc",),
    "cost_per_mille": ("cpm",),
    "cost_per_lead": ("cpl",),
    "customer_lifetime_value": ("clv", "lifetime value"),
    "customer_satisfaction": ("csat",),
    "net_promoter_score": ("nps",),
    "sales_revenue": ("revenue",),
    "web_traffic": ("traffic", "social traffic"),
    "response_within_sla": ("answered within sla",),
}
"""What people call a figure beside its id and title. A name that could be two figures is in no list: it is asked."""


def called(kpi: str) -> str:
    """A figure's title as one says it in a sentence, its id where the title means another."""
    title = re.sub(r"\s*\(.*?\)", "", METRICS[kpi].title).strip()
    said = title if title.isupper() else title[:1].lower() + title[1:]
    return said if names().get(plain(title)) == kpi else kpi


def names() -> dict[str, str]:
    """Every name of every figure, in plain lower-case words, with the figure's id."""
    return names_of(tuple(METRICS))


@lru_cache(maxsize=4)
def names_of(ids: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for form in (_ids, _titles, _short_titles, _usual):
        for kpi in ids:
            for name in form(kpi):
                found.setdefault(plain(name), kpi)
    return found


def _ids(kpi: str) -> Iterable[str]:
    return (kpi,)


def _titles(kpi: str) -> Iterable[str]:
    return (METRICS[kpi].title,)


def _short_titles(kpi: str) -> Iterable[str]:
    return (re.sub(r"\s*\(.*?\)", "", METRICS[kpi].title),)


def _usual(kpi: str) -> Iterable[str]:
    return USUAL.get(kpi, ())


def plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", name.lower()))


def meant(name: str) -> str:
    """The names that somebody may have meant, as the end of a sentence."""
    known = names()
    words = set(name.split())
    holding = {kpi: called(kpi) for said, kpi in known.items() if words <= set(said.split())}
    if not holding:
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        return f'; did you mean "{near[0]}"?' if near else "; listener kpis lists them by id"
    some = [f'"{title}"' for title in list(holding.values())[:4]]
    return f"; did you mean {' or '.join(some)}?"

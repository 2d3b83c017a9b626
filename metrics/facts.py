"""Imported facts: what ad managers, web analytics, CRM, surveys and help desks know and networks do not tell."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class FactKind:
    """What one fact counts. `detail` says what its rows are told apart by, "" for nothing.

    A `standing` is no flow: the newest one of each channel holds, and days are not added up.
    """

    meaning: str
    unit: Literal["count", "money", "years"] = "count"
    detail: str = ""
    standing: bool = False


FACTS: Mapping[str, FactKind] = {
    "impressions": FactKind("times the channel's posts or ads were shown"),
    "reach": FactKind("distinct people who saw them"),
    "clicks": FactKind("clicks on their links"),
    "saves": FactKind("times they were saved"),
    "profile_visits": FactKind("visits to the own profile"),
    "followers": FactKind("the account's followers at the end of the day", standing=True),
    "suspicious_followers": FactKind("of the followers, those that an audit of them suspects", standing=True),
    "search_impressions": FactKind("times the site was shown in search results"),
    "sessions": FactKind("visits to the site that came from social networks"),
    "bounced_sessions": FactKind("of these, those that saw one page only"),
    "conversions": FactKind("people who took the wanted action"),
    "leads": FactKind("sign-ups, gated downloads and trials whose first source is social"),
    "leads_won": FactKind("of the leads, those that bought"),
    "non_revenue_conversions": FactKind("newsletter sign-ups, downloads and forms"),
    "purchases": FactKind("purchases in the visit that came from social networks"),
    "purchase_value": FactKind("what these purchases came to", "money"),
    "revenue": FactKind("revenue from conversions that came from social networks", "money"),
    "value": FactKind("what the activity brought in all, where more than revenue counts", "money"),
    "spend": FactKind("what was paid for ads, and any other cost of the activity", "money"),
    "orders": FactKind("all orders of all customers"),
    "order_value": FactKind("what these orders came to", "money"),
    "customers": FactKind("distinct customers who ordered"),
    "customer_lifespan": FactKind("how long a customer stays", "years", standing=True),
    "csat": FactKind("answers to a satisfaction survey", detail="the score and its scale, as in 4/5"),
    "nps": FactKind("answers to how likely a recommendation is", detail="the score, 0 to 10"),
    "rating": FactKind("ratings on a review site", detail="the stars, 0 to 5"),
    "answered": FactKind("cases that were answered", detail="minutes to the first answer"),
    "unanswered": FactKind("cases that still wait for an answer", detail="minutes waited so far"),
    "resolved": FactKind("cases that were resolved", detail="minutes until then"),
    "unresolved": FactKind("cases that are open", detail="minutes open so far"),
    "audience": FactKind(
        "followers or visitors by what they declared", detail="as in country=NO or age=25-34"
    ),
}
"""Every fact that can be imported, by its name in a file's mapping."""
DAILY = "imported facts are of whole days: none is counted of {day}, which the period holds in part"
NO_LANGUAGE = "imported facts tell no language: none is counted where languages are chosen"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one brand and bucket: `values` are sums by fact, money in `currency`; a fact that has no row is not there.

    `details` holds the sums of facts that are told apart, by detail. `followers`, which is a standing and no flow, is the last one of each
    channel, added up. `last_day` is the newest day with a row of that fact, in the bucket or before. `no_rate` are currencies that
    no rate is configured for: a fact with money in one of them has no sum at all,
    since a part of it would mislead. `channels` are those that a fact has rows of in the bucket, "" for a row without
    one: of them nothing is taken from the own accounts as well. `followers_start` is what `followers` was before the bucket,
    None unless each of its channels was read before the bucket and again since.
    `left_out` says, in lines for a person, what of the period these facts do not hold.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    currency: str | None = None
    no_rate: frozenset[str] = frozenset()
    last_day: Mapping[str, date] = field(default_factory=dict)
    channels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    followers_start: float | None = None
    left_out: tuple[str, ...] = ()


def notes(facts: Facts, names: Iterable[str], *, money: bool = False) -> Iterator[str]:
    """What a reader must know of a figure that is computed from the facts of these names; `money`: it is money itself.

    >>> list(notes(Facts(no_rate=frozenset({"SEK"})), ["spend", "clicks"]))
    ['figures of money in SEK are left out: [money] rates has no rate for it']
    >>> list(notes(Facts(no_rate=frozenset({"SEK"})), ["clicks"]))
    []
    """
    yield from facts.left_out
    if facts.no_rate and (money or any(name in FACTS and FACTS[name].unit == "money" for name in names)):
        currencies = ", ".join(sorted(facts.no_rate))
        yield f"figures of money in {currencies} are left out: [money] rates has no rate for it"

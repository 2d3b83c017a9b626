"""Imported facts: what ad managers, web analytics, CRM, surveys and help desks know and networks do not tell."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from metrics.saying import Listed, Said


@dataclass(frozen=True, slots=True)
class FactKind:
    """What one fact counts. `detail` says what its rows are told apart by, "" for nothing.

    A `standing` is no flow: the newest one of each channel holds, and days are not added up. `per_day` are people on a day: each channel's
    days are averaged, since who is there on thirty days is not thirty people.
    """

    meaning: str
    unit: Literal["count", "money", "years"] = "count"
    detail: str = ""
    standing: bool = False
    per_day: bool = False

    @property
    def by_influencer(self) -> bool:
        """Whether it adds up over influencers: what stands, and answers told apart, are the brand's own."""
        return not self.standing and not self.detail


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
        "followers or visitors of a day by what they declared",
        detail="as in country=NO or age=25-34",
        per_day=True,
    ),
}
"""Every fact that can be imported, by its name in a file's mapping."""
DAILY = "imported facts are of whole days: none is counted of {day}, which the period holds in part"
FRESH = timedelta(days=3)
"""A standing that was read so long before a period's end, or so long before its begin, still tells of that day."""
NO_LANGUAGE = "imported facts tell no language: none is counted where languages are chosen"


@dataclass(frozen=True, slots=True)
class Imported:
    """One fact of one channel over a bucket: its sum, on how many days it has a row, and the first and last of them."""

    amount: float
    days: int
    first: date
    last: date


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

    `span` are the whole days [first, after) of the bucket that are over, `of` what there is on them, by flow and channel, money left out
    where its currency is another. `read_on` is the day of a standing, of several channels the oldest, and `start_read_on` that of `followers_start`.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    currency: str | None = None
    no_rate: frozenset[str] = frozenset()
    last_day: Mapping[str, date] = field(default_factory=dict)
    channels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    followers_start: float | None = None
    left_out: tuple[str, ...] = ()
    span: tuple[date, date] | None = None
    of: Mapping[str, Mapping[str, Imported]] = field(default_factory=dict)
    read_on: Mapping[str, date] = field(default_factory=dict)
    start_read_on: date | None = None

    @property
    def whole_days(self) -> int:
        return max(0, (self.span[1] - self.span[0]).days) if self.span else 0

    @property
    def last_whole_day(self) -> date | None:
        return self.span[1] - timedelta(days=1) if self.span and self.whole_days else None


def notes(facts: Facts, names: Iterable[str], *, money: bool = False) -> Iterator[str]:
    """What a reader must know of a figure that is computed from the facts of these names; `money`: it is money itself.

    >>> list(notes(Facts(no_rate=frozenset({"SEK"})), ["spend", "clicks"]))
    ['figures of money in SEK are left out: [money] rates has no rate for it']
    >>> list(notes(Facts(no_rate=frozenset({"SEK"})), ["clicks"]))
    []
    """
    names = tuple(names)
    yield from facts.left_out
    yield from _part_of_the_days(facts, names)
    yield from _old_standings(facts, names)
    if facts.no_rate and (money or any(name in FACTS and FACTS[name].unit == "money" for name in names)):
        left = "figures of money in {currencies} are left out: [money] rates has no rate for it"
        yield Said(left, currencies=Listed(sorted(facts.no_rate)))


def _part_of_the_days(facts: Facts, names: Iterable[str]) -> Iterator[str]:
    """Which days of the period were imported, of facts that have no row on some: a sum of ten days is no sum of thirty.

    A day on which nothing happened may have no row either; who knows the tool can tell.
    """
    found: dict[tuple[int, date, date], list[Said]] = {}
    for name in names:
        told = facts.of.get(name, {})
        alike = len({(one.days, one.first, one.last) for one in told.values()}) == 1
        for channel, one in sorted(told.items()):
            if one.days < facts.whole_days:
                word = Said(name.replace("_", " "))
                of = (
                    word
                    if alike
                    else Said("{fact} of {channel}", fact=word, channel=channel or Said("no channel"))
                )
                stretch = found.setdefault((one.days, one.first, one.last), [])
                stretch += [of] if of not in stretch else []
    for (days, first, last), which in sorted(found.items(), key=lambda item: item[0]):
        line = "{facts}: imported for {n} of {of} days, {first} to {last}"
        one_day = "{facts}: imported for {n} of {of} days, {first}"
        yield Said(
            line if days > 1 else one_day,
            facts=Listed(which),
            n=days,
            of=facts.whole_days,
            first=first,
            last=last,
        )


def _old_standings(facts: Facts, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        day, end = facts.read_on.get(name), facts.last_whole_day
        if day is not None and end is not None and end - day > FRESH:
            yield Said("{fact} as imported for {day}", fact=Said(name.replace("_", " ")), day=day)

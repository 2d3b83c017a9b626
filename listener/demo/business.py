"""What the invented brand's own tools would tell: ads, web shop, surveys, and followers of its accounts over time.

Every day's figures are drawn from that day alone, so another run tells the same of it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from listener.demo.people import OWN_ACCOUNTS
from listener.demo.sample import DAYS
from storage.facts import MILLION, FactKey
from storage.types import AccountSeen

BRAND, CAMPAIGN, CURRENCY = "murmur", "autumn", "EUR"
CHANNELS = {"x": 1.0, "mastodon": 0.06, "bluesky": 0.12}
"""Each network's size beside X; only there were ads bought."""
AUDIENCE = {"country=GB": 41, "country=NO": 22, "country=DE": 17, "country=NL": 11, "country=BR": 9,
            "age=18-24": 19, "age=25-34": 38, "age=35-49": 29, "age=50+": 14}  # fmt: skip
_SCORES = {"csat": (("1/5", 6), ("2/5", 5), ("3/5", 14), ("4/5", 38), ("5/5", 37)),
           "nps": (("2", 7), ("5", 9), ("6", 10), ("7", 15), ("8", 19), ("9", 24), ("10", 16))}  # fmt: skip


def facts(today: date) -> dict[FactKey, int]:
    """The imported facts of the days before today, in millionths."""
    made: dict[FactKey, int] = {}
    for day in (today - timedelta(days=back) for back in range(DAYS, 0, -1)):
        for fact, detail, channel, amount in _of_day(day):
            currency = CURRENCY if fact in ("spend", "revenue", "purchase_value", "order_value") else ""
            campaign = CAMPAIGN if channel == "x" and fact in ("spend", "leads", "revenue") else ""
            made[FactKey(BRAND, fact, day, channel, campaign, detail, currency)] = round(amount * MILLION)
    return made


def _of_day(day: date) -> Iterator[tuple[str, str, str, float]]:
    """fact, detail, channel and amount."""
    chance = Random(day.toordinal())  # noqa: S311 - the same figures each time are the point
    weekend = 0.7 if day.weekday() > 4 else 1.0

    def about(amount: float) -> int:
        return max(0, round(chance.gauss(amount * weekend, 0.12 * amount)))

    for channel, size in CHANNELS.items():
        impressions = about(21_000 * size)
        clicks = about(0.016 * impressions)
        sessions = round(0.84 * clicks)
        leads = about(0.05 * sessions)
        for fact, amount in (
            ("impressions", impressions), ("reach", round(0.61 * impressions)), ("clicks", clicks),
            ("saves", about(0.002 * impressions)), ("profile_visits", about(0.004 * impressions)),
            ("sessions", sessions), ("bounced_sessions", round(0.47 * sessions)), ("leads", leads),
            ("conversions", about(0.06 * clicks)), ("leads_won", about(0.2 * leads)),
            ("non_revenue_conversions", about(0.03 * sessions)), ("purchases", about(0.025 * sessions)),
        ):  # fmt: skip
            yield fact, "", channel, amount
        yield "revenue", "", channel, 71.0 * about(0.03 * sessions)
        yield "purchase_value", "", channel, 79.0 * about(0.025 * sessions)
    yield "spend", "", "x", 95.0 * weekend
    orders = about(52)
    yield "orders", "", "", orders
    yield "order_value", "", "", 83.0 * orders
    yield "customers", "", "", round(0.93 * orders)
    yield "search_impressions", "", "", about(6_400)
    for fact, scores in _SCORES.items():
        answers = chance.choices([score for score, _ in scores], [weight for _, weight in scores], k=about(6))
        for score, _ in scores:
            if score in answers:
                yield fact, score, "", answers.count(score)
    for part, share in AUDIENCE.items():
        yield "audience", part, "", 10 * share


def followers(now: datetime) -> Iterator[tuple[str, str, AccountSeen, datetime]]:
    """Brand, network, what the network said of the brand's account, and when: once a day up to now, oldest first."""
    for (brand, source), account in OWN_ACCOUNTS.items():
        for back in range(DAYS + 1, -1, -1):
            at = now - timedelta(days=back)
            noise = Random(at.date().toordinal()).random()  # noqa: S311
            grown = 1 - 0.0001 * len(account.handle) * back + 0.0002 * noise
            count = round((account.followers or 0) * grown)
            yield (
                brand,
                source,
                AccountSeen(account_id=account.id, handle=account.handle, followers=count),
                at,
            )

"""What each influencer cost and brought, beside the numbers of influence and never one of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from metrics.facts import Facts
from metrics.inputs import Inputs
from metrics.periods import Bucket
from metrics.read.facts import added_up, cut_days, whole_days
from metrics.read.influencers import THEIRS, order
from metrics.registry import METRICS
from metrics.windows import pieces
from storage import fact_sums
from storage.db import Database
from storage.fact_sums import FactSum
from storage.influencers import Called, accounts_called, name_key
from storage.money import Money, money_in_use


@dataclass(frozen=True, slots=True)
class Brought:
    """What one influencer cost and brought, "" being nobody: sums of imported facts, None where there is none of one.

    `rate` is the return on investment in percent, of `value` where that was imported and else of `revenue`; where it is None `missing` says why.
    `channels` are those the facts are of, and `accounts` the known accounts on those that are networks, by network.
    """

    influencer: str
    channels: tuple[str, ...]
    spend: float | None
    revenue: float | None
    value: float | None
    rate: float | None
    missing: str = ""
    accounts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Costs:
    """Every influencer of a brand, who cost most first; `without` is what is of nobody, and `whole` all of it together.

    `by_author` has what is known of one account on its own network. Money is in `currency`.
    """

    currency: str
    rows: tuple[Brought, ...]
    without: Brought | None
    whole: Brought
    by_author: Mapping[int, Brought]
    notes: tuple[str, ...]


def brought(
    db: Database,
    brand: str,
    span: Bucket,
    *,
    timezone: str,
    sources: Sequence[str] | None = None,
    campaign: str | None = None,
) -> Costs | None:
    """What was imported for a brand of the whole days in a span; None where nothing of it names an influencer."""
    zone = ZoneInfo(timezone)
    cut = pieces(span, zone)
    with db.read() as connection:
        source = fact_sums.Facts(
            connection, brands=[brand], channels=sources or None, campaign=campaign, apart=True
        )
        rows = list(source.sums(THEIRS, whole_days(span, cut, zone)))
        called = {(row.channel, row.influencer) for row in rows if row.influencer}
        if not called:
            return None
        accounts, money = accounts_called(connection, called), money_in_use(connection)
    by_name: dict[str, list[FactSum]] = defaultdict(list)
    by_account: dict[int, list[FactSum]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.influencer):
        by_name[name_key(row.influencer)].append(row)
        if author_id := accounts.get(_called(row)):
            by_account[author_id].append(row)
    facts = {key: added_up(some, (), (), money) for key, some in by_name.items()}
    parts = {
        key: _brought(by_name[key], money, accounts)
        for key in sorted(facts, key=lambda key: order(key, [facts[key]]))
    }
    return Costs(
        money.currency,
        tuple(part for key, part in parts.items() if key),
        parts.get(""),
        replace(_brought(rows, money, {}), influencer=""),
        {author_id: _brought(some, money, accounts) for author_id, some in by_account.items()},
        tuple(cut_days(cut, zone)),
    )


def _called(row: FactSum) -> Called:
    return row.channel, name_key(row.influencer)


def _brought(rows: Sequence[FactSum], money: Money, accounts: Mapping[Called, int]) -> Brought:
    found: Facts = added_up(rows, (), (), money)
    figure = METRICS["return_on_investment"].compute(Inputs(facts=found))
    channels = sorted({row.channel for row in rows} - {""})
    spend, revenue, value = (found.values.get(name) for name in ("spend", "revenue", "value"))
    known = {row.channel: accounts[_called(row)] for row in rows if _called(row) in accounts}
    return Brought(
        rows[0].influencer, tuple(channels), spend, revenue, value, figure.value, figure.missing, known
    )

"""What was imported: sums of whole days, money in one currency."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from metrics.facts import DAILY, FACTS, NO_LANGUAGE, Facts, Imported
from metrics.periods import Bucket
from metrics.read.question import Reading
from metrics.saying import Said
from metrics.windows import Pieces, pieces
from storage import fact_sums
from storage.fact_sums import Days, FactDays, FactSum, Standing
from storage.facts import MILLION
from storage.money import Money, money_in_use

STANDS = timedelta(days=31)
"""A standing, such as a number of followers, holds for so long after the day that it was read on."""
FLOWS = tuple(name for name, kind in FACTS.items() if not kind.standing)
STANDINGS = tuple(name for name, kind in FACTS.items() if kind.standing)


def add_facts(reading: Reading) -> None:
    """Give every brand that anything was ever imported for its facts.

    Facts are of a day, as the tool that they come from counts days: a day counts in the bucket that holds it whole, in the zone asked for.
    """
    asked, zone = reading.asked, ZoneInfo(reading.asked.timezone)
    with reading.db.read() as connection:
        source = fact_sums.Facts(
            connection, brands=reading.brand_ids, channels=asked.sources, campaign=asked.campaign
        )
        money, brands = money_in_use(connection), source.brands_with_any()
        if not brands:
            return
        cuts = {span: pieces(span, zone) for span in reading.spans}
        last = source.last_days(
            tuple(FACTS), min(whole_days(span, cut, zone)[0] for span, cut in cuts.items())
        )
        for span, cut in cuts.items():
            first, after = whole_days(span, cut, zone)
            told = first < after and asked.langs is None
            sums = list(source.sums(FLOWS, (first, after))) if told else []
            days = list(source.days(FLOWS, (first, after))) if sums else []
            over = max(first, min(after, asked.now.astimezone(zone).date()))
            standings = list(source.standings(STANDINGS, standing_days((first, after)))) if told else []
            earlier = list(source.standings(("followers",), (_month_before(first), first))) if told else []
            found: list[FactSum | Standing] = [*sums, *standings]
            for row in found:
                last[row.brand_id, row.fact] = max(
                    row.last_day, last.get((row.brand_id, row.fact), row.last_day)
                )
            for brand_id in brands:
                stand = [row for row in standings if row.brand_id == brand_id]
                start, read_on = _start(stand, [row for row in earlier if row.brand_id == brand_id])
                reading.add(
                    brand_id,
                    span,
                    facts=replace(
                        added_up(
                            [row for row in sums if row.brand_id == brand_id],
                            stand,
                            [row for row in days if row.brand_id == brand_id],
                            money,
                        ),
                        followers_start=start,
                        start_read_on=read_on,
                        last_day={fact: day for (brand, fact), day in last.items() if brand == brand_id},
                        left_out=(NO_LANGUAGE,) if asked.langs is not None else tuple(cut_days(cut, zone)),
                        span=(first, over),
                    ),
                )


def whole_days(span: Bucket, cut: Pieces, zone: ZoneInfo) -> tuple[date, date]:
    """The whole days [first, after) of a bucket, none of them where it holds none."""
    day = span.start.astimezone(zone).date()
    return cut.days or (day, day)


def standing_days(days: Days) -> Days:
    """The days on which a standing may have been read that holds in these."""
    return min(days[0], _month_before(days[1])), days[1]


def _month_before(day: date) -> date:
    return max(day, date.min + STANDS) - STANDS


def cut_days(cut: Pieces, zone: ZoneInfo) -> Iterator[str]:
    """A line for each stretch of the bucket that is no whole day."""
    for since, until in cut.edges:
        first, last = since.astimezone(zone).date(), (until - timedelta.resolution).astimezone(zone).date()
        yield Said(DAILY, day=first if first == last else Said("{first} and {last}", first=first, last=last))


def added_up(
    sums: Sequence[FactSum],
    standings: Sequence[Standing],
    days: Sequence[FactDays],
    money: Money,
) -> Facts:
    """The facts of one brand and bucket, from its rows."""
    of: dict[str, dict[str, Imported]] = defaultdict(dict)
    for day in days:
        amount = day.amount / MILLION if FACTS[day.fact].unit == "count" else 0.0
        of[day.fact][day.channel] = Imported(amount, day.days, day.first_day, day.last_day)
    values: dict[str, float] = {}
    details: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    channels: dict[str, set[str]] = defaultdict(set)
    exact: dict[tuple[str, str], int] = defaultdict(int)
    for row in sums:
        channels[row.fact].add(row.channel)
        exact[row.fact, row.currency] += row.amount
        if FACTS[row.fact].detail:
            over = of[row.fact][row.channel].days if FACTS[row.fact].per_day else 1
            details[row.fact][row.detail] += row.amount / over / MILLION
    without = {(fact, currency) for fact, currency in exact if currency and money.rate(currency) is None}
    halves = {fact for fact, _ in without}
    for (fact, currency), amount in exact.items():
        rate = money.rate(currency) if currency else 1
        if rate is not None and fact not in halves:
            values[fact] = values.get(fact, 0.0) + float(amount * rate / MILLION)
    values |= {fact: sum(told.values()) for fact, told in details.items() if FACTS[fact].per_day}
    for fact in STANDINGS:
        of_fact = [row for row in standings if row.fact == fact]
        if of_fact:
            amount = sum(row.amount for row in of_fact)
            divided = sum(row.rows for row in of_fact) if FACTS[fact].unit == "years" else 1
            values[fact] = amount / divided / MILLION
            channels[fact] = {row.channel for row in of_fact}
    return Facts(
        values,
        {fact: dict(found) for fact, found in details.items()},
        money.currency,
        frozenset(currency for _, currency in without),
        channels={fact: frozenset(found) for fact, found in channels.items() if fact in values},
        of=dict(of),
        read_on={
            fact: min(row.last_day for row in standings if row.fact == fact)
            for fact in {row.fact for row in standings}
        },
    )


def _start(now: Sequence[Standing], earlier: Sequence[Standing]) -> tuple[float, date] | tuple[None, None]:
    """The followers before the bucket and the day they were read on, of several channels the oldest.

    None unless every channel was read before it and again since: one look at a channel is no growth of 0.
    """
    before = {row.channel: row for row in earlier}
    ends = [row for row in now if row.fact == "followers"]
    known = [
        before[row.channel]
        for row in ends
        if row.channel in before and before[row.channel].last_day < row.last_day
    ]
    if not known or len(known) < len(ends):
        return None, None
    return sum(row.amount for row in known) / MILLION, min(row.last_day for row in known)

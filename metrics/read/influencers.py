"""What influencers cost and brought: imported facts split by whom they are of, what is of nobody last.

rows by channel and influencer -> added up by whoever they are of -> the catalogue's formulas on each part

A sum of facts over all parts is the brand's own. A name is one whatever its case and wherever it was imported from; whose account it is, is
looked up on the channel's network alone, and where two accounts are so called it is nobody's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from metrics.catalogue.of_facts import ratio
from metrics.errors import MetricError
from metrics.facts import FACTS, Facts
from metrics.formulas import conversion
from metrics.metric import Metric
from metrics.periods import Bucket
from metrics.read.answer import Answer
from metrics.read.facts import STANDINGS, added_up, standing_days, whole_days
from metrics.registry import METRICS
from metrics.registry import chosen as known
from metrics.saying import Said
from metrics.types import MetricPoint
from metrics.windows import pieces
from storage import fact_sums
from storage.db import Database
from storage.fact_sums import FactSum, Standing
from storage.influencers import name_key
from storage.money import Money, money_in_use
from storage.types import BrandQuery

THEIRS = tuple(name for name, kind in FACTS.items() if kind.by_influencer)
_CLICKS = replace(
    METRICS["click_through_rate"],
    compute=ratio(conversion.click_through_rate, "clicks", "impressions"),
    needs=frozenset({"facts"}),
)
"""Of an influencer only what was imported: the own posts are nobody else's."""
SPLIT: Mapping[str, Metric] = {
    metric.id: metric
    for metric in (*METRICS.values(), _CLICKS)
    if metric.needs == {"facts"} and metric.area in ("conversion", "money")
}
"""The figures that an influencer can have."""
MOST_POINTS = 50_000
Place = tuple[str, Bucket]


def chosen(names: Sequence[str]) -> list[Metric]:
    """The metrics of these names, all that can be split for none. Raises MetricError for others.

    >>> [metric.id for metric in chosen(["leads"])]
    ['leads']
    """
    for metric in known(names) if names else ():
        if metric.id not in SPLIT:
            raise MetricError(f"{metric.id} is not told by influencer; these are: {', '.join(SPLIT)}")
    return [SPLIT[name] for name in dict.fromkeys(names)] or list(SPLIT.values())


@dataclass(frozen=True)
class Split:
    """The rows of imported facts by brand and bucket, each of one channel and influencer, and what they are counted with."""

    answer: Answer
    money: Money
    sums: Mapping[Place, Sequence[FactSum]]
    standings: Mapping[Place, Sequence[Standing]]

    def names(self, brand_id: str) -> dict[str, str]:
        """How the names of a brand's influencers are written, by key; of several ways the first in the order of the alphabet."""
        rows = (row for span in self.answer.spans for row in self.sums[brand_id, span])
        return {name_key(name): name for name in sorted({row.influencer for row in rows}, reverse=True)}

    def parts(self, brand_id: str, by: Callable[[FactSum], str]) -> dict[str, dict[Bucket, Facts]]:
        """The facts of every part in every bucket; what stands, such as a customer's lifespan, is the brand's in each."""
        rows: dict[str, dict[Bucket, list[FactSum]]] = defaultdict(lambda: defaultdict(list))
        for span in self.answer.spans:
            for row in self.sums[brand_id, span]:
                rows[by(row)][span].append(row)
        return {part: dict(self._facts(brand_id, found)) for part, found in rows.items()}

    def _facts(
        self, brand_id: str, rows: Mapping[Bucket, Sequence[FactSum]]
    ) -> Iterator[tuple[Bucket, Facts]]:
        last: dict[str, date] = {}
        for span in self.answer.spans:
            here = rows.get(span, ())
            last |= {row.fact: max(row.last_day, last.get(row.fact, row.last_day)) for row in here}
            whole = self.answer.inputs[brand_id, span].facts or Facts()
            found = added_up(here, self.standings[brand_id, span], (), self.money)
            yield span, replace(found, last_day=dict(last), left_out=whole.left_out, span=whole.span)


def split(db: Database, answer: Answer, brand_ids: Sequence[str]) -> Split:
    """The facts of these brands in the answer's buckets, by channel and influencer."""
    asked, zone = answer.asked, ZoneInfo(answer.asked.timezone)
    sums: dict[Place, list[FactSum]] = defaultdict(list)
    standings: dict[Place, list[Standing]] = defaultdict(list)
    with db.read() as connection:
        source = fact_sums.Facts(
            connection, brands=brand_ids, channels=asked.sources, campaign=asked.campaign, apart=True
        )
        for span in answer.spans:
            days = whole_days(span, pieces(span, zone), zone)
            if days[0] >= days[1] or asked.langs is not None:
                continue
            for row in source.sums(THEIRS, days):
                sums[row.brand_id, span].append(row)
            for stands in source.standings(STANDINGS, standing_days(days)):
                standings[stands.brand_id, span].append(stands)
        return Split(answer, money_in_use(connection), sums, standings)


def points(
    db: Database, answer: Answer, wanted: Sequence[Metric], shown: Sequence[BrandQuery]
) -> list[MetricPoint]:
    """The figures of every influencer of these brands, who cost most first; what is of nobody comes last, with how much of the whole it is.

    None where no fact of the time names an influencer. Raises MetricError for more than can be shown.
    """
    found = split(db, answer, [brand.id for brand in shown])
    parts = {brand.id: found.parts(brand.id, lambda row: name_key(row.influencer)) for brand in shown}
    many = sum(map(len, parts.values())) * len(wanted) * len(answer.spans)
    if many > MOST_POINTS:
        raise MetricError(
            f"these are {many:,} figures, {MOST_POINTS:,} at most: ask for fewer, or longer buckets"
        )
    told: list[MetricPoint] = []
    for brand in shown:
        mine, names = parts[brand.id], found.names(brand.id)
        if mine.keys() - {""}:
            for key in sorted(mine, key=lambda key: order(key, mine[key].values())):
                told += _of_one(answer, brand, wanted, names[key], mine[key])
    return told


def order(key: str, facts: Iterable[Facts]) -> tuple[bool, float, float, str]:
    """Who cost most first, then who brought most; nobody last."""
    values = [one.values for one in facts]
    spend, gained = (sum(of.get(name, 0.0) for of in values) for name in ("spend", "revenue"))
    return not key, -spend, -gained, key


def _of_one(
    whole: Answer, brand: BrandQuery, wanted: Sequence[Metric], name: str, facts: Mapping[Bucket, Facts]
) -> Iterator[MetricPoint]:
    places = {(brand.id, span): whole.inputs[brand.id, span] for span in whole.spans}
    inputs = {place: replace(found, facts=facts[place[1]], own=None) for place, found in places.items()}
    answer = replace(whole, inputs=inputs)
    for metric in wanted:
        for span in whole.spans:
            point = answer.point(metric, brand, span)
            left = () if name else tuple(left_over(facts[span], places[brand.id, span].facts, metric))
            yield replace(point, influencer=name, warnings=(*point.warnings, *left))


def left_over(rest: Facts, whole: Facts | None, metric: Metric) -> Iterator[str]:
    """How much of the money in a figure is no influencer's."""
    line = "without an influencer: {part:,.2f} of {whole:,.2f} {currency} of {fact}"
    of = whole.values if whole else {}
    gain = "value" if "value" in of else "revenue"
    for name in (name if name in FACTS else gain for name in metric.inputs):
        if whole and name in rest.values and name in of and FACTS[name].unit == "money":
            said = {"part": rest.values[name], "whole": of[name], "currency": whole.currency or ""}
            yield Said(line, fact=Said(name.replace("_", " ")), **said)

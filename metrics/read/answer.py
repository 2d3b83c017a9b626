"""What was read for one question: the inputs of every brand and bucket, the figures they give, and what to say beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metrics.inputs import Figure, Inputs
from metrics.metric import Metric, Need
from metrics.missing import needs
from metrics.periods import Bucket
from metrics.read.question import Question
from metrics.types import MetricPoint
from metrics.warnings import Notes
from storage.types import BrandQuery

OF_A_QUERY: frozenset[Need] = frozenset(
    {"sums", "labels", "errors", "people", "reach", "engagement", "impact", "previous"}
)
"""What can be read of the mentions that meet a query; figures that need anything else are of whole brands."""

WORDS: Mapping[Need, str] = {
    "own": "the own accounts",
    "facts": "imported facts",
    "service": "answers to mentions",
    "replies": "replies to own posts",
    "voices": "who says the same",
}


def of_a_query(asked: Question) -> frozenset[Need]:
    """What can be read where a query narrows the question: of a campaign its imported facts too."""
    return OF_A_QUERY | {"facts"} if asked.campaign else OF_A_QUERY


@dataclass(frozen=True)
class Answer:
    """The inputs by brand and bucket, and the lines that belong beside their figures."""

    asked: Question
    spans: Sequence[Bucket]
    inputs: Mapping[tuple[str, Bucket], Inputs]
    notes: Notes
    model: str | None

    def figure(self, metric: Metric, brand_id: str, span: Bucket) -> Figure:
        """The figure; without a value where a query narrows the question and the metric cannot keep to it."""
        if self.asked.query is not None and (lacking := sorted(metric.needs - of_a_query(self.asked))):
            names = [WORDS.get(need, need) for need in lacking]
            return Figure(
                None, 0, missing=needs(names, "not known for the posts of a campaign, tag or query alone")
            )
        return metric.compute(self.inputs[brand_id, span])

    def warnings(self, metric: Metric, brand_id: str, span: Bucket, figure: Figure) -> tuple[str, ...]:
        return self.notes.of(metric, brand_id, span, self.inputs[brand_id, span], figure.n) + figure.notes

    def holes(self, metric: Metric, brand_id: str, span: Bucket) -> Sequence[str]:
        """What of the figure's time was not collected whole."""
        return self.notes.not_whole(metric, brand_id, span)

    def point(self, metric: Metric, brand: BrandQuery, span: Bucket) -> MetricPoint:
        figure, asked = self.figure(metric, brand.id, span), self.asked
        facts = self.inputs[brand.id, span].facts
        low, high = figure.interval or (None, None)
        return MetricPoint(
            metric=metric.id,
            brand=brand.name,
            brand_id=brand.id,
            bucket_start=span.start,
            bucket_end=span.end,
            value=figure.value,
            low=low,
            high=high,
            n=figure.n,
            unit=metric.unit,
            version=metric.version,
            warnings=self.warnings(metric, brand.id, span, figure),
            source=", ".join(asked.sources) if asked.sources else None,
            lang=", ".join(asked.langs) if asked.langs else None,
            campaign=asked.campaign,
            query=asked.query.text if asked.query else None,
            missing=figure.missing or None,
            currency=facts.currency if facts and metric.unit == "money" else None,
            parts=figure.parts,
            model=self.model if "labels" in metric.needs else None,
        )

"""What the public reviews among the mentions say, and the replies to the brand's own posts."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from metrics.formulas.satisfaction import Ratings
from metrics.periods import Bucket
from metrics.read.question import Reading, quarter
from storage.opinions import Rated, ratings, replies


def add_ratings(reading: Reading) -> None:
    for span in reading.spans:
        by_brand: dict[str, list[Rated]] = {}
        for row in ratings(reading.db, **_asked(reading, span)):
            by_brand.setdefault(row.brand_id, []).append(row)
        for brand_id, rows in by_brand.items():
            labelled = (
                sum(row.negative for row in rows),
                sum(row.neutral for row in rows),
                sum(row.positive for row in rows),
            )
            stars = {row.rating: row.reviews for row in rows}
            reading.add(brand_id, span, ratings=Ratings(stars, labelled))


def add_replies(reading: Reading) -> None:
    """Beside the own posts, which are read before."""
    for span in reading.spans:
        for row in replies(reading.db, **_asked(reading, span)):
            own = reading.inputs[row.brand_id, span].own
            if own is not None:
                found = row.negative, row.neutral, row.positive
                reading.add(row.brand_id, span, own=replace(own, replies=found))


def _asked(reading: Reading, span: Bucket) -> dict[str, Any]:
    window: dict[str, datetime] = {"since": quarter(span.start), "until": quarter(span.end)}
    narrowed = {"sources": reading.asked.sources, "langs": reading.asked.langs}
    return {"brands": reading.brand_ids, **window, **narrowed}

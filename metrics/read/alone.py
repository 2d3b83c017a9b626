"""Figures for who may see some brands and not know of the others: nothing beside a figure names one that is not shown."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from metrics.types import MetricPoint
from storage.types import BrandQuery


def alone(
    points: Iterable[MetricPoint], shown: Sequence[BrandQuery], tracked: Sequence[BrandQuery]
) -> list[MetricPoint]:
    """The points without comparisons with brands that are not shown, and without warnings that name one.

    Values stay what they are: a share of voice is of all tracked brands, whoever asks.
    """
    seen = {brand.id for brand in shown}
    others = {name for brand in tracked if brand.id not in seen for name in (brand.name, brand.id)}
    if not others:
        return list(points)
    named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, others))})(?!\w)", re.IGNORECASE)
    return [
        replace(
            point,
            warnings=tuple(line for line in point.warnings if not named.search(str(line))),
            comparisons=tuple(
                replace(one, warnings=tuple(line for line in one.warnings if not named.search(str(line))))
                for one in point.comparisons
                if one.brand_id is None or one.brand_id in seen
            ),
        )
        for point in points
    ]

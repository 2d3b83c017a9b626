"""What every figure is handed on as."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from metrics.interval import Interval


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a figure that has several, such as one format or one tag; `unit` "" is the figure's own."""

    name: str
    value: float | None
    n: int
    interval: Interval | None = None
    unit: str = ""

    def as_json(self) -> dict[str, Any]:
        low, high = self.interval or (None, None)
        return {
            "name": self.name,
            "value": self.value,
            "low": low,
            "high": high,
            "n": self.n,
            "unit": self.unit or None,
        }


To = Literal["previous", "year", "competitor", "category"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a figure is set against: the period before, the same a year earlier, another brand, or all tracked brands together.

    `value` is that figure, over [bucket_start, bucket_end); None where there is none, and where nothing was counted in a time that was not
    collected whole. `change` is from it to the point's own value, in percent of it for counts and in points for shares, as
    `change_unit` says; [`low`, `high`] holds 95 % of what chance gives where that can be said, and `real` is whether it leaves 0 out.
    `brand` is the other brand's name and `brand_id` its id. Of a bucket that still runs, what is set against it is `so_far`, the point's figure until
    `so_far_end` (docs/comparisons.md).
    """

    to: To
    bucket_start: datetime
    bucket_end: datetime
    value: float | None
    n: int
    change: float | None = None
    change_unit: str = "%"
    low: float | None = None
    high: float | None = None
    brand: str | None = None
    brand_id: str | None = None
    warnings: tuple[str, ...] = ()
    missing: str | None = None
    so_far: float | None = None
    so_far_end: datetime | None = None

    @property
    def real(self) -> bool | None:
        """Whether the change is more than chance; None where that cannot be said."""
        return None if self.low is None or self.high is None else not self.low <= 0 <= self.high

    def as_json(self) -> dict[str, Any]:
        return {
            "to": self.to,
            "brand": self.brand,
            "brand_id": self.brand_id,
            "bucket_start": utc_text(self.bucket_start),
            "bucket_end": utc_text(self.bucket_end),
            "value": self.value,
            "n": self.n,
            "change": self.change,
            "change_unit": self.change_unit,
            "low": self.low,
            "high": self.high,
            "real": self.real,
            "warnings": list(self.warnings),
            "missing": self.missing,
            "so_far": self.so_far,
            "so_far_end": self.so_far_end and utc_text(self.so_far_end),
        }


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One figure of one brand in one stretch of time [bucket_start, bucket_end), both in UTC.

    `value` None: there is nothing to compute it from. `low` and `high` bound it where the metric has an
    interval (docs/metrics.md says what it covers). `n` is how many observations the value rests on: mentions,
    labelled mentions or authors. `version` is that of the formula. `warnings` are lines for a person.
    `source` names the networks counted, `lang` the languages, None for all; `query` is what the mentions counted meet, and `campaign` the one
    it is of; `influencer` is whose imported facts they are, "" for nobody's, and None for everybody's together. `model` is whose labels were
    counted. `missing` says
    which input there is none of, where that is why there is no value. `currency` is that of a figure whose unit is money.
    `parts` are the figure's own for each format, tag or group, where it has any. `comparisons` are those that were asked for.
    """

    metric: str
    brand: str
    brand_id: str
    bucket_start: datetime
    bucket_end: datetime
    value: float | None
    n: int
    unit: str
    version: int
    low: float | None = None
    high: float | None = None
    warnings: tuple[str, ...] = ()
    source: str | None = None
    lang: str | None = None
    campaign: str | None = None
    influencer: str | None = None
    query: str | None = None
    model: str | None = None
    missing: str | None = None
    currency: str | None = None
    parts: tuple[Part, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            figure = getattr(self, name)
            if figure is not None and not math.isfinite(figure):
                raise ValueError(f"{self.metric} of {self.brand_id}: {name} is {figure}")
        if self.bucket_start.tzinfo is None or self.bucket_end.tzinfo is None:
            raise ValueError(f"{self.metric} of {self.brand_id}: a bucket's times need a zone")

    def as_json(self) -> dict[str, Any]:
        """The point as `--format json` and the API give it: times in ISO 8601 and UTC, None where there is no
        value.

        >>> start, end = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)
        >>> point = MetricPoint("mentions", "Delta", "delta", start, end, 12, 12, "count", 1)
        >>> point.as_json()["bucket_start"]
        '2027-03-01T00:00:00Z'
        """
        return {
            "metric": self.metric,
            "brand": self.brand,
            "brand_id": self.brand_id,
            "bucket_start": utc_text(self.bucket_start),
            "bucket_end": utc_text(self.bucket_end),
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "unit": self.unit,
            "version": self.version,
            "warnings": list(self.warnings),
            "source": self.source,
            "lang": self.lang,
            "campaign": self.campaign,
            "influencer": self.influencer,
            "query": self.query,
            "model": self.model,
            "missing": self.missing,
            "currency": self.currency,
            "parts": [part.as_json() for part in self.parts],
            "comparisons": [comparison.as_json() for comparison in self.comparisons],
        }


def utc_text(at: datetime) -> str:
    """An instant in UTC, as ISO 8601 writes it.

    >>> utc_text(datetime.fromisoformat("2027-03-01T05:45+05:45"))
    '2027-03-01T00:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""What every figure is handed on as."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One figure of one brand in one stretch of time [bucket_start, bucket_end), both in UTC.

    `value` None: there is nothing to compute it from. `low` and `high` bound it where the metric has an
    interval (docs/metrics.md says what it covers). `n` is how many observations the value rests on: mentions,
    labelled mentions or authors. `version` is that of the formula. `warnings` are lines for a person.
    `source` names the networks counted, None for all; `model` whose labels. `missing` says
    which input there is none of, where that is why there is no value.
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
    model: str | None = None
    missing: str | None = None

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
            "model": self.model,
            "missing": self.missing,
        }


def utc_text(at: datetime) -> str:
    """An instant in UTC, as ISO 8601 writes it.

    >>> utc_text(datetime.fromisoformat("2027-03-01T05:45+05:45"))
    '2027-03-01T00:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

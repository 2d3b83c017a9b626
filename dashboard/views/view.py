"""What all views are made of: frozen types that say themselves in JSON, and figures as `listener metrics --format json` prints them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from dashboard.filters import Filters
from metrics.types import MetricPoint
from metrics.words import Words as Words


class View(BaseModel):
    """What a page shows and the API tells."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    def as_json(self) -> dict[str, Any]:
        """Plain values: times in ISO 8601 and UTC, None where there is no value."""
        return self.model_dump(mode="json")


class PartSaid(BaseModel):
    """One part of a figure that has several; `unit` null: the figure's own."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str | None


class ComparisonSaid(BaseModel):
    """What a figure is set against; of a period that still runs it is `so_far`, the figure until `so_far_end`. `real`: whether the change is more
    than chance, null where that cannot be said."""

    to: Literal["previous", "year", "competitor", "category"]
    brand: str | None
    brand_id: str | None
    bucket_start: datetime
    bucket_end: datetime
    value: float | None
    n: int
    change: float | None
    change_unit: str
    low: float | None
    high: float | None
    real: bool | None
    warnings: list[str]
    missing: str | None
    so_far: float | None
    so_far_end: datetime | None


class PointSaid(BaseModel):
    """One figure of one brand in one stretch of time. docs/metrics.md has each metric's definition, unit and interval."""

    metric: str
    brand: str
    brand_id: str
    bucket_start: datetime
    bucket_end: datetime
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    version: int
    warnings: list[str]
    source: str | None
    lang: str | None
    campaign: str | None
    influencer: str | None
    query: str | None
    model: str | None
    missing: str | None
    currency: str | None
    parts: list[PartSaid]
    comparisons: list[ComparisonSaid]


class _AsSaid:
    """A MetricPoint as it is, written in JSON as it says itself."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        said = core_schema.plain_serializer_function_ser_schema(MetricPoint.as_json)
        return core_schema.is_instance_schema(MetricPoint, serialization=said)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(PointSaid.__pydantic_core_schema__)


Point = Annotated[MetricPoint, _AsSaid()]
"""A figure: an object with all its fields in a page, and what `MetricPoint.as_json` gives in JSON."""


class Brand(View):
    """A brand that is shown."""

    id: str
    name: str
    role: Literal["own", "competitor"]


class Asked(View):
    """The filters that a view was made under: [since, until), whole days of `timezone`, `first_day` to `last_day`."""

    period: str
    since: datetime
    until: datetime
    first_day: date
    last_day: date
    timezone: str
    brands: tuple[Brand, ...]
    sources: tuple[str, ...]
    langs: tuple[str, ...]
    campaign: str | None
    q: str


def brands_of(filters: Filters) -> tuple[Brand, ...]:
    """The brands that are shown, in the order of the configuration."""
    return tuple(Brand(id=brand.id, name=brand.name, role=brand.role) for brand in filters.brands)


def asked(filters: Filters) -> Asked:
    """The filters in words."""
    return Asked(
        period=filters.period,
        since=filters.since,
        until=filters.until,
        first_day=filters.first_day,
        last_day=filters.last_day,
        timezone=filters.timezone,
        brands=brands_of(filters),
        sources=filters.sources,
        langs=filters.langs,
        campaign=filters.campaign.id if filters.campaign else None,
        q=filters.q,
    )


def of(points: Iterable[MetricPoint], metric: str, brand_id: str) -> tuple[MetricPoint, ...]:
    """The points of one metric and brand."""
    return tuple(point for point in points if point.metric == metric and point.brand_id == brand_id)

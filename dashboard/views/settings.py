"""What is configured, as far as people need to see it; secrets are not in it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from dashboard.site import Site
from dashboard.views.view import View
from storage.brands import active_brands
from storage.counts import first_day
from storage.labels import model_confusion, model_in_use, waiting_count
from storage.review import audit_confusion


class BrandSettings(View):
    """A brand and its query. `audited` posts were checked at random. `relevance`, 0 to 1: what is less relevant is left out of the figures."""

    id: str
    name: str
    role: Literal["own", "competitor"]
    query: str
    query_version: int
    accounts: Mapping[str, str]
    relevance: float
    audited: int
    first_day: date | None


class ModelSettings(View):
    """The model whose labels count; `tested`: its errors are known from its own test sets. `waiting` mentions have no label of it yet."""

    id: str
    tested: bool
    waiting: int


class CampaignSettings(View):
    """A campaign, its last day counted in."""

    id: str
    query: str
    first_day: date
    last_day: date


class SettingsSaid(View):
    """What is configured. `database_bytes` is its size on disk."""

    version: str
    timezone: str
    closes_after_hours: float
    service_minutes: float
    false_alarms_per_month: float
    brands: tuple[BrandSettings, ...]
    model: ModelSettings | None
    campaigns: tuple[CampaignSettings, ...]
    database_bytes: int


def settings(site: Site, *, now: datetime) -> SettingsSaid:
    """What is configured and in use."""
    model, known = model_in_use(site.db), site.settings
    campaigns = (
        CampaignSettings(id=one.id, query=one.query.text, first_day=one.first_day, last_day=one.last_day)
        for one in known.campaigns.values()
    )
    return SettingsSaid(
        version=known.version,
        timezone=known.timezone,
        closes_after_hours=known.closes_after_hours,
        service_minutes=known.service_minutes,
        false_alarms_per_month=known.false_alarms_per_month,
        brands=brands(site),
        model=_model(site, model) if model else None,
        campaigns=tuple(campaigns),
        database_bytes=site.db.size_bytes(),
    )


def brands(site: Site) -> tuple[BrandSettings, ...]:
    """The brands that are followed."""
    model = model_in_use(site.db)
    return tuple(
        BrandSettings(
            id=one.id,
            name=one.name,
            role=one.role,
            query=one.query,
            query_version=one.version,
            accounts=dict(one.accounts),
            relevance=one.relevance / 10_000,
            audited=sum(audit_confusion(site.db, one.id, model).values()) if model else 0,
            first_day=first_day(site.db, [one.id]),
        )
        for one in active_brands(site.db)
    )


def _model(site: Site, model: str) -> ModelSettings:
    tested = model_confusion(site.db, model) is not None
    return ModelSettings(id=model, tested=tested, waiting=waiting_count(site.db, model))

"""What the pages show, a route for each, and for what a page reads apart."""

from typing import Annotated, Literal

from fastapi import Query

from dashboard.api.routes import Asking, AskingAlerts, Of, problems, router_of
from dashboard.ids import BIGGEST, AlertId
from dashboard.security.access import Viewer, for_brands
from dashboard.views import (
    alerts,
    influence,
    kpis,
    lines,
    overview,
    receipt,
    sentiment,
    settings,
    sources,
    voice,
    why,
)
from metrics.metric import Area
from metrics.read.influence import By
from storage.alert_types import AlertState

router = router_of("pages")


@router.get("/overview")
@for_brands
def read_overview(site: Of, filters: Asking) -> overview.Overview:
    """Every brand's headline figures, set against the period before; who leads; open alerts; coverage."""
    return overview.overview(site, filters, now=site.clock())


@router.get("/overview/trend")
@for_brands
def read_trend(site: Of, filters: Asking) -> lines.Trend:
    """Volume and net sentiment over time, with intervals."""
    return overview.trend(site, filters, now=site.clock())


@router.get("/overview/reach")
@for_brands
def read_reach(site: Of, filters: Asking) -> overview.Reach:
    """Potential reach over any period: followers, each account counted once."""
    return overview.reach(site, filters, now=site.clock())


@router.get("/overview/changes")
@for_brands
def read_changes(site: Of, filters: Asking) -> why.Changes:
    """What changed and why: everyone's part and the brand's own."""
    return why.changes(site, filters, now=site.clock())


@router.get("/overview/drivers")
@for_brands
def read_drivers(site: Of, filters: Asking) -> why.Drivers:
    """What sets one brand's mentions apart from the period before."""
    return why.drivers(site, filters, now=site.clock())


@router.get("/share-of-voice")
def read_voice(site: Of, filters: Asking) -> voice.Voice:
    """Share of voice counted in five ways, who leads, who overtook whom, what was set aside."""
    return voice.voice(site, filters, now=site.clock())


read_voice.within_s = 60.0  # type: ignore[attr-defined]  # every mention of the period is read


@router.get("/share-of-voice/trend")
@for_brands
def read_voice_trend(site: Of, filters: Asking) -> lines.Trend:
    """Share of voice over time."""
    return voice.trend(site, filters, now=site.clock())


@router.get("/sentiment")
@for_brands
def read_sentiment(site: Of, filters: Asking) -> sentiment.Sentiment:
    """Shares corrected for the model's errors beside those counted."""
    return sentiment.sentiment(site, filters, now=site.clock())


@router.get("/sentiment/trend")
@for_brands
def read_sentiment_trend(site: Of, filters: Asking) -> lines.Trend:
    """Corrected shares over time."""
    return sentiment.trend(site, filters, now=site.clock())


@router.get("/sentiment/by/{by}")
@for_brands
def read_sentiment_apart(site: Of, filters: Asking, by: Literal["source", "lang"]) -> sentiment.Slices:
    """Net sentiment and negative share of each network or language."""
    return sentiment.apart(site, filters, by, now=site.clock())


@router.get("/kpis")
@for_brands
def read_kpis(
    site: Of,
    filters: Asking,
    area: Annotated[Area | None, Query(description="one part of the catalogue")] = None,
) -> kpis.Kpis:
    """The whole catalogue: each figure with its definition, and its value or what it lacks."""
    return kpis.kpis(site, filters, now=site.clock(), area=area)


@router.get("/goals")
@for_brands
def read_goals(
    site: Of, by: Viewer, ended: Annotated[bool, Query(description="closed ones too")] = False
) -> kpis.Goals:
    """The goals, and how they stand."""
    return kpis.goals(site, now=site.clock(), ended=ended, only=by.brands)


@router.get("/influence")
@for_brands
def read_influence(
    site: Of,
    filters: Asking,
    by: Annotated[By, Query(description="the order")] = "response",
    limit: Annotated[int, Query(ge=1, le=influence.MOST_ROWS)] = 50,
) -> influence.Influence:
    """Who moves the conversation of one brand: the first own one of those asked for."""
    return influence.influence(site, filters, now=site.clock(), by=by, limit=limit)


@router.get("/sources")
def read_sources(site: Of, filters: Asking) -> sources.Sources:
    """How each source is doing, and what of the period it did not collect."""
    return sources.sources(site, filters, now=site.clock())


@router.get("/settings")
def read_settings(site: Of) -> settings.SettingsSaid:
    """Brands, queries, model, campaigns. No secret is in it."""
    return settings.settings(site, now=site.clock())


@router.get("/alerts")
@for_brands
def read_alerts(
    site: Of,
    filters: AskingAlerts,
    state: Annotated[AlertState | None, Query(description="open ones are told whatever the period")] = None,
    before: Annotated[int | None, Query(ge=1, le=BIGGEST, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=alerts.MOST_ROWS)] = 50,
) -> alerts.Alerts:
    """Alerts that were opened in the period, the newest first."""
    return alerts.alerts(site, filters, now=site.clock(), state=state, before=before, limit=limit)


@router.get("/alerts/{alert_id}", responses=problems(404))
@for_brands
def read_alert(site: Of, by: Viewer, alert_id: AlertId) -> alerts.OneAlert:
    """One alert with its cause, its evidence and what became of it."""
    return alerts.alert(site, alert_id, by)


@router.get("/receipt")
@for_brands
def read_receipt(
    site: Of,
    filters: Asking,
    metric: Annotated[str, Query(max_length=100, examples=["net_sentiment"])],
) -> receipt.ReceiptSaid:
    """A figure of the first brand asked for, computed again with all that it rests on."""
    return receipt.receipt(site, filters, metric, now=site.clock())


read_receipt.within_s = 120.0  # type: ignore[attr-defined]  # of a million mentions each is read

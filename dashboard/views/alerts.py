"""Alerts: those that are open, and one with its cause, its evidence, what became of it and whom it was told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.errors import NotFound
from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.mentions import Mention, rows_of
from dashboard.views.view import View
from metrics.alert import SEVERITIES, Rule, Severity
from metrics.read.alert_words import told
from storage import alerts as storage
from storage.alert_types import AlertState, EventKind, StoredAlert
from storage.brands import active_brands
from storage.mentions import MentionFilter, find

MOST_ROWS = 200
TITLES: Mapping[str, str] = {
    "spike": "Unusual volume or negativity",
    "influential_author": "A widely heard author",
    "keyword": "A watched word",
    "overtaken": "Overtaken in share of voice",
    "goal": "A goal in trouble",
    "source_down": "A source is down",
}


class AlertLine(View):
    """One alert in a list. `real`: what a person said of it, False for a false alarm."""

    id: int
    rule: Rule
    title: str
    brand_id: str | None
    brand: str | None
    severity: Severity
    state: AlertState
    since: datetime
    opened_at: datetime
    updated_at: datetime
    calm_since: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    real: bool | None


class Alerts(View):
    """Alerts, the newest first; `next` is what `before` takes for the page after it. `looked_at`: when the watcher looked last, None for never.

    `unseen` says what it could not look at then, and why.
    """

    alerts: tuple[AlertLine, ...]
    next: int | None
    looked_at: datetime | None
    unseen: Mapping[str, str]
    false_alarms_per_month: float


class Event(View):
    """Something that became of an alert; `by` is "" for Listener itself."""

    at: datetime
    what: EventKind
    by: str
    note: str


class OneAlert(View):
    """One alert: in words (`headline`, `lines`), what was found (`finding`, of metrics.alert.Finding), why (`cause`, of metrics.cause.Cause), the
    mentions that show it, and its log.
    """

    alert: AlertLine
    headline: str
    lines: tuple[str, ...]
    finding: Mapping[str, Any]
    cause: Mapping[str, Any] | None
    evidence: tuple[Mention, ...]
    events: tuple[Event, ...]
    told_to: tuple[str, ...]
    told_at: datetime | None


def open_alerts(site: Site, filters: Filters, *, now: datetime) -> Sequence[AlertLine]:
    """The open alerts of the brands shown, and those of no brand, the most serious first."""
    shown = {*filters.brand_ids, None}
    lines = _lines(site, [one for one in storage.open_alerts(site.db) if one.brand_id in shown])
    return sorted(lines, key=lambda one: (-SEVERITIES.index(one.severity), -one.id))


def alerts(
    site: Site,
    filters: Filters,
    *,
    now: datetime,
    state: AlertState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Alerts:
    """Alerts that were opened in the period, or are still open."""
    limit = max(1, min(limit, MOST_ROWS))
    brands = filters.brand_ids if filters.named_brands else None
    bounds = {} if state == "open" else {"since": filters.since, "until": filters.until}
    found = storage.alerts(
        site.db, state=state, brand_ids=brands, before_id=before, limit=limit + 1, **bounds
    )
    look = storage.last_look(site.db)
    return Alerts(
        alerts=tuple(_lines(site, found[:limit])),
        next=found[limit - 1].id if len(found) > limit else None,
        looked_at=look.at,
        unseen=look.unseen,
        false_alarms_per_month=site.settings.false_alarms_per_month,
    )


def alert(site: Site, alert_id: int) -> OneAlert:
    """One alert with all that is known of it. Raises NotFound."""
    one = storage.alert(site.db, alert_id)
    if one is None:
        raise NotFound(f"there is no alert {alert_id}")
    ids = storage.evidence(site.db, alert_id)
    by_id = {row.id: row for row in find(site.db, MentionFilter(ids=ids, irrelevant=None))} if ids else {}
    events = (Event(at=e.at, what=e.what, by=e.by, note=e.note) for e in storage.events(site.db, alert_id))
    words = told(
        site.db,
        one,
        timezone=site.settings.timezone,
        address=site.settings.address or None,
        now=site.clock(),
    )
    return OneAlert(
        alert=_lines(site, [one])[0],
        headline=words.title,
        lines=words.lines,
        finding=one.finding,
        cause=one.cause,
        evidence=tuple(rows_of(site, [by_id[number] for number in ids if number in by_id])),
        events=tuple(events),
        told_to=tuple(one.told_to),
        told_at=one.told_at,
    )


def _lines(site: Site, found: Sequence[StoredAlert]) -> list[AlertLine]:
    names: dict[str | None, str] = {brand.id: brand.name for brand in active_brands(site.db)}
    same = set(AlertLine.model_fields) - {"title", "brand"}
    return [
        AlertLine(
            title=TITLES.get(one.rule, one.rule),
            brand=names.get(one.brand_id, one.brand_id),
            **{name: getattr(one, name) for name in same},
        )
        for one in found
    ]

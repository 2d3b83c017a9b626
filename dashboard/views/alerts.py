"""Alerts: those that are open, and one with its cause, its evidence, what became of it and whom it was told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from dashboard.errors import NotFound
from dashboard.filters import Filters
from dashboard.security.access import Principal, sees
from dashboard.site import Site
from dashboard.views.mentions import Mention, rows_of
from dashboard.views.view import View
from metrics.alerts.alert import SEVERITIES, Finding, Rule, Severity
from metrics.read.alert_words import told
from metrics.read.course import course
from storage import alerts as storage
from storage.alert_types import AlertState, EventKind, StoredAlert
from storage.brands import active_brands
from storage.mentions import MentionFilter, find

MOST_ROWS = 200
NAMING_OTHERS = {"overtaken"}
BEFORE, AFTER = timedelta(hours=24), timedelta(hours=12)
"""How much of the time around a spike is shown."""
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


class HeldBack(View):
    """A brand that is loud through a few accounts alone, as seen `at`."""

    brand_id: str
    brand: str
    at: datetime


class Alerts(View):
    """Alerts, the newest first; `next` is what `before` takes for the page after it. `looked_at`: when the watcher looked last, None for never.

    `unseen` says what it could not look at then, and why. `held_back` are brands that were loud then, but through a few accounts alone, so that
    nobody is told.
    """

    alerts: tuple[AlertLine, ...]
    next: int | None
    looked_at: datetime | None
    unseen: Mapping[str, str]
    held_back: tuple[HeldBack, ...]
    false_alarms_per_month: float


class Event(View):
    """Something that became of an alert; `by` is "" for Listener itself."""

    at: datetime
    what: EventKind
    by: str
    note: str


class CourseHour(View):
    """An hour from `start` on; `usual` is the mean of the same hours of up to four weeks before, None where nothing was counted then."""

    start: datetime
    seen: int
    usual: float | None


class Course(View):
    """The hours around a spike: mentions, or negative ones, on one network or (None) on all."""

    negative: bool
    source: str | None
    hours: tuple[CourseHour, ...]


class OneAlert(View):
    """One alert: in words (`headline`, `lines`), what was found (`finding`, of metrics.alerts.alert.Finding), why (`cause`, of
    metrics.alerts.cause.Cause), the hours around it where it is about numbers of mentions (`course`), the mentions that show it, and its log.
    """

    alert: AlertLine
    headline: str
    lines: tuple[str, ...]
    finding: Mapping[str, Any]
    cause: Mapping[str, Any] | None
    course: Course | None
    evidence: tuple[Mention, ...]
    events: tuple[Event, ...]
    told_to: tuple[str, ...]
    told_at: datetime | None


def open_alerts(site: Site, filters: Filters, *, now: datetime) -> Sequence[AlertLine]:
    """The open alerts of the brands shown, and those of no brand, the most serious first."""
    shown = {*filters.brand_ids, None}
    found = [one for one in storage.open_alerts(site.db) if one.brand_id in shown]
    lines = _lines(site, [one for one in found if not filters.limited or not _of_others(one)])
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
        alerts=tuple(
            _lines(site, [one for one in found[:limit] if not filters.limited or not _of_others(one)])
        ),
        next=found[limit - 1].id if len(found) > limit else None,
        looked_at=look.at,
        unseen={} if filters.limited else look.unseen,
        held_back=tuple(
            HeldBack(brand_id=brand.id, brand=brand.name, at=look.held_back[brand.id])
            for brand in filters.brands
            if brand.id in look.held_back
        ),
        false_alarms_per_month=site.settings.false_alarms_per_month,
    )


def told_to(by: Principal, one: StoredAlert) -> bool:
    """Whether an alert may be told to who may see some brands alone: one of theirs that names no other."""
    return sees(by, one.brand_id) and (by.brands is None or not _of_others(one))


def _of_others(one: StoredAlert) -> bool:
    """Whether it is of no brand, or names others beside its own."""
    return one.brand_id is None or one.rule in NAMING_OTHERS


def alert(site: Site, alert_id: int, by: Principal | None = None) -> OneAlert:
    """One alert with all that is known of it. Raises NotFound."""
    one = storage.alert(site.db, alert_id)
    if one is None or (by is not None and not told_to(by, one)):
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
        course=_course(site, one),
        evidence=tuple(rows_of(site, [by_id[number] for number in ids if number in by_id])),
        events=tuple(events),
        told_to=tuple(one.told_to),
        told_at=one.told_at,
    )


def _course(site: Site, one: StoredAlert) -> Course | None:
    """From a day before the spike to half a day after it was last seen."""
    rule, severity = cast(Rule, one.rule), cast(Severity, one.severity)
    finding = Finding.of_json(one.finding, rule=rule, key=one.key, brand_id=one.brand_id, severity=severity)
    if one.brand_id is None or not finding.signals:
        return None
    signal = finding.signals[0]
    negative = signal.kind != "volume"
    until = min(finding.at + AFTER, site.clock())
    zone = ZoneInfo(site.settings.timezone)
    since = finding.since - BEFORE
    hours = course(site.db, one.brand_id, signal.source, since, until, zone=zone, negative=negative)
    told = tuple(CourseHour(start=hour.start, seen=hour.seen, usual=hour.usual) for hour in hours)
    return Course(negative=negative, source=signal.source, hours=told) if told else None


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

"""A competitor is spoken of more than your brand, where your brand was ahead or nobody was: once a day, over the last week that is closed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from listener.alerts.look import Look
from listener.service import Service
from metrics.alerts.alert import Finding
from metrics.periods import day_start
from metrics.read.voices import said
from metrics.voice.overtaken import DAYS, Ahead, ahead
from storage.counts import sums
from storage.rule_marks import marks, put_marks
from storage.sources import gaps

DAY = timedelta(days=1)
MOST_CLOSING_H = 48
MOST_MISSING = timedelta(hours=12)
"""A source that was not collected for longer in the week leaves the question open."""
OPEN = ""
"""Nobody has led for real so far."""


@dataclass(frozen=True, slots=True)
class Week:
    """The days [first, after) of the configured zone, and the mentions of each brand on each of them."""

    first: date
    after: date
    since: datetime
    until: datetime
    days: Mapping[str, Sequence[float]]

    def share(self, brand: str) -> float | None:
        every = sum(map(sum, self.days.values()))
        return 100 * sum(self.days[brand]) / every if every else None


def look(service: Service, now: datetime) -> Look:
    """One finding for each brand of your own and competitor that changed places; who led last is remembered, however long ago that was.

    A lead that may be chance changes nothing, so what wavers is told once. The first look ever only remembers.
    """
    config = service.config
    zone = ZoneInfo(config.timezone)
    closing = timedelta(hours=min(config.retention.closes_after_hours, MOST_CLOSING_H))
    after = (now - closing).astimezone(zone).date()
    known = marks(service.db, "overtaken")
    own = [brand.id for brand in service.brands if brand.role == "own"]
    others = [brand.id for brand in service.brands if brand.role != "own"]
    pairs = {(one, other): f"overtaken:{one}:{other}" for one in own for other in others}
    if not pairs or known.get("day") == after.isoformat():
        return Look(unseen=dict.fromkeys(pairs.values(), known["unseen"]) if known.get("unseen") else {})
    week = _week(service, after, zone)
    missing = _missing(service, week)
    new: dict[str, str | None] = {"day": after.isoformat(), "unseen": missing or None}

    def remember(connection: Connection) -> None:
        put_marks(connection, "overtaken", new, now=now)

    if missing:
        return Look(unseen=dict.fromkeys(pairs.values(), missing), remember=remember)
    findings = []
    for stands in _stands(service, week, own, others):
        key = pairs[stands.own, stands.other]
        led = known.get(key, OPEN)
        if stands.leader is None:
            new |= {} if key in known else {key: OPEN}
            continue
        new[key] = stands.leader
        if key in known and stands.leader == stands.other != led:
            before = _week(service, week.first, zone)
            findings.append(_finding(key, week, before, stands, led == stands.own, now))
    return Look(tuple(findings), remember=remember)


def _week(service: Service, after: date, zone: ZoneInfo) -> Week:
    first = after - DAYS * DAY
    brands = [brand.id for brand in service.brands]
    days = {brand: [0.0] * DAYS for brand in brands}
    for row in sums(service.db, brands=brands, since=first, until=after, every="day"):
        assert not isinstance(row.start, datetime)
        days[row.brand_id][(row.start - first).days] += row.mentions
    return Week(first, after, day_start(first, zone), day_start(after, zone), days)


def _missing(service: Service, week: Week) -> str:
    """Which source missed too much of the week, in words; "" for none."""
    lost: dict[tuple[str, str], timedelta] = defaultdict(timedelta)
    collected = {name for name, settings in service.config.sources.items() if settings.enabled}
    for gap in gaps(service.db, week.since, week.until):
        if gap.origin in collected and gap.state != "partial":
            lost[gap.origin, gap.brand_id] += gap.until - gap.since
    worst = max(lost, key=lambda key: lost[key], default=None)
    if worst is None or lost[worst] <= MOST_MISSING:
        return ""
    hours = lost[worst] / timedelta(hours=1)
    return f"source {worst[0]} was not collected for {hours:,.0f} hours of the week that ended on {week.after - DAY}"


def _stands(service: Service, week: Week, own: Sequence[str], others: Sequence[str]) -> list[Ahead]:
    heard = said(service.db, [*own, *others], since=week.since, until=week.until, way="organic")
    return ahead(heard, week.days, own, others)


def _finding(key: str, week: Week, before: Week, stands: Ahead, led: bool, now: datetime) -> Finding:
    return Finding(
        "overtaken",
        key,
        stands.own,
        "warning",
        since=week.since,
        at=now,
        details={
            "other": stands.other,
            "first": week.first.isoformat(),
            "after": week.after.isoformat(),
            "share": week.share(stands.own),
            "share_other": week.share(stands.other),
            "share_before": before.share(stands.own),
            "share_other_before": before.share(stands.other),
            "chance": stands.chance,
            "led": led,
        },
        over_after=DAYS * DAY,
    )

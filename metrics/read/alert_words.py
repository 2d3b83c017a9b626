"""An alert put into words now: names and posts are looked up when it is told, so nothing that was erased since is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from metrics.alerts.alert import SEVERITIES, Finding, Rule, Severity
from metrics.alerts.cause import Cause
from metrics.alerts.phrases import moment
from metrics.alerts.story import DeliveryKind, Ended, Evidence, Story, Told
from metrics.alerts.texts import text
from metrics.alerts.words import digest, lines_of, title_of
from metrics.alerts.words import told_test as told_test
from metrics.plain_text import harmless, web_link
from metrics.read.cause import reach_of
from metrics.read.question import quarter
from storage.alert_types import StoredAlert
from storage.alerts import alert as stored_alert
from storage.alerts import events, evidence
from storage.brands import active_brands
from storage.counts import sums
from storage.db import Database
from storage.mentions import MentionFilter, MentionRow, find

POSTS = 5
LONGEST_POST, LONGEST_NAME = 200, 60
LISTED = 100
"""Alerts that a digest names one by one; more are counted."""
HOUR = timedelta(hours=1)
MOST_OF_PEAK = timedelta(days=31)


def told(
    db: Database,
    alert: StoredAlert,
    *,
    timezone: str,
    address: str | None,
    now: datetime,
    kind: DeliveryKind = "opened",
) -> Told:
    """One alert in words, as it stands now. `address` is the dashboard's, for the link to its page."""
    names = {brand.id: brand.name for brand in active_brands(db)}
    story = _story(db, alert, names, ZoneInfo(timezone), kind, now)
    shown = evidence(db, alert.id) or [*story.cause.evidence, *story.finding.mention_ids]
    return Told(
        title_of(story),
        lines_of(story),
        _posts(db, shown, story.zone),
        _page(address, f"/alerts/{alert.id}"),
        story.severity,
        kind,
        (alert.id,),
    )


def told_digest(
    db: Database,
    alert_ids: Sequence[int],
    *,
    timezone: str,
    address: str | None,
    now: datetime,
    since: datetime | None = None,
) -> Told:
    """Several alerts in one message, the most serious first: a hundred by their titles, others counted. Those that are gone are passed over.

    `since`: from when on it reports, where that is worth a line.
    """
    names, zone = {brand.id: brand.name for brand in active_brands(db)}, ZoneInfo(timezone)
    known = [one for number in alert_ids if (one := stored_alert(db, number)) is not None]
    known.sort(key=lambda one: (-SEVERITIES.index(_severity(one)), one.opened_at, one.id))
    entries = []
    for one in known[:LISTED]:
        story = _story(db, one, names, zone, "digest", now, briefly=True)
        over = one.resolved_at
        state = (
            text("open since", at=moment(one.since, zone))
            if over is None
            else text("over at", at=moment(over, zone))
        )
        entries.append((story.severity, title_of(story), state))
    total = {severity: sum(_severity(one) == severity for one in known) for severity in SEVERITIES}
    ids = [one.id for one in known]
    lead = (
        ""
        if since is None
        else text("reported", since=moment(since, zone), until=moment(now, zone, named=True))
    )
    return digest(entries, total=total, ids=ids, link=_page(address, "/alerts"), lead=lead)


def _story(
    db: Database,
    alert: StoredAlert,
    names: dict[str, str],
    zone: ZoneInfo,
    kind: DeliveryKind,
    now: datetime,
    *,
    briefly: bool = False,
) -> Story:
    """What is to be told; `briefly`: what its title needs."""
    severity = _severity(alert)
    finding = Finding.of_json(
        alert.finding, rule=cast(Rule, alert.rule), key=alert.key, brand_id=alert.brand_id, severity=severity
    )
    cause = Cause() if alert.cause is None or briefly else Cause.of_json(alert.cause)
    rows = _rows(
        db,
        [
            *(
                n
                for one in cause.drivers
                for n in (*one.examples, one.ref if one.kind == "cascade" else None)
            ),
            *finding.mention_ids,
        ],
    )
    handles = {
        row.author_id: _handle(row) for row in rows.values() if row.author_id is not None and _handle(row)
    }
    passed_on = {number: _handle(row) for number, row in rows.items() if _handle(row)}
    over = alert.resolved_at if kind in ("resolved", "digest") else None
    return Story(
        kind,
        finding,
        cause,
        severity,
        zone,
        names,
        handles,
        passed_on,
        frozenset(rows),
        alert.unseen,
        _rise(db, alert) if kind == "escalated" else None,
        None if over is None else _ended(db, alert, finding, cause, over, briefly),
    )


def _severity(alert: StoredAlert) -> Severity:
    return next((one for one in SEVERITIES if one == alert.severity), "notice")


def _rows(db: Database, numbers: Iterable[int | None]) -> dict[int, MentionRow]:
    ids = sorted({number for number in numbers if number is not None})
    return {row.id: row for row in find(db, MentionFilter(ids=ids))} if ids else {}


def _rise(db: Database, alert: StoredAlert) -> tuple[str, str] | None:
    """From what severity to which it rose last, as its events say."""
    notes = [event.note for event in events(db, alert.id) if event.what == "escalated"]
    before, arrow, after = notes[-1].partition(" -> ") if notes else ("", "", "")
    return (text(before), text(after)) if arrow and {before, after} <= set(SEVERITIES) else None


def _ended(
    db: Database, alert: StoredAlert, finding: Finding, cause: Cause, over: datetime, briefly: bool
) -> Ended:
    """How it went; of a spike, what the sums say of its time."""
    until = max(alert.calm_since or over, finding.since)
    if briefly or finding.rule != "spike" or finding.brand_id is None or until - finding.since > MOST_OF_PEAK:
        return Ended(until, by=alert.resolved_by, real=alert.real)
    rows = sums(
        db,
        brands=[finding.brand_id],
        since=quarter(finding.since - timedelta(minutes=15)),
        until=quarter(until),
        every="quarter",
        sources=None if cause.source is None else [cause.source],
    )
    counts = {
        cast(datetime, row.start): row.negative if cause.label == "negative" else row.mentions for row in rows
    }
    hours = {at: sum(counts.get(at + n * HOUR / 4, 0) for n in range(4)) for at in counts}
    best = max(hours, key=lambda at: (hours[at], -at.timestamp()), default=None)
    peak = None if best is None else hours[best]
    reach = reach_of(db, finding.brand_id, cause, since=finding.since, until=until)
    return Ended(until, sum(counts.values()), peak, best, reach, alert.resolved_by, alert.real)


def _posts(db: Database, numbers: Sequence[int], zone: ZoneInfo) -> tuple[Evidence, ...]:
    """The posts that are still there, in order."""
    rows = _rows(db, numbers[:POSTS])
    return tuple(_post(rows[number], zone) for number in dict.fromkeys(numbers[:POSTS]) if number in rows)


def _post(row: MentionRow, zone: ZoneInfo) -> Evidence:
    at = row.published_at
    what = harmless(row.text[: 10 * LONGEST_POST], LONGEST_POST)
    return Evidence(
        row.id, what, _handle(row), row.source, moment(at, zone), at.astimezone(zone), web_link(row.url)
    )


def _handle(row: MentionRow) -> str:
    return harmless(row.handle or row.author_name or "", LONGEST_NAME)


def _page(address: str | None, path: str) -> str | None:
    return web_link(f"{address.rstrip('/')}{path}") if address else None

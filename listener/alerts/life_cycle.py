"""What becomes of alerts when the rules have looked: pure, from what is kept and what was seen to what is to be kept and told.

    no alert  --news-->  open  --calm for long enough, or over-->  resolved  --seen again within a day-->  open (the same alert)

An open alert is brought up to date in silence. What people still have to hear is kept with it (`owed`) until it may be told: not in quiet hours, not
while it is snoozed, and not within an hour of what was told last, unless it has become more serious. So a kill between two looks loses nothing,
and a look that is repeated finds everything told already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from listener.alerts.look import Look
from listener.alerts.quiet import Settings, breaks_through, quiet_until, rank
from metrics.alerts.alert import Finding
from storage.alert_types import AlertEvent, StoredAlert

REPEAT = timedelta(hours=1)
"""Between two messages about one alert, unless it has become more serious."""
SAME = timedelta(hours=24)
"""What is seen again so soon after its alert was resolved belongs to that alert."""
CALM = timedelta(hours=3)
"""How long nothing may be out of the ordinary before an alert is resolved."""
CALM_OF: Mapping[str, timedelta] = {"source_down": timedelta(minutes=30)}
UNWATCHED = timedelta(days=3)
"""An alert of which no rule has said anything for so long (it was turned off, or its subject is gone) is closed."""
EXPLAIN_AGAIN = timedelta(minutes=10)
"""While something lasts, its cause is worked out anew so often."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a look makes of one alert: how it is kept from now on, and what is logged.

    `explain`: its cause is to be worked out. `telling`: what it owes may be told now. `digested`: quiet hours held it back, or it is over already,
    so it is told together with others.
    """

    alert: StoredAlert
    events: tuple[AlertEvent, ...] = ()
    explain: bool = False
    telling: bool = False
    digested: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """All looks of one tick together. `blind`: why a rule could not look at all, by rule; "" for a rule that is not known."""

    findings: Mapping[str, Finding]
    quiet: frozenset[str]
    unseen: Mapping[str, str]
    blind: Mapping[str, str]

    def mentions(self, key: str) -> bool:
        return key in self.findings or key in self.quiet or key in self.unseen

    def ignores(self, one: StoredAlert) -> bool:
        """Whether every rule has looked, and none speaks of this alert."""
        return not (self.mentions(one.key) or one.rule in self.blind or "" in self.blind)

    def why_not(self, one: StoredAlert) -> str:
        """Why an alert's subject was not looked at, "" where it was. Of what no rule speaks, the last that was said still holds."""
        if self.mentions(one.key):
            return self.unseen.get(one.key, "")
        once = one.finding.get("over_after") is not None  # no rule looks whether it is still so
        return one.unseen if once else self.blind.get(one.rule, self.blind.get("", one.unseen))


def advance(
    known: Sequence[StoredAlert],
    looks: Sequence[Look],
    *,
    now: datetime,
    settings: Settings,
    blind: Mapping[str, str] = MappingProxyType({}),
) -> list[Change]:
    """What changes; an alert that stays as it is is not in it. One is open per key, whatever comes in.

    `known`: every open alert, and those resolved of late, by number. `blind`: why a rule could not look at all, by rule ("": some rule).
    """
    seen = _together(looks, blind, now)
    latest = {one.key: one for one in known}  # where one of a key is open it is the last
    changes: dict[str, Change] = {}
    for key, one in latest.items():
        if one.state == "open":
            finding, sighted = seen.findings.get(key), _sighted(one, seen.why_not(one), now)
            changes[key] = _lasting(sighted, finding, now) if finding else _without(sighted, seen, now)
    for key, finding in seen.findings.items():
        if key not in changes and (met := _met(latest.get(key), finding, now)):
            changes[key] = met
    met_again = {change.alert.id for change in changes.values()}
    owing = [Change(one) for one in known if one.owed and one.id not in met_again]
    before = {one.id: one for one in known}
    found = (_settled(change, now, settings) for change in (*changes.values(), *owing))
    return [one for one in found if one.explain or one.telling or one.alert != before.get(one.alert.id)]


def _together(looks: Iterable[Look], blind: Mapping[str, str], now: datetime) -> _Seen:
    """Of two findings with one key the more serious counts; one that is over by itself counts no more."""
    findings: dict[str, Finding] = {}
    quiet: frozenset[str] = frozenset()
    unseen: dict[str, str] = {}
    for look in looks:
        quiet |= look.quiet
        unseen |= look.unseen
        for finding in look.findings:
            over = finding.over_after is not None and finding.at + finding.over_after <= now
            known = findings.get(finding.key)
            if not over and (known is None or rank(finding.severity) > rank(known.severity)):
                findings[finding.key] = finding
    return _Seen(findings, quiet, unseen, blind)


def _opened(finding: Finding, now: datetime) -> Change:
    new = StoredAlert(
        0, finding.key, finding.rule, finding.brand_id, finding.severity, finding.since, now, now,
        finding=_kept(finding), owed="opened", owed_since=now,
    )  # fmt: skip
    return Change(new, (AlertEvent(now, "opened", note=finding.severity),), explain=True)


def _kept(finding: Finding) -> dict[str, object]:
    """A finding as it is stored with its alert: beside it, whether it was news, since what stays news is none."""
    return finding.as_json() | {"news": finding.news}


def _is_news(one: StoredAlert, finding: Finding) -> bool:
    """Whether it has become news again: what its rule calls news at every look (a source is down, a further post) was news once.

    A rule that says how many it was news with (`told`) has news where that is another number, also at the very next look.
    """
    known = one.finding.get("details", {}).get("told")
    return finding.news and (not one.finding.get("news", False) or finding.details.get("told") != known)


def _lasting(one: StoredAlert, finding: Finding, now: datetime) -> Change:
    """An open alert whose finding is still, or again, there."""
    worse = rank(finding.severity) > rank(one.severity)
    news = _is_news(one, finding) and one.acknowledged_at is None and not one.owed
    after = replace(
        one,
        finding=_kept(finding),
        severity=finding.severity if worse else one.severity,
        updated_at=now,
        calm_since=None,
    )
    if not worse and not news:
        return Change(after)
    note = f"{one.severity} -> {finding.severity}" if worse else "far more than was told"
    return Change(_owing(after, now), (AlertEvent(now, "escalated", note=note),), explain=True)


def _owing(one: StoredAlert, now: datetime) -> StoredAlert:
    """An alert of whose rise people have to hear; one whose opening they have not heard of yet owes that."""
    if one.owed == "opened":
        return one
    return replace(one, owed="escalated" if one.told_at else "opened", owed_since=now)


def _met(before: StoredAlert | None, finding: Finding, now: datetime) -> Change | None:
    """A finding without an open alert: a new one, the old one again, or none where a person has closed or judged it, or nothing is new."""
    if before is None or before.resolved_at is None or not _since(before.resolved_at, now) < _same(before):
        return _opened(finding, now) if finding.news else None
    worse = rank(finding.severity) > rank(before.severity)
    if before.resolved_by is not None or before.real is False:
        renewed = worse or (before.real is not False and _is_news(before, finding))
        return _opened(finding, now) if renewed else None
    owed = "" if before.owed == "resolved" else before.owed
    again = replace(
        before, state="open", resolved_at=None, owed=owed, owed_since=before.owed_since if owed else None
    )
    change = _lasting(again, finding, now)
    return replace(change, events=(AlertEvent(now, "reopened"), *change.events), explain=True)


def _same(one: StoredAlert) -> timedelta:
    """How long after its end a finding still belongs to an alert: what happened once had its time already."""
    return REPEAT if one.finding.get("over_after") is not None else SAME


def _without(one: StoredAlert, seen: _Seen, now: datetime) -> Change:
    """An open alert without a finding now."""
    over_after = one.finding.get("over_after")
    if over_after is not None:
        over = _since(datetime.fromisoformat(one.finding["at"]), now) >= timedelta(seconds=over_after)
        return _resolved(one, now, "over", aloud=False) if over else Change(one)
    heard_of = max(filter(None, (one.updated_at, one.calm_since, one.unseen_since)))
    if seen.ignores(one) and _since(heard_of, now) >= UNWATCHED:
        return _resolved(one, now, "no rule looks at this any more", aloud=False)
    if one.unseen or (one.calm_since is None and one.key not in seen.quiet):
        return Change(one)
    calm_since = one.calm_since or now
    rose = rank(one.severity) > rank(one.told_severity)
    moot = one.owed == "escalated" and not rose
    calm = replace(
        one,
        calm_since=calm_since,
        owed="" if moot else one.owed,
        owed_since=None if moot else one.owed_since,
    )
    if _since(calm_since, now) < CALM_OF.get(one.rule, CALM):
        return Change(calm)
    return _resolved(calm, now, f"calm since {calm_since:%Y-%m-%d %H:%M} UTC")


def _resolved(one: StoredAlert, now: datetime, why: str, *, aloud: bool = True) -> Change:
    """Over by itself. Those who took it for open hear of it; who was never told of a snoozed or acknowledged one need not."""
    snoozed = one.snoozed_until is not None and now < one.snoozed_until
    owed = "resolved" if aloud and one.told_to and not snoozed else ""
    if one.owed == "opened" and one.told_at is None and not snoozed:
        owed = "opened"
    after = replace(
        one,
        state="resolved",
        resolved_at=now,
        owed=owed,
        owed_since=(one.owed_since if owed == "opened" else now) if owed else None,
        snoozed_until=None,
        unseen="",
        unseen_since=None,
    )
    return Change(after, (AlertEvent(now, "resolved", note=why),))


def _sighted(one: StoredAlert, why: str, now: datetime) -> StoredAlert:
    """Whether it could be looked at: while not, its calm does not count."""
    if why:
        since = one.unseen_since if one.unseen and one.unseen_since else now
        return replace(one, unseen=why, unseen_since=since)
    if not one.unseen:
        return one
    calm_since = one.calm_since
    if calm_since and one.unseen_since:
        calm_since = min(now, calm_since + max(now - max(one.unseen_since, calm_since), timedelta(0)))
    return replace(one, unseen="", unseen_since=None, calm_since=calm_since)


def _since(then: datetime, now: datetime) -> timedelta:
    """The time that has passed; a clock that was ahead by more than a day is no reason to wait for it."""
    return now - then if now - then > -SAME else SAME


def _settled(change: Change, now: datetime, settings: Settings) -> Change:
    """Whether what an alert owes may be told now, and whether its cause is due."""
    one = change.alert
    stale = one.explained_at is None or (
        one.updated_at == now and _since(one.explained_at, now) >= EXPLAIN_AGAIN
    )
    live = one.state == "open" and one.calm_since is None
    change = replace(change, explain=change.explain or (live and stale))
    if not one.owed or not may_tell(one, now, settings):
        return change
    held = one.owed_since is not None and quiet_until(one.owed_since, settings) is not None
    over = one.owed != "resolved" and one.state == "resolved"
    loud = one.owed != "resolved" and breaks_through(one.severity, settings)
    return replace(change, telling=True, digested=over or (held and not loud))


def may_tell(one: StoredAlert, now: datetime, settings: Settings) -> bool:
    """Whether what an alert owes may be told now."""
    if one.snoozed_until is not None and now < one.snoozed_until:
        return False
    if quiet_until(now, settings) and (one.owed == "resolved" or not breaks_through(one.severity, settings)):
        return False
    rose = rank(one.severity) > rank(one.told_severity)
    asked = one.resolved_by is not None or one.snoozed_until == one.owed_since
    return rose or asked or one.told_at is None or _since(one.told_at, now) >= REPEAT


def told(one: StoredAlert, channels: Sequence[str], now: datetime) -> StoredAlert:
    """The alert when what it owes has been told to these channels; those that heard of its end do not take it for open any more."""
    over = one.state == "resolved"
    return replace(
        one,
        owed="",
        owed_since=None,
        told_at=now,
        told_severity=one.severity,
        told_to=() if over else tuple(sorted({*one.told_to, *channels})),
        snoozed_until=None,
    )

"""`listener alerts list` and `show`: what is open, how the watch itself does, and the whole story of one alert."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from listener import show
from listener.commands.gather import service_for
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.times import moment
from metrics.alerts.texts import counted
from storage import alerts as kept
from storage import outbox
from storage.alert_record import SpikeRecord, spike_records
from storage.alerts import LastLook, StoredAlert

if TYPE_CHECKING:
    from metrics.alerts.story import Told

RECORD = timedelta(days=90)
"""How far back achieved rates look."""
MONTH_DAYS = 365.25 / 12
STALE = timedelta(minutes=5)
LIMIT = 50
MOST_DEAD = MOST_UNSEEN = 10
COLUMNS = ["", "State", "Severity", "Since", "Opened", "What"]


@dataclass(frozen=True, slots=True)
class BrandRecord:
    """How the spike alerts of a brand have done in the last `days` watched, against the false alarms a month that are accepted (`budget`).

    `marked_false` and `marked_real` are what people said. `achieved_per_month`, `delay_minutes` and `found_share` come from the brand's own history,
    as the watcher worked it out last (it does so once a day); None where none is known.
    """

    brand_id: str
    brand: str
    budget: float
    days: int
    alerts: int
    marked_false: int
    marked_real: int
    achieved_per_month: float | None
    months: float | None
    delay_minutes: float | None
    found_share: float | None

    @property
    def per_month(self) -> float | None:
        """None where less than a month was watched."""
        return self.alerts * MONTH_DAYS / self.days if self.days >= MONTH_DAYS else None


def alert_list(
    config: Path, *, state: str | None, brands: Sequence[str] | None, since: str | None, form: str
) -> None:
    """Alerts, the newest first, and how the watch itself does. `state` None: all."""
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        zone = service.config.timezone
        found = kept.alerts(
            service.db,
            state=state,  # type: ignore[arg-type]
            brand_ids=service.brand_ids(brands) or None,
            since=moment(since, option="--since", now=now, zone=zone) if since else None,
            limit=LIMIT + 1,
        )
        titles = {one.id: _told(service, one, now).title for one in found[:LIMIT]}
        look = kept.last_look(service.db)
        records = _records(service, brands, look, now)
        dead = outbox.deliveries(service.db, state="dead", limit=MOST_DEAD)
    if form == "table":
        _print_list(found, titles, state, records, now, zone)
        _print_watch(look, {one.brand_id: one.brand for one in records}, now, zone)
        _print_dead(dead)
        return
    rows = [_as_json(one) | {"title": titles[one.id]} for one in found[:LIMIT]]
    if form == "csv":
        columns = [
            "id",
            "state",
            "severity",
            "rule",
            "brand_id",
            "since",
            "opened_at",
            "resolved_at",
            "real",
            "title",
        ]
        show.as_csv(columns, rows)
        return
    show.as_json(
        {
            "alerts": rows,
            "brands": [asdict(one) | {"alerts_per_month": one.per_month} for one in records],
            "looked_at": look.at and look.at.isoformat(),
            "unseen": dict(look.unseen),
            "held_back": {brand_id: at.isoformat() for brand_id, at in look.held_back.items()},
            "given_up": [asdict(one) for one in dead],
        }
    )


def _as_json(one: StoredAlert) -> dict[str, Any]:
    """An alert as JSON: times in ISO 8601."""
    found = {field.name: getattr(one, field.name) for field in fields(one)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()
    }


def _told(service: Service, one: StoredAlert, now: datetime) -> "Told":
    from metrics.read.alert_words import told

    kind: Any = "opened" if one.state == "open" else "resolved"
    zone, address = service.config.timezone, service.config.dashboard_address
    return told(service.db, one, timezone=zone, address=address, now=now, kind=kind)


def _records(
    service: Service, brands: Sequence[str] | None, look: LastLook, now: datetime
) -> list[BrandRecord]:
    """One for each brand of the configuration, or of those named."""
    wanted = set(service.brand_ids(brands)) or {brand.id for brand in service.brands}
    known = spike_records(service.db, since=now - RECORD)
    budget = service.config.alerts.false_alarms_per_month
    days = max(1, min(RECORD, now - (look.first or now)).days)
    found = []
    for brand in service.brands:
        if brand.id in wanted:
            its = known.get(brand.id, SpikeRecord(0, 0, 0, {}))
            facts = look.record.get(brand.id) or its.latest.get("details", {})
            past = [
                facts.get(name) for name in ("achieved_per_month", "months", "delay_minutes", "found_share")
            ]
            counts = its.alerts, its.false, its.real
            found.append(BrandRecord(brand.id, brand.name, budget, days, *counts, *past))
    return found


def local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _state(one: StoredAlert, now: datetime, zone: str) -> str:
    """The state of an alert in few words.

    >>> now = datetime.fromisoformat("2027-03-01T12:00Z")
    >>> _state(StoredAlert(1, "k", "spike", None, "notice", now, now, now, acknowledged_by="ann", unseen="x is down"), now, "UTC")
    'open, seen by ann, cannot look'
    """
    if one.state == "resolved":
        verdict = {True: ", real", False: ", false alarm", None: ""}[one.real]
        return f"resolved{verdict}"
    parts = ["open"]
    if one.acknowledged_by is not None:
        parts.append(f"seen by {one.acknowledged_by}")
    if one.snoozed_until is not None and now < one.snoozed_until:
        parts.append(f"snoozed until {local(one.snoozed_until, zone)}")
    if one.unseen:
        parts.append("cannot look")
    elif one.calm_since is not None:
        parts.append("calm")
    return ", ".join(parts)


def _print_list(
    found: Sequence[StoredAlert],
    titles: dict[int, str],
    state: str | None,
    records: Sequence[BrandRecord],
    now: datetime,
    zone: str,
) -> None:
    out = show.console()
    if found:
        rows = [
            [
                str(one.id),
                _state(one, now, zone),
                one.severity,
                local(one.since, zone),
                local(one.opened_at, zone),
                titles[one.id],
            ]
            for one in found[:LIMIT]
        ]
        out.print(show.table(COLUMNS, rows, right=[0]))
        if len(found) > LIMIT:
            out.print(f"The newest {LIMIT} are shown; --since and --brand narrow them down")
    else:
        every = "" if state is None else "; listener alerts list --state all shows those that were"
        out.print(f"No alert is {'there' if state is None else state}{every}")
    out.print()
    out.print(show.table(_RECORD_COLUMNS, [_record(one) for one in records], right=range(1, 7)))


_RECORD_COLUMNS = [
    "Spikes of", "Accepted", "Alerts", "Called false", "Called real", "In its past", "Told after",
]  # fmt: skip


def _record(one: BrandRecord) -> list[str]:
    delay = show.EMPTY if one.delay_minutes is None else f"{one.delay_minutes:.0f} min"
    past = show.EMPTY if one.achieved_per_month is None else f"{one.achieved_per_month:.2f} a month"
    rate = "" if one.per_month is None else f", {one.per_month:.2f} a month"
    return [
        one.brand,
        f"{one.budget:g} a month",
        f"{one.alerts:,} in {counted(one.days, 'day')}{rate}",
        str(one.marked_false),
        str(one.marked_real),
        past,
        delay,
    ]


def subject(key: str, names: Mapping[str, str]) -> str:
    """What a key stands for, in words; `names` are the brands' by id.

    >>> [subject(key, {"aurora": "Aurora Air"}) for key in ("spike:aurora", "spike:aurora:x", "goal:1", "source_down:press", "goal:", "")]
    ['spikes of Aurora Air', 'spikes of Aurora Air on x', 'goal 1', 'source press', 'any goal', 'a rule']
    """
    rule, _, rest = key.partition(":")
    what, _, where = rest.partition(":")
    plain = rule.replace("source_down", "source").replace("_", " ")
    if rule == "spike" and what:
        return f"spikes of {names.get(what, what)}" + (f" on {where}" if where else "")
    return f"{plain} {rest}" if rest else f"any {plain}" if plain else "a rule"


def _print_watch(look: LastLook, names: Mapping[str, str], now: datetime, zone: str) -> None:
    """What cannot be looked at, what is loud through a few authors alone, and whether anybody looks at all."""
    out = show.console()
    for brand_id, at in list(look.held_back.items())[:MOST_UNSEEN]:
        line = f"! {names.get(brand_id, brand_id)}: loud, but through a few accounts alone, so nobody was told ({local(at, zone)})"
        out.print(show.plain(line, 400), style="yellow")
    if look.at is None:
        out.print("! nothing has been looked at yet: listener run watches", style="yellow")
    elif now - look.at > STALE:
        out.print(
            f"! nothing has been looked at since {local(look.at, zone)}: listener run watches", style="yellow"
        )
    for key, why in list(look.unseen.items())[:MOST_UNSEEN]:
        out.print(show.plain(f"! {subject(key, names)}: could not look: {why}", 400), style="yellow")
    if len(look.unseen) > MOST_UNSEEN:
        out.print(
            f"! and {len(look.unseen) - MOST_UNSEEN:,} more that could not be looked at", style="yellow"
        )


def _print_dead(dead: Sequence[outbox.Delivery]) -> None:
    out = show.console()
    for one in dead:
        of = f"alert {one.alert_id}" if one.alert_id else one.kind
        line = f"! not delivered: {of} to {one.channel}: {one.last_error}; listener alerts retry {one.id}"
        out.print(show.plain(line, 500), style="yellow")


def show_one(config: Path, number: int, form: str) -> None:
    """The whole story of one alert."""
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        one = kept.alert(service.db, number)
        if one is None:
            raise UsageError(f"there is no alert {number}; listener alerts list --state all shows all")
        told = _told(service, one, now)
        happened, shown = kept.events(service.db, number), kept.evidence(service.db, number)
        sent = list(reversed(outbox.deliveries(service.db, alert_id=number, limit=200)))
        zone = service.config.timezone
    if form != "table":
        posts = [asdict(post) for post in told.posts]
        words = {"title": told.title, "lines": list(told.lines), "posts": posts}
        story = {"events": [asdict(event) for event in happened], "evidence": shown}
        show.as_json(_as_json(one) | words | story | {"deliveries": [asdict(each) for each in sent]})
        return
    _print_one(one, told, now, zone)
    out = show.console()
    for event in happened:
        who = f" by {event.by}" if event.by else ""
        note = f": {event.note}" if event.note else ""
        out.print(show.plain(f"  {local(event.at, zone)}  {event.what}{who}{note}", 600))
    for each in sent:
        at = f" at {local(each.sent_at, zone)}" if each.sent_at else ""
        trouble = f" ({each.last_error})" if each.last_error and each.state != "sent" else ""
        again = f"; listener alerts retry {each.id}" if each.state == "dead" else ""
        out.print(show.plain(f"  {each.kind} to {each.channel}: {each.state}{at}{trouble}{again}", 600))


def _print_one(one: StoredAlert, told: "Told", now: datetime, zone: str) -> None:
    out = show.console()
    out.print(show.plain(told.title), style="bold")
    out.print(show.plain(f"Alert {one.id}, {_state(one, now, zone)}"))
    for line in told.lines:
        out.print(show.plain(line))
    for post in told.posts:
        who = f"{post.author} on {post.source}" if post.author else post.source
        out.print(show.plain(f"» {post.text} — {who}, {post.when} (mention {post.mention_id})"))
        if post.link:
            out.print(f"  {show.plain(post.link)}")
    if told.link:
        out.print(show.plain(told.link))
    if one.unseen:
        since = f" since {local(one.unseen_since, zone)}" if one.unseen_since else ""
        out.print(show.plain(f"! could not look{since}: {one.unseen}", 600), style="yellow")
    out.print()

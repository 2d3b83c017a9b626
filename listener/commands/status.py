"""`listener status`: the truth about how things stand, from the database alone, so it also works while `run` does."""

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from listener import goals, show
from listener.alerts.health import health, not_working
from listener.alerts.heartbeat import last_beat
from listener.alerts.signs import last_signs
from listener.collectors.base import SourceSettings
from listener.collectors.reading import duration
from listener.pipeline import utc_now
from listener.service import Service, open_service
from metrics.alerts.alert import SEVERITIES
from metrics.types import utc_text
from storage import outbox, sources
from storage.accounts import known_accounts, latest_snapshots
from storage.alerts import last_look, open_alerts
from storage.counts import sums
from storage.labels import model_in_use, waiting_count
from storage.model_change import model_change

GAP_DAYS = 7
MOST_UNSEEN, MOST_GAPS = 5, 20


def status(config: Path, form: str) -> None:
    """Sources, queue, last runs, gaps of the last seven days, model, size of the database."""
    service = open_service(config, now=utc_now())
    try:
        facts = gather(service, now=utc_now())
    finally:
        service.close()
    if form == "json":
        show.as_json(facts)
    elif form == "csv":
        show.as_csv(list(facts["sources"][0]) if facts["sources"] else ["name"], facts["sources"])
    else:
        _print(facts)


def gather(service: Service, *, now: datetime) -> dict[str, Any]:
    """All of it as plain values; times are ISO 8601 in UTC."""
    states = {state.origin: state for state in sources.states(service.db)}
    rows = []
    for name, settings in service.config.sources.items():
        state = states.get(name)
        rows.append(
            {
                "name": name,
                "type": settings.type,
                "enabled": settings.enabled,
                "every": settings.every,
                "state": _word(settings, state, now),
                "last_run_at": _iso(state.last_run_at if state else None),
                "last_ok_at": _iso(state.last_ok_at if state else None),
                "next_check_at": _iso(state.next_check_at if state else None),
                "errors_in_a_row": state.error_count if state else 0,
                "last_error": state.last_error if state else None,
            }
        )
    in_use, change = model_in_use(service.db), model_change(service.db)
    gaps = sources.gaps(service.db, now - timedelta(days=GAP_DAYS), now)
    ids = [brand.id for brand in service.brands]
    counted = sums(service.db, brands=ids, since=date.min, until=date.max, every="all")
    left_out = {row.brand_id: row.irrelevant for row in counted}
    due = goals.due(service.db, service.config, now=now)
    parts = health(service.db, service.config, now=now, environ=service.environ)
    return {
        "database": service.db.name,
        "database_bytes": service.db.size_bytes(),
        "model": in_use,
        "configured_model": service.config.model_name(),
        "model_change": asdict(change) if change else None,
        "waiting_for_a_label": waiting_count(service.db, in_use or ""),
        "brands": [
            {
                "id": brand.id,
                "name": brand.name,
                "query_version": brand.version,
                "irrelevant": left_out.get(brand.id, 0),
            }
            for brand in service.brands
        ],
        "goals_due": [
            {"number": one.goal.number if one.goal else None, "since": one.since.isoformat()} for one in due
        ],
        "goals_due_line": goals.due_line(due),
        "alerts": _alerts(service),
        "has_run": bool(last_signs(service.db)),
        "parts": [asdict(part) | {"since": _iso(part.since)} for part in parts],
        "not_working": list(not_working(parts)),
        "sources": rows,
        "accounts": _accounts(service),
        "gaps": [asdict(gap) | {"since": _iso(gap.since), "until": _iso(gap.until)} for gap in gaps],
        "runs": [
            asdict(run) | {"started_at": _iso(run.started_at), "ended_at": _iso(run.ended_at)}
            for run in sources.runs(service.db, limit=10)
        ],
    }


def _alerts(service: Service) -> dict[str, Any]:
    """What is open and what could not be told, when the watch looked last, and the heartbeat."""
    found, messages, look = open_alerts(service.db), outbox.counts(service.db), last_look(service.db)
    beat, held_back = last_beat(service.db)
    by_severity = Counter(one.severity for one in found)
    return {
        "open": {severity: by_severity[severity] for severity in reversed(SEVERITIES)},
        "messages_waiting": messages.waiting,
        "messages_failing": messages.failing,
        "messages_given_up": messages.dead,
        "looked_at": _iso(look.at),
        "unseen": dict(look.unseen),
        "heartbeat": service.config.alerts.heartbeat is not None,
        "heartbeat_at": _iso(beat),
        "heartbeat_held_back": held_back,
    }


def _accounts(service: Service) -> list[dict[str, Any]]:
    """The brands' own accounts that were asked about, with their newest followers."""
    seen = {(row.brand_id, row.source, row.account_id): row for row in latest_snapshots(service.db)}
    rows = []
    for row in known_accounts(service.db):
        last = seen.get((row.brand_id, row.source, row.account_id or ""))
        rows.append(
            {
                "brand_id": row.brand_id,
                "network": row.source,
                "handle": row.handle,
                "followers": last.followers if last else None,
                "asked_at": _iso(row.asked_at),
                "posts_read_at": _iso(row.read_at),
                "problem": row.problem or None,
            }
        )
    return rows


def _word(settings: SourceSettings, state: sources.State | None, now: datetime) -> str:
    """The kind of its last error; "late" where no pass has ended for two of its intervals: it hangs, or nothing runs it."""
    if not settings.enabled:
        return "off"
    if state is None or state.last_run_at is None:
        return "never run"
    if state.error_count:
        return state.last_error_kind or "failed"
    return "late" if now - state.last_run_at > 2 * duration(settings.every) else "ok"


def _iso(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _short(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else show.EMPTY


def _known(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else show.EMPTY if value is None else str(value)


def _print_alerts(out: Console, facts: dict[str, Any]) -> None:
    found = facts["alerts"]
    count = [f"{many:,} {severity}" for severity, many in found["open"].items() if many]
    given_up, failing = found["messages_given_up"], found["messages_failing"]
    line = f"{', '.join(count)} open" if count else "none open"
    line += f"; {failing:,} messages fail and are tried again" if failing else ""
    line += f"; {given_up:,} messages given up (listener alerts)" if given_up else ""
    out.print(f"Alerts    {line}")
    for key, why in list(found["unseen"].items())[:MOST_UNSEEN]:
        out.print(f"          {show.plain(f'{key} could not be looked at: {why}', 400)}")
    if found["heartbeat"]:
        out.print(f"Heartbeat last at {_short(found['heartbeat_at'])}")
    stopped = facts["not_working"] if facts["has_run"] else ["nothing has run here yet: listener run"]
    for line in stopped:
        out.print(f"Stopped   {show.plain(line, 400)}")


def _print(facts: dict[str, Any]) -> None:
    out = show.console()
    _print_whole(out, facts)
    _print_alerts(out, facts)
    out.print()
    _print_sources(out, facts["sources"])
    for part, printed in (("accounts", _print_accounts), ("gaps", _print_gaps), ("runs", _print_runs)):
        if facts[part]:
            out.print()
            printed(out, facts[part])


def _print_whole(out: Console, facts: dict[str, Any]) -> None:
    out.print(f"Database  {show.plain(facts['database'])}, {facts['database_bytes'] / 1e6:,.1f} MB")
    out.print(
        f"Model     {show.plain(facts['model'] or 'none yet')}; {facts['waiting_for_a_label']:,} mentions wait for a label"
    )
    if change := facts["model_change"]:
        out.print(
            f"          changing from {show.plain(change['old'])} to {show.plain(change['new'])}: "
            f"{change['labelled']:,} of {change['total']:,} labelled"
        )
    left_out = [
        f"{brand['irrelevant']:,} of {brand['name']}" for brand in facts["brands"] if brand["irrelevant"]
    ]
    if left_out:
        out.print(f"Left out  as not about the brand: {show.plain(', '.join(left_out), 400)}")
    if facts["goals_due_line"]:
        out.print(f"Goals     {facts['goals_due_line']}")


def _print_sources(out: Console, sources: list[dict[str, Any]]) -> None:
    if not sources:
        out.print("No source is configured: posts come in by listener import only")
        return
    columns = ["Source", "Type", "State", "Last run (UTC)", "Last good run", "Not before", "Failures"]
    keys = ["name", "type", "state", "last_run_at", "last_ok_at", "next_check_at", "errors_in_a_row"]
    cells = [[_short(row[key]) if key.endswith("_at") else row[key] for key in keys] for row in sources]
    out.print(show.table(columns, cells, right=[6]))
    for row in sources:
        if row["last_error"]:
            out.print(show.plain(row["last_error"], 400))


def _print_accounts(out: Console, accounts: list[dict[str, Any]]) -> None:
    keys = ["brand_id", "network", "handle", "followers", "asked_at", "posts_read_at"]
    columns = ["Own account of", "Network", "Handle", "Followers", "Asked (UTC)", "Posts read"]
    cells = [
        [_short(row[key]) if key.endswith("_at") else _known(row[key]) for key in keys] for row in accounts
    ]
    out.print(show.table(columns, cells, right=[3]))
    for row in accounts:
        if row["problem"]:
            out.print(show.plain(row["problem"], 400))


def _print_gaps(out: Console, gaps: list[dict[str, Any]]) -> None:
    cells = [
        [
            gap["origin"],
            gap["brand_id"],
            _short(gap["since"]),
            _short(gap["until"]),
            gap["state"],
            gap["reason"],
        ]
        for gap in gaps[:MOST_GAPS]
    ]
    out.print(show.table(["Not collected whole", "Brand", "From (UTC)", "To", "State", "Why"], cells))
    if len(gaps) > MOST_GAPS:
        out.print(f"and {len(gaps) - MOST_GAPS} more; --format json lists all")


def _print_runs(out: Console, runs: list[dict[str, Any]]) -> None:
    keys = ["step", "origin", "outcome", "posts", "mentions", "refused"]
    cells = [[_short(run["started_at"]), *(run[key] for key in keys)] for run in runs]
    columns = ["Run (UTC)", "Step", "Source", "Outcome", "Posts", "Mentions", "Refused"]
    out.print(show.table(columns, cells, right=[4, 5, 6]))

"""A source that brings nothing though it should, or labelling that stands still: figures and alerts are blind there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from listener.alerts.look import Look
from listener.alerts.signs import last_signs
from listener.collectors.base import SourceSettings
from listener.config import Config
from listener.errors import AddressRefused, OutOfBudget, Unauthorized
from listener.schedule import duration
from listener.service import Service
from metrics.alerts.alert import Finding
from storage.arrivals import waits_longest
from storage.db import Database
from storage.labels import model_in_use, waiting_count
from storage.sources import State, states

STANDSTILL = timedelta(minutes=30)
PASSES = 3
"""A source may miss so many of its intervals, however long they are."""
FOR_GOOD = frozenset({Unauthorized.kind, AddressRefused.kind})
"""Does not pass by itself, so it is told at the second failure in a row. A secret that is not set is one of these."""
Problem = Literal["down", "budget spent"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a source, since when; `patience` is how long it is given."""

    problem: Problem
    since: datetime
    patience: timedelta
    state: State | None


def patience(settings: SourceSettings, least: timedelta) -> timedelta:
    """How long a source may bring nothing: `source_down_after`, or three of its intervals where they are longer."""
    return max(least, PASSES * duration(settings.every))


def trouble(
    settings: SourceSettings, state: State | None, least: timedelta, *, began: datetime, now: datetime
) -> Trouble | None:
    """What is wrong with a source that is collected since `began` without a pause; None where nothing is.

    Down: no pass has gone well for its patience, or it was refused twice in a row in a way that does not pass. A spent budget is not that: it
    ends on a known day.
    """
    given = patience(settings, least)
    good = state.last_ok_at if state is not None else None
    since = max(good or began, began)
    if state is not None and state.error_count and state.last_error_kind == OutOfBudget.kind:
        return Trouble("budget spent", good or began, given, state)
    refused = state is not None and state.error_count >= 2 and state.last_error_kind in FOR_GOOD
    return Trouble("down", since, given, state) if refused or now - since > given else None


def troubles(
    db: Database, config: Config, signs: Mapping[str, datetime], now: datetime
) -> dict[str, Trouble | None]:
    """Every source that is collected, by name, and what is wrong with it."""
    least = duration(config.alerts.source_down_after)
    known = {state.origin: state for state in states(db)}
    began = signs.get("watching since", now)
    return {
        name: trouble(settings, known.get(name), least, began=began, now=now)
        for name, settings in config.sources.items()
        if settings.enabled
    }


def stands_still(db: Database, signs: Mapping[str, datetime], now: datetime) -> datetime | None:
    """Since when mentions wait for a label while none is given: since the longest of them was stored. None while labelling goes on.

    A long queue that grows shorter is no standstill, however old its posts are.
    """
    began = max(
        signs.get("watching since", now), signs.get("labelled", datetime.min.replace(tzinfo=now.tzinfo))
    )
    if now - began < STANDSTILL:
        return None
    oldest = waits_longest(db)
    return None if oldest is None or now - oldest < STANDSTILL else max(oldest, began)


def look(service: Service, now: datetime) -> Look:
    """One finding for each source that is down or whose budget is spent, and one for labelling; the others are quiet."""
    signs = last_signs(service.db)
    found = {
        f"source_down:{name}": (name, one)
        for name, one in troubles(service.db, service.config, signs, now).items()
    }
    findings = [_finding(key, name, one, now) for key, (name, one) in found.items() if one is not None]
    quiet = {key for key, (_, one) in found.items() if one is None}
    key = "source_down:labelling"
    since = stands_still(service.db, signs, now)
    if since is None:
        quiet.add(key)
    else:
        waiting = waiting_count(service.db, model_in_use(service.db) or "")
        details = {"source": None, "problem": "labelling", "waiting": waiting}
        details |= {"patience_s": int(STANDSTILL.total_seconds())}
        findings.append(Finding("source_down", key, None, "warning", since, now, details=details))
    return Look(tuple(findings), frozenset(quiet))


def _finding(key: str, name: str, one: Trouble, now: datetime) -> Finding:
    state = one.state

    def said(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    details = {
        "source": name,
        "problem": one.problem,
        "error": state.last_error if state and state.error_count else None,
        "error_kind": state.last_error_kind if state and state.error_count else None,
        "last_ok_at": said(state.last_ok_at if state else None),
        "retry_at": said(state.next_check_at if state else None),
        "patience_s": int(one.patience.total_seconds()),
    }
    severity: Literal["notice", "warning"] = "notice" if one.problem == "budget spent" else "warning"
    return Finding("source_down", key, None, severity, one.since, now, details=details)

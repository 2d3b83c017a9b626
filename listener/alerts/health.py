"""Which part of a running Listener does not work: the database, watching, labelling, sending, and each source."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.alerts.rules.source_down import Trouble, stands_still, troubles
from listener.alerts.signs import Part, last_signs
from listener.config import Config
from storage.db import Database
from storage.outbox import counts

SILENT = timedelta(seconds=90)
"""A part that has not worked for so long has stopped: each works every few seconds, labelling once a minute at least."""
OVERDUE = timedelta(minutes=10)
"""A message that was due so long ago and has not been tried says that nobody sends."""
_RUNNING: Mapping[Part, str] = {"watching": "alerts", "labelling": "labelling", "sending": "sending"}


@dataclass(frozen=True, slots=True)
class Health:
    """One part: `works`, or `why` not, since when (None where that is not known)."""

    part: str
    works: bool
    why: str = ""
    since: datetime | None = None


def health(
    db: Database, config: Config, *, now: datetime, environ: Mapping[str, str] = os.environ
) -> list[Health]:
    """Every part but the database, which has just answered. Raises StorageError where it does not."""
    from listener.notify.channels import all_channels

    signs = last_signs(db)
    found = [_alive(part, name, signs, now) for part, name in _RUNNING.items()]
    stuck = stands_still(db, signs, now)
    if stuck is not None and found[1].works:
        found[1] = Health("labelling", False, "mentions wait for a label and none is given", stuck)
    oldest = counts(db).oldest_due_at
    if oldest is not None and now - oldest > OVERDUE and found[2].works:
        found[2] = Health("sending", False, "messages are due and nobody has tried to send them", oldest)
    if found[2].works and (problems := all_channels(config, environ)[1]):
        found[2] = Health("sending", False, problems[0])
    return [*found, *(_source(name, one) for name, one in troubles(db, config, signs, now).items())]


def not_working(found: list[Health]) -> Iterator[str]:
    """What does not work, a line each.

    >>> list(not_working([Health("sending", True), Health("source press", False, "answered 500")]))
    ['source press: answered 500']
    """
    for one in found:
        if not one.works:
            since = f" (since {one.since:%Y-%m-%d %H:%M} UTC)" if one.since else ""
            yield f"{one.part}: {one.why}{since}"


def _alive(part: Part, name: str, signs: Mapping[str, datetime], now: datetime) -> Health:
    last = signs.get(part)
    if last is None:
        return Health(name, False, "has never run here: listener run")
    if now - last > SILENT:
        return Health(name, False, "has stopped, or every run of it fails: see the log", last)
    return Health(name, True)


def _source(name: str, found: Trouble | None) -> Health:
    if found is None or found.problem == "budget spent":
        return Health(f"source {name}", True)
    said = found.state.last_error if found.state and found.state.error_count else None
    return Health(f"source {name}", False, said or "no pass has ended", found.since)

"""Brands and goals changed by people, each change written to the log with what stood there before and after."""

from datetime import datetime
from typing import Any

from dashboard.editing import KIND, BrandWritten, Edited, GoalWritten, Section
from dashboard.security import audit
from dashboard.security.access import Principal
from dashboard.site import Site

LONGEST = 1_500
"""So many characters of a value are in the log."""


def put(
    site: Site,
    by: Principal,
    section: Section,
    key: str | None,
    values: BrandWritten | GoalWritten,
    *,
    seen: str | None,
    now: datetime,
) -> Edited:
    """Write a table of config.toml, a new one for `key` None. Raises NotSaved, NotFound."""
    done = site.actions.editor.put(section, key, values, seen=seen, now=now)
    _log(site, by, "add" if key is None else "change", section, done)
    return done


def remove(
    site: Site, by: Principal, section: Section, key: str, *, seen: str | None, now: datetime
) -> Edited:
    """Take a table of config.toml out. Raises NotSaved, NotFound."""
    done = site.actions.editor.remove(section, key, seen=seen, now=now)
    _log(site, by, "remove", section, done)
    return done


def take(site: Site, by: Principal, *, now: datetime) -> None:
    """Take the brands and goals of a file that was changed by hand. Raises NotSaved."""
    site.actions.editor.take(now=now)
    audit.note(site, by, "take config.toml", f"version {site.actions.editor.file().version}")


def rematch(site: Site, by: Principal) -> None:
    """Go on matching stored posts against the present queries, where that was cut short."""
    site.actions.editor.rematch()
    audit.note(site, by, "rematch")


def _log(site: Site, by: Principal, what: str, section: Section, done: Edited) -> None:
    thing = f"{KIND[section]} {done.key}" if section == "brands" else f"goal {done.key[:8]}"
    for name, (before, after) in done.changes.items():
        audit.note(site, by, f"{what} {KIND[section]}", f"{thing}, {name}: {_said(before)} -> {_said(after)}")


def _said(value: Any) -> str:
    if value in (None, "", {}):
        return "nothing"
    if isinstance(value, dict):
        value = ", ".join(f"{name} {one}" for name, one in value.items())
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

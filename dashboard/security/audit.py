"""The log of what people changed: who, what, about which thing. It holds ids and names of settings, never a post's text."""

from collections.abc import Sequence

from dashboard.security.access import Principal
from dashboard.site import Site
from storage.changes import note_change, note_changes


def note(site: Site, principal: Principal, what: str, about: str = "") -> None:
    """Write that somebody did `what` ("corrected", "acknowledged") to a thing ("mention 12", "alert 3"). Raises StorageError."""
    note_change(site.db, principal.name, what, about, now=site.clock())


def note_each(site: Site, principal: Principal, lines: Sequence[tuple[str, str]]) -> None:
    """Write a line for each thing that somebody did something to: (what, about). Raises StorageError."""
    note_changes(site.db, principal.name, lines, now=site.clock())

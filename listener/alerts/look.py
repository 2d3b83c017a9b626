"""What a rule has to say when it is asked, and what it may ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from listener.service import Service
from metrics.alerts.alert import Finding


def _nothing(_connection: Connection) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Look:
    """One look of one rule.

    `findings`: what is out of the ordinary. `quiet`: keys that were looked at and are in order. `unseen`: keys that could not be
    looked at, and why, in plain words. `remember` writes what the rule must know at its next look; it is called in the transaction
    that stores the alerts, so that neither is there without the other. `held_back`: brands that are loud, but through a few authors
    alone, and when that was seen. `record`: how well each brand's watch has done on its own past, where that is known.
    """

    findings: tuple[Finding, ...] = ()
    quiet: frozenset[str] = frozenset()
    unseen: Mapping[str, str] = field(default_factory=dict)
    remember: Callable[[Connection], None] = _nothing
    held_back: Mapping[str, datetime] = field(default_factory=dict)
    record: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


Looking = Callable[[Service, datetime], Look]
"""A rule: looks at the database now. It raises StorageError only, and writes nothing itself."""

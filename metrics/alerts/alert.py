"""What an alert is: a rule's finding about one subject, with the signals that it rests on.

rule looks      -> Look       what is out of the ordinary now, what is not, and where it could not look
life cycle      -> Alert      one open alert per key: opened, updated, escalated, resolved
cause           -> Cause      what drives it (metrics/alerts/cause.py)
words           -> Told       title and lines in plain words (metrics/alerts/words.py)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

Severity = Literal["notice", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the least to the most serious."""
Rule = Literal["spike", "influential_author", "keyword", "overtaken", "goal", "source_down"]
RULES: tuple[Rule, ...] = get_args(Rule)
SignalKind = Literal["volume", "negative", "negative_share"]


@dataclass(frozen=True, slots=True)
class Signal:
    """One series of a brand that is out of the ordinary.

    `source` None: all networks together. `seen` and `expected` are mentions in the `window_s` seconds that end at `until`; `low` and
    `high` hold 95 % of what was to be expected. `of`: for a share, the mentions that `seen` are a part of. `false_alarms`: how many
    times a month this series comes to such a height by itself. `since`: when it left the ordinary.
    """

    kind: SignalKind
    source: str | None
    window_s: int
    seen: float
    expected: float
    low: float
    high: float
    false_alarms: float
    since: datetime
    until: datetime
    of: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one subject now.

    `key` names the subject and stays the same while the thing lasts: one alert is open per key. `since` is when the thing began,
    `at` the time it is known up to. `news`: it is worth telling (again): first seen, or far worse than what was told. `details` holds
    what the rule alone knows, in JSON. `mention_ids` are the mentions it is about, where they are few. A finding that lasts no longer than
    it is looked at has no `over_after`; one that happened once (a post, an overtaking) is over by itself after that time.
    """

    rule: Rule
    key: str
    brand_id: str | None
    severity: Severity
    since: datetime
    at: datetime
    news: bool = True
    signals: tuple[Signal, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    mention_ids: tuple[int, ...] = ()
    over_after: timedelta | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as it is stored: times in ISO 8601, its key and brand left to columns of their own."""
        found = asdict(self)
        for name in ("rule", "key", "brand_id", "severity", "news"):
            del found[name]
        found |= {"since": self.since.isoformat(), "at": self.at.isoformat()}
        found["over_after"] = None if self.over_after is None else self.over_after.total_seconds()
        found["mention_ids"] = list(self.mention_ids)
        found["signals"] = [
            asdict(one) | {"since": one.since.isoformat(), "until": one.until.isoformat()}
            for one in self.signals
        ]
        return found

    @staticmethod
    def of_json(
        stored: Mapping[str, Any], *, rule: Rule, key: str, brand_id: str | None, severity: Severity
    ) -> Finding:
        """The other way.

        >>> at = datetime.fromisoformat("2027-03-01T12:00Z")
        >>> one = Finding("keyword", "keyword:recall", "delta", "warning", at, at, over_after=timedelta(hours=1))
        >>> Finding.of_json(one.as_json(), rule=one.rule, key=one.key, brand_id="delta", severity="warning") == one
        True
        """
        over = stored.get("over_after")
        return Finding(
            rule,
            key,
            brand_id,
            severity,
            datetime.fromisoformat(stored["since"]),
            datetime.fromisoformat(stored["at"]),
            signals=tuple(
                Signal(
                    **{
                        **one,
                        "since": datetime.fromisoformat(one["since"]),
                        "until": datetime.fromisoformat(one["until"]),
                    }
                )
                for one in stored.get("signals", ())
            ),
            details=dict(stored.get("details", {})),
            mention_ids=tuple(stored.get("mention_ids", ())),
            over_after=None if over is None else timedelta(seconds=over),
        )

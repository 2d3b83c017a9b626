"""A brand's usual days and a window in which more is said, in a database: what alerts are explained and told from."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from metrics.alerts.alert import Finding, Signal, SignalKind
from metrics.alerts.cause import Cause
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import alert, store
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database
from storage.labels import save_labels, waiting
from storage.posts import save
from storage.types import Batch, BrandQuery, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost

UNTIL = datetime(2027, 5, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SINCE = UNTIL - HOUR
BRANDS = [
    BrandQuery("delta", "Delta", "own", "delta", 0),
    BrandQuery("jet-blue", "Jet Blue", "competitor", "jetblue", 0),
    BrandQuery("quiet", "Quiet", "competitor", "quiet", 0),
]
WORDS = (
    *("flight", "bag", "crew", "gate", "food", "seat", "trip", "home", "work", "day"),
    *("queue", "coffee", "window", "screen", "phone", "desk", "paper", "summer", "nice", "late"),
    *("early", "cold", "warm", "quick", "slow", "again", "never", "maybe", "today", "friends"),
    *("kids", "music", "light", "door", "street"),
)
SMALL = ("i", "am", "and", "on", "the", "it", "is", "this", "my", "they", "to", "never")
"""Words that every text has."""


class Town:
    """Posts by different people with words of their own, numbered as they are made."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.posts: list[MatchedPost] = []

    def say(
        self,
        count: int,
        *,
        since: datetime = SINCE,
        until: datetime = UNTIL,
        brand: str = "delta",
        text: str = "",
        whole: str | Callable[[random.Random], str] | None = None,
        author: str | NewAuthor | None = None,
        **values: Any,
    ) -> list[str]:
        """So many posts, evenly in [since, until); their numbers. `text` comes behind ten words of their own, `whole` in their place."""
        names = []
        for place in range(count):
            name = f"p{len(self.posts)}"
            at = since + (until - since) * (place + 0.5) / count
            words = " ".join([*self.chance.sample(WORDS, 6), *self.chance.sample(SMALL, 4)])
            who = author if isinstance(author, str) else f"a{len(self.posts)}"
            known = NewAuthor(source_author_id=who, handle=f"h_{who}", followers=100)
            given: dict[str, Any] = {
                "source": "x",
                "source_id": name,
                "text": whole(self.chance) if callable(whole) else whole or f"Delta {words} {text}".strip(),
                "published_at": at,
                "observed_at": at,
                "author": author if isinstance(author, NewAuthor) else known,
                "lang": "en",
                "url": f"https://social.example/{name}",
            }
            post = NewPost(**(given | values))
            self.posts.append(
                MatchedPost(post, [NewMention(brand_id=brand, query_version=1, target="Delta")])
            )
            names.append(name)
        return names

    def usual(self, weeks: int = 4, each: int = 60, **values: Any) -> None:
        """The same hour of the weeks before."""
        for week in range(1, weeks + 1):
            at = SINCE - timedelta(weeks=week)
            self.say(each, since=at, until=at + HOUR, **values)

    def settle(self, db: Database, *, labelled: bool = True) -> None:
        """Store all; a text with "angry" in it is labelled negative, others neutral."""
        set_timezone(db, "UTC")
        sync_brands(db, BRANDS, now=SINCE - timedelta(days=60))
        save(db, Batch("import", self.posts), now=UNTIL)
        labels = []
        for task in waiting(db, "rules", limit=20_000, now=UNTIL) if labelled else ():
            sure = (8000, 1000, 1000) if "angry" in task.text.lower() else (1000, 8000, 1000)
            labels.append(NewLabel(task.mention_id, task.text_version, "rules", *sure))
        save_labels(db, labels, now=UNTIL)


def spike(
    seen: float,
    expected: float,
    *,
    kind: SignalKind = "volume",
    source: str | None = None,
    since: datetime = SINCE,
    **details: Any,
) -> Finding:
    """A finding of an hour with so many mentions."""
    off = 2 * expected**0.5
    signal = Signal(
        kind, source, 3600, seen, expected, max(0, expected - off), expected + off, 1 / 36, since, UNTIL
    )
    return Finding(
        "spike", "spike:delta", "delta", "warning", since, UNTIL, signals=(signal,), details=details
    )


def kept(
    db: Database,
    finding: Finding,
    cause: Cause | None = None,
    *,
    events: Sequence[AlertEvent] = (),
    evidence: Sequence[int] | None = None,
    **values: Any,
) -> StoredAlert:
    """The finding as a stored alert."""
    stored: Mapping[str, Any] = finding.as_json()
    new = StoredAlert(
        0, finding.key, finding.rule, finding.brand_id, finding.severity, finding.since, UNTIL, UNTIL,
        finding=stored, cause=None if cause is None else cause.as_json(),
    )  # fmt: skip
    shown = evidence if evidence is not None or cause is None else cause.evidence
    change = AlertChange(replace(new, **values), events, shown)
    (number,) = db.do(lambda connection: store(connection, [change]))
    found = alert(db, number)
    assert found is not None
    return found

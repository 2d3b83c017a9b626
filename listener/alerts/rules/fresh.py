"""What is new to a rule that judges each mention once: stored since its last look, and labelled or waited for long enough."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from metrics.alerts.alert import Rule
from storage.arrivals import arrived, newest_mention, originals
from storage.db import Database
from storage.mentions import MentionFilter, MentionRow, find
from storage.rule_marks import marks, put_marks

LATE = timedelta(days=1)
"""A mention that was stored later than this after its time tells nobody anything new."""
WAIT = timedelta(minutes=2)
"""How long a mention waits for its label: it says how serious it is, and whether it is about the brand at all."""
NEWEST = 20
"""How many mentions a finding names at most."""
_AFTER, _WAITING = "after", "waiting"


@dataclass(frozen=True, slots=True)
class Fresh:
    """Mentions to judge now, in no order, and their labels by number: a repost has that of its original. `remember` moves the mark past them."""

    rows: Sequence[MentionRow] = ()
    labels: Mapping[int, str | None] = field(default_factory=dict)
    remember: Callable[[Connection], None] = lambda _connection: None


def fresh(
    db: Database, rule: Rule, *, brands: Sequence[str], wanted: Callable[[MentionRow], bool], now: datetime
) -> Fresh:
    """The mentions of these brands that are `wanted` and that the rule has not been given yet.

    The first look ever gives none. Each is given once: when it is labelled, or `WAIT` after it was first met. Those whose time is more
    than a day ago are passed over, so a late backfill tells nothing.
    """
    known = marks(db, rule)
    if _AFTER not in known:
        return Fresh(remember=_remembering(rule, {_AFTER: str(newest_mention(db))}, {}, now))
    waiting = {int(number): since for number, since in json.loads(known.get(_WAITING, "{}")).items()}
    found = arrived(db, int(known[_AFTER]), brands=brands, since=now - LATE)
    asked = MentionFilter(brands=brands, ids=[*waiting, *found.ids], since=now - LATE)
    rows = [row for row in find(db, asked) if wanted(row)] if asked.ids else []
    labels = labels_of(db, rows)
    ready, still = [], {}
    for row in rows:
        since = waiting.get(row.id, now.isoformat())
        if row.id in labels or now - datetime.fromisoformat(since) >= WAIT:
            ready.append(row)
        else:
            still[row.id] = since
    new = {_AFTER: str(found.last), _WAITING: json.dumps(still) if still else None}
    return Fresh(ready, labels, _remembering(rule, new, known, now))


def labels_of(db: Database, rows: Sequence[MentionRow]) -> dict[int, str | None]:
    """The labels of those that have been judged, None where the text could not be labelled; a repost has its original's."""
    reposts = [row.id for row in rows if row.is_repost and row.model_id is None]
    behind = originals(db, reposts) if reposts else {}
    judged = {row.id: row.label for row in rows if row.model_id is not None}
    asked = MentionFilter(ids=sorted(set(behind.values())), irrelevant=None)
    their = {row.id: row.label for row in find(db, asked) if row.model_id is not None} if behind else {}
    judged |= {repost: their[origin] for repost, origin in behind.items() if origin in their}
    return judged


def _remembering(
    rule: Rule, new: Mapping[str, str | None], known: Mapping[str, str], now: datetime
) -> Callable[[Connection], None]:
    changed = {subject: value for subject, value in new.items() if known.get(subject) != value}
    return lambda connection: put_marks(connection, rule, changed, now=now)

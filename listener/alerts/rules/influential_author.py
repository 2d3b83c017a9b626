"""Somebody whom many people follow, or whom you named, speaks of one of your brands."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from listener.alerts.look import Look
from listener.alerts.rules.fresh import LATE, NEWEST, fresh, labels_of
from listener.config_alerts import Alerts
from listener.service import Service
from metrics.alerts.alert import Finding, Severity
from storage.mentions import MentionFilter, MentionRow, find

MOST_COUNTED = 5_000
"""Mentions of one author and brand that are counted at most in one look."""
MANY_TIMES = 10
"""A negative mention by an author with so many times the followers asked for is critical."""


def is_named(named: Sequence[str], source: str, handle: str | None) -> bool:
    """Whether one of these names is that of an account: "@ann" of any network, "x:@ann" of that one.

    >>> is_named(["@Ann", "x:@bo"], "mastodon", "ann"), is_named(["x:@bo"], "x", "@Bo"), is_named(["x:@bo"], "mastodon", "bo")
    (True, True, False)
    """
    plain = (handle or "").casefold().removeprefix("@")
    asked = {name.strip().casefold() for name in named}
    return bool(plain) and not asked.isdisjoint(
        {f"@{plain}", plain, f"{source}:@{plain}", f"{source}:{plain}"}
    )


def look(service: Service, now: datetime) -> Look:
    """One finding for each brand of your own and author who spoke of it since the last look, with what they said of it in the last day.

    A repost is a mention, too: it shows the post to the author's followers.
    """
    alerts = service.config.alerts
    own = [brand.id for brand in service.brands if brand.role == "own"]
    new = fresh(service.db, "influential_author", brands=own, wanted=partial(_wanted, alerts), now=now)
    spoke = {(row.brand_id, row.author_id) for row in new.rows if row.author_id is not None}
    findings = (_finding(service, brand_id, author_id, now) for brand_id, author_id in sorted(spoke))
    return Look(tuple(one for one in findings if one is not None), remember=new.remember)


def _wanted(alerts: Alerts, row: MentionRow) -> bool:
    return row.author_id is not None and (
        (row.followers or 0) >= alerts.influential_followers
        or is_named(alerts.influential_authors, row.source, row.handle)
    )


def _finding(service: Service, brand_id: str, author_id: int, now: datetime) -> Finding | None:
    """None where all of it was erased since."""
    alerts = service.config.alerts
    asked = MentionFilter(brands=[brand_id], author_id=author_id, since=now - LATE)
    said = list(find(service.db, asked, limit=MOST_COUNTED))
    if not said:
        return None
    labels = labels_of(service.db, said)
    followers = max((row.followers for row in said if row.followers is not None), default=None)
    negative = sum(label == "negative" for label in labels.values())
    severity: Severity = "warning" if negative else "notice"
    if negative and (followers or 0) >= MANY_TIMES * alerts.influential_followers:
        severity = "critical"
    return Finding(
        "influential_author",
        f"influential_author:{brand_id}:{author_id}",
        brand_id,
        severity,
        since=min(row.counted_at for row in said),
        at=now,
        details={
            "author_id": author_id,
            "network": said[0].source,
            "followers": followers,
            "named": is_named(alerts.influential_authors, said[0].source, said[0].handle),
            "mentions": len(said),
            "negative": negative,
            "label": labels.get(said[0].id),
        },
        mention_ids=tuple(row.id for row in said[:NEWEST]),
        over_after=LATE,
    )

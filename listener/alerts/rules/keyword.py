"""A word to listen for, such as a recall or a lawsuit: enough mentions of a brand meet its query within a while."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from listener.alerts.life_cycle import REPEAT
from listener.alerts.look import Look
from listener.alerts.rules.fresh import LATE, NEWEST, fresh
from listener.config_alerts import Keyword
from listener.schedule import duration
from listener.service import Service
from metrics.alerts.alert import Finding
from storage.alert_types import StoredAlert
from storage.alerts import alive
from storage.mentions import MentionFilter, MentionRow, document, find
from storage.query import Query, matches, parse

MOST_COUNTED = 5_000
"""Mentions of one keyword and brand that are counted at most in one look."""

MANY_TIMES, MANY_MORE = 3, 10
"""So many times what was told, and so many more than that, are told again."""

_parsed = lru_cache(maxsize=400)(parse)


def fullest(times: Sequence[datetime], new: Set[int], within: timedelta) -> range:
    """The places of the most times that lie less than `within` apart and have a new one among them; `times` in order, `new` by place.

    Of stretches that hold as many, the latest. No new one: none.

    >>> noon = datetime.fromisoformat("2027-03-01T12:00Z")
    >>> times = [noon + timedelta(minutes=at) for at in (0, 5, 10, 50, 70, 75)]
    >>> fullest(times, {3}, timedelta(minutes=30)), fullest(times, set(), timedelta(minutes=30))
    (range(3, 6), range(0, 0))
    """
    best = range(0)
    marked = sorted(new)
    for last, at in enumerate(times):
        first = bisect_right(times, at - within, hi=last)
        place = bisect_left(marked, first)
        holds_new = place < len(marked) and marked[place] <= last
        if holds_new and last + 1 - first >= len(best):
            best = range(first, last + 1)
    return best


def look(service: Service, now: datetime) -> Look:
    """One finding for each keyword and brand with new mentions that make the stretch full enough. Reposts do not count.

    It is news at first, and again at three times and ten more than what was news last.
    """
    keywords = service.config.alerts.keywords
    if not keywords:
        return Look()
    asked = {one.name: (_brands(service, one), _parsed(one.query)) for one in keywords}

    def meets(row: MentionRow, brands: Sequence[str], query: Query) -> bool:
        return row.brand_id in brands and not row.is_repost and matches(query, document(row))

    every = sorted({brand_id for brands, _ in asked.values() for brand_id in brands})
    new = fresh(
        service.db,
        "keyword",
        brands=every,
        wanted=lambda row: any(meets(row, *one) for one in asked.values()),
        now=now,
    )
    before = _before(service, now) if new.rows else {}
    findings = []
    for keyword in keywords:
        brands, query = asked[keyword.name]
        for brand_id in brands:
            met = [row for row in new.rows if row.brand_id == brand_id and meets(row, brands, query)]
            if met and (found := _finding(service, keyword, brand_id, met, now)):
                findings.append(_after(before.get(found.key), found))
    return Look(tuple(findings), remember=new.remember)


def _brands(service: Service, keyword: Keyword) -> list[str]:
    if keyword.brand is not None:
        return [keyword.brand]
    return [brand.id for brand in service.brands if brand.role == "own"]


def _before(service: Service, now: datetime) -> Mapping[str, StoredAlert]:
    """The alerts that what is found now still belongs to, by key."""
    with service.db.read() as connection:
        known = [one for one in alive(connection, since=now - REPEAT) if one.rule == "keyword"]
    return {one.key: one for one in known if one.resolved_at is None or now - one.resolved_at < REPEAT}


def _after(before: StoredAlert | None, found: Finding) -> Finding:
    """The finding with how many mentions it was news with last (`told`), and whether it is now."""
    many = found.details["mentions"]
    if before is not None:
        known = before.finding.get("details", {})
        told = known.get("told", known.get("mentions", 0))
        if many < max(MANY_TIMES * told, told + MANY_MORE):
            return replace(found, news=False, details={**found.details, "told": told})
    return replace(found, details={**found.details, "told": many})


def _finding(
    service: Service, keyword: Keyword, brand_id: str, met: Sequence[MentionRow], now: datetime
) -> Finding | None:
    """What the new mentions come to with those before and after them; None where they are too few."""
    within = duration(keyword.within)
    times = [row.counted_at for row in met]
    wanted = MentionFilter(
        brands=[brand_id],
        query=_parsed(keyword.query),
        since=min(times) - within,
        until=max(times) + within,
        reposts=False,
    )
    rows = list(find(service.db, wanted, limit=MOST_COUNTED))[::-1]
    numbers = {row.id for row in met}
    places = {place for place, row in enumerate(rows) if row.id in numbers}
    full = [rows[place] for place in fullest([row.counted_at for row in rows], places, within)]
    if len(full) < keyword.at_least:
        return None
    return Finding(
        "keyword",
        f"keyword:{keyword.name}:{brand_id}",
        brand_id,
        keyword.severity,
        since=full[0].counted_at,
        at=now,
        details={
            "name": keyword.name,
            "query": keyword.query,
            "mentions": len(full),
            "at_least": keyword.at_least,
            "within_s": int(within.total_seconds()),
        },
        mention_ids=tuple(row.id for row in full[: -NEWEST - 1 : -1]),
        over_after=max(LATE, within),
    )

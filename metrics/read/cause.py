"""What is behind a finding, read from the mentions: those of its window, those of the same hours before, and the other brands' sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.alerts.alert import Finding, Signal
from metrics.alerts.cause import Baseline, Cause, Driver, Others, Reach, others_of
from metrics.alerts.cause_posts import Heard, crowd, drivers_of, shown
from metrics.periods import Bucket
from metrics.read.cause_posts import accounts_of, heard
from metrics.read.drivers import AsWritten
from metrics.read.question import quarter
from storage.alert_spans import Span, alert_spans
from storage.arrivals import originals
from storage.brands import active_brands
from storage.counts import first_day, sums
from storage.db import Database
from storage.folding import fold
from storage.mentions import Judged, MentionFilter, MentionRow, count, find

MOST, MOST_BEFORE = 6_000, 2_500
"""Mentions and reposts read of the window and of its baseline; of more, every second, third, ... by its number is read.
A baseline of ten times the window is enough.
"""
ENOUGH = 200
"""With fewer mentions in the same hours of the weeks before, the baseline is all of the week before, where that has more."""
WRITTEN = 1_000
"""Mentions whose spelling of a term is looked at."""
WEEKS = 4
PAGE = 5_000


def cause_of(db: Database, finding: Finding, *, timezone: str, now: datetime) -> Cause:
    """Why this is found, as of `now`; an empty cause where there is nothing to read, as for a source that is down.

    Of a spike its first signal is explained: the mentions (of its network; the negative ones, where it is about those) of its window,
    against the same hours and weekday of the four weeks before in `timezone`, or where these hold fewer than 200 mentions and the seven days before
    more, against those. Times of the brand's other alerts are left out of either. Other findings are told by the mentions they name; where these
    are only the newest of more, they are shown, and neither who wrote nor the reach is told of them.
    """
    if finding.brand_id is not None and finding.signals:
        return _of_spike(db, finding, finding.brand_id, finding.signals[0], timezone, now)
    if not finding.mention_ids:
        return Cause()
    rows = list(find(db, MentionFilter(ids=finding.mention_ids)))
    posts = [heard(row) for row in rows]
    if finding.details.get("mentions", 0) > len(finding.mention_ids):
        return Cause(evidence=shown(posts, ()))
    reach = _reach(posts, min(finding.since, now), 1)
    return Cause(evidence=shown(posts, ()), reach=reach, crowd=crowd(posts))


def _of_spike(
    db: Database, finding: Finding, brand_id: str, signal: Signal, timezone: str, now: datetime
) -> Cause:
    window = Bucket(quarter(signal.until) - timedelta(seconds=signal.window_s), signal.until)
    label: Judged | None = None if signal.kind == "volume" else "negative"
    asked = _asked(brand_id, signal.source, label)
    rows, one_in = _read(db, asked, [window])
    began = min(finding.since, window.start)
    kind, before = _baseline(db, asked, brand_id, window, began, timezone)
    earlier, _ = _read(db, asked, before, min(MOST_BEFORE, max(MOST_BEFORE // 3, 10 * len(rows))))
    accounts = accounts_of((*rows, *earlier))
    period = [heard(row, accounts) for row in rows]
    baseline = [heard(row, accounts, marked=False) for row in earlier]
    what = Cause(
        label=label,
        source=signal.source,
        since=window.start,
        until=window.end,
        seen=signal.seen,
        expected=signal.expected,
        low=signal.low,
        high=signal.high,
        one_in=one_in,
        before=sum(not post.repost for post in baseline),
        unlabelled=0 if label is None else _count(db, replace(asked, labels=["unlabelled"]), [window]),
        baseline=kind if baseline else "none",
        others=_others(db, brand_id, signal, window, label, timezone),
        crowd=crowd(period),
    )
    known = {word for target in {row.target for row in (*rows, *earlier)} for word in fold(target).split()}
    origin = _originals(db, rows)
    found = drivers_of(period, baseline, what, known=known, originals=origin)
    passed_on = [one.ref for one in found if one.kind == "cascade" and one.ref is not None]
    more = find(db, MentionFilter(ids=passed_on)) if passed_on else ()
    candidates = {post.id: post for post in (*period, *(heard(row, accounts) for row in more))}
    until = max(now, window.end)
    if began == window.start and not count(db, replace(asked, since=window.end, until=until)):
        reach = _reach(period, began, one_in)
    else:
        reach = reach_of(db, brand_id, what, since=began, until=until)
    evidence = shown(list(candidates.values()), found)
    return replace(what, drivers=_as_written(found, rows), evidence=evidence, reach=reach)


def reach_of(db: Database, brand_id: str, what: Cause, *, since: datetime, until: datetime) -> Reach:
    """Who spoke of a brand in [since, until), of what a cause is about: its network and its label."""
    rows, step = _read(db, _asked(brand_id, what.source, what.label), [Bucket(since, until)])
    return _reach([heard(row, marked=False) for row in rows], since, step)


def _asked(brand_id: str, source: str | None, label: str | None) -> MentionFilter:
    return MentionFilter(
        brands=[brand_id],
        sources=None if source is None else [source],
        labels=["negative"] if label == "negative" else None,
    )


def _read(
    db: Database, asked: MentionFilter, spans: Sequence[Bucket], most: int = MOST
) -> tuple[list[MentionRow], int]:
    """The mentions of these stretches and their reposts, and of how many one was read.

    Reposts have no label: where one is asked for, they are those whose original is known to have it.
    """
    sides = [replace(asked, reposts=False), replace(asked, reposts=True, labels=None)]
    sizes = [
        sum(count(db, replace(side, since=span.start, until=span.end)) for span in spans) for side in sides
    ]
    step = max(1, -(-sum(sizes) // most))
    own, reposts = (
        [
            row
            for span in spans
            for row in find(
                db, replace(side, since=span.start, until=span.end, one_in=step), page=min(size + 1, PAGE)
            )
        ]
        for side, size in zip(sides, sizes, strict=True)
    )
    if asked.labels is not None and reposts:
        behind = originals(db, [row.id for row in reposts])
        alike = replace(asked, sources=None, ids=sorted(set(behind.values())), reposts=None)
        labelled = {row.id for row in find(db, alike, page=PAGE)} if behind else set()
        reposts = [row for row in reposts if behind.get(row.id) in labelled]
    return [*own, *reposts], step


def _originals(db: Database, rows: Sequence[MentionRow]) -> dict[str, int]:
    """The mentions of passed-on posts by network and the network's number, where they are stored."""
    reposts = {row.id: f"{row.source}:{row.repost_of}" for row in rows if row.repost_of}
    found = {f"{row.source}:{row.source_id}": row.id for row in rows if not row.is_repost}
    if reposts:
        found |= {reposts[repost]: origin for repost, origin in originals(db, list(reposts)).items()}
    return found


def _baseline(
    db: Database, asked: MentionFilter, brand_id: str, window: Bucket, began: datetime, timezone: str
) -> tuple[Baseline, list[Bucket]]:
    since = window.start - timedelta(weeks=WEEKS, days=1)
    busy = alert_spans(db, [brand_id], since=since, until=began).get(brand_id, [])
    same = [one for one in _same_hours(window, timezone) if one.end <= began and not _overlap(one, busy)]
    week = _without(Bucket(began - timedelta(days=7), began), busy)
    known = _count(db, asked, same)
    if known >= ENOUGH or known >= _count(db, asked, week):
        return "same_hours", same
    return "week_before", week


def _count(db: Database, asked: MentionFilter, spans: Sequence[Bucket]) -> int:
    return sum(count(db, replace(asked, reposts=False, since=span.start, until=span.end)) for span in spans)


def _same_hours(window: Bucket, timezone: str) -> list[Bucket]:
    """The window's hours on the same weekday of the weeks before, by the clocks of the zone.

    >>> noon = datetime(2027, 4, 5, 12, tzinfo=UTC)  # the clocks of Oslo went forward on 28 March
    >>> [one.start.hour for one in _same_hours(Bucket(noon, noon + timedelta(hours=1)), "Europe/Oslo")]
    [12, 13, 13, 13]
    """
    zone = ZoneInfo(timezone)
    start = window.start.astimezone(zone)
    starts = [(start - timedelta(weeks=week)).astimezone(UTC) for week in range(1, WEEKS + 1)]
    return [Bucket(quarter(at), quarter(at) + (quarter(window.end) - window.start)) for at in starts]


def _overlap(one: Bucket, spans: Iterable[Span]) -> bool:
    return any(start < one.end and one.start < end for start, end in spans)


def _without(whole: Bucket, spans: Iterable[Span]) -> list[Bucket]:
    """What is left of a stretch.

    >>> at = [datetime(2027, 3, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    >>> [(one.start.day, one.end.day) for one in _without(Bucket(at[0], at[3]), [(at[1], at[2])])]
    [(1, 2), (3, 4)]
    """
    found, start = [], whole.start
    for busy, calm in sorted(spans):
        if start < busy < whole.end:
            found.append(Bucket(start, busy))
        start = max(start, calm)
    return [*found, Bucket(start, whole.end)] if start < whole.end else found


def _others(
    db: Database, brand_id: str, signal: Signal, window: Bucket, label: Judged | None, timezone: str
) -> Others:
    ids = [brand.id for brand in active_brands(db) if brand.id != brand_id]
    first = first_day(db, ids) if ids else None
    if first is None:
        return others_of(0, 0, 0, 0, 1.0)
    sources = None if signal.source is None else [signal.source]

    def said(span: Bucket) -> dict[str, int]:
        found = sums(
            db,
            brands=ids,
            since=quarter(span.start),
            until=quarter(span.end),
            every="all",
            sources=sources,
        )
        return {row.brand_id: row.mentions if label is None else row.negative for row in found}

    zone = ZoneInfo(timezone)
    earlier = [one for one in _same_hours(window, timezone) if one.start.astimezone(zone).date() > first]
    if not earlier:
        return others_of(len(ids), sum(said(window).values()), 0, 0, 1.0)
    busy = alert_spans(db, ids, since=earlier[-1].start, until=window.start)
    now, weeks = said(window), [(one, said(one)) for one in earlier]
    seen = before = 0
    expected = 0.0
    for brand in ids:
        calm = [week.get(brand, 0) for one, week in weeks if not _overlap(one, busy.get(brand, ()))]
        if calm:
            seen += now.get(brand, 0)
            before += sum(calm)
            expected += sum(calm) / len(calm)
    expected *= (window.end - window.start) / (
        quarter(window.end) - window.start
    )  # the running quarter hour is not over
    own = signal.seen / max(signal.expected, 0.5)
    return others_of(len(ids), seen, before, before / expected if expected else 0.0, own)


def _reach(posts: Sequence[Heard], since: datetime, one_in: int) -> Reach:
    followers: dict[int, int] = {}
    known: set[int] = set()
    for post in posts:
        if post.author is not None:
            followers[post.author] = max(followers.get(post.author, 0), post.followers or 0)
            known |= {post.author} if post.followers is not None else set()
    reposts = sum(post.repost for post in posts)
    return Reach(
        since,
        one_in * (len(posts) - reposts),
        one_in * reposts,
        len(followers),
        sum(followers.values()),
        len(followers) - len(known),
        one_in,
    )


def _as_written(found: Sequence[Driver], rows: Sequence[MentionRow]) -> tuple[Driver, ...]:
    """Terms and hashtags as most of the texts write them."""
    worded = [one for one in found if one.kind in ("term", "hashtag")]
    written = AsWritten([name for one in worded for name in (one.name, *one.also)], rows[:WRITTEN])
    return tuple(
        replace(one, name=written(one.name), also=tuple(map(written, one.also)))
        if one.kind in ("term", "hashtag")
        else one
        for one in found
    )

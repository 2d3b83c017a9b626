"""`listener drivers`: what sets a period of a brand's mentions apart from the time before."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from listener import show
from listener.commands.gather import service_for
from listener.commands.look import known_networks, local
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.times import window
from metrics.drivers import KINDS, Driver
from metrics.periods import Bucket
from metrics.read.drivers import LABELS, Apart, apart
from metrics.types import utc_text
from storage.mentions import Judged, MentionFilter, MentionRow, find

DAYS = 7
BASELINE = 4
"""The baseline is so many times as long as the period, and ends where it begins."""
TITLES = {"term": "Terms", "hashtag": "Hashtags", "link": "Links", "author": "Authors", "post": "Passed on"}
COLUMNS = ["label", "kind", "name", "count", "of", "expected", "z", "q", "also", "examples"]


def drivers(
    config: Path,
    brand: str | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    against: str | None,
    label: Judged | None,
    limit: int,
    form: str,
) -> None:
    """Print what sets the period apart, for all mentions and for each label, or for the one asked for."""
    with service_for(config, quiet=form != "table") as service:
        zone, now = service.config.timezone, utc_now()
        start, end = window(since, until, now=now, zone=zone, days=DAYS)
        baseline = _baseline(against, start, end, now=now, zone=zone)
        brand_id = _one_brand(service, brand)
        wanted = MentionFilter(
            brands=[brand_id], sources=known_networks(service, networks) or None, since=start, until=end
        )
        found = apart(service.db, wanted, baseline, labels=[label] if label else LABELS, limit=limit)
        name = next(known.name for known in service.brands if known.id == brand_id)
        ids = sorted({number for part in found for number in part.evidence})
        posts = {row.id: row for row in find(service.db, MentionFilter(ids=ids))} if ids else {}
    period = Bucket(start, end)
    if form == "json":
        show.as_json(_document(name, period, baseline, found, posts))
    elif form == "csv":
        show.as_csv(COLUMNS, (row for part in found for row in _rows(part)))
    else:
        _print(show.console(), name, period, baseline, found, posts, zone)


def _one_brand(service: Service, name: str | None) -> str:
    if name is not None:
        return service.brand_ids([name])[0]
    own = [brand.id for brand in service.config.brands if brand.role == "own"]
    if len(own) != 1:
        raise UsageError(f"say of which brand: {', '.join(brand.id for brand in service.brands)}")
    return own[0]


def _baseline(against: str | None, start: datetime, end: datetime, *, now: datetime, zone: str) -> Bucket:
    """What to compare with: `FROM..TO`, or by default the time before, four times as long."""
    if against is None:
        local, ends = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
        before = local - BASELINE * (ends - local)  # by the clock, so that midnight stays midnight
        return Bucket(before.astimezone(UTC), start)
    first, dots, last = against.partition("..")
    if not dots or not first.strip() or not last.strip():
        raise UsageError(f"--against {against!r}: write two days, as in 2027-02-01..2027-03-01")
    try:
        return Bucket(*window(first, last, now=now, zone=zone))
    except UsageError as error:
        told = str(error).replace("--since ", "").replace("--until ", "")
        raise UsageError(f"--against {against!r}: {told}") from error


def _rows(part: Apart) -> list[dict[str, Any]]:
    return [
        {
            "label": part.label or "all",
            "kind": driver.kind,
            "name": driver.name,
            "count": driver.count,
            "of": driver.of,
            "posts": driver.posts,
            "expected": round(driver.expected, 2),
            "z": round(driver.z, 3),
            "q": driver.q,
            "also": ", ".join(driver.also),
            "examples": " ".join(map(str, driver.examples)),
        }
        for driver in part.drivers
    ]


def _document(
    name: str, period: Bucket, baseline: Bucket, found: list[Apart], posts: dict[int, MentionRow]
) -> dict[str, Any]:
    def lists(row: dict[str, Any], driver: Driver) -> dict[str, Any]:
        return row | {"also": list(driver.also), "examples": [str(number) for number in driver.examples]}

    return {
        "brand": name,
        "since": utc_text(period.start),
        "until": utc_text(period.end),
        "baseline_since": utc_text(baseline.start),
        "baseline_until": utc_text(baseline.end),
        "labels": [
            {
                "label": part.label or "all",
                "mentions": part.mentions,
                "baseline_mentions": part.before,
                "read_one_in": part.sampled,
                "drivers": [lists(*pair) for pair in zip(_rows(part), part.drivers, strict=True)],
                "evidence": [
                    {"id": str(number), "url": posts[number].url, "text": posts[number].text}
                    for number in part.evidence
                    if number in posts
                ],
            }
            for part in found
        ],
    }


def _print(
    out: Console,
    name: str,
    period: Bucket,
    baseline: Bucket,
    found: list[Apart],
    posts: dict[int, MentionRow],
    zone: str,
) -> None:
    out.print(f"{show.plain(name)}, {_span(period, zone)}, against {_span(baseline, zone)}; {zone}")
    for part in found:
        which = f"{part.label} mentions" if part.label else "mentions"
        out.print(f"\n{part.mentions:,} {which}, {part.before:,} in the baseline", style="bold")
        if part.sampled > 1:
            out.print(f"  one in {part.sampled} of them read")
        if not part.drivers:
            reason = "nothing stands out" if part.mentions and part.before else "nothing to compare"
            out.print(f"  {reason}")
            continue
        for kind in KINDS:
            rows = [driver for driver in part.drivers if driver.kind == kind]
            if rows:
                head = [TITLES[kind], "Said by" if kind not in ("author", "post") else "Posts", "Expected"]
                cells = [[_name(d), f"{d.count:,} of {d.of:,}", f"{d.expected:,.1f}"] for d in rows]
                out.print(show.table(head, cells, right=(1, 2)))
        for number in part.evidence:
            if number in posts:
                out.print(f"{number:>6}  {show.plain(posts[number].text, 160)}", style="dim")
    out.print(
        "\nSaid by: authors, each once. Posts: with reposts. Expected: at the baseline's rate. listener mentions shows the posts."
    )


def _name(driver: Driver) -> str:
    also = f" ({', '.join(driver.also[:3])})" if driver.also else ""
    return show.plain(f"{driver.name}{also}", 60)


def _span(bucket: Bucket, zone: str) -> str:
    return f"{local(bucket.start, zone)} to {local(bucket.end, zone)}"

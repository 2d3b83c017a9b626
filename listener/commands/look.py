"""The commands that only read: metrics, mentions and their exports; and the correction of a label."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.padding import Padding
from rich.text import Text

from listener import show
from listener.commands.gather import service_for
from listener.errors import UsageError
from listener.export import export_mentions as write_mentions
from listener.export import export_metrics as write_metrics
from listener.export import export_posts as write_posts
from listener.pipeline import utc_now
from listener.service import Service
from listener.times import window
from metrics.read import series
from metrics.registry import METRICS
from metrics.types import MetricPoint
from storage.labels import correct as correct_label
from storage.mentions import MentionFilter, MentionRow, count, find
from storage.query import parse

STYLES = {"negative": "red", "positive": "green", "neutral": "cyan"}
MENTION_COLUMNS = [
    "id", "published_at", "brand", "label", "p_negative", "p_neutral", "p_positive", "model", "target", "source", "source_id",
    "author", "followers", "lang", "likes", "shares", "comments", "views", "repost_of", "url", "text",
]  # fmt: skip
POINT_COLUMNS = [
    "metric", "brand", "bucket_start", "bucket_end", "value", "low", "high", "n", "unit", "version", "warnings",
    "brand_id", "source", "model",
]  # fmt: skip


def points(
    service: Service,
    names: Sequence[str],
    brands: Sequence[str] | None,
    networks: Sequence[str] | None,
    since: str | None,
    until: str | None,
    every: str,
    *,
    now: datetime,
) -> list[MetricPoint]:
    """The metric points a command asks for; thirty days up to the end of today where no time is given."""
    zone = service.config.timezone
    start, end = window(since, until, now=now, zone=zone)
    return series(
        service.db,
        names,
        since=start,
        until=end,
        every=every,  # type: ignore[arg-type]
        timezone=zone,
        now=now,
        brands=service.brand_ids(brands),
        sources=networks,
        closes_after_hours=service.config.retention.closes_after_hours,
    )


def metrics(
    config: Path,
    names: list[str],
    brands: list[str] | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    every: str,
    form: str,
) -> None:
    """Print metric points: brands down and metrics across, one row per bucket."""
    with service_for(config, quiet=form != "table") as service:
        found = points(service, names, brands, networks, since, until, every, now=utc_now())
        zone = service.config.timezone
    if form == "json":
        show.as_json([point.as_json() for point in found])
    elif form == "csv":
        rows = (point.as_json() for point in found)
        show.as_csv(POINT_COLUMNS, (row | {"warnings": "; ".join(row["warnings"])} for row in rows))
    else:
        print_points(found, zone, by_time=every != "all")


def print_points(found: Sequence[MetricPoint], zone: str, *, by_time: bool) -> None:
    """A table with an interval in brackets where there is one, then each warning once."""
    out = show.console()
    names = list(dict.fromkeys(point.metric for point in found))
    rows: dict[tuple[datetime, str], dict[str, MetricPoint]] = {}
    for point in found:
        rows.setdefault((point.bucket_start, point.brand), {})[point.metric] = point
    head = ["From", "Brand"] if by_time else ["Brand"]
    cells = [
        [*([_local(start, zone)] if by_time else []), brand, *(_cell(row.get(name)) for name in names)]
        for (start, brand), row in (sorted(rows.items()) if by_time else rows.items())
    ]
    if found and not by_time:
        out.print(f"{_local(found[0].bucket_start, zone)} to {_local(found[0].bucket_end, zone)}, {zone}")
    titles = [METRICS[name].title for name in names]
    out.print(show.table([*head, *titles], cells, right=range(len(head), len(head) + len(names))))
    print_warnings(found)


def print_warnings(found: Sequence[MetricPoint], limit: int = 12) -> None:
    """Each warning once, with the brands it is about."""
    out = show.console()
    about: dict[str, list[str]] = {}
    for point in found:
        for warning in point.warnings:
            brands = about.setdefault(warning, [])
            if point.brand not in brands:
                brands.append(point.brand)
    for warning, brands in islice(about.items(), limit):
        out.print(f"! {show.plain(warning)} ({show.plain(', '.join(brands))})", style="yellow")
    if len(about) > limit:
        out.print(f"! and {len(about) - limit} more; --format json lists all", style="yellow")


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _cell(point: MetricPoint | None) -> str:
    if point is None or point.value is None:
        return show.EMPTY
    shown = show.number(point.value, point.unit)
    if point.low is None or point.high is None:
        return shown
    unit = "points" if point.unit == "%" else point.unit
    value, low, high = (show.number(number, unit) for number in (point.value, point.low, point.high))
    return f"{value} [{low}..{high}]{' %' if point.unit == '%' else ''}"


@contextmanager
def _filtered(
    config: Path,
    form: str,
    brands: list[str] | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    **rest: Any,
) -> Iterator[tuple[Service, MentionFilter]]:
    with service_for(config, quiet=form != "table") as service:
        start, end = window(since, until, now=utc_now(), zone=service.config.timezone)
        ids = service.brand_ids(brands) or [brand.id for brand in service.brands]
        yield service, MentionFilter(brands=ids, sources=networks or None, since=start, until=end, **rest)


def mentions(
    config: Path,
    brands: list[str] | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    label: str | None,
    langs: list[str] | None,
    author: str | None,
    query: str | None,
    reposts: bool,
    limit: int,
    form: str,
) -> None:
    """Print the posts behind the figures of the same filters; JSON and CSV give all of them unless --limit is set."""
    rest: dict[str, Any] = {
        "labels": [label] if label else None,
        "langs": langs or None,
        "author": author,
        "query": parse(query) if query else None,
        "reposts": None if reposts else False,
    }
    with _filtered(config, form, brands, networks, since, until, **rest) as (service, wanted):
        names = {brand.id: brand.name for brand in service.brands}
        rows = (_plain_row(row, names) for row in find(service.db, wanted, limit=limit or None))
        if form == "json":
            show.as_json(list(rows))
        elif form == "csv":
            show.as_csv(MENTION_COLUMNS, rows)
        else:
            _print_mentions(list(rows), count(service.db, wanted), service.config.timezone)


def _plain_row(row: MentionRow, names: dict[str, str]) -> dict[str, Any]:
    stats = row.stats
    return {
        "id": str(row.id),
        "published_at": row.published_at.isoformat(),
        "brand": names.get(row.brand_id, row.brand_id),
        "label": row.label,
        "p_negative": None if row.p_negative is None else row.p_negative / 10_000,
        "p_neutral": None if row.p_neutral is None else row.p_neutral / 10_000,
        "p_positive": None if row.p_positive is None else row.p_positive / 10_000,
        "model": row.model_id,
        "target": row.target,
        "source": row.source,
        "source_id": row.source_id,
        "author": row.handle or row.author_name,
        "followers": row.followers,
        "lang": row.lang,
        "likes": stats.likes if stats else None,
        "shares": stats.shares if stats else None,
        "comments": stats.comments if stats else None,
        "views": stats.views if stats else None,
        "repost_of": row.repost_of,
        "url": row.url,
        "text": row.text,
    }


def _print_mentions(rows: list[dict[str, Any]], total: int, zone: str) -> None:
    """Two lines a mention: what is known of it, and what it says."""
    out = show.console()
    for row in rows:
        label = row["label"] or "unlabelled"
        when = _local(datetime.fromisoformat(row["published_at"]), zone)
        facts = [
            when,
            row["brand"],
            label,
            row["source"],
            show.plain(row["author"] or show.EMPTY, 40),
            row["lang"],
        ]
        out.print(
            Text(
                f"{row['id']:>6}  {'  '.join(show.plain(fact) for fact in facts)}",
                style=STYLES.get(label, "dim"),
            )
        )
        out.print(Padding(Text(show.plain(row["text"], 500)), (0, 0, 0, 8)))
    out.print(f"{len(rows):,} of {total:,} mentions; --limit 0 shows all, --correct ID LABEL corrects one")


def correct(config: Path, mention: int | None, label: str | None) -> None:
    """Store a person's label."""
    if mention is None or label is None:
        raise UsageError(
            "to correct a label write both: listener mentions --correct ID positive|neutral|negative"
        )
    with service_for(config) as service:
        correct_label(service.db, mention, label, now=utc_now())  # type: ignore[arg-type]
    show.console().print(f"Mention {mention} is {label} from now on")


def export_posts(config: Path, to: Path, *, force: bool) -> None:
    with service_for(config) as service:
        written = write_posts(service.db, to, force=force)
    show.console().print(f"{written:,} posts written to {show.plain(to)}")


def export_mentions(
    config: Path, to: Path, brands: list[str] | None, since: str | None, until: str | None, *, force: bool
) -> None:
    with _filtered(config, "table", brands, None, since, until) as (service, wanted):
        written = write_mentions(service.db, to, wanted, force=force)
    show.console().print(f"{written:,} mentions written to {show.plain(to)}")


def export_metrics(
    config: Path,
    to: Path,
    names: list[str],
    brands: list[str] | None,
    since: str | None,
    until: str | None,
    every: str,
    *,
    force: bool,
) -> None:
    with service_for(config) as service:
        found = points(service, names, brands, None, since, until, every, now=utc_now())
    written = write_metrics(found, to, force=force)
    show.console().print(f"{written:,} points written to {show.plain(to)}")

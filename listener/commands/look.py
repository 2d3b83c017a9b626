"""The commands that only read: metrics and mentions; and the correction of a label."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from listener import show
from listener.collectors.registry import collector_class
from listener.commands.gather import as_options, service_for, stored_days
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.suggestion import did_you_mean
from listener.times import window
from metrics.read import series
from metrics.registry import METRICS
from metrics.types import MetricPoint, utc_text
from storage.counts import sums
from storage.labels import correct as correct_label
from storage.mentions import MentionFilter, MentionRow, count, find
from storage.query import parse
from storage.sums import HUMAN

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
    networks = known_networks(service, networks)
    return series(
        service.db,
        names,
        since=start,
        until=end,
        every=every,  # type: ignore[arg-type]
        timezone=zone,
        now=now,
        brands=service.brand_ids(brands) or [brand.id for brand in service.config.brands],
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
        nothing = not any(point.n or point.value for point in found)
        elsewhere = _elsewhere(service, brands, networks) if nothing else ""
    if form == "json":
        show.as_json([point.as_json() for point in found])
    elif form == "csv":
        rows = (point.as_json() for point in found)
        show.as_csv(POINT_COLUMNS, (row | {"warnings": "; ".join(row["warnings"])} for row in rows))
    else:
        print_points(found, zone, by_time=every != "all")
    if nothing:
        show.console(stderr=True).print(f"Nothing is counted in this time{elsewhere}")


def known_networks(service: Service, names: Sequence[str] | None) -> list[str]:
    """The networks of these names, in any case.

    Raises UsageError for one of which nothing is stored and nothing is collected: a typing mistake shall not read as silence.
    """
    if not names:
        return []
    types = {settings.type for settings in service.config.sources.values()}
    known = {collector_class(type).platform for type in types}
    brands = [brand.id for brand in service.brands]
    stored = sums(service.db, brands=brands, since=date.min, until=date.max, every="all", by=["source"])
    known |= {row.source for row in stored if row.source}
    wanted = [name.strip().lower() for name in names]
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are: {', '.join(sorted(known)) or 'none'}"
            raise UsageError(f"no post is of a network called {name!r}{hint}")
    return wanted


def _elsewhere(service: Service, brands: Sequence[str] | None, networks: Sequence[str] | None) -> str:
    """Where in time the stored mentions of these brands and networks lie, as the end of a sentence with the options that show them."""
    days = stored_days(service, brands, networks)
    if days is None:
        return "; no mention is stored: listener import FILE, collect or run brings posts in"
    return f"; mentions are stored from {days[0]} to {days[1]}:{as_options(days)}"


def print_points(found: Sequence[MetricPoint], zone: str, *, by_time: bool) -> None:
    """One period: a row per figure and a column per brand. Several: a row per bucket and brand. Then each warning once."""
    out = show.console()
    names = list(dict.fromkeys(point.metric for point in found))
    brands = list(dict.fromkeys(point.brand for point in found))
    at = {(point.bucket_start, point.brand, point.metric): point for point in found}
    if by_time:
        head = ["From", "Brand", *(METRICS[name].title for name in names)]
        cells = [
            [_local(start, zone), brand, *(_cell(at[start, brand, name]) for name in names)]
            for start in sorted({point.bucket_start for point in found})
            for brand in brands
        ]
    else:
        start = found[0].bucket_start
        out.print(f"{_local(start, zone)} to {_local(found[0].bucket_end, zone)}, {zone}")
        head = ["", *brands]
        cells = [
            [METRICS[name].title, *(_cell(at[start, brand, name]) for brand in brands)] for name in names
        ]
    for part in show.tables(head, cells, keep=2 if by_time else 1, width=out.width):
        out.print(part)
        out.print()
    print_warnings(found)


def print_warnings(found: Sequence[MetricPoint], limit: int = 12) -> None:
    """Each warning once, with the brands it is about; of those that differ in their figures alone the first, and how many more."""
    out = show.console()
    alike: dict[str, dict[str, dict[str, None]]] = {}
    for point in found:
        for warning in point.warnings:
            same = alike.setdefault(re.sub(r"\d[\d,.]*", "0", warning), {})
            same.setdefault(warning, {})[point.brand] = None
    every = len({point.brand for point in found})
    for same in islice(alike.values(), limit):
        warning, brands = next(iter(same.items()))
        whose = "all brands" if len(brands) == every > 1 else ", ".join(brands)
        more = f"; {len(same) - 1} more like it" if len(same) > 1 else ""
        out.print(f"! {show.plain(warning)} ({show.plain(whose)}{more})", style="yellow")
    if len(alike) > limit:
        out.print(f"! and {len(alike) - limit} more", style="yellow")
    if len(alike) > limit or any(len(same) > 1 for same in alike.values()):
        out.print("  --format json gives each figure's own", style="yellow")


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _cell(point: MetricPoint) -> str:
    if point.value is None:
        return show.EMPTY
    shown = show.number(point.value, point.unit)
    if point.low is None or point.high is None:
        return shown
    unit = "points" if point.unit == "%" else point.unit
    value, low, high = (show.number(number, unit) for number in (point.value, point.low, point.high))
    return f"{value} [{low}..{high}]{' %' if point.unit == '%' else ''}"


@contextmanager
def filtered(
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
        networks = known_networks(service, networks)
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
    with filtered(config, form, brands, networks, since, until, **rest) as (service, wanted):
        names = {brand.id: brand.name for brand in service.brands}
        found = find(service.db, wanted, limit=limit or None)
        first = next(found, None)
        rows = (_plain_row(row, names) for row in chain([first] if first else [], found))
        if form == "json":
            show.as_json(list(rows))
        elif form == "csv":
            show.as_csv(MENTION_COLUMNS, rows)
        else:
            _print_mentions(list(rows), wanted, count(service.db, wanted), service.config.timezone)
        if first is None:
            elsewhere = _elsewhere(service, brands, networks)
            show.console(stderr=True).print(f"No mention meets all of this{elsewhere}")


def _plain_row(row: MentionRow, names: dict[str, str]) -> dict[str, Any]:
    stats = row.stats
    return {
        "id": str(row.id),
        "published_at": utc_text(row.published_at),
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


def _print_mentions(rows: list[dict[str, Any]], wanted: MentionFilter, total: int, zone: str) -> None:
    """Two lines a mention: what is known of it, and what it says."""
    out = show.console()
    for row in rows:
        label = row["label"] or ("repost" if row["repost_of"] else "unlabelled")
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
        show.indented(out, show.plain(row["text"], 500))
    if wanted.since and wanted.until:
        when = f"{_local(wanted.since, zone)} to {_local(wanted.until, zone)}, {zone}"
        out.print(f"{len(rows):,} of {total:,} mentions, {when}")
    hints = ["--limit 0 shows all"] if len(rows) < total else []
    hints += ["--correct ID positive|neutral|negative corrects a label"] if rows else []
    if hints:
        out.print("; ".join(hints))


def correct(config: Path, mention: int | None, label: str | None, form: str) -> None:
    """Store a person's label."""
    if mention is None or label is None:
        raise UsageError(
            "to correct a label write both: listener mentions --correct ID positive|neutral|negative"
        )
    if not 0 < mention < 2**63:
        raise UsageError(f"no mention has the number {mention}; listener mentions shows them")
    with service_for(config) as service:
        correct_label(service.db, mention, label, now=utc_now())  # type: ignore[arg-type]
    answer = {"id": str(mention), "label": label, "model": HUMAN}
    if form == "json":
        show.as_json(answer)
    elif form == "csv":
        show.as_csv(list(answer), [answer])
    else:
        show.console().print(f"Mention {mention} is {label} from now on")

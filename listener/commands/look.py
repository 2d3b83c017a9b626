"""`listener metrics`: figures as tables, JSON and CSV."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

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
from metrics.types import MetricPoint
from storage.counts import sums
from storage.mentions import MentionFilter, count

POINT_COLUMNS = [
    "metric", "brand", "bucket_start", "bucket_end", "value", "low", "high", "n", "unit", "version", "warnings",
    "brand_id", "source", "model", "missing",
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
        others = elsewhere(service, brands, networks) if nothing else ""
        left_out = _left_out(service, found, networks) if form == "table" else 0
    if form == "json":
        show.as_json([point.as_json() for point in found])
    elif form == "csv":
        rows = (point.as_json() for point in found)
        show.as_csv(POINT_COLUMNS, (row | {"warnings": "; ".join(row["warnings"])} for row in rows))
    else:
        print_points(found, zone, by_time=every != "all")
        print_left_out(left_out, "listener mentions --irrelevant shows them")
    if nothing:
        show.console(stderr=True).print(f"Nothing is counted in this time{others}")


def _left_out(service: Service, found: Sequence[MetricPoint], networks: Sequence[str] | None) -> int:
    """How many mentions of the time and brands of these points are left out as not about their brand, reposts aside."""
    wanted = MentionFilter(
        brands=sorted({point.brand_id for point in found}),
        sources=known_networks(service, networks) or None,
        since=min(point.bucket_start for point in found),
        until=max(point.bucket_end for point in found),
        reposts=False,
        irrelevant=True,
    )
    return count(service.db, wanted)


def print_left_out(number: int, way: str) -> None:
    """That so many mentions are in no figure, and the way to see them; nothing for none."""
    if number:
        show.console().print(
            f"{number:,} {'mention' if number == 1 else 'mentions'} left out as not about the brand; {way}"
        )


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


def elsewhere(service: Service, brands: Sequence[str] | None, networks: Sequence[str] | None) -> str:
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
            [local(start, zone), brand, *(_cell(at[start, brand, name]) for name in names)]
            for start in sorted({point.bucket_start for point in found})
            for brand in brands
        ]
    else:
        start = found[0].bucket_start
        out.print(f"{local(start, zone)} to {local(found[0].bucket_end, zone)}, {zone}")
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


def local(at: datetime, zone: str) -> str:
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

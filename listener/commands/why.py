"""`listener why`: a change split into everyone's part and the brand's own."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from listener import show
from listener.commands.gather import service_for
from listener.commands.point_tables import local
from listener.pipeline import utc_now
from listener.slices import Options, slice_of, window_of
from metrics.decomposition import Parts
from metrics.read.question import Question
from metrics.read.why import COUNT, Why
from metrics.read.why import why as split
from metrics.registry import METRICS
from metrics.stretches import Earlier
from metrics.types import utc_text

COLUMNS = [
    "metric", "brand", "brand_id", "network", "bucket_start", "bucket_end", "before_start", "before_end", "before", "after", "change",
    "category", "platform", "own", "own_low", "own_high", "missing",
]  # fmt: skip


def why(
    config: Path,
    metric: str,
    brands: list[str] | None,
    given: Options,
    since: str | None,
    until: str | None,
    *,
    to: Earlier,
    form: str,
) -> None:
    """Print the parts of a change, over all networks and for each."""
    with service_for(config, quiet=form != "table") as service:
        of, now, zone = (
            slice_of(service, given),
            utc_now(),
            service.config.timezone,
        )
        start, end = window_of(of, since, until, now=now, zone=zone)
        own = [brand.id for brand in service.config.brands if brand.role == "own"]
        asked = Question(
            start,
            end,
            "all",
            zone,
            now,
            sources=of.sources or None,
            langs=of.langs or None,
            closes_after=timedelta(hours=service.config.retention.closes_after_hours),
            query=of.whole_query,
        )
        ids = service.brand_ids(brands) or own or [brand.id for brand in service.config.brands]
        found = split(service.db, metric, ids, asked, to)
    if form == "json":
        show.as_json([_json(item) for item in found])
    elif form == "csv":
        show.as_csv(COLUMNS, (row for item in found for row in _rows(item)))
    else:
        for item in found:
            _print(item, zone)


def _json(item: Why) -> dict[str, Any]:
    whole, *networks = _rows(item)
    return whole | {"networks": networks, "warnings": list(item.warnings)}


def _rows(item: Why) -> list[dict[str, Any]]:
    """The whole first, then each network."""
    same = {
        "metric": item.metric,
        "brand": item.brand,
        "brand_id": item.brand_id,
        "network": None,
        "bucket_start": utc_text(item.span.start),
        "bucket_end": utc_text(item.span.end),
        "before_start": utc_text(item.before.start),
        "before_end": utc_text(item.before.end),
        "missing": item.missing or None,
    }
    if item.split is None:
        return [same]
    low, high = item.split.interval
    whole = {"before": item.split.before, "after": item.split.after, "own_low": low, "own_high": high}
    return [same | whole | _parts(item.split.parts)] + [
        same | {"network": name} | _parts(parts) for name, parts in item.split.networks.items()
    ]


def _parts(parts: Parts) -> dict[str, float]:
    return {"change": parts.change, "category": parts.category, "platform": parts.platform, "own": parts.own}


def _print(item: Why, zone: str) -> None:
    out = show.console()
    counts = item.metric == COUNT
    span, before = (
        (local(bucket.start, zone), local(bucket.end, zone)) for bucket in (item.span, item.before)
    )
    out.print(
        f"{METRICS[item.metric].title} of {show.plain(item.brand)}, {span[0]} to {span[1]}, against {before[0]} to {before[1]}, {zone}"
    )
    if item.split is None:
        out.print(f"! {item.missing}", style="yellow")
    else:
        digits = 0 if counts else 1
        unit = "" if counts else " points"
        low, high = item.split.interval
        out.print(
            f"From {item.split.before:,.{digits}f} to {item.split.after:,.{digits}f}. "
            f"Everyone: {item.split.parts.category + item.split.parts.platform:+,.{digits}f}{unit}; "
            f"its own: {item.split.parts.own:+,.{digits}f}{unit}, 95 % {low:+,.{digits}f}..{high:+,.{digits}f}"
            f"{', which may be chance' if low <= 0 <= high else ''}"
        )
        rows = [("all", item.split.parts), *item.split.networks.items()]
        cells = [
            [show.plain(name, 30), *(f"{value:+,.1f}" for value in (p.change, p.category, p.platform, p.own))]
            for name, p in rows
        ]
        out.print(show.table(["Network", "Change", "Category", "Platform", "Own"], cells, right=range(1, 5)))
    for line in item.warnings:
        out.print(f"! {show.plain(line)}", style="yellow")
    out.print()

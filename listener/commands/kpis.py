"""`listener kpis`: the whole catalogue by area, each figure with its value for every brand or the input that it lacks."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from listener import show
from listener.commands import look
from listener.commands.gather import service_for
from listener.pipeline import utc_now
from listener.slices import Options, slice_of
from metrics.facts import FACTS
from metrics.lacking import Lack, lacking
from metrics.metric import AREAS, Metric
from metrics.registry import METRICS
from metrics.types import MetricPoint

MOST_PARTS, MOST_WARNINGS = 6, 8
TITLE = 26
"""Columns that the titles of figures need at least: longer ones go over several lines."""
COMMON = 3
"""A warning of more figures than this is said without naming them."""
COLUMNS = [
    "id", "title", "area", "formula", "unit", "direction", "vanity", "class", "version",
    "brand", "value", "low", "high", "n", "currency", "missing", "warnings",
]  # fmt: skip
_VALUE = (
    "brand", "brand_id", "bucket_start", "bucket_end", "value", "low", "high", "n", "currency", "missing", "warnings", "parts", "model",
)  # fmt: skip


def kpis(
    config: Path,
    brands: list[str] | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    area: str | None,
    form: str,
    *,
    langs: list[str] | None = None,
    campaign: str | None = None,
) -> None:
    """Print every entry of the registry, of one area or all, over thirty days up to now where no time is given."""
    wanted = [metric for metric in METRICS.values() if area in (None, metric.area)]
    with service_for(config, quiet=form != "table") as service:
        names = [metric.id for metric in wanted]
        of = slice_of(service, Options(networks, langs, campaign))
        found = look.points(service, names, brands, None, since, until, "all", now=utc_now(), of=of)
        zone = service.config.timezone
        own = {brand.name for brand in service.config.brands if brand.role == "own"}
        of_posts = any("sums" in metric.needs for metric in wanted)
        nothing = of_posts and not any(point.n or point.value for point in found)
        others = look.elsewhere(service, brands, networks) if nothing else ""
    by_id = {metric.id: [point for point in found if point.metric == metric.id] for metric in wanted}
    if form == "json":
        show.as_json([_entry(metric, by_id[metric.id]) for metric in wanted])
    elif form == "csv":
        show.as_csv(COLUMNS, _rows(wanted, by_id))
    elif found:
        _print(wanted, by_id, own, zone)
    if nothing:
        show.console(stderr=True).print(f"Nothing is counted in this time{others}")


def _entry(metric: Metric, points: Sequence[MetricPoint]) -> dict[str, Any]:
    values = [{name: said[name] for name in _VALUE} for said in (point.as_json() for point in points)]
    return _definition(metric) | {"values": values}


def _definition(metric: Metric) -> dict[str, Any]:
    return {
        "id": metric.id,
        "title": metric.title,
        "area": metric.area,
        "formula": metric.formula,
        "unit": metric.unit,
        "direction": metric.direction,
        "vanity": metric.vanity,
        "class": list(metric.data),
        "inputs": list(metric.inputs),
        "empty": metric.empty,
        "interval": metric.interval or None,
        "version": metric.version,
        "source": metric.source,
    }


def _rows(wanted: Sequence[Metric], of: Mapping[str, Sequence[MetricPoint]]) -> Iterator[dict[str, Any]]:
    for metric in wanted:
        for point in of[metric.id]:
            said = _definition(metric) | point.as_json()
            yield said | {"class": ", ".join(metric.data), "warnings": "; ".join(point.warnings)}


def _print(
    wanted: Sequence[Metric], of: Mapping[str, Sequence[MetricPoint]], own: Set[str], zone: str
) -> None:
    """A table for each area of what has a value for some brand; then what has none, by what it lacks; then the warnings."""
    out = show.console()
    first = of[wanted[0].id][0]
    out.print(f"{look.local(first.bucket_start, zone)} to {look.local(first.bucket_end, zone)}, {zone}\n")
    brands = [point.brand for point in of[wanted[0].id]]
    shown = {metric.id: of[metric.id] for metric in wanted if any(p.value is not None for p in of[metric.id])}
    rows = {
        area: [row for m in wanted if m.area == area for row in _lines(shown.get(m.id, ()))] for area in AREAS
    }
    bounded = all(_fits(brands, area, out.width) for area in rows.values())
    for area, name in AREAS.items():
        head = [name, *map(show.plain, brands)]
        cells = [[row.title, *(row.cells if bounded else row.bare)] for row in rows[area]]
        if not cells:
            continue
        if bounded or _fits(brands, rows[area], out.width, bounded=False):
            out.print(show.table(head, cells, right=range(1, len(brands) + 1)))
        else:
            for part in show.tables(head, cells, keep=1, width=out.width):
                out.print(part)
        out.print()
    if not bounded:
        _wrapped("Intervals: in a wider terminal, with --brand, or --format json")
        out.print()
    _print_lacking(
        lacking(point for metric in wanted for point in of[metric.id]),
        own & set(brands) or set(brands),
        len(brands),
    )
    valued = [point for points in shown.values() for point in points if point.value is not None]
    if valued:
        look.print_warnings(_named(valued), limit=MOST_WARNINGS)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a figure or a part of one, for every brand, with its intervals and without."""

    title: str
    cells: Sequence[str]
    bare: Sequence[str]


def _lines(points: Sequence[MetricPoint]) -> Iterator[Row]:
    """A row for the figure, and one for each of its first parts; none without points."""
    if points:
        metric = METRICS[points[0].metric]
        yield _row(f"{metric.title}{' (vanity)' if metric.vanity else ''}", points)
    parts = list(dict.fromkeys(part.name for point in points for part in point.parts))
    for name in parts[:MOST_PARTS]:
        yield _row(f"· {name}", [_part(point, name) for point in points])
    if len(parts) > MOST_PARTS:
        yield Row(f"· and {len(parts) - MOST_PARTS} more", [""] * len(points), [""] * len(points))


def _row(title: str, points: Sequence[MetricPoint]) -> Row:
    cells = [look.cell(point) for point in points]
    return Row(title, cells, [look.cell(replace(point, low=None, high=None)) for point in points])


def _part(point: MetricPoint, name: str) -> MetricPoint:
    """One part of a figure, as a point of its own."""
    found = next((part for part in point.parts if part.name == name), None)
    low, high = found.interval or (None, None) if found else (None, None)
    value, unit = (found.value, found.unit or point.unit) if found else (None, point.unit)
    return replace(point, value=value, low=low, high=high, unit=unit, parts=())


def _fits(brands: Sequence[str], rows: Sequence[Row], width: int, *, bounded: bool = True) -> bool:
    """Whether a column for every brand fits beside titles that may be folded to `TITLE`."""
    cells = [brands, *(row.cells if bounded else row.bare for row in rows)]
    return TITLE + sum(show.GAP + max(map(len, column)) for column in zip(*cells, strict=True)) <= width


def _print_lacking(found: Sequence[Lack], own: Set[str], every: int) -> None:
    """For the own brands what is lacking and for which figures; for others, how many figures."""
    out = show.console()
    for lack in sorted(found, key=lambda lack: not own & set(lack.titles)):
        ours = own & set(lack.titles)
        brands = ", ".join(brand for brand in lack.titles if brand not in lack.alike)
        if len(lack.titles) == every > 1 and not lack.alike:
            brands = "all brands"
        elif lack.alike:
            brands += f"; {len(lack.alike)} more like it"
        of = [lack.titles[brand] for brand in ours or lack.titles]
        titles = list(dict.fromkeys(title for some in of for title in some))
        needs = f"needs {lack.what}: {lack.why} ({brands})" if lack.what else f"{lack.why} ({brands})"
        if ours:
            _wrapped(f"No value, {needs}", "bold")
            _wrapped(", ".join(titles), indent="  ")
            if len([name for name in lack.needs if name in FACTS]) > 1:
                _wrapped(f"facts: {', '.join(lack.needs)}", indent="  ")
        else:
            _wrapped(f"{len(titles)} more without a value, {needs}")
    if found:
        out.print()


def _wrapped(text: str, style: str = "", indent: str = "") -> None:
    out = show.console()
    for line in wrap(show.plain(text), max(20, out.width - len(indent)), break_on_hyphens=False):
        out.print(indent + line, style=style)


def _named(points: Sequence[MetricPoint]) -> list[MetricPoint]:
    """The points with each warning that few figures have begun by their names."""
    having: dict[str, dict[str, None]] = {}
    for point in points:
        for warning in point.warnings:
            having.setdefault(warning, {})[METRICS[point.metric].title] = None
    said = {
        warning: warning if len(titles) > COMMON else f"{', '.join(titles)}: {warning}"
        for warning, titles in having.items()
    }
    return [replace(point, warnings=tuple(said[warning] for warning in point.warnings)) for point in points]

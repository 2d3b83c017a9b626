"""Metric points as tables for people: figures, comparisons, and what there is to say beside them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from listener import show
from listener.slices import By
from metrics.registry import METRICS
from metrics.types import Comparison, MetricPoint

TITLES: Mapping[By, str] = {
    "source": "Source",
    "lang": "Language",
    "campaign": "Campaign",
    "influencer": "Influencer",
}
WITHOUT = "without an influencer"
AGAINST = {"previous": "before", "year": "year ago", "category": "category"}


def print_points(found: Sequence[MetricPoint], zone: str, *, by_time: bool, by: By | None = None) -> None:
    """One period: a row per figure and a column per brand. Several, or with `by`: a row per bucket or slice and brand. Then each warning once."""
    out = show.console()
    names = list(dict.fromkeys(point.metric for point in found))
    brands = list(dict.fromkeys(point.brand for point in found))
    at = {(_place(point, by), point.brand, point.metric): point for point in found}
    places = list(dict.fromkeys(place for place, _, _ in at))
    if by_time or by:
        timed = by_time or by == "campaign"
        head = [*(["From"] if timed else []), *([TITLES[by]] if by else []), "Brand"]
        cells = [
            [
                *([local(start, zone)] if timed else []),
                *([show.plain(part, 30) or WITHOUT] if by else []),
                brand,
                *(cell(at[(start, part), brand, name]) for name in names),
            ]
            for start, part in (places if by else sorted(places))
            for brand in brands
            if ((start, part), brand, names[0]) in at
        ]
        keep = len(head)
        head += [METRICS[name].title for name in names]
    else:
        (place,) = places
        head, keep = ["", *brands], 1
        cells = [[METRICS[name].title, *(cell(at[place, brand, name]) for brand in brands)] for name in names]
    if not by_time:
        ends = sorted({(point.bucket_start, point.bucket_end) for point in found})
        out.print(_time(ends[0], zone) if len(ends) == 1 else f"each campaign over its days, {zone}")
    for part in show.tables(head, cells, keep=keep, width=out.width):
        out.print(part)
        out.print()
    print_warnings(found)


def _place(point: MetricPoint, by: By | None) -> tuple[datetime, str]:
    return point.bucket_start, str(getattr(point, by) or "") if by else ""


def _time(span: tuple[datetime, datetime], zone: str) -> str:
    return f"{local(span[0], zone)} to {local(span[1], zone)}, {zone}"


def print_comparisons(found: Sequence[MetricPoint], zone: str) -> None:
    """A row for each figure and each thing that it is set against, with the change in words; then what there is to say of the latter."""
    out = show.console()
    by = next((name for name in TITLES if len({getattr(point, name) for point in found}) > 1), None)
    timed = len({(point.bucket_start, point.bucket_end) for point in found}) > 1
    head = [*(["From"] if timed else []), *([TITLES[by]] if by else []), "Brand", "Figure", "Set against"]
    cells: list[list[str]] = []
    for point in found:
        first = [
            *([local(point.bucket_start, zone)] if timed else []),
            *([str(getattr(point, by))] if by else []),
        ]
        first += [point.brand, point.metric]
        for other in point.comparisons:
            cells.append([*first, _against(other), *_change(other, point.unit)])
            first = [""] * len(first)
    for part in show.tables([*head, "There", "Change", "95 %"], cells, keep=len(head), width=out.width):
        out.print(part)
        out.print()
    for line in _periods(found, zone):
        out.print(show.plain(line))
    _print_lines(
        [
            (f"{_against(other)}: {line}", point.brand)
            for point in found
            for other in point.comparisons
            for line in (*other.warnings, *filter(None, [other.missing]))
        ],
        len({point.brand for point in found}),
    )
    if any(other.real is not None for point in found for other in point.comparisons):
        out.print("95 %: * more than chance, ? within what chance gives, – where that cannot be said")


def _against(other: Comparison) -> str:
    return f"{other.brand}" if other.to == "competitor" else AGAINST[other.to]


def _change(other: Comparison, unit: str) -> list[str]:
    """What it was, the change with its word, and what chance leaves of it."""
    was = show.number(other.value, unit)
    if other.change is None:
        return [was, show.EMPTY, show.EMPTY]
    words = ("above", "below") if other.to in ("competitor", "category") else ("up", "down")
    size = f"{abs(other.change):,.1f}"
    word = "same" if size == "0.0" else f"{words[other.change < 0]} {size}"
    sign = " %" if other.change_unit == "%" else f" {other.change_unit}"
    change = word if word == "same" else f"{word}{sign}"
    if other.low is None or other.high is None:
        return [was, change, show.EMPTY]
    mark = "*" if other.real else "?"
    return [was, change, f"{other.low:+,.1f}..{other.high:+,.1f} {mark}"]


def _periods(found: Sequence[MetricPoint], zone: str) -> Iterator[str]:
    """The stretch of time that each comparison is with, where it is one for all; of several buckets that of the one that still runs."""
    for to in ("previous", "year"):
        others = [other for point in found for other in point.comparisons if other.to == to]
        runs = [other for other in others if other.so_far_end is not None]
        spans = {(other.bucket_start, other.bucket_end): other.so_far_end for other in runs or others}
        if len(spans) == 1:
            ((span, end),) = spans.items()
            so_far = f"; what still runs is taken until {local(end, zone)}" if end else ""
            yield f"{AGAINST[to]}: {_time(span, zone)}{so_far}"


def print_warnings(found: Sequence[MetricPoint], limit: int = 12) -> None:
    """Each warning once, with the brands it is about; of those that differ in their figures alone the first, and how many more."""
    lines = [(warning, point.brand) for point in found for warning in point.warnings]
    lines += [(f"{METRICS[p.metric].title}: {p.missing}", p.brand) for p in found if p.missing]
    _print_lines(lines, len({point.brand for point in found}), limit)


def _print_lines(lines: Iterable[tuple[str, str]], every: int, limit: int = 12) -> None:
    out = show.console()
    alike: dict[str, dict[str, dict[str, None]]] = {}
    for warning, brand in lines:
        same = alike.setdefault(re.sub(r"\d[\d,.]*", "0", warning), {})
        same.setdefault(warning, {})[brand] = None
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


def cell(point: MetricPoint) -> str:
    """A figure as a table shows it, with its interval and its currency where it has them."""
    if point.value is None:
        return show.EMPTY
    shown = show.number(point.value, point.unit)
    if point.currency:
        return f"{shown} {show.plain(point.currency)}"
    if point.low is None or point.high is None:
        return shown
    unit = "points" if point.unit == "%" else point.unit
    value, low, high = (show.number(number, unit) for number in (point.value, point.low, point.high))
    return f"{value} [{low}..{high}]{' %' if point.unit == '%' else ''}"

"""What charts.js draws, and the table beside it shows: plain values, one line for each brand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dashboard import format
from dashboard.filters import Filters
from dashboard.pages.links import LABEL_OF, period_of, posts
from dashboard.texts import t
from dashboard.views.lines import Line, Step

Kind = Literal["line", "bar", "stack"]
Colour = int | str
"""A brand's number, or one of charts.js's names: a label's, or "neutral"."""


def chart(
    filters: Filters,
    title: str,
    lines: Sequence[Line],
    *,
    every: str,
    colours: Mapping[str, Colour],
    kind: Kind = "line",
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A chart of lines that have the same steps: {} where there are none.

    `colours` are numbers by brand id; a line of one label has that label's. `names` are the lines' by metric, the brand's where not given:
    with names, `colours` are by metric. In the JSON a step is [value, low, high, n]; the page's table has it in words.
    """
    if not lines or not lines[0].steps:
        return {}
    steps = lines[0].steps
    return {
        "title": title,
        "kind": kind,
        "unit": lines[0].unit,
        "names": [step_name(step.start, every, filters.timezone) for step in steps],
        "periods": [period_of(filters, step.start, step.end) for step in steps],
        "base": filters.address("/mentions", brand=None, period=None),
        "lines": [
            {
                "name": names[line.metric] if names else line.brand.name,
                "brand": line.brand.id,
                "label": LABEL_OF.get(line.metric),
                "colour": _colour(line, colours, named=names is not None),
                "values": [[step.value, step.low, step.high, step.n] for step in line.steps],
                "cells": [_cell(filters, line, step) for step in line.steps],
            }
            for line in lines
        ],
    }


def _colour(line: Line, colours: Mapping[str, Colour], *, named: bool) -> Colour:
    if named and (label := LABEL_OF.get(line.metric)):
        return label
    return colours.get(line.metric if named else line.brand.id, 0)


def drawn(spec: dict[str, Any]) -> dict[str, Any]:
    """The part of a chart that charts.js needs."""
    return spec | {"lines": [{k: v for k, v in line.items() if k != "cells"} for line in spec["lines"]]}


def _cell(filters: Filters, line: Line, step: Step) -> dict[str, Any]:
    return {
        "value": step.value,
        "said": format.number(step.value, line.unit),
        "between": format.between(step.low, step.high, line.unit),
        "address": posts(filters, line.brand.id, step.start, step.end, LABEL_OF.get(line.metric)),
    }


def step_name(start: datetime, every: str, zone: str) -> str:
    """What a step is called below a chart.

    >>> from datetime import UTC
    >>> [step_name(datetime(2026, 11, 1, 23, tzinfo=UTC), every, "Europe/Oslo") for every in ("hour", "day", "week", "month")]
    ['2 Nov 00:00', '2 Nov', '2 to 8 Nov', 'Nov 2026']
    """
    at = start.astimezone(ZoneInfo(zone))
    day = at.date()
    if every == "hour":
        return f"{format.dated(day, 'MMMd')} {at:%H:%M}"
    if every == "week":
        end = day + timedelta(days=6)
        first = format.dated(day, "d" if end.month == day.month else "MMMd")
        return t("days", first=first, last=format.dated(end, "MMMd"))
    return format.dated(day, "yMMM" if every == "month" else "MMMd")

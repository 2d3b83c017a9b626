"""Templates into pages: one environment, always escaping, with the filters that write figures and times for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard import format
from dashboard.filters import Filters, filters_of
from dashboard.names import language_name, network_name
from dashboard.pages.charts import drawn
from dashboard.pages.links import query_of
from dashboard.site import Site
from dashboard.static_files import static_url
from dashboard.texts import known, t
from dashboard.texts.retold import retold
from metrics.language import NAMES, spoken
from metrics.registry import METRICS
from metrics.saying import say
from metrics.types import Comparison, MetricPoint

FOLDER = Path(__file__).parents[1] / "templates"

NAVIGATION: Sequence[Sequence[tuple[str, str, str]]] = (
    (("/", "overview", "home"), ("/mentions", "mentions", "posts"), ("/alerts", "alerts", "bell")),
    (
        ("/sentiment", "sentiment", "heart"),
        ("/share-of-voice", "voice", "voice"),
        ("/influence", "influence", "people"),
        ("/kpis", "kpis", "target"),
    ),
    (("/reports", "reports", "report"), ("/sources", "sources", "plug"), ("/settings", "settings", "gear")),
)
"""Address, key of its name, icon; in groups."""
KEPT = ("period", "brand", "source", "lang", "campaign", "q")
"""The parameters that go along from page to page."""


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def filters_given(request: Request) -> Filters:
    """The filters of this request's address. Raises BadFilter."""
    site = site_of(request)
    return filters_of(site, parameters(request), now=site.clock())


def parameters(request: Request) -> Mapping[str, Sequence[str]]:
    """The address's parameters, each with all its values."""
    return {name: request.query_params.getlist(name) for name in request.query_params}


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page or a part of one. `filters`, where given, are those of the filter bar and of the navigation's links."""
    site = site_of(request)
    filters: Filters | None = values.get("filters")
    kept = filters.parameters if filters else []
    given: dict[str, Any] = {
        "request": request,
        "path": request.url.path,
        "here": _here(request),
        "navigation": NAVIGATION,
        "kept": f"?{urlencode(kept)}" if kept else "",
        "filters": None,
        "zone": site.settings.timezone,
        "version": site.settings.version,
        "now": site.clock(),
        "details": None,
        "principal": getattr(request.state, "principal", None),
    }
    html = environment().get_template(template).render(given | values)
    return HTMLResponse(html, status_code=status)


def _here(request: Request) -> str:
    """This page's address, to come back to; the first page for what was sent and not looked at."""
    if request.method not in ("GET", "HEAD"):
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


@cache
def environment() -> Environment:
    """The templates; an undefined name is an error and not a blank."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(t=t, known=known, asset=static_url, spoken=spoken, languages=NAMES)
    made.filters.update(
        number=format.number,
        short=format.short,
        interval=interval_of,
        change=format.change,
        day=format.day,
        moment=format.moment,
        ago=format.ago,
        point=point_value,
        iso=iso,
        between=format.between,
        stretch=stretch_of,
        drawn=drawn,
        network=network_name,
        say=say,
        retold=retold,
        asked_for=query_of,
        language=language_name,
    )
    made.globals["days"] = format.days
    return made


def point_value(point: MetricPoint) -> str:
    """A MetricPoint's value with its unit."""
    return format.number(point.value, point.unit, point.currency)


def interval_of(point: MetricPoint) -> str:
    """What a figure lies between, in words; "" where its bounds are no error bar, or it has none."""
    metric = METRICS.get(point.metric)
    return format.interval(point) if metric is None or metric.error_bar else ""


def stretch_of(comparison: Comparison, zone: str) -> str:
    """The time that a figure is set against, in words."""
    return format.stretch(comparison.bucket_start, comparison.bucket_end, zone)


def iso(at: datetime | None) -> str:
    """For <time datetime>."""
    return "" if at is None else at.isoformat(timespec="seconds")

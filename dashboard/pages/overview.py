"""The first page, and its parts that are read after it is there."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.bar import choices, colours_of
from dashboard.pages.charts import chart
from dashboard.pages.links import posts_of, receipt_of
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.texts import t
from dashboard.views import overview as views
from dashboard.views import why as whys
from dashboard.views.figures import uncompared
from storage.brands import active_brands
from storage.counts import first_day

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

LOOKS_WITHIN = timedelta(minutes=10)
"""A watcher that runs has looked since."""


@router.get("/")
def overview(request: Request) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.overview(site, filters, now=site.clock())
    began = first_day(site.db, filters.brand_ids)
    counted = any(headline.mentions.value for headline in view.headlines)
    return render(
        request,
        "overview.html",
        filters=filters,
        choices=choices(site, filters, "/"),
        view=view,
        headlines=sorted(view.headlines, key=lambda headline: headline.brand.role != "own"),
        shared=_shared(view),
        counted=counted,
        ever=began is not None,
        compared=not uncompared(filters, began, site.clock()),
        unwatched=view.looked_at is None or site.clock() - view.looked_at > LOOKS_WITHIN,
        sources=() if counted else site.actions.sources(site.clock()),
        posts_of=posts_of,
        receipt_of=receipt_of,
    )


def _shared(view: views.Overview) -> list[str]:
    """What is to be known of every comparison alike, said once."""
    lines = [
        set(comparison.warnings)
        for headline in view.headlines
        for point in (headline.mentions, headline.net_sentiment, headline.negative_share)
        for comparison in point.comparisons
    ]
    return sorted(set.intersection(*lines)) if lines else []


@router.get("/parts/trend")
def trend(request: Request, metric: str = "mentions") -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    metric = metric if metric in views.CHARTED else views.CHARTED[0]
    view = views.trend(site, filters, now=site.clock())
    lines = sorted(
        (line for line in view.lines if line.metric == metric), key=lambda line: line.brand.role != "own"
    )
    title = t(f"chart.{metric}", every=t(f"every.{view.every}"))
    spec = chart(filters, title, lines, every=view.every, colours=colours_of(active_brands(site.db)))
    tabs = [
        (filters.address("/parts/trend", metric=name), t(f"metric.{name}"), name == metric)
        for name in views.CHARTED
    ]
    return render(request, "trend.html", filters=filters, spec=spec, title=title, tabs=tabs)


@router.get("/parts/why")
def why(request: Request) -> HTMLResponse:
    """What changed and why, of the first brand that the filters leave."""
    site, filters = site_of(request), filters_given(request)
    now = site.clock()
    changes = whys.changes(site, filters, now=now).changes
    found = whys.drivers(site, filters, now=now).apart
    first = changes[0].brand.id if changes else None
    return render(
        request,
        "why.html",
        filters=filters,
        changes=[change for change in changes if change.brand.id == first],
        apart=[one for one in found if one.brand.id == first],
    )

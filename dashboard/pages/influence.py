"""Who moves a brand's conversation."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.bar import choices
from dashboard.pages.links import receipt_of
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.views import influence as views
from metrics.registry import METRICS
from metrics.saying import say

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

By = Literal["exposure", "response", "propagation"]


@router.get("/influence")
def influence(request: Request, by: Annotated[By, Query()] = "response") -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    more = [] if by == "response" else [("by", by)]
    return render(
        request, "influence.html", filters=filters, choices=choices(site, filters, "/influence", more), by=by
    )


@router.get("/parts/influence")
def authors(request: Request, by: Annotated[By, Query()] = "response") -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.influence(site, filters, now=site.clock(), by=by)
    more = [] if by == "response" else [("by", by)]
    return render(
        request,
        "influence_authors.html",
        filters=filters,
        choices=choices(site, filters, "/influence", more),
        view=view,
        titles={name: say(metric.title) for name, metric in METRICS.items()},
        receipt_of=receipt_of,
    )

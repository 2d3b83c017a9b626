"""KPIs and goals: every figure of the catalogue with its value or what it lacks, and how each goal stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.errors import BadFilter
from dashboard.pages.bar import choices
from dashboard.pages.links import receipt_of
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.views import kpis as views
from dashboard.views.figures import uncompared
from metrics.metric import AREAS, Area
from storage.counts import first_day

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)


def area_of(name: str) -> Area:
    for area in AREAS:
        if area == name:
            return area
    raise BadFilter("area", f"takes {', '.join(AREAS)}")


@router.get("/kpis")
def kpis(request: Request, area: Annotated[str, Query()] = "awareness") -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    chosen = area_of(area)
    more = [] if area == "awareness" else [("area", area)]
    return render(
        request,
        "kpis.html",
        filters=filters,
        choices=choices(site, filters, "/kpis", more),
        areas=AREAS,
        area=chosen,
    )


@router.get("/parts/kpis")
def area(request: Request, area: Annotated[str, Query()] = "awareness") -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.kpis(site, filters, now=site.clock(), area=area_of(area))
    told = [
        set(point.warnings)
        for part in view.areas
        for kpi in part.kpis
        for point in kpi.points
        if point.value is not None
    ]
    return render(
        request,
        "kpi_area.html",
        filters=filters,
        view=view,
        brands=sorted(view.asked.brands, key=lambda brand: brand.role != "own"),
        cut=uncompared(filters, first_day(site.db, filters.brand_ids), site.clock()),
        shared=sorted(set.intersection(*told)) if told else [],
        receipt_of=receipt_of,
    )


@router.get("/parts/goals")
def goals(request: Request) -> HTMLResponse:
    site = site_of(request)
    return render(request, "goals.html", view=views.goals(site, now=site.clock()))

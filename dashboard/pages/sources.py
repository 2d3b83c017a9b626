"""Sources: how each is doing, what is missing, what it cost."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.bar import choices
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.pages.running import work_name
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.views import running
from dashboard.views import sources as views

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

LOOKS = {"ok": "ok", "pushed": "ok", "waiting": "wait", "over_budget": "wait", "failing": "bad", "off": "off"}


@router.get("/sources")
def sources(request: Request) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    now = site.clock()
    view = views.sources(site, filters, now=now)
    return render(
        request,
        "sources.html",
        filters=filters,
        choices=choices(site, filters, "/sources"),
        view=view,
        looks=LOOKS,
        running=running.work(site, now=now),
        work_name=work_name,
    )

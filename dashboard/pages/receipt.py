"""How a figure came about: what it is, what it rests on, what is missing, and the way to its posts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.bar import choices
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.views import receipt as views

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)


@router.get("/receipt")
def receipt(request: Request, metric: Annotated[str, Query(max_length=100)]) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.receipt(site, filters, metric, now=site.clock())
    return render(
        request,
        "receipt.html",
        filters=filters,
        choices=choices(site, filters, "/receipt", [("metric", metric)]),
        view=view,
        receipt=view.receipt,
        definition=view.definition,
    )


receipt.within_s = 120.0  # type: ignore[attr-defined]  # of a million mentions each is read

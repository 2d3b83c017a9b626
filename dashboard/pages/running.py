"""Long work, as the parts of pages that follow it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.rendering import render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.texts import known
from dashboard.views import running

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)


def work_name(kind: str) -> str:
    """What work of this kind is called; its own name for one that there are no words for."""
    return known(f"work.kind.{kind}") or kind


@router.get("/work")
def work(request: Request, whole: Annotated[Literal["yes", "no"], Query()] = "no") -> HTMLResponse:
    site = site_of(request)
    found = running.work(site, now=site.clock())
    return render(request, "work.html", running=found, whole=whole == "yes", work_name=work_name)

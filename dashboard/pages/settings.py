"""Settings: what is configured, a query tried out on what is stored, and a test message."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.rendering import render, site_of
from dashboard.security.access import Admin, viewer
from dashboard.security.audit import note
from dashboard.views import settings as views
from dashboard.views.mentions import rows_of

router = APIRouter(dependencies=[Depends(viewer)], include_in_schema=False)

LONGEST = 4_000


@router.get("/settings")
def settings(request: Request) -> HTMLResponse:
    site = site_of(request)
    view = views.settings(site, now=site.clock())
    brands = sorted(view.brands, key=lambda brand: brand.role != "own")
    return render(request, "settings.html", view=view, brands=brands, longest=LONGEST)


@router.post("/parts/preview")
def preview(request: Request, query: Annotated[str, Form(max_length=LONGEST)] = "") -> HTMLResponse:
    """What a query would match. Nothing is changed by it."""
    site = site_of(request)
    if not query.strip():
        return HTMLResponse("")
    found = site.actions.preview(query.strip(), now=site.clock())
    return render(request, "preview.html", found=found, rows=rows_of(site, list(found.sample)[:5]))


@router.post("/settings/test")
def test_message(request: Request, by: Admin) -> HTMLResponse:
    """One test message to each channel, and what came of it."""
    site = site_of(request)
    told = site.actions.test_notification(now=site.clock())
    note(site, by, "sent a test message", ", ".join(one.channel for one in told)[:200])
    return render(request, "told.html", told=told)

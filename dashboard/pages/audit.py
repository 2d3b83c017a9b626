"""A check at random: one post after the other, a key for each answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import auditing
from dashboard.ids import BIGGEST, MentionId
from dashboard.pages.rendering import render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import Editor, viewer
from dashboard.site import Site
from dashboard.views import audit as views
from storage.audits import Said

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

ANSWERS: tuple[tuple[Said, str], ...] = (
    ("positive", "1"),
    ("neutral", "2"),
    ("negative", "3"),
    ("irrelevant", "i"),
    ("skipped", "s"),
)
"""What can be said, and the key for it."""


@router.get("/audit/{brand_id}")
def audit(
    request: Request, brand_id: str, at: Annotated[int | None, Query(ge=1, le=BIGGEST)] = None
) -> HTMLResponse:
    return render(request, "audit.html", **_shown(site_of(request), brand_id, at=at))


@router.post("/audit/{brand_id}")
def draw(request: Request, brand_id: str, by: Editor, n: Annotated[int, Form()] = auditing.USUAL) -> Response:
    site = site_of(request)
    drawn = auditing.draw(site, by, brand_id, n, fresh=False, now=site.clock())
    return _next(request, brand_id, none_left=drawn == 0)


@router.post("/audit/{brand_id}/{mention_id}")
def say(
    request: Request,
    brand_id: str,
    mention_id: MentionId,
    by: Editor,
    said: Annotated[Said, Form()],
    text_version: Annotated[int, Form(ge=0, le=BIGGEST)],
) -> Response:
    site = site_of(request)
    auditing.say(site, by, brand_id, mention_id, text_version, said, now=site.clock())
    return _next(request, brand_id)


def _next(request: Request, brand_id: str, *, none_left: bool = False) -> Response:
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/audit/{brand_id}", 303)
    return render(request, "audit_body.html", **_shown(site_of(request), brand_id, none_left=none_left))


def _shown(site: Site, brand_id: str, *, at: int | None = None, none_left: bool = False) -> dict[str, Any]:
    view = views.audit(site, brand_id, at=at)
    return {"view": view, "answers": ANSWERS, "usual": auditing.USUAL, "none_left": none_left}

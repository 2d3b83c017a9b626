"""The posts behind the figures: found, sorted, corrected and worked on."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.errors import BadFilter
from dashboard.filters import Filters, filters_of
from dashboard.ids import MentionId
from dashboard.pages.bar import choices
from dashboard.pages.rendering import filters_given, parameters, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.site import Site
from dashboard.views import mentions as views

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

ASKED = ("label", "author", "assignee", "tag", "resolved", "corrected", "irrelevant", "reposts", "sort")
"""What the page asks for beside the filters."""
LABELS = ("positive", "neutral", "negative")


def asked_beside(given: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name in ASKED for value in given.get(name, ()) if value]


@router.get("/mentions")
def mentions(request: Request) -> HTMLResponse:
    site, given = site_of(request), dict(parameters(request))
    wrong: BadFilter | None = None
    try:
        filters = filters_given(request)
    except BadFilter as error:
        if error.parameter != "q":
            raise
        wrong, filters = error, filters_of(site, given | {"q": ()}, now=site.clock())
    asked = views.which(given)
    more = asked_beside(given)
    values: dict[str, Any] = {
        "filters": filters,
        "choices": choices(site, filters, "/mentions", more),
        "asked": asked,
        "typed": " ".join(given.get("q", ())) if wrong else filters.q,
        "wrong": wrong,
        "sorts": views.SORTS,
    }
    if wrong is None:
        values |= _list(site, filters, asked) | {
            "counts": views.facets(site, filters, asked, now=site.clock())
        }
    return render(request, "mentions.html", status=400 if wrong else 200, **values)


def _list(site: Site, filters: Filters, asked: views.Which, cursor: str | None = None) -> dict[str, Any]:
    return {"view": views.mentions(site, filters, asked, now=site.clock(), cursor=cursor, limit=40)}


@router.get("/parts/mentions")
def more(request: Request, cursor: Annotated[str | None, Query()] = None) -> HTMLResponse:
    """The rows behind a cursor, for the end of the list."""
    site, given = site_of(request), dict(parameters(request))
    filters, asked = filters_given(request), views.which(given)
    return render(
        request,
        "mention_rows.html",
        filters=filters,
        choices=choices(site, filters, "/mentions", asked_beside(given)),
        **_list(site, filters, asked, cursor),
    )


@router.get("/mentions/{mention_id}")
def mention(request: Request, mention_id: MentionId) -> HTMLResponse:
    """One mention on a page of its own, open."""
    one = views.mention(site_of(request), mention_id)
    return render(request, "mention.html", one=one, row=one.mention, details=one)


@router.get("/parts/mentions/{mention_id}")
def details(request: Request, mention_id: MentionId, close: bool = False) -> HTMLResponse:
    """One row, open or closed again."""
    one = views.mention(site_of(request), mention_id)
    return render(request, "mention_row.html", row=one.mention, details=None if close else one)

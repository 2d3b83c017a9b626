"""What people do with mentions: each answers with the row as it is now, and with the counts above the list as they are now."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from dashboard import work
from dashboard.errors import DashboardError
from dashboard.filters import filters_of
from dashboard.ids import MentionId
from dashboard.pages.bar import choices
from dashboard.pages.mentions import asked_beside
from dashboard.pages.rendering import render, site_of
from dashboard.security.access import Editor
from dashboard.site import Site
from dashboard.texts import t
from dashboard.views import mentions as views

router = APIRouter(include_in_schema=False)
Open = Annotated[str, Form(max_length=1)]
YesNo = Annotated[Literal["yes", "no"], Form()]


@router.post("/mentions/{mention_id}/label")
def label(
    request: Request,
    mention_id: MentionId,
    by: Editor,
    label: Annotated[Literal["positive", "neutral", "negative", "model"], Form()],
    open: Open = "",
) -> Response:
    """A person's label, or ("model") the model's again."""
    site = site_of(request)
    if label == "model":
        work.take_back(site, by, [mention_id], now=site.clock())
        return _done(request, mention_id, t("said.taken_back"), open)
    work.correct(site, by, [mention_id], label, now=site.clock())
    return _done(request, mention_id, t("said.label", label=t(f"label.{label}")), open)


@router.post("/mentions/{mention_id}/irrelevant")
def irrelevant(
    request: Request, mention_id: MentionId, by: Editor, irrelevant: YesNo, open: Open = ""
) -> Response:
    site = site_of(request)
    work.set_irrelevant(site, by, [mention_id], irrelevant == "yes", now=site.clock())
    return _done(request, mention_id, t("said.irrelevant" if irrelevant == "yes" else "said.relevant"), open)


@router.post("/mentions/{mention_id}/assign")
def assign(
    request: Request,
    mention_id: MentionId,
    by: Editor,
    assignee: Annotated[str, Form()] = "",
    open: Open = "",
) -> Response:
    site, name = site_of(request), assignee.strip()
    work.assign(site, by, [mention_id], name or None, now=site.clock())
    return _done(request, mention_id, t("said.assigned", name=name) if name else t("said.unassigned"), open)


@router.post("/mentions/{mention_id}/tag")
def tag(
    request: Request,
    mention_id: MentionId,
    by: Editor,
    add: Annotated[str, Form()] = "",
    remove: Annotated[str, Form()] = "",
    open: Open = "",
) -> Response:
    site = site_of(request)
    change = work.untag if remove else work.tag
    change(site, by, [mention_id], remove or add, now=site.clock())
    return _done(request, mention_id, t("said.tagged"), open)


@router.post("/mentions/{mention_id}/resolve")
def resolve(
    request: Request, mention_id: MentionId, by: Editor, resolved: YesNo, open: Open = ""
) -> Response:
    site = site_of(request)
    change = work.resolve if resolved == "yes" else work.reopen
    change(site, by, [mention_id], now=site.clock())
    return _done(request, mention_id, t("said.resolved" if resolved == "yes" else "said.reopened"), open)


@router.post("/mentions/{mention_id}/note")
def noted(
    request: Request, mention_id: MentionId, by: Editor, words: Annotated[str, Form()] = "", open: Open = ""
) -> Response:
    site = site_of(request)
    work.note(site, by, [mention_id], words, now=site.clock())
    return _done(request, mention_id, t("said.noted"), open)


def _done(request: Request, mention_id: int, said: str, open: str) -> Response:
    """How things are now: the row and the counts for htmx, else the mention's page."""
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/mentions/{mention_id}", 303)
    site = site_of(request)
    one = views.mention(site, mention_id)
    details = one if open else None
    answer = render(request, "mention_done.html", row=one.mention, details=details, **_counts(request, site))
    answer.headers["HX-Trigger"] = json.dumps({"listener:said": {"value": said}})
    return answer


def _counts(request: Request, site: Site) -> dict[str, Any]:
    """The counts above the list that the page in the browser shows, whose address htmx tells; none on any other page."""
    try:
        at = urlsplit(request.headers.get("hx-current-url", ""))
        if at.path != "/mentions":
            return {"counts": None}
        given = parse_qs(at.query)
        filters = filters_of(site, given, now=site.clock())
        asked = views.which(given)
        counts = views.facets(site, filters, asked, now=site.clock())
    except (DashboardError, ValueError):
        return {"counts": None}
    return {
        "counts": counts,
        "filters": filters,
        "choices": choices(site, filters, "/mentions", asked_beside(given)),
    }

"""Settings: what is configured, brands and goals that can be edited, a query tried out on what is stored, and a test message."""

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import edits, work
from dashboard.editing import BrandWritten, ChangedMeanwhile, GoalWritten, NotSaved, Section
from dashboard.errors import NotFound
from dashboard.pages.rendering import render, site_of
from dashboard.pages.settings_forms import BrandForm, GoalForm
from dashboard.reading import ReadingRoute
from dashboard.security.access import Admin, viewer
from dashboard.views import settings as views

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

LONGEST = 10_000
Key = Annotated[str, Query(max_length=100)]
Seen = Annotated[str, Form(max_length=100)]


@router.get("/settings")
def settings(request: Request) -> HTMLResponse:
    site = site_of(request)
    now = site.clock()
    view = views.settings(site, now=now)
    brands = sorted(view.brands, key=lambda brand: brand.role != "own")
    editor = site.actions.editor
    return render(
        request, "settings.html", view=view, brands=brands, longest=LONGEST, file=editor.file(), matching=editor.matching(now=now)
    )  # fmt: skip


@router.post("/parts/preview")
def preview(request: Request, query: Annotated[str, Form(max_length=LONGEST)] = "") -> HTMLResponse:
    """What a query would match. Nothing is changed by it."""
    site = site_of(request)
    if not query.strip():
        return HTMLResponse("")
    return render(request, "preview.html", found=site.actions.preview(query.strip(), now=site.clock()))


@router.get("/parts/matching")
def matching(request: Request) -> HTMLResponse:
    """How far stored posts are matched against the present queries; asked again while they are not."""
    site = site_of(request)
    return render(request, "matching.html", matching=site.actions.editor.matching(now=site.clock()))


@router.post("/settings/test")
def test_message(request: Request, by: Admin) -> HTMLResponse:
    """One test message to each channel, and what came of it."""
    site = site_of(request)
    return render(request, "told.html", told=work.test_notification(site, by, now=site.clock()))


@router.post("/settings/take")
def take(request: Request, by: Admin) -> Response:
    """Take brands and goals as config.toml has them, after it was changed by hand."""
    edits.take(site_of(request), by, now=site_of(request).clock())
    return RedirectResponse("/settings", 303)


@router.post("/settings/rematch")
def rematch(request: Request, by: Admin) -> Response:
    """Go on matching stored posts, where that was cut short."""
    edits.rematch(site_of(request), by)
    return RedirectResponse("/settings", 303)


@router.get("/settings/brand")
def brand(request: Request, _by: Admin, key: Key = "") -> Response:
    """The form of a brand, of a new one without `key`."""
    return _brand(request, key, None)


@router.post("/settings/brand")
def put_brand(request: Request, by: Admin, form: Annotated[BrandForm, Form()], key: Key = "") -> Response:
    """Write a brand. What is wrong with it stands beside its field, and all that was typed is there still."""
    try:
        return _put(request, by, "brands", key, form.written(key), form.seen)
    except NotSaved as error:
        return _brand(request, key, form, error)


@router.get("/settings/goal")
def goal(request: Request, _by: Admin, key: Key = "") -> Response:
    """The form of a goal, of a new one without `key`."""
    return _goal(request, key, None)


@router.post("/settings/goal")
def put_goal(request: Request, by: Admin, form: Annotated[GoalForm, Form()], key: Key = "") -> Response:
    """Write a goal."""
    try:
        return _put(request, by, "goals", key, form.written(), form.seen)
    except NotSaved as error:
        return _goal(request, key, form, error)


@router.post("/settings/brand/remove")
def remove_brand(request: Request, by: Admin, key: Key, seen: Seen = "") -> Response:
    """Follow a brand no longer."""
    try:
        return _removed(request, by, "brands", key, seen)
    except NotSaved as error:
        return _brand(request, key, None, error)


@router.post("/settings/goal/remove")
def remove_goal(request: Request, by: Admin, key: Key, seen: Seen = "") -> Response:
    """Take a goal out of config.toml."""
    try:
        return _removed(request, by, "goals", key, seen)
    except NotSaved as error:
        return _goal(request, key, None, error)


def _put(
    request: Request, by: Admin, section: Section, key: str, values: BrandWritten | GoalWritten, seen: str
) -> Response:
    site = site_of(request)
    edits.put(site, by, section, key or None, values, seen=seen or None, now=site.clock())
    return RedirectResponse(f"/settings?{urlencode({'saved': section})}", 303)


def _removed(request: Request, by: Admin, section: Section, key: str, seen: str) -> Response:
    site = site_of(request)
    edits.remove(site, by, section, key, seen=seen or None, now=site.clock())
    return RedirectResponse(f"/settings?{urlencode({'saved': section})}", 303)


def _brand(request: Request, key: str, form: BrandForm | None, error: NotSaved | None = None) -> Response:
    file = site_of(request).actions.editor.file()
    old = next((one for one in file.brands if one.id == key), None)
    if key and old is None and (file.brands or not file.refusal):  # a broken file tells of none
        raise NotFound("config.toml has no brand of this id")
    form = form or (BrandForm.of(old, file.version) if old else BrandForm(seen=file.version))
    accounts = form.accounts
    networks = [*file.networks, *(name for name in accounts if name not in file.networks)]
    values = {"networks": networks, "accounts": accounts, "longest": LONGEST}
    return _form(request, "settings_brand.html", key, form, error, file=file, old=old, **values)


def _goal(request: Request, key: str, form: GoalForm | None, error: NotSaved | None = None) -> Response:
    site = site_of(request)
    file = site.actions.editor.file()
    old = next((one for one in (*file.goals, *file.goals_set) if one.key == key), None)
    if key and old is None and (file.brands or not file.refusal):  # a broken file tells of none
        raise NotFound("there is no such goal any more")
    if is_set := old in file.goals_set:
        file = replace(file, refusal="", demo=False)  # it is not in the file
    form = form or (GoalForm.of(old, file.version) if old else GoalForm(seen=file.version))
    campaigns = list(site.settings.campaigns)
    brands = [(one.id, one.name) for one in file.brands]
    if form.brand and form.brand not in dict(brands):
        brands.append((form.brand, form.brand))  # it is followed no more, and must not become another unseen
    values = {
        "campaigns": campaigns,
        "brand_options": brands,
        "is_set": is_set,
        "campaign_options": [(name, name) for name in campaigns],
    }
    return _form(request, "settings_goal.html", key, form, error, file=file, old=old, **values)


def _form(
    request: Request,
    template: str,
    key: str,
    form: BrandForm | GoalForm,
    error: NotSaved | None,
    **values: Any,
) -> Response:
    """The form with what was typed. After a change by somebody else it is of the file as it is now, so that saving again writes on top of it."""
    changed = error if isinstance(error, ChangedMeanwhile) else None
    return render(
        request,
        template,
        status=error.status if error else 200,
        key=key,
        form=form,
        seen=changed.version if changed else form.seen,
        wrong=error.fields if error else {},
        error=str(error) if error and (changed or not error.fields or "" in error.fields) else "",
        diff=changed.diff if changed else None,
        **values,
    )

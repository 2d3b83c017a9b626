"""Who may look, for admins: users, tokens, and what was changed by whom."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.errors import DashboardError, NotFound
from dashboard.pages.rendering import render
from dashboard.security import audit
from dashboard.security.access import ROLES, Admin, admin
from dashboard.security.doors import Password, Short
from dashboard.site import Site
from storage import tokens, users
from storage.brands import active_brands
from storage.changes import changes

router = APIRouter(prefix="/settings/people", include_in_schema=False, dependencies=[Depends(admin)])
Days = Annotated[int, Form(ge=0, le=3650)]


class OneSelf(DashboardError):
    """An admin who locks themselves out would leave nobody to let them in again."""

    status = 409
    title = "Not you yourself"


@router.get("")
def page(request: Request, by: Admin) -> Response:
    """All of it."""
    return _page(request, by)


@router.post("/users")
def add_user(request: Request, by: Admin, name: Short, password: Password, role: Short) -> Response:
    """A new user. The first must be an admin, since from then on nobody gets in without a password."""
    site: Site = request.app.state.site
    if not users.any_user(site.db) and role != "admin":
        return _page(request, by, "people.first", status=422)
    try:
        user = users.add_user(site.db, name, password, role, now=site.clock())
    except users.NotAccepted as error:
        return _page(request, by, "people.refused", status=422, why=str(error))
    audit.note(site, by, "added user", f"user {user.id}, {role}")
    return RedirectResponse("/settings/people", 303)


@router.post("/users/{number}")
def change_user(request: Request, by: Admin, number: int, do: Short) -> Response:
    """`do`: a role, "disable", "enable" or "remove"; never to oneself."""
    site: Site = request.app.state.site
    user = next((one for one in users.users(site.db) if one.id == number), None)
    if user is None:
        raise NotFound("there is no such user any more")
    if by.how == "session" and users.folded(user.name) == users.folded(by.name):
        raise OneSelf("another admin has to do this to you, or the command line")
    if do in ROLES:
        users.set_role(site.db, user.name, do)
    elif do in ("disable", "enable"):
        users.set_disabled(site.db, user.name, do == "disable")
    elif do == "remove":
        users.remove_user(site.db, user.name)
    else:
        raise DashboardError("this is nothing that can be done to a user")
    audit.note(site, by, f"user: {do}", f"user {user.id}")
    return RedirectResponse("/settings/people", 303)


@router.post("/tokens")
def add_token(
    request: Request,
    by: Admin,
    name: Short,
    scope: Short,
    days: Days = 90,
    brand: Annotated[list[str], Form(max_length=50)] = [],  # noqa: B006 - never changed
) -> Response:
    """A new token, for these brands alone where some are named; shown on the page that answers and never again."""
    site: Site = request.app.state.site
    now = site.clock()
    ends = now + timedelta(days=days) if days else None
    try:
        if set(brand) - {one.id for one in active_brands(site.db)}:
            raise users.NotAccepted("one of the brands is not followed any more")
        secret = tokens.add_token(site.db, name, scope, by=by.name, now=now, expires_at=ends, brands=brand)
    except users.NotAccepted as error:
        return _page(request, by, "people.refused", status=422, why=str(error))
    audit.note(site, by, "added token", f"{name}, {scope}, {', '.join(brand) or 'all brands'}")
    return _page(request, by, secret=secret)


@router.post("/tokens/{number}/remove")
def remove_token(request: Request, by: Admin, number: int) -> Response:
    """A token opens nothing from now on."""
    site: Site = request.app.state.site
    found = next((one for one in tokens.tokens(site.db) if one.id == number), None)
    if found is None:
        raise NotFound("there is no such token any more")
    tokens.remove_token(site.db, found.name)
    audit.note(site, by, "removed token", found.name)
    return RedirectResponse("/settings/people", 303)


def _page(
    request: Request,
    by: Admin,
    problem: str | None = None,
    *,
    status: int = 200,
    secret: str = "",
    why: str = "",
) -> Response:
    site: Site = request.app.state.site
    return render(
        request,
        "people.html",
        status=status,
        by=by,
        problem=problem,
        why=why,
        secret=secret,
        users=users.users(site.db),
        roles=ROLES,
        tokens=tokens.tokens(site.db),
        scopes=tokens.SCOPES,
        brands=active_brands(site.db),
        changes=changes(site.db, limit=100),
    )

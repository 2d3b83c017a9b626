"""The way in and out: logging in, logging out, and a password of one's own."""

from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.pages.rendering import render
from dashboard.security import audit
from dashboard.security.access import Principal, Viewer
from dashboard.security.identity import cookie_name, is_https, is_local, role_of, session_lasts
from dashboard.site import Site
from storage import users
from storage.login_tries import login_worked, try_login

router = APIRouter(include_in_schema=False)

Short = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=users.LONGEST)]


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    """The form; whoever is known already goes on."""
    if request.state.principal is not None:
        return RedirectResponse(own_address(next), 303)
    return _form(request, next)


@router.post("/login")
def login(request: Request, name: Short, password: Password, next: Short = "/") -> Response:
    """A session under a new cookie, whatever cookie came along; or the form again, ever more rarely."""
    site: Site = request.app.state.site
    now, address = site.clock(), address_of(request)
    wait = try_login(site.db, name, address, now=now)
    if wait:
        seconds = ceil(wait.total_seconds())
        page = _form(request, next, status=429, problem="login.wait", seconds=seconds)
        page.headers["retry-after"] = str(seconds)
        return page
    user = users.verified(site.db, name, password)
    if user is None:
        return _form(request, next, status=401, problem="login.wrong")
    login_worked(site.db, name, address)
    return let_in(request, site, user, next)


def let_in(request: Request, site: Site, user: users.User, next: str) -> Response:
    """Begin a session under a new cookie, and go on."""
    old = request.cookies.get(cookie_name(site))
    secret = users.start_session(site.db, user, now=site.clock(), lasts=session_lasts(site), instead_of=old)
    audit.note(site, Principal(user.name, role_of(user), "session"), "logged in")
    return _with_cookie(site, RedirectResponse(own_address(next), 303), secret)


@router.post("/logout")
def logout(request: Request, by: Viewer) -> Response:
    """The session ends here, not only the cookie."""
    site: Site = request.app.state.site
    cookie = request.cookies.get(cookie_name(site))
    if cookie:
        users.end_sessions(site.db, [cookie])
        audit.note(site, by, "logged out")
    gone = RedirectResponse("/login", 303)
    gone.delete_cookie(cookie_name(site), path="/", secure=is_https(site), httponly=True, samesite="lax")
    gone.headers["clear-site-data"] = '"cache", "storage"'
    return gone


@router.get("/account")
def account_page(request: Request, by: Viewer) -> Response:
    """Who one is here, and the form for another password."""
    return render(request, "account.html", by=by, problem=None, values={})


@router.post("/account")
def account(request: Request, by: Viewer, password: Password, new: Password) -> Response:
    """Another password: every session of this user ends, and a new one begins here."""
    site: Site = request.app.state.site
    now, address = site.clock(), address_of(request)
    if by.how != "session":
        return _account(request, by, "account.none", 403)
    wait = try_login(site.db, by.name, address, now=now)
    if wait:
        return _account(request, by, "login.wait", 429, seconds=ceil(wait.total_seconds()))
    user = users.verified(site.db, by.name, password)
    if user is None:
        return _account(request, by, "account.wrong", 422)
    login_worked(site.db, by.name, address)
    try:
        users.set_password(site.db, by.name, new)
    except users.NotAccepted:
        return _account(request, by, "account.short", 422, shortest=users.SHORTEST)
    audit.note(site, by, "changed the password", f"user {user.id}")
    secret = users.start_session(site.db, user, now=now, lasts=session_lasts(site))
    return _with_cookie(site, RedirectResponse("/account", 303), secret)


def _form(
    request: Request, next: str, *, status: int = 200, problem: str | None = None, **values: int
) -> Response:
    site: Site = request.app.state.site
    return render(
        request,
        "login.html",
        status=status,
        next=own_address(next),
        problem=problem,
        values=values,
        nobody=request.state.open_house and not is_local(request),
        service=site.sign_on.name if site.sign_on else None,
        days=round(site.settings.session_days),
    )


def _account(request: Request, by: Principal, problem: str, status: int, **values: int) -> Response:
    return render(request, "account.html", status=status, by=by, problem=problem, values=values)


def _with_cookie(site: Site, answer: Response, secret: str) -> Response:
    lasts = round(session_lasts(site).total_seconds())
    answer.set_cookie(
        cookie_name(site),
        secret,
        max_age=lasts,
        path="/",
        secure=is_https(site),
        httponly=True,
        samesite="lax",
    )
    return answer


def own_address(asked: str) -> str:
    """Where to go after logging in: an address of ours, never another site's.

    >>> own_address("/mentions?brand=aurora"), own_address("//evil.example"), own_address("/\\\\evil.example"), own_address("https://evil.example")
    ('/mentions?brand=aurora', '/', '/', '/')
    """
    plain = asked.startswith("/") and asked.isprintable() and not asked.startswith(("//", "/\\"))
    return asked if plain and "\\" not in asked else "/"


def address_of(request: Request) -> str:
    """Whose tries are counted together: an IPv4 address, the /64 network of an IPv6 one."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)

"""The way in through another service, where one is configured: there and back, then a session like any other."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadData, URLSafeSerializer

from dashboard.errors import DashboardError, NotFound
from dashboard.security.doors import let_in, own_address
from dashboard.security.identity import cookie_name, is_https
from dashboard.site import Site
from storage.users import user_named

router = APIRouter(prefix="/login/sso", include_in_schema=False)
LONGEST_S = 600


class SignOnFailed(DashboardError):
    """The service did not say, in a way that can be believed, who somebody is."""

    status = 403
    title = "Not logged in"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one login asks with, and must get back: random each time. `back` is the address that the service leads back to."""

    state: str
    nonce: str
    verifier: str
    back: str


class SignOn(Protocol):
    """A service that says who somebody is. Each raises SignOnFailed."""

    @property
    def name(self) -> str:
        """What it is called on the login page."""

    def begin(self, asked: Asked, *, now: datetime) -> str:
        """Where to send somebody."""

    def finish(self, code: str, asked: Asked, *, issuer: str | None, now: datetime) -> str:
        """The mail address, verified, of who came back with a code."""


@router.get("")
def begin(request: Request, next: str = "/") -> Response:
    """Off to the service. What must come back is kept in a signed cookie of this browser."""
    site, service = _service(request)
    asked = Asked(
        token_urlsafe(32), token_urlsafe(32), token_urlsafe(48), f"{site.settings.address}/login/sso/back"
    )
    now = site.clock()
    answer = RedirectResponse(service.begin(asked, now=now), 303)
    kept = asdict(asked) | {"next": own_address(next), "at": round(now.timestamp())}
    return _kept(site, answer, _signer(site).dumps(kept))


@router.get("/back")
def back(request: Request, state: str = "", code: str = "", iss: str | None = None) -> Response:
    """Back from the service: a session for the user of that mail address, if there is one."""
    site, service = _service(request)
    kept = _remembered(site, request)
    if kept is None or not compare_digest(str(kept["state"]).encode(), state.encode()) or not code:
        raise SignOnFailed("this login was not begun here, or took too long; try again")
    asked = Asked(*(str(kept[name]) for name in Asked.__dataclass_fields__))
    mail = service.finish(code, asked, issuer=iss, now=site.clock())
    user = user_named(site.db, mail)
    if user is None:
        raise SignOnFailed("nobody of this mail address is a user here; an admin can add them by it")
    return _kept(site, let_in(request, site, user, str(kept["next"])), "")


def _service(request: Request) -> tuple[Site, SignOn]:
    site: Site = request.app.state.site
    if site.sign_on is None:
        raise NotFound("there is nothing at this address")
    return site, site.sign_on


def _signer(site: Site) -> URLSafeSerializer:
    return URLSafeSerializer(site.settings.secret, salt="sign-on")


def _cookie(site: Site) -> str:
    return f"{cookie_name(site)}-sso"


def _kept(site: Site, answer: Response, value: str) -> Response:
    """Set the cookie of a login under way, or (empty) take it away."""
    answer.set_cookie(
        _cookie(site), value, max_age=LONGEST_S if value else 0, path="/", secure=is_https(site), httponly=True, samesite="lax"
    )  # fmt: skip
    return answer


def _remembered(site: Site, request: Request) -> dict[str, Any] | None:
    try:
        found = _signer(site).loads(request.cookies.get(_cookie(site), ""))
    except BadData:
        return None
    young = isinstance(found, dict) and site.clock().timestamp() - found["at"] <= LONGEST_S
    return found if young else None

"""Finding out who asks: by a token, by a session's cookie, or, while no password is set, by sitting at this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address

from starlette.requests import HTTPConnection

from dashboard.security.access import Principal, Role
from dashboard.site import Site
from storage import tokens, users

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
SCOPES: dict[str, Role] = {"read": "viewer", "write": "editor", "admin": "admin"}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who it is, None if nobody known. `open_house`: no password is set. `note_use` writes, without hurry, that a session or token is in use."""

    principal: Principal | None
    open_house: bool = False
    note_use: Callable[[], None] | None = None


def identify(site: Site, connection: HTTPConnection) -> Asker:
    """Who sends a request. A token that is not valid counts as nobody, whatever cookie comes with it. Raises StorageError."""
    now = site.clock()
    given = connection.headers.get("authorization")
    if given is not None:
        scheme, _, secret = given.partition(" ")
        key = tokens.token(site.db, secret.strip(), now=now) if scheme.lower() == "bearer" else None
        if key is None:
            return Asker(None)
        number = key.id
        using = (lambda: tokens.token_used(site.db, number, now=now)) if tokens.stale(key, now=now) else None
        return Asker(Principal(key.name, SCOPES[key.scope], "token", key.brands), note_use=using)
    cookie = connection.cookies.get(cookie_name(site))
    seen = users.session(site.db, cookie, now=now) if cookie else None
    if cookie and seen:
        touching = (lambda: users.touch(site.db, cookie, now=now)) if seen.stale else None
        return Asker(Principal(seen.user.name, role_of(seen.user), "session"), note_use=touching)
    if users.any_user(site.db):
        return Asker(None)
    return Asker(Principal("local", "admin", "loopback") if is_local(connection) else None, open_house=True)


def role_of(user: users.User) -> Role:
    """A user's role; the least for one that this version does not know."""
    return {"editor": "editor", "admin": "admin"}.get(user.role, "viewer")  # type: ignore[return-value]


def is_local(connection: HTTPConnection) -> bool:
    """Whether somebody at this machine asks, themselves and not through a proxy.

    A proxy on this machine comes from the same address: it shows by what it adds, or by speaking HTTP/1.0, which no browser does any more.
    """
    client = connection.client
    if client is None or any(name in connection.headers for name in FORWARDED):
        return False
    if connection.scope.get("http_version") == "1.0":
        return False
    try:
        found = ip_address(client.host)
        return (getattr(found, "ipv4_mapped", None) or found).is_loopback
    except ValueError:
        return False


def is_https(site: Site) -> bool:
    """Whether people reach the site through TLS."""
    return site.settings.address.lower().startswith("https://")


def cookie_name(site: Site) -> str:
    """The session cookie. With __Host- a browser keeps it to this host, and to TLS."""
    return "__Host-listener" if is_https(site) else "listener"


def session_lasts(site: Site) -> timedelta:
    return timedelta(days=site.settings.session_days)

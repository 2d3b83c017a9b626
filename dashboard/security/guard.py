"""What stands before every route: the right host, a request of our own pages, a bounded body, and somebody known.

Closed by default: an address that is not in OPEN needs a principal, and any method that changes something needs one who may edit, whatever
the route itself asks for. Routes ask for more with `access.editor` and `access.admin`.
"""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.answers import answer_to
from dashboard.errors import DashboardError, NotAllowed, NotKnown, TooMuch
from dashboard.security.identity import identify
from dashboard.site import Site
from storage.errors import StorageError

OPEN = ("/login", "/login/sso", "/login/sso/back", "/language", "/healthz", "/metrics")
"""Addresses that answer anybody: the way in, the choice of the language, and for operators what looks itself who asks."""
OPEN_BELOW = ("/static/", "/hooks/")
"""Likewise all below these: what is the same for everybody, and requests that carry a signature of their own."""
FOR_ALL = ("/logout", "/account")
"""What everybody known may change: their own login."""
ASKING = ("/parts/preview", "/api/v1/queries/preview")
"""What is sent as a change because it is long, and changes nothing."""
API = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_BYTES = 1_000_000
MOST_HOOK_BYTES = 5_500_000
BODY_WAIT_S = 30.0
LONGEST_ADDRESS = 8_000


class Guard:
    """Lets through what may pass, with who it is in `request.state.principal`."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.site = site
        self._using: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        request.state.principal, request.state.open_house = None, False
        try:
            self._addressed(request)
            self._of_our_pages(request)
            await self._known(request)
            bounded = Body(receive, _most(request))
        except (DashboardError, HTTPException, StorageError) as error:
            await answer_to(request, error)(scope, receive, send)
            return
        await self.app(scope, bounded, send)

    def _addressed(self, request: Request) -> None:
        """Refuse hosts that are not ours: another name that leads here may be a page that reads us in somebody's browser (DNS rebinding)."""
        given = request.headers.getlist("host")
        if len(given) != 1 or host_name(given[0]) not in self.site.settings.hosts:
            raise HTTPException(
                421, "this host's name is not served here; [web] address in config.toml names it"
            )
        if len(request.url.path) + len(request.url.query) > LONGEST_ADDRESS:
            raise HTTPException(414, "the address is too long")

    def _of_our_pages(self, request: Request) -> None:
        """Refuse changes that another site's page asks for. A token or a signature is not sent by a browser of its own accord."""
        if request.method in SAFE or "authorization" in request.headers:
            return
        if request.url.path.startswith("/hooks/"):
            return
        fetched, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if fetched not in (None, "same-origin", "none") or (fetched is None and origin is None):
            raise NotAllowed("this change was not asked for by one of our own pages; a program sends a token")
        if origin is not None and not self._ours(origin, request.headers["host"]):
            raise NotAllowed("this change was asked for by a page of another site")

    def _ours(self, origin: str, host: str) -> bool:
        """Whether a page of this host sent it, or of the configured address, where a proxy asks us under another host."""
        address = self.site.settings.address.lower()
        if address and origin.lower() == address:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()

    async def _known(self, request: Request) -> None:
        path = request.url.path
        if path.startswith(OPEN_BELOW):
            return
        asker = await run_in_threadpool(identify, self.site, request)
        request.state.principal, request.state.open_house = asker.principal, asker.open_house
        if asker.note_use is not None:
            self._later(asker.note_use)
        if path in OPEN:
            return
        if asker.principal is None:
            raise NotKnown(_why(request, asker.open_house))
        if asker.principal.brands is not None and not path.startswith(API):
            raise NotAllowed("a token for some brands is good for the API alone, below /api/v1")
        if (
            request.method not in SAFE
            and path not in (*FOR_ALL, *ASKING)
            and not asker.principal.may("editor")
        ):
            raise NotAllowed(f"this needs the role editor, and {asker.principal.name} has the role viewer")

    def _later(self, work: Callable[[], None]) -> None:
        """Write in the background: a reader must not wait for its turn among the writers. At most a few at once; the next use writes again."""
        if len(self._using) < 4:
            task = asyncio.create_task(_quietly(work))
            self._using.add(task)
            task.add_done_callback(self._using.discard)


async def _quietly(work: Callable[[], None]) -> None:
    try:
        await run_in_threadpool(work)
    except StorageError:
        return  # the next use writes it


def _why(request: Request, open_house: bool) -> str:
    if "authorization" in request.headers:
        return "this token is not valid, or not any more"
    if open_house:
        return 'no password is set, so only this machine itself is served; "listener user add" sets one'
    return "log in first, or send a token"


def host_name(given: str) -> str:
    """The name in a Host header, without port, in small letters.

    >>> host_name("Localhost:8765"), host_name("[::1]:8765"), host_name("a.example")
    ('localhost', '[::1]', 'a.example')
    """
    name, colon, port = given.rpartition(":")
    bare = name if colon and port.isdecimal() and name else given
    return bare.lower()


def _most(request: Request) -> int:
    """How many bytes a body may have. Raises TooMuch where it announces more."""
    most = MOST_HOOK_BYTES if request.url.path.startswith("/hooks/") else MOST_BYTES
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or len(announced) > 18 or int(announced) > most:
        raise TooMuch(f"at most {most:,} bytes are taken")
    return most


class Body:
    """A request's body as it comes in, no longer and no slower than is allowed."""

    def __init__(self, receive: Receive, most: int, wait_s: float = BODY_WAIT_S) -> None:
        self.receive, self.left, self.wait_s, self.whole = receive, most, wait_s, False

    async def __call__(self) -> Message:
        if self.whole:
            return await self.receive()
        try:
            message = await asyncio.wait_for(self.receive(), self.wait_s)
        except TimeoutError:
            raise HTTPException(408, "the request did not come in time") from None
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise HTTPException(413, "the request is too long")
        self.whole = not message.get("more_body", False)
        return message

"""What every answer says to the browser, errors included; and the last catch of whatever went wrong."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.answers import answer_to
from dashboard.security.identity import is_https
from dashboard.site import Site

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Headers:
    """Outermost but for Starlette's own: sets the headers on all that leaves, and answers what nothing inside could."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.headers = dict(HEADERS)
        if is_https(site):
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def marked(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    given[name] = value
                given.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, marked)
        except Exception as error:
            if begun:
                raise  # half an answer is out: the connection is cut, so that nobody takes it for whole
            await answer_to(Request(scope), error)(scope, receive, marked)

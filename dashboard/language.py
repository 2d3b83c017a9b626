"""In which language a page is: the one chosen in its menu, else the configured one, else what the browser asks for, else English.

What programs ask for stays English: the API, hooks, the operators' figures.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.answers import for_program
from dashboard.security.doors import own_address
from dashboard.security.identity import is_https
from dashboard.site import Site
from metrics.language import LANGUAGES, Language, best, speaking

COOKIE = "listener-language"
KEPT_S = 400 * 86_400
"""As long as browsers keep a cookie."""

router = APIRouter(include_in_schema=False)


@router.post("/language")
def choose(
    request: Request,
    language: Annotated[Language, Form()],
    next: Annotated[str, Form(max_length=8_000)] = "/",
) -> RedirectResponse:
    """Remember the language in this browser, and go on where one was."""
    site: Site = request.app.state.site
    answer = RedirectResponse(own_address(next), 303)
    answer.set_cookie(
        COOKIE, language, max_age=KEPT_S, path="/", secure=is_https(site), httponly=True, samesite="lax"
    )
    return answer


def asked_for(connection: HTTPConnection, configured: Language | None) -> Language:
    """The language of a page that this request asks for; `configured` None leaves it to the browser."""
    chosen = connection.cookies.get(COOKIE)
    for language in LANGUAGES:
        if chosen == language:
            return language
    return configured or best(connection.headers.get("accept-language", "")) or "en"


class Spoken:
    """Writes every page, and what goes wrong with it, in its language, and says which one that is."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.configured = app, site.settings.language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or for_program(HTTPConnection(scope)):
            await self.app(scope, receive, send)
            return
        language = asked_for(HTTPConnection(scope), self.configured)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-language"] = language
                    headers.add_vary_header("Accept-Language, Cookie")
            await send(message)

        with speaking(language):
            await self.app(scope, receive, marked)

"""What goes wrong, as an answer: problem+json for programs (RFC 9457), a page for people."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from dashboard.editing import ChangedMeanwhile, NotSaved
from dashboard.errors import BadFilter, DashboardError, NotKnown, TooMuch
from dashboard.texts.retold import retold
from metrics.errors import MetricError
from storage.alert_types import AlertError
from storage.errors import Busy, StorageError, TooSlow, Unavailable
from storage.users import NotAccepted

log = logging.getLogger(__name__)

FOR_PROGRAMS = ("/api/", "/hooks/", "/metrics", "/healthz", "/live")


def install(app: FastAPI) -> None:
    """Answer every error of a route in our own words."""
    for kind in (DashboardError, MetricError, StorageError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer_to)


def for_program(connection: HTTPConnection) -> bool:
    """Whether a program asks, and wants its errors in JSON."""
    return connection.url.path.startswith(FOR_PROGRAMS)


def answer_to(request: Request, error: Exception) -> Response:
    """The answer to an error. What the request held is not repeated, and what is wrong inside is not told."""
    problem = problem_of(error)
    headers = _headers(error)
    if problem["status"] >= 500:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    if for_program(request):
        return JSONResponse(problem, problem["status"], headers, media_type="application/problem+json")
    if isinstance(error, NotKnown) and request.method == "GET":
        return _to_login(request)
    return _page(request, problem, headers)


def problem_of(error: Exception) -> dict[str, Any]:
    """What RFC 9457 calls a problem: status, title, detail; beside them `parameter`, `position` and `errors` where known."""
    if isinstance(error, DashboardError):
        found = _problem(error.status, error.title, str(error))
        if isinstance(error, NotSaved) and error.fields:
            found |= {"errors": [{"where": name, "what": what} for name, what in error.fields.items()]}
        if isinstance(error, ChangedMeanwhile):
            found |= {"diff": list(error.diff)}
        if isinstance(error, BadFilter):
            found |= {"parameter": error.parameter}
            found |= {} if error.position is None else {"position": error.position}
        return found
    if isinstance(error, MetricError):
        return _problem(400, "Cannot be computed", str(error))
    if isinstance(error, AlertError):
        return _problem(409, "Not possible now", str(error))
    if isinstance(error, NotAccepted):
        return _problem(422, "Not accepted", str(error))
    if isinstance(error, TooSlow):
        return _problem(503, "Takes too long", str(error))
    if isinstance(error, (Busy, Unavailable)):
        return _problem(503, "Busy", "the database is busy or away; try again in a minute")
    if isinstance(error, RequestValidationError):
        wrong = [
            {"where": ".".join(str(part) for part in one["loc"])[:200], "what": str(one["msg"])[:200]}
            for one in error.errors()[:20]
        ]
        told = "; ".join(f"{one['where']}: {one['what']}" for one in wrong)
        return _problem(422, "Not understood", told) | {"errors": wrong}
    if isinstance(error, HTTPException):
        title = HTTPStatus(error.status_code).phrase
        detail = "there is nothing at this address" if error.status_code == 404 else str(error.detail)
        return _problem(error.status_code, title, detail)
    return _problem(500, "It failed", "something went wrong here; the service's log says what")


def _problem(status: int, title: str, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def _headers(error: Exception) -> dict[str, str]:
    given: Mapping[str, str] | None = error.headers if isinstance(error, HTTPException) else None
    headers = dict(given or {})
    if isinstance(error, NotKnown):
        headers["www-authenticate"] = 'Bearer realm="listener"'
    if isinstance(error, TooMuch) and error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    return headers


def _to_login(request: Request) -> Response:
    """The way to the login page and back; htmx is told to go there whole, so that no part of a page becomes a login."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = "/login" if asked == "/" else f"/login?next={quote(asked, safe='')}"
    if "hx-request" in request.headers:
        return PlainTextResponse("log in first", 401, {"hx-redirect": "/login"})
    return RedirectResponse(address, 303)


def _for_people(problem: Mapping[str, Any]) -> str:
    """What is wrong, without a library's own words."""
    if "errors" not in problem:
        return str(problem["detail"])
    return f"these values are not understood: {', '.join(one['where'] for one in problem['errors'])}"


def _page(request: Request, problem: Mapping[str, Any], headers: dict[str, str]) -> Response:
    from dashboard.pages.rendering import render  # it knows the answers' neighbours, so it comes after them

    try:
        page: Response = render(
            request,
            "error.html",
            status=problem["status"],
            code=problem["status"],
            title=retold(problem["title"]),
            detail=retold(_for_people(problem).removeprefix(f"{problem.get('parameter')}: ")),
            parameter=problem.get("parameter"),
        )
    except Exception:  # an error's page that fails must not hide the error
        page = PlainTextResponse(f"{problem['title']}: {problem['detail']}\n", problem["status"])
    for name, value in headers.items():
        page.headers[name] = value
    return page

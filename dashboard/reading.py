"""How routes that only read are run: under one snapshot of the database, and no longer than somebody waits for an answer."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from dashboard.site import Site

WITHIN_S = 20.0
"""So long a handler may read; one that may take longer says so: `handler.within_s = 300.0`."""


class ReadingRoute(APIRoute):
    """A route whose handler, where it answers GET, reads one snapshot: its figures fit together, and TooSlow ends it after `WITHIN_S`.

    Such a handler takes `site` or `request`.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        reads = set(given.get("methods") or ("GET",)) <= {"GET", "HEAD"} and not iscoroutinefunction(endpoint)
        again = hasattr(endpoint, "reads_one_snapshot")  # as FastAPI does when it puts a router into another
        super().__init__(path, _reading(endpoint) if reads and not again else endpoint, **given)


def _reading(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    def answered(**given: Any) -> Any:
        with _site(given).db.snapshot(limit_s=getattr(endpoint, "within_s", WITHIN_S)):
            return endpoint(**given)

    answered.reads_one_snapshot = True  # type: ignore[attr-defined]
    return answered


def _site(given: dict[str, Any]) -> Site:
    found: Site | None = given.get("site")
    request: Request | None = given.get("request")
    if found is None and request is not None:
        found = request.app.state.site
    assert found is not None, "a handler that reads takes site or request"
    return found

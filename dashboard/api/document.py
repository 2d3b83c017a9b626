"""The API's own description: OpenAPI 3.1."""

from typing import Any

from fastapi import Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from dashboard.api.routes import PREFIX, Problem, router_of
from dashboard.security.access import for_brands

router = router_of("document")
ABOUT = """Everything that Listener's pages show, and what people do there. docs/api.md has tokens, filters, paging, limits and examples.

Times are ISO 8601 in UTC. Shares are percent, probabilities 0 to 1. null: there is no value, which is not 0."""


EXAMPLE = {
    "type": "about:blank",
    "title": "Not understood",
    "status": 400,
    "detail": "q: there is no closing parenthesis",
    "parameter": "q",
    "position": 7,
}


@router.get("/openapi.json", include_in_schema=False)
@for_brands
def read_document(request: Request) -> JSONResponse:
    """This description."""
    kept: dict[str, Any] = request.app.state.__dict__
    if "_document" not in kept:
        kept["_document"] = document(request)
    return JSONResponse(kept["_document"])


def document(request: Request) -> dict[str, Any]:
    """The description of the application's API and hooks."""
    found = get_openapi(
        title="Listener",
        version=request.app.version or "0",
        openapi_version="3.1.0",
        description=ABOUT,
        routes=request.app.routes,
    )
    ours = (PREFIX, "/hooks/")
    found["paths"] = {path: told for path, told in found["paths"].items() if path.startswith(ours)}
    parts = found.setdefault("components", {})
    told = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.setdefault("schemas", {}).update(told.pop("$defs", {}), Problem=told | {"examples": [EXAMPLE]})
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "listener token add makes one"},
        "session": {"type": "apiKey", "in": "cookie", "name": "listener"},
    }
    found["security"] = [{"token": []}, {"session": []}]
    return found

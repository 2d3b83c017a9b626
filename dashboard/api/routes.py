"""What every route of the API has: who asks, how often they may, the filters, and the errors it documents."""

from collections.abc import Callable, Coroutine, Iterator
from inspect import unwrap
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from pydantic import BaseModel

from dashboard.api.limits import Limiter, Room
from dashboard.errors import BadFilter, TooMuch
from dashboard.filters import Filters, filters_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import Principal, Viewer, within_brands
from dashboard.site import Site

PREFIX = "/api/v1"


class Wrong(BaseModel):
    """One thing that is wrong with a request's form."""

    where: str
    what: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it. `parameter` is the one that is wrong, and `position` the character of a query that is.
    `diff`: what somebody else changed meanwhile.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    parameter: str | None = None
    position: int | None = None
    errors: list[Wrong] | None = None
    diff: list[str] | None = None


_WORDS = {
    400: "A parameter says nothing that can be answered; `detail` says what it takes.",
    401: "Nobody known asks: send `Authorization: Bearer` with a token that is valid.",
    403: "Whoever asks may not do this.",
    404: "There is no such thing.",
    409: "It cannot be done as things stand now.",
    413: "The request is too long.",
    414: "The address is too long.",
    421: "This host's name is not served here.",
    422: "The request is not of the form that is documented; `errors` names each place.",
    429: "Too many requests: `Retry-After` says in how many seconds to come again.",
    500: "It failed here; of several mentions, what was done before it stays done.",
    503: "The database is busy or away, or what is asked takes too long: ask for a shorter period.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented answers of these statuses."""
    media = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": _WORDS[status], "content": media} for status in statuses
    }
    if 429 in found:
        found[429]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return found


COMMON = (400, 401, 403, 413, 414, 421, 422, 429, 500, 503)


def site_of(request: Request) -> Site:
    """The site that the application was made for."""
    site: Site = request.app.state.site
    return site


Of = Annotated[Site, Depends(site_of)]


def limited(request: Request, by: Viewer, site: Of) -> None:
    """Count a request. Raises TooMuch, and NotAllowed where it tells of brands that may not be seen."""
    limiter: Limiter = request.app.state.__dict__.setdefault("_limiter", Limiter())
    handler = unwrap(request.scope["route"].endpoint)
    within_brands(by, handler)
    cost = getattr(handler, "cost", 1)
    room = limiter.take(f"{by.how}:{by.name}", site.clock(), cost)
    request.state.room = room
    if room.wait_s:
        raise TooMuch(
            f"at most {room.limit} requests a minute are answered",
            status=429,
            retry_after_s=ceil(room.wait_s),
        )


def known_parameters(request: Request) -> None:
    """Refuse a parameter that the route does not have: one that is misspelt would change nothing, in silence."""
    known = set(_parameters(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            raise BadFilter(
                name[:100], f"is no parameter of this answer; it takes {', '.join(sorted(known)) or 'none'}"
            )


def _parameters(of: Dependant) -> Iterator[str]:
    """What a route and all that it depends on take from the address."""
    yield from (field.alias for field in of.query_params)
    for part in of.dependencies:
        yield from _parameters(part)


Period = Annotated[
    str | None,
    Query(
        description="today, 7d, 30d (if not given), 90d, 12m, month, year, or two days",
        examples=["30d", "2027-03-01..2027-03-31"],
    ),
]
Brands = Annotated[list[str] | None, Query(description="ids of brands; all if not given")]
OfCampaign = Annotated[str | None, Query(description="a campaign of the configuration")]


def asked_filters(
    request: Request,
    site: Of,
    period: Period = None,
    brand: Brands = None,
    source: Annotated[list[str] | None, Query(description="networks", examples=[["mastodon"]])] = None,
    lang: Annotated[list[str] | None, Query(description="languages", examples=[["en"]])] = None,
    campaign: OfCampaign = None,
    q: Annotated[str | None, Query(description="a query: docs/queries.md", examples=["refund OR \"lost luggage\""])] = None,
) -> Filters:  # fmt: skip
    """The filters of the address."""
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    by: Principal | None = request.state.principal
    return filters_of(site, given, now=site.clock(), only=by.brands if by else None)


Asking = Annotated[Filters, Depends(asked_filters)]


def filters_of_alerts(
    request: Request, site: Of, period: Period = None, brand: Brands = None, campaign: OfCampaign = None
) -> Filters:
    """The filters that alerts have: a brand and a time, of a campaign its days."""
    return asked_filters(request, site)


AskingAlerts = Annotated[Filters, Depends(filters_of_alerts)]


class LimitedRoute(ReadingRoute):
    """Says in every answer how many requests are left."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            response = await handle(request)
            room: Room | None = getattr(request.state, "room", None)
            for name, value in (room.headers if room else {}).items():
                response.headers[name] = value
            return response

        return handled


def router_of(tag: str, *more: int) -> APIRouter:
    """A router below /api/v1 with all that; `more` are further statuses that its routes answer with."""
    return APIRouter(
        prefix=PREFIX,
        tags=[tag],
        route_class=LimitedRoute,
        dependencies=[Depends(limited), Depends(known_parameters)],
        responses=problems(*COMMON, *more),
    )

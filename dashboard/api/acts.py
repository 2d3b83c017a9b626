"""What is done with alerts, queries and channels; and posts that others send in."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse

from dashboard import work
from dashboard.actions import PostSeen, Preview, Told
from dashboard.api.routes import Of, problems, router_of, site_of
from dashboard.ids import AlertId
from dashboard.security.access import Admin, Editor, Viewer, for_brands
from dashboard.views import alerts
from dashboard.views.view import View

router = router_of("acts")
hooks = APIRouter(tags=["hooks"])


class Snoozed(BaseModel):
    """Until when nothing is told of it."""

    until: AwareDatetime


class Judged(BaseModel):
    """Whether it was real; false: a false alarm; null: nothing is said of that."""

    real: bool | None = None


class Words(BaseModel):
    """A note."""

    words: Annotated[str, Field(min_length=1, max_length=work.LONGEST_NOTE)]


class Asked(BaseModel):
    """A query to try."""

    query: Annotated[str, Field(max_length=5_000, examples=["aurora NOT borealis"])]


class Previewed(View):
    """What a query would match among the stored posts of the last `days`; `error` and `position` say what is wrong with it.

    `looked_at` posts were asked, `nameless` of them name no brand. What no brand asked for is not stored: a new one finds more once it is followed.
    """

    query: str
    error: str
    position: int | None
    matched: int
    looked_at: int
    nameless: int
    days: int
    sample: tuple[PostSeen, ...]
    asked: dict[str, str]


class Tests(View):
    """What came of a test message, channel by channel."""

    told: tuple[Told, ...]


@router.post("/alerts/{alert_id}/acknowledge", responses=problems(404, 409))
@for_brands
def acknowledge(site: Of, by: Editor, alert_id: AlertId) -> alerts.OneAlert:
    """Somebody is at it: from now on only a rise of its severity is told."""
    work.acknowledge_alert(site, by, alert_id, now=site.clock())
    return alerts.alert(site, alert_id, by)


@router.post("/alerts/{alert_id}/snooze", responses=problems(404, 409))
@for_brands
def snooze(site: Of, by: Editor, alert_id: AlertId, body: Snoozed) -> alerts.OneAlert:
    """Tell nothing of it before that time."""
    work.snooze_alert(site, by, alert_id, body.until, now=site.clock())
    return alerts.alert(site, alert_id, by)


@router.post("/alerts/{alert_id}/resolve", responses=problems(404, 409))
@for_brands
def resolve(site: Of, by: Editor, alert_id: AlertId, body: Judged) -> alerts.OneAlert:
    """Close it, and say whether it was real."""
    work.resolve_alert(site, by, alert_id, body.real, now=site.clock())
    return alerts.alert(site, alert_id, by)


@router.post("/alerts/{alert_id}/note", responses=problems(404, 409))
@for_brands
def note(site: Of, by: Editor, alert_id: AlertId, body: Words) -> alerts.OneAlert:
    """Write something down beside it."""
    work.note_on_alert(site, by, alert_id, body.words, now=site.clock())
    return alerts.alert(site, alert_id, by)


@router.post("/queries/preview")
def preview(site: Of, by: Viewer, body: Asked) -> Previewed:
    """What a query would match, before it is anybody's."""
    found: Preview = site.actions.preview(body.query, now=site.clock())
    return Previewed(
        query=found.query,
        error=found.error,
        position=found.position,
        matched=found.matched,
        looked_at=found.looked_at,
        nameless=found.nameless,
        days=found.days,
        sample=tuple(found.sample),
        asked=dict(found.asked),
    )


@router.post("/notifications/test")
def test_notification(site: Of, by: Admin) -> Tests:
    """Send one test message to each channel."""
    return Tests(told=tuple(work.test_notification(site, by, now=site.clock())))


class Taken(View):
    """What was done with the posts that were sent in."""

    detail: str
    stored: int
    refused: int


@hooks.post(
    "/hooks/{source}",
    responses=problems(400, 401, 403, 404, 409, 413, 414, 421, 422, 429, 500, 503),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "security": [],
    },
)
async def take(request: Request, source: Annotated[str, Path(max_length=200)]) -> Taken:
    """Take posts from outside. The signature is the access: standard-webhooks, with the secret of the source."""
    site, body = site_of(request), await request.body()
    headers = dict(request.headers)
    found = await run_in_threadpool(site.actions.accept_hook, source, headers, body, now=site.clock())
    if found.status >= 400:
        problem = {
            "type": "about:blank",
            "title": "Not taken",
            "status": found.status,
            "detail": found.detail,
        }
        return JSONResponse(problem, found.status, media_type="application/problem+json")  # type: ignore[return-value]
    return Taken(detail=found.detail, stored=found.stored, refused=found.refused)

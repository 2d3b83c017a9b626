"""Reports as files."""

import threading
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from dashboard.api.routes import Asking, Of, router_of
from dashboard.errors import BadFilter, TooMuch
from dashboard.reports.file import MEDIA, ReportForm, written
from dashboard.reports.make import report_of
from dashboard.reports.report import Audience
from dashboard.reports.under_way import making
from dashboard.security import audit
from dashboard.security.access import Viewer
from metrics.language import Language, speaking

router = router_of("reports")
LONGEST_DAYS = 400
"""Longer ones are made by command, where nobody waits in line."""
AT_ONCE = 2
_AT_WORK = threading.BoundedSemaphore(AT_ONCE)


@router.get(
    "/report",
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {
                media.split(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for media in MEDIA.values()
            },
        }
    },
)
def read_report(
    site: Of,
    by: Viewer,
    filters: Asking,
    format: Annotated[ReportForm, Query(description="of the file")] = "pdf",
    audience: Annotated[
        Audience,
        Query(description="executive: the short of it; team: drivers and posts, too; analyst: every network"),
    ] = "team",
    language: Annotated[
        Language | None, Query(description="English, Norwegian (bokmål) or Dutch; else as configured")
    ] = None,
) -> Response:
    """The period as a report: a summary in plain words, charts, tables, posts, and how each figure was made."""
    if filters.days > LONGEST_DAYS:
        raise BadFilter(
            "period", f"takes at most {LONGEST_DAYS} days here; listener report makes longer ones"
        )
    if not _AT_WORK.acquire(blocking=False):
        raise TooMuch(f"{AT_ONCE} reports are being made; come again", status=429, retry_after_s=10)
    try:
        spoken = speaking(language or site.settings.language or "en")
        with spoken, making(site, filters):
            content = written(report_of(site, filters, audience, now=site.clock()), format)
    finally:
        _AT_WORK.release()
    audit.note(site, by, "make report", filters.address("", format=format))
    name = f"report-{filters.first_day}-{filters.last_day}.{format}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[format], headers=headers)


read_report.cost = 20  # type: ignore[attr-defined]  # requests of the limit: it takes seconds
read_report.within_s = 300.0  # type: ignore[attr-defined]

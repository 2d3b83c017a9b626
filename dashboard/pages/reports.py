"""Reports: the period as a written report, its figures and its posts, as files."""

import shlex

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dashboard.filters import Filters
from dashboard.pages.bar import choices
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.reports.file import FORMS
from dashboard.reports.report import AUDIENCES
from dashboard.security.access import viewer
from metrics.language import spoken

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)


@router.get("/reports")
def reports(request: Request) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    exports = {
        "metrics": [
            (form, filters.address("/api/v1/metrics", format=form, every="day"))
            for form in ("csv", "parquet")
        ],
        "mentions": [
            (form, filters.address("/api/v1/export/mentions", format=form))
            for form in ("csv", "jsonl", "parquet")
        ],
    }
    written = [
        (
            kind,
            [
                (form, filters.address("/api/v1/report", format=form, audience=kind, language=spoken()))
                for form in FORMS
            ],
        )
        for kind in AUDIENCES
    ]
    return render(
        request,
        "reports.html",
        filters=filters,
        choices=choices(site, filters, "/reports"),
        exports=exports,
        written=written,
        command=_command(filters),
    )


def _command(filters: Filters) -> str:
    """The command that makes the same report; "" where the filters ask for what it has no option for."""
    if filters.langs or filters.q:
        return ""
    words = ["listener", "report", "--period", f"{filters.first_day}..{filters.last_day}"]
    words += [word for brand in filters.brands if filters.named_brands for word in ("--brand", brand.id)]
    words += [word for source in filters.sources for word in ("--source", source)]
    words += ["--campaign", filters.campaign.id] if filters.campaign else []
    return shlex.join([*words, "--language", spoken(), "--to", "report.pdf"])

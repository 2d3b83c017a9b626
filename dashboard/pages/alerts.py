"""Alerts: what is out of the ordinary, why, what shows it, and what people did about it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import work
from dashboard.filters import filters_of
from dashboard.ids import BIGGEST, AlertId
from dashboard.pages.bar import choices
from dashboard.pages.charts import chart
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import Editor, viewer
from dashboard.site import Site
from dashboard.texts import t
from dashboard.views import alerts as views
from dashboard.views.lines import Line, Step
from dashboard.views.view import Brand
from metrics.alerts.story import Told
from metrics.read.alert_words import told
from storage import alerts as stored
from storage.brands import active_brands

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)

Span = Literal["1h", "4h", "1d", "7d"]
SNOOZES: dict[Span, timedelta] = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
}


@router.get("/alerts")
def alerts(
    request: Request,
    state: Literal["open", "resolved", "all"] = "open",
    before: Annotated[int | None, Query(ge=1, le=BIGGEST)] = None,
) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.alerts(
        site, filters, now=site.clock(), state=None if state == "all" else state, before=before
    )
    more = [] if state == "open" else [("state", state)]
    return render(
        request,
        "alerts.html",
        filters=filters,
        choices=choices(site, filters, "/alerts", more, offered=("brand",)),
        view=view,
        state=state,
        titles={line.id: words.title for line in view.alerts if (words := words_of(site, line.id))},
    )


@router.get("/parts/alerts")
def most_serious(request: Request) -> HTMLResponse:
    """The three most serious of the open ones, for the overview."""
    site, filters = site_of(request), filters_given(request)
    lines = views.open_alerts(site, filters, now=site.clock())[:3]
    titles = {line.id: words.title for line in lines if (words := words_of(site, line.id))}
    return render(request, "alerts_open.html", filters=filters, alerts=lines, titles=titles)


@router.get("/alerts/{alert_id}")
def alert(request: Request, alert_id: AlertId) -> HTMLResponse:
    return render(request, "alert.html", **_one(site_of(request), alert_id))


def _one(site: Site, alert_id: int) -> dict[str, Any]:
    view = views.alert(site, alert_id)
    return {
        "view": view,
        "one": view.alert,
        "words": words_of(site, alert_id),
        "course": course_of(site, view),
        "snoozes": tuple(SNOOZES),
    }


def course_of(site: Site, view: views.OneAlert) -> dict[str, Any]:
    """The chart of the hours around it; {} where there is nothing to draw, or its brand is no longer tracked."""
    course, brand_id = view.course, view.alert.brand_id
    brand = next((one for one in active_brands(site.db) if one.id == brand_id), None)
    if course is None or brand is None:
        return {}
    shown = Brand(id=brand.id, name=brand.name, role=brand.role)
    starts = [hour.start for hour in course.hours]
    zone = ZoneInfo(site.settings.timezone)
    days = f"{starts[0].astimezone(zone).date()}..{starts[-1].astimezone(zone).date()}"
    given = {"period": [days], "brand": [brand.id], "source": [course.source] if course.source else []}
    filters = filters_of(site, given, now=site.clock())

    def line(metric: str, values: Sequence[float | None]) -> Line:
        ends = [start + timedelta(hours=1) for start in starts]
        steps = (
            Step(start=start, end=end, value=value, low=None, high=None, n=0)
            for start, end, value in zip(starts, ends, values, strict=True)
        )
        return Line(metric=metric, unit="count", brand=shown, steps=tuple(steps))

    seen = t("alert.course.seen.negative" if course.negative else "alert.course.seen")
    return chart(
        filters,
        t("alert.course"),
        [
            line("seen", [hour.seen for hour in course.hours]),
            line("usual", [hour.usual for hour in course.hours]),
        ],
        every="hour",
        colours={"seen": "negative" if course.negative else 0, "usual": "neutral"},
        names={"seen": seen, "usual": t("alert.course.usual")},
    )


def words_of(site: Site, alert_id: int) -> Told | None:
    """An alert's title and lines, put into words now; None for one that is gone meanwhile."""
    one = stored.alert(site.db, alert_id)
    if one is None:
        return None
    return told(site.db, one, timezone=site.settings.timezone, address=None, now=site.clock())


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(request: Request, alert_id: AlertId, by: Editor) -> Response:
    site = site_of(request)
    work.acknowledge_alert(site, by, alert_id, now=site.clock())
    return _done(request, alert_id, t("alert.said.acknowledged"))


@router.post("/alerts/{alert_id}/snooze")
def snooze(request: Request, alert_id: AlertId, by: Editor, span: Annotated[Span, Form()]) -> Response:
    site = site_of(request)
    now = site.clock()
    work.snooze_alert(site, by, alert_id, now + SNOOZES[span], now=now)
    return _done(request, alert_id, t("alert.said.snoozed", span=t(f"alert.snooze.{span}")))


@router.post("/alerts/{alert_id}/resolve")
def resolve(
    request: Request, alert_id: AlertId, by: Editor, real: Annotated[Literal["yes", "no", ""], Form()] = ""
) -> Response:
    site = site_of(request)
    verdict = None if real == "" else real == "yes"
    work.resolve_alert(site, by, alert_id, verdict, now=site.clock())
    return _done(request, alert_id, t("alert.said.resolved"))


@router.post("/alerts/{alert_id}/note")
def noted(request: Request, alert_id: AlertId, by: Editor, words: Annotated[str, Form()] = "") -> Response:
    site = site_of(request)
    work.note_on_alert(site, by, alert_id, words, now=site.clock())
    return _done(request, alert_id, t("said.noted"))


def _done(request: Request, alert_id: int, said: str) -> Response:
    """The alert as it is now."""
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/alerts/{alert_id}", 303)
    answer = render(request, "alert_body.html", **_one(site_of(request), alert_id))
    answer.headers["HX-Trigger"] = json.dumps({"listener:said": {"value": said}})
    return answer

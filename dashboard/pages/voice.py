"""Share of voice: over time at once, and all ways of counting as soon as they are counted."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.bar import choices, colours_of
from dashboard.pages.charts import chart
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.texts import t
from dashboard.views import voice as views
from storage.brands import active_brands

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)


@router.get("/share-of-voice")
def voice(request: Request) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    return render(
        request,
        "voice.html",
        filters=filters,
        choices=choices(site, filters, "/share-of-voice"),
    )


@router.get("/parts/voice/trend")
def trend(request: Request) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.trend(site, filters, now=site.clock())
    lines = sorted(view.lines, key=lambda line: line.brand.role != "own")
    title = t("chart.share_of_voice", every=t(f"every.{view.every}"))
    colours = colours_of(active_brands(site.db))
    spec = chart(filters, title, lines, every=view.every, colours=colours)
    return render(request, "trend.html", filters=filters, spec=spec, title=title, tabs=[])


@router.get("/parts/voice/ways")
def ways(request: Request) -> HTMLResponse:
    """The five ways of counting; every mention of the period is read for it."""
    site, filters = site_of(request), filters_given(request)
    view = views.voice(site, filters, now=site.clock())
    ordered = [share.brand for share in sorted(view.ways[0].shares, key=lambda share: -(share.value or 0))]
    return render(
        request,
        "voice_ways.html",
        filters=filters,
        view=view,
        ordered=ordered,
        colours=colours_of(active_brands(site.db)),
    )


ways.within_s = 60.0  # type: ignore[attr-defined]

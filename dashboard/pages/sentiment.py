"""How people feel: shares with their intervals, over time, and apart by network and language."""

from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dashboard.pages.bar import choices, colours_of
from dashboard.pages.charts import chart
from dashboard.pages.links import posts_of, receipt_of
from dashboard.pages.rendering import filters_given, render, site_of
from dashboard.reading import ReadingRoute
from dashboard.security.access import viewer
from dashboard.texts import t
from dashboard.views import sentiment as views
from dashboard.views.figures import uncompared
from storage.brands import active_brands
from storage.counts import first_day

router = APIRouter(route_class=ReadingRoute, dependencies=[Depends(viewer)], include_in_schema=False)


@router.get("/sentiment")
def sentiment(request: Request) -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.sentiment(site, filters, now=site.clock())
    balances = sorted(view.balances, key=lambda one: one.brand.role != "own")
    return render(
        request,
        "sentiment.html",
        filters=filters,
        choices=choices(site, filters, "/sentiment"),
        view=view,
        balances=balances,
        counted=any(point.n for one in balances for point in one.corrected),
        cut=uncompared(filters, first_day(site.db, filters.brand_ids), site.clock()),
        posts_of=posts_of,
        receipt_of=receipt_of,
    )


@router.get("/parts/sentiment/trend")
def trend(request: Request, of: str = "") -> HTMLResponse:
    """Net sentiment of all brands, or the three shares of the brand `of`."""
    site, filters = site_of(request), filters_given(request)
    view = views.trend(site, filters, now=site.clock())
    lines = [line for line in view.lines if line.metric == "net_sentiment"]
    title, names = t("chart.net_sentiment", every=t(f"every.{view.every}")), None
    shares = [line for line in view.lines if line.brand.id == of and line.metric != "net_sentiment"]
    if shares:
        lines = shares
        title = t("chart.shares", brand=shares[0].brand.name, every=t(f"every.{view.every}"))
        names = {line.metric: t(f"metric.{line.metric}") for line in shares}
    lines = sorted(lines, key=lambda line: line.brand.role != "own")
    spec = chart(
        filters, title, lines, every=view.every, colours=colours_of(active_brands(site.db)), names=names
    )
    tabs = [("", t("chart.all_brands"))] + [
        (brand.id, brand.name) for brand in sorted(view.asked.brands, key=lambda one: one.role != "own")
    ]
    return render(
        request,
        "trend.html",
        filters=filters,
        spec=spec,
        title=title,
        tabs=[
            (filters.address("/parts/sentiment/trend", of=key or None), name, key == (of if shares else ""))
            for key, name in tabs
        ],
    )


@router.get("/parts/sentiment/apart")
def apart(request: Request, by: Literal["source", "lang"] = "source") -> HTMLResponse:
    site, filters = site_of(request), filters_given(request)
    view = views.apart(site, filters, by, now=site.clock())
    brands = sorted(view.asked.brands, key=lambda brand: brand.role != "own")
    return render(request, "sentiment_apart.html", filters=filters, view=view, brands=brands)

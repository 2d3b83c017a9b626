"""For operators: whether it works (/healthz), and figures for Prometheus (/metrics)."""

import time
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.errors import NotAllowed, NotKnown
from dashboard.security.access import Principal
from dashboard.security.identity import is_local
from dashboard.site import Site
from storage import outbox
from storage.alerts import open_alerts
from storage.db import Database
from storage.errors import StorageError
from storage.labels import model_in_use, waiting_count
from storage.rows import table_of
from storage.tables import Mention, Post

router = APIRouter(include_in_schema=False)
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_posts, _mentions = table_of(Post), table_of(Mention)


@router.get("/healthz")
def healthz(request: Request) -> Response:
    """200 while the database answers and every part of ours works, else 503. Which part does not is told to this machine and to tokens alone.

    A network that does not answer is named, and is no reason for 503: starting Listener again would not mend it.
    """
    site: Site = request.app.state.site
    try:
        parts = site.actions.health(now=site.clock())
    except StorageError:
        return JSONResponse({"status": "failing", "not_working": ["database"]}, 503)
    broken = [part for part in parts if not part.works]
    failing = any(part.ours for part in broken)
    told: dict[str, Any] = {"status": "failing" if failing else "ok"}
    known: Principal | None = request.state.principal
    if is_local(request) or (known is not None and known.how == "token" and known.brands is None):
        told["not_working"] = [f"{part.part}: {part.why}" for part in broken]
    return JSONResponse(told, 503 if failing else 200)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The figures, for this machine itself and for tokens of scope admin. Raises NotKnown, NotAllowed, StorageError."""
    known: Principal | None = request.state.principal
    if not is_local(request):
        if known is None:
            raise NotKnown("send a token of scope admin")
        if not known.may("admin"):
            raise NotAllowed("this needs a token of scope admin")
    site: Site = request.app.state.site
    ours = b"".join(_written(site))
    return PlainTextResponse(
        ours + generate_latest(request.app.state.timings.registry), media_type=CONTENT_TYPE_LATEST
    )


def _written(site: Site) -> Iterator[bytes]:
    class Stored:
        def collect(self) -> Iterator[Metric]:
            yield from figures(site)

    registry = CollectorRegistry()
    registry.register(Stored())
    yield generate_latest(registry)


def figures(site: Site) -> Iterator[Metric]:
    """What is stored and how it goes, read when asked. Raises StorageError."""
    db, now = site.db, site.clock()
    queue = outbox.counts(db)
    alerts = GaugeMetricFamily("listener_alerts_open", "Open alerts.", labels=["severity"])
    by_severity = {"notice": 0, "warning": 0, "critical": 0}
    for one in open_alerts(db):
        by_severity[one.severity] = by_severity.get(one.severity, 0) + 1
    for severity, many in by_severity.items():
        alerts.add_metric([severity], many)
    works = GaugeMetricFamily(
        "listener_part_works", "1 while a part works, 0 while it does not.", labels=["part"]
    )
    for part in site.actions.health(now=now):
        works.add_metric([part.part], float(part.works))
    yield from (
        _gauge("posts", "Posts stored.", _about(db, _posts)),
        _gauge("mentions", "Mentions stored.", _about(db, _mentions)),
    )
    yield _gauge(
        "mentions_unlabelled", "Mentions that wait for a label.", waiting_count(db, model_in_use(db) or "")
    )
    yield from (alerts, works, *_sources(site))
    yield _gauge("deliveries_waiting", "Messages waiting to be sent.", queue.waiting)
    yield _gauge("deliveries_dead", "Messages given up.", queue.dead)
    yield _gauge("database_bytes", "Size of the database.", db.size_bytes())


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"listener_{name}", meaning, value)


def _about(db: Database, table: Any) -> int:
    with db.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def _sources(site: Site) -> Iterator[Metric]:
    ok = GaugeMetricFamily(
        "listener_source_ok", "1 unless a source fails or has spent its budget.", labels=["source", "network"]
    )
    errors = GaugeMetricFamily("listener_source_errors", "Failures in a row.", labels=["source", "network"])
    last = GaugeMetricFamily(
        "listener_source_last_ok_seconds",
        "When a source last worked, unix time.",
        labels=["source", "network"],
    )
    for one in site.actions.sources(site.clock()):
        ok.add_metric([one.name, one.network], float(one.state not in {"failing", "over_budget"}))
        errors.add_metric([one.name, one.network], one.error_count)
        if one.last_ok_at is not None:
            last.add_metric([one.name, one.network], one.last_ok_at.timestamp())
    yield from (ok, errors, last)


class Timings:
    """How long requests take, by route: never by address, which holds what people look for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "listener_request_seconds",
            "Seconds until an answer begins.",
            ["route", "method", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )


class Timed:
    """Measures every request but the live ones, which have no end."""

    def __init__(self, app: ASGIApp, timings: Timings) -> None:
        self.app, self.timings = app, timings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = time.perf_counter() - began
                self.timings.seconds.labels(_route(scope), _method(scope), str(message["status"])).observe(
                    took
                )
            await send(message)

        await self.app(scope, receive, timed)


def _route(scope: Scope) -> str:
    """The route's pattern, "other" for what has none."""
    route = scope.get("route")
    return str(getattr(route, "path", "other"))


def _method(scope: Scope) -> str:
    return (
        scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
    )

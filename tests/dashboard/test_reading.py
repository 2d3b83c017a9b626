"""A page or an answer that takes too long is ended, and says what to ask instead; one that writes is not cut short."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from sqlalchemy import event, text
from starlette.testclient import TestClient

import dashboard.api
import dashboard.pages
from dashboard.app import create_app
from dashboard.reading import ReadingRoute
from dashboard.site import Settings, Site
from storage.db import Database
from storage.labels import model_in_use
from tests.dashboard.conftest import ADDRESS, Clock, FakeActions

ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
router = APIRouter(route_class=ReadingRoute)


def endless(request: Request) -> None:
    site: Site = request.app.state.site
    with site.db.read() as connection:
        connection.execute(ENDLESS)


endless.within_s = 0.2  # type: ignore[attr-defined]
router.get("/api/v1/endless")(endless)
router.get("/endless")(endless)


@router.get("/twice")
def twice(request: Request) -> list[str | None]:
    site: Site = request.app.state.site
    return [model_in_use(site.db), model_in_use(site.db)]


@pytest.fixture
def client(db: Database) -> Iterator[TestClient]:
    """Somebody at this machine, over a fresh database of each kind."""
    app = create_app(Site(db, Settings("UTC"), FakeActions(), Clock(datetime(2026, 11, 21, tzinfo=UTC))))
    app.include_router(router)
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 50_000)) as found:
        yield found


def test_a_program_is_told_503_with_a_way_out_and_the_next_answer_comes(client: TestClient) -> None:
    answer = client.get("/api/v1/endless")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["title"] == "Takes too long"
    assert "shorter period" in answer.json()["detail"]
    assert client.get("/api/v1/brands").status_code == 200


def test_a_person_sees_a_page_that_says_what_to_do(client: TestClient) -> None:
    page = client.get("/endless")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "shorter period" in page.text
    assert "Traceback" not in page.text


def test_every_page_and_answer_that_reads_has_a_limit() -> None:
    routes = [route for some in (*dashboard.pages.ROUTERS, *dashboard.api.ROUTERS) for route in some.routes]
    reading = [route for route in routes if isinstance(route, APIRoute) and route.methods == {"GET"}]
    assert len(reading) > 40
    assert [route.path for route in reading if not hasattr(route.endpoint, "reads_one_snapshot")] == []


def test_an_answer_asks_the_same_thing_of_the_database_once(client: TestClient) -> None:
    engine, asked = client.app.state.site.db.engine, []  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert client.get("/twice").json() == [None, None]
    assert len([statement for statement in asked if "FROM settings" in statement]) == 1

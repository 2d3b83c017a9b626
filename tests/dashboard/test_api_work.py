"""Long work in the pages and the API: named, with what is done, and honest about what is not known."""

from datetime import timedelta

from starlette.testclient import TestClient

from dashboard.site import Site
from storage.running import GONE, QUIET, Progress
from tests.dashboard.conftest import Clock


def begun(site: Site, clock: Clock, kind: str, about: str, total: int | None, done: int) -> None:
    """Work that has run for two minutes."""
    progress = Progress(site.db, kind, about, total, clock, timedelta(0))
    progress.say()
    clock.now += timedelta(minutes=2)
    progress(done)
    clock.now -= timedelta(minutes=2)


def test_the_api_tells_what_is_under_way(site: Site, client: TestClient, clock: Clock) -> None:
    assert client.get("/api/v1/work").json() == {"work": []}
    begun(site, clock, "relabel", "other-model", 400, 100)
    begun(site, clock, "backfill", "social", None, 2_000)
    clock.now += timedelta(minutes=2)
    told = client.get("/api/v1/work").json()["work"]
    known = {job["kind"]: job for job in told}
    assert (known["relabel"]["share"], known["relabel"]["ends_at"]) == (0.25, "2026-11-21T12:08:00Z")
    assert (known["backfill"]["done"], known["backfill"]["total"]) == (2_000, None)
    assert (known["backfill"]["share"], known["backfill"]["ends_at"]) == (None, None)


def test_the_pages_show_it(site: Site, client: TestClient, clock: Clock) -> None:
    assert "Nothing takes long" in client.get("/sources").text
    assert client.get("/work").text.strip() == ""
    begun(site, clock, "rematch", "Aurora <b>", 400, 100)
    clock.now += timedelta(seconds=1)
    begun(site, clock, "mending", "", None, 0)
    clock.now += timedelta(minutes=2)
    for page in (client.get("/sources").text, client.get("/work", params={"whole": "yes"}).text):
        assert "Matching stored posts anew" in page
        assert "Aurora &lt;b&gt;" in page
        assert 'value="25"' in page
        assert "100 of 400" in page
        assert "mending" in page
    short = client.get("/work").text
    assert "25" in short
    assert "and 1 more" in short


def test_what_is_not_heard_of_any_more_is_said_to_be_so_and_then_goes(
    site: Site, client: TestClient, clock: Clock
) -> None:
    begun(site, clock, "rematch", "Aurora", 400, 100)
    clock.now += timedelta(minutes=2) + QUIET + timedelta(seconds=1)
    (job,) = client.get("/api/v1/work").json()["work"]
    assert (job["quiet"], job["ends_at"]) == (True, None)
    assert "may have stopped" in client.get("/sources").text
    clock.now += GONE
    assert client.get("/api/v1/work").json() == {"work": []}


def test_a_report_under_way_is_shown_and_gone_when_it_is_there(site: Site, client: TestClient) -> None:
    assert client.get("/api/v1/report", params={"format": "html"}).status_code == 200
    assert client.get("/api/v1/work").json() == {"work": []}
    assert "data-making" in client.get("/reports").text

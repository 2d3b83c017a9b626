"""Alerts through the API: listed, told with their cause, and acted upon by people."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.site import Site
from metrics.alerts.alert import Finding, Severity, Signal
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import looked, store


def opened(site: Site, number: int, severity: Severity = "warning", brand: str = "aurora") -> int:
    """One open alert about a watched word, shown by a mention."""
    at = site.clock() - timedelta(hours=number)
    found = Finding(
        "keyword", f"keyword:{number}", brand, severity, at, at, mention_ids=(1,), details={"words": "late"}
    )
    alert = StoredAlert(0, found.key, "keyword", brand, severity, at, at, at, finding=found.as_json())
    with site.db.write() as connection:
        return store(connection, [AlertChange(alert, [AlertEvent(at, "opened")], [1, 4])])[0]


@pytest.fixture
def three(site: Site) -> list[int]:
    return [opened(site, 3), opened(site, 2, "critical"), opened(site, 1, brand="borealis")]


def test_open_alerts_are_on_the_overview_the_most_serious_first(client: TestClient, three: list[int]) -> None:
    told = client.get("/api/v1/overview").json()["alerts"]
    assert [one["id"] for one in told] == [three[1], three[2], three[0]]
    of_one = client.get("/api/v1/overview?brand=borealis").json()["alerts"]
    assert [one["id"] for one in of_one] == [three[2]]


def test_alerts_come_page_by_page_the_newest_first(client: TestClient, three: list[int]) -> None:
    first = client.get("/api/v1/alerts?limit=2").json()
    assert [one["id"] for one in first["alerts"]] == [three[2], three[1]]
    second = client.get(f"/api/v1/alerts?limit=2&before={first['next']}").json()
    assert [one["id"] for one in second["alerts"]] == [three[0]]
    assert second["next"] is None


def test_a_brand_that_is_loud_through_a_few_accounts_is_named_though_nobody_was_told(
    site: Site, client: TestClient
) -> None:
    assert client.get("/api/v1/alerts").json()["held_back"] == []
    with site.db.write() as connection:
        looked(connection, {}, held_back={"aurora": site.clock()}, now=site.clock())
    (held,) = client.get("/api/v1/alerts").json()["held_back"]
    assert (held["brand"], held["at"]) == ("Aurora", "2026-11-21T12:00:00Z")
    assert client.get("/api/v1/alerts?brand=borealis").json()["held_back"] == []
    assert "through a few accounts alone" in client.get("/alerts").text


def test_people_act_on_an_alert_and_it_is_logged(client: TestClient, three: list[int]) -> None:
    def post(what: str, status: int = 200, **body: Any) -> Any:
        answer = client.post(f"/api/v1/alerts/{three[0]}/{what}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    assert post("acknowledge")["alert"]["acknowledged_by"] == "local"
    assert post("snooze", until="2026-11-22T08:00:00Z")["alert"]["snoozed_until"] == "2026-11-22T08:00:00Z"
    assert "is over" in post("snooze", 409, until="2026-11-20T08:00:00Z")["detail"]
    assert post("note", words="asked the crew")["events"][-1]["note"] == "asked the crew"
    assert post("resolve", real=False)["alert"]["real"] is False
    assert post("acknowledge", 409)["status"] == 409
    told = client.get(f"/api/v1/alerts/{three[0]}").json()
    assert [event["what"] for event in told["events"]] == [
        "opened",
        "acknowledged",
        "snoozed",
        "noted",
        "resolved",
    ]
    assert [row["id"] for row in told["evidence"]] == [1, 4]
    assert "Aurora" in told["headline"]


def test_an_alert_that_is_not_there_is_named(client: TestClient) -> None:
    answer = client.post("/api/v1/alerts/77/acknowledge")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no alert 77")


def test_a_spike_is_shown_with_the_hours_around_it(client: TestClient, site: Site) -> None:
    """The fixture has a post every four hours, two of three about Aurora."""
    at = site.clock() - timedelta(hours=13)
    since = at - timedelta(hours=1)
    signal = Signal("volume", None, 3600, 9, 1, 0, 3, 0.1, since, at)
    found = Finding("spike", "spike:aurora", "aurora", "critical", since, at, signals=(signal,))
    alert = StoredAlert(0, found.key, "spike", "aurora", "critical", since, at, at, finding=found.as_json())
    with site.db.write() as connection:
        number = store(connection, [AlertChange(alert, [AlertEvent(at, "opened")], [])])[0]
    told = client.get(f"/api/v1/alerts/{number}").json()["course"]
    assert len(told["hours"]) == 37
    assert (told["negative"], told["source"]) == (False, None)
    assert sum(hour["seen"] for hour in told["hours"]) == 6
    page = client.get(f"/alerts/{number}")
    assert page.status_code == 200
    assert "Hour by hour" in page.text
    assert page.text.count("data-chart") == 1


def test_an_alert_about_no_number_of_mentions_has_no_hours(client: TestClient, three: list[int]) -> None:
    assert client.get(f"/api/v1/alerts/{three[0]}").json()["course"] is None
    assert "data-chart" not in client.get(f"/alerts/{three[0]}").text

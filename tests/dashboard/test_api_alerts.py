"""Alerts through the API: listed, told with their cause, and acted upon by people."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.site import Site
from metrics.alert import Finding, Severity
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import store


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

"""A token for some brands: nothing that it is answered names another brand or quotes what was said of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.site import Site
from metrics.alerts.alert import Finding
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import looked, store
from storage.goals import PlannedGoal, add_goal
from storage.tokens import add_token
from storage.users import NotAccepted, add_user
from tests.dashboard.conftest import NOW, asking

OPEN = {
    *("/overview", "/overview/trend", "/overview/reach", "/overview/changes", "/overview/drivers"),
    *("/mentions", "/mentions/facets", "/metrics", "/export/mentions", "/share-of-voice/trend"),
    *("/sentiment", "/sentiment/trend", "/sentiment/by/source", "/kpis", "/goals", "/influence"),
    *("/alerts", "/receipt", "/brands"),
}
"""What is answered with what there is of the token's brands; everything else is refused, or not there."""
OURS, THEIRS = 1, 3
"""A mention of Aurora and one of Borealis."""


def alert(rule: str, brand: str | None) -> AlertChange:
    since = NOW - timedelta(hours=1)
    details = {"rival": "borealis"} if rule == "overtaken" else {"word": "late"}
    finding = Finding(rule, f"{rule}:{brand}", brand, "warning", since, NOW, details=details)  # type: ignore[arg-type]
    kept = StoredAlert(
        0, finding.key, finding.rule, brand, "warning", since, since, NOW, finding=finding.as_json()
    )
    return AlertChange(kept, [AlertEvent(since, "opened")], [THEIRS if brand == "borealis" else OURS])


@pytest.fixture
def limited(site: Site) -> Iterator[TestClient]:
    """A program at another machine with a token of scope write for Aurora alone."""
    add_user(site.db, "Ada", "four words will do", "admin", now=NOW)
    for brand in ("aurora", "borealis"):
        goal = PlannedGoal("mentions", brand, "percent", 10, NOW.date(), NOW.date() + timedelta(days=90))
        add_goal(site.db, goal, now=NOW)
    with site.db.write() as connection:
        told = [
            ("keyword", "aurora"),
            ("keyword", "borealis"),
            ("overtaken", "aurora"),
            ("source_down", None),
        ]
        store(connection, [alert(*one) for one in told])
        looked(connection, {"borealis": "Borealis could not be looked at"}, now=NOW)
    ends = NOW + timedelta(days=9)
    secret = add_token(site.db, "agency", "write", by="Ada", now=NOW, expires_at=ends, brands=["aurora"])
    with asking(site, address="192.0.2.7", authorization=f"Bearer {secret}") as client:
        yield client


def operations(client: TestClient) -> list[tuple[str, str]]:
    """Every method and path of the document, with every number and name that could be asked for."""
    found = []
    for path, told in client.get("/api/v1/openapi.json").json()["paths"].items():
        for method in told:
            if path.startswith("/api/v1"):
                names = re.findall(r"\{(\w+)\}", path)
                for value in ("1", "2", "3", "4", "aurora", "borealis", "source"):
                    filled = re.sub(r"\{\w+\}", value, path)
                    found.append((method.upper(), filled))
                    if not names:
                        break
    return found


BODY: dict[str, Any] = {
    "ids": [THEIRS], "label": "positive", "irrelevant": True, "to": "Ada", "tag": "x", "words": "x", "real": True,
    "until": "2027-01-01T00:00:00Z", "query": "late", "name": "Borealis", "n": 10, "said": "positive", "text_version": 1,
}  # fmt: skip


def test_no_answer_names_another_brand(limited: TestClient) -> None:
    asked = operations(limited)
    assert len(asked) > 80
    answered = set()
    for method, path in asked:
        query = {"metric": "mentions"} if path.endswith("/receipt") else {}
        answer = limited.request(method, path, params=query, json=BODY if method != "GET" else None)
        assert answer.status_code < 500, (method, path, answer.text)
        told = answer.text.replace("http://", "").lower()
        assert "borealis" not in told.replace(path, ""), (
            method,
            path,
            told[max(0, told.find("borealis") - 300) :][:400],
        )
        if method == "GET" and answer.status_code == 200:
            answered.add(path.removeprefix("/api/v1"))
        elif method != "GET":
            assert answer.status_code in (403, 404, 409, 422) or "/3" not in path, (method, path, answer.text)
    assert not OPEN - answered
    one = {"/mentions/1", "/mentions/2", "/mentions/4", "/alerts/1", "/brands/aurora", "/sentiment/by/lang"}
    assert answered - OPEN <= one | {"/openapi.json"}


@pytest.mark.parametrize(
    "address",
    [
        "/overview?brand=borealis", "/mentions?brand=aurora&brand=borealis", "/export/mentions?brand=borealis", "/metrics?against=competitors",
        "/receipt?metric=share_of_voice", "/share-of-voice", "/report", "/settings", "/sources", "/work", "/metrics?brand=nobody",
    ],
)  # fmt: skip
def test_what_tells_of_other_brands_is_refused_in_words(limited: TestClient, address: str) -> None:
    answer = limited.get(f"/api/v1{address}")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/mentions", "/live", "/settings/people", "/account"])
def test_pages_and_live_events_are_not_for_such_a_token(limited: TestClient, path: str) -> None:
    assert limited.get(path).status_code == 403


def test_its_figures_and_files_are_those_of_its_brand(limited: TestClient, site: Site) -> None:
    site_wide = {row["brand_id"] for row in limited.get("/api/v1/mentions?limit=200").json()["mentions"]}
    assert site_wide == {"aurora"}
    assert set(limited.get("/api/v1/mentions/facets").json()["brands"]) == {"aurora"}
    assert {row["brand_id"] for row in limited.get("/api/v1/metrics?every=all").json()} == {"aurora"}
    csv = limited.get("/api/v1/export/mentions?format=csv").text
    assert "Aurora" in csv
    assert [one["brand_id"] for one in limited.get("/api/v1/goals").json()["goals"]] == ["aurora"]
    assert [one["rule"] for one in limited.get("/api/v1/alerts").json()["alerts"]] == ["keyword"]
    assert limited.get("/api/v1/overview").json()["ahead"] is None
    share = limited.get("/api/v1/metrics?every=all&names=share_of_voice").json()
    assert 60 < share[0]["value"] < 75  # of both brands, and no name beside it


def test_it_handles_its_own_mentions_and_no_others(limited: TestClient) -> None:
    body = {"ids": [OURS], "label": "negative"}
    assert limited.post("/api/v1/mentions/correct", json=body).json() == {"changed": 1}
    answer = limited.post("/api/v1/mentions/correct", json={"ids": [OURS, THEIRS], "label": "negative"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no mention 3; nothing was changed"


def test_a_token_whose_brands_are_followed_no_more_sees_nothing(site: Site) -> None:
    add_user(site.db, "Ada", "four words will do", "admin", now=NOW)
    secret = add_token(site.db, "old", "read", by="Ada", now=NOW, expires_at=None, brands=["gone"])
    with asking(site, address="192.0.2.7", authorization=f"Bearer {secret}") as client:
        assert client.get("/api/v1/mentions").status_code == 403
        assert client.get("/api/v1/metrics").status_code == 403


def test_an_admin_is_never_limited_to_brands(site: Site) -> None:
    with pytest.raises(NotAccepted, match="reads or writes"):
        add_token(site.db, "x", "admin", by="Ada", now=NOW, expires_at=None, brands=["aurora"])


def test_the_people_page_makes_such_a_token_and_says_so(client: TestClient) -> None:
    form = {"name": "agency", "scope": "read", "days": "9", "brand": "aurora"}
    page = client.post("/settings/people/tokens", data=form).text
    secret = re.search(r"lst_[\w-]{40,}", page)
    assert secret
    assert "agency, read, aurora" in page
    answer = client.get("/api/v1/mentions?brand=borealis", headers={"authorization": f"Bearer {secret[0]}"})
    assert answer.status_code == 403
    refused = client.post("/settings/people/tokens", data=form | {"name": "other", "brand": "nobody"})
    assert refused.status_code == 422

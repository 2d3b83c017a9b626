"""The API: the same numbers as the command line, errors that name the place, limits, roles and what people change."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from typer.testing import CliRunner

from dashboard.api.limits import PER_MINUTE
from dashboard.site import Site
from listener.cli import app
from metrics.read import series
from storage.mentions import MentionFilter, find
from storage.tokens import add_token
from tests.patience import ends

CONFIG = """
timezone = "Europe/Oslo"
[storage]
url = "sqlite:///listener.db"
[[brands]]
id = "aurora"
name = "Aurora"
role = "own"
query = "aurora"
[[brands]]
id = "borealis"
name = "Borealis"
role = "competitor"
query = "borealis"
"""
SAME = (
    "metric",
    "brand_id",
    "bucket_start",
    "bucket_end",
    "value",
    "low",
    "high",
    "n",
    "unit",
    "version",
    "model",
)


@pytest.mark.parametrize("names", [["mentions"], ["net_sentiment", "share_of_voice"]])
def test_figures_are_those_of_series_and_of_the_command_line(
    site: Site, client: TestClient, tmp_path: Path, names: list[str]
) -> None:
    period = {"period": "2026-11-02..2026-11-15"}
    told = client.get("/api/v1/metrics", params={"names": ",".join(names), "every": "day", **period}).json()
    assert len(told) == 14 * 2 * len(names)
    (tmp_path / "config.toml").write_text(CONFIG)
    times = ["--since", "2026-11-02", "--until", "2026-11-16", "--every", "day", "--format", "json"]
    printed = CliRunner().invoke(app, ["metrics", *names, *times, "--config", str(tmp_path / "config.toml")])
    assert printed.exit_code == 0, printed.output
    assert [[one[name] for name in SAME] for one in told] == [
        [one[name] for name in SAME] for one in json.loads(printed.stdout)
    ]
    whole = client.get("/api/v1/overview", params=period).json()["headlines"]
    read = series(
        site.db, ["mentions"], every="all", timezone="Europe/Oslo", now=site.clock(),
        since=site.clock().replace(month=11, day=1, hour=23), until=site.clock().replace(month=11, day=15, hour=23),
    )  # fmt: skip
    assert [one["mentions"]["value"] for one in whole] == [point.value for point in read]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/api/v1/overview?period=nonsense", "period"),
        ("/api/v1/overview?brand=nobody", "brand"),
        ("/api/v1/mentions?q=(aurora", "q"),
        ("/api/v1/mentions?cursor=AAAA", "cursor"),
        ("/api/v1/mentions?lable=negative", "lable"),
        ("/api/v1/receipt?metric=nope", "metric"),
        ("/api/v1/metrics?every=hour&period=2017-01-01..2026-11-20", "every"),
        ("/api/v1/export/mentions?sort=reach", "sort"),
    ],
)
def test_an_error_names_the_parameter(client: TestClient, path: str, parameter: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["parameter"]) == (400, parameter)
    if parameter == "q":
        assert problem["position"] == 0


def test_a_minute_has_room_for_so_many_requests_and_then_for_more(client: TestClient, clock: Any) -> None:
    first = client.get("/api/v1/goals")
    assert first.headers["ratelimit-limit"] == str(PER_MINUTE)
    assert first.headers["ratelimit-remaining"] == str(PER_MINUTE - 1)
    for _ in range(PER_MINUTE - 1):
        answer = client.get("/api/v1/goals?ended=no")
        assert answer.status_code == 200
    refused = client.get("/api/v1/goals")
    assert refused.status_code == 429
    assert refused.json()["title"]
    clock.now += timedelta(seconds=int(refused.headers["retry-after"]))
    assert client.get("/api/v1/goals").status_code == 200


def test_what_people_do_counts_at_once_and_is_logged(site: Site, client: TestClient) -> None:
    def post(path: str, **body: Any) -> Any:
        answer = client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    before = client.get("/api/v1/mentions/facets").json()["labels"]
    row = next(r for r in client.get("/api/v1/mentions?label=negative").json()["mentions"])
    assert post("/mentions/correct", ids=[row["id"]], label="positive") == {"changed": 1}
    after = client.get("/api/v1/mentions/facets").json()["labels"]
    assert (after["negative"], after["positive"]) == (before["negative"] - 1, before["positive"] + 1)
    assert post("/mentions/assign", ids=[1, 2], to="ann") == {"changed": 2}
    assert post("/mentions/tag", ids=[1, 2], tag=" billing ") == {"changed": 2}
    assert post("/mentions/tag", ids=[1], tag="billing") == {"changed": 0}
    assert post("/mentions/untag", ids=[2], tag="billing") == {"changed": 1}
    assert post("/mentions/resolve", ids=[1])["changed"] == 1
    assert post("/mentions/note", ids=[1], words="called back")["changed"] == 1
    one = client.get("/api/v1/mentions/1").json()
    assert (one["mention"]["assignee"], one["mention"]["tags"]) == ("ann", ["billing"])
    assert one["mention"]["resolved_at"] == "2026-11-21T12:00:00Z"
    assert [line["action"] for line in one["log"]][-2:] == ["resolved", "noted"]
    assert post("/mentions/irrelevant", ids=[3], irrelevant=True) == {"changed": 1}
    assert client.get("/api/v1/mentions").json()["total"] == 119
    assert client.get("/api/v1/mentions?irrelevant=yes").json()["mentions"][0]["id"] == 3


def test_nothing_is_changed_where_one_mention_is_not_there(site: Site, client: TestClient) -> None:
    answer = client.post("/api/v1/mentions/correct", json={"ids": [1, 99_999], "label": "negative"})
    assert answer.status_code == 404
    assert "99999" in answer.json()["detail"]
    assert not list(find(site.db, MentionFilter(corrected=True)))


def test_a_token_that_reads_changes_nothing(site: Site, client: TestClient) -> None:
    secret = add_token(site.db, "notebook", "read", by="ada", now=site.clock(), expires_at=None)
    held = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/overview", headers=held).status_code == 200
    body = {"ids": [1], "label": "negative"}
    assert client.post("/api/v1/mentions/correct", headers=held, json=body).status_code == 403
    assert client.post("/api/v1/notifications/test", headers=held).status_code == 403
    assert client.get("/api/v1/overview", headers={"authorization": "Bearer nonsense"}).status_code == 401
    tried = client.post("/api/v1/queries/preview", headers=held, json={"query": "aurora"})
    assert (tried.status_code, tried.json()["matched"]) == (200, 3)


def test_signed_posts_are_taken_without_a_session(site: Site, client: TestClient) -> None:
    taken = client.post("/hooks/partner", content=b"{}", headers={"content-type": "application/json"})
    assert (taken.status_code, taken.json()) == (200, {"detail": "stored", "stored": 1, "refused": 0})
    unknown = client.post("/hooks/nobody", content=b"{}")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


def test_queries_are_tried_and_channels_tested(client: TestClient) -> None:
    found = client.post("/api/v1/queries/preview", json={"query": "aurora"}).json()
    assert (found["matched"], found["looked_at"], found["error"]) == (3, 120, "")
    told = client.post("/api/v1/notifications/test").json()["told"]
    assert [one["channel"] for one in told] == ["mail", "chat"]


HOSTILE = st.sampled_from(
    ["' OR 1=1 --", '" OR ""="', "1; DROP TABLE mentions", "%", "_", "%' ESCAPE '", "') UNION SELECT 1--", "\\", "MATCH *", "NEAR(", "*",
     "a* OR b*", "words:", "{x}: y", "$$", "\x00", "\ud7ff", "🛫", "-1", "0x10", "1e309", "NaN", "null", "[]", "{}", "../..", "Z" * 201]
) | st.text(max_size=30)  # fmt: skip
NAMES = ("source", "lang", "author", "assignee", "tag")


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), value=HOSTILE)
def test_no_value_is_taken_for_more_than_itself(
    client: TestClient, clock: Any, name: str, value: str
) -> None:
    """W07: a value that nothing has finds nothing, whatever it says in SQL, LIKE or full-text syntax."""
    clock.now += timedelta(seconds=1)
    answer = client.get("/api/v1/mentions", params={name: value})
    if answer.status_code != 200 or value.strip() in ("", "social", "forum", "en", "no"):
        assert answer.status_code in (200, 400, 422)
        return
    known = [row["author"] for row in answer.json()["mentions"]]
    assert (
        not known
        or (name == "author" and {value.lower().removeprefix("@")} == {one.lower() for one in known})
        or (name == "author" and value.isdigit())
    )


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    name=st.sampled_from(
        ["period", "brand", "campaign", "q", "sort", "cursor", "limit", "label", "resolved"]
    ),
    value=HOSTILE,
)
def test_no_parameter_makes_it_fail(client: TestClient, clock: Any, name: str, value: str) -> None:
    """W07: understood, or refused by name."""
    clock.now += timedelta(seconds=1)
    for path in ("/api/v1/mentions", "/api/v1/mentions/facets"):
        assert client.get(path, params={name: value}).status_code in (200, 400, 422)


@pytest.mark.parametrize(
    "q", ["(" * 2000, "(a" * 900, " OR ".join(f"w{n}" for n in range(900)), "a* " * 1000, "NEAR/99999 " * 300, '"' + "a " * 3000 + '"', "NOT " * 1500]
)  # fmt: skip
def test_a_costly_query_is_refused_or_answered(client: TestClient, q: str) -> None:
    """W08: one that ran away would take minutes."""
    for path in ("/api/v1/mentions", "/api/v1/overview"):
        with ends():
            answer = client.get(path, params={"q": q})
        assert answer.status_code in (200, 400, 414)


@pytest.mark.parametrize("name", ["source", "lang", "author", "tag", "brand", "campaign", "period"])
def test_a_nul_is_refused_since_one_of_the_databases_cannot_be_asked_it(
    client: TestClient, name: str
) -> None:
    assert client.get("/api/v1/mentions", params={name: "a\x00b"}).status_code == 400


def test_limits_are_limits(client: TestClient) -> None:
    assert client.get("/api/v1/mentions?limit=1000000000").status_code == 422
    assert client.get("/api/v1/mentions?limit=0").status_code == 422
    assert client.get("/api/v1/mentions/99999999999999999999999").status_code == 422
    assert client.get("/api/v1/alerts?before=99999999999999999999999").status_code == 422
    assert client.post("/api/v1/mentions/resolve", json={"ids": [*range(1, 600)]}).status_code == 422

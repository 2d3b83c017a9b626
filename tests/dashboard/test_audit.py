"""A check at random in the page and through the API: drawn posts, answers, and what they say of the model."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.site import Site
from storage.audits import draws

PATH = "/api/v1/audits/aurora"


def drawn(client: TestClient, n: int = 10) -> Any:
    answer = client.post(PATH, json={"n": n})
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(client: TestClient, view: Any, what: str) -> Any:
    post = view["next"]
    body = {"said": what, "text_version": post["text_version"]}
    answer = client.put(f"{PATH}/{post['mention_id']}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_before_a_draw_nothing_is_asked_and_nothing_is_known(client: TestClient) -> None:
    view = client.get(PATH).json()
    assert (view["drawn"], view["open"], view["next"], view["right"]["accuracy"]) == (0, 0, None, None)
    assert client.get("/audit/aurora").status_code == 200
    assert client.get("/api/v1/audits/nobody").status_code == 404


def test_answers_count_one_by_one_until_none_waits(client: TestClient) -> None:
    view = drawn(client)
    assert (view["drawn"], view["open"]) == (10, 10)
    assert "label" not in view["next"], "the model's word would lead people"
    for number in range(8):
        view = said(client, view, "negative")
        assert view["open"] == 9 - number
    view = said(client, view, "irrelevant")
    view = said(client, view, "skipped")
    assert (view["open"], view["next"]) == (0, None)
    right = view["right"]
    assert (right["checked"], right["irrelevant"], right["skipped"]) == (8, 1, 1)
    assert sum(right["confusion"]["negative"].values()) == 8
    assert right["low"] <= right["accuracy"] <= right["high"]
    told = client.get("/api/v1/sentiment", params={"brand": "aurora"}).json()["balances"]
    assert [one["audited"] for one in told] == [8]


def test_a_second_answer_takes_the_place_of_the_first(client: TestClient, site: Site) -> None:
    view = drawn(client)
    first = view["next"]["mention_id"]
    view = said(client, view, "positive")
    assert view["before"] == first
    body = {"said": "neutral", "text_version": 1}
    view = client.put(f"{PATH}/{first}", json=body).json()
    assert sum(view["right"]["confusion"]["positive"].values()) == 0
    assert sum(view["right"]["confusion"]["neutral"].values()) == 1
    page = client.get(f"/audit/aurora?at={first}").text
    assert 'value="neutral" data-judge=neutral aria-pressed="true"' in page


def test_a_draw_that_waits_is_gone_on_with_unless_a_fresh_one_is_asked_for(
    client: TestClient, site: Site
) -> None:
    drawn(client)
    drawn(client, 20)
    assert len(draws(site.db, "aurora")) == 1
    assert client.post(PATH, json={"n": 12, "fresh": True}).json()["open"] == 12
    assert [draw.left for draw in draws(site.db, "aurora")] == [True, False]


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"text_version": 7}, 400, "edited meanwhile"),
        ({"said": "lovely"}, 422, "said"),
    ],
)
def test_an_answer_of_another_text_or_of_no_meaning_is_refused(
    client: TestClient, change: dict[str, Any], status: int, why: str
) -> None:
    post = drawn(client)["next"]
    body = {"said": "negative", "text_version": post["text_version"]} | change
    answer = client.put(f"{PATH}/{post['mention_id']}", json=body)
    assert answer.status_code == status
    assert why in answer.text
    assert client.get(PATH).json()["open"] == 10


def test_only_what_was_drawn_may_measure_the_model(client: TestClient, site: Site) -> None:
    drawn(client)
    ids = draws(site.db, "aurora")[0].ids
    other = next(number for number in range(1, 120) if number not in ids)
    answer = client.put(f"{PATH}/{other}", json={"said": "negative", "text_version": 1})
    assert answer.status_code == 404
    assert "was not drawn for Aurora" in answer.json()["detail"]


def test_the_page_asks_one_post_after_the_other_and_marks_the_brand(client: TestClient) -> None:
    page = client.post("/audit/aurora", data={"n": "10"}, headers={"HX-Request": "true"}).text
    assert "0 of 10 answered" in page
    assert "<mark>Aurora</mark>" in page
    assert "&lt;b&gt;" in page, "a post's text is escaped"
    view = client.get(PATH).json()
    path = f"/audit/aurora/{view['next']['mention_id']}"
    sent = {"said": "positive", "text_version": str(view["next"]["text_version"])}
    assert "1 of 10 answered" in client.post(path, data=sent, headers={"HX-Request": "true"}).text
    back = client.post(path, data=sent, follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, "/audit/aurora")

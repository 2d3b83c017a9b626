"""What people do with mentions from the page: the answer is the row and the counts as they are then."""

import pytest
from starlette.testclient import TestClient

from storage.workflow import history
from tests.dashboard.page_facts import page_of

HX = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8765/mentions?brand=aurora"}


def counts(html: str) -> dict[str, int]:
    """The counts above the list by label."""
    found = {}
    for label in ("positive", "neutral", "negative"):
        after = html.partition(f'data-count="{label}"')[2]
        found[label] = int(after.partition('<span class="num">')[2].partition("<")[0].replace(",", ""))
    return found


def test_a_corrected_label_moves_the_counts_in_the_same_answer(client: TestClient) -> None:
    before = counts(client.get("/mentions?brand=aurora").text)
    answer = client.post("/mentions/1/label", data={"label": "positive"}, headers=HX)
    assert answer.status_code == 200
    assert 'id="m1"' in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    after = counts(answer.text)
    assert after["positive"] == before["positive"] + 1
    assert after["neutral"] == before["neutral"] - 1
    assert after["negative"] == before["negative"]
    assert "listener:said" in answer.headers["HX-Trigger"]
    assert counts(client.get("/mentions?brand=aurora").text) == after


def test_elsewhere_than_on_the_list_only_the_row_comes_back(client: TestClient) -> None:
    headers = HX | {"HX-Current-URL": "http://127.0.0.1:8765/mentions/1"}
    answer = client.post("/mentions/1/label", data={"label": "neutral"}, headers=headers)
    assert "hx-swap-oob" not in answer.text


def test_without_javascript_a_form_leads_to_the_mentions_page(client: TestClient) -> None:
    answer = client.post("/mentions/1/label", data={"label": "neutral"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/mentions/1")
    assert "Corrected" in client.get("/mentions/1").text


def test_open_rows_stay_open_after_something_was_done_with_them(client: TestClient) -> None:
    assert (
        "What was done"
        in client.post("/mentions/1/tag", data={"add": "billing", "open": "1"}, headers=HX).text
    )
    assert "What was done" not in client.post("/mentions/1/tag", data={"remove": "billing"}, headers=HX).text


def test_assigning_tagging_noting_and_resolving_are_logged_and_shown(client: TestClient) -> None:
    for what, data in (
        ("assign", {"assignee": "Ann"}),
        ("tag", {"add": "billing"}),
        ("note", {"words": "called back"}),
        ("resolve", {"resolved": "yes"}),
        ("irrelevant", {"irrelevant": "yes"}),
    ):
        assert client.post(f"/mentions/1/{what}", data=data, headers=HX).status_code == 200, what
    shown = client.get("/mentions/1").text
    for words in ("Ann", "billing", "called back", "Resolved", "Not about the brand"):
        assert words in shown
    site = client.app.state.site  # type: ignore[attr-defined]
    assert [line.action for line in history(site.db, 1)] == ["assigned", "tagged", "noted", "resolved"]
    assert 'id="m1"' not in client.get("/mentions").text
    assert 'id="m1"' in client.get("/mentions?irrelevant=yes&resolved=yes").text


@pytest.mark.parametrize(
    ("address", "data", "status"),
    [
        ("/mentions/999999/label", {"label": "neutral"}, 404),
        ("/mentions/1/label", {"label": "splendid"}, 422),
        ("/mentions/1/tag", {"add": "x" * 61}, 400),
        ("/mentions/1/note", {"words": "  "}, 400),
        ("/alerts/7/acknowledge", {}, 404),
        ("/alerts/7/snooze", {"span": "10y"}, 422),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    client: TestClient, address: str, data: dict[str, str], status: int
) -> None:
    before = client.get("/mentions/1").text
    assert client.post(address, data=data, headers=HX).status_code == status
    assert client.get("/mentions/1").text == before


def test_the_list_goes_on_where_it_ended_and_shows_each_mention_once(client: TestClient) -> None:
    seen: list[str] = []
    html = client.get("/mentions").text
    while True:
        page = page_of(html)
        seen += [found["id"] for found in page.all("article")]
        further = [found["hx-get"] for found in page.all("div") if found.get("hx-trigger") == "revealed"]
        if not further:
            break
        html = client.get(further[0]).text
    assert len(seen) == len(set(seen)) == 120


def test_a_query_that_cannot_be_read_is_marked_where_it_is_wrong(client: TestClient) -> None:
    answer = client.get("/mentions", params={"q": "late AND ("})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<mark>" in answer.text
    assert 'value="late AND ("' in answer.text
    assert answer.text.count("<h1>") == 1


def test_a_query_is_tried_out_and_a_test_message_tells_of_each_channel(client: TestClient) -> None:
    assert "Found: 3 of 120 posts" in client.post("/parts/preview", data={"query": "aurora"}).text
    told = client.post("/settings/test").text
    assert "mail" in told
    assert "no answer from the server" in told


@pytest.mark.parametrize("number", ["99999999999999999999999", "9223372036854775808", "0", "-1"])
def test_a_number_that_no_database_has_is_refused_and_does_not_fail(client: TestClient, number: str) -> None:
    for address in ("mentions", "parts/mentions", "alerts"):
        assert client.get(f"/{address}/{number}").status_code == 422, address
    assert client.get(f"/alerts?before={number}").status_code == 422
    for what, data in (("label", {"label": "neutral"}), ("resolve", {"resolved": "yes"})):
        assert client.post(f"/mentions/{number}/{what}", data=data, headers=HX).status_code == 422
    assert client.post(f"/alerts/{number}/acknowledge", headers=HX).status_code == 422


def test_an_address_of_the_page_that_is_none_leaves_out_the_counts(client: TestClient) -> None:
    headers = HX | {"HX-Current-URL": "http://["}
    answer = client.post("/mentions/12/label", data={"label": "positive"}, headers=headers)
    assert answer.status_code == 200
    assert "hx-swap-oob" not in answer.text


def test_a_correction_is_told_in_the_mentions_log(client: TestClient) -> None:
    assert "Nothing yet." in client.get("/mentions/1").text
    client.post("/mentions/1/label", data={"label": "positive"}, headers=HX)
    client.post("/mentions/1/irrelevant", data={"irrelevant": "yes"}, headers=HX)
    client.post("/mentions/12/label", data={"label": "negative"}, headers=HX)
    log = client.get("/api/v1/mentions/1").json()["log"]
    assert [(line["action"], line["value"]) for line in log] == [
        ("labelled", "neutral -> positive"),
        ("irrelevant", ""),
    ]
    shown = client.get("/mentions/1").text
    assert "Nothing yet." not in shown
    assert "corrected the label: <bdi>neutral → positive</bdi>" in shown
    assert "said that it is not about the brand" in shown

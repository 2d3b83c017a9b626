"""What others wrote is shown as text, wherever it stands."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from dashboard.site import Settings, Site
from storage.db import Database
from tests.dashboard.conftest import NOW, Clock, asking
from tests.dashboard.hostile import LINKS, PAYLOADS, HostileActions, fill
from tests.dashboard.page_facts import page_of

WORDS = "".join(PAYLOADS[:9])
ADDRESSES = (
    "/",
    "/mentions",
    "/mentions/1",
    "/parts/mentions/1",
    "/alerts",
    "/alerts/1",
    "/sentiment",
    "/share-of-voice",
    "/influence",
    "/kpis",
    "/reports",
    "/sources",
    "/settings",
    "/settings/brand?key=aurora",
    "/settings/goal?key=key",
    "/settings/people",
    "/parts/matching",
    "/work",
    "/audit/aurora",
    "/account",
    "/receipt?metric=mentions&brand=aurora",
    "/parts/alerts",
    "/parts/trend",
    "/parts/why",
    "/parts/sentiment/trend?of=aurora",
    "/parts/sentiment/apart",
    "/parts/voice/ways",
    "/parts/influence",
    "/parts/kpis",
)

ECHOED = (
    *(
        "/mentions",
        "/",
        "/nowhere",
        "/kpis?area={}",
        "/receipt?metric={}",
        "/mentions?sort={}",
        "/mentions?label={}",
    ),
    *(
        "/mentions?tag={}",
        "/mentions?author={}",
        "/mentions?q={}",
        "/?period={}",
        "/?brand={}",
        "/?source={}",
    ),
    *(
        "/?lang={}",
        "/?campaign={}",
        "/alerts?state={}",
        "/alerts?before={}",
        "/mentions/{}",
        "/{}",
        "/login?next={}",
    ),
)


@pytest.fixture
def hostile(sqlite_db: Database) -> Iterator[TestClient]:
    fill(sqlite_db, WORDS, LINKS[0], now=NOW)
    with asking(Site(sqlite_db, Settings("Europe/Oslo"), HostileActions(words=WORDS), Clock())) as client:
        yield client


@pytest.mark.parametrize("address", ADDRESSES)
def test_hostile_words_make_no_element_attribute_or_address(hostile: TestClient, address: str) -> None:
    answer = hostile.get(address)
    assert answer.status_code == 200, answer.text[:2000]
    page = page_of(answer.text)
    assert page.unsafe() == []
    assert {"iframe", "style", "math", "img"} & {tag for tag, _ in page.tags} == set()
    assert not any("autofocus" in attributes or "hx-on:load" in attributes for _, attributes in page.tags)
    assert all("\\u003cscript" in chart["data-chart"] for chart in page.all("div") if "data-chart" in chart)


@pytest.mark.parametrize("address", ECHOED)
@pytest.mark.parametrize("words", [PAYLOADS[0], PAYLOADS[2], PAYLOADS[8]])
def test_an_address_that_is_echoed_is_escaped_too(hostile: TestClient, address: str, words: str) -> None:
    answer = hostile.get(address.format(quote(words, safe="")))
    assert answer.status_code < 500
    assert "content-security-policy" in answer.headers
    assert page_of(answer.text).unsafe() == []
    assert "<script>canary" not in answer.text


@pytest.mark.parametrize("link", LINKS)
def test_only_addresses_of_the_web_become_links(sqlite_db: Database, link: str) -> None:
    fill(sqlite_db, "plain", link, now=NOW)
    with asking(Site(sqlite_db, Settings("Europe/Oslo"), HostileActions(words="plain"), Clock())) as client:
        for address in ("/mentions", "/mentions/1", "/parts/influence", "/alerts/1"):
            page = page_of(client.get(address).text)
            assert page.unsafe() == []
            for found in page.all("a"):
                if found.get("target") == "_blank":
                    assert found["rel"].split()[:2] == ["noopener", "noreferrer"]


def test_a_preview_of_hostile_words_is_text(hostile: TestClient) -> None:
    for query in ("wrong", "aurora"):
        assert page_of(hostile.post("/parts/preview", data={"query": query}).text).unsafe() == []
    assert page_of(hostile.post("/settings/test").text).unsafe() == []


@pytest.mark.parametrize("address", ["/settings/brand?key=aurora", "/settings/goal?key=key"])
@pytest.mark.parametrize("typed", [{}, {"name": "wrong", "words": "wrong"}, {"seen": "old"}])
def test_what_was_typed_into_a_form_comes_back_as_text(
    hostile: TestClient, address: str, typed: dict[str, str]
) -> None:
    assert page_of(hostile.get(address).text).unsafe() == []
    answer = hostile.post(
        address, data={"owner": WORDS, "query": WORDS[:500], "network": "x", "handle": WORDS[:200]} | typed
    )
    assert answer.status_code == (303 if not typed else 409 if "seen" in typed else 422)
    assert page_of(answer.text).unsafe() == []

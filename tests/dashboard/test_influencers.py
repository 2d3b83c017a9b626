"""What influencers cost and brought, on the page and in the API: hostile names, three languages, and tokens for one brand."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from dashboard.site import Site
from metrics.language import LANGUAGES
from storage.facts import MILLION, FactKey, save_facts
from storage.money import set_money
from storage.tokens import add_token
from storage.users import add_user
from tests.dashboard.conftest import NOW, asking
from tests.dashboard.page_facts import page_of

EVIL = "=cmd|' /C calc'!A0<script>alert(1)</script>\u202e"
API = "/api/v1/metrics?names=return_on_investment,sales_revenue&every=all&by=influencer"


@pytest.fixture
def paid(site: Site) -> Site:
    """ada3 of Aurora cost 100 and brought 250, the hostile one 10 and nothing known, nobody 40 and 60; of Borealis somebody else."""
    rows = {
        ("aurora", "spend", "@Ada3"): 100,
        ("aurora", "revenue", "ada3"): 250,
        ("aurora", "spend", EVIL): 10,
        ("aurora", "spend", ""): 40,
        ("aurora", "revenue", ""): 60,
        ("borealis", "spend", "the-others-friend"): 5,
    }
    day = (NOW - timedelta(days=3)).date()
    amounts = {
        FactKey(brand, fact, day, "social", currency="EUR", influencer=who): amount * MILLION
        for (brand, fact, who), amount in rows.items()
    }
    save_facts(site.db, "creators", amounts)
    set_money(site.db, "EUR", {})
    return site


@pytest.fixture
def client(paid: Site) -> Iterator[TestClient]:
    with asking(paid) as client:
        yield client


@pytest.fixture
def limited(paid: Site) -> Iterator[TestClient]:
    """A program with a token for Aurora alone."""
    add_user(paid.db, "Ada", "four words will do", "admin", now=NOW)
    ends = NOW + timedelta(days=9)
    secret = add_token(paid.db, "agency", "read", by="Ada", now=NOW, expires_at=ends, brands=["aurora"])
    with asking(paid, address="192.0.2.7", authorization=f"Bearer {secret}") as client:
        yield client


def test_the_api_tells_each_influencer_and_what_is_of_nobody(client: TestClient) -> None:
    found = client.get(API + "&brand=aurora").json()
    assert [
        (row["influencer"], row["value"]) for row in found if row["metric"] == "return_on_investment"
    ] == [
        ("@Ada3", 150.0),
        (EVIL, None),
        ("", 50.0),
    ]
    whole = client.get("/api/v1/metrics?names=sales_revenue&every=all&brand=aurora").json()[0]
    assert whole["influencer"] is None
    assert (
        sum(row["value"] or 0 for row in found if row["metric"] == "sales_revenue") == whole["value"] == 310
    )


def test_a_file_of_them_is_safe_in_a_spreadsheet(client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(API + "&brand=aurora&format=csv").text)))
    assert {row["influencer"] for row in rows} == {"'@Ada3", f"'{EVIL}", ""}


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/api/v1/metrics?names=mentions&by=influencer", "mentions is not told by influencer"),
        (API + "&against=previous", "leave one of them out"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(client: TestClient, address: str, says: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_a_token_for_one_brand_learns_nothing_of_anothers_influencers(limited: TestClient) -> None:
    for address in (API, "/api/v1/metrics?by=influencer&every=day", "/api/v1/influence"):
        answer = limited.get(address)
        assert answer.status_code == 200
        assert "the-others-friend" not in answer.text
    assert limited.get(API + "&brand=borealis").status_code == 403


def test_influence_has_them_beside_the_authors_and_in_none_of_the_three_numbers(client: TestClient) -> None:
    found = client.get("/api/v1/influence?brand=aurora&limit=200").json()
    (ada,) = [author for author in found["authors"] if author["brought"]]
    assert (ada["handle"], ada["source"]) == ("ada3", "social")
    assert (ada["brought"]["spend"], ada["brought"]["return_on_investment"]) == (100.0, 150.0)
    costs = found["costs"]
    assert [row["influencer"] for row in costs["rows"]] == ["@Ada3", EVIL]
    assert (costs["without"]["spend"], costs["whole"]["spend"]) == (40.0, 150.0)
    assert costs["rows"][0]["known_on"] == ["social"]
    assert client.get("/api/v1/influence?brand=aurora&source=forum").json()["costs"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_hostile_names_as_text_in_every_language(client: TestClient, language: str) -> None:
    answer = client.get("/parts/influence?brand=aurora", headers={"accept-language": language})
    assert answer.status_code == 200
    assert page_of(answer.text).unsafe() == []
    assert "<script>" not in answer.text
    assert "<bdi>=cmd|&#39; /C calc&#39;!A0&lt;script&gt;" in answer.text
    heading = {
        "en": "What it cost and brought",
        "nb": "Hva det kostet og innbrakte",
        "nl": "Wat het kostte en opbracht",
    }
    assert heading[language] in answer.text


def test_without_influencers_the_page_has_no_such_table(site: Site) -> None:
    with asking(site) as client:
        assert "What it cost" not in client.get("/parts/influence").text

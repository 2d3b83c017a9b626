"""`listener kpis`: the whole catalogue, with values that arrive from posts, accounts and imports, or what is lacking."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli import app
from metrics.inputs import Inputs
from metrics.lacking import lacking
from metrics.missing import needs, no_accounts
from metrics.registry import METRICS
from metrics.saying import Said
from metrics.types import MetricPoint
from storage.accounts import save_account
from storage.brands import sync_brands
from storage.db import open_database
from storage.facts import MILLION, FactKey, save_facts
from storage.labels import save_labels, waiting
from storage.money import set_money
from storage.posts import save
from storage.types import (
    AccountSeen,
    Batch,
    BrandQuery,
    MatchedPost,
    NewAuthor,
    NewLabel,
    NewMention,
    NewPost,
    Stats,
)

CONFIG = """\
timezone = "UTC"
[storage]
url = "sqlite:///listener.db"
[[brands]]
id = "delta"
name = "Delta"
accounts = { x = "@delta" }
query = 'delta'
[[brands]]
id = "rival"
name = "Rival Air"
role = "competitor"
query = 'rival'
[[campaigns]]
id = "spring"
query = '#spring'
from = 2026-03-01
to = 2026-03-31
"""
DAY = datetime(2026, 3, 10, tzinfo=UTC)
WINDOW = ["--since", "2026-03-01", "--until", "2026-04-01"]


def posted(
    number: int, owned: bool, rating: float | None = None, reply_to: str | None = None, **stats: int
) -> MatchedPost:
    post = NewPost(
        source="x",
        source_id=str(number),
        text="our new cabin #launch" if owned else "delta was late",
        published_at=DAY,
        observed_at=DAY,
        author=NewAuthor(
            source_author_id="own" if owned else f"a{number}", handle="delta" if owned else None
        ),
        stats=Stats(**stats) if stats else None,
        format="image",
        rating=rating,
        reply_to=reply_to,
    )
    mention = NewMention(brand_id="delta", query_version=1, target="delta")
    return MatchedPost(post, [] if owned else [mention], owned_by="delta" if owned else None)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kpis")
    path = folder / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    brands = [
        BrandQuery("delta", "Delta", "own", "delta", 0, {"x": "@delta"}),
        BrandQuery("rival", "Rival Air", "competitor", "rival", 0),
    ]
    db = open_database(f"sqlite:///{folder / 'listener.db'}")
    sync_brands(db, brands, now=DAY)
    for day, followers in ((-10, 1_000), (0, 1_100), (20, 1_200)):
        seen = AccountSeen(account_id="own", followers=followers)
        save_account(db, "delta", "x", "@delta", seen, origin="x", now=DAY + timedelta(days=day))
    batch = [
        posted(1, owned=True, likes=20, comments=1, shares=1, quotes=0),
        posted(2, owned=False, rating=4.0),
        posted(3, owned=False, reply_to="1"),
    ]
    save(db, Batch("import", batch), now=DAY)
    said = [
        NewLabel(task.mention_id, task.text_version, "rules-1", 8_000, 1_000, 1_000)
        for task in waiting(db, "rules-1", limit=10, now=DAY)
    ]
    save_labels(db, said, now=DAY)
    set_money(db, "EUR", {})
    facts = {
        FactKey("delta", "spend", DAY.date(), "x", "", currency="EUR"): 10 * MILLION,
        FactKey("delta", "clicks", DAY.date(), "x", ""): 10 * MILLION,
        FactKey("delta", "clicks", DAY.date(), "x", "Spring"): 10 * MILLION,
        FactKey("delta", "spend", DAY.date(), "x", "Spring", currency="EUR"): 20 * MILLION,
    }
    save_facts(db, "ads", facts)
    db.close()
    return path


def kpis(config: Path, *arguments: str, width: int = 96) -> str:
    done = CliRunner().invoke(
        app, ["kpis", "--config", str(config), *WINDOW, *arguments], env={"COLUMNS": str(width)}
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def entries(config: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in json.loads(kpis(config, *arguments, "--format", "json"))}


def value(entry: dict[str, Any], brand: str) -> dict[str, Any]:
    found: dict[str, Any] = next(value for value in entry["values"] if value["brand"] == brand)
    return found


def test_every_entry_of_the_registry_is_listed_with_its_definition_for_every_brand(config: Path) -> None:
    found = entries(config)
    assert list(found) == list(METRICS)
    for id, entry in found.items():
        assert [value["brand"] for value in entry["values"]] == ["Delta", "Rival Air"]
        assert entry["formula"] == METRICS[id].formula
        for said in entry["values"]:
            assert (said["value"] is None) == bool(said["missing"]), id
    assert found["likes"]["vanity"] is True
    assert (found["cost_per_click"]["class"], found["cost_per_click"]["direction"]) == (["I"], "down")


def test_what_was_posted_seen_and_imported_arrives(config: Path) -> None:
    found = entries(config)

    def of(id: str) -> tuple[float | None, str | None]:
        said = value(found[id], "Delta")
        return said["value"], said["currency"]

    assert of("cost_per_click") == (1.5, "EUR")
    assert of("average_engagement_rate") == (2.0, None)
    assert of("followers")[0] == 1_200
    assert of("audience_growth_rate")[0] == pytest.approx(20.0)
    assert of("likes")[0] == 20
    assert of("average_rating")[0] == 4.0
    assert value(found["engagement_by_content_type"], "Delta")["parts"][0]["name"] == "image"
    replies = {part["name"]: part["value"] for part in value(found["comments"], "Delta")["parts"]}
    assert replies == {"negative replies": 100, "neutral replies": 0, "positive replies": 0}


def test_what_is_missing_is_said_by_brand(config: Path) -> None:
    found = entries(config)
    assert value(found["cost_per_lead"], "Delta")["missing"] == "needs leads: none imported yet"
    competitors = "needs spend and leads: a competitor's are known only where imported"
    assert value(found["cost_per_lead"], "Rival Air")["missing"] == competitors
    accounts = "needs own accounts: none configured for Rival Air in [[brands]] accounts"
    assert value(found["likes"], "Rival Air")["missing"] == accounts


@pytest.mark.parametrize("width", [80, 96, 140])
def test_the_table_fits_the_terminal_and_says_once_what_is_lacking(config: Path, width: int) -> None:
    shown = kpis(config, width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert "Likes of own posts (vanity)" in shown
    assert "1.50 EUR" in shown
    text = " ".join(shown.split())
    assert text.count("No value, needs imported facts (listener import-facts FILE):") <= 3
    assert "Cost per lead" in text
    assert "none configured for the brand in [[brands]] accounts (Rival Air)" in text


def test_of_a_campaign_the_money_is_its_own(config: Path) -> None:
    found = entries(config, "--campaign", "spring", "--brand", "delta")
    assert value(found["cost_per_click"], "Delta")["value"] == 2.0
    assert value(found["likes"], "Delta")["missing"].startswith("needs the own accounts")


def test_an_area_and_a_brand_can_be_chosen(config: Path) -> None:
    found = entries(config, "--area", "money", "--brand", "delta")
    assert set(found) == {id for id, metric in METRICS.items() if metric.area == "money"}
    assert [said["brand"] for said in found["cost_per_click"]["values"]] == ["Delta"]


def test_csv_has_a_row_for_every_entry_and_brand(config: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(kpis(config, "--format", "csv"))))
    assert len(rows) == 2 * len(METRICS)
    cost = next(row for row in rows if row["id"] == "cost_per_click" and row["brand"] == "Delta")
    assert (cost["value"], cost["currency"], cost["class"]) == ("1.5", "EUR", "I")


def test_figures_that_lack_the_same_are_taken_together() -> None:
    def point(id: str, brand: str, missing: str) -> MetricPoint:
        return MetricPoint(id, brand, brand, DAY, DAY, None, 0, "count", 1, missing=missing)

    lacks = {
        "leads": needs(["leads"], "none imported yet"),
        "cost_per_lead": needs(["spend", "leads"], "none imported yet"),
        "likes": no_accounts(Inputs(brand="Delta")).missing,
    }
    found = lacking(point(id, "Delta", missing) for id, missing in lacks.items())
    waiting = [
        point("likes", brand, needs(["answers"], Said("{n} wait", n=n)))
        for n, brand in enumerate(("Delta", "Rival"))
    ]
    (alike,) = lacking(waiting)
    assert (alike.why, alike.alike) == ("0 wait", {"Rival"})
    assert [(lack.titles, lack.needs, lack.what) for lack in found] == [
        (
            {"Delta": ["Leads", "Cost per lead"]},
            ["leads", "spend"],
            "imported facts (listener import-facts FILE)",
        ),
        ({"Delta": ["Likes of own posts"]}, ["own accounts"], "own accounts"),
    ]
    assert found[1].why == "none configured for the brand in [[brands]] accounts"

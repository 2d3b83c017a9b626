"""Influencers as files write them, and `listener` with such a file: imported, told apart, erased."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from listener.cli import app
from listener.importing.facts.influencers import Influencer, Unfit, influencer_of
from storage.db import open_database
from storage.influencers import name_key
from storage.posts import save
from storage.types import Batch, NewAuthor
from tests.storage.posts import NOON, named, post

CONFIG = """\
timezone = "UTC"
[storage]
url = "sqlite:///listener.db"
[[brands]]
id = "delta"
name = "Delta Audio"
query = 'delta'
[[brands]]
id = "jet"
name = "Jet"
role = "competitor"
query = 'jet'
[money]
currency = "EUR"
"""
CREATORS = """\
Date,Platform,Creator,Followers,Clicks,Cost (EUR),Revenue (EUR)
2026-11-16,x,@Tilde_B,19400,100,300.00,450.00
2026-11-17,x,https://x.com/tilde_b,19410,50,100.00,350.00
2026-11-17,instagram,tilde_b,8000,50,200.00,90.00
2026-11-17,youtube,=cmd|' /C calc'!A0,10,5,10.00,0
2026-11-18,x,,,40,60.00,150.00
2026-11-18,,Evil\u202e<img src=x onerror=alert(1)>,,0,30.00,
"""
WITHOUT = """\
Date,Platform,Clicks,Cost (EUR),Revenue (EUR)
2026-11-16,x,100,300.00,450.00
"""
WHEN = ("--since", "2026-11-01", "--until", "2026-11-22")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder with a configuration, an export of creators and one post by one of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "creators.csv").write_text(CREATORS)
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    author = NewAuthor(source_author_id="u1", handle="Tilde_B", followers=19_400)
    save(db, Batch("a", [named(post("1", author=author))]), now=NOON)
    db.close()
    return lambda *words: CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


def words(done: Result) -> str:
    """What a person reads of a refusal."""
    return f"{done.output}{done.exception}"


def report(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_an_export_of_creators_is_recognised_and_again_changes_nothing(run: Run) -> None:
    first = report(run("import-facts", "creators.csv", "--as", "creators", "--format", "json"))
    assert (first["rejected"], first["new"]) == (0, 17)
    assert first["facts"] == ["clicks", "revenue", "spend"], "their followers are not the brand's"
    again = report(run("import-facts", "creators.csv", "--as", "creators", "--format", "json"))
    assert (again["new"], again["unchanged"]) == (0, 17)


def told(run: Run, *names: str) -> list[dict[str, str]]:
    done = run("metrics", *names, "--by", "influencer", "--brand", "delta", *WHEN, "--format", "csv")
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_the_return_of_each_influencer_is_told_and_what_is_of_nobody_last(run: Run) -> None:
    run("import-facts", "creators.csv")
    found = told(run, "return_on_investment")
    assert [(row["influencer"], row["value"]) for row in found] == [
        ("Tilde_B", str(100 * (890 - 600) / 600)),
        ("Evil\u202e<img src=x onerror=alert(1)>", ""),
        ("'=cmd|' /C calc'!A0", "-100.0"),
        ("", "150.0"),
    ]
    assert "needs revenue" in found[1]["missing"]
    assert "without an influencer: 60.00 of 700.00 EUR of spend" in found[-1]["warnings"]
    shown = run("metrics", "--by", "influencer", *WHEN).output
    assert "without an influencer" in shown
    assert "\u202e" not in shown


def test_what_cannot_be_told_by_influencer_is_said(run: Run) -> None:
    none = run("metrics", "leads", "--by", "influencer", *WHEN)
    assert "no imported fact of this time names an influencer" in none.output
    refused = run("metrics", "mentions", "--by", "influencer", *WHEN)
    assert refused.exit_code != 0
    assert "mentions is not told by influencer; these are: " in words(refused)
    both = run("metrics", "leads", "--by", "influencer", "--compare", "previous", *WHEN)
    assert both.exit_code != 0
    assert "leave one of them out" in words(both)


def test_influence_has_cost_and_return_beside_an_account_on_its_own_network_alone(run: Run) -> None:
    run("import-facts", "creators.csv")
    said = report(run("influence", "delta", *WHEN, "--format", "json"))
    (author,) = said["authors"]
    assert (author["spend"], author["revenue"], author["return_on_investment"]) == (400.0, 800.0, 100.0)
    assert [(row["influencer"], row["spend"]) for row in said["influencers"]] == [
        ("Tilde_B", 600.0),
        ("Evil\u202e<img src=x onerror=alert(1)>", 30.0),
        ("=cmd|' /C calc'!A0", 10.0),
        ("", 60.0),
    ]
    table = run("influence", "delta", *WHEN).output
    assert "400.00 EUR" in table
    assert "in all" in table
    assert "\u202e" not in table
    rows = csv.DictReader(io.StringIO(run("influence", "delta", *WHEN, "--format", "csv").stdout))
    assert [row["return_on_investment"] for row in rows] == ["100.0"]


def test_forgetting_takes_the_name_out_of_the_facts_and_keeps_the_sums(run: Run) -> None:
    run("import-facts", "creators.csv", "--as", "creators")
    before = run("metrics", "return_on_investment", *WHEN, "--format", "csv").stdout
    done = run("forget", "x:@tilde_b", "--yes")
    assert "imported figure(s) bear the name no more" in done.output
    assert "of other channels bear it still: listener forget @tilde_b" in " ".join(done.output.split())
    assert report(run("forget", "tilde_b", "--yes", "--format", "json"))["figures"] == 3
    again = report(run("import-facts", "creators.csv", "--as", "creators", "--format", "json"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 17)
    assert any("erased on request" in note for note in again["notes"])
    assert "tilde" not in run("metrics", "--by", "influencer", *WHEN, "--format", "csv").stdout.casefold()
    assert run("metrics", "return_on_investment", *WHEN, "--format", "csv").stdout == before


def test_a_database_filled_without_influencers_takes_the_same_file_with_them(
    run: Run, tmp_path: Path
) -> None:
    done = report(
        run("import-facts", "creators.csv", "--as", "c", "--map", "influencer=", "--format", "json")
    )
    assert done["new"] == 21, "with the creators' followers, which are taken for the brand's"
    again = run("import-facts", "creators.csv", "--as", "c", "--format", "json")
    assert report(again)["removed"] > 0
    assert told(run, "return_on_investment")[0]["influencer"] == "Tilde_B"
    (tmp_path / "without.csv").write_text(WITHOUT)
    refused = run("import-facts", "without.csv", "--as", "c")
    assert refused.exit_code != 0
    assert "--map influencer=COLUMN" in words(refused)
    assert run("import-facts", "without.csv", "--as", "c", "--replace").exit_code == 0


@pytest.mark.parametrize(
    ("header", "cells", "says"),
    [
        ("spend", "5", "is of instagram, and the row's channel is x"),
        ("followers", "5", "followers cannot be an influencer's"),
    ],
)
def test_a_row_that_cannot_be_an_influencers_is_refused_with_its_line(
    run: Run, tmp_path: Path, header: str, cells: str, says: str
) -> None:
    who = "https://instagram.com/ada" if header == "spend" else "ada"
    (tmp_path / "f.csv").write_text(
        f"date,channel,influencer,fact,value,currency\n2026-11-16,x,{who},{header},{cells},EUR\n"
    )
    done = report(run("import-facts", "f.csv", "--format", "json"))
    assert done["rejects"][0].startswith("f.csv line 2, column influencer: ")
    assert says in done["rejects"][0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ada", Influencer("ada")),
        ("ada", Influencer("ada")),
        ("Ada Lund", Influencer("Ada Lund")),
        ("https://x.com/Ada/status/12", Influencer("Ada", "x")),
        ("https://mobile.twitter.com/ada?s=20", Influencer("ada", "x")),
        ("www.tiktok.com/@ada/", Influencer("ada", "tiktok")),
        ("https://www.youtube.com/channel/UC12ab", Influencer("UC12ab", "youtube")),
        ("https://www.reddit.com/user/ada/", Influencer("ada", "reddit")),
        ("https://www.linkedin.com/in/ada-lund/", Influencer("ada-lund", "linkedin")),
        ("https://www.facebook.com/profile.php?id=100012", Influencer("100012", "facebook")),
        ("https://news.ycombinator.com/user?id=ada", Influencer("ada", "hackernews")),
        ("https://mastodon.social/@ada", Influencer("ada@mastodon.social", "mastodon")),
        ("@ada@social.example", Influencer("ada@social.example")),
        ("https://ada.example/shop/", Influencer("ada.example/shop")),
        ("ada.lund", Influencer("ada.lund")),
        ("https://social.example/@a%00%20%20b", Influencer("a b@social.example", "mastodon")),
        ("@", Influencer("")),
        ("\u200b", Influencer("")),
        ("", Influencer("")),
    ],
)  # fmt: skip
def test_a_handle_a_name_and_an_address_are_read(text: str, found: Influencer) -> None:
    assert influencer_of(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "https://instagram.com/p/C1/",
        "https://x.com/",
        "https://youtube.com/watch?v=1",
        "https://youtu.be/1",
        "a" * 201,
    ],
)
def test_what_names_no_account_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        influencer_of(text)


@given(
    st.text(max_size=300)
    | st.from_regex(r"(https?://)?[a-z.\[]{1,9}\.[a-z]{2,3}/[^\s]{0,40}", fullmatch=True)
)
def test_any_text_is_a_name_that_fits_or_is_refused(text: str) -> None:
    try:
        found = influencer_of(" ".join(text.encode("utf-8", "replace").decode().split()))
    except Unfit:
        return
    assert len(found.name.encode()) <= 200
    assert found == Influencer("") or name_key(found.name)
    assert found.name == " ".join(found.name.split())
    assert "\x00" in text or "\x00" not in found.name

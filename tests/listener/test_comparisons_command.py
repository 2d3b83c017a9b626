"""Slices, comparisons, receipts and why as a person calls them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.cli import app
from listener.errors import UsageError
from storage.db import open_database
from storage.erase import erase_posts
from storage.posts import save
from storage.query import QueryError
from storage.types import Batch, NewAuthor
from tests.storage.posts import named, post

CONFIG = """\
[[brands]]
id = "delta"
name = "Delta"
query = "delta"
[[brands]]
name = "Jet"
role = "competitor"
query = "jet"
[[campaigns]]
id = "spring"
query = "#sale"
from = 2025-11-22
to = 2025-11-25
[[campaigns]]
id = "autumn"
query = "crew"
from = 2025-09-01
to = 2025-09-02
"""
WINDOW = ("--since", "2025-11-21", "--until", "2025-11-28")
START = datetime(2025, 11, 20, 12, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder with two weeks of posts: every day two of delta and one of jet, from the second week on four of delta, one with a hashtag."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    items = []
    for day in range(-6, 8):
        at = START + timedelta(days=day)
        texts = ["delta one", "delta two", "jet"] + ["delta three #Sale", "delta \x1b[31m four"] * (day > 0)
        for number, text in enumerate(texts):
            person = NewAuthor(source_author_id=str(number), handle=f"p{number}", name="Secret Name")
            source, lang = ("reddit", "no") if number == 1 else ("x", "en")
            item = post(
                f"{day}-{number}",
                text,
                published_at=at,
                observed_at=at,
                author=person,
                source=source,
                lang=lang,
            )
            items.append(named(item, "jet" if text == "jet" else "delta"))
    save(db, Batch("a", items), now=START + timedelta(days=8))
    db.close()

    def invoke(*arguments: str, columns: int = 100) -> Result:
        return CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns)})

    return invoke


def told(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, list)
    return found


def values(found: list[dict[str, Any]], key: str) -> dict[str, float]:
    return {point[key]: point["value"] for point in found}


ONE = ("metrics", "mentions", "--brand", "delta", *WINDOW, "--format", "json")


def test_figures_are_of_one_network_language_tag_query_or_campaign(run: Run) -> None:
    cases = {
        ("--source", "reddit"): 7, ("--lang", "NO"): 7, ("--hashtag", "#sale"): 7, ("--hashtag", "Sale"): 7, ("--query", "three OR four"): 14,
        ("--query", "three OR four", "--hashtag", "sale"): 7, ("--campaign", "spring"): 4, ("--campaign", "SPRING", "--lang", "no"): 0,
    }  # fmt: skip
    for options, expected in cases.items():
        (point,) = told(
            run(*ONE, *options)
            if "--campaign" not in options
            else run("metrics", "mentions", "--brand", "delta", "--format", "json", *options)
        )
        assert point["value"] == expected, options
    (point,) = told(run(*ONE, "--campaign", "spring"))
    assert (point["campaign"], point["query"]) == ("spring", "#sale")
    assert (point["bucket_start"], point["bucket_end"]) == ("2025-11-22T00:00:00Z", "2025-11-26T00:00:00Z")
    (cut,) = told(
        run(
            "metrics",
            "mentions",
            "--brand",
            "delta",
            "--campaign",
            "spring",
            "--since",
            "2025-11-24",
            "--format",
            "json",
        )
    )
    assert cut["value"] == 2


def test_each_network_language_and_campaign_gets_a_row(run: Run) -> None:
    assert values(told(run(*ONE, "--by", "source")), "source") == {"x": 21, "reddit": 7}
    assert values(told(run(*ONE, "--by", "lang")), "lang") == {"en": 21, "no": 7}
    assert values(told(run(*ONE, "--by", "lang", "--source", "x", "--lang", "en")), "lang") == {"en": 21}
    assert values(told(run(*ONE, "--by", "campaign")), "campaign") == {"spring": 4}
    everything = run("metrics", "mentions", "--brand", "delta", "--by", "campaign", "--format", "json")
    assert values(told(everything), "campaign") == {"spring": 4, "autumn": 0}
    assert "Campaign" in run("metrics", "mentions", "--by", "campaign").output
    assert "2025-11-22" in run("metrics", "mentions", "--by", "campaign").output
    assert run("metrics", "--by", "source", "--since", "2020-01-01", "--until", "2020-02-01").exit_code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--campaign", "sprng"), 'did you mean "spring"'),
        (("--campaign", "spring", "--since", "2025-12-01"), "runs from 2025-11-22 to 2025-11-25"),
        (("--lang", "xx"), "there are: en, no"),
        (("--hashtag", "two words"), "write one hashtag"),
        (("--query", "("), "("),
        (("--receipt", "--to", "receipt.txt"), "must end in .json"),
        (("--receipt", "--format", "csv"), "--format json"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(run: Run, options: tuple[str, ...], said: str) -> None:
    result = run("metrics", "mentions", *options)
    assert isinstance(result.exception, (UsageError, QueryError))
    assert said in str(result.exception)


@pytest.mark.parametrize("columns", [80, 96, 140])
def test_a_comparison_fits_the_terminal_and_says_the_change_in_words(run: Run, columns: int) -> None:
    given = (
        "metrics",
        "mentions",
        "share_of_voice",
        *WINDOW,
        "--compare",
        "previous",
        "--compare",
        "competitors",
        "--compare",
        "category",
    )
    shown = run(*given, columns=columns).output
    assert max(map(len, shown.splitlines())) <= columns
    assert "up 100.0 %" in shown
    assert "before: 2025-11-14 00:00 to 2025-11-21 00:00" in shown
    assert "…" not in shown


def test_json_and_csv_hold_the_same_comparisons(run: Run) -> None:
    given = (*ONE[:-1], "{}", "--compare", "previous", "--compare", "year", "--compare", "competitors")
    (point,) = told(run(*(part.format("json") for part in given)))
    before, year, jet = point["comparisons"]
    assert (before["to"], before["value"], before["change"], before["change_unit"], before["real"]) == (
        "previous",
        14,
        100.0,
        "%",
        True,
    )
    assert (year["value"], year["change"], year["real"]) == (None, None, None)
    assert any("nothing is stored from before" in line for line in year["warnings"])
    assert (jet["to"], jet["brand_id"], jet["value"], jet["change"]) == ("competitor", "jet", 7, 300.0)
    rows = list(csv.DictReader(io.StringIO(run(*(part.format("csv") for part in given)).stdout)))
    assert [(row["to"], row["to_value"], row["change"]) for row in rows] == [
        ("previous", "14", "100.0"),
        ("year", "", ""),
        ("competitor", "7", "300.0"),
    ]


def test_a_receipt_is_written_once_and_checks_until_a_post_is_gone(run: Run, tmp_path: Path) -> None:
    given = (
        "metrics",
        "mentions",
        "share_of_voice",
        "--brand",
        "delta",
        *WINDOW,
        "--receipt",
        "--to",
        "r.json",
    )
    assert run(*given).exit_code == 0
    written = (tmp_path / "r.json").read_text("utf-8")
    assert not {"Secret Name", "four", "p0"} & set(written.split('"'))
    assert run(*given).exit_code == 1
    assert run(*given, "--force").exit_code == 0
    same = run("receipt", "r.json")
    assert (same.exit_code, same.output.count("same number")) == (0, 2)
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    erase_posts(db, [("x", "3-0")], now=START + timedelta(days=9))
    db.close()
    other = run("receipt", "r.json")
    assert other.exit_code == 1
    assert "was 28, of 28; is 27, of 27" in other.output
    assert "gone: x:3-0" in other.output
    checked = json.loads(run("receipt", "r.json", "--format", "json").stdout)
    assert [verdict["same"] for verdict in checked] == [False, False]
    assert [verdict["gone"] for verdict in checked] == [["x:3-0"], ["x:3-0"]]


def test_the_line_of_a_receipt_finds_as_many_posts_as_it_counts(run: Run) -> None:
    import shlex

    (receipt,) = told(run(*ONE[:-2], "--hashtag", "sale", "--receipt", "--format", "json"))
    words = shlex.split(receipt["posts"]["find"])
    assert len(told(run(*words[1:], "--format", "json"))) == receipt["posts"]["count"] == 7


@pytest.mark.parametrize("text", ["", "[]x", "[1]", '{"receipt": 1}', '[{"receipt": 2}]'])
def test_a_file_that_is_no_receipt_is_named(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text, encoding="utf-8")
    result = run("receipt", "odd.json")
    assert result.exit_code == 1
    assert "odd.json" in str(result.exception)
    assert "is no receipt" in str(result.exception)


def test_why_prints_parts_that_add_up(run: Run) -> None:
    (found,) = told(run("why", "mentions", *WINDOW, "--format", "json"))
    assert (found["before"], found["after"], found["change"]) == (14, 28, 14)
    for part in (found, *found["networks"]):
        assert part["change"] == pytest.approx(part["category"] + part["platform"] + part["own"])
    assert (found["category"], found["own"]) == (0, 14)
    shown = run("why", "mentions", *WINDOW, columns=80).output
    assert "Everyone: +0; its own: +14" in shown
    rows = list(csv.DictReader(io.StringIO(run("why", "mentions", *WINDOW, "--format", "csv").stdout)))
    assert [row["network"] for row in rows] == ["", "reddit", "x"]

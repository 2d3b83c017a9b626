"""`listener influence` as a person calls it."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.cli import app
from listener.commands.influence import COLUMNS
from storage.db import open_database
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, Stats
from tests.storage.posts import named, post

CONFIG = '[[brands]]\nid = "delta"\nname = "Delta"\nquery = "delta"\n[[brands]]\nname = "Jet"\nrole = "competitor"\nquery = "jet"\n'
FIRST = datetime(2024, 1, 10, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder with two months in which twelve people write of Delta; the higher their number, the more answer."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    found: list[MatchedPost] = []
    for month in range(2):
        at = FIRST + timedelta(days=30 * month)
        for number in range(12):
            writer = NewAuthor(
                source_author_id=f"a{number}", handle=f"p{number}\x1b[31m\u202e", followers=100 * number
            )
            fields = {"published_at": at, "observed_at": at}
            seen = Stats(shares=number, comments=number)
            found.append(named(post(f"{month}-{number}", author=writer, stats=seen, **fields)))
            for fan in range(number):
                listener = NewAuthor(source_author_id=f"f{fan}", handle=f"f{fan}")
                answer = post(
                    f"{month}-{number}-{fan}", "ok", author=listener, reply_to=f"{month}-{number}", **fields
                )
                found.append(MatchedPost(answer))
    save(db, Batch("a", found), now=FIRST + timedelta(days=40))
    db.close()
    when = ("--since", "2024-01-25", "--until", "2024-02-24")

    def invoke(*arguments: str, dated: bool = True) -> Result:
        given = ["influence", *(when if dated else ()), *arguments]
        return CliRunner().invoke(app, given, env={"COLUMNS": "160"})

    return invoke


def test_the_table_shows_three_numbers_with_intervals_ranks_and_the_check(run: Run) -> None:
    shown = run("delta").output
    (first,) = [line for line in shown.splitlines() if line.startswith("p11")]
    assert "1,100" in first
    assert "22..55" in first
    assert " 1 (1-" in first
    assert "responders seen: 66 of 132 responses" in " ".join(shown.split())
    assert "(12 authors in both)" in " ".join(shown.split())
    assert not {"\x1b", "\u202e"} & set(shown)


def test_the_three_numbers_sort_and_limit_the_table(run: Run) -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("--by", "exposure", "--limit", "3", "--format", "csv").stdout))
    )
    assert [row["author_id"] for row in rows] == sorted(
        (row["author_id"] for row in rows), key=int, reverse=True
    )
    assert [row["followers"] for row in rows] == ["1100", "1000", "900"]
    assert list(rows[0]) == COLUMNS


def test_json_has_the_numbers_apart_and_no_score(run: Run) -> None:
    document = json.loads(run("--format", "json").stdout)
    assert document["accounts"] == 12
    assert (document["responders_seen"], document["responses_counted"]) == (66, 132)
    first = document["authors"][0]
    assert first["responders"] == 11
    assert first["response_low"] < first["response"] < first["response_high"]
    assert first["propagation"] == 1
    assert not [key for key in first if "score" in key]
    assert document["check"]["response"] == pytest.approx(1)


def test_check_shows_how_well_a_month_was_foretold(run: Run) -> None:
    (row,) = json.loads(run("--check", "--format", "json").stdout)
    assert (row["authors"], row["response"], row["followers"]) == (12, 1.0, 1.0)
    assert row["before_end"] == row["start"]
    assert "12" in run("--check").output


def test_without_dates_the_check_looks_at_whole_months(run: Run) -> None:
    (row,) = json.loads(run("--check", "--format", "json", dated=False).stdout)
    assert row["missing"] is None or "too few authors" in row["missing"]
    assert row["start"].endswith("-01T00:00:00Z")


def test_a_brand_that_nobody_named_and_one_that_does_not_exist_are_told(run: Run) -> None:
    silent = run("Jet")
    assert silent.exit_code == 0
    assert "No account named the brand" in silent.output
    assert "no brand 'delt'" in str(run("delt").exception)

"""`listener drivers` as a person calls it."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.cli import app
from storage.db import open_database
from storage.posts import save
from storage.types import Batch, NewAuthor
from tests.storage.posts import NOON, named, post

CONFIG = '[[brands]]\nid = "delta"\nname = "Delta"\nquery = "delta"\n[[brands]]\nname = "Jet"\nrole = "competitor"\nquery = "jet"\n'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder where fifty posts of a calm month are followed by a day on which twenty people write of a strike."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")

    def written(number: int, text: str, day: int) -> None:
        at = NOON + timedelta(days=day, minutes=number)
        person = NewAuthor(source_author_id=str(number), handle=f"p{number}")
        item = post(str(number), text, published_at=at, observed_at=at, author=person)
        save(db, Batch("a", [named(item)]), now=NOON + timedelta(days=31))

    for number in range(50):
        written(number, "delta was fine \x1b[31m", number // 2)
    for number in range(50, 70):
        written(number, "delta \x1b]0;gone\x07 strike today", 28)
    db.close()
    when = ("--since", "2026-12-17", "--until", "2026-12-20", "--against", "2026-11-01..2026-12-17")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["drivers", *when, *arguments], env={"COLUMNS": "120"})

    return invoke


def test_the_table_names_what_stands_out_and_shows_it_without_control_characters(run: Run) -> None:
    shown = run("delta").output
    assert "strike today" in shown
    assert "20 of 20" in shown
    assert not {"\x1b", "\x07"} & set(shown)


def test_json_and_csv_hold_the_same_drivers(run: Run) -> None:
    document = json.loads(run("--format", "json").stdout)
    (everything, *rest) = document["labels"]
    assert [part["label"] for part in rest] == ["negative", "neutral", "positive"]
    assert (everything["mentions"], everything["baseline_mentions"]) == (20, 50)
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv").stdout)))
    assert [row["name"] for row in rows] == [driver["name"] for driver in everything["drivers"]]
    assert len(everything["evidence"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "nobody"),
        (["--against", "yesterday"], "write two days"),
        (["--against", "2026-12-17.."], "write two days"),
        (
            ["--against", "2026-12-17..2026-12-01"],
            "--against '2026-12-17..2026-12-01': 2026-12-17 is not before",
        ),
    ],
)
def test_a_wrong_argument_is_told_with_the_way_out(run: Run, arguments: list[str], told: str) -> None:
    assert told in str(run(*arguments).exception)


def test_the_time_before_begins_at_midnight_where_the_clocks_were_changed_in_it(run: Run) -> None:
    config = Path("config.toml")
    config.write_text('timezone = "Europe/Oslo"\n' + config.read_text(encoding="utf-8"), encoding="utf-8")
    days = ("drivers", "delta", "--since", "2026-11-16", "--until", "2026-11-23", "--format", "json")
    document = json.loads(CliRunner().invoke(app, days).stdout)
    assert document["baseline_since"] == "2026-10-18T22:00:00Z"
    assert document["baseline_until"] == "2026-11-15T23:00:00Z"

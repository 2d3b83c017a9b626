"""`listener voice` as a person calls it."""

import csv
import io
import json
import random
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
from tests.metrics.test_voice_stored import WORDS
from tests.storage.posts import NOON, named, post

CONFIG = '[[brands]]\nid = "delta"\nname = "Delta"\nquery = "delta"\n[[brands]]\nname = "Jet"\nrole = "competitor"\nquery = "jet"\n'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder in which forty people speak of Delta, ten of Jet, and sixty accounts say the same of Jet within six minutes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    items, chance = [], random.Random(1)
    for number in range(110):
        words = " ".join(chance.choices(WORDS, k=12))
        text = f"{'delta' if number < 40 else 'jet'} {words}"
        minute = 30.0 * number
        if number >= 50:
            text, minute = "jet \x1b[31mis the very best of all airlines\x07 ever", 3000 + number / 10
        at = NOON + timedelta(minutes=minute)
        person = NewAuthor(source_author_id=str(number), handle=f"p{number}")
        item = post(str(number), text, published_at=at, observed_at=at, author=person)
        items.append(named(item, "delta" if number < 40 else "jet"))
    save(db, Batch("a", items), now=NOON + timedelta(days=31))
    db.close()
    when = ("--since", "2026-11-20", "--until", "2026-11-27")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["voice", *when, *arguments], env={"COLUMNS": "120"})

    return invoke


def test_the_table_sets_the_ways_side_by_side_and_says_that_the_leader_changes(run: Run) -> None:
    shown = " ".join(run().output.split())
    assert "by mentions 36.4 %" in shown
    assert "without repeats and bursts 78.4 %" in shown
    assert "Jet leads by mentions, by more than chance (nearest: Delta," in shown
    assert "The leader changes with the way of counting: Delta leads without near-duplicates" in shown
    assert "Of Jet's mentions 59 repeat an earlier text, 60 are part of a burst." in shown
    assert not {"\x1b", "\x07"} & set(shown)


def test_json_and_csv_hold_the_same_shares(run: Run) -> None:
    document = json.loads(run("--format", "json").stdout)
    assert document["leader_changes"]
    assert document["leads"]["mentions"]["brand"] == "Jet"
    assert document["leads"]["distinct"]["more_than_chance"]
    (copied,) = document["copied"]
    assert (copied["mentions"], copied["accounts"], copied["burst"]) == (60, 60, True)
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv").stdout)))
    assert [float(row["value"]) for row in rows] == [
        pytest.approx(row["value"]) for row in document["shares"]
    ]
    assert {row["way"] for row in rows} == {"mentions", "people", "distinct", "one_voice", "organic"}


def test_a_time_without_posts_says_so(run: Run) -> None:
    shown = CliRunner().invoke(
        app, ["voice", "--since", "2026-01-01", "--until", "2026-01-08"], env={"COLUMNS": "120"}
    )
    assert shown.exit_code == 0
    assert "–" in shown.output
    assert (
        json.loads(run("--since", "2026-01-01", "--until", "2026-01-08", "--format", "json").stdout)["copied"]
        == []
    )

"""`listener triage` and the filters of `listener mentions`, as a person calls them."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.cli import app
from storage.db import open_database
from storage.posts import save
from storage.types import Batch
from tests.storage.posts import NOON, named, post

CONFIG = '[[brands]]\nid = "delta"\nname = "Delta"\nquery = "delta"\n'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A folder with three posts about Delta: mentions 1, 2 and 3."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LISTENER_USER", "bo")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    save(db, Batch("a", [named(post(number)) for number in "123"]), now=NOON)
    db.close()
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env={"COLUMNS": "120"})


def test_what_is_done_is_shown_with_its_log(run: Run) -> None:
    assert "ann has it; late bag" in run("triage", "1", "2", "--assign", "ann", "--tag", "late bag").output
    assert "resolved" in run("triage", "1", "--resolve", "--note", "rang \x1b[31mher").output
    shown = run("triage", "1").output
    assert [word in shown for word in ("assigned ann by bo", "tagged late bag by bo", "noted rang")] == [
        True
    ] * 3
    assert "\x1b" not in shown
    assert run("triage", "1", "--reopen", "--assign", "nobody", "--untag", "late bag").output.split() == [
        "1", "nobody", "has", "it",
    ]  # fmt: skip


def test_mentions_show_and_find_what_was_done(run: Run) -> None:
    run("triage", "1", "2", "--assign", "Ann", "--tag", "bag")
    run("triage", "2", "--resolve")
    when = ("--since", "2026-11-01", "--until", "2026-12-01")
    rows = json.loads(run("mentions", *when, "--assigned", "ann", "--format", "json").stdout)
    assert {(row["id"], row["assignee"], row["tags"], row["resolved_at"] is None) for row in rows} == {
        ("1", "Ann", "bag", True),
        ("2", "Ann", "bag", False),
    }
    assert "Ann has it  [bag]" in run("mentions", *when, "--open").output
    found = csv.DictReader(io.StringIO(run("mentions", *when, "--resolved", "--format", "csv").stdout))
    assert [row["id"] for row in found] == ["2"]
    assert json.loads(run("triage", "--format", "json").stdout) == {"bag": 2}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["7", "--resolve"], "there is no mention 7; nothing was changed"),
        (["1", "--resolve", "--reopen"], "choose one"),
        (["1", "--tag", " "], "--tag: write 1 to 60 characters"),
        (["1", "--assign", "x" * 101], "--assign: write 1 to 100 characters"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(run: Run, arguments: list[str], told: str) -> None:
    assert told in str(run("triage", *arguments).exception)
    assert json.loads(run("triage", "1", "--format", "json").stdout)[0]["log"] == []


def test_figures_on_service_follow_what_is_done(run: Run) -> None:
    run("triage", "1", "2", "3", "--assign", "ann")
    run("triage", "1", "2", "--resolve")
    when = ("--since", "2026-11-01", "--until", "2026-12-01", "--format", "json")
    points = json.loads(run("metrics", "issues_resolved", "time_to_resolve", "response_time", *when).stdout)
    found = {point["metric"]: point for point in points}
    assert found["issues_resolved"]["parts"][0]["value"] == pytest.approx(100 * 2 / 3)
    assert found["time_to_resolve"]["n"] == 3
    assert found["response_time"]["value"] is None
    assert "own replies" in found["response_time"]["missing"]

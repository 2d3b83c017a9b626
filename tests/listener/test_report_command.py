"""`listener report` as a person calls it: in which language the file is."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from listener.cli import app
from listener.cli.reports import Language
from metrics.language import LANGUAGES
from tests.listener.work_told import told_of_work

BRAND = '[[brands]]\nid = "delta"\nname = "Delta"\nquery = "delta"\n'


@pytest.mark.parametrize(
    ("configured", "asked", "says"),
    [
        ("auto", None, "In short"),
        ("nb", None, "Kort fortalt"),
        ("nb", "nl", "In het kort"),
        ("nl", "en", "In short"),
    ],
)
def test_a_report_is_in_the_language_asked_for_or_else_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str, asked: str | None, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(f'language = "{configured}"\n{BRAND}', encoding="utf-8")
    words = ["report", "--period", "2026-03-02..2026-03-08", "--to", "week.html"]
    done = CliRunner().invoke(app, [*words, *(["--language", asked] if asked else [])])
    assert done.exit_code == 0, done.output
    assert f"<h2>{says}</h2>" in (tmp_path / "week.html").read_text("utf-8")


def test_a_report_by_command_is_shown_as_long_work_while_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(BRAND, encoding="utf-8")
    words = ["report", "--period", "2026-03-02..2026-03-08", "--to"]
    assert CliRunner().invoke(app, [*words, "first.html"]).exit_code == 0
    with told_of_work(tmp_path / "listener.db") as told:
        assert CliRunner().invoke(app, [*words, "second.html"]).exit_code == 0
        assert told() == [("report", "2026-03-02 – 2026-03-08")]


def test_every_language_can_be_asked_for() -> None:
    assert [one.value for one in Language] == [*LANGUAGES]

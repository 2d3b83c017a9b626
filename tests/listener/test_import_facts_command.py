"""`listener import-facts` as a user meets it."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from listener.cli import app

CONFIG = """\
timezone = "Europe/Oslo"  # home
[storage]
url = "sqlite:///listener.db"
[[brands]]
id = "aurora"
name = "Aurora Air"
query = 'aurora'
[[brands]]
name = "Nimbus"
role = "competitor"
query = 'nimbus'
[money]
currency = "EUR"
rates = { USD = 0.5 }  # to be looked up monthly
"""
META = """\
Day,Campaign name,Impressions,Link clicks,Amount spent (USD),Results
2026-03-01,Spring,"1,000",30,10.00,3
2026-03-02,Spring,"2,000",abc,12.00,4
2026-03-03,Spring,"3,000",50,20.00,5
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder with a configuration and an export."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "meta.csv").write_text(META)

    def command(*words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, ["import-facts", *words], input=answer, env={"COLUMNS": "200"})

    return command


def report(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_export_is_imported_its_bad_row_listed_and_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    done = report(run("meta.csv", "--format", "json"))
    assert (done["import"], done["rows"], done["new"], done["rejected"]) == ("meta-ads", 3, 6, 1)
    assert done["rejects"] == ['meta.csv line 3, column Link clicks: "abc" is not a number']
    assert json.loads((tmp_path / "meta.csv.rejects.jsonl").read_text())["line"] == 3
    again = report(run("meta.csv", "--format", "json"))
    assert (again["new"], again["changed"], again["removed"], again["unchanged"]) == (0, 0, 0, 6)


def test_a_corrected_export_says_what_it_restates(run: Run, tmp_path: Path) -> None:
    run("meta.csv")
    (tmp_path / "meta.csv").write_text(META.replace("10.00", "11.50").replace("abc", "40"))
    done = report(run("meta.csv", "--format", "json"))
    assert (done["new"], done["changed"], done["unchanged"]) == (3, 1, 5)
    assert done["changes"] == ["2026-03-01 spend (meta / Spring): 11.50 USD, was 10 USD"]


def test_a_saved_mapping_needs_nothing_the_next_time(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.chmod(0o600)
    first = report(
        run(
            "meta.csv",
            "--as",
            "ads",
            "--map",
            "leads=Results",
            "--channel",
            "Facebook",
            "--save",
            "--format",
            "json",
        )
    )
    assert first["saved_mapping"]
    assert path.read_text().startswith(CONFIG)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    saved = path.read_bytes()
    (tmp_path / "later.csv").write_text(
        META.replace("Link clicks", "Clicks (all)").replace("2026-03", "2026-04")
    )
    wrong = run("later.csv", "--as", "ads")
    assert isinstance(wrong.exception, Exception)
    assert "there is no such column" in str(wrong.exception)
    (tmp_path / "later.csv").write_text(META.replace("2026-03", "2026-04"))
    later = report(run("later.csv", "--as", "ads", "--format", "json"))
    assert "leads" in later["facts"]
    assert path.read_bytes() == saved


def test_a_dry_run_stores_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = report(run("meta.csv", "--as", "ads", "--save", "--dry-run", "--format", "json"))
    assert (done["new"], done["dry_run"], done["saved_mapping"]) == (6, True, False)
    assert json.loads(run("--list", "--format", "json").stdout) == []
    assert (tmp_path / "config.toml").read_text() == CONFIG
    assert not (tmp_path / "meta.csv.rejects.jsonl").exists()


def test_what_is_stored_is_listed_and_forgotten_when_somebody_says_yes(run: Run) -> None:
    run("meta.csv")
    rows = json.loads(run("--list", "--format", "json").stdout)
    assert [(row["import"], row["brand"], row["fact"], row["currencies"], row["days"]) for row in rows] == [
        ("meta-ads", "Aurora Air", "clicks", [], 2),
        ("meta-ads", "Aurora Air", "impressions", [], 2),
        ("meta-ads", "Aurora Air", "spend", ["USD"], 2),
    ]
    kept = run("--forget", "meta-ads", answer="n\n")
    assert kept.exit_code != 0
    assert len(json.loads(run("--list", "--format", "json").stdout)) == 3
    assert json.loads(run("--forget", "meta-ads", "--yes", "--format", "json").stdout)["removed"] == 6
    assert "did you mean" not in str(run("--forget", "meta-ads", "--yes").exception)


def test_money_without_a_rate_and_what_two_imports_hold_are_pointed_out(run: Run, tmp_path: Path) -> None:
    run("meta.csv")
    (tmp_path / "other.csv").write_text("date,channel,clicks,cost (SEK)\n2026-03-01,meta,5,7\n")
    notes = "\n".join(report(run("other.csv", "--as", "other", "--format", "json"))["notes"])
    assert "no rate from SEK to EUR" in notes
    assert "clicks of meta on 1 of these days is also in the import meta-ads: it is counted twice" in notes


def test_hostile_names_are_shown_harmless_and_kept_as_they_are(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("date,channel,campaign,clicks\n2026-03-01,x,\x1b[31m=1+1\u202eevil,5\n")
    run("f.csv", "--as", "any")
    (tmp_path / "f.csv").write_text(
        "date,channel,campaign,clicks\n2026-03-01,x,\x1b[31m=1+1\u202eevil,6\n2026-03-01,\x1b[31mx,a,b\n"
    )
    shown = run("f.csv", "--as", "any").stdout
    assert "=1+1evil: 6, was 5" in shown.replace("[31m", "").replace(")", "")
    assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["meta.csv", "--as", "Ads!"], "--as"),
        (["meta.csv", "--currency", "EURO"], "no currency of ISO 4217"),
        (["meta.csv", "--zone", "Oslo"], "no time zone"),
        (["meta.csv", "--decimal", ";"], r"write \. or ,"),
        (["meta.csv", "--scale", "0"], "top of a scale"),
        (["meta.csv", "--brand", "Nimbo"], "no brand"),
        (["meta.csv", "--map", "spnd=x"], "did you mean spend"),
        (["none.csv"], "no such file"),
        (["--forget", "nothing", "--yes"], "no import is called"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out_and_nothing_is_stored(
    run: Run, words: list[str], message: str
) -> None:
    done = run(*words)
    assert done.exit_code != 0
    with pytest.raises(Exception, match=message):
        raise done.exception or AssertionError(done.output)
    assert json.loads(run("--list", "--format", "json").stdout) == []


def test_a_broken_configuration_is_never_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG + "oops")
    assert run("meta.csv", "--as", "ads", "--save").exit_code != 0
    assert (tmp_path / "config.toml").read_text() == CONFIG + "oops"


def test_a_competitors_facts_need_its_name(run: Run) -> None:
    done = report(run("meta.csv", "--brand", "nimbus", "--format", "json"))
    assert done["new"] == 6
    assert {row["brand"] for row in json.loads(run("--list", "--format", "json").stdout)} == {"Nimbus"}


def test_sums_are_printed_for_people_and_spreadsheets(run: Run) -> None:
    shown = run("meta.csv").stdout
    assert "meta-ads: 3 rows, 6 figures: 6 new" in shown
    assert "Next: listener kpis" in shown
    assert run("meta.csv", "--format", "csv").stdout.splitlines() == [
        "import,fact,days,figures,sum,currency",
        "meta-ads,clicks,2,2,80,",
        "meta-ads,impressions,2,2,4000,",
        "meta-ads,spend,2,2,30,USD",
    ]

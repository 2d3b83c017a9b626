"""The command line as a user meets it: real processes in an empty folder, good input and bad."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli import app, main
from tests.patience import FOR_EVER_S

ROOT = Path(__file__).parents[2]
CONFIG = """\
timezone = "Europe/Oslo"
[storage]
url = "sqlite:///listener.db"
[[brands]]
id = "aurora"
name = "Aurora Air"
role = "own"
accounts = { x = "@auroraair" }
query = '(aurora OR @auroraair) NOT borealis'
[[brands]]
id = "nimbus"
name = "Nimbus"
role = "competitor"
query = 'nimbus'
"""
POSTS = '''\
tweet_id,name,text,tweet_created,retweet_count
1001,ada_x,"Aurora lost my bag, ""again""",2026-03-01 08:00:00 +0100,2
1002,bo_x,Nimbus was lovely today,2026-03-01 09:00:00 +0100,0
1003,cy_x,"Aurora let me down,
Nimbus saved the day",2026-03-02 23:30:00 +0100,5
1003,cy_x,"Aurora let me down,
Nimbus saved the day",2026-03-02 23:30:00 +0100,5
1004,di_x,The aurora borealis was green,2026-03-02 10:00:00 +0100,1
1.23E+18,ed_x,Aurora again,2026-03-02 11:00:00 +0100,0
1006,auroraair,Aurora is sorry for your trouble,2026-03-02 12:00:00 +0100,0
'''
MAP = [
    "--map", "source_id=tweet_id", "--map", "text=text", "--map", "author=name",
    "--map", "published_at=tweet_created", "--map", "shares=retweet_count", "--source", "x",
]  # fmt: skip
WINDOW = ["--since", "2026-03-01", "--until", "2026-03-03"]


def listener(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "listener.cli", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "160"} | (env or {}),
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def answer(*arguments: str, cwd: Path) -> object:
    done = listener(*arguments, "--format", "json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rows(*arguments: str, cwd: Path) -> list[dict[str, Any]]:
    found = answer(*arguments, cwd=cwd)
    assert isinstance(found, list)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and imported posts."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "posts.csv").write_text(POSTS, encoding="utf-8")
    report = rows("import", "posts.csv", *MAP, cwd=folder)
    assert (report[0]["new_posts"], report[0]["known_posts"], report[0]["rejected"]) == (4, 1, 1)
    assert report[0]["unmatched"] == 1
    return folder


def test_help_starts_without_anything_heavy() -> None:
    code = "import sys, listener.cli; print(sorted(set(sys.modules) & {'torch', 'transformers', 'numpy', 'sqlalchemy', 'pydantic'}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_help_with_an_example() -> None:
    terminal = CliRunner()
    listing = terminal.invoke(app, ["--help"]).stdout
    commands = [line.split()[0] for line in listing.split("Commands:")[1].splitlines() if line.strip()]
    assert len(commands) >= 15
    for command in commands:
        shown = terminal.invoke(app, [command, "--help"])
        assert shown.exit_code == 0
        assert "Example: listener" in shown.stdout or command == "export"


def test_bad_rows_are_listed_by_line_and_good_ones_kept(folder: Path) -> None:
    rejects = [json.loads(line) for line in (folder / "posts.csv.rejects.jsonl").read_text().splitlines()]
    assert [(reject["line"], reject["field"]) for reject in rejects] == [(9, "source_id")]
    assert "spreadsheet" in rejects[0]["reason"]


def test_a_second_import_changes_nothing(folder: Path) -> None:
    before = answer("metrics", *WINDOW, cwd=folder)
    report = rows("import", "posts.csv", *MAP, cwd=folder)
    assert report[0]["new_posts"] == report[0]["new_mentions"] == report[0]["edited_posts"] == 0
    assert answer("metrics", *WINDOW, cwd=folder) == before


def test_the_posts_behind_a_number_add_up_to_it(folder: Path) -> None:
    points = rows("metrics", "mentions", *WINDOW, cwd=folder)
    assert {point["brand"]: point["value"] for point in points} == {"Aurora Air": 2, "Nimbus": 2}
    for point in points:
        behind = answer("mentions", "--brand", point["brand"], *WINDOW, "--limit", "0", cwd=folder)
        assert isinstance(behind, list)
        assert len(behind) == point["value"] == point["n"]
    daily = rows("metrics", "mentions", *WINDOW, "--every", "day", cwd=folder)
    assert sum(point["value"] for point in daily) == 4


def test_the_brands_own_posts_are_no_mentions_of_it(folder: Path) -> None:
    found = answer("mentions", "--author", "auroraair", *WINDOW, cwd=folder)
    assert found == []


def test_a_correction_counts_at_once(folder: Path) -> None:
    (mention,) = rows("mentions", "--brand", "nimbus", "--author", "bo_x", *WINDOW, cwd=folder)
    assert mention["published_at"] == "2026-03-01T08:00:00Z"
    corrected = answer("mentions", "--correct", mention["id"], "negative", cwd=folder)
    assert corrected == {"id": mention["id"], "label": "negative", "model": "human"}
    (corrected,) = rows("mentions", "--label", "negative", "--author", "bo_x", *WINDOW, cwd=folder)
    assert corrected["model"] == "human"
    (point,) = rows("metrics", "negative_share", "--brand", "nimbus", *WINDOW, cwd=folder)
    assert (point["value"], point["n"]) == (100.0, 1)


def test_a_correction_is_taken_back_by_command(folder: Path) -> None:
    (mention,) = rows("mentions", "--brand", "nimbus", "--author", "bo_x", *WINDOW, cwd=folder)
    answer("mentions", "--correct", mention["id"], "negative", cwd=folder)
    taken = answer("mentions", "--take-back", mention["id"], cwd=folder)
    assert taken == {"id": mention["id"], "label": None, "model": None, "changed": 1}
    again = listener("mentions", "--take-back", mention["id"], cwd=folder)
    assert again.stdout == f"Mention {mention['id']} has no person's label; it stays as it is\n"
    assert listener("mentions", "--take-back", "999", cwd=folder).returncode == 1
    (row,) = rows("mentions", "--author", "bo_x", *WINDOW, cwd=folder)
    assert (row["label"], row["model"]) == (None, None)


def test_csv_output_is_csv(folder: Path) -> None:
    done = listener("metrics", "mentions", "share_of_voice", *WINDOW, "--format", "csv", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["metric"] for row in rows} == {"mentions", "share_of_voice"}
    assert {row["brand"] for row in rows} == {"Aurora Air", "Nimbus"}


def test_a_changed_query_is_applied_to_what_is_stored(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace(" NOT borealis", ""), encoding="utf-8")
    (tmp_path / "posts.csv").write_text(POSTS, encoding="utf-8")
    listener("import", "posts.csv", *MAP, "--keep-unmatched", cwd=tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    points = rows("metrics", "mentions", *WINDOW, cwd=tmp_path)
    assert {point["brand"]: point["value"] for point in points} == {"Aurora Air": 2, "Nimbus": 2}


def test_an_author_who_asks_gets_all_that_is_stored_of_them(folder: Path) -> None:
    for asked, name in (("@Cy_X", "handle.jsonl"), ("nobody", "nobody.jsonl")):
        assert listener("export", "posts", "--author", asked, "--to", name, cwd=folder).returncode == 0
    found = [json.loads(line) for line in (folder / "handle.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [post["source_id"] for post in found] == ["1003"]
    assert (folder / "nobody.jsonl").read_text(encoding="utf-8") == ""


def test_a_forgotten_author_is_gone_and_stays_gone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "posts.csv").write_text(POSTS, encoding="utf-8")
    listener("import", "posts.csv", *MAP, cwd=tmp_path)
    erased = answer("forget", "@cy_x", "--yes", cwd=tmp_path)
    assert isinstance(erased, dict)
    assert (erased["authors"], erased["posts"], erased["mentions"]) == (1, 1, 2)
    again = rows("import", "posts.csv", *MAP, cwd=tmp_path)
    assert again[0]["new_posts"] == 0
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("listener.db*"))
    assert b"saved the day" not in stored
    assert b"cy_x" not in stored
    points = rows("metrics", "mentions", *WINDOW, cwd=tmp_path)
    assert {point["brand"]: point["value"] for point in points} == {"Aurora Air": 1, "Nimbus": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["metrics"], 2, "config.toml"),
        (["metrics", "mentoins"], 2, 'did you mean "mentions"'),
        (["metrics", "--since", "yesterdayish"], 2, "--since"),
        (["metrics", "--since", "2026-03-05", "--until", "2026-03-01"], 2, "is not before"),
        (["metrics", "--brand", "auroa"], 2, 'did you mean "aurora"'),
        (["metrics", "--every", "fortnight"], 2, "fortnight"),
        (["mentions", "--query", "NOT aurora"], 2, "NOT"),
        (["mentions", "--correct", "1"], 2, "--correct ID"),
        (["mentions", "--correct", "1", "positive", "--take-back", "1"], 2, "one thing at a time"),
        (["mentions", "--correct", "999999", "positive"], 1, "999999"),
        (["import", "missing.csv"], 1, "missing.csv"),
        (["import", "posts.csv", "--map", "text=txet"], 2, "txet"),
        (["import", "posts.csv", "--map", "nonsense"], 2, "nonsense"),
        (["import", "."], 1, "is a folder"),
        (["collect"], 2, "no source"),
        (["collect", "press"], 2, "press"),
        (["label", "--model", "no/such-model"], 1, "no/such-model"),
        (["export", "posts", "--to", "posts.xls"], 2, ".csv"),
        (["export", "posts", "--to", "posts.csv"], 1, "posts.csv"),
        (["evaluate", "missing.tsv"], 1, "missing.tsv"),
        (["init", "--brand", "x"], 1, "--force"),
        (["frobnicate"], 2, "frobnicate"),
        (["metrics", "--config", "elsewhere.toml"], 2, "elsewhere.toml"),
        (["metrics", "--until", "9999-12-31T23:59:59"], 2, "2199"),
        (["metrics", "--since", "2026-03-01T10:01", "--until", "2026-03-01T10:09"], 2, "quarter hour"),
        (["metrics", "--source", "fiel"], 2, "network called 'fiel'"),
        (["mentions", "--correct", "99999999999999999999", "positive"], 2, "99999999999999999999"),
        (["import", "posts.csv", "--zone", "Europe/Olso"], 2, 'did you mean "Europe/Oslo"'),
        (["forget", "@someone"], 2, "--yes"),
        (["forget", "@", "--yes"], 2, "whom"),
        (["evaluate", "posts.csv"], 1, "posts.csv:1"),
        (["evaluate", "posts.csv", "--predictions", "no/where.tsv"], 1, "posts.csv:1"),
        (
            ["init", "--brand", "A", "--competitor", "a", "--config", "new.toml"],
            2,
            "nothing is written: brands[1]",
        ),
    ],
)
def test_what_a_user_can_get_wrong_is_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    if arguments != ["metrics"]:
        (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
        (tmp_path / "posts.csv").write_text(POSTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["listener", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    printed = capsys.readouterr()
    assert left.value.code == code, printed.err
    assert says in printed.err
    assert "Traceback" not in printed.err + printed.out
    assert "unforeseen" not in printed.err


def test_a_closed_pipe_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -m listener.cli mentions --limit 0 {' '.join(WINDOW)} --format csv"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} | (sleep 0; exec <&-; sleep 3)"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_no_figure_and_no_brand_is_cut_however_narrow_the_terminal(folder: Path, columns: str) -> None:
    points = rows("metrics", *WINDOW, cwd=folder)
    shown = listener("metrics", *WINDOW, cwd=folder, env={"COLUMNS": columns}).stdout
    table = [line for line in shown.splitlines() if not line.startswith("!")]
    assert max(map(len, table)) <= int(columns)
    heads = " ".join(line for line in table if "[" not in line)
    for point in (point for point in points if point["metric"] == "share_of_voice"):
        cell = f"{point['value']:.1f} [{point['low']:.1f}..{point['high']:.1f}] %"
        assert any(line.startswith("Share of voice ") and cell in line for line in table)
        assert point["brand"] in heads


def test_a_time_without_posts_says_where_they_are(folder: Path) -> None:
    for command in ("metrics", "mentions"):
        done = listener(command, "--since", "2020-01-01", "--until", "2020-02-01", cwd=folder)
        assert done.returncode == 0
        assert "--since 2026-03-01 --until 2026-03-03" in done.stderr


def test_a_file_that_cannot_be_used_hides_nothing_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "columns.csv").write_text("foo,bar\n1,2\n", encoding="utf-8")
    (tmp_path / "own.jsonl").write_text(
        '{"text": "Aurora is late", "source_id": "1", "published_at": "2015-02-24T11:35:52-08:00"}\n'
        '{"text": "Good morning", "source_id": "2", "published_at": "2015-02-25T11:35:52-08:00"}\n',
        encoding="utf-8",
    )
    done = listener("import", "columns.csv", "own.jsonl", "--keep-unmatched", cwd=tmp_path)
    assert done.returncode == 2
    assert "columns.csv: no column holds the text" in done.stderr
    assert "1 posts name no tracked brand; kept all the same" in done.stdout
    assert "listener metrics --since 2015-02-24 --until 2015-02-25" in done.stdout


def test_a_terminal_without_unicode_is_no_error(folder: Path) -> None:
    done = listener("metrics", *WINDOW, cwd=folder, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2013" in done.stdout


def test_run_works_until_it_is_told_to_stop(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "listener.cli", "run", "--role", "scheduler"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert "started" in first
        second = listener("run", "--role", "scheduler", cwd=tmp_path)
        assert second.returncode == 1
        assert f"process {process.pid} already runs the schedule" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=FOR_EVER_S) == 0
    finally:
        process.kill()
        process.stderr.close()  # type: ignore[union-attr]

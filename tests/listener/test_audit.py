"""`listener audit`: what a person sees, what an answer does, and that nothing is lost on screen or in a sheet."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from listener.auditing import KEYS, said
from listener.cli import app
from listener.errors import FileError, ListenerError, UsageError
from metrics.target import excerpt, places
from storage.audits import draws, verdicts
from storage.db import Database, open_database
from storage.labels import save_labels
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
CONFIG = """\
[storage]
url = "sqlite:///listener.db"
[[brands]]
id = "delta"
name = "Delta"
query = "delta"
[[brands]]
id = "nimbus"
name = "Nimbus"
query = "nimbus"
"""
HOSTILE = "=HYPERLINK(1) \x1b[2J\x1b]0;owned\x07 \u202eDelta\u202c [bold]is[/] late\r\np positive"
Run = Callable[..., Result]


def stored(
    db: Database, texts: list[str], brand: str = "delta", kind: str = "negative", **fields: Any
) -> None:
    """Posts that name the brand, which the model calls `kind`."""
    posts = [
        NewPost(
            source="x", source_id=f"{brand}{number}", text=text, published_at=AT, observed_at=AT,
            author=NewAuthor(source_author_id="7", handle="a\x1b[31mda"), **fields,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    mention = NewMention(brand_id=brand, query_version=1, target=brand.title(), terms=(brand,))
    with db.read() as connection:
        last = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM mentions").scalar_one()
    save(db, Batch("a", [MatchedPost(post, [mention]) for post in posts]), now=AT)
    sure = {f"p_{kind}": 10_000}
    new = [NewLabel(last + 1 + at, 1, "tin", **sure) for at in range(len(posts))]
    save_labels(db, new, now=AT)


@pytest.fixture
def run(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder with twelve posts about Delta, the answers given line by line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "listener.db").write_bytes(sqlite_template.read_bytes())
    db = open_database(f"sqlite:///{tmp_path / 'listener.db'}")
    CliRunner().invoke(app, ["audit", "delta", "--result"])  # stores the brands
    stored(db, [f"Delta is late, {number}" for number in range(12)])
    db.close()

    def invoke(*arguments: str, answers: str = "") -> Result:
        done = CliRunner().invoke(app, ["audit", *arguments], input=answers, env={"COLUMNS": "200"})
        if isinstance(done.exception, ListenerError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return invoke


@pytest.fixture
def open_db(run: Run, tmp_path: Path) -> Database:
    return open_database(f"sqlite:///{tmp_path / 'listener.db'}")


def result(run: Run, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("delta", *arguments, "--format", "json").stdout)
    return found


def became(db: Database, brand: str = "delta") -> list[str]:
    return list(verdicts(db, draws(db, brand)).values())


def filled(path: Path, *labels: str) -> list[dict[str, str]]:
    """Write labels into the sheet from the top, and give its rows."""
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    for row, written in zip(rows, labels, strict=False):
        row["label"] = written
    sheet(path, rows)
    return rows


def sheet(path: Path, rows: list[dict[str, str]], **form: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], **form)
        writer.writeheader()
        writer.writerows(rows)


def test_each_post_is_shown_without_the_models_label_and_each_answer_stored(
    run: Run, open_db: Database
) -> None:
    done = run("delta", "--n", "10", answers="p\nN\nneutral\ni\ns\nq\n")
    questions = done.stdout.split("posts checked")[0]
    assert questions.count("Delta   x   2026-11-02 09:00   a[31mda") == 6
    assert not re.search(r"tin|(?<!n )negative(?! toward|;)", questions)
    assert became(open_db)[:5] == ["positive", "negative", "neutral", "irrelevant", "skipped"]
    assert became(open_db)[5:] == ["open"] * 5
    assert "Delta: 3 posts checked, 1 skipped (left out), 1 not about Delta" in done.stdout
    assert "tin is right for 1 of 3: 33.3 % (95 % interval 6.1 to 79.2)" in done.stdout
    assert "of 1 post you call positive the model called 1 negative" in done.stdout
    assert "5 to go" in done.stdout


def test_a_draw_goes_on_where_it_was_left_and_another_adds_to_it(run: Run, open_db: Database) -> None:
    run("delta", "--n", "10", answers="p\np\np\n")
    first = draws(open_db, "delta")
    again = run("delta", "--since", "2020-01-01", answers="n\n" * 20)
    assert "7 to go" in again.stdout
    assert "--n, --since and --until are for the next draw" in again.stdout
    assert draws(open_db, "delta") == first
    assert became(open_db) == ["positive"] * 3 + ["negative"] * 7
    more = run("delta", answers="u\n" * 20)
    assert "2 mentions of Delta drawn at random: there are no more" in more.stdout
    found = result(run, "--result")
    assert (found["checked"], found["right"], found["open"], found["model"]) == (12, 7, 0, "tin")
    assert found["confusion"]["neutral"] == {"negative": 2, "neutral": 0, "positive": 0}
    assert "is checked, or there is none" in run("delta").stdout


def test_back_shows_the_one_before_and_the_new_answer_replaces_the_old(run: Run, open_db: Database) -> None:
    done = run("delta", answers="b\np\nn\nb\nb\ni\nb\nu\nq\n")
    assert "there is nothing to go back to" in done.stdout
    assert "(so far: negative)" in done.stdout
    assert became(open_db)[:3] == ["irrelevant", "neutral", "open"]


def test_what_is_no_answer_is_asked_again_with_the_keys(run: Run, open_db: Database) -> None:
    done = run("delta", answers="x\n\nne\n\x1b[2J\nneg\n")
    assert done.stdout.count("is no answer") == 4
    assert "i not about the brand; s cannot say (skip)" in done.stdout
    assert "\x1b" not in done.stdout
    assert became(open_db)[:2] == ["negative", "open"]


def test_hostile_posts_are_escaped_on_the_screen_and_in_the_sheet(run: Run, open_db: Database) -> None:
    stored(open_db, [HOSTILE], "nimbus", url="https://a.example/\x1b[5m")
    shown = run("nimbus", answers="q\n").stdout
    assert "=HYPERLINK(1) [2J]0;owned Delta [bold]is[/] late p positive\n    https://a.example/[5m" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    run("nimbus", "--to", "n.csv")
    (row,) = filled(Path("n.csv"))
    assert row["text"].startswith("'=HYPERLINK(1) [2J")
    assert row["label"] == ""
    assert "negative" not in Path("n.csv").read_text(encoding="utf-8")


def test_of_a_long_post_the_part_around_the_brand_is_shown_and_all_on_demand(
    run: Run, open_db: Database
) -> None:
    stored(open_db, ["start " + "word " * 20_000 + "Nimbus is awful" + " word" * 1_000], "nimbus")
    shown = run("nimbus", answers="q\n").stdout
    assert "Nimbus is awful" in shown
    assert "start" not in shown
    assert len(shown) < 4_000
    assert "start word" in run("nimbus", answers="a\nq\n").stdout
    run("nimbus", "--to", "n.csv")
    (row,) = filled(Path("n.csv"))
    assert len(row["text"]) < 32_767


def test_a_sheet_is_read_back_and_reading_it_twice_changes_nothing(run: Run, open_db: Database) -> None:
    done = run("delta", "--n", "10", "--to", "d.csv")
    assert "10 posts written to d.csv" in done.stdout
    with pytest.raises(FileError, match="--force"):
        run("delta", "--to", "d.csv")
    rows = filled(Path("d.csv"), "Positive", "NEG", "u", "not about the brand", "cannot say")
    sheet(Path("d.csv"), rows, delimiter=";")
    read = result(run, "--from", "d.csv")
    assert read["read"] | {"answers": 0} == {"stored": 5, "known": 0, "empty": 5, "answers": 0, "refused": []}
    answered = became(open_db)
    assert answered[:6] == ["positive", "negative", "neutral", "irrelevant", "skipped", "open"]
    read = result(run, "--from", "d.csv")
    assert (read["read"]["stored"], read["read"]["known"]) == (0, 5)
    assert became(open_db) == answered
    run("delta", "--to", "d.csv", "--force")
    assert [row["post"] for row in filled(Path("d.csv"))] == [row["post"] for row in rows[5:]]


def test_wrong_rows_are_named_by_line_and_the_good_ones_kept(run: Run, open_db: Database) -> None:
    stored(open_db, ["Nimbus is fine"] * 3, "nimbus")
    run("nimbus", "--to", "n.csv")
    others = filled(Path("n.csv"), "n")
    run("delta", "--n", "10", "--to", "d.csv")
    rows = filled(Path("d.csv"), "postive", "p", "p", "p", "p")
    rows[2]["post"] = rows[2]["post"][:-8] + "00000000"
    rows[3]["post"] = rows[3]["post"].replace("-v1-", "-v2-")
    rows[4]["post"] = "1.23E+05"
    sheet(Path("d.csv"), [*rows, rows[1] | {"label": "n"}, others[0]])
    read = result(run, "--from", "d.csv")["read"]
    assert [re.sub(r"^d\.csv:", "", line).split(";")[0][:60] for line in read["refused"]] == [
        '2: label: "postive" is none of positive, negative, neutral, ',
        "4: post: is of another brand or another database, not of Del",
        "5: post: was edited since the file was written: the text tha",
        '6: post: "1.23E+05" is not what --to wrote into this column',
        "12: label: a line above says positive of the same post",
        "13: post: was not drawn for Delta (the file says Nimbus): on",
    ]
    assert (read["stored"], became(open_db).count("positive")) == (1, 1)
    assert became(open_db, "nimbus") == ["open"] * 3


def test_a_sheet_of_a_draw_that_was_left_is_still_read(run: Run, open_db: Database) -> None:
    run("delta", "--n", "10", "--to", "d.csv")
    filled(Path("d.csv"), *["p"] * 10)
    run("delta", "--new", "--n", "10")
    assert result(run, "--from", "d.csv")["read"]["stored"] == 10
    assert result(run, "--result")["checked"] == 10


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["detla"], 'did you mean "delta"'),
        (["delta", "--n", "9"], "fewer than 10"),
        (["delta", "--n", "1001"], "more than 1,000"),
        (["delta", "--to", "d.xlsx"], r"\.csv"),
        (["delta", "--to", "d.csv", "--result"], "choose one"),
        (["delta", "--to", "none/d.csv"], "no such folder"),
        (["delta", "--from", "none.csv"], "no such file"),
        (["delta", "--from", "config.toml"], "no column post and no column label"),
        (["delta", "--since", "tomorrow"], "--since"),
        (["nimbus"], "no mention of Nimbus is stored"),
    ],
)
def test_what_cannot_be_says_why_and_draws_nothing(
    run: Run, open_db: Database, arguments: list[str], says: str
) -> None:
    with pytest.raises((UsageError, FileError, ListenerError), match=says):
        run(*arguments)
    assert draws(open_db, "delta") == []


def test_a_window_without_mentions_says_where_they_are(run: Run, open_db: Database) -> None:
    done = run("delta", "--since", "2026-11-05", "--until", "2026-11-06")
    assert "--since 2026-11-02 --until 2026-11-03" in done.stdout
    assert "12 mentions" in run("delta", "--until", "2026-11-03").stdout


def test_a_brand_without_labels_says_to_label_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "p.csv").write_text("source_id,text,published_at\n1,Delta,2026-11-02T09:00Z\n")
    CliRunner().invoke(app, ["import", "p.csv", "--source", "x"])
    done = CliRunner().invoke(app, ["audit", "delta"])
    assert "run listener label first" in str(done.exception)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 0)])
def test_a_killed_session_keeps_every_answer_and_ctrl_c_is_a_way_to_stop(
    run: Run, open_db: Database, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "listener.cli", "audit", "delta"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("p\nu\n")
    process.stdin.flush()
    while not process.stdout.readline().startswith("3 of 12"):
        assert process.poll() is None
    process.send_signal(sent)
    said_last, _ = process.communicate()
    assert process.returncode == code
    assert ("2 posts checked" in said_last) is (sent == signal.SIGINT)
    assert became(open_db) == ["positive", "neutral", *["open"] * 10]


@given(st.text(max_size=20))
def test_any_text_is_an_answer_or_none(written: str) -> None:
    assert said(written) in {*KEYS.values(), None}
    assert said(written.upper()) == said(written.lower()) or not written.isascii()


@given(st.text(max_size=300), st.text(min_size=1, max_size=5), st.integers(20, 60))
def test_an_excerpt_is_a_part_of_the_text_and_holds_the_brands_first_place(
    text: str, target: str, limit: int
) -> None:
    shown = excerpt(text, target, limit)
    inside = shown.removeprefix("…").removesuffix("…") if len(text) > limit else shown
    assert len(shown) <= limit + 2
    assert inside in text
    for start, end in places(text, target)[:1]:
        assert text[start:end] in shown

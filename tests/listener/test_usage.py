"""A wrong argument is answered in one line: which one, what was given, what is possible, where to read more."""

import re
import sys
from pathlib import Path

import pytest

from listener.cli import main


def answered(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    sys.argv = ["listener", *arguments]
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code, capsys.readouterr().err


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            "report --language norsk --to a.pdf",
            '--language: "norsk" must be "en" or "nb" or "nl" (listener report --help)',
        ),
        (
            "metrics --every wek",
            '--every: "wek" must be "hour" or "day" or "week" or "month" or "all"; did you mean "week"? '
            "(listener metrics --help)",
        ),
        (
            "metrics --compare previous --compare last",
            '--compare: "last" must be "previous" or "year" or "competitors" or "category" '
            "(listener metrics --help)",
        ),
        ("influence --limit many", '--limit: "many" must be a whole number (listener influence --help)'),
        ("influence --limit -4", '--limit: "-4" must be 0 or more (listener influence --help)'),
        (
            "mentions --correct 1 angry",
            'LABEL: "angry" must be "positive" or "neutral" or "negative" (listener mentions --help)',
        ),
        (
            "report",
            "--to is missing: a file ending in .pdf, .html or .xlsx (listener report --help)",
        ),
        ("audit", "BRAND is missing: a brand's id or name (listener audit --help)"),
        ("metric", "No such command 'metric'. Did you mean 'metrics'? (listener --help)"),
        (
            "metrics --bran x",
            "No such option: --bran (Possible options: --brand, --by, --lang) (listener metrics --help)",
        ),
        ("report --to", "Option '--to' requires an argument"),
    ],
)
def test_a_wrong_argument_is_one_line(arguments: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(arguments.split(), capsys) == (2, f"listener: {line}\n")


def test_a_hostile_argument_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["metrics", "--every", "\x1b[2Jday"], ["\x1b[2J"], ["metrics", "--\x1b[2J"]):
        _, said = answered(arguments, capsys)
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", said), arguments


def test_a_command_that_was_given_nothing_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = answered(["export"], capsys)
    assert code == 2
    assert said.startswith("Usage: listener export")


CONFIG = '[[brands]]\nname = "Aurora Air"\nid = "aurora"\nquery = "aurora"\n'
READERS = {
    "evaluate {}": "write label<TAB>text or label<TAB>brand<TAB>text, one per line, as in negative<TAB>Never again",
    "alerts backtest {}": "give a CSV file with the columns timestamp and value, as in 2027-03-01T14:00:00Z,12",
    "receipt {}": "give a receipt; `listener metrics --receipt --to FILE.json` writes one",
    "import {}": "",
    "import-facts {}": "",
    "audit aurora --from {}": "",
}


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_cannot_be_read_is_one_line_with_the_way_out(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\xff")
    for name, says in (
        ("gone", "gone: no such file; "),
        ("folder", "folder: is a folder; "),
        ("config.toml/gone", "config.toml/gone: cannot be read (Not a directory); "),
        ("empty", "empty:"),
        ("picture", "picture:"),
    ):
        code, said = answered(command.format(name).split(), capsys)
        one_line = " ".join(said.split())
        assert code == 1
        assert one_line.startswith(f"listener: {says}")
        assert ";" in one_line
        assert "Errno" not in one_line
        assert "JSON:" not in one_line
        if name in ("gone", "folder"):
            assert READERS[command] in one_line


def test_predictions_that_cannot_be_written_are_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.tsv").write_text("negative\tNever again\n", encoding="utf-8")
    arguments = ["evaluate", "rows.tsv", "--model", "no/such-model", "--predictions", "."]
    assert answered(arguments, capsys) == (
        1,
        "listener: .: is a folder; name a file, as in predictions.tsv\n",
    )

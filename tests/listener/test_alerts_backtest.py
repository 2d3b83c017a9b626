"""`listener alerts backtest` as a user meets it: rows in, rows out, faults named by line, nothing half written."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from listener.cli import app
from listener.commands.alerts import read
from listener.errors import FileError, UsageError

BEGIN = datetime(2027, 3, 1, tzinfo=UTC)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["alerts", "backtest", *map(str, arguments)])


def written(path: Path, rows: Sequence[tuple[str, object]]) -> Path:
    path.write_text("timestamp,value\n" + "".join(f"{at},{value}\n" for at, value in rows), encoding="utf-8")
    return path


def series(minutes: int = 15, days: int = 21, *, burst: int = 60) -> list[tuple[str, object]]:
    counts = np.random.default_rng(3).poisson(8, days * 1440 // minutes)
    counts[-1] = burst
    return [
        ((BEGIN + k * timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S"), int(count))
        for k, count in enumerate(counts)
    ]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_each_row_comes_back_with_its_score_and_the_burst_alerts(tmp_path: Path, minutes: int) -> None:
    rows = series(minutes, days=8)
    to = tmp_path / "scores.csv"
    assert run(written(tmp_path / "in.csv", rows), "--to", to).exit_code == 0
    back = rows_of(to.read_text("utf-8"))
    assert [(row["timestamp"], row["value"]) for row in back] == [(at, str(value)) for at, value in rows]
    assert all(0 <= float(row["anomaly_score"]) <= 1 and row["alert"] in "01" for row in back)
    assert back[-1]["alert"] == "1"
    assert float(back[-1]["anomaly_score"]) > 0.9


def test_it_needs_no_configuration_and_prints_without_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(written(tmp_path / "in.csv", series(60, 5)))
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "timestamp,value,anomaly_score,alert"
    assert len(result.output.splitlines()) == 5 * 24 + 1


def test_missing_rows_are_not_silence(tmp_path: Path) -> None:
    rows = series(15, 28, burst=8)
    holes = [row for k, row in enumerate(rows) if not 1500 < k < 1900]
    back = rows_of(run(written(tmp_path / "in.csv", holes)).output)
    assert len(back) == len(holes)
    assert not any(row["alert"] == "1" for row in back[1500:1600])


def test_a_log_of_events_is_counted_by_quarter_hours(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    at, rows = BEGIN, []
    for k in range(2000):
        at += timedelta(seconds=1 + round(chance.exponential(1200 if k < 1900 else 5)))
        rows.append((at.isoformat(), 1))
    back = rows_of(run(written(tmp_path / "in.csv", rows)).output)
    assert any(row["alert"] == "1" for row in back[1900:])
    assert sum(row["alert"] == "1" for row in back[:1900]) <= 3


def test_one_event_of_three_rows_is_one_alert(tmp_path: Path) -> None:
    counts = np.random.default_rng(0).integers(0, 4, 5760)
    counts[5000:5003] += 40
    rows = [((BEGIN + k * timedelta(minutes=15)).isoformat(), int(count)) for k, count in enumerate(counts)]
    back = rows_of(run(written(tmp_path / "in.csv", rows)).output)
    assert [k for k, row in enumerate(back) if row["alert"] == "1"] == [5000]


def test_a_lower_budget_alerts_less(tmp_path: Path) -> None:
    file = written(tmp_path / "in.csv", series(60, 60, burst=8))
    few, many = (
        sum(row["alert"] == "1" for row in rows_of(run(file, "--false-alarms-per-month", budget).output))
        for budget in (0.1, 20)
    )
    assert few < many


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("time,value\n", ":1: needs one column 'timestamp'"),
        ("", ":1: needs one column 'timestamp'"),
        ("timestamp,value\n2027-03-01,1\nyesterday,2\n", ":3: timestamp 'yesterday' is no time"),
        ("timestamp,value\n2027-03-01,nan\n", ":2: value 'nan' is no count"),
        ("timestamp,value\n2027-03-01,-1\n", ":2: value '-1' is no count"),
        ("timestamp,value\n2027-03-01,\n", ":2: value '' is no count"),
        ("timestamp,value\n2027-03-01,inf\n", ":2: value 'inf' is no count"),
        ("timestamp,value\n2027-03-02,1\n2027-03-01,1\n", ":3: is earlier than the row before"),
        ("timestamp,value\n2027-03-01,1\n2027-03-01T00:00Z,1\n", ":3: repeats the time of the row before"),
        ("timestamp,value\n2027-03-01\n", ":2: has 1 cells and the first line 2"),
        ("timestamp,value\n1066-03-01,1\n", ":2: timestamp '1066-03-01' is not between"),
        ('timestamp,value\n"2027-03-01,1\n', "is no CSV"),
        ("timestamp,value\n\x1b[31m2027,1\n", ":2: timestamp '[31m2027' is no time"),
    ],
)
def test_a_fault_is_named_by_line_and_nothing_is_left(tmp_path: Path, body: str, said: str) -> None:
    file, to = tmp_path / "in.csv", tmp_path / "scores.csv"
    file.write_text(body, encoding="utf-8")
    result = run(file, "--to", to)
    assert isinstance(result.exception, FileError)
    assert said in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_that_was_there_stays_when_the_run_fails(tmp_path: Path) -> None:
    to = tmp_path / "scores.csv"
    to.write_text("mine", encoding="utf-8")
    run(written(tmp_path / "in.csv", [("never", 1)]), "--to", to)
    assert to.read_text("utf-8") == "mine"


def test_only_the_header_gives_only_a_header(tmp_path: Path) -> None:
    assert run(written(tmp_path / "in.csv", [])).output == "timestamp,value,anomaly_score,alert\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--false-alarms-per-month", "0"),
        ("--false-alarms-per-month", "nan"),
        ("--timezone", "Mars/Olympus"),
        ("--to", "in.csv"),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "in.csv", series(60, 2))
    assert isinstance(run("in.csv", *arguments).exception, UsageError)


def test_binary_files_and_missing_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"timestamp,value\n\xff\xfe,1\n")
    with pytest.raises(FileError, match="not UTF-8"):
        list(read(tmp_path / "in.csv"))
    with pytest.raises(FileError, match="no such file; give a CSV"):
        list(read(tmp_path / "none.csv"))

"""The benchmark of many mentions measures a database that is what the product would have stored, and runs."""

from pathlib import Path

import pytest

from benchmarks import metrics
from benchmarks.history import BRANDS, History, build
from storage.counts import recount
from storage.db import open_database


def test_a_history_written_in_bulk_is_what_a_recount_gives(tmp_path: Path) -> None:
    history = History(1_500, 10)
    build(tmp_path / "history.db", history)
    db = open_database(f"sqlite:///{tmp_path / 'history.db'}")
    assert recount(db) == []
    with db.read() as connection:
        packed = connection.exec_driver_sql(
            "SELECT count(*) FROM day_packs WHERE authors IS NOT NULL"
        ).scalar()
    assert packed == 9 * len(BRANDS)
    db.close()


def test_the_benchmark_of_the_overview_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept").mkdir()
    read, added = metrics.measured(tmp_path, History(600, 5), tmp_path / "kept")
    assert read.window > 200
    assert 0 < read.cpu_ms < 1000
    assert 0 < added.warm_s < 10
    assert 0 < added.cold_s < 10
    assert "600 mentions over 5 days" in capsys.readouterr().out
    assert [file.name for file in tmp_path.rglob("*.db*")] == ["600-5.db"]

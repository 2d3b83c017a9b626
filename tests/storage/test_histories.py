"""Whatever happens, in whatever order, the stored posts and sums are those that follow from what was seen."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from storage.db import open_database
from tests.storage.histories import START, Step, Truth, check, histories, take

MORE = int(os.environ.get("LISTENER_HISTORIES", "40"))
"""How many random histories are tried."""


@given(histories)
@settings(max_examples=MORE, deadline=None, suppress_health_check=list(HealthCheck))
def test_sums_and_texts_follow_from_the_sightings_after_every_step(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, history: list[Step]
) -> None:
    path = tmp_path_factory.getbasetemp() / "history.db"
    shutil.copy(sqlite_template, path)
    db = open_database(f"sqlite:///{path}")
    try:
        truth = Truth()
        for number, step in enumerate(history):
            take(db, truth, step, START + timedelta(hours=3, minutes=number))
            check(db, truth)
    finally:
        db.close()
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)

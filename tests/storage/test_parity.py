"""SQLite and PostgreSQL give the same answers to the same questions after the same history."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlmodel import SQLModel

from storage.counts import sums
from storage.db import Database, open_database
from storage.interactions import engagement
from storage.labels import model_in_use, waiting_count
from storage.mentions import MentionFilter, count, find
from storage.people import people
from storage.posts import stored_posts
from storage.query import parse
from storage.responses import echoes, edges, speakers
from storage.sources import due_for_recheck
from storage.voices import voices
from tests.storage.histories import BRANDS, START, Step, Truth, histories, lines, take

MORE = int(os.environ.get("LISTENER_PARITY", "12"))
DAYS = {"since": date(2026, 11, 18), "until": date(2026, 11, 25)}
TIMES = {"since": datetime(2026, 11, 18, tzinfo=UTC), "until": datetime(2026, 11, 25, tzinfo=UTC)}

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres_cluster: Any) -> Any:
    postgres_cluster.sql("CREATE DATABASE parity TEMPLATE listener_template")
    both = (
        open_database(f"sqlite:///{tmp_path_factory.mktemp('parity')}/parity.db"),
        open_database(postgres_cluster.url("parity")),
    )
    yield both
    for db in both:
        db.close()
    postgres_cluster.sql("DROP DATABASE parity WITH (FORCE)")


def empty(db: Database) -> None:
    """Take every row out, by the plainest means of each engine."""
    names = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
    with db.write() as connection:
        if db.dialect == "sqlite":
            connection.execute(text("INSERT INTO post_search (post_search) VALUES ('delete-all')"))
            for name in names:
                connection.execute(text(f"DELETE FROM {name}"))
        else:
            connection.execute(text(f"TRUNCATE {', '.join(names)}, post_search RESTART IDENTITY"))


def answers(db: Database) -> dict[str, object]:
    """What pages would ask."""
    asked: dict[str, object] = {
        "model": model_in_use(db),
        "waiting": [waiting_count(db, model) for model in "ABC"],
    }
    for every, bounds in (("day", DAYS), ("all", DAYS), ("quarter", TIMES), ("all", TIMES)):
        asked[f"sums {every} {bounds is DAYS}"] = sums(
            db, brands=BRANDS, every=every, by=("source", "lang"), **bounds
        )  # type: ignore[arg-type]
    for bounds in (DAYS, TIMES):
        asked[f"people {bounds is DAYS}"] = people(db, brands=BRANDS, **bounds)  # type: ignore[arg-type]
        asked[f"engagement {bounds is DAYS}"] = engagement(db, brands=BRANDS, **bounds)  # type: ignore[arg-type]
    asked["days"] = people(db, brands=BRANDS, every="day", **DAYS)
    asked["heard"] = [lines(found) for found in voices(db, brands=BRANDS, **TIMES).values()]
    for brand in BRANDS:
        until = TIMES["until"]
        asked[f"speakers {brand}"] = sorted(speakers(db, brand=brand, seen_until=until, **TIMES), key=repr)
        asked[f"edges {brand}"] = edges(db, brand=brand, seen_until=until, **TIMES)
    hour = [timedelta(hours=1)]
    asked["echoes"] = sorted(echoes(db, brands=BRANDS, now=until, ages=hour, heard=["x"], **TIMES), key=repr)
    asked["found"] = list(find(db, MentionFilter(irrelevant=None), page=3))
    asked["oldest first"] = [row.id for row in find(db, MentionFilter(), newest_first=False, page=2)]
    for query in ("delta", "late OR fine", "NOT fine jetblue", '"delta late"', "del*", "lang:en delta"):
        asked[query] = [row.id for row in find(db, MentionFilter(query=parse(query)))]
    for label in ("negative", "neutral", "positive", "failed", "unlabelled"):
        asked[label] = count(db, MentionFilter(labels=[label]))  # type: ignore[list-item]
    asked["author"] = count(db, MentionFilter(author="@A1", since=START))
    asked["posts"] = stored_posts(db, limit=100)
    asked["due"] = due_for_recheck(db, "x", now=START + timedelta(days=1), limit=10)
    with db.read() as connection:
        columns = "brand_id, reason, mentions, labels"
        asked["restated"] = sorted(
            tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM restatements"))
        )
    return asked


@given(histories)
@settings(max_examples=MORE, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_engines_answer_alike(pair: tuple[Database, Database], history: list[Step]) -> None:
    for db in pair:
        empty(db)
        truth = Truth()
        for number, step in enumerate(history):
            take(db, truth, step, START + timedelta(hours=3, minutes=number))
    one, other = map(answers, pair)
    for question, answer in one.items():
        assert answer == other[question], question

"""Exports: whole, safe to open in a spreadsheet, and read back by our own importer as the same posts."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.collectors.files import read_posts
from listener.errors import FileError, UsageError
from listener.export import export_mentions, export_metrics, export_posts, export_rows
from metrics.types import MetricPoint
from storage.db import Database, open_database
from storage.mentions import MentionFilter
from storage.posts import save
from storage.stored import stored_posts
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost, Stats

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUFFIXES = ["csv", "jsonl", "parquet"]
TEXTS = [
    "plain", "=1+1", "'=1+1", "''@x", "+49 0", "-5 %", "@murmur hi", "\tTab", "\rCR", "＝1", " =1", "two\nlines\r\nthree",
    'quote " and ""', "comma, semicolon; bar|", "🛫 𝒻𝒶𝓃𝒸𝓎", "a\u2028b\u0085c", "\u202eright to left", "ends with space ", "'quoted'",
]  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(f"sqlite:///{tmp_path}/one.db")


def posts() -> list[NewPost]:
    made = [
        NewPost(
            source="forum",
            source_id=f"57030613367776051{i:03}",
            text=text,
            published_at=NOW - timedelta(hours=i),
            observed_at=NOW,
        )
        for i, text in enumerate(TEXTS)
    ]
    whole = NewPost(
        source="x", source_id="1850000000000000001", version_id="1850000000000000002", text="everything", lang="en",
        published_at=NOW - timedelta(days=2), edited_at=NOW - timedelta(days=1), observed_at=NOW - timedelta(minutes=1),
        author=NewAuthor(source_author_id="7", handle="ann", name="=Ann +1", url="https://x.example/ann", followers=12),
        url="https://x.example/1", links=("https://a.example/1", "https://b.example/2"), reply_to="11", quote_of="12",
        thread="13", format="link", rating=4.5, time_quality="zone_assumed",
        stats=Stats(likes=1, shares=0, comments=3, quotes=4, views=9_007_199_254_740_993, saves=5, clicks=0, reach=7, visits=8),
    )  # fmt: skip
    return [
        *made,
        whole,
        whole.model_copy(
            update={"source_id": "18", "version_id": None, "edited_at": None, "repost_of": "17"}
        ),
    ]


def stored(db: Database) -> list[NewPost]:
    """What is stored, in the order of platform and id, since two databases number their rows apart."""
    return sorted(
        (row.post for row in stored_posts(db, limit=1000)), key=lambda post: (post.source, post.source_id)
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_export_brings_the_same_posts_into_an_empty_database(
    db: Database, tmp_path: Path, suffix: str
) -> None:
    save(db, Batch("import", [MatchedPost(post) for post in posts()]), now=NOW)
    path = tmp_path / f"posts.{suffix}"
    assert export_posts(db, path) == len(posts())
    read = list(read_posts(path, source=None, mapping={}, now=NOW + timedelta(hours=1)))
    assert all(isinstance(row, NewPost) for row in read)
    other = open_database(f"sqlite:///{tmp_path}/two.db")
    save(other, Batch("import", [MatchedPost(row) for row in read if isinstance(row, NewPost)]), now=NOW)
    assert stored(other) == stored(db)
    assert len(stored(other)) == len(posts())


def test_no_cell_of_a_csv_export_is_a_formula(db: Database, tmp_path: Path) -> None:
    save(db, Batch("import", [MatchedPost(post) for post in posts()]), now=NOW)
    export_posts(db, tmp_path / "posts.csv")
    with (tmp_path / "posts.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ")[:1] in tuple("=+-@\t\r＝＋－＠")]


def test_an_existing_file_is_kept_unless_forced(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("mine")
    with pytest.raises(FileError, match=r"exists already.*--force"):
        export_posts(db, path)
    assert path.read_text() == "mine"
    assert export_posts(db, path, force=True) == 0
    assert path.read_text() == ""


def test_an_unknown_suffix_and_a_missing_folder_say_what_to_do(db: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.jsonl, \.parquet"):
        export_posts(db, tmp_path / "posts.xls")
    with pytest.raises(FileError, match="choose a folder"):
        export_posts(db, tmp_path / "none" / "posts.csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_export_that_breaks_off_leaves_no_file(tmp_path: Path, suffix: str) -> None:
    def breaks() -> object:
        yield {"a": "1"}
        raise RuntimeError("cable pulled")

    with pytest.raises(RuntimeError):
        export_rows(tmp_path / f"x.{suffix}", {"a": "text"}, breaks())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_rows_of_other_kinds_keep_numbers_times_and_lists(tmp_path: Path) -> None:
    columns = {"brand": "text", "at": "text", "value": "number", "n": "whole", "warnings": "text"}
    row = {"brand": "@Delta", "at": NOW, "value": -2.5, "n": 3, "warnings": ["gap", "late"]}
    export_rows(tmp_path / "m.jsonl", columns, [row, {"brand": "b", "value": None}])
    first, second = map(json.loads, (tmp_path / "m.jsonl").read_text().splitlines())
    assert first == row | {"at": "2026-11-21T12:00:00+00:00"}
    assert second == {"brand": "b"}
    export_rows(tmp_path / "m.csv", columns, [row])
    assert (tmp_path / "m.csv").read_text().splitlines()[
        1
    ] == "'@Delta,2026-11-21T12:00:00+00:00,-2.5,3,gap late"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_mentions_are_exported_with_target_and_without_a_made_up_label(
    db: Database, tmp_path: Path, suffix: str
) -> None:
    mention = NewMention(brand_id="murmur", query_version=1, target="@murmur", terms=("@murmur", "murmur"))
    save(db, Batch("import", [MatchedPost(post, [mention]) for post in posts()]), now=NOW)
    path = tmp_path / f"mentions.{suffix}"
    assert export_mentions(db, path, MentionFilter(sources=["x"])) == 2
    if suffix == "jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert {row["target"] for row in rows} == {"@murmur"}
        assert rows[0]["terms"] == ["@murmur", "murmur"]
        assert not [row for row in rows if "label" in row or "p_negative" in row]


def test_a_metric_without_a_value_is_exported_empty(tmp_path: Path) -> None:
    day = NOW.replace(hour=0)
    point = MetricPoint(
        "net_sentiment",
        "=Delta",
        "delta",
        day,
        day + timedelta(days=1),
        None,
        0,
        "points",
        1,
        warnings=("gap",),
        missing="no labels",
    )
    assert export_metrics([point], tmp_path / "m.csv") == 1
    assert (tmp_path / "m.csv").read_text().splitlines()[1] == (
        "net_sentiment,'=Delta,delta,2026-11-21T00:00:00Z,2026-11-22T00:00:00Z,,,,0,points,1,gap,,,no labels,"
    )

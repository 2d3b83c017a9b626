"""One row per post, whatever comes, however often and in whatever order."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from storage.counts import recount
from storage.db import Database
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost, Stats

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def post(source_id: str, words: str = "delta was late", **fields: object) -> NewPost:
    given = {"source": "x", "source_id": source_id, "text": words, "published_at": NOON, "observed_at": NOON, "lang": "en"}
    given["author"] = NewAuthor(source_author_id="77", handle="ada", followers=10)
    return NewPost(**(given | fields))  # type: ignore[arg-type]


def named(item: NewPost, *brands: str, owned_by: str | None = None) -> MatchedPost:
    found = [NewMention(brand_id=brand, query_version=1, target=brand) for brand in brands or ("delta",)]
    return MatchedPost(item, found, owned_by)


def rows(db: Database, statement: str) -> list[tuple[object, ...]]:
    with db.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_a_post_seen_a_hundred_times_is_one_row_and_counted_once(db: Database) -> None:
    for _ in range(20):
        save(db, Batch("a", [named(post("1")), named(post("1"))]), now=NOON)
    assert rows(db, "SELECT count(*) FROM posts") == [(1,)]
    assert rows(db, "SELECT mentions FROM counts") == [(1,)]
    assert recount(db) == []


def test_the_same_post_found_by_two_queries_has_two_mentions(db: Database) -> None:
    save(db, Batch("a", [named(post("1"), "delta")]), now=NOON)
    saved = save(db, Batch("a", [named(post("1"), "delta", "jetblue")]), now=NOON)
    assert (saved.known_posts, saved.new_mentions) == (1, 1)
    assert rows(db, "SELECT brand_id FROM mentions ORDER BY id") == [("delta",), ("jetblue",)]
    assert recount(db) == []

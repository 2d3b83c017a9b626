"""What is erased is gone from every table, index, log and freed page, and does not come back."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from storage.counts import close_days, recount
from storage.db import Database, open_database
from storage.erase import erase_posts, expire, forget_author, scrub
from storage.labels import correct, save_labels
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.query import parse
from storage.revisions import restated
from storage.types import Batch, NewAuthor, Refused
from tests.storage.posts import NOON, label, later, named, one, post, rows

CANARY = NewAuthor(
    source_author_id="did:canary:4711",
    handle="CanaryBird",
    name="Kanari Fugl",
    url="https://c.example/canarybird",
)


def canary_story(db: Database) -> None:
    """Canary's posts, edits and quotes of them among a few hundred others; the word itself is in every text of hers."""
    many = [named(post(f"m{n}", f"delta flight {n} was late", author=None)) for n in range(300)]
    save(db, Batch("a", many[:150]), now=NOON)
    mine = {"author": CANARY, "payload": {"text": "canaryword", "user": {"screen_name": "CanaryBird"}}}
    first = post("c1", "delta canaryword one", **mine)
    edited = post(
        "c1", "delta canaryword two", version_id="c1b", edited_at=later(1), observed_at=later(1), **mine
    )
    save(db, Batch("a", [named(first), named(post("c2", "delta canaryword three", **mine))]), now=NOON)
    save(db, Batch("a", [named(edited)]), now=later(1))
    repost = post("r1", "delta canaryword two", repost_of="c1", payload={"retweeted": "canaryword"})
    quoting = post(
        "q1", "delta, look at this", quote_of="c1", payload={"quoted": "canaryword"}, referenced=(edited,)
    )
    answer = post("q2", "delta indeed", thread="c1", payload={"to": {"id": "did:canary:4711"}})
    save(db, Batch("a", [named(repost), named(quoting), named(answer)]), now=later(2))
    save(db, Batch("a", [], refused=[Refused("rating", "too big", '{"user": "CanaryBird"}')]), now=later(2))
    save(db, Batch("a", many[150:]), now=later(3))
    save_labels(db, [label(n) for n in range(1, 200)], now=later(4))
    correct(db, 152, "positive", now=later(5))


def hits(folder: Path) -> list[str]:
    words = [b"canaryword", b"canarybird", b"kanari", b"did:canary"]
    return [
        f"{path.name}: {word!r}"
        for path in folder.iterdir()
        for word in words
        if word in path.read_bytes().lower()
    ]


def test_after_forgetting_an_author_no_byte_of_theirs_is_in_the_data_folder(sqlite_db: Database) -> None:
    canary_story(sqlite_db)
    assert sqlite_db.path is not None
    assert hits(sqlite_db.path.parent)
    erased = forget_author(sqlite_db, "@canarybird", now=later(9))
    assert (erased.authors, erased.posts, erased.accounts) == (1, 3, ["x:CanaryBird"])
    assert hits(sqlite_db.path.parent) == []
    assert recount(sqlite_db) == []
    with sqlite_db.read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        connection.execute(text("INSERT INTO post_search (post_search) VALUES ('integrity-check')"))


def test_after_an_upstream_delete_and_a_scrub_no_byte_is_left(sqlite_db: Database) -> None:
    canary_story(sqlite_db)
    saved = save(sqlite_db, Batch("a", deleted=[("x", "c1b"), ("x", "c2"), ("x", "unknown")]), now=later(9))
    assert saved.deleted_posts == 3
    assert scrub(sqlite_db)
    assert not scrub(sqlite_db)
    assert sqlite_db.path is not None
    assert [hit for hit in hits(sqlite_db.path.parent) if "canaryword" in hit] == []


def test_no_table_holds_the_author_after_forgetting(db: Database) -> None:
    canary_story(db)
    forget_author(db, "x:did:canary:4711", now=later(9))
    with db.read() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(text(f"SELECT * FROM {table.name}")):
                assert "canary" not in str(row).lower(), table.name
    assert list(find(db, MentionFilter(query=parse("canaryword")))) == []
    assert one(db, "SELECT count(*) FROM posts WHERE quote_of IS NOT NULL OR thread IS NOT NULL") == 0
    assert recount(db) == []


@pytest.mark.parametrize(
    "called", ["CanaryBird", "@canarybird", "x:CANARYBIRD", "did:canary:4711", "x:did:canary:4711"]
)
def test_an_author_is_found_by_handle_or_id(db: Database, called: str) -> None:
    save(db, Batch("a", [named(post("c1", author=CANARY))]), now=NOON)
    assert (
        forget_author(db, "nobody", now=NOON).authors
        == forget_author(db, called, "mastodon", now=NOON).authors
        == 0
    )
    assert forget_author(db, called, now=NOON).authors == 1


def test_the_erased_never_come_back(db: Database) -> None:
    canary_story(db)
    forget_author(db, "canarybird", now=later(9))
    before = one(db, "SELECT count(*) FROM posts")
    returning = [
        named(post("c9", "new", author=CANARY)),
        named(post("c1", author=None)),
        named(post("r2", repost_of="c2")),
    ]
    quoting = named(post("q3", "again", referenced=(post("c1"),)))
    saved = save(db, Batch("b", [*returning, quoting]), now=later(10))
    assert (saved.erased_posts, saved.new_posts, saved.context_posts) == (3, 1, 0)
    assert one(db, "SELECT count(*) FROM posts") == before + 1


def test_tombstones_tell_nothing_without_the_salt(db: Database) -> None:
    save(db, Batch("a", [named(post("c1"))]), now=NOON)
    erase_posts(db, [("x", "c1")], now=NOON)
    ((digest,),) = rows(db, "SELECT digest FROM tombstones")
    assert len(digest) == 64
    assert len(one(db, "SELECT value FROM settings WHERE key = 'salt'")) == 64


def test_an_author_without_posts_is_not_kept(db: Database) -> None:
    save(db, Batch("a", [named(post("c1")), named(post("c2", author=CANARY))]), now=NOON)
    erase_posts(db, [("x", "c2")], now=NOON)
    assert rows(db, "SELECT handle FROM authors") == [("Ada",)]


def test_erasing_in_a_closed_day_is_a_restatement_without_text_or_author(db: Database) -> None:
    save(db, Batch("a", [named(post("c1")), named(post("c2"))]), now=NOON)
    save_labels(db, [label(1)], now=NOON)
    assert close_days(db, now=later(days=4)) == 2
    erase_posts(db, [("x", "c1"), ("x", "c2")], now=later(days=5))
    (change,) = restated(db)
    assert (change.brand_id, change.day.isoformat(), change.reason) == ("delta", "2026-11-20", "erased")
    assert (change.mentions, change.labels) == (-2, 1)


def test_expired_posts_go_and_may_come_again(db: Database) -> None:
    save(
        db,
        Batch("a", [named(post("old")), named(post("new", published_at=later(9), observed_at=later(9)))]),
        now=NOON,
    )
    assert expire(db, older_than=later(5), now=later(days=9)).posts == 1
    assert rows(db, "SELECT source_id FROM posts") == [("new",)]
    assert save(db, Batch("a", [named(post("old"))]), now=NOON).new_posts == 1
    assert recount(db) == []


def test_a_backup_remembers_who_was_erased(sqlite_db: Database, tmp_path: Path) -> None:
    canary_story(sqlite_db)
    forget_author(sqlite_db, "canarybird", now=later(9))
    copy = tmp_path / "copy" / "copy.db"
    copy.parent.mkdir()
    with sqlite_db.engine.connect() as connection:
        connection.connection.driver_connection.execute("VACUUM INTO ?", (str(copy),))  # type: ignore[union-attr]
    restored = open_database(f"sqlite:///{copy}")
    assert save(restored, Batch("a", [named(post("c1", author=CANARY))]), now=later(10)).erased_posts == 1
    restored.close()


def test_a_reader_that_stays_leaves_the_scrub_to_be_done_again(sqlite_db: Database) -> None:
    canary_story(sqlite_db)
    with sqlite_db.read() as connection:
        connection.execute(text("SELECT count(*) FROM posts")).scalar()
        save(sqlite_db, Batch("a", deleted=[("x", "c1"), ("x", "c2")]), now=later(9))
        assert scrub(sqlite_db)
    assert sqlite_db.path is not None
    assert scrub(sqlite_db)
    assert [hit for hit in hits(sqlite_db.path.parent) if "canaryword" in hit] == []
    assert not scrub(sqlite_db)

"""Days packed as arrays say what the mentions say, however a window is cut, and nothing of a mention outlives it there."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from storage.counts import recount, set_timezone
from storage.db import Database, open_database
from storage.erase import erase_posts, forget_author
from storage.interactions import MOST, engagement
from storage.packs import AUTHOR, VOICE, day_packs, decoded, encoded, pack_days
from storage.people import people
from storage.posts import save, save_stats
from storage.sketch import sketch
from storage.types import BIGGEST, Batch, NewAuthor, Stats
from storage.voices import voices
from tests.storage.histories import lines
from tests.storage.older import take_back
from tests.storage.posts import NOON, later, named, one, post, rows

BRANDS = ("delta", "jetblue")
AFTER = NOON + timedelta(days=3)


def busy(db: Database, count: int = 200) -> None:
    """Six days of two brands, three networks, two languages, some authors and followers unknown, some reposts."""
    chance = random.Random(3)
    items = []
    for number in range(count):
        author = chance.randrange(40)
        about = {
            "source": ("x", "mastodon", "feeds")[author % 3],
            "published_at": NOON - timedelta(seconds=chance.randrange(6 * 86_400)),
            "author": None
            if author == 7
            else NewAuthor(source_author_id=str(author), followers=[None, 90, 2**40][author % 3]),
            "lang": chance.choice(("en", "no")),
            "repost_of": chance.choice((None, None, "0")) if number else None,
            "stats": Stats(likes=chance.randrange(9)) if chance.random() < 0.5 else None,
        }
        words = f"delta and jetblue say {number} things about {author} planes"
        items.append(named(post(str(number), words, **about), *chance.choice((BRANDS, BRANDS[:1]))))
    save(db, Batch("a", items), now=NOON)


WINDOWS = [
    (NOON - timedelta(days=6), NOON + timedelta(days=1)),
    (NOON - timedelta(days=4, hours=3, seconds=7), NOON - timedelta(hours=5)),
    (NOON - timedelta(hours=30), NOON - timedelta(hours=29)),
    ((NOON - timedelta(days=4)).date(), NOON.date()),
]


def answers(db: Database, bounds: Sequence[datetime | date], **narrowed: Sequence[str]) -> list[object]:
    window = {"brands": BRANDS, "since": bounds[0], "until": bounds[1], **narrowed}
    found: list[object] = [*people(db, **window), *engagement(db, **window)]  # type: ignore[arg-type]
    if isinstance(bounds[0], datetime):
        found += [lines(said) for said in voices(db, **window).values()]  # type: ignore[arg-type]
    elif "langs" not in narrowed:
        found += people(db, every="day", **window)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_every_window_reads_alike_packed_and_not(db: Database, zone: str) -> None:
    busy(db)
    set_timezone(db, zone)
    narrowings: list[dict[str, Sequence[str]]] = [{}, {"sources": ["x", "feeds"]}, {"langs": ["no"]}]
    asked = [(bounds, narrowed) for bounds in WINDOWS for narrowed in narrowings]
    live = [answers(db, bounds, **narrowed) for bounds, narrowed in asked]
    assert all(live)
    assert pack_days(db, now=NOON, limit=3) == 3
    assert [answers(db, bounds, **narrowed) for bounds, narrowed in asked] == live
    assert pack_days(db, now=AFTER) == 11
    assert [answers(db, bounds, **narrowed) for bounds, narrowed in asked] == live
    assert recount(db) == []


def test_a_day_that_is_not_over_is_not_packed_and_a_packed_day_only_again_when_it_changed(
    db: Database,
) -> None:
    save(db, Batch("a", [named(post("1")), named(post("2", published_at=later(days=-1)))]), now=NOON)
    assert pack_days(db, now=NOON) == 1
    assert pack_days(db, now=AFTER) == 1
    assert pack_days(db, now=AFTER) == 0
    save_stats(db, [("x", "1", Stats(likes=9))], now=later(7))
    assert pack_days(db, now=AFTER) == 0
    save(
        db,
        Batch("a", [named(post("1", "delta edited", edited_at=later(9), observed_at=later(9)))]),
        now=later(9),
    )
    assert pack_days(db, now=AFTER) == 1


def test_the_recount_finds_a_pack_and_interactions_that_were_tampered_with(db: Database) -> None:
    busy(db, 30)
    pack_days(db, now=AFTER)
    assert recount(db) == []
    with db.write() as connection:
        connection.execute(
            update(day_packs)
            .where(day_packs.c.brand_id == "jetblue")
            .values(voices=encoded(np.empty(0, VOICE)))
        )
        connection.exec_driver_sql("DELETE FROM day_packs WHERE brand_id = 'delta'")
        connection.exec_driver_sql("UPDATE day_interactions SET likes = likes + 1 WHERE brand_id = 'delta'")
    assert {line.split(" 2026")[0] for line in recount(db)} == {
        "day_packs jetblue",
        "day_packs delta",
        "day_interactions delta",
    }


def test_nothing_of_a_forgotten_author_stays_in_a_pack(sqlite_db: Database) -> None:
    words = "delta lost my suitcase twice on one single trip this year"
    marks, ann = sketch(words), NewAuthor(source_author_id="9", handle="ann", followers=987_654_321)
    assert marks is not None
    save(sqlite_db, Batch("a", [named(post("1", words, author=ann)), named(post("2"))]), now=NOON)
    pack_days(sqlite_db, now=AFTER)
    sqlite_db.compact()
    assert sqlite_db.path is not None
    assert marks in sqlite_db.path.read_bytes()
    forget_author(sqlite_db, "@ann", now=AFTER)
    told = (marks, (987_654_321).to_bytes(4, "little"))
    files = [Path(f"{sqlite_db.path}{end}").read_bytes() for end in ("", "-wal")]
    assert not any(part in file for part in told for file in files)
    assert rows(sqlite_db, "SELECT authors, voices FROM day_packs") == [(None, None)]
    assert pack_days(sqlite_db, now=AFTER) == 1
    assert [row.authors for row in people(sqlite_db, brands=["delta"], since=later(-9), until=later(9))] == [
        1
    ]


def test_a_day_that_lost_all_its_mentions_keeps_no_row(db: Database) -> None:
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    pack_days(db, now=AFTER)
    erase_posts(db, [("x", "1")], now=AFTER)
    assert one(db, "SELECT count(*) FROM day_packs") == 1
    pack_days(db, now=AFTER)
    assert one(db, "SELECT count(*) FROM day_packs") == 0
    assert voices(db, brands=["delta"], since=later(-9), until=later(9))["delta"].author.shape == (0,)


def test_numbers_too_large_for_four_bytes_are_kept_in_eight() -> None:
    for table in (
        np.array([(1, 2**40, 0, 1)], AUTHOR),
        np.array([(1, -1, 2**33, (1, 2, 3, 4), 0, 0, True)], VOICE),
    ):
        assert (decoded(encoded(table), table.dtype) == table).all()
        assert len(encoded(table)) == 1 + table.nbytes


def test_nonsense_figures_make_no_sum_overflow(db: Database) -> None:
    items = [named(post(str(number), stats=Stats(likes=BIGGEST, views=BIGGEST))) for number in range(3)]
    save(db, Batch("a", items), now=NOON)
    window = {"brands": ["delta"], "since": NOON.date(), "until": later(days=1).date()}
    (row,) = engagement(db, **window)  # type: ignore[arg-type]
    assert (row.likes, row.views) == (3 * MOST, 3 * MOST)
    assert engagement(db, brands=["delta"], since=later(-1), until=later(1)) == [row]
    assert recount(db) == []


def test_a_database_from_before_packs_and_interactions_gets_both(database_url: str, tmp_path: Path) -> None:
    db = open_database(database_url)
    set_timezone(db, "Asia/Kathmandu")
    busy(db)
    save_stats(db, [("x", "0", Stats(likes=70))], now=later(7))
    before = answers(db, WINDOWS[-1])
    take_back(db, "0002", tmp_path)
    db.close()
    db = open_database(database_url)
    assert recount(db) == []
    assert answers(db, WINDOWS[-1]) == before
    assert pack_days(db, now=datetime(2027, 1, 1, tzinfo=UTC)) == 14
    db.close()

"""What a watcher reads of quarter hours: only what counts, as it is labelled, as far as it was collected; and what it keeps."""

from datetime import timedelta

from storage.brands import sync_brands
from storage.db import Database
from storage.labels import correct, save_labels
from storage.posts import save
from storage.quarters import (
    Collected,
    QuarterSum,
    Voice,
    collected,
    imported,
    last_collected,
    quarter_sums,
    voices,
)
from storage.rows import table_of
from storage.spike_states import StoredState, forget_spike_states, put_spike_states, spike_state_rows
from storage.standings import quarter_of
from storage.tables import Mention
from storage.types import Batch, BrandQuery, Coverage, NewAuthor
from tests.storage.posts import NOON, label, later, named, post

BOB = NewAuthor(source_author_id="78", handle="Bob")
NOW = quarter_of(NOON)


def ids(db: Database) -> list[int]:
    with db.read() as connection:
        table = table_of(Mention)
        return list(connection.scalars(table.select().with_only_columns(table.c.id).order_by(table.c.id)))


def test_sums_hold_mentions_and_negative_ones_as_counted(db: Database) -> None:
    told = [
        named(post("1")),
        named(post("2", author=BOB)),
        named(post("3", published_at=later(-20))),
        named(post("4", repost_of="1")),
        named(post("5"), "jetblue"),
        named(post("6", source="reviews")),
    ]
    save(db, Batch("a", told), now=NOON)
    save_labels(db, [label(n) for n in ids(db)[:2]], now=NOON)
    correct(db, ids(db)[1], "positive", now=NOON)
    with db.read() as connection:
        found = quarter_sums(connection, ["delta"], ["x"], NOW - 96, NOW + 1)
        newest = voices(connection, "delta", later(-60), later(1), limit=10)
    assert sorted(found) == [
        QuarterSum("delta", "x", NOW - 2, 1, 0, 0),
        QuarterSum("delta", "x", NOW, 2, 1, 2),
    ]
    said = [(one.quarter - NOW, one.network, one.negative, one.labelled) for one in newest]
    assert said == [
        (0, "reviews", False, False),
        (0, "x", False, True),
        (0, "x", True, True),
        (-2, "x", False, False),
    ]
    assert len({one.author_id for one in newest if one.network == "x"}) == 2
    assert isinstance(newest[0], Voice)


def test_only_the_present_query_and_whole_stretches_count_as_collected(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0)], now=NOON)
    for version, hours, state in ((1, 1, "complete"), (2, 2, "complete"), (2, 3, "down")):
        stated = Coverage(later(hours=hours - 1), later(hours=hours), state, (("delta", version),))  # type: ignore[arg-type]
        save(db, Batch("social", coverage=[stated]), now=NOON)
    with db.read() as connection:
        assert collected(connection, [("delta", 2)], NOON, later(days=1)) == [
            Collected("social", "delta", later(hours=1), later(hours=2))
        ]
        assert collected(connection, [("delta", 2)], later(hours=2), later(days=1)) == []
        assert last_collected(connection, [("delta", 2)]) == {("social", "delta"): later(hours=2)}


def test_imports_are_known_by_their_first_and_last_mention(db: Database) -> None:
    old = [named(post(str(n), published_at=later(days=-n))) for n in (1, 5)]
    save(db, Batch("import", old), now=NOON)
    save(db, Batch("social", [named(post("9", published_at=later(days=-9)))]), now=NOON)
    with db.read() as connection:
        found = imported(connection, ["delta", "jetblue"], later(days=-30))
        assert found == {("delta", "x"): (later(days=-5), later(days=-1))}
        assert imported(connection, ["delta"], NOON) == {}


def test_states_are_kept_by_series_replaced_and_forgotten(db: Database) -> None:
    first = [StoredState("delta", source, "volume", "s", 5, bytes([n])) for n, source in enumerate(("", "x"))]
    db.do(lambda connection: put_spike_states(connection, first))
    newer = StoredState("delta", "x", "volume", "s", 6, b"\x00\xff")
    db.do(lambda connection: put_spike_states(connection, [newer]))
    with db.read() as connection:
        assert spike_state_rows(connection) == {first[0][:3]: first[0], newer[:3]: newer}
    db.do(lambda connection: forget_spike_states(connection, {newer[:3]: None}))
    with db.read() as connection:
        assert list(spike_state_rows(connection)) == [first[0][:3]]


def test_no_more_voices_are_read_than_asked_for(db: Database) -> None:
    save(
        db,
        Batch("a", [named(post(str(n), published_at=NOON - timedelta(minutes=n))) for n in range(9)]),
        now=NOON,
    )
    with db.read() as connection:
        assert [one.quarter - NOW for one in voices(connection, "delta", later(-60), later(1), limit=2)] == [
            0,
            -1,
        ]

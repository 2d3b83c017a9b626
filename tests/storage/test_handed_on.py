"""What left of a network in 30 days: added up over everybody, told when it frees up, and never more than may."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.db import Database
from storage.handed_on import Room, hand_on, room

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
DAY = timedelta(days=1)
MOST = 100


def test_what_everybody_took_is_added_up(db: Database) -> None:
    assert room(db, "x", 100, most=MOST, now=NOW) == Room(100, NOW)
    hand_on(db, "x", "session:ann", 30, now=NOW)
    hand_on(db, "x", "session:ann", 20, now=NOW)
    hand_on(db, "x", "token:agency", 10, now=NOW)
    hand_on(db, "other", "token:agency", 90, now=NOW)
    assert room(db, "x", 40, most=MOST, now=NOW) == Room(40, NOW)


def test_it_is_told_when_there_is_room_again(db: Database) -> None:
    hand_on(db, "x", "ann", 60, now=NOW)
    hand_on(db, "x", "ann", 30, now=NOW + DAY)
    later = NOW + 2 * DAY
    first, second = datetime(2027, 4, 1, tzinfo=UTC), datetime(2027, 4, 2, tzinfo=UTC)
    assert room(db, "x", 10, most=MOST, now=later) == Room(10, later)
    assert room(db, "x", 70, most=MOST, now=later) == Room(10, first)
    assert room(db, "x", 71, most=MOST, now=later) == Room(10, second)
    assert room(db, "x", 101, most=MOST, now=later) == Room(10, None)
    assert room(db, "x", 70, most=MOST, now=first) == Room(70, first)


def test_what_did_not_leave_is_given_back(db: Database) -> None:
    hand_on(db, "x", "ann", 60, now=NOW)
    hand_on(db, "x", "ann", -50, now=NOW)
    assert room(db, "x", 90, most=MOST, now=NOW).left == 90


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 80)), min_size=1, max_size=25))
def test_no_thirty_days_hold_more_than_may_leave(sqlite_db: Database, asked: list[tuple[int, int]]) -> None:
    left: list[tuple[datetime, int]] = []
    source = f"x{hash(tuple(asked))}"
    for hours, posts in sorted(asked):
        at = NOW + timedelta(hours=hours)
        if room(sqlite_db, source, posts, most=MOST, now=at).left >= posts:
            hand_on(sqlite_db, source, "ann", posts, now=at)
            left.append((at, posts))
    for end, _ in left:
        assert sum(posts for at, posts in left if end - 30 * DAY < at <= end) <= MOST

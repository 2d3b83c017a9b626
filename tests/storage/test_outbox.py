"""The outbox: stored once, claimed by one sender at a time, never lost by a dead one, and what was given up stays in sight."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from storage.db import Database
from storage.outbox import (
    NewDelivery,
    OutboxCounts,
    claim,
    counts,
    deliveries,
    delivery_id,
    due_channels,
    enqueue,
    enqueue_claimed,
    failed,
    gave_up,
    hold,
    retry,
    sent,
)
from storage.rows import table_of
from storage.tables_alerts import AlertRow

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def new(
    number: int, channel: str = "slack 3f2a", due: datetime = NOW, alert_id: int | None = None
) -> NewDelivery:
    return NewDelivery(
        delivery_id(number, "opened", 1, channel), "opened", channel, due, alert_id, {"says": number}
    )


def put(db: Database, *made: NewDelivery) -> int:
    return db.do(lambda connection: enqueue(connection, made, now=NOW))


def test_a_message_is_stored_once_and_comes_back_whole(db: Database) -> None:
    assert (put(db, new(1), new(2)), put(db, new(2), new(3))) == (2, 1)
    (found,) = [one for one in deliveries(db) if one.id == new(1).id]
    assert (found.kind, found.channel, found.about, found.state) == (
        "opened",
        "slack 3f2a",
        {"says": 1},
        "waiting",
    )
    assert (found.created_at, found.due_at, found.give_up_at) == (NOW, NOW, NOW + timedelta(days=1))
    assert (found.attempts, found.last_error, found.sent_at) == (0, "", None)


def test_the_transaction_that_stores_an_alert_takes_its_messages_along_when_it_fails(db: Database) -> None:
    class StoppedError(Exception):
        pass

    def work(connection: Connection) -> None:
        enqueue(connection, [new(1)], now=NOW)
        raise StoppedError

    try:
        db.do(work)
    except StoppedError:
        assert deliveries(db) == []


def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(db: Database) -> None:
    put(db, new(1), new(2, due=NOW + MINUTE), new(3, due=NOW - MINUTE))
    first = claim(db, now=NOW, limit=5, lease=3 * MINUTE)
    assert [one.about["says"] for one in first] == [3, 1]
    assert {one.attempts for one in first} == {1}
    assert claim(db, now=NOW, limit=5, lease=MINUTE) == []
    assert due_channels(db, now=NOW) == set()
    later = claim(db, now=NOW + 3 * MINUTE, limit=1, lease=MINUTE)
    assert [(one.about["says"], one.attempts) for one in later] == [(3, 2)]


def test_claims_are_of_the_channels_asked_for(db: Database) -> None:
    put(db, new(1, "mail ann@example.org"), new(2))
    (found,) = claim(db, now=NOW, limit=5, lease=MINUTE, channels=["mail ann@example.org"])
    assert found.channel == "mail ann@example.org"
    assert due_channels(db, now=NOW) == {"slack 3f2a"}


def test_each_outcome_is_kept(db: Database) -> None:
    put(db, *(new(number) for number in range(4)))
    claimed = claim(db, now=NOW, limit=4, lease=MINUTE)
    sent(db, claimed[0].id, now=NOW)
    failed(db, claimed[1].id, "answered HTTP 500", retry_at=NOW + MINUTE)
    gave_up(db, claimed[2].id, "answered HTTP 404")
    assert counts(db) == OutboxCounts(waiting=2, failing=1, sent=1, dead=1, oldest_due_at=NOW)
    (dead,) = deliveries(db, state="dead")
    assert (dead.id, dead.last_error) == (claimed[2].id, "answered HTTP 404")
    assert {one.attempts for one in claim(db, now=NOW + MINUTE, limit=9, lease=MINUTE)} == {2}


def test_a_sender_whose_claim_ran_out_undoes_nothing(db: Database) -> None:
    put(db, new(1))
    (mine,) = claim(db, now=NOW, limit=1, lease=MINUTE)
    claim(db, now=NOW + MINUTE, limit=1, lease=MINUTE)
    sent(db, mine.id, now=NOW + MINUTE)
    failed(db, mine.id, "too late", retry_at=NOW + 2 * MINUTE)
    gave_up(db, mine.id, "too late")
    (found,) = deliveries(db)
    assert (found.state, found.last_error) == ("sent", "")


def test_a_dead_message_can_be_tried_again_for_another_day(db: Database) -> None:
    put(db, new(1))
    (one,) = claim(db, now=NOW, limit=1, lease=MINUTE)
    assert not retry(db, one.id, now=NOW)
    gave_up(db, one.id, "answered HTTP 404")
    later = NOW + timedelta(days=3)
    assert retry(db, one.id, now=later)
    (again,) = claim(db, now=later, limit=1, lease=MINUTE)
    assert (again.id, again.give_up_at) == (one.id, later + timedelta(days=1))


def test_a_channel_that_asked_for_peace_is_left_alone(db: Database) -> None:
    put(db, new(1), new(2), new(3, due=NOW + 9 * MINUTE), new(4, "other"))
    assert hold(db, "slack 3f2a", until=NOW + 5 * MINUTE) == 2
    assert [one.channel for one in claim(db, now=NOW, limit=9, lease=MINUTE)] == ["other"]


def test_a_message_can_be_stored_and_taken_at_once(db: Database) -> None:
    (mine,) = enqueue_claimed(db, [new(1)], now=NOW, lease=MINUTE)
    assert mine.attempts == 1
    assert claim(db, now=NOW, limit=1, lease=MINUTE) == []


def an_alert(db: Database, key: str = "spike:delta") -> int:
    values = {
        "key": key,
        "rule": "spike",
        "severity": "warning",
        "finding": {},
        "state": "open",
        "since": NOW,
        "opened_at": NOW,
        "updated_at": NOW,
        "unseen": "",
    }

    def work(connection: Connection) -> int:
        made = connection.execute(insert(table_of(AlertRow)).values(values)).inserted_primary_key
        return int(made[0]) if made else 0

    return db.do(work)


def test_an_alert_that_goes_takes_its_messages_along(db: Database) -> None:
    number = an_alert(db)
    put(db, new(1, alert_id=number))
    assert [one.alert_id for one in deliveries(db, alert_id=number)] == [number]
    db.do(lambda connection: connection.execute(table_of(AlertRow).delete()))
    assert deliveries(db) == []


@pytest.mark.parametrize("end", ["sent", "given up"])
def test_the_end_of_an_alert_is_not_told_while_its_opening_waits(db: Database, end: str) -> None:
    one, other = an_alert(db), an_alert(db, "spike:nimbus")
    put(db, new(1, alert_id=one))
    (opened,) = claim(db, now=NOW, limit=9, lease=MINUTE)
    failed(db, opened.id, "no connection", retry_at=NOW + 30 * MINUTE)
    later = NOW + 5 * MINUTE
    made = [new(2, alert_id=one), new(3, "mail", alert_id=one), new(4, alert_id=other), new(5)]
    db.do(lambda connection: enqueue(connection, made, now=later))
    assert {each.about["says"] for each in claim(db, now=later, limit=9, lease=MINUTE)} == {3, 4, 5}
    for done in made[1:]:
        sent(db, done.id, now=later)
    assert (due_channels(db, now=later), claim(db, now=later, limit=9, lease=MINUTE)) == (set(), [])
    assert counts(db).oldest_due_at == NOW + 30 * MINUTE  # nobody is late with what has to wait
    again = NOW + 31 * MINUTE
    assert [each.about["says"] for each in claim(db, now=again, limit=9, lease=MINUTE)] == [1]
    assert claim(db, now=again, limit=9, lease=MINUTE) == []  # on its way is not there
    if end == "sent":
        sent(db, opened.id, now=again)
    else:
        gave_up(db, opened.id, "answered HTTP 404")
    assert [each.about["says"] for each in claim(db, now=again, limit=9, lease=MINUTE)] == [2]

"""Alerts as they are kept: one open per key, what people do is logged, and evidence goes with the mention."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from storage.alerts import (
    AlertChange,
    AlertError,
    AlertEvent,
    LastLook,
    StoredAlert,
    acknowledge,
    alert,
    alerts,
    alerts_table,
    alive,
    between,
    busiest,
    digest_sent,
    events,
    evidence,
    last_look,
    looked,
    note,
    note_digest,
    open_alerts,
    resolve,
    snooze,
    store,
)
from storage.db import Database
from storage.erase import forget_author
from storage.outbox import NewDelivery, enqueue
from storage.posts import save
from storage.types import Batch, NewAuthor
from tests.storage.posts import NOON, later, named, one, post, rows

OPENED = AlertEvent(NOON, "opened", note="warning")


def new(key: str = "spike:delta", *, at: datetime = NOON, **more: object) -> StoredAlert:
    given: dict[str, object] = {"brand_id": "delta", "severity": "warning", "since": at, "opened_at": at}
    return StoredAlert(0, key, updated_at=at, **({"rule": "spike"} | given | more))  # type: ignore[arg-type]


def put(db: Database, *changes: AlertChange) -> list[int]:
    return db.do(lambda connection: store(connection, changes))


def test_an_alert_comes_back_as_it_was_stored(db: Database) -> None:
    given = new(
        finding={"signals": [{"seen": 12.5, "of": None}], "details": {"word": "née \u2028"}},
        cause={"drivers": []},
        told_at=NOON,
        told_severity="warning",
        told_to=("mail 12", "slack 3f"),
        owed="resolved",
        owed_since=later(5),
        real=False,
        state="resolved",
        resolved_at=later(9),
    )
    (number,) = put(db, AlertChange(given, [OPENED]))
    assert alert(db, number) == replace(given, id=number)
    assert events(db, number) == [OPENED]
    assert alert(db, number + 1) is None


def test_many_are_stored_at_once_and_numbered_in_order(db: Database) -> None:
    given = [new(f"spike:{n}", severity="critical" if n % 2 else "notice") for n in range(300)]
    numbers = put(db, *(AlertChange(one, [OPENED]) for one in given))
    assert [alert(db, number).key for number in (numbers[0], numbers[299])] == ["spike:0", "spike:299"]  # type: ignore[union-attr]
    assert len(open_alerts(db)) == len(set(numbers)) == 300
    again = [replace(one, id=number, unseen="x is down") for one, number in zip(given, numbers, strict=True)]
    assert put(db, *map(AlertChange, again)) == numbers
    assert {one.unseen for one in open_alerts(db)} == {"x is down"}


def test_a_lost_race_for_a_key_brings_the_open_alert_up_to_date(db: Database) -> None:
    (first,) = put(db, AlertChange(new(), [OPENED]))
    (second,) = put(db, AlertChange(new(severity="critical"), [OPENED]))
    assert first == second
    assert [one.severity for one in open_alerts(db)] == ["critical"]
    (other,) = put(db, AlertChange(replace(new(), state="resolved", resolved_at=NOON)))
    assert put(db, AlertChange(replace(new(), id=other))) == [first]  # reopened while another is open


def test_the_database_itself_refuses_a_second_open_alert_of_a_key(db: Database) -> None:
    put(db, AlertChange(new()))
    named = ("key", "rule", "severity", "state", "since", "opened_at", "updated_at", "owed", "unseen")
    row = {name: getattr(new(), name) for name in named} | {"finding": {}, "told_to": []}
    with pytest.raises(Exception) as caught, db.write() as connection:
        connection.execute(insert(alerts_table).values(row))
    assert isinstance(caught.value.__cause__ or caught.value, IntegrityError)


def test_lists_are_of_a_state_brands_and_times_and_go_on_where_a_page_ended(db: Database) -> None:
    numbers = put(
        db,
        AlertChange(new("a", at=later(days=-3), state="resolved", resolved_at=later(days=-2))),
        AlertChange(new("b", brand_id="nimbus", at=later(days=-1))),
        AlertChange(new("c")),
        AlertChange(new("d", brand_id=None)),
    )

    def keys(**asked: object) -> str:
        return "".join(one.key for one in alerts(db, **asked))  # type: ignore[arg-type]

    assert keys() == "dcba"
    assert (keys(state="open"), keys(state="resolved")) == ("dcb", "a")
    assert (keys(brand_ids=["delta"]), keys(brand_ids=["nimbus", "delta"]), keys(brand_ids=[])) == (
        "ca",
        "cba",
        "",
    )
    assert keys(since=later(days=-1), until=NOON) == "b"
    assert (keys(limit=2), keys(before_id=numbers[2], limit=2)) == ("dc", "ba")
    with db.read() as connection:
        assert [one.key for one in alive(connection, since=later(days=-2))] == ["a", "b", "c", "d"]
        assert [one.key for one in alive(connection, since=later(days=-1))] == ["b", "c", "d"]
        assert [one.key for one in between(connection, later(days=-2), limit=9)] == ["d", "c", "b", "a"]
        assert [one.key for one in between(connection, None, limit=2)] == ["d", "c"]


def test_what_people_do_is_kept_and_logged_with_who_and_when(db: Database) -> None:
    (number,) = put(
        db, AlertChange(replace(new(), owed="escalated", owed_since=NOON, told_to=("mail",)), [OPENED])
    )
    seen = acknowledge(db, number, by=" ann ", now=later(1))
    assert (seen.acknowledged_by, seen.acknowledged_at, seen.owed) == ("ann", later(1), "")
    slept = snooze(db, number, until=later(hours=4), by="ann", now=later(2))
    assert (slept.snoozed_until, slept.owed, slept.owed_since) == (later(hours=4), "opened", later(hours=4))
    note(db, number, " looked into it\x00 ", by="b\x00o", now=later(3))
    closed = resolve(db, number, by="bo", now=later(4), real=True)
    assert (closed.state, closed.resolved_by, closed.real, closed.owed) == (
        "resolved",
        "bo",
        True,
        "resolved",
    )
    assert [(event.what, event.by, event.at, event.note) for event in events(db, number)[1:]] == [
        ("acknowledged", "ann", later(1), ""),
        ("snoozed", "ann", later(2), "until 2026-11-20T16:00+00:00"),
        ("noted", "bo", later(3), "looked into it"),
        ("resolved", "bo", later(4), "real"),
    ]


def test_an_end_that_nobody_was_told_the_beginning_of_is_not_told(db: Database) -> None:
    (number,) = put(db, AlertChange(new(owed="opened", owed_since=NOON)))
    assert resolve(db, number, by="ann", now=later(1), real=None).owed == ""


def test_what_is_over_can_still_be_judged_and_nothing_else(db: Database) -> None:
    (number,) = put(db, AlertChange(new(state="resolved", resolved_at=later(5))))
    judged = resolve(db, number, by="ann", now=later(9), real=False)
    assert (judged.real, judged.resolved_by, judged.resolved_at) == (False, None, later(5))
    assert [(event.what, event.note) for event in events(db, number)] == [("judged", "false alarm")]
    note(db, number, "a bot", by="ann", now=later(9))
    for act in (
        lambda: acknowledge(db, number, by="ann", now=later(9)),
        lambda: snooze(db, number, until=later(60), by="ann", now=later(9)),
        lambda: resolve(db, number, by="ann", now=later(9), real=None),
    ):
        with pytest.raises(
            AlertError, match=rf"alert {number} was resolved at 2026-11-20 12:05 UTC by itself"
        ):
            act()
    assert len(events(db, number)) == 2


def test_what_cannot_be_done_names_the_way_out_and_changes_nothing(db: Database) -> None:
    with pytest.raises(AlertError, match="there is no alert 7; listener alerts list --state all"):
        acknowledge(db, 7, by="ann", now=NOON)
    (number,) = put(db, AlertChange(new()))
    with pytest.raises(AlertError, match="is over; snooze it until a time to come"):
        snooze(db, number, until=NOON, by="ann", now=NOON)
    with pytest.raises(AlertError, match="the note is empty"):
        note(db, number, "  ", by="ann", now=NOON)
    assert events(db, number) == []


def test_a_forgotten_authors_mentions_vanish_from_the_evidence(db: Database) -> None:
    canary = NewAuthor(source_author_id="did:canary:4711", handle="CanaryBird", name="Kanari Fugl")
    save(db, Batch("a", [named(post("p1")), named(post("c1", author=canary)), named(post("p2"))]), now=NOON)
    (number,) = put(db, AlertChange(new(), [OPENED], evidence=[2, 1, 2, 99, 3]))
    assert evidence(db, number) == [2, 1, 3]
    forget_author(db, "canarybird", now=later(9))
    assert evidence(db, number) == [1, 3]
    put(db, AlertChange(new(severity="critical")))
    assert evidence(db, number) == [1, 3]
    put(db, AlertChange(new(), evidence=[3, 2]))
    assert evidence(db, number) == [3]


def test_alerts_about_a_forgotten_author_go_and_those_about_others_stay(db: Database) -> None:
    canary = NewAuthor(source_author_id="did:canary:4711", handle="CanaryBird", name="Kanari Fugl")
    save(db, Batch("a", [named(post("p1")), named(post("c1", author=canary))]), now=NOON)
    authors = {handle: number for number, handle in rows(db, "SELECT id, handle FROM authors")}
    put(
        db,
        *(
            AlertChange(
                new(f"author:{name}", rule="influential_author", finding={"details": {"author_id": number}})
            )
            for name, number in authors.items()
        ),
        AlertChange(new("odd", rule="influential_author", finding={})),
        AlertChange(new(finding={"details": {"author_id": authors["CanaryBird"]}})),
    )
    forget_author(db, "canarybird", now=later(9))
    assert [one.key for one in open_alerts(db)] == ["spike:delta", "odd", "author:Ada"]


def test_what_hangs_on_an_alert_goes_with_it(db: Database) -> None:
    save(db, Batch("a", [named(post("p1"))]), now=NOON)
    (number,) = put(db, AlertChange(new(), [OPENED], evidence=[1]))
    db.do(
        lambda connection: enqueue(connection, [NewDelivery("m1", "opened", "mail", NOON, number)], now=NOON)
    )
    with db.write() as connection:
        connection.execute(text("DELETE FROM alerts"))
    for table in ("alert_events", "alert_evidence", "deliveries"):
        assert one(db, f"SELECT count(*) FROM {table}") == 0


def test_the_last_look_and_the_last_digest_are_remembered(db: Database) -> None:
    assert last_look(db) == LastLook(None, {})
    db.do(lambda connection: looked(connection, {"spike:delta": "x is down"}, now=NOON))
    assert last_look(db) == LastLook(NOON, {"spike:delta": "x is down"}, NOON)
    db.do(lambda connection: looked(connection, {}, now=later(1)))
    assert last_look(db) == LastLook(later(1), {}, NOON)
    loud, record = {"delta": NOON}, {"delta": {"achieved_per_month": 0.5}}
    db.do(lambda connection: looked(connection, {}, held_back=loud, record=record, now=later(2)))
    assert last_look(db) == LastLook(later(2), {}, NOON, loud, record)
    db.do(lambda connection: looked(connection, {}, now=later(3)))
    assert last_look(db) == LastLook(later(3), {}, NOON, {}, record)
    with db.write() as connection:
        assert digest_sent(connection) is None
        note_digest(connection, NOON.date())
        assert digest_sent(connection) == NOON.date()


def test_messages_of_the_last_minutes_are_counted_for_the_busiest_channel(db: Database) -> None:
    def send(name: str, channel: str, at: datetime) -> None:
        db.do(lambda connection: enqueue(connection, [NewDelivery(name, "opened", channel, at)], now=at))

    for place, (channel, minutes) in enumerate(
        [("mail", 0), ("mail", 4), ("slack", 4), ("mail", 5), ("mail", 9)]
    ):
        send(f"m{place}", channel, later(minutes))
    for place in range(5):  # what somebody tries out takes no room from alerts
        test = NewDelivery(f"t{place}", "test", "mail", later(4))
        db.do(lambda connection, test=test: enqueue(connection, [test], now=later(4)))  # type: ignore[misc]
    with db.read() as connection:
        assert busiest(connection, since=NOON, until=later(5)) == 2
        assert busiest(connection, since=later(20), until=later(25)) == 0


def test_open_alerts_are_found_by_their_index(sqlite_db: Database) -> None:
    with sqlite_db.read() as connection:
        plan = str(
            connection.execute(
                text("EXPLAIN QUERY PLAN SELECT id FROM alerts WHERE alerts.state = 'open'")
            ).all()
        )
    assert "alerts_open" in plan
    assert rows(sqlite_db, "SELECT id FROM alerts") == []

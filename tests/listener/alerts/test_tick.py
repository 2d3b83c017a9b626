"""One tick stores and tells everything or nothing, once, whatever fails in between."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, event, update

from listener.alerts.health import health, not_working
from listener.alerts.look import Look
from listener.alerts.rules import goal
from listener.alerts.signs import Signs
from listener.alerts.tick import Ticked, rule_of, tick
from listener.notify.channels import read_channels
from listener.notify.slack import parse_slack
from listener.service import Service
from metrics.alerts.alert import Finding, Severity, Signal
from storage.alerts import (
    alert,
    alerts,
    alerts_table,
    events,
    evidence,
    last_look,
    open_alerts,
    resolve,
    snooze,
)
from storage.outbox import deliveries
from storage.rule_marks import marks, put_marks
from tests.listener.alerts.at_work import HOUR, MINUTE, NOW, said, service_at, stored
from tests.storage.posts import rows

ONE = "slack://T00000001/B00000001/abcdefghijkl"
TWO = "slack://T00000002/B00000002/abcdefghijkl"
TELLS = f'[alerts]\nnotify = ["{ONE}", "{TWO}"]\n'
KEY = "spike:aurora"
LookNow = Callable[[datetime], Look]


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    made = service_at(database_url, TELLS)
    yield made
    made.close()


def finding(severity: Severity = "warning", key: str = KEY, **more: object) -> Finding:
    return replace(Finding("spike", key, "aurora", severity, NOW, NOW), **more)  # type: ignore[arg-type]


def looks(*findings: Finding, quiet: tuple[str, ...] = (), **more: object) -> LookNow:
    return lambda _: Look(findings, frozenset(quiet), **more)  # type: ignore[arg-type]


def told(service: Service) -> list[tuple[str, str]]:
    """Kind and channel of every message, the oldest first."""
    return [(one.kind, one.channel) for one in reversed(deliveries(service.db, limit=1000))]


def test_an_alert_is_told_to_every_channel_once_with_its_story(service: Service) -> None:
    stored(service, [said(f"aurora recall {n}", at=NOW, by=f"a{n}") for n in range(7)], now=NOW)
    ids = tuple(number for (number,) in rows(service.db, "SELECT id FROM mentions"))
    done = tick(service, [looks(finding(mention_ids=ids))], now=NOW)
    assert (done.opened, done.messages, done.failed) == (1, 2, {})
    (one,) = open_alerts(service.db)
    assert (one.key, one.told_at, len(one.told_to), one.owed) == (KEY, NOW, 2, "")
    assert len(evidence(service.db, one.id)) == 5
    assert [what.what for what in events(service.db, one.id)] == ["opened"]
    assert {kind for kind, _ in told(service)} == {"opened"}
    assert {message.alert_id for message in deliveries(service.db)} == {one.id}


def test_a_spike_judged_a_hundred_times_over_restarts_and_reloads_is_one_message(database_url: str) -> None:
    service = service_at(database_url, TELLS)
    for turn in range(100):
        if turn % 10 == 0:
            service.close()
            service = service_at(database_url, TELLS + ('digest = "08:00"\n' if turn % 3 else ""))
        now = NOW + turn * MINUTE
        tick(service, [looks(finding(news=turn < 3, at=now))], now=now)
    assert [kind for kind, _ in told(service)] == ["opened", "opened"]
    assert len(alerts(service.db)) == 1
    service.close()


def killed_at_commit(service: Service, look: LookNow, now: datetime) -> None:
    """A tick whose process dies when all is written and nothing committed."""

    def die(connection: Connection) -> None:
        if connection.get_execution_options().get("begin"):  # of the writing one
            raise KeyboardInterrupt

    event.listen(service.db.engine, "commit", die)
    try:
        with pytest.raises(KeyboardInterrupt):
            tick(service, [look], now=now)
    finally:
        event.remove(service.db.engine, "commit", die)


def test_a_kill_before_the_commit_leaves_nothing_and_the_next_tick_tells_it_all(service: Service) -> None:
    def remember(connection: Connection) -> None:
        put_marks(connection, "spike", {"seen": "1"}, now=NOW)

    look = looks(finding(), remember=remember)
    killed_at_commit(service, look, NOW)
    assert (alerts(service.db), told(service), marks(service.db, "spike"), last_look(service.db).at) == (
        [],
        [],
        {},
        None,
    )
    tick(service, [look], now=NOW + MINUTE)
    assert [kind for kind, _ in told(service)] == ["opened", "opened"]
    assert marks(service.db, "spike") == {"seen": "1"}


def test_a_rule_that_fails_stops_no_other_and_its_alerts_say_so(service: Service) -> None:
    def broken(_now: datetime) -> Look:
        raise ZeroDivisionError("by\x00 zero")

    broken.__module__ = "listener.alerts.rules.goal"
    tick(service, [looks(finding(), finding(key="goal:1", rule="goal"))], now=NOW)
    done = tick(
        service, [broken, looks(quiet=(KEY,)), looks(finding("critical", "spike:borealis"))], now=NOW + HOUR
    )
    assert done.opened == 1
    assert dict(done.failed) == {"goal": "the rule could not look: ZeroDivisionError: by zero"}
    unseen = {one.key: one.unseen for one in open_alerts(service.db)}
    assert unseen == {KEY: "", "spike:borealis": "", "goal:1": done.failed["goal"]}
    assert dict(last_look(service.db).unseen) == {"goal:": done.failed["goal"]}


def test_a_rule_that_cannot_remember_is_as_if_it_had_not_looked(service: Service) -> None:
    def remember(connection: Connection) -> None:
        put_marks(connection, "spike", {"seen": "1"}, now=NOW)
        raise TypeError("a mistake")

    look = looks(finding(), remember=remember)
    done = tick(service, [look, looks(finding(key="spike:borealis"))], now=NOW)
    assert [one.key for one in open_alerts(service.db)] == ["spike:borealis"]
    assert (marks(service.db, "spike"), list(done.failed)) == ({}, [""])


def test_rules_are_known_by_where_they_are_written() -> None:
    assert rule_of(partial(goal.look, None)) == "goal"  # type: ignore[arg-type]
    assert rule_of(looks()) == ""


def test_a_cause_that_cannot_be_worked_out_holds_no_alert_back(service: Service) -> None:
    late = datetime(2027, 3, 1)  # a time without a zone is a rule's mistake
    signal = Signal("volume", None, 900, 50.0, 3.0, 0.0, 9.0, 0.01, late, late)
    tick(service, [looks(finding(signals=(signal,)))], now=NOW)
    (one,) = open_alerts(service.db)
    assert (one.cause, one.explained_at) == (None, NOW)
    assert len(told(service)) == 2


def test_a_cause_comes_with_the_alert_and_is_worked_out_anew_while_it_lasts(service: Service) -> None:
    stored(service, [said(f"aurora is bad {n}", at=NOW - n * MINUTE, by=f"a{n}") for n in range(12)], now=NOW)
    signal = Signal("volume", None, 900, 12.0, 1.0, 0.0, 3.0, 0.01, NOW, NOW)
    for minute in (0, 5, 9):
        tick(service, [looks(finding(signals=(signal,), news=minute == 0))], now=NOW + minute * MINUTE)
        (one,) = open_alerts(service.db)
        assert one.cause is not None
        assert (one.explained_at, one.cause["seen"]) == (NOW, 12.0)
    assert len(evidence(service.db, one.id)) == 5
    tick(service, [looks(finding(signals=(signal,), news=False))], now=NOW + 10 * MINUTE)
    assert open_alerts(service.db)[0].explained_at == NOW + 10 * MINUTE


def test_a_spike_that_reaches_far_is_more_serious_than_its_size_says(service: Service) -> None:
    far = [said(f"aurora {n}", at=NOW - n * MINUTE, by=f"a{n}", followers=200_000) for n in range(12)]
    stored(service, far, now=NOW)
    signal = Signal("volume", None, 900, 12.0, 9.0, 2.0, 14.0, 0.9, NOW, NOW)
    for minute in (0, 1):
        tick(
            service, [looks(finding("notice", signals=(signal,), news=not minute))], now=NOW + minute * MINUTE
        )
    (one,) = open_alerts(service.db)
    assert (one.severity, one.told_severity) == ("warning", "warning")
    assert [(what.what, what.note) for what in events(service.db, one.id)] == [("opened", "warning")]
    assert len(told(service)) == 2


def test_what_a_person_does_meanwhile_is_not_undone(service: Service) -> None:
    tick(service, [looks(finding())], now=NOW)
    (one,) = open_alerts(service.db)

    def meanwhile(connection: Connection) -> None:  # between the first reading and the writing
        closed = {"state": "resolved", "resolved_at": NOW, "resolved_by": "ann", "real": False}
        connection.execute(update(alerts_table).where(alerts_table.c.id == one.id).values(closed))

    tick(service, [looks(finding(news=False), remember=meanwhile)], now=NOW + MINUTE)
    after = alert(service.db, one.id)
    assert after is not None
    assert (after.state, after.resolved_by, after.real) == ("resolved", "ann", False)


def test_the_end_is_told_only_where_the_beginning_was(service: Service, database_url: str) -> None:
    tick(service, [looks(finding())], now=NOW)
    changed = f'[alerts]\nnotify = ["{TWO}", "slack://T00000003/B00000003/abcdefghijkl"]\n'
    later = service_at(database_url, changed)
    resolve(later.db, open_alerts(later.db)[0].id, by="ann", now=NOW + MINUTE, real=True)
    tick(later, [looks(quiet=(KEY,))], now=NOW + 2 * MINUTE)
    assert [one for one in told(later) if one[0] == "resolved"] == [("resolved", parse_slack(TWO).name)]
    later.close()


def test_without_channels_alerts_are_kept_and_nobody_hears_of_their_end_later(database_url: str) -> None:
    service = service_at(database_url)
    tick(service, [looks(finding())], now=NOW)
    assert (open_alerts(service.db)[0].owed, told(service)) == ("", [])
    tick(service, [looks(quiet=(KEY,))], now=NOW + HOUR)
    service.close()
    service = service_at(database_url, TELLS)
    assert tick(service, [looks(quiet=(KEY,))], now=NOW + 5 * HOUR).resolved == 1
    assert told(service) == []
    service.close()


def test_what_cannot_be_sent_for_a_wrong_address_is_told_when_it_is_mended(database_url: str) -> None:
    service = service_at(database_url, '[alerts]\nnotify = ["env:NOT_SET"]\n')
    tick(service, [looks(finding())], now=NOW)
    assert open_alerts(service.db)[0].owed == "opened"
    service.close()
    service = service_at(database_url, TELLS)
    tick(service, [looks(finding(news=False))], now=NOW + HOUR)
    assert [kind for kind, _ in told(service)] == ["opened", "opened"]
    service.close()


def test_an_entry_that_cannot_be_read_silences_no_other_and_is_a_part_that_does_not_work(
    database_url: str,
) -> None:
    service = service_at(database_url, f'[alerts]\nnotify = ["env:NOT_SET", "{TWO}"]\n')
    tick(service, [looks(finding())], now=NOW)
    (channel,) = [one.name for one in read_channels(service.config, service.environ)[0]]
    assert told(service) == [("opened", channel)]
    note_signs(service)
    (line,) = not_working(health(service.db, service.config, now=NOW, environ=service.environ))
    assert "alerts.notify[0]" in line
    service.close()


def note_signs(service: Service) -> None:
    """As if every part had just worked."""
    signs = Signs(service.db, lambda: NOW)
    for part in ("watching", "labelling", "sending"):
        signs.note(part)


def test_a_snooze_ends_with_one_reminder(service: Service) -> None:
    tick(service, [looks(finding())], now=NOW)
    snooze(service.db, 1, until=NOW + 4 * HOUR, by="ann", now=NOW)
    for hour in range(1, 7):
        tick(service, [looks(finding("critical", news=False))], now=NOW + hour * HOUR)
    assert [(one.kind, one.created_at) for one in reversed(deliveries(service.db))][2:] == [
        ("opened", NOW + 4 * HOUR),
        ("opened", NOW + 4 * HOUR),
    ]


def test_the_daily_digest_names_what_is_open_and_what_was_since_the_last(database_url: str) -> None:
    service = service_at(database_url, TELLS + 'digest = "08:00"\n')
    morning = NOW.replace(hour=8) + timedelta(days=1)
    tick(service, [looks(finding(), finding("notice", "spike:borealis"))], now=NOW)
    resolve(service.db, 2, by="ann", now=NOW, real=None)
    digests: list[dict[str, object]] = []
    for now in (
        NOW + MINUTE,
        morning - MINUTE,
        morning,
        morning + MINUTE,
        morning - HOUR,
        morning + timedelta(days=1),
    ):
        tick(service, [looks(finding(news=False))], now=now)
    found = [one for one in reversed(deliveries(service.db)) if one.kind == "digest"]
    digests = [dict(one.about) for one in found if one.channel == found[0].channel]
    assert [(one["until"], one["alerts"], one["why"]) for one in digests] == [
        (morning.isoformat(), [2, 1], "daily"),
        ((morning + timedelta(days=1)).isoformat(), [1], "daily"),
    ]
    service.close()


def test_quiet_hours_end_in_one_message_that_names_what_they_held_back(database_url: str) -> None:
    service = service_at(database_url, TELLS + 'quiet_hours = "11:00-14:00"\n')
    tick(
        service,
        [looks(finding(), finding("critical", "spike:borealis"), finding("notice", "spike:c"))],
        now=NOW,
    )
    assert told(service)[0][0] == "opened"
    assert len(told(service)) == 2
    tick(service, [looks(finding(news=False), quiet=("spike:borealis", "spike:c"))], now=NOW + HOUR)
    assert len(told(service)) == 2
    tick(service, [looks(quiet=(KEY, "spike:borealis", "spike:c"))], now=NOW + 2 * HOUR)
    (one, other) = deliveries(service.db)[:2]
    assert (one.kind, one.about["why"], one.about["alerts"]) == ("digest", "quiet hours", [1, 3])
    assert one.channel != other.channel
    assert [what.what for what in events(service.db, 1)] == ["opened", "digested"]


def test_five_hundred_brands_at_once_are_four_messages_a_channel(
    service: Service,
) -> None:
    many = [finding(key=f"spike:b{n}") for n in range(500)]
    done = tick(service, [looks(*many)], now=NOW)
    assert (done.opened, done.messages) == (500, 8)
    assert sorted(len(one.about.get("alerts", [1])) for one in deliveries(service.db)) == [1] * 6 + [497] * 2
    assert tick(service, [looks(quiet=tuple(one.key for one in many))], now=NOW + HOUR).messages == 0
    done = tick(service, [looks(quiet=tuple(one.key for one in many))], now=NOW + 4 * HOUR)
    assert (done.resolved, done.messages) == (500, 8)


def test_a_tick_without_anything_says_so(service: Service) -> None:
    assert tick(service, [], now=NOW) == Ticked()
    assert last_look(service.db).at == NOW

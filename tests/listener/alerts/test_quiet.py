"""Quiet hours and the digest over every change of the clocks: once a local day, nothing twice, nothing missed; and few messages at once."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from listener.alerts.life_cycle import Change
from listener.alerts.messages import MOST, Daily, deliveries, hears, messages, name_of
from listener.alerts.quiet import (
    Settings,
    breaks_through,
    digest_day,
    instant,
    quiet_until,
    settings_of,
)
from listener.config import parse
from storage.alert_types import StoredAlert
from tests.listener.alerts.test_life_cycle import Watch, finding

OSLO = ZoneInfo("Europe/Oslo")
ZONES = ["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago"]
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_configuration_is_read() -> None:
    written = 'timezone = "Europe/Oslo"\n[[brands]]\nname = "Aurora"\nquery = "aurora"\n[alerts]\n'
    keys = 'quiet_hours = "22:00-06:30"\nbreak_through = "warning"\ndigest = "08:00"\n'
    found = settings_of(parse(written + keys, Path("config.toml")))
    assert found == Settings(OSLO, (time(22), time(6, 30)), "warning", time(8))
    never = 'quiet_hours = "08:00-08:00"\nbreak_through = "never"\n'
    assert settings_of(parse(written + never, Path("config.toml"))) == Settings(OSLO, None, None, None)


def test_what_breaks_through_is_the_severity_or_a_higher_one() -> None:
    for least, through in (("critical", "c"), ("warning", "wc"), (None, "")):
        kind = Settings(OSLO, break_through=least)  # type: ignore[arg-type]
        assert (
            "".join(one[0] for one in ("notice", "warning", "critical") if breaks_through(one, kind))
            == through
        )


@pytest.mark.parametrize(
    ("begin", "end"), [(time(22), time(6)), (time(1), time(2, 30)), (time(13), time(15))]
)
def test_quiet_hours_are_as_long_as_the_wall_clock_says_but_where_it_jumps(begin: time, end: time) -> None:
    kind = Settings(OSLO, (begin, end))
    lengths: Counter[float] = Counter()
    now, before = datetime(2027, 1, 1, 10, tzinfo=UTC), None
    while now < datetime(2028, 1, 1, 10, tzinfo=UTC):
        until = quiet_until(now, kind)
        if until is not None and before is None:
            lengths[(until - now) / timedelta(hours=1)] += 1
        if before is not None:
            assert until == before if now < before else until is None
        now, before = now + 15 * MINUTE, until
    usual = ((datetime.combine(NOW, end) - datetime.combine(NOW, begin)) / timedelta(hours=1)) % 24
    assert sum(lengths.values()) == 365
    assert lengths[usual] >= 363
    if begin != time(13):
        assert set(lengths) - {usual} <= {usual - 1, usual + 1, usual - 0.5}


def test_one_night_has_one_end_where_its_last_hour_comes_twice() -> None:
    kind = Settings(OSLO, (time(22), time(2, 30)))
    night = [datetime(2027, 10, 30, 23, 59, tzinfo=UTC) + step * MINUTE for step in range(180)]
    quiet = [quiet_until(now, kind) is not None for now in night]
    assert quiet == sorted(quiet, reverse=True)
    assert sum(quiet) == 91  # to the second half past two


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0), time(2, 30), time(8)])
def test_twenty_years_have_one_digest_a_day(zone: str, at: time) -> None:
    """Ticks lie anywhere, some hours have none, and once a month the clock goes back an hour for a while."""
    kind = Settings(ZoneInfo(zone), digest=at)
    sent: list[date] = []
    first, last = date(2027, 1, 1), date(2047, 1, 1)
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        due = instant(day, at, kind.zone)
        steps = [-120, -61, -1, 0, 1, 59, 60, 61, 120, 600]
        if number % 30 == 0:
            steps[6:6] = [-1, 0, 30, 59]  # set back
        if number % 7 == 0:
            steps = [-61, 700]  # it was not running at the time
        for step in steps:
            found = digest_day(due + step * MINUTE, sent[-1] if sent else first - timedelta(days=1), kind)
            if found is not None:
                sent.append(found)
    assert len(sent) == len(set(sent)) == (last - first).days


def test_a_digest_noted_for_a_day_far_ahead_by_a_wrong_clock_is_not_waited_for() -> None:
    kind = Settings(OSLO, digest=time(8))
    assert digest_day(NOW, date(2031, 1, 1), kind) == date(2027, 3, 1)
    assert digest_day(NOW, date(2027, 3, 2), kind) is None
    assert digest_day(NOW, date(2027, 2, 1), Settings(OSLO)) is None


def alert(number: int, severity: str = "warning", owed: str = "opened", **more: object) -> Change:
    one = StoredAlert(
        number,
        f"spike:{number}",
        "spike",
        f"brand-{number}",
        severity,
        NOW,
        NOW,
        NOW,
        owed=owed,
        owed_since=NOW,
    )
    return Change(replace(one, **more), telling=True)  # type: ignore[arg-type]


def sizes(changes: list[Change], *, sent: int = 0, daily: bool = False) -> list[tuple[str, int]]:
    return [(one.why, len(one.of)) for one in messages(changes, sent=sent, daily=daily)]


def test_five_hundred_at_once_are_five_messages_that_name_all_the_worst_alone() -> None:
    changes = [alert(n, "critical" if n % 125 == 0 else "warning") for n in range(1, 501)]
    out = messages(changes, sent=0, daily=False)
    assert [(one.why, len(one.of)) for one in out] == [*[("alone", 1)] * 4, ("many", 496)]
    assert [one.of[0].alert.id for one in out[:4]] == [125, 250, 375, 500]
    assert sorted(one.alert.id for message in out for one in message.of) == list(range(1, 501))
    ids = {name_of(one.alert): one.alert.id for one in changes}
    sent = [new for one in out for new in deliveries(one, ["mail", "slack"], ids, now=NOW, daily=None)]
    assert Counter(new.channel for new in sent) == {"mail": MOST, "slack": MOST}
    assert [len(new.about["alerts"]) for new in sent if new.kind == "digest"] == [496, 496]
    assert len({new.id for new in sent}) == 10


def test_what_comes_after_that_waits_for_room_and_the_fifth_is_kept_for_what_is_critical() -> None:
    changes, critical = [alert(n) for n in range(3)], alert(9, "critical")
    assert sizes(changes, sent=1) == [("alone", 1)] * 3
    assert sizes(changes, sent=2) == [("alone", 1), ("many", 2)]
    assert sizes(changes, sent=3) == [("many", 3)]
    assert sizes(changes, sent=4) == sizes(changes, sent=9) == []
    assert sizes([*changes, critical], sent=4) == [("many", 4)]
    assert sizes([alert(9, "critical", "resolved")], sent=4) == sizes([critical], sent=5) == []


def test_the_worst_and_the_oldest_come_first_and_what_is_over_last() -> None:
    changes = [
        alert(1, "critical", "resolved"),
        alert(2),
        alert(3, opened_at=NOW - MINUTE),
        alert(4, "critical", "escalated"),
    ]
    assert [message.of[0].alert.id for message in messages(changes, sent=0, daily=False)] == [4, 3, 2, 1]


def test_what_quiet_hours_held_back_is_one_message_and_the_daily_digest_takes_it_along() -> None:
    held = [replace(alert(n), digested=True) for n in range(30)]
    assert sizes(held) == [("quiet hours", 30)]
    assert sizes([*held, alert(99)], sent=9) == [("quiet hours", 30)]
    assert sizes([*held, alert(99)], daily=True) == [("alone", 1), ("daily", 30)]
    assert sizes([], daily=True) == [("daily", 0)]
    assert sizes([]) == []


def test_the_end_is_told_to_those_who_heard_of_the_beginning() -> None:
    over = alert(1, owed="resolved", told_to=("mail",), told_at=NOW)
    assert (hears(over.alert, "mail"), hears(over.alert, "slack"), hears(alert(2).alert, "slack")) == (
        True,
        False,
        True,
    )
    ids = {name_of(over.alert): 1, name_of(alert(2).alert): 2}
    (single,) = messages([over], sent=0, daily=False)
    assert [new.channel for new in deliveries(single, ["mail", "slack"], ids, now=NOW, daily=None)] == [
        "mail"
    ]
    (both,) = messages([over, alert(2)], sent=3, daily=False)
    told = {
        new.channel: new.about["alerts"]
        for new in deliveries(both, ["mail", "slack"], ids, now=NOW, daily=None)
    }
    assert told == {"mail": [2, 1], "slack": [2]}


def test_the_digest_of_a_day_has_one_id_whatever_it_says() -> None:
    (message,) = messages([], sent=0, daily=True)
    day = Daily(date(2027, 3, 1), NOW - timedelta(days=1), (alert(5).alert,))
    (first,) = deliveries(message, ["mail"], {}, now=NOW, daily=day)
    (second,) = deliveries(message, ["mail"], {}, now=NOW + MINUTE, daily=replace(day, alerts=()))
    assert first.id == second.id
    assert (first.kind, dict(first.about)) == (
        "digest",
        {
            "why": "daily",
            "alerts": [5],
            "since": "2027-02-28T12:00:00+00:00",
            "until": "2027-03-01T12:00:00+00:00",
        },
    )
    (other,) = deliveries(message, ["mail"], {}, now=NOW, daily=replace(day, day=date(2027, 3, 2)))
    assert other.id != first.id


@pytest.mark.parametrize("zone", ZONES)
def test_twenty_years_of_nights_tell_each_mornings_alerts_in_one_message(zone: str) -> None:
    """An alert opens in every night looked at, those of the clock changes among them; the clock goes back an hour in some."""
    kind = Settings(ZoneInfo(zone), (time(22), time(2, 30)))
    watch, number = Watch(kind), 0
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(20 * 365 + 5)]
    lasts = {
        day: instant(day + timedelta(days=1), time(22), kind.zone) - instant(day, time(22), kind.zone)
        for day in days
    }
    chosen = [day for n, day in enumerate(days) if n % 180 == 0 or lasts[day] != timedelta(days=1)]
    for place, day in enumerate(chosen):
        begin = instant(day, time(22), kind.zone)
        end = quiet_until(begin, kind)
        assert end is not None
        opens = begin + (end - begin) * (0.2 + 0.7 * (place % 10) / 10)
        back = [end - 61 * MINUTE] if place % 3 == 0 else []
        for now in (
            opens,
            *back,
            end - MINUTE,
            end,
            end + MINUTE,
            *([end - 30 * MINUTE] if back else []),
            end + 90 * MINUTE,
        ):
            watch.look(now, finding(key=f"spike:{place}", news=now == opens, at=opens))
        number += 1
        assert len(watch.ids) == number, day
        assert watch.told[-1][0] == end
        watch.kept.clear()
    assert len(set(watch.ids)) == number > 60

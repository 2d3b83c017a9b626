"""Keywords: so many mentions within a while, each new one looked at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.look import Look
from listener.alerts.rules.keyword import fullest, look
from listener.alerts.tick import Ticked, tick
from listener.config import parse
from listener.errors import ConfigError
from listener.service import Service
from storage.alerts import alert, events, open_alerts, resolve
from tests.listener.alerts.at_work import BRANDS, DAY, HOUR, MINUTE, NOW, labelled, said, service_at, stored

RECALL = '[[alerts.keywords]]\nname = "recall"\nquery = "recall* OR faulty"\nseverity = "critical"\n'
THREE = RECALL + 'at_least = 3\nwithin = "1h"\n'


def looked(service: Service, now: datetime) -> Look:
    found = look(service, now)
    service.db.do(found.remember)
    return found


def told(service: Service, texts: Sequence[str], *, at: datetime, now: datetime | None = None) -> Look:
    """What is found once these are stored and labelled."""
    now = now or at
    stored(service, [said(text, at=at, by=f"p{n}") for n, text in enumerate(texts)], now=now)
    labelled(service, now=now)
    return looked(service, now)


def test_one_mention_is_enough_where_one_is_asked_for(database_url: str) -> None:
    service = service_at(database_url, RECALL)
    assert told(service, ["aurora recalls its lamps"], at=NOW).findings == ()  # the first look ever
    found = told(
        service, ["aurora is faulty", "aurora shines", "borealis is faulty"], at=NOW + MINUTE
    ).findings
    assert [(one.key, one.severity, one.brand_id) for one in found] == [
        ("keyword:recall:aurora", "critical", "aurora")
    ]
    assert (found[0].details["mentions"], found[0].since) == (2, NOW)  # with the one before
    assert looked(service, NOW + 2 * MINUTE).findings == ()
    service.close()


def test_too_few_within_the_time_tell_nothing_and_the_one_that_fills_it_does(database_url: str) -> None:
    service = service_at(database_url, THREE)
    looked(service, NOW)
    assert told(service, ["aurora recall"], at=NOW).findings == ()
    assert told(service, ["aurora recall"], at=NOW + 50 * MINUTE).findings == ()
    assert told(service, ["aurora recall"], at=NOW + 61 * MINUTE).findings == ()  # two within an hour
    (found,) = told(service, ["aurora recall"], at=NOW + 80 * MINUTE).findings
    assert (found.details["mentions"], found.since, len(found.mention_ids)) == (3, NOW + 50 * MINUTE, 3)
    service.close()


def test_what_arrives_late_counts_by_its_own_time_for_a_day(database_url: str) -> None:
    service = service_at(database_url, THREE)
    looked(service, NOW)
    times = [NOW - 5 * HOUR - n * MINUTE for n in range(3)]
    stored(service, [said("aurora recall", at=at, by=f"p{n}") for n, at in enumerate(times)], now=NOW)
    labelled(service, now=NOW)
    (found,) = looked(service, NOW).findings
    assert found.since == times[-1]
    assert told(service, ["aurora recall"] * 5, at=NOW - DAY - HOUR, now=NOW + MINUTE).findings == ()
    service.close()


def test_reposts_and_other_brands_do_not_count(database_url: str) -> None:
    service = service_at(database_url, THREE + 'brand = "borealis"\n')
    looked(service, NOW)
    posts = [said("borealis recall", at=NOW, source_id="first")]
    posts += [said("borealis recall", at=NOW, by=f"p{n}", repost_of="first") for n in range(5)]
    posts += [said("aurora recall", at=NOW, by=f"q{n}") for n in range(5)]
    stored(service, posts, now=NOW)
    labelled(service, now=NOW)
    assert looked(service, NOW).findings == ()
    found = told(service, ["borealis recall", "borealis recalled"], at=NOW + MINUTE).findings
    assert [(one.key, one.details["mentions"]) for one in found] == [("keyword:recall:borealis", 3)]
    service.close()


def test_of_many_the_newest_twenty_are_named(database_url: str) -> None:
    service = service_at(database_url, RECALL)
    looked(service, NOW)
    stored(
        service, [said("aurora recall", at=NOW + n * MINUTE, by=f"p{n}") for n in range(30)], now=NOW + HOUR
    )
    labelled(service, now=NOW + HOUR)
    (found,) = looked(service, NOW + HOUR).findings
    assert (found.details["mentions"], len(found.mention_ids)) == (30, 20)
    assert list(found.mention_ids) == sorted(found.mention_ids, reverse=True)
    service.close()


def ticked(service: Service, count: int, at: datetime) -> Ticked:
    """What a tick does once so many more have spoken of a recall."""
    stored(service, [said("aurora recall", at=at, by=f"p{n}") for n in range(count)], now=at)
    labelled(service, now=at)
    return tick(service, [partial(look, service)], now=at)


def test_a_flood_after_the_first_is_told_once_more_and_no_sooner(database_url: str) -> None:
    service = service_at(database_url, RECALL + 'within = "1d"\n')
    ticked(service, 0, NOW)
    done = [ticked(service, n, NOW + place * HOUR) for place, n in enumerate((4, 1, 8, 1, 5, 20, 9), 1)]
    # 4 in all, 5, 13, 14 (ten more, and three times as many), 19, 39 and 48
    assert [(one.opened, one.escalated) for one in done] == [
        (1, 0), (0, 0), (0, 0), (0, 1), (0, 0), (0, 0), (0, 1),
    ]  # fmt: skip
    (one,) = open_alerts(service.db)
    assert (one.finding["details"]["mentions"], one.finding["details"]["told"]) == (48, 48)
    service.close()


def test_a_flood_at_the_very_next_look_is_told_too(database_url: str) -> None:
    service = service_at(database_url, RECALL)
    ticked(service, 0, NOW)
    assert [
        (one.opened, one.escalated)
        for one in (ticked(service, 1, NOW + MINUTE), ticked(service, 40, NOW + 2 * MINUTE))
    ] == [(1, 0), (0, 1)]
    service.close()


@pytest.mark.parametrize(("real", "opened"), [(True, 1), (None, 1), (False, 0)])
def test_after_a_person_closed_it_a_flood_opens_another_unless_it_was_called_false(
    database_url: str, real: bool | None, opened: int
) -> None:
    service = service_at(database_url, RECALL)
    ticked(service, 0, NOW)
    ticked(service, 2, NOW + MINUTE)
    (one,) = open_alerts(service.db)
    resolve(service.db, one.id, by="Ann", now=NOW + 2 * MINUTE, real=real)
    assert ticked(service, 3, NOW + 3 * MINUTE).opened == 0
    assert ticked(service, 30, NOW + 4 * MINUTE).opened == opened
    service.close()


def test_what_comes_an_hour_after_a_person_closed_it_or_a_day_later_is_new(database_url: str) -> None:
    service = service_at(database_url, RECALL)
    ticked(service, 0, NOW)
    ticked(service, 2, NOW + MINUTE)
    resolve(service.db, 1, by="Ann", now=NOW + 2 * MINUTE, real=True)
    assert ticked(service, 1, NOW + 61 * MINUTE).opened == 0
    assert ticked(service, 1, NOW + 62 * MINUTE).opened == 1
    over = NOW + 62 * MINUTE + DAY
    assert ticked(service, 0, over).resolved == 1
    again = ticked(service, 1, over + 5 * MINUTE)
    assert (again.opened, again.escalated) == (0, 0)  # the same, which was hardly over
    assert [each.what for each in events(service.db, 2)] == ["opened", "resolved", "reopened"]
    assert ticked(service, 0, over + 2 * DAY).resolved == 1
    assert ticked(service, 1, over + 3 * DAY).opened == 1
    service.close()


def test_of_more_than_are_named_no_crowd_and_no_reach_is_told(database_url: str) -> None:
    service = service_at(database_url, RECALL + 'within = "1d"\n')
    ticked(service, 0, NOW)
    for count, told in ((20, True), (5, False)):
        ticked(service, count, NOW + (HOUR if told else 2 * HOUR))
        (one,) = open_alerts(service.db)
        kept = alert(service.db, one.id)
        assert kept is not None
        assert kept.cause is not None
        assert ((kept.cause["reach"] is not None), (kept.cause["crowd"] is not None)) == (told, told)
        assert kept.cause["evidence"]
    service.close()


TIMES = st.lists(st.integers(0, 200), max_size=30).map(sorted)


@given(TIMES, st.sets(st.integers(0, 29)), st.integers(1, 60))
def test_the_fullest_stretch_is_the_fullest_of_all_that_hold_a_new_one(
    minutes: list[int], new: set[int], within: int
) -> None:
    times = [NOW + timedelta(minutes=at) for at in minutes]
    found = fullest(times, {place for place in new if place < len(times)}, timedelta(minutes=within))
    stretches = [
        range(a, b)
        for a in range(len(times))
        for b in range(a + 1, len(times) + 1)
        if minutes[b - 1] - minutes[a] < within and new & set(range(a, b))
    ]
    assert len(found) == max(map(len, stretches), default=0)
    assert not found or found in stretches


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('name = "recall"\nquery = "x"\n', "line 8; write another name"),
        ('name = "b"\nquery = "x"\nwithin = "2d"\n', "at most a day"),
        ('name = "b"\nquery = "x"\nbrand = "auror"\n', 'did you mean "aurora"'),
    ],
)
def test_keywords_that_cannot_be_told_apart_or_mean_nothing_are_refused(keys: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse(f"{BRANDS}{RECALL}[[alerts.keywords]]\n{keys}", Path("config.toml"))

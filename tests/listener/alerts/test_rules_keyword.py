"""Keywords: so many mentions within a while, each new one looked at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.look import Look
from listener.alerts.rules.keyword import fullest, look
from listener.config import parse
from listener.errors import ConfigError
from listener.service import Service
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

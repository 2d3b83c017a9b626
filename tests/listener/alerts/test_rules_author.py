"""Influential authors: told once for each author and brand, with how it felt, and never of what is old."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from listener.alerts.look import Look
from listener.alerts.rules.influential_author import look
from listener.service import Service
from storage.erase import forget_author
from tests.listener.alerts.at_work import DAY, HOUR, MINUTE, NOW, labelled, said, service_at, stored

ALERTS = '[alerts]\ninfluential_followers = 1000\ninfluential_authors = ["x:@cleo"]\n'


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    made = service_at(database_url, ALERTS)
    looked(made, NOW)
    yield made
    made.close()


def looked(service: Service, now: datetime) -> Look:
    """A look, and what the tick keeps of it."""
    found = look(service, now)
    service.db.do(found.remember)
    return found


def test_the_first_look_ever_tells_nothing_of_what_is_there(database_url: str) -> None:
    service = service_at(database_url, ALERTS)
    stored(service, [said("aurora is bad", at=NOW, followers=5000)], now=NOW)
    labelled(service, now=NOW)
    assert looked(service, NOW).findings == ()
    assert looked(service, NOW + MINUTE).findings == ()
    service.close()


def test_one_finding_for_an_author_and_brand_with_everything_they_said(service: Service) -> None:
    posts = [
        said("aurora is bad", at=NOW, followers=5000),
        said("aurora again", at=NOW + MINUTE, followers=5000),
        said("aurora is bad", at=NOW, by="bo", followers=999),
        said("borealis is bad", at=NOW, by="bo", followers=5000),
    ]
    stored(service, posts, now=NOW + MINUTE)
    labelled(service, now=NOW + MINUTE)
    (found,) = looked(service, NOW + 2 * MINUTE).findings
    assert (found.brand_id, found.severity, found.since) == ("aurora", "warning", NOW)
    assert (found.details["mentions"], found.details["negative"], len(found.mention_ids)) == (2, 1, 2)
    assert found.details["label"] == "neutral"  # of the newest
    assert found.over_after == DAY
    assert looked(service, NOW + 3 * MINUTE).findings == ()
    stored(service, [said("aurora, a third time", at=NOW + HOUR, followers=5000)], now=NOW + HOUR)
    labelled(service, now=NOW + HOUR)
    (again,) = looked(service, NOW + HOUR).findings
    assert again.key == found.key
    assert again.details["mentions"] == 3


def test_all_they_said_counts_and_the_newest_twenty_are_named(service: Service) -> None:
    texts = ["aurora is bad"] * 5 + ["aurora"] * 25
    posts = [said(text, at=NOW + n * MINUTE, followers=5000) for n, text in enumerate(texts)]
    stored(service, posts, now=NOW + HOUR)
    labelled(service, now=NOW + HOUR)
    (found,) = looked(service, NOW + HOUR).findings
    assert (found.details["mentions"], found.details["negative"], found.severity) == (30, 5, "warning")
    assert (found.since, len(found.mention_ids)) == (NOW, 20)


@pytest.mark.parametrize(
    ("text", "followers", "severity"),
    [
        ("aurora is good", 50_000, "notice"),
        ("aurora is bad", 9_999, "warning"),
        ("aurora is bad", 10_000, "critical"),
    ],
)
def test_how_serious_it_is_follows_from_how_it_feels_and_how_many_follow(
    service: Service, text: str, followers: int, severity: str
) -> None:
    stored(service, [said(text, at=NOW, followers=followers)], now=NOW)
    labelled(service, now=NOW)
    assert [one.severity for one in looked(service, NOW).findings] == [severity]


def test_a_named_author_needs_no_followers_and_another_of_that_name_elsewhere_does(service: Service) -> None:
    here = said("aurora", at=NOW, by="Cleo", followers=None)
    there = said("aurora", at=NOW, by="cleo", followers=None, network="mastodon")
    stored(service, [here, there], now=NOW)
    labelled(service, now=NOW)
    (found,) = looked(service, NOW).findings
    assert (found.details["network"], found.details["named"]) == ("x", True)


def test_a_mention_waits_two_minutes_for_its_label_and_is_then_told_without(service: Service) -> None:
    stored(service, [said("aurora is bad", at=NOW, followers=5000)], now=NOW)
    assert looked(service, NOW).findings == ()
    assert looked(service, NOW + MINUTE).findings == ()
    (found,) = looked(service, NOW + 2 * MINUTE).findings
    assert (found.severity, found.details["label"]) == ("notice", None)
    assert looked(service, NOW + 3 * MINUTE).findings == ()


def test_one_that_waits_holds_up_nobody_else(service: Service) -> None:
    stored(service, [said("aurora is bad", at=NOW, followers=5000)], now=NOW)
    labelled(service, now=NOW)
    stored(service, [said("aurora is bad", at=NOW, by="bo", followers=5000)], now=NOW)
    assert len(looked(service, NOW).findings) == 1
    labelled(service, now=NOW)
    (found,) = looked(service, NOW + 15 * timedelta(seconds=1)).findings
    assert found.severity == "warning"


def test_a_repost_by_somebody_influential_has_the_label_of_its_original(service: Service) -> None:
    original = said("aurora is bad", at=NOW, source_id="original")
    repost = said("aurora is bad", at=NOW + MINUTE, by="bo", followers=5000, repost_of="original")
    stored(service, [original, repost], now=NOW + MINUTE)
    labelled(service, now=NOW + MINUTE)
    (found,) = looked(service, NOW + MINUTE).findings
    assert (found.severity, found.details["label"]) == ("warning", "negative")


def test_a_late_backfill_moves_the_mark_and_tells_nothing(service: Service) -> None:
    old = [said("aurora is bad", at=NOW - DAY - n * HOUR, followers=5000) for n in range(1, 30)]
    stored(service, old, now=NOW)
    labelled(service, now=NOW)
    assert looked(service, NOW).findings == ()
    stored(service, [said("aurora is bad", at=NOW, followers=5000)], now=NOW)
    labelled(service, now=NOW)
    (found,) = looked(service, NOW).findings
    assert found.details["mentions"] == 1


def test_nothing_is_lost_where_the_transaction_of_the_tick_fails(service: Service) -> None:
    stored(service, [said("aurora is bad", at=NOW, followers=5000)], now=NOW)
    labelled(service, now=NOW)
    assert len(look(service, NOW).findings) == 1  # not remembered
    assert len(looked(service, NOW + MINUTE).findings) == 1


def test_an_author_who_is_erased_while_waiting_is_not_told(service: Service) -> None:
    stored(service, [said("aurora is bad", at=NOW, followers=5000)], now=NOW)
    assert looked(service, NOW).findings == ()
    forget_author(service.db, "ann", now=NOW)
    assert looked(service, NOW + 3 * MINUTE).findings == ()

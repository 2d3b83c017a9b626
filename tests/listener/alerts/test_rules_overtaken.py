"""Overtaken for real: a week against every competitor, once a day, told when another brand takes the lead and not when it wavers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest

from listener.alerts.look import Look
from listener.alerts.rules.overtaken import look
from listener.service import Service
from metrics.voice.overtaken import ahead, chance_of_days
from metrics.voice.tally import Tally
from storage.posts import save
from storage.types import Batch, Coverage
from tests.listener.alerts.at_work import DAY, HOUR, said, service_at, stored

PRESS = '[sources.press]\ntype = "mastodon"\n'


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    made = service_at(database_url, PRESS)
    yield made
    made.close()


def looked(service: Service, now: datetime) -> Look:
    found = look(service, now)
    service.db.do(found.remember)
    return found


def spoken(service: Service, start: datetime, days: int, aurora: int, borealis: int) -> None:
    """So many posts a day of each brand, one by each author, one more on every other day."""
    posts = [
        said(f"{brand} {n}", at=start + day * DAY + n * timedelta(minutes=9), by=f"{brand}{day}-{n}")
        for day in range(days)
        for brand, many in (("aurora", aurora), ("borealis", borealis))
        for n in range(many + day % 2)
    ]
    stored(service, posts, now=start + days * DAY)


START = datetime.fromisoformat("2027-03-01T00:00Z")


def test_a_competitor_that_takes_the_lead_is_told_once_with_both_weeks(service: Service) -> None:
    spoken(service, START, 7, 12, 5)
    spoken(service, START + 7 * DAY, 9, 5, 12)
    first = START + 9 * DAY  # the week before has been closed for two days
    assert looked(service, first + HOUR).findings == ()
    found = [one for day in range(1, 8) for one in looked(service, first + day * DAY + HOUR).findings]
    assert [(one.key, one.severity, one.over_after) for one in found] == [
        ("overtaken:aurora:borealis", "warning", 7 * DAY)
    ]
    details = found[0].details
    assert details["led"]
    assert details["share_other"] > details["share"]
    assert details["share_before"] > details["share_other_before"]
    assert details["chance"] < 0.01


def test_where_nobody_led_before_a_lead_is_news_too(service: Service) -> None:
    spoken(service, START, 7, 8, 8)
    spoken(service, START + 7 * DAY, 7, 5, 14)
    assert looked(service, START + 9 * DAY).findings == ()
    (found,) = looked(service, START + 16 * DAY).findings
    assert not found.details["led"]


def test_it_is_looked_at_once_a_day_and_the_first_time_only_remembers(service: Service) -> None:
    spoken(service, START, 9, 5, 12)
    now = START + 9 * DAY
    assert looked(service, now).findings == ()
    assert looked(service, now + HOUR) == Look()
    assert looked(service, now + DAY).findings == ()  # it led already


def test_a_week_that_was_not_collected_whole_is_no_proof(service: Service) -> None:
    def coverage(state: str, since: datetime, until: datetime) -> None:
        pairs = tuple((brand.id, brand.version) for brand in service.brands)
        save(service.db, Batch("press", coverage=[Coverage(since, until, state, pairs)]), now=until)

    coverage("complete", START, START + 7 * DAY)
    coverage("down", START + 7 * DAY, START + 9 * DAY)
    coverage("complete", START + 9 * DAY, START + 20 * DAY)
    spoken(service, START, 7, 12, 5)
    spoken(service, START + 7 * DAY, 9, 5, 12)
    looked(service, START + 9 * DAY)
    blind = looked(service, START + 14 * DAY)
    assert blind.findings == ()
    assert "48 hours" in blind.unseen["overtaken:aurora:borealis"]
    assert looked(service, START + 14 * DAY + HOUR).unseen == blind.unseen
    assert len(looked(service, START + 18 * DAY).findings) == 1


def test_neither_one_loud_author_nor_one_loud_day_makes_a_lead() -> None:
    even = {"a": [10.0] * 7, "b": [10.0, 11] * 3 + [9]}
    one_author = Tally(
        ("a", "b"), np.array([0] * 70 + [1] * 400), np.array([*range(70), *[99] * 400]), np.ones(470)
    )
    assert ahead(one_author, even | {"b": [40.0] * 7}, ["a"], ["b"])[0].leader is None
    many = Tally(("a", "b"), np.array([0] * 70 + [1] * 400), np.arange(470), np.ones(470))
    assert ahead(many, even | {"b": [340.0] + [10] * 6}, ["a"], ["b"])[0].leader is None
    assert ahead(many, even | {"b": [60.0, 55, 58, 61, 52, 60, 54]}, ["a"], ["b"])[0].leader == "b"


def test_days_all_alike_and_too_few_are_no_division_by_zero() -> None:
    assert (chance_of_days([]), chance_of_days([5]), chance_of_days([0, 0])) == (1.0, 1.0, 1.0)
    assert chance_of_days([3, 3, 3]) == 0.0

"""Goals off their track: judged once a day, told for as long as it lasts, and quiet on track again."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from listener.alerts.look import Look
from listener.alerts.rules.goal import look
from listener.service import Service
from storage.goals import end_goal, review_goal
from storage.rows import table_of
from storage.tables_goals import GoalRow
from tests.listener.alerts.at_work import DAY, HOUR, said, service_at, stored

BEGIN = datetime.fromisoformat("2027-03-01T00:00Z")
GOAL = (
    '[[goals]]\nkpi = "mentions"\nbrand = "aurora"\nchange = "+100 %"\nby = 2027-06-30\nsince = 2027-03-01\n'
)


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    made = service_at(database_url, GOAL, now=BEGIN)
    spoken(made, BEGIN - 35 * DAY, 35, 4)
    yield made
    made.close()


def spoken(service: Service, start: datetime, days: int, a_day: int) -> None:
    posts = [
        said("aurora", at=start + day * DAY + n * HOUR, by=f"p{n}")
        for day in range(days)
        for n in range(a_day)
    ]
    stored(service, posts, now=start + days * DAY)


def looked(service: Service, now: datetime) -> Look:
    found = look(service, now)
    service.db.do(found.remember)
    return found


def test_a_goal_at_risk_is_told_at_every_look_and_judged_once_a_day(service: Service) -> None:
    spoken(service, BEGIN, 40, 4)
    (first,) = [one for one in looked(service, BEGIN + 12 * DAY).findings if not one.key.endswith("review")]
    assert (first.severity, first.brand_id, first.details["state"]) == ("warning", "aurora", "at risk")
    assert first.details["target"] == pytest.approx(224)
    again = looked(service, BEGIN + 12 * DAY + HOUR)
    assert again.findings == (first,)
    later = looked(service, BEGIN + 13 * DAY).findings[0]
    assert (later.key, later.since) == (first.key, first.since)
    assert later.at > first.at


def test_it_is_quiet_when_it_is_on_track_again(service: Service) -> None:
    spoken(service, BEGIN, 14, 4)
    spoken(service, BEGIN + 14 * DAY, 40, 12)
    (told,) = [one for one in looked(service, BEGIN + 12 * DAY).findings if not one.key.endswith("review")]
    found = looked(service, BEGIN + 45 * DAY)
    assert told.key in found.quiet
    assert told.key in looked(service, BEGIN + 45 * DAY + HOUR).quiet


def test_a_review_is_told_when_nobody_made_it_for_a_week(service: Service) -> None:
    def reviews(now: datetime) -> list[str]:
        return [
            one.details["review_due"] for one in looked(service, now).findings if one.key.endswith(":review")
        ]

    due = datetime.fromisoformat("2027-04-01T00:00Z")  # monthly
    assert reviews(due + 7 * DAY) == []
    assert reviews(due + 8 * DAY) == ["2027-04-01"]
    (number,) = [
        one.key.split(":")[1] for one in looked(service, due + 8 * DAY).findings if ":review" in one.key
    ]
    review_goal(service.db, int(number), "seen", now=due + 8 * DAY)
    assert reviews(due + 9 * DAY) == []


def test_a_goal_that_was_missed_is_told_for_a_week(service: Service) -> None:
    spoken(service, BEGIN, 130, 4)
    states = {
        day: [
            one.details["state"]
            for one in looked(service, BEGIN + day * DAY).findings
            if "review" not in one.key
        ]
        for day in (121, 123, 128, 129)
    }
    assert date(2027, 6, 30) == (BEGIN + 121 * DAY).date()
    assert states == {121: ["at risk"], 123: ["missed"], 128: ["missed"], 129: []}


def test_one_that_a_person_closed_and_one_that_is_gone_are_quiet(service: Service) -> None:
    spoken(service, BEGIN, 40, 4)
    (told,) = [one.key for one in looked(service, BEGIN + 12 * DAY).findings if ":review" not in one.key]
    end_goal(service.db, int(told.split(":")[1]), "dropped", None, now=BEGIN + 12 * DAY)
    closed = looked(service, BEGIN + 13 * DAY)
    assert (closed.findings, closed.quiet) == ((), {told, f"{told}:review"})


def test_what_cannot_be_judged_says_why(database_url: str) -> None:
    service = service_at(database_url, GOAL, now=BEGIN)
    found = looked(service, BEGIN + 12 * DAY)
    assert found.findings == ()
    (why,) = found.unseen.values()
    assert "nothing is stored" in why
    assert looked(service, BEGIN + 12 * DAY + timedelta(seconds=15)).unseen == found.unseen
    service.close()


def test_a_goal_that_cannot_be_read_stops_no_other(database_url: str) -> None:
    service = service_at(database_url, GOAL + GOAL.replace("+100 %", "+50 %"), now=BEGIN)
    spoken(service, BEGIN - 35 * DAY, 35, 4)
    spoken(service, BEGIN, 40, 4)
    rows = table_of(GoalRow)
    first, second = sorted(one.key for one in looked(service, BEGIN + 12 * DAY).findings)
    for last_day, unseen in ((date.max, [first]), (date(2027, 6, 30), [])):  # there is no day after that one
        damage = update(rows).where(rows.c.id == int(first.split(":")[1])).values(last_day=last_day)
        service.db.do(lambda connection, damage=damage: connection.execute(damage))  # type: ignore[misc]
        day = BEGIN + (13 if unseen else 14) * DAY
        found = looked(service, day)
        assert list(found.unseen) == unseen
        assert {one.key: one.at for one in found.findings} == {
            first: BEGIN + 12 * DAY if unseen else day,
            second: day,
        }
        assert {one.since for one in found.findings} == {BEGIN + 12 * DAY}
        assert looked(service, day + HOUR).unseen == found.unseen
        assert all("failed (" in why for why in found.unseen.values())
    service.close()

"""The hours around an alert: what came, and what usually comes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from metrics.read.course import MOST_HOURS, course
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database
from storage.posts import save
from storage.types import Batch, BrandQuery, MatchedPost, NewMention, NewPost

NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def posted(number: int, at: datetime, source: str = "social") -> MatchedPost:
    post = NewPost(
        source=source, source_id=f"{number}", text=f"Delta {number}", published_at=at, observed_at=at
    )
    return MatchedPost(post, [NewMention(brand_id="delta", query_version=1, target="Delta")])


def filled(db: Database, times: list[tuple[datetime, str]]) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 1)], now=NOON - 9 * WEEK)
    set_timezone(db, "UTC")
    save(
        db, Batch("social", [posted(n, at, source) for n, (at, source) in enumerate(times)]), now=NOON + WEEK
    )


def test_the_hours_are_counted_beside_the_mean_of_the_same_hours_of_four_weeks_before(db: Database) -> None:
    """1 + 0 + 3 + 2 mentions came at noon in the four weeks before: 1.5 are usual."""
    earlier = [(NOON - 5 * WEEK, "social"), (NOON - 4 * WEEK, "social")]
    earlier += [(NOON - 2 * WEEK + timedelta(minutes=n), "social") for n in (0, 20, 59)]
    earlier += [(NOON - WEEK + timedelta(minutes=n), "forum") for n in (0, 59)]
    filled(db, [*earlier, (NOON, "social"), (NOON + timedelta(minutes=59), "forum")])
    found = course(
        db, "delta", None, NOON - timedelta(hours=1), NOON + timedelta(hours=1), zone=ZoneInfo("UTC")
    )
    assert [(one.start, one.seen, one.usual) for one in found] == [
        (NOON - timedelta(hours=1), 0, 0.0),
        (NOON, 2, 1.5),
    ]
    alone = course(db, "delta", "forum", NOON, NOON + timedelta(hours=1), zone=ZoneInfo("UTC"))
    assert [(one.seen, one.usual) for one in alone] == [(1, None)], (
        "the forum is new: not one whole week of it is known"
    )


def test_before_the_first_day_nothing_is_usual(db: Database) -> None:
    filled(db, [(NOON - timedelta(days=8), "social"), (NOON, "social")])
    found = course(db, "delta", None, NOON, NOON + timedelta(hours=1), zone=ZoneInfo("UTC"))
    assert [(one.seen, one.usual) for one in found] == [(1, 0.0)], "of one week alone"
    assert course(db, "nobody", None, NOON, NOON + timedelta(hours=1), zone=ZoneInfo("UTC"))[0].usual is None


@pytest.mark.parametrize("name", ["Asia/Kolkata", "Asia/Kathmandu", "Europe/Oslo"])
def test_hours_begin_where_those_of_the_zone_do_and_are_fourteen_days_at_most(
    db: Database, name: str
) -> None:
    filled(db, [(NOON, "social")])
    found = course(db, "delta", None, NOON, NOON + timedelta(days=30), zone=ZoneInfo(name))
    assert len(found) == MOST_HOURS
    assert sum(one.seen for one in found) == 1
    assert {one.start.astimezone(ZoneInfo(name)).minute for one in found} == {0}
    assert course(db, "delta", None, NOON, NOON, zone=ZoneInfo("UTC")) == []

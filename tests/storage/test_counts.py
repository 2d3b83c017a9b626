"""Sums by quarter hour, by local day and for whole windows are the same mentions, in every zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest

from storage.counts import close_days, recount, set_timezone, sums
from storage.db import Database
from storage.errors import StorageError
from storage.people import people
from storage.posts import save
from storage.revisions import closed_days, restated
from storage.sums import Calendar, quarter_of
from storage.types import Batch
from tests.storage.posts import NOON, later, named, post

ALL = {"brands": ["delta", "jetblue"], "since": date(2026, 1, 1), "until": date(2027, 1, 1)}


def spread(db: Database) -> None:
    """A post every 7 hours over three weeks, the clocks of both hemispheres changing within."""
    start = datetime(2026, 10, 20, 3, 10, tzinfo=UTC)
    items = [
        named(
            post(str(n), published_at=start + timedelta(hours=7 * n), lang="en" if n % 3 else "no"),
            "delta" if n % 2 else "jetblue",
        )
        for n in range(72)
    ]
    save(db, Batch("a", items), now=NOON)


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Oslo", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"],
)
def test_days_add_up_to_the_whole_in_every_zone(db: Database, zone: str) -> None:
    spread(db)
    assert set_timezone(db, zone) is (zone != "UTC")
    assert not set_timezone(db, zone)
    days = sums(db, every="day", **ALL)  # type: ignore[arg-type]
    assert sum(row.mentions for row in days) == 72
    quarters = sums(
        db, brands=["delta", "jetblue"], since=datetime(2026, 1, 1, tzinfo=UTC), until=NOON, every="quarter"
    )
    assert sum(row.mentions for row in quarters) == 72
    assert recount(db) == []
    save(db, Batch("a", [named(post("more"))]), now=NOON)
    assert recount(db) == []


def test_sums_can_be_narrowed_and_taken_apart(db: Database) -> None:
    spread(db)
    apart = sums(db, every="all", by=("source", "lang"), **ALL)  # type: ignore[arg-type]
    assert [(row.brand_id, row.lang, row.mentions) for row in apart] == [
        ("delta", "en", 24),
        ("delta", "no", 12),
        ("jetblue", "en", 24),
        ("jetblue", "no", 12),
    ]
    (only,) = sums(db, every="all", langs=["no"], sources=["x"], **(ALL | {"brands": ["delta"]}))  # type: ignore[arg-type]
    assert only.mentions == 12
    assert sums(db, every="all", sources=["mastodon"], **ALL) == []  # type: ignore[arg-type]


def test_a_quarter_hour_counts_where_it_begins(db: Database) -> None:
    save(
        db,
        Batch("a", [named(post("1", published_at=NOON + timedelta(minutes=14), observed_at=later(20)))]),
        now=later(20),
    )
    ask = {"brands": ["delta"], "every": "quarter"}
    assert len(sums(db, since=NOON, until=later(1), **ask)) == 1  # type: ignore[arg-type]
    assert sums(db, since=later(1), until=later(15), **ask) == []  # type: ignore[arg-type]
    (row,) = sums(db, since=NOON, until=later(15), **ask)  # type: ignore[arg-type]
    assert row.start == NOON


@pytest.mark.parametrize(("every", "since"), [("day", NOON), ("quarter", NOON.date()), ("all", NOON)])
def test_mixed_bounds_are_a_mistake(sqlite_db: Database, every: str, since: date) -> None:
    until = NOON if every == "day" else NOON.date()
    with pytest.raises(ValueError, match="two dates"):
        sums(sqlite_db, brands=["delta"], since=since, until=until, every=every)  # type: ignore[arg-type]


def test_every_quarter_hour_belongs_to_one_day_in_every_zone() -> None:
    first = quarter_of(datetime(2026, 3, 1, tzinfo=UTC))
    for zone in sorted(available_timezones())[::9]:
        days = Calendar(zone)
        seen = [days.day(quarter) for quarter in range(first, first + 96 * 40)]
        assert seen == sorted(seen), zone
        assert len(set(seen)) in (40, 41), zone


def test_a_zone_that_does_not_exist_is_refused(sqlite_db: Database) -> None:
    for name in ("Mars/Phobos", "../../etc/passwd", "", "/etc/localtime"):
        with pytest.raises(StorageError, match="is not known"):
            set_timezone(sqlite_db, name)


def test_days_close_after_their_time_in_the_configured_zone(db: Database) -> None:
    set_timezone(db, "America/Los_Angeles")
    save(db, Batch("a", [named(post("1")), named(post("0", published_at=later(days=-3)))]), now=NOON)
    ends = datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert close_days(db, now=ends + timedelta(hours=47, minutes=59)) == 3
    assert close_days(db, now=ends + timedelta(hours=48)) == 1
    assert closed_days(db, since=date(2026, 11, 1), until=date(2026, 12, 1)) == [
        date(2026, 11, day) for day in (17, 18, 19, 20)
    ]


def test_an_empty_day_between_closes_too_so_that_a_late_post_is_a_restatement(db: Database) -> None:
    save(db, Batch("a", [named(post("1")), named(post("0", published_at=later(days=-3)))]), now=NOON)
    close_days(db, now=later(days=9))
    save(db, Batch("a", [named(post("2", published_at=later(days=-1)))]), now=later(days=10))
    assert [(change.day, change.mentions) for change in restated(db)] == [(date(2026, 11, 19), 1)]


def test_another_zone_restates_the_closed_days_it_changes(db: Database) -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    save(db, Batch("a", [named(post("1")), named(post("2", published_at=late, observed_at=late))]), now=late)
    close_days(db, now=later(days=5))
    set_timezone(db, "Europe/Oslo")
    found = {(change.day.day, change.reason, change.mentions) for change in restated(db)}
    assert found == {(20, "time zone", -1), (21, "time zone", 1)}


def test_distinct_authors_are_counted_once_per_bucket(db: Database) -> None:
    spread(db)
    (delta, jetblue) = people(db, **ALL)  # type: ignore[arg-type]
    assert (delta.authors, delta.potential_reach, delta.unmeasured, jetblue.authors) == (1, 10, 0, 1)
    each = people(db, every="day", **ALL)  # type: ignore[arg-type]
    assert {row.authors for row in each} == {1}
    assert len(each) == len(sums(db, every="day", **ALL))  # type: ignore[arg-type]

"""A period that still runs is set against as much of an earlier one, by the clock, in every zone there is."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from metrics.periods import Bucket, Every, buckets, day_start, on_the_clock, previous, year_before
from metrics.read import series
from metrics.read.question import Question
from metrics.read.receipt import receipts
from metrics.read.recomputed import checked
from metrics.read.why import why
from metrics.receipt import Receipt
from metrics.registry import METRICS, OVERVIEW
from metrics.stretches import Earlier, known_until, stretches
from metrics.types import Comparison
from storage.db import Database
from storage.posts import save
from storage.types import Batch, Coverage
from tests.metrics.invented import START, fill, recounted, told

ZONES = sorted(zone for zone in available_timezones() if zone not in ("localtime", "Factory", "posixrules"))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
SIDES: list[Earlier] = ["previous", "year"]


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def running(now: datetime, days: int, every: Every, zone: str) -> Bucket:
    """The bucket at `now` of so many days up to the end of today."""
    where = ZoneInfo(zone)
    today = now.astimezone(where).date()
    since = day_start(today - timedelta(days=days - 1), where)
    found = buckets(since, day_start(today + timedelta(days=1), where), every, zone)
    return next(one for one in found if one.start <= now < one.end)


@settings(max_examples=400, deadline=None)
@given(
    MOMENTS,
    st.integers(1, 70),
    st.sampled_from(["day", "week", "month", "all"]),
    st.sampled_from(SIDES),
    st.sampled_from(ZONES),
)
def test_two_stretches_are_as_many_days_and_end_at_the_same_time_of_the_clock(
    now: datetime, days: int, every: Every, to: Earlier, zone: str
) -> None:
    span = running(now, days, every, zone)
    found = stretches(span, to, zone, now=now, every=every)
    here, there = found.here, found.there
    assert here.start == span.start
    assert there.end <= here.start  # never in what is compared, nor in the future
    if not found.begun:
        assert there.start == there.end
        return
    assert timedelta(0) <= now - here.end < timedelta(minutes=15)
    one, other = ((local(part.start, zone), local(part.end, zone)) for part in (here, there))
    length, as_long = ((pair[1].date() - pair[0].date()).days for pair in (one, other))
    if length == as_long:
        by_the_clock = on_the_clock(other[1].date(), one[1].time(), ZoneInfo(zone))
        month_ended = other[1].day == 1 and there.end == day_start(other[1].date(), ZoneInfo(zone))
        assert there.end == by_the_clock or month_ended
    else:  # only where months are of unlike length
        assert abs(length - as_long) <= 3
        assert every in ("month", "all") or to == "year"


@settings(max_examples=200, deadline=None)
@given(
    MOMENTS,
    st.integers(1, 60 * 24 * 80),
    st.integers(0, 10**7),
    st.sampled_from(SIDES),
    st.sampled_from(ZONES),
)
def test_a_period_that_is_over_is_set_against_the_whole_of_the_other(
    since: datetime, minutes: int, later: int, to: Earlier, zone: str
) -> None:
    span = Bucket(since, since + timedelta(minutes=minutes))
    now = span.end + timedelta(seconds=later)
    whole = (previous if to == "previous" else year_before)(span.start, span.end, zone)
    found = stretches(span, to, zone, now=now)
    assert (found.here, found.there) == (span, whole)


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(1, 60 * 24 * 40), st.floats(0, 0.999), st.sampled_from(ZONES))
def test_hours_and_odd_stretches_are_set_against_as_many_seconds(
    since: datetime, quarters: int, part: float, zone: str
) -> None:
    since += timedelta(minutes=7)  # never a day's start
    span = Bucket(since, since + timedelta(minutes=15 * quarters))
    now = since + part * (span.end - since)
    found = stretches(span, "previous", zone, now=now, every="all")
    assert found.there.end == found.here.start or not found.begun
    hour = stretches(span, "previous", zone, now=now, every="hour")
    assert hour.there.start == previous(span.start, span.end, zone).start
    for one in (found, hour):
        assert one.there.end - one.there.start == one.here.end - one.here.start


OSLO, HOWE = "Europe/Oslo", "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("zone", "every", "since", "until", "now", "to", "first", "last"),
    [
        # this week, cut at the end of today; the clocks of 28 March 2027 leave out an hour
        (OSLO, "week", "2027-03-22", "2027-03-29", "2027-03-28T14:20", "previous", "2027-03-15", "2027-03-21T14:15"),
        (OSLO, "week", "2027-03-29", "2027-03-31", "2027-03-30T02:50", "previous", "2027-03-22", "2027-03-23T02:45"),
        (OSLO, "all", "2027-03-29", "2027-03-31", "2027-03-30T02:50", "previous", "2027-03-22", "2027-03-23T02:45"),
        # today against yesterday, whose clocks never showed half past two: until they jumped
        (OSLO, "all", "2027-03-29", "2027-03-30", "2027-03-29T02:35", "previous", "2027-03-28", "2027-03-28T03:00"),
        (HOWE, "day", "2027-10-04", "2027-10-05", "2027-10-04T02:20", "previous", "2027-10-03", "2027-10-03T02:30"),
        # months to date
        (OSLO, "all", "2027-03-01", "2027-03-11", "2027-03-10T09:00", "previous", "2027-02-01", "2027-02-10T09:00"),
        (OSLO, "month", "2027-03-01", "2027-03-29", "2027-03-28T09:05", "previous", "2027-02-01", "2027-02-28T09:00"),
        (OSLO, "month", "2027-03-01", "2027-03-30", "2027-03-29T09:05", "previous", "2027-02-01", "2027-03-01"),
        (OSLO, "month", "2027-03-01", "2027-04-01", "2027-03-31T23:59", "previous", "2027-02-01", "2027-03-01"),
        (OSLO, "month", "2028-03-01", "2028-03-30", "2028-03-29T09:05", "previous", "2028-02-01", "2028-02-29T09:00"),
        (OSLO, "all", "2027-01-01", "2027-01-22", "2027-01-21T12:00", "previous", "2026-12-01", "2026-12-21T12:00"),
        # the first of the month, and a Monday, are a day against the day before; three months go three back
        (OSLO, "all", "2027-03-01", "2027-03-02", "2027-03-01T12:00", "previous", "2027-02-28", "2027-02-28T12:00"),
        (OSLO, "all", "2027-04-01", "2027-07-01", "2027-05-31T12:00", "previous", "2027-01-01", "2027-03-01"),
        # the last day until now, part of an hour, a day that does not begin with one, and one that does not end with one
        (OSLO, "all", "2026-11-21T14:15", "2026-11-23", "2026-11-22T14:20", "previous", "2026-11-20T14:15", "2026-11-21T14:15"),
        (OSLO, "hour", "2026-11-22T14:00", "2026-11-22T15:00", "2026-11-22T14:50", "previous", "2026-11-22T13:00", "2026-11-22T13:45"),
        (OSLO, "day", "2026-11-22T11:15", "2026-11-23", "2026-11-22T14:20", "previous", "2026-11-21T11:15", "2026-11-21T14:15"),
        (OSLO, "all", "2026-11-16", "2026-11-18T18:00", "2026-11-18T14:20", "previous", "2026-11-09", "2026-11-11T14:15"),
        # thirty days
        (OSLO, "all", "2026-10-24", "2026-11-23", "2026-11-22T14:20", "previous", "2026-09-24", "2026-10-23T14:15"),
        # a year earlier: the same weekdays, the same dates, the 28th for the 29th of February
        (OSLO, "week", "2027-03-08", "2027-03-11", "2027-03-10T14:20", "year", "2026-03-09", "2026-03-11T14:15"),
        (OSLO, "month", "2027-03-01", "2027-03-11", "2027-03-10T14:20", "year", "2026-03-01", "2026-03-10T14:15"),
        (OSLO, "day", "2028-02-29", "2028-03-01", "2028-02-29T14:20", "year", "2027-02-28", "2027-02-28T14:15"),
        (OSLO, "month", "2028-02-01", "2028-03-01", "2028-02-29T14:20", "year", "2027-02-01", "2027-03-01"),
        (OSLO, "all", "2027-01-01", "2027-11-23", "2027-11-22T14:20", "year", "2026-01-01", "2026-11-22T14:15"),
        # a zone whose clocks stand at quarters past
        ("Asia/Kathmandu", "day", "2026-11-22", "2026-11-23", "2026-11-22T14:29", "previous", "2026-11-21", "2026-11-21T14:15"),
    ],
)  # fmt: skip
def test_worked_by_hand(
    zone: str, every: Every, since: str, until: str, now: str, to: Earlier, first: str, last: str
) -> None:
    found = stretches(Bucket(at(since, zone), at(until, zone)), to, zone, now=at(now, zone), every=every)
    assert (local(found.there.start, zone), local(found.there.end, zone)) == (
        datetime.fromisoformat(first),
        datetime.fromisoformat(last),
    )


def test_of_an_hour_that_comes_twice_the_first_is_meant_unless_it_came_twice_here_too() -> None:
    monday = Bucket(at("2027-11-01", OSLO), at("2027-11-02", OSLO))
    found = stretches(monday, "previous", OSLO, now=at("2027-11-01T02:35", OSLO))
    assert found.there.end == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    sunday = Bucket(at("2027-10-31", OSLO), at("2027-11-01", OSLO))
    found = stretches(sunday, "previous", OSLO, now=datetime(2027, 10, 31, 1, 35, tzinfo=UTC))
    assert local(found.here.end, OSLO) == local(found.there.end, OSLO) + timedelta(days=1)


def test_a_period_that_has_hardly_begun_or_not_at_all_is_set_against_nothing() -> None:
    span = Bucket(at("2027-03-08"), at("2027-03-15"))
    for now in ("2027-03-08T00:10", "2027-03-01T12:00"):
        found = stretches(span, "previous", "UTC", now=at(now))
        assert not found.begun
        assert found.there == Bucket(at("2027-03-01"), at("2027-03-01"))


def test_what_is_known_ends_with_the_oldest_look() -> None:
    now = at("2027-03-09T14:20")
    assert known_until(now) == at("2027-03-09T14:15")
    assert known_until(now, [at("2027-03-09T14:18"), at("2027-03-09T13:59")]) == at("2027-03-09T13:45")


NOON = START + timedelta(days=17, hours=12, minutes=7)  # a Tuesday
WEEK = Bucket(START + timedelta(days=16), START + timedelta(days=23))


def only(found: tuple[Comparison, ...]) -> Comparison:
    (one,) = found
    return one


def test_each_figure_so_far_is_set_against_the_same_figure_of_the_same_stretch(sqlite_db: Database) -> None:
    posts = [post for post in told(900) if post.at < NOON]
    last = [replace(post, at=NOON - timedelta(minutes=2)) for post in posts[:9]]
    fill(sqlite_db, [*posts, *last])
    names = [name for name in OVERVIEW if name != "mentions_change"]

    def asked(since: datetime, until: datetime, now: datetime) -> dict[tuple[str, str], float | None]:
        points = series(sqlite_db, names, since=since, until=until, every="all", timezone="UTC", now=now)
        return {(point.metric, point.brand_id): point.value for point in points}

    cut = START + timedelta(days=17, hours=12)
    here, there = (
        asked(WEEK.start, cut, NOON),
        asked(WEEK.start - timedelta(days=7), cut - timedelta(days=7), NOON),
    )
    for point in series(
        sqlite_db,
        names,
        since=WEEK.start,
        until=WEEK.end,
        every="week",
        timezone="UTC",
        now=NOON,
        against=["previous"],
    ):
        other = only(point.comparisons)
        key = point.metric, point.brand_id
        so_far = point.value if METRICS[point.metric].needs & {"people", "reach"} else here[key]
        if point.metric == "share_of_voice":  # the share is of mentions, who spoke tells its interval
            so_far = here[key]
        assert (other.so_far, other.so_far_end, other.value) == (so_far, cut, there[key]), key
        assert not [line for line in other.warnings if "running" in line]
        if other.change_unit == "points" and other.so_far is not None and other.value is not None:
            assert other.change == pytest.approx(other.so_far - other.value)


def test_the_change_in_mentions_is_of_what_is_known_and_says_against_what(sqlite_db: Database) -> None:
    posts = told(900)
    fill(sqlite_db, posts)
    (point,) = series(
        sqlite_db, ["mentions_change"], since=WEEK.start, until=WEEK.start + timedelta(days=2), every="all", timezone="UTC",
        now=NOON, brands=["delta"],
    )  # fmt: skip
    cut = START + timedelta(days=17, hours=12)
    now, then = (
        recounted(posts, "delta", WEEK.start - timedelta(days=back), cut - timedelta(days=back), None)[
            "mentions"
        ]
        for back in (0, 7)
    )
    assert point.value == pytest.approx(100 * ((now or 0) - (then or 0)) / (then or 1))
    assert point.warnings[0] == (
        "the time until 2027-04-06 12:00 is set against 2027-03-29 00:00 - 2027-03-30 12:00"
    )
    (split, *_) = why(
        sqlite_db,
        "mentions",
        ["delta"],
        Question(WEEK.start, WEEK.start + timedelta(days=2), "all", "UTC", NOON),
    )
    assert split.split is not None
    assert (split.split.after, split.split.before) == (now, then)


def test_days_to_come_and_a_day_that_has_hardly_begun_have_no_change(sqlite_db: Database) -> None:
    fill(sqlite_db, told(400))
    early = WEEK.start + timedelta(minutes=10)
    for point in series(
        sqlite_db, ["mentions", "mentions_change"], since=WEEK.start, until=WEEK.end, every="day", timezone="UTC", now=early,
        brands=["delta"], against=["previous", "year"],
    ):  # fmt: skip
        assert [other.change for other in point.comparisons] == [None, None]
        assert all("hardly begun" in (other.missing or "") for other in point.comparisons)
        if point.metric == "mentions_change":
            assert "hardly begun" in (point.missing or "")
    (split, *_) = why(sqlite_db, "mentions", ["delta"], Question(WEEK.start, WEEK.end, "all", "UTC", early))
    assert split.split is None
    assert "hardly begun" in split.missing


def test_a_source_that_was_looked_at_half_an_hour_ago_ends_what_is_compared(sqlite_db: Database) -> None:
    fill(sqlite_db, told(400))

    def end(looked: datetime) -> datetime | None:
        coverage = [Coverage(START, looked, "complete", (("delta", 1),))]
        save(sqlite_db, Batch("social", coverage=coverage), now=NOON)
        (point,) = series(
            sqlite_db, ["mentions"], since=WEEK.start, until=WEEK.end, every="all", timezone="UTC", now=NOON,
            brands=["delta"], against=["previous"],
        )  # fmt: skip
        return only(point.comparisons).so_far_end

    at_noon = NOON - timedelta(minutes=7)
    assert end(NOON - timedelta(hours=5)) == at_noon  # a hole, which is said as one
    assert end(NOON - timedelta(minutes=40)) == at_noon - timedelta(minutes=45)
    assert end(NOON - timedelta(minutes=1)) == at_noon


def test_a_receipt_of_a_period_that_ran_gives_the_same_number_when_it_is_over(db: Database) -> None:
    quarter = NOON.replace(minute=15)
    posts = sorted((post for post in told(900) if not NOON < post.at < quarter), key=lambda post: post.at)
    fill(db, [post for post in posts if post.at < NOON])
    names = ["mentions", "mentions_change", "negative_share_raw"]
    asked = Question(WEEK.start, WEEK.end, "week", "UTC", NOON)
    found = receipts(db, [METRICS[name] for name in names], ["delta"], asked, [WEEK])
    assert [receipt.metric.id for receipt in found] == names
    cut = START + timedelta(days=17, hours=12)
    change = found[1]
    assert change.compared is not None
    assert (change.window.until, change.compared.since, change.compared.until) == (
        cut,
        WEEK.start - timedelta(days=7),
        cut - timedelta(days=7),
    )
    (shown,) = series(
        db,
        ["mentions"],
        since=WEEK.start,
        until=WEEK.end,
        every="all",
        timezone="UTC",
        now=NOON,
        brands=["delta"],
    )
    assert found[0].figure.value == shown.value
    adapter = TypeAdapter(list[Receipt])
    kept = adapter.validate_json(json.dumps([receipt.model_dump(mode="json") for receipt in found]))
    fill(db, posts)
    for receipt in kept:
        verdict = checked(db, receipt)
        assert verdict.same, (receipt.metric.id, verdict.reasons)
    whole = receipts(db, [METRICS["mentions"]], ["delta"], replace(asked, now=WEEK.end), [WEEK])
    assert (whole[0].figure.value or 0) > (found[0].figure.value or 0)


def test_a_receipt_from_before_comparisons_were_stated_is_still_read(sqlite_db: Database) -> None:
    fill(sqlite_db, told(300))
    asked = Question(START, START + timedelta(days=10), "all", "UTC", NOON)
    (made,) = receipts(sqlite_db, [METRICS["mentions"]], ["delta"], asked, [Bucket(asked.since, asked.until)])
    old = made.model_dump(mode="json")
    del old["compared"]
    assert checked(sqlite_db, Receipt.model_validate(old)).same


def test_a_date_that_a_zone_skipped_is_no_error() -> None:
    apia = "Pacific/Apia"
    where = ZoneInfo(apia)
    span = Bucket(day_start(date(2011, 12, 31), where), day_start(date(2012, 1, 1), where))
    found = stretches(span, "previous", apia, now=span.start + timedelta(hours=14), every="day")
    assert found.there.start == found.there.end == span.start

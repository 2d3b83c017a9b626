"""Periods of people's calendars, in every zone there is."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.errors import MetricError
from metrics.periods import Bucket, Every, buckets, day_start, is_day_start, previous
from metrics.windows import pieces

ZONES = sorted(zone for zone in available_timezones() if zone not in ("localtime", "Factory", "posixrules"))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
EVERY: list[Every] = ["hour", "day", "week", "month", "all"]


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@settings(max_examples=400, deadline=None)
@given(
    MOMENTS, st.integers(min_value=1, max_value=86_400 * 12), st.sampled_from(EVERY), st.sampled_from(ZONES)
)
def test_buckets_cover_the_period_once_and_break_where_the_local_calendar_does(
    since: datetime, seconds: int, every: Every, name: str
) -> None:
    until, zone = since + timedelta(seconds=seconds), ZoneInfo(name)
    found = buckets(since, until, every, name)
    assert found[0].start == since
    assert found[-1].end == until
    assert all(one.end == two.start for one, two in pairwise(found))
    assert all(one.start < one.end for one in found)
    for bucket in found[1:]:
        local = bucket.start.astimezone(zone)
        if every == "hour":
            assert local.minute in (0, 30) or bucket.start.astimezone(zone).utcoffset() != (
                (bucket.start - timedelta(hours=1)).astimezone(zone).utcoffset()
            )
        else:
            assert is_day_start(bucket.start, zone)
            assert every != "week" or local.weekday() == 0
            assert every != "month" or local.day == 1


@pytest.mark.parametrize("name", ZONES)
def test_the_days_of_two_years_have_no_hole_and_their_hours_add_up_in_every_zone(name: str) -> None:
    zone = ZoneInfo(name)
    day, last = date(2026, 1, 1), date(2028, 1, 1)
    start, hours = day_start(day, zone), 0.0
    first = start
    while day < last:
        day += timedelta(days=1)
        end = day_start(day, zone)
        assert timedelta(hours=22) <= end - start <= timedelta(hours=26)
        assert end.astimezone(zone).date() == day
        assert (end - timedelta(seconds=1)).astimezone(zone).date() == day - timedelta(days=1)
        hours += (end - start).total_seconds() / 3600
        start = end
    assert hours == (start - first).total_seconds() / 3600


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Oslo", date(2027, 3, 28), 23),
        ("Europe/Oslo", date(2027, 10, 31), 25),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Asia/Beirut", date(2027, 3, 28), 23),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Asia/Kathmandu", date(2026, 11, 21), 24),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(zone: str, day: date, hours: float) -> None:
    where = ZoneInfo(zone)
    assert (day_start(day + timedelta(days=1), where) - day_start(day, where)) == timedelta(hours=hours)


def test_the_hour_that_comes_twice_is_two_buckets_and_the_one_left_out_is_none() -> None:
    autumn = buckets(
        at("2027-10-31T00:00", "Europe/Oslo"), at("2027-10-31T05:00", "Europe/Oslo"), "hour", "Europe/Oslo"
    )
    local = [f"{b.start.astimezone(ZoneInfo('Europe/Oslo')):%H:%M%z}" for b in autumn]
    assert local == ["00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100", "04:00+0100"]
    spring = buckets(
        at("2027-03-28T00:00", "Europe/Oslo"), at("2027-03-28T05:00", "Europe/Oslo"), "hour", "Europe/Oslo"
    )
    assert [b.start.astimezone(ZoneInfo("Europe/Oslo")).hour for b in spring] == [0, 1, 3, 4]


def test_hours_of_kathmandu_begin_at_a_quarter_past_in_utc() -> None:
    found = buckets(at("2026-11-21T00:00"), at("2026-11-21T03:00"), "hour", "Asia/Kathmandu")
    assert [f"{b.start:%H:%M}" for b in found] == ["00:00", "00:15", "01:15", "02:15"]


def test_weeks_begin_on_monday_across_the_turn_of_the_year() -> None:
    found = buckets(at("2026-12-25T00:00"), at("2027-01-12T00:00"), "week", "UTC")
    assert [f"{b.start:%Y-%m-%d}" for b in found] == ["2026-12-25", "2026-12-28", "2027-01-04", "2027-01-11"]


@pytest.mark.parametrize(
    ("since", "until", "zone", "expected"),
    [
        ("2027-03-01T00:00", "2027-04-01T00:00", "Europe/Oslo", "2027-02-01T00:00"),
        ("2027-01-01T00:00", "2027-04-01T00:00", "Europe/Oslo", "2026-10-01T00:00"),
        ("2027-03-22T00:00", "2027-03-29T00:00", "Europe/Oslo", "2027-03-15T00:00"),
        ("2027-03-29T00:00", "2027-03-30T00:00", "Europe/Oslo", "2027-03-28T00:00"),
        ("2027-03-29T00:00", "2027-03-29T06:00", "Europe/Oslo", "2027-03-28T18:00"),
        ("2027-03-05T00:00", "2027-03-10T12:00", "UTC", "2027-02-27T12:00"),
    ],
)
def test_the_period_before_is_as_many_months_or_days_as_this_one(
    since: str, until: str, zone: str, expected: str
) -> None:
    found = previous(at(since, zone), at(until, zone), zone)
    assert found == Bucket(at(expected, zone), at(since, zone))


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(min_value=1, max_value=86_400 * 400), st.sampled_from(ZONES))
def test_the_period_before_ends_where_this_begins_and_is_about_as_long(
    since: datetime, seconds: int, name: str
) -> None:
    until = since + timedelta(seconds=seconds)
    found = previous(since, until, name)
    assert found.end == since
    assert found.end - found.start == until - since


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(min_value=1, max_value=86_400 * 40), st.sampled_from(ZONES))
def test_a_windows_pieces_are_the_window(since: datetime, seconds: int, name: str) -> None:
    zone = ZoneInfo(name)
    window = Bucket(since, since + timedelta(seconds=seconds))
    cut = pieces(window, zone)
    spans = list(cut.edges)
    if cut.days:
        spans.append((day_start(cut.days[0], zone), day_start(cut.days[1], zone)))
    spans.sort()
    assert spans[0][0] == window.start
    assert spans[-1][1] == window.end
    assert all(one[1] == two[0] for one, two in pairwise(spans))
    assert all(until - start < timedelta(hours=50) for start, until in cut.edges)


def test_periods_that_cannot_be_are_refused() -> None:
    with pytest.raises(MetricError, match="the period is empty"):
        buckets(at("2027-03-02T00:00"), at("2027-03-01T00:00"), "day", "UTC")
    with pytest.raises(MetricError, match="more than 20,000 buckets"):
        buckets(at("1000-01-01T00:00"), at("2027-01-01T00:00"), "hour", "UTC")
    with pytest.raises(MetricError, match="before the year 1"):
        previous(at("0001-01-02T00:00"), at("2027-01-01T00:00"), "UTC")
    assert len(buckets(at("9990-01-01T00:00"), at("9999-12-01T00:00"), "month", "UTC")) == 119
    with pytest.raises(MetricError, match="beyond the year 9999"):
        buckets(at("9990-01-01T00:00"), at("9999-12-31T00:00"), "month", "UTC")

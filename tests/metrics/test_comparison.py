"""Figures set against others: each reference is the figure itself asked for there, and a hole never looks like silence."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metrics.comparison import compare, count_change_interval, difference_interval, ratio_change_interval
from metrics.errors import MetricError
from metrics.formulas.share_of_voice import lead_is_real
from metrics.interval import share_interval
from metrics.periods import buckets, day_start, previous, year_before
from metrics.read import Against, series
from metrics.registry import OVERVIEW
from metrics.types import Comparison, MetricPoint
from storage.db import Database
from storage.posts import save
from storage.query import parse
from storage.types import Batch, Coverage
from tests.metrics.invented import BRANDS, NOW, START, fill, recounted, told

SINCE, UNTIL = START + timedelta(days=14), START + timedelta(days=21)


def asked(db: Database, *names: str, against: Sequence[Against] = (), **rest: Any) -> list[MetricPoint]:
    given_: dict[str, Any] = {"since": SINCE, "until": UNTIL, "every": "all", "timezone": "UTC", "now": NOW}
    return series(db, names, against=against, **(given_ | rest))


def only(point: MetricPoint) -> Comparison:
    (found,) = point.comparisons
    return found


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "America/St_Johns"])
def test_the_period_before_is_the_same_figure_asked_for_there(db: Database, zone: str) -> None:
    fill(db, told(500), zone)
    since, until = (day_start(at.date(), ZoneInfo(zone)) for at in (SINCE, UNTIL))
    before = previous(since, until, zone)
    there = {
        (p.metric, p.brand_id): p
        for p in asked(db, *OVERVIEW, since=before.start, until=before.end, timezone=zone)
    }
    for point in asked(db, *OVERVIEW, since=since, until=until, timezone=zone, against=["previous"]):
        other, truth = only(point), there[point.metric, point.brand_id]
        assert (other.value, other.n) == (truth.value, truth.n), point.metric
        if point.value is not None and truth.value:
            expected = point.value - truth.value
            if other.change_unit == "%":
                expected *= 100 / truth.value
            assert other.change == pytest.approx(expected)


def test_weeks_are_set_against_the_weeks_before_and_a_year_of_invented_posts_against_nothing(
    sqlite_db: Database,
) -> None:
    fill(sqlite_db, told(400))
    weekly = asked(
        sqlite_db,
        "mentions",
        every="week",
        since=START,
        until=START + timedelta(days=23),
        brands=["delta"],
        against=["previous", "year"],
    )
    for earlier, later in pairwise(weekly[1:-1]):
        assert later.comparisons[0].value == earlier.value
    for point in weekly:
        year = point.comparisons[1]
        assert year.value is None
        assert "not collected whole" in (year.missing or "")
        assert any("nothing is stored from before" in line for line in year.warnings)


def test_a_year_earlier_is_the_same_figure_asked_for_there(sqlite_db: Database) -> None:
    posts = told(300)
    fill(sqlite_db, posts)
    found = asked(
        sqlite_db,
        "mentions",
        since=SINCE.replace(year=2028),
        until=UNTIL.replace(year=2028),
        now=NOW.replace(year=2028),
        against=["year"],
    )
    for point in found:
        span = only(point).bucket_start, only(point).bucket_end
        assert only(point).value == recounted(posts, point.brand_id, *span, None)["mentions"]
        assert point.value == 0


def test_every_other_brand_is_compared_with_in_the_same_period(sqlite_db: Database) -> None:
    fill(sqlite_db, told(400))
    points = asked(sqlite_db, "mentions", "share_of_voice", "net_sentiment", against=["competitors"])
    values = {(p.metric, p.brand_id): p.value for p in points}
    for point in points:
        assert [c.brand_id for c in point.comparisons] == [b.id for b in BRANDS if b.id != point.brand_id]
        for other in point.comparisons:
            assert other.value == values[point.metric, str(other.brand_id)]


def test_the_category_is_computed_from_the_sums_of_all_brands_not_from_their_shares(
    sqlite_db: Database,
) -> None:
    posts = told(400)
    fill(sqlite_db, posts)
    of = [recounted(posts, brand.id, SINCE, UNTIL, None) for brand in BRANDS]
    points = {
        p.metric: only(p)
        for p in asked(
            sqlite_db,
            "mentions",
            "negative_share_raw",
            "engagement",
            "share_of_voice",
            "share_of_voice_people",
            "potential_reach",
            against=["category"],
            brands=["delta"],
        )
    }
    assert points["mentions"].value == sum(row["mentions"] or 0 for row in of)
    assert points["mentions"].change is None
    assert points["engagement"].value == sum(row["engagement"] or 0 for row in of)
    labelled = [(row["mentions"] or 0) - (row["unlabelled"] or 0) for row in of]
    negative = sum((row["negative_share_raw"] or 0) * n for row, n in zip(of, labelled, strict=True))
    assert points["negative_share_raw"].value == pytest.approx(negative / sum(labelled))
    for name in ("share_of_voice", "share_of_voice_people", "potential_reach"):
        assert points[name].value is None
        assert points[name].missing


def test_a_hole_in_the_period_before_is_said_and_takes_the_place_of_0(sqlite_db: Database) -> None:
    posts = [post for post in told(300) if post.at >= SINCE]
    fill(sqlite_db, posts)
    fill_in = [
        Coverage(START, SINCE, "down", (("delta", 1),)),
        Coverage(SINCE, NOW, "complete", (("delta", 1),)),
    ]
    save(sqlite_db, Batch("social", coverage=fill_in), now=NOW)
    (point,) = asked(sqlite_db, "mentions", against=["previous"], brands=["delta"])
    other = only(point)
    assert (other.value, other.change, other.real) == (None, None, None)
    assert any("social: down" in line for line in other.warnings)
    assert point.value


def test_more_posts_than_in_a_time_not_collected_whole_is_no_proof_that_more_was_said(
    sqlite_db: Database,
) -> None:
    fill(sqlite_db, told(400))
    early = asked(
        sqlite_db,
        "mentions",
        since=START + timedelta(days=2),
        until=START + timedelta(days=6),
        brands=["delta"],
        against=["previous"],
    )
    assert only(early[0]).change is not None
    assert only(early[0]).real is None


def test_a_slice_is_compared_with_the_same_slice(sqlite_db: Database) -> None:
    posts = told(400)
    fill(sqlite_db, posts)
    query = parse(" OR ".join(str(n) for n in range(100, 400)))
    points = asked(sqlite_db, "mentions", query=query, against=["previous"], brands=["delta"])
    some = posts[100:]
    assert points[0].value == recounted(some, "delta", SINCE, UNTIL, None)["mentions"]
    assert only(points[0]).value == recounted(some, "delta", SINCE - (UNTIL - SINCE), SINCE, None)["mentions"]


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_a_count_is_beyond_chance_exactly_where_a_lead_is_real(now: int, before: int) -> None:
    found = count_change_interval(now, before)
    assert (found is None) == (before == 0)
    if found is not None:
        assert (not found[0] <= 0 <= found[1]) == lead_is_real(now, before)
        assert found[0] <= 100 * (now - before) / before <= found[1]


def test_the_interval_of_a_count_covers_the_change_of_poisson_counts() -> None:
    chance = np.random.default_rng(5)
    for mean, ratio in ((20, 1.0), (60, 1.5), (300, 0.8)):
        before, now = chance.poisson(mean, 3000), chance.poisson(mean * ratio, 3000)
        inside = [
            low <= 100 * (ratio - 1) <= high
            for a, b in zip(now, before, strict=True)
            if b
            for low, high in [count_change_interval(int(a), int(b)) or (0, 0)]
        ]
        assert 0.935 <= np.mean(inside) <= 0.975, (mean, ratio)


def test_the_interval_of_a_difference_covers_the_difference_of_shares() -> None:
    chance = random.Random(3)
    inside = 0
    for _ in range(2000):
        n, m, p, q = 40, 70, 0.3, 0.15
        one, other = (sum(chance.random() < share for _ in range(size)) for size, share in ((n, p), (m, q)))
        low, high = difference_interval(
            100 * one / n, share_interval(one, n), 100 * other / m, share_interval(other, m)
        )  # type: ignore[arg-type]
        inside += low <= 100 * (p - q) <= high
    assert 0.935 <= inside / 2000 <= 0.97


def test_the_interval_of_a_ratio_is_fiellers_for_normal_figures() -> None:
    a, b, se_a, se_b, z = 12.0, 10.0, 0.8, 0.5, stats.norm.ppf(0.975)
    found = ratio_change_interval(a, (a - z * se_a, a + z * se_a), b, (b - z * se_b, b + z * se_b))
    g = (z * se_b / b) ** 2
    spread = z / b * np.sqrt(se_a**2 + (a / b) ** 2 * se_b**2 - g * se_a**2)
    fieller = [100 * ((a / b + sign * spread) / (1 - g) - 1) for sign in (-1, 1)]
    assert found == pytest.approx(fieller)


def test_shares_differ_in_points_and_other_figures_in_percent() -> None:
    units = {
        unit: compare(unit, 12.0, None, 10.0, None)
        for unit in ("%", "points", "stars", "count", "people", "money", "ratio", "minutes")
    }
    assert {unit: (found.value, found.unit) for unit, found in units.items()} == {
        "%": (2.0, "points"), "points": (2.0, "points"), "stars": (2.0, "stars"), "count": (20.0, "%"), "people": (20.0, "%"),
        "money": (20.0, "%"), "ratio": (20.0, "%"), "minutes": (20.0, "%"),
    }  # fmt: skip


ZONES = ["UTC", "Europe/Oslo", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]


@settings(deadline=None)
@given(
    st.dates(min_value=datetime(2001, 1, 1).date(), max_value=datetime(2090, 1, 1).date()),
    st.integers(1, 70),
    st.sampled_from(ZONES),
)
def test_days_a_year_earlier_are_whole_days_of_the_zone(first: Any, length: int, zone: str) -> None:
    where = ZoneInfo(zone)
    since, until = day_start(first, where), day_start(first + timedelta(days=length), where)
    found = year_before(since, until, zone)
    days = [at.astimezone(where) for at in (found.start, found.end)]
    assert all(day_start(day.date(), where) == day.astimezone(UTC) for day in days)
    assert abs((days[1].date() - days[0].date()).days - length) <= 1
    assert 363 <= (first - days[0].date()).days <= 366
    weeks = year_before(since, until, zone, weeks=True)
    assert (first - weeks.start.astimezone(where).date()).days == 364
    assert weeks.start.astimezone(where).weekday() == since.astimezone(where).weekday()


def test_a_leap_day_is_set_against_the_28th_and_months_against_months() -> None:
    def days(since: str, until: str) -> list[str]:
        ends = [datetime.fromisoformat(f"{day}T00:00Z") for day in (since, until)]
        found = year_before(*ends, "UTC")
        return [at.isoformat()[:10] for at in (found.start, found.end)]

    assert days("2028-02-28", "2028-02-29") == ["2027-02-28", "2027-03-01"]
    assert days("2028-02-01", "2028-03-01") == ["2027-02-01", "2027-03-01"]
    assert days("2029-02-01", "2029-03-01") == ["2028-02-01", "2028-03-01"]
    assert days("2029-02-25", "2029-03-04") == ["2028-02-25", "2028-03-04"]
    assert days("2027-01-04", "2027-01-11") == ["2026-01-05", "2026-01-12"]


def test_hours_a_year_earlier_begin_at_the_same_time_on_the_clock_whatever_the_clocks_do() -> None:
    oslo = "Europe/Oslo"
    summer = buckets(datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 3, 28, 6, tzinfo=UTC), "hour", oslo)
    for bucket in summer:
        found = year_before(bucket.start, bucket.end, oslo)
        assert found.end - found.start == timedelta(hours=1)
        assert found.start.astimezone(ZoneInfo(oslo)).hour == bucket.start.astimezone(ZoneInfo(oslo)).hour
    with pytest.raises(MetricError, match="before the year 1"):
        year_before(datetime(1, 6, 1, tzinfo=UTC), datetime(1, 6, 2, tzinfo=UTC), "UTC")

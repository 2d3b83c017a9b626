"""Figures from a database, against a plain recount of the same invented posts."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.errors import MetricError
from metrics.periods import Every, buckets, previous
from metrics.read import overview
from metrics.registry import METRICS, OVERVIEW
from metrics.types import MetricPoint
from nlp.shares import as_confusion, true_shares
from storage.brands import sync_brands
from storage.db import Database, open_database
from storage.labels import correct, save_confusion
from storage.mentions import MentionFilter, find
from storage.review import draw_audit
from storage.types import SENTIMENTS
from tests.metrics.invented import BRANDS, NOW, START, Told, ask, fill, recounted, told, weights


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, list[Told]]]:
    """One database for many questions, its days those of Lord Howe."""
    db = open_database(f"sqlite:///{tmp_path_factory.mktemp('filled')}/listener.db")
    posts = told(400, seed=2)
    fill(db, posts, "Australia/Lord_Howe")
    yield db, posts
    db.close()


CASES: list[tuple[str, Every, Sequence[str] | None]] = [
    ("Europe/Oslo", "day", None),
    ("Asia/Kathmandu", "week", ["x"]),
    ("America/New_York", "all", ["x", "feeds"]),
    ("Australia/Lord_Howe", "month", None),
]


@pytest.mark.parametrize(("zone", "every", "sources"), CASES)
def test_every_figure_is_what_a_recount_of_the_posts_gives(
    sqlite_db: Database, zone: str, every: Every, sources: Sequence[str] | None
) -> None:
    posts = told(500)
    fill(sqlite_db, posts, zone)
    since, until = START + timedelta(hours=7, minutes=5), START + timedelta(days=24, hours=3)
    found = ask(sqlite_db, every=every, since=since, until=until, timezone=zone, sources=sources)
    spans = buckets(since, until, every, zone)
    assert len(found) == len(OVERVIEW) * len(BRANDS) * len(spans)
    for point in found:
        truth = recounted(posts, point.brand_id, point.bucket_start, point.bucket_end, sources)
        if point.metric == "mentions_change":
            before = previous(point.bucket_start, point.bucket_end, zone)
            earlier = recounted(posts, point.brand_id, before.start, before.end, sources)["mentions"]
            expected = 100 * (truth["mentions"] - earlier) / earlier if earlier else None  # type: ignore[operator]
        else:
            expected = truth[point.metric]
        assert point.value == (None if expected is None else pytest.approx(expected)), point


def test_hours_are_what_a_recount_gives_on_both_databases(db: Database) -> None:
    posts = told(150, days=2)
    fill(db, posts, "Asia/Kathmandu")
    since, until = START, START + timedelta(days=2)
    for point in ask(db, every="hour", since=since, until=until, timezone="Asia/Kathmandu"):
        if point.metric != "mentions_change":
            truth = recounted(posts, point.brand_id, point.bucket_start, point.bucket_end, None)[point.metric]
            assert point.value == (None if truth is None else pytest.approx(truth)), point


def test_another_zone_than_the_stored_days_gives_its_own_days(sqlite_db: Database) -> None:
    posts = told(200)
    fill(sqlite_db, posts, "UTC")
    for point in ask(sqlite_db, "mentions", every="day", timezone="Asia/Kathmandu"):
        truth = recounted(posts, point.brand_id, point.bucket_start, point.bucket_end, None)
        assert point.value == truth["mentions"]
        assert point.bucket_start == START or point.bucket_start.minute == 15


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "Asia/Kathmandu", "Pacific/Chatham"])
def test_the_buckets_of_any_length_add_up_to_the_whole(sqlite_db: Database, zone: str) -> None:
    fill(sqlite_db, told(400), zone)
    since, until = START + timedelta(hours=5), START + timedelta(days=20, minutes=30)
    counts = ("mentions", "reposts", "unlabelled")
    whole = {
        (p.metric, p.brand_id): p.value
        for p in ask(sqlite_db, *counts, since=since, until=until, timezone=zone)
    }
    for every in ("hour", "day", "week", "month"):
        sums: dict[tuple[str, str], float] = {}
        for p in ask(sqlite_db, *counts, every=every, since=since, until=until, timezone=zone):
            sums[p.metric, p.brand_id] = sums.get((p.metric, p.brand_id), 0) + (p.value or 0)
        assert sums == whole, every


@settings(max_examples=40, deadline=None)
@given(
    st.integers(min_value=0, max_value=26 * 86_400),
    st.integers(min_value=1, max_value=26 * 86_400),
    st.sampled_from(["hour", "day", "week", "month"]),
    st.sampled_from(["Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]),
    st.sampled_from([None, ["x"], ["mastodon", "feeds"]]),
)
def test_any_cut_of_any_period_conserves_every_mention(
    filled: tuple[Database, list[Told]],
    first: int,
    length: int,
    every: Every,
    zone: str,
    sources: list[str] | None,
) -> None:
    db, posts = filled
    since = START + timedelta(seconds=first)
    until = since + timedelta(seconds=length)
    points = ask(
        db, "mentions", "unlabelled", every=every, since=since, until=until, timezone=zone, sources=sources
    )
    for brand in BRANDS:
        truth = recounted(posts, brand.id, since, until, sources)
        for metric in ("mentions", "unlabelled"):
            of_brand = [p.value or 0 for p in points if (p.metric, p.brand_id) == (metric, brand.id)]
            assert sum(of_brand) == truth[metric]


def test_shares_of_all_brands_add_up_to_100_though_one_alone_is_shown(sqlite_db: Database) -> None:
    fill(sqlite_db, told(300))
    for metric in ("share_of_voice", "share_of_voice_people"):
        shares = ask(sqlite_db, metric)
        assert sum(p.value or 0 for p in shares) == pytest.approx(100)
        (alone,) = ask(sqlite_db, metric, brands=["jet blue"])
        assert alone == next(p for p in shares if p.brand_id == "jet-blue")
    for suffix in ("", "_raw"):
        labels = ask(sqlite_db, *(f"{name}_share{suffix}" for name in SENTIMENTS), brands=["Delta"])
        assert sum(p.value or 0 for p in labels) == pytest.approx(100)


def test_an_audit_a_persons_label_and_the_models_record_are_in_the_corrected_shares(db: Database) -> None:
    """What is read is what was stored: every part by another way, then the same estimate from it."""
    posts = [
        Told(START, "x", 1, 5, ("delta",), False, SENTIMENTS[number % 5 % 3], None) for number in range(90)
    ]
    fill(db, posts)
    tested = ((20.0, 4.0, 2.0), (4.0, 20.0, 4.0), (2.0, 4.0, 20.0))
    save_confusion(db, "rules-1", tested)
    drawn = draw_audit(db, "delta", 24, seed=3)
    label = {row.id: row.label for row in find(db, MentionFilter(), limit=1000)}
    for mention_id in drawn:
        correct(db, mention_id, "neutral" if mention_id % 4 == 0 else label[mention_id], now=NOW, audit=True)  # type: ignore[arg-type]
    by_the_way = next(mention_id for mention_id in label if mention_id not in drawn)
    correct(db, by_the_way, "positive", now=NOW)

    said = {mention_id: "neutral" if mention_id % 4 == 0 else label[mention_id] for mention_id in drawn}
    audit = np.zeros((3, 3))
    for mention_id, person in said.items():
        audit[SENTIMENTS.index(person)] += [0.8 if label[mention_id] == name else 0.1 for name in SENTIMENTS]  # type: ignore[arg-type]
    people = Counter([*said.values(), "positive"])
    model = Counter(label[mention_id] for mention_id in label if mention_id not in (*drawn, by_the_way))
    expected = true_shares(
        tuple(round(weight, 6) for weight in weights(model)),  # type: ignore[arg-type]
        tested,
        as_confusion(audit.round(6)),
        tuple(float(people[name]) for name in SENTIMENTS),  # type: ignore[arg-type]
    )
    assert expected is not None
    found = {point.metric: point for point in ask(db, brands=["delta"])}
    for metric, part in [*((f"{name}_share", name) for name in SENTIMENTS), ("net_sentiment", "net")]:
        value, low, high = getattr(expected, part)
        point = found[metric]
        assert (point.value, point.low, point.high) == pytest.approx(
            (100 * value, 100 * low, 100 * high), abs=1e-3
        )
        assert point.n == 90
    assert found["positive_share_raw"].value == pytest.approx(
        100 * (model["positive"] + people["positive"]) / 90
    )


def test_where_nothing_is_stored_counts_are_0_and_shares_have_no_value(sqlite_db: Database) -> None:
    sync_brands(sqlite_db, BRANDS, now=START)
    points = overview(sqlite_db, since=START, until=NOW, timezone="UTC", now=NOW)
    assert {p.metric: p.value for p in points} == {name: METRICS[name].empty for name in OVERVIEW}
    assert json.loads(json.dumps([p.as_json() for p in points], allow_nan=False))[0]["brand"] == "Delta"


@pytest.mark.parametrize(
    ("names", "kwargs", "expected"),
    [
        (["mentoins"], {}, 'there is no metric "mentoins"; did you mean "mentions"?'),
        ([], {"brands": ["delt"]}, 'no brand is called "delt"; did you mean "delta"?'),
        ([], {"until": START}, "the period is empty"),
        (
            ["mentions"],
            {"every": "hour", "since": START - timedelta(days=365 * 5)},
            "more than 20,000 buckets",
        ),
        (
            ["engagement"],
            {"every": "hour", "since": START - timedelta(days=365)},
            "for 2,000 buckets at most",
        ),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_by_name(
    sqlite_db: Database, names: list[str], kwargs: dict[str, object], expected: str
) -> None:
    sync_brands(sqlite_db, BRANDS, now=START)
    with pytest.raises(MetricError) as caught:
        ask(sqlite_db, *names, **kwargs)  # type: ignore[arg-type]
    assert expected in str(caught.value)
    assert caught.value.exit_code == 2


def test_no_point_can_hold_a_figure_that_is_no_number() -> None:
    with pytest.raises(ValueError, match="value is nan"):
        MetricPoint("mentions", "Delta", "delta", START, NOW, float("nan"), 1, "count", 1)
    with pytest.raises(ValueError, match="need a zone"):
        MetricPoint("mentions", "Delta", "delta", START.replace(tzinfo=None), NOW, 1, 1, "count", 1)


def test_times_are_given_in_utc_whatever_zone_they_were_asked_in(sqlite_db: Database) -> None:
    fill(sqlite_db, told(5))
    since = datetime(2027, 3, 20, 5, 45, tzinfo=ZoneInfo("Asia/Kathmandu"))
    (point, *_) = ask(sqlite_db, "mentions", since=since, timezone="Asia/Kathmandu")
    assert point.as_json()["bucket_start"] == "2027-03-20T00:00:00Z"

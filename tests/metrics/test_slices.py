"""Every figure of a campaign or query: that of its posts alone, or the word that it is not known of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from metrics.errors import MetricError
from metrics.metric import Metric
from metrics.periods import Bucket
from metrics.read import series
from metrics.read.answer import OF_A_QUERY
from metrics.read.question import Question
from metrics.read.sums import picked_of
from metrics.registry import METRICS, OVERVIEW
from storage.db import Database
from storage.query import parse
from tests.metrics.invented import NOW, START, fill, recounted, told

WINDOW = {
    "since": START + timedelta(days=2),
    "until": START + timedelta(days=20, hours=5),
    "timezone": "Asia/Kathmandu",
    "now": NOW,
}


@pytest.mark.parametrize("every", ["all", "week"])
def test_a_query_that_every_post_meets_changes_no_figure(db: Database, every: str) -> None:
    fill(db, told(300), "Asia/Kathmandu")
    names = [name for name, metric in METRICS.items() if metric.needs <= OF_A_QUERY]
    assert set(OVERVIEW) <= set(names)
    whole = series(db, names, every=every, **WINDOW)  # type: ignore[arg-type]
    sliced = series(db, names, every=every, query=parse("post"), **WINDOW)  # type: ignore[arg-type]
    for one, other in zip(whole, sliced, strict=True):
        assert other.query == "post"
        assert (one.metric, one.brand_id, one.bucket_start) == (
            other.metric,
            other.brand_id,
            other.bucket_start,
        )
        for field in ("value", "low", "high"):
            expected = getattr(one, field)
            assert getattr(other, field) == (None if expected is None else pytest.approx(expected)), (
                one.metric
            )
        assert one.n == other.n, one.metric


def test_a_query_gives_the_figures_of_its_posts(db: Database) -> None:
    posts = told(300)
    fill(db, posts)
    some = [post if 100 <= number < 200 else None for number, post in enumerate(posts)]
    query = parse(" OR ".join(str(number) for number in range(100, 200)))
    for point in series(db, OVERVIEW, every="all", query=query, **(WINDOW | {"timezone": "UTC"})):  # type: ignore[arg-type]
        if point.metric not in ("mentions_change",):
            truth = recounted(
                [p for p in some if p], point.brand_id, point.bucket_start, point.bucket_end, None
            )[point.metric]
            assert point.value == (None if truth is None else pytest.approx(truth)), point.metric


def test_what_is_not_known_of_a_query_says_so_and_is_not_read(sqlite_db: Database) -> None:
    fill(sqlite_db, told(50))
    others: dict[str, Metric] = {
        name: metric for name, metric in METRICS.items() if metric.needs - OF_A_QUERY
    }
    for point in series(sqlite_db, list(others), every="all", query=parse("post"), **WINDOW):  # type: ignore[arg-type]
        assert point.value is None, point.metric
        assert "campaign, tag or query" in (point.missing or "")


def test_too_many_candidates_are_refused_with_the_way_out(sqlite_db: Database) -> None:
    fill(sqlite_db, told(50))
    asked = Question(START, NOW, "all", "UTC", NOW, query=parse("post"))
    with pytest.raises(MetricError, match="more than 5 mentions may meet this query"):
        picked_of(sqlite_db, ["delta", "jet-blue"], [Bucket(START, NOW)], replace(asked, most_read=5))

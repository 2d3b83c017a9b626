"""Receipts: the posts add up to the figure, the same snapshot gives the same number, and what moved since is named."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from metrics.errors import MetricError
from metrics.metric import Metric
from metrics.periods import Bucket
from metrics.read import series
from metrics.read.question import Question
from metrics.read.receipt import receipts
from metrics.read.recomputed import checked
from metrics.receipt import Receipt
from metrics.registry import METRICS, OVERVIEW
from storage.brands import sync_brands
from storage.counts import close_days
from storage.db import Database
from storage.erase import erase_posts
from storage.labels import correct
from storage.mentions import MentionFilter, count, find
from storage.posts import save
from storage.query import parse
from storage.types import Batch, BrandQuery, MatchedPost, NewAuthor, NewMention, NewPost
from tests.metrics.invented import BRANDS, NOW, START, fill, told

SPAN = Bucket(START + timedelta(days=3), START + timedelta(days=12))
ASKED = Question(SPAN.start, SPAN.end, "all", "UTC", NOW)


def made(
    db: Database, *names: str, brands: tuple[str, ...] = ("delta",), asked: Question = ASKED
) -> list[Receipt]:
    return receipts(
        db, [METRICS[name] for name in names], list(brands), asked, [Bucket(asked.since, asked.until)]
    )


def written(found: list[Receipt]) -> list[Receipt]:
    """As it comes back from a file."""
    adapter = TypeAdapter(list[Receipt])
    return adapter.validate_json(json.dumps([r.model_dump(mode="json") for r in found]))


@pytest.fixture
def closed(db: Database) -> Database:
    fill(db, told(400))
    close_days(db, now=NOW)
    return db


def test_the_posts_behind_a_figure_add_up_to_the_collected_figure(closed: Database) -> None:
    brands = tuple(brand.id for brand in BRANDS)
    asks = [ASKED, replace(ASKED, sources=["x"]), replace(ASKED, query=parse("11* OR 20*"))]
    for asked in asks:
        for receipt in made(closed, "mentions", "negative_share_raw", brands=brands, asked=asked):
            posts = receipt.posts
            assert posts is not None
            assert posts.ids is not None
            assert (
                posts.count
                == len(set(posts.ids))
                == sum(posts.by_label.values())
                == receipt.brands[0].mentions
            )
            if receipt.metric.id == "mentions":
                assert receipt.figure.value == posts.count
            else:
                labelled = sum(posts.by_label.get(name, 0) for name in ("negative", "neutral", "positive"))
                assert receipt.figure.n == labelled
                share = 100 * posts.by_label.get("negative", 0) / labelled if labelled else None
                assert receipt.figure.value == (None if share is None else pytest.approx(share))


def test_the_line_that_finds_them_asks_for_as_many(closed: Database) -> None:
    (receipt,) = made(closed, "reposts", asked=replace(ASKED, langs=["und"], query=parse('post "1"')))
    assert receipt.posts is not None
    assert receipt.posts.find == (
        "listener mentions --brand delta --since 2027-03-23 --until 2027-04-01 --lang und --query 'post \"1\"' --reposts --limit 0"
    )
    (receipt,) = made(closed, "mentions")
    wanted = MentionFilter(brands=["delta"], since=SPAN.start, until=SPAN.end, reposts=False)
    assert receipt.posts is not None
    assert receipt.posts.count == count(closed, wanted)


def test_the_figure_is_the_one_that_is_shown(closed: Database) -> None:
    points = series(
        closed,
        OVERVIEW,
        since=SPAN.start,
        until=SPAN.end,
        every="all",
        timezone="UTC",
        now=NOW,
        brands=["delta"],
    )
    for point, receipt in zip(points, made(closed, *OVERVIEW), strict=True):
        figure = receipt.figure
        assert (receipt.metric.id, receipt.metric.version) == (point.metric, point.version)
        assert (figure.value, figure.low, figure.high, figure.n, figure.warnings) == (
            point.value,
            point.low,
            point.high,
            point.n,
            point.warnings,
        )


def test_the_same_snapshot_gives_the_same_number_whenever_it_is_asked(closed: Database) -> None:
    for receipt in written(made(closed, *OVERVIEW)):
        verdict = checked(closed, receipt)
        assert verdict.same
        assert verdict.reasons == verdict.restated == verdict.gone == verdict.new == ()
        assert verdict.now == receipt.figure


def test_a_receipt_holds_neither_text_nor_author(db: Database) -> None:
    sync_brands(db, BRANDS, now=START)
    author = NewAuthor(
        source_author_id="secret-id", handle="secret_handle", name="Secret Name", url="https://secret.example"
    )
    post = NewPost(
        source="x",
        source_id="1",
        text="secret words",
        published_at=SPAN.start,
        observed_at=SPAN.start,
        author=author,
    )
    save(
        db,
        Batch("import", [MatchedPost(post, [NewMention(brand_id="delta", query_version=1, target="delta")])]),
        now=NOW,
    )
    for receipt in made(db, *(set(METRICS) - {"unknown"})):
        assert "secret" not in receipt.model_dump_json().lower()
    (receipt,) = made(db, "mentions")
    assert receipt.posts is not None
    assert receipt.posts.ids == ("x:1",)


def test_a_deleted_post_leaves_the_list_and_shows_as_a_restatement_that_accounts_for_it(
    closed: Database,
) -> None:
    (then,) = written(made(closed, "mentions"))
    assert then.window.closed
    row = next(find(closed, MentionFilter(brands=["delta"], since=SPAN.start, until=SPAN.end, reposts=False)))
    erase_posts(closed, [(row.source, row.source_id)], now=NOW)
    verdict = checked(closed, then)
    assert not verdict.same
    assert verdict.gone == (f"{row.source}:{row.source_id}",)
    assert verdict.new == ()
    assert [(change.day, change.mentions) for change in verdict.restated if change.brand == "delta"] == [
        (row.counted_at.date(), -1)
    ]
    assert verdict.now is not None
    assert verdict.now.value == (then.figure.value or 0) - 1
    assert any("account for every mention" in line for line in verdict.reasons)


def test_a_corrected_label_moves_the_share_and_not_the_count(closed: Database) -> None:
    share, mentions = written(made(closed, "negative_share_raw", "mentions"))
    row = next(
        find(closed, MentionFilter(brands=["delta"], since=SPAN.start, until=SPAN.end, labels=["positive"]))
    )
    correct(closed, row.id, "negative", now=NOW)
    moved, kept = checked(closed, share), checked(closed, mentions)
    assert (moved.same, kept.same) == (False, True)
    for verdict in (moved, kept):
        assert [(change.reason, change.labels) for change in verdict.restated] == [("correction", 1)]
        assert any("a label changed" in line for line in verdict.reasons)
        assert verdict.gone == ()


def test_a_share_of_all_brands_says_what_moved_in_the_others(closed: Database) -> None:
    (then,) = written(made(closed, "share_of_voice"))
    assert [brand.id for brand in then.brands] == [brand.id for brand in BRANDS]
    row = next(
        row
        for row in find(
            closed, MentionFilter(brands=["jet-blue"], since=SPAN.start, until=SPAN.end, reposts=False)
        )
        if "delta" not in {r.brand_id for r in find(closed, MentionFilter()) if r.post_id == row.post_id}
    )
    erase_posts(closed, [(row.source, row.source_id)], now=NOW)
    verdict = checked(closed, then)
    assert not verdict.same
    assert [change.brand for change in verdict.restated] == ["jet-blue"]
    sync_brands(closed, BRANDS[:2], now=NOW)
    assert any("quiet is no longer tracked" in line for line in checked(closed, then).reasons)


def test_another_definition_another_query_and_an_open_day_are_named(sqlite_db: Database) -> None:
    fill(sqlite_db, told(200))
    (then,) = written(made(sqlite_db, "mentions"))
    older = then.model_copy(update={"metric": then.metric.model_copy(update={"version": 0})})
    verdict = checked(sqlite_db, older)
    assert not verdict.same
    assert any(f"version {METRICS['mentions'].version} now, it was 0" in line for line in verdict.reasons)
    gone = then.model_copy(update={"metric": then.metric.model_copy(update={"id": "gone"})})
    assert checked(sqlite_db, gone).reasons == ("there is no metric gone any more",)
    row = next(
        find(sqlite_db, MentionFilter(brands=["delta"], since=SPAN.start, until=SPAN.end, reposts=False))
    )
    erase_posts(sqlite_db, [(row.source, row.source_id)], now=NOW)
    sync_brands(sqlite_db, [BrandQuery("delta", "Delta", "own", "delta air", 0), *BRANDS[1:]], now=NOW)
    verdict = checked(sqlite_db, then)
    assert verdict.restated == ()
    assert any("not every day was closed" in line for line in verdict.reasons)
    assert any("the query of delta is version 2 now" in line for line in verdict.reasons)


def test_more_posts_than_are_listed_keep_their_number_and_digest(sqlite_db: Database) -> None:
    fill(sqlite_db, told(200))
    (listed,) = made(sqlite_db, "mentions")
    (short,) = receipts(sqlite_db, [METRICS["mentions"]], ["delta"], ASKED, [SPAN], most_ids=3)
    assert listed.posts is not None
    assert short.posts == listed.posts.model_copy(update={"ids": None})


def test_a_figure_of_accounts_or_facts_has_no_posts_and_says_on_what_it_rests(sqlite_db: Database) -> None:
    fill(sqlite_db, told(50))
    of: dict[str, Metric] = {
        name: metric for name, metric in METRICS.items() if metric.needs & {"own", "facts"}
    }
    for receipt in made(sqlite_db, *of):
        assert receipt.posts is None
        assert "own accounts" in receipt.rests_on or "facts" in receipt.rests_on
    with pytest.raises(MetricError, match="any more"):
        made(sqlite_db, "mentions", brands=("nobody",))

"""Us or everyone: the parts add up to the change, and a brand that goes as everyone goes has no part of its own."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.decomposition import FEW, Network, Said, split_count, split_mean
from metrics.errors import MetricError
from metrics.read.question import Question
from metrics.read.why import why
from storage.brands import sync_brands
from storage.db import Database
from tests.metrics.invented import BRANDS, NOW, START, fill, recounted, told


def said(n: int, k: int | None = None) -> Said:
    return Said(n, n if k is None else k, n if k is None else k)


counts = st.integers(min_value=0, max_value=500).map(said)
labels = st.integers(0, 300).flatmap(lambda n: st.integers(0, n).map(lambda k: said(n, k)))


def networks(of: st.SearchStrategy[Said]) -> st.SearchStrategy[dict[str, Network]]:
    return st.dictionaries(st.sampled_from("abcde"), st.builds(Network, of, of, of, of), min_size=1)


@settings(deadline=None)
@given(networks(counts))
def test_the_parts_of_a_count_add_up_to_its_change_as_a_whole_and_on_each_network(
    rows: dict[str, Network],
) -> None:
    found = split_count(rows)
    if found is None:
        assert sum(row.others_before.n for row in rows.values()) == 0
        return
    assert found.parts.change == pytest.approx(found.after - found.before)
    for name, row in rows.items():
        assert found.networks[name].change == pytest.approx(row.own_after.n - row.own_before.n)
    assert found.interval[0] <= found.parts.own <= found.interval[1]


@settings(deadline=None)
@given(networks(labels))
def test_the_parts_of_a_share_add_up_to_its_change(rows: dict[str, Network]) -> None:
    found = split_mean(rows)
    periods = [
        sum((getattr(row, name) for row in rows.values()), Said(0, 0, 0))
        for name in ("own_before", "own_after", "others_before", "others_after")
    ]
    if found is None:
        assert min(period.n for period in periods) == 0
        return
    before, after = (100 * period.score / period.n for period in periods[:2])
    assert (found.before, found.after) == (pytest.approx(before), pytest.approx(after))
    assert found.parts.change == pytest.approx(after - before, abs=1e-9)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 5), st.integers(FEW, 90)), min_size=1, max_size=5)
)
def test_a_brand_that_grows_on_each_network_as_the_others_do_has_no_part_of_its_own(
    rows: list[tuple[int, int, int]],
) -> None:
    made = {
        str(at): Network(said(own), said(own * growth), said(others), said(others * growth))
        for at, (own, growth, others) in enumerate(rows)
    }
    found = split_count(made)
    assert found is not None
    assert found.parts.own == pytest.approx(0, abs=1e-6)
    assert found.unknown == ()


def test_moods_that_move_everywhere_are_the_categorys_and_on_one_network_alone_the_platforms() -> None:
    def row(*shares: int) -> Network:
        return Network(*(said(1000, k) for k in shares))

    everywhere = split_mean({"x": row(100, 300, 200, 400), "y": row(100, 300, 200, 400)})
    assert everywhere is not None
    assert [
        round(part, 6)
        for part in (everywhere.parts.category, everywhere.parts.platform, everywhere.parts.own)
    ] == [20, 0, 0]
    one = split_mean({"x": row(100, 300, 200, 400), "y": row(100, 100, 200, 200)})
    assert one is not None
    assert round(one.parts.own, 6) == 0
    assert [round(part.platform, 6) for part in one.networks.values()] == [5, -5]


def test_where_the_others_say_little_the_platform_is_not_told_from_the_category() -> None:
    found = split_count(
        {
            "x": Network(said(10), said(40), said(100), said(200)),
            "new": Network(said(5), said(20), said(FEW - 1), said(90)),
        }
    )
    assert found is not None
    assert found.unknown == ("new",)
    assert found.networks["new"].platform == 0


def question(**changes: object) -> Question:
    given = {
        "since": START + timedelta(days=14),
        "until": START + timedelta(days=24),
        "every": "all",
        "timezone": "UTC",
        "now": NOW,
    }
    return Question(**(given | changes))  # type: ignore[arg-type]


def test_what_is_read_is_what_a_recount_gives_and_everyone_is_the_others(db: Database) -> None:
    posts = told(500)
    fill(db, posts)
    asked = question()
    (found,) = why(db, "mentions", ["delta"], asked)
    middle = asked.since - (asked.until - asked.since)
    spans = (middle, asked.since), (asked.since, asked.until)
    by_hand = {
        source: Network(
            *(
                said(sum(int(recounted(posts, brand, *span, [source])["mentions"] or 0) for brand in brands))
                for brands in (["delta"], ["jet-blue", "quiet"])
                for span in spans
            )
        )
        for source in ("feeds", "mastodon", "x")
    }
    assert found.split == split_count(by_hand)


def test_a_corrected_share_is_split_as_labelled_and_says_so(sqlite_db: Database) -> None:
    fill(sqlite_db, told(500))
    (found,) = why(sqlite_db, "net_sentiment", ["delta"], question())
    assert found.metric == "net_sentiment_raw"
    assert found.split is not None
    assert any("do not add up" in line for line in found.warnings)
    with pytest.raises(MetricError, match='did you mean "mentions"'):
        why(sqlite_db, "mention", ["delta"], question())


def test_one_brand_alone_cannot_be_told_from_everyone(sqlite_db: Database) -> None:
    fill(sqlite_db, told(100))
    sync_brands(sqlite_db, BRANDS[:1], now=NOW)
    (found,) = why(sqlite_db, "mentions", ["delta"], question())
    assert found.split is None
    assert "another tracked brand" in found.missing

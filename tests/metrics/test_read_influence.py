"""Influence and impact from a database: what is counted, what is left out, and that the check knows nothing of its future."""

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from metrics.read.influence import check, influence
from metrics.types import MetricPoint
from storage.brands import sync_brands
from storage.db import Database
from storage.erase import forget_author
from storage.labels import save_labels, use_model, waiting
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost, Stats
from tests.metrics.invented import BRANDS, ask

MARCH = datetime.fromisoformat("2027-03-01T00:00Z")
APRIL = datetime.fromisoformat("2027-04-01T00:00Z")
MAY = datetime.fromisoformat("2027-05-01T00:00Z")
NOW = MAY + timedelta(days=2)


def told(
    source_id: str,
    author: str,
    at: datetime,
    *brands: str,
    owned_by: str | None = None,
    followers: int | None = None,
    **fields: Any,
) -> MatchedPost:
    given: dict[str, Any] = {"source": "x", "text": f"post {source_id}", "lang": "en"} | fields
    post = NewPost(
        source_id=source_id,
        published_at=at,
        observed_at=at,
        author=NewAuthor(source_author_id=author, handle=author, followers=followers),
        **given,
    )
    return MatchedPost(post, [NewMention(brand_id=b, query_version=1, target=b) for b in brands], owned_by)


def store(db: Database, posts: Iterable[MatchedPost]) -> None:
    sync_brands(db, BRANDS, now=MARCH)
    save(db, Batch("import", list(posts)), now=NOW)


def month(start: datetime, authors: range, fans_of: Any) -> list[MatchedPost]:
    """Two posts of each author, each answered by as many accounts as `fans_of` says."""
    made = []
    for author in authors:
        for turn in range(2):
            at = start + timedelta(days=5 * turn + 1, minutes=author)
            name = f"{start:%m}-{author}-{turn}"
            made.append(told(name, f"author{author}", at, "delta", followers=1000 - author))
            made += [
                told(f"{name}-{fan}", f"fan{fan}", at + timedelta(hours=1), reply_to=name)
                for fan in range(fans_of(author))
            ]
    return made


def asked(db: Database, since: datetime = APRIL, until: datetime = MAY) -> dict[str, Any]:
    return {"since": since, "until": until, "now": NOW, "timezone": "UTC"}


def test_the_order_of_last_month_predicts_this_months_responders_where_it_is_planted(db: Database) -> None:
    store(db, [*month(MARCH, range(20), lambda a: a // 2), *month(APRIL, range(15), lambda a: a // 2)])
    found = check(db, "delta", **asked(db))
    assert (found.authors, found.measured, found.missing) == (15, 15, "")
    assert found.response is not None
    assert found.followers is not None
    assert found.response.value > 0.95
    assert found.followers.value < -0.95, "followers were planted the other way round"


def test_the_check_knows_only_what_was_known_when_the_month_ended(sqlite_db: Database) -> None:
    store(sqlite_db, [*month(MARCH, range(14), lambda a: a % 4), *month(APRIL, range(14), lambda a: a // 3)])
    before = check(sqlite_db, "delta", **asked(sqlite_db))
    late = [
        told(f"late{fan}-{author}", f"fan{fan}", APRIL + timedelta(days=3), reply_to=f"03-{author}-0")
        for author in range(14)
        for fan in range(10, 10 + 4 * author)
    ]
    store(sqlite_db, late)
    assert check(sqlite_db, "delta", **asked(sqlite_db)) == before
    march = influence(sqlite_db, "delta", **asked(sqlite_db, MARCH, APRIL))
    assert march.authors[0].handle == "author13", "a table of March does know what came later"


def test_too_few_authors_or_all_alike_is_said(sqlite_db: Database) -> None:
    store(sqlite_db, [*month(MARCH, range(7), lambda a: a), *month(APRIL, range(7), lambda a: a)])
    found = check(sqlite_db, "delta", **asked(sqlite_db))
    assert found.missing == "too few authors in both periods: 7, of at least 10"
    assert found.response is found.propagation is found.followers is None
    assert influence(sqlite_db, "quiet", **asked(sqlite_db)).check.authors == 0


def test_the_three_numbers_stand_side_by_side_and_what_is_unknown_stays_so(db: Database) -> None:
    store(
        db,
        [
            *month(APRIL, range(6), lambda a: a),
            told(
                "r", "redditor", APRIL + timedelta(days=1), "delta", source="reddit", stats=Stats(comments=80)
            ),
        ],
    )
    found = influence(db, "delta", **asked(db))
    first, last = found.authors[0], found.authors[-1]
    assert first.handle == "author5"
    assert first.exposure == pytest.approx((19.9, 49.75))
    assert first.response is not None
    assert first.response.low < first.response.value < first.response.high
    assert first.response_rank is not None
    assert first.response_rank.place == 1
    assert first.propagation == (1, None, None), "fans to whom nobody responds hand nothing on"
    assert (last.handle, last.exposure, last.response, last.propagation) == ("redditor", None, None, None)
    assert (found.silent, found.counted, found.seen) == (("reddit",), 80, 0)
    by_followers = influence(db, "delta", by="exposure", **asked(db))
    assert [row.handle for row in by_followers.authors[:2]] == ["author0", "author1"]


def test_who_is_forgotten_and_the_brands_own_account_are_in_no_number(db: Database) -> None:
    store(
        db,
        [
            *month(APRIL, range(6), lambda a: a),
            told("o", "Delta", APRIL + timedelta(days=2), owned_by="delta", reply_to="04-0-0"),
        ],
    )
    forget_author(db, "author5", now=NOW)
    forget_author(db, "fan0", now=NOW)
    found = {row.handle: row.responders for row in influence(db, "delta", **asked(db)).authors}
    assert found == {f"author{n}": 2 * max(0, n - 1) for n in range(5)}


def points(found: list[MetricPoint], metric: str) -> dict[str, MetricPoint]:
    return {point.brand_id: point for point in found if point.metric == metric}


def test_impact_and_favour_are_what_a_recount_of_the_posts_gives(db: Database) -> None:
    fans = {"a": 0, "b": 3, "c": 7, "d": 1, "e": 0}
    brands = {
        "a": ["delta"],
        "b": ["delta", "jet-blue"],
        "c": ["jet-blue"],
        "d": ["delta"],
        "e": ["jet-blue"],
    }
    at = {name: NOW - timedelta(days=10 if name < "d" else 2) for name in fans}
    posts = [told(name, f"by-{name}", at[name], *brands[name]) for name in fans]
    posts += [
        told(f"{name}{fan}", f"fan{fan}", at[name] + timedelta(hours=3), quote_of=name)
        for name in fans
        for fan in range(fans[name])
    ]
    store(db, posts)
    liking = {"a": 0.1, "b": 0.5, "c": -0.8, "d": 0.2, "e": 0.0}
    labels = []
    for task in waiting(db, "m", limit=100, now=NOW):
        positive = 4500 + round(5000 * liking[task.text.removeprefix("post ")])
        labels.append(NewLabel(task.mention_id, task.text_version, "m", 9000 - positive, 1000, positive))
    save_labels(db, labels, now=NOW)
    use_model(db, "m", now=NOW)

    cells: dict[bool, list[float]] = defaultdict(list)
    for name, named in brands.items():
        cells[name < "d"] += [math.log1p(fans[name])] * len(named)
    impact = {n: math.log1p(fans[n]) * len(cells[n < "d"]) / sum(cells[n < "d"]) for n in fans}
    own = {b: sum(impact[n] for n in fans if b in brands[n]) for b in ("delta", "jet-blue")}
    feeling = {b: sum(impact[n] * liking[n] for n in fans if b in brands[n]) for b in ("delta", "jet-blue")}

    found = ask(db, "share_of_impact", "favour", since=NOW - timedelta(days=20), until=NOW, now=NOW)
    shares, favours = points(found, "share_of_impact"), points(found, "favour")
    for brand in ("delta", "jet-blue"):
        assert shares[brand].value == pytest.approx(100 * own[brand] / sum(own.values()))
        assert favours[brand].value == pytest.approx(100 * feeling[brand] / own[brand])
        low, value, high = shares[brand].low, shares[brand].value, shares[brand].high
        assert low is not None
        assert value is not None
        assert high is not None
        assert low < value < high
    assert shares["quiet"].value == 0
    assert favours["quiet"].value is None
    assert favours["quiet"].missing == (
        "needs responders: nobody is known to have responded to a labelled mention of Quiet"
    )


def test_without_any_response_nor_count_there_is_no_share_of_impact(sqlite_db: Database) -> None:
    store(sqlite_db, [told("1", "a", APRIL, "delta", source="feeds")])
    (point, *_) = ask(sqlite_db, "share_of_impact", since=APRIL, until=MAY, now=NOW, brands=["delta"])
    assert (point.value, point.n) == (None, 0)
    assert point.missing is not None
    assert point.missing.startswith("needs responders: ")

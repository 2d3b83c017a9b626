"""The mentions that meet a query: the same sums as are stored, and the same mentions as a search finds."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.counts import sums
from storage.db import Database, open_database
from storage.labels import correct, save_labels, use_model, waiting
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.query import parse
from storage.review import mark_irrelevant
from storage.slices import TooMany, pick
from storage.types import SENTIMENTS, Batch, NewAuthor
from tests.storage.posts import NOON, label, named, post

BRANDS = ["delta", "jetblue"]
EVERYTHING = parse("delta")
WORDS = ("late", "#sale", "@jane", '"fine food"', "crew")
SPAN = timedelta(days=6)


def spread(db: Database, count: int = 120) -> None:
    """Posts of two brands, labelled by two models or nobody, some corrected, some reposts and some left out as irrelevant."""
    chance = random.Random(7)
    items = []
    for number in range(count):
        at = NOON + timedelta(minutes=chance.randrange(int(SPAN.total_seconds() // 60)))
        said = [word.strip('"') for word in WORDS if chance.random() < 0.3]
        items.append(
            named(
                post(
                    str(number),
                    f"delta {' '.join(said)}",
                    source=chance.choice(["x", "reddit"]),
                    lang=chance.choice(["en", "no", "und"]),
                    published_at=at,
                    observed_at=at,
                    author=NewAuthor(source_author_id=str(number % 9), handle=f"p{number % 9}"),
                    repost_of="elsewhere" if chance.random() < 0.15 else None,
                ),
                *chance.choice([("delta",), ("jetblue",), ("delta", "jetblue")]),
            )
        )
    save(db, Batch("a", items), now=NOON + SPAN)
    for model in ("m", "other"):
        tasks = waiting(db, model, limit=1000, now=NOON + SPAN)
        said_of = [
            label(t.mention_id, chance.choice(SENTIMENTS), model=model)
            for t in tasks[:: 2 if model == "other" else 1]
        ]
        save_labels(db, said_of[10:], now=NOON + SPAN)
    use_model(db, "m", now=NOON + SPAN)
    ids = [row.id for row in find(db, MentionFilter())]
    for mention_id in chance.sample(ids, 15):
        correct(db, mention_id, chance.choice(SENTIMENTS), now=NOON + SPAN)
    mark_irrelevant(db, chance.sample(ids, 12), True, now=NOON + SPAN)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = open_database(f"sqlite:///{tmp_path_factory.mktemp('slices')}/listener.db")
    spread(db)
    yield db
    db.close()


def quarters(minutes: int) -> datetime:
    return NOON + timedelta(minutes=15 * minutes)


def test_a_query_that_every_post_meets_gives_the_stored_sums(db: Database) -> None:
    spread(db)
    window = NOON, NOON + SPAN
    for limits in ({}, {"sources": ["x"]}, {"langs": ["en", "no"]}):
        found = pick(db, EVERYTHING, brands=BRANDS, windows=[window], **limits)
        stored = sums(db, brands=BRANDS, since=window[0], until=window[1], every="quarter", **limits)
        assert list(found.sums) == stored
        assert sum(row.corrected for row in stored) > 0
        assert sum(row.irrelevant for row in stored) > 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(min_value=0, max_value=24 * 24), min_size=2, max_size=6, unique=True),
    st.sampled_from([["delta"], BRANDS]),
)
def test_any_windows_give_the_stored_sums_of_them(
    filled: Database, edges: list[int], brands: list[str]
) -> None:
    edges = sorted(edges)
    windows = [(quarters(a), quarters(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    found = pick(filled, EVERYTHING, brands=brands, windows=windows)
    stored = [
        row
        for since, until in windows
        for row in sums(filled, brands=brands, since=since, until=until, every="quarter")
    ]
    assert list(found.sums) == sorted(stored, key=lambda row: (row.brand_id, row.start))


@pytest.mark.parametrize(
    "text",
    [*WORDS, "late OR crew", "delta NOT late", "lang:no delta", "author:p3 delta", "source:reddit late"],
)
def test_it_is_the_mentions_that_a_search_finds(db: Database, text: str) -> None:
    spread(db, 60)
    query, window = parse(text), (NOON, NOON + timedelta(days=3))
    found = pick(db, query, brands=BRANDS, windows=[window])
    rows = list(
        find(db, MentionFilter(brands=BRANDS, since=window[0], until=window[1], query=query, irrelevant=None))
    )
    assert sorted(number for _, ids in found.placed.values() for number in ids) == sorted(
        row.id for row in rows
    )
    counted = [row for row in rows if not row.irrelevant and not row.is_repost]
    assert sum(row.mentions for row in found.sums) == len(counted)
    for name in SENTIMENTS:
        assert sum(getattr(row, name) for row in found.sums) == sum(row.label == name for row in counted)
    assert sorted(found.within(*window)) == sorted(row.id for row in rows)


def test_more_candidates_than_may_be_read_are_refused_and_none_is_counted_in_part(filled: Database) -> None:
    window = NOON, NOON + SPAN
    everything = len(list(find(filled, MentionFilter(brands=["delta"], irrelevant=None))))
    assert pick(filled, EVERYTHING, brands=["delta"], windows=[window], most=everything).sums
    with pytest.raises(TooMany, match="shorter period"):
        pick(filled, EVERYTHING, brands=["delta"], windows=[window], most=everything - 1)


def test_no_window_and_no_mention_give_no_sums(filled: Database) -> None:
    assert pick(filled, EVERYTHING, brands=BRANDS, windows=[]).sums == []
    assert pick(filled, parse("nowhere"), brands=BRANDS, windows=[(NOON, NOON + SPAN)]).placed == {}

"""Drivers: the log-odds by hand, what never makes one, and chance alone."""

import math
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from metrics.drivers import FEWEST, Driver, Said, drivers, evidence, log_odds
from metrics.periods import Bucket
from metrics.read.drivers import _as_one, apart, page
from metrics.terms import terms
from storage.brands import sync_brands
from storage.db import Database
from storage.labels import save_labels, waiting
from storage.mentions import MentionFilter
from storage.posts import save
from storage.types import Batch, BrandQuery, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost
from tests.metrics.invented import NOW, START

A_DAY = timedelta(days=1)
COMMON = [
    "the",
    "flight",
    "was",
    "late",
    "again",
    "my",
    "bag",
    "crew",
    "nice",
    "thanks",
    "gate",
    "food",
    "seat",
    "app",
    "why",
]


def said(count: int, *words: str, first: int = 0, author: str | None = None) -> list[Said]:
    return [Said(first + n, words, author=author or f"p{first + n}") for n in range(count)]


def chatter(count: int, chance: random.Random, first: int = 0) -> list[Said]:
    weights = [1 / (rank + 1) for rank in range(len(COMMON))]
    return [
        Said(first + n, tuple(chance.choices(COMMON, weights, k=8)), author=f"p{first + n}")
        for n in range(count)
    ]


def test_the_log_odds_are_those_worked_by_hand() -> None:
    # y 30 of 100, before 10 of 200, prior 10: a = 10 * 40/300 = 1.3333
    # here 31.3333 / 78.6667 = 0.39831, there 11.3333 / 198.6667 = 0.05705, log of the ratio 1.9434
    # z = 1.9434 / sqrt(1/31.3333 + 1/11.3333) = 1.9434 / 0.34663 = 5.6066
    change, z = log_odds(30, 100, 10, 200)
    assert change == pytest.approx(1.9434, abs=1e-4)
    assert z == pytest.approx(5.6066, abs=1e-3)


@given(*[st.integers(min_value=0, max_value=300)] * 2, *[st.integers(min_value=301, max_value=900)] * 2)
def test_the_log_odds_turn_round_with_the_sides(count: int, before: int, of: int, before_of: int) -> None:
    change, z = log_odds(count, of, before, before_of)
    other, other_z = log_odds(before, before_of, count, of)
    assert math.isfinite(z)
    assert (other, other_z) == (pytest.approx(-change), pytest.approx(-z))


def test_one_author_makes_no_term_a_driver_but_stands_out_as_an_author() -> None:
    calm = said(200, "fine", "flight")
    found = drivers(calm[:100] + said(80, "scam", "scam", first=500, author="loud"), calm)
    assert [(driver.kind, driver.name, driver.count) for driver in found] == [("author", "loud", 80)]


def test_a_hashtag_a_link_and_a_passed_on_post_are_found_by_their_kinds() -> None:
    calm = said(100, "fine")
    loud = [
        Said(1000 + n, ("help", "#outage"), ("news.example/outage",), f"q{n}", "x:77" if n % 2 else None)
        for n in range(40)
    ]
    found = {(driver.kind, driver.name): driver.count for driver in drivers(calm[:50] + loud, calm)}
    assert found == {
        ("term", "help"): 20,
        ("hashtag", "#outage"): 20,
        ("link", "news.example/outage"): 20,
        ("post", "x:77"): 20,
    }


def test_chance_alone_makes_drivers_in_few_pairs_of_like_streams() -> None:
    """The false discovery rate bounds how often two draws of one stream show any driver at all."""
    chance = random.Random(11)
    alarms = sum(bool(drivers(chatter(120, chance), chatter(400, chance, 1000))) for _ in range(60))
    assert alarms <= stats.binom.ppf(0.999, 60, 0.05)


def test_what_rose_is_found_among_the_same_chatter() -> None:
    chance = random.Random(12)
    period = chatter(300, chance) + [
        Said(5000 + n, (*chance.choices(COMMON, k=4), "recall", *chance.choices(COMMON, k=3)), author=f"r{n}")
        for n in range(25)
    ]
    found = drivers(period, chatter(800, chance, 9000))
    assert found[0].name.split(" ").count("recall") == 1
    assert {word for driver in found for word in driver.name.split(" ")} - {"recall"} <= set(COMMON)


def test_too_few_or_only_the_brands_own_words_make_no_driver() -> None:
    calm = said(300, "fine")
    assert drivers(calm[:40] + said(FEWEST - 1, "strike", first=900), calm) == []
    assert drivers(calm[:40] + said(30, "delta", "air", first=900), calm, known=["delta", "air"]) == []
    assert drivers([], calm) == drivers(calm, []) == []


@given(
    st.lists(
        st.lists(st.sampled_from([*COMMON, "#tag", "@me", "/", "😡", "航", "%"]), max_size=6), max_size=40
    )
)
def test_any_posts_in_any_order_give_the_same_drivers(texts: list[list[str]]) -> None:
    period = [Said(n, tuple(words), author=f"a{n % 7}") for n, words in enumerate(texts)]
    baseline = chatter(30, random.Random(3), 1000)
    assert drivers(period, baseline) == drivers(period[::-1], baseline[::-1])


def test_terms_of_scripts_without_spaces_are_pairs() -> None:
    assert set(terms(tuple("航班延误"))) == {"航 班", "班 延", "延 误"}
    assert set(terms(("😡", "late"))) == {"😡", "late", "😡 late"}


def test_a_driver_goes_by_the_phrase_that_most_of_its_voices_use_with_that_phrases_own_figures() -> None:
    calm = said(200, "fine", "flight")
    often = said(40, "lost", "luggage", first=500)
    few = drivers(calm[:50] + often + said(10, "luggage", first=600), calm)
    assert [(one.name, one.count, one.also) for one in few] == [("lost luggage", 40, ())]
    many = drivers(calm[:50] + often + said(30, "luggage", "claim", first=600), calm)
    assert [(one.name, one.count) for one in many] == [("luggage", 70)]
    assert set(many[0].also) == {"lost luggage", "luggage claim"}


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.lists(st.sampled_from([*COMMON, "lost"]), max_size=5)),
        max_size=40,
    )
)
def test_a_drivers_count_is_of_the_voices_that_say_it_and_its_posts_of_their_posts(
    texts: list[tuple[str, list[str]]],
) -> None:
    period = [Said(n, tuple(words), author=author) for n, (author, words) in enumerate(texts)]
    for found in drivers(period, said(60, "other", first=1000), kinds=["term"]):
        having = [one for one in period if found.name in terms(one.words)]
        assert found.count == len({one.author for one in having})
        assert found.posts == len(having)
        assert set(found.examples) <= {one.id for one in having}


def test_words_are_shown_as_they_are_written_with_their_apostrophes() -> None:
    assert _as_one("Bagasjen, min", [(0, 8), (10, 13)]) == "Bagasjen min"
    assert _as_one("the app doesn’t open", [(8, 13), (14, 15), (16, 20)]) == "doesn't open"
    assert _as_one("航班延误", [(0, 1), (1, 2)]) == "航班"


def test_evidence_is_of_different_authors_and_different_texts() -> None:
    found = [
        Driver("term", "recall", 5.0, 2.0, 0.0, 9, 20, 0.1),
        Driver("hashtag", "#hot", 3.0, 2.0, 0.0, 9, 20, 0.1),
    ]
    posts = [
        Said(1, ("the", "recall", "#hot"), author="a"),
        Said(2, ("the", "recall", "#hot", "!"), author="b"),
        Said(3, ("a", "recall", "letter", "came", "today"), author="c"),
        Said(4, ("recall", "by", "whom"), author="a"),
        Said(5, ("lovely", "day"), author="d"),
        Said(6, ("the", "recall", "#hot"), author="e", passes_on="x:1"),
    ]
    assert evidence(posts, found) == [1, 3]


def test_links_are_told_apart_by_page_alone() -> None:
    assert page("https://www.News.example/a/?utm_source=x#top") == "news.example/a"
    assert page("https://youtube.com/watch?v=abc") == "youtube.com/watch?v=abc"
    assert page("http://[broken") == page("mailto:a@b.example") == ""


def test_drivers_of_stored_mentions_are_shown_as_people_wrote_them(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0)], now=START)
    texts = ["Delta: grei tur"] * 120 + ["Delta: forsinket, på nytt!"] * 30
    day = (NOW - START) / 200
    batch = [
        MatchedPost(
            NewPost(
                source="x",
                source_id=str(number),
                text=text,
                published_at=START + number * day,
                observed_at=START + number * day,
                author=NewAuthor(source_author_id=f"a{number}", handle=f"ola{number}"),
            ),
            [NewMention(brand_id="delta", query_version=1, target="Delta")],
        )
        for number, text in enumerate(texts)
    ]
    save(db, Batch("import", batch), now=NOW)
    labels = [
        NewLabel(
            task.mention_id,
            task.text_version,
            "rules",
            *((8000, 1000, 1000) if "for" in task.text else (1000, 1000, 8000)),
        )
        for task in waiting(db, "rules", limit=1000, now=NOW)
    ]
    save_labels(db, labels, now=NOW)
    since = START + 100 * day
    wanted = MentionFilter(brands=["delta"], since=since, until=NOW)
    everything, negative, neutral, positive = apart(db, wanted, Bucket(START, since))
    assert (everything.mentions, everything.before, negative.mentions, positive.before) == (50, 100, 30, 100)
    (term,) = [driver for driver in everything.drivers if driver.kind == "term"]
    assert (term.name, term.count, term.of, term.also) == ("forsinket på nytt", 30, 50, ())
    assert len(everything.evidence) == 1
    assert negative.drivers == neutral.drivers == positive.drivers == ()


def test_the_mentions_told_are_without_reposts(db: Database) -> None:
    def at(number: int, repost_of: str | None = None) -> MatchedPost:
        item = NewPost(
            source="x",
            source_id=f"p{number}",
            text="delta is late",
            repost_of=repost_of,
            published_at=START + number * A_DAY,
            observed_at=START + number * A_DAY,
        )
        return MatchedPost(item, [NewMention(brand_id="delta", query_version=1, target="Delta")])

    save(db, Batch("import", [at(0), at(1), at(2, "p1"), at(3, "p1")]), now=NOW)
    since = START + A_DAY
    wanted = MentionFilter(brands=["delta"], since=since, until=NOW)
    (found,) = apart(db, wanted, Bucket(START, since), labels=[None])
    assert (found.mentions, found.before) == (1, 1)

"""Share of voice from stored posts: against five hundred copies, and with one loud account."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pytest

from metrics.read import series
from metrics.read.voices import voice_table
from metrics.types import MetricPoint
from metrics.voice.heard import verdict
from metrics.voice.tally import WAYS
from storage.brands import sync_brands
from storage.db import Database
from storage.packs import AUTHOR, pack_days
from storage.people import by_account, people
from storage.posts import save
from storage.types import Batch, BrandQuery, MatchedPost, NewAuthor, NewMention, NewPost
from tests.metrics.invented import NOW, START

WORDS = [
    "late", "early", "bag", "gate", "crew", "seat", "food", "app", "desk", "queue", "lost", "found",
    "paid", "asked", "told", "flew", "sat", "ate", "ran", "wrote", "rang", "rain", "snow", "fog",
]  # fmt: skip


def mention(number: int, author: int | None, text: str, minute: float, *brands: str) -> MatchedPost:
    at = START + timedelta(minutes=minute)
    who = None if author is None else NewAuthor(source_author_id=str(author))
    post = NewPost(
        source="x",
        source_id=str(number),
        text=text,
        published_at=at,
        observed_at=NOW,
        lang="en",
        author=who,
    )
    return MatchedPost(post, [NewMention(brand_id=brand, query_version=1, target=brand) for brand in brands])


def said(number: int) -> str:
    """A text of its own for each number."""
    chance = np.random.default_rng(number)
    return " ".join(["delta" if number % 5 < 3 else "jetblue", *chance.choice(WORDS, 12)])


def filled(db: Database, injected: Sequence[MatchedPost] = ()) -> Database:
    brands = [
        BrandQuery("delta", "Delta", "own", "delta", 0),
        BrandQuery("jet", "Jet", "competitor", "jetblue", 0),
    ]
    sync_brands(db, brands, now=START)
    people = [mention(n, n // 2, said(n), 90 * n, "delta" if n % 5 < 3 else "jet") for n in range(120)]
    save(db, Batch("a", [*people, *injected]), now=NOW)
    return db


def figures(db: Database) -> dict[tuple[str, str], MetricPoint]:
    names = [f"share_of_voice{way}" for way in ("", "_distinct", "_one_voice", "_organic")]
    found = series(
        db,
        [*names, "share_of_voice_smallest_change"],
        since=START,
        until=START + timedelta(days=20),
        every="all",
        timezone="UTC",
        now=NOW,
    )
    return {(point.metric, point.brand_id): point for point in found}


def one_account(number: int) -> MatchedPost:
    """Five hundred copies of a text by the one who wrote it, over ten days."""
    return mention(1000 + number, 4, said(8), 730 + 28 * number, "jet")


def within_minutes(number: int) -> MatchedPost:
    """By five hundred accounts within eight minutes of the first."""
    return mention(1000 + number, 1000 + number, said(8), 721 + number / 63, "jet")


def with_small_changes(number: int) -> MatchedPost:
    """The same, each with a link, handle, number, emoji or word of its own."""
    text = said(8)
    words = text.split()
    words[1 + number % 12] = WORDS[number % 7]
    ways = [
        f"{text} https://example.com/{number}",
        f"@p{number} {text.upper()}!",
        f"RT @q: {text} {number} 🔥",
        " ".join(words),
    ]
    return mention(1000 + number, 1000 + number, ways[number % 4], 721 + number / 63, "jet")


@pytest.mark.parametrize(("copy", "strays"), [(one_account, 0), (within_minutes, 0), (with_small_changes, 6)])
def test_five_hundred_copies_move_the_raw_share_and_leave_the_adjusted_ones(
    db: Database, copy: Callable[[int], MatchedPost], strays: int
) -> None:
    """`strays` of the changed ones are not recognised as copies of the others."""
    found = figures(filled(db, [copy(number) for number in range(500)]))
    for way in ("distinct", "one_voice", "organic"):
        moved = 0.5 + 100 * strays / (120 + strays)
        assert found[f"share_of_voice_{way}", "delta"].value == pytest.approx(60, abs=moved), way
        assert found[f"share_of_voice_{way}", "jet"].value == pytest.approx(40, abs=moved), way
    assert found["share_of_voice", "jet"].value == pytest.approx(100 * 548 / 620)
    told = found["share_of_voice_distinct", "jet"].warnings
    assert f"{500 - (strays > 0)} mentions that repeat an earlier one are set aside" in told
    assert "the leader changes: Jet by mentions, Delta without near-duplicates" in told


def test_the_share_among_the_overviews_figures_is_uncertain_where_one_account_said_most_of_it(
    sqlite_db: Database,
) -> None:
    loud = figures(filled(sqlite_db, [one_account(number) for number in range(500)]))["share_of_voice", "jet"]
    assert loud.low is not None
    assert loud.low < 30
    assert any(line.startswith("the lead over Delta") for line in loud.warnings)


def test_the_same_posts_by_as_many_accounts_are_certain(sqlite_db: Database) -> None:
    many = figures(filled(sqlite_db, [within_minutes(number) for number in range(500)]))[
        "share_of_voice", "jet"
    ]
    assert many.low is not None
    assert many.low > 80
    assert not any(line.startswith("the lead over Delta") for line in many.warnings)


def test_how_unevenly_authors_speak_is_counted_exactly_by_days_and_by_hours(db: Database) -> None:
    filled(db, [one_account(number) for number in range(30)])
    each = Counter(n // 2 for n in range(120) if n % 5 >= 3) + Counter({4: 30})
    others = Counter(n // 2 for n in range(120) if n % 5 < 3)
    until = START + timedelta(days=20)
    for since, end in ((START, until), (START.date(), until.date())):
        (row,) = people(db, brands=["jet"], since=since, until=end)
        assert (row.said, row.squares) == (78, sum(count**2 for count in each.values()))
        assert row.fourths == sum(count**4 for count in each.values())
        assert row.together == row.squares
        both = people(db, brands=["jet", "delta"], since=since, until=end)
        assert {row.brand_id: row.together for row in both} == {
            "jet": sum(count * (count + others[author]) for author, count in each.items()),
            "delta": sum(count * (count + each[author]) for author, count in others.items()),
        }
        assert {row.brand_id: row.named for row in both} == {
            "jet": sum(1 + (author in others) for author in each),
            "delta": sum(1 + (author in each) for author in others),
        }


def test_what_accounts_say_of_both_brands_is_the_same_from_posts_and_from_packed_days(db: Database) -> None:
    """One account says two things of both and one of Delta; nobody knows who wrote the other post of both."""
    both = [mention(5000 + n, 900, said(n), 200 + 1500 * n, "delta", "jet") for n in range(2)]
    filled(
        db,
        [*both, mention(5002, 900, said(2), 300, "delta"), mention(5003, None, said(3), 301, "delta", "jet")],
    )
    since, until = START.date(), (START + timedelta(days=20)).date()
    alone = [people(db, brands=[brand], since=since, until=until)[0] for brand in ("delta", "jet")]
    live = people(db, brands=["delta", "jet"], since=since, until=until)
    assert pack_days(db, now=NOW + timedelta(days=60))
    assert people(db, brands=["delta", "jet"], since=since, until=until) == live
    assert [row.said for row in live] == [72 + 3, 48 + 2]
    shared = [row.together - row.squares for row in live]
    assert shared[0] == shared[1] == sum((n % 5 < 3) != ((n + 1) % 5 < 3) for n in range(0, 120, 2)) + 3 * 2
    assert [row.together for row in alone] == [row.squares for row in live]
    assert [row.named for row in alone] == [row.authors for row in live]


def test_the_figure_and_the_table_say_the_same_of_a_share_of_voice_though_people_name_both_brands(
    db: Database,
) -> None:
    """The one from sums over authors, the other from every author."""
    of_both = [mention(6000 + n, 2000 + n % 70, said(n), 90 * n, "delta", "jet") for n in range(90)]
    filled(db, of_both)
    since, until = START, START + timedelta(days=20)
    table = voice_table(db, since=since, until=until, timezone="UTC", now=until)
    metrics = {"share_of_voice": "mentions", "share_of_voice_people": "people"}
    points = series(db, list(metrics), since=since, until=until, every="all", timezone="UTC", now=NOW)
    assert len(points) == 4
    for point in points:
        share = table.heard.shares[metrics[point.metric]][point.brand]  # type: ignore[index]
        assert share is not None
        assert point.value == pytest.approx(share.value)
        assert (point.low, point.high) == pytest.approx(share.interval, abs=0.2)
        assert share.interval[1] - share.interval[0] < 20


def test_what_very_many_authors_said_is_added_up_for_each() -> None:
    chance = np.random.default_rng(1)
    table = np.zeros(200_000, AUTHOR)
    table["author"], table["said"] = (
        chance.integers(0, 3_000_000, 200_000),
        chance.zipf(2.2, 200_000).clip(max=500),
    )
    _, _, said = by_account([table], np.empty((3, len(table)), np.int64))
    exact = np.bincount(table["author"], table["said"])
    assert sorted(said.tolist()) == sorted(exact[exact > 0].tolist())


def test_without_copies_all_ways_agree_and_the_interval_holds_the_share(db: Database) -> None:
    found = figures(filled(db))
    for (metric, brand), point in found.items():
        if metric != "share_of_voice_smallest_change":
            assert point.value == pytest.approx(60 if brand == "delta" else 40)
            assert point.low is not None
            assert point.high is not None
            assert point.low < point.value < point.high
    assert found["share_of_voice_distinct", "delta"].n == 120
    assert found["share_of_voice_one_voice", "delta"].n == 60
    assert 10 < (found["share_of_voice_smallest_change", "delta"].value or 0) < 40


def test_the_table_names_the_copied_text_by_its_first_mention_and_who_overtook(db: Database) -> None:
    until = START + timedelta(days=20)
    table = voice_table(
        filled(db, [within_minutes(n) for n in range(500)]),
        since=START,
        until=until,
        timezone="UTC",
        now=until,
    )
    (most, *_) = table.copied
    assert (most.brand, most.mentions, most.authors, most.burst) == ("Jet", 501, 501, True)
    assert most.example is not None
    assert most.example.source_id == "8"
    assert table.heard.aside["Jet"].bursts == 1
    assert table.overtaken == {way: [] for way in WAYS}
    assert table.heard.shares["mentions"]["Jet"].n == 620  # type: ignore[union-attr]


def test_a_window_without_posts_has_no_shares_and_says_why(db: Database) -> None:
    brands = [
        BrandQuery("delta", "Delta", "own", "delta", 0),
        BrandQuery("jet", "Jet", "competitor", "jetblue", 0),
    ]
    sync_brands(db, brands, now=START)
    for (_, _), point in figures(db).items():
        assert (point.value, point.low, point.n) == (None, None, 0)
        assert point.missing
    table = voice_table(db, since=START, until=NOW, timezone="UTC", now=NOW)
    assert list(verdict(table.heard)) == ["There are not two brands to compare by mentions."]


def test_days_that_are_packed_give_the_same_figures(db: Database) -> None:
    filled(
        db,
        [one_account(number) for number in range(60)] + [within_minutes(number) for number in range(60, 99)],
    )
    plain, since, until = figures(db), START.date(), (START + timedelta(days=20)).date()
    alone = people(db, brands=["jet", "delta"], since=since, until=until)
    assert pack_days(db, now=NOW) > 10
    assert figures(db) == plain
    assert people(db, brands=["jet", "delta"], since=since, until=until) == alone

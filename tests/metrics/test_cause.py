"""Causes: what was planted in a spike is found and measured, whoever else spoke, and what is not there is not told."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.alerts.alert import Finding
from metrics.alerts.cause import Cause, Crowd, Driver, DriverKind, Others, Reach, explained, others_of
from metrics.alerts.cause_posts import Heard, crowd, drivers_of, shown
from metrics.read.cause import cause_of
from storage.alert_spans import alert_spans
from storage.db import Database
from storage.erase import forget_author
from storage.mentions import MentionFilter, find
from storage.types import NewAuthor
from tests.metrics.alert_world import HOUR, SINCE, UNTIL, Town, kept, spike


def of(cause: Cause, kind: DriverKind) -> list[Driver]:
    return [one for one in cause.drivers if one.kind == kind]


def caused(db: Database, finding: Finding, now: datetime = UNTIL) -> Cause:
    return cause_of(db, finding, timezone="Europe/Oslo", now=now)


# What a share of the excess is


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=6), st.floats(1, 100)
)
def test_the_shares_of_all_parts_come_to_the_whole_excess(
    parts: list[tuple[int, int]], expected: float
) -> None:
    of_all, before_all = (sum(side) for side in zip(*parts, strict=True))
    if of_all == 0 or before_all == 0:
        return
    seen = expected * 3
    exact = [(n / of_all * seen - before / before_all * expected) / (seen - expected) for n, before in parts]
    assert sum(exact) == pytest.approx(1)
    for (n, before), share in zip(parts, exact, strict=True):
        found = explained(
            n, of_all, before, before_all, seen=seen, expected=expected, low=expected / 2, high=expected * 2
        )
        assert found is not None
        assert found[0] == pytest.approx(min(1, max(0, share)), abs=1e-9)


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50),
    st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 1e5),
)  # fmt: skip
def test_an_interval_is_within_0_and_1_and_holds_the_share(
    n: int, rest: int, before: int, other: int, seen: float, expected: float, low: float, high: float
) -> None:
    found = explained(n, n + rest, before, before + other, seen=seen, expected=expected, low=low, high=high)
    if found is None:
        assert seen <= expected or n + rest == 0
    else:
        share, least, most = found
        assert 0 <= least <= share <= most <= 1


def test_few_mentions_are_less_sure_than_many() -> None:
    few = explained(6, 10, 0, 50, seen=10, expected=2, low=1, high=4)
    many = explained(600, 1000, 0, 5000, seen=1000, expected=200, low=170, high=230)
    assert few is not None
    assert many is not None
    assert few[2] - few[1] > 4 * (many[2] - many[1])


# The category


def test_the_category_is_compared_by_its_own_usual() -> None:
    assert others_of(1, 40, 40, 4, own_ratio=4).ratio == pytest.approx(4)
    assert others_of(3, 0, 400, 4, own_ratio=4).verdict == "only"
    assert others_of(0, 0, 0, 0, own_ratio=4).verdict == "unclear"
    assert others_of(2, 10_000, 40_000, 4, own_ratio=4).verdict == "only"


@given(st.integers(0, 5), st.integers(0, 5000), st.integers(0, 5000), st.floats(0.1, 8), st.floats(0, 1000))
def test_a_ratio_lies_within_its_interval(
    brands: int, seen: int, before: int, windows: float, own: float
) -> None:
    found = others_of(brands, seen, before, windows, own)
    if found.ratio is not None and found.low is not None:
        assert found.low <= found.ratio + 1e-9
        assert found.high is None or found.ratio <= found.high + 1e-9


# Planted in a database


@pytest.fixture
def town() -> Town:
    town = Town()
    town.usual()
    return town


def test_a_link_in_six_of_ten_posts_of_the_excess_is_told_as_that(db: Database, town: Town) -> None:
    town.say(100)
    town.say(120, links=["https://www.news.example/recall?utm_source=x"])
    town.say(80)
    town.settle(db)
    cause = caused(db, spike(300, 100))
    assert cause.baseline == "same_hours"
    (link,) = of(cause, "link")
    assert link == cause.drivers[0]
    assert (link.name, link.count, link.usual) == ("news.example/recall", 120, 0)
    assert link.share == pytest.approx(0.6, abs=0.01)
    assert 0.4 < link.low < 0.6 < link.high < 0.8


def test_a_post_that_is_passed_on_is_told_with_its_mention(sqlite_db: Database, town: Town) -> None:
    town.say(100)
    (original,) = town.say(1, text="angry about the storm")
    town.say(200, repost_of=original)
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(101, 100))
    (cascade,) = of(cause, "cascade")
    row = next(find(sqlite_db, MentionFilter(ids=[cascade.ref or 0])))
    assert (row.source_id, cascade.count, cascade.name) == (original, 200, "")
    assert cause.evidence[0] == row.id
    negative = caused(sqlite_db, spike(1, 0.2, kind="negative"))
    assert negative.reach is not None
    assert (negative.reach.mentions, negative.reach.reposts) == (1, 200)


def test_one_loud_author_is_found_by_number_and_makes_no_words(sqlite_db: Database, town: Town) -> None:
    town.say(100)
    town.say(60, author="loud", text="sale shop now")
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(160, 100))
    (author,) = cause.drivers
    row = next(find(sqlite_db, MentionFilter(author="h_loud")))
    assert (author.kind, author.ref, author.count) == ("author", row.author_id, 60)
    assert cause.crowd is not None
    assert (cause.crowd.loudest, cause.crowd.loudest_posts) == (row.author_id, 60)
    assert "h_loud" not in json.dumps(cause.as_json())


@pytest.mark.parametrize(("kind", "value"), [("language", "no"), ("source", "mastodon")])
def test_a_language_and_a_network_are_found(
    sqlite_db: Database, town: Town, kind: DriverKind, value: str
) -> None:
    town.say(100)
    named: dict[str, Any] = {"lang" if kind == "language" else "source": value}
    town.say(60, **named)
    town.settle(sqlite_db)
    (found,) = caused(sqlite_db, spike(160, 100)).drivers
    assert (found.kind, found.name, found.count) == (kind, value, 60)
    assert found.share == pytest.approx(1, abs=0.01)


def test_words_are_told_as_people_write_them_and_the_brands_own_are_not(
    sqlite_db: Database, town: Town
) -> None:
    town.say(100)
    town.say(60, text="#Forsinket på nytt")
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(160, 100))
    assert [one.name for one in of(cause, "hashtag")] == ["#forsinket"]
    (term,) = of(cause, "term")
    assert "på nytt" in (term.name, *term.also)
    assert not any("delta" in (one.name, *one.also) for one in cause.drivers)


def test_a_word_is_counted_where_it_is_said_as_one_and_not_as_a_function_word_of_another_language() -> None:
    def german(first: int, count: int) -> list[Heard]:
        return [heard(first + n, "die lieferung ist da", language="de") for n in range(count)]

    english = [heard(500 + n, f"they die of it w{n}", language="en") for n in range(40)]
    what = Cause(seen=60, expected=10, low=5, high=15)
    found = drivers_of([*german(0, 20), *english], german(1000, 100), what)
    assert [(one.name, one.count) for one in found if one.kind == "term"] == [("die", 40)]


def test_only_negative_mentions_explain_a_negative_spike(sqlite_db: Database, town: Town) -> None:
    town.say(100, text="lovely balloons")
    town.say(40, text="angry luggage")
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(40, 2, kind="negative"))
    assert cause.label == "negative"
    assert cause.crowd is not None
    assert cause.crowd.posts == 40
    assert (cause.baseline, cause.drivers, cause.unlabelled) == ("none", (), 0)


def test_more_of_the_same_has_no_cause(sqlite_db: Database, town: Town) -> None:
    town.say(300)
    town.settle(sqlite_db)
    assert caused(sqlite_db, spike(300, 100)).drivers == ()


@pytest.mark.parametrize(("others", "verdict"), [(40, "only"), (60, "more"), (160, "everyone")])
def test_whether_it_is_only_us(sqlite_db: Database, town: Town, others: int, verdict: str) -> None:
    town.usual(each=40, brand="jet-blue")
    town.say(300)
    town.say(others, brand="jet-blue")
    town.settle(sqlite_db)
    found = caused(sqlite_db, spike(300, 100)).others
    assert found is not None
    assert (found.verdict, found.seen, found.expected, found.brands) == (verdict, others, 40, 2)


def test_a_running_quarter_hour_is_held_against_as_much_of_the_weeks_before(
    sqlite_db: Database, town: Town
) -> None:
    town.usual(each=60, brand="jet-blue")
    town.say(300)
    town.say(60, brand="jet-blue")
    town.settle(sqlite_db)
    running = spike(300, 100)
    at = UNTIL - timedelta(minutes=6)
    found = caused(sqlite_db, replace(running, signals=(replace(running.signals[0], until=at),)), now=at)
    assert (found.since, found.until) == (SINCE, at)
    assert found.others is not None
    assert found.others.expected == pytest.approx(54)


def test_copies_within_minutes_look_like_a_campaign(sqlite_db: Database, town: Town) -> None:
    town.say(100)
    at = SINCE + timedelta(minutes=20)
    same = "please sign this petition against the new runway today"
    town.say(40, since=at, until=at + timedelta(minutes=7), whole=same)
    town.settle(sqlite_db)
    found = caused(sqlite_db, spike(140, 100)).crowd
    assert found is not None
    assert (found.copies, found.burst, found.coordinated) == (39, 40, True)


# What is left out, and what is gone


def test_an_open_alert_is_busy_until_now_and_a_false_alarm_never(db: Database) -> None:
    town = Town()
    town.settle(db)
    began = SINCE - 2 * HOUR
    kept(db, replace(spike(9, 1), key="a"), since=began)
    over: dict[str, Any] = {"state": "resolved", "since": began, "resolved_at": SINCE, "real": False}
    kept(db, replace(spike(9, 1), key="b", brand_id="quiet"), **over)
    found = alert_spans(db, ["delta", "quiet"], since=SINCE - HOUR, until=UNTIL)
    assert found == {"delta": [(SINCE - HOUR, UNTIL)]}


def test_times_of_other_alerts_are_no_baseline(sqlite_db: Database, town: Town) -> None:
    week = timedelta(weeks=1)
    town.say(60, since=SINCE - week, until=UNTIL - week, links=["https://news.example/old"])
    town.say(100)
    town.say(90, links=["https://news.example/old"])
    town.settle(sqlite_db)
    before = caused(sqlite_db, spike(160, 100))
    assert before.drivers[0].usual == 60 / 300
    earlier = replace(spike(300, 100), key="spike:earlier", since=SINCE - week)
    kept(sqlite_db, earlier, state="resolved", resolved_at=UNTIL - week, since=SINCE - week)
    spans = alert_spans(sqlite_db, ["delta"], since=SINCE - 2 * week, until=SINCE)
    assert spans == {"delta": [(SINCE - week, UNTIL - week)]}
    after = caused(sqlite_db, spike(160, 100))
    assert (after.drivers[0].usual, after.before) == (0, 180)
    assert after.drivers[0].share > before.drivers[0].share


def test_a_young_brand_is_compared_with_the_days_before(sqlite_db: Database) -> None:
    town = Town()
    town.say(150, since=SINCE - timedelta(days=5), until=SINCE)
    town.say(60, links=["https://news.example/1"])
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(60, 2))
    assert (cause.baseline, cause.before, cause.drivers[0].name) == ("week_before", 150, "news.example/1")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_window_with_next_to_nothing_has_a_cause_that_says_so(sqlite_db: Database, count: int) -> None:
    town = Town()
    town.say(count)
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(count, 0.1))
    assert (cause.drivers, len(cause.evidence), cause.baseline) == ((), count, "none")
    assert cause.reach is not None
    assert cause.reach.mentions == count


def test_so_far_goes_on_after_the_window_and_counts_each_account_once(
    sqlite_db: Database, town: Town
) -> None:
    town.say(30, author="a-one")
    town.say(20, since=SINCE - 2 * HOUR, until=SINCE, author="a-two")
    town.say(9, since=UNTIL, until=UNTIL + HOUR, author="a-three")
    town.say(1, since=UNTIL, until=UNTIL + HOUR, author=NewAuthor(source_author_id="silent"))
    town.settle(sqlite_db)
    reach = caused(sqlite_db, spike(30, 5, since=SINCE - 2 * HOUR), now=UNTIL + HOUR).reach
    assert reach == Reach(SINCE - 2 * HOUR, 60, 0, 4, 300, 1)


def test_a_profile_that_is_linked_to_is_not_kept_by_name(sqlite_db: Database, town: Town) -> None:
    town.say(100)
    town.say(30, links=["https://social.example/@ann/12"])
    town.say(1, author="bo")
    town.say(30, links=["https://social.example/H_bo/status/3"])
    town.settle(sqlite_db)
    cause = caused(sqlite_db, spike(160, 100))
    assert of(cause, "link") == []
    assert "ann" not in json.dumps(cause.as_json())


def test_a_named_mention_is_explained_by_what_is_left_of_it(sqlite_db: Database, town: Town) -> None:
    town.say(2, author="loud")
    town.settle(sqlite_db)
    rows = list(find(sqlite_db, MentionFilter(author="h_loud")))
    ids = tuple(row.id for row in rows)
    finding = Finding("influential_author", "k", "delta", "notice", SINCE, UNTIL, mention_ids=ids)
    cause = caused(sqlite_db, finding)
    assert set(cause.evidence) == set(ids)
    assert cause.reach is not None
    assert (cause.reach.mentions, cause.reach.authors, cause.reach.followers) == (2, 1, 100)
    forget_author(sqlite_db, "h_loud", now=UNTIL)
    assert caused(sqlite_db, finding).evidence == ()


def test_a_source_that_is_down_has_no_cause(sqlite_db: Database) -> None:
    finding = Finding("source_down", "source_down:x", None, "warning", SINCE, UNTIL)
    assert caused(sqlite_db, finding) == Cause()


# Posts that show it


def heard(number: int, words: str, **values: object) -> Heard:
    return Heard(number, tuple(words.split()), author=number, **values)  # type: ignore[arg-type]


def test_the_posts_that_show_it_are_no_copies_and_by_different_people() -> None:
    posts = [heard(n, "my bag is lost again in oslo", followers=10) for n in range(5)]
    posts += [
        heard(9, "quite another thing happened", followers=90_000),
        heard(10, "a third story altogether"),
    ]
    found = (Driver("term", "lost", 5, 7, 0, 0, 1, 0.5, 1),)
    chosen = shown(posts, found)
    assert chosen[0] == 0
    assert sorted(chosen) == [0, 9, 10]


def test_every_kind_of_post_gives_some_cause() -> None:
    chance = random.Random(5)
    odd = ["", "\u202e", "#", "@", "/", "苹", "#a", "a" * 500, "\ud800", "😡"]

    def one(number: int) -> Heard:
        return Heard(
            number,
            tuple(filter(None, chance.choices(odd, k=chance.randrange(5)))),
            tuple(chance.choices(["", "a.example", "a b"], k=chance.randrange(2))),
            chance.choice([None, 1, 2, number]),
            chance.choice(["x", ""]),
            chance.choice(["und", "en"]),
            chance.choice([None, 0, 10**12]),
            chance.random() * 1e9,
            tuple(chance.choices([0, 1, 2**32 - 1], k=4)),
            chance.random() < 0.2,
            chance.choice([None, "x:1", ":"]),
        )

    for size in (0, 1, 2, 50, 1000):
        posts, baseline = [one(n) for n in range(size)], [one(n) for n in range(5000, 5000 + size)]
        found = drivers_of(posts, baseline, Cause(seen=50, expected=5, low=1, high=10))
        ids = shown(posts, found)
        assert len(ids) == len(set(ids)) <= 5
        assert bool(ids) == bool(posts)
        assert crowd(posts).posts == sum(not post.repost for post in posts)


# Stored and read

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
COUNTS = st.integers(0, 10**9)
SHARES = st.floats(0, 1)
NUMBERS = st.lists(COUNTS, max_size=5).map(tuple)
DRIVERS = st.builds(
    Driver, st.sampled_from(["link", "author", "term"]), st.text(), COUNTS, COUNTS, SHARES, SHARES, SHARES, SHARES, SHARES,
    st.none() | COUNTS, st.lists(st.text(), max_size=3).map(tuple), NUMBERS,
)  # fmt: skip
CAUSES = st.builds(
    Cause,
    label=st.sampled_from([None, "negative"]),
    since=st.none() | TIMES,
    until=st.none() | TIMES,
    seen=st.none() | SHARES,
    drivers=st.lists(DRIVERS, max_size=3).map(tuple),
    evidence=NUMBERS,
    others=st.none()
    | st.builds(Others, st.sampled_from(["only", "unclear"]), COUNTS, COUNTS, SHARES, st.none() | SHARES),
    reach=st.none() | st.builds(Reach, TIMES, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    crowd=st.none()
    | st.builds(
        Crowd, COUNTS, COUNTS, st.none() | COUNTS, COUNTS, COUNTS, COUNTS, st.dictionaries(st.text(), COUNTS)
    ),
)


@given(CAUSES)
def test_a_cause_is_read_as_it_was_stored(cause: Cause) -> None:
    stored = json.loads(json.dumps(cause.as_json()))
    assert Cause.of_json(stored) == cause
    assert Cause.of_json(stored | {"of another version": 1}) == cause

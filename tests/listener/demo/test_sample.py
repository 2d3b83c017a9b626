"""The bundled sample: reproducible, readable by the importer, and holding what the demo is meant to show."""

import json
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from listener.collectors.base import TrackedBrand
from listener.collectors.files import read_posts
from listener.demo import make_sample
from listener.demo.drafts import lines
from listener.demo.sample import DAYS, END, NOTICE, config_text, load_sample
from listener.matching import Matcher
from storage.query import parse
from storage.types import NewPost

NOW = datetime(2026, 11, 19, 15, 42, tzinfo=UTC)


@pytest.fixture(scope="module")
def posts() -> list[NewPost]:
    return list(load_sample(NOW))


@pytest.fixture(scope="module")
def matched(posts: list[NewPost]) -> list[tuple[NewPost, str, str]]:
    """Each mention as post, brand and target."""
    brands = tomllib.loads(config_text())["brands"]
    matcher = Matcher([TrackedBrand(brand["id"], parse(brand["query"]), 1) for brand in brands])
    return [(post, mention.brand_id, mention.target) for post in posts for mention in matcher.match(post)]


def test_the_generator_writes_the_bundled_file_byte_for_byte() -> None:
    made = "".join(lines(make_sample.Sample().make(), Random(make_sample.SEED)))
    assert make_sample.FILE.read_text("utf-8") == made


def test_the_importer_reads_every_line() -> None:
    rows = list(read_posts(make_sample.FILE, source=None, mapping={}, now=NOW))
    assert len(rows) == len(make_sample.FILE.read_bytes().splitlines())
    assert [row for row in rows if not isinstance(row, NewPost)] == []


@pytest.mark.parametrize("hours", [0, 1, 30, 24 * 6, 24 * 7, 24 * 400 + 5])
def test_the_sample_fills_the_thirty_days_before_the_current_hour(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    end = now.replace(minute=0)
    times = [post.published_at for post in load_sample(now)]
    assert 2_600 < len(times) < 3_400
    assert end - timedelta(days=DAYS) <= min(times) < end - timedelta(days=DAYS - 1)
    assert end - timedelta(hours=12) < max(times) < end


def test_weekdays_and_hours_stay_what_they_were(posts: list[NewPost]) -> None:
    written = {}
    for line in make_sample.FILE.read_text("utf-8").split("\n")[:-1]:
        entry = json.loads(line)
        written[entry["source_id"]] = datetime.fromisoformat(entry["published_at"])
    assert {(post.published_at - written[post.source_id]) % timedelta(weeks=1) for post in posts} == {
        timedelta()
    }


def test_a_later_call_gives_the_same_posts_and_new_ones(posts: list[NewPost]) -> None:
    later = {post.source_id: post for post in load_sample(NOW + timedelta(days=1))}
    both = [post for post in posts if post.source_id in later]
    assert len(both) > 2_500
    assert all(later[post.source_id].published_at == post.published_at for post in both)
    assert set(later) - {post.source_id for post in posts}


def test_every_brand_is_talked_about_and_ours_most(matched: list[tuple[NewPost, str, str]]) -> None:
    counts = Counter(brand for _, brand, _ in matched)
    assert [brand for brand, _ in counts.most_common()] == ["murmur", "brumlo", "kvarto", "ondello"]
    assert min(counts.values()) > 250


def test_the_ordinary_word_is_not_the_brand(
    posts: list[NewPost], matched: list[tuple[NewPost, str, str]]
) -> None:
    meant = {post.source_id for post, _, _ in matched}
    ordinary = [
        post for post in posts if "murmur of" in post.text.lower() or "heart murmur" in post.text.lower()
    ]
    assert len(ordinary) > 10
    assert not [post for post in ordinary if post.source_id in meant]
    named = [
        post for post in posts if any(f"Murmur {model}" in post.text for model in ("One", "Air", "Studio"))
    ]
    assert all(post.source_id in meant for post in named)


def test_labelling_the_sample_stays_cheap(matched: list[tuple[NewPost, str, str]]) -> None:
    assert len({(post.text, target) for post, _, target in matched if post.repost_of is None}) < 2_300


def test_a_recall_stands_out_for_a_day_and_a_half(matched: list[tuple[NewPost, str, str]]) -> None:
    days = Counter(
        post.published_at.date() for post, brand, _ in matched if brand == "murmur" and post.repost_of is None
    )
    ordered = [count for _, count in days.most_common()]
    usual = sorted(ordered)[len(ordered) // 2]
    assert ordered[0] > 6 * usual
    assert ordered[1] > 2 * usual
    assert ordered[2] < 2 * usual
    start = min(
        post.published_at for post, _, _ in matched if "recall" in post.text and post.source == "feeds"
    )
    assert timedelta(days=6) < NOW - start < timedelta(days=14)


def test_all_that_the_pages_show_is_there(posts: list[NewPost]) -> None:
    sources = Counter(post.source for post in posts)
    assert set(sources) == {"x", "mastodon", "bluesky", "feeds", "hackernews", "youtube", "reddit", "reviews"}
    assert min(sources.values()) > 40
    langs = Counter(post.lang for post in posts)
    assert set(langs) == {"en", "no", "sv", "de", "fr", "es", "nl", "pt", "it", "id", None}
    assert 0.5 < langs["en"] / len(posts) < 0.7
    assert sum(post.repost_of is not None for post in posts) > 300
    assert sum(post.edited_at is not None for post in posts) > 5
    assert sum(post.rating is not None for post in posts) > 40
    assert sum(post.reply_to is not None for post in posts) > 20
    assert any("<script>" in post.text for post in posts)
    ids = {post.source_id for post in posts}
    assert all(post.repost_of in ids for post in posts if post.repost_of)


def test_the_posts_are_said_to_be_invented() -> None:
    assert "invented" in NOTICE


def test_the_truth_file_names_every_meant_sentiment(tmp_path: Path) -> None:
    make_sample.main(["--to", str(tmp_path / "s.jsonl"), "--truth", str(tmp_path / "t.tsv")])
    rows = [line.split("\t") for line in (tmp_path / "t.tsv").read_text().splitlines()]
    assert {row[3] for row in rows} == {"negative", "neutral", "positive"}
    assert {row[2] for row in rows} == {"murmur", "brumlo", "kvarto", "ondello"}
    assert (tmp_path / "s.jsonl").read_bytes() == make_sample.FILE.read_bytes()


def test_the_sample_ends_on_a_monday() -> None:
    assert END.weekday() == 0

"""Hacker News: whole results from behind the search's ceiling, searches wide enough for any query, items into posts."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.collectors.base import Context, TrackedBrand
from listener.collectors.hackernews import Collect, Settings, parse
from listener.collectors.hackernews_query import Ask, asks
from listener.errors import BadReply, CursorRefused, PostRefused
from storage.query import Query
from storage.types import NewAuthor, NewPost, Stats
from tests.listener.collectors.contract import BRAND, NOW, Offered, Runner, posts
from tests.listener.collectors.fake_server import Answer, Asked
from tests.listener.collectors.fakes.hackernews import FakeHackerNews

SHARED = Path(__file__).parents[4] / "shared" / "data" / "api" / "hackernews-algolia"
SEEN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

STORY = {
    "objectID": "4242",
    "author": "nia_o",
    "title": "Acme &amp; sons: Vec&lt;T&gt; explained",
    "url": "https://acme.example/post",
    "story_text": '<p>Here is <a href="https://a.example/?x=1&amp;y=2">a link</a>.<p>It&#x27;s good',
    "comment_text": None,
    "points": 57,
    "num_comments": 12,
    "created_at": "2026-11-02T10:00:00.000Z",
    "created_at_i": 1793613600,
    "_tags": ["story", "author_nia_o", "story_4242"],
}
COMMENT = {
    "objectID": "4243",
    "author": "tomas-b",
    "title": None,
    "url": "",
    "comment_text": "They said &quot;1 &lt; 2&quot;<p>and <i>meant</i> it",
    "story_title": "Acme",
    "points": None,
    "num_comments": None,
    "parent_id": 4250,
    "story_id": 4242,
    "created_at_i": 1793613601,
    "_tags": ["comment", "author_tomas-b", "story_4242"],
}


@pytest.fixture
def fake() -> Iterator[FakeHackerNews]:
    made = FakeHackerNews()
    yield made
    made.close()


def test_a_story_becomes_a_whole_post() -> None:
    assert parse(STORY, observed_at=SEEN) == NewPost(
        source="hackernews",
        source_id="4242",
        text="Acme & sons: Vec<T> explained\n\nHere is a link.\nIt's good",
        published_at=datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
        observed_at=SEEN,
        author=NewAuthor(
            source_author_id="nia_o", handle="nia_o", url="https://news.ycombinator.com/user?id=nia_o"
        ),
        url="https://news.ycombinator.com/item?id=4242",
        links=("https://acme.example/post", "https://a.example/?x=1&y=2"),
        thread="4242",
        format="link",
        stats=Stats(likes=57, comments=12),
        payload=STORY,
    )


def test_a_comment_names_what_it_answers_and_its_story() -> None:
    post = parse(COMMENT, observed_at=SEEN)
    assert post is not None
    assert post.text == 'They said "1 < 2"\nand meant it'
    assert (post.reply_to, post.thread, post.format, post.stats, post.links) == (
        "4250",
        "4242",
        "text",
        None,
        (),
    )


def test_an_item_looked_up_gives_the_same_post_as_the_search_did() -> None:
    item = {
        "id": 4243,
        "type": "comment",
        "author": "tomas-b",
        "text": COMMENT["comment_text"],
        "parent_id": 4250,
        "story_id": 4242,
        "created_at": "2026-11-02T10:00:01.000Z",
        "created_at_i": 1793613601,
    }
    found, searched = parse(item, observed_at=SEEN), parse(COMMENT, observed_at=SEEN)
    assert found is not None
    assert found.model_copy(update={"payload": None}) == searched.model_copy(update={"payload": None})  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [{"deleted": True}, {"dead": True}, {"author": None}, {"author": ""}])
def test_a_deleted_or_killed_item_is_no_post(change: dict[str, Any]) -> None:
    assert parse({**STORY, **change}, observed_at=SEEN) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"objectID": None}, "objectID"),
        ({"objectID": "x"}, "objectID"),
        ({"objectID": -1}, "objectID"),
        ({"created_at": "2026-13-02", "created_at_i": None}, "created_at"),
        ({"created_at": None, "created_at_i": 2**63}, "created_at"),
        ({"title": None, "story_text": ""}, "text"),
        ({"author": "a" * 2000}, "author.source_author_id"),
    ],
)
def test_a_malformed_item_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(PostRefused) as caught:
        parse({**STORY, **change}, observed_at=SEEN)
    assert caught.value.field == field


def test_a_story_without_address_or_with_a_hostile_one_has_no_link() -> None:
    for url in (None, "", "javascript:alert(1)", 7):
        post = parse({**STORY, "url": url, "story_text": None}, observed_at=SEEN)
        assert post is not None
        assert (post.links, post.format) == ((), "text")


def test_all_2500_hits_behind_a_ceiling_of_1000_are_got(fake: FakeHackerNews) -> None:
    fake.page_size, fake.ceiling = 500, 1000  # type: ignore[misc]
    # 450 share a second, so that they stand across the edge of an answer.
    hits = posts(2500, step=timedelta(seconds=7))
    hits = [replace(post, at=hits[1000].at) if 1000 <= n < 1450 else post for n, post in enumerate(hits)]
    fake.offer(hits)
    runner = Runner(fake)
    runner.run()
    assert len(runner.stored()) == 2500
    assert fake.requests() < 12


def test_a_second_with_more_posts_than_an_answer_holds_is_paged(fake: FakeHackerNews) -> None:
    fake.offer(posts(23, step=timedelta(0), until=NOW - timedelta(hours=1)))
    fake.offer(posts(4, start=100))
    runner = Runner(fake)
    runner.run()
    assert runner.stored() == fake.ledger()
    assert [stretch.state for stretch in runner.coverage] == ["complete"]


def test_posts_that_appear_and_vanish_between_requests_shift_nothing(fake: FakeHackerNews) -> None:
    fake.offer(posts(40))
    answer = fake.server.respond

    def shifting(asked: Asked) -> Answer:
        found = answer(asked)
        number = len(fake.server.asked)
        fake.late(Offered(str(1000 + number), "acme came late", NOW - timedelta(seconds=number)))
        if number == 2:
            fake.delete("39")
        return found

    fake.server.respond = shifting
    collector = fake.collector()
    pages = list(collector.fetch(fake.stream(collector), None, now=NOW))
    collector.close()
    got = {payload["objectID"] for page in pages for payload in page.payloads}
    assert {str(n) for n in range(1, 41)} <= got


def test_a_run_that_used_up_its_requests_goes_on_in_the_next(fake: FakeHackerNews) -> None:
    fake.offer(posts(60))

    def run(minute: int) -> list[str]:
        now = NOW + timedelta(minutes=minute)
        few = Settings(api_url=fake.server.url + "/api/v1", allow_private_addresses=True, requests_per_run=4)
        collector = Collect(few, Context("news"))
        stream = fake.stream(collector)
        notes: list[str] = []
        for page in collector.fetch(stream, cursor.get("at"), now=now):
            found.update(str(payload["objectID"]) for payload in page.payloads)
            cursor.update({"at": page.cursor} if page.cursor else {})
            complete.extend(page.coverage)
            notes += page.partial_errors
        collector.close()
        return notes

    cursor: dict[str, Any] = {}
    found: set[str] = set()
    complete: list[Any] = []
    assert run(0) == ["4 requests made; the next run goes on"]
    assert complete == []
    for minute in range(1, 12):
        run(minute)
    assert found == set(fake.ledger())
    assert complete[0].until == NOW


def test_each_search_of_a_query_is_read(fake: FakeHackerNews) -> None:
    both = TrackedBrand("acme", Query.parse("acme OR zenith"), 3)
    fake.brands = (both,)  # type: ignore[misc]
    fake.offer(
        [
            Offered("1", "acme here", NOW - timedelta(hours=1)),
            Offered("2", "zenith there", NOW - timedelta(hours=2)),
        ]
    )
    runner = Runner(fake)
    runner.run(stop_after=1)
    runner.run(now=NOW + timedelta(minutes=1))
    assert set(runner.stored()) == {"1", "2"}
    assert list(runner.cursors) == ["acme/3"]


def test_a_cursor_cut_in_the_middle_is_checked_whole(fake: FakeHackerNews) -> None:
    fake.offer(posts(20))
    runner = Runner(fake)
    runner.run(stop_after=1)
    (key,) = runner.cursors
    good = json.loads(runner.cursors[key])
    assert set(good) == {"until", "top", "ask", "low"}
    for field, value in (("top", 2**63 - 1), ("low", "2999-01-01"), ("low", -1), ("ask", 5), ("top", None)):
        runner.cursors[key] = json.dumps({**good, field: value})
        if value is None:
            continue
        with pytest.raises(CursorRefused, match=re.escape(str(value))):
            runner.run()
    runner.cursors[key] = json.dumps({**good, "ask": "words of another version"})
    runner.run(now=NOW + timedelta(minutes=1))
    assert runner.stored() == fake.ledger()


def test_looking_up_finds_what_is_gone_and_brings_fresh_figures(fake: FakeHackerNews) -> None:
    fake.offer(posts(3))
    fake.delete("2")
    collector = fake.collector()
    found = collector.recheck(["1", "2", "3"], now=NOW)
    assert found is not None
    assert found.gone == ["2"]
    assert [payload["id"] for payload in found.payloads] == [1, 3]
    assert all("children" not in payload for payload in found.payloads)
    collector.close()


@pytest.mark.parametrize(
    "answer",
    [Answer(404, b"<h1>Not here</h1>"), Answer(200, b"{}"), Answer(200, b'{"id": 9, "author": null}')],
)
def test_a_strange_answer_to_a_look_up_deletes_nothing(fake: FakeHackerNews, answer: Answer) -> None:
    fake.server.respond = lambda asked: answer
    collector = fake.collector()
    with pytest.raises(BadReply):
        collector.recheck(["1"], now=NOW)
    collector.close()


@pytest.mark.parametrize("body", [{}, [], {"hits": None}, {"hits": [1]}, {"hits": {}}, "x", None])
def test_json_that_is_no_list_of_hits_is_a_bad_reply(fake: FakeHackerNews, body: Any) -> None:
    fake.server.respond = lambda asked: Answer.json(body)
    with pytest.raises(BadReply, match="no list of hits"):
        Runner(fake).run()


def test_settings_take_a_web_address_only() -> None:
    with pytest.raises(ValidationError):
        Settings(api_url="file:///etc/hostname")


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("acme", ["acme"]),
        ("acme OR #acme OR @acme", ["acme"]),
        ('"acme rockets" OR acmecorp', ["acme rockets", "acmecorp"]),
        ("acme (late OR lost)", ["acme"]),
        ("(acme OR zenith) late", ["late"]),
        ("acme late NOT force", ["acme late"]),
        ("acme NEAR/3 (late OR lost)", ["acme"]),
        ("acm*", ["acm *"]),
        ('"at&t" OR c++ OR "c#" OR "o\'reilly"', ["at t", "c++", "c#", "o reilly"]),
        ("author:nia_o", ["author:nia_o"]),
        ("site:acme.example", ["acme example site:"]),
        ("lang:en acme", ["acme"]),
        ("acme OR lang:en", [""]),
    ],
)
def test_a_query_becomes_searches_that_miss_nothing(query: str, keys: list[str]) -> None:
    assert [ask.key for ask in asks(Query.parse(query))] == keys


words = st.sampled_from(["acme", "zenith", "late", "lost", "rocket"])
queries = st.recursive(
    words,
    lambda part: st.one_of(
        st.tuples(part, part).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]} {two[1]})"),
        st.tuples(words, part).map(lambda two: f"({two[0]} NOT {two[1]})"),
    ),
    max_leaves=6,
)


def holds(query: str, text: set[str]) -> bool:
    """The query's meaning on a set of words, worked out by Python instead of our tree."""
    code = re.sub(r"\b(acme|zenith|late|lost|rocket)\b", lambda m: str(m[1] in text), query)
    code = re.sub(r"\bNOT\b", "and not", code).replace("OR", "or")
    code = re.sub(r"(True|False|\))\s+(?=True|False|\()", r"\1 and ", code)
    return bool(eval(code))


@settings(max_examples=200)
@given(queries, st.sets(words))
def test_every_post_that_meets_a_query_is_found_by_one_of_its_searches(query: str, text: set[str]) -> None:
    if holds(query, text):
        assert any(set(ask.words) <= text for ask in asks(Query.parse(query)))


def test_no_search_uses_the_index_s_own_syntax() -> None:
    for ask in asks(Query.parse('"-acme" OR "acme -zenith" OR author:x')):
        assert not re.search(r'["-]', str(ask.params()["query"]))
    assert Ask(("acme",)).params()["queryType"] == "prefixNone"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recorded answers in ../shared/data")
def test_recorded_answers_become_posts() -> None:
    exchanges = json.loads((SHARED / "test" / "fixtures" / "fixtures.json").read_text("utf-8"))
    number = 0
    for exchange in exchanges:
        reply = exchange["reply"]
        for hit in [*reply.get("hits", []), *([reply] if "parent_id" in reply else [])]:
            post = parse(hit, observed_at=SEEN)
            assert post is not None
            assert post.source_id == str(hit.get("objectID", hit.get("id")))
            assert unescape(post.text) == post.text or "&" in str(hit)
            assert post.published_at < SEEN
            assert (post.reply_to is not None) == bool(hit.get("parent_id"))
            number += 1
    assert number > 20


def test_the_brand_of_the_contract_is_searched_by_its_word() -> None:
    assert [ask.key for ask in asks(BRAND.query)] == ["acme"]

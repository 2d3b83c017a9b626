"""A Bluesky post from the firehose and from the AppView. Invented people, in the network's shape."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collectors.bluesky import parse
from listener.collectors.bluesky_parse import event_time
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SEEN = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
DID = "did:plc:iris22222222222222222222"
URI = f"at://{DID}/app.bsky.feed.post/3kaaaaaaaaa22"
URL = f"https://bsky.app/profile/{DID}/post/3kaaaaaaaaa22"
DATA = Path(__file__).parents[4] / "shared" / "data" / "api"


def event(operation: str = "create", **record: Any) -> dict[str, Any]:
    return {
        "did": DID,
        "time_us": int(SEEN.timestamp()) * 1_000_000,
        "kind": "commit",
        "commit": {
            "rev": "3kr",
            "operation": operation,
            "collection": "app.bsky.feed.post",
            "rkey": "3kaaaaaaaaa22",
            "cid": "bafy1",
            "record": {
                "$type": "app.bsky.feed.post",
                "createdAt": "2026-11-21T10:59:59.500Z",
                "langs": ["en"],
                "text": "acme is great",
                **record,
            },
        },
    }


def view(**changes: Any) -> dict[str, Any]:
    return {
        "uri": URI,
        "cid": "bafy1",
        "author": {"did": DID, "handle": "iris.test", "displayName": "Iris"},
        "record": event()["commit"]["record"],
        "likeCount": 4,
        "repostCount": 3,
        "replyCount": 2,
        "quoteCount": 1,
        "indexedAt": "2026-11-21T11:00:00Z",
        **changes,
    }


def read(payload: dict[str, Any]) -> NewPost:
    post = parse(payload, observed_at=NOW)
    assert post is not None
    return post


def test_an_event_becomes_a_whole_post() -> None:
    given = event()
    assert read(given) == NewPost(
        source="bluesky",
        source_id=URI,
        text="acme is great",
        published_at=datetime(2026, 11, 21, 10, 59, 59, 500000, tzinfo=UTC),
        observed_at=NOW,
        author=NewAuthor(source_author_id=DID, url=f"https://bsky.app/profile/{DID}"),
        version_id="bafy1",
        lang="en",
        url=URL,
        format="text",
        payload=given,
    )


def test_the_app_view_gives_the_same_post_with_its_figures() -> None:
    from_event, from_view = read(event()), read(view())
    same = {
        "source",
        "source_id",
        "text",
        "published_at",
        "version_id",
        "lang",
        "url",
        "links",
        "format",
        "edited_at",
    }
    assert from_view.model_dump(include=same) == from_event.model_dump(include=same)
    assert from_view.stats == Stats(likes=4, shares=3, comments=2, quotes=1)
    assert from_view.author == NewAuthor(
        source_author_id=DID, handle="iris.test", name="Iris", url=f"https://bsky.app/profile/{DID}"
    )


def test_a_changed_or_broken_handle_leaves_the_author_the_same() -> None:
    handles = ["iris.test", "iris.example", "handle.invalid", None]
    authors = [read(view(author={"did": DID, "handle": handle})).author for handle in handles]
    assert {author.source_author_id for author in authors if author} == {DID}
    assert [author.handle for author in authors if author] == ["iris.test", "iris.example", None, None]


def test_an_update_is_a_later_version_of_the_same_post() -> None:
    edited = event("update", text="acme is fine")
    edited["commit"]["cid"] = "bafy2"
    post = read(edited)
    assert (post.source_id, post.version_id, post.edited_at, post.text) == (
        URI,
        "bafy2",
        SEEN,
        "acme is fine",
    )


@pytest.mark.parametrize(
    ("created", "at", "quality"),
    [
        ("2026-11-21T10:59:59.5Z", SEEN - timedelta(seconds=0.5), "exact"),
        ("2026-11-21T12:59:59.500+02:00", SEEN - timedelta(seconds=0.5), "exact"),
        ("2026-11-21T10:00:00", SEEN - timedelta(hours=1), "zone_assumed"),
        ("2015-02-24T00:00:00Z", datetime(2015, 2, 24, tzinfo=UTC), "exact"),
        ("2026-11-21T11:00:02Z", SEEN, "exact"),
        ("2035-01-01T00:00:00Z", SEEN, "first_seen"),
        ("1970-01-01T00:00:00Z", SEEN, "first_seen"),
        ("0000-01-01T00:00:00Z", SEEN, "first_seen"),
        ("9999-12-31T23:59:59Z", SEEN, "first_seen"),
        ("yesterday", SEEN, "first_seen"),
        (None, SEEN, "first_seen"),
        (7, SEEN, "first_seen"),
    ],
)
def test_no_post_is_dated_later_than_the_network_saw_it(created: Any, at: datetime, quality: str) -> None:
    for post in (
        read(event(createdAt=created)),
        read(view(record=event(createdAt=created)["commit"]["record"])),
    ):
        assert (post.published_at, post.time_quality) == (at, quality)


@pytest.mark.parametrize("time_us", [None, "x", -1, 2**63 - 1, 10**30, True, 1.5])
def test_an_event_without_a_sane_time_is_dated_by_its_author(time_us: Any) -> None:
    given = {**event(), "time_us": time_us}
    assert read(given).published_at == SEEN - timedelta(seconds=0.5)
    assert event_time(given) is None


def facet(text: str, part: str, uri: str) -> dict[str, Any]:
    start = len(text[: text.index(part)].encode())
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": start + len(part.encode())}, "features": [feature]}


def test_links_come_from_facets_and_the_card_each_once() -> None:
    text = "👩‍🚀 see a.test and b.test/long… #x"
    facets = [
        facet(text, "a.test", "https://a.test/"),
        facet(text, "b.test/long…", "https://b.test/longer?x=1"),
        {
            "index": {"byteStart": 0, "byteEnd": 4},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": DID}],
        },
        {"index": {"byteStart": 0, "byteEnd": 4}, "features": [{"uri": "javascript:alert(1)"}, "x", None]},
    ]
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://a.test/", "title": "A"}}
    post = read(event(text=text, facets=facets, embed=card))
    assert post.links == ("https://a.test/", "https://b.test/longer?x=1")
    assert post.format == "link"


@settings(deadline=None)
@given(
    st.text(alphabet="aé漢😀👩", max_size=12),
    st.text(alphabet="aé漢😀👩", min_size=1, max_size=6),
    st.integers(-3, 60),
    st.integers(-3, 60),
)
def test_a_link_counts_exactly_where_its_bytes_lie_inside_the_text(
    before: str, part: str, start: int, end: int
) -> None:
    text = before + part
    good = facet(text, part, "https://good.test")
    odd = {"index": {"byteStart": start, "byteEnd": end}, "features": [{"uri": "https://odd.test"}]}
    links = read(event(text=text, facets=[good, odd])).links
    inside = 0 <= start < end <= len(text.encode())
    assert links == (("https://good.test", "https://odd.test") if inside else ("https://good.test",))


def test_replies_quotes_and_tags_are_kept() -> None:
    root, parent, quoted = (f"at://{DID}/app.bsky.feed.post/{key}" for key in ("root", "parent", "quoted"))
    post = read(
        event(
            reply={"root": {"uri": root, "cid": "x"}, "parent": {"uri": parent, "cid": "x"}},
            embed={
                "$type": "app.bsky.embed.recordWithMedia",
                "record": {"$type": "app.bsky.embed.record", "record": {"uri": quoted, "cid": "x"}},
                "media": {"$type": "app.bsky.embed.images", "images": []},
            },
            tags=["acme", 3, ""],
        )
    )
    assert (post.thread, post.reply_to, post.quote_of, post.format) == (root, parent, quoted, "image")
    assert post.text == "acme is great\n#acme"
    a_list = {
        "$type": "app.bsky.embed.record",
        "record": {"uri": f"at://{DID}/app.bsky.graph.list/3k", "cid": "x"},
    }
    assert read(event(embed=a_list)).quote_of is None


def test_a_quoted_post_in_a_view_is_context_unless_it_is_gone() -> None:
    quoted = f"at://{DID}/app.bsky.feed.post/quoted"
    shown = {
        "$type": "app.bsky.embed.record#viewRecord", "uri": quoted, "cid": "c", "author": {"did": DID, "handle": "iris.test"},
        "value": {"$type": "app.bsky.feed.post", "text": "the original", "createdAt": "2026-11-20T10:00:00Z"},
        "likeCount": 9, "indexedAt": "2026-11-20T10:00:01Z",
    }  # fmt: skip
    record = event(embed={"$type": "app.bsky.embed.record", "record": {"uri": quoted, "cid": "c"}})["commit"][
        "record"
    ]
    post = read(view(record=record, embed={"$type": "app.bsky.embed.record#view", "record": shown}))
    assert post.quote_of == quoted
    assert [(context.source_id, context.text, context.stats) for context in post.referenced] == [
        (quoted, "the original", Stats(likes=9))
    ]
    lost = {"$type": "app.bsky.embed.record#viewNotFound", "uri": quoted, "notFound": True}
    assert read(view(record=record, embed={"record": lost})).referenced == ()


def test_a_reposted_item_of_a_feed_points_to_its_original() -> None:
    by = {"did": "did:plc:oak", "handle": "oak.test"}
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": by, "indexedAt": "2026-11-21T11:30:00Z"}
    post = read({"post": view(), "reason": reason, "reply": {"big": "thread"}})
    assert (post.repost_of, post.text, post.stats) == (URI, "acme is great", None)
    assert post.author is not None
    assert post.author.source_author_id == "did:plc:oak"
    assert post.referenced[0].stats == Stats(likes=4, shares=3, comments=2, quotes=1)
    assert post.payload is not None
    assert "reply" not in post.payload
    assert post == parse(post.payload, observed_at=NOW)
    named = {**reason, "uri": "at://did:plc:oak/app.bsky.feed.repost/3k"}
    assert read({"post": view(), "reason": named}).source_id == "at://did:plc:oak/app.bsky.feed.repost/3k"
    assert read({"post": view(), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}).source_id == URI


def test_a_post_without_words_is_a_post() -> None:
    assert read(event(text="", embed={"$type": "app.bsky.embed.video"})).format == "video"


@pytest.mark.parametrize("langs", [None, [], "en", [None], ["not a language"], [3]])
def test_languages_that_are_none_are_not_known(langs: Any) -> None:
    assert read(event(langs=langs)).lang is None


@pytest.mark.parametrize(
    "payload",
    [
        event("delete"),
        {**event(), "kind": "identity", "commit": None},
        {"did": DID, "time_us": 1, "kind": "account", "account": {"active": False, "status": "takendown"}},
        {**event(), "commit": {**event()["commit"], "collection": "app.bsky.feed.like"}},
        {**event(), "commit": {**event()["commit"], "collection": "app.bsky.feed.repost"}},
        {"uri": f"at://{DID}/app.bsky.feed.like/3k", "value": {"$type": "app.bsky.feed.like"}},
        {"$type": "app.bsky.feed.defs#notFoundPost", "uri": URI, "notFound": True},
        {"$type": "app.bsky.feed.defs#blockedPost", "uri": URI, "blocked": True, "author": {"did": DID}},
    ],
)
def test_what_is_no_post_is_none(payload: dict[str, Any]) -> None:
    assert parse(payload, observed_at=NOW) is None


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({**event(), "did": None}, "did"),
        ({**event(), "did": "did:plc:" + "x" * 1000}, "source_author_id"),
        ({**event(), "commit": {**event()["commit"], "rkey": 5}}, "rkey"),
        (event(text=5), "text"),
        (view(uri=None), "uri"),
        ({}, "uri"),
    ],
)
def test_what_cannot_be_named_or_read_is_refused(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(PostRefused) as caught:
        parse(payload, observed_at=NOW)
    assert caught.value.field == field


@pytest.mark.skipif(
    not (DATA / "jetstream").exists(), reason="no recorded events at ../shared/data/api/jetstream"
)
@pytest.mark.parametrize(
    ("name", "posts"),
    [("internal/subscribe/testdata/golden_v1.jsonl", 1), ("internal/corpus/testdata/expected_v1.jsonl", 17)],
)
def test_recorded_events_give_their_posts_and_nothing_else(name: str, posts: int) -> None:
    events = [json.loads(line) for line in (DATA / "jetstream" / name).read_text("utf-8").split("\n") if line]
    read_as = [parse(event, observed_at=NOW) for event in events]
    found = [post for post in read_as if post is not None]
    assert len(found) == posts
    for event_, post in zip(events, read_as, strict=True):
        commit = event_.get("commit", {})
        is_post = commit.get("collection") == "app.bsky.feed.post" and commit.get("operation") == "create"
        assert (post is not None) == is_post
        if post is not None:
            assert post.text == commit["record"]["text"]
            seen = event_time(event_)
            assert seen is not None
            assert post.published_at <= seen


@pytest.mark.skipif(
    not (DATA / "atproto").exists(), reason="no recorded records at ../shared/data/api/atproto"
)
def test_recorded_records_are_read() -> None:
    folder = DATA / "atproto" / "test_data"
    bare = read(json.loads((folder / "extended_post_record.json").read_text("utf-8")))
    assert (bare.text, bare.time_quality) == ("regress test", "zone_assumed")
    thread = json.loads((folder / "thread_view_post_with_embed_media.json").read_text("utf-8"))["thread"]
    post = read(thread)
    assert (post.text, post.format, [context.text for context in post.referenced]) == ("", "image", ["test"])
    for name in ("like_record", "feed_record", "custom_record"):
        assert parse(json.loads((folder / f"{name}.json").read_text("utf-8")), observed_at=NOW) is None

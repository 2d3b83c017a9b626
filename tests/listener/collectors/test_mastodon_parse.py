"""A Mastodon status as a post. Invented people on invented servers, in the shape of the Status entity."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from listener.collectors.mastodon import parse
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CASSETTES = Path(__file__).parents[4] / "shared" / "data" / "api" / "mastodon.py"


def status(**changes: Any) -> dict[str, Any]:
    return {
        "id": "115000000000000001",
        "uri": "https://flowers.test/users/iris/statuses/115000000000000001",
        "url": "https://flowers.test/@iris/115000000000000001",
        "created_at": "2026-11-20T10:00:00.123Z",
        "edited_at": None,
        "visibility": "public",
        "language": "en",
        "spoiler_text": "",
        "content": "<p>acme was bad</p><p>really bad</p>",
        "account": {
            "id": "7",
            "username": "iris",
            "acct": "iris",
            "display_name": "Iris",
            "url": "https://flowers.test/@iris",
            "uri": "https://flowers.test/users/iris",
            "followers_count": 12,
        },
        "tags": [],
        "mentions": [],
        "media_attachments": [],
        "reblog": None,
        "reblogs_count": 1,
        "favourites_count": 2,
        "replies_count": 3,
        **changes,
    }


def read(**changes: Any) -> NewPost:
    post = parse(status(**changes), observed_at=NOW)
    assert post is not None
    return post


def test_a_status_becomes_a_whole_post() -> None:
    given = status()
    assert parse(given, observed_at=NOW) == NewPost(
        source="mastodon",
        source_id="https://flowers.test/users/iris/statuses/115000000000000001",
        text="acme was bad\nreally bad",
        published_at=datetime(2026, 11, 20, 10, 0, 0, 123000, tzinfo=UTC),
        observed_at=NOW,
        author=NewAuthor(
            source_author_id="https://flowers.test/users/iris",
            handle="iris@flowers.test",
            name="Iris",
            url="https://flowers.test/@iris",
            followers=12,
        ),
        lang="en",
        url="https://flowers.test/@iris/115000000000000001",
        format="text",
        stats=Stats(likes=2, shares=1, comments=3),
        payload=given,
    )


def test_one_post_seen_through_three_servers_is_one_post_of_one_author() -> None:
    account = status()["account"]
    seen = [
        read(id="115000000000000001"),
        read(id="9qXaBcDeFgHiJkLmNo", account={**account, "id": "A1", "acct": "iris@flowers.test"}),
        read(id="01HZX", account={**account, "id": "99", "acct": "iris@flowers.test", "followers_count": 11}),
    ]
    assert len({post.source_id for post in seen}) == 1
    assert len({(post.author.source_author_id, post.author.handle) for post in seen if post.author}) == 1


@pytest.mark.parametrize("visibility", ["private", "direct", "limited", "mutuals_only"])
def test_what_is_not_for_everybody_is_no_post(visibility: str) -> None:
    assert parse(status(visibility=visibility), observed_at=NOW) is None
    assert parse(status(reblog=status(visibility=visibility)), observed_at=NOW) is None
    assert read(quote={"state": "accepted", "quoted_status": status(visibility=visibility)}).quote_of is None


@pytest.mark.parametrize("visibility", [None, "", 3])
def test_a_post_that_does_not_say_who_may_see_it_is_refused(visibility: Any) -> None:
    with pytest.raises(PostRefused, match="visibility"):
        parse(status(visibility=visibility), observed_at=NOW)


def test_unlisted_posts_and_posts_without_an_address_count() -> None:
    assert read(visibility="unlisted", url=None).url is None


def test_the_content_warning_comes_first() -> None:
    assert read(spoiler_text=" rant & co ").text == "rant & co\nacme was bad\nreally bad"
    assert read(spoiler_text="only this", content="").text == "only this"


def test_tags_that_the_text_does_not_show_are_added() -> None:
    tags = [{"name": "acme"}, {"name": "BAD"}, {"name": None}, "x"]
    assert read(content="<p>hi #Acme</p>", tags=tags).text == "hi #Acme\n#BAD"
    assert read(content="", tags=[{"name": "acme"}]).text == "#acme"


def test_links_leave_out_mentions_and_tags() -> None:
    content = (
        '<p><a href="https://flowers.test/tags/acme" class="mention hashtag">#acme</a> '
        '<a href="https://trees.test/@oak" class="u-url mention">@oak</a> '
        '<a href="https://news.test/a?b=1&amp;c=2"><span class="invisible">https://</span>news.test/a</a></p>'
    )
    post = read(content=content)
    assert post.links == ("https://news.test/a?b=1&c=2",)
    assert post.text == "#acme @oak https://news.test/a"


def test_a_quote_names_its_original_and_keeps_it_as_context() -> None:
    original = status(uri="https://trees.test/users/oak/statuses/5", content="<p>what acme said</p>")
    content = '<p class="quote-inline">RE: <a href="https://trees.test/@oak/5">x</a></p><p>I agree</p>'
    post = read(content=content, quote={"state": "accepted", "quoted_status": original})
    assert post.text == "I agree"
    assert post.links == ()
    assert post.quote_of == "https://trees.test/users/oak/statuses/5"
    assert [context.text for context in post.referenced] == ["what acme said"]
    for nothing in (
        None,
        {"state": "pending", "quoted_status": None},
        {"state": "accepted", "quoted_status_id": "5"},
    ):
        assert read(quote=nothing).quote_of is None


def test_a_boost_carries_the_originals_text_and_none_of_its_figures() -> None:
    original = status(uri="https://trees.test/users/oak/statuses/5", content="<p>acme!</p>", language="no")
    uri = "https://flowers.test/users/iris/statuses/115000000000000001/activity"
    post = read(uri=uri, url=None, content="<p>acme!</p>", reblog=original, visibility="unlisted")
    assert (post.source_id, post.repost_of, post.text, post.lang) == (uri, original["uri"], "acme!", "no")
    assert post.stats is None
    assert [(context.source_id, context.stats) for context in post.referenced] == [
        (original["uri"], Stats(likes=2, shares=1, comments=3))
    ]


def test_quotes_within_quotes_end_after_one_level() -> None:
    inner = status(uri="https://a.test/0")
    for n in range(1, 3000):
        inner = status(uri=f"https://a.test/{n}", quote={"state": "accepted", "quoted_status": inner})
    post = parse(inner, observed_at=NOW)
    assert post is not None
    assert [context.quote_of for context in post.referenced] == [None]


def test_the_post_before_in_an_own_thread_is_named_and_other_servers_numbers_are_not() -> None:
    before = "https://flowers.test/users/iris/statuses/114"
    assert read(in_reply_to_id="114", in_reply_to_account_id="7").reply_to == before
    assert read(in_reply_to_id="114", in_reply_to_account_id="8").reply_to is None
    assert read(id="22", in_reply_to_id="114", in_reply_to_account_id="7").reply_to is None


def test_edits_are_ordered_by_their_time() -> None:
    post = read(edited_at="2026-11-20T11:00:00.000Z")
    assert post.edited_at == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    assert post.version_id == "2026-11-20T11:00:00.000Z"
    assert (read().edited_at, read().version_id) == (None, None)


@pytest.mark.parametrize(
    ("written", "at", "quality"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC), "exact"),
        ("2026-11-20T10:00:00.000+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC), "exact"),
        ("2026-11-20T10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC), "zone_assumed"),
        (None, NOW, "first_seen"),
        ("yesterday", NOW, "first_seen"),
        (1, NOW, "first_seen"),
    ],
)
def test_the_time_of_writing(written: Any, at: datetime, quality: str) -> None:
    post = read(created_at=written)
    assert (post.published_at, post.time_quality) == (at, quality)


@pytest.mark.parametrize(
    ("changes", "format"),
    [
        ({"poll": {"id": "1", "options": []}}, "poll"),
        ({"media_attachments": [{"type": "unknown"}, {"type": "gifv"}]}, "video"),
        ({"media_attachments": [{"type": "image"}]}, "image"),
        ({"media_attachments": [{"type": "audio"}]}, "audio"),
        ({"card": {"url": "https://a.test"}}, "link"),
        ({}, "text"),
    ],
)
def test_the_format(changes: dict[str, Any], format: str) -> None:
    assert read(**changes).format == format


@pytest.mark.parametrize(
    "account", [None, {}, {"acct": "iris"}, {"url": "https://flowers.test/@iris"}, [], "iris"]
)
def test_a_poor_account_never_costs_the_post(account: Any) -> None:
    assert read(account=account).text == "acme was bad\nreally bad"


def test_a_status_without_a_usable_uri_or_account_is_refused() -> None:
    with pytest.raises(PostRefused, match="uri"):
        parse(status(uri=None), observed_at=NOW)
    with pytest.raises(PostRefused, match="source_id"):
        parse(status(uri="https://a.test/" + "x" * 1000), observed_at=NOW)
    with pytest.raises(PostRefused, match="source_author_id"):
        parse(status(account={"uri": "https://a.test/" + "x" * 1000}), observed_at=NOW)


def test_counts_that_are_no_counts_are_not_known() -> None:
    post = read(reblogs_count=-1, favourites_count="3", replies_count=None, quotes_count=2)
    assert post.stats == Stats(quotes=2)


def _statuses(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "visibility" in value and "content" in value and "account" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _statuses(part)


@pytest.mark.skipif(not CASSETTES.exists(), reason="no recorded answers at ../shared/data/api/mastodon.py")
def test_every_status_in_recorded_answers_is_read_and_no_private_one() -> None:
    yaml = pytest.importorskip("yaml")
    read_as: dict[str, int] = {"post": 0, "not for everybody": 0}
    for path in sorted(CASSETTES.glob("*/*.yaml")):
        for exchange in yaml.load(
            path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )["interactions"]:
            body = exchange["response"]["body"].get("string") or "null"
            try:
                answer = json.loads(body)
            except ValueError:
                continue
            for found in _statuses(answer):
                if found["visibility"] is None:  # one of a scheduled status
                    continue
                post = parse(found, observed_at=NOW)
                assert (post is not None) == (found["visibility"] in ("public", "unlisted"))
                if post is not None:
                    assert "<p>" not in post.text
                    assert post.author is not None
                    assert post.time_quality == "exact"
                read_as["post" if post else "not for everybody"] += 1
    assert read_as["post"] > 500
    assert read_as["not for everybody"] > 50

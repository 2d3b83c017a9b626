"""What X sends and the posts made of it: nothing dropped, nothing counted twice, every text whole."""

import html
import json
import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collectors.x import parse, split
from listener.collectors.x_parse import id_at, time_of
from listener.errors import PostRefused
from storage.types import NewPost
from tests.listener.collectors.fakes.x import Api, iso, snowflake

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
AT = NOW - timedelta(hours=1)
RESPONSES = Path(__file__).parents[4] / "shared" / "data" / "api" / "twarc-csv" / "test-data"


def read(page: dict[str, Any]) -> list[NewPost]:
    """Every post of a response, by way of JSON as a stored payload goes."""
    posts = [parse(json.loads(json.dumps(payload)), observed_at=NOW) for payload in split(page)]
    return [post for post in posts if post is not None]


def read_one(api: Api, post_id: str) -> NewPost:
    (post,) = read(api.page([post_id]))
    return post


@pytest.mark.skipif(not RESPONSES.is_dir(), reason="needs real API responses in ../shared/data/api/twarc-csv")
def test_every_post_of_real_responses_becomes_exactly_one_post() -> None:
    total = 0
    for path in sorted(RESPONSES.glob("*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            try:
                page = json.loads(line)
            except ValueError:
                continue
            data = page.get("data", [])
            offered = data if isinstance(data, list) else [data]
            posts = read(page)
            assert [post.version_id for post in posts] == [tweet["id"] for tweet in offered], path.name
            assert all(post.author is not None and post.time_quality == "exact" for post in posts)
            total += len(posts)
    assert total == 628


def test_compliance_events_rules_and_empty_answers_hold_no_posts() -> None:
    for page in (
        {"id": "1", "action": "delete", "created_at": "2019-09-06T17:25:54.667Z", "reason": "protected"},
        {"meta": {"result_count": 0}},
        {"errors": [{"title": "operational-disconnect"}]},
        {"data": None},
        {},
    ):
        assert split(page) == []


def test_a_payload_holds_only_what_belongs_to_its_post() -> None:
    api = Api(NOW)
    original = api.post("the original", AT, author="8")
    quoting = api.post("look", AT, author="9", referenced_tweets=[{"type": "quoted", "id": original}])
    plain = api.post("nothing to do with it", AT, author="10")
    first, second = split(api.page([quoting, plain]))
    assert [user["id"] for user in first["includes"]["users"]] == ["9", "8"]
    assert [tweet["id"] for tweet in first["includes"]["tweets"]] == [original]
    assert second == {"tweet": api.tweets[plain], "includes": {"users": [api.users["10"]]}}
    assert split(first) == [first]


def test_a_stream_object_and_a_flattened_line_read_like_a_search_page() -> None:
    api = Api(NOW)
    original = api.post("the original", AT, author="8")
    reply = api.post("an answer", AT, author="9", referenced_tweets=[{"type": "replied_to", "id": original}])
    page = api.page([reply])
    flat = {
        **api.tweets[reply],
        "author": api.users["9"],
        "referenced_tweets": [{"type": "replied_to", **api.tweets[original], "author": api.users["8"]}],
    }
    wanted = read(page)[0].model_copy(update={"payload": None})
    for other in ({"data": page["data"][0], "includes": page["includes"]}, flat):
        assert read(other)[0].model_copy(update={"payload": None}) == wanted
    assert wanted.referenced[0].author is not None
    assert wanted.referenced[0].author.followers == 80


def test_the_whole_post_is_read() -> None:
    api = Api(NOW)
    api.media["7_1"] = {"media_key": "7_1", "type": "video"}
    link = {"url": "https://t.co/a", "expanded_url": "https://example.org/x", "start": 0, "end": 1}
    own = {
        "url": "https://t.co/b",
        "expanded_url": "https://x.com/user7/status/5/video/1",
        "media_key": "7_1",
    }
    post_id = api.post(
        "delta & co <3 https://t.co/a",
        AT,
        lang="in",
        entities={"urls": [link, own, link]},
        attachments={"media_keys": ["7_1"]},
        public_metrics={
            **{"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
            **{"impression_count": 5, "bookmark_count": 6},
        },
        non_public_metrics={"url_link_clicks": 7, "user_profile_clicks": 8, "impression_count": 5},
    )
    post = read_one(api, post_id)
    assert post.model_dump(exclude={"payload", "referenced"}) == {
        "source": "x",
        "source_id": post_id,
        "version_id": post_id,
        "text": "delta & co <3 https://t.co/a",
        "published_at": AT,
        "edited_at": None,
        "observed_at": NOW,
        "time_quality": "exact",
        "author": {
            "source_author_id": "7",
            "handle": "user7",
            "name": "User 7",
            "url": "https://x.com/user7",
            "followers": 70,
        },
        "lang": "id",
        "url": f"https://x.com/user7/status/{post_id}",
        "links": ("https://example.org/x",),
        "repost_of": None,
        "reply_to": None,
        "quote_of": None,
        "thread": post_id,
        "format": "video",
        "rating": None,
        "stats": {"likes": 3, "shares": 1, "comments": 2, "quotes": 4, "views": 5}
        | {"saves": 6, "clicks": 7, "reach": None, "visits": 8},
    }
    assert post.payload == split(api.page([post_id]))[0]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=400))
def test_any_text_is_stored_byte_for_byte_as_it_was_written(text: str) -> None:
    api = Api(NOW)
    assert read_one(api, api.post(text, AT)).text == text


@pytest.mark.parametrize("written", ["&lt;b&gt;", "&amp;amp;", "AT&T", "a &amp b", "?a=1&copy=2", "&#39;"])
def test_references_are_unescaped_exactly_once(written: str) -> None:
    api = Api(NOW)
    assert read_one(api, api.post(written, AT)).text == written
    served_plain = api.post("", AT, served="?a=1&copy=2&lt=3")
    assert read_one(api, served_plain).text == "?a=1&copy=2&lt=3"


def test_a_long_post_is_whole_and_a_repost_has_the_originals_text() -> None:
    api = Api(NOW)
    essay = "delta & I: " + "so much to say. " * 1_560
    original = api.post(essay, AT, author="8")
    cut = f"RT @user8: {html.escape(essay)[:120]}…"
    repost = api.post("", AT, served=cut, referenced_tweets=[{"type": "retweeted", "id": original}])
    assert len(api.tweets[original]["text"]) < 300 < 24_000 < len(essay)
    assert read_one(api, original).text == essay
    post = read_one(api, repost)
    assert (post.text, post.repost_of) == (essay, original)
    assert post.stats is None, "X shows the original's figures on a repost"
    assert post.referenced[0].text == essay
    assert post.referenced[0].stats is not None
    lost = read(api.page([repost]) | {"includes": {}})[0]
    assert (lost.text, lost.repost_of, lost.referenced) == (html.unescape(cut), original, ())


def chain_of(
    api: Api, versions: int, *, first: datetime = AT + timedelta(milliseconds=417)
) -> list[dict[str, Any]]:
    """The same post after each edit, as X gives it then: an id of its own, the ids so far, its own time."""
    ids = [snowflake(first + n * timedelta(minutes=2), 1) for n in range(versions)]
    pages = []
    for n, key in enumerate(ids):
        at = (first + n * timedelta(minutes=2)).replace(microsecond=0)
        api.post(f"version {n}", at, id=key, edit_history_tweet_ids=ids[: n + 1])
        pages.append(json.loads(json.dumps(api.page([key]))))
    return pages


def test_an_edit_chain_is_one_post_in_any_order_of_arrival() -> None:
    pages = chain_of(Api(NOW), 6)
    rng = random.Random(7)
    for _ in range(1_000):
        seen = [page for page in pages for _ in range(rng.randint(1, 2))]
        rng.shuffle(seen)
        posts = [read(page)[0] for page in seen[:8]]
        assert {post.source_id for post in posts} == {pages[0]["data"][0]["id"]}
        assert {post.published_at for post in posts} == {AT}
        last = max(posts, key=lambda post: post.edited_at or datetime.min.replace(tzinfo=UTC))
        assert last.version_id == max((post.version_id or "" for post in posts), key=int)
    assert [read(page)[0].text for page in pages] == [f"version {n}" for n in range(6)]


def test_quotes_and_reposts_of_an_edited_post_point_to_its_first_version() -> None:
    api = Api(NOW)
    first, second = [page["data"][0]["id"] for page in chain_of(api, 2)]
    quote = api.post("this", NOW, referenced_tweets=[{"type": "quoted", "id": second}])
    post = read_one(api, quote)
    assert post.quote_of == first
    assert post.referenced[0].source_id == first
    unseen = api.post("this", NOW, referenced_tweets=[{"type": "quoted", "id": "1500000000000000000"}])
    assert read_one(api, unseen).quote_of == "1500000000000000000"


def test_nothing_is_dropped_whatever_is_missing_beside_a_post() -> None:
    """Author, original, pictures, figures and notes missing, alone and together; withheld or not."""
    for author, original, media, metrics, errors, withheld in product([True, False], repeat=6):
        api = Api(NOW)
        api.media["3_1"] = {"media_key": "3_1", "type": "photo"}
        kept = api.post("the original", AT, author="8")
        post_id = api.post(
            "delta",
            AT,
            referenced_tweets=[{"type": "quoted", "id": kept}],
            attachments={"media_keys": ["3_1"]},
            withheld={"copyright": False, "country_codes": ["DE"]} if withheld else {},
        )
        page = api.page([post_id])
        if not author:
            page["includes"]["users"] = []
        if not original:
            del page["includes"]["tweets"]
        if not media:
            del page["includes"]["media"]
        if not metrics:
            page["data"] = [{k: v for k, v in page["data"][0].items() if k != "public_metrics"}]
        if errors:
            page["errors"] = [{"title": "Not Found Error", "detail": "gone", "value": "8"}]
        (post,) = read(page)
        assert post.author is not None
        assert (post.author.source_author_id, post.author.handle) == ("7", "user7" if author else None)
        assert post.url == f"https://x.com/{'user7' if author else 'i/web'}/status/{post_id}"
        assert (post.quote_of, len(post.referenced)) == (kept, int(original))
        assert post.format == "image"
        assert (post.stats is None) is (not metrics)
        assert post.text == "delta"


def test_a_post_without_an_author_is_kept() -> None:
    page = {"data": [{"id": "1500000000000000000", "text": "delta", "created_at": iso(AT)}]}
    (post,) = read(page)
    assert post.author is None


def test_posts_of_protected_accounts_are_not_taken() -> None:
    api = Api(NOW)
    api.user("8", protected=True)
    hidden = api.post("for friends", AT, author="8")
    quoting = api.post("look", AT, referenced_tweets=[{"type": "quoted", "id": hidden}])
    assert read(api.page([hidden])) == []
    (post,) = read(api.page([quoting]))
    assert (post.quote_of, post.referenced) == (hidden, ())


def written_times() -> list[tuple[str, datetime]]:
    """Two hundred ways to write a time, with the instant each means."""
    rng = random.Random(14)
    forms = []
    for n in range(200):
        zone = timezone(timedelta(minutes=rng.choice([0, 0, 60, 120, 330, 345, -210, -480, 840, -720])))
        at = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randint(0, 150_000_000))
        digits = rng.choice([0, 0, 3, 6])
        at += timedelta(microseconds=rng.randint(0, 10**digits - 1) * 10 ** (6 - digits))
        local = at.astimezone(zone)
        text = local.strftime(rng.choice(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dt%H:%M:%S"]))
        if digits:
            text += f".{local.microsecond // 10 ** (6 - digits):0{digits}d}"
        offset = local.strftime("%z")
        colon = f"{offset[:3]}:{offset[3:]}"
        zero = not zone.utcoffset(None) and n % 2
        forms.append((text + ("Z" if zero else rng.choice([offset, colon])), at))
    return forms


@pytest.mark.parametrize(("written", "at"), written_times())
def test_created_at_is_read_to_the_instant_in_every_form(written: str, at: datetime) -> None:
    page = {"data": [{"id": "1500000000000000000", "text": "delta", "created_at": written}]}
    (post,) = read(page)
    assert (post.published_at, post.time_quality) == (at, "exact")


@pytest.mark.parametrize(
    "written", [None, "", "soon", "2026-13-01T00:00:00Z", 1700000000, [], "0000-00-00T00:00:00Z"]
)
def test_without_a_readable_time_a_post_counts_from_when_it_was_seen_and_says_so(written: object) -> None:
    (post,) = read({"data": [{"id": "1500000000000000000", "text": "delta", "created_at": written}]})
    assert (post.published_at, post.time_quality) == (NOW, "first_seen")


def test_a_time_without_a_zone_is_taken_as_utc_and_says_so() -> None:
    (post,) = read({"data": [{"id": "1500000000", "text": "x", "created_at": "2026-11-02T11:00:00"}]})
    assert (post.published_at, post.time_quality) == (AT, "zone_assumed")


def test_figures_of_an_archived_response_are_as_old_as_the_response() -> None:
    api = Api(NOW)
    page = api.page([api.post("delta", AT)])
    archived = read(page | {"__twarc": {"retrieved_at": "2026-11-02T11:30:00+00:00"}})
    assert archived[0].observed_at == AT + (NOW - AT) / 2
    for odd in ("2030-01-01T00:00:00+00:00", "never", None):
        assert read(page | {"__twarc": {"retrieved_at": odd}})[0].observed_at == NOW


@pytest.mark.parametrize(
    ("tweet", "field"),
    [
        ("text", "tweet"),
        (None, "tweet"),
        ({"text": "no id"}, "id"),
        ({"id": "1.5E+18", "text": "a spreadsheet was here"}, "id"),
        ({"id": "-1", "text": "x"}, "id"),
        ({"id": "9" * 30, "text": "x"}, "id"),
        ({"id": "1", "text": None}, "text"),
        ({"id": "1"}, "text"),
    ],
)
def test_what_is_no_post_is_refused_by_the_field_that_is_wrong(tweet: object, field: str) -> None:
    with pytest.raises(PostRefused) as caught:
        parse({"tweet": tweet, "includes": {}}, observed_at=NOW)
    assert caught.value.field == field


def test_a_handle_that_is_none_never_becomes_part_of_an_address() -> None:
    api = Api(NOW)
    api.user("8", username='x/../"><script>')
    post = read_one(api, api.post("delta", AT, author="8"))
    assert post.author is not None
    assert post.author.handle is post.author.url is None
    assert post.url is not None
    assert post.url.startswith("https://x.com/i/web/status/")


@pytest.mark.parametrize(
    ("code", "lang"), [("und", None), ("qme", None), ("zxx", None), ("iw", "he"), ("pt", "pt")]
)
def test_language_codes_that_say_nothing_are_left_out(code: str, lang: str | None) -> None:
    api = Api(NOW)
    assert read_one(api, api.post("delta", AT, lang=code)).lang == lang


@given(st.datetimes(datetime(2011, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_ids_and_times_convert_back_and_forth(at: datetime) -> None:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert time_of(id_at(at)) == at

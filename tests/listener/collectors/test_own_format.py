"""Our own format: what it takes, what it refuses with which words, and that writing and reading it are
inverse.
"""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collectors.own_format import FIELDS, dump, parse
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def read(**fields: Any) -> NewPost:
    return parse({"text": "acme", **fields}, source="forum", observed_at=NOW)


def refusal(**fields: Any) -> PostRefused:
    with pytest.raises(PostRefused) as caught:
        read(**fields)
    return caught.value


def test_every_field_is_read() -> None:
    post = parse(
        {
            "source": "App Store", "source_id": 12345678901234567, "version_id": "v2", "text": "Two\nlines ",
            "published_at": "2026-11-20T10:00:00+02:00", "edited_at": 1795165200, "observed_at": "2026-11-21T11:00:00Z",
            "lang": "pt_br", "url": "https://a.test/1", "links": "https://b.test https://c.test",
            "author": "@Ann", "author_id": "u1", "author_name": "Ann Lee", "author_url": "https://a.test/ann",
            "followers": "1200", "likes": 3, "shares": "4", "comments": 5.0, "quotes": "6.0", "views": None,
            "repost_of": "r", "reply_to": "p", "quote_of": "q", "thread": "t", "format": "Image", "rating": "4.5",
            "campaign": "spring",
        },
        source="forum",
        observed_at=NOW,
    )  # fmt: skip
    assert post.payload is not None
    assert post.payload["campaign"] == "spring"
    assert post.model_copy(update={"payload": None}) == NewPost(
        source="app_store",
        source_id="12345678901234567",
        version_id="v2",
        text="Two\nlines ",
        published_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        edited_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        observed_at=datetime(2026, 11, 21, 11, 0, tzinfo=UTC),
        lang="pt-br",
        url="https://a.test/1",
        links=("https://b.test", "https://c.test"),
        author=NewAuthor(
            source_author_id="u1", handle="Ann", name="Ann Lee", url="https://a.test/ann", followers=1200
        ),
        stats=Stats(likes=3, shares=4, comments=5, quotes=6),
        repost_of="r",
        reply_to="p",
        quote_of="q",
        thread="t",
        format="image",
        rating=4.5,
    )


def test_a_post_of_text_alone_gets_an_id_of_its_own_and_the_time_it_was_seen() -> None:
    post = read()
    assert (post.source, post.published_at, post.time_quality, post.author, post.stats) == (
        "forum", NOW, "first_seen", None, None,
    )  # fmt: skip
    later = parse({"text": "acme"}, source="forum", observed_at=NOW + timedelta(days=1))
    assert later.source_id == post.source_id
    assert read(author="ann").source_id != post.source_id
    assert read(published_at="2026-11-20T10:00Z").source_id != post.source_id
    assert read(author="a", text="bc").source_id != read(author="ab", text="c").source_id


def test_the_made_up_id_is_the_same_however_the_time_is_written() -> None:
    ids = {
        read(published_at=t).source_id
        for t in ("2026-11-20T10:00:00Z", "2026-11-20T12:00:00+02:00", 1795168800)
    }
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("written", "handle", "name", "key"),
    [
        ("@ann", "ann", None, "ann"),
        ("ann@example.social", "ann@example.social", None, "ann@example.social"),
        ("Ann Lee", None, "Ann Lee", "Ann Lee"),
        ({"id": 7, "handle": "@ann", "name": "Ann", "followers": 3}, "ann", "Ann", "7"),
        ({"name": "Ann"}, None, "Ann", "Ann"),
    ],
)
def test_an_author_may_be_a_handle_a_name_or_an_object(
    written: Any, handle: str | None, name: str | None, key: str
) -> None:
    author = read(author=written).author
    assert author is not None
    assert (author.handle, author.name, author.source_author_id) == (handle, name, key)


@pytest.mark.parametrize("empty", [None, "", "  ", float("nan")])
def test_null_blank_and_not_a_number_mean_that_nothing_is_known(empty: Any) -> None:
    names = [name for name in FIELDS if name not in ("text", "links")]
    post = parse({"text": "", **dict.fromkeys(names, empty)}, source="forum", observed_at=NOW)
    assert post.model_dump(exclude_none=True, exclude={"payload", "source_id"}) == {
        "source": "forum", "text": "", "published_at": NOW, "observed_at": NOW, "links": (), "time_quality": "first_seen",
        "referenced": (),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "instant", "quality"),
    [
        ("2026-02-24T11:35:52-08:00", "2026-02-24T19:35:52+00:00", "exact"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52+00:00", "exact"),
        ("Tue Feb 24 19:35:52 +0000 2015", "2015-02-24T19:35:52+00:00", "exact"),
        ("Tue, 24 Feb 2015 19:35:52 GMT", "2015-02-24T19:35:52+00:00", "exact"),
        (1424806552, "2015-02-24T19:35:52+00:00", "exact"),
        ("1424806552000", "2015-02-24T19:35:52+00:00", "exact"),
        (1424806552.5, "2015-02-24T19:35:52.500000+00:00", "exact"),
        ("2015-02-24 11:35", "2015-02-24T11:35:00+00:00", "zone_assumed"),
        ("2015-02-24", "2015-02-24T00:00:00+00:00", "zone_assumed"),
    ],
)
def test_times_as_they_are_commonly_exported(written: Any, instant: str, quality: str) -> None:
    post = read(published_at=written)
    assert (post.published_at.isoformat(), post.time_quality) == (instant, quality)


def test_a_time_without_a_zone_is_in_the_callers_zone() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    post = parse({"text": "a", "published_at": "2026-07-01 12:00"}, source="f", observed_at=NOW, zone=oslo)
    assert (post.published_at.hour, post.time_quality) == (10, "zone_assumed")


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "2026-13-01",
        "0001-01-01T00:00:00Z",
        "2999-01-01",
        "1970-01-01T00:00:00Z",
        True,
        [],
        7,
        "9" * 5000,
    ],
)
def test_what_is_no_time_of_our_age_is_refused_by_name(written: Any) -> None:
    for name in ("published_at", "edited_at", "observed_at"):
        assert refusal(**{name: written}).field == name


def test_figures_are_never_seen_later_than_now() -> None:
    assert read(observed_at="2027-01-01T00:00:00Z").observed_at == NOW


@pytest.mark.parametrize(
    "written", ["1,234", "1.234", "1 234", "12k", "-1", -1, 1.5, True, "٣", 2**63, 2**200, [], "1e3"]
)
def test_a_number_that_could_be_misread_is_refused(written: Any) -> None:
    for name in ("likes", "shares", "comments", "quotes", "views"):
        found = refusal(**{name: written})
        assert found.field == name
        assert "digits only" in found.reason
    assert refusal(likes=10**5000).field == "likes"
    assert refusal(author="ann", followers=written).field == "followers"


@pytest.mark.parametrize("written", ["1.23E+18", "1,23E+18", "1.23457E17", "1E+18", 1.23e18])
def test_an_id_that_a_spreadsheet_has_rounded_is_refused_with_the_way_out(written: Any) -> None:
    for name in ("source_id", "repost_of", "reply_to", "quote_of", "thread", "author_id"):
        found = refusal(**{name: written})
        assert found.field == name
        assert "export the column as text" in found.reason


@pytest.mark.parametrize("written", ["12e45", "3e", "E+18", "a1.5E+3", "0x1", "1.5"])
def test_ids_that_only_look_a_little_like_numbers_stay(written: str) -> None:
    assert read(source_id=written).source_id == written


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None), ("text", 7), ("source_id", []), ("source_id", True), ("source_id", "x" * 1001), ("author", "x" * 1001), ("lang", 7),
        ("rating", 6), ("rating", "five"), ("rating", True), ("rating", "4,5"), ("source", "!!"), ("source", 3), ("url", 5),
        ("author", 5), ("author", []), ("source_id", 2**70),
    ],
)  # fmt: skip
def test_wrong_types_are_refused_by_name(field: str, value: Any) -> None:
    assert refusal(**{field: value}).field in (field, f"source_{field}_id")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(PostRefused):
        parse([], source="f", observed_at=NOW)  # type: ignore[arg-type]


def test_what_json_cannot_hold_is_kept_as_its_text() -> None:
    payload = read(published_at=NOW, when=NOW, odd=float("inf"), n=3).payload
    assert json.loads(json.dumps(payload, allow_nan=False))["when"] == str(NOW)


texts = st.text(max_size=30)
keys = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=20
)
ids = st.one_of(st.none(), keys.filter(lambda key: "E" not in key and "e" not in key))
counts = st.one_of(st.none(), st.integers(0, 2**63 - 1))
addresses = st.from_regex(r"https://[a-z]{1,9}\.test/[a-z0-9?=&]{0,9}", fullmatch=True)
times = st.datetimes(
    datetime(1990, 1, 2),
    datetime(2026, 11, 20),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-8))]),
)
authors = st.builds(
    NewAuthor,
    source_author_id=keys.filter(lambda key: "E" not in key and "e" not in key),
    handle=st.one_of(st.none(), keys.filter(lambda key: not key.startswith("@"))),
    name=st.one_of(st.none(), keys),
    url=st.one_of(st.none(), addresses),
    followers=counts,
)
stats = st.builds(Stats, likes=counts, shares=counts, comments=counts, quotes=counts, views=counts)
new_posts = st.builds(
    NewPost,
    source=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,9}", fullmatch=True),
    source_id=ids.filter(bool),
    text=texts,
    published_at=times,
    observed_at=times,
    author=st.one_of(st.none(), authors),
    version_id=ids,
    edited_at=st.one_of(st.none(), times),
    lang=st.sampled_from([None, "en", "pt-BR", "zh-Hant-TW"]),
    url=st.one_of(st.none(), addresses),
    links=st.lists(addresses, max_size=3).map(tuple),
    repost_of=ids,
    reply_to=ids,
    quote_of=ids,
    thread=ids,
    format=st.sampled_from([None, "text", "image", "video", "link", "story", "audio", "poll"]),
    rating=st.one_of(st.none(), st.floats(0, 5)),
    stats=st.one_of(st.none(), stats.filter(lambda s: s != Stats())),
    time_quality=st.sampled_from(["exact", "zone_assumed", "first_seen"]),
)


@settings(deadline=None)
@given(new_posts)
def test_what_is_written_is_read_again_as_the_same_post(post: NewPost) -> None:
    written = json.loads(json.dumps(dump(post)))
    assert set(written) <= set(FIELDS)
    read_back = parse(written, source="other", observed_at=NOW)
    assert read_back.model_copy(update={"payload": None}) == post


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), values))
def test_any_object_is_a_post_or_is_refused(payload: dict[str, Any]) -> None:
    try:
        post = parse({"text": "a", **payload}, source="forum", observed_at=NOW)
    except PostRefused:
        return
    assert post.observed_at <= NOW

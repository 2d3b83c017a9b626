"""One entry into one post: which post it is, when it was published, what it says, who speaks."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collectors.feeds_dates import published, read
from listener.collectors.feeds_document import read as read_document
from listener.collectors.feeds_identity import canonical_link, identify, remembered
from listener.collectors.feeds_parse import parse
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FEED = "https://www.news.example/feed.xml"

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xml:lang="nb-NO"
      xml:base="https://www.news.example/">
<title>The Example</title><link href="/"/>
<entry><id>tag:news.example,2026:17</id><title type="html">Acme &amp;amp; sons &lt;b&gt;win&lt;/b&gt;</title>
<link rel="alternate" href="/17?utm_medium=feed"/><link rel="enclosure" type="audio/mpeg" href="https://cdn.example/17.mp3"/>
<published>2026-11-02T11:00:00+01:00</published><updated>2026-11-02T10:30:00Z</updated>
<author><name>Nia Okafor</name><uri>https://nia.example/</uri></author><slash:comments>4</slash:comments>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Good</p><p>really <a href="https://a.example/x">good</a>
</p></div></content></entry></feed>"""


def payload(body: str, number: int = 0) -> dict[str, Any]:
    """What the collector would hand on for one entry of this document."""
    document = read_document(body.encode(), {}, FEED)
    ids = identify(document.entries, {}, FEED)
    about = {"url": FEED, "title": document.title, "link": document.link, "lang": document.lang}
    return {"id": ids[number], "feed": about, "entry": document.entries[number]}


def rss(items: str) -> str:
    return f'<rss version="2.0"><channel><title>The Example</title><link>https://news.example/</link>{items}</channel></rss>'


def post_of(item: str) -> NewPost:
    post = parse(payload(rss(f"<item>{item}</item>")), observed_at=NOW)
    assert post is not None
    return post


def test_an_atom_entry_becomes_a_whole_post() -> None:
    given_payload = payload(ATOM)
    assert parse(given_payload, observed_at=NOW) == NewPost(
        source="feeds",
        source_id="tag:news.example,2026:17",
        text="Acme & sons win\n\nGood\nreally good",
        published_at=datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
        edited_at=datetime(2026, 11, 2, 10, 30, tzinfo=UTC),
        observed_at=NOW,
        author=NewAuthor(
            source_author_id="https://nia.example/",
            name="Nia Okafor",
            handle="news.example",
            url="https://nia.example/",
        ),
        lang="nb-NO",
        url="https://www.news.example/17?utm_medium=feed",
        links=(
            "https://www.news.example/17?utm_medium=feed",
            "https://cdn.example/17.mp3",
            "https://a.example/x",
        ),
        format="audio",
        stats=Stats(comments=4),
        payload=given_payload,
    )


def test_an_rss_item_without_author_s_page_speaks_for_its_site() -> None:
    post = post_of("<title>Acme</title><link>https://www.news.example/1</link><author>Nia Okafor</author>")
    assert post.author == NewAuthor(
        source_author_id="news.example", name="The Example", handle="news.example"
    )
    elsewhere = post_of("<title>Acme</title><link>https://blog.example/1</link>")
    assert elsewhere.author == NewAuthor(
        source_author_id="blog.example", name="blog.example", handle="blog.example"
    )


def test_summary_and_content_are_joined_and_nothing_is_said_twice() -> None:
    content = "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>{}</content:encoded>"
    same = post_of(
        "<title>Acme</title><description>Short words</description>" + content.format("Short words and more")
    )
    assert same.text == "Acme\n\nShort words and more"
    other = post_of("<title>Acme</title><description>Short words</description>" + content.format("Long text"))
    assert other.text == "Acme\n\nShort words\n\nLong text"
    assert post_of("<description>Only this</description>").text == "Only this"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("&lt;script&gt;alert(1)&lt;/script&gt;good", "good"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;", "<script>alert(1)</script>"),
        ("&lt;p&gt;bad&lt;/p&gt;&lt;p&gt;really&lt;/p&gt;", "bad\nreally"),
        ("&lt;img src=x onerror=alert(1)&gt;fine", "fine"),
        ("AT&amp;amp;T &amp;eacute;t&amp;eacute;", "AT&T été"),
        ("1 &amp;lt; 2", "1 < 2"),
    ],
)
def test_html_becomes_text_with_entities_decoded_once_and_markup_never_survives(
    written: str, shown: str
) -> None:
    assert post_of(f"<description>{written}</description>").text == shown


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/hostname", "ftp://a.example/", "JAVASCRIPT:x"],
)
def test_only_web_addresses_become_links(link: str) -> None:
    post = post_of(
        f"<title>Acme</title><link>{link}</link><guid>{link}</guid><enclosure url='{link}' type='audio/mpeg'/>"
    )
    assert (post.url, post.links) == (None, ())


def test_an_entry_without_words_is_refused_by_field() -> None:
    with pytest.raises(PostRefused, match="text"):
        post_of("<link>https://news.example/1</link>")


# --- when


@pytest.mark.parametrize(
    ("written", "at", "quality"),
    [
        ("Mon, 02 Nov 2026 10:00:00 GMT", "10:00", "exact"),
        ("Mon, 02 Nov 2026 10:00:00 +0200", "08:00", "exact"),
        ("2 Nov 26 05:00 EST", "10:00", "exact"),
        ("02 November 2026 09:00:00 UTC", "09:00", "exact"),
        ("Mon, 02 Nov 2026 10:00:00 CEST", "08:00", "exact"),
        ("Mon, 02 Nov 2026 10:00:00 IST", "04:30", "zone_assumed"),
        ("Mon, 02 Nov 2026 10:00:00 XYZ", "10:00", "zone_assumed"),
        ("Mon, 02 Nov 2026 10:00:00", "10:00", "zone_assumed"),
        ("2026-11-02T10:00:00+05:30", "04:30", "exact"),
        ("2026-11-02T10:00:00Z", "10:00", "exact"),
        ("2026-11-02 10:00:00", "10:00", "zone_assumed"),
        ("2026-11-02", "00:00", "zone_assumed"),
        ("2026-13-02T10:00:00Z", None, "first_seen"),
        ("Mon, 31 Foo 2026 10:00:00 GMT", None, "first_seen"),
        ("Mon, 31 Feb 2026 10:00:00 GMT", None, "first_seen"),
        ("9999-12-31T23:59:59Z", None, "first_seen"),
        ("1970-01-01T00:00:00Z", None, "first_seen"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, "first_seen"),
        ("2027-01-01T00:00:00Z", None, "first_seen"),
        ("yesterday", None, "first_seen"),
        ("", None, "first_seen"),
    ],
)
def test_the_time_is_the_earlier_of_published_and_first_seen(
    written: str, at: str | None, quality: str
) -> None:
    found = published([written], seen=NOW)
    assert found.quality == quality
    assert found.at == (NOW if at is None else datetime.fromisoformat(f"2026-11-02T{at}:00+00:00"))


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2026, 11, 1)).map(lambda t: t.replace(microsecond=0)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))),
)
def test_any_instant_written_as_rfc_822_or_iso_8601_is_read_back(at: datetime, zone: timezone) -> None:
    instant = at.replace(tzinfo=zone)
    for written in (format_datetime(instant), instant.isoformat()):
        found = read(written)
        assert found is not None
        assert found.zone_known
        assert found.at == instant


@given(st.text(max_size=60))
def test_no_text_gives_a_time_in_the_future_or_an_error(written: str) -> None:
    assert published([written], seen=NOW).at <= NOW


# --- which post

PLAIN = {"guid": "https://news.example/1", "link": "https://news.example/1", "title": "one"}


def ids(*entries: dict[str, Any], known: dict[str, str] | None = None) -> list[str]:
    return identify(entries, known or {}, FEED)


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("https://news.example/1?utm_source=rss&utm_medium=feed", True),
        ("http://news.example:80/1", True),
        ("https://NEWS.example/1?fbclid=abc", True),
        ("https://news.example/1;jsessionid=A1B2?PHPSESSID=1", True),
        ("https://news.example/1#xtor=RSS-1", True),
        ("https://news.example/1?id=2", False),
        ("https://news.example/1#comment-7", False),
        ("https://news.example/2", False),
        ("https://other.example/1", False),
    ],
)
def test_tracking_and_sessions_do_not_make_another_link(link: str, same: bool) -> None:
    assert (canonical_link(link) == canonical_link("https://news.example/1")) is same


@given(st.text(max_size=80))
def test_any_text_has_a_canonical_link_or_none_and_it_is_its_own(link: str) -> None:
    found = canonical_link("https://a.example/" + link)
    assert found is None or canonical_link(found) == found


def test_the_guid_comes_first_then_the_link_then_the_words() -> None:
    guid = {**PLAIN, "guid": "tag:news.example,2026:1"}
    assert ids(guid) == ["tag:news.example,2026:1"]
    assert ids({**guid, "link": "https://news.example/renamed", "title": "two"}) == ids(guid)
    assert ids({**PLAIN, "guid": ""}) == ["https://news.example/1"]
    (words,) = ids({"title": "one", "summary": "two"})
    assert words.startswith("sha256:")
    assert ids({"title": "one", "summary": "two"}) == [words]
    assert ids({"title": "one", "summary": "three"}) != [words]


def test_a_guid_that_is_only_a_number_holds_on_its_own_site() -> None:
    number = {**PLAIN, "guid": "17"}
    assert ids(number) == ["news.example#17"]
    assert ids({**number, "link": "https://other.example/1"}) == ["other.example#17"]


def test_the_same_item_in_two_feeds_is_one_post() -> None:
    with_guid = {**PLAIN, "link": "https://news.example/1?utm_source=a"}
    without = {"link": "http://news.example/1?utm_source=b", "title": "one"}
    assert identify([with_guid], {}, FEED) == identify([without], {}, "https://other.example/rss")


def test_a_guid_or_link_that_several_entries_share_is_passed_over() -> None:
    entries = [{"guid": "same", "link": f"https://news.example/{n}", "title": str(n)} for n in range(3)]
    assert ids(*entries) == [f"https://news.example/{n}" for n in range(3)]
    home = [{"link": "https://news.example/", "title": str(n)} for n in range(3)]
    assert len(set(ids(*home))) == 3
    assert all(key.startswith("sha256:") for key in ids(*home))


def test_the_same_entry_twice_in_a_document_is_one_post() -> None:
    assert ids(PLAIN, dict(PLAIN)) == ["https://news.example/1"] * 2


def test_a_new_guid_at_every_reading_does_not_make_new_posts() -> None:
    known: dict[str, str] = {}
    seen: set[str] = set()
    for reading in range(20):
        entries = [
            {"guid": f"urn:made-up:{reading}-{n}", "link": f"https://news.example/{n}", "title": f"item {n}"}
            for n in range(50)
        ]
        found = identify(entries, known, FEED)
        known = remembered(entries, found, known)
        seen.update(found)
    assert len(seen) == 50


def test_a_new_entry_at_the_same_address_is_another_post() -> None:
    daily = [
        {"guid": f"urn:quote:{n}", "link": "https://news.example/", "title": "Quote", "published": str(n)}
        for n in range(2)
    ]
    first = ids(daily[0])
    assert identify([daily[1]], remembered([daily[0]], first, {}), FEED) != first


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={k: st.text(max_size=9) for k in ("guid", "link", "title", "summary")}
        ),
        max_size=6,
    )
)
def test_every_entry_gets_an_id_that_can_be_stored(entries: list[dict[str, Any]]) -> None:
    found = identify(entries, {}, FEED)
    assert len(found) == len(entries)
    assert all(0 < len(key) <= 1000 for key in found)
    assert identify(entries, remembered(entries, found, {}), FEED) == found

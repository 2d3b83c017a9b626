"""A news site's RSS feed, imitated: the newest `shown` entries in one document, with an ETag."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from typing import ClassVar

from listener.collectors.base import Collector, Context, Stream
from listener.collectors.feeds import Collect, Settings
from tests.listener.collectors.contract import HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked


class FakeFeed(HttpFake):
    network: ClassVar[str] = "feeds"
    overlap: ClassVar[timedelta] = timedelta(days=1)
    opaque: ClassVar[frozenset[str]] = frozenset({"etag", "modified", "moved"})
    nullable: ClassVar[frozenset[str]] = frozenset(
        {"etag", "modified", "moved", "newest", "known", "brands", "wait_until"}
    )
    cannot: ClassVar[Mapping[str, str]] = {
        "paging": "A feed is one document, so there are no pages.",
        "repeat_token": "A feed is one document, so there are no pages.",
        "cycle_token": "A feed is one document, so there are no pages.",
        "deletes": "An entry that was removed looks like one that is too old to be shown.",
        "cut_json": "A cut feed gives the entries that can be read, and the stretch is called partial.",
    }
    shown: ClassVar[int] = 200

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        urls = (self.server.url + "/feed.xml",)
        return Collect(
            Settings(urls=urls, allow_private_addresses=True, timeout_s=timeout_s), Context("press")
        )

    def streams(self, collector: Collector) -> list[Stream]:
        return collector.streams(self.brands)

    def source_id(self, post: Offered) -> str:
        return f"https://news.example/items/{post.id}"

    def text(self, post: Offered) -> str:
        return f"Note {post.id}\n\n{post.text}"

    def answer(self, asked: Asked) -> Answer:
        newest = list(reversed(self.visible()))[: self.shown]
        items = [item(post) for post in newest]
        if self.twisted("duplicates"):
            items += items
        if self.twisted("malformed"):
            items.insert(1, "<item><guid>https://news.example/items/99999</guid></item>")
        body = rss("".join(items))
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if asked.headers.get("If-None-Match") == etag:
            return Answer(304, b"", {"ETag": etag})
        return Answer(200, body, {"Content-Type": "application/rss+xml", "ETag": etag})


def rss(items: str) -> bytes:
    """A whole RSS 2.0 document around these items."""
    head = "<title>The Example</title><link>https://news.example/</link><language>en-gb</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def item(post: Offered) -> str:
    """An entry whose description is HTML, so escaped twice. Its link has a parameter that counts visitors."""
    link = f"https://news.example/items/{post.id}"
    return (
        f"<item><title>Note {post.id}</title><link>{link}?utm_source=rss</link><guid>{link}</guid>"
        f"<pubDate>{format_datetime(post.at)}</pubDate>"
        f"<description>{escape(escape(post.text))}</description></item>"
    )


FAKE = FakeFeed

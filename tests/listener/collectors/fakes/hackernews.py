"""Hacker News' search, imitated: newest first, `page_size` hits in an answer, `ceiling` however it is paged."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any, ClassVar

from listener.collectors.base import Collector, Context
from listener.collectors.hackernews import Collect, Settings
from tests.listener.collectors.contract import HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked


class FakeHackerNews(HttpFake):
    network: ClassVar[str] = "hackernews"
    page_size: ClassVar[int] = 5
    ceiling: ClassVar[int] = 60
    overlap: ClassVar[timedelta] = timedelta(hours=2)

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        url = self.server.url + "/api/v1"
        return Collect(
            Settings(api_url=url, allow_private_addresses=True, timeout_s=timeout_s), Context("news")
        )

    def source_id(self, post: Offered) -> str:
        return post.id

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/api/v1/items/"):
            return self.item(asked.path.rsplit("/", 1)[1])
        assert asked.path == "/api/v1/search_by_date", asked.path
        circling = self.twisted("repeat_token") or self.twisted("cycle_token")
        hits = [hit_of(post) for post in reversed(self.visible())]
        hits = [hit for hit in hits if circling or matches(hit, asked.query)]
        page = int(asked.query["page"])
        size = min(self.page_size, int(asked.query["hitsPerPage"]))
        if self.twisted("cycle_token"):
            page = len(self.server.asked) % 2
        shown = hits[: self.ceiling][page * size : (page + 1) * size]
        if self.twisted("duplicates"):
            shown += shown
        if self.twisted("malformed"):
            shown.append({"objectID": "99999", "author": "nia", "title": "acme", "created_at": "soon"})
        return Answer.json({"hits": shown, "nbHits": len(hits), "page": page, "hitsPerPage": size})

    def item(self, id: str) -> Answer:
        post = next((post for post in self.visible() if post.id == id), None)
        if post is None:
            return Answer.json({"status": 404, "error": "Not Found"}, 404)
        item = {"id": int(id), "type": "comment", "text": escape(post.text), "children": [{"id": 1}]}
        return Answer.json({**hit_of(post), **item})


def hit_of(post: Offered) -> dict[str, Any]:
    """A comment, whose text is HTML."""
    return {
        "objectID": post.id,
        "author": "nia_o",
        "comment_text": escape(post.text),
        "created_at": post.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "created_at_i": int(post.at.timestamp()),
        "points": None,
        "parent_id": 7,
        "story_id": 5,
        "_tags": ["comment", "author_nia_o", "story_5"],
        "_highlightResult": {"comment_text": {"value": f"<em>{post.text}</em>"}},
    }


def matches(hit: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Whether the words and the times asked for fit."""
    bounds = dict(re.findall(r"created_at_i([<>]=)(-?[0-9]+)", query["numericFilters"]))
    words = query["query"].lower().split()
    in_time = int(bounds[">="]) <= hit["created_at_i"] <= int(bounds["<="])
    return in_time and all(word in hit["comment_text"].lower() for word in words)


FAKE = FakeHackerNews

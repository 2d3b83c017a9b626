"""A Mastodon server on loopback: tag timelines paged by min_id and max_id, statuses by id, and what it says
of itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from listener.collectors.base import Collector, Context, TrackedBrand
from listener.collectors.mastodon import Collect, Settings
from storage.query import Query
from tests.listener.collectors.contract import Fake, HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked

TOKEN = "canary-mastodon-token-77aa"


class FakeMastodon(HttpFake):
    """`offer`ed posts carry #acme. `status` is what a post looks like here; tests may put more into
    `extra`.
    """

    network: ClassVar[str] = "mastodon"
    overlap: ClassVar[timedelta] = timedelta(minutes=10)
    brands: ClassVar[tuple[TrackedBrand, ...]] = (TrackedBrand("acme", Query.parse("#acme"), 1),)
    canaries: ClassVar[tuple[str, ...]] = (TOKEN,)
    settings: Mapping[str, Any] = {}

    def __init__(self) -> None:
        super().__init__()
        self.access: dict[str, Any] = {}
        self.extra: dict[str, dict[str, Any]] = {}

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = Settings(
            instance=self.server.url, allow_private_addresses=True, timeout_s=timeout_s, **self.settings
        )
        return Collect(settings, Context("social", {"access_token": SecretStr(TOKEN)}))

    def source_id(self, post: Offered) -> str:
        return f"{self.server.url}/users/ada/statuses/{self.id(post)}"

    def id(self, post: Offered) -> str:
        """A snowflake: the time, and a number that keeps posts of one millisecond apart."""
        return str((int(post.at.timestamp() * 1000) << 16) + int(post.id) % 65536)

    def text(self, post: Offered) -> str:
        return f"{post.text}\n#acme"

    def status(self, post: Offered) -> dict[str, Any]:
        words = post.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        account = {
            "id": "1",
            "username": "ada",
            "acct": "ada",
            "display_name": "Ada",
            "url": f"{self.server.url}/@ada",
            "uri": f"{self.server.url}/users/ada",
            "followers_count": 12,
        }
        edited = (
            {"edited_at": _iso(post.at + timedelta(seconds=post.edits))}
            if post.edits
            else {"edited_at": None}
        )
        return {
            "id": self.id(post),
            "uri": self.source_id(post),
            "url": f"{self.server.url}/@ada/{self.id(post)}",
            "created_at": _iso(post.at),
            "visibility": "public",
            "language": "en",
            "spoiler_text": "",
            "content": f'<p>{words}</p><p><a href="{self.server.url}/tags/acme" class="mention hashtag">'
            "#<span>acme</span></a></p>",
            "account": account,
            "tags": [{"name": "acme", "url": f"{self.server.url}/tags/acme"}],
            "mentions": [],
            "media_attachments": [],
            "reblog": None,
            "favourites_count": 3,
            "reblogs_count": 1,
            "replies_count": 0,
            **edited,
            **self.extra.get(post.id, {}),
        }

    def carries_posts(self, asked: Asked) -> bool:
        return "/timelines/" in asked.path or asked.path == "/api/v2/instance"

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/api/v2/instance":
            return Answer.json({"version": "4.5.0", "configuration": {"timelines_access": self.access}})
        if asked.path == "/api/v1/apps/verify_credentials":
            return Answer.json({"name": "Listener"})
        if asked.path.startswith("/api/v1/statuses/"):
            return self._one(asked.path.rpartition("/")[2])
        if asked.path in ("/api/v1/timelines/tag/acme", "/api/v1/timelines/public"):
            return self._timeline(asked)
        if asked.path == "/api/v2/search":
            return Answer.json({"accounts": [], "hashtags": [], "statuses": self._found(asked)})
        return Answer.json({"error": "Record not found"}, 404)

    def _timeline(self, asked: Asked) -> Answer:
        self.circling = self.twisted("repeat_token") or self.twisted("cycle_token")
        statuses = sorted((self.status(post) for post in self.visible()), key=lambda s: int(s["id"]))
        page = statuses[-self.page_size :]
        if "min_id" in asked.query and not self.circling:
            page = [s for s in statuses if int(s["id"]) > int(asked.query["min_id"])][: self.page_size]
        elif "max_id" in asked.query:
            page = [s for s in statuses if int(s["id"]) < int(asked.query["max_id"])][-self.page_size :]
        page.reverse()
        if self.twisted("malformed") and page:
            page.append({"id": page[-1]["id"], "visibility": "public", "content": "<p>no uri</p>"})
        if self.twisted("duplicates"):
            page = [status for status in page for _ in range(2)]
        return Answer.json(page)

    def _found(self, asked: Asked) -> list[dict[str, Any]]:
        start = int(asked.query.get("offset", 0))
        found = [self.status(post) for post in reversed(self.visible()) if asked.query["q"] in post.text]
        return found[start : start + self.page_size]

    def _one(self, key: str) -> Answer:
        found = [self.status(post) for post in self.visible() if self.id(post) == key]
        return Answer.json(found[0]) if found else Answer.json({"error": "Record not found"}, 404)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


FAKE: type[Fake] = FakeMastodon

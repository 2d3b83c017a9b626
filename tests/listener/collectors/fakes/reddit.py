"""Reddit's API as documented: the log-in of an app, search, new, comments and info, over invented submissions.

`Api` is the ledger of Reddit's own tests. A listing hangs on a post (`after`): where that is deleted, it is
empty, as Reddit does it; and it ends after `cap` things.
"""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from listener.collectors.base import Collector, Context
from listener.collectors.reddit import Collect, Settings
from tests.listener.collectors.contract import NETWORK_FAULTS, NOW, HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked

APP, SECRET, TOKEN = "app-id-canary", "s3cret/canary+=", "token.canary-eyJ0"
SECRETS = {"client_id": SecretStr(APP), "client_secret": SecretStr(SECRET)}


class Api:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.things: dict[str, dict[str, Any]] = {}
        self.page_size = 100
        self.cap = 1_000
        self.logins = 0
        self.headers: dict[str, str] = {}
        self.refuse: Callable[[Asked], Answer | None] = lambda _: None

    def submission(self, number: int, title: str, at: datetime, **fields: Any) -> str:
        name = f"t3_{number:x}"
        data = {
            "name": name,
            "id": f"{number:x}",
            "title": title,
            "selftext": "",
            "is_self": True,
            "author": "someone",
            "author_fullname": "t2_abc",
            "created_utc": at.timestamp(),
            "edited": False,
            "score": 12,
            "num_comments": 3,
            "num_crossposts": 1,
            "permalink": f"/r/planes/comments/{number:x}/a_title/",
            "url": f"https://www.reddit.com/r/planes/comments/{number:x}/a_title/",
            "subreddit": "planes",
            "subreddit_type": "public",
            "removed_by_category": None,
            **fields,
        }
        self.things[name] = {"kind": "t3", "data": data}
        return name

    def comment(self, number: int, body: str, at: datetime, **fields: Any) -> str:
        name = f"t1_{number:x}"
        data = {
            "name": name,
            "id": f"{number:x}",
            "body": body,
            "author": "someone",
            "author_fullname": "t2_abc",
            "created_utc": at.timestamp(),
            "edited": False,
            "score": 5,
            "link_id": "t3_1",
            "parent_id": "t3_1",
            "permalink": f"/r/planes/comments/1/a_title/{number:x}/",
            "subreddit": "planes",
            "subreddit_type": "public",
            **fields,
        }
        self.things[name] = {"kind": "t1", "data": data}
        return name

    def delete(self, name: str) -> None:
        """As its author does: the thing stays behind, empty, and leaves all listings."""
        data = self.things[name]["data"]
        emptied = (
            {"body": "[deleted]"}
            if "body" in data
            else {"selftext": "[deleted]", "title": "[deleted by user]"}
        )
        data.update({"author": "[deleted]", "removed_by_category": "deleted", **emptied})
        data.pop("author_fullname", None)

    def respond(self, asked: Asked) -> Answer:
        refused = self.refuse(asked)
        if refused is not None:
            return refused
        if asked.path == "/api/v1/access_token":
            return self._log_in(asked)
        if asked.headers.get("Authorization") != f"bearer {TOKEN}":
            return Answer.json({"message": "Unauthorized", "error": 401}, 401)
        if asked.path == "/api/info":
            names = asked.query["id"].split(",")
            return listing([self.things[name] for name in names if name in self.things], None, self.headers)
        kind = "t1" if asked.path.endswith("/comments") else "t3"
        there = [
            thing
            for thing in self.things.values()
            if thing["kind"] == kind
            and thing["data"].get("removed_by_category") is None
            and thing["data"]["created_utc"] <= self.now.timestamp()
            and self._meant(asked, thing["data"])
        ]
        there.sort(
            key=lambda thing: (thing["data"]["created_utc"], int(thing["data"]["id"], 36)), reverse=True
        )
        return self._page(there[: self.cap], asked.query)

    def _log_in(self, asked: Asked) -> Answer:
        self.logins += 1
        expected = "Basic " + base64.b64encode(f"{APP}:{SECRET}".encode()).decode()
        if asked.headers.get("Authorization") != expected or b"client_credentials" not in asked.body:
            return Answer.json({"message": "Unauthorized", "error": 401}, 401)
        return Answer.json({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "scope": "*"})

    def _meant(self, asked: Asked, data: dict[str, Any]) -> bool:
        where = asked.path.split("/")[2].split("+") if asked.path.startswith("/r/") else ["all"]
        words = [word.strip('"').lower() for word in asked.query.get("q", "").split(" OR ")]
        text = f"{data.get('title', '')} {data.get('selftext', '')}".lower()
        return (where == ["all"] or data["subreddit"] in where) and any(word in text for word in words)

    def _page(self, there: list[dict[str, Any]], query: Any) -> Answer:
        names, start = [thing["data"]["name"] for thing in there], 0
        if "after" in query:
            if query["after"] not in names:
                return listing([], None, self.headers)
            start = names.index(query["after"]) + 1
        size = min(int(query.get("limit", "25")), self.page_size)
        page = there[start : start + size]
        return listing(page, page[-1]["data"]["name"] if start + size < len(there) else None, self.headers)


def listing(things: Sequence[Any], after: str | None, headers: dict[str, str] | None = None) -> Answer:
    body = {"kind": "Listing", "data": {"after": after, "before": None, "children": list(things)}}
    return Answer.json(body, 200, **(headers or {}))


class FAKE(HttpFake):
    network = "reddit"
    overlap = timedelta(minutes=55)
    canaries = (APP, SECRET, TOKEN)

    def __init__(self) -> None:
        self.api = Api(NOW)
        self.api.page_size = self.page_size
        super().__init__()

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = Settings(
            approved=True,
            oauth_url=self.server.url,
            reddit_url=self.server.url,
            allow_private_addresses=True,
            timeout_s=timeout_s,
        )
        return Collect(settings, Context("threads", SECRETS))

    def offer(self, offered: Sequence[Offered]) -> None:
        super().offer(offered)
        for post in offered:
            self._publish(post)

    def edit(self, id: str, text: str) -> None:
        super().edit(id, text)
        self._publish(self.posts[id])

    def delete(self, id: str) -> None:
        super().delete(id)
        self.api.delete(self.source_id(self.posts[id]))

    def source_id(self, post: Offered) -> str:
        return f"t3_{int(post.id):x}"

    def carries_posts(self, asked: Asked) -> bool:
        return not asked.path.endswith("/access_token")

    def answer(self, asked: Asked) -> Answer:
        self.api.now = self.now
        good = self.api.respond(asked)
        if good.status == 200 and self.carries_posts(asked):
            for twist in filter(self.twisted, NETWORK_FAULTS):
                return self._twisted(twist, asked, json.loads(good.body))
        return good

    def _publish(self, post: Offered) -> None:
        edited = post.at.timestamp() + post.edits if post.edits else False
        self.api.submission(int(post.id), post.text, post.at, edited=edited)

    def _twisted(self, twist: str, asked: Asked, body: dict[str, Any]) -> Answer:
        data = body["data"]
        match twist:
            case "repeat_token":
                data["after"] = "t3_same"
            case "cycle_token":
                data["after"] = "t3_b" if asked.query.get("after") == "t3_a" else "t3_a"
            case "malformed":
                data["children"] = [{"kind": "t3", "data": {"name": "t3_1", "title": 7}}, *data["children"]]
            case "duplicates":
                data["children"] = [*data["children"], *data["children"]]
        return Answer.json(body)

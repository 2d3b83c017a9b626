"""YouTube's Data API v3 as documented: comment threads, replies, videos and search, with a quota of its own.

`Api` is the ledger of YouTube's own tests; its clock is `now`. It counts units by the day in California, as
Google does, and refuses what goes beyond. `FAKE` puts it under the contract of all collectors.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from listener.collectors.base import Collector, Context, Spent
from listener.collectors.youtube import Collect, Settings
from tests.listener.collectors.contract import NETWORK_FAULTS, NOW, HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked

KEY = "AIzaCanary-0123456789_key/+="
VIDEO = "vid00000001"
PACIFIC = ZoneInfo("America/Los_Angeles")


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Api:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.videos: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.disabled: set[str] = set()
        self.quota = 10_000
        self.search_units = 100
        self.used: Counter[date] = Counter()
        self.refused = 0
        self.page_size = 100
        self.replies_sent = 5
        self.tokens_expire = False
        self.refuse: Callable[[Asked], Answer | None] = lambda _: None

    def video(self, video_id: str, title: str, at: datetime, channel: str = "UC" + "c" * 22) -> str:
        self.videos[video_id] = {
            "id": video_id,
            "snippet": {
                "title": title,
                "description": "about it",
                "publishedAt": iso(at),
                "channelId": channel,
                "channelTitle": "A channel",
            },
            "statistics": {"viewCount": "1000", "likeCount": "10", "commentCount": "3"},
        }
        return video_id

    def comment(
        self,
        comment_id: str,
        text: str,
        at: datetime,
        *,
        video: str = VIDEO,
        parent: str | None = None,
        updated: datetime | None = None,
        author: str | None = "UC" + "a" * 22,
    ) -> str:
        comment = self.comments[comment_id] = {
            "id": comment_id,
            "snippet": {
                **({"parentId": parent} if parent else {"videoId": video}),
                **({"authorChannelId": {"value": author}} if author else {}),
                "authorDisplayName": "@someone",
                "authorChannelUrl": "http://www.youtube.com/@someone",
                "textDisplay": text,
                "textOriginal": text,
                "likeCount": 4,
                "publishedAt": iso(at),
                "updatedAt": iso(updated or at),
            },
            "video": video,
        }
        if parent:
            self.answers.setdefault(parent, []).append(comment)
        return comment_id

    def respond(self, asked: Asked) -> Answer:
        refused = self.refuse(asked)
        if refused is not None:
            return refused
        if asked.headers.get("X-Goog-Api-Key") != KEY:
            return refusal(
                400, "API key not valid. Please pass a valid API key.", "badRequest", "API_KEY_INVALID"
            )
        resource = asked.path.removeprefix("/youtube/v3/")
        day = self.now.astimezone(PACIFIC).date()
        units = self.search_units if resource == "search" else 1
        if self.used[day] + units > self.quota:
            self.refused += 1
            return refusal(403, "You have exceeded your <a href='/x'>quota</a>.", "quotaExceeded")
        self.used[day] += units
        answers = {
            "commentThreads": self._threads,
            "comments": self._comments,
            "videos": self._videos,
            "search": self._search,
        }
        return answers[resource](dict(asked.query))

    def _threads(self, query: dict[str, str]) -> Answer:
        video = query.get("videoId")
        channel = query.get("allThreadsRelatedToChannelId")
        if video is not None and video not in self.videos:
            return refusal(404, "The video could not be found.", "videoNotFound")
        if video in self.disabled:
            return refusal(403, "The video has disabled comments.", "commentsDisabled")
        tops = [
            comment
            for comment in self._published()
            if "parentId" not in comment["snippet"]
            and (comment["video"] == video or self.videos.get(comment["video"], {}).get("snippet", {}).get("channelId") == channel)
        ]  # fmt: skip
        tops.sort(key=lambda top: (top["snippet"]["publishedAt"], top["id"]), reverse=True)
        return self._page(query, tops, self._thread)

    def _thread(self, top: dict[str, Any]) -> dict[str, Any]:
        replies = self._replies(top["id"])
        thread: dict[str, Any] = {
            "id": top["id"],
            "snippet": {
                "videoId": top["video"],
                "topLevelComment": shown(top),
                "totalReplyCount": len(replies),
            },
        }
        if replies and self.replies_sent:
            thread["replies"] = {"comments": [shown(reply) for reply in replies[: self.replies_sent]]}
        return thread

    def _replies(self, parent: str) -> list[dict[str, Any]]:
        now = iso(self.now)
        found = [c for c in self.answers.get(parent, ()) if c["snippet"]["publishedAt"] <= now]
        return sorted(found, key=lambda reply: str(reply["snippet"]["publishedAt"]), reverse=True)

    def _published(self) -> list[dict[str, Any]]:
        now = iso(self.now)
        return [c for c in self.comments.values() if c["snippet"]["publishedAt"] <= now]

    def _comments(self, query: dict[str, str]) -> Answer:
        if "id" in query:
            there = [self.comments[key] for key in query["id"].split(",") if key in self.comments]
            return Answer.json({"items": [shown(comment) for comment in there]})
        return self._page(query, [shown(reply) for reply in self._replies(query["parentId"])])

    def _videos(self, query: dict[str, str]) -> Answer:
        ids = query["id"].split(",") if "id" in query else list(self.videos)[:1]
        return Answer.json({"items": [self.videos[key] for key in ids if key in self.videos]})

    def _search(self, query: dict[str, str]) -> Answer:
        words = [word.strip('"') for word in query["q"].split("|")]
        found = [
            video
            for video in self.videos.values()
            if any(word in video["snippet"]["title"] for word in words)
            and video["snippet"]["publishedAt"] >= query["publishedAfter"]
        ]
        found.sort(key=lambda video: str(video["snippet"]["publishedAt"]), reverse=True)
        return self._page(query, [{"id": {"videoId": video["id"]}} for video in found])

    def _page(
        self,
        query: dict[str, str],
        things: list[dict[str, Any]],
        form: Callable[[dict[str, Any]], dict[str, Any]] = lambda thing: thing,
    ) -> Answer:
        """Tokens say after which thing to go on, so that new things above do not shift what is below."""
        size, start = min(int(query.get("maxResults", "20")), self.page_size), 0
        if "pageToken" in query:
            ids = [json.dumps(thing["id"]) for thing in things]
            if self.tokens_expire or query["pageToken"] not in ids:
                return refusal(400, "The request specifies an invalid page token.", "invalidPageToken")
            start = ids.index(query["pageToken"]) + 1
        page = things[start : start + size]
        more = {"nextPageToken": json.dumps(page[-1]["id"])} if start + size < len(things) else {}
        return Answer.json({"items": [form(thing) for thing in page], **more})


def shown(comment: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in comment.items() if key != "video"}


def refusal(status: int, message: str, reason: str, detail: str | None = None) -> Answer:
    error: dict[str, Any] = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "youtube", "reason": reason}],
    }
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}]
    return Answer.json({"error": error}, status)


class FAKE(HttpFake):
    network = "youtube"
    overlap = timedelta(hours=23)
    nullable = frozenset({"done"})
    canaries = (KEY,)

    def __init__(self) -> None:
        self.api = Api(NOW)
        self.api.page_size = self.page_size
        self.api.video(VIDEO, "a video", NOW - timedelta(days=30))
        super().__init__()

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = Settings(
            videos=(VIDEO,), api_url=self.server.url, allow_private_addresses=True, timeout_s=timeout_s
        )
        return Collect(settings, Context("tube", {"api_key": SecretStr(KEY)}, lambda _: Spent()))

    def offer(self, offered: Sequence[Offered]) -> None:
        super().offer(offered)
        for post in offered:
            self._publish(post)

    def edit(self, id: str, text: str) -> None:
        super().edit(id, text)
        self._publish(self.posts[id])

    def delete(self, id: str) -> None:
        super().delete(id)
        del self.api.comments[self.source_id(self.posts[id])]

    def source_id(self, post: Offered) -> str:
        return f"Ug{int(post.id):022d}"

    def answer(self, asked: Asked) -> Answer:
        self.api.now = self.now
        good = self.api.respond(asked)
        body = json.loads(good.body)
        if good.status == 200 and (twist := next(filter(self.twisted, NETWORK_FAULTS), None)):
            return self._twisted(twist, asked, body)
        return good

    def _publish(self, post: Offered) -> None:
        updated = post.at + timedelta(seconds=post.edits)
        self.api.comment(self.source_id(post), post.text, post.at, updated=updated)

    def _twisted(self, twist: str, asked: Asked, body: dict[str, Any]) -> Answer:
        match twist:
            case "repeat_token":
                body["nextPageToken"] = "same"
            case "cycle_token":
                body["nextPageToken"] = "b" if asked.query.get("pageToken") == "a" else "a"
            case "malformed":
                body["items"] = [{"id": 3, "snippet": {"topLevelComment": "gone"}}, *body["items"]]
            case "duplicates":
                body["items"] = [*body["items"], *body["items"]]
        return Answer.json(body)

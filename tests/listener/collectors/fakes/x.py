"""X API v2 as documented: recent search, counts per hour and lookup over a ledger of invented posts.

`Api` holds the ledger, the oracle of X's own tests: what was offered, when it could first be seen, what a
reader was charged for. Its clock is `now`, set by the test. `refuse` answers in its place where it gives an
Answer. `FAKE` puts it under the contract of all collectors.
"""

import html
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from pydantic import SecretStr

from listener.collectors.base import Collector, Context
from listener.collectors.x import Collect, Settings
from tests.listener.collectors.contract import NETWORK_FAULTS, NOW, RETRY_AFTER_S, HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked

TOKEN = "AAAAbearer%2Fcanary+token="
EPOCH_MS = 1288834974657
WEEK = timedelta(days=7)


def snowflake(at: datetime, low_bits: int) -> str:
    return str(((int(at.timestamp() * 1000) - EPOCH_MS) << 22) + low_bits)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Api:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.tweets: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, str] = {}
        self.seen_from: dict[str, datetime] = {}
        self.context: set[str] = set()
        self.gone: dict[str, str] = {}
        self.searches: list[dict[str, str]] = []
        self.charged: set[tuple[str, str]] = set()
        self.refuse: Callable[[Asked], Answer | None] = lambda _: None
        self.tokens_expire = False
        self.page_size = 100
        self.lag = timedelta(seconds=30)
        self._low_bits = count(1)

    def user(self, user_id: str, **fields: Any) -> str:
        self.users[user_id] = {
            "id": user_id,
            "username": f"user{user_id}",
            "name": f"User {user_id}",
            "protected": False,
            "public_metrics": {"followers_count": 10 * int(user_id), "tweet_count": 3},
            **fields,
        }
        return user_id

    def post(
        self,
        text: str,
        at: datetime,
        *,
        author: str = "7",
        late: timedelta = timedelta(),
        context: bool = False,
        **fields: Any,
    ) -> str:
        """Publish; found `late` after `at`. `context`: never found itself, only sent beside others.
        `served` is what X sends for the text, where that is not the text escaped and cut.
        """
        if author not in self.users:
            self.user(author)
        post_id = fields.pop("id", None) or snowflake(at, next(self._low_bits) % (1 << 22))
        short = text if len(text) <= 280 else text[:279] + "…"
        served = fields.pop("served", html.escape(short, quote=False))
        self.tweets[post_id] = {
            "id": post_id,
            "edit_history_tweet_ids": [post_id],
            "text": served,
            "author_id": author,
            "conversation_id": post_id,
            "created_at": iso(at),
            "lang": "en",
            "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
            **({"note_tweet": {"text": html.escape(text, quote=False)}} if short != text else {}),
            **fields,
        }
        self.texts[post_id] = text
        self.seen_from[post_id] = at + late
        if context:
            self.context.add(post_id)
        return post_id

    def posts(self, number: int, *, newest: datetime, apart: timedelta, text: str = "delta") -> list[str]:
        return [self.post(f"{text} {i}", newest - i * apart) for i in range(number)]

    def respond(self, asked: Asked) -> Answer:
        refused = self.refuse(asked)
        if refused is not None:
            return refused
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "Unauthorized", "about:blank", "Unauthorized")
        if asked.path == "/2/tweets/search/recent":
            return self._search(dict(asked.query))
        if asked.path == "/2/tweets/counts/recent":
            return self._counts(dict(asked.query))
        if asked.path == "/2/tweets":
            return self._lookup(asked.query["ids"].split(","))
        return problem(404, "Not Found", "about:blank", asked.path)

    def _search(self, query: dict[str, str]) -> Answer:
        self.searches.append(query)
        window = self._window(query)
        if isinstance(window, Answer):
            return window
        size = int(query.get("max_results", "10"))
        if not 10 <= size <= 100:
            return invalid("max_results", query["max_results"], "is not between 10 and 100")
        if "next_token" in query:
            if self.tokens_expire or not query["next_token"].startswith("below-"):
                return invalid("next_token", query["next_token"], "is not a valid next_token")
            bound = int(query["next_token"].removeprefix("below-"))
            window = [key for key in window if int(key) < bound]
        size = min(size, self.page_size)
        page, rest = window[:size], window[size:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0], "oldest_id": page[-1]}
        if rest:
            meta["next_token"] = f"below-{page[-1]}"
        self.charged |= {(key, self.now.date().isoformat()) for key in page}
        return Answer.json(self.page(page) | {"meta": meta})

    def _window(self, query: dict[str, str]) -> list[str] | Answer:
        """Ids that match, newest first; refused as X refuses."""
        times = [query[key] for key in ("start_time", "end_time") if key in query]
        if times and ("since_id" in query or "until_id" in query):
            return invalid(
                "since_id", query.get("since_id", ""), "cannot be used with start_time or end_time"
            )
        oldest = self.now - WEEK
        start = datetime.fromisoformat(query["start_time"]) if "start_time" in query else oldest
        if start < oldest:
            return invalid("start_time", query["start_time"], f"must be on or after {iso(oldest)}")
        for key in ("since_id", "until_id"):
            if key in query and int(query[key]) < int(snowflake(oldest, 0)):
                return invalid(key, query[key], f"must be a tweet id created after {iso(oldest)}")
        end = datetime.fromisoformat(query["end_time"]) if "end_time" in query else self.now - self.lag
        low = max(int(snowflake(start, 0)) - 1, int(query.get("since_id", 0)))
        high = min(int(snowflake(end, 0)), int(query.get("until_id", 1 << 63)))
        found = [
            key
            for key in self.tweets
            if low < int(key) < high and self.seen_from[key] <= self.now and key not in self.context
            and key not in self.gone
        ]  # fmt: skip
        return sorted(found, key=int, reverse=True)

    def page(self, ids: Iterable[str]) -> dict[str, Any]:
        """`data` and `includes` for these posts; without `data` where there are none, as X does it."""
        data = [self.tweets[key] for key in ids]
        beside = {
            reference["id"]: self.tweets[reference["id"]]
            for tweet in data
            for reference in tweet.get("referenced_tweets", [])
            if reference["id"] in self.tweets
        }
        shown = [*data, *beside.values()]
        users = {
            tweet["author_id"]: self.users[tweet["author_id"]]
            for tweet in shown
            if tweet["author_id"] in self.users
        }
        keys = [key for tweet in shown for key in tweet.get("attachments", {}).get("media_keys", [])]
        includes = {
            "users": list(users.values()),
            "tweets": list(beside.values()),
            "media": [self.media[key] for key in keys if key in self.media],
        }
        return {
            **({"data": data} if data else {}),
            **({"includes": {kind: things for kind, things in includes.items() if things}} if data else {}),
        }

    def _counts(self, query: dict[str, str]) -> Answer:
        start, end = (datetime.fromisoformat(query[key]) for key in ("start_time", "end_time"))
        if start < self.now - WEEK:
            return invalid("start_time", query["start_time"], "is too old")
        rows = []
        while start < end:
            until = min((start + timedelta(hours=1)).replace(minute=0, second=0), end)
            found = self._window({"start_time": iso(start), "end_time": iso(until)})
            assert isinstance(found, list)
            rows.append({"start": iso(start), "end": iso(until), "tweet_count": len(found)})
            start = until
        return Answer.json(
            {"data": rows, "meta": {"total_tweet_count": sum(row["tweet_count"] for row in rows)}}
        )

    def _lookup(self, ids: list[str]) -> Answer:
        if len(ids) > 100:
            return invalid("ids", "...", "size must be between 1 and 100")
        there = [key for key in ids if key in self.tweets and key not in self.gone]
        errors = [
            {
                "value": key,
                "resource_id": key,
                "resource_type": "tweet",
                "parameter": "ids",
                "title": "Not Found Error",
                "detail": f"Could not find tweet with ids: [{key}].",
                "type": f"https://api.twitter.com/2/problems/{self.gone.get(key, 'resource-not-found')}",
            }
            for key in ids
            if key not in there
        ]
        self.charged |= {(key, self.now.date().isoformat()) for key in there}
        return Answer.json(self.page(there) | ({"errors": errors} if errors else {}))


def problem(status: int, title: str, kind: str, detail: str, **headers: str) -> Answer:
    return Answer.json({"title": title, "type": kind, "status": status, "detail": detail}, status, **headers)


def invalid(parameter: str, value: str, complaint: str) -> Answer:
    body = {
        "errors": [{"parameters": {parameter: [value]}, "message": f"'{parameter}' {complaint}"}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Answer.json(body, 400)


def raw(body: bytes | str, status: int = 200, **headers: str) -> Answer:
    """An answer byte by byte."""
    return Answer(status, body if isinstance(body, bytes) else body.encode(), headers)


class FAKE(HttpFake):
    network = "x"
    overlap = timedelta(minutes=5)
    opaque = frozenset({"token"})
    nullable = frozenset({"walk", "paid", "counted", "token", "oldest"})
    canaries = (TOKEN,)

    def __init__(self) -> None:
        self.api = Api(NOW)
        self.api.page_size, self.api.lag = self.page_size, timedelta()
        self.chains: dict[str, list[str]] = {}
        super().__init__()

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = Settings(
            api_url=self.server.url, allow_private_addresses=True, timeout_s=timeout_s, counts=False
        )
        return Collect(settings, Context("birds", {"bearer_token": SecretStr(TOKEN)}))

    def offer(self, offered: Sequence[Offered]) -> None:
        super().offer(offered)
        for post in offered:
            if post.id not in self.chains:
                self.chains[post.id] = [
                    self.api.post(post.text, post.at, id=snowflake(post.at, int(post.id)))
                ]

    def edit(self, id: str, text: str) -> None:
        """A new version with an id of its own; search gives the newest one only."""
        super().edit(id, text)
        old = self.chains[id]
        at = self.now - timedelta(seconds=31)
        chain = [*old, snowflake(at, 1000 + len(old))]
        self.api.context.update(old)
        self.api.post(text, at, id=chain[-1], edit_history_tweet_ids=chain)
        self.chains[id] = chain

    def delete(self, id: str) -> None:
        super().delete(id)
        self.api.gone.update(dict.fromkeys(self.chains[id], "resource-not-found"))

    def source_id(self, post: Offered) -> str:
        return self.chains[post.id][0]

    def answer(self, asked: Asked) -> Answer:
        self.api.now = self.now
        good = self.api.respond(asked)
        body = json.loads(good.body)
        if good.status == 200 and (twist := next(filter(self.twisted, NETWORK_FAULTS), None)):
            return self._twisted(twist, asked, body)
        return good

    def _twisted(self, twist: str, asked: Asked, body: dict[str, Any]) -> Answer:
        match twist:
            case "repeat_token":
                body["meta"]["next_token"] = "same"
            case "cycle_token":
                body["meta"]["next_token"] = "b" if asked.query.get("next_token") == "a" else "a"
            case "malformed":
                body["data"] = [{"id": None, "text": 7}, *body.get("data", [])]
                body["meta"]["result_count"] += 1
            case "duplicates":
                body["data"] = [*body.get("data", []), *body.get("data", [])]
        return Answer.json(body)

    def rate_limited(self) -> Answer:
        reset = int(self.now.timestamp()) + RETRY_AFTER_S
        return problem(
            429, "Too Many Requests", "about:blank", "Too Many Requests", x_rate_limit_reset=str(reset)
        )

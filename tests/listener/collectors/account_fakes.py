"""The same networks as in fakes/, asked for one account and for what it posted: invented, in each network's own shape.

`HANDLE` is the account's, `NOBODY` one that nobody has. What is offered is posted by the account.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from listener.collectors.base import Collector, Context, Spent
from listener.collectors.bluesky import Collect as Bluesky
from listener.collectors.bluesky import Settings as BlueskySettings
from listener.collectors.x import Collect as X
from listener.collectors.x import Settings as XSettings
from listener.collectors.youtube import Collect as YouTube
from listener.collectors.youtube import Settings as YouTubeSettings
from tests.listener.collectors.contract import HttpFake, Offered
from tests.listener.collectors.fake_server import Answer, Asked
from tests.listener.collectors.fakes import x, youtube
from tests.listener.collectors.fakes.mastodon import FakeMastodon

DID = "did:plc:norse2222222222222222222"
CHANNEL = "UC" + "n" * 22


class Account(HttpFake):
    """`followers` is what the network shows now; `handle` whose posts are offered; `account_id` the id that they name their author by.

    `everything`: faults are put on every answer, not only on those with posts. `token_expired`: the next page token is not taken.
    """

    handle: ClassVar[str] = "@norse"
    nobody: ClassVar[str] = "@nobody_at_all"
    followers: int = 1200
    everything = False
    token_expired = False

    @property
    def account_id(self) -> str:
        raise NotImplementedError

    def refused(self, token: str | None) -> bool:
        """Whether this token is the one that is not taken."""
        refused = token is not None and self.token_expired
        self.token_expired = self.token_expired and not refused
        return refused

    def page_of(self, posts: Sequence[Any], after: int | None) -> tuple[Sequence[Any], int | None]:
        """A page of what stands newest first, and the number of posts before the next one."""
        start = after or 0
        page = posts[start : start + self.page_size]
        more = start + self.page_size if start + self.page_size < len(posts) else None
        return page, more

    def circled(self, token: str | None, asked: str | None) -> str | None:
        """The token of the next page, or one of a circle."""
        if self.twisted("repeat_token"):
            return "same"
        return ("b" if asked == "a" else "a") if self.twisted("cycle_token") else token

    def newest_first(self) -> list[Offered]:
        return self.visible()[::-1]


class OnX(x.FAKE, Account):
    handle = "@user7"
    settings: dict[str, Any]

    def __init__(self) -> None:
        self.settings, self.secrets = {}, {"bearer_token": x.TOKEN}
        self.spent = Spent()
        self.errors: list[dict[str, str]] = []
        self.owned: set[str] = set()
        super().__init__()
        self.api.user("7", username="user7")

    @property
    def account_id(self) -> str:
        return "7"

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = XSettings(
            api_url=self.server.url,
            allow_private_addresses=True,
            timeout_s=timeout_s,
            **self.settings,
        )
        secrets = {name: SecretStr(value) for name, value in self.secrets.items()}
        return X(settings, Context("birds", secrets, lambda _: self.spent, lambda _: self.owned))

    def carries_posts(self, asked: Asked) -> bool:
        return self.everything or asked.path.endswith("/tweets")

    def answer(self, asked: Asked) -> Answer:
        self.api.now = self.now
        if asked.path.startswith("/2/users/by/username/"):
            return self._user(asked.path.rpartition("/")[2])
        if asked.path == "/2/tweets":
            return Answer.json(self.api.page(asked.query["ids"].split(",")))
        assert asked.path == "/2/users/7/tweets", asked.path
        return self._tweets(dict(asked.query))

    def _user(self, name: str) -> Answer:
        for user in self.api.users.values():
            if user["username"] == name:
                figures = {"followers_count": self.followers, "following_count": 3, "tweet_count": 40}
                return Answer.json({"data": {**user, "public_metrics": figures}})
        detail = f"Could not find user with username: [{name}]."
        kind = "https://api.twitter.com/2/problems/resource-not-found"
        return Answer.json({"errors": [{"title": "Not Found Error", "detail": detail, "type": kind}]})

    def _tweets(self, query: dict[str, str]) -> Answer:
        newest = sorted(self.api.tweets, key=int, reverse=True)
        found = [key for key in newest if int(key) > int(query["since_id"]) and key not in self.api.gone]
        token = query.get("pagination_token")
        if token is not None and self.refused(token):
            return x.invalid("pagination_token", token, "is not a valid token")
        start = found.index(token) if token in found else 0
        size = min(int(query["max_results"]), self.page_size)
        page, rest = found[start : start + size], found[start + size :]
        body = self.api.page(page) | {"meta": {"result_count": len(page)}}
        following = self.circled(rest[0] if rest else None, token)
        if following is not None:
            body["meta"]["next_token"] = following
        if self.errors:
            body["errors"] = self.errors
        if self.twisted("malformed"):
            body["data"] = [{"id": None, "text": 7}, *body.get("data", [])]
            body["meta"]["result_count"] += 1
        return Answer.json(body)


class OnMastodon(FakeMastodon, Account):
    handle = "@ada"

    @property
    def account_id(self) -> str:
        return f"{self.server.url}/users/ada"

    def carries_posts(self, asked: Asked) -> bool:
        return self.everything or asked.path.endswith("/statuses")

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/api/v1/accounts/lookup":
            return self._lookup(asked.query["acct"])
        if asked.path == "/api/v1/accounts/1/statuses":
            return self._statuses(asked.query.get("max_id"))
        return super().answer(asked)

    def _lookup(self, acct: str) -> Answer:
        if acct.partition("@")[0] != "ada":
            return Answer.json({"error": "Record not found"}, 404)
        account = {
            "id": "1",
            "username": "ada",
            "acct": "ada",
            "url": f"{self.server.url}/@ada",
            "uri": f"{self.server.url}/users/ada",
            "followers_count": self.followers,
            "following_count": 3,
            "statuses_count": 40,
        }
        return Answer.json(account)

    def _statuses(self, max_id: str | None) -> Answer:
        found = [self.status(post) for post in self.newest_first()]
        found.sort(key=lambda status: int(status["id"]), reverse=True)
        if max_id is not None and not (self.twisted("repeat_token") or self.twisted("cycle_token")):
            found = [status for status in found if int(status["id"]) < int(max_id)]
        page = found[: self.page_size]
        if self.twisted("malformed") and page:
            page = [{"id": page[0]["id"], "visibility": "public", "content": "<p>no uri</p>"}, *page]
        return Answer.json(page)


class OnBluesky(Account):
    network = "bluesky"
    overlap = timedelta(minutes=2)
    handle = "@norse.example"

    def __init__(self) -> None:
        self.reposts: list[dict[str, Any]] = []
        super().__init__()

    @property
    def account_id(self) -> str:
        return DID

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = BlueskySettings(
            url="ws://127.0.0.1:1/subscribe",
            api_url=self.server.url,
            allow_private_addresses=True,
            timeout_s=timeout_s,
        )
        return Bluesky(settings, Context("sky"))

    def source_id(self, post: Offered) -> str:
        return f"at://{DID}/app.bsky.feed.post/3k{int(post.id):011}"

    def carries_posts(self, asked: Asked) -> bool:
        return self.everything or asked.path.endswith("getAuthorFeed")

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("getProfile"):
            return self._profile(asked.query["actor"])
        token = asked.query.get("cursor")
        if self.refused(token):
            return Answer.json({"error": "InvalidRequest", "message": "Malformed cursor"}, 400)
        assert asked.query["actor"] == DID
        page, more = self.page_of(self.newest_first(), int(token) if token and token.isdigit() else None)
        feed: list[Any] = [
            {"post": self.view(post), "reply": {"parent": {"uri": "at://other"}}} for post in page
        ]
        if self.twisted("malformed"):
            feed = [{"post": {"uri": None}}, *feed]
        following = self.circled(str(more) if more is not None else None, token)
        feed = [*self.reposts, *feed]
        return Answer.json({"feed": feed, **({"cursor": following} if following else {})})

    def _profile(self, actor: str) -> Answer:
        if actor not in ("norse.example", DID):
            return Answer.json({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        figures = {"followersCount": self.followers, "followsCount": 3, "postsCount": 40}
        return Answer.json({"did": DID, "handle": "norse.example", **figures})

    def view(self, post: Offered) -> dict[str, Any]:
        written = post.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "uri": self.source_id(post),
            "cid": f"bafy{post.id}",
            "author": {"did": DID, "handle": "norse.example"},
            "record": {"$type": "app.bsky.feed.post", "createdAt": written, "text": post.text},
            "likeCount": 5,
            "repostCount": 2,
            "replyCount": 1,
            "quoteCount": 0,
            "indexedAt": written,
        }


class OnYouTube(Account):
    network = "youtube"
    overlap = timedelta(hours=23)
    canaries = (youtube.KEY,)
    hidden = False

    def __init__(self) -> None:
        self.units = 0
        self.spent = Spent()
        super().__init__()

    @property
    def account_id(self) -> str:
        return CHANNEL

    def collector(self, *, timeout_s: float = 30.0) -> Collector:
        settings = YouTubeSettings(api_url=self.server.url, allow_private_addresses=True, timeout_s=timeout_s)
        return YouTube(settings, Context("tube", {"api_key": SecretStr(youtube.KEY)}, lambda _: self.spent))

    def source_id(self, post: Offered) -> str:
        return f"vid{int(post.id):08d}"

    def text(self, post: Offered) -> str:
        return f"{post.text}\nabout it"

    def carries_posts(self, asked: Asked) -> bool:
        return self.everything or asked.path.endswith("/playlistItems")

    def answer(self, asked: Asked) -> Answer:
        self.units += 1
        assert asked.headers["X-Goog-Api-Key"] == youtube.KEY
        resource = asked.path.rpartition("/")[2]
        answers = {"channels": self._channel, "playlistItems": self._uploads, "videos": self._videos}
        return answers[resource](dict(asked.query))

    def _channel(self, query: dict[str, str]) -> Answer:
        if query.get("forHandle") != "@norse" and query.get("id") != CHANNEL:
            return Answer.json({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
        figures: dict[str, Any] = {
            "videoCount": "40",
            "viewCount": "5000",
            "hiddenSubscriberCount": self.hidden,
        }
        figures |= {} if self.hidden else {"subscriberCount": str(self.followers)}
        channel = {
            "id": CHANNEL,
            "snippet": {"title": "Norse", "customUrl": "@norse"},
            "statistics": figures,
            "contentDetails": {"relatedPlaylists": {"uploads": "UU" + "n" * 22}},
        }
        return Answer.json({"items": [channel]})

    def _uploads(self, query: dict[str, str]) -> Answer:
        token = query.get("pageToken")
        if self.refused(token):
            return youtube.refusal(400, "The request specifies an invalid page token.", "invalidPageToken")
        page, more = self.page_of(self.newest_first(), int(token) if token and token.isdigit() else None)
        items: list[Any] = [
            {"contentDetails": {"videoId": self.source_id(post), "videoPublishedAt": youtube.iso(post.at)}}
            for post in page
        ]
        if self.twisted("malformed"):
            items = [{"contentDetails": {"videoId": 3}}, *items]
        following = self.circled(str(more) if more is not None else None, token)
        return Answer.json({"items": items, **({"nextPageToken": following} if following else {})})

    def _videos(self, query: dict[str, str]) -> Answer:
        api = youtube.Api(self.now)
        for post in self.visible():
            api.video(self.source_id(post), post.text, post.at, CHANNEL)
        ids = query["id"].split(",")
        assert len(ids) <= 50
        return Answer.json({"items": [api.videos[key] for key in ids if key in api.videos]})


ACCOUNTS: dict[str, type[Account]] = {
    "bluesky": OnBluesky,
    "mastodon": OnMastodon,
    "x": OnX,
    "youtube": OnYouTube,
}

"""asyncpraw behind guards: its requests go out through our own client, so they end, are checked, and wait for nothing.

asyncpraw is given a requestor that hands each request to `Http` and judges the answer first; what is left
to it is Reddit's log-in and addresses. It never sees rate limit headers, since it would sleep by them: an
exhausted limit raises RateLimited on the next request instead.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from listener.collectors.http import USER_AGENT, Http
from listener.collectors.reading import items, table, text
from listener.collectors.replies import Reply, failure, retry_at, snippet
from listener.errors import BadReply, RateLimited, SourceError, Unauthorized

_CLOSED = frozenset({"private", "banned", "quarantined", "gold_only", "gated"})


class RedditClient:
    """Reads listings as an app that no user has logged in to. Not for use inside a running event loop."""

    def __init__(
        self, source: str, http: Http, client_id: str, client_secret: str, *, oauth_url: str, reddit_url: str
    ) -> None:
        import asyncpraw

        self._source, self._secrets = source, (client_id, client_secret)
        self._requestor = _Requestor(source, http)
        self._runner = asyncio.Runner()
        through: Any = self._requestor.configured  # called as the class would be
        made = asyncpraw.Reddit(
            "DEFAULT",
            client_id=client_id,
            client_secret=client_secret,
            user_agent=USER_AGENT,
            oauth_url=oauth_url.rstrip("/"),
            reddit_url=reddit_url.rstrip("/"),
            username=None,
            password=None,
            refresh_token=None,
            check_for_updates=False,
            requestor_class=through,
        )
        self._reddit: Any = made

    def listing(self, path: str, *, now: datetime, **params: Any) -> Mapping[str, Any]:
        """The `data` of a listing: `children` and `after`. Raises SourceErrors only."""
        self._requestor.now = now
        try:
            asked = {name: str(value) for name, value in params.items() if value is not None}
            answer = self._runner.run(self._reddit.request(method="GET", path=path, params=asked))
        except SourceError:
            raise
        except Exception as error:  # asyncpraw's own, and what it lets out, have no common root
            if type(error).__name__ == "OAuthException":
                said = snippet(str(error).encode("utf-8", "replace"), self._secrets)
                raise Unauthorized(self._source, f"Reddit does not log the app in: {said}") from None
            raise BadReply(
                self._source, f"Reddit answered what asyncpraw cannot read ({type(error).__name__})"
            ) from None
        data = table(table(answer).get("data"))
        if not isinstance(data.get("children"), list):
            raise BadReply(self._source, f"Reddit answered {path} without a listing")
        return data

    def close(self) -> None:
        self._runner.run(self._reddit.close())
        self._runner.close()


class _Requestor:
    """What asyncprawcore asks through: the part of its Requestor that it uses."""

    def __init__(self, source: str, http: Http) -> None:
        self._source, self._http = source, http
        self._exhausted_until: datetime | None = None
        self.now: datetime
        self.oauth_url = self.reddit_url = ""

    def configured(self, *, oauth_url: str, reddit_url: str, user_agent: str) -> "_Requestor":
        self.oauth_url, self.reddit_url = oauth_url, reddit_url
        return self

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        data: Any = None,
        auth: Any = None,
        **_: Any,
    ) -> AsyncIterator["_Answer"]:
        if self._exhausted_until is not None and self.now < self._exhausted_until:
            message = "Reddit's limit of requests is used up"
            raise RateLimited(self._source, message, retry_at=self._exhausted_until)
        signed = {"Authorization": auth.encode()} if auth is not None else dict(headers)
        out = self._http.outgoing(
            method,
            url,
            params=params,
            headers={"Content-Type": "application/x-www-form-urlencoded"} if data else {},
            secret_headers={name: value for name, value in signed.items() if name == "Authorization"},
            content=urlencode(data).encode() if data else b"",
        )
        reply = self._http.exchange(out, time.monotonic() + self._http.timeout_s)
        self._judge(reply, url, logging_in=auth is not None)
        yield _Answer(reply)

    async def close(self) -> None:
        """The connections belong to the collector."""

    def _judge(self, reply: Reply, url: str, *, logging_in: bool) -> None:
        if reply.status != 200:
            raise self._problem(reply, logging_in)
        if urlsplit(reply.url).path != urlsplit(url).path:
            raise reply.bad("is where Reddit sends us instead of answering; does the subreddit exist?")
        try:
            remaining = float(reply.headers.get("x-ratelimit-remaining", "1"))
        except ValueError:
            remaining = 1.0
        if remaining < 1:
            self._exhausted_until = retry_at(reply.headers, now=self.now)

    def _problem(self, reply: Reply, logging_in: bool) -> SourceError:
        said = failure(reply, now=self.now)
        if logging_in and reply.status < 500 and reply.status != 429:
            return Unauthorized(self._source, "Reddit does not take client_id and client_secret")
        try:
            reason = text(table(reply.json()).get("reason"))
        except SourceError:
            reason = None
        if reason in _CLOSED:
            return BadReply(self._source, f"this subreddit is {reason}: take it out of `subreddits`")
        return said


class _Answer:
    """An answer as asyncprawcore reads it."""

    status = 200

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.headers: Mapping[str, str] = {}

    async def json(self, **_: Any) -> Any:
        return self._reply.json()

    async def text(self) -> str:
        return self._reply.text()


def children(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The things of a listing."""
    return [dict(thing) for thing in items(data.get("children")) if isinstance(thing, dict)]

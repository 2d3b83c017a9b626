"""tweepy behind guards: every request ends, every refusal becomes one of our errors, no token is shown.

tweepy 4.17 passes no timeout, sleeps in the caller's thread when told to wait, trips over refusals that are
not JSON objects and over odd rate limit headers, and logs its Authorization header at DEBUG. So the session
under it is ours, answers of 400 and above are judged before tweepy sees them, and its request log is
dropped.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from listener.collectors.base import Payload
from listener.collectors.reading import items, table, text
from listener.collectors.replies import retry_at, scrub, snippet
from listener.collectors.x_payload import split
from listener.errors import BadReply, OutOfBudget, RateLimited, SourceError, Unauthorized, Unreachable

BATCH = 100  # the most posts X gives for one request, in search and in lookup
_TWEEPY_HOST = "https://api.twitter.com"  # written into tweepy 4.17
_CREDIT_CHECK = timedelta(hours=6)  # credits are bought by hand, at any time
_FIELDS = {
    "expansions": [
        "author_id",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
        "attachments.media_keys",
    ],
    "tweet_fields": [
        *("attachments", "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities"),
        *("in_reply_to_user_id", "lang", "note_tweet", "public_metrics", "referenced_tweets", "withheld"),
    ],
    "user_fields": ["name", "protected", "public_metrics", "username"],
    "media_fields": ["media_key", "type"],
}


_GONE = ("/resource-not-found", "/not-authorized-for-resource")


class Owner(NamedTuple):
    """What signs requests in an account's own name (OAuth 1.0a): such tokens do not end after two hours."""

    api_key: str
    api_key_secret: str
    access_token: str
    access_token_secret: str


class WindowRefused(BadReply):
    """X does not take the request (400): the query, or the point in time or the page that was asked for."""


class _RefusedError(Exception):
    """An answer of 400 or above, before it is judged."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.headers, self.body = status, headers, body


class XClient:
    """The requests that are used, each giving the answer's JSON object. Raises SourceErrors only."""

    def __init__(
        self,
        source: str,
        token: str,
        *,
        api_url: str,
        timeout_s: float,
        allow_private: bool,
        owner: "Owner | None" = None,
    ) -> None:
        import tweepy

        from listener.collectors.requests_guard import guarded_session

        self._source = source
        self._secrets = [token, *(owner or ())]
        self._owned = owner is not None
        self._client = tweepy.Client(token, *(owner or ()), return_type=dict, wait_on_rate_limit=False)
        self._client.session.close()
        self._client.session = guarded_session(
            source,
            timeout_s=timeout_s,
            allow_private=allow_private,
            rewrite={_TWEEPY_HOST: api_url.rstrip("/")},
            secrets=self._secrets,
        )
        self._client.session.hooks["response"].append(_refuse)
        for name in ("tweepy.client", "tweepy.auth"):
            logging.getLogger(name).addFilter(_not_debug)

    def search(self, query: str, *, archive: bool, now: datetime, **params: Any) -> Payload:
        """One page of recent or full-archive search, newest first."""
        call = self._client.search_all_tweets if archive else self._client.search_recent_tweets
        return self._ask(call, query, now=now, **params, **_FIELDS)

    def counts(self, query: str, *, now: datetime, since: datetime, until: datetime) -> Payload:
        """Posts per hour that match, without the posts; at most the last seven days."""
        call = self._client.get_recent_tweets_count
        return self._ask(call, query, now=now, start_time=since, end_time=until, granularity="hour")

    def posts(self, ids: Sequence[str], *, now: datetime) -> Payload:
        """Up to 100 posts by id; those that are gone are listed under `errors`."""
        return self._ask(self._client.get_tweets, list(ids), now=now, **_FIELDS)

    def user(self, handle: str, *, now: datetime) -> Payload:
        """An account by its handle; `errors` without `data` where there is none."""
        return self._ask(self._client.get_user, username=handle, user_fields=_FIELDS["user_fields"], now=now)

    def posts_of(self, user_id: str, *, now: datetime, **params: Any) -> Payload:
        """One page of an account's posts, replies and reposts, newest first."""
        return self._ask(self._client.get_users_tweets, user_id, now=now, **params, **self._owner_sees())

    def posts_owned(self, ids: Sequence[str], *, now: datetime) -> Payload:
        """The same as `posts`, with what X tells their owner alone."""
        return self._ask(self._client.get_tweets, list(ids), now=now, **self._owner_sees())

    def _owner_sees(self) -> dict[str, Any]:
        if not self._owned:
            return _FIELDS
        fields = [*_FIELDS["tweet_fields"], "non_public_metrics"]
        return {**_FIELDS, "tweet_fields": fields, "user_auth": True}

    def close(self) -> None:
        self._client.session.close()

    def _ask(self, call: Any, *args: Any, now: datetime, **params: Any) -> Payload:
        try:
            answer = call(*args, **{name: value for name, value in params.items() if value is not None})
        except SourceError:
            raise
        except _RefusedError as refused:
            raise self._judged(refused, now) from None
        except Exception as error:  # what tweepy and requests let out has no common root
            said = snippet(scrub(str(error), self._secrets).encode("utf-8", "replace"))
            if isinstance(error, OSError) and not isinstance(error, ValueError):
                raise Unreachable(self._source, f"X: {type(error).__name__}: {said}") from None
            raise BadReply(
                self._source, f"X answered what is not JSON ({type(error).__name__}): {said}"
            ) from None
        if not isinstance(answer, dict):
            raise BadReply(self._source, f"X answered a {type(answer).__name__} instead of an object")
        return answer

    def _judged(self, refused: _RefusedError, now: datetime) -> SourceError:
        source, status = self._source, refused.status
        problem = _problem(refused.body)
        reason = _reason(problem) or refused.body.decode("utf-8", "replace")
        said = f"X answered {status}: {snippet(reason.encode(), self._secrets) or 'nothing'}"
        capped = "usage-capped" in str(problem.get("type")) or problem.get("title") == "UsageCapExceeded"
        if capped:
            said = f"{said}; the monthly cap of your X plan is used up"
            return OutOfBudget(source, said, retry_at=next_month(now))
        if status == 402:
            said = f"{said}; buy credits in X's developer console"
            return OutOfBudget(source, said, retry_at=now + _CREDIT_CHECK)
        if status in (401, 403):
            said = f"{said}; check the bearer token and the access of its app"
            return Unauthorized(source, said)
        if status == 429:
            return RateLimited(source, said, retry_at=retry_at(refused.headers, now=now))
        if status == 400:
            return WindowRefused(source, said)
        return Unreachable(source, said) if status >= 500 else BadReply(source, said)


def next_month(now: datetime) -> datetime:
    """The first instant of the next month in UTC.

    >>> next_month(datetime(2026, 12, 3, tzinfo=UTC)).isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def gone_of(reply: Payload, asked: Sequence[str]) -> list[str]:
    """Ids that X says are deleted, suspended or protected; not those it merely could not show this time."""
    named = [
        str(error.get("resource_id") or error.get("value"))
        for error in map(table, items(reply.get("errors")))
        if error.get("resource_type", "tweet") == "tweet" and str(error.get("type")).endswith(_GONE)
    ]
    hidden = [str(table(payload["tweet"]).get("id")) for payload in split(reply) if _protected(payload)]
    return [key for key in asked if key in {*named, *hidden}]


def _protected(payload: Payload) -> bool:
    users: list[Any] = items(payload["includes"].get("users"))
    author = table(payload["tweet"]).get("author_id")
    return any(user.get("id") == author and user.get("protected") is True for user in map(table, users))


def _refuse(response: Any, **_: Any) -> None:
    if response.status_code >= 400:
        raise _RefusedError(response.status_code, dict(response.headers), response.content)


def _not_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


def _problem(body: bytes) -> Mapping[str, Any]:
    try:
        return table(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _reason(problem: Mapping[str, Any]) -> str:
    """What a refusal says in words: X lists messages, or gives a detail under a title."""
    messages = [text(table(error).get("message")) for error in items(problem.get("errors"))]
    return (
        "; ".join(filter(None, messages)) or text(problem.get("detail")) or text(problem.get("title")) or ""
    )

"""The requests made to YouTube's Data API v3, and what its refusals mean.

The key travels in a header, never in an address. All refusals look alike (HTTP 403 or 400) but for a reason
in the body: the quota is used up, this video's comments are switched off, the key is not allowed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listener.collectors.http import Http
from listener.collectors.reading import items, table, text
from listener.collectors.replies import Reply, failure, retry_at, snippet
from listener.collectors.youtube_quota import Quota
from listener.errors import BadReply, OutOfBudget, RateLimited, SourceError, Unauthorized, Unreachable

PAGE = 100
LOOKED_UP = 50  # ids in one request
_ASKED = (200, 400, 403, 404)
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_NOT_HERE = frozenset(
    {"commentsDisabled", "videoNotFound", "channelNotFound", "forbidden", "channelForbidden"}
)
_PASSING = frozenset({"processingFailure", "backendError", "internalError"})


class NothingHereError(Exception):
    """This video or channel has no comments to give: switched off, private or gone."""


class PageRefusedError(Exception):
    """The page token is not taken any more."""


class Api:
    """`get` asks for one resource. Every request is charged to the quota before it is sent."""

    def __init__(self, http: Http, source: str, api_url: str, key: str) -> None:
        self._http, self._source, self._key = http, source, key
        self._base = f"{api_url.rstrip('/')}/youtube/v3"

    def get(
        self, resource: str, quota: Quota, *, now: datetime, units: int = 1, **params: Any
    ) -> Mapping[str, Any]:
        """An answer with its `items`. Raises NothingHereError, PageRefusedError and SourceErrors."""
        quota.spend(units)
        reply = self._http.get(
            f"{self._base}/{resource}",
            params={name: value for name, value in params.items() if value is not None},
            secret_headers={"X-Goog-Api-Key": self._key},
            now=now,
            expect=_ASKED,
        )
        if reply.status != 200:
            raise self._judged(reply, quota, now)
        answer = table(reply.json())
        if "items" not in answer and table(answer.get("pageInfo")).get("totalResults") == 0:
            return {
                **answer,
                "items": [],
            }  # a channel that is not there is left out with the list it would be in
        if not isinstance(answer.get("items"), list):
            raise reply.bad("answered without items")
        return answer

    def _judged(self, reply: Reply, quota: Quota, now: datetime) -> Exception:
        error = table(table(_json(reply)).get("error"))
        reasons = {
            text(table(part).get("reason"))
            for part in (*items(error.get("errors")), *items(error.get("details")))
        }
        why = self._shown(", ".join(sorted(filter(None, reasons))))
        named = f"YouTube answered {reply.status} ({why}): {self._shown(text(error.get('message')) or '')}"
        if reasons & _QUOTA:
            return OutOfBudget(self._source, named, retry_at=quota.ends)
        if reasons & _TOO_FAST:
            return RateLimited(self._source, named, retry_at=retry_at(reply.headers, now=now))
        if reasons & _NOT_HERE or (reply.status == 404 and reasons):
            return NothingHereError(why)
        if "invalidPageToken" in reasons:
            return PageRefusedError()
        if reasons & _PASSING:
            return Unreachable(self._source, named)
        if reply.status == 403 or reasons & {"keyInvalid", "API_KEY_INVALID"}:
            return Unauthorized(
                self._source, f"{named}; check the key and that the YouTube Data API is enabled"
            )
        return BadReply(self._source, named) if error else failure(reply, now=now)

    def _shown(self, said: str) -> str:
        return snippet(said.encode("utf-8", "replace"), [self._key])


def _json(reply: Reply) -> Any:
    try:
        return reply.json()
    except SourceError:
        return None

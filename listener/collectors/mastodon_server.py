"""One Mastodon server as a collector asks it: addresses, the access token, and what its refusals mean."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from listener.collectors.base import Rechecked
from listener.collectors.http import Http
from listener.collectors.mastodon_timelines import Timeline
from listener.collectors.reading import table, text
from listener.collectors.replies import Reply, snippet
from listener.errors import BadReply, RateLimited, SourceError, Unauthorized

INSTANCE = re.compile(
    r"(https?://)?([a-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?)/?", re.IGNORECASE
)
_ANSWERS = (200, 401, 403, 404, 410, 422)
_URI = re.compile(r"(https?://[^/?#@\s]+)/(?:users/[^/?#]+|ap/users/[0-9]+)/statuses/([0-9A-Za-z]{1,64})")
_RECHECK_S = 300.0
_OTHERS_S = 10.0


class Server:
    """The server named in the settings; other servers are only asked about posts that were written there."""

    def __init__(
        self, source: str, instance: str, token: str | None, *, timeout_s: float, allow_private: bool
    ) -> None:
        given = INSTANCE.fullmatch(instance)
        assert given is not None, "checked by the settings"
        self.source = source
        self.token = token
        self.host = given[2].lower()
        self.base = f"{(given[1] or 'https://').lower()}{self.host}"
        secrets = [token] if token else []
        self._http = Http(source, timeout_s=timeout_s, allow_private=allow_private, secrets=secrets)
        # Other servers' names come out of posts, so leave to enter the user's own network is not for them.
        self._others = Http(source, timeout_s=min(_OTHERS_S, timeout_s), secrets=secrets)
        self._access: Mapping[str, Any] | None = None

    def close(self) -> None:
        self._http.close()
        self._others.close()

    def statuses(self, path: str, params: Mapping[str, Any], *, now: datetime) -> list[dict[str, Any]]:
        """A page of statuses, newest first. Raises BadReply for an answer that is no such list."""
        return _list_of(self._asked(path, params, now=now))

    def about(self, *, now: datetime) -> Mapping[str, Any]:
        """The Instance entity."""
        reply = self._get("/api/v2/instance", {}, now=now)
        if reply.status == 404:  # before Mastodon 4.0
            reply = self._asked("/api/v1/instance", {}, now=now)
        elif reply.status != 200:
            raise self._refused(reply)
        return table(reply.json())

    def key_works(self, *, now: datetime) -> None:
        """Ask for something that needs the token. Raises Unauthorized where the server does not take it."""
        self._asked("/api/v1/apps/verify_credentials", {}, now=now)

    def must_be_open(self, timeline: Timeline, *, now: datetime) -> None:
        """Raise where the server says that it has switched this timeline off: its answers are empty then,
        not errors.
        """
        if self._access is None:
            self._access = table(table(self.about(now=now).get("configuration")).get("timelines_access"))
        feeds = table(self._access.get("hashtag_feeds" if timeline.kind == "tags" else "live_feeds"))
        levels = {feeds.get("local")} | (set() if timeline.kind == "local" else {feeds.get("remote")})
        if timeline.kind == "search" or not levels <= {"disabled", "authenticated"}:
            return
        if levels == {"disabled"}:
            raise SourceError(
                self.source, f"{self.host} has switched {timeline.title} off; read another server"
            )
        if not self.token:
            raise self._needs_token(timeline.title)

    def account(self, base: str, acct: str, *, now: datetime) -> Mapping[str, Any]:
        """The account so called on a server; {} where that server knows none. Raises BadReply for what is no account."""
        reply = self._ask_at(base, "/api/v1/accounts/lookup", {"acct": acct}, now=now)
        answer = table(reply.json()) if reply.status in (200, 404, 410) else {}
        if reply.status in (404, 410) and text(answer.get("error")):
            return {}
        if reply.status != 200:
            raise self._refused(reply)
        if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", str(answer.get("id"))):
            raise reply.bad("answered something that is no account")
        return answer

    def statuses_of(
        self, base: str, account: str, params: Mapping[str, Any], *, now: datetime
    ) -> list[dict[str, Any]]:
        """A page of an account's statuses, newest first."""
        reply = self._ask_at(base, f"/api/v1/accounts/{account}/statuses", params, now=now)
        if reply.status != 200:
            raise self._refused(reply)
        return _list_of(reply)

    def status(self, base: str, key: str, *, now: datetime) -> Mapping[str, Any]:
        """One status by its id on a server; without a uri where it is gone."""
        return table(self._status(base, key, now=now).json())

    def look_up(self, uris: Sequence[str], *, now: datetime) -> Rechecked:
        """Posts by uri, each asked for where it was written. Left out are those whose server cannot say.

        Only an answer in the API's own form, "not found" or "gone", makes a post gone: a parked domain says
        404 as well.
        """
        payloads: list[dict[str, Any]] = []
        gone: list[str] = []
        silent: set[str] = set()
        end = time.monotonic() + _RECHECK_S
        for uri in uris:
            named = _URI.fullmatch(uri)
            if named is None or named[1] in silent:
                continue
            if time.monotonic() > end:
                break
            try:
                reply = self._status(named[1], named[2], now=now)
                answer = table(reply.json())
            except SourceError as error:
                own = named[1] == self.base
                if own and not (payloads or gone):
                    raise
                if own or isinstance(error, RateLimited):
                    silent.add(self.base)
                silent.add(named[1])
                continue
            if reply.status == 200 and answer.get("uri") == uri:
                payloads.append(dict(answer))
            elif reply.status in (404, 410) and text(answer.get("error")):
                gone.append(uri)
        return Rechecked(payloads, gone)

    def _status(self, base: str, key: str, *, now: datetime) -> Reply:
        return self._ask_at(base, f"/api/v1/statuses/{key}", {}, now=now)

    def _ask_at(self, base: str, path: str, params: Mapping[str, Any], *, now: datetime) -> Reply:
        """Another server gets neither the token nor leave to be in the user's own network."""
        if base == self.base:
            return self._get(path, params, now=now)
        return self._others.get(base + path, params=params, now=now, expect=_ANSWERS)

    def _get(self, path: str, params: Mapping[str, Any], *, now: datetime) -> Reply:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self._http.get(
            self.base + path, params=params, secret_headers=bearer, now=now, expect=_ANSWERS
        )

    def _asked(self, path: str, params: Mapping[str, Any], *, now: datetime) -> Reply:
        reply = self._get(path, params, now=now)
        if reply.status != 200:
            raise self._refused(reply)
        return reply

    def _refused(self, reply: Reply) -> SourceError:
        said = snippet(reply.body, reply.secrets)
        if reply.status in (401, 422) and not self.token:
            return self._needs_token("this")
        if reply.status == 401:
            return Unauthorized(self.source, f"{self.host} does not take the access token: {said}")
        if reply.status == 403:
            return Unauthorized(self.source, f"{self.host} does not allow this: {said}")
        if reply.status == 410:
            return BadReply(self.source, f"{self.host} is gone (HTTP 410); remove it or name another server")
        if reply.status == 404:
            return BadReply(self.source, f"{self.host} does not speak Mastodon's API (HTTP 404): {said}")
        return reply.bad(f"answered HTTP {reply.status}")

    def _needs_token(self, what: str) -> Unauthorized:
        return Unauthorized(
            self.source, f"{self.host} shows {what} only to those who signed in: set the secret access_token"
        )


def _list_of(reply: Reply) -> list[dict[str, Any]]:
    found = reply.json()
    found = found.get("statuses") if isinstance(found, dict) else found
    if not isinstance(found, list):
        raise reply.bad("answered something that is no list of statuses")
    return [status if isinstance(status, dict) else {"malformed": status} for status in found]

"""A brand's account on Mastodon: looked up and read at the server it lives on, which alone has all its posts and the right number of followers.

docs.joinmastodon.org/methods/accounts, "Lookup account ID from Webfinger address" and "Get account's statuses". Neither needs a key on most
servers. Where the account's own server does not answer, the configured one is asked what it has seen of it.

A status names what it answers by an id of the server that was asked. To know which mention the brand answered, the answered status is looked up
there too, and its uri laid beside the status.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.mastodon_parse import author_of
from listener.collectors.mastodon_server import Server
from listener.collectors.own_walk import AGAIN, OwnPlace, Step
from listener.collectors.positions import refused
from listener.collectors.reading import count, instant, table, text
from listener.errors import AddressRefused, BadReply, RateLimited, SourceError
from storage.types import AccountSeen

PAGE = 40
_PARENTS = 40  # answered statuses looked up for one page
_ASKED_BY = re.compile(r"(https?://[^/?#@\s]+)/api/v1/accounts/([0-9A-Za-z_-]{1,64})")


class Accounts:
    """Asks one server, and the accounts' own ones."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def found(self, handle: str, *, now: datetime) -> tuple[AccountSeen, str] | None:
        """The account, and the address to ask for its posts at; None where neither server knows it."""
        name, _, domain = handle.strip().removeprefix("@").partition("@")
        away: SourceError | None = None
        if domain and domain.lower() != self._server.host:
            try:
                account = self._server.account(f"https://{domain.lower()}", name, now=now)
                if account:
                    return _seen(account, f"https://{domain.lower()}")
            except SourceError as error:
                away = error
        acct = f"{name}@{domain}" if domain and domain.lower() != self._server.host else name
        account = self._server.account(self._server.base, acct, now=now)
        if account:
            return _seen(account, self._server.base)
        if away is not None and not isinstance(away, AddressRefused):
            raise away
        return None

    def step(self, place: OwnPlace, *, now: datetime) -> Step:
        """One page of an account's statuses, older than the place's token."""
        named = _ASKED_BY.fullmatch(place.asked_by or "")
        if named is None:
            damaged = {"asked_by": place.asked_by}
            raise refused(self._server.source, damaged, "it is no account of a Mastodon server's API")
        params = {"limit": str(PAGE), **({"max_id": place.token} if place.token else {})}
        statuses = self._server.statuses_of(named[1], named[2], params, now=now)
        posts: list[tuple[Payload, datetime | None]] = []
        looked_up = 0
        for status in statuses:
            at = instant(status.get("created_at"))
            fresh = at is None or at.at >= place.low - AGAIN
            if fresh and _answers_another(status):
                looked_up += 1
                status = {**status, "in_reply_to": self._answered(named[1], status, looked_up, now)}
            posts.append((status, at.at if at else None))
        ids = [key for key in (text(status.get("id")) for status in statuses) if key]
        return Step(posts, token=ids[-1] if ids else None)

    def _answered(self, base: str, status: Mapping[str, Any], number: int, now: datetime) -> dict[str, str]:
        """The uri of the status answered, or the address it has at the server asked where that does not tell."""
        key = str(status["in_reply_to_id"])
        if number <= _PARENTS and re.fullmatch(r"[0-9A-Za-z_-]{1,64}", key):
            try:
                uri = text(self._server.status(base, key, now=now).get("uri"))
            except RateLimited:
                raise
            except SourceError:
                uri = None
            if uri:
                return {"uri": uri}
        return {"uri": f"{base}/api/v1/statuses/{key}"}


def _answers_another(status: Mapping[str, Any]) -> bool:
    """A reply to somebody else; one in the account's own thread names its parent by itself."""
    own = table(status.get("account")).get("id")
    return bool(text(status.get("in_reply_to_id"))) and status.get("in_reply_to_account_id") != own


def _seen(account: Mapping[str, Any], base: str) -> tuple[AccountSeen, str]:
    author = author_of({"account": account, "uri": base})
    if author is None:
        raise BadReply("mastodon", f"{base} answered with an account that has no address")
    seen = AccountSeen(
        account_id=author.source_author_id,
        handle=author.handle,
        followers=author.followers,
        following=count(account.get("following_count")),
        posts=count(account.get("statuses_count")),
    )
    return seen, f"{base}/api/v1/accounts/{account['id']}"

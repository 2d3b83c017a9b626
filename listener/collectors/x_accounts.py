"""A brand's account on X: its figures, and what it posted.

docs.x.com: "Get User by Username" and "Get Posts" of a user (the newest 3,200). Both are paid for like all that is read, from `own_share` of the
budget. Posts are asked for since the newest one stored, so a run that finds nothing new costs nothing.

Everybody may see a post's views and saves. What its owner alone is told (clicks on its links, visits to the profile; posts of the last 30 days)
comes with the four secrets of the owner's own app and account.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.own_walk import OwnPlace, Step, TokenRefusedError
from listener.collectors.reading import count, instant, items, table, text
from listener.collectors.x_budget import Budget
from listener.collectors.x_client import WindowRefused
from listener.collectors.x_parse import id_at, time_of
from listener.collectors.x_payload import post_id, split
from listener.collectors.x_search import found_in, noted
from listener.errors import BadReply
from storage.types import AccountSeen

_MS = timedelta(milliseconds=1)
_HANDLE = re.compile(r"@?([A-Za-z0-9_]{1,50})")


def handle_of(handle: str) -> str | None:
    """A handle as X takes it, None for what none can be: it becomes part of an address."""
    found = _HANDLE.fullmatch(handle.strip())
    return found[1] if found else None


def account_of(source: str, reply: Payload) -> AccountSeen | None:
    """The account in an answer; None where X says that there is none, or that it is suspended."""
    user = table(reply.get("data"))
    key = post_id(user.get("id"))
    if key is None:
        if items(reply.get("errors")):
            return None
        raise BadReply(source, "X answered without an account and without saying why")
    figures = table(user.get("public_metrics"))
    return AccountSeen(
        account_id=key,
        handle=text(user.get("username")),
        followers=count(figures.get("followers_count")),
        following=count(figures.get("following_count")),
        posts=count(figures.get("tweet_count")),
    )


def posts_step(
    source: str,
    ask: Callable[[Mapping[str, Any]], Payload],
    budget: Budget,
    place: OwnPlace,
    *,
    price_author: float,
    price_post: float,
    now: datetime,
) -> Step:
    """One page of the account's posts that are newer than what is stored."""
    params: dict[str, Any] = {"max_results": budget.own_allowance(now), "pagination_token": place.token}
    try:
        reply = ask({**params, "since_id": str(max(int(id_at(place.low + _MS)) - 1, 1))})
    except WindowRefused:
        if place.token is not None:
            raise TokenRefusedError from None
        raise
    tweets, meta = found_in(source, reply)
    usd = (
        len(tweets) * price_post + len(items(table(reply.get("includes")).get("users"))) * price_author
        if tweets
        else 0.0
    )
    budget.note(usd, own=True)
    notes = [noted(error) for error in map(table, items(reply.get("errors"))) if not _others(error)]
    return Step(
        [(payload, _time(payload)) for payload in split(reply)],
        text(meta.get("next_token")),
        units=1,
        usd=usd,
        notes=notes,
    )


def _others(error: Mapping[str, Any]) -> bool:
    """That a figure is told to the post's owner alone: said of each post of an account that is not the key's."""
    return str(error.get("type")).endswith("/not-authorized-for-field")


def _time(payload: Payload) -> datetime | None:
    tweet = table(payload.get("tweet"))
    key, created = post_id(tweet.get("id")), instant(tweet.get("created_at"))
    told = time_of(key) if key is not None else None
    return told or (created.at if created else None)

"""A brand's account on Bluesky, as the public AppView shows it to everybody.

docs.bsky.app/docs/api/app-bsky-actor-get-profile and app-bsky-feed-get-author-feed. The firehose brings new posts too; the feed adds those of before,
and their figures.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.http import Http
from listener.collectors.own_walk import OwnPlace, Step, TokenRefusedError
from listener.collectors.reading import count, instant, table, text
from storage.types import AccountSeen

_NOBODY = ("InvalidRequest", "AccountTakedown", "AccountDeactivated")
_PAGE = "100"


def profile(http: Http, api_url: str, handle: str, *, now: datetime) -> AccountSeen | None:
    """The account of a handle or DID; None where nobody has it, or it is taken down or deactivated."""
    asked = {"actor": handle.strip().removeprefix("@")}
    reply = http.get(f"{api_url}/xrpc/app.bsky.actor.getProfile", params=asked, now=now, expect=(200, 400))
    answer = table(reply.json())
    if reply.status == 400 and answer.get("error") in _NOBODY:
        return None
    did = text(answer.get("did"))
    if reply.status != 200 or did is None or not did.startswith("did:"):
        raise reply.bad(f"answered HTTP {reply.status} without a profile")
    handle_now = text(answer.get("handle"))
    return AccountSeen(
        account_id=did,
        handle=None if handle_now == "handle.invalid" else handle_now,
        followers=count(answer.get("followersCount")),
        following=count(answer.get("followsCount")),
        posts=count(answer.get("postsCount")),
    )


def feed_step(http: Http, api_url: str, did: str, place: OwnPlace, *, now: datetime) -> Step:
    """One page of an account's feed: its posts, replies and reposts, without the posts that it answers."""
    asked = {"actor": did, "limit": _PAGE, "filter": "posts_with_replies", "cursor": place.token}
    params = {name: value for name, value in asked.items() if value is not None}
    reply = http.get(f"{api_url}/xrpc/app.bsky.feed.getAuthorFeed", params=params, now=now, expect=(200, 400))
    if reply.status == 400 and place.token is not None:
        raise TokenRefusedError
    answer = table(reply.json())
    feed = answer.get("feed")
    if reply.status != 200 or not isinstance(feed, list):
        raise reply.bad(f"answered HTTP {reply.status} without a feed")
    posts = [_item(item) for item in feed]
    return Step(posts, text(answer.get("cursor")) if feed else None)


def _item(item: object) -> tuple[Payload, datetime | None]:
    """A feed item, and what the feed is ordered by: when the network saw the post, or the repost of it."""
    if not isinstance(item, dict):
        return {"malformed": item}, None
    reason, post = table(item.get("reason")), table(item.get("post"))
    read = instant(reason.get("indexedAt")) or instant(post.get("indexedAt"))
    return _alone(item), read.at if read else None


def _alone(item: Mapping[str, Any]) -> Payload:
    return {name: value for name, value in item.items() if name != "reply"}

"""Cutting a response of the X API v2 into payloads: one post each, with only what belongs to it.

Read are recent and archive search, lookup, one object of the filtered stream, and the lines that twarc writes
(plain or flattened). The same cut serves collecting and file import.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.reading import items, table
from storage.types import BIGGEST

DEPTH = 2  # a repost of a quote: the original, and what that one quotes


def split(page: Payload) -> list[Payload]:
    """One payload per post: `{"tweet": ..., "includes": {...}}`, and `retrieved_at` where twarc noted it.

    A response without posts, or an object that is no response (a compliance event, a rule), gives none. A
    payload of ours comes back as it is.

    >>> split({"data": [{"id": "1", "author_id": "7"}], "includes": {"users": [{"id": "7"}, {"id": "8"}]}})
    [{'tweet': {'id': '1', 'author_id': '7'}, 'includes': {'users': [{'id': '7'}]}}]
    >>> split({"meta": {"result_count": 0}})
    []
    """
    if "tweet" in page:
        return [page]
    if "data" not in page and "id" in page and "text" in page:
        return [{"tweet": page, "includes": _inlined(page)}]
    data = page.get("data")
    tweets = data if isinstance(data, list) else [data] if data is not None else []
    beside = Includes(page.get("includes"))
    seen_at = table(page.get("__twarc")).get("retrieved_at")
    extra = {"retrieved_at": seen_at} if isinstance(seen_at, str) else {}
    return [{"tweet": tweet, "includes": beside.part_of(tweet), **extra} for tweet in tweets]


class Includes:
    """The objects a response holds beside its posts, by id."""

    def __init__(self, includes: object) -> None:
        parts = table(includes)
        self.users = _by(parts.get("users"), "id")
        self.tweets = _by(parts.get("tweets"), "id")
        self.media = _by(parts.get("media"), "media_key")
        self.places = _by(parts.get("places"), "id")
        self.polls = _by(parts.get("polls"), "id")

    def part_of(self, tweet: object) -> dict[str, list[Any]]:
        """Only what belongs to this post: its author, media and place, the posts it refers to and theirs."""
        taken: dict[str, dict[str, Any]] = {
            "users": {},
            "tweets": {},
            "media": {},
            "places": {},
            "polls": {},
        }
        self._take(table(tweet), taken, DEPTH)
        return {kind: list(objects.values()) for kind, objects in taken.items() if objects}

    def _take(self, tweet: Mapping[str, Any], taken: dict[str, dict[str, Any]], depth: int) -> None:
        attached, place = table(tweet.get("attachments")), table(tweet.get("geo")).get("place_id")
        for kind, known, keys in (
            ("users", self.users, [tweet.get("author_id")]),
            ("media", self.media, items(attached.get("media_keys"))),
            ("polls", self.polls, items(attached.get("poll_ids"))),
            ("places", self.places, [place]),
        ):
            taken[kind].update({str(key): known[str(key)] for key in keys if str(key) in known})
        for _, key in references(tweet):
            if depth and key in self.tweets:
                taken["tweets"][key] = self.tweets[key]
                self._take(self.tweets[key], taken, depth - 1)


def references(tweet: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a post refers to: ("retweeted", "quoted" or "replied_to", id)."""
    for reference in map(table, items(tweet.get("referenced_tweets"))):
        key = post_id(reference.get("id"))
        if key is not None:
            yield str(reference.get("type")), key


def post_id(value: object) -> str | None:
    """An id as text, None for what is none. X sends text, other tools write whole numbers.

    >>> post_id("1576994746135764992"), post_id(20), post_id("1.57E+18")
    ('1576994746135764992', '20', None)
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= BIGGEST:
        return str(value)
    if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value) and int(value) <= BIGGEST:
        return value
    return None


def _inlined(tweet: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The `includes` of a post that twarc flattened: its author and what it refers to lie inside it."""
    tweets = [part for part in map(table, items(tweet.get("referenced_tweets"))) if "text" in part]
    users = [table(part.get("author")) for part in (tweet, *tweets)]
    media = items(table(tweet.get("attachments")).get("media"))
    parts = {"users": [user for user in users if user], "tweets": tweets, "media": media}
    return {kind: objects for kind, objects in parts.items() if objects}


def _by(objects: object, field: str) -> dict[str, dict[str, Any]]:
    return {
        str(thing[field]): thing for thing in items(objects) if isinstance(thing, dict) and field in thing
    }

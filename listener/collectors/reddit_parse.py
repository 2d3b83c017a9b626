"""One thing of Reddit made into a post: a submission ("t3") or a comment ("t1"), as its API wraps them.

Source: www.reddit.com/dev/api and github.com/reddit-archive/reddit/wiki/JSON.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from listener.collectors.base import Payload
from listener.collectors.reading import count, instant, items, new_post, table, text, web_address
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

PLATFORM = "reddit"
_NAME = re.compile(r"t[13]_[a-z0-9]{1,13}", re.ASCII)
_WITHDRAWN = ("[deleted]", "[removed]")
_OWN_HOSTS = ("reddit.com", "redd.it", "redditmedia.com")
_HINTS = {"image": "image", "hosted:video": "video", "rich:video": "video"}


def withdrawn(payload: Payload) -> str | None:
    """The id of a post whose text its author deleted or a moderator removed; None for one that is there."""
    data = table(payload.get("data"))
    taken_down = text(data.get("removed_by_category")) is not None
    gone = taken_down or data.get("selftext") in _WITHDRAWN or data.get("body") in _WITHDRAWN
    return _fullname(payload, data) if gone else None


def created(payload: Payload) -> datetime | None:
    """When a thing was published, for walking down a listing."""
    return _time(table(payload.get("data")).get("created_utc"))


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """A submission or a comment as a post; None for other things, private subreddits, and what is withdrawn.

    A submission's text is its title and, below it, what its author wrote. A deleted account leaves no
    author. Votes are fuzzed by Reddit; a score below zero is given as unknown. Raises PostRefused where
    there is no id or no text.
    """
    data = table(payload.get("data"))
    if payload.get("kind") not in ("t1", "t3") or data.get("subreddit_type") in ("private", "employees_only"):
        return None
    name = _fullname(payload, data)
    if name is None:
        raise PostRefused("name", f"{str(data.get('name'))[:40]!r} is not an id of Reddit")
    if withdrawn(payload):
        return None
    published, edited = _time(data.get("created_utc")), _time(data.get("edited"))
    return new_post(
        source=PLATFORM,
        source_id=name,
        published_at=published or observed_at,
        time_quality="exact" if published else "first_seen",
        observed_at=observed_at,
        edited_at=edited,
        version_id=edited.isoformat() if edited else None,
        author=_author(data),
        url=_address(data.get("permalink")),
        payload=dict(payload),
        **(_submission(name, data, observed_at) if payload["kind"] == "t3" else _comment(data)),
    )


def _submission(name: str, data: Mapping[str, Any], observed_at: datetime) -> dict[str, Any]:
    title = text(data.get("title"))
    if title is None:
        raise PostRefused("title", "is missing")
    target = None if data.get("is_self") else web_address(data.get("url"))
    links = (target,) if target and not _host(target).endswith(_OWN_HOSTS) else ()
    original = _original(data, observed_at)
    return {
        "text": f"{title}\n\n{text(data.get('selftext')) or ''}".strip(),
        "links": links,
        "thread": name,
        "quote_of": original.source_id if original else None,
        "referenced": (original,) if original else (),
        "format": _format(data, links),
        "stats": Stats(
            likes=count(data.get("score")),
            comments=count(data.get("num_comments")),
            shares=count(data.get("num_crossposts")),
        ),
    }


def _comment(data: Mapping[str, Any]) -> dict[str, Any]:
    body = data.get("body")
    if not isinstance(body, str):
        raise PostRefused("body", f"is {type(body).__name__}, not text")
    return {
        "text": body,
        "thread": _named(data.get("link_id")),
        "reply_to": _named(data.get("parent_id")),
        "format": "text",
        "stats": Stats(likes=count(data.get("score"))),
    }


def _original(data: Mapping[str, Any], observed_at: datetime) -> NewPost | None:
    """What a crosspost points to, without what that points to itself."""
    for parent in map(table, items(data.get("crosspost_parent_list"))[:1]):
        bare = {key: value for key, value in parent.items() if key != "crosspost_parent_list"}
        try:
            original = parse({"kind": "t3", "data": bare}, observed_at=observed_at)
        except PostRefused:
            return None
        return original.model_copy(update={"payload": None}) if original else None
    return None


def _author(data: Mapping[str, Any]) -> NewAuthor | None:
    handle = text(data.get("author"))
    if handle is None or handle in _WITHDRAWN:
        return None
    known = text(data.get("author_fullname")) or f"u/{handle}"
    plain = re.fullmatch(r"[\w-]{1,40}", handle, re.ASCII) is not None
    address = f"https://www.reddit.com/user/{handle}" if plain else None
    return NewAuthor(source_author_id=known[:1000], handle=handle, url=address)


def _format(data: Mapping[str, Any], links: tuple[str, ...]) -> str:
    if data.get("is_video") is True:
        return "video"
    if data.get("is_gallery") is True:
        return "image"
    if isinstance(data.get("poll_data"), dict):
        return "poll"
    return _HINTS.get(str(data.get("post_hint"))) or ("link" if links else "text")


def _time(value: object) -> datetime | None:
    """Seconds since 1970 as a time; None for `false`, which an unedited post has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = instant(datetime.fromtimestamp(value, UTC).isoformat())
    except (ValueError, OverflowError, OSError):
        return None
    return found.at if found else None


def _fullname(payload: Payload, data: Mapping[str, Any]) -> str | None:
    return _named(data.get("name")) or _named(f"{payload.get('kind')}_{data.get('id')}")


def _named(value: object) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _address(permalink: object) -> str | None:
    inside = isinstance(permalink, str) and re.fullmatch(r"/(?:r|user|u)/[\w/%.-]{1,500}", permalink)
    return f"https://www.reddit.com{permalink}" if inside else None


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""

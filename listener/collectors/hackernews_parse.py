"""One item of Hacker News, as its search or its items endpoint gives it, into a post."""

from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import quote

from listener.collectors.base import Payload
from listener.collectors.html_text import html_links, html_to_text
from listener.collectors.positions import instant as from_epoch
from listener.collectors.reading import count, instant, items, new_post, text, web_address
from listener.errors import PostRefused
from storage.types import NewPost, Stats

PLATFORM = "hackernews"
SITE = "https://news.ycombinator.com"
_LATEST = 4_102_444_800  # the year 2100


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """A story, comment or poll as a post; None for a deleted or killed one, which has lost author or text.

    A story's text is its title and what its author wrote under it; the page it links to is in `links`.
    Comments give the comment or story they answer and the story they belong to. Raises PostRefused without
    id, time or text.
    """
    if payload.get("deleted") is True or payload.get("dead") is True or text(payload.get("author")) is None:
        return None
    source_id = _id(payload.get("objectID", payload.get("id")))
    if source_id is None:
        raise PostRefused("objectID", "is no item number")
    author = str(payload["author"])
    kind = _kind(payload)
    body = (
        text(payload.get("comment_text"))
        or text(payload.get("story_text"))
        or text(payload.get("text"))
        or ""
    )
    title = unescape(text(payload.get("title")) or "")[:1000].strip() if kind != "comment" else ""
    whole = "\n\n".join(part for part in (title, html_to_text(body)) if part)
    if not whole:
        raise PostRefused("text", "is empty")
    address = web_address(payload.get("url")) if kind != "comment" else None
    parent, story = _id(payload.get("parent_id")), _id(payload.get("story_id"))
    return new_post(
        source=PLATFORM,
        source_id=source_id,
        text=whole,
        published_at=_published(payload),
        observed_at=observed_at,
        author={"source_author_id": author, "handle": author, "url": f"{SITE}/user?id={quote(author)}"},
        url=f"{SITE}/item?id={source_id}",
        links=tuple(dict.fromkeys([*([address] if address else []), *html_links(body)])),
        reply_to=parent if kind == "comment" else None,
        thread=(story or source_id) if kind == "comment" else source_id,
        format="poll" if kind == "poll" else "link" if address else "text",
        stats=_stats(payload),
        payload=payload,
    )


def _kind(payload: Payload) -> str:
    """One of "story", "comment" and "poll"."""
    tags = {payload.get("type"), *(tag for tag in items(payload.get("_tags")) if isinstance(tag, str))}
    if "comment" in tags or text(payload.get("comment_text")):
        return "comment"
    return "poll" if "poll" in tags else "story"


def _id(value: object) -> str | None:
    """An item's number as text, None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19:
        return value
    return str(number) if (number := count(value)) is not None else None


def _published(payload: Payload) -> datetime:
    seconds = count(payload.get("created_at_i"))
    if seconds is not None and seconds < _LATEST:
        return from_epoch(seconds)
    written = instant(payload.get("created_at"))
    if written is None:
        raise PostRefused("created_at", "is no time")
    return written.at


def _stats(payload: dict[str, Any]) -> Stats | None:
    points, comments = count(payload.get("points")), count(payload.get("num_comments"))
    return None if points is None and comments is None else Stats(likes=points, comments=comments)

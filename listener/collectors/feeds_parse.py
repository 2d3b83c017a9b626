"""One entry of a feed into a post."""

import re
from datetime import datetime
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.feeds_dates import published, read
from listener.collectors.feeds_identity import host_of
from listener.collectors.html_text import html_links, html_to_text
from listener.collectors.reading import count, items, lang, new_post, table, text, web_address
from listener.errors import PostRefused
from storage.types import NewPost

PLATFORM = "feeds"
_LONGEST_TEXT = 100_000
_MEDIA = re.compile(r"(audio|video|image)/")


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """An entry as a post: title, then what it has of summary and content, as plain text of at most 100,000 characters.

    The author is the page that the entry names as its author's, otherwise the site: names alone belong to
    many. The time is the earlier of published and first seen. Raises PostRefused without id or text.
    """
    entry, feed = table(payload.get("entry")), table(payload.get("feed"))
    source_id, whole = text(payload.get("id")), _text(entry)
    if source_id is None:
        raise PostRefused("id", "is missing")
    if not whole:
        raise PostRefused("text", "is empty")
    dates = [text(entry.get(name)) or "" for name in ("published", "updated")]
    at = published(dates, seen=observed_at)
    changed = read(dates[1])
    link = web_address(entry.get("link"))
    return new_post(
        source=PLATFORM,
        source_id=source_id,
        text=whole[:_LONGEST_TEXT],
        published_at=at.at,
        time_quality=at.quality,
        edited_at=changed.at if changed and at.at < changed.at <= observed_at else None,
        observed_at=observed_at,
        author=_author(entry, feed, link),
        lang=lang(entry.get("lang")) or lang(feed.get("lang")),
        url=link,
        links=tuple(dict.fromkeys([*([link] if link else []), *_links(entry)]))[:50],
        format=_format(entry),
        stats={"comments": comments} if (comments := _number(entry.get("comments"))) is not None else None,
        payload=payload,
    )


def _text(entry: Any) -> str:
    """Title, summary and content, each once: a part that another holds whole is left out."""
    contents = [table(one) for one in items(entry.get("content"))]
    parts = [
        _plain(entry.get("title"), entry.get("title_type")),
        _plain(entry.get("summary"), entry.get("summary_type")),
        *(_plain(one.get("value"), one.get("type")) for one in contents),
    ]
    parts = list(dict.fromkeys(part for part in parts if part))
    return "\n\n".join(
        part for part in parts if not any(part in other for other in parts if other is not part)
    )


def _plain(value: object, kind: object) -> str:
    written = text(value) or ""
    return written.strip() if kind == "text/plain" else html_to_text(written)


def _links(entry: Any) -> list[str]:
    named = [web_address(table(one).get("href")) for one in items(entry.get("links"))]
    bodies = [entry.get("summary"), *(table(one).get("value") for one in items(entry.get("content")))]
    return [link for link in named if link] + [
        link for body in bodies for link in html_links(text(body) or "")
    ]


def _author(entry: Any, feed: Any, link: str | None) -> dict[str, Any] | None:
    """The author's page, otherwise the site, by whatever address is there."""
    name, page = text(entry.get("author")), web_address(entry.get("author_link"))
    feed_url = text(feed.get("url")) or ""
    site = host_of(link or "") or host_of(feed_url)
    if page:
        return {"source_author_id": page[:900], "name": name, "handle": site or None, "url": page}
    if not site:
        return None
    own = site == host_of(feed_url) or site == host_of(text(feed.get("link")) or "")
    return {
        "source_author_id": site,
        "name": (text(feed.get("title")) if own else None) or site,
        "handle": site,
    }


def _format(entry: Any) -> str:
    """ "audio" or "video" by what is enclosed, otherwise "text"."""
    kinds = [table(one) for one in items(entry.get("links"))]
    enclosed = [text(one.get("type")) or "" for one in kinds if one.get("rel") == "enclosure"]
    found = next((match[1] for kind in enclosed if (match := _MEDIA.match(kind))), "text")
    return "text" if found == "image" else found


def _number(value: object) -> int | None:
    written = text(value)
    return count(int(written)) if written and re.fullmatch(r"[0-9]{1,15}", written, re.ASCII) else None

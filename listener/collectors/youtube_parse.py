"""One payload of YouTube made into a post: a comment, or a video's title and description.

Payloads are `{"comment": ..., "video_id": ..., "replies": n}` and `{"video": ...}`, each around YouTube's
own resource.

Source: developers.google.com/youtube/v3/docs, "comments", "commentThreads" and "videos".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.reading import count, instant, items, lang, new_post, table, text, web_address
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

PLATFORM = "youtube"
_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_HIDDEN = frozenset({"heldForReview", "likelySpam", "rejected"})


def of_thread(thread: Mapping[str, Any]) -> Iterator[Payload]:
    """The payloads of a comment thread: its first comment and the replies that came with it."""
    snippet = table(thread.get("snippet"))
    top, video_id = snippet.get("topLevelComment"), snippet.get("videoId")
    yield {"comment": top, "video_id": video_id, "replies": snippet.get("totalReplyCount")}
    for reply in items(table(thread.get("replies")).get("comments")):
        yield {"comment": reply, "video_id": video_id}


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """A comment or a video as a post; None for a comment that is held back from the public.

    A comment's `updatedAt` later than its `publishedAt` is an edit. A deleted account leaves no author.
    Raises PostRefused where there is no id or no text.
    """
    if "video" in payload:
        return _video(payload, table(payload.get("video")), observed_at)
    comment = table(payload.get("comment"))
    snippet = table(comment.get("snippet"))
    if snippet.get("moderationStatus") in _HIDDEN:
        return None
    comment_id = _known(comment.get("id"))
    written = text(snippet.get("textOriginal")) or snippet.get("textDisplay")
    if not isinstance(written, str):
        raise PostRefused("textDisplay", f"is {type(written).__name__}, not text")
    video_id = _shaped(payload.get("video_id")) or _shaped(snippet.get("videoId"))
    published, updated = instant(snippet.get("publishedAt")), instant(snippet.get("updatedAt"))
    edited = updated.at if updated and published and updated.at > published.at else None
    return new_post(
        source=PLATFORM,
        source_id=comment_id,
        version_id=text(snippet.get("updatedAt")) if edited else None,
        text=written,
        published_at=published.at if published else observed_at,
        time_quality=_quality(published),
        edited_at=edited,
        observed_at=observed_at,
        author=_author(
            table(snippet.get("authorChannelId")).get("value"),
            snippet.get("authorDisplayName"),
            snippet.get("authorChannelUrl"),
        ),
        url=f"https://www.youtube.com/watch?v={video_id}&lc={comment_id}" if video_id else None,
        reply_to=_shaped(snippet.get("parentId")) or video_id,
        thread=video_id,
        format="text",
        stats=Stats(likes=count(snippet.get("likeCount")), comments=count(payload.get("replies"))),
        payload=dict(payload),
    )


def _video(payload: Payload, video: Mapping[str, Any], observed_at: datetime) -> NewPost:
    snippet, figures = table(video.get("snippet")), table(video.get("statistics"))
    video_id, title = _known(video.get("id")), text(snippet.get("title"))
    if title is None:
        raise PostRefused("title", "is missing")
    published = instant(snippet.get("publishedAt"))
    return new_post(
        source=PLATFORM,
        source_id=video_id,
        text=f"{title}\n{text(snippet.get('description')) or ''}".strip(),
        published_at=published.at if published else observed_at,
        time_quality=_quality(published),
        observed_at=observed_at,
        author=_author(snippet.get("channelId"), snippet.get("channelTitle"), None),
        lang=lang(snippet.get("defaultAudioLanguage")) or lang(snippet.get("defaultLanguage")),
        url=f"https://www.youtube.com/watch?v={video_id}",
        thread=video_id,
        format="video",
        stats=Stats(
            likes=figure(figures.get("likeCount")),
            comments=figure(figures.get("commentCount")),
            views=figure(figures.get("viewCount")),
        ),
        payload=dict(payload),
    )


def _author(channel_id: object, name: object, url: object) -> NewAuthor | None:
    known = _shaped(channel_id)
    if known is None:
        return None
    shown = text(name)
    handle = shown[1:] if shown and re.fullmatch(r"@[\w.·-]{3,30}", shown) else None
    address = web_address(url) or f"https://www.youtube.com/channel/{known}"
    return NewAuthor(source_author_id=known, handle=handle, name=shown, url=address)


def _quality(published: object) -> str:
    """YouTube always writes the zone."""
    return "exact" if published is not None else "first_seen"


def _known(value: object) -> str:
    found = _shaped(value)
    if found is None:
        raise PostRefused("id", f"{str(value)[:60]!r} is not an id of YouTube")
    return found


def _shaped(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def figure(value: object) -> int | None:
    """A count, which YouTube writes as text in `statistics`."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value) else count(value)

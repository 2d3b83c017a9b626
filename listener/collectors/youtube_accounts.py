"""A brand's channel on YouTube: its figures, and its videos.

developers.google.com/youtube/v3/docs: "channels", "playlistItems" and "videos". A look at the channel costs a unit, a page of its uploads another,
and one more for the figures of up to fifty new videos. YouTube rounds subscribers to three digits, and leaves them out where the channel hides them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.own_walk import OwnPlace, Step, TokenRefusedError
from listener.collectors.reading import instant, table, text
from listener.collectors.youtube_api import LOOKED_UP, NothingHereError, PageRefusedError
from listener.collectors.youtube_parse import figure
from listener.errors import BadReply
from storage.types import AccountSeen

AGAIN = timedelta(days=1)
"""A video is listed once it is processed, and counts from when it was set to be public."""
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}")

Ask = Callable[..., Mapping[str, Any]]
"""`get` of the API with quota and time given: resource, parameters."""


def channel(ask: Ask, handle: str) -> Mapping[str, Any]:
    """The channel of a handle (@name) or of a channel id; {} where there is none."""
    bare = handle.strip()
    asked = {"id": bare} if _CHANNEL.fullmatch(bare) else {"forHandle": f"@{bare.removeprefix('@')}"}
    try:
        found = ask("channels", part="snippet,statistics,contentDetails", **asked)["items"]
    except NothingHereError:
        return {}
    return table(found[0]) if found else {}


def account_of(source: str, found: Mapping[str, Any]) -> AccountSeen | None:
    if not found:
        return None
    key, figures = text(found.get("id")), table(found.get("statistics"))
    if key is None:
        raise BadReply(source, "YouTube answered with a channel that has no id")
    hidden = figures.get("hiddenSubscriberCount") is True
    name = text(table(found.get("snippet")).get("customUrl"))
    return AccountSeen(
        account_id=key,
        handle=name.removeprefix("@") if name else None,
        followers=None if hidden else figure(figures.get("subscriberCount")),
        posts=figure(figures.get("videoCount")),
        views=figure(figures.get("viewCount")),
    )


def uploads_of(source: str, found: Mapping[str, Any]) -> str:
    """The playlist of all that the channel published."""
    lists = table(table(found.get("contentDetails")).get("relatedPlaylists"))
    if (playlist := text(lists.get("uploads"))) is None:
        raise BadReply(source, "YouTube answered with a channel that names no list of its uploads")
    return playlist


def videos_step(ask: Ask, place: OwnPlace) -> Step:
    """One page of the uploads, and the figures of those of its videos that are new."""
    asked = {"playlistId": place.asked_by, "maxResults": LOOKED_UP, "pageToken": place.token}
    try:
        answer = ask("playlistItems", part="contentDetails", **asked)
    except NothingHereError:
        return Step([])
    except PageRefusedError:
        if place.token is None:
            raise BadReply("youtube", "YouTube refused a page that was not asked for") from None
        raise TokenRefusedError from None
    times: dict[str, datetime] = {}
    broken: list[tuple[Payload, datetime | None]] = []
    for item in answer["items"]:
        details = table(table(item).get("contentDetails"))
        key, at = text(details.get("videoId")), instant(details.get("videoPublishedAt"))
        if key is None or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key):
            broken.append(({"video": item}, None))
        elif at is not None:  # without a time it is not public
            times[key] = at.at
    new = [key for key, at in times.items() if at >= place.low - AGAIN]
    found = ask("videos", part="snippet,statistics", id=",".join(new))["items"] if new else []
    shown = {str(thing["id"]): {"video": dict(thing)} for thing in map(table, found) if "id" in thing}
    known: list[tuple[Payload, datetime | None]] = [(shown[key], times[key]) for key in new if key in shown]
    return Step([*known, *broken], text(answer.get("nextPageToken")), older=list(times.values()))

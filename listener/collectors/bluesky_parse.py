"""A Bluesky post, from the Jetstream firehose or from the AppView, as one of ours.

github.com/bluesky-social/jetstream; lexicons app.bsky.feed.post and app.bsky.feed.defs.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from listener.collectors.base import Payload
from listener.collectors.reading import (
    count,
    instant,
    items,
    lang,
    new_author,
    new_post,
    table,
    text,
    web_address,
)
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

PLATFORM = "bluesky"
POST = "app.bsky.feed.post"
_CLOCKS_DIFFER = timedelta(minutes=5)
_FORMATS = {
    "app.bsky.embed.images": "image",
    "app.bsky.embed.video": "video",
    "app.bsky.embed.external": "link",
}


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """A Jetstream event, an AppView post or feed item, or a record with its uri, as a post.

    The id is the at-uri and the author the DID, so a changed handle changes nothing. `published_at` is the
    earlier of the author's `createdAt` and the time the network saw the post; a `createdAt` that cannot be
    (no time, or the zero of some clock) leaves the latter. None for what is no post, and for a repost
    in the firehose, which names the original without its text.
    """
    if "commit" in payload or "kind" in payload:
        return _from_event(payload, observed_at)
    if not (viewed := table(payload.get("post"))):
        return _from_view(payload, observed_at)
    reason = table(payload.get("reason"))
    original = _from_view(viewed, observed_at)
    if original is None or text(reason.get("$type")) != "app.bsky.feed.defs#reasonRepost":
        return original
    return _repost(reason, original, observed_at, {"post": dict(viewed), "reason": dict(reason)})


def _from_event(event: Mapping[str, Any], observed_at: datetime) -> NewPost | None:
    commit = table(event.get("commit"))
    operation = commit.get("operation")
    if commit.get("collection") != POST or operation not in ("create", "update"):
        return None
    did, rkey = text(event.get("did")), text(commit.get("rkey"))
    if did is None or rkey is None:
        raise PostRefused("did" if did is None else "rkey", "missing: the post has no address")
    seen = min(event_time(event) or observed_at, observed_at)
    return new_post(
        **_record(table(commit.get("record")), seen),
        **_address(f"at://{did}/{POST}/{rkey}"),
        observed_at=observed_at,
        author=new_author(source_author_id=did, url=f"https://bsky.app/profile/{did}"),
        version_id=text(commit.get("cid")),
        edited_at=seen if operation == "update" else None,
        payload=dict(event),
    )


def _from_view(view: Mapping[str, Any], observed_at: datetime, *, with_quote: bool = True) -> NewPost | None:
    """A post view, an embedded record view, or a plain record with its uri."""
    uri, record = text(view.get("uri")), table(view.get("record")) or table(view.get("value"))
    if not record and ("notFound" in view or "blocked" in view or "detached" in view):
        return None
    if uri is None:
        raise PostRefused("uri", "missing: the post has no address")
    if f"/{POST}/" not in uri or record.get("$type", POST) != POST:
        return None
    indexed = instant(view.get("indexedAt"))
    quoted = _quoted(view, observed_at) if with_quote else None
    counts = Stats(
        likes=count(view.get("likeCount")),
        shares=count(view.get("repostCount")),
        comments=count(view.get("replyCount")),
        quotes=count(view.get("quoteCount")),
    )
    return new_post(
        **_record(record, min(indexed.at if indexed else observed_at, observed_at)),
        **_address(uri),
        observed_at=observed_at,
        author=_author(table(view.get("author")), uri),
        version_id=text(view.get("cid")),
        stats=None if counts == Stats() else counts,
        referenced=(quoted,) if quoted else (),
        payload=dict(view),
    )


def _repost(reason: Mapping[str, Any], original: NewPost, observed_at: datetime, payload: Payload) -> NewPost:
    """A feed item that somebody reposted; where the repost's own uri is not told, it is named after both."""
    by = _author(table(reason.get("by")), "")
    if by is None:
        raise PostRefused("reason.by", "missing: nobody is named as having reposted")
    indexed = instant(reason.get("indexedAt"))
    return new_post(
        source=PLATFORM,
        source_id=text(reason.get("uri")) or f"{original.source_id}?reposted_by={by.source_author_id}",
        text=original.text,
        lang=original.lang,
        links=original.links,
        format=original.format,
        published_at=min(indexed.at if indexed else observed_at, observed_at),
        time_quality="exact" if indexed else "first_seen",
        observed_at=observed_at,
        author=by,
        repost_of=original.source_id,
        referenced=(original,),
        payload=payload,
    )


def _record(record: Mapping[str, Any], seen: datetime) -> dict[str, Any]:
    """What the author wrote: the same in the firehose and in the AppView."""
    words = record.get("text", "")
    if not isinstance(words, str):
        raise PostRefused("text", f"is a {type(words).__name__}, not text")
    reply, embed = table(record.get("reply")), table(record.get("embed"))
    published, quality = _published(record.get("createdAt"), seen)
    tags = [f"#{tag}" for tag in items(record.get("tags"))[:8] if text(tag)]
    return {
        "source": PLATFORM,
        "text": f"{words}\n{' '.join(tags)}".strip() if tags else words,
        "published_at": published,
        "time_quality": quality,
        "lang": next((tag for tag in map(lang, items(record.get("langs"))) if tag), None),
        "links": tuple(dict.fromkeys(_links(record, words))),
        "reply_to": text(table(reply.get("parent")).get("uri")),
        "thread": text(table(reply.get("root")).get("uri")),
        "quote_of": _quote_of(embed),
        "format": _format(embed),
    }


def _published(created: object, seen: datetime) -> tuple[datetime, str]:
    read = instant(created)
    if read is None:
        return seen, "first_seen"
    if read.at > seen:
        return seen, "exact" if read.at - seen <= _CLOCKS_DIFFER else "first_seen"
    return read.at, "exact" if read.zone_known else "zone_assumed"


def _address(uri: str) -> dict[str, str]:
    did, _, rkey = uri.removeprefix("at://").partition(f"/{POST}/")
    return {"source_id": uri, "url": f"https://bsky.app/profile/{did}/post/{rkey}"}


def _author(profile: Mapping[str, Any], uri: str) -> NewAuthor | None:
    did = text(profile.get("did")) or uri.removeprefix("at://").partition("/")[0]
    if not did.startswith("did:"):
        return None
    handle = text(profile.get("handle"))
    return new_author(
        source_author_id=did,
        handle=None if handle == "handle.invalid" else handle,
        name=text(profile.get("displayName")),
        url=f"https://bsky.app/profile/{did}",
        followers=count(profile.get("followersCount")),
    )


def _links(record: Mapping[str, Any], words: str) -> Iterator[str]:
    """Addresses that the text links to, then that of the card. A facet counts in bytes of UTF-8, not in
    characters.
    """
    length = len(words.encode("utf-8", "surrogatepass"))
    for facet in map(table, items(record.get("facets"))):
        span = table(facet.get("index"))
        start, end = count(span.get("byteStart")), count(span.get("byteEnd"))
        if start is None or end is None or not start < end <= length:
            continue  # apps show no link there either
        for feature in map(table, items(facet.get("features"))):
            if address := web_address(feature.get("uri")):
                yield address
    embed = table(record.get("embed"))
    card = table(embed.get("external")) or table(table(embed.get("media")).get("external"))
    if address := web_address(card.get("uri")):
        yield address


def _quote_of(embed: Mapping[str, Any]) -> str | None:
    """The uri of the post quoted; an embedded list, feed or starter pack is no quote."""
    record = table(embed.get("record"))
    uri = text(record.get("uri")) or text(table(record.get("record")).get("uri"))
    return uri if uri and f"/{POST}/" in uri else None


def _quoted(view: Mapping[str, Any], observed_at: datetime) -> NewPost | None:
    """The quoted post as the AppView shows it, without what it quotes itself."""
    record = table(table(view.get("embed")).get("record"))
    shown = record if "value" in record else table(record.get("record"))
    return _from_view(shown, observed_at, with_quote=False) if "value" in shown else None


def _format(embed: Mapping[str, Any]) -> str:
    kinds = (text(embed.get("$type")) or "", text(table(embed.get("media")).get("$type")) or "")
    return next((_FORMATS[kind] for kind in kinds if kind in _FORMATS), "text")


def event_time(event: Mapping[str, Any]) -> datetime | None:
    """When the firehose showed the event, from its `time_us`, unix microseconds; None where that is no sane
    time.
    """
    micros = count(event.get("time_us"))
    if micros is None or micros > 4_102_444_800_000_000:
        return None
    return datetime.fromtimestamp(micros // 1_000_000, UTC) + timedelta(microseconds=micros % 1_000_000)

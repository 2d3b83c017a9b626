"""A Mastodon status as a post. The entity: docs.joinmastodon.org/entities/Status."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from listener.collectors.base import Payload
from listener.collectors.html_text import html_links, html_to_text
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

PLATFORM = "mastodon"
_SEEN_BY_ALL = frozenset({"public", "unlisted"})
_NOT_LINKS = frozenset({"mention", "hashtag", "u-url", "quote-inline"})
_FORMATS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
# Servers repeat a quoted post's address as a first paragraph for clients that do not show quotes.
_QUOTE_FALLBACK = re.compile(r'\s*+<p class="quote-inline">.*?</p>', re.DOTALL)
_MOST_TAGS = 60


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """A Status entity as a post; None where it is not for everybody (private, direct).

    The id is the status's `uri`, the same on every server that shows it. The text is the content warning and
    the content; tags that the text does not show are added at its end, since a search for #tag has to find
    them.
    """
    boosted = table(payload.get("reblog"))
    if not text(payload.get("visibility")):
        raise PostRefused("visibility", "missing: it cannot be told whether everybody may see the post")
    if payload["visibility"] not in _SEEN_BY_ALL:
        return None
    if not boosted:
        return _own_post(payload, observed_at)
    if boosted.get("visibility") not in _SEEN_BY_ALL:
        return None
    original = _own_post(boosted, observed_at, with_quote=False)
    # The counts of a boost are those of the original, and would be counted twice.
    return new_post(
        **_frame(payload, observed_at),
        text=original.text,
        lang=original.lang,
        links=original.links,
        format=original.format,
        repost_of=original.source_id,
        referenced=(original,),
        payload=dict(payload),
    )


def _own_post(status: Mapping[str, Any], observed_at: datetime, *, with_quote: bool = True) -> NewPost:
    content = text(status.get("content")) or ""
    fallback = _QUOTE_FALLBACK.match(content)
    content = content[fallback.end() :] if fallback else content
    quoted = _quoted(status, observed_at) if with_quote else None
    return new_post(
        **_frame(status, observed_at),
        text=_text(status, content),
        lang=lang(status.get("language")),
        links=html_links(content, without=_NOT_LINKS),
        reply_to=_reply_to(status),
        quote_of=quoted.source_id if quoted else None,
        format=_format(status),
        stats=_stats(status),
        referenced=(quoted,) if quoted else (),
        payload=dict(status),
    )


def _frame(status: Mapping[str, Any], observed_at: datetime) -> dict[str, Any]:
    """What a post and a boost have alike: id, time, version, author, address."""
    uri = text(status.get("uri"))
    if uri is None:
        raise PostRefused("uri", "missing: without it a post seen on two servers would count twice")
    published = instant(status.get("created_at"))
    edited = instant(status.get("edited_at"))
    quality = "exact" if published and published.zone_known else "zone_assumed" if published else "first_seen"
    return {
        "source": PLATFORM,
        "source_id": uri,
        "published_at": published.at if published else observed_at,
        "observed_at": observed_at,
        "time_quality": quality,
        "edited_at": edited.at if edited else None,
        "version_id": text(status.get("edited_at")) if edited else None,
        "author": author_of(status),
        "url": web_address(status.get("url")),
    }


def author_of(status: Mapping[str, Any]) -> NewAuthor | None:
    """The account, by its ActivityPub address; a local name is completed with its server."""
    account = table(status.get("account"))
    address = text(account.get("uri")) or web_address(account.get("url"))
    acct = text(account.get("acct")) or text(account.get("username"))
    if address is None and acct is None:
        return None
    host = _host(web_address(account.get("url")) or address or text(status.get("uri")) or "")
    handle = acct if acct is None or "@" in acct or not host else f"{acct}@{host}"
    return new_author(
        source_author_id=address or handle,
        handle=handle,
        name=text(account.get("display_name")),
        url=web_address(account.get("url")),
        followers=count(account.get("followers_count")),
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _text(status: Mapping[str, Any], content: str) -> str:
    shown = "\n".join(
        part for part in ((text(status.get("spoiler_text")) or "").strip(), html_to_text(content)) if part
    )
    folded = shown.casefold()
    names = [text(table(tag).get("name")) for tag in items(status.get("tags"))[:_MOST_TAGS]]
    unseen = [f"#{name}" for name in names if name and f"#{name}".casefold() not in folded]
    return f"{shown}\n{' '.join(unseen)}".strip() if unseen else shown


def _quoted(status: Mapping[str, Any], observed_at: datetime) -> NewPost | None:
    """The quoted status where the server sends it and everybody may see it, without what it quotes itself."""
    quote = table(status.get("quote"))
    original = table(quote.get("quoted_status")) if "quoted_status" in quote else quote
    if not text(original.get("uri")) or original.get("visibility") not in _SEEN_BY_ALL:
        return None
    return _own_post(original, observed_at, with_quote=False)


def _reply_to(status: Mapping[str, Any]) -> str | None:
    """The uri of the post answered where it can be told: in an author's own thread, on the server asked.

    `in_reply_to_id` is an id of the server that was asked, and means nothing elsewhere. Where the post's own
    uri ends in its id there, it was written there, and so was the post before it by the same author. What an
    own account answered was looked up when its posts were read, and lies beside the status as `in_reply_to`.
    """
    if known := text(table(status.get("in_reply_to")).get("uri")):
        return known
    own, parent, uri = text(status.get("id")), text(status.get("in_reply_to_id")), text(status.get("uri"))
    writer = table(status.get("account")).get("id")
    if not (own and parent and uri) or writer is None or writer != status.get("in_reply_to_account_id"):
        return None
    stem = uri.removesuffix(f"/{own}")
    return f"{stem}/{parent}" if stem != uri else None


def _format(status: Mapping[str, Any]) -> str:
    if table(status.get("poll")):
        return "poll"
    for media in map(table, items(status.get("media_attachments"))):
        if (kind := media.get("type")) in _FORMATS:
            return _FORMATS[str(kind)]
    return "link" if table(status.get("card")) else "text"


def _stats(status: Mapping[str, Any]) -> Stats:
    return Stats(
        likes=count(status.get("favourites_count")),
        shares=count(status.get("reblogs_count")),
        comments=count(status.get("replies_count")),
        quotes=count(status.get("quotes_count")),
    )

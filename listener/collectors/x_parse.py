"""One payload of X made into a post: pure functions.

The quirks that are dealt with here:

- an edit is a new id: the first id of the chain is the post's, this one goes to `version_id`. `created_at`
  is this version's, so the first version's time is read out of its id, to the second as X gives it;
- `text` is cut at 280 characters: `note_tweet` has the whole. A repost is cut too: the original has it;
- `&`, `<` and `>` come escaped, once;
- a repost shows the original's retweet count as its own, so a repost gets no figures;
- an author may be missing from `includes` (suspended, withheld): the post is kept with the id alone;
- posts of protected accounts, visible to the key's owner only, are not public and are not taken.

Source: docs.x.com, "Data dictionary" and "Edit posts".
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from listener.collectors.base import Payload
from listener.collectors.reading import count, instant, items, new_post, table, text, web_address
from listener.collectors.x_payload import DEPTH, Includes, post_id, references
from listener.errors import PostRefused
from storage.types import NewAuthor, NewPost, Stats

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_MS = 1288834974657  # ids count milliseconds since this instant, 2010-11-04, above 22 low bits
_FIRST_TIMED_ID = 29_700_859_247  # older ids were plain counters

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_OWN_MEDIA = re.compile(r"/status/\d+/(?:photo|video)/\d+$")
_LANGS = {"in": "id", "iw": "he", "ji": "yi"}  # withdrawn codes that X still uses
_KINDS: dict[str, Literal["image", "video"]] = {
    **{"photo": "image", "video": "video", "animated_gif": "video"},
    **{"3": "image", "7": "video", "13": "video", "16": "video"},  # what a media_key starts with
}
Quality = Literal["exact", "zone_assumed", "first_seen"]


def time_of(post_id: str) -> datetime | None:
    """When an id was given out, in UTC to the millisecond; None for the plain counters of before that.

    >>> time_of("1576994746135764992")
    datetime.datetime(2022, 10, 3, 17, 57, 1, 281000, tzinfo=datetime.timezone.utc)
    >>> time_of("20") is None
    True
    """
    number = int(post_id)
    if number <= _FIRST_TIMED_ID:
        return None
    return _UNIX + timedelta(milliseconds=(number >> 22) + _EPOCH_MS)


def id_at(time: datetime) -> str:
    """The smallest id that can have been given out at `time` (aware): asks for older or newer posts by id.

    >>> time_of(id_at(datetime(2026, 11, 21, 12, 0, tzinfo=UTC)))
    datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.timezone.utc)
    """
    ms = (time - _UNIX) // timedelta(milliseconds=1)
    return str(max(ms - _EPOCH_MS, 0) << 22)


def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
    """The post in one payload; None where its author is protected, so that it is no public post.

    Text is what its author wrote, whole and unescaped; links in it stay t.co, `links` has where they lead.
    Without a readable `created_at` a post counts from when it was first seen. Raises PostRefused where there
    is no id or no text.
    """
    seen = instant(payload.get("retrieved_at"))
    at = min(seen.at, observed_at) if seen is not None else observed_at
    post = _Reader(Includes(payload.get("includes")), at).post(payload.get("tweet"), DEPTH)
    return post.model_copy(update={"payload": payload}) if post is not None else None


class _Reader:
    """One payload being read: what lies beside the post, and when it was seen."""

    def __init__(self, beside: Includes, observed_at: datetime) -> None:
        self.beside = beside
        self.observed_at = observed_at

    def post(self, tweet: object, depth: int) -> NewPost | None:
        if not isinstance(tweet, dict):
            raise PostRefused("tweet", f"is {type(tweet).__name__}, not an object")
        version_id, source_id = _ids(tweet)
        user = self.beside.users.get(str(tweet.get("author_id")), {})
        if user.get("protected") is True:
            return None
        refers = {kind: (key, self._referenced(key, source_id, depth)) for kind, key in references(tweet)}
        original = refers.get("retweeted", (None, None))[1]
        published_at, edited_at, quality = self._times(tweet, version_id, source_id)
        links = original.links if original else _links(tweet)
        return new_post(
            source="x",
            source_id=source_id,
            version_id=version_id,
            text=original.text if original else _full_text(tweet),
            published_at=published_at,
            edited_at=edited_at,
            observed_at=self.observed_at,
            time_quality=quality,
            author=_author(tweet, user),
            lang=_lang(tweet.get("lang")),
            url=f"https://x.com/{_handle(user) or 'i/web'}/status/{version_id}",
            links=links,
            format=original.format if original else self._format(tweet, links),
            stats=None if "retweeted" in refers else _stats(tweet),
            repost_of=_chain(refers.get("retweeted")),
            quote_of=_chain(refers.get("quoted")),
            reply_to=_chain(refers.get("replied_to")),
            thread=post_id(tweet.get("conversation_id")),
            referenced=tuple(post for _, post in refers.values() if post is not None),
        )

    def _referenced(self, key: str, source_id: str, depth: int) -> NewPost | None:
        """The post referred to where the response has it; a broken one is left out, its referrer stays."""
        if not depth or key not in self.beside.tweets:
            return None
        try:
            post = self.post(self.beside.tweets[key], depth - 1)
        except PostRefused:
            return None
        return post if post is not None and post.source_id != source_id else None

    def _times(
        self, tweet: Mapping[str, Any], version_id: str, source_id: str
    ) -> tuple[datetime, datetime | None, Quality]:
        """Published, edited (None: the first version), and how far to trust the first."""
        created = instant(tweet.get("created_at"))
        if version_id == source_id:
            if created is None:
                return self.observed_at, None, "first_seen"
            return created.at, None, "exact" if created.zone_known else "zone_assumed"
        first, this = time_of(source_id), time_of(version_id)
        edited = created.at if created is not None else this or self.observed_at
        if first is None:
            return edited, edited, "first_seen"
        return first.replace(microsecond=0), edited, "exact"

    def _format(
        self, tweet: Mapping[str, Any], links: tuple[str, ...]
    ) -> Literal["text", "image", "video", "link", "poll"]:
        attached = table(tweet.get("attachments"))
        kinds = set()
        for key in map(str, items(attached.get("media_keys"))):
            kind = str(self.beside.media.get(key, {}).get("type"))
            kinds.add(_KINDS.get(kind) or _KINDS.get(key.split("_")[0]))
        if "video" in kinds:
            return "video"
        if "image" in kinds:
            return "image"
        if items(attached.get("poll_ids")):
            return "poll"
        return "link" if links else "text"


def _ids(tweet: Mapping[str, Any]) -> tuple[str, str]:
    """This version's id and the id of the first version of its edit chain."""
    version_id = post_id(tweet.get("id"))
    if version_id is None:
        raise PostRefused("id", f"{str(tweet.get('id'))[:40]!r} is not a post id (digits)")
    chain = [key for key in map(post_id, items(tweet.get("edit_history_tweet_ids"))) if key is not None]
    return version_id, min([*chain, version_id], key=int)


def _full_text(tweet: Mapping[str, Any]) -> str:
    written = table(tweet.get("note_tweet")).get("text") or tweet.get("text")
    if not isinstance(written, str):
        raise PostRefused("text", f"is {type(written).__name__}, not text")
    # Only references that end in ";", as X writes them: a bare "&copy=2" inside an address is none.
    return _ENTITY.sub(lambda found: html.unescape(found[0]), written)


def _links(tweet: Mapping[str, Any]) -> tuple[str, ...]:
    """Where the post's links lead, each once, without those to its own pictures and videos."""
    note = table(tweet.get("note_tweet"))
    entities = [table(tweet.get("entities")), table(note.get("entities"))]
    found: dict[str, None] = {}
    for url in (table(url) for part in entities for url in items(part.get("urls"))):
        target = web_address(url.get("unwound_url")) or web_address(url.get("expanded_url"))
        if target and "media_key" not in url and not _OWN_MEDIA.search(target):
            found[target] = None
    return tuple(found)


def _author(tweet: Mapping[str, Any], user: Mapping[str, Any]) -> NewAuthor | None:
    author_id = post_id(tweet.get("author_id"))
    if author_id is None:
        return None
    handle = _handle(user)
    return NewAuthor(
        source_author_id=author_id,
        handle=handle,
        name=text(user.get("name")),
        url=f"https://x.com/{handle}" if handle else None,
        followers=count(table(user.get("public_metrics")).get("followers_count")),
    )


def _handle(user: Mapping[str, Any]) -> str | None:
    """The handle where it is one: it becomes part of an address."""
    handle = user.get("username")
    return handle if isinstance(handle, str) and re.fullmatch("[A-Za-z0-9_]{1,50}", handle) else None


def _stats(tweet: Mapping[str, Any]) -> Stats | None:
    """What everybody may see, and what X tells the post's owner alone."""
    metrics, private = tweet.get("public_metrics"), table(tweet.get("non_public_metrics"))
    if not isinstance(metrics, dict):
        return None
    return Stats(
        likes=count(metrics.get("like_count")),
        shares=count(metrics.get("retweet_count")),
        comments=count(metrics.get("reply_count")),
        quotes=count(metrics.get("quote_count")),
        views=count(metrics.get("impression_count")),
        saves=count(metrics.get("bookmark_count")),
        clicks=count(private.get("url_link_clicks")),
        visits=count(private.get("user_profile_clicks")),
    )


def _lang(value: object) -> str | None:
    """A language code, None for X's "undetermined" and for its q-codes (only links, only tags, ...)."""
    lang = text(value)
    if lang is None or len(lang) > 35 or lang in ("und", "zxx", "art") or re.fullmatch("q[a-t][a-z]", lang):
        return None
    return _LANGS.get(lang, lang)


def _chain(reference: tuple[str, NewPost | None] | None) -> str | None:
    """The id of the chain referred to, or the id as written where the response does not hold that post."""
    if reference is None:
        return None
    key, post = reference
    return post.source_id if post is not None else key

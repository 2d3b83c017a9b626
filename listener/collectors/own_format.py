"""Our own format for posts: what the webhook takes, files are mapped to, the bundled sample is in, and
exports write.

One flat JSON object per post. Only `text` is needed; null, "" and a missing key mean the same, but for an
empty text. Other keys are no error and stay with the post's payload.

    source          platform, made lower case: "app_store"; the caller's where it is missing
    source_id       the post's id there, as text; made from author, time and text where it is missing
    text            the words, plain text
    published_at    ISO 8601, seconds or milliseconds since 1970, "Tue Feb 24 19:35:52 +0000 2015", ...;
                    where it is missing, the time the post was first seen
    edited_at  version_id                    of this version of an edited post
    observed_at                              when the figures were read, no later than now
    time_quality                             "zone_assumed" or "first_seen" where published_at is not exact
    lang  url  links                         a language tag; web addresses, `links` a list or separated by
    spaces author  author_id  author_name  author_url  followers
                    `author` is a handle, a name if it has spaces, or an object with id, handle, name, url,
                    followers
    likes  shares  comments  quotes  views   whole numbers, written with digits only; views are times shown
    saves  clicks  reach  visits             likewise, where known: reach are distinct people, visits those
                                             to the profile
    repost_of  reply_to  quote_of  thread    ids of other posts
    format          text, image, video, link, story, audio or poll
    rating          0 to 5
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from hashlib import sha256
from json import dumps
from typing import Any

from listener.collectors.reading import EARLIEST, LATEST, Instant, lang, new_author, new_post, web_address
from listener.errors import PostRefused
from listener.importing.times import read_time
from storage.types import BIGGEST, NewAuthor, NewPost, Stats

COUNTS = ("likes", "shares", "comments", "quotes", "views", "saves", "clicks", "reach", "visits")
REFERENCES = ("repost_of", "reply_to", "quote_of", "thread")
FIELDS = (
    *(
        "source",
        "source_id",
        "version_id",
        "text",
        "published_at",
        "edited_at",
        "observed_at",
        "time_quality",
    ),
    *("lang", "url", "links", "author", "author_id", "author_name", "author_url", "followers"),
    *COUNTS,
    *REFERENCES,
    *("format", "rating"),
)
"""The keys that mean something, in the order in which they are written."""

FORMATS = frozenset({"text", "image", "video", "link", "story", "audio", "poll"})
_DAMAGED = re.compile(r"\d(?:[.,]\d+[eE]\+?|[eE]\+)\d+", re.ASCII)
_WHOLE = re.compile(r"\d{1,19}(?:\.0)?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,4}(?:\.\d{1,20})?", re.ASCII)
_EXACT_FLOAT = 2**53
_JSON_TYPES = (str, int, float, list, dict, type(None))
_EXACT_TYPES = frozenset({str, int, bool, list, dict, type(None)})


def parse(payload: Mapping[str, Any], *, source: str, observed_at: datetime, zone: tzinfo = UTC) -> NewPost:
    """One object in our own format as a post. Raises PostRefused naming the field and what to write instead.

    `source` is the platform where the object names none; `zone` is taken where a time has none, and the post
    then says so.

    >>> seen = datetime(2026, 11, 21, tzinfo=UTC)
    >>> sent = {"text": "Great flight", "author": "@ann", "likes": "3"}
    >>> post = parse(sent, source="forum", observed_at=seen)
    >>> post.author.handle, post.stats.likes, post.time_quality, post.source_id[:6]
    ('ann', 3, 'first_seen', 'sha256')
    >>> parse({"text": "late", "source_id": "1.23E+18"}, source="forum", observed_at=seen)
    Traceback (most recent call last):
    listener.errors.PostRefused: source_id: 1.23E+18 was rounded by a spreadsheet; export the column as text
    """
    if not isinstance(payload, Mapping):
        raise PostRefused("post", f"is a {type(payload).__name__}, not an object with keys")
    words = payload.get("text")
    if not isinstance(words, str):
        raise PostRefused("text", "missing" if words is None else f"is a {type(words).__name__}, not text")
    said = {name: value for name, value in payload.items() if not _blank(value)}
    published, quality = _published(said, zone)
    observed = _time(said, "observed_at", zone)
    seen = min(observed.at, observed_at) if observed else observed_at
    edited = _time(said, "edited_at", zone)
    author = _author(said)
    shape = _text(said, "format")
    stats = {name: _count(said, name) for name in COUNTS if name in said}
    return new_post(
        source=_slug(_text(said, "source") or source),
        source_id=_id(said, "source_id") or content_id(author, published, words),
        version_id=_id(said, "version_id"),
        text=words,
        published_at=published or seen,
        observed_at=seen,
        edited_at=edited.at if edited else None,
        time_quality=quality,
        author=author,
        lang=lang(_text(said, "lang")),
        url=web_address(_text(said, "url")),
        links=_links(said.get("links")),
        format=shape.lower() if shape and shape.lower() in FORMATS else None,
        rating=_rating(said),
        stats=Stats(**stats) if stats else None,
        payload={
            str(key): value if type(value) in _EXACT_TYPES else _plain(value)
            for key, value in payload.items()
        },
        **{name: _id(said, name) for name in REFERENCES if name in said},
    )


def dump(post: NewPost) -> dict[str, Any]:
    """The post in our own format, keys in the order of FIELDS, without what is not known: `parse` gives it
    back.

    The payload and referenced posts are left out.
    """
    author = post.author
    known: dict[str, Any] = {
        **post.model_dump(
            mode="json", exclude={"author", "stats", "payload", "referenced"}, exclude_none=True
        ),
        **(post.stats.model_dump(exclude_none=True) if post.stats else {}),
    }
    if author:
        known |= {
            "author": author.handle,
            "author_id": author.source_author_id,
            "author_name": author.name,
            "author_url": author.url,
            "followers": author.followers,
        }
    if post.time_quality == "exact":
        del known["time_quality"]
    return {name: known[name] for name in FIELDS if known.get(name) not in (None, [])}


def content_id(author: NewAuthor | None, published_at: datetime | None, words: str) -> str:
    """The id of a post that came without one: "sha256:" and the digest of author, time and text.

    The same post sent twice gets the same id. Two posts of one author with the same words and no time are
    one.
    """
    time = published_at.isoformat() if published_at else ""
    parts = dumps([author.source_author_id if author else "", time, words])
    return f"sha256:{sha256(parts.encode()).hexdigest()}"


def _published(said: Mapping[str, Any], zone: tzinfo) -> tuple[datetime | None, str]:
    read = _time(said, "published_at", zone)
    if read is None:
        return None, "first_seen"
    quality = _text(said, "time_quality")
    if quality in ("zone_assumed", "first_seen"):
        return read.at, quality
    return read.at, "exact" if read.zone_known else "zone_assumed"


def _time(said: Mapping[str, Any], name: str, zone: tzinfo) -> Instant | None:
    value = said.get(name)
    if value is None:
        return None
    read = read_time(value, zone=zone)
    if read is None:
        raise PostRefused(name, f"{_shown(value)} is no time; write it like 2026-11-21T09:30:00Z")
    if not EARLIEST <= read.at < LATEST:
        raise PostRefused(name, f"{_shown(value)} is in the year {read.at.year}, not between 1990 and 2099")
    return Instant(read.at, read.zoned)


def _blank(value: object) -> bool:
    """Whether a value stands for nothing: null, blank text, not a number."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None or isinstance(value, str):
        return value.strip() if value else None
    raise PostRefused(name, f"is a {type(value).__name__}, not text")


def _id(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        value = value.strip()
        if not _DAMAGED.fullmatch(value):
            return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= BIGGEST:
        return str(value)
    if isinstance(value, str | float):
        raise PostRefused(name, f"{_shown(value)} was rounded by a spreadsheet; export the column as text")
    raise PostRefused(name, f"is a {type(value).__name__}, not text")


def _count(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value.strip().removesuffix(".0"))
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= BIGGEST:
        raise PostRefused(name, f"{_shown(value)} is no whole number of 0 or more; write 1234, digits only")
    return value


def _rating(said: Mapping[str, Any]) -> float | None:
    value = said.get("rating")
    if value is None:
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 5:
        raise PostRefused("rating", f"{_shown(value)} is no number from 0 to 5; write 4.5")
    return float(value)


def _author(said: Mapping[str, Any]) -> NewAuthor | None:
    given = said.get("author")
    if isinstance(given, Mapping):
        inside = {f"author_{name}": given.get(name) for name in ("id", "name", "url")}
        inside |= {"author": given.get("handle"), "followers": given.get("followers")}
        beside = {name: said[name] for name in inside if name in said and name != "author"}
        return _author({name: value for name, value in inside.items() if not _blank(value)} | beside)
    named, name = _text(said, "author"), _text(said, "author_name")
    if named and not name and " " in named:
        named, name = None, named
    handle = named.removeprefix("@") if named else None
    key = _id(said, "author_id") or handle or name
    if not key:
        return None
    return new_author(
        source_author_id=key,
        handle=handle,
        name=name,
        url=web_address(_text(said, "author_url")),
        followers=_count(said, "followers"),
    )


def _links(value: object) -> tuple[str, ...]:
    found: Iterable[Any] = (
        value.split() if isinstance(value, str) else value if isinstance(value, list) else ()
    )
    return tuple(address for address in found if web_address(address))


@lru_cache(maxsize=100)
def _slug(platform: str) -> str:
    """A platform's name as it is stored and filtered by.

    >>> _slug("App Store")
    'app_store'
    """
    slug = re.sub(r"[^\w.-]+", "_", platform.strip().lower()).strip("_")[:64]
    if not slug:
        raise PostRefused("source", f"{_shown(platform)} is no name for a platform; write one like app_store")
    return slug


def _plain(value: Any) -> Any:
    """What a JSON column can hold: other types as their text, no NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, _JSON_TYPES) else str(value)


def _shown(value: object) -> str:
    """A value in a message, short; a number of thousands of digits is not written out, Python would refuse
    to.
    """
    if isinstance(value, int) and abs(value) > BIGGEST:
        return "a number beyond 2^63"
    return str(value)[:40]

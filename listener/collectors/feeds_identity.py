"""Which post an entry is, so that it stays one post over many readings and several feeds.

The ladder, each step taken only where the one before gives nothing:

1. the entry's guid (Atom's id). One that is an address is taken like a link; one that is only a number or a
word holds
   on its own site, so the site's name is put to it. A guid that other entries of the same document share is
   passed over.
2. the entry's link, without tracking and session parameters. One that other entries share (a home page) is
passed over. 3. a SHA-256 of title and text.

Some feeds make up a new guid at every reading. So the ids of the last readings are remembered with link,
title and date, and an entry of which these are known keeps its id.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

REMEMBERED = 200
_LONGEST = 900
_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|at_\w+|ns_\w+|_hs\w+|hsa_\w+|mc_[ce]id|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid"
    r"|igshid|igsh|mkt_tok|ncid|ocid|cmpid|cmp|s_cid|wt_mc|wt\.mc_id|xtor|vero_id|oly_\w+|spm|ref_src|guccounter|guce_\w+"
    r"|phpsessid|jsessionid|sessionid|session_id|aspsessionid\w*|cfid|cftoken",
    re.IGNORECASE,
)
_URI = re.compile(r"(?:tag|urn|https?|doi|acct|yt|info|at|oai):\S+", re.IGNORECASE)

Entry = Mapping[str, Any]


@lru_cache(maxsize=4096)
def canonical_link(link: str) -> str | None:
    """An http or https address as the same for all who share it, None for anything else.

    Host in lower case, https for http, no default port, parameters sorted, and without those for tracking and
    sessions.

    >>> canonical_link("http://Example.org:80/a?utm_source=rss&b=2&a=1#top")
    'https://example.org/a?a=1&b=2#top'
    >>> canonical_link("javascript:alert(1)") is None
    True
    """
    if not link.lower().startswith(("http://", "https://")) or len(link) > 4000:
        return None
    try:
        parts = urlsplit(link)
        port = parts.port
        names = [pair.partition("=")[0] for pair in re.split("[&;]", parts.query)]
        unwanted = [name for name in names if _TRACKING.fullmatch(name)]
        path = re.sub(r";jsessionid=[^/?#]*", "", parts.path, flags=re.IGNORECASE)
        host = (parts.hostname or "") + (f":{port}" if port not in (None, 80, 443) else "")
        fragment = "" if _TRACKING.match(parts.fragment) else parts.fragment
        bare = parts._replace(scheme="https", netloc=host, path=path, fragment=fragment).geturl()
        cleaned = url_query_cleaner(bare, unwanted, remove=True, keep_fragments=True) if unwanted else bare
        found = canonicalize_url(cleaned, keep_fragments=True)
    except (ValueError, UnicodeError):
        return None
    return str(found) if host else None


def host_of(link: str) -> str:
    """The site an address belongs to, without "www.", "" where it is none.

    >>> host_of("https://www.Example.org/feed")
    'example.org'
    """
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def identify(entries: Sequence[Entry], known: Mapping[str, str], feed_url: str) -> list[str]:
    """The id of each entry of a document; `known` is what `remembered` gave at the last reading."""
    faces = {(_guid(entry), _face(entry)): entry for entry in entries}
    guids = Counter(guid for guid, _ in faces)
    links = Counter(canonical_link(entry.get("link", "")) for entry in faces.values())
    return [
        known.get(_face(entry) or "") or _by_ladder(entry, guids, links, host_of(feed_url))
        for entry in entries
    ]


def remembered(entries: Sequence[Entry], ids: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Ids by what else tells these entries apart, and those of earlier readings as far as there is room."""
    pairs = dict.fromkeys(
        (face, key) for entry, key in zip(entries, ids, strict=True) if (face := _face(entry))
    )
    faces = Counter(face for face, _ in pairs)
    new = {face: key for face, key in pairs if faces[face] == 1}
    return dict([*new.items(), *((face, key) for face, key in known.items() if face not in new)][:REMEMBERED])


def digest(text: str) -> str:
    """Sixteen characters that stand for a text in a cursor."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _by_ladder(
    entry: Entry, guids: Mapping[str, int], links: Mapping[str | None, int], feed_host: str
) -> str:
    guid, link = _guid(entry), canonical_link(entry.get("link", ""))
    if guid and guids[guid] == 1:
        if _URI.fullmatch(guid):
            return _fitting(canonical_link(guid) or guid)
        return _fitting(f"{host_of(link or '') or feed_host}#{guid}")
    if link and links[link] == 1:
        return _fitting(link)
    contents = [str(one.get("value", "")) for one in entry.get("content", [])]
    return _hashed("\0".join([entry.get("title", ""), entry.get("summary", ""), *contents]))


def _guid(entry: Entry) -> str:
    return str(entry.get("guid", "")).strip()


def _face(entry: Entry) -> str | None:
    """A digest of link, title and date as written, which stay while a guid may not; None without link and title."""
    link, title = canonical_link(entry.get("link", "")) or "", entry.get("title", "")
    return digest(f"{link}\0{title}\0{entry.get('published', '')}") if link or title else None


def _fitting(identity: str) -> str:
    """An id short enough to be stored."""
    return identity if len(identity) <= _LONGEST else _hashed(identity)


def _hashed(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"

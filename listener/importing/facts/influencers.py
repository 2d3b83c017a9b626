"""What a file writes for an influencer: "@name", "name" and "https://network/name" are one."""

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from listener.importing.facts.headings import NETWORKS, channel_of
from storage.influencers import name_key

LONGEST_BYTES = 200
_ADDRESS = re.compile(r"https?://\S+|(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)
_BEFORE_NAMES = {"user", "u", "c", "channel", "in", "company", "profile", "profile.php", "add"}
"""What stands before the name in the address of an account."""
_OF_POSTS = {"p", "reel", "reels", "watch", "shorts", "status", "video", "hashtag", "search", "r", "groups", "posts"}  # fmt: skip
_SHORT = {"t.co", "youtu.be", "lnkd.in"}
_FEDERATED = "mastodon"


class Unfit(ValueError):
    """What names no account; the message says why."""


class Influencer(NamedTuple):
    """A handle or a name as written, "" for nobody, and the network that an address tells, "" where none does."""

    name: str
    network: str = ""


def influencer_of(text: str) -> Influencer:
    """The influencer that a cell names. Raises Unfit for the address of a post and for what is too long.

    >>> influencer_of("@signe_s"), influencer_of("https://www.instagram.com/signe_s/?hl=nb"), influencer_of("Signe Solbu")
    (Influencer(name='signe_s', network=''), Influencer(name='signe_s', network='instagram'), Influencer(name='Signe Solbu', network=''))
    >>> influencer_of("https://social.example/@signe"), influencer_of("bsky.app/profile/signe.example")
    (Influencer(name='signe@social.example', network='mastodon'), Influencer(name='signe.example', network='bluesky'))
    """
    found = _at_address(text) if _ADDRESS.fullmatch(text) else Influencer(text.removeprefix("@").strip())
    if len(found.name.encode()) > LONGEST_BYTES:
        raise Unfit(f"is longer than {LONGEST_BYTES} bytes")
    return found if name_key(found.name) else Influencer("")


def _at_address(text: str) -> Influencer:
    try:
        address = urlsplit(text if "://" in text else f"https://{text}")
        host = address.hostname or ""
    except ValueError:
        return Influencer(text)
    network = channel_of(host)
    first, *rest = [_plain(unquote(part)) for part in address.path.split("/") if part] or [""]
    if network not in NETWORKS.values():
        bare = f"{host}{address.path}".rstrip("/") or text
        return Influencer(f"{first[1:]}@{host}", _FEDERATED) if first.startswith("@") else Influencer(bare)
    if first.casefold() in _BEFORE_NAMES:
        first = rest[0] if rest else _plain(parse_qs(address.query).get("id", [first])[0])
    name = first.removeprefix("@")
    if not name or name.casefold() in _OF_POSTS or host in _SHORT:
        raise Unfit("is the address of a post or a page: write the account's handle or its address")
    return Influencer(f"{name}@{host}" if network == _FEDERATED else name, network)


def _plain(part: str) -> str:
    return " ".join(part.replace("\x00", "").split())

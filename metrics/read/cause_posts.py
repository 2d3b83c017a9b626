"""Stored mentions as `metrics.alerts.cause_posts` takes them."""

import struct
from collections.abc import Iterable

from metrics.alerts.cause_posts import Heard
from metrics.read.drivers import page
from storage.folding import fold
from storage.mentions import MentionRow
from storage.sketch import sketch


def heard(row: MentionRow, accounts: frozenset[str] = frozenset(), *, marked: bool = True) -> Heard:
    """A stored mention, without links to pages of `accounts`.

    Only those whose copies are looked for are `marked` with a sketch. A repost's words are its original's.
    """
    marks = sketch(row.text) if marked and not row.is_repost else None
    reference = row.repost_of or row.quote_of
    return Heard(
        row.id,
        () if row.is_repost else tuple(fold(row.text).split()),
        tuple(dict.fromkeys(filter(None, (_nameless(page(link), accounts) for link in row.links)))),
        row.author_id,
        row.source,
        row.lang,
        row.followers,
        row.counted_at.timestamp(),
        struct.unpack("<4I", marks) if marks else (0, 0, 0, 0),
        row.is_repost,
        f"{row.source}:{reference}" if reference else None,
    )


def accounts_of(rows: Iterable[MentionRow]) -> frozenset[str]:
    """Host and handle of those who posted, as the pages of their network name them."""
    hosts = ((page(row.url or "").partition("/")[0], row.handle) for row in rows)
    return frozenset(f"{host}/{handle.removeprefix('@').casefold()}" for host, handle in hosts if handle)


def _nameless(link: str, accounts: frozenset[str]) -> str:
    """A page, unless it is one of an account: whose it is, is not kept.

    >>> _nameless("news.example/@ann/1", frozenset()), _nameless("x.example/Ann/1", frozenset(["x.example/ann"]))
    ('', '')
    """
    host, *parts = link.split("/")
    personal = "/@" in link or any(f"{host}/{part.casefold()}" in accounts for part in parts)
    return "" if personal else link

"""Text from outside made harmless: one line, nothing invisible that acts, cut where a reader sees a character end."""

import re
import unicodedata
from urllib.parse import urlsplit

JOINERS = "\u200c\u200d"
"""They shape letters in Persian and in Indian scripts, and join emoji."""
NO_BREAK = ("\u00a0", "\u202f")
LONGEST_LINK = 2_000
_BLANKS = re.compile(r"\s+")


def harmless(text: str, limit: int | None = None) -> str:
    """One line without control, direction-changing and other invisible characters, and without half characters; cut to `limit`.

    >>> harmless("free\\r\\nBcc: all@example.org\\u2028now\\u202e\\x1b[31m \\ud800!")
    'free Bcc: all@example.org now[31m !'
    """
    return _visible(" ".join(text.split()), limit)


def own_line(text: str, limit: int | None = None) -> str:
    """A line that we wrote, harmless too: a single no-break space, as between a figure and its unit, stays one.

    What it quotes from outside is made `harmless` before.

    >>> own_line("share of 6\u00a0%\u202e:\\n 1\u202f234\u00a0 mentions")
    'share of 6\\xa0%: 1\\u202f234 mentions'
    """
    return _visible(_BLANKS.sub(lambda run: run[0] if run[0] in NO_BREAK else " ", text).strip(), limit)


def _visible(text: str, limit: int | None) -> str:
    seen = "".join(c for c in text if c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return seen if limit is None else cut(seen, limit)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis: at most `limit` characters, never cut within what a reader sees as one.

    Source: Unicode Standard Annex 29, "Unicode Text Segmentation", extended grapheme clusters.

    >>> cut("abcdef", 4), cut("wave \\U0001f44b\\U0001f3fd now", 7)
    ('abc…', 'wave …')
    """
    if len(text) <= limit:
        return text
    import regex

    kept, room = [], limit - 1
    for cluster in regex.finditer(r"\X", text, endpos=limit + 64):
        if len(cluster[0]) > room:
            break
        kept.append(cluster[0])
        room -= len(cluster[0])
    return "".join(kept) + "…"


def web_link(url: str | None) -> str | None:
    """The address where it is one of the web, whole and on one line; None for any other.

    >>> web_link("https://social.example/@ann/1"), web_link("javascript:alert(1)"), web_link("https://a.example/ x")
    ('https://social.example/@ann/1', None, None)
    """
    if url is None or len(url) > LONGEST_LINK or url != harmless(url) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None

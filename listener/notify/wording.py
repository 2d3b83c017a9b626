"""Words made safe for where they go: one clean line each, cut between what a reader sees as characters, without live markup.

Posts and names are hostile until they passed here; `Words` hold them clean, and each channel escapes what it interprets.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx2
import regex

LONGEST_TITLE, LONGEST_LINE, LONGEST_LINK, MOST_LINES = 200, 2_000, 2_000, 200
_LIVE = regex.compile(r"[@<`](?=.)|\|(?=\|)|\](?=[(\[])")
_KEPT = "/?:;=&%+,~-._#$!"
_GAP = "\u200b"


@dataclass(frozen=True, slots=True)
class Quote:
    """A post as a message shows it, and where it stands."""

    line: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A message in clean, plain, unescaped text; links are whole addresses or None."""

    title: str
    lines: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    link: str | None = None
    severity: str = "notice"
    open: str = field(default="Open in Listener", repr=False)
    """What the link is called."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media: str
    content: bytes


def cut(text: str, limit: int, *, size: Callable[[str], int] = len) -> str:
    """The text, or its beginning and an ellipsis, at most `limit` by `size`; never cut within what a reader sees as one character.

    >>> cut("wave \\U0001f44b\\U0001f3fd!", 7), cut("wave \\U0001f44b\\U0001f3fd!", 6)
    ('wave …', 'wave …')
    >>> cut("abc", 3)
    'abc'
    """
    if size(text) <= limit:
        return text
    kept, room = [], limit - size("…")
    for cluster in regex.finditer(r"\X", text):
        room -= size(cluster[0])
        if room < 0:
            break
        kept.append(cluster[0])
    return "".join(kept) + "…"


def utf16(text: str) -> int:
    """Length as services count it that count as JavaScript does.

    >>> utf16("a\\U0001f44b")
    3
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def unmarked(text: str) -> str:
    """The text with an invisible space behind what chats take for a mention, a link or code, so that it stays text.

    >>> unmarked("@everyone, see [bank](http://evil.example)").replace("\\u200b", "_")
    '@_everyone, see [bank]_(http://evil.example)'
    """
    marked: str = _LIVE.sub(lambda found: found[0] + _GAP, text)
    return marked


def safe_link(url: str | None) -> str | None:
    """A web address without a user, its odd characters percent-encoded; None for whatever else.

    >>> safe_link("https://social.example/@ann/1?a=<b>|c")
    'https://social.example/%40ann/1?a=%3Cb%3E%7Cc'
    >>> safe_link("javascript:alert(1)"), safe_link("https://ann:pw@example.org"), safe_link(None)
    (None, None, None)
    """
    try:
        parsed = httpx2.URL(url or "")
        host = parsed.raw_host.decode("ascii")
    except (httpx2.InvalidURL, ValueError, TypeError):
        return None
    if parsed.scheme not in ("http", "https") or parsed.userinfo or not re.fullmatch(r"[\w.:-]+", host):
        return None
    host = f"[{host}]" if ":" in host else host
    place = host if parsed.port is None else f"{host}:{parsed.port}"
    rest = parsed.raw_path.decode("ascii") + (f"#{parsed.fragment}" if parsed.fragment else "")
    made = f"{parsed.scheme}://{place}{quote(rest, safe=_KEPT)}"
    return made if len(made) <= LONGEST_LINK else None


def as_text(words: Words, *, mark: Callable[[str], str] = str) -> str:
    """The lines below the title as one plain text; `mark` is done to all but the links.

    >>> print(as_text(Words("Much more", ("12 instead of 3",), (Quote("bad \\u2013 Ann", "https://x.example/1"),))))
    12 instead of 3
    <BLANKLINE>
    » bad – Ann
      https://x.example/1
    """
    return "\n".join(_text_lines(words, mark))


def _text_lines(words: Words, mark: Callable[[str], str]) -> Iterator[str]:
    yield from (mark(line) for line in words.lines)
    if words.quotes:
        yield ""
    for one in words.quotes:
        yield f"» {mark(one.line)}"
        if one.link:
            yield f"  {one.link}"
    if words.link:
        yield ""
        yield words.link

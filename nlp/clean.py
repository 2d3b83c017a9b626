"""The one cleaning of a text, the same in training and in serving.

A model sees at serving time what it saw in training only if both go through here. What is taken
away carries no feeling (addresses, other people's handles, control characters); what is asked
about, the target's own name and handle, is never masked.
"""

from __future__ import annotations

import hashlib
import html
import re
from functools import lru_cache
from typing import NamedTuple

from nlp.types import Item

MAX_CHARACTERS = 4_000
"""A longer text is cut before anything else is done to it, so that a 100,000 character post is
as cheap as a long one. The model reads far fewer than this many characters."""
MAX_TARGET_CHARACTERS = 80
OPEN, CLOSE = "⟦", "⟧"
"""Set around the target by `mark_target`; taken out of people's own texts by `clean`."""
MAX_MARKS = 4

# Controls, surrogates, zero-width and direction characters, soft hyphen, byte order mark and the
# emoji variation selectors. The zero-width joiners stay: emoji families and Indic scripts need them.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
_STACKED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1dc0-\u1dff\u20d0-\u20ff]{2})"
    "[\u0300-\u036f\u0483-\u0489\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_URL = re.compile(r"(?:https?://|www\.)\S+|\bpic\.twitter\.com/\S+|\bt\.co/\w+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@.])@(\w{1,64}(?:[.-]\w{1,64}){0,5}(?:@\w[\w.-]{1,100})?)")
_REPEATED = re.compile(r"([^\d\s])\1{3,}")
_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")


class Work(NamedTuple):
    """What a model is given: a cleaned text and the cleaned target, None for the whole text."""

    text: str
    target: str | None


def clean(text: str, target: str | None = None, *, masked: bool = True) -> str:
    """The text as a model should read it; empty where nothing is left.

    Web addresses become `http`, handles of others `@user`; HTML entities are decoded, control and
    invisible characters dropped, runs of one character cut to three, white space folded. The
    handle or name of `target` stays as written. Never longer than about 4,000 characters: of a
    longer text the beginning, the end and, where the target is named in between, its surroundings.
    `masked` False leaves addresses and handles as they are.

    >>> clean("@ann see  https://a.example/x &amp; tell @Delta!!!!!", "Delta")
    '@user see http & tell @Delta!!!'
    >>> clean("\\x00\\ud83d  ")
    ''
    """
    if len(text) > MAX_CHARACTERS:
        text = _shorten(text, target)
    if "&" in text:
        text = html.unescape(text)
    text = _INVISIBLE.sub("", _UNSAFE.sub(" ", text))
    text = text.replace(OPEN, "[").replace(CLOSE, "]")
    text = _STACKED_MARKS.sub(r"\1", text)
    if masked:
        own = _key(target or "")
        text = _HANDLE.sub(lambda found: _mask_handle(found, own), _URL.sub(" http ", text))
    text = _REPEATED.sub(r"\1\1\1", text)
    return _SPACE.sub(" ", text).strip()


def clean_target(target: str | None) -> str | None:
    """The target as a model should read it, or None where nothing is left of it.

    >>> clean_target("  Delta\\x00 ")
    'Delta'
    >>> clean_target("\\u200b") is None
    True
    """
    if target is None:
        return None
    kept = _INVISIBLE.sub("", _UNSAFE.sub(" ", target[:MAX_TARGET_CHARACTERS]))
    kept = kept.replace(OPEN, "[").replace(CLOSE, "]")
    return _SPACE.sub(" ", kept).strip() or None


def mark_target(text: str, target: str | None) -> str:
    """The cleaned text with marks around the target, so that a model sees whom it is asked about.

    Up to four whole-word occurrences are marked, whatever their case, with or without `@` and `#`,
    with or without the spaces of a name of several words. A target that does not occur changes
    nothing.

    >>> mark_target("Delta cancelled, @JetBlue saved me", "jetblue")
    'Delta cancelled, ⟦@JetBlue⟧ saved me'
    """
    pattern = _occurrences(target) if target else None
    if pattern is None:
        return text
    return pattern.sub(lambda found: OPEN + found.group(0) + CLOSE, text, count=MAX_MARKS)


def work_key(item: Item, model_id: str) -> bytes:
    """What identifies a piece of labelling work: 32 bytes, equal for items that share a result.

    Two posts share work only where cleaned text, target and model are all the same.

    >>> work_key(Item("so  good"), "m") == work_key(Item("so good "), "m")
    True
    >>> work_key(Item("so good", "Delta"), "m") == work_key(Item("so good"), "m")
    False
    """
    return work_digest(work_of(item), model_id)


def work_of(item: Item) -> Work:
    """The cleaned text and target of an item; the text is empty where nothing is left of it."""
    target = clean_target(item.target)
    return Work(clean(item.text, target), target)


def work_digest(work: Work, model_id: str) -> bytes:
    """32 bytes that differ where text, target or model differ."""
    target = "\x00" if work.target is None else work.target
    packed = "\x1f".join((model_id, target, work.text)).encode("utf-8", "replace")
    return hashlib.sha256(packed).digest()


def _shorten(text: str, target: str | None) -> str:
    """The beginning, the end and the target's surroundings, about MAX_CHARACTERS together."""
    third = MAX_CHARACTERS // 3
    middle = ""
    pattern = _occurrences(target) if target else None
    if pattern is not None:
        found = pattern.search(text, third, len(text) - third)
        if found:
            start = found.start()
            middle = text[max(third, start - third // 2) : min(len(text) - third, start + third // 2)]
    return f"{text[:third]} {middle} {text[-third:]}"


def _mask_handle(found: re.Match[str], own: str) -> str:
    """`@user`, or the handle as written where it is the target's: equal, or beginning with it."""
    key = _key(found.group(1))
    if own and (key == own or (len(own) >= 3 and key.startswith(own))):
        return found.group(0)
    return "@user"


def _key(name: str) -> str:
    """Letters and digits of a name, folded: `@Delta_Air` and `delta air` are the same."""
    return _NOT_WORD.sub("", name).casefold()


@lru_cache(maxsize=4_096)
def _occurrences(target: str) -> re.Pattern[str] | None:
    """A pattern for the target as a whole word; None where it holds no letter or digit."""
    words = [re.escape(word) for word in re.split(r"[\s_]+", target.strip().lstrip("@#")) if word]
    if not words:
        return None
    return re.compile(rf"(?<!\w)[@#]?{'[ _]?'.join(words)}(?!\w)", re.IGNORECASE)

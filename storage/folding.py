"""Text as matching sees it: one plain spelling for everything that looks or reads the same, cut into tokens.

`fold` gives the tokens with one space between them. A token is

    a word        letters, digits and their marks: apostrophes, hyphens and _ part words ("Delta's" is delta, s)
    one character of a script that is written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese)
    a symbol      & + % $ @ # and every other symbol or emoji; the two letters of a flag are one
    @handle       with its dots, hyphens and server;   #tag   with _ and in any script
    /             stands for a link, whose inside is not text

All other punctuation only parts tokens. Made equal: upper and lower case (ß is ss); compatibility forms (fullwidth, mathematical,
circled, squared and small capital letters, ligatures); letters with and without accents or vowel signs in Latin, Greek, Cyrillic,
Arabic and Hebrew (Zoë is zoe, å is a, й is и); ø o, æ ae, œ oe, đ and ð d, ł l, þ th. Taken out: zero-width characters, soft
hyphens, direction controls, variation selectors, skin tones, ™ and ®. In a word that mixes Latin with look-alikes from Cyrillic,
Greek or Armenian the look-alikes become Latin, or else all becomes Cyrillic; a word of one script keeps it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, pairwise

from storage.look_alikes import one_script

LINK = "/"
LONGEST_TOKEN = 500
"""Longer tokens are cut: a search index refuses them from 2,000 bytes on."""


class _Same(dict[int, int | str]):
    """Characters that are left as they are unless told otherwise; str.translate is slow over what a table lacks."""

    def __missing__(self, code: int) -> int:
        self[code] = code
        return code


# Kana, Han, Thai, Lao, Burmese, Khmer: the letters and the vowel signs written as letters.
_UNSPACED = (
    "\u3005-\u3007\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3\u17d7\u17dc"
)
# Before compatibility forms are made plain, which would make TM of ™ and an ordinary sigma of the one that looks like c.
_FIRST = _Same({ord(char): plain for char, plain in zip("™℠®©ϲϹ", "    cC", strict=True)})
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)
# Accents and other marks that are left away: on Latin, Greek and Cyrillic, Hebrew points, Arabic vowel signs and tatweel.
_LEFT_AWAY = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8]"
)
_LETTER_NAMES = {
    "AE": "ae",
    "OE": "oe",
    "ETH": "d",
    "THORN": "th",
    "DOTLESS I": "i",
    "ALPHA": "a",
    "IOTA": "i",
    "DOTLESS J": "j",
    "ENG": "n",
}
_LETTER_NAME = re.compile(
    r"(?:(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) )?LATIN (?:SMALL |CAPITAL )?(?:LETTER|LIGATURE) (?:SMALL CAPITAL |SCRIPT )?"
    r"([A-Z]|AE|OE|ETH|THORN|DOTLESS [IJ]|ENG|ALPHA|IOTA)(?: WITH [A-Z ]+)?"
)

_ENDLESS = re.compile(rf"([^ ]{{{LONGEST_TOKEN}}})[^ ]+")


class _Plain(dict[int, str]):
    """Each character's plain form, worked out when it is first met; fed to str.translate."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


def _plain(char: str) -> str:
    kind = unicodedata.category(char)
    if char.isascii() and kind != "Cc":
        return char
    if kind == "Cf" or _INVISIBLE.match(char) or _LEFT_AWAY.match(char) or 0x1F3FB <= ord(char) <= 0x1F3FF:
        return ""
    if (
        kind[0] in "ZP"
        or kind in ("Cc", "Cs", "Sk")
        or unicodedata.name(char, "").startswith("MODIFIER LETTER")
    ):
        return " "
    if named := _LETTER_NAME.fullmatch(unicodedata.name(char, "")):
        return _LETTER_NAMES.get(named[1], named[1].lower())
    return unicodedata.normalize("NFC", _LEFT_AWAY.sub("", unicodedata.normalize("NFD", char)))


_PLAIN = _Plain()


def _flat(text: str) -> str:
    """The text in plain characters, before it is cut into tokens."""
    if text.isascii():
        return text.lower()
    return one_script(unicodedata.normalize("NFKC", text.translate(_FIRST)).translate(_PLAIN)).casefold()


_SYMBOLS = "&+%$@#"


class _Cut(dict[int, str]):
    """For each plain character: itself within words, between spaces where it stands alone, a space where it only parts."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = cut = _cut(char)
        return cut


def _cut(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() else f" {char} " if char in _SYMBOLS else " "
    kind = unicodedata.category(char)
    if kind[0] in "LNM":
        return f" {char} " if _ALONE.match(char) else char
    return " " if kind[0] in "ZP" or kind == "Cc" else f" {char} "


_CUT = _Cut()
_ALONE = re.compile(f"[{_UNSPACED}]")
_ASCII_TOKEN = re.compile(f"[a-z0-9]+|[{_SYMBOLS}]")
_NAME = rf"[^\W{_UNSPACED}]"
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_PATH_SIGN = re.compile(r"\.[a-z]{2,24}/")


@cache
def _entities(with_paths: bool) -> re.Pattern[str]:
    """Links, handles, tags and flags. What can be tried at every letter is bounded or gives nothing back, so the time stays linear."""
    # The marks that stay in words are those of scripts that need them; \w leaves all marks out.
    marks = "".join(c for c in map(chr, range(0x300, 0x1F000)) if unicodedata.category(c)[0] == "M")
    name = rf"(?:{_NAME}++[{marks}]*+)++"
    handle = rf"@{name}(?:[.-]{name})*+"
    in_link = rf'[^\s<>"{_UNSPACED}]'
    path = (
        rf"|(?<!{_NAME}){_NAME}{{1,64}}(?:[.-]{_NAME}{{1,64}}){{0,5}}\.[a-z]{{2,24}}/{in_link}*"
        if with_paths
        else ""
    )
    return re.compile(
        rf"(?P<link>(?:https?://|ftp://|www\.){in_link}+|(?<=[a-z0-9]){handle}{path})"
        rf"|{handle}(?:{handle})?"
        rf"|(?<!&)\#(?=[\d_]*[^\W\d_])[\w{marks}]+"
        "|[\U0001f1e6-\U0001f1ff]{2}"
    )


def _has_entities(flat: str) -> bool:
    """Whether the text may hold a link, handle, tag or flag: one expression for all of it takes ten times as long."""
    return (
        "@" in flat
        or "#" in flat
        or "/" in flat
        or "www." in flat
        or (not flat.isascii() and _FLAG.search(flat) is not None)
    )


def _found(flat: str) -> Iterator[re.Match[str]]:
    return _entities(_PATH_SIGN.search(flat) is not None).finditer(flat)


def fold(text: str) -> str:
    """The tokens of a text with one space between them; "" when it has none.

    >>> fold("Zoë’s D\u0435lta\u200b-flight, ｆｕｌｌ of C++ & 50 %!")
    'zoe s delta flight full of c + + & 50 %'
    >>> fold("@Delta: see https://example.com/delta #DeltaAssist 苹果")
    '@delta see / #deltaassist 苹 果'
    """
    return _lately_folded(text) if len(text) <= _REMEMBERED_LENGTH else _fold(text)


def _fold(text: str) -> str:
    flat = _flat(text)
    if not _has_entities(flat):
        tokens = flat.translate(_CUT).split()
    else:
        tokens, after = [], 0
        for entity in _found(flat):
            tokens += flat[after : entity.start()].translate(_CUT).split()
            tokens.append(LINK if entity.lastgroup else entity[0])
            after = entity.end()
        tokens += flat[after:].translate(_CUT).split()
    folded = " ".join(tokens)
    return _ENDLESS.sub(r"\1", folded) if len(folded) > LONGEST_TOKEN else folded


# A post is folded to be matched and again to be indexed, and reposts repeat it.
_lately_folded = lru_cache(maxsize=4_096)(_fold)
_REMEMBERED_LENGTH = 1_000


def spans(text: str) -> list[tuple[int, int]]:
    """Where each token of `fold(text)` stands in the text: [start, end) in characters.

    >>> text = "Big D\u00adelta’s"
    >>> [text[a:b] for a, b in spans(text)]
    ['Big', 'D\\xadelta', 's']
    """
    flat = _flat(text)
    found: list[tuple[int, int]] = []
    after = 0
    for entity in _found(flat) if _has_entities(flat) else ():
        found += [*_word_spans(flat, after, entity.start()), entity.span()]
        after = entity.end()
    found += _word_spans(flat, after, len(flat))
    if text.isascii():
        return found
    origin, ends = _origins(text)
    return [(origin[start], ends[end - 1]) for start, end in found]


_last_spans = lru_cache(maxsize=1)(spans)


def span_of(text: str, first: int, last: int) -> tuple[int, int]:
    """Where the tokens from `first` to `last`, counted from 0, stand in the text together; cheaper than all `spans` for short texts.

    >>> span_of("We love Big-Delta!", 2, 3)
    (8, 17)
    """
    flat = _flat(text)
    if text.isascii() and not _has_entities(flat):
        tokens = list(islice(_ASCII_TOKEN.finditer(flat), first, last + 1))
        return tokens[0].start(), tokens[-1].end()
    places = _last_spans(text)
    return places[first][0], places[last][1]


def _word_spans(flat: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the tokens between two places stand, as `_CUT` parts them."""
    if flat.isascii():
        return [token.span() for token in _ASCII_TOKEN.finditer(flat, start, end)]
    found: list[tuple[int, int]] = []
    word = start
    for place in range(start, end):
        cut = _CUT[ord(flat[place])]
        if len(cut) == 1 and cut != " ":
            continue
        if word < place:
            found.append((word, place))
        if len(cut) > 1:
            found.append((place, place + 1))
        word = place + 1
    if word < end:
        found.append((word, end))
    return found


def _origins(text: str) -> tuple[list[int], list[int]]:
    """For each character of `_flat(text)` the [start, end) of what it was made from."""
    pieces = [0] + [i for i in range(1, len(text)) if not _joins(text[i])] + [len(text)]
    starts: list[int] = []
    ends: list[int] = []
    for start, end in pairwise(pieces):
        plain = unicodedata.normalize("NFKC", text[start:end].translate(_FIRST)).translate(_PLAIN)
        length = len(plain.casefold())
        starts += [start] * length
        ends += [end] * length
    return starts, ends


@cache
def _joins(char: str) -> bool:
    """Whether normalising may join this character with the one before it: marks, and the later parts of a Hangul syllable."""
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"

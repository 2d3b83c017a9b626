"""Letters of other alphabets that stand in for Latin ones, in names written so as not to be found.

>>> one_script("D\\u0435lt\\u0430"), one_script("дельта")
('Delta', 'дельта')
"""

import re
from itertools import permutations

_CYRILLIC = "АВЕКМНОРСТУХЅІЈҮҺԌԚԜԁавекмнорстухѕіјүһԍԛԝӏӀѵ"
_CYRILLIC_AS_LATIN = "ABEKMHOPCTYXSIJYHGQWdabekmhopctyxsijyhgqwllv"
_GREEK, _GREEK_AS_LATIN = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηικνορτυχγωμςϳ", "ABEZHIKMNOPTYXabenikvoptuxywusj"
_ARMENIAN, _ARMENIAN_AS_LATIN = "ՕՏՍԼոսհցօզյ", "OSULnuhgoqj"
_TO_LATIN = str.maketrans(
    _CYRILLIC + _GREEK + _ARMENIAN, _CYRILLIC_AS_LATIN + _GREEK_AS_LATIN + _ARMENIAN_AS_LATIN
)
_TO_CYRILLIC = str.maketrans("ABCEHIJKMOPSTXYaceijkmopstxy", "АВСЕНІЈКМОРЅТХУасеіјкморѕтху")

_ALPHABETS = ("[A-Za-z]", "[\u0370-\u03ff]", "[\u0400-\u052f]", "[\u0531-\u058f]")
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u052f\u0531-\u058f]")
_NOT_CYRILLIC = re.compile("[A-Za-z\u0370-\u03ff\u0531-\u058f]")
# Digits between the letters are bounded so that the search stays linear.
_MIXED = re.compile("|".join(f"{one}[0-9]{{0,9}}{other}" for one, other in permutations(_ALPHABETS, 2)))
_WORD = re.compile(r"[A-Za-z0-9\u0370-\u03ff\u0400-\u052f\u0531-\u058f]+")

# Lower-case letters that look the same in both alphabets, so that a whole word can be faked.
_TWINS = str.maketrans("aceopxyijsdhlqw", "асеорхуіјѕԁһӏԛԝ")
# With those that look the same only as capitals. No living Slavic language has the rare ones, so they give a fake away.
_NEAR_TWINS = str.maketrans("aceopxyijsdhlqwkmt", "асеорхуіјѕԁһӏԛԝкмт")
_RARE = re.compile("[ѕԁһӏԛԝ]")
SHORTEST_FAKE = 4


def one_script(text: str) -> str:
    """The text with every word of mixed alphabets made Latin, or else Cyrillic, where its letters have twins there; as long as before."""
    return _WORD.sub(_unmixed, text) if _MIXED.search(text) else text


def _unmixed(match: re.Match[str]) -> str:
    word = match[0]
    if not _MIXED.search(word):
        return word
    latin = word.translate(_TO_LATIN)
    if not _OTHER.search(latin):
        return latin
    cyrillic = word.translate(_TO_CYRILLIC)
    return word if _NOT_CYRILLIC.search(cyrillic) else cyrillic


def fake(word: str) -> str:
    """A Latin word spelled wholly in Cyrillic, itself where it cannot be; short ones are left alone, real words look like them.

    >>> fake("coca") == "с\\u043eса", fake("cop"), fake("delta") == "ԁе\\u04cfта"
    (True, 'cop', True)
    """
    if len(word) < SHORTEST_FAKE or not (word.isascii() and word.isalpha()):
        return word
    twins, near = word.translate(_TWINS), word.translate(_NEAR_TWINS)
    if not re.search("[a-z]", twins):
        return twins
    return word if re.search("[a-z]", near) or not _RARE.search(near) else near

"""The terms of a text: its telling words, and the phrases of two of them."""

from collections.abc import Sequence

from metrics.function_words import Part, Parts, parts_of

BETWEEN = 2
"""So many words that join may stand inside a phrase: "left on the runway"."""
_UNSPACED = range(0x0E00, 0xA000)
"""Thai to Han, whose folded tokens are single characters and marks above them: alone they say nothing."""
_PICTURES = range(0x2600, 0x2E80)
"""The emoji among these, such as hearts and stars: they do."""


def terms(words: Sequence[str], language: str = "und", known: frozenset[str] = frozenset()) -> dict[str, int]:
    """The terms of a post's folded words, each with how telling it is: 2 for each telling word, 1 for each negation.

    `metrics.function_words` says which words tell nothing alone, in the languages of the text. Two of those that join may stand inside a phrase.
    A negation, a light word ("again"), a letter or a digit begins or ends one; "never again" is one. Hashtags, handles, links and `known`
    words are in none. Emoji tell; signs such as % do not.

    >>> sorted(terms(("lost", "@delta", "my", "bag", "of", "gifts", "again", "#sad")))
    ['bag', 'bag of gifts', 'gifts', 'gifts again', 'lost']
    >>> terms(("the", "app", "doesn", "t", "open"), "en")
    {'app': 2, 'app doesn t': 3, 'open': 2, 'doesn t open': 3}
    """
    parts = parts_of(words, language)
    if "t" in words:
        words = _contracted(words, parts)
    found: dict[str, int] = {}
    start, passed = -1, 0
    first: Part | None = None
    for place, word in enumerate(words):
        part = parts.get(word)
        if part == "joins":
            passed += 1
            continue
        if part == "function":
            start = -1
            continue
        if part is None:
            if word in known or not (word[0].isalnum() or ord(word[0]) >= _UNSPACED.start):
                start = -1
                continue
            if len(word) == 1 and word.isascii():
                part = "light"
            elif len(word) > 1 or ord(word) in _PICTURES or ord(word) not in _UNSPACED:
                found[word] = 2
        if start >= 0 and passed <= BETWEEN and (first is None or part is None or first == "denies"):
            phrase = " ".join(words[start : place + 1]) if passed else f"{words[start]} {word}"
            found[phrase] = sum(2 if one is None else one == "denies" for one in (first, part))
        start, first, passed = place, part, 0
    return found


def _contracted(words: Sequence[str], parts: Parts) -> list[str]:
    """The words, "can" and "t" as one."""
    found: list[str] = []
    for word in words:
        if word == "t" and found and f"{found[-1]} t" in parts:
            found[-1] += " t"
        else:
            found.append(word)
    return found

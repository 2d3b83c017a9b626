"""What somebody probably meant to write."""

import difflib
from collections.abc import Iterable


def nearest(written: str, known: Iterable[str]) -> str | None:
    """The known word closest to the written one, None where none is close; case does not count.

    >>> nearest("querry", ["id", "name", "query"]), nearest("europe/olso", ["Europe/Oslo", "UTC"])
    ('query', 'Europe/Oslo')
    >>> nearest("colour", ["id", "name"]) is None
    True
    """
    by_lower = {word.lower(): word for word in known}
    found = difflib.get_close_matches(written.lower()[:100], by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """The end of a sentence that offers the nearest word, empty where none is close.

    >>> did_you_mean("jetblu", ["delta", "jetblue"]), did_you_mean("xyz", ["delta"])
    ('; did you mean "jetblue"?', '')
    """
    word = nearest(written, known)
    return f'; did you mean "{word}"?' if word else ""

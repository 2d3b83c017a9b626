"""Where a brand stands in a text, for people who read it."""

import re


def places(text: str, target: str) -> list[tuple[int, int]]:
    """Where the brand stands in a text: as a word of its own, and only where there is none as a part of others.

    >>> places("Delta, #deltafail, DELTA", "delta"), places("#deltafail", "delta"), places("a", "")
    ([(0, 5), (19, 24)], [(1, 6)], [])
    """
    if not target:
        return []
    bare = re.escape(target)
    for pattern in (rf"(?<![\w#@]){bare}(?!\w)", bare):
        found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
        if found:
            return found
    return []


def excerpt(text: str, target: str, limit: int) -> str:
    """At most `limit` characters of a text, and of a longer one those around the brand's first place.

    >>> excerpt("a " * 50 + "Delta is late" + " z" * 50, "Delta", 20)
    '…a a a a Delta is lat…'
    >>> excerpt("Delta is late", "Delta", 20)
    'Delta is late'
    """
    if len(text) <= limit:
        return text
    first = next(iter(places(text, target)), (0, 0))[0]
    start = max(0, min(first - limit * 2 // 5, len(text) - limit))
    end = start + limit
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"

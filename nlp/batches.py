"""Which texts go through the model together: like lengths, and no more tokens than a budget."""

from __future__ import annotations

from collections.abc import Sequence


def plan(lengths: Sequence[int], budget: int, most: int = 256) -> list[list[int]]:
    """Places 0..n-1 grouped into batches, shortest texts first; every place occurs once.

    A batch of r texts whose longest has t tokens costs r x t tokens, padding included; that cost
    stays within `budget` wherever a batch holds more than one text, and r within `most`. Sorting
    by length keeps the padding small. No lengths give no batches.

    >>> plan([3, 9, 3, 4], budget=12)
    [[0, 2, 3], [1]]
    >>> plan([], budget=12)
    []
    """
    batches: list[list[int]] = []
    current: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda number: (lengths[number], number)):
        full = len(current) >= most or (len(current) + 1) * lengths[place] > budget
        if current and full:
            batches.append(current)
            current = []
        current.append(place)
    if current:
        batches.append(current)
    return batches

"""Label many items in bounded memory, doing identical work once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from nlp.clean import Work, work_digest, work_of
from nlp.types import Item, NotLabelled

CHUNK = 4_096
"""Distinct pieces of work held, tokenised and sorted by length at a time."""

T = TypeVar("T")


def label_shared(
    items: Sequence[Item],
    compute: Callable[[Sequence[Work]], list[T | NotLabelled]],
    chunk: int = CHUNK,
    read: Callable[[Item], Work] = work_of,
) -> list[T | NotLabelled]:
    """One result per item in order; `compute` sees each distinct (cleaned text, target) once, cleaned by `read`.

    At most `chunk` cleaned texts are held at a time; beyond that, 32 bytes per distinct piece of
    work. A text of which cleaning leaves nothing is answered here.

    >>> from nlp.types import Scores
    >>> seen = []
    >>> def compute(work):
    ...     seen.extend(one.text for one in work)
    ...     return [Scores(0.0, 1.0, 0.0) for _ in work]
    >>> results = label_shared([Item("ok"), Item(" ok "), Item("")], compute)
    >>> seen, results[0] is results[1], results[2]
    (['ok'], True, NotLabelled(reason='no text is left after cleaning'))
    """
    done: dict[bytes, T | NotLabelled] = {}
    keys: list[bytes] = []
    for waiting in _distinct(items, keys, chunk, read):
        results = compute(list(waiting.values()))
        if len(results) != len(waiting):
            raise ValueError(f"{len(waiting)} pieces of work gave {len(results)} results")
        done.update(zip(waiting, results, strict=True))
    nothing = NotLabelled("no text is left after cleaning")
    return [done.get(key, nothing) for key in keys]


def _distinct(
    items: Sequence[Item], keys: list[bytes], chunk: int, read: Callable[[Item], Work]
) -> Iterator[dict[bytes, Work]]:
    """Chunks of distinct work, and meanwhile the key of every item appended to `keys`."""
    seen: set[bytes] = set()
    waiting: dict[bytes, Work] = {}
    for item in items:
        work = read(item)
        key = work_digest(work, "")
        keys.append(key)
        if not work.text or key in seen:
            continue
        seen.add(key)
        waiting[key] = work
        if len(waiting) >= chunk:
            yield waiting
            waiting = {}
    if waiting:
        yield waiting

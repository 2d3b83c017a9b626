"""Bounds for claims about time that hold on any machine: an end far above what load adds, and work compared with other work.

How fast something is stands in benchmarks/, as a ratio, and in no test.
"""

import sys
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, process_time

FOR_EVER_S = 60.0


@contextmanager
def ends(within_s: float = FOR_EVER_S) -> Iterator[None]:
    """What is done inside takes a few seconds at most; what hangs, drips on or runs away takes longer than this bound."""
    started = monotonic()
    yield
    assert monotonic() - started < within_s


def calls(work: Callable[[], object]) -> int:
    """How many functions are called while this is done, those written in C included: the same number on every machine.

    >>> calls(lambda: [abs(n) for n in range(70)]) - calls(lambda: [abs(n) for n in range(20)])
    50
    """
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def growth(work: Callable[[int], object], size: int, times: int = 16) -> float:
    """How many times as long work of `times` the size takes: about `times` where time is in proportion, its square where it is not.

    For work inside one call (a pattern, a search), where calls tell nothing. The best of seven tries each, in processor time, without
    the collector: load lengthens some tries, not all. Leave room: `growth(...) < 6 * times` is far from both.
    """
    whole, part = (
        min(timeit.repeat(lambda: work(length), timer=process_time, repeat=7, number=1))  # noqa: B023
        for length in (size * times, size)
    )
    return whole / max(part, 1e-4)

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nlp.clean import Work
from nlp.sharing import CHUNK, label_shared
from nlp.types import Item, NotLabelled, Scores


def by_length(work: Sequence[Work]) -> list[Scores | NotLabelled]:
    return [Scores(1.0 / len(one.text), 0.0, 1.0 - 1.0 / len(one.text)) for one in work]


def test_identical_work_is_done_once_over_the_whole_call() -> None:
    seen: list[Work] = []

    def compute(work: Sequence[Work]) -> list[Scores | NotLabelled]:
        seen.extend(work)
        return by_length(work)

    items = [Item("ab"), Item("abc"), Item(" ab"), Item("ab", "x")] * 50
    results = label_shared(items, compute, chunk=2)
    assert len(seen) == 3
    assert results == label_shared(items, by_length)


def test_results_do_not_depend_on_chunks_or_order() -> None:
    items = [Item("x" * (number % 3 + 1) + str(number)) for number in range(100)]
    whole = label_shared(items, by_length)
    assert label_shared(items, by_length, chunk=7) == whole
    assert label_shared(items[::-1], by_length)[::-1] == whole


def test_empty_texts_are_never_computed() -> None:
    results = label_shared([Item(""), Item(" \x00\u200b")], by_length)
    assert all(isinstance(result, NotLabelled) for result in results)


def test_a_compute_that_drops_results_is_an_error() -> None:
    with pytest.raises(ValueError, match="1 pieces of work gave 0"):
        label_shared([Item("a")], lambda work: [])


def test_a_hundred_thousand_items_are_handed_on_in_chunks() -> None:
    sizes: list[int] = []

    def compute(work: Sequence[Work]) -> list[Scores | NotLabelled]:
        sizes.append(len(work))
        return by_length(work)

    results = label_shared([Item(str(number % 30_000)) for number in range(100_000)], compute)
    assert len(results) == 100_000
    assert sum(sizes) == 30_000
    assert max(sizes) == CHUNK

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlp.batches import plan
from nlp.windows import Frame, windows

FRAME = Frame(start=0, end=2, open_mark=8, close_mark=9, max_tokens=20)


@given(st.lists(st.integers(1, 300), max_size=200), st.integers(1, 2_000), st.integers(1, 50))
def test_every_text_is_in_one_batch_within_the_budget(lengths: list[int], budget: int, most: int) -> None:
    batches = plan(lengths, budget, most)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= most
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= budget


@given(st.lists(st.integers(3, 12), max_size=200), st.lists(st.integers(3, 7), max_size=40))
def test_windows_fit_the_model_and_hold_the_target(body: list[int], target: list[int]) -> None:
    made, cut = windows(body, target, FRAME)
    assert len(made) == 0 if not body else 1 <= len(made) <= (2 if cut else 1)
    for ids in made:
        assert len(ids) <= max(FRAME.max_tokens, 5 + len(target[:16]))
        assert ids[0] == 0
        assert ids[-1] == 2


def test_a_long_text_is_read_at_both_ends() -> None:
    made, cut = windows(list(range(100, 200)), [], FRAME)
    assert cut
    assert [ids[1] for ids in made] == [100, 182]
    assert made[1][-2] == 199


def test_a_long_text_with_a_target_is_read_around_it() -> None:
    body = [100] * 90 + [8, 5, 9] + [101] * 90
    made, cut = windows(body, [5], FRAME)
    assert cut
    assert len(made) == 1
    assert 8 in made[0]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.clean import MAX_CHARACTERS, clean, clean_target, mark_target, work_key
from nlp.types import Item
from tests.nlp.odd_texts import ODD_TEXTS
from tests.patience import ends

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("text", "target", "cleaned"),
    [
        ("@Delta lost my bag", "Delta", "@Delta lost my bag"),
        ("@delta lost my bag", "@Delta", "@delta lost my bag"),
        ("@Delta_Air lost it", "delta air", "@Delta_Air lost it"),
        ("@DeltaAssist lost it", "Delta", "@DeltaAssist lost it"),
        ("@JetBlue lost it, not @Delta", "Delta", "@user lost it, not @Delta"),
        ("@delta@example.social hi", "delta@example.social", "@delta@example.social hi"),
        ("@ann @bob hi", None, "@user @user hi"),
        ("write to me@delta.example", "Delta", "write to me@delta.example"),
    ],
)
def test_only_handles_of_others_are_masked(text: str, target: str | None, cleaned: str) -> None:
    assert clean(text, target) == cleaned


def test_addresses_entities_and_runs() -> None:
    text = "see HTTPS://t.co/abc www.a.example pic.twitter.com/xy &lt;3 sooooo gooood!!!!!! 1000000"
    assert clean(text) == "see http http http <3 sooo goood!!! 1000000"


def test_emoji_joiners_stay_and_selectors_go() -> None:
    assert clean("❤️ 👨‍👩‍👧") == "❤ 👨‍👩‍👧"


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
@pytest.mark.parametrize("target", [None, "good", "@", "\x00", "C++", "(", "x" * 500])
def test_odd_texts_come_to_an_end_bounded_and_encodable(text: str, target: str | None) -> None:
    with ends():
        found = mark_target(clean(text, target), clean_target(target))
    assert len(found) <= MAX_CHARACTERS * 2
    found.encode("utf-8")


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more_that_matters(text: str) -> None:
    once = clean(text)
    assert "\x00" not in once
    assert once == once.strip()
    once.encode("utf-8")


@given(ANY_TEXT, st.one_of(st.none(), ANY_TEXT))
def test_work_key_never_fails_and_is_32_bytes(text: str, target: str | None) -> None:
    assert len(work_key(Item(text, target), "m")) == 32


def test_long_post_keeps_its_ends_and_the_target() -> None:
    text = "start " + "x y " * 20_000 + "Delta was awful " + "z w " * 20_000 + " end"
    found = clean(text, "Delta")
    assert found.startswith("start")
    assert found.endswith("end")
    assert "Delta was awful" in found


def test_work_differs_by_text_target_and_model() -> None:
    keys = {
        work_key(Item("a"), "m"),
        work_key(Item("b"), "m"),
        work_key(Item("a", "x"), "m"),
        work_key(Item("a", "y"), "m"),
        work_key(Item("a"), "n"),
    }
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("text", "target", "marked"),
    [
        ("Delta and delta", "DELTA", "⟦Delta⟧ and ⟦delta⟧"),
        ("#Delta rocks", "Delta", "⟦#Delta⟧ rocks"),
        ("@JetBlueAir ok", "jetblue air", "⟦@JetBlueAir⟧ ok"),
        ("pineapple", "apple", "pineapple"),
        ("C++ is fine", "C++", "⟦C++⟧ is fine"),
        ("x x x x x x", "x", "⟦x⟧ ⟦x⟧ ⟦x⟧ ⟦x⟧ x x"),
        ("nothing", "@", "nothing"),
    ],
)
def test_the_target_is_marked_as_a_whole_word(text: str, target: str, marked: str) -> None:
    assert mark_target(text, target) == marked

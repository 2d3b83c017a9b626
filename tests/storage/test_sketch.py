"""Sketches: the same bytes for ever, blind to what copies differ in, and different for different words."""

import random
import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.sketch import FEWEST_WORDS, sketch

FLIGHT = "delta just cancelled my flight for the third time this week"


def bands(text: str) -> tuple[int, ...]:
    found = sketch(text)
    assert found is not None
    return struct.unpack("<4I", found)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (FLIGHT, "433dd7312dba282067199ccdeafbbda4"),
        (
            "Queue 3 hours long at Heathrow again, nobody from @Delta says a word",
            "a6964416d10ce7386a5c4927be589c3d",
        ),
        ("love delta", "0000000000000000000000005a35f74f"),
        ("我今天在机场等了三个小时达美航空取消了我的航班", "7920f271fa7bcee6e4fff3b5b7bfffbf"),
        ("हिंदी में लिखा हुआ एक लंबा वाक्य यहाँ है", "8bdd674dc08be42f6df2e36ef11be335"),
    ],
)
def test_a_stored_sketch_would_be_made_again_today(text: str, kept: str) -> None:
    assert sketch(text) is not None
    assert sketch(text).hex() == kept  # type: ignore[union-attr]


def test_another_process_makes_the_same_sketch() -> None:
    program = f"from storage.sketch import sketch; print(sketch({FLIGHT!r}).hex())"
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7"},
    )
    assert said.stdout.strip() == sketch(FLIGHT).hex()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "copy",
    [
        FLIGHT.upper() + "!!!",
        f"RT @somebody: {FLIGHT} https://example.com/a?b=1",
        f"@delta {FLIGHT} 😡😡 12345",
        FLIGHT.replace("delta", "𝗗𝗲𝗹𝘁𝗮").replace(" ", "  "),
        f"#{FLIGHT} (2/2)",
    ],
)
def test_links_handles_numbers_emoji_case_and_a_leading_rt_make_no_difference(copy: str) -> None:
    assert sketch(copy) == sketch(FLIGHT)


@pytest.mark.parametrize(
    "text", ["", "  ", "@delta", "https://example.com/delta", "👍👍", "2027 12", "RT @delta:", "!?"]
)
def test_a_text_without_words_has_no_sketch(text: str) -> None:
    assert sketch(text) is None


def test_a_short_text_says_that_it_is_short_and_compares_whole() -> None:
    five, six = "delta lost my bag again", "delta lost my big bag again"
    assert len(five.split()) == FEWEST_WORDS - 1
    assert bands(five)[:3] == (0, 0, 0)
    assert bands(five)[3] == bands("Delta lost my bag AGAIN!")[3] != bands("delta lost my bags again")[3]
    assert 0 not in bands(six)


def test_characters_of_a_script_without_spaces_are_half_a_word() -> None:
    assert bands("达美航空取消航班啊")[:3] == (0, 0, 0)
    assert 0 not in bands("达美航空取消了我的航班啊")


def test_most_copies_with_one_word_replaced_share_a_band_and_other_posts_do_not() -> None:
    chance = random.Random(5)
    known = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "bdfgklmnprst"]
    texts = [[chance.choice(known) for _ in range(18)] for _ in range(300)]
    copies = [[*words[:9], chance.choice(known), *words[10:]] for words in texts]
    marks = [(bands(" ".join(a)), bands(" ".join(b))) for a, b in zip(texts, copies, strict=True)]
    found = sum(any(x == y for x, y in zip(a, b, strict=True)) for a, b in marks)
    assert found > 0.8 * len(texts)
    for place in range(4):
        assert len({one[place] for one, _ in marks}) == len(texts)


@given(st.text(max_size=300))
def test_any_text_has_a_sketch_of_sixteen_bytes_or_none(text: str) -> None:
    found = sketch(text)
    assert found is None or (len(found) == 16 and any(found))

"""Lines of keys: the scanner must agree with the standard library's reader about what is in the text."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.toml_lines import Path, lines_of


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*at, key))


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('a = """x\ny\n[b]\n"""\nc = 1', ("c",), 5),
        ("a = '''x\n''''\nc = 1", ("c",), 3),
        ('a = "\\"[b]#" # [c]\nd = 1', ("d",), 2),
        ("[a]\nb.c.d = 1\n[a.e]\nf = 2", ("a", "e", "f"), 4),
        ("[a]\nb.c.d = 1", ("a", "b", "c"), 2),
        ("[[a]]\n[[a.b]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\nc = 2", ("a", 0, "b", 1, "c"), 4),
        ("[[a]]\n[[a.b]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\nc = 2", ("a", 1, "b", 0, "c"), 7),
        ("[[a]]\n[a.b]\nc = 1", ("a", 0, "b", "c"), 3),
        ("a = [\n 1, # one\n [2,\n 3],\n]\nb = 1", ("a", 1, 1), 4),
        ('a = { b = "}", c = [1, 2] }\nd = { }\ne = 1', ("e",), 3),
        ('a = { b = "}", c = [1, 2] }', ("a", "c", 1), 1),
        ('"a.b" = 1\n"c\\u0041" = 2', ("cA",), 2),
        ("a = 1\r\nb = 2\r\n", ("b",), 2),
        ("\t[ a . b ] # x\n\tc\t=\t2027-01-01T00:00:00Z # y", ("a", "b", "c"), 2),
    ],
)
def test_a_key_stands_on_the_line_it_is_written_on(text: str, path: Path, line: int) -> None:
    assert lines_of(text)[path] == line
    assert set(lines_of(text)) == set(paths(tomllib.loads(text)))


KEYS = st.sampled_from(["a", "b", "c-d", '"e f"', "'g.h'", "i.j"])
STRINGS = st.sampled_from(
    [
        '"x # y"',
        "'[z]'",
        '"""m\n# n = 1\n"""',
        "'''o\n[p]\n'''",
        '"q\\"r"',
        '"""s""""',
        "'''t'''''",
        '""',
        "''",
    ]
)
SCALARS = STRINGS | st.sampled_from(["1", "-2.5e3", "true", "2027-03-01", "07:32:00", "nan", "0xFF"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: "[ # c\n " + ",\n ".join(parts) + "\n]")
        | st.lists(inner.filter(lambda v: "\n" not in v), max_size=2).map(
            lambda parts: "{ " + ", ".join(f"k{i} = {part}" for i, part in enumerate(parts)) + " }"
        )
    ),
    max_leaves=5,
)
LINES = (
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}")
    | KEYS.map(lambda key: f"[t.{key}]")
    | KEYS.map(lambda key: f"[[u.{key}]] # end")
    | st.sampled_from(["", "# [comment] = 1", "   "])
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=8))
def test_every_key_of_a_readable_text_has_a_line_and_no_other_has(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = lines_of(text)
    assert set(found) == set(paths(data))
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())

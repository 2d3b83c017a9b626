"""A table of a list put into config.toml, changed or taken out: every other line stays, comments too."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.config_entries import entry_put

TEXT = """\
# ours
timezone = "Europe/Oslo"   # home

# the one
[[brands]]
name = "Delta"  # an airline
query = '''
delta
# not a comment
'''
[brands.accounts]
x = "@Delta"

# the other
[[brands]]
name = "JetBlue"  # too
query = 'jetblue'
# behind it

# who is told
[alerts]
notify = []  # nobody
"""
NEW = {"name": "Kvarto", "query": 'kvarto "big one"', "accounts": {"x": "@k"}}


def brands(text: str) -> list[dict[str, Any]]:
    return list(tomllib.loads(text).get("brands", []))


def lost(before: str, after: str) -> list[str]:
    """Lines that were there and are gone."""
    return [line for line in before.split("\n") if line not in after.split("\n")]


def test_a_new_table_stands_behind_the_others_and_before_the_next_section() -> None:
    made = entry_put(TEXT, "brands", None, NEW)
    assert made is not None
    assert lost(TEXT, made) == []
    assert brands(made) == [*brands(TEXT), NEW]
    assert made.index("Kvarto") < made.index("# behind it") < made.index("# who is told")
    assert "query = 'kvarto \"big one\"'" in made


@pytest.mark.parametrize("text", ["", "[web]\nport = 1\n", "# only this", "\ufeff# a mark\n"])
def test_the_first_of_its_kind_goes_to_the_end(text: str) -> None:
    made = entry_put(text, "goals", None, {"words": "+1 mentions"})
    assert made is not None
    assert made.startswith(text)
    assert tomllib.loads(made.removeprefix("\ufeff"))["goals"] == [{"words": "+1 mentions"}]


def test_in_a_table_only_what_differs_moves() -> None:
    made = entry_put(TEXT, "brands", 0, brands(TEXT)[0] | {"name": "Delta Air", "role": "own"})
    assert made is not None
    assert lost(TEXT, made) == ['name = "Delta"  # an airline']
    assert 'name = "Delta Air"  # an airline' in made
    back = entry_put(made, "brands", 0, brands(TEXT)[0])
    assert back is not None
    assert brands(back) == brands(TEXT)
    assert lost(TEXT, back) == []


def test_a_table_that_is_taken_out_leaves_every_comment_outside_it() -> None:
    made = entry_put(TEXT, "brands", 0, None)
    assert made is not None
    assert brands(made) == brands(TEXT)[1:]
    gone = [line for line in lost(TEXT, made) if line.startswith("#")]
    assert gone == ["# not a comment"]  # it was part of the query
    last = entry_put(TEXT, "brands", 1, None)
    assert last is not None
    assert [line for line in lost(TEXT, last) if line.startswith("#")] == []


def test_lines_that_end_as_on_windows_stay_so() -> None:
    text = TEXT.replace("\n", "\r\n")
    made = entry_put(text, "brands", None, NEW)
    assert made is not None
    assert brands(made)[2] == NEW
    assert "\n" not in made.replace("\r\n", "")
    edited = entry_put(made, "brands", 0, NEW | {"role": "own"})
    assert edited is not None
    assert brands(edited)[0] == NEW | {"role": "own"}
    assert "\n" not in edited.replace("\r\n", "")


def test_a_list_on_one_line_is_edited_there() -> None:
    text = 'brands = [{ name = "A", query = "a" }]  # short\n'
    made = entry_put(text, "brands", None, NEW)
    assert made is not None
    assert brands(made) == [{"name": "A", "query": "a"}, NEW]
    assert "# short" in made
    out = entry_put(made, "brands", 0, None)
    assert out is not None
    assert brands(out) == [NEW]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
TABLES = st.dictionaries(st.sampled_from(["name", "query", "role", "odd key"]), WORDS, min_size=1)


@given(st.lists(TABLES, max_size=4), TABLES, st.data())
def test_whatever_is_put_in_is_read_back_and_nothing_else_is_another(
    start: list[dict[str, str]], table: dict[str, str], data: st.DataObject
) -> None:
    text: str | None = '# top\nzone = "UTC"\n\n# last\n[web]\nport = 1\n'
    for one in start:
        assert text is not None
        text = entry_put(text, "brands", None, one)
    assert text is not None
    at = data.draw(st.sampled_from([None, *range(len(start))]))
    made = entry_put(text, "brands", at, table)
    assert made is not None
    wanted = [*start, table] if at is None else [*start[:at], table, *start[at + 1 :]]
    assert tomllib.loads(made) == {"zone": "UTC", "web": {"port": 1}, "brands": wanted}
    assert {"# top", "# last"} <= set(made.split("\n"))
    out = entry_put(made, "brands", len(wanted) - 1, None)
    assert out is not None
    assert brands(out) == wanted[:-1]

"""A table put into config.toml: nothing else moves by a byte, and nothing is written that could not be read."""

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.config import load
from listener.config_edit import put_table, with_table
from listener.errors import ConfigError

BASE = """\
# ours
timezone = "Europe/Oslo"   # home
[[brands]]  # the one
name = "Delta"
query = 'delta'
"""
META = {"columns": {"date": "Day", "spend": "Cost"}, "currency": "EUR"}
OTHERS = """
[imports.meta]   # from the agency
# what they call things
columns = { date = "Day", clicks = "Clicks" }  # two
currency = "USD"  # dollars
[money]
currency = "EUR"
"""


def config(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("text", [BASE, BASE.rstrip("\n"), BASE.replace("\n", "\r\n"), "\ufeff" + BASE])
def test_a_new_table_is_added_at_the_end_and_all_before_it_stays(tmp_path: Path, text: str) -> None:
    path = config(tmp_path / "config.toml", text)
    assert put_table(path, "imports", "meta", META)
    assert path.read_bytes().decode().startswith(text)
    assert load(path).imports["meta"].columns == META["columns"]
    kept = path.read_bytes()
    assert not put_table(path, "imports", "meta", META)
    assert path.read_bytes() == kept


def test_in_a_table_that_is_there_only_what_differs_changes_and_comments_stay(tmp_path: Path) -> None:
    path = config(tmp_path / "config.toml", BASE + OTHERS)
    assert put_table(path, "imports", "meta", META)
    assert dict(tomllib.loads(path.read_text())["imports"]["meta"]) == META
    before, after = (BASE + OTHERS).splitlines(), path.read_text().splitlines()
    assert [line for line in before if line not in after] == [
        'columns = { date = "Day", clicks = "Clicks" }  # two',
        'currency = "USD"  # dollars',
    ]
    assert 'currency = "EUR"  # dollars' in after


def test_the_mode_of_the_file_and_a_link_to_it_are_kept(tmp_path: Path) -> None:
    path = config(tmp_path / "real.toml", BASE)
    path.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(path)
    put_table(link, "imports", "meta", META)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "imports.meta" in path.read_text()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["config.toml", "real.toml"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (BASE + "oops", META),
        (BASE + "colour = 1\n", META),
        (BASE, {"columns": {"dat": "Day"}}),
        (BASE, {"colums": {}}),
    ],
)
def test_nothing_is_written_while_the_configuration_is_broken_or_would_be(
    tmp_path: Path, text: str, values: dict[str, Any]
) -> None:
    path = config(tmp_path / "config.toml", text)
    with pytest.raises(ConfigError):
        put_table(path, "imports", "meta", values)
    assert path.read_bytes().decode() == text
    assert [found.name for found in tmp_path.iterdir()] == ["config.toml"]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=15)
VALUES = st.fixed_dictionaries(
    {"columns": st.dictionaries(TEXT, TEXT, max_size=4)},
    optional={"channel": TEXT, "scale": st.integers(1, 9), "only": st.lists(TEXT, max_size=3)},
)


@given(
    st.sampled_from(
        [
            BASE,
            BASE + OTHERS,
            "imports = { other = { columns = {} } }\n" + BASE,
            BASE + "[imports.other.columns]\na = 'b'\n",
        ]
    ),
    TEXT,
    VALUES,
    VALUES,
)
def test_whatever_is_put_in_is_read_back_and_nothing_else_is_changed(
    text: str, name: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    for values in (first, second):
        changed = with_table(text, "imports", name, values)
        if changed is None:
            continue
        after, before = tomllib.loads(changed), tomllib.loads(text)
        assert after["imports"].pop(name) == values
        before.setdefault("imports", {}).pop(name, None)
        assert after == before
        comments = [line for line in BASE.splitlines() if "#" in line]
        assert all(line in changed for line in comments)
        text = changed


def test_every_table_can_be_put_in_where_there_is_none_yet() -> None:
    assert with_table("imports = { other = { columns = {} } }\n", "imports", "meta", META) is not None

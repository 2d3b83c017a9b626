"""docs/facts.md names every fact and every field that a file may hold."""

from pathlib import Path

import pytest

from listener.importing.facts.headings import KNOWN, TOOLS, simple
from listener.importing.facts.mapping import FIELDS
from metrics.facts import FACTS

PAGE = (Path(__file__).parents[2] / "docs" / "facts.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*FACTS, *FIELDS, *(tool.name for tool in TOOLS)])
def test_the_page_names_every_field_fact_and_tool(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_known_heading_is_written_as_headings_are_compared_and_feeds_a_field_or_fact() -> None:
    for name, headings in KNOWN.items():
        assert name in FIELDS or name in FACTS
        assert [simple(heading) for heading in headings] == list(headings)
    assert all(simple(mark) == mark for tool in TOOLS for mark in tool.marks)

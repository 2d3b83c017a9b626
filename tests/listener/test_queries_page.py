"""docs/queries.md: every query on the page can be read, finds what the page says, and is refused or asked of X as it says."""

import re
from pathlib import Path

import pytest

from listener.collectors.x_query import to_x
from storage.query import Document, QueryError, matches, parse

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")


def rows(*header: str) -> list[list[str]]:
    """The cells of every table on the page that has this header, without code marks."""
    found = []
    for table in re.findall(r"(?m)(?:^\|.*\n)+", PAGE):
        lines = [
            [cell.strip() for cell in line.strip("|").split(" | ")]
            for line in table.replace("|\n", "\n").splitlines()
        ]
        if [cell.strip(" |") for cell in lines[0]] == list(header):
            found += [[cell.strip("| ") for cell in line] for line in lines[2:]]
    return found


def quoted(cell: str) -> list[str]:
    return re.findall(r'"([^"]*)"', cell)


FINDS = [
    (write.strip("`"), finds, misses) for write, finds, misses in rows("Write", "Finds", "Does not find")
]
REFUSED = [(write.strip("`"), says) for write, says in rows("You write", "It says")]
ON_X = [(query.strip("`"), asked.strip("`")) for query, asked in rows("Query", "X is asked")]
PLAIN = [write.strip("`") for write, _ in rows("Write", "Asks") + rows("Write", "Means")]
BLOCKS = [line for block in re.findall(r"```query\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_page_has_its_tables() -> None:
    assert (len(FINDS), len(REFUSED), len(ON_X), len(PLAIN), len(BLOCKS)) == (13, 9, 5, 8, 2)


@pytest.mark.parametrize(("query", "finds", "misses"), FINDS)
def test_an_example_finds_and_does_not_find_what_the_page_says(query: str, finds: str, misses: str) -> None:
    assert quoted(finds)
    assert quoted(misses)
    assert [text for text in quoted(finds) if not matches(parse(query), Document(text))] == []
    assert [text for text in quoted(misses) if matches(parse(query), Document(text))] == []


@pytest.mark.parametrize(("query", "says"), REFUSED)
def test_what_the_page_calls_refused_is_refused_with_these_words(query: str, says: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert says in refused.value.reason


@pytest.mark.parametrize("query", PLAIN + BLOCKS)
def test_every_other_example_can_be_read(query: str) -> None:
    assert str(parse(query)) == str(parse(str(parse(query))))


@pytest.mark.parametrize(("query", "asked"), ON_X)
def test_x_is_asked_what_the_page_says(query: str, asked: str) -> None:
    assert to_x(parse(query)).text == asked


@pytest.mark.parametrize(("query", "text"), re.findall(r"`([^`]+)` finds \"([^\"]+)\"", PAGE))
def test_what_a_sentence_says_is_found_is_found(query: str, text: str) -> None:
    assert matches(parse(query), Document(text))

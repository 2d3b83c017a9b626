"""The full-text question never misses a post that the query matches, on SQLite's own index, and nothing in it can break out of its quotes."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from storage import search_index
from storage.db import open_database
from storage.folding import fold
from storage.query import Document, parse, to_fts5, to_tsquery
from storage.query_fulltext import fts5, fts5_sure, tsquery, tsquery_sure
from storage.query_match import evaluate
from tests.storage.query_reference import documents, trees


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The product's own full-text table in a fresh database."""
    path: Path = tmp_path_factory.mktemp("fulltext") / "search.db"
    db = open_database(f"sqlite:///{path}")
    with db.write() as connection:
        yield connection
    db.close()


def candidates(connection: Connection, query: str, texts: list[str]) -> set[int]:
    connection.execute(text("INSERT INTO post_search (post_search) VALUES ('delete-all')"))
    search_index.add(connection, list(enumerate(texts)))
    rows = connection.execute(
        text("SELECT rowid FROM post_search WHERE post_search MATCH :query"), {"query": query}
    )
    return set(rows.scalars())


@settings(max_examples=250)
@given(tree=trees, found=st.lists(documents, min_size=1, max_size=4))
def test_every_true_match_is_a_candidate(index: Connection, tree: object, found: list[Document]) -> None:
    query = fts5(tree)  # type: ignore[arg-type]
    if query is None:
        return
    true = {number for number, document in enumerate(found) if evaluate(tree, document)}  # type: ignore[arg-type]
    assert true <= candidates(index, query, [document.text for document in found])


@settings(max_examples=250)
@given(tree=trees, found=st.lists(documents, min_size=1, max_size=4))
def test_where_the_index_is_sure_it_finds_the_true_matches_and_no_others(
    index: Connection, tree: object, found: list[Document]
) -> None:
    sure = fts5_sure(tree)  # type: ignore[arg-type]
    if sure is None:
        return
    words = [document.text for document in found]
    answer = candidates(index, sure.wanted, words)
    for unwanted in sure.unwanted:
        answer -= candidates(index, unwanted, words)
    assert answer == {number for number, document in enumerate(found) if evaluate(tree, document)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "delta",
        "C++",
        "@delta",
        "#delta",
        "fli*",
        "❤",
        "苹果",
        "삼성",
        '"AND"',
        "NEAR/2".join(["a ", " b"]),
        "a OR b NOT c",
        '"x\'); DROP TABLE posts; --"',
    ],
)
def test_the_index_understands_the_question(index: Connection, query: str) -> None:
    asked = to_fts5(parse(query))
    assert asked is not None
    hit, miss = f"{query} a b x'); DROP TABLE posts; -- flight", "nothing of it"
    assert candidates(index, asked, [hit.replace("*", "ght").replace('"', " "), miss]) == {0}


@given(st.text(min_size=1, max_size=20))
def test_any_phrase_makes_a_valid_question(index: Connection, words: str) -> None:
    try:
        query = parse(f'"{words}"')
    except ValueError:
        return
    asked = to_fts5(query)
    assert asked is not None
    assert candidates(index, asked, [words]) == {0}


@pytest.mark.parametrize("query", ["lang:en", "delta OR site:a.example", "author:x source:y"])
def test_what_words_cannot_narrow_has_no_question(query: str) -> None:
    assert to_fts5(parse(query)) is None
    assert to_tsquery(parse(query)) is None


def test_the_question_narrows_by_what_it_can(index: Connection) -> None:
    asked = to_fts5(parse("(delta OR lang:en) flight NOT force site:a.example"))
    assert asked == '"flight"'


@pytest.mark.parametrize(
    "query",
    [
        "(a OR (b c " * 24 + "d" + "))" * 24,
        " OR ".join(f"w{i}" for i in range(2_400)),
        "x (" + " OR ".join(f"w{i} v{i}" for i in range(1_600)) + ")",
    ],
    ids=["deep", "wide", "wide groups"],
)
def test_deep_and_wide_queries_stay_within_what_sqlite_parses(index: Connection, query: str) -> None:
    asked = to_fts5(parse(query))
    if asked is not None:
        assert candidates(index, asked, ["a w7 x v7"]) == {0}


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("norse", "'norse'"),
        ('"norse air" OR fli*', "('norse' & 'air') | 'fli':*"),
        ("coca", "'coca' | 'соса'"),
        ("@delta NOT x", "('@delta' | '@delta@':* | '@delta.':*)"),
        ("a NEAR/3 (b OR c)", "'a' & ('b' | 'c')"),
    ],
)
def test_the_question_for_postgresql_asks_for_the_tokens(query: str, asked: str) -> None:
    assert to_tsquery(parse(query)) == asked


@given(trees)
def test_quotes_in_a_question_are_closed(tree: object) -> None:
    for asked, sign in ((fts5(tree), '"'), (tsquery(tree), "'")):  # type: ignore[arg-type]
        assert asked is None or asked.count(sign) % 2 == 0


def test_the_interpreters_sqlite_has_full_text_search() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(words)")


@pytest.fixture(scope="module")
def postgres(postgres_cluster: Any) -> Iterator[Any]:
    with psycopg.connect(
        f"host={postgres_cluster.folder} user=postgres dbname=postgres", autocommit=True
    ) as connection:
        yield connection


@pytest.mark.postgres
@settings(max_examples=250, deadline=None)
@given(tree=trees, document=documents)
def test_every_true_match_is_a_candidate_on_postgresql(
    postgres: Any, tree: object, document: Document
) -> None:
    query = tsquery(tree)  # type: ignore[arg-type]
    if query is None or not evaluate(tree, document):  # type: ignore[arg-type]
        return
    vector = search_index.tsvector(fold(document.text))
    row = postgres.execute("SELECT CAST(%s AS tsvector) @@ CAST(%s AS tsquery)", (vector, query)).fetchone()
    assert row == (True,)


@pytest.mark.postgres
@settings(max_examples=250, deadline=None)
@given(tree=trees, document=documents)
def test_where_postgresqls_index_is_sure_it_is_right(postgres: Any, tree: object, document: Document) -> None:
    sure = tsquery_sure(tree)  # type: ignore[arg-type]
    if sure is None:
        return
    vector = search_index.tsvector(fold(document.text))
    met = [
        postgres.execute("SELECT CAST(%s AS tsvector) @@ CAST(%s AS tsquery)", (vector, query)).fetchone()[0]
        for query in (sure.wanted, *sure.unwanted)
    ]
    assert (met[0] and not any(met[1:])) == evaluate(tree, document)  # type: ignore[arg-type]


@pytest.mark.postgres
@given(st.text(min_size=1, max_size=20))
def test_any_phrase_makes_a_valid_question_on_postgresql(postgres: Any, words: str) -> None:
    try:
        asked = to_tsquery(parse(f'"{words}"'))
    except ValueError:
        return
    row = postgres.execute(
        "SELECT CAST(%s AS tsvector) @@ CAST(%s AS tsquery)", (search_index.tsvector(fold(words)), asked)
    ).fetchone()
    assert row == (True,)

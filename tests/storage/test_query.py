"""The language: what binds how, what is refused and how it is said, and that no query takes long or overflows."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from storage.query import (
    And,
    Document,
    Field,
    Handle,
    Near,
    Not,
    Or,
    Prefix,
    QueryError,
    Tag,
    Term,
    matches,
    parse,
    render,
    to_fts5,
)
from tests.patience import calls, ends
from tests.storage.query_reference import queried

A, B, C = Term("a"), Term("b"), Term("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("a b OR c", Or((And((A, B)), C))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a NOT b c", And((A, Not(B), C))),
        ("a NOT (b OR c)", And((A, Not(Or((B, C)))))),
        ("a NOT NOT b", And((A, B))),
        ("a (b (c))", And((A, B, C))),
        ("a NOT b NEAR/3 c", And((A, Not(Near((B,), (C,), 3))))),
        ("a NEAR/3 (b OR c) c", And((Near((A,), (B, C), 3), C))),
        ("a and b", And((A, Term("and"), B))),
        ('a "OR" b', And((A, Term("OR"), B))),
        ("a*", None),
        ("ab* #ab* @ab*", And((Prefix("ab"), Prefix("#ab"), Prefix("@ab")))),
        ('"a  b"', Term("a b")),
        ("“a b”", Term("a b")),
        ('"a"', A),
        ("a,", A),
        ("@Delta: #Zoë!", And((Handle("Delta"), Tag("Zoë")))),
        ('"@delta"', Term("@delta")),
        ("@a@b.social", Handle("a@b.social")),
        ("C# #1", And((Term("C#"), Term("#1")))),
        (
            "LANG:pt-BR author:@Jane source:X",
            And((Field("lang", "pt-br"), Field("author", "jane"), Field("source", "x"))),
        ),
        ('author:"Jane Doe"', Field("author", "jane doe")),
        ("site:https://www.Example.com/", Field("site", "example.com")),
        ("site:bücher.example", Field("site", "xn--bcher-kva.example")),
        ("C++ AT&T 50%", And((Term("C++"), Term("AT&T"), Term("50%")))),
        ("a\n\t OR\r\n b", Or((A, B))),
    ],
)
def test_a_query_has_the_tree_that_its_words_say(text: str, tree: object) -> None:
    if tree is None:
        with pytest.raises(QueryError):
            parse(text)
    else:
        assert parse(text).tree == tree


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("NOT a", 0, "such as delta NOT force"),
        ("a OR NOT b", 5, "such as delta NOT force"),
        ("a OR (lang:en OR NOT (b c))", 17, "such as delta NOT force"),
        ("NOT (a NOT b)", 0, "such as delta NOT force"),
        ("(a", 0, "this ( is never closed"),
        ("(a OR (b c) d", 0, "this ( is never closed"),
        ("a)", 1, "this ) closes nothing"),
        ("()", 1, "a word is missing here"),
        ("a AND", 5, "a word is missing after AND"),
        ("a OR OR b", 5, "a word is missing after OR"),
        ("OR a", 0, "a word is missing here"),
        ("a (b NOT)", 8, "a word is missing after NOT"),
        ('a "b c', 2, "this quote is never closed"),
        ("a NEAR b", 2, "write delta NEAR/5 late"),
        ("a NEAR/0 b", 2, "from 1 to 100"),
        ("a NEAR/" + "9" * 5000 + " b", 2, "from 1 to 100"),
        ("a NEAR/2 b NEAR/2 c", 11, "write a NEAR/5 b AND b NEAR/5 c"),
        ("a NEAR/2 (b c)", 10, "NEAR joins words"),
        ("lang:en NEAR/2 a", 0, "NEAR joins words"),
        ("a near/5 b", 2, "in capitals: NEAR/5"),
        ("a -b", 2, "write NOT b"),
        ("a !b", 2, "write NOT b"),
        ("+a", 0, "write a"),
        ("a || b", 2, "write OR"),
        ("a && b", 2, "write AND"),
        ("title:a", 0, "title: is no field"),
        ("https://a.example/b", 0, "write site:example.com"),
        ('"see https://a.example"', 0, "write site:example.com"),
        ("fl*ght", 0, "write flight*"),
        ("a*", 0, "at least two letters"),
        ("*", 0, "write flight*"),
        ('"late fli*"', 0, "write flight*"),
        ("a …", 2, "write a letter, a digit or a symbol"),
        ("\u200b", 0, "write a letter, a digit or a symbol"),
        ("lang:", 0, "write lang:en"),
        ("lang:a/b", 0, "write lang:en"),
        ("site:example", 0, "write site:example.com"),
        ("site:example.com/a", 0, "write site:example.com"),
        ("x" * 201, 0, "more than 200 characters"),
        ("", None, "the query is empty"),
        (" \n ", None, "the query is empty"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place_and_the_way_out(
    text: str, position: int | None, says: str
) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert refused.value.position == position
    assert says in refused.value.reason


def test_the_message_points_a_caret_at_the_place() -> None:
    with pytest.raises(QueryError) as refused:
        parse("delta OR NOT force")
    line, caret = str(refused.value).splitlines()[1:]
    assert line[caret.index("^") :] == "NOT force"


def test_the_message_of_a_long_query_shows_only_the_surroundings() -> None:
    with pytest.raises(QueryError) as refused:
        parse("delta OR " * 500 + "NOT force")
    line, caret = str(refused.value).splitlines()[1:]
    assert line[caret.index("^") :] == "NOT force"
    assert len(line) < 100


@pytest.mark.parametrize(
    "text",
    [
        "a NOT b",
        "a (b OR NOT c)",
        "a OR (b NOT c)",
        "NOT (NOT a OR b)",
        "NOT NOT a",
        "lang:en",
        "site:a.example",
    ],
)
def test_a_query_whose_every_branch_needs_something_is_taken(text: str) -> None:
    assert str(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "a " * 10_000,
        "a OR " * 9_999 + "a",
        "NEAR/2 ".join(["a "] * 10_000),
        "(" * 20_000 + "a" + ")" * 20_000,
        "(" * 4_000 + "a" + ")" * 4_000,
        "(a OR " * 2_000 + "b" + ")" * 2_000,
        "NOT " * 4_999 + "a",
        "(" * 49_000,
        "((a OR b) (c NOT d)) OR " * 700 + "e",
        "a" * 100_000,
        '"' + "a " * 50_000 + '"',
        "é " * 4_900,
        '"' * 49_999,
        "a:" * 24_000,
        "-" * 49_000 + "a",
        "@" * 49_000,
        "#a" * 24_000,
        "www." * 12_000,
        "site:" + "a." * 20_000 + "b",
        "site:" + "é" * 40_000 + ".b",
        "lang:" + "a-" * 20_000,
    ],
    ids=lambda text: f"{text[:12]}…{len(text)}",
)
def test_a_huge_or_deep_query_gets_an_answer_or_an_error(text: str) -> None:
    error = ""
    with ends():
        try:
            used(text)
        except QueryError as refused:
            error = str(refused)
    assert len(error) < 1_000


def used(text: str) -> None:
    query = parse(text)
    matches(query, Document("a b c"))
    to_fts5(query)
    str(query)


@pytest.mark.parametrize(
    "piece",
    ["w{n} ", "w{n} OR ", "w{n} NEAR/2 v{n} ", "NOT w{n} ", '"w{n} v{n}" ', "((a{n} OR b) (c NOT d{n})) OR "],
)
def test_the_work_for_a_query_is_in_proportion_to_its_length(piece: str) -> None:
    used("a parser made ready")
    small, large = (
        calls(lambda: used("".join(piece.format(n=n) for n in range(length)) + "a"))  # noqa: B023
        for length in (80, 640)
    )
    assert large < 12 * small


@pytest.mark.parametrize("inside", ["", "a", "a OR "])
def test_more_levels_than_there_may_be_are_refused_without_reading_on(inside: str) -> None:
    """The work is that of finding the place, however many levels follow."""

    def refused(levels: int) -> None:
        with pytest.raises(QueryError, match="more than 50 levels"):
            parse(f"({inside}" * levels + "a" + ")" * levels)

    refused(60)  # what is made ready once is not counted
    assert calls(lambda: refused(2_000)) < 2 * calls(lambda: refused(60))
    assert parse("(" * 50 + "a" + ")" * 50).tree == A


@given(queried)
def test_writing_a_tree_out_and_reading_it_gives_the_tree(tree: object) -> None:
    assert parse(render(tree)).tree == tree  # type: ignore[arg-type]


@settings(max_examples=300)
@given(st.text(alphabet='ab*@#:/-"“” ()ANDORTE5.', max_size=30) | st.text(max_size=20))
def test_any_text_is_a_query_that_reads_back_the_same_or_an_error(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        place = error.position
        event("refused")
    else:
        place = None
        again = parse(str(query))
        assert again == query
        assert str(again) == str(query)
    assert place is None or 0 <= place <= len(text)


def test_terms_are_what_names_the_brand_each_once_in_order() -> None:
    query = parse(
        '(delta OR @delta OR delta) (late NEAR/3 (flight OR #fail)) NOT ("delta force" OR NOT air*) lang:en'
    )
    assert query.terms() == ("delta", "@delta", "late", "flight", "#fail", "air*")


def test_small_operators_are_words_and_hinted_at() -> None:
    assert len(parse("a or b").hints()) == 1
    assert parse("a OR b").hints() == ()

"""X's search syntax: what each part becomes, and that what X is asked is never narrower than the query."""

import re

import pytest
from hypothesis import given, settings

from listener.collectors.x_query import XQuery, to_x, widened, written
from storage.query import And, Document, Not, Or, QueryError, parse
from storage.query_match import evaluate
from tests.storage.query_reference import documents, means, queried


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("delta", "delta"),
        ("Zoë 苹果", "Zoë 苹果"),
        ('"delta force"', '"delta force"'),
        ("a b OR c d", "a b OR c d"),
        ("(a OR b) (c OR d) e", "(a OR b) (c OR d) e"),
        ("a NOT b", "a -b"),
        ("a NOT (b OR #c OR @d)", "a -b -#c -@d"),
        ("a NOT (b NOT c)", None),
        ("@Delta #Zoë", "@Delta #Zoë"),
        ("author:Jane lang:en", "from:jane lang:en"),
        ("delta lang:he", "delta lang:iw"),
        ("delta lang:zh", "delta (lang:zh-CN OR lang:zh-TW)"),
        ("delta NOT lang:zh", "delta -lang:zh-CN -lang:zh-TW"),
        ("delta (lang:en OR lang:de)", "delta (lang:en OR lang:de)"),
        ('or "AND" and', '"or" "AND" "and"'),
        ("delta source:x", "delta"),
        ("delta OR jane source:mastodon", "delta"),
        ("delta NOT source:mastodon", "delta"),
        ("delta OR author:jane@example.social", "delta"),
    ],
)
def test_what_x_can_say_is_said_exactly(query: str, asked: str | None) -> None:
    x = to_x(parse(query))
    if asked is None:
        assert not x.exact
    else:
        assert x == XQuery(asked, exact=True)


@pytest.mark.parametrize(
    ("query", "asked", "dropped"),
    [
        ("delta flight*", "delta", ("flight*",)),
        ("delta NOT flight*", "delta", ("NOT flight*",)),
        ("late NEAR/3 (delta OR @delta)", "late (delta OR @delta)", ("late NEAR/3 (delta OR @delta)",)),
        ("delta NOT a NEAR/3 b", "delta", ("NOT a NEAR/3 b",)),
        ("delta (a OR b*)", "delta", ("b*", "a OR b*")),
        ("delta (a OR NOT b)", "delta", ("a OR NOT b",)),
        ("site:example.com", 'url:"example.com"', ("site:example.com",)),
        ("delta NOT site:example.com", "delta", ("NOT site:example.com",)),
        ("delta site:x.com", "delta", ("site:x.com",)),
        ("delta lang:pt-br", "delta lang:pt", ("lang:pt-br",)),
        ("delta NOT lang:pt-br", "delta", ("NOT lang:pt-br",)),
        ("delta lang:tlh", "delta", ("lang:tlh",)),
        ("C++", '"C++"', ("C++",)),
        ("delta NOT C++", "delta", ("NOT C++",)),
        ("delta %", "delta", ("%",)),
        ("@a@b.social", '"@a@b.social"', ("@a@b.social",)),
    ],
)
def test_what_x_cannot_say_is_widened_and_named(query: str, asked: str, dropped: tuple[str, ...]) -> None:
    query = query.replace("b*", "bb*")
    dropped = tuple(part.replace("b*", "bb*") for part in dropped)
    assert to_x(parse(query)) == XQuery(asked, exact=False, dropped=dropped)


@pytest.mark.parametrize(
    "query", ["delta source:mastodon", "delta NOT source:x", "author:jane@example.social"]
)
def test_a_query_that_no_post_on_x_can_meet_asks_nothing(query: str) -> None:
    assert to_x(parse(query)).text == ""


@pytest.mark.parametrize(
    "query", ["lang:en", "flight*", "source:x", "delta OR lang:en", "site:x.com", "&", "delta OR flight*"]
)
def test_a_query_that_x_has_nothing_to_search_by_is_refused(query: str) -> None:
    with pytest.raises(QueryError, match="X cannot search for"):
        to_x(parse(query))


def test_a_query_too_long_for_x_loses_the_fewest_and_then_shortest_parts_that_make_it_fit() -> None:
    query = parse("delta aaaaaaaaaa bbbbbbbbbbbbbbb NOT cc")
    assert to_x(query, max_length=27) == XQuery(
        "delta bbbbbbbbbbbbbbb -cc", exact=False, dropped=("aaaaaaaaaa",)
    )
    assert to_x(query, max_length=10) == XQuery(
        "delta -cc", exact=False, dropped=("bbbbbbbbbbbbbbb", "aaaaaaaaaa")
    )
    assert to_x(parse("(aaaaaaaaaa OR bbbbbbbbbb) delta"), max_length=10).text == "delta"


def test_a_huge_query_is_cut_to_fit_or_refused_with_its_length() -> None:
    words = " OR ".join(f"word{i}" for i in range(2_000))
    assert len(to_x(parse(f"delta NOT ({words})")).text) <= 512
    with pytest.raises(QueryError, match=f"{len(words)} characters long for X, which takes 512"):
        to_x(parse(words))


@pytest.mark.parametrize("length", [512, 1_024, 4_096])
def test_the_longest_query_that_fits_is_left_whole(length: int) -> None:
    words = "x" * 99 + " OR " + " OR ".join(["y" * 96] * 60)
    whole = words[: words.rindex(" OR ", 0, length + 1)]
    assert to_x(parse(whole), max_length=len(whole)).text == whole
    with pytest.raises(QueryError):
        to_x(parse(whole), max_length=len(whole) - 1)


@settings(max_examples=400, deadline=None)
@given(queried, documents)
def test_every_post_on_x_that_meets_the_query_meets_what_x_is_asked(tree: object, document: Document) -> None:
    name = re.split("[@.]", document.author)[0] if document.author else None
    on_x = Document(document.text, document.lang, name, "x", document.url, document.links)
    if means(tree, on_x):  # type: ignore[arg-type]
        assert evaluate(widened(tree, {}), on_x)  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(queried)
def test_what_x_is_asked_negates_no_group_and_no_branch_alone(tree: object) -> None:
    def check(node: object) -> None:
        match node:
            case Not(part):
                assert not isinstance(part, And | Or | Not)
            case Or(parts):
                assert not any(isinstance(part, Not) for part in parts)
                for part in parts:
                    check(part)
            case And(parts):
                for part in parts:
                    check(part)

    wide = widened(tree, {})  # type: ignore[arg-type]
    check(wide)
    assert "-(" not in written(wide)

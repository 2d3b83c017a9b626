"""The words a network is searched by let through every post that the query matches."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from listener.collectors.word_search import alternatives
from storage.query import Query
from storage.query_match import Document, evaluate

WORDS = ("delta", "jet", "blue", "air")
leaves = st.sampled_from((*WORDS, '"jet blue"', "#delta", "@delta", "jet NEAR/3 air", "del*", "lang:en"))
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} NOT {pair[1]})"),
    ),
    max_leaves=6,
)
texts = st.lists(st.sampled_from((*WORDS, "#delta", "@delta", "and", "delay")), max_size=6).map(" ".join)


@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(queries, texts, st.sampled_from(["en", "de"]))
def test_every_matching_post_holds_one_of_the_words(written: str, text: str, lang: str) -> None:
    query = Query.parse(written)
    words = alternatives(query)
    assume(words and evaluate(query.tree, Document(text, lang=lang)))
    asked = [Query.parse(word if word[0] in "#@" else f'"{word}"') for word in words]
    assert any(evaluate(one.tree, Document(text, lang=lang)) for one in asked)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("delta", ("delta",)),
        ('delta OR @delta OR #delta OR "delta air lines"', ("delta", "@delta", "#delta", "delta air lines")),
        ("(delta OR skyteam) atlanta", ("atlanta",)),
        ("airline NEAR/3 (delta OR jetblue)", ("airline",)),
        ("delta NOT force", ("delta",)),
        ("delt*", ()),
        ("delta OR delt*", ()),
        ("lang:en author:someone", ()),
    ],
)
def test_the_narrowest_part_is_asked_for(written: str, words: tuple[str, ...]) -> None:
    assert alternatives(Query.parse(written)) == words

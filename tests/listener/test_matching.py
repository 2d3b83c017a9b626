"""All brands in one pass: the same mentions as the plain definition gives brand by brand, the text's own words as target, in linear time."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collectors.base import TrackedBrand
from listener.matching import Matcher
from storage.query import Document, Query, parse, render
from storage.types import NewAuthor, NewPost
from tests.patience import calls, growth
from tests.storage.query_reference import documents, means, queried

AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def post(document: Document) -> NewPost:
    author = NewAuthor(source_author_id="1", handle=document.author) if document.author is not None else None
    return NewPost(
        source=document.source or "x", source_id="1", text=document.text, published_at=AT, observed_at=AT, author=author,
        lang=document.lang, url=document.url, links=tuple(document.links),
    )  # fmt: skip


def tracked(*queries: str) -> list[TrackedBrand]:
    return [TrackedBrand(f"brand{number}", parse(query), number + 1) for number, query in enumerate(queries)]


def mentions(text: str, *queries: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found = Matcher(tracked(*queries)).match(post(Document(text)))
    return [(mention.brand_id, mention.target, mention.terms) for mention in found]


def made_up(trees: Sequence[object]) -> list[TrackedBrand]:
    return [TrackedBrand(f"brand{i}", Query(render(tree), tree), 1) for i, tree in enumerate(trees)]  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None)
@given(st.lists(queried, min_size=1, max_size=4), st.lists(documents, min_size=1, max_size=3))
def test_the_mentions_are_those_of_the_plain_definition(trees: list[object], found: list[Document]) -> None:
    matcher = Matcher(made_up(trees))
    for document in found:
        # As it is stored: without NUL, lone surrogates replaced.
        document = Document(
            post(document).text, document.lang, document.author, document.source, document.url, document.links
        )
        expected = [f"brand{i}" for i, tree in enumerate(trees) if means(tree, document)]  # type: ignore[arg-type]
        assert [mention.brand_id for mention in matcher.match(post(document))] == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(queried, min_size=2, max_size=4), documents)
def test_a_brands_mention_does_not_depend_on_what_else_is_tracked(
    trees: list[object], document: Document
) -> None:
    brands = made_up(trees)
    together = Matcher(brands).match(post(document))
    alone = [mention for brand in brands for mention in Matcher([brand]).match(post(document))]
    assert together == alone


@settings(max_examples=200, deadline=None)
@given(queried, documents)
def test_the_target_stands_in_the_text_and_the_terms_in_the_query(tree: object, document: Document) -> None:
    written = post(document)
    for mention in Matcher(made_up([tree])).match(written):
        assert mention.target in written.text
        assert len(set(mention.terms)) == len(mention.terms)
        assert mention.terms
        for term in mention.terms:
            assert term in render(tree) or parse(term)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "query", "target", "terms"),
    [
        ("@JetBlue beats Delta’s", "delta OR @delta", "Delta", ("delta",)),
        ("thanks @Delta, my DELTA flight", "delta OR @delta", "DELTA", ("delta", "@delta")),
        ("my flight with @Delta", "(flight OR plane) (delta OR @delta)", "flight", ("flight", "@delta")),
        ("I hate D\u0435l\u200bta!", "delta", "D\u0435l\u200bta", ("delta",)),
        ("ＡＰＰＬＥ store", "apple", "ＡＰＰＬＥ", ("apple",)),
        ("so, Ben&Jerry’s.", '"ben & jerry\'s"', "Ben&Jerry’s", ('"ben & jerry\'s"',)),
        ("C++!", "C++", "C++", ("C++",)),
        ("Deltas fly", "delta*", "Deltas", ("delta*",)),
        ("see #DeltaFail", "#delta*", "#DeltaFail", ("#delta*",)),
        ("hi @delta@example.social", "@delta", "@delta@example.social", ("@delta",)),
        ("Zoe\u0308 und Zoë", "zoe", "Zoe\u0308", ("zoe",)),
        ("我爱苹果手机", "苹果", "苹果", ("苹果",)),
        ("very late, said Delta", "late NEAR/3 delta", "late", ("late NEAR/3 delta",)),
        ("apple pie, late delta", "(apple flight) OR (delta late)", "delta", ("delta", "late")),
        ("delta", "delta NOT (force OR NOT delta)", "delta", ("delta",)),
        ("❤️ it", "❤", "❤️", ("❤",)),
    ],
)
def test_the_target_is_the_texts_own_wording_of_the_first_part_of_the_query_it_meets(
    text: str, query: str, target: str, terms: tuple[str, ...]
) -> None:
    assert mentions(text, query) == [("brand0", target, terms)]


def test_one_post_names_two_brands_each_with_its_own_target_and_version() -> None:
    found = Matcher(tracked("delta OR @delta", "jetblue")).match(
        post(Document("Delta cancelled, JetBlue saved the day"))
    )
    assert [(m.brand_id, m.query_version, m.target) for m in found] == [
        ("brand0", 1, "Delta"),
        ("brand1", 2, "JetBlue"),
    ]


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("site:example.com", Document("no name", links=["https://shop.example.com/a"])),
        ("author:jane lang:en", Document("no name", author="Jane", lang="en-GB")),
        ("lang:pt", Document("", lang="pt-BR")),
        ("source:mastodon NOT lang:en", Document("no name", source="mastodon")),
        ("delta OR site:example.com", Document("https://example.com")),
    ],
)
def test_a_query_may_be_met_by_fields_alone_and_then_has_no_target(query: str, document: Document) -> None:
    found = Matcher(tracked("unrelated", query)).match(post(document))
    assert [(mention.brand_id, mention.target) for mention in found] == [("brand1", "")]


def test_no_brands_and_no_text_give_no_mentions() -> None:
    assert Matcher([]).match(post(Document("delta"))) == []
    assert Matcher(tracked("delta", "❤")).match(post(Document(""))) == []


@pytest.mark.parametrize(
    "piece",
    [
        "delta ",
        "a ",
        "aa",
        "delta force late ",
        "@delta ",
        "苹果",
        "d\u0435lta ",
        "https://example.com/delta ",
    ],
)
def test_a_text_of_100_000_characters_takes_at_most_two_seconds(piece: str) -> None:
    matcher = Matcher(
        tracked(
            "delta NEAR/5 (late OR force)",
            '"a a a" OR "a a"',
            "aa*",
            "苹果",
            "@delta NOT lang:en",
            "site:example.com",
            "delta",
        )
    )
    assert growth(lambda length: matcher.match(post(Document((piece * length)[:length]))), 4_000) < 6 * 16


def test_a_thousand_brands_are_made_ready_with_work_in_proportion() -> None:
    brands = tracked(*[f'(name{i} OR @name{i}) (flight OR "late plane{i}") NOT x{i}*' for i in range(1_000)])
    small = calls(lambda: Matcher(brands[:100]))
    assert calls(lambda: Matcher(brands)) < 15 * small
    matcher = Matcher(brands)
    assert [m.brand_id for m in matcher.match(post(Document("name7 flight and @name8 flight x8y")))] == [
        "brand7"
    ]

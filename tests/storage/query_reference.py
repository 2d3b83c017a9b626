"""Queries and texts made up for property tests, and the plainest possible reading of what a query means.

The reference walks over lists of tokens. It shares with the product the cutting into tokens (`fold`) and the list of twins (`fake`), which
test_query_folding.py holds to account, and nothing else.
"""

from hypothesis import strategies as st

from storage.folding import fold
from storage.look_alikes import fake
from storage.query import (
    And,
    Document,
    Field,
    Handle,
    Near,
    Node,
    Not,
    Or,
    Prefix,
    QueryError,
    Spoken,
    Tag,
    parse,
)
from storage.query_tree import both, either, negated

TERMS = (
    "delta", "Delta's", "apple", "pineapple", "coca", "C++", "AT&T", '"Ben & Jerry’s"', '"50 %"', "delta-flight", '"delta force"', "zoë",
    "Straße", "ø", "苹果", "果", "삼성", "हिन्दी", "ทดสอบ", "❤", "🇳🇴", "дельта", "оса", '"@delta"', "appl*", "de*", "#del*", "@del*", "苹*",
    "@delta", "@delta@x.social", "@delta.bsky.social", "#delta", "#苹果", "#Zoë", "delta NEAR/2 (flight OR @delta)", '"a b" NEAR/1 a',
    "apple NEAR/3 apple", "lang:pt", "lang:pt-br", "author:delta", "author:@delta@x.social", "source:x", "site:example.com",
)  # fmt: skip
PIECES = (
    "delta", "Delta", "d\u0435lta", "ԁе\u04cfта", "DELTA", "del\u200bta", "de\u00adlta", "\u202edelta", "d\u0301elta", "apple", "аpрlе", "аррӏе",
    "ａｐｐｌｅ", "𝐚𝐩𝐩𝐥𝐞", "ᴀᴘᴘʟᴇ", "pineapple", "applepie", "coca", "соса", "c", "C", "+", "++", "&", "AT", "T", "Ben", "Jerry", "50", "%",
    "a", "b", "a b", "delta force", "flight", "zoe", "Zoë", "Zoe\u0308", "strasse", "STRAẞE", "ø", "o", "苹", "果", "苹果", "삼성", "삼성은", "은",
    "हिन्दी", "हिन्द", "ทดสอบ", "ด", "❤", "❤️", "🇳🇴", "🇸🇳🇴🇲", "дельта", "Оса", "оса", "@", "#", "@delta", "@delta@x.social", "@delta.bsky.social",
    "@Delta_", "@deltas", "#delta", "#Delta_air", "#苹果", "#zoe", "'", "’", "s", "-", "_", ".", "/", ",", "…", " ", "  ", "\n", "\t",
    "https://example.com/delta", "www.delta.com/apple", "delta.com", "delta.com/x", "joe@delta.com", "1", "ﬁ", "İ", "\x00", "\u0301", "\u094d",
)  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.just(" "), st.just(" ")), max_size=14).map(
    "".join
) | st.text(max_size=20)
documents = st.builds(
    Document,
    texts,
    lang=st.sampled_from([None, "en", "pt", "pt-BR", "und"]),
    author=st.sampled_from([None, "delta", "Delta@x.social", "other", "delta.bsky.social"]),
    source=st.sampled_from(["x", "mastodon"]),
    url=st.sampled_from(
        [None, "https://shop.example.com/a", "https://notexample.com", "https://x.com/delta/status/1"]
    ),
    links=st.lists(
        st.sampled_from(["http://EXAMPLE.com:80", "example.com.evil.test", "//", "http://[bad"]), max_size=2
    ),
)


def _word(text: str) -> Node | None:
    try:
        return parse(f'"{text}"').tree
    except QueryError:
        return None


leaves = st.sampled_from([parse(term).tree for term in TERMS]) | st.text(min_size=1, max_size=6).map(
    _word
).filter(lambda node: node is not None)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(both),
        st.lists(inner, min_size=2, max_size=3).map(either),
        inner.map(negated),
    ),
    max_leaves=8,
)
"""Any trees, also such as no query can be: NOT alone."""

queried = st.builds(lambda leaf, tree: both((leaf, tree)), leaves, trees) | st.builds(
    lambda leaf, tree, other: either((both((leaf, tree)), other)), leaves, trees, leaves
)
"""Trees of which every branch holds something that must occur, as in every query that can be written."""


def means(node: Node, document: Document) -> bool:
    """Whether the document meets the tree, by definition."""
    tokens = fold(document.text).split()
    match node:
        case And(parts):
            return all(means(part, document) for part in parts)
        case Or(parts):
            return any(means(part, document) for part in parts)
        case Not(part):
            return not means(part, document)
        case Near(left, right, words):
            return any(
                0 < later[0] - earlier[-1] <= words
                for one in _places(left, tokens)
                for other in _places(right, tokens)
                for earlier, later in [(one, other), (other, one)]
            )
        case Field(name, value):
            return _field(name, value, document)
    return bool(_places((node,), tokens))


def _places(leaves: tuple[Spoken, ...], tokens: list[str]) -> list[range]:
    found = []
    for leaf in leaves:
        if isinstance(leaf, Handle | Tag):
            found += [range(i, i + 1) for i, token in enumerate(tokens) if _names(leaf, token)]
            continue
        wanted = fold(leaf.text).split()
        open_ended = isinstance(leaf, Prefix) or "\uac00" <= wanted[-1][-1] <= "\ud7a3"
        faked = not isinstance(leaf, Prefix) and sum(fake(word) != word for word in wanted) <= 3
        for i in range(len(tokens) - len(wanted) + 1):
            pairs = list(zip(tokens[i : i + len(wanted)], wanted, strict=True))
            same = [token == word or (faked and token == fake(word)) for token, word in pairs]
            if all(same[:-1]) and (same[-1] or (open_ended and pairs[-1][0].startswith(wanted[-1]))):
                found.append(range(i, i + len(wanted)))
    return found


def _names(leaf: Handle | Tag, token: str) -> bool:
    if isinstance(leaf, Tag):
        return token == fold("#" + leaf.name)
    handle = fold("@" + leaf.name)
    return token == handle or ("@" not in leaf.name and token.startswith((handle + "@", handle + ".")))


def _field(name: str, value: str, document: Document) -> bool:
    if name == "lang":
        lang = (document.lang or "und").lower()
        return lang == value or lang.startswith(value + "-")
    if name == "source":
        return document.source == value
    if name == "author":
        author = (document.author or "").lower()
        return author == value or author.startswith((value + "@", value + "."))
    in_text = [
        piece for piece in ("https://example.com/delta", "www.delta.com/apple") if piece in document.text
    ]
    places = " ".join([document.url or "", *document.links, *in_text]).lower()
    return any(
        f"{before}{value}{after}" in places for before in ("//", ".") for after in (":80", "/")
    ) or places.endswith(("//" + value, "." + value))

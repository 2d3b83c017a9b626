"""One word of a query, as the grammar cut it out, as a leaf of the tree."""

import re

from storage.folding import LINK, fold, spans
from storage.query_error import fail
from storage.query_match import domain, language
from storage.query_tree import FIELDS, Field, Handle, Leaf, Prefix, Tag, Term

MAX_WORD = 200
QUOTES = '"“”„‟＂'

_HINTS = (
    (re.compile(r"-\w"), "a leading - is not a sign here: write NOT {rest}"),
    (re.compile(r"!\w"), "a leading ! is not a sign here: write NOT {rest}"),
    (re.compile(r"\+\w"), "a leading + is not a sign here: every word must occur anyway, write {rest}"),
    (re.compile(r"\|\|?$"), "{word} is not a sign here: write OR between the words"),
    (re.compile(r"&&$"), "{word} is not a sign here: write AND, or just a space"),
    (re.compile(r"near/[0-9]+$", re.I), "operators are written in capitals: {upper}"),
    (re.compile(r"(https?://|www\.)", re.I), "{word} is a link: write site:example.com for the posts that link there"),
    (re.compile(r"[^\W\d_]+:", re.I), "{field} is no field: write lang:, author:, source: or site:, or put words with a colon in \"quotes\""),
)  # fmt: skip


def read_leaf(kind: str, written: str, start: int) -> Leaf:
    """The leaf for a token: `kind` is the terminal's name in query.lark, `start` its place. Raises QueryError."""
    if kind == "QUOTED":
        return _term(" ".join(written[1:-1].split()), start, quoted=True)
    name, colon, value = written.partition(":")
    known = next((f for f in FIELDS if colon and f == name.lower()), None)
    if known:
        return Field(known, _value(known, value.strip(QUOTES).strip(), start))
    for pattern, hint in _HINTS:
        if pattern.match(written):
            word, rest, field = (_short(part) for part in (written, written.lstrip("-!+"), name + ":"))
            fail(hint.format(word=word, rest=rest, upper=word.upper(), field=field), start)
    return _term(written, start, quoted=False)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def _term(written: str, start: int, *, quoted: bool) -> Leaf:
    text = written if quoted else written.rstrip("*")
    stars = len(written) - len(text)
    tokens = fold(text).split()
    if stars > 1 or (stars and not tokens) or re.search(r"\w\*\B" if quoted else r"\*", text):
        fail("a * stands only at the end of a word without quotes: write flight*", start)
    if not tokens:
        fail("nothing to look for here: write a letter, a digit or a symbol", start)
    if LINK in tokens:
        fail("links cannot be looked for: write site:example.com for the posts that link there", start)
    if len(text) > MAX_WORD:
        fail(f"a word or phrase of more than {MAX_WORD} characters: write a shorter part of it", start)
    if stars and len(tokens[-1].lstrip("@#")) < 2 and tokens[-1].isascii():
        fail("a word needs at least two letters before *: fewer would match nearly everything", start)
    text = _trimmed(text)
    if stars:
        return Prefix(text)
    if not quoted and len(tokens) == 1 and len(tokens[0]) > 1 and tokens[0][0] in "@#":
        return Handle(text[1:]) if tokens[0][0] == "@" else Tag(text[1:])
    return Term(text)


def _trimmed(text: str) -> str:
    """The text without the punctuation around it, which counts for nothing."""
    where = spans(text)
    trimmed = text[where[0][0] : where[-1][1]]
    return trimmed if fold(trimmed) == fold(text) else text


_EXAMPLE = {
    "lang": "lang:en",
    "author": "author:jane",
    "source": "source:mastodon",
    "site": "site:example.com",
}


def _value(field: str, value: str, start: int) -> str:
    value = value.casefold()
    if field == "author":
        value = value.removeprefix("@")
    if field == "lang":
        value = language(value)
    if field == "site":
        value = domain(re.sub(r"^(https?://)?(www\.)?", "", value).rstrip("/"))
        if not re.fullmatch(r"[^\s/:?#@]+\.[^\s/:?#@.]+", value):
            fail("site: takes a domain: write site:example.com", start)
    if (
        not value
        or len(value) > MAX_WORD
        or (field in ("lang", "source") and not re.fullmatch(r"[\w.-]+", value))
    ):
        fail(f"{field}: needs a value right behind it: write {_EXAMPLE[field]}", start)
    return value

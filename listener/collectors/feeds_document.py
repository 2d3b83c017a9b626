"""A feed document's bytes into plain entries, within bounds whatever the bytes are.

feedparser knows the formats. Its parsers are driven here by hand, because `feedparser.parse` opens files and
connections for some arguments and has no end: looking for e-mail addresses in an author's name and handling
many attributes take it quadratic time. Entities of the document's own are refused, so nothing expands;
nothing outside it is ever read.
"""

import codecs
import re
import time
import xml.sax
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser

MAX_ENTRIES = 1_000
_MAX_ATTRIBUTES = 200
_CPU_S = 1.5
_BROKEN_CHARS = (
    512 * 1024
)  # read of a document that is not well-formed: that parser cannot be stopped everywhere
_ODD_CODECS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"Lo\xa7\x94", "cp037"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*>", re.IGNORECASE)
_ENTITIES = "declares entities of its own, which can be made to grow without end"
_NOT_WELL_FORMED = "it is not well-formed"


class FeedRefusedError(ValueError):
    """The document is no feed, or one that is made to do harm."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a feed says of itself and its entries, as strings; `lost` says what could not be read of it, "" if nothing."""

    title: str = ""
    link: str = ""
    lang: str = ""
    entries: list[dict[str, Any]] = field(default_factory=list)
    lost: str = ""


def read(body: bytes, headers: Mapping[str, str], url: str) -> Document:
    """The entries of a feed in any RSS, RDF or Atom; of one that is broken, those that can be made out.

    At most 1,000 entries and 1.5 seconds of processor time. Raises FeedRefusedError for what is no feed, and
    for one that declares entities or gives an element hundreds of attributes.
    """
    text = decoded(body, headers.get("content-type", ""))
    root = re.search(r"<[A-Za-z]", text)
    head = text[: root.start()] if root else text
    if re.search(r"<!ENTITY", head, re.IGNORECASE):
        raise FeedRefusedError(_ENTITIES)
    # Without a DOCTYPE, an entity it would have named is an error to expat, and then left to the lenient
    # parser.
    text = _DOCTYPE.sub("", head) + text[len(head) :]
    lang = headers.get("content-language", "")
    parser, lost = _strict(text, url, lang)
    if lost is _NOT_WELL_FORMED:
        parser, lost = _loose(text, url, lang)
    if not parser.version:
        raise FeedRefusedError("is not a feed")
    about = parser.feeddata
    return Document(
        _text(about, "title"),
        _text(about, "link"),
        _text(about, "language"),
        [_entry(entry) for entry in parser.whole_entries()[:MAX_ENTRIES]],
        lost,
    )


def decoded(body: bytes, content_type: str) -> str:
    """The document as text, its XML declaration taken off: by its byte order mark, the server, or itself.

    What none of them describes is read as UTF-8, or else as Windows-1252, which holds for every byte.
    """
    by_mark = [codec for mark, codec in _MARKS if body.startswith(mark)]
    start = body[:400]
    if by_mark:
        start = start.decode(by_mark[0], "replace").encode()
    served = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    declared = _DECLARED.match(start)
    named = [served[1]] if served else []
    named += [declared[1].decode()] if declared else []
    for name in (*by_mark, *named, "utf-8"):
        text = _decode(body, name)
        if text is not None:
            return _DECLARATION.sub("", text, count=1)
    return _DECLARATION.sub("", body.decode("cp1252", "replace"), count=1)


def _decode(body: bytes, name: str) -> str | None:
    try:
        codec = codecs.lookup({"gb2312": "gb18030", "iso-8859-1": "cp1252"}.get(name.lower(), name)).name
        return None if codec.replace("-", "_") in _ODD_CODECS else body.decode(codec)
    except (LookupError, UnicodeError, ValueError):
        return None


class _EnoughError(Exception):
    """Stop here and keep what there is; the message says why."""


def _few(attributes: Sized) -> None:
    if len(attributes) > _MAX_ATTRIBUTES:
        raise FeedRefusedError("has an element with hundreds of attributes")


class _Bounded:
    """Put before a feedparser class: counts, looks at the clock, and leaves out what takes quadratic time."""

    # A guid is often no address though it is not said: it stays as written.
    can_be_relative_uri = StrictFeedParser.can_be_relative_uri - {"id"}
    entries: list[Any]
    started: float
    ended = 0

    def unknown_starttag(self, tag: str, attrs: list[Any]) -> None:
        _few(attrs)
        if time.thread_time() - self.started > _CPU_S:
            raise _EnoughError("it takes too long to read")
        super().unknown_starttag(tag, attrs)  # type: ignore[misc]

    def unknown_endtag(self, tag: str) -> None:
        super().unknown_endtag(tag)  # type: ignore[misc]
        if tag.rpartition(":")[2] in ("item", "entry"):
            self.ended = len(self.entries)
        if len(self.entries) > MAX_ENTRIES:
            raise _EnoughError(f"it has over {MAX_ENTRIES} entries")

    def whole_entries(self) -> list[Any]:
        """The entries, without the last where the document ends in the middle of it."""
        return self.entries if self.ended == len(self.entries) else self.entries[:-1]

    def _sync_author_detail(self, key: str = "author") -> None:
        """An author's name stays as written."""


class _Strict(_Bounded, StrictFeedParser):  # type: ignore[misc]
    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802
        _few(attrs)
        super().startElementNS(name, qname, attrs)


class _Loose(_Bounded, LooseFeedParser):  # type: ignore[misc]
    pass


class _Reader(ExpatParser):
    """Expat that stops at the first entity a document declares."""

    def reset(self) -> None:
        super().reset()
        self._parser.EntityDeclHandler = self._declared  # type: ignore[attr-defined]

    def _declared(self, *declaration: object) -> None:
        raise FeedRefusedError(_ENTITIES)


def _strict(text: str, url: str, lang: str) -> tuple[Any, str]:
    parser = _prepared(_Strict(url, lang, "utf-8"))
    reader = _Reader()
    reader.setFeature(feature_namespaces, 1)
    reader.setFeature(feature_external_ges, 0)
    reader.setContentHandler(parser)
    source = xml.sax.InputSource()
    source.setByteStream(BytesIO(text.encode("utf-8", "replace")))
    source.setEncoding("utf-8")
    try:
        reader.parse(source)
    except _EnoughError as enough:
        return parser, str(enough)
    except FeedRefusedError:
        raise
    except Exception:
        # feedparser lets errors of many kinds out, on input of which nobody wrote a list.
        return parser, _NOT_WELL_FORMED
    return parser, ""


def _loose(text: str, url: str, lang: str) -> tuple[Any, str]:
    parser = _prepared(_Loose(url, lang, "utf-8", {}))
    try:
        parser.feed(text[:_BROKEN_CHARS])
    except _EnoughError as enough:
        return parser, str(enough)
    except FeedRefusedError:
        raise
    except Exception:
        return parser, f"{_NOT_WELL_FORMED} from entry {len(parser.entries)} on"
    return parser, _NOT_WELL_FORMED


def _prepared(parser: Any) -> Any:
    parser.resolve_relative_uris = False
    parser.sanitize_html = False
    parser.started = time.thread_time()
    return parser


def _text(table: Any, key: str) -> str:
    """A string of feedparser's tables, looked up without the other names it tries and warns about."""
    value = dict.get(table, key)
    return value if isinstance(value, str) else ""


def _typed(table: Any, key: str) -> tuple[str, str]:
    detail = dict.get(table, f"{key}_detail") or {}
    return _text(table, key), _text(detail, "type")


def _entry(entry: Any) -> dict[str, Any]:
    """What is kept of an entry; empty values left out."""
    title, title_type = _typed(entry, "title")
    summary, summary_type = _typed(entry, "summary")
    detail = dict.get(entry, "author_detail") or {}
    contents = [
        {"value": _text(one, "value"), "type": _text(one, "type")} for one in dict.get(entry, "content") or []
    ]
    links = [
        {"href": _text(one, "href"), "rel": _text(one, "rel"), "type": _text(one, "type")}
        for one in dict.get(entry, "links") or []
    ]
    languages = [
        _text(one, "language")
        for one in (*(dict.get(entry, "content") or []), dict.get(entry, "title_detail") or {})
    ]
    kept = {
        "guid": _text(entry, "id"),
        "link": _text(entry, "link"),
        "title": title,
        "title_type": title_type,
        "summary": summary,
        "summary_type": summary_type,
        "content": contents[:10],
        "published": _text(entry, "published"),
        "updated": _text(entry, "updated"),
        "author": _text(detail, "name") or _text(entry, "author"),
        "author_link": _text(detail, "href"),
        "lang": next(filter(None, languages), ""),
        "links": links[:20],
        "comments": _text(entry, "slash_comments") or _text(entry, "thr_total"),
    }
    return {name: value for name, value in kept.items() if value}

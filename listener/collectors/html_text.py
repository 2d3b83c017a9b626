"""HTML as networks send it, into the plain text a person sees. Shared by the collectors whose posts are HTML.

A scanner of our own and not html.parser: that one raises on odd marked sections, and takes quadratic time on
some inputs in older patch releases of Python. Here each character is looked at a few times at most, however
deep the nesting.
"""

import re
from collections.abc import Iterator
from html import unescape

LIMIT = 2_000_000
"""Characters of HTML that are read; what lies behind is left out. No post is that long."""

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option p pre section "
        "summary table tbody tfoot thead title tr ul",
    )
)
_CELLS = frozenset({"td", "th"})
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+(?:>|\Z)", re.IGNORECASE) for name in ("script", "style")}
_MARKUP = re.compile(r"<(?=/?[a-zA-Z]|!|\?)")  # any other "<" is text
_TAG_NAME = re.compile(r"/?[a-zA-Z][^\s/>]*+")
_ATTRIBUTES = re.compile(r"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_ATTRIBUTE = re.compile(r"""(?<![^\s"'/])([a-zA-Z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
# html.unescape hands the digits to int(), which refuses more than 4,300; no character needs more than seven.
_TOO_LONG = re.compile(r"&#[0-9]{8,}+;?|&#[xX][0-9a-fA-F]{9,}+;?")


def html_to_text(html: str) -> str:
    """The text of an HTML fragment: blocks and <br> become line breaks, other runs of white space one space.

    Entities are decoded once; comments, scripts and styles are left out; words of two blocks stay apart.
    Plain text passes through, a lone "<" included. Empty in, empty out. Never raises.

    >>> html_to_text("<p>The seats were bad</p><p>really&nbsp;&amp;lt; bad<br>twice</p>")
    'The seats were bad\\nreally &lt; bad\\ntwice'
    >>> html_to_text("I <3 it, 1 < 2 <script>alert('x')</script>")
    'I <3 it, 1 < 2'
    """
    text = "".join(
        piece if not name else "\n" if name in _BLOCKS else " " if name in _CELLS else ""
        for name, piece in _pieces(html[:LIMIT])
    )
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def html_links(html: str, *, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The web addresses that the fragment links to, in order, each once, but for links of a class in
    `without`.

    >>> html_links('<a href="https://a.test/?x=1&amp;y=2">a</a> <a class="mention" href="https://b.test">b</a>',
    ...            without=frozenset({"mention"}))
    ('https://a.test/?x=1&y=2',)
    """
    found: dict[str, None] = {}
    for name, piece in _pieces(html[:LIMIT]):
        if name != "a":
            continue
        attributes = {
            match[1].lower(): _decoded(match[2] or match[3] or match[4] or "")
            for match in _ATTRIBUTE.finditer(piece)
        }
        address = attributes.get("href", "").strip()
        if address.startswith(("https://", "http://")) and without.isdisjoint(
            attributes.get("class", "").split()
        ):
            found[address] = None
    return tuple(found)


def _decoded(text: str) -> str:
    return unescape(_TOO_LONG.sub("\ufffd", text)) if "&" in text else text


def _pieces(html: str) -> Iterator[tuple[str, str]]:
    """Tags as (lower-case name, attributes as written), text between them as ("", decoded text)."""
    at = 0
    quotes = True
    while (found := _MARKUP.search(html, at)) is not None:
        opened = found.start()
        if opened > at:
            yield "", " ".join(_decoded(html[at:opened]).split("\n"))
        if html.startswith("<!--", opened):
            at = _behind(html, "-->", opened + 4)
        elif html.startswith(("<!", "<?"), opened):
            at = _behind(html, ">", opened)
        elif name := _TAG_NAME.match(html, opened + 1):
            whole = _ATTRIBUTES.match(html, name.end()) if quotes else None
            # A quote never closes: from here on a tag ends at the next ">", so no stretch is read twice.
            quotes = quotes and whole is not None
            at = whole.end() if whole else _behind(html, ">", name.end())
            tag = name[0].lower()
            yield tag.lstrip("/"), html[name.end() : at] if tag[0] != "/" else ""
            if tag in _RAW:
                end = _RAW[tag].search(html, at)
                at = end.end() if end else len(html)
    yield "", " ".join(_decoded(html[at:]).split("\n"))


def _behind(html: str, mark: str, start: int) -> int:
    """The place right after the next `mark`, the end where there is none."""
    found = html.find(mark, start)
    return len(html) if found < 0 else found + len(mark)

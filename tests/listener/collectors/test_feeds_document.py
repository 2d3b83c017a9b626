"""Whatever bytes a feed's address answers with: entries or a named refusal, quickly, in little memory, from those bytes alone."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collectors.feeds_document import MAX_ENTRIES, Document, FeedRefusedError, decoded, read
from tests.patience import ends

URL = "https://news.example/feed"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "api"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the sample feeds in ../shared/data")

DEEP = "<div>" * 50_000 + "</div>" * 50_000
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
MANY = "<item><title>x</title></item>" * 300_000


def rss(inside: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>t</title>{inside}</channel></rss>'.encode()


def of(body: bytes) -> Document:
    return read(body, {}, URL)


HOSTILE = {
    "billion_laughs": rss("<item><title>&l9;</title></item>", f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>'),
    "quadratic": rss(
        f"<item><title>{'&a;' * 50_000}</title></item>", f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>'
    ),
    "external_file": rss(
        "<item><title>&x;</title></item>", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    ),
    "parameter_entity": rss("", '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>'),
    "hidden_in_a_comment": rss(
        "<item><title>&x;</title></item>", '<!-- <a> --><!DOCTYPE rss [<!ENTITY x "y">]>'
    ),
    "utf_16": rss("<item><title>&x;</title></item>", '<!DOCTYPE rss [<!ENTITY x "y">]>')[21:]
    .decode()
    .encode("utf-16"),
    "many_attributes": rss("<item " + " ".join(f"a{n}='1'" for n in range(20_000)) + "/>"),
    "many_attributes_broken": rss("&bad;<item " + " ".join(f"a{n}='1'" for n in range(20_000)) + ">"),
}
HEAVY = {
    "external_dtd": rss("<item><title>x</title></item>", '<!DOCTYPE rss SYSTEM "file:///etc/hostname">'),
    "deep": rss(f"<item><description>{DEEP}</description></item>"),
    "deep_broken": rss("<item><description>&bad;" + "<div>" * 50_000),
    "many_entries": rss(MANY)[: 8 << 20],
    "many_entries_broken": rss("&bad;" + MANY)[: 8 << 20],
    "long_author": rss(f"<item><title>x</title><author>{'a' * 2_000_000}</author></item>"),
    "long_author_broken": rss(f"&bad;<item><title>x</title><author>{'a' * 2_000_000}</author></item>"),
    "many_tags": rss("<item><description>" + "<b/>" * 1_500_000 + "</description></item>"),
    "many_brackets": rss("&bad;" + "<" * 4_000_000),
    "many_ends": rss("&bad;" + "</" * 4_000_000),
    "huge_references": rss("&bad;<item><title>&#99999999999;&#xD800;&#" + "1" * 10_000 + ";</title></item>"),
    "long_date": rss(f"<item><title>x</title><pubDate>{'1 ' * 1_000_000}</pubDate></item>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_document_made_to_do_harm_is_refused_by_name(name: str) -> None:
    with ends(), pytest.raises(FeedRefusedError, match=r"entities of its own|hundreds of attributes"):
        of(HOSTILE[name])


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_document_is_read_in_bounded_time(name: str) -> None:
    with ends():
        document = of(HEAVY[name])
    assert len(document.entries) <= MAX_ENTRIES


@pytest.mark.parametrize("name", ["deep", "many_entries", "long_author", "huge_references"])
def test_a_heavy_document_is_read_in_bounded_memory(name: str) -> None:
    of(rss(""))  # what is imported and compiled once is not counted
    tracemalloc.start()
    of(HEAVY[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 128 << 20


def test_more_entries_than_the_limit_are_said_to_be_lost() -> None:
    document = of(rss("<item><title>x</title></item>" * (MAX_ENTRIES + 5)))
    assert len(document.entries) == MAX_ENTRIES
    assert document.lost == f"it has over {MAX_ENTRIES} entries"


def test_a_feed_cut_in_half_gives_its_first_half_and_says_so() -> None:
    whole = rss("".join(f"<item><title>entry {n}</title></item>" for n in range(100)))
    cut = of(whole[: whole.index(b"entry 50")])
    assert [entry["title"] for entry in cut.entries[:50]] == [f"entry {n}" for n in range(50)]
    assert cut.lost
    assert of(whole).lost == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\x00",
        b"<html><head><title>Maintenance</title></head><body>soon</body></html>",
        b'{"version": "1.1"}',
        b"<?xml version='1.0'?><opml version='2.0'/>",
        b"/etc/hostname",
        b"file:///etc/hostname",
        b"http://127.0.0.1:9/",
    ],
)
def test_what_is_no_feed_is_refused_and_never_an_empty_feed(body: bytes) -> None:
    with pytest.raises(FeedRefusedError, match="is not a feed"):
        of(body)


def test_an_empty_feed_is_a_feed() -> None:
    assert of(rss("")).entries == []
    assert of(rss("")).lost == ""


@pytest.mark.parametrize(
    "codec",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-32",
        "iso-8859-1",
        "windows-1251",
        "shift_jis",
        "cp037",
    ],
)
def test_the_declared_encoding_is_read(codec: str) -> None:
    title = {"windows-1251": "Привет", "shift_jis": "こんにちは"}.get(codec, "Blåbærsyltetøy")
    text = f'<?xml version="1.0" encoding="{codec}"?><rss version="2.0"><channel><item><title>{title}</title></item></channel></rss>'
    assert of(text.encode(codec)).entries[0]["title"] == title


@pytest.mark.parametrize(
    ("served", "declared", "actual"),
    [
        ("koi8-r", "utf-8", "koi8-r"),
        ("utf-8", "iso-8859-1", "utf-8"),
        ("nonsense", "koi8-r", "koi8-r"),
        ("utf-8", "utf-8", "windows-1252"),
        ("", "", "windows-1252"),
        ("unicode_escape", "idna", "utf-8"),
    ],
)
def test_a_wrong_encoding_is_put_right(served: str, declared: str, actual: str) -> None:
    title = "Привет" if actual == "koi8-r" else "blå"
    body = f'<?xml version="1.0" encoding="{declared}"?><rss>{title}</rss>'.encode(actual)
    assert decoded(body, f"text/xml; charset={served}") == f"<rss>{title}</rss>"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_decode(body: bytes, content_type: str) -> None:
    assert isinstance(decoded(body, content_type), str)


tags = st.sampled_from(
    [
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<entry>",
        "<author>",
        "<link href='x'/>",
        "<![CDATA[",
        "]]>",
    ]
)
broken = st.lists(
    st.one_of(tags, st.text(max_size=6), st.sampled_from(["&", "&#1;", "&#xffffffff;", "<", "'", "<!--"])),
    max_size=30,
)


@settings(max_examples=300)
@given(broken)
def test_any_document_gives_entries_or_is_refused(pieces: list[str]) -> None:
    body = ('<rss version="2.0"><channel>' + "".join(pieces)).encode("utf-8", "replace")
    try:
        document = of(body)
    except FeedRefusedError:
        return
    assert all(isinstance(entry, dict) for entry in document.entries)


WATCHED = """
import sys
from pathlib import Path
import feedparser, encodings.idna, encodings.cp037, encodings.shift_jis  # imported before the watch begins
from listener.collectors.feeds_document import FeedRefusedError, read
bodies = [path.read_bytes() for folder in sys.argv[1:] for path in Path(folder).rglob("*") if path.is_file()]
for _ in range(2):  # codecs are modules that are opened at their first use
    for body in bodies:
        try:
            read(body, {}, "https://news.example/feed")
        except FeedRefusedError:
            pass
    if _ == 0:
        touched = []
        def watch(event, args):
            if event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
                touched.append((event, args[0]))
        sys.addaudithook(watch)
print(len(bodies), touched)
"""


def watched(*folders: Path) -> tuple[int, str]:
    """Read every file below the folders as a feed, twice; what was opened or connected to the second time."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, folders)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    number, touched = done.stdout.split(" ", 1)
    return int(number), touched.strip()


def test_hostile_documents_open_no_file_and_no_connection(tmp_path: Path) -> None:
    for name, body in (
        HOSTILE | {"dtd": HEAVY["external_dtd"], "path": b"/etc/hostname", "url": b"http://127.0.0.1:9/"}
    ).items():
        (tmp_path / name).write_bytes(body)
    assert watched(tmp_path) == (len(HOSTILE) + 3, "[]")


@needs_shared
def test_real_and_odd_feeds_give_entries_or_a_named_refusal_and_open_nothing() -> None:
    number, touched = watched(SHARED / "miniflux", SHARED / "feedparser")
    assert number > 1_500
    assert touched == "[]"


@needs_shared
def test_most_of_the_well_formed_feeds_are_read_whole() -> None:
    read_whole = refused = 0
    for path in (SHARED / "feedparser" / "tests" / "wellformed").rglob("*.xml"):
        try:
            read_whole += of(path.read_bytes()).lost == ""
        except FeedRefusedError:
            refused += 1
    assert read_whole > 1_000
    assert refused < 30

"""HTML into text: what a person sees stays, what they do not see goes, and no input is too odd or too
large.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collectors.html_text import LIMIT, html_links, html_to_text
from tests.patience import ends


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain words", "plain words"),
        ("<p>It was bad</p><p>really bad</p>", "It was bad\nreally bad"),
        ("bad<br>really<br/>bad<BR />end", "bad\nreally\nbad\nend"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("un<b>believ</b>able", "unbelievable"),
        (
            '<a href="https://a.test/x"><span class="invisible">https://</span><span>a.test/x</span></a>',
            "https://a.test/x",
        ),
        ("<p>@<span>ann</span> hi&nbsp; &nbsp;there</p>", "@ann hi there"),
        ("AT&amp;T &amp;lt;b&amp;gt; &lt;b&gt; &#39;x&#x27; &euro;", "AT&T &lt;b&gt; <b> 'x' €"),
        ("a &unknown; &amp b & c", "a &unknown; & b & c"),
        ("1 < 2 > 0 <3 <- a<", "1 < 2 > 0 <3 <- a<"),
        ("a<!-- <p>hidden</p> -->b<!DOCTYPE html>c<?xml version='1'?>d", "abcd"),
        ("a<script>if (1 < 2) document.write('<p>no</p>')</script>b<style>p > a {}</style>c", "abc"),
        ("a<SCRIPT type='x'>no</script\n>b", "ab"),
        ("a<script>never closed", "a"),
        ("a<scripted>b</scripted>", "ab"),
        ('<p title="a > b">text</p>', "text"),
        ("<p title='it's'>text</p>", "text"),
        ('<p title="never closed>text</p> more', "text\nmore"),
        ("cut in the mid<a href='https://a.te", "cut in the mid"),
        ("line one\nline two\r\n\tthree", "line one line two three"),
        ("a\x00b <p>\ud800</p>", "a\x00b\n\ud800"),
        ("&#9999999999;&#xffffffffff;", "\ufffd\ufffd"),
        ("<custom-tag>x</custom-tag><o:p>y</o:p>", "xy"),
    ],
)
def test_the_text_a_person_sees(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_links_are_given_once_decoded_and_only_to_the_web() -> None:
    html = (
        '<a href="https://a.test/?a=1&amp;b=2">1</a><a class="x mention" href="https://b.test">2</a>'
        "<a href='HTTPS://c.test'>3</a><a href=https://d.test/>4</a><a href='javascript:alert(1)'>5</a>"
        '<a data-href="https://e.test">6</a><a>7</a><a href="https://a.test/?a=1&amp;b=2">8</a><link href="https://f.test">'
        '<a title="x > y" rel=nofollow href = "https://g.test/a b">9</a><script><a href="https://h.test"></a></script>'
    )
    expected = ("https://a.test/?a=1&b=2", "https://d.test/", "https://g.test/a b")
    assert html_links(html, without=frozenset({"mention"})) == expected


HOSTILE = {
    "nested": "<div>" * 100_000 + "x" + "</div>" * 100_000,
    "open quotes": '<a "' * 250_000,
    "mixed quotes": "<a '\"" * 200_000,
    "quote then end": "<p a='" * 170_000 + ">",
    "comments": "<!--" * 250_000,
    "marked sections": "<![x[" * 200_000,
    "ampersands": "&" * 1_000_000,
    "digits": "&#" + "9" * 1_000_000 + ";",
    "scripts": "<script>" * 125_000,
    "script ends": "<script>" + "</scriptx" * 110_000,
    "angles": "<" * 1_000_000,
    "attributes": "<a " + "x='1' " * 166_000 + ">",
    "attribute name": "<a " + "x" * 1_000_000 + ">",
    "blanks": "<a href" + " " * 1_000_000 + ">",
    "lines": "\n" * 1_000_000,
    "words": "a " * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_the_worst_kind_is_read_to_its_end(name: str) -> None:
    with ends():
        html_to_text(HOSTILE[name])
        html_links(HOSTILE[name])


def test_what_lies_behind_the_limit_is_not_read() -> None:
    assert html_to_text("a" * LIMIT + "<p>behind</p>") == "a" * LIMIT


pieces = st.lists(
    st.sampled_from(
        [*"<>&;\"'=/!-[]#x9 \n", "<p", "</p>", "<script", "</script", "<!--", "-->", "&amp;", "ß"]
    )
).map("".join)


@given(st.one_of(pieces, st.text()))
def test_no_string_raises_and_no_blank_line_or_double_space_comes_out(html: str) -> None:
    text = html_to_text(html)
    assert all(line and line == " ".join(line.split()) for line in text.split("\n") if text)
    assert isinstance(html_links(html), tuple)


@given(st.text(alphabet=st.characters(exclude_characters="<&")))
def test_text_without_markup_passes_but_for_white_space(words: str) -> None:
    assert html_to_text(words).split() == words.split()

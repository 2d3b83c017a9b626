"""Reports: every number is one that metrics gives, the same snapshot gives the same file, and no text is ever more than text."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from dashboard import format
from dashboard.errors import BadFilter
from dashboard.filters import filters_of
from dashboard.reports.asked import HEADLINES
from dashboard.reports.file import FORMS, ReportForm, written
from dashboard.reports.html import html
from dashboard.reports.make import report_of
from dashboard.reports.pdf import pdf
from dashboard.reports.report import Chart, Line, Quote, ReceiptLine, Report, Sentence, Table
from dashboard.reports.workbook import workbook
from dashboard.site import Site
from dashboard.views.figures import figures
from metrics.language import Language, speaking
from metrics.read import series
from storage.labels import save_labels
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost
from tests.dashboard.conftest import NOW

WEEK = {"period": ["2026-11-09..2026-11-15"]}
HOSTILE = [
    "<script>alert(1)</script>",
    '#read("/etc/passwd") #import "/etc/hosts": *',
    "$ sum_(i=1)^n $ *bold* _it_ `raw` <label> @ref \\ #panic()",
    "]]> & &amp; \" ' <!-- --> {{ 7*7 }} {% raw %}",
    "=1+1",
    "line\u2028break \u202eright-to-left\u202c",
]
TONGUES = {
    "no": "Blåbærsyltetøy på ferja",
    "ar": "الخدمة ممتازة اليوم",
    "hi": "सेवा बहुत अच्छी है",
    "emoji": "so good 🎉🚀",
}


def told(*texts: str) -> Report:
    """A report with these texts wherever a post, a brand or a person's words can stand."""
    quotes = [
        Quote("Aurora", "negative", "social", text, NOW, text, "https://social.example/1", text)
        for text in texts
    ]
    days = [date(2026, 11, 9) + timedelta(days=n) for n in range(7)]
    line = Line(texts[0], [3, None, 5, 4, 0, 2, 9], [1, None, 2, 2, 0, 1, 6], [5, None, 8, 6, 1, 4, 12])
    return Report(
        title=texts[0], period="9 Nov to 15 Nov 2026", audience="analyst", timezone="Europe/Oslo",
        first_day=days[0], last_day=days[-1], brands=[texts[0]],
        summary=[Sentence(text, (1,)) for text in texts],
        charts=[Chart(texts[0], "count", days, [line], frozenset({1}), texts[0])],
        tables=[Table(texts[0], ["", texts[0]], [[text, text] for text in texts], frozenset({1}), texts[0])],
        quotes=quotes, method=list(texts), coverage=list(texts),
        definitions=[Table(texts[0], ["a", "b"], [[text, text] for text in texts])],
        receipts=[ReceiptLine(1, texts[0], texts[0], "3", 3, f"listener metrics {texts[0]}")],
    )  # fmt: skip


def test_the_figures_are_those_that_metrics_gives(site: Site) -> None:
    filters = filters_of(site, WEEK, now=NOW)
    made = report_of(site, filters, "analyst", now=NOW)
    expected = series(
        site.db, HEADLINES, every="all", against=("previous", "competitors"), **figures(site, filters, NOW)
    )
    assert list(made.points) == expected
    cells = {row[0]: row[1:] for row in made.tables[0].rows}
    mentions = [point for point in expected if point.metric == "mentions"]
    for number, point in enumerate(mentions):
        assert cells["Mentions"][number].split("\n")[0] == format.number(point.value)


def test_each_sentence_with_a_number_has_a_receipt_that_says_the_same_number(site: Site) -> None:
    made = report_of(site, filters_of(site, WEEK, now=NOW), "team", now=NOW)
    receipts = {one.number: one for one in made.receipts}
    assert len(made.summary) >= 4
    for one in made.summary:
        assert all(number in receipts for number in one.receipts)
        if one.receipts and "mentioned" in one.text:
            (receipt,) = (receipts[number] for number in one.receipts)
            assert receipt.value.split(" ")[0] in re.findall(r"[\d,]+", one.text)
            assert receipt.command.startswith("listener metrics mentions --brand aurora --since 2026-11-09")


def test_of_a_period_that_is_over_the_files_are_the_same_whenever_they_are_made(site: Site) -> None:
    filters = filters_of(site, WEEK, now=NOW)
    one, other = (report_of(site, filters, "analyst", now=NOW + timedelta(days=n)) for n in (0, 9))
    assert one == other
    for write in (pdf, workbook, html):
        assert write(one) == write(other)


@pytest.mark.parametrize("form", FORMS)
def test_the_dashboard_makes_the_same_file(site: Site, client: TestClient, form: ReportForm) -> None:
    answer = client.get(f"/api/v1/report?period={WEEK['period'][0]}&audience=analyst&format={form}")
    assert answer.status_code == 200
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="report-2026-11-09-2026-11-15.{form}"'
    )
    made = report_of(site, filters_of(site, WEEK, now=NOW), "analyst", now=NOW)
    assert answer.content == written(made, form)
    assert f"format={form}&amp;audience=analyst" in client.get("/reports").text


@pytest.mark.parametrize(
    ("language", "says"), [("en", "In short"), ("nb", "Kort fortalt"), ("nl", "In het kort")]
)
def test_a_report_is_in_the_language_asked_for(
    site: Site, client: TestClient, language: Language, says: str
) -> None:
    asked = f"/api/v1/report?period={WEEK['period'][0]}&format=html"
    spoken, configured = client.get(f"{asked}&language={language}"), client.get(asked)
    assert f'<html lang="{language}">' in spoken.text
    assert f"<h2>{says}</h2>" in spoken.text
    assert '<html lang="en">' in configured.text, "whatever the browser asks for"
    page = client.get("/reports", headers={"accept-language": language}).text
    assert f"&amp;language={language}" in page
    assert f"--language {language} --to" in page
    assert client.get(f"{asked}&language=fr").status_code in (400, 422)


@pytest.mark.parametrize("language", ["nb", "nl"])
def test_the_workbook_speaks_and_its_figures_are_numbers(site: Site, language: Language) -> None:
    sheets = {}
    for spoken in ("en", language):
        with speaking(spoken):  # type: ignore[arg-type]
            made = report_of(site, filters_of(site, WEEK, now=NOW), "analyst", now=NOW)
        sheets[spoken] = openpyxl.load_workbook(BytesIO(written(made, "xlsx")))
    ours, other = sheets["en"], sheets[language]
    assert len(set(other.sheetnames) - set(ours.sheetnames)) >= 5
    numbers = [
        [[cell for cell in row if isinstance(cell, (int, float))] for row in book.worksheets[1].values]
        for book in (ours, other)
    ]
    assert numbers[0] == numbers[1]
    assert any(numbers[0])


def test_a_period_that_would_keep_others_waiting_is_refused(client: TestClient) -> None:
    answer = client.get("/api/v1/report?period=2024-01-01..2026-01-01")
    assert answer.status_code == 400
    assert "listener report makes longer ones" in answer.json()["detail"]


def test_an_empty_period_is_a_report_and_no_error(site: Site) -> None:
    filters = filters_of(site, {"period": ["2020-01-01..2020-01-07"]}, now=NOW)
    made = report_of(site, filters, "team", now=NOW)
    assert made.summary[0].text == "Nothing is stored of these days: the first posts are of 1 Nov 2026."
    assert pdf(made).startswith(b"%PDF")
    assert "Nothing is stored" in html(made)
    assert workbook(made).startswith(b"PK")


def test_days_to_come_are_refused(site: Site) -> None:
    filters = filters_of(site, {"period": ["2026-12-01..2026-12-31"]}, now=NOW)
    with pytest.raises(BadFilter, match="days to come"):
        report_of(site, filters, "team", now=NOW)


def test_a_change_that_cannot_be_known_is_nowhere_in_the_report(site: Site) -> None:
    filters = filters_of(site, {"period": ["2026-11-02..2026-11-21"]}, now=NOW)
    made = report_of(site, filters, "team", now=NOW + timedelta(days=9))
    assert "no change is given" in made.summary[0].text
    assert not any(sign in cell for row in made.tables[0].rows for cell in row[1:] for sign in ("+", "×"))


@pytest.mark.parametrize(
    ("language", "says", "notes"),
    [
        (
            "en",
            "26 until 21 Nov 2026, 13:00, 26 from 8 Nov to 14 Nov 2026 until 13:00",
            "The period still runs",
        ),
        ("nb", "fra 8. nov. til 14. nov. 2026 frem til kl. 13:00", "Perioden pågår fortsatt"),
        ("nl", "van 8 nov t/m 14 nov 2026 tot 13:00 uur", "De periode loopt nog"),
    ],
)
def test_a_period_that_still_runs_is_set_against_as_much_of_the_one_before(
    site: Site, language: Language, says: str, notes: str
) -> None:
    with speaking(language):
        made = report_of(site, filters_of(site, {"period": ["7d"]}, now=NOW), "team", now=NOW)
    assert says in made.summary[0].text.replace("\xa0", " ").replace("\u202f", " ")
    assert notes in made.tables[0].note


def test_posts_of_a_network_whose_terms_forbid_it_are_counted_and_not_quoted(site: Site) -> None:
    closed = replace(site, settings=replace(site.settings, ids_only=frozenset({"social"})))
    filters = filters_of(site, WEEK, now=NOW)
    open_to_all, some = (report_of(one, filters, "team", now=NOW) for one in (site, closed))
    assert {quote.network for quote in open_to_all.quotes} == {"social", "forum"}
    assert {quote.network for quote in some.quotes} == {"forum"}
    assert some.points == open_to_all.points
    assert any("social are counted and not quoted" in line for line in some.method)


def test_only_what_is_surely_labelled_is_shown_as_an_example(site: Site) -> None:
    filters = filters_of(site, WEEK, now=NOW)
    quotes = report_of(site, filters, "team", now=NOW).quotes
    assert quotes
    assert all(quote.why.startswith("80 % sure") for quote in quotes)
    rows = list(find(site.db, filters.mentions(brands=["aurora"], labels=["positive", "negative"])))
    unsure = [NewLabel(row.id, 1, "by-rule", 4_000, 2_500, 3_500) for row in rows]
    save_labels(site.db, unsure, now=NOW)
    assert report_of(site, filters, "team", now=NOW).quotes == ()


def test_the_audience_decides_how_much_is_told(site: Site) -> None:
    filters = filters_of(site, WEEK, now=NOW)
    short, middle, long = (
        report_of(site, filters, kind, now=NOW) for kind in ("executive", "team", "analyst")
    )  # type: ignore[arg-type]
    assert not short.quotes
    assert middle.quotes
    assert len(long.tables) > len(middle.tables) >= len(short.tables)
    assert short.summary == long.summary


class Seen(HTMLParser):
    """What a page is made of: its elements' names, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_text_in_html() -> None:
    page = Seen(html(told(*HOSTILE)))
    assert not page.elements & {"script", "img", "iframe", "object", "embed", "label"}
    assert not any(name.startswith("on") for name, _ in page.attributes)
    for hostile in HOSTILE:
        assert hostile in page.text
    links = [str(value) for name, value in page.attributes if name == "href"]
    assert all(link.startswith(("https://social.example/", "#")) for link in links)


def test_hostile_text_is_text_in_the_workbook() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook(told(*HOSTILE))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type in ("s", "n") and cell.hyperlink is None for cell in cells)
    assert "=1+1" in {cell.value for cell in cells}


@pytest.fixture
def pdftotext() -> str:
    found = shutil.which("pdftotext")
    if found is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return found


def read(pdftotext: str, content: bytes, folder: Path) -> str:
    (folder / "report.pdf").write_bytes(content)
    done = subprocess.run(
        [pdftotext, "-layout", "report.pdf", "-"], cwd=folder, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_hostile_text_is_text_in_the_pdf(pdftotext: str, tmp_path: Path) -> None:
    text = read(pdftotext, pdf(told(*HOSTILE)), tmp_path)
    assert "<script>alert(1)</script>" in text
    assert '#read("/etc/passwd")' in text
    assert "#panic()" in text
    assert "root:" not in text


def test_the_pdf_has_the_scripts_of_its_readers_as_text_and_brings_the_fonts(
    pdftotext: str, tmp_path: Path
) -> None:
    text = read(pdftotext, pdf(told(*TONGUES.values())), tmp_path)
    assert TONGUES["no"] in text
    assert "🎉" in text
    for tongue in ("ar", "hi"):
        letters = {letter for letter in TONGUES[tongue] if letter.isalpha()}
        assert letters <= set(text)
    done = subprocess.run(["pdffonts", "report.pdf"], cwd=tmp_path, capture_output=True, check=True)
    fonts = done.stdout.decode()
    for name in ("NotoSans-", "NotoSansArabic-", "NotoSansDevanagari-", "NotoEmoji"):
        assert name in fonts
    assert " no " not in " ".join(line.split()[-5] for line in fonts.splitlines()[2:])  # each is embedded


def test_the_pdf_says_the_numbers_of_the_report(site: Site, pdftotext: str, tmp_path: Path) -> None:
    made = report_of(site, filters_of(site, WEEK, now=NOW), "analyst", now=NOW)
    text = " ".join(read(pdftotext, pdf(made), tmp_path).split())
    for table in made.tables:
        for row in table.rows:
            for cell in row:
                assert all(part in text for part in cell.split()), cell
    for one in made.summary:
        assert one.text.split(" ")[0] in text


def test_of_a_long_post_a_few_lines_are_shown(site: Site) -> None:
    author = NewAuthor(source_author_id="long", handle="long", followers=10**9)
    post = NewPost(
        source="social", source_id="long", text="aurora " + "word " * 20_000, lang="en", author=author,
        published_at=NOW - timedelta(days=8), observed_at=NOW,
    )  # fmt: skip
    save(
        site.db,
        Batch(
            "social", [MatchedPost(post, [NewMention(brand_id="aurora", query_version=1, target="Aurora")])]
        ),
        now=NOW,
    )
    (newest,) = list(find(site.db, MentionFilter(brands=["aurora"], author="long")))
    save_labels(site.db, [NewLabel(newest.id, 1, "by-rule", 9_000, 500, 500)], now=NOW)
    made = report_of(site, filters_of(site, WEEK, now=NOW), "team", now=NOW)
    (quote,) = (one for one in made.quotes if one.author == "@long")
    assert quote.text.startswith("aurora word")
    assert quote.text.endswith(" …")
    assert len(quote.text) <= 290

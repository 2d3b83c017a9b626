"""What metrics say is said in the reader's language on every page and in every report, and stays English as data."""

import re
from collections.abc import Iterator
from string import Formatter

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from dashboard.filters import filters_of
from dashboard.reports.file import written
from dashboard.reports.make import report_of
from dashboard.reports.report import Report
from dashboard.site import Site
from dashboard.views.figures import figures
from metrics.language import LANGUAGES, Language, speaking
from metrics.read import series
from metrics.registry import METRICS
from metrics.texts import translations
from metrics.types import MetricPoint
from tests.dashboard.conftest import NOW
from tests.metrics.test_texts import untranslated, words

MONTH = {"period": ["2026-11-01..2026-11-20"]}
PAGES = (
    "/",
    "/alerts",
    "/sentiment",
    "/share-of-voice",
    "/influence",
    "/kpis",
    "/reports",
    "/sources",
    "/receipt?metric=mentions&brand=aurora",
    "/receipt?metric=followers&brand=aurora",
    "/parts/alerts",
    "/parts/why",
    "/parts/sentiment/apart",
    "/parts/voice/ways",
    "/parts/influence",
    "/parts/goals",
    *(
        f"/parts/kpis?area={area}"
        for area in ("awareness", "engagement", "conversion", "money", "experience")
    ),
)
OURS = re.compile(r"<code.*?</code>|<script.*?</script>|\bon[a-z]+=\"[^\"]*\"", re.S)
"""Formulas and commands, which are English everywhere, are in code."""


def unsaid(language: Language) -> Iterator[re.Pattern[str]]:
    """What would show that a text was not said: its English of three words or more, whatever is filled in."""
    said = " ".join(one[LANGUAGES.index(language) - 1] for one in translations().values()).lower()
    for template in translations():
        pieces = [text for text, *_ in Formatter().parse(template)]
        longest = max(pieces, key=len).strip()
        if len(longest.split()) >= 3 and longest.lower() not in said:
            yield re.compile(re.escape(longest).replace("'", "(?:'|&#39;)"))


def left(text: str, language: Language) -> list[str]:
    shown = OURS.sub("", text)
    return [pattern.pattern for pattern in unsaid(language) if pattern.search(shown)]


def points(site: Site) -> list[MetricPoint]:
    filters = filters_of(site, MONTH, now=NOW)
    against = ("previous", "year", "competitors", "category")
    return series(site.db, list(METRICS), every="all", against=against, **figures(site, filters, NOW))


def test_every_line_beside_a_figure_can_be_said_in_another_language(site: Site) -> None:
    found = points(site)
    lines = {
        line
        for one in found
        for each in (one, *one.comparisons)
        for line in (*each.warnings, each.missing or "")
    }
    assert len(lines) > 20
    assert [
        line for line in lines if words(line) and not hasattr(line, "template") and line not in translations()
    ] == []
    assert [template for line in lines for template in untranslated(line)] == []


@pytest.mark.parametrize("language", ["nb", "nl"])
def test_no_page_shows_an_english_line(client: TestClient, language: Language) -> None:
    seen = {}
    for page in PAGES:
        answer = client.get(page, headers={"accept-language": language})
        assert answer.status_code == 200, page
        if found := left(answer.text, language):
            seen[page] = found
    assert seen == {}


def test_figures_as_data_are_english_whatever_the_browser_asks_for(client: TestClient) -> None:
    address = "/api/v1/metrics?metric=followers&every=all"
    assert client.get(address, headers={"accept-language": "nb"}).json() == client.get(address).json()


def reported(site: Site, language: Language) -> Report:
    with speaking(language):
        return report_of(site, filters_of(site, MONTH, now=NOW), "analyst", now=NOW)


def digits(text: str) -> list[str]:
    """The figures of a text: their digits, however they are set apart."""
    return [re.sub(r"\D", "", one) for one in re.findall(r"\d[\d\u00a0.,]*", text)]


@pytest.mark.parametrize("language", ["nb", "nl"])
def test_a_report_has_the_same_figures_and_receipts_in_every_language(site: Site, language: Language) -> None:
    ours, other = reported(site, "en"), reported(site, language)
    assert list(other.points) == list(ours.points)
    assert [one.receipts for one in other.summary] == [one.receipts for one in ours.summary]
    assert [digits(one.text) for one in other.summary] == [digits(one.text) for one in ours.summary]
    assert [(one.command, one.n) for one in other.receipts] == [(one.command, one.n) for one in ours.receipts]
    for one, same in zip(other.tables, ours.tables, strict=True):
        assert [[digits(cell) for cell in row] for row in one.rows] == [
            [digits(cell) for cell in row] for row in same.rows
        ]


@pytest.mark.parametrize("language", ["nb", "nl"])
def test_a_report_has_no_english_line(site: Site, language: Language) -> None:
    made = reported(site, language)
    page = written(made, "html").decode()
    assert f'<html lang="{language}">' in page
    metrics = [METRICS[point.metric] for point in made.points]
    for english in sorted(
        {text for one in metrics for text in (one.formula, one.source)}, key=len, reverse=True
    ):
        page = page.replace(str(escape(english)), "")
    assert left(page, language) == []

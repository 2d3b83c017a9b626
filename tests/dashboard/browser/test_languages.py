"""Somebody whose browser asks for Norwegian, who then wants Dutch: words, figures and charts, by the menu alone."""

from typing import Any

import pytest

from tests.dashboard.browser.conftest import Running, Visit, settled, until
from tests.dashboard.browser.test_for_everybody import findings, wider_than_the_window
from tests.dashboard.browser.test_using_it import PAGES

AXES = """() => {
    const chart = echarts.getInstanceByDom(document.querySelector(".chart-canvas")).getOption();
    return [chart.xAxis[0].data[0], chart.yAxis[0].axisLabel.formatter(1234)];
}"""


def drawn(page: Any) -> Any:
    until(page, "!!document.querySelector('.chart-canvas canvas')")
    return page.evaluate(AXES)


def language(page: Any) -> tuple[str, str]:
    return page.evaluate("document.documentElement.lang"), page.locator("h1").inner_text()


def choose(page: Any, name: str) -> None:
    page.locator(".languages > summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()
    settled(page)


def test_a_norwegian_reads_norwegian_and_chooses_dutch_which_stays(visit: Visit, running: Running) -> None:
    page = visit("/?period=90d", locale="nb-NO")
    assert language(page) == ("nb", "Oversikt")
    assert "Aurora ble omtalt 80 ganger" in page.locator(".lead").inner_text()
    assert "24. aug. til 21. nov. 2026" in page.locator(".page-head .sub").inner_text()
    assert drawn(page) == ["24. aug.", "1\u00a0234"]

    choose(page, "Nederlands")
    assert page.url == f"{running.address}/?period=90d"
    assert language(page) == ("nl", "Overzicht")
    assert "24 aug t/m 21 nov 2026" in page.locator(".page-head .sub").inner_text()
    assert drawn(page) == ["24 aug", "1.234"]

    page.locator("#navigation").get_by_role("link", name="Vermeldingen").click()
    page.wait_for_url("**/mentions?period=90d")
    assert language(page) == ("nl", "Vermeldingen")
    page.locator("[data-judge=positive]").first.click()
    until(page, "!!document.querySelector('.toast')")
    assert page.locator(".toast").inner_text() == "Oordeel: Positief"


def test_the_menu_of_languages_works_by_keyboard_and_closes_again(visit: Visit) -> None:
    page = visit("/sources")
    page.locator(".languages > summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Norsk bokmål").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Norsk bokmål").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert language(page) == ("nb", "Kilder")


def test_no_entry_of_the_navigation_takes_two_lines_in_any_language(visit: Visit) -> None:
    for locale in ("en-US", "nb-NO", "nl-NL"):
        page = visit("/share-of-voice", width=1280, locale=locale)  # the page that one is at is written bold
        heights = page.evaluate("[...document.querySelectorAll('.nav a')].map(one => one.offsetHeight)")
        assert len(heights) == 10
        assert len(set(heights)) == 1, locale


@pytest.mark.slow
def test_pages_in_other_languages_suit_every_window_and_everybody(visit: Visit, running: Running) -> None:
    found = {}
    for locale, address in (("nb-NO", "/"), ("nl-NL", "/kpis"), ("nl-NL", "/mentions")):
        page = visit(address, locale=locale)
        page.locator(".languages > summary").click()
        found[locale, address] = wider_than_the_window(page) + findings(page)
    page = visit("/", locale="nl-NL")
    for address in PAGES:
        page.goto(running.address + address)
        settled(page)
        found["nl", address] = wider_than_the_window(page)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}

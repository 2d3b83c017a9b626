"""Every page, on a phone, a tablet and a desk, in both themes: no sideways scroll, and nothing serious or critical for axe-core."""

from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.browser.conftest import Running, Visit, settled, until
from tests.dashboard.browser.test_using_it import PAGES

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
WHOLE = {"resultTypes": ["violations"]}
CONTRAST = WHOLE | {"runOnly": ["color-contrast", "link-in-text-block"]}
RUN = """async (options) => (await axe.run(document, options)).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')}`)"""


def findings(page: Any) -> list[str]:
    """What is wrong with the page as it is: all rules in the light, those about colours in the dark."""
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.evaluate(AXE.read_text("utf-8"))  # by the debugger: the page's own policy would refuse it
    found: list[str] = page.evaluate(RUN, WHOLE)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    return found + [f"dark {one}" for one in page.evaluate(RUN, CONTRAST)]


def wider_than_the_window(page: Any) -> list[str]:
    found = []
    for width in (390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        try:  # charts follow a frame later
            until(page, "document.documentElement.scrollWidth <= innerWidth", 3)
        except AssertionError:
            found.append(f"scrolls sideways at {width}")
    return found


@pytest.mark.slow
def test_every_page_suits_every_window_and_everybody(visit: Visit, running: Running) -> None:
    page = visit("/")
    found = {}
    more = (
        "/mentions/1",
        "/alerts/1",
        "/audit/aurora",
        "/receipt?metric=net_sentiment&brand=aurora",
        "/account",
    )
    for address in (*PAGES, *more):
        page.goto(running.address + address)
        settled(page)
        if wrong := wider_than_the_window(page) + findings(page):
            found[address] = wrong
    assert found == {}

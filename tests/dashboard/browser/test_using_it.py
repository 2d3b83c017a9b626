"""People use the dashboard in a real browser: they look, filter, drill down, correct and take alerts, by mouse and by keyboard."""

import re
import time
from typing import Any

from tests.dashboard.browser.conftest import Running, Visit, Watched, settled, until
from tests.patience import FOR_EVER_S

PAGES = (
    "/",
    "/mentions",
    "/alerts",
    "/sentiment",
    "/share-of-voice",
    "/influence",
    "/kpis",
    "/reports",
    "/sources",
    "/settings",
)


def count(page: Any, label: str) -> int:
    return int(page.locator(f"[data-count={label}] .num").inner_text().replace(",", ""))


def test_the_overview_is_read_at_a_glance(visit: Visit) -> None:
    page = visit("/")
    assert "Aurora was named 80 times" in page.locator(".lead").inner_text()
    assert page.locator(".tile").count() == 5
    assert page.locator("#tile-mentions .value").inner_text() == "80"
    page.wait_for_selector("[data-chart] canvas")
    assert page.locator(".alert-row").count() == 1


def test_the_overview_weighs_less_than_a_megabyte(visit: Visit, running: Running) -> None:
    page = visit("/")
    weights = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(one => one.transferSize)"
    )
    assert sum(weights) < 1_000_000


def test_a_filter_is_chosen_and_stays_in_the_address(visit: Visit, running: Running) -> None:
    page = visit("/")
    page.locator("summary", has_text="Brands").click()
    page.get_by_label("Borealis").check()
    page.locator("details[open]").get_by_role("button", name="Apply").click()
    page.wait_for_url("**/?brand=borealis")
    assert "Borealis was named 40 times" in page.locator(".lead").inner_text()
    page.get_by_role("link", name="Mentions", exact=True).first.click()
    page.wait_for_url("**/mentions?brand=borealis")
    assert page.locator(".post").first.get_by_text("Borealis", exact=True).count() == 1


def test_the_filters_never_cover_what_the_page_says_of_its_period(visit: Visit) -> None:
    asked = "period=2026-11-02..2026-11-20&brand=aurora&source=social&source=forum&lang=en&q=late"
    box = "(name) => document.querySelector(name).getBoundingClientRect().toJSON()"
    for width in (1024, 1280, 1440):
        page = visit(f"/?{asked}", width=width)
        period, bar = page.evaluate(box, ".page-head .sub"), page.evaluate(box, ".filters")
        assert bar["top"] >= period["bottom"] or bar["left"] >= page.evaluate(box, ".page-head")["right"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_days_of_ones_own_are_chosen(visit: Visit) -> None:
    page = visit("/mentions")
    page.locator("summary", has_text="Last 30 days").click()
    page.locator("[data-from]").fill("2026-11-10")
    page.locator("[data-to]").fill("2026-11-12")
    page.locator("[data-apply-dates]").click()
    page.wait_for_url(re.compile("period=2026-11-10\\.\\.2026-11-12"))
    assert "10 Nov to 12 Nov 2026" in page.locator(".sub").inner_text()


def test_a_figure_leads_to_exactly_its_posts(visit: Visit) -> None:
    page = visit("/")
    page.locator("#tile-mentions .value").click()
    page.wait_for_url("**/mentions?brand=aurora")
    assert page.locator("#counts strong").inner_text() == "80"


def test_a_click_on_the_chart_opens_the_posts_of_that_day(visit: Visit) -> None:
    page = visit("/")
    box = page.wait_for_selector("[data-chart] canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5)
    page.wait_for_url(re.compile(r"/mentions\?brand=\w+&period=2026-11-\d\d\.\.2026-11-\d\d"))


def test_one_key_corrects_a_label_and_the_number_moves(visit: Visit) -> None:
    page = visit("/mentions")
    before = count(page, "positive"), count(page, "negative")
    row = page.locator(".post:has(.feel.negative)").first
    name = row.get_attribute("id")
    row.focus()
    page.keyboard.press("1")
    until(page, f"document.querySelector('#{name} .feel.positive')")
    settled(page)
    assert (count(page, "positive"), count(page, "negative")) == (before[0] + 1, before[1] - 1)
    assert page.evaluate("document.activeElement.id") == name
    assert page.locator(".toast").inner_text() == "Marked Positive"


def test_a_mention_is_handled_where_it_stands(visit: Visit) -> None:
    page = visit("/mentions")
    name = page.locator(".post").nth(2).get_attribute("id")
    row = page.locator(f"#{name}")
    row.get_by_role("link", name="More").click()
    row.get_by_placeholder("Who looks after it").fill("Ann")
    row.get_by_role("button", name="Assign").click()
    page.wait_for_selector(f"#{name} .by .chip:has-text('Ann')")
    row.get_by_placeholder("A tag").fill("refund")
    row.get_by_role("button", name="Tag", exact=True).click()
    page.wait_for_selector(f"#{name} .by .chip:has-text('refund')")
    row.get_by_role("button", name="Resolve").click()
    page.wait_for_selector(f"#{name}.done")
    assert "assigned it to Ann" in row.locator(".log").inner_text()


def test_the_list_grows_as_it_is_read(visit: Visit) -> None:
    page = visit("/mentions")
    assert page.locator(".post").count() == 40
    page.mouse.wheel(0, 50_000)
    until(page, "document.querySelectorAll('.post').length > 40")


def test_a_wrong_query_is_marked_and_a_right_one_finds(visit: Visit, watched: Watched) -> None:
    watched.expected.append("400")
    page = visit("/mentions")
    page.keyboard.press("/")
    page.keyboard.type("late AND (")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")
    page.locator("[data-search]").fill("late")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mentions?q=late")
    assert page.locator(".post").count() > 3


def test_an_alert_is_taken_snoozed_and_resolved(visit: Visit) -> None:
    page = visit("/alerts")
    page.locator(".alert-row h2 a").click()
    page.get_by_role("button", name="I am on it").click()
    page.wait_for_selector(".timeline li:has-text('Taken by')")
    page.get_by_role("button", name="4 hours").click()
    page.wait_for_selector(".timeline li:has-text('Snoozed by')")
    page.get_by_role("button", name="A false alarm").click()
    page.wait_for_selector(".timeline li:has-text('false alarm')")
    page.get_by_role("link", name="All alerts").click()
    page.wait_for_url("**/alerts")
    assert "All clear" in page.inner_text("main") or "All calm" in page.inner_text("main")


def test_posts_drawn_at_random_are_judged_by_one_key_each(visit: Visit) -> None:
    page = visit("/sentiment")
    page.get_by_role("link", name="Check its labels").first.click()
    page.get_by_role("button", name="Draw 50 posts").click()
    page.wait_for_selector("text=0 of 50 answered")
    for number, key in enumerate("1u3is", start=1):
        page.keyboard.press(key)
        page.wait_for_selector(f"text={number} of 50 answered")
    page.keyboard.press("b")
    page.wait_for_selector("button[data-skip][aria-pressed=true]")
    page.keyboard.press("n")
    page.wait_for_selector("text=Posts checked: 4")
    assert "5 of 50 answered" in page.inner_text("#audit")


def test_the_theme_is_the_systems_until_somebody_chooses_and_then_it_stays(
    visit: Visit, running: Running
) -> None:
    page = visit("/", dark=True)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.locator("[data-theme-switch]").click()
    assert page.evaluate(ground) != dark
    page.goto(f"{running.address}/sources")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_the_keyboard_reaches_everything(visit: Visit) -> None:
    page = visit("/mentions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    first = page.locator(".post").first.get_attribute("id")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == first
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.id") == first
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#{first} .details")
    page.locator("summary", has_text="Brands").focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] input").first.is_visible()
    page.keyboard.press("Escape")
    assert page.locator("details.pop[open]").count() == 0


def test_the_menu_opens_on_a_phone(visit: Visit) -> None:
    page = visit("/", width=390)
    assert not page.locator("#navigation").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Sentiment").click()
    page.wait_for_url("**/sentiment")


def listeners_become(number: int, running: Running) -> None:
    for _ in range(int(FOR_EVER_S * 50)):
        if running.live.listeners == number:
            return
        time.sleep(0.02)
    raise AssertionError(f"{running.live.listeners} streams are open, not {number}")


def test_new_mentions_are_told_without_a_reload(visit: Visit, running: Running) -> None:
    from storage.posts import save
    from storage.types import Batch
    from tests.dashboard.conftest import NOW, posts

    listeners_become(0, running)
    page = visit("/mentions")
    listeners_become(1, running)
    page.wait_for_timeout(300)  # it has read how things stand before something new comes
    fresh = posts(124)[120:]
    save(running.site.db, Batch("social", fresh), now=NOW)
    page.wait_for_selector("[data-new-pill]:not([hidden])")
    assert page.locator("[data-new-pill]").inner_text() == "4 new mentions"


def test_a_query_is_previewed_while_it_is_typed(visit: Visit) -> None:
    page = visit("/settings")
    page.locator("#query").press_sequentially("aurora", delay=5)
    page.wait_for_selector("#preview >> text=Found: 3 of 120 posts")
    page.get_by_role("button", name="Send a test message").click()
    page.wait_for_selector("#told >> text=no answer from the server")
    assert "120 posts" in page.inner_text("#preview"), "the message leaves what was found there"

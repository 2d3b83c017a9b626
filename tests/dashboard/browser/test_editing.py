"""What people change in a real browser: a brand is added and its mentions are there; a correction is taken back by a key."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listener import pipeline
from listener.config import load
from listener.service import open_service
from listener.web import site_of
from storage.types import NewPost
from tests.dashboard.browser.conftest import Running, Visit, serving, settled, until

TEXT = "[[brands]]\nname = 'Aurora'  # ours\nquery = 'aurora'\n"
POSTS = ("aurora was late", "kvarto sounds good", "aurora or kvarto mini", "nothing of that")


@pytest.fixture(scope="module")
def service_runs(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """The real service over one brand and four posts, served."""
    path = tmp_path_factory.mktemp("service") / "config.toml"
    path.write_text(TEXT)
    now = datetime.now(UTC)
    service = open_service(path, now=now, environ={})
    posts = [
        NewPost(
            source="social",
            source_id=str(n),
            text=text,
            published_at=now - timedelta(hours=n + 1),
            observed_at=now,
        )
        for n, text in enumerate(POSTS)
    ]
    pipeline.import_posts(service, posts, keep_unmatched=True, on_rejected=print, clock=lambda: now)
    for running in serving(site_of(service)):
        yield running, path
    service.close()


def test_a_brand_is_added_with_a_preview_and_its_mentions_are_there(
    chromium: Any, service_runs: tuple[Running, Path]
) -> None:
    running, path = service_runs
    context = chromium.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{running.address}/settings")
    settled(page)
    page.get_by_role("link", name="Add a brand").click()
    settled(page)
    page.fill("#name", "Kvarto")
    page.select_option("#role", "competitor")
    page.fill("#query", "kvarto (")
    until(page, "document.querySelector('#preview .error-line')")
    page.get_by_role("button", name="Save").click()
    settled(page)
    assert "a word is missing" in page.inner_text("#query-wrong")
    assert page.input_value("#name") == "Kvarto"
    page.fill("#query", "kvarto NOT mini")
    until(page, "document.querySelector('#preview').textContent.includes('1 of 4 posts')")
    assert "2 of them naming none of your brands" in page.inner_text("#preview")
    page.get_by_role("button", name="Save").click()
    settled(page)
    assert "Saved in config.toml" in page.inner_text("main")
    until(page, "document.querySelector('#matching').textContent.trim() === ''")
    assert TEXT in path.read_text()
    assert [brand.id for brand in load(path).brands] == ["aurora", "kvarto"]
    page.goto(f"{running.address}/mentions?brand=kvarto")
    settled(page)
    assert page.locator("[data-post] .text").all_inner_texts() == ["kvarto sounds good"]
    assert errors == []
    context.close()


def test_a_correction_is_taken_back_by_a_key(visit: Visit) -> None:
    page = visit("/mentions")
    page.locator("[data-post]").first.focus()
    corrected = "document.querySelector('[data-post] [data-judge=model]')"
    page.keyboard.press("3")
    until(page, corrected)
    settled(page)
    page.keyboard.press("0")
    until(page, f"!{corrected}")
    settled(page)
    page.locator("[data-post]").first.focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.log')")
    assert "took the correction back: negative → " in page.inner_text(".log")

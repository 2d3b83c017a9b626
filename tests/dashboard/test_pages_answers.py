"""Every page answers, with posts and without, in a form that browsers and screen readers can use."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from dashboard.pages.rendering import NAVIGATION
from dashboard.site import Settings, Site
from storage import users
from storage.alerts import looked
from storage.db import Database
from storage.goals import FrozenBaseline, PlannedGoal, add_goal, freeze_baseline
from tests.dashboard.conftest import Clock, FakeActions, asking
from tests.dashboard.page_facts import page_of

PAGES = [address for group in NAVIGATION for address, _, _ in group]
MORE = ["/receipt?metric=net_sentiment&brand=aurora", "/mentions/1", "/mentions?sort=engagement", "/alerts?state=all", "/nowhere"]  # fmt: skip
PARTS = [
    "/parts/trend",
    "/parts/trend?metric=net_sentiment&period=12m",
    "/parts/why",
    "/parts/sentiment/trend?of=aurora",
    "/parts/sentiment/apart?by=lang",
    "/parts/voice/trend?period=today",
    "/parts/voice/ways",
    "/parts/influence?by=exposure",
    *(
        f"/parts/kpis?area={area}"
        for area in ("awareness", "engagement", "conversion", "money", "experience")
    ),
    "/parts/goals",
    "/parts/alerts",
    "/parts/mentions?label=negative",
    "/parts/mentions/1",
]


@pytest.fixture
def empty(sqlite_db: Database) -> Iterator[TestClient]:
    with asking(Site(sqlite_db, Settings("Europe/Oslo"), FakeActions(), Clock())) as client:
        yield client


@pytest.mark.parametrize("address", [*PAGES, *MORE])
def test_a_page_has_one_heading_a_title_and_landmarks(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == (404 if address == "/nowhere" else 200), answer.text[:2000]
    page = page_of(answer.text)
    assert len(page.texts["h1"]) == 1
    assert page.texts["h1"][0].strip()
    assert page.texts["title"][0].endswith("· Listener")
    assert [len(page.all(tag)) for tag in ("main", "nav", "header")] == [1, 1, 1]
    assert page.all("html")[0]["lang"] == "en"
    assert page.links()[0] == "#main"
    assert page.unsafe() == []


@pytest.mark.parametrize("address", PARTS)
def test_a_part_of_a_page_answers_and_is_no_whole_page(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:2000]
    assert "<html" not in answer.text
    assert page_of(answer.text).unsafe() == []


@pytest.mark.parametrize(
    "address", [*PAGES, *(part for part in PARTS if "influence" not in part and part[-1] != "1")]
)
def test_without_a_post_every_page_says_so_instead_of_failing(empty: TestClient, address: str) -> None:
    answer = empty.get(address)
    assert answer.status_code == 200, answer.text[:2000]


def test_the_first_visit_says_what_to_do_next(empty: TestClient) -> None:
    first = empty.get("/").text
    assert "No mention is stored yet" in first
    assert "press is failing" in first
    assert "No brand is tracked yet" in empty.get("/settings").text


@pytest.mark.parametrize("address", PAGES)
def test_every_page_keeps_the_filters_in_its_navigation(client: TestClient, address: str) -> None:
    if address == "/settings":
        return  # it has no filters to keep
    page = page_of(client.get(f"{address}?period=7d&brand=aurora").text)
    for other in PAGES:
        assert any(link == f"{other}?period=7d&brand=aurora" for link in page.links()), (
            f"{address} loses the filters on the way to {other}"
        )


def test_a_filter_link_changes_one_filter_and_keeps_the_others(client: TestClient) -> None:
    links = page_of(client.get("/mentions?brand=aurora&label=negative&q=late").text).links()
    assert "/mentions?brand=aurora&q=late&label=negative&period=7d" in links
    assert "/mentions?brand=aurora&q=late" in links  # the label in force, taken out


def test_a_filter_that_says_nothing_is_named_on_a_page_of_its_own(client: TestClient) -> None:
    answer = client.get("/?period=soon")
    assert answer.status_code == 400
    assert "period" in answer.text
    assert "takes today, 7d" in answer.text


def test_every_figure_of_the_overview_leads_to_its_posts_and_its_receipt(client: TestClient) -> None:
    links = page_of(client.get("/").text).links()
    assert "/mentions?brand=aurora" in links
    assert "/mentions?brand=aurora&label=negative" in links
    for metric in ("mentions", "net_sentiment", "negative_share", "share_of_voice"):
        assert f"/receipt?brand=aurora&metric={metric}" in links


def test_the_posts_behind_a_day_of_the_chart_are_as_many_as_its_figure(client: TestClient) -> None:
    links = [link for link in page_of(client.get("/parts/trend").text).links() if "2026-11-18" in link]
    api = [client.get(link.replace("/mentions", "/api/v1/mentions")).json() for link in links]
    counted = client.get("/api/v1/metrics?names=mentions&period=2026-11-18..2026-11-18&every=day").json()
    assert sorted(len(found["mentions"]) for found in api) == sorted(point["value"] for point in counted)


def test_static_files_that_templates_name_are_there(client: TestClient) -> None:
    page = page_of(client.get("/").text)
    for address in [found["src"] for found in page.all("script")] + [
        found["href"] for found in page.all("link")
    ]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"], address


def test_a_viewer_is_shown_no_button_that_would_be_refused(site: Site) -> None:
    users.add_user(site.db, "vera", "a long enough password", "viewer", now=site.clock())
    with asking(site) as viewer:
        logged_in = viewer.post("/login", data={"name": "vera", "password": "a long enough password"})
        assert logged_in.status_code == 303
        for address in ("/mentions", "/mentions/1", "/settings"):
            page = page_of(viewer.get(address).text)
            posting = [form["action"] for form in page.all("form") if form.get("method") == "post"]
            assert set(posting) <= {"/parts/preview", "/language"}, address


def test_no_change_is_told_from_a_time_of_which_nothing_is_stored(client: TestClient) -> None:
    whole, cut = client.get("/?period=7d").text, client.get("/?period=30d").text
    assert "as often as by the same time in the period before" in whole
    assert "against 8 Nov to 14 Nov 2026 until 13:00" in whole
    over = client.get("/?period=2026-11-14..2026-11-20").text
    assert "as often as in the period before" in over
    assert "against 7 Nov to 13 Nov 2026<" in over.replace(", may be chance", "")
    assert 'class="delta' in whole
    assert "in the period before" not in cut.partition('class="lead"')[2].partition("</p>")[0]
    assert 'class="delta' not in cut


def test_why_is_not_told_from_a_time_of_which_nothing_is_stored(client: TestClient) -> None:
    whole, cut = client.get("/parts/why?period=7d&lang=en").text, client.get("/parts/why?period=30d").text
    assert "is what everyone did" in whole
    assert "is what everyone did" not in cut
    assert "changed cannot be said: nothing is stored from before 2026-11-0" in cut
    told = client.get("/api/v1/overview/changes?period=30d").json()["changes"]
    assert {(one["before"], one["own"]) for one in told} == {(None, None)}
    whole, cut = client.get("/sentiment?period=7d").text, client.get("/sentiment?period=30d").text
    assert 'class="delta' in whole
    assert 'class="delta' not in cut
    assert "Not set against the period before: nothing is stored from before" in cut


def test_the_catalogue_shows_warnings_and_no_change_from_a_time_of_which_nothing_is_stored(
    client: TestClient,
) -> None:
    def row(period: str) -> str:
        html = client.get(f"/parts/kpis?area=awareness&period={period}").text
        return html.partition("Change in mentions")[2].partition("</tr>")[0]

    assert "metric=mentions_change" in row("7d&lang=en")
    assert "before: nothing is stored" not in row("7d&lang=en")
    assert "is set against 2026-11-08 00:00 - 2026-11-14 13:00" in row("7d&lang=en")
    cut = row("2026-11-10..2026-11-20")
    assert "metric=mentions_change" not in cut
    assert "before: nothing is stored from before 2026-11-0" in cut


def test_nothing_is_called_calm_that_nobody_watches(site: Site, client: TestClient, clock: Clock) -> None:
    def tile() -> str:
        return client.get("/").text.partition("Open alerts</h2>")[2].partition("</article>")[0]

    assert "Nothing is watched yet" in tile()
    assert "calm" not in tile().lower()
    assert client.get("/api/v1/overview").json()["looked_at"] is None
    with site.db.write() as connection:
        looked(connection, {}, now=site.clock())
    assert "All calm" in tile()
    assert client.get("/api/v1/overview").json()["looked_at"] == "2026-11-21T12:00:00Z"
    clock.now += timedelta(minutes=11)
    assert "Last looked" in tile()
    assert "11 min ago" in tile()
    assert "calm" not in tile().lower()


def test_alerts_offer_the_filters_that_they_have_and_keep_the_others(client: TestClient) -> None:
    given = "source=social&lang=en&q=late"
    html = client.get(f"/alerts?{given}").text
    page = page_of(html)
    fields = [(one.get("type"), one.get("name")) for one in page.all("input")]
    assert ("checkbox", "brand") in fields
    for name in ("source", "lang", "q"):
        assert ("checkbox", name) not in fields
        assert ("hidden", name) in fields
        assert client.get(f"/api/v1/alerts?{name}=en").json()["parameter"] == name
    assert f"/mentions?{given}" in page.links()
    assert "Remove this filter" not in html
    assert client.get("/api/v1/alerts?period=7d&brand=aurora").status_code == 200


@pytest.mark.parametrize(
    ("target", "begins", "last_day", "state", "kind"),
    [
        (5_000, date(2026, 10, 20), date(2026, 11, 19), "missed", "bad"),
        (5, date(2026, 10, 20), date(2026, 11, 19), "met", "ok"),
        (5, date(2026, 12, 1), date(2027, 1, 1), "waiting", "wait"),
    ],
)
def test_a_goal_is_told_in_its_words_and_its_state_is_good_bad_or_neither(
    site: Site, client: TestClient, target: int, begins: date, last_day: date, state: str, kind: str
) -> None:
    plan = PlannedGoal("mentions", "aurora", "to", target, begins, last_day)
    number, _ = add_goal(site.db, plan, now=site.clock())
    if state != "waiting":
        freeze_baseline(site.db, number, FrozenBaseline(2.0, date(2026, 9, 22), begins, 2))
    html = client.get("/parts/goals").text
    assert f"to {target:,} mentions by {last_day} for aurora" in html
    assert [one["state"] for one in client.get("/api/v1/goals").json()["goals"]] == [state]
    assert f'class="state {kind}"' in html
    assert f"</svg>{state.capitalize()}</span>" in html

"""The language of a page: who chooses it, what answers say of it, and that nothing of another one is in it."""

import html
import re
from dataclasses import replace

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from dashboard.language import COOKIE, asked_for
from dashboard.site import Site
from dashboard.texts import TEXTS
from dashboard.texts.retold import TEXTS as RETOLD
from metrics.language import LANGUAGES, Language
from metrics.texts import translations
from storage import users
from tests.dashboard.conftest import asking
from tests.dashboard.test_pages_answers import MORE, PAGES, PARTS

HOME = {language: TEXTS[language]["nav.mentions"] for language in LANGUAGES}
OURS = [
    *PAGES,
    *MORE,
    *PARTS,
    "/account",
    "/settings/people",
    "/mentions?q=((a",
    "/?period=never",
    "/audit/aurora",
    "/settings/brand",
    "/settings/goal",
    "/work?whole=yes",
    "/parts/matching",
]


def connection(accepts: str = "", chosen: str = "") -> HTTPConnection:
    headers = [(b"accept-language", accepts.encode()), (b"cookie", f"{COOKIE}={chosen}".encode())]
    return HTTPConnection({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accepts", "chosen", "configured", "language"),
    [
        ("", "", None, "en"),
        ("nb-NO,nb;q=0.9,en;q=0.8", "", None, "nb"),
        ("fr,it;q=0.5", "", None, "en"),
        ("nb", "", "nl", "nl"),
        ("nb", "nl", "en", "nl"),
        ("nb", "xx", None, "nb"),
        ("nb", "", "en", "en"),
    ],
)
def test_the_menu_comes_before_the_configuration_and_that_before_the_browser(
    accepts: str, chosen: str, configured: Language | None, language: str
) -> None:
    assert asked_for(connection(accepts, chosen), configured) == language


def test_a_page_says_its_language_and_what_it_depends_on(site: Site) -> None:
    for language in LANGUAGES:
        with asking(site, accept_language=language) as client:
            answer = client.get("/mentions")
        assert answer.headers["content-language"] == language
        assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
        assert f'<html lang="{language}"' in answer.text
        assert f">{HOME[language]} · Listener</title>" in answer.text.replace("\n", "")


def test_what_programs_ask_for_stays_english(site: Site) -> None:
    addresses = (
        "/api/v1/overview",
        "/api/v1/why",
        "/api/v1/overview?period=never",
        "/api/v1/nothing",
        "/healthz",
    )
    with asking(site, accept_language="en") as plain, asking(site, accept_language="nb") as norwegian:
        for address in addresses:
            answer = norwegian.get(address)
            assert answer.json() == plain.get(address).json(), address
            assert "content-language" not in answer.headers


def test_a_chosen_language_is_kept_and_leads_back(client: TestClient) -> None:
    answer = client.post("/language", data={"language": "nl", "next": "/mentions?brand=aurora"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/mentions?brand=aurora")
    assert HOME["nl"] in client.get("/mentions").text
    assert client.post("/language", data={"language": "fr"}).status_code == 422
    away = client.post("/language", data={"language": "nb", "next": "//evil.example"})
    assert away.headers["location"] == "/"


def test_a_stranger_reads_the_login_in_any_language(site: Site) -> None:
    users.add_user(site.db, "ada", "a long enough password", "viewer", now=site.clock())
    with asking(site, accept_language="nb") as stranger:
        assert TEXTS["nb"]["login.lasts"].format(days=30) in stranger.get("/login").text
        assert (
            stranger.post("/language", data={"language": "nl", "next": "/login?next=/kpis"}).status_code
            == 303
        )
        assert TEXTS["nl"]["login.lasts"].format(days=30) in stranger.get("/login").text
        wrong = stranger.post("/login", data={"name": "ada", "password": "no"})
        assert TEXTS["nl"]["login.wrong"] in wrong.text


def test_what_goes_wrong_is_said_in_the_language_of_the_page(site: Site) -> None:
    with asking(site, accept_language="nb") as client:
        assert "varselet 99 finnes ikke" in client.get("/alerts/99").text
        assert "det finnes ingenting på denne adressen" in client.get("/nothing").text
        assert "disse verdiene er ikke forstått: path.alert_id" in client.get("/alerts/one").text
        assert "denne ( blir aldri lukket" in client.get("/mentions?q=((a").text


def test_the_configured_language_is_that_of_whoever_chose_none(site: Site) -> None:
    with asking(
        replace(site, settings=replace(site.settings, language="nl")), accept_language="nb"
    ) as client:
        assert client.get("/").headers["content-language"] == "nl"


def test_nothing_that_is_kept_between_requests_mixes_languages(site: Site) -> None:
    """One page after the other in two languages, and in the first again: that is as it was."""
    clients = [asking(site, accept_language=language) for language in ("nb", "en", "nb")]
    for address in (*PAGES, *(part for part in PARTS if "kpis" not in part)):
        *each, again = (client.get(address).text for client in clients)
        assert again == each[0], address
        assert len(set(each)) == 2, address


@pytest.mark.parametrize("language", ["nb", "nl"])
def test_no_english_is_left_on_a_page_in_another_language(site: Site, language: Language) -> None:
    left, only_english = {}, english(language)
    with asking(site, accept_language=language) as client:
        for address in OURS:
            answer = re.sub(
                r"<code>.*?</code>", "", client.get(address).text, flags=re.S
            )  # formulas, commands
            if found := [one for one in only_english if one in html.unescape(answer)]:
                left[address] = found
    assert left == {}


def english(language: Language) -> list[str]:
    """What only English says: the pieces of its texts between placeholders, of two words at least."""
    ours = [*TEXTS["en"].values(), *translations(), *RETOLD]
    at = LANGUAGES.index(language) - 1
    theirs = "\n".join(
        [*TEXTS[language].values(), *(both[at] for both in (*translations().values(), *RETOLD.values()))]
    )
    pieces = {piece.strip(" .,:;()") for text in ours for piece in re.split(r"\{[^}]*\}", text)}
    return sorted(one for one in pieces if " " in one and len(one) > 9 and one not in theirs)

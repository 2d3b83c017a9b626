"""Logging in: sessions that are safe and end, tries that get rarer, and nobody let in without a password but at this machine."""

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from dashboard.site import Site
from storage import users
from storage.changes import changes
from tests.dashboard.conftest import NOW, Clock, asking

PASSWORD = "four words will do"


@pytest.fixture
def ada(site: Site) -> users.User:
    return users.add_user(site.db, "Ada", PASSWORD, "editor", now=NOW)


def log_in(client: TestClient, name: str = "Ada", password: str = PASSWORD, next: str = "/sources") -> int:
    return client.post("/login", data={"name": name, "password": password, "next": next}).status_code


def test_a_page_asks_to_log_in_and_comes_back(site: Site, ada: users.User) -> None:
    client = asking(site)
    asked = client.get("/mentions?brand=aurora")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/login?next=%2Fmentions%3Fbrand%3Daurora"
    assert 'value="/mentions?brand=aurora"' in client.get(asked.headers["location"]).text
    done = client.post(
        "/login", data={"name": " ada", "password": PASSWORD, "next": "/mentions?brand=aurora"}
    )
    assert (done.status_code, done.headers["location"]) == (303, "/mentions?brand=aurora")
    assert client.get("/account").status_code == 200
    assert [(line.who, line.what) for line in changes(site.db)] == [("Ada", "logged in")]


def test_a_part_of_a_page_is_sent_to_the_login_whole(site: Site, ada: users.User) -> None:
    asked = asking(site, hx_request="true").get("/mentions")
    assert (asked.status_code, asked.headers["hx-redirect"]) == (401, "/login")


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "\t//evil.example", "evil"]
)
def test_logging_in_leads_to_no_other_site(site: Site, ada: users.User, address: str) -> None:
    done = asking(site).post("/login", data={"name": "Ada", "password": PASSWORD, "next": address})
    assert done.headers["location"] == "/"


def test_the_session_cookie_is_out_of_reach(site: Site, ada: users.User) -> None:
    given = {"name": "Ada", "password": PASSWORD}
    cookie = asking(site).post("/login", data=given).headers["set-cookie"]
    assert cookie.startswith("listener=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    tls = replace(site, settings=replace(site.settings, address="https://listener.example"))
    answer = asking(tls).post("/login", data=given)
    assert answer.headers["set-cookie"].startswith("__Host-listener=")
    assert "Secure" in answer.headers["set-cookie"].split("; ")
    assert "Domain" not in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_login_takes_a_new_cookie_and_ends_the_old_one(site: Site, ada: users.User) -> None:
    client = asking(site)
    client.cookies.set("listener", "chosen-by-another", domain="127.0.0.1")
    log_in(client)
    first = client.cookies["listener"]
    assert first != "chosen-by-another"
    log_in(client)
    assert client.cookies["listener"] != first
    assert users.session(site.db, first, now=NOW) is None


@pytest.mark.parametrize("ended", ["idle", "absolute", "logout", "password", "disabled", "removed"])
def test_a_session_ends(site: Site, ada: users.User, clock: Clock, ended: str) -> None:
    client = asking(site)
    log_in(client)
    cookie = client.cookies["listener"]
    for _ in range(7):
        clock.now += timedelta(days=4)
        users.touch(site.db, cookie, now=clock.now)
    assert client.get("/account").status_code == 200
    if ended == "idle":
        users.touch(site.db, cookie, now=clock.now - users.IDLE)
    elif ended == "absolute":
        clock.now += timedelta(days=2, seconds=1)
        users.touch(site.db, cookie, now=clock.now)
    elif ended == "logout":
        assert client.post("/logout").status_code == 303
    elif ended == "password":
        users.set_password(site.db, "ADA", "another long password")
    elif ended == "disabled":
        users.set_disabled(site.db, "Ada", True)
    else:
        users.remove_user(site.db, "Ada")
        users.add_user(site.db, "Grace", PASSWORD, "admin", now=NOW)
    client.cookies.set("listener", cookie)
    assert client.get("/account").headers["location"] == "/login?next=%2Faccount"


def test_a_new_password_ends_the_other_sessions_and_not_this_one(site: Site, ada: users.User) -> None:
    here, there = asking(site), asking(site)
    log_in(here)
    log_in(there)
    wrong = here.post("/account", data={"password": "not that one", "new": "another long password"})
    assert wrong.status_code == 422
    short = here.post("/account", data={"password": PASSWORD, "new": "short"})
    assert (short.status_code, "at least 10" in short.text) == (422, True)
    assert there.get("/account").status_code == 200
    done = here.post("/account", data={"password": PASSWORD, "new": "another long password"})
    assert done.status_code == 303
    assert (here.get("/account").status_code, there.get("/account").status_code) == (200, 303)
    assert log_in(asking(site)) == 401


def test_tries_get_rarer_whatever_the_address(site: Site, ada: users.User, clock: Clock) -> None:
    statuses = [log_in(asking(site, address=f"198.51.100.{n}"), password="wrong one") for n in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    answer = asking(site).post("/login", data={"name": "ada ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    clock.now += timedelta(seconds=1)
    assert log_in(asking(site)) == 303
    assert log_in(asking(site), password="wrong one") == 401


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(site: Site, ada: users.User) -> None:
    known, unknown = (
        asking(site).post("/login", data={"name": name, "password": "wrong one"})
        for name in ("Ada", "Nobody")
    )
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_nothing_that_lets_in_is_kept_as_it_is(site: Site, ada: users.User) -> None:
    client = asking(site)
    log_in(client)
    assert site.db.path is not None
    stored = b"".join(file.read_bytes() for file in site.db.path.parent.glob(f"{site.db.path.name}*"))
    assert PASSWORD.encode() not in stored
    assert client.cookies["listener"].encode() not in stored
    assert b"$argon2id$" in stored


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 303),
        ("testclient", {}, 303),
        ("127.0.0.1", {"x_forwarded_for": "192.0.2.7"}, 303),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}, 303),
        ("127.0.0.1", {"via": "1.1 proxy"}, 303),
    ],
)
def test_without_a_password_only_this_machine_itself_is_served(
    site: Site, address: str, headers: dict[str, str], status: int
) -> None:
    assert asking(site, address=address, **headers).get("/account").status_code == status


def test_who_cannot_get_in_is_told_what_to_do(site: Site) -> None:
    assert "listener user add" in asking(site, address="192.0.2.7").get("/login").text
    assert "listener user add" in asking(site, address="192.0.2.7").get("/api/v1/nothing").json()["detail"]


def test_a_password_once_set_also_counts_at_this_machine(site: Site, ada: users.User) -> None:
    assert asking(site).get("/account").status_code == 303
    assert asking(site).get("/api/v1/mentions").status_code == 401


def test_the_first_user_made_here_is_an_admin_and_closes_the_house(site: Site) -> None:
    client = asking(site)
    new = {"name": "Ada", "password": PASSWORD}
    refused = client.post("/settings/people/users", data=new | {"role": "viewer"})
    assert (refused.status_code, "has to be an administrator" in refused.text) == (422, True)
    assert client.post("/settings/people/users", data=new | {"role": "admin"}).status_code == 303
    assert client.get("/settings/people").headers["location"] == "/login?next=%2Fsettings%2Fpeople"


def test_admins_look_after_the_others_and_cannot_lock_themselves_out(site: Site) -> None:
    for name, role in (("Ada", "admin"), ("Grace", "viewer")):
        users.add_user(site.db, name, PASSWORD, role, now=NOW)
    client = asking(site)
    log_in(client)
    for do in ("viewer", "disable", "remove"):
        assert client.post("/settings/people/users/1", data={"do": do}).status_code == 409
    for do in ("editor", "disable", "enable"):
        assert client.post("/settings/people/users/2", data={"do": do}).status_code == 303
    assert [(one.name, one.role, one.disabled) for one in users.users(site.db)] == [
        ("Ada", "admin", False), ("Grace", "editor", False),
    ]  # fmt: skip
    assert client.post("/settings/people/users/2", data={"do": "owner"}).status_code == 400
    assert client.post("/settings/people/users/2", data={"do": "remove"}).status_code == 303
    assert client.post("/settings/people/users/2", data={"do": "remove"}).status_code == 404
    short = client.post("/settings/people/users", data={"name": "Bo", "password": "short", "role": "viewer"})
    assert (short.status_code, "10 to 1000" in short.text) == (422, True)
    assert [line.what for line in changes(site.db)][:4] == [
        "user: remove",
        "user: enable",
        "user: disable",
        "user: editor",
    ]


def test_a_token_is_shown_on_the_page_that_makes_it_and_never_again(site: Site) -> None:
    client = asking(site)
    made = client.post("/settings/people/tokens", data={"name": "<b>notebook", "scope": "read", "days": "90"})
    secret = made.text.split("<code>lst_")[1].split("<")[0]
    assert asking(site, authorization=f"Bearer lst_{secret}").get("/api/v1/overview").status_code == 200
    page = client.get("/settings/people").text
    assert (secret in page, f"lst_{secret}"[:10] in page, "<b>" in page) == (False, True, False)
    assert client.post("/settings/people/tokens/1/remove").status_code == 303
    assert asking(site, authorization=f"Bearer lst_{secret}").get("/api/v1/overview").status_code == 401
    assert client.post("/settings/people/tokens/1/remove").status_code == 404

"""Before any route: the right host, our own pages, a bounded body, somebody known, and a role that is enough."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from dashboard.security.guard import ASKING, FOR_ALL, MOST_BYTES, OPEN, OPEN_BELOW, SAFE, Body
from dashboard.site import Site
from storage.changes import changes
from storage.tokens import add_token, remove_token, tokens
from storage.users import add_user, set_role, start_session
from tests.dashboard.conftest import ADDRESS, NOW, Clock, FakeActions, asking, routes

CHANGE = "/api/v1/mentions/resolve"
ALLOWED = {
    ("GET", "/login"), ("POST", "/login"), ("GET", "/healthz"), ("GET", "/static/app.css"), ("POST", "/hooks/partner"),
    ("GET", "/login/sso"), ("GET", "/login/sso/back"), ("POST", "/language"),
}  # fmt: skip
"""What answers somebody whom nobody knows, from another machine; a hook is signed, which is for the service to see.

Logging in through another service is not configured here, and answers that there is no such thing.
"""
FOR_ADMINS = (
    *(
        "/settings/test",
        "/settings/people",
        "/settings/brand",
        "/settings/goal",
        "/settings/take",
        "/settings/rematch",
    ),
    *("/api/v1/notifications/test", "/metrics"),
)
EDITED = ("/api/v1/brands", "/api/v1/goals")


def known(site: Site, role: str, **headers: str) -> TestClient:
    """A browser at another machine in which somebody of this role is logged in."""
    user = add_user(site.db, role, "four words will do", role, now=NOW)
    client = asking(site, address="192.0.2.7", **headers)
    client.cookies.set("listener", start_session(site.db, user, now=NOW, lasts=timedelta(days=20)))
    return client


@pytest.mark.parametrize("with_users", [False, True])
def test_nothing_is_open_to_strangers_but_the_list(site: Site, with_users: bool) -> None:
    if with_users:
        add_user(site.db, "Ada", "four words will do", "admin", now=NOW)
    stranger = asking(site, address="192.0.2.7")
    walked = routes(stranger.app)
    assert len(walked) > 70
    answers = {(method, path): stranger.request(method, path) for method, path in walked}
    answers |= {
        (m, p): stranger.request(m, p)
        for m in ("GET", "POST")
        for p in ("/docs", "/redoc", "/openapi.json", "/nothing", "/debug")
    }
    closed = {key for key, answer in answers.items() if answer.status_code in (401, 303)}
    assert set(answers) - closed == ALLOWED
    for (method, path), answer in answers.items():
        if answer.status_code == 303:
            assert method == "GET", path
            assert answer.headers["location"].startswith("/login")
        if (method, path) in closed:
            assert "Aurora" not in answer.text


def test_the_list_of_the_guard_is_the_one_written_here() -> None:
    assert set(OPEN) == {"/login", "/login/sso", "/login/sso/back", "/language", "/healthz", "/metrics"}
    assert set(OPEN_BELOW) == {"/static/", "/hooks/"}
    assert set(FOR_ALL) == {"/logout", "/account"}
    assert set(ASKING) == {"/parts/preview", "/api/v1/queries/preview"}


def test_each_role_may_what_it_may_and_nothing_more(site: Site) -> None:
    clients = {role: known(site, role) for role in ("viewer", "editor", "admin")}
    wrong = []
    for method, path in routes(clients["admin"].app):
        if (
            path in ("/live", "/language", "/logout", "/account")
            or path.startswith("/login")
            or path.startswith(OPEN_BELOW)
        ):
            continue
        needed = "editor" if method not in SAFE and path not in ASKING else "viewer"
        edits = method not in SAFE and path.startswith(EDITED)
        needed = "admin" if edits or path.startswith(FOR_ADMINS) else needed
        below = {"viewer": None, "editor": "viewer", "admin": "editor"}[needed]
        if clients[needed].request(method, path).status_code in (401, 403):
            wrong.append(f"{method} {path}: {needed} is refused")
        if below and clients[below].request(method, path).status_code != 403:
            wrong.append(f"{method} {path}: {below} is not refused")
    assert wrong == []


def test_a_role_that_is_taken_away_is_gone_at_once(site: Site) -> None:
    client = known(site, "admin")
    assert client.get("/metrics").status_code == 200
    set_role(site.db, "admin", "viewer")
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({"origin": ADDRESS}, True),
        ({"origin": ADDRESS, "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "http://127.0.0.1:8765.evil.example"}, False),
        ({"origin": "http://evil.example@127.0.0.1:8765"}, False),
        ({"origin": "http://[bad"}, False),
        ({"origin": ADDRESS, "sec-fetch-site": "cross-site"}, False),
        ({"origin": ADDRESS, "sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"referer": ADDRESS + "/"}, False),
    ],
)  # fmt: skip
def test_only_our_own_pages_change_anything(site: Site, headers: dict[str, str], let_in: bool) -> None:
    client = known(site, "admin")
    del client.headers["origin"]
    for method, path in routes(client.app):
        if method in SAFE or path.startswith("/hooks/") or path == "/logout":
            continue
        refused = client.request(method, path, headers=headers).status_code == 403
        assert refused is not let_in, (method, path)
    assert [line.what for line in changes(site.db) if line.what != "logged in"] == [] or let_in


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("127.0.0.1:8765", True), ("localhost", True), ("LOCALHOST:1", True), ("[::1]:8765", True),
        ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example:8765", False),
        ("", False), ("127.0.0.1@evil.example", False), ("127.0.0.1:8765:8765", False), ("0.0.0.0:8765", False),
    ],
)  # fmt: skip
def test_only_our_own_names_are_served(site: Site, host: str, served: bool) -> None:
    client = asking(site)
    for path in ("/", "/login", "/healthz", "/static/app.css", "/api/v1/overview"):
        assert (client.get(path, headers={"host": host}).status_code == 421) is not served


def test_the_configured_name_is_served_too(site: Site) -> None:
    named = replace(site, settings=replace(site.settings, hosts=site.settings.hosts | {"listener.example"}))
    assert asking(named).get("/login", headers={"host": "listener.example:443"}).status_code == 303


def test_a_proxy_may_ask_under_another_host_for_pages_of_the_configured_address(site: Site) -> None:
    named = replace(site, settings=replace(site.settings, address="https://listener.example"))
    for origin, status in (
        ("https://listener.example", 401),
        ("https://evil.example", 403),
        ("http://listener.example", 403),
    ):
        answer = asking(named, origin=origin).post("/login", data={"name": "Ada", "password": "wrong one"})
        assert answer.status_code == status
    assert asking(site).post("/login", headers={"origin": ""}).status_code == 403


def test_a_body_is_bounded_whether_announced_or_not(client: TestClient) -> None:
    def pieces() -> Any:
        for _ in range(MOST_BYTES // 100_000 + 2):
            yield b"x" * 100_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    for content in (b"x" * (MOST_BYTES + 1), pieces()):
        assert client.post("/login", content=content, headers=form).status_code == 413
    assert client.post("/login", headers=form | {"content-length": "9" * 30}).status_code == 413
    assert client.post("/login", headers=form | {"content-length": "-1"}).status_code == 413
    assert client.post("/hooks/partner", content=b"x" * (MOST_BYTES + 1)).status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> Any:
        await asyncio.sleep(600)

    async def wait() -> None:
        await Body(never, 10, wait_s=0.01)()

    with pytest.raises(HTTPException) as caught:
        asyncio.run(wait())
    assert caught.value.status_code == 408


@pytest.mark.parametrize(
    ("scope", "may"),
    [("read", {"read"}), ("write", {"read", "write"}), ("admin", {"read", "write", "admin"})],
)
def test_a_token_opens_what_its_scope_says(site: Site, scope: str, may: set[str]) -> None:
    secret = add_token(site.db, "notebook", scope, by="Ada", now=NOW, expires_at=None)
    program = asking(site, address="192.0.2.7", authorization=f"Bearer {secret}")
    del program.headers["origin"]
    statuses = {
        "read": program.get("/api/v1/overview").status_code,
        "write": program.post(CHANGE, json={"ids": [1]}).status_code,
        "admin": program.get("/metrics").status_code,
    }
    assert {what for what, status in statuses.items() if status not in (401, 403)} == may
    assert 401 not in statuses.values()


def test_a_token_that_is_wrong_over_or_removed_opens_nothing_whatever_comes_along(
    site: Site, clock: Clock
) -> None:
    add_user(site.db, "Ada", "four words will do", "admin", now=NOW)
    secret = add_token(site.db, "notebook", "admin", by="Ada", now=NOW, expires_at=NOW.replace(day=28))
    for given in (secret[:-1], secret + "é", "", f"{secret} {secret}", "lst_" + "a" * 43, "\u2028"):
        answer = asking(site).get(
            "/api/v1/overview", headers=[(b"authorization", f"Bearer {given}".encode())]
        )
        assert answer.status_code == 401
        assert answer.json()["detail"] == "this token is not valid, or not any more"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for scheme in ("Basic", "Token", "bearer"):
        ok = (
            asking(site).get("/api/v1/overview", headers={"authorization": f"{scheme} {secret}"}).status_code
            == 200
        )
        assert ok is (scheme == "bearer")
    with_cookie = known(site, "admin", authorization="Bearer wrong")
    assert with_cookie.get("/api/v1/overview").status_code == 401
    clock.now = NOW.replace(day=28)
    assert asking(site, authorization=f"Bearer {secret}").get("/api/v1/overview").status_code == 401
    clock.now = NOW
    remove_token(site.db, "notebook")
    assert asking(site, authorization=f"Bearer {secret}").get("/api/v1/overview").status_code == 401


def test_it_is_known_when_a_token_was_used_last(site: Site) -> None:
    secret = add_token(site.db, "notebook", "read", by="Ada", now=NOW, expires_at=None)
    with asking(site, authorization=f"Bearer {secret}") as program:
        program.get("/api/v1/overview")
    assert [one.used_at for one in tokens(site.db)] == [NOW]


def test_a_hook_needs_no_login_and_no_origin(site: Site, actions: FakeActions) -> None:
    sender = asking(site, address="192.0.2.7")
    del sender.headers["origin"]
    assert sender.post("/hooks/partner", content=b"{}").status_code == 200
    assert sender.post("/hooks/nobody", content=b"{}").status_code == 404
    assert actions.hooks == [("partner", b"{}")]

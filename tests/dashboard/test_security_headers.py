"""Every answer bears the headers, errors included, and nothing that was sent comes back as markup."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.security.headers import HEADERS, POLICY
from dashboard.site import Site
from dashboard.static_files import names, static_url
from tests.dashboard.conftest import ADDRESS, asking, routes

PAYLOADS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</title><svg/onload=alert(1)>",
    "{{7*7}}${7*7}",
    "javascript:alert(1)",
    "\u2028\u202e<b>\r\nset-cookie: a=b",
    "../../../etc/passwd",
)  # fmt: skip
PARAMETERS = (
    "period", "brand", "source", "lang", "campaign", "q", "sort", "after", "cursor", "metric", "next", "label", "author", "tag",
    "names", "every", "format", "by", "limit", "step", "v",
)  # fmt: skip


class Running(HTMLParser):
    """What of a page a browser would run or fetch: inline scripts and styles, handlers, addresses of another kind or site."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("inline script")
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name in {"style", "srcdoc"}]
        for name in ("src", "href", "action", "formaction"):
            value = given.get(name, "")
            allowed = ("/", "#", "?", "https://social.example/")
            if value and (not value.startswith(allowed) or value.startswith("//")):
                self.found.append(f"{name}={value}")


def running(page: str) -> list[str]:
    parser = Running()
    parser.feed(page)
    return parser.found


def test_the_search_for_what_runs_finds_it() -> None:
    assert [running(f"<p>{payload}") for payload in PAYLOADS[:2]] == [["inline script"], ["onerror", "src=x"]]
    assert running('<a href="javascript:alert(1)">') == ["href=javascript:alert(1)"]


def bears_headers(answer: object) -> bool:
    headers = answer.headers  # type: ignore[attr-defined]
    return all(headers.get(name) == value for name, value in HEADERS.items()) and "cache-control" in headers


@pytest.fixture
def broken(site: Site) -> Iterator[TestClient]:
    """The application with two routes that fail."""
    app: FastAPI = create_app(site)

    def fails() -> None:
        raise RuntimeError("hush-hush <b>inside</b>")

    app.add_api_route("/fails", fails)
    app.add_api_route("/api/fails", fails)
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 1)) as found:
        yield found


def test_the_policy_allows_nothing_but_our_own_files() -> None:
    parts = dict(part.split(" ", 1) for part in POLICY.split("; "))
    assert parts["default-src"] == parts["frame-ancestors"] == parts["base-uri"] == "'none'"
    assert (
        parts["script-src"] == parts["style-src"] == parts["connect-src"] == parts["form-action"] == "'self'"
    )
    assert "unsafe" not in POLICY


def test_every_route_and_error_bears_the_headers(site: Site, broken: TestClient) -> None:
    client = asking(site)
    answers = [client.request(method, path) for method, path in routes(client.app) if path != "/live"]
    answers += [client.get("/nothing"), client.get("/api/v1/nothing"), client.request("BREW", "/")]
    answers += [client.get("/", headers={"host": "evil.example"}), client.get("/?" + "a" * 9_000)]
    answers += [asking(site, address="192.0.2.7").get(path) for path in ("/", "/login", "/api/v1/overview")]
    answers += [client.post("/login", content=b"x" * 2_000_000), client.get("/static/app.css")]
    answers += [broken.get("/fails"), broken.get("/api/fails")]
    assert len(answers) > 80
    assert {answer.status_code for answer in answers} >= {200, 303, 401, 404, 405, 413, 414, 421, 422, 500}
    assert [str(answer.url)[:80] for answer in answers if not bears_headers(answer)] == []


def test_what_went_wrong_inside_is_not_told(broken: TestClient) -> None:
    page, problem = broken.get("/fails"), broken.get("/api/fails")
    assert (page.status_code, problem.status_code) == (500, 500)
    assert "hush" not in page.text + problem.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert problem.json() == {
        "type": "about:blank",
        "title": "It failed",
        "status": 500,
        "detail": "something went wrong here; the service's log says what",
    }
    assert problem.headers["content-type"] == "application/problem+json"


def test_pages_with_data_are_kept_nowhere_and_our_files_for_long(client: TestClient) -> None:
    assert {client.get(path).headers["cache-control"] for path in ("/", "/mentions", "/api/v1/overview")} == {
        "no-store"
    }
    for name in names():
        answer = client.get(static_url(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/app.css?v=old").headers["cache-control"] == "no-cache"
    assert (
        client.get("/static/../app.py").status_code == client.get("/static/%2e%2e/app.py").status_code == 404
    )


def test_a_file_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    first = client.get(static_url("app.css"), headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = client.get(static_url("app.css"), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_payloads_in_parameters_run_nowhere(client: TestClient) -> None:
    pages = [
        "/",
        "/mentions",
        "/sentiment",
        "/share-of-voice",
        "/influence",
        "/alerts",
        "/kpis",
        "/receipt",
        "/login",
    ]
    tried = 0
    for number, payload in enumerate(PAYLOADS):
        everywhere = dict.fromkeys(PARAMETERS, payload)
        for path in pages:
            for given in (everywhere, {"q": payload}, {"period": payload}, {PARAMETERS[number]: payload}):
                harmless(client.get(path, params=given), payload)
                tried += 1
    assert tried == 8 * 9 * 4


def test_payloads_in_paths_and_forms_run_nowhere(client: TestClient) -> None:
    for payload in PAYLOADS:
        for path in ("/", "/mentions/", "/alerts/", "/static/", "/api/v1/", "/api/v1/alerts/", "/parts/"):
            harmless(client.get(path + payload.replace("\r\n", "")), payload)
        harmless(client.post("/login", data={"name": payload, "password": payload, "next": payload}), payload)
        harmless(client.post("/parts/preview", data={"query": payload}), payload)
        harmless(client.post("/account", data={"password": payload, "new": payload}), payload)


def harmless(answer: object, payload: str) -> None:
    status, kind, text = answer.status_code, answer.headers.get("content-type", ""), answer.text  # type: ignore[attr-defined]
    assert status < 500, text
    assert bears_headers(answer)
    assert "set-cookie" not in answer.headers  # type: ignore[attr-defined]
    if kind.startswith("text/html"):
        assert running(text) == []
        assert "<script>alert" not in text
    elif "json" in kind:
        json.loads(text)
    else:
        assert kind in ("", "text/plain; charset=utf-8"), (kind, payload)

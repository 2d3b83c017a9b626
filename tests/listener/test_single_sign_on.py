"""Logging in through another service: who it says somebody is, believed only where every part of it holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from starlette.testclient import TestClient
from werkzeug import Request, Response

from dashboard.app import create_app
from dashboard.security.sign_on import Asked, SignOnFailed
from dashboard.site import Settings, Site
from listener.config import parse
from listener.errors import ConfigError
from listener.service import start_service
from listener.single_sign_on import OpenIdConnect
from listener.web import site_of
from listener.web_actions import ServiceActions
from storage.users import add_user, set_disabled

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "https://listener.example"
SECRET = "a client's & secret"
KEY = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "two"}, private=True)
ASKED = Asked("state", "nonce", "v" * 64, f"{ADDRESS}/login/sso/back")


@dataclass
class Issuer:
    """A service in memory; what it says may be made wrong in any part."""

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    nonce: str = "nonce"
    key: Any = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    published: list[Any] = field(default_factory=lambda: [KEY])
    description: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)
    looked_up: int = 0

    def described(self, _: Request) -> Response:
        self.looked_up += 1
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return json_response(found | self.description)

    def keys(self, _: Request) -> Response:
        return json_response({"keys": [key.as_dict(private=False) for key in self.published]})

    def token(self, request: Request) -> Response:
        self.asked.append(
            (request.path, parse_qs(request.get_data(as_text=True)), request.headers["Authorization"])
        )
        claims = {
            "iss": self.url, "aud": "listener", "sub": "7", "nonce": self.nonce, "email": "Ada@Example.org", "email_verified": True,
            "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 300,
        }  # fmt: skip
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return json_response(
            {"id_token": jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])}
        )


def json_response(value: Any) -> Response:
    return Response(json.dumps(value), content_type="application/json")


@pytest.fixture
def issuer(httpserver: HTTPServer) -> Issuer:
    made = Issuer(httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_handler(made.described)
    httpserver.expect_request("/keys").respond_with_handler(made.keys)
    httpserver.expect_request("/token").respond_with_handler(made.token)
    return made


@pytest.fixture
def service(issuer: Issuer) -> OpenIdConnect:
    return OpenIdConnect(issuer.url, "listener", SecretStr(SECRET), allow_private=True)


def finish(service: OpenIdConnect, **more: Any) -> str:
    return service.finish("code", ASKED, **({"issuer": None, "now": NOW} | more))


def test_the_service_is_asked_as_the_protocol_says(service: OpenIdConnect, issuer: Issuer) -> None:
    address = urlsplit(service.begin(ASKED, now=NOW))
    given = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert given.pop("code_challenge") == "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM"
    assert given == {
        "response_type": "code", "client_id": "listener", "redirect_uri": ASKED.back, "scope": "openid email", "state": "state",
        "nonce": "nonce", "code_challenge_method": "S256",
    }  # fmt: skip
    assert finish(service) == "Ada@Example.org"
    ((path, form, auth),) = issuer.asked
    assert (path, form["code_verifier"], form["code"], form["redirect_uri"]) == (
        "/token",
        ["v" * 64],
        ["code"],
        [ASKED.back],
    )
    assert "client_secret" not in form
    assert auth.startswith("Basic ")
    assert issuer.looked_up == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "another"}, {"aud": ["listener", "another"]}, {"aud": None},
        {"aud": ["listener", "another"], "azp": "another"}, {"azp": "another"}, {"nonce": "another"}, {"nonce": None}, {"nonce": 7},
        {"exp": int(NOW.timestamp()) - 61}, {"exp": None}, {"exp": "never"}, {"email": None}, {"email": ["a"]},
        {"email_verified": False}, {"email_verified": "true"}, {"email_verified": None},
    ],
)  # fmt: skip
def test_what_is_not_meant_for_here_is_not_believed(
    service: OpenIdConnect, issuer: Issuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    with pytest.raises(SignOnFailed):
        finish(service)


def test_only_the_services_own_keys_sign(service: OpenIdConnect, issuer: Issuer) -> None:
    issuer.key = OTHER
    with pytest.raises(SignOnFailed, match="not signed"):
        finish(service)
    issuer.key, issuer.header = OctKey.import_key(SECRET), {"alg": "HS256"}
    with pytest.raises(SignOnFailed, match="not signed"):
        finish(service)
    public = KEY.as_pem(private=False)
    issuer.key = OctKey.import_key(public.hex())
    with pytest.raises(SignOnFailed, match="not signed"):
        finish(service)


def test_a_key_that_changed_is_fetched_anew(service: OpenIdConnect, issuer: Issuer) -> None:
    assert finish(service)
    issuer.published, issuer.key, issuer.header = [OTHER], OTHER, {"alg": "RS256", "kid": "two"}
    assert finish(service) == "Ada@Example.org"
    assert issuer.looked_up == 2


def test_another_services_answer_and_description_are_refused(service: OpenIdConnect, issuer: Issuer) -> None:
    with pytest.raises(SignOnFailed, match="another service's"):
        finish(service, issuer="https://evil.example")
    assert finish(service, issuer=issuer.url)
    for description in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
    ):
        issuer.description = description
        fresh = OpenIdConnect(issuer.url, "listener", SecretStr(SECRET), allow_private=True)
        with pytest.raises(SignOnFailed):
            fresh.begin(ASKED, now=NOW)


def test_an_own_network_is_reached_only_where_that_is_allowed(issuer: Issuer) -> None:
    with pytest.raises(SignOnFailed):
        OpenIdConnect(issuer.url, "listener", SecretStr(SECRET)).begin(ASKED, now=NOW)
    assert issuer.looked_up == 0


def test_no_failure_tells_the_secret(service: OpenIdConnect, httpserver: HTTPServer, issuer: Issuer) -> None:
    service.begin(ASKED, now=NOW)
    httpserver.clear()
    httpserver.expect_request("/token").respond_with_data(SECRET, status=500)
    with pytest.raises(SignOnFailed) as caught:
        finish(service)
    assert SECRET not in str(caught.value) + repr(service)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, service: OpenIdConnect, clock: Clock) -> Iterator[Site]:
    config = parse('[[brands]]\nname = "Aurora"\nquery = "aurora"\n', tmp_path / "config.toml")
    running = start_service(config, now=NOW, environ={})
    settings = Settings("UTC", secret=b"x" * 32, address=ADDRESS, hosts=frozenset({"listener.example"}))
    add_user(running.db, "ada@example.org", None, "editor", now=NOW)
    yield Site(running.db, settings, ServiceActions(running), clock, service)
    running.close()


@pytest.fixture
def browser(site: Site) -> TestClient:
    return TestClient(create_app(site), base_url=ADDRESS, client=("192.0.2.7", 1), follow_redirects=False)


def there(browser: TestClient, issuer: Issuer) -> str:
    """Go to the service, which takes the nonce; the state to come back with."""
    assert 'href="/login/sso?next=/sources"' in browser.get("/login?next=/sources").text
    address = browser.get("/login/sso?next=/sources").headers["location"]
    assert address.startswith(f"{issuer.url}/authorize?")
    given = parse_qs(urlsplit(address).query)
    issuer.nonce = given["nonce"][0]
    return given["state"][0]


def test_a_user_gets_in_and_back_to_where_they_wanted(browser: TestClient, issuer: Issuer) -> None:
    done = browser.get("/login/sso/back", params={"state": there(browser, issuer), "code": "code"})
    assert (done.status_code, done.headers["location"]) == (303, "/sources")
    assert "__Host-listener" in browser.cookies
    assert browser.get("/account").status_code == 200
    assert "__Host-listener-sso" not in browser.cookies


@pytest.mark.parametrize(
    "wrong", ["state", "cookie", "late", "no code", "stranger", "locked out", "forged cookie"]
)
def test_nobody_else_gets_in(
    browser: TestClient, issuer: Issuer, site: Site, clock: Clock, wrong: str
) -> None:
    given = {"state": there(browser, issuer), "code": "code"}
    if wrong == "state":
        given["state"] += "x"
    elif wrong == "cookie":
        browser.cookies.clear()
    elif wrong == "late":
        clock.now += timedelta(seconds=601)
    elif wrong == "no code":
        given["code"] = ""
    elif wrong == "stranger":
        issuer.claims = {"email": "eve@example.org"}
    elif wrong == "locked out":
        set_disabled(site.db, "ada@example.org", True)
    else:
        cookie = browser.cookies["__Host-listener-sso"]
        browser.cookies.clear()
        browser.cookies.set(
            "__Host-listener-sso", cookie[:9] + ("A" if cookie[9] != "A" else "B") + cookie[10:]
        )
    done = browser.get("/login/sso/back", params=given)
    assert done.status_code == 403
    assert browser.get("/account").status_code == 303


def test_where_no_service_is_configured_there_is_nothing(site: Site) -> None:
    plain = TestClient(create_app(replace(site, sign_on=None)), base_url=ADDRESS, follow_redirects=False)
    assert [plain.get(path).status_code for path in ("/login/sso", "/login/sso/back?state=a&code=b")] == [
        404,
        404,
    ]


def test_the_configuration_makes_the_service_and_wants_its_secret(tmp_path: Path) -> None:
    text = (
        '[[brands]]\nname = "Aurora"\nquery = "aurora"\n[web]\naddress = "https://listener.example"\n'
        'oidc_issuer = "https://login.example/realms/main"\noidc_client_id = "listener"\n'
    )
    config = parse(text, tmp_path / "config.toml")
    with_secret = start_service(config, now=NOW, environ={"LISTENER_WEB_OIDC_SECRET": SECRET})
    found = site_of(with_secret).sign_on
    with_secret.close()
    assert found is not None
    assert found.name == "login.example"
    without = start_service(config, now=NOW, environ={})
    with pytest.raises(ConfigError, match="set LISTENER_WEB_OIDC_SECRET"):
        site_of(without)
    without.close()

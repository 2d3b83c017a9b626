"""The dashboard over the running service: put together here, served in a thread beside the jobs, in this one process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from dashboard.site import Campaign, Settings, Site
from listener.collectors.base import Secret
from listener.config_web import Web
from listener.errors import ConfigError, UsageError
from listener.pipeline import utc_now
from listener.secrets import secret
from listener.service import Service
from storage.query import parse
from storage.settings import salt
from storage.users import any_user

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from dashboard.security.sign_on import SignOn

log = structlog.get_logger()
START_S, STOP_S = 20.0, 6.0
MOST_FILES = 8_192


def site_of(service: Service) -> Site:
    """What the dashboard works with: the database, the settings that it keeps to, the clock, and what the service does for it."""
    from listener.web_actions import ServiceActions

    config, web = service.config, service.config.web
    names = {"127.0.0.1", "localhost", "[::1]"}
    if web.address:
        names.add(_name(urlsplit(web.address).hostname or ""))
    if not ip_address(_listens_on(web)).is_unspecified:
        names.add(_name(_listens_on(web)))
    settings = Settings(
        timezone=config.timezone,
        version=_version(),
        secret=sha256(f"dashboard:{service.db.do(salt)}".encode()).digest(),
        address=web.address or "",
        closes_after_hours=config.retention.closes_after_hours,
        service_minutes=config.service.within_minutes,
        false_alarms_per_month=config.alerts.false_alarms_per_month,
        campaigns={
            one.id: Campaign(one.id, parse(one.query), one.first_day, one.last_day)
            for one in config.campaigns
        },
        hosts=frozenset(names),
        session_days=web.session_days,
        ids_only=frozenset(web.ids_only),
        most_exported=web.most_exported,
        language=None if config.language == "auto" else config.language,
    )
    return Site(service.db, settings, ServiceActions(service), utc_now, _sign_on(service))


def _sign_on(service: Service) -> "SignOn | None":
    """The service that people log in through; None where none is configured. Raises SecretMissing."""
    web = service.config.web
    if web.oidc_issuer is None or web.oidc_client_id is None:
        return None
    if find_spec("joserfc") is None:
        raise ConfigError('[web] oidc_issuer needs the extra "oidc"; run: pip install "listener[oidc]"')
    from listener.single_sign_on import OpenIdConnect

    given = secret(
        service.environ, "web", Secret("oidc_secret", meaning="what the service gave Listener as client")
    )
    assert given is not None
    return OpenIdConnect(web.oidc_issuer, web.oidc_client_id, given, web.oidc_allow_private_address)


def _version() -> str:
    try:
        return version("listener")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""


def _listens_on(web: Web) -> str:
    return "127.0.0.1" if web.host == "localhost" else web.host


def _name(host: str) -> str:
    """A host as the Host header writes it."""
    return f"[{host}]" if ":" in host else host.lower()


def may_listen(service: Service) -> None:
    """Raises ConfigError where others than this machine could reach a dashboard that asks for no password."""
    web = service.config.web
    open_to_all = not ip_address(_listens_on(web)).is_loopback
    if any_user(service.db):
        if open_to_all and not (web.address or "").startswith("https://"):
            log.warning(
                "passwords and posts travel unencrypted; put a proxy with TLS in front and set [web] address"
            )
        return
    way_out = "no password is set; run: listener user add NAME --role admin"
    if open_to_all:
        raise ConfigError(f'[web] host = "{web.host}" would open the dashboard to others, and {way_out}')
    outside = urlsplit(web.address or "").hostname
    if outside and outside not in ("localhost", "127.0.0.1", "::1"):
        raise ConfigError(f'[web] address = "{web.address}" is for others than this machine, and {way_out}')


def here(service: Service) -> str:
    """The address to open on this machine.

    A dashboard that listens on every network is there on this machine's own address, too.
    """
    web = service.config.web
    host = ip_address(_listens_on(web))
    shown = ("::1" if host.version == 6 else "127.0.0.1") if host.is_unspecified else str(host)
    return f"http://{_name(shown)}:{web.port}"


class Serving:
    """The web server in its thread. `stop` ends it within seconds, live connections included."""

    def __init__(self, service: Service) -> None:
        from dashboard.app import create_app

        may_listen(service)
        self.app: FastAPI = create_app(site_of(service))
        self._socket = _bound(service.config.web)
        _room_for_connections()
        self._server = _server(self.app, service.config.web)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except Exception as error:
            log.error("the dashboard has stopped", error=f"{type(error).__name__}: {error}")

    def start(self) -> None:
        """Returns when it answers. Raises ListenerError where it does not come up."""
        self._thread.start()
        waiting = threading.Event()
        for _ in range(round(START_S / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            waiting.wait(0.02)
        if not self._server.started:
            raise UsageError("the dashboard did not start; the log says why")

    def stop(self) -> None:
        self.app.state.live.stop()
        self._server.should_exit = True
        self._thread.join(STOP_S)
        self._socket.close()


def _bound(web: Web) -> socket.socket:
    """The port, ours from now on. Raises UsageError naming it where another program has it."""
    host = _listens_on(web)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, web.port))
        made.listen(512)
    except OSError as error:
        made.close()
        raise UsageError(
            f"the dashboard cannot listen on {host} port {web.port}: {error.strerror}; end what has it (is Listener "
            "running already?), or write another port under [web] in config.toml"
        ) from None
    return made


def _room_for_connections() -> None:
    """Idle connections cost a file each; many systems allow a thousand where they could allow more."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _server(app: "FastAPI", web: Web) -> "uvicorn.Server":
    import uvicorn

    from listener.web_protocol import PatientProtocol

    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=32_768,
    )
    return uvicorn.Server(config)


@contextmanager
def serving(service: Service, role: str) -> Iterator[None]:
    """Serve the dashboard while the block lasts, where this role and the configuration say so.

    Raises ConfigError where it would be open to others without a password, UsageError for a port that another program has.
    """
    if role == "web" and not service.config.web.enabled:
        raise ConfigError("[web] enabled = false: there is nothing to serve; take the line out")
    if role not in {"all", "web"} or not service.config.web.enabled:
        yield
        return
    server = Serving(service)
    server.start()
    log.info("dashboard started", address=here(service))
    try:
        yield
    finally:
        server.stop()
